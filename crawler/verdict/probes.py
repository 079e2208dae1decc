"""What random neighbours of a link are answered, and what that says of the link (pure).

A server that has no page at an address should say 404. Many send something else with 200, and each in its own words. So
two addresses beside the link are asked for which nobody ever made. What they are answered is this server's way to say
that it has nothing. How alike those two answers are to each other is the measure for how alike the link's page has to
be to count as one more of them: servers weave dates, request numbers, random recommendations and the address itself
into such pages, each to another degree, so no fixed threshold finds them.

`sibling_urls` invents the addresses, `probe_key` says which links can share the answers, `calibrate` measures, and
`like_its_siblings` judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import shake_256
from posixpath import splitext
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from archive.urls import canonical
from crawler.verdict.answer import ProbeResult
from crawler.verdict.shingles import MOST, Shingles, in_common, shingles_of, similarity

SLACK = 0.03  # by which a page may be less like random siblings than they are like each other
SLACK_OF_NOISE = 0.25  # and so much of what they differ by themselves
SLACK_OF_CHANCE = 0.6  # the same, where their own words do not differ
OWN = 0.9  # similarity of own words that are the same
TOO_SHORT = 5  # tokens: of pages with fewer nothing is said

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
_ID_NAMES = ("id", "aid", "nid", "cid", "newsid", "articleid", "article_id", "news_id", "storyid", "docid", "p", "no")
_NUMBER = re.compile(r"\d+\Z")

_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:z|[+-]\d{2}:?\d{2})?"
_VARYING = re.compile(
    r"\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # request numbers
    r"|(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{10,}"
    rf"|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}(?:t{_TIME})?|{_TIME}"  # the date, the time
    r"|\d{4}年\d{1,2}月\d{1,2}日|\d{5,})(?:\b|(?<=日))",
    re.IGNORECASE | re.ASCII,
)
_SPELLING = 6  # characters: less than that is a word that the site uses itself
_BLANKS = re.compile(r"[-_+./?=&%\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What an address was answered: a sibling's, or the link's own. The texts are masked; None: no page came."""

    url: str  # as asked for
    final_url: str
    status: int  # 0: nothing came
    text: Shingles | None = None
    own: Shingles | None = None  # of the text without links and what is said of other pages, the title with it


# --- which addresses to ask for ---


def sibling_urls(url: str, randomness: bytes) -> tuple[str, str]:
    """Two addresses beside `url`, of its shape and of nobody's making: same host, folder, extension, no fragment.

    The last part of the path is replaced; of a script (`view.php?id=7`) and of a bare query the parameter that chooses
    the page. Letters become consonants, numbers are beyond those that sites have come to. The same `randomness` gives
    the same addresses. Raises ValueError for what is no absolute http(s) URL.
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


def _at_the_root(url: str, dice: _Dice) -> str:
    """For addresses in which nothing can be replaced."""
    return "/".join((*url.split("/", 3)[:3], dice.letters(2 * _LETTERS_WANTED)))


def probe_key(url: str) -> str:
    """What links have in common that can share probes: host, folder, extension, and the parameter that chooses.

    Folders that are numbers, such as those of a date, count as one: /2016/02/03/ is served as /2016/02/04/ is.
    Raises ValueError for what is no absolute URL.
    """
    parts = urlsplit(canonical(url))
    folder, name = _folder_and_name(parts.path)
    folders = ["#" if _NUMBER.match(each) else each for each in folder.split("/")]
    if _chosen_by_query(parts.path, parts.query):
        return f"{parts.scheme}://{parts.netloc}{'/'.join(folders)}{name}?{_choosing(parts.query)}"
    ending = "/" if name.endswith("/") else ""
    return f"{parts.scheme}://{parts.netloc}{'/'.join(folders)}*{_stem(name.rstrip('/'))[1].lower()}{ending}"


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
    if _chosen_by_query(parts.path, parts.query):
        return urlunsplit((parts.scheme, parts.netloc, parts.path, _other_query(parts.query, dice), ""))
    folder, name = _folder_and_name(parts.path)
    slash = "/" if name.endswith("/") else ""
    stem, extension = _stem(name.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}{_other_name(stem, dice)}{extension}{slash}", "", ""))


def _folder_and_name(path: str) -> tuple[str, str]:
    """The path up to its last part, and that part with its slash if it ends in one."""
    body = path.rstrip("/") if path.strip("/") else "/"
    folder, _, name = body.rpartition("/")
    return f"{folder}/", name + ("/" if name and path.endswith("/") else "")


def _stem(name: str) -> tuple[str, str]:
    stem, extension = splitext(name)
    return (stem, extension) if stem and _EXTENSION.match(extension) else (name, "")


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


# --- pages chosen by a query ---


def _chosen_by_query(path: str, query: str) -> bool:
    return bool(query) and (path in {"", "/"} or _SCRIPT.search(path) is not None)


def _choosing(query: str) -> str:
    """The name of the parameter that chooses the page: one that is called so, else the first number, else the last."""
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1") or [(query, "")]
    named = [name for name, _ in pairs if name.lower() in _ID_NAMES]
    numbers = [name for name, value in pairs if _NUMBER.match(value)]
    return (named or numbers or [pairs[-1][0]])[0]


def _other_query(query: str, dice: _Dice) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")  # keeps what is of another charset
    if not pairs or "=" not in query:
        return _other_name(query, dice) if _PLAIN.match(query) else dice.letters(2 * _LETTERS_WANTED)
    chosen = _choosing(query)
    changed = [(name, _other_value(value, dice) if name == chosen else value) for name, value in pairs]
    return urlencode(changed, encoding="latin-1")


def _other_value(value: str, dice: _Dice) -> str:
    return _other_number(value, dice) if _NUMBER.match(value) else _other_name(value, dice)


# --- what they were answered ---


def masked(text: str, url: str) -> str:
    """A page's text without what differs from answer to answer: the address asked for, however it is spelled, in whole
    or its last part alone; request numbers, dates, times and long numbers.
    """
    for spelling in sorted(_spellings(url), key=len, reverse=True):
        text = re.sub(re.escape(spelling), " ", text, flags=re.IGNORECASE)
    return _VARYING.sub(" ", text)


def masked_shingles(text: str, url: str) -> Shingles:
    """The shingles of a page's text, masked: what `Probe` holds."""
    return shingles_of(masked(text, url), most=MOST)


