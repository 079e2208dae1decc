"""The walk that finds fault with records."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.verify_faults import FaultKind
from archive.verify_records import Damage, Seen, _Chunks, walk
from crawler.wire import Dechunker

K = FaultKind
HTTP = "application/http; msgtype=response"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def sha1(data: bytes) -> str:
    """A digest as WARC headers label it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def member(block: bytes, content_type: str = "text/plain", end: bytes = b"\r\n\r\n", **headers: str | None) -> bytes:
    """A record in a gzip member; headers by name, `_` for `-`, None to leave one out."""
    known: dict[str, str | None] = {
        "WARC-Type": "response" if content_type == HTTP else "resource",
        "WARC-Record-ID": f"<urn:uuid:{sha1(block)[5:15]}>",
        "WARC-Date": "2026-11-22T14:00:00.000000Z",
        "Content-Type": content_type,
        "Content-Length": str(len(block)),
        "WARC-Block-Digest": sha1(block),
    }
    known |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in known.items() if value is not None]
    return gzip.compress("\r\n".join(["WARC/1.1", *lines, "", ""]).encode() + block + end)


def walked(data: bytes) -> list[Seen | Damage]:
    """Everything the walk finds."""
    return list(walk(BytesIO(data)))


def faults(data: bytes) -> list[FaultKind]:
    """The kinds of faults of all records; damage counts."""
    found: list[FaultKind] = []
    for each in walked(data):
        found += [K.DAMAGED_RECORD] if isinstance(each, Damage) else [kind for kind, _ in each.faults]
    return found


def test_a_long_record_that_packs_well_ends_where_its_member_does() -> None:
    """Inflated in several pieces, with another record behind it in what was read: not a byte is counted twice."""
    data = member(b"a" * 1_000_000) + member(b"b")
    (first, second) = walked(data)
    assert isinstance(first, Seen)
    assert isinstance(second, Seen)
    assert (first.offset + first.length, second.offset + second.length) == (second.offset, len(data))


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=3000), max_size=5))
def test_whole_records_have_no_fault(blocks: list[bytes]) -> None:
    """Any blocks: each record at its place, its digests right, the members without gap."""
    data = b"".join(map(member, blocks))
    found = walked(data)
    assert [each.faults for each in found if isinstance(each, Seen)] == [()] * len(blocks)
    ends = [each.offset + each.length for each in found if isinstance(each, Seen)]
    assert [0, *ends] == [*(each.offset for each in found), len(data)]


def test_a_large_record_passes_in_pieces() -> None:
    """Ten megabytes of one byte, packed a thousandfold: no piece of it is larger than asked for."""
    [seen] = walked(member(b"x" * 10_000_000))
    assert isinstance(seen, Seen)
    assert (seen.faults, seen.header("content-length")) == ((), "10000000")


@pytest.mark.parametrize(
    ("headers", "kinds"),
    [
        ({"WARC_Block_Digest": sha1(b"other")}, [K.WRONG_DIGEST]),
        ({"WARC_Payload_Digest": sha1(b"other")}, [K.WRONG_DIGEST]),
        ({"WARC_Payload_Digest": sha1(b"abc")}, []),
        ({"WARC_Block_Digest": "md5:XYZ"}, []),
        ({"WARC_Block_Digest": None}, []),
        ({"WARC_Type": None}, [K.WRONG_HEADER]),
        ({"WARC_Date": "yesterday"}, [K.WRONG_HEADER]),
        ({"WARC_Record_ID": "urn:uuid:1"}, [K.WRONG_HEADER]),
        ({"Content_Length": "2"}, [K.WRONG_HEADER, K.WRONG_DIGEST]),
        ({"Content_Length": "4"}, [K.WRONG_HEADER, K.WRONG_DIGEST]),
        ({"Content_Length": "99"}, [K.DAMAGED_RECORD]),
        ({"Content_Length": "-1"}, [K.DAMAGED_RECORD]),
        ({"Content_Length": None}, [K.DAMAGED_RECORD]),
    ],
)
def test_faults_of_one_record(headers: dict[str, str | None], kinds: list[FaultKind]) -> None:
    """Each promise a header makes is held against the bytes."""
    assert faults(member(b"abc", "text/plain", b"\r\n\r\n", **headers)) == kinds


