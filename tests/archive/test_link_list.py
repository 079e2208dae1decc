"""The links of a collection, listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.changes import ChangeKind
from archive.checks import Standing
from archive.link_list import ListedLink, changes_since, last_run, listed_link, listed_links
from archive.rot import By, read_curve
from archive.verdicts import VerdictState
from tests.archive.check_samples import day
from tests.archive.link_samples import (
    ALIVE,
    BLOCKED,
    DEAD,
    DRIFTED,
    END,
    FRESH,
    LISTED,
    MARKED,
    MOVED,
    NOW,
    build,
)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    """A catalogue with links in every state, to read."""
    collection = build(tmp_path_factory.mktemp("links") / "collection")
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue, catalogue.reading() as reading:
        yield reading


def test_every_link_is_listed_once_with_its_state(connection: sa.Connection) -> None:
    """What was checked, marked or only crawled, each in the state to show."""
    found = {each.state.url: each.state.state for each in listed_links(connection)}
    assert found == {
        ALIVE: Standing.ALIVE, DEAD: Standing.DEAD, BLOCKED: Standing.UNSURE, MOVED: Standing.ALIVE,
        DRIFTED: Standing.CHANGED, MARKED: Standing.DEAD, FRESH: Standing.NEW,
    }  # fmt: skip
    assert tuple(sorted(found)) == LISTED


def test_a_link_comes_with_its_proof(connection: sa.Connection) -> None:
    """The last check, its evidence, the events that cite it, and our copies of where it leads."""
    dead, moved = _link(connection, DEAD), _link(connection, MOVED)
    assert dead.last is not None
    assert (dead.last.at, dead.last.verdict.evidence.record_id) == (day(16), "urn:uuid:proof")
    assert [(each.event, each.position) for each in dead.cited_by] == [
        ("news/2012/07/4/old.md", 2), ("news/2016/02/3/new.md", 1),
    ]  # fmt: skip
    assert [each.at for each in dead.state.evidence] == [day(10), day(13), day(16)]
    assert (dead.copies, dead.mementos) == (1, 1)
    assert moved.last is not None
    assert (moved.last.verdict.state, moved.last.final_url, moved.copies) == (VerdictState.MOVED, END, 1)
    assert (_link(connection, BLOCKED).copies, _link(connection, FRESH).last) == (0, None)


def _link(connection: sa.Connection, url: str) -> ListedLink:
    found = listed_link(connection, url)
    assert found is not None
    return found


def test_a_list_can_be_narrowed(connection: sa.Connection) -> None:
    """By state, host, and time of the last turn; an address that is none of ours is not there."""
    assert {each.state.url for each in listed_links(connection, state=Standing.DEAD)} == {DEAD, MARKED}
    assert {each.state.url for each in listed_links(connection, host="a.test")} == {ALIVE, DEAD, BLOCKED}
    assert [each.state.url for each in listed_links(connection, since=day(16))] == [DEAD, DRIFTED, MARKED]
    assert listed_link(connection, "http://nowhere.test/") is None


def test_changes_since_a_day(connection: sa.Connection) -> None:
    """By URL and time; a mark is one of them."""
    found = [(each.url, each.kind) for each in changes_since(connection, day(9), NOW)]
    assert found == [(DEAD, ChangeKind.DEAD), (DRIFTED, ChangeKind.DRIFTED), (MARKED, ChangeKind.DEAD)]
    assert [each.url for each in changes_since(connection, day(0), day(5))] == [MOVED]
    assert list(changes_since(connection, day(30), NOW)) == []
    assert last_run(connection, ["recheck"]) is None


def test_the_curve_by_year_topic_and_host(connection: sa.Connection) -> None:
    """A link counts once in each group; shares are of those checked; incidents stand with their host."""
    old, new = read_curve(connection, By.YEAR)
    assert (old.key, old.states) == ("2012", {Standing.ALIVE: 1, Standing.DEAD: 1})
    assert (new.key, new.links, new.checked, new.count(Standing.DEAD)) == ("2016", 6, 5, 2)
    assert (new.share(Standing.DEAD), old.share(Standing.DEAD)) == (0.4, 0.5)
    assert (old.events, old.events_hit, new.events_hit_share) == (1, 1, 1.0)
    assert [each.key for each in read_curve(connection, By.TOPIC)] == ["Arts", "Law"]
    first, second = read_curve(connection, By.HOST)
    assert (first.key, first.states, first.incidents, first.last_incident) == (
        "a.test", {Standing.ALIVE: 1, Standing.DEAD: 1, Standing.UNSURE: 1}, 1, day(9),
    )  # fmt: skip
    assert (second.key, second.links, second.incidents) == ("b.test", 4, 0)
