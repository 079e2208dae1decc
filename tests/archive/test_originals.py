"""Deduplication: what becomes a revisit, of what, and what never does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive.catalogue import Catalogue, Run
from archive.keeper import Keeper, Submission
from archive.model import Capture, Exchange, Reason, RecordKind, Truncation
from tests.archive.exchanges import AT, make_exchange, make_writer

BODY = b"<p>The same article, twice.</p>" * 40


class Bed:
    """A keeper with its catalogue and WARC folder; `keep` makes exchanges durable and gives their captures."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "archive"
        self.catalogue = Catalogue.open(root / "catalogue.db", create=True)
        run = Run(job="crawl", site=None, started_at=AT, pid=1, host="here", version="0", configuration={})
        self._captures: list[Capture] = []
        self.keeper = Keeper(
            make_writer(root),
            self.catalogue,
            run_id=self.catalogue.start_run(run),
            on_commit=lambda group: self._captures.extend(kept.capture for kept in group if kept.capture is not None),
        )
        self.keeper.start()

    def keep(self, *exchanges: Exchange) -> list[Capture]:
        """The captures that these exchanges became, in one commit."""
        self._captures.clear()
        for exchange in exchanges:
            self.keeper.put(Submission(exchange=exchange))
        self.keeper.flush()
        return list(self._captures)


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    bed = Bed(tmp_path)
    yield bed
    bed.keeper.close()
    bed.catalogue.close()


def again(url: str = "http://example.test/", *, body: bytes = BODY, hours: int = 1, **fields: object) -> Exchange:
    """An answer as it came some hours later."""
    return make_exchange(
        body, url=url, started_at=AT + timedelta(hours=hours), payload_sha256=hashlib.sha256(body).hexdigest(), **fields
    )


def test_the_same_payload_is_stored_once_over_urls_and_times(bed: Bed) -> None:
    """The second and third answer are revisits of the first, with heads of their own; a 304 is one as well."""
    (first,) = bed.keep(again(hours=0))
    (same_url,) = bed.keep(again(hours=1))
    (other_url,) = bed.keep(again("http://other.test/copy", hours=2))
    unchanged = make_exchange(b"", head=b"HTTP/1.1 304 Not Modified\r\n\r\n", status=304, url="http://other.test/copy")
    (not_modified,) = bed.keep(unchanged)
    assert first.kind is RecordKind.RESPONSE
    for revisit in (same_url, other_url, not_modified):
        assert (revisit.kind, revisit.refers_to) == (RecordKind.REVISIT, first.record_id)
        assert revisit.payload_sha256 == first.payload_sha256
    bed.keeper.close()
    with (bed.folder / first.where.warc).open("rb") as file:
        found = [record for record in ArchiveIterator(file) if record.rec_type == "revisit"]
    assert [record.rec_headers["WARC-Refers-To-Target-URI"] for record in found] == [first.url] * 3
    assert [record.rec_headers["WARC-Target-URI"] for record in found[:2]] == [first.url, "http://other.test/copy"]
    with (bed.folder / first.where.warc).open("rb") as file:
        refers = [record.headers.get("WARC-Refers-To") for record in FastIterator(file, parse_http=False)]
    assert refers.count(f"<{first.record_id}>") == 3


def test_what_is_not_committed_yet_is_no_original(bed: Bed) -> None:
    """Two equal answers in one commit are both stored: a crash could take the first."""
    kinds = [capture.kind for capture in bed.keep(again(hours=0), again("http://other.test/", hours=1))]
    assert kinds == [RecordKind.RESPONSE, RecordKind.RESPONSE]


@pytest.mark.parametrize(
    "unfit",
    [
        {"truncated": Truncation.DISCONNECT},
        {"truncated": Truncation.UNSPECIFIED},
        {"error": Reason.TIMEOUT},
        {"status": 403},
        {"status": 404},
        {"status": 206},
    ],
    ids=str,
)
def test_no_answer_in_doubt_is_an_original_or_a_revisit(bed: Bed, unfit: dict[str, object]) -> None:
    """Cut, failed and blocked answers are kept with their bytes, and nothing refers to them."""
    (doubtful,) = bed.keep(again(hours=0, **unfit))
    (sound,) = bed.keep(again(hours=1))
    assert doubtful.kind is RecordKind.RESPONSE
    assert sound.kind is RecordKind.RESPONSE
    (also_doubtful,) = bed.keep(again(hours=2, **unfit))
    assert also_doubtful.kind is RecordKind.RESPONSE


def test_an_original_that_is_gone_or_spoilt_is_stored_anew(bed: Bed) -> None:
    """The catalogue still names it, but the file is not there, or its bytes are not."""
    (first,) = bed.keep(again(hours=0))
    path = bed.folder / (first.where.warc + ".open")
    good = path.read_bytes()
    path.write_bytes(good[: first.where.offset] + b"\0" * (len(good) - first.where.offset))
    (second,) = bed.keep(again(hours=1))
    assert second.kind is RecordKind.RESPONSE
    path.write_bytes(good)


def test_framings_do_not_mix(bed: Bed) -> None:
    """A chunked answer is no revisit of one with a length: replay tools read the one's payload by the other's head."""
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    (plain,) = bed.keep(again(hours=0))
    sha256 = hashlib.sha256(BODY).hexdigest()
    (in_chunks,) = bed.keep(make_exchange(chunked, head=head, payload=BODY, payload_sha256=sha256))
    assert (plain.kind, in_chunks.kind) == (RecordKind.RESPONSE, RecordKind.RESPONSE)
    (chunked_again,) = bed.keep(make_exchange(chunked, head=head, payload=BODY, payload_sha256=sha256))
    assert (chunked_again.kind, chunked_again.refers_to) == (RecordKind.REVISIT, in_chunks.record_id)
    (plain_again,) = bed.keep(again(hours=3))
    assert (plain_again.kind, plain_again.refers_to) == (RecordKind.REVISIT, plain.record_id)


def test_an_empty_payload_is_no_duplicate(bed: Bed) -> None:
    """Nothing is saved by referring to nothing."""
    (first,) = bed.keep(again(body=b"", hours=0))
    (second,) = bed.keep(again(body=b"", hours=1))
    assert {first.kind, second.kind} == {RecordKind.RESPONSE}
