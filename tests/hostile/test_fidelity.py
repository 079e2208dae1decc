"""Every byte in and out, as the server logged it, against what the WARC holds; and what other readers make of it.

One crawl, by the real program, of every answer in `tests.hostile.answers`, over http and https.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
import trustme
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.end_to_end.test_retry_after import page_with
from tests.hostile.answers import NOTHING, ROWS, answer_to, sha1
from tests.web.byte_server import CLOSE, ByteServer, Logged, ok

SCHEMES = ("http", "https")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The records of one URL, as warcio gives them: headers and blocks."""

    headers: dict[str, dict[str, str]]
    blocks: dict[str, bytes]

    @property
    def fields(self) -> dict[str, str]:
        """Of the metadata record."""
        lines = self.blocks["metadata"].decode().splitlines()
        return dict(line.split(": ", 1) for line in lines)


@dataclass(frozen=True, kw_only=True)
class Crawled:
    """What the servers saw, and the collection that came of it."""

    log: dict[str, list[Logged]]  # by URL
    kept: dict[str, Kept]
    reasons: dict[str, str]
    warcs: list[Path]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """All answers, crawled once."""
    folder = tmp_path_factory.mktemp("fidelity")
    certificate = trustme.CA().issue_cert("127.0.0.2")
    with ByteServer() as plain, ByteServer("127.0.0.2", certificate=certificate) as secure:
        urls = [url for web in (plain, secure) for url in serve(web)]
        pages = page_with(folder / "pages", *urls)
        done = sourcekeep("crawl", pages, "-c", folder / "c", "--json", "--no-extract", *FAST, "-sSOURCEKEEP_TRIES=1")
        assert report_of(done)["exit_code"] == 0, done.stderr
        log = {url: web.entries(url) for web in (plain, secure) for url in urls if url.startswith(web.url("/"))}
    (ledger,) = (folder / "c").glob("runs/*/ledger.csv")
    with ledger.open(newline="") as file:
        reasons = {row["url"]: row["reason"] for row in csv.DictReader(file)}
    warcs = sorted((folder / "c").glob("archive/*.warc.gz"))
    return Crawled(log=log, kept=read_with_warcio(warcs), reasons=reasons, warcs=warcs)


def serve(web: ByteServer) -> Iterator[str]:
    """Puts every answer on the server; their URLs."""
    web.on("/robots.txt", ok(b""))
    for name in ROWS:
        answer = answer_to(name, "https" if web.tls else "http")
        web.on(f"/{name}", [answer.sent, *([CLOSE] if answer.close else [])])
        yield web.url(f"/{name}")


def read_with_warcio(warcs: list[Path]) -> dict[str, Kept]:
    """Every record about a URL, its block unparsed."""
    kept: dict[str, Kept] = {}
    for warc in warcs:
        with warc.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True):
                if record.rec_headers.get_header("WARC-Refers-To"):
                    continue  # says something of a page, and is no capture
                url = record.rec_headers.get_header("WARC-Target-URI") or ""
                one = kept.setdefault(url, Kept(headers={}, blocks={}))
                assert record.rec_type not in one.headers, f"two {record.rec_type} records of {url}"
                one.headers[record.rec_type] = dict(record.rec_headers.headers)
                one.blocks[record.rec_type] = record.raw_stream.read()
    return kept


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    """Both."""
    return str(request.param)


def found(crawled: Crawled, scheme: str, name: str) -> tuple[str, Logged, Kept]:
    """The URL of a row, what its server logged, and what was kept."""
    (url,) = (each for each in crawled.log if each.startswith(f"{scheme}:") and each.endswith(f"/{name}"))
    (logged,) = crawled.log[url]
    return url, logged, crawled.kept[url]


@pytest.mark.parametrize("name", ROWS)
def test_records_hold_what_went_over_the_wire(crawled: Crawled, scheme: str, name: str) -> None:
    """Request and response, byte for byte; what was set aside is in the metadata record, what is surplus nowhere."""
    answer = answer_to(name, scheme)
    url, logged, kept = found(crawled, scheme, name)
    assert bytes(logged.sent) == answer.sent
    assert kept.blocks["request"] == logged.request
    assert logged.request.startswith(b"GET /%b HTTP/1.1\r\nHost: 127.0.0." % name.encode())
    assert set(kept.blocks) == {"request", "metadata", answer.kind}
    if answer.kind == "response":
        assert kept.blocks["response"] == answer.block
    assert unquote_to_bytes(kept.fields.get("interimHeads", "")) == answer.aside
    assert (kept.fields.get("error"), kept.fields.get("note")) == (answer.error, answer.note)
    assert crawled.reasons[url] == answer.outcome


@pytest.mark.parametrize("name", [name for name in ROWS if answer_to(name, "http").kind == "response"])
def test_record_headers_tell_the_truth(crawled: Crawled, scheme: str, name: str) -> None:
    """Digests made anew of the bytes sent, length, truncation, address, protocols."""
    answer = answer_to(name, scheme)
    _, _, kept = found(crawled, scheme, name)
    headers = kept.headers["response"]
    assert headers["WARC-Block-Digest"] == sha1(answer.block)
    assert headers["WARC-Payload-Digest"] == sha1(answer.payload)
    assert headers["Content-Length"] == str(len(answer.block))
    assert headers.get("WARC-Truncated") == answer.truncated
    assert headers["WARC-IP-Address"] == ("127.0.0.1" if scheme == "http" else "127.0.0.2")
    assert ("WARC-Cipher-Suite" in headers) == (scheme == "https")
    assert kept.headers["request"]["WARC-Block-Digest"] == sha1(kept.blocks["request"])
    assert kept.fields["payloadSha256"] == hashlib.sha256(answer.payload).hexdigest()
    assert kept.fields["payloadLength"] == str(len(answer.payload))


