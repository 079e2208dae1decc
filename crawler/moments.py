"""Times as people type them (pure)."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.errors import UsageError


def moment(text: str) -> datetime:
    """An ISO 8601 day or time, in UTC unless it says otherwise: "2026-03-01", "2026-03-01T12:30:00+02:00".

    Raises UsageError for anything else.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time; write it like 2026-03-01 or 2026-03-01T12:30:00+02:00") from None
