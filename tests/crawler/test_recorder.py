"""What the recording handler keeps of servers that behave, misbehave and die, against the server's own log."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from archive.model import Exchange, Reason, Truncation
from crawler.recorder import Refused
from crawler.wire import HEAD_LIMIT
from tests.web.byte_server import CLOSE, HANG, RESET, ByteServer, Pause, Script, ok
from tests.web.client import SHELF, Client, client


@pytest.fixture
def web() -> Iterator[ByteServer]:
    """A server that answers as each test wants it to."""
    with ByteServer() as server:
        yield server


@pytest.fixture
async def browser() -> AsyncIterator[Client]:
    """A recording client that may go to loopback."""
    async with client() as one:
        yield one


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: Chunked\r\n\r\n"

WHOLE: dict[str, tuple[Script, bytes]] = {
    "length": (ok(b"hello"), b"hello"),
    "empty": (ok(b""), b""),
    "odd head": (
        (
            b"HTTP/1.1  299   Tout va bien \xe9\r\ncONTENT-tYPE:text/html\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
            b"X-Folded: one\r\n\ttwo\r\nno colon at all\r\nBad Name: x\r\nX-Latin: caf\xe9\r\n: nameless\r\n"
            b"Content-Length:   5  \r\n\r\nhello"
        ),
        b"hello",
    ),
    "line feeds only": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", b"hello"),
    "100 kB header line": (OK + b"X-Long: " + b"x" * 100_000 + b"\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "chunked": (CHUNKED + b'5;a="b"\r\nhello\r\n006 \r\n world\r\n0\r\nExpires: never\r\n\r\n', b"hello world"),
    "byte by byte": ([bytes([each]) for each in CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"], b"hello"),
    "1xx first": (
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", Pause(0.01), ok(b"hello")],
        b"hello",
    ),
    "HTTP/1.0 until close": ([b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nhello", CLOSE], b"hello"),
    "HTTP/1.1 until close": ([OK + b"\r\nhel", Pause(0.01), b"lo", CLOSE], b"hello"),
    "twice the same length": (OK + b"Content-Length: 5, 5\r\ncontent-length: 5\r\n\r\nhello", b"hello"),
    "lengths in conflict": ([OK + b"Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello", CLOSE], b"hello"),
    "negative length": ([OK + b"Content-Length: -1\r\n\r\nhello", CLOSE], b"hello"),
    "length and chunked": (
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
    "204 with a length": (b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", b""),
    "304": (b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 7\r\n\r\n', b""),
    "zstd": (ok(b"\x28\xb5\x2f\xfd", b"Content-Encoding: zstd"), b"\x28\xb5\x2f\xfd"),
    "ICY": ([b"ICY 200 OK\r\n\r\nhello", CLOSE], b"hello"),
}


@pytest.mark.parametrize("name", WHOLE)
async def test_whole_answers_are_kept_byte_for_byte(web: ByteServer, browser: Client, name: str) -> None:
    """Whatever they look like: both directions as on the wire, the payload clean, the digests right."""
    script, payload = WHOLE[name]
    web.on("/a?b", script)
    got = await browser.get(web.url("/a?b"), headers={"X-Sent": "caf\xe9", "Accept": ["a", "b"]})
    kept = got.exchange
    assert got.received == bytes(web.log[0].sent)
    assert kept.request == web.log[0].request
    assert got.answer.body == payload
    assert got.answer.flags == []
    assert (kept.truncated, kept.error) == (None, None)
    assert_digests(kept, got.body, payload)


def assert_digests(kept: Exchange, body: bytes, payload: bytes) -> None:
    """They are those of the block and of the payload."""
    assert kept.block_sha1 == sha1(kept.response_head + body)
    assert (kept.payload_sha1, kept.payload_sha256) == (sha1(payload), hashlib.sha256(payload).hexdigest())
    assert (kept.body_length, kept.payload_length) == (len(body), len(payload))


def sha1(data: bytes) -> str:
    """As WARC records spell it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


