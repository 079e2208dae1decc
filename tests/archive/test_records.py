"""Records: what stands in their headers, and that nothing can be forged through a value."""

from __future__ import annotations

import gzip
from io import BytesIO

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.model import Capture, Context, Reason, RecordKind, RecordRef, Resource, Tls, Truncation, Via
from archive.records import (
    IDENTICAL,
    NOT_MODIFIED,
    NewRecord,
    conversion_record,
    exchange_records,
    head_bytes,
    metadata_record,
    resource_records,
    warc_fields,
    warcinfo,
)
from archive.urls import LONGEST
from tests.archive.exchanges import AT, REQUEST, counted_ids, failed_exchange, make_exchange, sha1

WHERE = RecordRef(warc="a.warc.gz", offset=1, length=2)


def values(record: NewRecord, name: str) -> list[str]:
    """All values of a header."""
    return [value for each, value in record.headers if each == name]


def serialised(record: NewRecord) -> bytes:
    """The record's bytes; a body is read."""
    body = record.body.read() if record.body is not None else b""
    return head_bytes(record, warcinfo_id="urn:uuid:i") + record.block + body + b"\r\n\r\n"


def capture(**fields: object) -> Capture:
    """A capture that a revisit can refer to."""
    known = {
        "record_id": "urn:uuid:first", "kind": RecordKind.RESPONSE, "url": "http://example.test/first", "at": AT,
        "status": 200, "mime": "text/html", "payload_sha1": sha1(b"same"), "payload_sha256": "ab", "payload_length": 4,
        "where": WHERE,
    }  # fmt: skip
    return Capture(**(known | fields))  # type: ignore[arg-type]


def test_response() -> None:
    """A response carries its block as it came, both digests, the address, protocols, cipher, and its companions."""
    tls = Tls(version="tls/1.3", cipher="TLS_AES_256_GCM_SHA384", verified=False, problem="expired")
    exchange = make_exchange(b"hello", tls=tls, truncated=Truncation.TIME, url="https://example.test/a b")
    response, request, metadata = exchange_records(exchange, Context(), new_id=counted_ids())
    assert serialised(response) == (
        b"WARC/1.1\r\n"
        b"WARC-Type: response\r\n"
        b"WARC-Record-ID: <%s>\r\n"
        b"WARC-Target-URI: https://example.test/a%%20b\r\n"
        b"WARC-Date: 2024-02-29T12:34:56.789012Z\r\n"
        b"WARC-IP-Address: 127.0.0.1\r\n"
        b"WARC-Protocol: http/1.1\r\n"
        b"WARC-Protocol: tls/1.3\r\n"
        b"WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384\r\n"
        b"WARC-Concurrent-To: <%s>\r\n"
        b"WARC-Concurrent-To: <%s>\r\n"
        b"WARC-Truncated: time\r\n"
        b"WARC-Block-Digest: %s\r\n"
        b"WARC-Payload-Digest: %s\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
        b"WARC-Warcinfo-ID: <urn:uuid:i>\r\n"
        b"Content-Length: 83\r\n"
        b"\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello\r\n\r\n"
    ) % tuple(
        each.encode()
        for each in (
            response.record_id, request.record_id, metadata.record_id, exchange.block_sha1, exchange.payload_sha1,
        )
    )  # fmt: skip


