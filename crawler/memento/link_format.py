"""TimeMaps: what RFC 7089 archives say they have of a URL (pure).

In link format (RFC 6690 section 2, RFC 7089 section 5) or in the JSON of MemGator; of both there are many dialects. A
TimeMap may come in pages: then it names further ones, or lists nothing but TimeMaps. What cannot be read is left out;
nothing here raises over what an archive sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from crawler.memento.choosing import moment

MOST_MEMENTOS = 20_000  # of one TimeMap
# Possessive throughout: what an archive sends must not make a search go back and forth.
_VALUE = r"(?:\"(?:[^\"\\]|\\.)*+\"|[^\s;,\"]*+)"
_NAME = r"[A-Za-z0-9!#$&+.^_`|~*-]++"
_LINK = re.compile(rf"\s*+<([^<>]*+)>((?:\s*+;\s*+{_NAME}\s*+(?:=\s*+{_VALUE})?+)*+)\s*+(?:,|$)", re.DOTALL)
_PARAMETER = re.compile(rf";\s*+({_NAME})\s*+(?:=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|([^\s;,\"]*+)))?+", re.DOTALL)
_IN_PATH = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: its absolute target, its relations, its other attributes (names in lower case, the first of each)."""

    target: str
    relations: frozenset[str]
    attributes: tuple[tuple[str, str], ...] = ()

    def attribute(self, name: str) -> str | None:
        """The value of an attribute."""
        return next((value for key, value in self.attributes if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMap:
    """What an archive has of a URL, or a part of it."""

    original: str | None = None
    timegate: str | None = None
    mementos: tuple[tuple[str, datetime], ...] = ()  # URL of the memento, and when it was made
    pages: tuple[str, ...] = ()  # of further TimeMaps that belong to it


def parse_timemap(text: str, base: str) -> TimeMap | None:
    """The TimeMap that `text` is, whatever its format; `base` is its own address. None if it is none."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _from_json(text, base)
    links = list(parse_links(text, base))
    known = {"memento", "timemap", "timegate", "original", "self"}
    if not any(link.relations & known for link in links):
        return None
    return _timemap(links, base)


def parse_links(text: str, base: str) -> Iterator[Link]:
    """The links of a link-format document or a Link header; what is none is skipped up to the next line or "<"."""
    at = 0
    text = text.strip("\ufeff \t\r\n")
    while at < len(text):
        found = _LINK.match(text, at)
        if found is None:
            at = text.find("<", at + 1)
            if at < 0:
                return
            continue
        at = max(found.end(), at + 1)
        yield _link(found[1], found[2], base)


def memento_datetime(value: str | None) -> datetime | None:
    """The time a Memento-Datetime header, or a datetime attribute, gives (RFC 7089 section 2.1.1.1), in UTC."""
    if not value:
        return None
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            return moment(value.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _link(target: str, parameters: str, base: str) -> Link:
    attributes: dict[str, str] = {}
    for found in _PARAMETER.finditer(parameters):
        value = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else (found[3] or "")
        attributes.setdefault(found[1].lower(), value)
    relations = frozenset(attributes.pop("rel", "").lower().split())
    return Link(target=_absolute(target.strip(), base), relations=relations, attributes=tuple(attributes.items()))


def _absolute(target: str, base: str) -> str:
    if target.startswith(("http://", "https://")):
        return target
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def _timemap(links: list[Link], base: str) -> TimeMap:
    mementos = [pair for link in links if "memento" in link.relations and (pair := _memento(link)) is not None]
    # Without "self" a link to a TimeMap of the whole would send us round for ever: whoever follows marks where he was.
    pages = [link.target for link in links if "timemap" in link.relations and "self" not in link.relations]
    return TimeMap(
        original=_first(links, "original"),
        timegate=_first(links, "timegate"),
        mementos=tuple(mementos[:MOST_MEMENTOS]),
        pages=tuple(dict.fromkeys(page for page in pages if page != base)),
    )


def _first(links: list[Link], relation: str) -> str | None:
    return next((link.target for link in links if relation in link.relations), None)


def _memento(link: Link) -> tuple[str, datetime] | None:
    at = memento_datetime(link.attribute("datetime"))
    if at is None and (in_path := _IN_PATH.search(link.target)):
        at = moment(in_path[1])
    return None if at is None else (link.target, at)


# --- JSON ---


def _from_json(text: str, base: str) -> TimeMap | None:
    """MemGator's form: original_uri, timegate_uri, mementos.list of datetime and uri; timemap_index, pages.next."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    listed = _listed(_inner(found.get("mementos"), "list"))
    pages = _listed(found.get("timemap_index")) + _listed(_inner(found.get("pages"), "next"))
    mementos = [
        (_absolute(uri, base), at)
        for each in listed
        if (uri := _text(each, "uri")) and (at := memento_datetime(_text(each, "datetime"))) is not None
    ]
    if not listed and not pages and "original_uri" not in found:
        return None
    return TimeMap(
        original=_text(found, "original_uri"),
        timegate=_text(found, "timegate_uri"),
        mementos=tuple(mementos[:MOST_MEMENTOS]),
        pages=tuple(dict.fromkeys(_absolute(uri, base) for each in pages if (uri := _text(each, "uri")))),
    )


def _inner(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _text(value: object, name: str) -> str | None:
    found = _inner(value, name)
    return found if isinstance(found, str) else None
