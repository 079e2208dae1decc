"""Checks, marks, incidents and states on a real catalogue: what is kept, drawn again, due."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.catalogue import Catalogue
from archive.check_rows import (
    Turn,
    enrol,
    insert_checks,
    insert_incidents,
    insert_marks,
    note_incident,
    rebuild_states,
)
from archive.checks import Alike, Check, HostIncident, Incident, LinkState, Mark, Standing
from archive.frontier import Frontier
from archive.link_state import state_after
from archive.model import LinkKind, LinkStage, NewLink, Reason
from archive.schema import checks, hosts, link_states
from archive.state_rows import (
    astray,
    down_since,
    due,
    history,
    incidents_of,
    marks_of,
    next_due,
    state_counts,
    state_of,
    states,
)
from archive.verdicts import Evidence, Verdict, VerdictState
from tests.archive.catalogue_samples import NOW, lease_all, settle
from tests.archive.check_samples import START, URL, check, day

OTHER = "http://b.test/"


@cache
def template() -> Path:
    """An empty catalogue, made once: the tests work on copies."""
    path = Path(tempfile.mkdtemp(), "catalogue.db")
    Catalogue.open(path, create=True).close()
    return path


class Links:
    """A catalogue's links as a recheck sees them."""

    def __init__(self, path: Path) -> None:
        self.catalogue = Catalogue.open(path, create=False)

    def made(self, *some: Check, now: datetime | None = None) -> list[Turn]:
        """Commit checks."""
        with self.catalogue.linking() as (connection, host_ids):
            return insert_checks(connection, some, host_ids, now=now or max((each.at for each in some), default=START))

    def said(self, *some: Mark, now: datetime) -> list[Turn]:
        """Commit marks."""
        with self.catalogue.linking() as (connection, host_ids):
            return insert_marks(connection, some, host_ids, now=now)

    def down(self, *some: HostIncident) -> None:
        """Commit incidents."""
        with self.catalogue.linking() as (connection, host_ids):
            insert_incidents(connection, some, host_ids)

    def state(self, url: str = URL) -> LinkState | None:
        """The state of a link."""
        with self.catalogue.reading() as connection:
            return state_of(connection, url)

    def due(self, now: datetime, limit: int = 1000, **rest: object) -> list[str]:
        """The URLs that are due."""
        with self.catalogue.reading() as connection:
            return [each.state.url for each in due(connection, now, limit=limit, **rest)]  # type: ignore[arg-type]

    def due_or_astray(self, now: datetime) -> list[str]:
        """The URLs a run checks."""
        with self.catalogue.reading() as connection:
            found = due(connection, now, limit=1000) + astray(connection, now, limit=1000)
            return [each.state.url for each in found]

    def rows(self, query: sa.Select[tuple[object, ...]]) -> list[tuple[object, ...]]:
        """What the catalogue holds."""
        with self.catalogue.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def links(tmp_path: Path) -> Iterator[Links]:
    """An empty catalogue."""
    path = tmp_path / "catalogue.db"
    shutil.copy(template(), path)
    made = Links(path)
    yield made
    made.catalogue.close()


FULL = Check(
    url=URL,
    at=day(1) + timedelta(microseconds=7),
    verdict=Verdict(
        state=VerdictState.CONTENT_DRIFTED,
        evidence=Evidence(
            rule="text",
            words=("a \0 \ud800 \x1b[31m", "安全验证"),
            numbers=(("containment", 0.05), ("words", 12.0)),
            record_id="urn:uuid:answer",
            compared_with="urn:uuid:copy",
        ),
    ),
    status=200,
    final_url="http://a.test/elsewhere",
    redirects=("http://a.test/one", "http://a.test/elsewhere"),
    not_before=day(2),
    incident=Incident.HOST,
    run_id=3,
)


def test_a_check_comes_back_as_it_was(links: Links) -> None:
    """Every field survives, times to the microsecond, and words of whatever the web sent."""
    links.made(FULL)
    with links.catalogue.reading() as connection:
        assert history(connection, URL) == [FULL]


