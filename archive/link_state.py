"""From checks to the state of a link (pure).

One bad answer proves nothing. What speaks against a link carries points, a live answer takes all of them back, and a
link is dead at three points from checks at least three days apart: a 404 after six days, a 5xx after fifteen, a 403
never, because whoever keeps us out says nothing of the link. A dead one comes back by one live answer whose text is
ours; where nothing could be compared, by two of them three days apart.

It stands in the archive, not with the rules that give verdicts: the states can be drawn again from the checks kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from archive.checks import Check, Counted, Incident, LinkState, Mark, Pace, Standing
from archive.schedule import APART, TOMORROW, Spread, by_hash, jittered, next_due, next_interval
from archive.verdicts import VerdictClass, VerdictState

DEADLY = 3.0
SAME_TEXT = 0.5  # "containment" from which a text is ours
# A check further ahead of now is of a clock that was wrong: kept, but no evidence before its time has come.
AHEAD = timedelta(days=1)

_POINTS = {VerdictClass.DEAD: 1.0, VerdictClass.CHANGED: 1.0, VerdictClass.FAILING: 0.5}
_PAID_OFF = 1.5  # 410: the server says it on purpose
_PACES = {
    Standing.ALIVE: Pace.ALIVE,
    Standing.SUSPECT: Pace.PROVING,
    Standing.CHANGED: Pace.PROVING,
    Standing.FAILING: Pace.FAILING,
    Standing.UNSURE: Pace.UNSURE,
    Standing.DEAD: Pace.DEAD,
    Standing.INVALID: Pace.NEVER,
}
_NOTHING_AGAINST = (Standing.NEW, Standing.ALIVE, Standing.UNSURE, Standing.INVALID)


def state_after(
    url: str, history: Iterable[Check], *, now: datetime, marks: Iterable[Mark] = (), spread: Spread = by_hash
) -> LinkState:
    """What the checks of one link, in whatever order, come to at `now`, and which mark is in force.

    A check with the time of another is the same one. `next_due` of a link never checked is `now`.
    """
    known = in_order(history, now)
    state = LinkState(url=url, next_due=now)
    for check in known:
        state = advance(state, check, spread)
    return replace(state, mark=mark_in_force(marks, known, now))


def in_order(history: Iterable[Check], now: datetime) -> list[Check]:
    """The checks made by `now`, oldest first, each once."""
    once = {check.at: check for check in reversed(list(history)) if check.at <= now + AHEAD}
    return [once[at] for at in sorted(once)]


def mark_in_force(marks: Iterable[Mark], known: Sequence[Check], now: datetime) -> Mark | None:
    """The last mark, unless it lifts or the checks after it contradict it; `known` are the checks in order."""
    last = max((mark for mark in marks if mark.at <= now + AHEAD), key=lambda mark: mark.at, default=None)
    if last is None or last.state is None or (last.until_contradicted and _contradicted(last, known)):
        return None
    return last


def _contradicted(mark: Mark, known: Sequence[Check]) -> bool:
    state = LinkState(url=mark.url, next_due=None)
    for check in known:
        if check.at > mark.at:
            state = advance(state, check)
            if state.found in (Standing.ALIVE, Standing.DEAD) and state.found is not mark.state:
                return True
    return False


def advance(state: LinkState, check: Check, spread: Spread = by_hash) -> LinkState:
    """The state after one more check. Raises ValueError for a check not later than those before: replay them all."""
    if check.incident is Incident.NETWORK:
        return state  # as if it had never been made
    if state.last_check is not None and check.at <= state.last_check:
        raise ValueError(f"a check of {check.url[:200]!r} at {check.at} after one at {state.last_check}")
    if check.incident is Incident.HOST:
        return _put_off(state, check, spread)
    return _judged(state, check, spread)


def proves_life(check: Check) -> bool:
    """Whether a live answer was measured by our copy and says the same, byte for byte or by enough of it."""
    evidence = check.verdict.evidence
    measured = dict(evidence.numbers)
    same = measured.get("same_digest", 0.0) == 1.0 or measured.get("containment", 0.0) >= SAME_TEXT
    return evidence.compared_with is not None and same


def points_of(check: Check) -> float:
    """What a check speaks against its link."""
    if check.verdict.state is VerdictState.GONE and check.status == 410:
        return _PAID_OFF
    return _POINTS.get(check.verdict.verdict_class, 0.0)


# --- what is found ---


class _Opinion(NamedTuple):
    """What is found, and on what."""

    found: Standing
    evidence: tuple[Counted, ...]
    returned_at: datetime | None = None


def _opinion(state: LinkState, check: Check) -> _Opinion:
    match check.verdict.verdict_class:
        case VerdictClass.ALIVE:
            return _answered(state, check)
        case VerdictClass.UNSURE:
            found = Standing.UNSURE if state.found in _NOTHING_AGAINST else state.found
            return _Opinion(found, state.evidence, state.returned_at)
        case VerdictClass.INVALID:
            return _Opinion(Standing.INVALID, ())
        case _ if state.found is Standing.DEAD:
            return _Opinion(Standing.DEAD, state.evidence)
        case _:
            evidence = _with(state.evidence, check)
            return _Opinion(_standing(evidence), evidence)


def _answered(state: LinkState, check: Check) -> _Opinion:
    if state.found is Standing.DEAD and not proves_life(check):
        returned_at = state.returned_at or check.at
        if check.at - returned_at < APART:
            return _Opinion(Standing.DEAD, state.evidence, returned_at)
    return _Opinion(Standing.ALIVE, ())


def _with(evidence: tuple[Counted, ...], check: Check) -> tuple[Counted, ...]:
    """The evidence and this check; of two that are too close, the stronger one, of two as strong the first."""
    verdict = check.verdict
    new = Counted(at=check.at, state=verdict.state, points=points_of(check), record_id=verdict.evidence.record_id)
    if not evidence or check.at - evidence[-1].at >= APART:
        return (*evidence, new)
    return (*evidence[:-1], new) if new.points > evidence[-1].points else evidence


def _standing(evidence: tuple[Counted, ...]) -> Standing:
    classes = {each.state.verdict_class for each in evidence}
    if sum(each.points for each in evidence) >= DEADLY:
        return Standing.DEAD
    if VerdictClass.DEAD in classes:
        return Standing.SUSPECT
    return Standing.CHANGED if VerdictClass.CHANGED in classes else Standing.FAILING


# --- and when to look again ---


def _judged(before: LinkState, check: Check, spread: Spread) -> LinkState:
    found, evidence, returned_at = _opinion(before, check)
    verdict_class = check.verdict.verdict_class
    pace = _pace(found, verdict_class, returned=returned_at is not None)
    interval, due = _timed(before, check, pace, spread)
    return LinkState(
        url=before.url,
        next_due=due,
        found=found,
        found_at=before.found_at if found is before.found else check.at,
        evidence=evidence,
        last_check=check.at,
        last=check.verdict.state,
        last_at=check.at,
        last_alive=check.at if verdict_class is VerdictClass.ALIVE else before.last_alive,
        returned_at=returned_at,
        pace=pace,
        streak=before.streak + 1 if pace is before.pace else 1,
        interval=interval,
        mark=before.mark,
    )


def _timed(before: LinkState, check: Check, pace: Pace, spread: Spread) -> tuple[timedelta, datetime | None]:
    """The interval after this check, and when the next one is due."""
    if pace is Pace.NEVER:
        return timedelta(0), None
    waited = check.at - before.last_at if before.last_at else timedelta(0)
    interval = next_interval(pace, before.interval if pace is before.pace else None, waited)
    return interval, next_due(check.at, interval, spread(check.url, check.at), not_before=check.not_before)


def _pace(found: Standing, verdict_class: VerdictClass, *, returned: bool) -> Pace:
    if found is Standing.DEAD:
        return Pace.PROVING if returned else Pace.DEAD
    return Pace.UNSURE if verdict_class is VerdictClass.UNSURE else _PACES[found]


def _put_off(state: LinkState, check: Check, spread: Spread) -> LinkState:
    """Its host was down: looked at again tomorrow, a dead or invalid one when it would have been."""
    usual = state.found in (Standing.DEAD, Standing.INVALID)
    wait = jittered(state.interval if usual else TOMORROW, spread(check.url, check.at))
    due = None if state.found is Standing.INVALID else check.at + wait
    if due is not None and check.not_before is not None:
        due = max(due, check.not_before)
    return replace(state, last_check=check.at, next_due=due)