LOST = (Truncation.DISCONNECT, Reason.TRUNCATED)
CUT: dict[str, tuple[Script, Truncation, Reason]] = {
    "short body": ([OK + b"Content-Length: 9\r\n\r\nhel", CLOSE], *LOST),
    "cut chunk": ([CHUNKED + b"9\r\nhel", CLOSE], *LOST),
    "no last chunk": ([CHUNKED + b"3\r\nhel\r\n", CLOSE], *LOST),
    "reset": ([OK + b"Content-Length: 9\r\n\r\nhel", Pause(0.05), RESET], *LOST),
    "reset until close": ([OK + b"\r\nhel", Pause(0.05), RESET], *LOST),
    "huge length": ([OK + b"Content-Length: 999999999999999999\r\n\r\nhel", CLOSE], *LOST),
    "bad chunk size": (CHUNKED + b"3\r\nhel\r\nzzz\r\n", Truncation.UNSPECIFIED, Reason.PROTOCOL_ERROR),
    "time": ([OK + b"Content-Length: 9\r\n\r\nhel", HANG], Truncation.TIME, Reason.TIMEOUT),
    "time, until close": ([OK + b"\r\nhel", HANG], Truncation.TIME, Reason.TIMEOUT),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
async def test_cut_answers_are_kept_and_marked(web: ByteServer, browser: Client, name: str) -> None:
    """What came is there byte for byte, and says that it is not all."""
    script, truncated, reason = CUT[name]
    web.on("/", script)
    got = await browser.get(web.url("/"), download_timeout=0.4 if truncated is Truncation.TIME else 10)
    assert got.received == bytes(web.log[0].sent)
    assert (got.exchange.truncated, got.exchange.error) == (truncated, reason)
    assert (got.answer.body, got.answer.flags) == (b"hel", ["truncated"])
    assert_digests(got.exchange, got.body, b"hel")


@pytest.mark.parametrize(("limit", "body"), [(5, b"hello"), (4, b"hell")])
async def test_the_size_limit_cuts_exactly(web: ByteServer, limit: int, body: bytes) -> None:
    """A body of just the limit is whole; a longer one is kept up to there."""
    web.on("/", ok(b"hello"))
    async with client(DOWNLOAD_MAXSIZE=limit) as browser:
        got = await browser.get(web.url("/"))
    assert (got.body, got.answer.body) == (body, body)
    assert got.exchange.truncated is (None if limit == 5 else Truncation.LENGTH)
    assert got.exchange.error is (None if limit == 5 else Reason.TOO_LARGE)


async def test_an_endless_body_is_cut(web: ByteServer) -> None:
    """Without a length, at the limit, and the server is left to itself."""
    web.on("/", lambda _: itertools.chain([OK + b"\r\n"], itertools.repeat(b"x" * 65536)))
    async with client(DOWNLOAD_MAXSIZE=3_000_000) as browser:
        got = await browser.get(web.url("/"))
    assert got.body == b"x" * 3_000_000
    assert got.exchange.truncated is Truncation.LENGTH


async def test_endless_headers_are_cut(web: ByteServer, browser: Client) -> None:
    """At 512 KiB, kept and marked, with the status that came first."""
    web.on("/", lambda _: itertools.chain([OK], (b"X-%d: y\r\n" % number for number in itertools.count())))
    got = await browser.get(web.url("/"))
    assert len(got.exchange.response_head) == HEAD_LIMIT
    assert bytes(web.log[0].sent).startswith(got.exchange.response_head)
    assert (got.exchange.truncated, got.exchange.status) == (Truncation.LENGTH, 200)
    assert got.answer.flags == ["truncated"]


NOTHING: dict[str, tuple[Script, Reason, type[Exception]]] = {
    "reset at once": ([RESET], Reason.CONN_RESET, DownloadFailedError),
    "closed at once": ([CLOSE], Reason.CONN_RESET, DownloadFailedError),
    "says nothing": ([HANG], Reason.TIMEOUT, DownloadTimeoutError),
    "slow head": ([*[b"H", Pause(0.2)] * 5], Reason.PROTOCOL_ERROR, DownloadFailedError),
    "head that never ends": ([OK, b"A: b\r\n", HANG], Reason.TIMEOUT, DownloadTimeoutError),
    "head cut off": ([OK + b"A: b", CLOSE], Reason.TRUNCATED, DownloadFailedError),
    "no HTTP": ([b"SSH-2.0-OpenSSH\r\n", HANG], Reason.PROTOCOL_ERROR, DownloadFailedError),
    "HTTP/0.9": ([b"<html>hello</html>", CLOSE], Reason.PROTOCOL_ERROR, DownloadFailedError),
}


@pytest.mark.parametrize("name", NOTHING)
async def test_attempts_without_an_answer_are_told(web: ByteServer, browser: Client, name: str) -> None:
    """Each gives an exchange with its reason, and the exception Scrapy knows it by."""
    script, reason, kind = NOTHING[name]
    web.on("/", script)
    got = await browser.get(web.url("/"), download_timeout=0.5)
    assert isinstance(got.error, kind)
    assert got.exchange.error is reason
    assert got.exchange.error_text
    assert got.exchange.request == web.log[0].request


async def test_credentials_are_sent_and_not_kept(web: ByteServer, browser: Client) -> None:
    """Their values alone are replaced; the exchange names the headers."""
    web.on("/", ok(b"hello"))
    secret = {"Authorization": "Basic c2VjcmV0", "Cookie": ["a=secret", "b=secret"], "X-Open": "y"}
    got = await browser.get(web.url("/"), headers=secret)
    sent = web.log[0].request
    assert sent.count(b"secret") + sent.count(b"c2VjcmV0") == 3
    for value in (b"Basic c2VjcmV0", b"a=secret", b"b=secret"):
        sent = sent.replace(value, b"[removed]")
    assert got.exchange.request == sent
    assert got.exchange.request_removed == ("authorization", "cookie")


@pytest.mark.parametrize(
    ("content_range", "truncated"),
    [
        (b"bytes 0-4/5", None),
        (b"bytes 0-4/*", Truncation.UNSPECIFIED),
        (b"bytes 1-4/5", Truncation.UNSPECIFIED),
        (b"bytes 0-3/5", Truncation.UNSPECIFIED),
        (b"characters 0-4/5", Truncation.UNSPECIFIED),
    ],
)
async def test_a_part_is_whole_if_it_is_all(
    web: ByteServer, browser: Client, content_range: bytes, truncated: Truncation | None
) -> None:
    """Some servers answer 206 to everything. We never ask for a range."""
    web.on("/", ok(b"hello", b"Content-Range: " + content_range, status=b"206 Partial Content"))
    got = await browser.get(web.url("/"))
    assert (got.exchange.truncated, got.exchange.error) == (truncated, Reason.TRUNCATED if truncated else None)


async def test_who_does_not_record_is_not_told_of_flaws(web: ByteServer) -> None:
    """Without SOURCEKEEP_RECORD the handler is as lenient as Scrapy's own: a gzip that is cut is a whole message."""
    web.on("/", ok(b"\x1f\x8b", b"Content-Encoding: gzip"))
    async with client(SOURCEKEEP_RECORD=False) as browser:
        got = await browser.get(web.url("/"))
    assert (got.answer.flags, got.exchange.truncated) == ([], None)


async def test_a_head_cut_off_is_kept(web: ByteServer, browser: Client) -> None:
    """As far as it came, if its status line did."""
    web.on("/", [OK + b"A: b", CLOSE])
    got = await browser.get(web.url("/"))
    assert got.received == OK + b"A: b"
    assert (got.exchange.status, got.exchange.truncated) == (200, Truncation.DISCONNECT)
    assert_digests(got.exchange, b"", b"")


async def test_what_an_exchange_tells(web: ByteServer, browser: Client) -> None:
    """The fields that later rules read, as the server wrote them."""
    headers = (
        b'Content-Type: Text/HTML ; charset="x"', b"Location: /caf\xe9 x", b"Retry-After: 120", b'ETag: W/"1"',
        b"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT",
    )  # fmt: skip
    web.on("/", [b"HTTP/1.0 302 Found\r\n", *[line + b"\r\n" for line in headers], b"\r\n", CLOSE])
    got = await browser.get(web.url("/"))
    kept = got.exchange
    assert (kept.status, kept.mime, kept.location) == (302, "text/html", "/caf\xe9 x")
    assert (kept.retry_after, kept.etag) == ("120", 'W/"1"')
    assert kept.last_modified == "Mon, 01 Jan 2024 00:00:00 GMT"
    assert (kept.ip, kept.protocol, kept.tls) == ("127.0.0.1", "http/1.0", None)
    assert (kept.url, got.answer.status, str(got.answer.ip_address)) == (web.url("/"), 302, "127.0.0.1")
    assert 0 <= kept.duration_ms < 5000


@pytest.mark.parametrize("value", [b"", b"text", b"../../etc/passwd", b"a/b\x1b[31m", b"text/" + b"x" * 200])
async def test_a_mime_type_is_one_or_none(web: ByteServer, browser: Client, value: bytes) -> None:
    """What ends up in file names and tables is no text of the server's choice."""
    web.on("/", ok(b"x", b"Content-Type: " + value))
    assert (await browser.get(web.url("/"))).exchange.mime is None


async def test_head_requests(web: ByteServer, browser: Client) -> None:
    """A length and no body, and the connection goes on."""
    web.on("/", OK + b"Content-Length: 5\r\n\r\n")
    for _ in range(2):
        got = await browser.get(web.url("/"), method="HEAD")
        assert (got.body, got.exchange.truncated) == (b"", None)
    assert web.connections == 1


async def test_post_bodies(web: ByteServer, browser: Client) -> None:
    """Sent and recorded in full."""
    web.on("/", ok(b""))
    got = await browser.get(web.url("/"), method="POST", body=b"x" * 300_000)
    assert got.exchange.request == web.log[0].request
    assert got.exchange.request.endswith(b"x" * 300_000)


# --- connections ---


async def test_connections_are_used_again(web: ByteServer, browser: Client) -> None:
    """After answers whose end was certain."""
    web.on("/", ok(b"hello"))
    web.on("/chunked", CHUNKED + b"1\r\nx\r\n0\r\n\r\n")
    for path in ("/", "/chunked", "/", "/"):
        assert (await browser.get(web.url(path))).answer.status == 200
    assert web.connections == 1


async def test_a_connection_closed_while_at_rest_costs_nothing(web: ByteServer, browser: Client) -> None:
    """The request goes out once more on a new one; the one nobody answered is an exchange of its own."""
    web.on("/", [ok(b"one"), Pause(0.05), CLOSE], ok(b"two"))
    assert (await browser.get(web.url("/"))).answer.body == b"one"
    got = await browser.get(web.url("/"))
    assert got.answer.body == b"two"
    *unanswered, answered = got.exchanges
    assert (answered.request, answered.status) == (web.log[-1].request, 200)
    assert [(each.request, each.status) for each in unanswered] == [(web.log[-1].request, None)] * len(unanswered)


async def test_a_stale_connection_is_tried_once_more_only(web: ByteServer, browser: Client) -> None:
    """The server takes the request and resets: on a used connection again, on a new one never."""
    web.on("/", ok(b"one"), [RESET])
    assert (await browser.get(web.url("/"))).answer.body == b"one"
    got = await browser.get(web.url("/"))
    assert [each.error for each in got.exchanges] == [Reason.CONN_RESET] * 2
    assert len(web.log) == 3


async def test_a_post_is_not_sent_twice(web: ByteServer, browser: Client) -> None:
    """It is not idempotent (RFC 9110 section 9.2.2)."""
    web.on("/", ok(b"one"), [RESET])
    assert (await browser.get(web.url("/"))).answer.body == b"one"
    got = await browser.get(web.url("/"), method="POST", body=b"x")
    assert got.exchange.error is Reason.CONN_RESET
    assert len(web.log) == 2


async def test_bytes_after_the_end_end_the_connection(web: ByteServer, browser: Client) -> None:
    """They could pass for the answer to the next request."""
    web.on("/", ok(b"hello") + ok(b"forged"), ok(b"real"))
    assert (await browser.get(web.url("/"))).answer.body == b"hello"
    assert (await browser.get(web.url("/"))).answer.body == b"real"
    assert web.connections == 2


async def test_bytes_while_at_rest_end_the_connection(web: ByteServer, browser: Client) -> None:
    """Likewise when they come late."""
    web.on("/", [ok(b"hello"), Pause(0.05), ok(b"forged")], ok(b"real"))
    assert (await browser.get(web.url("/"))).answer.body == b"hello"
    await wait_until(lambda: len(web.log[0].sent) > len(ok(b"hello")))
    assert (await browser.get(web.url("/"))).answer.body == b"real"


async def wait_until(true: Callable[[], bool]) -> None:
    """Polls until it holds, five seconds at most."""
    end = time.monotonic() + 5
    while not true() and time.monotonic() < end:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.02)


