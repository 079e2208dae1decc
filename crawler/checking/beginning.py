"""How a run of checks begins: by a clock that can be right, and where one of the same choice was cut off."""

from __future__ import annotations

from datetime import datetime

from archive.catalogue import Catalogue
from archive.cut_off import begun, last_check, note_begin, note_end
from archive.errors import UsageError
from archive.link_state import AHEAD
from crawler.checking.options import Clock
from crawler.checking.selection import Selection


def refuse_time_past(catalogue: Catalogue, clock: Clock) -> None:
    """Raises UsageError if a clock that somebody has moved shows a time at which later checks were not made yet: states
    drawn at that time would not know of them, and a dead link be none."""
    if not clock.moved:
        return
    with catalogue.reading() as connection:
        last = last_check(connection)
    now = clock.now()
    if last is not None and last > now + AHEAD:
        raise UsageError(
            f"the time given is {now:%Y-%m-%d}, and links were checked on {last:%Y-%m-%d}: "
            "history is only added to; give a later time"
        )


def cut_off_at(catalogue: Catalogue, selection: Selection, now: datetime) -> datetime | None:
    """When the run of this choice began that was cut off and would be gone on with at `now`."""
    if not selection.resumable or selection.anew:
        return None
    with catalogue.reading() as connection:
        at = begun(connection, selection.words)
    return None if at is None or at > now + AHEAD else at


def begin_choice(catalogue: Catalogue, selection: Selection, now: datetime) -> datetime | None:
    """Note that a run of this choice begins; or when it did, if it goes on."""
    went_on = cut_off_at(catalogue, selection, now)
    if went_on is None and selection.resumable:
        with catalogue.writing() as connection:
            note_begin(connection, selection.words, now)
    return went_on


def end_choice(catalogue: Catalogue, selection: Selection) -> None:
    """Note that all of this choice was checked: it begins anew the next time."""
    if selection.resumable:
        with catalogue.writing() as connection:
            note_end(connection, selection.words)