def test_records_in_a_damaged_body_are_none_of_the_file() -> None:
    """Behind damage only what names the warcinfo record of the file counts; a WARC in a body names another."""
    first = member(b"software: x\r\n", WARC_Type="warcinfo", WARC_Record_ID="<urn:uuid:info>")
    own = {"WARC_Warcinfo_ID": "<urn:uuid:info>"}
    hidden = member(b"forged", WARC_Warcinfo_ID="<urn:uuid:other>")
    data = first + b"\x1f\x8b\x08 damaged" + hidden + member(b"next", **own)
    info, damage, found = walked(data)
    assert isinstance(info, Seen)
    assert isinstance(damage, Damage)
    assert isinstance(found, Seen)
    assert (damage.offset, damage.end) == (len(first), found.offset)
    assert found.header("WARC-Block-Digest") == sha1(b"next")


def test_what_rows_are_drawn_from_is_kept_whole() -> None:
    """A survey's record of more than a megabyte, in whatever pieces it comes; of a record of others nothing."""
    block = b"surveyed: html\r\n" + b"outlink: http://a.test/ E img/@src role=image\r\n" * 20_000
    [seen] = walked(member(block, "application/warc-fields", WARC_Type="metadata"))
    assert isinstance(seen, Seen)
    assert seen.about == block
    [seen] = walked(member(block, "text/plain", WARC_Type="metadata"))
    assert isinstance(seen, Seen)
    assert seen.about == b""


def test_the_end_of_a_record_is_two_line_ends() -> None:
    """Nothing less, nothing more."""
    assert faults(member(b"abc", end=b"\r\n")) == [K.WRONG_HEADER]
    assert faults(member(b"abc", end=b"\r\n\r\n\r\n")) == [K.WRONG_HEADER]


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5;a=b\r\nhello\r\n06\r\n world\r\n0\r\nTrailer: x\r\n\r\n", b"hello world"),
        (b"5\r\nhel", b"hel"),
        (b"5\r\nhelloXX\r\n", b"hello"),
        (b"zz\r\nhello", b""),
        (b"", b""),
    ],
)
def test_chunks_are_no_payload(body: bytes, payload: bytes) -> None:
    """The payload digest is of what is left when the chunked coding is undone, cut off or broken as it may be."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
    assert faults(member(head + body, HTTP, WARC_Payload_Digest=sha1(payload))) == []
    assert faults(member(head + body, HTTP, WARC_Payload_Digest=sha1(payload + b"!"))) == [K.WRONG_DIGEST]


FRAGMENTS = [b"5\r\nhello\r\n", b"0\r\n\r\n", b"3;x\nabc\n", b"zz", b"\r\n", b"1\r\n", b"ab", b"0f\r\n"]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(FRAGMENTS)), st.integers(1, 7))
def test_chunks_are_undone_as_on_the_wire(parts: list[bytes], size: int) -> None:
    """The crawler's reading of chunks, and this one, which knows nothing of it, come to the same payload."""
    data = b"".join(parts)
    theirs, ours = Dechunker(), _Chunks()
    expected = theirs.feed(data)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(map(ours.feed, pieces)) == expected


def test_a_revisit_carries_the_digest_of_another() -> None:
    """Its payload digest is not of its own block (WARC/1.1 section 6.7.2)."""
    data = member(HEAD, HTTP, WARC_Type="revisit", WARC_Payload_Digest=sha1(b"elsewhere"))
    assert faults(data) == []


def test_a_head_without_end() -> None:
    """An HTTP head that was cut off is all head: its payload is empty."""
    assert faults(member(b"HTTP/1.1 200 OK\r\nServer: x", HTTP, WARC_Payload_Digest=sha1(b""))) == []


def test_damage_costs_what_is_damaged() -> None:
    """Garbage, a torn member, a member of something else: told with its place, and the next record is found."""
    good = member(b"good")
    torn = member(random.Random(1).randbytes(5000))[:-20]
    strange = gzip.compress(b"not a record")
    for damage in (b"garbage", torn, strange, b"\x1f\x8b\x08 no gzip", b"\0" * 600_000):
        found = walked(good + damage + good)
        assert [type(each) for each in found] == [Seen, Damage, Seen]
        assert found[1].offset == len(good)
        assert found[2].offset == len(good + damage)


@settings(max_examples=100)
@given(st.binary(max_size=400), st.integers(0, 400), st.binary(max_size=20))
def test_any_bytes_can_be_walked(data: bytes, at: int, damage: bytes) -> None:
    """No input raises or hangs."""
    good = member(b"good")
    walked(data)
    walked(good[:at] + damage + good[at:] + data + good)