# --- bodies on disk ---


@pytest.mark.parametrize("chunked", [False, True])
async def test_large_bodies_go_to_disk(web: ByteServer, tmp_path: Path, chunked: bool) -> None:
    """And come back whole: the response has the payload, the exchange the raw body."""
    payload = b"0123456789abcdef" * 200_000
    coded = b"".join(b"%x\r\n%b\r\n" % (50_000, payload[at : at + 50_000]) for at in range(0, len(payload), 50_000))
    web.on("/", CHUNKED + coded + b"0\r\n\r\n" if chunked else ok(payload))
    async with client(SOURCEKEEP_SPOOL_DIR=str(tmp_path)) as browser:
        got = await browser.get(web.url("/"))
    assert got.answer.body == payload
    assert got.received == bytes(web.log[0].sent)
    assert_digests(got.exchange, got.body, payload)
    assert list(tmp_path.iterdir()) == []


async def test_bodies_too_large_for_scrapy(web: ByteServer) -> None:
    """The response has none and says so; the exchange has all of it."""
    web.on("/", ok(b"x" * 2_000_001, b"Content-Type: text/html"))
    async with client(SOURCEKEEP_RESPONSE_BODY_MAX=2_000_000) as browser:
        got = await browser.get(web.url("/"))
    assert (got.answer.body, got.answer.flags) == (b"", ["body_spooled"])
    assert got.body == b"x" * 2_000_001


