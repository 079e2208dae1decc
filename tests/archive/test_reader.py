"""The reader: round trips of exchanges through WARCs, places, payloads, damage."""

from __future__ import annotations

import dataclasses
import gzip
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.captures import captures
from archive.errors import DamagedRecord
from archive.model import Capture, Context, Reason, RecordRef, Resource, Tls, Truncation, Via
from archive.reader import open_record, read_records
from tests.archive.exchanges import AT, NAME, REQUEST, failed_exchange, make_exchange, make_writer, write_everything

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"


def test_records_and_their_places(tmp_path: Path) -> None:
    """The same records as warcio finds, at the same offsets and lengths."""
    write_everything(tmp_path)
    path = tmp_path / "archive" / NAME
    with path.open("rb") as file:
        iterator = ArchiveIterator(file)
        theirs = [
            (each.rec_type, each.rec_headers.headers, iterator.get_record_offset(), iterator.get_record_length())
            for each in iterator
        ]
    ours = [(each.kind, list(each.headers), each.where.offset, each.where.length) for each in read_records(path)]
    assert ours == theirs


def test_captures_come_back(tmp_path: Path) -> None:
    """Every capture that the writer returned is found again in the file, equal in every field."""
    written = write_everything(tmp_path)
    assert list(captures(read_records(tmp_path / "archive" / NAME))) == written


def test_an_open_file_can_be_read(tmp_path: Path) -> None:
    """A record is found by its place before and after its file is finished."""
    writer = make_writer(tmp_path)
    capture = writer.write_exchange(make_exchange(b"hello"), Context())
    before = open_record(tmp_path / "archive", capture.where)
    writer.close()
    after = open_record(tmp_path / "archive", capture.where)
    assert before.path != after.path
    for record in (before, after):
        with record.payload() as payload:
            assert payload.read() == b"hello"


VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)
TEXT = VISIBLE | st.sampled_from(["新闻/2012.md", "a b", "é"])
EXCHANGES = st.fixed_dictionaries(
    {"body": st.binary(max_size=300), "duration_ms": st.integers(0, 10**9)},
    optional={
        "url": VISIBLE.map("http://example.test/".__add__),
        "started_at": st.datetimes(AT.replace(2000, tzinfo=None), AT.replace(2096, tzinfo=None)).map(
            lambda at: at.replace(tzinfo=AT.tzinfo)
        ),
        "request": st.binary(max_size=50),
        "interim": st.binary(max_size=50),
        "ip": st.none() | st.just("::1"),
        "tls": st.none()
        | st.builds(Tls, version=st.just("tls/1.3"), cipher=VISIBLE, verified=st.none() | st.booleans()),
        "truncated": st.none() | st.sampled_from(Truncation),
        "error": st.none() | st.sampled_from(Reason),
        "error_text": st.text(),
        "via": st.sampled_from([Via.HTTP, Via.BROWSER, Via.MEMENTO]),
    },
)
CONTEXTS = st.builds(
    Context,
    via=st.none() | TEXT,
    hops=st.sampled_from(["", "P", "PCRE"]),
    page_url=st.none() | VISIBLE.map("http://example.test/".__add__),
    outlinks=st.lists(VISIBLE, max_size=3).map(tuple),
)


@settings(max_examples=40, deadline=None)
@given(EXCHANGES, CONTEXTS)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object], context: Context) -> None:
    """Exchange -> WARC -> the same bytes of request, answer and payload, and the same capture."""
    body = fields["body"]
    assert isinstance(body, bytes)
    folder = tmp_path_factory.mktemp("round")
    exchange = make_exchange(**fields)  # type: ignore[arg-type]
    writer = make_writer(folder)
    capture = writer.write_exchange(exchange, context)
    writer.close()
    records = list(read_records(folder / "archive" / NAME))
    blocks = {record.kind: record.block().read() for record in records}
    assert blocks["response"] == exchange.response_head + body
    assert blocks.get("request", b"") == exchange.request
    with records[1].payload() as payload:
        assert payload.read() == body
    assert list(captures(records)) == [capture]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 50), st.sampled_from([b"", b";x=y", b" "]), st.booleans())
def test_chunked_payload(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, size: int, extension: bytes, cut: bool
) -> None:
    """The payload of a chunked answer is what was in the chunks, in blocks as they came; of a cut one what there is."""
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%X%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    framed += b"" if cut else b"0\r\nTrailer: x\r\n\r\n"
    folder = tmp_path_factory.mktemp("chunked")
    writer = make_writer(folder)
    capture = writer.write_exchange(make_exchange(framed, head=CHUNKED), Context())
    writer.close()
    with open_record(folder / "archive", capture.where).payload() as payload:
        assert payload.read() == body


