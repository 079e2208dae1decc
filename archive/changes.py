"""What changed in links: newly dead, revived, moved, drifted (pure).

Drawn from all checks and marks of a link, as its state is: so what turns out later (a host that was down) makes a
change that never was one disappear, and the same times asked for again give the same changes, but for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from archive.checks import Check, LinkState, Mark, Standing
from archive.link_state import advance, in_order, mark_in_force
from archive.verdicts import VerdictClass, VerdictState


class ChangeKind(StrEnum):
    """What happened to a link."""

    DEAD = "newly_dead"
    REVIVED = "revived"
    MOVED = "moved"  # for good, and the text is ours; or it moved on from where it had moved to
    DRIFTED = "drifted"  # says something else, for the first time since it was alive


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a link. `check` brought it or, where that is None, `mark`, a person's word."""

    kind: ChangeKind
    url: str
    at: datetime
    before: Standing
    after: Standing
    check: Check | None = None
    mark: Mark | None = None


def changes_in(
    url: str, history: Iterable[Check], marks: Iterable[Mark], *, now: datetime, since: datetime
) -> list[Change]:
    """The changes of one link after `since` and up to `now`, oldest first."""
    known, said = in_order(history, now), list(marks)
    return [each for each in _changes(url, known, said, now) if since < each.at <= now]


def _changes(url: str, known: Sequence[Check], said: Sequence[Mark], now: datetime) -> Iterator[Change]:
    checks = {check.at: check for check in known}
    words = {mark.at: mark for mark in said if mark.at <= now}
    found = shown = LinkState(url=url, next_due=None)
    home: str | None = None  # where it was last seen alive
    for at in sorted(checks.keys() | words.keys()):
        check, mark, before = checks.get(at), words.get(at), found
        if check is not None:
            found = advance(found, check)
        in_force = mark_in_force(
            [each for each in said if each.at <= at], [each for each in known if each.at <= at], at
        )
        after = replace(found, mark=in_force)
        yield from _turned(shown, after, at, check, mark)
        if check is not None and check.incident is None:
            yield from _moved(after, check, home)
            yield from _drifted(before, after, check)
            home = _home(check, home)
        shown = after


def _turned(
    before: LinkState, after: LinkState, at: datetime, check: Check | None, mark: Mark | None
) -> Iterator[Change]:
    if before.state is after.state or Standing.DEAD not in (before.state, after.state):
        return
    kind = ChangeKind.DEAD if after.state is Standing.DEAD else ChangeKind.REVIVED
    if kind is ChangeKind.REVIVED and after.state is not Standing.ALIVE:
        return  # a word taken back: not proven dead is not alive
    yield Change(kind=kind, url=after.url, at=at, before=before.state, after=after.state, check=check, mark=mark)


def _moved(state: LinkState, check: Check, home: str | None) -> Iterator[Change]:
    if check.verdict.state is VerdictState.MOVED and check.final_url not in (None, home):
        yield Change(
            kind=ChangeKind.MOVED, url=state.url, at=check.at, before=state.state, after=state.state, check=check
        )


def _drifted(before: LinkState, after: LinkState, check: Check) -> Iterator[Change]:
    if check.verdict.state is not VerdictState.CONTENT_DRIFTED or before.found is Standing.DEAD:
        return
    if not any(each.state is VerdictState.CONTENT_DRIFTED for each in before.evidence):
        yield Change(
            kind=ChangeKind.DRIFTED, url=after.url, at=check.at, before=before.state, after=after.state, check=check
        )


def _home(check: Check, home: str | None) -> str | None:
    if check.verdict.verdict_class is not VerdictClass.ALIVE:
        return home
    return check.final_url or check.url


def counts_of(changes: Iterable[Change]) -> dict[ChangeKind, int]:
    """How many of each kind, none left out."""
    counts = dict.fromkeys(ChangeKind, 0)
    for change in changes:
        counts[change.kind] += 1
    return counts
