"""Surveys as rows: which are to be made, made again, and what one that failed does not claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.chains import find_hops
from archive.frontier import Frontier
from archive.model import LinkKind, LinkStage, NewLink, Reason, RecordKind, Role, Truncation, Via
from archive.rescoring import rescore
from archive.schema import SurveyState, events, links, needs
from archive.survey_budgets import found_for, spent_on, take_in, with_left_out
from archive.survey_queue import MOST_TRIES, Unsurveyed, mark_covers, unsurveyed, unsurveyed_covers
from archive.survey_rows import scored_pages, shown, unseen
from archive.surveys import Needed, Survey
from tests.archive.catalogue_samples import NOW, capture, keep_event, lease_all, settle

PAGE = "http://a.test/story"
COVER = "http://a.test/cover.jpg"
KINDS = (LinkKind.CITATION, LinkKind.REQUISITE)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield opened
    opened.close()


def survey(number: int, url: str = PAGE, *, day: int = 0, why: str | None = None, **rest: object) -> Survey:
    """What was seen in capture `number` on a day; with `why` it failed."""
    state = SurveyState.FAILED if why else SurveyState.READ
    made = Survey(
        record_id=capture(number).record_id, state=state, why=why, at=NOW + timedelta(days=day), url=url, page_url=url
    )
    return replace(made, **rest)  # type: ignore[arg-type]


def to_do(catalogue: Catalogue, *, after: int = 0, kinds: Sequence[LinkKind] = KINDS) -> tuple[list[str], int]:
    """The addresses of what is to be looked through, and the row it goes up to."""
    with catalogue.reading() as connection:
        lot = unsurveyed(connection, kinds=kinds, after=after, limit=10)
    return [task.capture.url for task in lot.tasks], lot.upto


def link(catalogue: Catalogue, url: str, kind: LinkKind, role: Role | None = None) -> None:
    Frontier(catalogue).add([NewLink(url=url, kind=kind, role=role)])


# --- surveys that failed ---


def test_a_survey_that_failed_is_made_again_a_few_times(catalogue: Catalogue) -> None:
    """A loaded machine times a fine page out; one that hangs its parser is let be in the end, and stays named."""
    link(catalogue, PAGE, LinkKind.CITATION)
    catalogue.commit(Batch(captures=[capture(1, PAGE)]))
    for day in range(MOST_TRIES):
        assert to_do(catalogue)[0] == [PAGE]
        failed = survey(1, day=day, why="timed_out: killed after 10 s")
        catalogue.commit(Batch(surveys=[failed]))
        catalogue.commit(Batch(surveys=[failed]))  # a batch written twice is no second try
    assert to_do(catalogue)[0] == []
    with catalogue.reading() as connection:
        (named,) = unseen(connection, None)
        assert (named.url, named.why, named.tries) == (PAGE, "timed_out: killed after 10 s", MOST_TRIES)
        assert shown(connection).unseen == 1
        assert [each.url for each in unseen(connection, PAGE)] == [PAGE]
        assert list(unseen(connection, "http://a.test/other")) == []


def test_a_survey_takes_the_place_of_one_that_failed(catalogue: Catalogue) -> None:
    """And of no other: its needs get their links, and nothing is named any more."""
    link(catalogue, PAGE, LinkKind.CITATION)
    need = Needed(url="http://a.test/a.png", role=Role.IMAGE, how="img/@src")
    read = survey(1, day=1, kind="html", needs=(need,))
    catalogue.commit(Batch(captures=[capture(1, PAGE)], surveys=[survey(1, why="crashed: killed by SIGSEGV")]))
    catalogue.commit(Batch(surveys=[read]))
    catalogue.commit(Batch(surveys=[survey(1, day=2, why="crashed")]))  # as a rebuild may meet them
    assert to_do(catalogue)[0] == []
    assert "http://a.test/a.png" in lease_all(catalogue)
    with catalogue.reading() as connection:
        assert list(unseen(connection, None)) == []
        assert shown(connection).unseen == 0


def test_a_page_captured_again_and_seen_is_not_named(catalogue: Catalogue) -> None:
    """What the address gave once and could not be looked through matters no more."""
    link(catalogue, PAGE, LinkKind.CITATION)
    both = [capture(1, PAGE), capture(2, PAGE)]
    catalogue.commit(Batch(captures=both, surveys=[survey(1, why="timed_out"), survey(2, kind="html")]))
    with catalogue.reading() as connection:
        assert list(unseen(connection, None)) == []


def test_a_cover_image_nobody_could_see_is_not_called_none(catalogue: Catalogue) -> None:
    """Only one that was read and does not decode is no image, and makes its event's document new."""
    keep_event(catalogue, "en/a.md", COVER)
    with catalogue.writing() as connection:
        connection.execute(sa.update(links).values(role=Role.IMAGE))
        connection.execute(sa.update(events).values(dirty=0))
    settle(catalogue, lease_all(catalogue)[COVER], Reason.OK, record=capture(1, COVER))

    def picture() -> bool | None:
        with catalogue.reading() as connection:
            (link_id,) = connection.execute(sa.select(links.c.id)).scalars()
            return find_hops(connection, [link_id])[link_id].picture

    catalogue.commit(Batch(surveys=[survey(1, COVER, why="out_of_memory: beyond the memory limit")]))
    assert picture() is None
    catalogue.commit(Batch(surveys=[survey(1, COVER, day=1, picture_problem="image file is truncated")]))
    assert picture() is False


