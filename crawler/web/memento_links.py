"""Addresses of copies and the links between them, as Memento (RFC 7089) spells them (pure).

Everything from an archive that gets into a header or a link goes through `header_url`: visible ASCII, and nothing that
could end a link or a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import unquote

from archive.cdx_query import Entry, instant
from archive.urls import canonical, percent

LINK_FORMAT = "application/link-format"
_FEW_SLASHES = re.compile(r"(https?):/*(?=[^/])", re.IGNORECASE)
_QUOTED = re.compile(r"https?%3A", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d{1,5}(?:[/?#]|\Z))", re.IGNORECASE)
_NOT_IN_LINKS = {ord("<"): "%3C", ord(">"): "%3E", ord('"'): "%22", ord("\\"): "%5C", ord("^"): "%5E", ord("`"): "%60"}


def http_date(at: datetime) -> str:
    """A time as HTTP has it, to the second."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def read_http_date(text: str) -> datetime | None:
    """The time an HTTP date spells; None for what is none."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def header_url(url: str) -> str:
    """A URL fit for a header and for a link in one."""
    return percent(url).translate(_NOT_IN_LINKS)


def asked_url(text: str) -> str:
    """The web address that stands at the end of one of ours: canonical; its scheme may be left out, its slashes be too
    few, as servers in between make of them, or all of it be encoded once more, as some clients do (`http%3A//`).

    Raises ValueError where it is no http(s) address.
    """
    text = text.strip()
    text = unquote(text) if _QUOTED.match(text) else text
    url = canonical(
        _FEW_SLASHES.sub(r"\1://", text, count=1) if _HAS_SCHEME.match(text) else f"http://{text.lstrip('/')}"
    )
    if not url.startswith(("http://", "https://")):
        raise ValueError("no http address")
    return url


def copy_path(stamp: str, url: str, mark: str = "") -> str:
    """The path of a copy on the replay's site. `mark`: `id_` and the like."""
    return f"/web/{stamp}{mark}/{header_url(url)}"


def link(url: str, rel: str, **more: str) -> str:
    """One link (RFC 8288). The values of `more` are ours, or went through `header_url`."""
    return f'<{url}>; rel="{rel}"' + "".join(f'; {name}="{value}"' for name, value in more.items())


def memento_link(replay: str | None, stamp: str, url: str, rel: str = "memento", **more: str) -> str:
    """The link to a copy; without a site for replay, a link to what it is a copy of."""
    address = header_url(url) if replay is None else replay + copy_path(stamp, url)
    return link(address, rel, datetime=http_date(instant(stamp)), **more)


def around(interface: str, url: str) -> list[str]:
    """The links that every answer about a URL has: the original, its TimeGate, its TimeMap."""
    spelled = header_url(url)
    return [
        link(spelled, "original"),
        link(f"{interface}/timegate/{spelled}", "timegate"),
        link(f"{interface}/timemap/link/{spelled}", "timemap", type=LINK_FORMAT),
    ]


def neighbours(replay: str, chosen: Entry, ends: tuple[Entry, Entry], beside: Iterable[Entry | None]) -> list[str]:
    """The links to the chosen copy, the first, the last, the one before and the one after; each copy once."""
    named: dict[tuple[str, str], list[str]] = {}
    for rel, each in zip(("first", "last", "prev", "next", ""), (*ends, *beside, chosen), strict=True):
        if each is not None:
            named.setdefault((each.stamp, each.url), []).append(rel)
    return [
        memento_link(replay, stamp, url, " ".join([*filter(None, rels), "memento"]))
        for (stamp, url), rels in sorted(named.items())
    ]
