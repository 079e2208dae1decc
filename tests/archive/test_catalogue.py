"""The catalogue on real SQLite files: what one transaction makes durable, and that writing twice is writing once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.catalogue import Batch, Catalogue, DocumentWritten, PageKept, Run, Settled
from archive.event_codec import event_from_json
from archive.frontier import Frontier
from archive.model import (
    HrefReason,
    LinkKind,
    LinkStage,
    NewLink,
    Reason,
    RecordKind,
    Settlement,
    Truncation,
)
from archive.schema import WarcState, citations, event_versions, events, links, pages
from archive.stats import last_runs
from tests.archive.catalogue_samples import NOW, capture, citation, event, keep_event, lease_all, page, settle


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    made = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield made
    made.close()


def rows(catalogue: Catalogue, query: sa.Select[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What the catalogue holds."""
    with catalogue.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_capture_comes_back_as_it_was(catalogue: Catalogue) -> None:
    """Every field of a capture survives, times to the microsecond."""
    whole = capture(
        1,
        request_id="urn:uuid:r",
        refers_to="urn:uuid:o",
        referrer="news/a.md",
        hops="PC",
        page_url="http://a.test/p",
        duration_ms=37,
        ip="192.0.2.1",
        protocol="http/1.1",
        truncated=Truncation.LENGTH,
        error=Reason.TRUNCATED,
        location="/elsewhere",
    )
    catalogue.commit(Batch(captures=[whole]))
    assert catalogue.capture(whole.record_id) == whole
    assert catalogue.capture("urn:uuid:none") is None


def test_a_settled_redirect_leads_to_its_target(catalogue: Catalogue) -> None:
    """The target of a redirect is a link of its own, and the redirecting link knows it."""
    frontier = Frontier(catalogue)
    frontier.add([NewLink(url="http://a.test/", kind=LinkKind.CITATION)])
    (lease,) = frontier.lease(run_id=1, now=NOW, limit=9, per_host=9)
    target = NewLink(url="http://b.test/", kind=LinkKind.CITATION, redirects=1, hops="CR")
    settlement = Settlement(
        link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.MOVED, at=NOW, redirect_to=target
    )
    moved = capture(1, status=301)
    catalogue.commit(Batch(captures=[moved], settlements=[Settled(settlement=settlement, record_id=moved.record_id)]))
    columns = (links.c.url, links.c.stage, links.c.redirect_id, links.c.capture_id, links.c.redirects)
    assert rows(catalogue, sa.select(*columns).order_by(links.c.id)) == [
        ("http://a.test/", "done", 2, 1, 0),
        ("http://b.test/", "pending", None, None, 1),
    ]


def test_a_redirect_to_no_usable_url_has_failed(catalogue: Catalogue) -> None:
    """A target nobody can fetch never makes a link DONE."""
    frontier = Frontier(catalogue)
    frontier.add([NewLink(url="http://a.test/", kind=LinkKind.CITATION)])
    (lease,) = frontier.lease(run_id=1, now=NOW, limit=9, per_host=9)
    target = NewLink(url="http://[/", kind=LinkKind.CITATION)
    settlement = Settlement(
        link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.MOVED, at=NOW, redirect_to=target
    )
    catalogue.commit(Batch(settlements=[Settled(settlement=settlement)]))
    assert rows(catalogue, sa.select(links.c.stage, links.c.reason)) == [("failed", Reason.BAD_REDIRECT)]


