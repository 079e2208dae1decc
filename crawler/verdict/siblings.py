"""Addresses beside a link that nobody ever made, and which links can share them (pure).

Servers find pages by different parts of an address: by its last part (`/news/old-bridge.html`), by a number in it or
in a folder before it (`/questions/4711/any-words`, where any other words lead to the same page), by a parameter. Which
part it is cannot be seen from outside. So a sibling differs in every part that may choose the page, and in none that
only says how it is shown (page 2, for print, in English): else a server would send the link's own page for its
siblings, and the link would look like one of them.

Dates stay: no page is chosen by one alone. `probe_key` is of the same parts, so that links share siblings only if those
speak for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import shake_256
from posixpath import splitext
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from archive.urls import canonical

_CONSONANTS = "bcdfghjklmnpqrstvwxz"  # no word comes of them
_SCRIPT = re.compile(r"\.(?:php\d?|aspx?|ashx|jspx?|jhtml|do|action|cgi|cfml?|pl|dll|exe|nsf|srf)\Z", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,5}\Z")
_NUMBERED = re.compile(r"(?P<name>[A-Za-z]{0,12}[-_.]?(?:\d+[-_.])*)(?P<number>\d+)\Z")
_HEX = re.compile(r"[0-9a-f]{4,}(?:-[0-9a-f]{4,})*\Z", re.IGNORECASE)
_HEX_LENGTH = 16
_RUN = re.compile(r"[A-Za-z]+|\d+")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+\Z")
_TRIES = 6
_LETTERS_WANTED = 12  # in a made-up name: twenty to the twelfth names
_LOW, _HIGH = 1_900_000_000, 2_147_483_647  # numbers that no site has come to, and that fit into 32 bits

# folders and names
_DATE = re.compile(r"(?:19|20)\d\d(?:[-_.]?(?:0?[1-9]|1[0-2])(?:[-_.]?(?:0?[1-9]|[12]\d|3[01]))?)?\Z")
_MONTH = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\Z", re.IGNORECASE)
_DAY = re.compile(r"\d{1,2}\Z|(?:0[1-9]|1[0-2])[-_]?(?:[0-2]\d|3[01])\Z")
_ID = re.compile(
    r"\d+\Z|(?=[0-9A-Fa-f-]*\d)[0-9A-Fa-f-]{12,}\Z"
    r"|(?![\w%.-]*(?<!\d)(?:19|20)\d\d\Z)(?:[A-Za-z]{1,12}[-_.]?\d{3,}|[\w%.-]+[-_]\d{4,})\Z"  # "rio2016" is a section
    r"|(?!(?:19|20)\d\d[-_])\d+[-_][\w%.-]+\Z"
)
_SLUG = re.compile(r"(?=.{8})[\w.~+]*[-_%][\w%.~+-]*\Z|[A-Za-z]{16,}\Z")
_SAYS_HOW = re.compile(  # it is shown, or which of its parts: no name of a page
    r"(?:index|default|main|amp|print\w*|comments?|full|single|single-?page|all|view|show|read|detail|details|story|"
    r"article|content|text|video|photos?|gallery|slideshow|pictures|mobile|share|embed|(?:(?:comment-?)?page|part|slide|photo|image|img|pic|picture|figure|video)[-_]?\d{0,3}|p?\d{1,2})?\Z",
    re.IGNORECASE,
)
# parameters
_ID_NAMES = ("id", "aid", "nid", "cid", "newsid", "articleid", "article_id", "news_id", "storyid", "docid", "p", "no")
_ALONE = frozenset({*_ID_NAMES, "v"} - {"p", "no"})  # that choose where the path is no script's, too
_NUMBER = re.compile(r"\d+\Z")
_PAGING = re.compile(r"(?:page|pg|paged|page_?(?:no|num\w*|index)?|start|offset|limit|size|pos)\Z", re.IGNORECASE)
_FORMAT = re.compile(
    r"(?:lang\w*|hl|locale|sort\w*|order\w*|format|print\w*|output|view_?mode|theme|skin|style|mobile|amp|utm_\w+|gclid|fbclid|"
    r"ref|referr?er|from|src|source|_)\Z",
    re.IGNORECASE,
)
_CHOOSING = re.compile(r"story|article|slug|title|name|item|key|file|doc|news|entry|post|topic|thread", re.IGNORECASE)
_WORDS = re.compile(r"(?=.*[A-Za-z\x80-\U0010ffff])[\w%+.~-]{8,}\Z")
_ROUTE = re.compile(r"[a-z]{1,12}\Z", re.IGNORECASE)


def sibling_urls(url: str, randomness: bytes) -> tuple[str, str]:
    """Two addresses beside `url`, of its shape and of nobody's making: same host, extension, no fragment.

    Replaced are the last part of the path, or the folder it belongs to where it only says how a page is shown; numbers
    and the like among the folders; of a script (`view.php?id=7`) and of a bare query the parameters that may choose the
    page. Letters become consonants, numbers are beyond those that sites have come to. The same `randomness` gives the
    same addresses. Raises ValueError for what is no absolute http(s) URL.
    """
    own = canonical(url)
    if not own.startswith(("http://", "https://")):
        raise ValueError(f"no siblings of {url[:200]!r}")
    made: list[str] = []
    for number in range(_TRIES):
        dice = _Dice(randomness + own.encode() + bytes([number]))
        sibling = canonical(_sibling(own, dice) if number < _TRIES // 2 else _at_the_root(own, dice))
        if sibling != own and sibling not in made:
            made.append(sibling)
    return made[0], made[1]


def probe_key(url: str) -> str:
    """What links have in common that can share probes: host, folder, the make of the name, and what chooses.

    Folders of a date count as one, for /2016/02/03/ is served as /2016/02/04/ is; so do those that siblings differ in.
    Raises ValueError for what is no absolute URL.
    """
    parts = urlsplit(canonical(url))
    folder, name = folder_and_name(parts.path)
    site = f"{parts.scheme}://{parts.netloc}"
    if chosen_by_query(parts.path, parts.query):
        return f"{site}{_folder_key(folder, belongs=False)}{name}?{_query_key(parts.query)}"
    stem, extension = stem_of(name.rstrip("/"))
    belongs = _belongs_to_folder(folder, stem)
    made = stem if belongs else _make_of(stem)
    return f"{site}{_folder_key(folder, belongs=belongs)}{made}{extension.lower()}{'/' if name.endswith('/') else ''}"


def _at_the_root(url: str, dice: _Dice) -> str:
    """For addresses in which nothing can be replaced."""
    return "/".join((*url.split("/", 3)[:3], dice.letters(2 * _LETTERS_WANTED)))


class _Dice:
    """Numbers drawn from a seed, the same on every machine."""

    def __init__(self, seed: bytes) -> None:
        self._rolls = self._numbers(shake_256(seed).digest(4096))

    def below(self, limit: int) -> int:
        return next(self._rolls) % limit

    def letters(self, length: int) -> str:
        return "".join(_CONSONANTS[self.below(20)] for _ in range(length))

    def digits(self, alphabet: str, length: int) -> str:
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(length))

    @staticmethod
    def _numbers(data: bytes) -> Iterator[int]:
        while True:
            for at in range(0, len(data), 4):
                yield int.from_bytes(data[at : at + 4], "big")
            data = shake_256(data).digest(4096)


def _sibling(url: str, dice: _Dice) -> str:
    parts = urlsplit(url)
    folder, name = folder_and_name(parts.path)
    if chosen_by_query(parts.path, parts.query):
        path = _other_folders(folder, dice, belongs=False) + name
        return urlunsplit((parts.scheme, parts.netloc, path, _other_query(parts.query, dice), ""))
    slash = "/" if name.endswith("/") else ""
    stem, extension = stem_of(name.rstrip("/"))
    belongs = _belongs_to_folder(folder, stem)
    made = stem if belongs else _other_name(stem, dice)
    path = f"{_other_folders(folder, dice, belongs=belongs)}{made}{extension}{slash}"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


# --- the path ---


def folder_and_name(path: str) -> tuple[str, str]:
    """The path up to its last part, and that part with its slash if it ends in one."""
    body = path.rstrip("/") if path.strip("/") else "/"
    folder, _, name = body.rpartition("/")
    return f"{folder}/", name + ("/" if name and path.endswith("/") else "")


def stem_of(name: str) -> tuple[str, str]:
    """A name and its extension, with the dot; "" if it has none."""
    stem, extension = splitext(name)
    return (stem, extension) if stem and _EXTENSION.match(extension) else (name, "")


def _belongs_to_folder(folder: str, stem: str) -> bool:
    """Whether a name is but one of the faces of the page that its folder names: /old-bridge/amp, /4711/comments."""
    if not _SAYS_HOW.match(stem):
        return False
    return any(kind in ("id", "slug") for _, kind in _folders(folder))


def _folders(folder: str) -> Iterator[tuple[str, str]]:
    """The parts of a folder, and what each may be: "date", "id", "slug" or "" for a section."""
    left = 0  # parts that may still belong to a date
    for part in folder.split("/"):
        if _DATE.match(part):
            left = 2
            yield part, "date"
        elif left and (_DAY.match(part) or _MONTH.match(part)):
            left -= 1
            yield part, "date"
        else:
            left = 0
            yield part, "id" if _ID.match(part) else "slug" if _SLUG.match(part) else ""


def _other_folders(folder: str, dice: _Dice, *, belongs: bool) -> str:
    """The folders, with others for those that may choose the page."""
    return "/".join(
        _other_name(part, dice) if kind == "id" or (belongs and kind == "slug") else part
        for part, kind in _folders(folder)
    )


def _folder_key(folder: str, *, belongs: bool) -> str:
    return "/".join(
        "#" if kind == "date" else "*" if kind == "id" or (belongs and kind == "slug") else part
        for part, kind in _folders(folder)
    )


def _make_of(stem: str) -> str:
    """Servers may look for numbers and for words in different places."""
    return "*#" if _NUMBERED.match(stem) else "*"


def _other_name(stem: str, dice: _Dice) -> str:
    if numbered := _NUMBERED.match(stem):
        return numbered["name"] + _other_number(numbered["number"], dice)
    if _HEX.match(stem) and len(stem) >= _HEX_LENGTH and any(map(str.isdigit, stem)):
        return _other_hex(stem, dice)
    if not _PLAIN.match(stem):
        return dice.letters(2 * _LETTERS_WANTED)
    return _other_words(stem, dice)


def _other_words(stem: str, dice: _Dice) -> str:
    """A name of the same shape, longer if it would have too few letters to be nobody's."""
    made = _RUN.sub(lambda run: _other_run(run, dice), stem)
    lacking = _LETTERS_WANTED - sum(map(str.isalpha, made))
    return made if lacking <= 0 else made + dice.letters(lacking)


