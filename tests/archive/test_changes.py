"""What changed in links."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from archive.changes import ChangeKind, changes_in, counts_of
from archive.checks import Check, Mark, Standing
from tests.archive.check_samples import START, URL, check, day

BEFORE = day(-1)


def said(state: Standing | None, at: float) -> Mark:
    """A mark, set by somebody."""
    return Mark(url=URL, state=state, why="I looked", who="ann@desk", at=day(at))


def found(history: list[Check], *marks: Mark, since: datetime = BEFORE) -> list[tuple[str, float]]:
    """The changes, with the day of each."""
    days = [(each.kind.value, each.at) for each in changes_in(URL, history, marks, now=day(100), since=since)]
    return [(kind, (at - START).total_seconds() / 86400) for kind, at in days]


def moved(at: float, to: str) -> Check:
    """A permanent redirect to `to`, our text behind it."""
    return replace(check("moved", at), final_url=to, redirects=(to,))


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ([("ok", 0), ("ok", 7)], []),
        ([("ok", 0), ("gone", 7), ("gone", 10)], []),
        ([("ok", 0), ("gone", 7), ("gone", 10), ("gone", 13), ("gone", 43)], [("newly_dead", 13)]),
        ([("gone", 0), ("gone", 3), ("gone", 6), ("same", 36)], [("newly_dead", 6), ("revived", 36)]),
        ([("gone", 0), ("gone", 3), ("gone", 6), ("ok", 36)], [("newly_dead", 6)]),
        ([("ok", 0), ("content_drifted", 7), ("content_drifted", 10)], [("drifted", 7)]),
        ([("content_drifted", 0), ("ok", 3), ("content_drifted", 10)], [("drifted", 0), ("drifted", 10)]),
        ([("gone", 0), ("host:gone", 3), ("gone", 4), ("net:gone", 7)], []),
        ([("blocked", 0), ("blocked", 20), ("blocked", 60)], []),
    ],
)
def test_what_checks_bring(words: list[tuple[str, float]], changes: list[tuple[str, float]]) -> None:
    """Death when it is proven, life when our text is back, another text once; nothing of incidents, of locked doors."""
    assert found([check(word, at) for word, at in words]) == changes


def test_a_link_moves_once_for_each_place() -> None:
    """The same place again is no news; another one is, and so is the same one after the old address had it again."""
    here, there = "http://b.test/story", "http://c.test/story"
    history = [moved(0, here), moved(7, here), moved(14, there), check("ok", 21), moved(28, there)]
    assert found(history) == [("moved", 0), ("moved", 14), ("moved", 28)]


def test_marks_change_links_too() -> None:
    """A person's word is a change like any other, with the mark for its proof; one taken back revives nothing."""
    history = [check("ok", 0), check("gone", 20)]
    assert found(history, said(Standing.DEAD, 1), said(None, 2)) == [("newly_dead", 1), ("revived", 2)]
    assert found(history, said(Standing.DEAD, 21), said(None, 22)) == [("newly_dead", 21)]
    [change, _] = changes_in(URL, history, [said(Standing.DEAD, 1), said(None, 2)], now=day(100), since=day(-1))
    assert (change.check, change.mark and change.mark.who, change.before) == (None, "ann@desk", Standing.ALIVE)


def test_only_what_lies_between() -> None:
    """Changes after `since`, that moment left out, up to now, that one included."""
    history = [check("gone", at) for at in (0, 3, 6)] + [check("same", 36)]
    assert found(history, since=day(6)) == [("revived", 36)]
    assert changes_in(URL, history, [], now=day(35), since=day(6)) == []
    assert counts_of(changes_in(URL, history, [], now=day(36), since=day(6))) == {
        ChangeKind.DEAD: 0, ChangeKind.REVIVED: 1, ChangeKind.MOVED: 0, ChangeKind.DRIFTED: 0,
    }  # fmt: skip
