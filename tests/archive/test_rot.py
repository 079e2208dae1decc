"""The link-rot curve, from counts."""

from __future__ import annotations

from archive.checks import Standing
from archive.rot import curve, total, worst_first


def test_groups_come_in_order_the_unknown_last() -> None:
    """Sorted by key; counts of one state add up; what has no key is at the end."""
    counts = [
        ("", Standing.DEAD, 1),
        ("2016", Standing.ALIVE, 2),
        ("2015", Standing.NEW, 4),
        ("2016", Standing.ALIVE, 1),
    ]
    found = curve(counts, cited=[("2016", 10, 3)])
    assert [(each.key, each.links, each.checked) for each in found] == [("2015", 4, 0), ("2016", 3, 3), ("", 1, 1)]
    assert [each.events_hit_share for each in found] == [None, 0.3, None]


def test_what_nobody_checked_has_no_share() -> None:
    """No share rather than a share of nothing; a group that is not there has none of any state."""
    [group] = curve([("a.test", Standing.NEW, 4)])
    assert (group.share(Standing.DEAD), group.count(Standing.DEAD)) == (None, 0)
    assert curve([]) == []


def test_the_worst_first() -> None:
    """Most dead links first, then the largest, then by name; the sums are of all."""
    counts = [("a", Standing.DEAD, 1), ("b", Standing.DEAD, 3), ("c", Standing.ALIVE, 9), ("d", Standing.ALIVE, 9)]
    groups = curve(counts)
    assert [each.key for each in worst_first(groups)] == ["b", "a", "c", "d"]
    assert total(groups)[Standing.DEAD] == 4
    assert sum(total(groups).values()) == 22