def _other_run(found: re.Match[str], dice: _Dice) -> str:
    """Letters for letters. A number at either end, or a long one, is what some servers find the page by."""
    run = found[0]
    if _YEAR.match(run):
        return run
    if run.isdigit():
        outer = found.start() == 0 or found.end() == len(found.string)
        return _other_number(run, dice) if outer or len(run) > 4 else dice.digits("0123456789", len(run))
    letters = dice.letters(len(run))
    return letters.upper() if run.isupper() else letters.capitalize() if run[0].isupper() else letters


def _other_number(number: str, dice: _Dice) -> str:
    """A number no page has: of ten digits, or of two more than it had."""
    if len(number) < 10:
        return str(_LOW + dice.below(_HIGH - _LOW))
    return "9" + dice.digits("0123456789", len(number) + 1)


def _other_hex(stem: str, dice: _Dice) -> str:
    alphabet = "0123456789ABCDEF" if stem.upper() == stem else "0123456789abcdef"
    return "".join(each if each == "-" else dice.digits(alphabet, 1) for each in stem)


# --- the query ---


def chosen_by_query(path: str, query: str) -> bool:
    """Whether it is a parameter that chooses the page: of a script, at the root, or behind a word such as "watch"."""
    if not query:
        return False
    if path in {"", "/"} or _SCRIPT.search(path) is not None:
        return True
    _, name = folder_and_name(path)
    return _ROUTE.match(name.rstrip("/")) is not None and any(each.lower() in _ALONE for each, _ in _pairs(query))


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, encoding="latin-1")  # keeps what is of another charset


