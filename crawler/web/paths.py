"""Addresses of our own pages, and which addresses of others may become links (pure).

What an address carries goes behind the question mark: browsers rewrite paths ("..", "//", "%2e"), and the path of an
event or a URL may hold any of that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

_LONGEST = 8_000  # characters of a URL that becomes a link


def query(path: str, /, **values: str | int | None) -> str:
    """A page of ours with what it is asked, but for what is None."""
    given = {name: value for name, value in values.items() if value is not None}
    return f"{path}?{urlencode(given, errors='replace')}" if given else path


def event(path: str) -> str:
    """The page of an event."""
    return query("/event", path=path)


def link(url: str) -> str:
    """The page of a URL."""
    return query("/link", url=url)


def day(text: str | None) -> str:
    """The page of a day, YYYY-MM-DD; of the events without one."""
    return "/events/" + ("/".join(text.split("-")) if text else "undated")


def capture(record_id: str, part: str = "") -> str:
    """The page of a capture, or a part of it."""
    return f"/capture/{quote(record_id.removeprefix('urn:uuid:'), safe='')}{part}"


def record_id(name: str) -> str:
    """The record id that a capture's address names."""
    return name if ":" in name else f"urn:uuid:{name}"


def replay(at: datetime, url: str) -> str:
    """Where a capture is seen as it was. A fragment is nothing that a server is asked for."""
    return f"/web/{at.astimezone(UTC):%Y%m%d%H%M%S}/{quote(url, safe=_AS_IT_IS)}"


def outside(url: str | None) -> str | None:
    """`url` if it may become a link: an http(s) address with a host, not endless; else None."""
    if url is None or len(url) > _LONGEST:
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


_AS_IT_IS = ":/?&=%@!$'()*+,;[]~-._"