# --- what is to be looked through ---


def test_what_is_there_is_looked_over_once(catalogue: Catalogue) -> None:
    """Pictures of a page are none of it; the row to go on from lies behind them all the same."""
    for number in range(1, 5):
        link(catalogue, f"http://a.test/{number}.png", LinkKind.REQUISITE, Role.IMAGE)
        catalogue.commit(Batch(captures=[capture(number, f"http://a.test/{number}.png", mime="image/png")]))
    assert to_do(catalogue) == ([], 4)
    link(catalogue, PAGE, LinkKind.CITATION)
    catalogue.commit(Batch(captures=[capture(5, PAGE)]))
    assert to_do(catalogue, after=4) == ([PAGE], 5)
    assert to_do(catalogue, after=5) == ([], 5)
    assert to_do(catalogue, after=4, kinds=()) == ([], 5)


@pytest.mark.parametrize(("via", "looked"), [(Via.IMPORT, [PAGE]), (Via.CHECK, [PAGE]), (Via.HTTP, [])])
def test_what_others_fetched_is_looked_at_once_we_cite_it(catalogue: Catalogue, via: Via, looked: list[str]) -> None:
    """An imported page lay there when no link was of its address; the same bytes come again, for one that is."""
    original = capture(1, PAGE, via=via)
    catalogue.commit(Batch(captures=[original]))
    passed_by = to_do(catalogue)[1]
    link(catalogue, PAGE, LinkKind.CITATION)
    catalogue.commit(Batch(captures=[capture(2, PAGE, kind=RecordKind.REVISIT, refers_to=original.record_id)]))
    assert to_do(catalogue, after=passed_by)[0] == looked
    catalogue.commit(Batch(surveys=[survey(1)]))
    assert to_do(catalogue, after=passed_by)[0] == []


def test_a_revisit_whose_original_is_gone_is_nothing_to_read(catalogue: Catalogue) -> None:
    """The WARC with the payload was taken away: that is told once, the link goes again, no survey is tried for ever."""
    mirror = "http://b.test/story"
    for url in (PAGE, mirror):
        link(catalogue, url, LinkKind.CITATION)
    original = capture(1, PAGE, warc="gone.warc.gz")
    revisit = capture(2, mirror, kind=RecordKind.REVISIT, refers_to=original.record_id)
    catalogue.commit(Batch(captures=[original, revisit], surveys=[survey(1)]))
    assert to_do(catalogue)[0] == [mirror]
    catalogue.lose_warc("gone.warc.gz")
    assert to_do(catalogue)[0] == []