def test_adding_a_check_again_changes_nothing(links: Links) -> None:
    """A run that is repeated, wholly or in part, leaves every row as it was."""
    some = [check("gone", 0), check("gone", 3), check("ok", 4, OTHER)]
    assert [turn.after.url for turn in links.made(*some)] == [URL, OTHER]
    before = links.rows(sa.select(link_states)), links.rows(sa.select(checks))
    assert links.made(*some) == []
    assert links.made(some[0], now=day(4)) == []
    assert (links.rows(sa.select(link_states)), links.rows(sa.select(checks))) == before


def test_what_turned_is_told(links: Links) -> None:
    """Newly dead, revived: the state before and after; nothing where the state stays."""
    links.made(check("410", 0))
    ((turn),) = links.made(check("410", 3))
    assert turn.before is not None
    assert (turn.before.state, turn.after.state) == (Standing.SUSPECT, Standing.DEAD)
    assert links.made(check("gone", 33)) == []
    (turn,) = links.made(check("same", 80))
    assert (turn.after.state, turn.after.since) == (Standing.ALIVE, day(80))


def test_an_older_check_that_is_imported_takes_part(links: Links) -> None:
    """The state is drawn again from all checks of the link."""
    links.made(check("gone", 6), check("gone", 9))
    (turn,) = links.made(check("gone", 0), now=day(9))
    assert turn.after.state is Standing.DEAD
    assert links.state() == state_after(URL, [check("gone", 0), check("gone", 6), check("gone", 9)], now=day(9))


def test_checks_that_turn_out_to_be_of_an_incident_lose_their_points(links: Links) -> None:
    """They stay, as what they found; the state is as if they had said nothing."""
    made = [check("dns_gone", number) for number in (0, 3)]
    links.made(check("ok", -7), *made)
    discarded = [replace(each, incident=Incident.NETWORK) for each in made]
    with links.catalogue.linking() as (connection, host_ids):
        note_incident(connection, discarded, host_ids, now=day(3))
        assert history(connection, URL)[1:] == discarded
    state = links.state()
    assert state is not None
    assert (state.state, state.points, state.last_check) == (Standing.ALIVE, 0, day(-7))
    links.made(*made)
    assert links.state() == state
    links.made(check("gone", 4))
    assert links.state() == state_after(URL, [check("ok", -7), check("gone", 4)], now=day(4))


def mark(number: float, state: Standing | None, *, until_contradicted: bool = False) -> Mark:
    """Somebody's word of that day."""
    return Mark(
        url=URL, state=state, why="seen \0", who="an editor", at=day(number), until_contradicted=until_contradicted
    )


def test_marks_are_kept_for_ever_and_win(links: Links) -> None:
    """Shown with who and why beside what the checks found; lifted, the checks' word is back."""
    links.made(check("410", 0), check("410", 3))
    alive = mark(4, Standing.ALIVE)
    (turn,) = links.said(alive, now=day(4))
    assert turn.after.state is Standing.ALIVE
    links.made(check("gone", 33))
    state = links.state()
    assert state is not None
    assert (state.state, state.found, state.since, state.last_check) == (Standing.ALIVE, Standing.DEAD, day(4), day(33))
    assert state.mark == replace(alive, why="seen \ufffd")
    (turn,) = links.said(mark(40, None), now=day(40))
    assert turn.after.state is Standing.DEAD
    assert links.said(alive, now=day(41)) == []
    with links.catalogue.reading() as connection:
        assert [each.at for each in marks_of(connection, URL)] == [day(4), day(40)]


def test_a_later_check_may_end_a_mark(links: Links) -> None:
    """Step by step, as it happens."""
    links.said(mark(0, Standing.DEAD, until_contradicted=True), now=day(0))
    assert links.made(check("gone", 1)) == []
    (turn,) = links.made(check("ok", 2))
    assert turn.after.state is Standing.ALIVE


def test_a_link_nobody_knows_may_be_checked_and_marked(links: Links) -> None:
    """A URL that is not in the frontier, and one that is none at all, which has no host and is never due."""
    broken = "http://[oops"
    links.made(check("ok", 0, OTHER), check("malformed_url", 0, broken))
    links.said(replace(mark(0, Standing.DEAD), url="http://c.test/\ud800"), now=day(0))
    assert links.due(day(999)) == ["http://b.test/", "http://c.test/\ufffd"]
    assert links.rows(sa.select(link_states.c.host_id).where(link_states.c.url == broken)) == [(None,)]