def test_an_event_page_gives_its_event_its_citations_and_their_links(catalogue: Catalogue) -> None:
    """What a page says is there after one commit; what cannot be fetched stays, with its reason."""
    cited = (
        citation(1, "http://a.test/x#y"),
        citation(2, None, HrefReason.TEMPLATE),
        citation(3, "http://[oops"),
        citation(4, "http://A.test/x"),
    )
    read = event("news/2016/02/3/a-slug.md", *cited)
    given = NewLink(url="http://site.test/other", kind=LinkKind.PAGE, via=read.path)
    seen = capture(1, "urn:sourcekeep:page:x", kind=RecordKind.RESOURCE, status=None)
    kept = PageKept(page=page(read, gives=(given,)), record_id=seen.record_id)
    catalogue.commit(Batch(captures=[seen], pages=[kept], run_id=7))
    columns = (citations.c.position, citations.c.url, citations.c.reason, citations.c.link_id)
    assert rows(catalogue, sa.select(*columns).order_by(citations.c.position)) == [
        (1, "http://a.test/x#y", None, 2),
        (2, None, HrefReason.TEMPLATE, None),
        (3, "http://[oops", HrefReason.MALFORMED, None),
        (4, "http://A.test/x", None, 2),
    ]
    found = rows(catalogue, sa.select(links.c.url, links.c.kind, links.c.priority, links.c.via, links.c.hops))
    assert found == [
        ("http://site.test/other", LinkKind.PAGE, 0, read.path, ""),
        ("http://a.test/x", LinkKind.CITATION, 10, read.path, "C"),
    ]
    ((document, *version),) = rows(
        catalogue,
        sa.select(
            event_versions.c.document,
            event_versions.c.day,
            event_versions.c.page_record_id,
            event_versions.c.read_at,
            event_versions.c.run_id,
        ),
    )
    assert event_from_json(str(document)) == read
    assert version == ["2016-02-03", seen.record_id, seen.at, 7]
    assert rows(catalogue, sa.select(events.c.json_name, events.c.version, events.c.dirty)) == [
        ("2016/02/03/a-slug.json", 1, 1)
    ]
    assert catalogue.page_sha256(read.path) == read.sha256


def test_citations_of_a_fetched_page_know_how_the_page_was_come_by(catalogue: Catalogue) -> None:
    """The hops of a citation are those of its page and a C."""
    home = NewLink(url="http://site.test/a.md", kind=LinkKind.PAGE, hops="PP")
    read = event("news/a.md", citation(1, "http://a.test/"))
    catalogue.commit(Batch(links=[home]))
    catalogue.commit(Batch(pages=[PageKept(page=page(read, url="http://site.test/a.md#top"))]))
    assert rows(catalogue, sa.select(links.c.hops).where(links.c.url == "http://a.test/")) == [("PPC",)]
    assert rows(catalogue, sa.select(pages.c.link_id)) == [(1,)]


def test_a_changed_page_adds_a_version_and_keeps_the_old(catalogue: Catalogue) -> None:
    """Versions are only ever added; the one read last is current, also when a page goes back to an older text."""
    path = "news/a.md"
    first, second = event(path, citation(1, "http://a.test/")), event(path, sha256="b" * 64, title="Another")
    for read, current in ((first, 1), (second, 2), (second, 2), (first, 1)):
        catalogue.commit(Batch(pages=[PageKept(page=page(read))]))
        assert rows(catalogue, sa.select(events.c.version)) == [(current,)]
    versions = sa.select(event_versions.c.version, event_versions.c.title).order_by(event_versions.c.version)
    assert rows(catalogue, versions) == [(1, "A title"), (2, "Another")]


def test_two_versions_of_a_page_in_one_batch(catalogue: Catalogue) -> None:
    """Both are kept, in their order."""
    both = [event("news/a.md"), event("news/a.md", sha256="b" * 64)]
    catalogue.commit(Batch(pages=[PageKept(page=page(read)) for read in both]))
    assert rows(catalogue, sa.select(event_versions.c.sha256, event_versions.c.version)) == [
        ("a" * 64, 1),
        ("b" * 64, 2),
    ]


def test_names_of_documents_never_collide(catalogue: Catalogue) -> None:
    """Two editions have the same day and slug, and one file system in two is blind to case."""
    paths = ["news/a.md", "zh/news/a.md", "news/A.md"]
    catalogue.commit(Batch(pages=[PageKept(page=page(event(path))) for path in paths[:2]]))
    catalogue.commit(Batch(pages=[PageKept(page=page(event(path))) for path in paths]))
    names = [str(name) for (name,) in rows(catalogue, sa.select(events.c.json_name).order_by(events.c.id))]
    assert names[0] == "2016/02/03/a.json"
    assert len({name.casefold() for name in names}) == 3


def test_writing_a_batch_twice_is_writing_it_once(catalogue: Catalogue) -> None:
    """A batch whose commit was not heard of can be written again."""
    read = event("news/a.md", citation(1, "http://a.test/"), citation(2, None, HrefReason.EMPTY))
    seen = capture(1)
    batch = Batch(
        captures=[seen, capture(2)],
        pages=[PageKept(page=page(read), record_id=seen.record_id)],
        links=[NewLink(url="http://b.test/", kind=LinkKind.CITATION)],
        warcs={"x-1.warc.gz": 300},
        finished_warcs=["x-1.warc.gz"],
    )
    catalogue.commit(batch)
    before = dump(catalogue)
    catalogue.commit(batch)
    assert dump(catalogue) == before


