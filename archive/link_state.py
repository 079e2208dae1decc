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
    return _timed(state, _judged(state, check), check, spread)


def proves_life(check: Check) -> bool:
    """Whether a live answer is known to say what our copy says: compared with it, by text or byte for byte."""
    evidence = check.verdict.evidence
    contained = dict(evidence.numbers).get("containment", 1.0)
    return evidence.compared_with is not None and contained >= SAME_TEXT


def points_of(check: Check) -> float:
    """What a check speaks against its link."""
    if check.verdict.state is VerdictState.GONE and check.status == 410:
        return _PAID_OFF
    return _POINTS.get(check.verdict.verdict_class, 0.0)


# --- what is found ---


def _judged(state: LinkState, check: Check) -> LinkState:
    match check.verdict.verdict_class:
        case VerdictClass.ALIVE:
            return _answered(state, check)
        case VerdictClass.UNSURE:
            return _found(state, Standing.UNSURE, check) if state.found in _NOTHING_AGAINST else state
        case VerdictClass.INVALID:
            return replace(_found(state, Standing.INVALID, check), evidence=(), returned_at=None)
        case _:
            return _spoken_against(state, check)


def _answered(state: LinkState, check: Check) -> LinkState:
    state = replace(state, last_alive=check.at)
    if state.found is Standing.DEAD and not proves_life(check):
        if state.returned_at is None:
            return replace(state, returned_at=check.at)
        if check.at - state.returned_at < APART:
            return state
    return replace(_found(state, Standing.ALIVE, check), evidence=(), returned_at=None)


def _spoken_against(state: LinkState, check: Check) -> LinkState:
    if state.found is Standing.DEAD:
        return replace(state, returned_at=None)
    evidence = _with(state.evidence, check)
    return _found(replace(state, evidence=evidence), _standing(evidence), check)


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


def _found(state: LinkState, standing: Standing, check: Check) -> LinkState:
    return state if state.found is standing else replace(state, found=standing, found_at=check.at)


# --- and when to look again ---


def _timed(before: LinkState, state: LinkState, check: Check, spread: Spread) -> LinkState:
    pace = _pace(state, check.verdict.verdict_class)
    same = pace is before.pace
    seen = replace(
        state,
        last_check=check.at,
        last=check.verdict.state,
        last_at=check.at,
        pace=pace,
        streak=before.streak + 1 if same else 1,
    )
    if pace is Pace.NEVER:
        return replace(seen, interval=timedelta(0), next_due=None)
    waited = check.at - before.last_at if before.last_at else timedelta(0)
    interval = next_interval(pace, before.interval if same else None, waited)
    due = next_due(check.at, interval, spread(check.url, check.at), not_before=check.not_before)
    return replace(seen, interval=interval, next_due=due)


def _pace(state: LinkState, found: VerdictClass) -> Pace:
    if state.found is Standing.DEAD:
        return Pace.DEAD if state.returned_at is None else Pace.PROVING
    return Pace.UNSURE if found is VerdictClass.UNSURE else _PACES[state.found]


def _put_off(state: LinkState, check: Check, spread: Spread) -> LinkState:
    """Its host was down: looked at again tomorrow, a dead or invalid one when it would have been."""
    usual = state.found in (Standing.DEAD, Standing.INVALID)
    wait = jittered(state.interval if usual else TOMORROW, spread(check.url, check.at))
    due = None if state.found is Standing.INVALID else check.at + wait
    if due is not None and check.not_before is not None:
        due = max(due, check.not_before)
    return replace(state, last_check=check.at, next_due=due)