def covers(catalogue: Catalogue, *urls: str) -> list[Unsurveyed]:
    with catalogue.writing() as connection:
        mark_covers(connection, urls)
    with catalogue.reading() as connection:
        return list(unsurveyed_covers(connection, urls))


@pytest.mark.parametrize("role", [Role.IMAGE, Role.ICON])
def test_a_cover_image_found_as_something_else(catalogue: Catalogue, role: Role) -> None:
    """First a page's picture or icon behind a redirect, then cited: what it leads to is a cover image from now on."""
    end = "http://cdn.test/new.jpg"
    link(catalogue, COVER, LinkKind.REQUISITE, role)
    settle(catalogue, lease_all(catalogue)[COVER], Reason.MOVED, record=capture(1, COVER, status=301), to=end)
    with catalogue.writing() as connection:
        connection.execute(sa.update(links).where(links.c.url == end).values(kind=LinkKind.REQUISITE, role=role))
    settle(catalogue, lease_all(catalogue)[end], Reason.OK, record=capture(2, end, mime="image/jpeg"))
    assert to_do(catalogue) == ([], 2)
    link(catalogue, COVER, LinkKind.CITATION, Role.IMAGE)
    (task,) = covers(catalogue, COVER)
    assert (task.capture.url, task.is_cover, task.role) == (end, True, Role.IMAGE)
    assert to_do(catalogue)[0] == [end]
    assert covers(catalogue, "http://a.test/unknown.jpg") == []


def test_a_source_behind_a_cover_image_stays_a_source(catalogue: Catalogue) -> None:
    """A picture that is gone redirects to a page that an event cites: what that page needs is still looked for."""
    keep_event(catalogue, "en/a.md", PAGE)
    link(catalogue, COVER, LinkKind.CITATION, Role.IMAGE)
    settle(catalogue, lease_all(catalogue)[COVER], Reason.MOVED, to=PAGE)
    assert covers(catalogue, COVER) == []
    with catalogue.reading() as connection:
        assert connection.execute(sa.select(links.c.role).where(links.c.url == PAGE)).scalar() is None


# --- budgets ---


def test_bytes_count_what_is_kept_and_seconds_this_run(catalogue: Catalogue) -> None:
    """What failed, was cut off or came in an earlier run does not use up a page's share for ever."""
    url = "http://a.test/{}.png".format
    rows = [
        capture(1, url(1), page_url=PAGE, payload_length=100, duration_ms=5000),
        capture(2, url(2), page_url=PAGE, payload_length=1000, duration_ms=7000, truncated=Truncation.TIME),
        capture(3, url(3), page_url=PAGE, payload_length=1000, duration_ms=9000, status=503),
        capture(4, url(4), page_url=PAGE, payload_length=10, duration_ms=2000),
        capture(5, url(4), page_url="http://a.test/other", payload_length=7, duration_ms=1),
    ]
    catalogue.commit(Batch(captures=rows))
    with catalogue.reading() as connection:
        spent = spent_on(connection, PAGE, since=rows[2].at)
        assert (spent.bytes, spent.seconds) == (110, 11.0)
        assert spent_on(connection, "http://a.test/none", since=NOW).bytes == 0


