"""What a style sheet, a style element or a style attribute asks for (pure).

tinycss2 makes the tokens (CSS Syntax Level 3): 500 kB take 0.4 s, a hundred thousand open braces 0.2 s, and nothing we
fed it is worse than linear. It is given only the rules in which an address can stand (`archive.css_rules`). What is
read off the tokens is only where addresses are, so no selector and no property needs to be understood. The blocks are
walked without recursion: they nest as deeply as a stranger likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import tinycss2
from tinycss2.ast import Node

from archive.charset import decode
from archive.css_rules import rules_with_addresses
from archive.model import Role
from archive.requisites import Gathering

INPUT_LIMIT = 4 << 20  # bytes of a style sheet that are read

_CHARSET_RULE = re.compile(rb'@charset "([\w:.-]{1,40})";')
_SETS = frozenset({"image-set", "-webkit-image-set"})
_INVISIBLE = frozenset({"whitespace", "comment"})


def gather_sheet(data: bytes, content_type: str | None, gathering: Gathering) -> bool:
    """Add what the bytes of a style sheet ask for. Returns whether there was more than is read."""
    label = _CHARSET_RULE.match(data)
    if label and "charset" not in (content_type or "").lower():
        content_type = f"text/css; charset={label[1].decode('ascii')}"
    gather_css(decode(data[:INPUT_LIMIT], content_type), gathering)
    return len(data) > INPUT_LIMIT


def gather_css(text: str, gathering: Gathering, *, within: str = "") -> None:
    """Add what style rules or declarations ask for. `within` begins each `how`: "style/" makes "style/url()"."""
    for rules in rules_with_addresses(text):
        for found in _references(tinycss2.parse_component_value_list(rules, skip_comments=True)):
            how = found.how if found.how == "@import" else within + found.how
            gathering.add(found.text, found.role, how)


@dataclass(frozen=True, slots=True)
class _Found:
    text: str
    role: Role
    how: str


@dataclass(slots=True)
class _Place:
    """Where in the nesting we are, and what came just before."""

    tokens: Iterator[Node]
    font: bool = False  # inside @font-face
    strings: bool = False  # inside image-set(), where a bare string is an address
    at: str = ""  # the at-rule whose prelude this is
    word: str = ""  # the property whose value this is


def _references(tokens: Iterable[Node]) -> Iterator[_Found]:
    """Every address, in the order of the text."""
    places = [_Place(iter(tokens))]
    while places:
        place = places[-1]
        token = next(place.tokens, None)
        if token is None:
            places.pop()
            continue
        if found := _found(token, place):
            yield found
        if inner := _inside(token, place):
            places.append(inner)
        _remember(token, place)


def _found(token: Node, place: _Place) -> _Found | None:
    text = _address(token)
    if place.at == "import":
        text = token.value if token.type == "string" else text
        return _Found(text, Role.STYLE, "@import") if text else None
    if place.at == "namespace":
        return None
    if token.type == "string" and place.strings:
        return _Found(token.value, Role.IMAGE, "image-set()")
    if not text:
        return None
    if place.font:
        return _Found(text, Role.FONT, "@font-face/url()")
    if place.word == "behavior":
        return _Found(text, Role.OTHER, "behavior/url()")
    return _Found(text, Role.IMAGE, "url()")


def _address(token: Node) -> str | None:
    """The address in url(...), however it is written."""
    if token.type == "url":
        return str(token.value)
    if token.type == "function" and token.lower_name in ("url", "src"):
        first = next((part for part in token.arguments if part.type != "whitespace"), None)
        return str(first.value) if first is not None and first.type == "string" else None
    return None


def _inside(token: Node, place: _Place) -> _Place | None:
    """The inside of a block, if addresses can stand there."""
    if token.type == "function":
        if token.lower_name in ("url", "src") or place.at in ("import", "namespace"):
            return None
        strings = token.lower_name in _SETS
        return _Place(iter(token.arguments), font=place.font, strings=strings, word=place.word)
    if token.type in ("{} block", "() block", "[] block"):
        if place.at in ("import", "namespace"):
            return None
        font = place.font or place.at == "font-face"
        return _Place(iter(token.content), font=font, word=place.word if token.type != "{} block" else "")
    return None


def _remember(token: Node, place: _Place) -> None:
    """Take note of a token for those that follow it."""
    match token.type:
        case kind if kind in _INVISIBLE:
            return
        case "at-keyword":
            place.at = token.lower_value
        case "ident":
            place.word = place.word or token.lower_value
        case "{} block":
            place.at = place.word = ""
        case "literal" if token.value == ";":
            place.at = place.word = ""
        case _ if place.at == "import":
            place.at = "import-done"  # what follows are its layers and conditions: supports(...) may hold strings