async def test_a_spool_folder_that_is_gone_is_an_error(web: ByteServer, tmp_path: Path) -> None:
    """The disk's fault is not taken for the server's."""
    web.on("/", ok(b"x" * 2_000_000))
    async with client(SOURCEKEEP_SPOOL_DIR=str(tmp_path / "gone")) as browser:
        got = await browser.get(web.url("/"))
    assert type(got.error).__name__ == "StorageError"
    assert got.exchanges == []


# --- where we do not go ---


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "rebound.test"])
async def test_private_addresses_are_refused(web: ByteServer, host: str) -> None:
    """By whatever name; no connection is made."""
    async with client(SOURCEKEEP_ALLOW_NETWORKS=[], SOURCEKEEP_RESOLVE={"rebound.test": "127.0.0.1"}) as browser:
        got = await browser.get(web.url("/", host=host))
    assert isinstance(got.error, Refused)
    assert (got.exchange.error, got.exchange.request) == (Reason.REFUSED_ADDRESS, b"")
    assert "loopback" in got.exchange.error_text
    assert web.connections == 0


async def test_only_permitted_addresses_of_a_name_are_tried(web: ByteServer) -> None:
    """A name that means both gets through to the permitted one."""
    web.on("/", ok(b"hello"))
    names = {"both.test": ["10.0.0.1", "127.0.0.1"]}
    async with client(SOURCEKEEP_RESOLVE=names) as browser:
        got = await browser.get(web.url("/", host="both.test"))
    assert (got.answer.body, got.exchange.ip) == (b"hello", "127.0.0.1")


