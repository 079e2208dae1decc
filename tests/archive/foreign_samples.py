"""WARC files as others make them: by warcio's own writer, and by hand as Heritrix and Browsertrix do."""

from __future__ import annotations

import base64
import gzip
import hashlib
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = b"<p>Kept by somebody else.</p>"


def warcio_file(path: Path, *, version: str = "WARC/1.1", gzipped: bool = True, url: str = "http://a.test/x") -> Path:
    """A warcinfo, a request, a response and a revisit of it, by warcio."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzipped, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another"}))
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        response = writer.create_warc_record(url, "response", payload=BytesIO(HTML), http_headers=head)
        request_head = StatusAndHeaders("GET /x HTTP/1.1", [("Host", "a.test")], is_http_request=True)
        request = writer.create_warc_record(url, "request", http_headers=request_head)
        writer.write_request_response_pair(request, response)
        digest = response.rec_headers.get_header("WARC-Payload-Digest")
        date = response.rec_headers.get_header("WARC-Date")
        revisit = writer.create_revisit_record(url + "/again", digest, url, date, http_headers=head)
        revisit.rec_headers.add_header("WARC-Refers-To", response.rec_headers.get_header("WARC-Record-ID"))
        writer.write_record(revisit)
        for each in (request, response, revisit):
            each.raw_stream.close()  # a temporary file of warcio's
    return path


def record(kind: str, number: int, block: bytes, *headers: str, version: str = "WARC/1.1") -> bytes:
    """A record by hand."""
    lines = [
        version,
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC-Date: 2020-02-03T04:05:06Z",
        *headers,
        f"Content-Length: {len(block)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + block + b"\r\n\r\n"


def response(number: int, url: str, body: bytes = HTML, *headers: str, version: str = "WARC/1.1") -> bytes:
    """A response by hand, with its payload digest."""
    digest = "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    about = (f"WARC-Target-URI: {url}", "Content-Type: application/http; msgtype=response",
             f"WARC-Payload-Digest: {digest}", *headers)  # fmt: skip
    return record("response", number, block, *about, version=version)


def browsertrix_like() -> list[bytes]:
    """A capture, what Browsertrix says of the page, and a metadata record as Heritrix writes it."""
    page = "Content-Type: application/json", "WARC-Target-URI: urn:pageinfo:http://h.test/page"
    crawl = "Content-Type: application/warc-fields", "WARC-Target-URI: http://h.test/page"
    concurrent = "WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000001>"
    return [
        response(1, "http://h.test/page"),
        record("resource", 2, b'{"pageid": 1}', *page),
        record("metadata", 3, b"via: http://h.test/\r\nhopsFromSeed: LLE\r\npayloadSha256: 00\r\n", *crawl, concurrent),
    ]


def members(records: list[bytes]) -> bytes:
    """A gzip member a record."""
    return b"".join(map(gzip.compress, records))