def test_request_and_metadata() -> None:
    """The request is as sent; the metadata says what HTTP does not; both name the response."""
    tls = Tls(version="tls/1.2", cipher="", verified=False, problem="wrong host")
    context = Context(
        via="新闻/a.md", hops="PC", page_url="http://example.test/", outlinks=("http://a.test/", "http://b.test/é")
    )
    exchange = make_exchange(b"x", tls=tls, interim=b"HTTP/1.1 103 Early Hints\r\nA: 100%\r\n\r\n", via=Via.MEMENTO)
    response, request, metadata = exchange_records(exchange, context, new_id=counted_ids())
    assert request.block == REQUEST
    assert (
        values(request, "WARC-Concurrent-To") == values(metadata, "WARC-Concurrent-To") == [f"<{response.record_id}>"]
    )
    assert metadata.block.decode() == (
        "via: 新闻/a.md\r\nhopsFromSeed: PC\r\nneededBy: http://example.test/\r\nfetchTimeMs: 12\r\n"
        f"retrievedVia: memento\r\npayloadSha256: {exchange.payload_sha256}\r\npayloadLength: 1\r\n"
        "tlsVerified: false\r\ntlsProblem: wrong host\r\n"
        "interimHeads: HTTP/1.1%20103%20Early%20Hints%0D%0AA:%20100%25%0D%0A%0D%0A\r\n"
        "outlink: http://a.test/\r\noutlink: http://b.test/%C3%A9\r\n"
    )


def test_attempt_without_answer() -> None:
    """An attempt that gave no answer is a metadata record with the error, and the request if one went out."""
    failed = failed_exchange(error=Reason.CONN_RESET, error_text="reset\r\nby peer")
    metadata, request = exchange_records(failed, Context(), new_id=counted_ids())
    assert (metadata.kind, request.kind) == ("metadata", "request")
    assert metadata.block == "fetchTimeMs: 12\r\nerror: conn_reset\r\nerrorText: reset\ufffd\ufffdby peer\r\n".encode()
    assert values(metadata, "WARC-Concurrent-To") == [f"<{request.record_id}>"]
    (alone,) = exchange_records(failed_exchange(request=b"", error=Reason.DNS_GONE), Context(), new_id=counted_ids())
    assert alone.kind == "metadata"


def test_identical_payload_revisit() -> None:
    """The same payload again is a revisit with the head alone, and says of what (WARC/1.1 section 6.7.2)."""
    exchange = make_exchange(b"same")
    revisit = exchange_records(exchange, Context(), new_id=counted_ids(), refers_to=capture())[0]
    assert revisit.kind == "revisit"
    assert revisit.block == exchange.response_head
    assert revisit.length == len(exchange.response_head)
    assert values(revisit, "WARC-Profile") == [IDENTICAL]
    assert values(revisit, "WARC-Refers-To") == ["<urn:uuid:first>"]
    assert values(revisit, "WARC-Refers-To-Target-URI") == ["http://example.test/first"]
    assert values(revisit, "WARC-Refers-To-Date") == ["2024-02-29T12:34:56.789012Z"]
    assert values(revisit, "WARC-Payload-Digest") == [exchange.payload_sha1]
    assert values(revisit, "WARC-Truncated") == ["length"]
    assert values(revisit, "WARC-Block-Digest") == [sha1(exchange.response_head)]


