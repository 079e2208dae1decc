"""Times as people type them (pure)."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.errors import UsageError

_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def moment(text: str) -> datetime:
    """An ISO 8601 day or time, in UTC unless it says otherwise: "2026-03-01", "2026-03-01T12:30:00+02:00".

    Raises UsageError for anything else.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time; write it like 2026-03-01 or 2026-03-01T12:30:00+02:00") from None


def clock_time(text: str) -> datetime:
    """A time that a clock may show from which others are counted: as `moment`, and between 1970 and 2200."""
    found = moment(text)
    if not _FIRST_YEAR <= found.year < _LAST_YEAR:
        raise UsageError(f"{text!r} is no time for a clock; it takes one between {_FIRST_YEAR} and {_LAST_YEAR}")
    return found
