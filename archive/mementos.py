"""The nouns of recovery: where a copy was brought back from, and what came of asking an archive (pure).

A memento (RFC 7089) is a copy in somebody else's web archive. What we bring back is kept as a copy of the original URL
at the time the archive made it, and it never passes for one of our own: it carries a `Source`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a copy comes from that we did not fetch from its own server."""

    url: str  # the memento's, as it was asked for
    archive: str
    fetched_at: datetime  # by us; the exchange's own time is that of the memento
    recovers: str | None = None  # the dead link this is the copy of; None for a redirect on the way to it


class RecoveryOutcome(StrEnum):
    """What came of asking one archive for one link. An outage is never taken for absence."""

    RECOVERED = "recovered"
    NOT_ARCHIVED = "not_archived"  # it has nothing, or nothing of use
    EXCLUDED = "excluded"  # it has it, or may have, and does not show it
    ARCHIVE_UNAVAILABLE = "archive_unavailable"  # nobody knows: asked again by the next run
    SAVED = "saved"  # a live link that the archive was asked to save, and did


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One archive asked for one link. Natural key: `url`, `archive` and `asked_at`."""

    url: str  # the link's
    archive: str
    asked_at: datetime
    outcome: RecoveryOutcome
    memento_url: str | None = None
    captured_at: datetime | None = None  # when the archive made the memento
    record_id: str | None = None  # of the record that is our copy of it
    why: str = ""
