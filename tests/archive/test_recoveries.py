"""What was tried to bring links back, as rows; and the record of a copy out of somebody's archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.baselines import known_of
from archive.captures import capture_events, captures
from archive.catalogue import Catalogue
from archive.checks import LinkState
from archive.collection import Collection
from archive.dead_links import dead_link
from archive.keeper import Submission
from archive.mementos import Recovery, RecoveryOutcome, Source
from archive.model import Context, Via
from archive.reader import read_records
from archive.recoveries import (
    insert_recoveries,
    last_asked,
    recovered_records,
    recoveries_of,
    recovery_counts,
    recovery_of,
    summed_up,
)
from archive.recovery_mending import mend_recoveries
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import ARTICLE, AT, URLS, build, keeping

URL = "http://a.test/story"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MEMENTO = "http://ar.test/web/20160203080000id_/http://a.test/article"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty one."""
    with closing(Catalogue.open(tmp_path / "catalogue.db", create=True)) as opened:
        yield opened


def tried(outcome: RecoveryOutcome, *, archive: str = "x", days: int = 0, url: str = URL, **rest: str) -> Recovery:
    """One archive asked so many days ago."""
    return Recovery(url=url, archive=archive, asked_at=NOW - timedelta(days=days), outcome=outcome, **rest)  # type: ignore[arg-type]


def test_what_was_tried_is_remembered(catalogue: Catalogue) -> None:
    """Each once; by archive the last of the last month; what was brought back only while its record is there."""
    made = [
        tried(RecoveryOutcome.ARCHIVE_UNAVAILABLE, days=9), tried(RecoveryOutcome.NOT_ARCHIVED, days=2),
        tried(RecoveryOutcome.NOT_ARCHIVED, archive="old", days=40),
        tried(RecoveryOutcome.RECOVERED, archive="done", days=99, record_id="urn:uuid:1"),
        tried(RecoveryOutcome.EXCLUDED, url="http://b.test/"),
    ]  # fmt: skip
    with catalogue.writing() as connection:
        insert_recoveries(connection, made)
        insert_recoveries(connection, made)
    with catalogue.reading() as connection:
        assert len(list(recoveries_of(connection))) == 5
        known = last_asked(connection, URL, since=NOW - timedelta(days=30))
        assert {name: each.outcome.value for name, each in known.items()} == {"x": "not_archived"}
        assert [each.record_id for each in recovered_records(connection, [URL, "http://b.test/"])[URL]] == [
            "urn:uuid:1"
        ]
        assert recovery_counts(connection) == {RecoveryOutcome.RECOVERED: 1, RecoveryOutcome.EXCLUDED: 1}


def test_an_outage_weighs_more_than_an_absence() -> None:
    """Of several archives: what came back, then what nobody knows."""
    of = RecoveryOutcome
    assert summed_up([of.NOT_ARCHIVED, of.ARCHIVE_UNAVAILABLE, of.EXCLUDED]) is of.ARCHIVE_UNAVAILABLE
    assert summed_up([of.NOT_ARCHIVED, of.RECOVERED]) is of.RECOVERED
    assert summed_up([]) is None


def test_a_memento_stands_by_itself(tmp_path: Path) -> None:
    """With the payload of an answer we hold it becomes no revisit, nor is it ever one's original or what checks compare
    with; its record and its metadata tell where it comes from, and give the same capture again."""
    collection = build(tmp_path / "c")
    source = Source(url=MEMENTO, archive="x", fetched_at=NOW, recovers=URLS["gone"])
    at = datetime(2016, 2, 3, 8, tzinfo=UTC)
    memento = replace(
        make_exchange(ARTICLE, url=URLS["gone"], started_at=at), via=Via.MEMENTO, source=source, location=None
    )
    recovery = tried(RecoveryOutcome.RECOVERED, url=URLS["gone"])
    with keeping(collection) as (catalogue, keeper):
        keeper.put(Submission(exchange=memento, context=Context(via=URLS["gone"]), recovery=recovery))
        keeper.flush()
        with catalogue.reading() as connection:
            [kept] = recovered_records(connection, [URLS["gone"]])[URLS["gone"]]
            known = last_asked(connection, URLS["gone"], since=NOW + timedelta(days=99))
            assert [each.record_id for each in known.values()] == [kept.record_id]
            assert known_of(connection, [URLS["gone"]])[URLS["gone"]].copies == ()
        capture = catalogue.capture(kept.record_id or "")
        assert catalogue.latest_capture(URLS["gone"]) is None
    assert capture is not None
    assert (capture.kind.value, capture.via, capture.at, capture.refers_to) == ("response", Via.MEMENTO, at, None)
    record, *_ = [each for each in records(collection) if each.record_id == capture.record_id]
    assert record.header("WARC-Source-URI") == MEMENTO
    assert (record.header("WARC-Creation-Date"), record.header("WARC-Date")) == (
        "2026-11-22T00:00:00.000000Z", "2016-02-03T08:00:00.000000Z",
    )  # fmt: skip
    again = [each for path in collection.warcs.glob("*.gz") for each in captures(read_records(path))]
    assert capture in again
    told = [
        recovery_of(event) for path in collection.warcs.glob("*.gz") for event in capture_events(read_records(path))
    ]
    assert [each for each in told if each is not None] == [
        replace(kept, asked_at=NOW, memento_url=MEMENTO, captured_at=at, archive="x")
    ]
    fields = dict(pair for each in records(collection) if each.kind == "metadata" for pair in each.fields())
    assert (fields["sourceArchive"], fields["recovers"]) == ("x", URLS["gone"])


def test_what_a_crash_took_is_read_out_of_the_record(tmp_path: Path) -> None:
    """The copy lies in its WARC, its row does not: it is there again, once, and its event is written anew."""
    collection = build(tmp_path / "c")
    source = Source(url=MEMENTO, archive="x", fetched_at=NOW, recovers=URLS["gone"])
    memento = replace(make_exchange(b"<p>Back</p>", url=URLS["gone"], started_at=AT), via=Via.MEMENTO, source=source)
    with keeping(collection) as (_, keeper):
        keeper.put(Submission(exchange=memento))
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        assert [mend_recoveries(catalogue, collection.warcs) for _ in range(2)] == [1, 0]
        with catalogue.reading() as connection:
            [[found]] = recovered_records(connection, [URLS["gone"]]).values()
        [state] = catalogue.dirty_events(10, now=AT)
    assert (found.archive, found.asked_at, found.memento_url) == ("x", NOW, MEMENTO)
    copies = [copy for each in state.citations for copy in each.copies if copy.recovery is not None]
    assert [copy.recovery for copy in copies] == [found]


def records(collection: Collection) -> list:  # type: ignore[type-arg]
    """All of them."""
    return [each for path in sorted(collection.warcs.glob("*.warc.gz")) for each in read_records(path)]


def test_what_is_known_of_a_dead_link(tmp_path: Path) -> None:
    """The day of its event, our own copies (those behind its redirects too), and what is cited beside it."""
    collection = build(tmp_path / "c")
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue, catalogue.reading() as connection:
        moved, gone = (
            dead_link(connection, LinkState(url=URLS[name], next_due=None), AT) for name in ("moved", "gone")
        )
    assert (gone.around, gone.is_dated, gone.copies) == (datetime(2016, 2, 3, 12, tzinfo=UTC), True, ())
    assert [capture.url for capture in moved.copies] == [URLS["target"]]
    assert URLS["article"] in moved.beside
