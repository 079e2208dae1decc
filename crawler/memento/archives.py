"""The public archives there are to ask, and the addresses of their interfaces (pure).

An archive is a row of a table in the settings (SOURCEKEEP_ARCHIVES): a kind, a base URL and the pause between two
requests, below what it publishes as its limit. A base URL may point anywhere, so tests ask stand-ins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from archive.errors import UsageError
from archive.workers import line_of
from crawler.guard import url_refusal
from crawler.memento.choosing import stamp

MOST_LINES = 300  # asked of an index, the nearest first
PAUSE = 2.0  # seconds, where the table does not say


class ArchiveKind(StrEnum):
    """How an archive is asked."""

    WAYBACK = "wayback"  # the Internet Archive's own interfaces
    PYWB = "pywb"  # a CDX server whose index says more than a TimeMap; else as any Memento archive
    MEMENTO = "memento"  # RFC 7089 alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One archive. Its methods give addresses."""

    name: str
    kind: ArchiveKind
    base: str  # without a slash at its end
    pause: float = PAUSE
    availability_base: str | None = None  # where the Wayback Machine answers for availability, if not at `base`
    timemap_base: str | None = None  # where TimeMaps are, if not at `base` + /timemap/link

    def holds(self, host: str) -> bool:
        """Whether mementos at addresses of that host are this archive's: the Wayback Machine has several names."""
        if self.kind is ArchiveKind.WAYBACK and (host == "archive.org" or host.endswith(".archive.org")):
            return True
        return host == urlsplit(self.base).hostname

    @property
    def replay(self) -> str:
        """What the addresses of its mementos begin with."""
        return f"{self.base}/web" if self.kind is ArchiveKind.WAYBACK else self.base

    def index_url(self, url: str, around: datetime) -> str:
        """Its index of the captures of `url`, those nearest to a time first."""
        asked = {"url": url, "output": "json", "closest": stamp(around), "sort": "closest", "limit": str(MOST_LINES)}
        if self.kind is ArchiveKind.WAYBACK:
            errors_left_out = [("filter", "!statuscode:[45].."), ("matchType", "exact")]
            return f"{self.base}/cdx/search/cdx?{urlencode([*asked.items(), *errors_left_out])}"
        return f"{self.base}/cdx?{urlencode(asked)}"

    def availability_url(self, url: str, around: datetime) -> str:
        """The Wayback Machine's word on the nearest capture."""
        asked = urlencode({"url": url, "timestamp": stamp(around)})
        return f"{self.availability_base or self.base}/wayback/available?{asked}"

    def timemap_url(self, url: str) -> str:
        """All its mementos of `url` (RFC 7089 section 2.3)."""
        return f"{self.timemap_base or self.base + '/timemap/link'}/{url}"

    def timegate_url(self, url: str) -> str:
        """Where to ask for the memento of a time (RFC 7089 section 2.2)."""
        return f"{self.replay}/{url}"

    def memento_url(self, url: str, written: str) -> str:
        """A memento, for people to look at; `written` is its time in digits."""
        return f"{self.replay}/{written}/{url}"

    def raw_url(self, url: str, written: str) -> str:
        """The bytes as they were archived."""
        return f"{self.replay}/{written}id_/{url}"


def archives_of(table: Mapping[str, object]) -> tuple[Archive, ...]:
    """The archives of a table of the settings, in its order. Raises UsageError for a row that makes no sense."""
    return tuple(_archive(str(name), row) for name, row in table.items())


def table_of(value: object) -> dict[str, object]:
    """The table that a setting holds: a mapping, or its JSON. Raises UsageError."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise UsageError(f"SOURCEKEEP_ARCHIVES is no JSON: {error}") from error
    if not isinstance(value, Mapping):
        raise UsageError("SOURCEKEEP_ARCHIVES takes a table: name -> kind, base, pause")
    return {str(name): row for name, row in value.items()}


def with_options(table: Mapping[str, object], *, wayback: str | None, given: Iterable[str]) -> dict[str, object]:
    """The table with what the command line says: with --archive those alone; --wayback is where the Wayback Machine is.

    Raises UsageError.
    """
    chosen: dict[str, object] = dict(_given(text) for text in given) or dict(table)
    if wayback is None:
        return chosen
    machines = [name for name, row in chosen.items() if isinstance(row, Mapping) and row.get("kind") == "wayback"]
    for name in machines or ["Wayback Machine"]:
        row = chosen.get(name)
        pause = row.get("pause", PAUSE) if isinstance(row, Mapping) else PAUSE
        chosen[name] = {"kind": "wayback", "base": _base(wayback), "pause": pause}
    return chosen


def _given(text: str) -> tuple[str, object]:
    name, equals, rest = text.partition("=")
    kind, colon, base = rest.partition(":")
    if not name.strip() or not equals or not colon:
        raise UsageError(f"--archive takes NAME=KIND:BASE, like ours=pywb:https://archive.example/coll, not {text!r}")
    return name.strip(), {"kind": kind, "base": base}


def _archive(name: str, row: object) -> Archive:
    if not isinstance(row, Mapping) or "kind" not in row or "base" not in row:
        raise UsageError(
            f"the archive {name!r} needs a kind and a base, like {{'kind': 'pywb', 'base': 'https://...'}}"
        )
    kinds = ", ".join(ArchiveKind)
    if row["kind"] not in tuple(ArchiveKind):
        raise UsageError(f"the archive {name!r} is of the kind {row['kind']!r}; known are {kinds}")
    return Archive(
        name=line_of(name),
        kind=ArchiveKind(str(row["kind"])),
        base=_base(str(row["base"])),
        pause=_pause(name, row.get("pause", PAUSE)),
        availability_base=_base(str(row["availability"])) if row.get("availability") else None,
        timemap_base=_base(str(row["timemap"])) if row.get("timemap") else None,
    )


def _base(text: str) -> str:
    if url_refusal(text.strip()) is not None:
        raise UsageError(f"{text!r} is no address of an archive; write it like https://archive.example/wayback")
    return text.strip().rstrip("/")


def _pause(name: str, value: object) -> float:
    try:
        pause = float(str(value))
    except ValueError:
        pause = -1.0
    if not 0 <= pause < float("inf"):
        raise UsageError(f"the pause of the archive {name!r} is {value!r}; it takes a number of seconds")
    return pause
