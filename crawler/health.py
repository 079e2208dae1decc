"""Whether a run is well: it gets on, the disk has room, the database answers (pure).

What `/healthz` says, and what a run's metrics say of it. Waiting is no illness: a run whose links are all put off has
progress when its phase or any of its counts changes, and else within `stall_after`.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.disk_guard import Room
from crawler.terminal import spell_bytes, spell_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What is known of a run at a moment."""

    since_progress: float  # seconds since anything changed
    stall_after: float  # seconds; 0: a run may take its time
    room: Room | None  # None: the disk could not be measured
    reserve: int  # bytes
    database: str | None  # what the database said when it was asked; None: it answered
    failure: str | None = None  # what ended the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    is_well: bool
    said: str


def findings(vitals: Vitals) -> tuple[Finding, ...]:
    """What there is to say, each in a few words."""
    return (_progress(vitals), _disk(vitals), _database(vitals))


def is_well(found: tuple[Finding, ...]) -> bool:
    """Whether nothing is wrong."""
    return all(each.is_well for each in found)


def health_json(found: tuple[Finding, ...]) -> dict[str, object]:
    """As `/healthz` says it: `status` is ok or failing, `checks` has each finding."""
    return {
        "status": "ok" if is_well(found) else "failing",
        "checks": {each.name: {"ok": each.is_well, "said": each.said} for each in found},
    }


def _progress(vitals: Vitals) -> Finding:
    for_long = spell_seconds(vitals.since_progress)
    if vitals.failure is not None:
        return Finding(name="progress", is_well=False, said=vitals.failure)
    stalled = bool(vitals.stall_after) and vitals.since_progress >= vitals.stall_after
    said = f"none for {for_long}" if stalled else f"{for_long} ago"
    return Finding(name="progress", is_well=not stalled, said=said)


def _disk(vitals: Vitals) -> Finding:
    if vitals.room is None:
        return Finding(name="disk", is_well=False, said="it cannot be measured")
    free = spell_bytes(vitals.room.free)
    if vitals.room.free < vitals.reserve:
        return Finding(name="disk", is_well=False, said=f"{free} free, less than {spell_bytes(vitals.reserve)}")
    return Finding(name="disk", is_well=True, said=f"{free} free")


def _database(vitals: Vitals) -> Finding:
    return Finding(name="database", is_well=vitals.database is None, said=vitals.database or "it answers")