async def test_the_next_address_is_tried(web: ByteServer) -> None:
    """Where the first one refuses."""
    web.on("/", ok(b"hello"))
    async with client(SOURCEKEEP_RESOLVE={"both.test": ["127.0.0.9", "127.0.0.1"]}) as browser:
        got = await browser.get(web.url("/", host="both.test"))
    assert got.answer.body == b"hello"
    assert b"Host: both.test:" in got.exchange.request


@pytest.mark.parametrize(
    ("url", "reason", "kind"),
    [
        ("unsupp://a.test/", Reason.UNSUPPORTED_SCHEME, UnsupportedURLSchemeError),
        ("http://user:pw@a.test/", Reason.MALFORMED_URL, Refused),
        ("http://a.test:0/", Reason.MALFORMED_URL, Refused),
    ],
)
async def test_urls_we_do_not_ask_for(browser: Client, url: str, reason: Reason, kind: type[Exception]) -> None:
    """Their exchanges say why."""
    got = await browser.get(url)
    assert isinstance(got.error, kind)
    assert got.exchange.error is reason


async def test_names_that_do_not_exist(browser: Client) -> None:
    """Known to be gone without a query: no label is that long."""
    got = await browser.get("http://" + ".".join(["a" * 63] * 3 + ["b" * 61]) + "/")
    assert isinstance(got.error, CannotResolveHostError | Refused)


