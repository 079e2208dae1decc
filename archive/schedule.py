"""When a link is checked again (pure).

A table of paces: the first interval, what it grows by, and where it ends. An interval grows only where it was waited
for, so that checking all links thrice in an hour does not put them off for weeks. Times are spread by a tenth, so that
what was checked in one run does not come due in one minute for ever after; never to less than the three days that make
two checks two pieces of evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from archive.checks import Pace

APART = timedelta(days=3)  # checks closer together than this are one piece of evidence
TOMORROW = timedelta(hours=20)  # in the run of the next day, though it begin at the same hour or a little earlier
JITTER = 0.1
_WAITED_FOR = 0.8  # of the interval

# A number from -1 up to 1 for a link and the time of its check.
Spread = Callable[[str, datetime], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How the interval of a pace goes on."""

    first: timedelta
    factor: float
    longest: timedelta


def _days(first: int, factor: float, longest: int) -> Steps:
    return Steps(first=timedelta(days=first), factor=factor, longest=timedelta(days=longest))


STEPS = {
    Pace.ALIVE: _days(7, 1.5, 90),
    Pace.PROVING: _days(3, 1, 3),
    Pace.FAILING: _days(1, 3, 3),
    Pace.UNSURE: _days(7, 1.5, 90),
    Pace.DEAD: _days(30, 1.5, 180),  # for ever: one live answer revives it
}


def next_interval(pace: Pace, previous: timedelta | None, waited: timedelta) -> timedelta:
    """The interval after a check; `previous` is the one before it if its pace was the same, `waited` the time since."""
    steps = STEPS[pace]
    if previous is None:
        return steps.first
    if waited < previous * _WAITED_FOR:
        return previous
    return min(previous * steps.factor, steps.longest)


def next_due(at: datetime, interval: timedelta, spread: float, *, not_before: datetime | None = None) -> datetime:
    """`at` and `interval`, moved by up to a tenth of it as `spread` (-1 to 1) says; never before `not_before`."""
    due = at + jittered(interval, spread)
    return due if not_before is None else max(due, not_before)


def jittered(interval: timedelta, spread: float) -> timedelta:
    """The interval, up to a tenth longer or shorter; one that keeps evidence apart only longer."""
    share = (spread + 1) / 2 if interval == APART else spread
    return interval * (1 + JITTER * share)


def by_hash(url: str, at: datetime) -> float:
    """A spread that is the same at every replay."""
    digest = blake2b(f"{at.isoformat()}{url}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**31 - 1
