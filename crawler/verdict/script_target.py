"""Where the scripts of a near-empty page send everybody, as far as that can be told without running them (pure).

`location` is set to an address that is written out, or put together from such pieces, from names given once with `var`,
`let` or `const`, and from what a browser knows by itself: the page's own address and its parts. Anything else, a
condition among addresses included, is a choice that is not ours to make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import SplitResult, quote, urlsplit

_LONGEST = 20_000  # characters of code
_DEEPEST = 8
_MOST_TERMS = 20  # of a sum
_MOST_TERMS_IN_ALL = 400
_MOST_SET = 50  # times that `location` is

_SETS = re.compile(
    r"(?<![\w.$])(?:(?:window|document|self|top|parent|this|globalthis)\s{0,20}\.\s{0,20}){0,4}location"
    r"(?:\s{0,20}\.\s{0,20}href)?\s{0,20}(?:=(?!=)|\.\s{0,20}(?:replace|assign)\s{0,20}\()",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"/\*.*?\*/|(?<![:\"'\w])//[^\n]*", re.DOTALL)
_NAMED = re.compile(r"(?<![\w.$])(?:var|let|const)\s{1,20}(?P<name>[A-Za-z_$][\w$]{0,60})\s{0,20}=(?!=)")
_BLANK = re.compile(r"\s*")
_TEXT = re.compile(r"\"([^\"\\\n]|\\.){0,2000}\"|'([^'\\\n]|\\.){0,2000}'|`([^`$\\\n]|\\.){0,2000}`")
_WORD = re.compile(r"[A-Za-z_$][\w$]{0,60}(?:\s{0,20}\.\s{0,20}[A-Za-z_$][\w$]{0,60}){0,4}")
_GOES_ON = re.compile(r"\s*[.?:\[(|&*/<>%^-]")  # there is more to it than a sum of texts
_WINDOW = re.compile(r"^(?:window|self|top|parent|globalThis)\.")
_ENCODERS = {"encodeURIComponent": "!~*'()", "encodeURI": "!~*'();/?:@&=+$,#", "escape": "@*_+-./"}
_OF_PAGE: Mapping[str, Callable[[SplitResult], str]] = {
    "document.domain": lambda url: url.hostname or "",
    "location.hostname": lambda url: url.hostname or "",
    "location.host": lambda url: url.netloc,
    "location.protocol": lambda url: f"{url.scheme}:",
    "location.origin": lambda url: f"{url.scheme}://{url.netloc}",
    "location.pathname": lambda url: url.path or "/",
    "location.search": lambda url: f"?{url.query}" if url.query else "",
    "location.hash": lambda _: "",
    "location": SplitResult.geturl,
    "location.href": SplitResult.geturl,
    "document.url": SplitResult.geturl,
    "document.location": SplitResult.geturl,
    "document.referrer": lambda _: "",
}


def script_targets(code: str, url: str) -> frozenset[str]:
    """The addresses that the scripts of the page at `url` set `location` to, as written; more than one is a choice."""
    bare = _COMMENTS.sub("", code[:_LONGEST])
    return frozenset(_Script(code=bare, url=urlsplit(url), names=_names(bare)).targets())


@dataclass(slots=True, eq=False, kw_only=True)
class _Script:
    """The code of a page, and the address it stands at."""

    code: str
    url: SplitResult
    names: dict[str, list[int]]  # where each name's values begin
    terms: int = 0  # read so far

    def targets(self) -> Iterator[str]:
        """What `location` is set to, where that can be told."""
        for found in islice(_SETS.finditer(self.code), _MOST_SET):
            value = (self._sum(found.end(), 0) or "").replace("\\/", "/")
            if value and "\\" not in value:
                yield value

    def _sum(self, at: int, depth: int) -> str | None:
        """The text that an expression comes to; None if it is none, or anybody's guess."""
        texts: list[str] = []
        for _ in range(_MOST_TERMS):
            term = self._term(_after_blanks(self.code, at), depth)
            if term is None:
                return None
            text, at = term
            texts.append(text)
            behind = _after_blanks(self.code, at)
            if self.code[behind : behind + 1] != "+":
                return None if _GOES_ON.match(self.code, at) else "".join(texts)
            at = behind + 1
        return None

    def _term(self, at: int, depth: int) -> tuple[str, int] | None:
        if text := _TEXT.match(self.code, at):
            return text[0][1:-1], text.end()
        word = _WORD.match(self.code, at)
        self.terms += 1
        if word is None or depth > _DEEPEST or self.terms > _MOST_TERMS_IN_ALL:
            return None
        if word[0] in _ENCODERS:
            return self._encoded(word[0], word.end(), depth)
        value = self._value("".join(word[0].split()), depth)
        return None if value is None else (value, word.end())

    def _encoded(self, encoder: str, at: int, depth: int) -> tuple[str, int] | None:
        """`encodeURIComponent(x)`: of one term."""
        inner = self._term(at + 1, depth + 1) if self.code[at : at + 1] == "(" else None
        if inner is None or self.code[inner[1] : inner[1] + 1] != ")":
            return None
        return quote(inner[0], safe=_ENCODERS[encoder]), inner[1] + 1

    def _value(self, name: str, depth: int) -> str | None:
        of_page = _OF_PAGE.get(_WINDOW.sub("", name).lower())
        of_page = of_page or _OF_PAGE.get(_WINDOW.sub("", name).lower().removeprefix("document."))
        if of_page is not None:
            return of_page(self.url)
        given = self.names.get(name, [])
        return self._sum(given[0], depth + 1) if len(given) == 1 else None


def _names(code: str) -> dict[str, list[int]]:
    names: dict[str, list[int]] = {}
    for found in _NAMED.finditer(code):
        names.setdefault(found["name"], []).append(found.end())
    return names


def _after_blanks(code: str, at: int) -> int:
    found = _BLANK.match(code, at)
    return found.end() if found else at