def test_not_modified_revisit() -> None:
    """A 304 is a revisit with an empty block and the payload digest of what it stands for."""
    exchange = make_exchange(head=b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", status=304)
    revisit, _, metadata = exchange_records(exchange, Context(), new_id=counted_ids(), refers_to=capture())
    assert (revisit.kind, revisit.length) == ("revisit", 0)
    assert values(revisit, "WARC-Profile") == [NOT_MODIFIED]
    assert values(revisit, "WARC-Payload-Digest") == [sha1(b"same")]
    assert values(revisit, "WARC-Truncated") == []
    assert b"responseHead: HTTP/1.1%20304%20Not%20Modified%0D%0AETag:%20x%0D%0A%0D%0A\r\n" in metadata.block
    assert b"payloadSha256: ab\r\npayloadLength: 4\r\n" in metadata.block


def test_revisit_of_a_revisit_names_the_original() -> None:
    """A revisit never points at another revisit, which holds no payload."""
    again = capture(kind=RecordKind.REVISIT, record_id="urn:uuid:second", refers_to="urn:uuid:first")
    revisit = exchange_records(make_exchange(b"same"), Context(), new_id=counted_ids(), refers_to=again)[0]
    assert values(revisit, "WARC-Refers-To") == ["<urn:uuid:first>"]
    assert values(revisit, "WARC-Refers-To-Date") == []


@pytest.mark.parametrize(
    ("exchange", "original"),
    [
        (make_exchange(b"other"), capture()),
        (make_exchange(b"same", truncated=Truncation.DISCONNECT), capture()),
        (make_exchange(b"same", error=Reason.CONN_RESET), capture()),
        (make_exchange(b"same"), capture(truncated=Truncation.LENGTH)),
        (make_exchange(b"same"), capture(payload_sha1=None)),
    ],
)
def test_no_revisit(exchange: object, original: Capture) -> None:
    """What is not the same whole payload is kept whole, whatever the caller hoped."""
    assert exchange_records(exchange, Context(), new_id=counted_ids(), refers_to=original)[0].kind == "response"  # type: ignore[arg-type]


def test_an_answer_must_have_its_digests() -> None:
    """A response without digests is a fault of ours, and is not written."""
    with pytest.raises(ValueError, match="digests"):
        exchange_records(make_exchange(b"x", payload_sha1=None), Context(), new_id=counted_ids())


def test_resource() -> None:
    """A page from disk is a resource record, with a metadata record beside it."""
    page = Resource(uri="urn:sourcekeep:page:新", mime="text/markdown", payload=b"# hi", at=AT)
    record, metadata = resource_records(page, Context(via="home", hops="P"), new_id=counted_ids())
    assert (record.kind, record.block) == ("resource", b"# hi")
    assert b"WARC-Target-URI: urn:sourcekeep:page:%E6%96%B0\r\n" in head_bytes(record, warcinfo_id=None)
    assert values(record, "WARC-Payload-Digest") == values(record, "WARC-Block-Digest") == [sha1(b"# hi")]
    assert metadata.block.startswith(b"via: home\r\nhopsFromSeed: P\r\npayloadSha256: ")


def test_metadata_and_conversion() -> None:
    """Texts of our own refer to the record they are about; a conversion goes under a urn: or not at all."""
    text = Resource(uri="urn:sourcekeep:event:a", mime="application/json", payload=b"{}", at=AT)
    assert values(metadata_record(text, record_id="urn:uuid:m", about="urn:uuid:r"), "WARC-Refers-To") == [
        "<urn:uuid:r>"
    ]
    assert values(metadata_record(text, record_id="urn:uuid:m", about=None), "WARC-Refers-To") == []
    conversion = conversion_record(text, record_id="urn:uuid:c", refers_to="urn:uuid:r")
    assert values(conversion, "WARC-Refers-To") == ["<urn:uuid:r>"]
    published = Resource(uri="http://example.test/", mime="text/plain", payload=b"", at=AT)
    with pytest.raises(ValueError, match="urn:"):
        conversion_record(published, record_id="urn:uuid:c", refers_to="urn:uuid:r")


def test_warcinfo() -> None:
    """A file begins with what made it and what it conforms to; fields without a value are left out."""
    record = warcinfo({"software": "s/1", "operator": ""}, record_id="urn:uuid:i", at=AT, filename="a.warc.gz")
    assert record.block.startswith(b"format: WARC File Format 1.1\r\nconformsTo: http")
    assert record.block.endswith(b"software: s/1\r\n")
    assert values(record, "WARC-Filename") == ["a.warc.gz"]
    assert b"WARC-Warcinfo-ID" not in head_bytes(record, warcinfo_id=None)


HOSTILE = st.one_of(
    st.text(alphabet=st.characters()),  # lone surrogates too
    st.lists(
        st.sampled_from([
            "\r", "\n", "\r\n", "\r\n\r\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\ud800", " ", "\t", ":",
            "X-Forged: 1", "WARC/1.1", "WARC-Type: response", "Content-Length: 0", "<", ">", "%0d%0a", "é", "新", "a",
            "HTTP/1.1 200 OK",
        ])
    ).map("".join),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(HOSTILE, min_size=8, max_size=8), HOSTILE.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_value_can_forge_anything(hostile: list[str], body: bytes) -> None:
    """Whatever stands in URLs, messages, ciphers and bodies: two independent readers find our records and no others."""
    url, via, problem, cipher, error, outlink, uri, mime = hostile
    exchange = make_exchange(
        body, url="http://example.test/" + url, ip=cipher or None, protocol=problem or None,
        error=Reason.TIMEOUT, error_text=error, tls=Tls(version=cipher, cipher=cipher, verified=False, problem=problem),
    )  # fmt: skip
    context = Context(via=via, hops=error, page_url=url, outlinks=(outlink,))
    page = Resource(uri="urn:x:" + uri, mime=mime, payload=body, at=AT)
    revisit = exchange_records(exchange, context, new_id=counted_ids(), refers_to=capture(url=url, record_id=via))
    records = [
        warcinfo({problem: error}, record_id="urn:uuid:i", at=AT, filename=uri),
        *exchange_records(exchange, context, new_id=counted_ids()),
        *revisit,
        *resource_records(page, context, new_id=counted_ids()),
        metadata_record(page, record_id="urn:uuid:m", about=via),
        conversion_record(page, record_id="urn:uuid:c", refers_to=url),
    ]
    warc = b"".join(
        gzip.compress(serialised(record)) for record in records if not record.body or record.body.seek(0) == 0
    )
    assert _as_warcio_reads(warc) == _as_fastwarc_reads(warc) == _as_we_meant(records)


def _as_we_meant(records: list[NewRecord]) -> list[tuple[str, list[str], bytes]]:
    last = ["WARC-Warcinfo-ID", "Content-Length"]
    return [
        (
            record.kind,
            ["WARC-Type", "WARC-Record-ID", *(name for name, _ in record.headers), *last],
            serialised(record).partition(b"\r\n\r\n")[2][:-4] if _rewound(record) else b"",
        )
        for record in records
    ]


def _rewound(record: NewRecord) -> bool:
    return record.body is None or record.body.seek(0) == 0


def _as_warcio_reads(warc: bytes) -> list[tuple[str, list[str], bytes]]:
    return [
        (record.rec_type, [name for name, _ in record.rec_headers.headers], record.raw_stream.read())
        for record in ArchiveIterator(BytesIO(warc), no_record_parse=True)
    ]


def _as_fastwarc_reads(warc: bytes) -> list[tuple[str, list[str], bytes]]:
    return [
        (str(record.record_type), list(record.headers.keys()), record.reader.read())
        for record in FastIterator(BytesIO(warc), parse_http=False)
    ]


@given(st.lists(st.tuples(HOSTILE, HOSTILE)))
def test_warc_fields_have_one_line_each(fields: list[tuple[str, str]]) -> None:
    """A block of fields has a line a field, whatever the values."""
    lines = warc_fields(tuple(fields)).split(b"\r\n")
    assert len(lines) == len(fields) + 1
    assert b"\n" not in b"".join(lines)


def test_a_very_long_url() -> None:
    """A URL nobody can read back in a header keeps its beginning and a digest; the longest we follow stay whole."""
    longest, too_long = ("http://example.test/" + "a" * (size - 20) for size in (LONGEST, 100_000))
    for url, expected in ((longest, longest), (too_long, too_long[: LONGEST - 50] + "#" + sha1(too_long.encode()))):
        original = capture(url=url, record_id="urn:uuid:" + "x" * 36)
        exchange = make_exchange(b"same", url=url, protocol="新" * 9999, ip="新" * 9999)
        records = exchange_records(exchange, Context(), new_id=counted_ids(), refers_to=original)
        warc = b"".join(gzip.compress(serialised(record)) for record in records)
        assert [each.rec_headers.get_header("WARC-Target-URI") for each in ArchiveIterator(BytesIO(warc))] == [
            expected
        ] * 3
        assert [each.headers["WARC-Target-URI"] for each in FastIterator(BytesIO(warc), parse_http=False)] == [
            expected
        ] * 3