def test_content_is_bounded(tmp_path: Path) -> None:
    """Content codings are taken off up to a limit, so a bomb of 100 MB gives what was asked for and no more."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packed.compress(bytes(1_000_000)) for _ in range(100)) + packed.flush()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer = make_writer(tmp_path)
    capture = writer.write_exchange(make_exchange(b"%x\r\n%b\r\n0\r\n\r\n" % (len(bomb), bomb), head=head), Context())
    writer.close()
    content = open_record(tmp_path / "archive", capture.where).content(10_000)
    assert (content.data, content.cut) == (bytes(10_000), True)


def test_a_large_record_costs_little_memory(tmp_path: Path) -> None:
    """50 MB are checked, found and read through in less than 3 MB."""
    writer = make_writer(tmp_path)
    body = bytes(range(256)) * 200_000
    capture = writer.write_exchange(make_exchange(body), Context())
    writer.close()
    tracemalloc.start()
    assert [record.where for record in read_records(tmp_path / "archive" / NAME)][1] == capture.where
    with open_record(tmp_path / "archive", capture.where).payload() as payload:
        read = sum(len(piece) for piece in iter(lambda: payload.read(1 << 16), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == len(body)
    assert peak < 3_000_000


# --- damage ---


def test_every_flipped_bit_in_a_checked_part_is_found(tmp_path: Path) -> None:
    """No bit of a member can change what is read: it is found, or it changes nothing."""
    writer = make_writer(tmp_path)
    capture = writer.write_exchange(make_exchange(b"hello " * 50), Context())
    writer.close()
    path = tmp_path / "archive" / NAME
    whole = path.read_bytes()
    expected = open_record(tmp_path / "archive", capture.where).block().read()
    for at in range(capture.where.offset, capture.where.offset + capture.where.length):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            records = list(read_records(path))
        except DamagedRecord:
            continue
        assert records[1].block().read() == expected


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no WARC record"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no WARC record"),
        (b"WARC/1.1\r\nWARC-Type: x\r\n\r\n", "no WARC record"),
        (b"WARC/1.1\r\nContent-Length: -1\r\n\r\n", "no end"),
        (b"WARC/1.1\r\nContent-Length: 9\r\n\r\nabc\r\n\r\n", "Content-Length is 9"),
        (b"WARC/1.1\r\nContent-Length: 1\r\n\r\nabc\r\n\r\n", "Content-Length is 1"),
        (b"WARC/1.1\r\nContent-Length: 1", "no end"),
    ],
)
def test_a_member_that_is_no_record(tmp_path: Path, content: bytes, complaint: str) -> None:
    """A whole member with a broken record in it is damage, and says where and what."""
    path = tmp_path / NAME
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DamagedRecord, match=rf"{NAME}, offset 0: .*{complaint}"):
        list(read_records(path))


@pytest.mark.parametrize("name", ["gone.warc.gz", "../../etc/passwd", "a/b.warc.gz", "/etc/passwd", "x\0.warc.gz"])
def test_a_place_that_is_none(tmp_path: Path, name: str) -> None:
    """A file that is gone, or a name that leads out of the folder, is an error that names it."""
    with pytest.raises(DamagedRecord, match="not there"):
        open_record(tmp_path, RecordRef(warc=name, offset=7, length=1))


def test_a_planted_link_is_not_read(tmp_path: Path) -> None:
    """A symbolic link in place of a WARC is not followed."""
    write_everything(tmp_path)
    folder = tmp_path / "archive"
    (folder / "link.warc.gz").symlink_to(folder / NAME)
    with pytest.raises(DamagedRecord):
        open_record(folder, RecordRef(warc="link.warc.gz", offset=0, length=1))


def test_an_offset_in_the_middle(tmp_path: Path) -> None:
    """An offset at which no record begins is damage."""
    capture = write_everything(tmp_path)[0]
    with pytest.raises(DamagedRecord, match="no whole gzip member"):
        open_record(tmp_path / "archive", dataclasses.replace(capture.where, offset=capture.where.offset + 1))


def test_a_capture_without_its_metadata(tmp_path: Path) -> None:
    """Where the metadata record was lost, sha256 and length are found by reading the payload."""
    writer = make_writer(tmp_path)
    body = b"4\r\nabcd\r\n0\r\n\r\n"
    exchange = make_exchange(body, head=CHUNKED, payload=b"abcd")
    capture = writer.write_exchange(exchange, Context(hops="C"))
    writer.write_resource(Resource(uri="urn:x:a", mime="text/x", payload=b"# hi", at=AT), Context())
    writer.close()
    records = [each for each in read_records(tmp_path / "archive" / NAME) if each.kind != "metadata"]
    found: list[Capture] = list(captures(records))
    assert (found[0].payload_sha256, found[0].payload_length) == (capture.payload_sha256, 4)
    assert found[0] == dataclasses.replace(capture, hops="", duration_ms=0, mime=None)
    assert found[1].payload_length == 4


def test_a_failed_attempt_with_every_field(tmp_path: Path) -> None:
    """What is known of an attempt without an answer comes back too."""
    failed = failed_exchange(
        error=Reason.TLS_ERROR, error_text="x", ip="::1", truncated=Truncation.TIME, request=REQUEST, via=Via.MEMENTO
    )
    writer = make_writer(tmp_path)
    capture = writer.write_exchange(failed, Context(via="http://a.test/", hops="C"))
    writer.close()
    assert list(captures(read_records(tmp_path / "archive" / NAME))) == [capture]
