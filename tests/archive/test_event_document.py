"""Documents of events: what they say, when they are written again, and that they are read back from real rows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import ArticleRead, Batch, Catalogue, DocumentWritten, PageKept
from archive.event_document import EventState, document_bytes, event_document
from archive.event_states import MOST_COPIES
from archive.model import Change, HrefReason, LinkStage, Reason, RecordKind, RelatedEvent, Truncation
from archive.schema import ArticleState
from tests.archive.catalogue_samples import NOW, capture, citation, event, keep_event, lease_all, page, settle


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    made = Catalogue.open(tmp_path / "catalogue.db", create=True)
    yield made
    made.close()


def dirty(catalogue: Catalogue) -> list[EventState]:
    """The events to be written."""
    return catalogue.dirty_events(100, now=NOW)


def document(state: EventState) -> dict[str, object]:
    """The document as a reader gets it."""
    return dict(json.loads(document_bytes(event_document(state))))


def test_a_document_says_where_every_copy_lies(catalogue: Catalogue) -> None:
    """Page, redirects, copy and article, each with WARC, offset and length."""
    read = replace(
        event("news/a.md", citation(1, "http://a.test/"), citation(2, None, HrefReason.TEMPLATE)),
        related=(RelatedEvent(title="B", path="news/b.md", contexts=("X",), context_raw="X"),),
        changes=(Change(number=1, title="A", path="news/old.md", stamp="2018-01-01 12:30:05", label="First version"),),
    )
    seen = capture(1, "urn:x", kind=RecordKind.RESOURCE)
    catalogue.commit(Batch(captures=[seen], pages=[PageKept(page=page(read), record_id=seen.record_id)]))
    moved, copy = capture(2, status=301), capture(3, "http://b.test/")
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.MOVED, to="http://b.test/", record=moved)
    settle(catalogue, lease_all(catalogue)["http://b.test/"], Reason.OK, record=copy)
    article = ArticleRead(record_id=copy.record_id, state=ArticleState.READ, at=NOW, title="T", published="2016-02-03")
    catalogue.commit(Batch(articles=[article]))
    (state,) = dirty(catalogue)
    found = document(state)
    assert list(found) == [
        "schema", "path", "language", "date", "title", "summary", "topic", "version", "page", "citations",
        "related", "changes", "formats", "date_link",
    ]  # fmt: skip
    assert found["page"] == {
        "sha256": "a" * 64,
        "read_at": "2026-03-01T12:00:01.123456Z",
        "record_id": seen.record_id,
        "warc": "x-1.warc.gz",
        "offset": 100,
        "length": 100,
    }
    first, second = json.loads(document_bytes(event_document(state)))["citations"]
    assert (first["outcome"], first["reason"], first["record_id"]) == ("kept", "moved", copy.record_id)
    assert [(hop["url"], hop["status"], hop["record_id"], hop["offset"]) for hop in first["redirects"]] == [
        ("http://a.test/", 301, moved.record_id, 200),
        ("http://b.test/", 200, copy.record_id, 300),
    ]
    (held,) = first["copies"]
    assert (held["warc"], held["offset"], held["length"]) == ("x-1.warc.gz", 300, 100)
    assert held["payload_sha256"] == copy.payload_sha256
    assert (held["article"]["title"], held["article"]["date"]) == ("T", "2016-02-03")
    assert (second["outcome"], second["reason"], second["copies"]) == ("excluded", "template", [])
    assert found["related"] == [{"title": "B", "path": "news/b.md", "contexts": ["X"], "context_raw": "X"}]
    assert found["date"] == "2016-02-03"


def test_earlier_copies_stay_when_a_link_dies(catalogue: Catalogue) -> None:
    """A copy once kept is listed for ever; cut-off answers and errors never are."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    lease = lease_all(catalogue)["http://a.test/"]
    earlier = capture(1)
    others = [capture(3, truncated=Truncation.DISCONNECT), capture(4, status=500), capture(5, url="http://b.test/")]
    settle(catalogue, lease, Reason.OK, record=earlier)
    catalogue.commit(Batch(captures=others))
    settle(catalogue, lease, Reason.GONE, LinkStage.FAILED, record=capture(2, status=404))
    ((state,),) = [each.citations for each in dirty(catalogue)]
    assert state.judgement.reason is Reason.GONE
    assert [copy.capture for copy in state.copies] == [earlier]