def _choosing(pairs: list[tuple[str, str]]) -> frozenset[str]:
    """The names of the parameters that may choose the page: those called so, all numbers, words for what has a name
    that says so; if there are none of these the last one. Never those that say how a page is shown.
    """
    shown = {name for name, value in pairs if _says_how(name, value)}
    found = {name for name, value in pairs if name not in shown and _may_choose(name, value)}
    others = [name for name, _ in pairs if name not in shown]
    return frozenset(found or others[-1:] or [pairs[-1][0]])


def _says_how(name: str, value: str) -> bool:
    if _PAGING.match(name):
        return len(value) < 4 and (_NUMBER.match(value) is not None or not value)
    return _FORMAT.match(name) is not None


def _may_choose(name: str, value: str) -> bool:
    if name.lower() in _ID_NAMES or _NUMBER.match(value):
        return True
    return (_CHOOSING.search(name) or _PAGING.match(name)) is not None and _WORDS.match(value) is not None


def _other_query(query: str, dice: _Dice) -> str:
    pairs = _pairs(query)
    if not pairs or "=" not in query:
        return _other_name(query, dice) if _PLAIN.match(query) else dice.letters(2 * _LETTERS_WANTED)
    chosen = _choosing(pairs)
    changed = [(name, _other_value(value, dice) if name in chosen else value) for name, value in pairs]
    return urlencode(changed, encoding="latin-1")


def _other_value(value: str, dice: _Dice) -> str:
    return _other_number(value, dice) if _NUMBER.match(value) else _other_name(value, dice)


def _query_key(query: str) -> str:
    """The names that choose, and what else is the same for both links."""
    pairs = _pairs(query)
    if not pairs or "=" not in query:
        return "*"
    chosen = _choosing(pairs)
    made = {
        f"{name}={'*' if name in chosen else value}"
        for name, value in pairs
        if name in chosen or not _says_how(name, value)
    }
    return "&".join(sorted(made))
