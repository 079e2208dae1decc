"""Links that point into an archive already: which original they mean, and of when (pure).

One citation in eight is such a link. Where the address holds the original's, it can be asked for anywhere; where it is
a short id (archive.today's, perma.cc's), only that archive knows what it means, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from archive.urls import canonical
from crawler.memento.choosing import moment

_TODAY = frozenset(f"archive.{end}" for end in ("ph", "is", "md", "li", "fo", "vn", "today"))
_OPAQUE = frozenset({"perma.cc", "freezepage.com", "peeep.us"})
# <anything>/<4 to 14 digits or *>[<modifier>_]/<URL>, as Wayback, OpenWayback and pywb have it
_WAYBACK = re.compile(r"^(?:/[\w.-]+){0,4}?/(?P<stamp>\d{4,14}|\*|0|2)(?P<mod>[a-z]{2}_|\*)?/(?P<url>.+)$", re.DOTALL)
_LATEST = re.compile(r"^/(?:web|all|wayback)/(?P<url>(?:https?:|www\.).+)$", re.DOTALL | re.IGNORECASE)
_TODAY_STAMPED = re.compile(r"^/(?P<stamp>\d{4}(?:[.-]?\d{2}){0,2}(?:-?\d{2}:?\d{2}:?\d{2})?)/(?P<url>.+)$", re.DOTALL)
_TODAY_NAMED = re.compile(r"^/(?:newest|oldest|timegate(?:/\d+)?|o/\w+)/(?P<url>.+)$", re.DOTALL)
_SHORT = re.compile(r"^/(?:wip/)?\w{4,8}/?(?:#.*)?$")
_CITATION_BOTS = re.compile(r"(?:www\.)?webcitation\.org")
_GOOGLE_CACHE = re.compile(r"(?:webcache\.googleusercontent\.com|cc\.bingj\.com)")
_WAYBACKS = re.compile(r"(?:(?:web|wayback|replay|web-beta|liveweb|www)\.)?archive\.org|(?:www\.)?arquivo\.pt")
# On a host nobody told us of it must be unmistakable: all 14 digits, and a scheme behind them.
_UNMISTAKABLE = re.compile(r"^(?:/[\w.-]+){0,4}?/(?P<stamp>\d{14})(?:[a-z]{2}_)?/(?P<url>https?:/.+)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLink:
    """A link into an archive."""

    archive: str  # its host
    original: str | None  # canonical; None: only the archive knows
    at: datetime | None = None  # None: the address does not say


def unwrap(url: str) -> ArchiveLink | None:
    """What a link into an archive means; None for a link into none."""
    link = unwrap_once(url)
    if link is None or link.original is None:
        return link
    inner = unwrap_once(link.original)  # an archive of an archive: it is the innermost that is wanted
    return inner if inner is not None and inner.original is not None else link


def unwrap_once(url: str) -> ArchiveLink | None:
    """The same, of the outermost archive alone: what is right for an address that an archive gave us."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    rest = parts.path + ("?" + parts.query if parts.query else "")
    bare = host.removeprefix("www.")
    if bare in _TODAY:
        return _today(bare, rest)
    if bare in _OPAQUE:
        return ArchiveLink(archive=bare, original=None)
    if _CITATION_BOTS.fullmatch(host):
        return _by_query(bare, parts.query, ("url",), date="date")
    if _GOOGLE_CACHE.fullmatch(host):
        return _cached(host, parts.query)
    if _WAYBACKS.fullmatch(host):
        return _wayback(host, rest)
    found = _UNMISTAKABLE.match(rest)
    return _link(host, found["url"], moment(found["stamp"])) if found else None


def _wayback(host: str, rest: str) -> ArchiveLink | None:
    found = _WAYBACK.match(rest)
    if found is not None:
        return _link(host, found["url"], moment(found["stamp"]) if len(found["stamp"]) >= 4 else None)
    latest = _LATEST.match(rest)
    return _link(host, latest["url"], None) if latest else None


def _today(host: str, rest: str) -> ArchiveLink | None:
    if found := _TODAY_STAMPED.match(rest):
        return _link(host, found["url"], moment(re.sub(r"\D", "", found["stamp"])))
    if found := _TODAY_NAMED.match(rest):
        return _link(host, found["url"], None)
    if rest.startswith(("/http://", "/https://")):
        return _link(host, rest[1:], None)
    return ArchiveLink(archive=host, original=None) if _SHORT.match(rest) else None


def _by_query(host: str, query: str, names: tuple[str, ...], *, date: str) -> ArchiveLink | None:
    values = parse_qs(query[:20_000])
    original = next((values[name][0] for name in names if name in values), None)
    if original is None:
        return ArchiveLink(archive=host, original=None)
    digits = re.sub(r"\D", "", values.get(date, [""])[0])[:14]
    return _link(host, original, moment(digits) if digits else None)


def _cached(host: str, query: str) -> ArchiveLink | None:
    """Google's `q=cache:ID:URL+words`; the id may be missing, the scheme too. Bing's `d=` says nothing."""
    asked = parse_qs(query[:20_000]).get("q", [""])[0]
    if not asked.startswith("cache:"):
        return ArchiveLink(archive=host, original=None)
    name = asked.removeprefix("cache:").split(" ")[0]
    original = name if re.match(r"https?://", name) else re.sub(r"^[\w-]{6,16}:", "", name)
    return _link(host, original, None)


def _link(host: str, original: str, at: datetime | None) -> ArchiveLink:
    return ArchiveLink(archive=host, original=_spelled(original), at=at)


def _spelled(text: str) -> str | None:
    """The original as a canonical URL: its scheme may be missing, lack a slash, or be percent-encoded."""
    if re.match(r"https?%3a", text, re.IGNORECASE):
        text = unquote(text)
    text = re.sub(r"^(https?):/*(?=[^/])", r"\1://", text, flags=re.IGNORECASE)
    if not re.match(r"https?://", text, re.IGNORECASE):
        if not re.match(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?]|$)", text):
            return None
        text = "http://" + text
    try:
        return canonical(text)
    except ValueError:
        return None


def raw_of(memento: str) -> str:
    """The address of the same memento as it was archived, where that can be told from it; else the address itself."""
    return _IN_ADDRESS.sub(r"/\1id_/", memento, count=1)


_IN_ADDRESS = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(?=https?:/)")