@pytest.mark.parametrize("kind", ["request", "response", "metadata", "warcinfo"])
def test_fastwarc_reads_the_same_blocks(crawled: Crawled, kind: str) -> None:
    """Two readers that share no code find the same bytes under the same ids, and the same block digests right."""
    ours = {
        kept.headers[kind]["WARC-Record-ID"]: (block, True)
        for kept in crawled.kept.values()
        if (block := kept.blocks.get(kind)) is not None and kind != "warcinfo"
    }
    theirs = {}
    for warc in crawled.warcs:
        for record in FastIterator(str(warc), record_types=getattr(WarcRecordType, kind), parse_http=False):
            right = record.verify_block_digest() if record.headers.get("WARC-Block-Digest") else None
            theirs[record.headers["WARC-Record-ID"]] = (record.reader.read(), right)
    if kind == "warcinfo":
        assert len(theirs) == len(crawled.warcs)
    else:
        assert {key: theirs.get(key) for key in ours} == ours


Payloads = dict[str, bytes | str]


def payloads_by_warcio(crawled: Crawled) -> Payloads:
    """The payload warcio gives of each response, chunks undone by its own reader, content codings left on."""
    payloads: Payloads = {}
    for warc in crawled.warcs:
        with warc.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response":
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    payloads[url] = attempt(lambda record=record: payload_by_warcio(record))
    return payloads


def payload_by_warcio(record: Any) -> bytes:
    """As its `content_stream` does, but for Content-Encoding."""
    coding = record.http_headers.get_header("Transfer-Encoding") or ""
    if coding.lower() != "chunked":
        return bytes(record.raw_stream.read())
    return bytes(ChunkedDataReader(record.raw_stream, decomp_type=None).read())


def payloads_by_fastwarc(crawled: Crawled) -> Payloads:
    """The same by fastwarc, each record by an iterator of its own: what it cannot parse ends one."""
    payloads: Payloads = {}
    for warc in crawled.warcs:
        places = {
            record.headers["WARC-Target-URI"]: record.stream_pos
            for record in FastIterator(str(warc), record_types=WarcRecordType.response, parse_http=False)
        }
        for url, place in places.items():
            payloads[url] = attempt(lambda place=place, warc=warc: payload_by_fastwarc(warc, place))
    return payloads


def payload_by_fastwarc(warc: Path, place: int) -> bytes:
    """Of the response that lies there."""
    with warc.open("rb") as file:
        file.seek(place)
        record = next(iter(FastIterator(file, record_types=WarcRecordType.response, auto_decode="transfer")))
        return bytes(record.reader.read())


def attempt(read: Callable[[], bytes]) -> bytes | str:
    """The bytes, or that there are none to be had."""
    try:
        return read()
    except Exception:  # noqa: BLE001
        return NOTHING


@pytest.mark.parametrize("reader", ["warcio", "fastwarc"])
def test_what_other_readers_make_of_the_payloads(crawled: Crawled, reader: str) -> None:
    """The payload our digest is of, or what the table says they give in its place."""
    give = payloads_by_warcio if reader == "warcio" else payloads_by_fastwarc
    payloads = give(crawled)
    differing = {}
    for scheme in SCHEMES:
        for name in ROWS:
            answer = answer_to(name, scheme)
            if answer.kind == "response":
                url, _, _ = found(crawled, scheme, name)
                wanted = getattr(answer, reader)
                given = payloads.get(url, NOTHING)
                if given != (answer.payload if wanted is None else wanted):
                    differing[scheme, name] = given[:200]
    assert differing == {}


def test_credentials_are_nowhere_in_the_collection(tmp_path: Path) -> None:
    """Headers that a setting adds go out, to robots.txt too, and their values are in no file; the WARC says so."""
    canary = "k4n4ri3nv0gel"
    headers = {"Authorization": f"Bearer {canary}", "Cookie": f"session={canary}", "Proxy-Authorization": canary}
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/a", ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        setting = f"-sDEFAULT_REQUEST_HEADERS={json.dumps(headers)}"
        done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", "--no-extract", setting, *FAST)
        sent = [entry.request for entry in web.log]
    assert report_of(done)["exit_code"] == 0, done.stderr
    assert [request.count(canary.encode()) for request in sent] == [2, 2]
    files = [path for path in (tmp_path / "c").rglob("*") if path.is_file()]
    contents = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    assert [path for path, content in zip(files, contents, strict=True) if canary.encode() in content] == []
    assert canary not in done.stdout + done.stderr
    kept = read_with_warcio(sorted((tmp_path / "c").glob("archive/*.warc.gz")))[web.url("/a")]
    redacted = sent[-1].replace(f"Bearer {canary}".encode(), b"[removed]")
    assert kept.blocks["request"] == redacted.replace(f"session={canary}".encode(), b"[removed]")
    assert kept.fields["requestHeadersRemoved"] == "authorization, cookie"


def test_verify_agrees(crawled: Crawled) -> None:
    """Our own judge of the collection finds nothing wrong with it."""
    done = sourcekeep("verify", "-c", crawled.warcs[0].parents[1])
    assert done.returncode == 0, done.stdout