def dump(catalogue: Catalogue) -> list[list[tuple[object, ...]]]:
    """All rows of all tables."""
    with catalogue.reading() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        return [[tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")] for name in tables]


def test_a_batch_that_cannot_be_written_leaves_nothing(catalogue: Catalogue) -> None:
    """All or nothing, and what was undone is not remembered: its hosts' ids go to others."""
    before = dump(catalogue)
    wrong = replace(capture(1), record_id=None)  # type: ignore[arg-type]
    read = event("news/a.md", citation(1, "http://gone.test/"))
    good = Batch(pages=[PageKept(page=page(read))], links=[NewLink(url="http://l.test/", kind=LinkKind.CITATION)])
    with pytest.raises(sa.exc.IntegrityError):
        catalogue.commit(replace(good, captures=[wrong]))
    with pytest.raises(AttributeError):
        Frontier(catalogue).add([NewLink(url="http://l.test/", kind=LinkKind.CITATION), None])  # type: ignore[list-item]
    assert dump(catalogue) == before
    catalogue.commit(Batch(links=[NewLink(url="http://first.test/", kind=LinkKind.CITATION)]))
    catalogue.commit(good)
    leases = Frontier(catalogue).lease(run_id=1, now=NOW, limit=9, per_host=9)
    assert all(lease.url == f"http://{lease.host}/" for lease in leases)
    assert len(leases) == 3


def test_warcs_know_how_far_they_are_committed(catalogue: Catalogue) -> None:
    """An offset never goes back, and a finished file stays finished."""
    catalogue.commit(Batch(captures=[capture(1)], warcs={"x-1.warc.gz": 200}))
    catalogue.commit(Batch(warcs={"x-1.warc.gz": 100}, finished_warcs=["x-1.warc.gz"]))
    catalogue.commit(Batch(warcs={"x-2.warc.gz": 50}))
    assert [(warc.name, warc.committed_offset, warc.state) for warc in catalogue.warcs()] == [
        ("x-1.warc.gz", 200, WarcState.FINISHED),
        ("x-2.warc.gz", 50, WarcState.OPEN),
    ]


def test_only_sound_captures_stand_for_others(catalogue: Catalogue) -> None:
    """No revisit of a truncated capture, of a failed one, of a revisit, or of one whose WARC is gone."""
    same = "f" * 64
    unfit = [
        capture(1, payload_sha256=same, truncated=Truncation.DISCONNECT),
        capture(2, payload_sha256=same, error=Reason.TIMEOUT),
        capture(3, payload_sha256=same, kind=RecordKind.REVISIT),
        capture(4, payload_sha256=same, warc="gone.warc.gz"),
    ]
    catalogue.commit(Batch(captures=unfit))
    catalogue.lose_warc("gone.warc.gz")
    assert catalogue.same_payloads([same]) == {}
    good = [capture(6, payload_sha256=same), capture(5, payload_sha256=same)]
    catalogue.commit(Batch(captures=good))
    assert catalogue.same_payloads([same, "0" * 64]) == {same: [good[1], good[0]]}


def test_a_304_stands_for_the_latest_good_answer(catalogue: Catalogue) -> None:
    """Neither for an error nor for another 304; for a revisit, it stands for what that stands for."""
    first, second = capture(1), capture(2)
    catalogue.commit(
        Batch(captures=[first, second, capture(3, status=404), capture(4, kind=RecordKind.REVISIT, status=304)])
    )
    assert catalogue.latest_capture("http://a.test/") == second
    catalogue.commit(Batch(captures=[capture(5, kind=RecordKind.REVISIT, refers_to=first.record_id)]))
    assert catalogue.latest_capture("http://a.test/") == first
    assert catalogue.latest_capture("http://b.test/") is None


def test_what_lay_in_a_lost_warc_goes_again(catalogue: Catalogue) -> None:
    """Also what was a revisit of a record there, and without a condition: a 304 would leave us with nothing."""
    urls = ["http://lost.test/", "http://revisit.test/", "http://safe.test/"]
    keep_event(catalogue, "news/a.md", *urls)
    leases = lease_all(catalogue)
    lost = capture(1, urls[0], warc="gone.warc.gz")
    revisit = capture(2, urls[1], kind=RecordKind.REVISIT, refers_to=lost.record_id)
    for url, record in zip(urls, (lost, revisit, capture(3, urls[2])), strict=True):
        settle(catalogue, leases[url], Reason.OK, record=record)
    assert catalogue.lose_warc("gone.warc.gz") == 2
    again = lease_all(catalogue)
    assert sorted(again) == urls[:2]
    assert {lease.etag for lease in again.values()} == {None}
    assert catalogue.lose_warc("gone.warc.gz") == 0


def test_a_document_is_clean_only_if_nothing_came_since(catalogue: Catalogue) -> None:
    """What settles while a document is being written has it written again."""
    read = event("news/a.md", citation(1, "http://a.test/"))
    catalogue.commit(Batch(pages=[PageKept(page=page(read))]))
    (lease,) = Frontier(catalogue).lease(run_id=1, now=NOW, limit=9, per_host=9)
    target = NewLink(url="http://b.test/", kind=LinkKind.CITATION)
    moved = Settlement(link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.MOVED, at=NOW, redirect_to=target)
    catalogue.commit(Batch(settlements=[Settled(settlement=moved)]))
    catalogue.commit(Batch(documents=[DocumentWritten(event_id=1, dirty=1)]))
    assert rows(catalogue, sa.select(events.c.dirty)) == [(2,)]
    catalogue.commit(Batch(documents=[DocumentWritten(event_id=1, dirty=2)]))
    assert rows(catalogue, sa.select(events.c.dirty)) == [(0,)]
    behind = Settlement(link_id=lease.link_id + 1, stage=LinkStage.DONE, reason=Reason.OK, at=NOW)
    catalogue.commit(Batch(settlements=[Settled(settlement=behind)]))
    assert rows(catalogue, sa.select(events.c.dirty)) == [(1,)]


def test_redirects_in_a_circle_are_no_trap(catalogue: Catalogue) -> None:
    """Marking the events behind a loop of redirects comes to an end."""
    read = event("news/a.md", citation(1, "http://a.test/"))
    catalogue.commit(Batch(pages=[PageKept(page=page(read))]))
    for link_id, to in ((1, "http://b.test/"), (2, "http://a.test/")):
        target = NewLink(url=to, kind=LinkKind.CITATION, redirects=link_id)
        settled = Settlement(link_id=link_id, stage=LinkStage.DONE, reason=Reason.MOVED, at=NOW, redirect_to=target)
        catalogue.commit(Batch(settlements=[Settled(settlement=settled)]))
    assert rows(catalogue, sa.select(events.c.dirty)) == [(3,)]


def test_what_no_database_takes_is_replaced(catalogue: Catalogue) -> None:
    """Lone surrogates and NUL from a hostile page become U+FFFD; the page is kept, and found again."""
    read = event("news/\ud800\0.md", citation(1, "http://a.test/\ud800"), title="a\0b\udfff😀")
    for _ in range(2):
        catalogue.commit(Batch(pages=[PageKept(page=page(read))]))
    assert rows(catalogue, sa.select(event_versions.c.title)) == [("a\ufffdb\ufffd😀",)]


def test_runs_are_noted(catalogue: Catalogue) -> None:
    """A run gets an id when it begins and its result when it ends."""
    run = Run(
        job="crawl", site="http://site.test/", started_at=NOW, pid=1, host="h", version="0.1", configuration={"a": 1}
    )
    first, second = catalogue.start_run(run), catalogue.start_run(run)
    assert first != second
    catalogue.end_run(first, NOW, exit_code=0, reason="finished", counts={"kept": 3})
    with catalogue.reading() as connection:
        unfinished, finished = last_runs(connection)
    assert (unfinished.run_id, unfinished.ended_at, unfinished.exit_code, unfinished.counts) == (second, None, None, {})
    assert (finished.run_id, finished.ended_at, finished.exit_code, finished.counts) == (first, NOW, 0, {"kept": 3})


def test_settings_of_the_collection_are_kept(catalogue: Catalogue) -> None:
    """The last value counts."""
    catalogue.set_meta("site", "http://a.test/")
    catalogue.set_meta("site", "http://b.test/")
    assert catalogue.meta() == {"site": "http://b.test/"}