def test_states_are_found_by_state_host_and_time(links: Links) -> None:
    """And counted."""
    links.made(check("410", 0), check("410", 3), check("ok", 1, OTHER), check("410", 5, OTHER), check("410", 9, OTHER))
    links.made(check("blocked", 2, "http://b.test/2"))

    def found(**filters: object) -> list[str]:
        with links.catalogue.reading() as connection:
            return [each.url for each in states(connection, **filters)]  # type: ignore[arg-type]

    assert found(state=Standing.DEAD) == [URL, OTHER]
    assert found(state=Standing.DEAD, since=day(4)) == [OTHER]
    assert found(host="b.test") == ["http://b.test/2", OTHER]
    assert found(host="c.test") == []
    assert found() == ["http://b.test/2", URL, OTHER]
    assert found(kinds=[LinkKind.CITATION]) == []
    with links.catalogue.reading() as connection:
        assert state_counts(connection) == {Standing.DEAD: 2, Standing.UNSURE: 1}


# --- what is due ---


def test_a_link_is_due_when_its_time_has_come(links: Links) -> None:
    """Not a microsecond before."""
    links.made(check("ok", 0))
    state = links.state()
    assert state is not None
    assert state.next_due is not None
    assert links.due(state.next_due - timedelta(microseconds=1)) == []
    assert links.due(state.next_due) == [URL]
    with links.catalogue.reading() as connection:
        assert next_due(connection) == state.next_due


def test_hosts_come_in_turn(links: Links) -> None:
    """So many of each, those due longest first; none of a busy one; never more than asked for."""
    for number in range(6):
        links.made(*(check("gone", number, f"http://{host}.test/{number}") for host in ("a", "b", "c")))
    assert links.due(day(30), per_host=2) == [f"http://{host}.test/{number}" for host in "abc" for number in (0, 1)]
    assert links.due(day(30), per_host=1, busy_hosts=["a.test"]) == ["http://b.test/0", "http://c.test/0"]
    assert len(links.due(day(30), limit=7)) == 7
    assert len(links.due(day(30))) == 18
    assert links.due(day(30), limit=0) == []


def test_kinds_are_told_apart(links: Links) -> None:
    """A recheck of citations leaves requisites alone, and what is no link of the frontier."""
    frontier = Frontier(links.catalogue)
    frontier.add([NewLink(url=URL, kind=LinkKind.CITATION), NewLink(url=OTHER, kind=LinkKind.REQUISITE)])
    links.made(check("ok", 0), check("ok", 0, OTHER), check("ok", 0, "http://c.test/"))
    assert links.due(day(9), kinds=[LinkKind.CITATION]) == [URL]
    assert links.due(day(9), kinds=[LinkKind.CITATION, LinkKind.REQUISITE]) == [URL, OTHER]
    assert links.due(day(9), kinds=[]) == []
    assert len(links.due(day(9))) == 3
    with links.catalogue.reading() as connection:
        assert next_due(connection, [LinkKind.PAGE]) is None
        (first,) = due(connection, day(9), limit=1, kinds=[LinkKind.CITATION])
    assert (first.link_id, first.host, first.kind, first.state.state) == (1, "a.test", LinkKind.CITATION, "alive")


def test_a_host_in_an_incident_is_left_alone_until_it_is_over(links: Links) -> None:
    """A lifted incident holds nobody, a lengthened one longer; other hosts go on."""
    links.made(check("ok", 0), check("ok", 0, OTHER))
    outage = HostIncident(host="a.test", began=day(20), until=day(21), alike=Alike.CONNECTION, run_id=4)
    links.down(outage)
    assert links.due(day(20.5)) == [OTHER]
    assert links.due(day(21)) == [URL, OTHER]
    longer = replace(outage, until=day(22))
    links.down(longer, longer)
    assert links.due(day(21.5)) == [OTHER]
    with links.catalogue.reading() as connection:
        assert incidents_of(connection, "a.test") == [longer]
    links.down(replace(outage, until=outage.began))
    assert links.due(day(20.5)) == [URL, OTHER]