async def test_refused_connections(browser: Client) -> None:
    """A port nobody listens on."""
    with ByteServer() as gone:
        url = gone.url("/")
    got = await browser.get(url)
    assert isinstance(got.error, DownloadConnectionRefusedError)
    assert (got.exchange.error, got.exchange.request) == (Reason.CONN_REFUSED, b"")


async def test_a_network_without_a_way_there(browser: Client) -> None:
    """No answer of the host: neither refused nor waited for."""
    got = await browser.get("http://127.255.255.255:81/")
    assert isinstance(got.error, DownloadFailedError)
    assert (got.exchange.error, got.exchange.request) == (Reason.UNREACHABLE, b"")


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [
        (["127.0.0.1", "127.255.255.255"], Reason.CONN_REFUSED),
        (["127.255.255.255", "127.0.0.1"], Reason.CONN_REFUSED),
        (["127.255.255.255", "127.255.255.254"], Reason.CONN_REFUSED),
        (["127.255.255.255", "224.0.0.1"], Reason.UNREACHABLE),
    ],
)
async def test_of_several_addresses_one_with_a_way_tells(addresses: list[str], reason: Reason) -> None:
    """What this machine has no way to hides nothing that another address said."""
    with ByteServer() as gone:
        url = gone.url("/", host="many.test")
    networks = ["127.0.0.0/8", "224.0.0.0/4"]
    async with client(SOURCEKEEP_RESOLVE={"many.test": addresses}, SOURCEKEEP_ALLOW_NETWORKS=networks) as browser:
        assert (await browser.get(url)).exchange.error is reason


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00b"])
async def test_no_forged_headers_go_out(web: ByteServer, browser: Client, value: str) -> None:
    """The request is refused before anything is sent."""
    got = await browser.get(web.url("/"), headers={"X-Evil": value})
    assert isinstance(got.error, Refused)
    assert web.log == []


# --- as a plain Scrapy handler ---


async def test_without_recording_a_size_limit_cancels(web: ByteServer) -> None:
    """As Scrapy's own handlers do."""
    web.on("/", ok(b"hello"))
    async with client(SOURCEKEEP_RECORD=False, DOWNLOAD_MAXSIZE=4) as browser:
        assert isinstance((await browser.get(web.url("/"))).error, DownloadCancelledError)


async def test_without_recording_data_loss_is_an_error(web: ByteServer) -> None:
    """Unless it is said to be none."""
    web.on("/", [OK + b"Content-Length: 9\r\n\r\nhel", CLOSE])
    async with client(SOURCEKEEP_RECORD=False) as browser:
        assert isinstance((await browser.get(web.url("/"))).error, ResponseDataLossError)
        kept = await browser.get(web.url("/"), download_fail_on_dataloss=False)
    assert (kept.answer.body, kept.answer.flags) == (b"hel", ["dataloss"])


@pytest.mark.parametrize("name", ["tests.web.client.SHELF", "tests.web.client:SHELF"])
async def test_exchanges_nobody_asked_for_go_to_the_sink(web: ByteServer, name: str) -> None:
    """Requests of Scrapy's own among them."""
    web.on("/", ok(b"hello"))
    SHELF.kept.clear()
    async with client(SOURCEKEEP_EXCHANGE_SINK=name) as browser:
        await browser.handler.download_request(Request(web.url("/")))
    ((exchange, request),) = SHELF.kept
    assert (exchange.status, request.url) == (200, web.url("/"))


async def test_an_exchange_nobody_wants_is_dropped(web: ByteServer, browser: Client) -> None:
    """Its spooled body is closed with it; an open file left behind would be a warning, and warnings are errors."""
    web.on("/", ok(b"x" * 2_000_000))
    response = await browser.handler.download_request(Request(web.url("/")))
    assert len(response.body) == 2_000_000
    gc.collect()
