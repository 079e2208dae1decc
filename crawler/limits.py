"""What a run may take before it ends by itself, to be gone on with by the next one (pure).

Pages and bytes reached end a run with exit code 14, time with 15, a disk with less than its reserve left with 3. None
of them is a failure: what is in flight is finished, what was fetched is kept, and the next run fetches the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from crawler.terminal import count, spell_bytes, spell_seconds

SIZE, TIME, DISK = 14, 15, 3  # exit codes
_AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) *([kmgt]?i?b?)", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SPAN = re.compile(r"(?:\d{1,9}(?:\.\d{1,6})? *(?:s|sec|min|m|h|d)? *)+")
_SPAN_PART = re.compile(r"(\d+(?:\.\d+)?) *([a-z]*)")
_UNITS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_MOST_BYTES = 1 << 60
_MOST_SECONDS = 1e9


def size_of(value: object) -> int:
    """Bytes, from a whole number or a text like "500 MB" (powers of 1000), "2GiB", "64M" (powers of 1024, as systemd
    and most tools have it). Raises ValueError with what it takes."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_BYTES:
        return value
    found = _AMOUNT.fullmatch(value.strip().replace("_", "")) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a size: bytes, or a text like "500 MB" or "2GiB"')
    number, unit = found[1], found[2].lower()
    base = 1000 if unit.endswith("b") and not unit.endswith("ib") else 1024
    size = float(number) * base ** _POWERS[unit.rstrip("b").rstrip("i")]
    if size >= _MOST_BYTES:
        raise ValueError("a size that a disk can have")
    return int(size)


def seconds_of(value: object) -> float:
    """Seconds, from a number or a text like "90s", "45min", "2h 30min", "1d". Raises ValueError with what it takes."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_SECONDS:
        return float(value)
    if not isinstance(value, str) or not _SPAN.fullmatch(value.strip().lower()):
        raise ValueError('a time span: seconds, or a text like "45min" or "2h 30min"')
    parts = _SPAN_PART.findall(value.lower())
    return min(sum(float(number) * _UNITS[unit] for number, unit in parts), _MOST_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most of one run; 0: no limit."""

    pages: int = 0  # answers kept, of the site, its sources and what they need; of a recheck: checks
    bytes: int = 0  # of their payloads
    seconds: float = 0.0  # of fetching
    reserve: int = 0  # bytes of the disk that are left free


class Limit(StrEnum):
    """What was reached."""

    PAGES = "pages"
    BYTES = "bytes"
    TIME = "time"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A limit that ended a run, in words for people."""

    limit: Limit
    why: str

    @property
    def exit_code(self) -> int:
        """Of a run that ended by it."""
        match self.limit:
            case Limit.TIME:
                return TIME
            case Limit.DISK:
                return DISK
            case _:
                return SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a run has taken so far."""

    pages: int
    bytes: int
    seconds: float


def reached(limits: Limits, taken: Taken) -> Reached | None:
    """The limit that ends the run now, if any does."""
    if limits.pages and taken.pages >= limits.pages:
        return Reached(limit=Limit.PAGES, why=f"the limit of {count(limits.pages, 'page')} is reached")
    if limits.bytes and taken.bytes >= limits.bytes:
        return Reached(limit=Limit.BYTES, why=f"the limit of {spell_bytes(limits.bytes)} is reached")
    if limits.seconds and taken.seconds >= limits.seconds:
        return Reached(limit=Limit.TIME, why=f"the limit of {spell_seconds(limits.seconds)} is reached")
    return None