def test_a_host_that_asked_to_be_left_alone_is(links: Links) -> None:
    """Its Retry-After holds for rechecks; a wait of years is a clock's mistake."""
    links.made(check("ok", 0), check("ok", 0, OTHER))
    with links.catalogue.writing() as connection:
        connection.execute(sa.update(hosts).where(hosts.c.key == "a.test").values(not_before=day(20)))
        connection.execute(sa.update(hosts).where(hosts.c.key == "b.test").values(not_before=day(4000)))
    assert links.due(day(19)) == [OTHER]
    assert links.due(day(20)) == [URL, OTHER]


def test_since_when_a_host_is_down(links: Links) -> None:
    """Since the first incident after anything of it was seen alive; lifted ones do not count."""

    def seen(now: datetime) -> dict[str, datetime]:
        with links.catalogue.reading() as connection:
            return down_since(connection, ["a.test", "b.test", "never.test"], now)

    def outage(began: float, until: float, host: str = "a.test") -> HostIncident:
        return HostIncident(host=host, began=day(began), until=day(until), alike=Alike.NAME)

    links.made(check("ok", 0))
    links.down(outage(1, 1), outage(7, 8), outage(8, 9), outage(9, 9, "b.test"))
    assert seen(day(10)) == {"a.test": day(7)}
    assert seen(day(6)) == {}
    links.made(check("ok", 11))
    assert seen(day(12)) == {}
    links.down(outage(13, 14))
    assert seen(day(14)) == {"a.test": day(13)}


# --- clocks ---

MANY = [f"http://h{number % 9}.test/{number}" for number in range(210)]


@pytest.mark.parametrize("years", [10, -10])
def test_a_run_with_a_wrong_clock_neither_stalls_nor_hurries_the_others(links: Links, years: int) -> None:
    """A run ten years off. Ahead: what it checked comes back within a week, a share of it each day, and then at its
    usual time. Behind: it checks a share of the links, not all, and leaves no trace.
    """
    links.made(*(check("ok", 0, url) for url in MANY))
    wrong = day(1 + years * 365)
    wrongly = links.due_or_astray(wrong)
    assert (len(wrongly) == len(MANY)) == (years > 0)
    links.made(*(check("gone", wrong, url) for url in wrongly), now=wrong)
    shares: list[list[str]] = []
    for today in range(2, 9):
        shares.append(links.due_or_astray(day(today)))
        links.made(*(check("ok", today + 0.01, url) for url in shares[-1]), now=day(today + 0.01))
        assert not set(links.due_or_astray(day(today + 0.02))) & set(shares[-1])
    assert {url for share in shares for url in share} == set(MANY)
    assert max(map(len, shares[:5])) < len(MANY) / 3
    with links.catalogue.reading() as connection:
        assert {each.state for each in states(connection)} == {Standing.ALIVE}
        assert max(each.last_check for each in states(connection) if each.last_check) < day(9)
        assert max(each.next_due for each in states(connection) if each.next_due) < day(21)


def test_checks_of_a_clock_that_was_ahead_are_remembered_when_their_time_comes(links: Links) -> None:
    """They take part then, each once."""
    links.made(check("ok", 0), check("gone", 40), now=day(0))
    state = links.state()
    assert state is not None
    assert state.last_check == day(0)
    links.made(check("gone", 43), now=day(43))
    assert links.state() == state_after(URL, [check("ok", 0), check("gone", 40), check("gone", 43)], now=day(43))


# --- enrolling what a crawl has fetched ---


def test_what_a_crawl_has_settled_is_enrolled(links: Links) -> None:
    """Kept: due in about a week; failed: at once; waiting: not yet; twice: nothing."""
    urls = ["http://a.test/kept", "http://a.test/failed", "http://a.test/waiting", "http://a.test/style"]
    frontier = Frontier(links.catalogue)
    frontier.add([NewLink(url=url, kind=LinkKind.CITATION) for url in urls[:3]])
    frontier.add([NewLink(url=urls[3], kind=LinkKind.REQUISITE)])
    leases = lease_all(links.catalogue)
    settle(links.catalogue, leases[urls[0]], Reason.OK)
    settle(links.catalogue, leases[urls[1]], Reason.GONE, LinkStage.FAILED)
    settle(links.catalogue, leases[urls[3]], Reason.OK)
    for enrolled in (2, 0):
        with links.catalogue.writing() as connection:
            assert enrol(connection, [LinkKind.CITATION]) == enrolled
    assert links.due(NOW) == [urls[1]]
    assert links.due(NOW + timedelta(days=6.2)) == [urls[1]]
    assert links.due(NOW + timedelta(days=7.7)) == [urls[1], urls[0]]
    state = links.state(urls[0])
    assert state is not None
    assert (state.state, state.since) == (Standing.NEW, None)
    (turn,) = links.made(check("ok", 9, urls[0]))
    assert turn.before == state