def _spellings(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    _, name = _folder_and_name(parts.path)
    stem, extension = _stem(name.rstrip("/"))
    values = [value for _, value in parse_qsl(parts.query)]
    for each in (url, target, parts.path, stem + extension, stem, *values):
        for spelling in {each, unquote(each), quote(each, safe=""), _BLANKS.sub(" ", unquote(each)).strip()}:
            if len(spelling) >= (4 if spelling.isdigit() else _SPELLING):
                yield spelling


def calibrate(page: Probe, first: Probe, second: Probe) -> ProbeResult:
    """How alike the link's page and the answers for two random siblings of it are."""
    to_page = (_alike(page, first) + _alike(page, second)) / 2
    return ProbeResult(
        same_final_url=_same_end(page, first, second),
        similarity_to_page=to_page,
        similarity_of_siblings=_alike(first, second),
        own_similarity_to_page=(_own_alike(page, first) + _own_alike(page, second)) / 2,
        own_similarity_of_siblings=_own_alike(first, second),
        sibling_status=(first.status, second.status),
    )


def like_its_siblings(result: ProbeResult) -> bool:
    """Whether the link's page is one more of those its server sends for addresses that nobody ever made.

    Never if one of those got a 404 or no answer: a server that can say no has not said it to the link.
    """
    if len(result.sibling_status) < 2 or not all(200 <= status < 300 for status in result.sibling_status):
        return False
    alike = result.similarity_of_siblings
    least = alike - SLACK - SLACK_OF_NOISE * (1 - alike)
    return alike > 0 and result.similarity_to_page >= least


def says_what_they_say(result: ProbeResult) -> bool:
    """Whether the link's page has the very words of its siblings, and what stands around them is chance.

    Random headlines make pages unlike each other that say the same. The less like each other the siblings are, the less
    the link's page has to be like them.
    """
    if len(result.sibling_status) < 2 or not all(200 <= status < 300 for status in result.sibling_status):
        return False
    own, alike = result.own_similarity_of_siblings, result.similarity_of_siblings
    least = alike - SLACK - SLACK_OF_CHANCE * (1 - alike)
    return own >= OWN and result.own_similarity_to_page >= own - SLACK and result.similarity_to_page >= least


def boilerplate(page: Probe, first: Probe, second: Probe) -> Shingles:
    """What a site puts around its pages: all that the siblings share, with each other or with the page.

    For `crawler.verdict.content.compare`; not masked texts are better for it, but these will do.
    """
    return in_common([each.text for each in (page, first, second) if each.text is not None])


def _alike(one: Probe, other: Probe) -> float:
    return _similarity(one.text, other.text)


def _own_alike(one: Probe, other: Probe) -> float:
    return _similarity(one.own, other.own)


def _similarity(one: Shingles | None, other: Shingles | None) -> float:
    if one is None or other is None or min(one.tokens, other.tokens) < TOO_SHORT:
        return 0.0
    return similarity(one, other)


def _same_end(page: Probe, first: Probe, second: Probe) -> bool:
    """Whether all three were sent to one address, the address they came from aside (`?from=/a` and `?from=/b`)."""
    if not first.final_url or not second.final_url:
        return False
    ends = {_end(each) for each in (page, first, second)}
    return len(ends) == 1 and all(canonical(each.url) != canonical(each.final_url) for each in (first, second))


def _end(probe: Probe) -> str:
    target = unquote(canonical(probe.final_url))
    for spelling in sorted(map(unquote, _spellings(canonical(probe.url))), key=len, reverse=True):
        head, mark, query = target.partition("?")
        target = head + mark + query.replace(spelling, "")
    return target