def test_what_a_budget_left_out_is_counted_and_taken_in_by_a_larger_one(catalogue: Catalogue) -> None:
    """In page order, up to the number; what another page needs too has its link, the count of the rest is no thing."""

    def need(name: str, reason: Reason | None = Reason.OVER_BUDGET) -> Needed:
        return Needed(url=f"http://a.test/{name}.png", role=Role.IMAGE, how="img/@src", reason=reason)

    rest = Needed(url=PAGE, role=Role.OTHER, how="17-more", reason=Reason.OVER_BUDGET)
    link(catalogue, PAGE, LinkKind.CITATION)
    link(catalogue, "http://a.test/shared.png", LinkKind.REQUISITE)
    listed = (need("a", None), need("b"), need("shared"), need("c"), need("d"), rest)
    catalogue.commit(Batch(captures=[capture(1, PAGE, hops="C")], surveys=[survey(1, needs=listed, hops="C")]))

    def left_out() -> int:
        with catalogue.reading() as connection:
            return with_left_out(connection, {Reason.OK: 1}).get(Reason.OVER_BUDGET, 0)

    assert left_out() == 3
    assert take_in(catalogue, most=1, largest=9) == 0  # the budget it was
    assert take_in(catalogue, most=3, largest=9) == 2
    assert left_out() == 1
    with catalogue.reading() as connection:
        assert found_for(connection, PAGE) == 3
        query = sa.select(links).where(links.c.page_url == PAGE).order_by(links.c.id)
        rows = connection.execute(query).all()
        assert [row.url[-5:] for row in rows] == ["a.png", "b.png", "c.png"]
        assert {(row.kind, row.role, row.via, row.hops) for row in rows} == {
            (LinkKind.REQUISITE, Role.IMAGE, PAGE, "CE")
        }
        unlinked = sa.select(needs.c.url).where(needs.c.link_id.is_(None)).order_by(needs.c.position)
        assert connection.execute(unlinked).scalars().all() == ["http://a.test/d.png", PAGE]
    assert take_in(catalogue, most=3, largest=9) == 0
    assert take_in(catalogue, most=2, largest=9) == 0
    assert take_in(catalogue, most=500, largest=9) == 1
    assert left_out() == 0


def test_what_was_taken_in_and_is_kept_already_counts(catalogue: Catalogue) -> None:
    """Left out of one page, kept for another meanwhile: the page's score is made anew, though no link settles."""
    shared = "http://a.test/shared.png"
    need = Needed(url=shared, role=Role.IMAGE, how="img/@src", reason=Reason.OVER_BUDGET)
    link(catalogue, PAGE, LinkKind.CITATION)
    catalogue.commit(Batch(captures=[capture(1, PAGE)], surveys=[survey(1, kind="html", needs=(need,))]))
    link(catalogue, shared, LinkKind.REQUISITE)
    settle(catalogue, lease_all(catalogue)[shared], Reason.OK, record=capture(2, shared))
    later = NOW + timedelta(days=9)
    rescore(catalogue, later)
    assert take_in(catalogue, most=9, largest=9) == 1
    rescore(catalogue, later + timedelta(days=1))
    with catalogue.reading() as connection:
        (page,) = scored_pages(connection, PAGE)
    assert (page.score.needed, page.score.kept) == (1, 1)


def test_what_was_cut_off_goes_again_when_more_may_come(catalogue: Catalogue) -> None:
    """A requisite larger than a page's share, once that is larger; not before, and on no condition."""
    film = "http://a.test/film.mp4"
    link(catalogue, film, LinkKind.REQUISITE, Role.MEDIA)
    settle(catalogue, lease_all(catalogue)[film], Reason.TOO_LARGE, LinkStage.FAILED)
    for largest, goes in ((100, 0), (100, 0), (50, 0), (100, 1), (200, 0)):
        assert take_in(catalogue, most=1, largest=largest) == goes
    assert film in lease_all(catalogue)


# --- what it costs ---


def test_what_is_new_is_found_by_its_row(catalogue: Catalogue) -> None:
    """A commit's look at what came costs by what came, and what budgets left out by how much that is."""
    asked: list[tuple[str, object]] = []
    with catalogue.reading() as connection:

        def note(_c: object, _k: object, statement: str, values: object, _x: object, _m: object) -> None:
            asked.append((statement, values))

        sa.event.listen(connection, "before_cursor_execute", note)
        unsurveyed(connection, kinds=KINDS, after=1000, limit=10)
        with_left_out(connection, {})
        sa.event.remove(connection, "before_cursor_execute", note)
        plans = [
            [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]  # type: ignore[arg-type]
            for statement, values in asked
        ]
    first = [next(step for step in plan if step.startswith(("SEARCH", "SCAN"))) for plan in plans]
    assert first[1:] == [
        "SEARCH captures USING INTEGER PRIMARY KEY (rowid>?)",
        "SCAN needs USING INDEX ix_needs_over_budget",
    ]
