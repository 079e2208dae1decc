"""What the readers and indexers of others say of our WARCs, file by file and record by record.

Run by `make judges`. Where a judge is wrong the reason stands here, and which records it may be wrong about is worked
out from the records alone: any complaint beyond those fails.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.reader import Record, read_records
from tests.hostile.answers import ROWS, answer_to
from tests.judges.programs import WARCIO_JS, judge, run

DIGESTS = Path(__file__).with_name("fastwarc_digests.py")


@pytest.fixture(scope="session")
def warcs(collection: Path) -> list[Path]:
    """Its files."""
    files = sorted((collection / "archive").glob("*.warc.gz"))
    assert files
    assert {file.name for file in (collection / "archive").iterdir()} == {file.name for file in files}
    return files


@pytest.fixture(scope="session")
def records(warcs: list[Path]) -> dict[str, Record]:
    """All records by id, as our own reader has them."""
    return {record.record_id: record for warc in warcs for record in read_records(warc)}


def says_chunked(record: Record) -> bool:
    """Whether the head of a response has a Transfer-Encoding that names chunked, in any spelling."""
    with record.block() as block:
        head = re.split(rb"\r?\n\r?\n", block.read(1 << 20), maxsplit=1)[0]
    return bool(re.search(rb"(?im)^transfer-encoding[ \t]*:.*chunked", head))


def test_the_collection_is_worth_judging(collection: Path, records: dict[str, Record]) -> None:
    """Each kind of record we write is in it."""
    kinds = {record.kind for record in records.values()}
    assert {"warcinfo", "request", "response", "metadata", "revisit"} <= kinds


def test_warcio_check(warcs: list[Path], records: dict[str, Record]) -> None:
    """Every digest right but the payload digests of chunked responses.

    It hashes their framing too (its issue 75); WARC/1.1 section 5.9 has the payload without transfer coding.
    """
    said = "".join(judge("warcio", "check", warc, check=False).stdout for warc in warcs)
    complaints = dict(re.findall(r"WARC-Record-ID <(.+?)>.*\n((?:    .*\n)+)", said))
    assert complaints  # else that defect is mended, and this test can be stricter
    assert {
        text for text in complaints.values() if not re.fullmatch(r" +payload digest failed sha1:\w+\n", text)
    } == set()
    assert [records[each].url for each in complaints if not says_chunked(records[each])] == []


def test_warcio_finds_every_record(warcs: list[Path], records: dict[str, Record]) -> None:
    """As many as we, at the same places."""
    rows = [row for warc in warcs for row in indexed(judge("warcio", "index", "-f", "warc-record-id,offset", warc))]
    assert dict(rows) == places(records)


def test_warcio_recompresses(warcs: list[Path], records: dict[str, Record], tmp_path: Path) -> None:
    """It takes every record apart and writes it again, and finds no error in our compression.

    A head with letters beyond ASCII it cannot write (UnicodeEncodeError in its `to_ascii_bytes`).
    """
    for warc in warcs:
        done = judge("warcio", "recompress", "--verbose", warc, tmp_path / "again.warc.gz", check=False)
        said = done.stdout + done.stderr
        if any(record.path == warc and beyond_ascii(record) for record in records.values()):
            assert "UnicodeEncodeError: 'ascii'" in said
        else:
            assert "No Errors Found!" in said


def test_fastwarc_finds_every_digest_right(warcs: list[Path], records: dict[str, Record]) -> None:
    """Every record at its place, every block digest right, and the payloads it gives are those our digests are of.

    A revisit's payload is not in its record.
    """
    said = [json.loads(line) for line in judge("python", DIGESTS, *warcs).stdout.splitlines()]
    assert {row["id"]: row["offset"] for row in said} == places(records)
    assert [row["id"] for row in said if row["block"] is not True and records[row["id"]].kind != "warcinfo"] == []
    wrong = [records[row["id"]] for row in said if not agrees(records[row["id"]], row["payload"])]
    assert [record.url for record in wrong if not fastwarc_cannot(record)] == []


def agrees(record: Record, digest: str | None) -> bool:
    """Whether a payload digest is ours, if we give one and the record holds what it is of."""
    return record.kind == "revisit" or record.header("WARC-Payload-Digest") in (None, digest)


def fastwarc_cannot(record: Record) -> bool:
    """Whether it is known to give another payload, or none: that stands with the answers of the hostile web.

    One kind is in the tame one too: `5;name=value` it takes for no chunk size, though RFC 9112 section 7.1.1 allows it.
    """
    with record.block() as block:
        extended = re.search(rb"\r\n\r\n[0-9A-Fa-f]+[ \t]*;", block.read(1 << 20))
    name = "chunk-extensions" if extended and says_chunked(record) else record.url.rpartition("/")[2]
    return name in ROWS and answer_to(name, "http").fastwarc is not None


def beyond_ascii(record: Record) -> bool:
    """Whether the head of a message has bytes beyond ASCII."""
    head = record.head()
    return head is not None and not head.raw.isascii()


def places(records: dict[str, Record]) -> dict[str, int]:
    """Where each record is, by id."""
    return {record_id: record.where.offset for record_id, record in records.items()}


def indexed(done: subprocess.CompletedProcess[str]) -> Iterator[tuple[str, int]]:
    """Record ids and offsets, out of the JSON lines of an indexer."""
    for line in done.stdout.splitlines():
        row = json.loads(line)
        yield row["warc-record-id"].strip("<>"), int(row["offset"])


def test_the_indexer_makes_our_index(collection: Path) -> None:
    """cdxj-indexer's lines are ours, byte for byte."""
    theirs = judge("cdxj-indexer", "--sort", collection / "archive").stdout.splitlines()
    ours = (collection / "indexes" / "index.cdxj").read_text().splitlines()
    assert theirs == ours


def test_warcio_js_reads_as_many_records(warcs: list[Path], records: dict[str, Record]) -> None:
    """A reader in JavaScript that shares no code with the others finds the same records at the same places."""
    fields = "--fields=warc-record-id,offset"
    rows = [row for warc in warcs for row in indexed(run("node", WARCIO_JS, "index", warc, fields))]
    assert dict(rows) == places(records)