def test_a_revisit_has_the_article_of_what_it_stands_for(catalogue: Catalogue) -> None:
    """An article is read once, from the record that holds the body."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    original = capture(1, "http://elsewhere.test/")
    revisit = capture(2, kind=RecordKind.REVISIT, refers_to=original.record_id)
    article = ArticleRead(record_id=original.record_id, state=ArticleState.READ, at=NOW, title="T")
    catalogue.commit(Batch(captures=[original], articles=[article]))
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.OK, record=revisit)
    ((state,),) = [each.citations for each in dirty(catalogue)]
    (copy,) = state.copies
    assert (copy.capture, copy.article) == (revisit, article)


def test_only_the_latest_of_many_copies_are_listed(catalogue: Catalogue) -> None:
    """A home page captured every day does not make endless documents."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    catalogue.commit(Batch(captures=[capture(n) for n in range(MOST_COPIES + 5)]))
    ((state,),) = [each.citations for each in dirty(catalogue)]
    assert [copy.capture for copy in state.copies] == [capture(n) for n in range(5, MOST_COPIES + 5)]


def test_an_article_read_later_has_the_document_written_again(catalogue: Catalogue) -> None:
    """Reading articles is a stage of its own, after the documents were written once."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    copy = capture(1)
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.OK, record=copy)
    write_all(catalogue)
    assert dirty(catalogue) == []
    none = ArticleRead(record_id=copy.record_id, state=ArticleState.NOTHING, at=NOW, why="no text")
    catalogue.commit(Batch(articles=[none]))
    (state,) = dirty(catalogue)
    assert document(state)["citations"][0]["copies"][0]["article"] is None  # type: ignore[index]
    catalogue.commit(Batch(articles=[replace(none, state=ArticleState.READ, why=None, title="T")]))
    (state,) = dirty(catalogue)
    assert document(state)["citations"][0]["copies"][0]["article"]["title"] == "T"  # type: ignore[index]


def write_all(catalogue: Catalogue) -> None:
    """Note all documents as written."""
    catalogue.commit(
        Batch(documents=[DocumentWritten(event_id=each.event_id, dirty=each.dirty) for each in dirty(catalogue)])
    )


def test_documents_come_in_lots(catalogue: Catalogue) -> None:
    """What is written drops out, until nothing is left."""
    for number in range(5):
        keep_event(catalogue, f"news/{number}.md", "http://shared.test/")
    paths = []
    while lot := catalogue.dirty_events(2, now=NOW):
        paths += [state.event.path for state in lot]
        catalogue.commit(Batch(documents=[DocumentWritten(event_id=each.event_id, dirty=each.dirty) for each in lot]))
    assert paths == [f"news/{number}.md" for number in range(5)]
    settle(catalogue, lease_all(catalogue)["http://shared.test/"], Reason.OK, record=capture(1))
    assert len(dirty(catalogue)) == 5


def test_a_document_is_utf_8_whatever_the_page_held(catalogue: Catalogue) -> None:
    """A lone surrogate ends up as U+FFFD, a script stays text, and a line break ends the file."""
    read = event("news/a.md", citation(1, "http://a.test/"), title="</script>\ud800伊")
    catalogue.commit(Batch(pages=[PageKept(page=page(read))]))
    (state,) = dirty(catalogue)
    written = document_bytes(event_document(state))
    assert json.loads(written.decode("utf-8"))["title"] == "</script>\ufffd伊"
    assert written.endswith(b"}\n")
    assert document_bytes(event_document(replace(state, event=read)))


def test_a_document_shown_as_it_is_steers_no_terminal(catalogue: Catalogue) -> None:
    """Controls and bidi overrides from a page are escaped; what is read is what stood there; Chinese stays short."""
    title = "伊朗\x1b[2J\x7f\x9b31m\\\x85\u202egnp\u2066\u200f\ufeff\u2028 \u200d"
    catalogue.commit(Batch(pages=[PageKept(page=page(event("news/a.md", citation(1, "http://a.test/"), title=title)))]))
    (state,) = dirty(catalogue)
    written = document_bytes(event_document(state))
    assert json.loads(written)["title"] == title
    shown = set(written.decode())
    assert "伊" in shown
    assert not {each for each in shown if unicodedata.category(each) in ("Cc", "Cf", "Zl")} - {"\n", "\u200d"}


def test_a_link_put_off_is_no_longer_so_later(catalogue: Catalogue) -> None:
    """What a document says of a waiting link depends on the time it is written."""
    keep_event(catalogue, "news/a.md", "http://a.test/")
    lease = lease_all(catalogue)["http://a.test/"]
    settle(catalogue, lease, Reason.TIMEOUT, LinkStage.PENDING, not_before=NOW + timedelta(hours=1))
    reasons = [
        each.citations[0].judgement.reason
        for now in (NOW, NOW + timedelta(hours=2))
        for each in catalogue.dirty_events(1, now=now)
    ]
    assert reasons == [Reason.TIMEOUT, Reason.PENDING]