def test_a_requisite_that_is_cited_later_is_due_as_a_citation(links: Links) -> None:
    """And so is a URL that was checked before it was a link."""
    frontier = Frontier(links.catalogue)
    frontier.add([NewLink(url=URL, kind=LinkKind.REQUISITE)])
    links.made(check("ok", 0), check("ok", 0, OTHER))
    frontier.add([NewLink(url=url, kind=LinkKind.CITATION) for url in (URL, OTHER)])
    assert links.due(day(9), kinds=[LinkKind.CITATION]) == []
    with links.catalogue.writing() as connection:
        assert enrol(connection, [LinkKind.CITATION]) == 0
    assert links.due(day(9), kinds=[LinkKind.CITATION]) == [URL, OTHER]
    assert links.rows(sa.select(link_states.c.link_id).order_by(link_states.c.url)) == [(1,), (2,)]


# --- drawn again ---

WORDS = ["ok", "same", "gone", "410", "timeout", "blocked", "content_drifted", "host:timeout", "net:timeout"]
URLS = [URL, OTHER, "http://a.test/2", "http://[oops"]
CHECKS = st.builds(check, st.sampled_from(WORDS), st.integers(0, 60), st.sampled_from(URLS))
MARKS = st.builds(
    lambda number, state, until, url: replace(mark(number, state, until_contradicted=until), url=url, why="seen"),
    st.integers(0, 60),
    st.sampled_from([None, Standing.ALIVE, Standing.DEAD, Standing.UNSURE]),
    st.booleans(),
    st.sampled_from(URLS),
)
COMMITS = st.lists(st.one_of(st.lists(CHECKS, max_size=6), MARKS), max_size=12)


@settings(max_examples=40)
@given(COMMITS, st.randoms(use_true_random=False))
def test_states_are_those_of_all_checks_and_marks(commits: Sequence[list[Check] | Mark], order: random.Random) -> None:
    """Whatever came in, in whatever order and lots: each state is that of its whole history, and can be rebuilt."""
    now = day(60)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "catalogue.db")
        shutil.copy(template(), path)
        links = Links(path)
        for each in commits:
            if isinstance(each, Mark):
                links.said(each, now=now)
            else:
                links.made(*each, now=now)
        with links.catalogue.reading() as connection:
            for url in URLS:
                known, said = history(connection, url), marks_of(connection, url)
                expected = state_after(url, known, marks=said, now=now) if known or said else None
                assert state_of(connection, url) == expected
        before = links.rows(sa.select(link_states).order_by(link_states.c.url))
        with links.catalogue.linking() as (connection, host_ids):
            connection.execute(sa.delete(link_states))
            assert rebuild_states(connection, host_ids, now=now) == len(before)
        assert links.rows(sa.select(link_states).order_by(link_states.c.url)) == before
        links.catalogue.close()


def test_many_lots_in_one_commit(links: Links) -> None:
    """More links and checks than a statement takes, some known and some not, some twice."""
    urls = [f"http://h{number % 7}.test/{number}" for number in range(1300)]
    links.made(*(check("gone", 0, url) for url in urls[:700]))
    turned = links.made(*(check("gone", number, url) for url in urls for number in (3, 6)))
    assert Counter(turn.after.state for turn in turned) == {Standing.DEAD: 700, Standing.SUSPECT: 600}
    with links.catalogue.linking() as (connection, host_ids):
        before = [tuple(row) for row in connection.execute(sa.select(link_states).order_by(link_states.c.url))]
        assert rebuild_states(connection, host_ids, now=day(6)) == 1300
        after = [tuple(row) for row in connection.execute(sa.select(link_states).order_by(link_states.c.url))]
    assert after == before
