"""TLS: what is recorded is the plain HTTP, and what verification would have said."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import uvloop
from scrapy.exceptions import DownloadFailedError

from archive.model import Reason, Truncation
from tests.web.byte_server import CLOSE, DROP, RESET, ByteServer, Pause, ok
from tests.web.client import Fetched, client

NAMES = {"news.test": "127.0.0.1", "other.test": "127.0.0.1"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs the certificates of these tests."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The system trusts it, as OpenSSL's own variable says."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return authority


@pytest.fixture
def web(authority: trustme.CA) -> Iterator[ByteServer]:
    """A server with a good certificate for news.test."""
    with ByteServer(certificate=authority.issue_cert("news.test", "127.0.0.1")) as server:
        server.on("/", ok(b"hello"))
        yield server


@pytest.mark.usefixtures("trusted")
async def test_a_good_certificate(web: ByteServer) -> None:
    """Bytes as the server logged them, the session noted, the connection used again."""
    async with client(SOURCEKEEP_RESOLVE=NAMES) as browser:
        for _ in range(2):
            got = await browser.get(web.url("/", host="news.test"))
            assert got.received == bytes(web.log[-1].sent)
            assert got.exchange.request == web.log[-1].request
            tls = got.exchange.tls
            assert tls is not None
            assert (tls.version, tls.verified, tls.problem) == ("tls/1.3", True, None)
            assert tls.cipher.startswith("TLS_")
            assert isinstance(got.answer.certificate, bytes)
    assert web.connections == 1


async def test_an_authority_of_our_own(web: ByteServer, authority: trustme.CA, tmp_path: Path) -> None:
    """Trusted besides the system's where the setting names its file."""
    bundle = tmp_path / "own.pem"
    authority.cert_pem.write_to_path(bundle)
    async with client(SOURCEKEEP_RESOLVE=NAMES, SOURCEKEEP_CA_FILE=str(bundle)) as browser:
        got = await browser.get(web.url("/", host="news.test"))
    assert got.exchange.tls is not None
    assert got.exchange.tls.verified is True


async def test_a_certificate_nobody_signed(web: ByteServer) -> None:
    """The page is kept, the problem noted, and the host is not asked twice from then on."""
    async with client(SOURCEKEEP_RESOLVE=NAMES) as browser:
        got = await browser.get(web.url("/", host="news.test"))
        met = web.connections
        again = await browser.get(web.url("/", host="news.test"))
    for each in (got, again):
        assert each.answer.body == b"hello"
        assert each.exchange.tls is not None
        assert each.exchange.tls.verified is False
        assert each.exchange.tls.problem == "unable to get local issuer certificate"
    assert (met, web.connections) == (2, 2)


async def test_a_remembered_host_costs_one_handshake(web: ByteServer) -> None:
    """On a new connection too."""
    web.on("/", ok(b"hello", b"Connection: close"))
    async with client(SOURCEKEEP_RESOLVE=NAMES) as browser:
        for _ in range(3):
            assert (await browser.get(web.url("/", host="news.test"))).answer.body == b"hello"
    assert web.connections == 4


@pytest.mark.usefixtures("trusted")
async def test_the_wrong_host(web: ByteServer) -> None:
    """A certificate for another name."""
    async with client(SOURCEKEEP_RESOLVE=NAMES) as browser:
        got = await browser.get(web.url("/", host="other.test"))
    assert got.answer.body == b"hello"
    assert got.exchange.tls is not None
    assert got.exchange.tls.verified is False
    assert "other.test" in (got.exchange.tls.problem or "")


async def test_an_expired_certificate(trusted: trustme.CA) -> None:
    """Likewise."""
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    with ByteServer(certificate=trusted.issue_cert("news.test", not_after=yesterday)) as web:
        web.on("/", ok(b"hello"))
        async with client(SOURCEKEEP_RESOLVE=NAMES) as browser:
            got = await browser.get(web.url("/", host="news.test"))
    assert got.answer.body == b"hello"
    assert got.exchange.tls is not None
    assert got.exchange.tls.problem == "certificate has expired"


async def test_verification_on(web: ByteServer) -> None:
    """Where the setting asks for it, a bad certificate is the end of it."""
    async with client(SOURCEKEEP_RESOLVE=NAMES, DOWNLOAD_VERIFY_CERTIFICATES=True) as browser:
        got = await browser.get(web.url("/", host="news.test"))
    assert isinstance(got.error, DownloadFailedError)
    assert got.exchange.error is Reason.TLS_ERROR
    assert got.exchange.error_text == "TLS: unable to get local issuer certificate"
    assert web.log == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
async def test_an_old_server(web: ByteServer) -> None:
    """One that knows no better than TLS 1.0 is archived too, and that is noted."""
    assert web.tls is not None
    web.tls.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    web.tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    web.tls.maximum_version = ssl.TLSVersion.TLSv1
    async with client(SOURCEKEEP_RESOLVE=NAMES) as browser:
        got = await browser.get(web.url("/", host="news.test"))
    assert got.answer.body == b"hello"
    assert got.exchange.tls is not None
    assert (got.exchange.tls.version, got.exchange.tls.verified) == ("tls/1.0", False)


async def test_no_tls_at_all() -> None:
    """Plain HTTP where TLS was expected."""

    def say_no(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(say_no, "127.0.0.1", 0) as server, client() as browser:
        port = server.sockets[0].getsockname()[1]
        got = await browser.get(f"https://127.0.0.1:{port}/")
    assert isinstance(got.error, DownloadFailedError)
    assert (got.exchange.error, got.exchange.error_text) == (Reason.TLS_ERROR, "TLS: wrong version number")


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def fetch(web: ByteServer, loop: str, **settings: object) -> Fetched:
    """One request by an event loop of this kind."""

    async def get() -> Fetched:
        async with client(**settings) as browser:
            return await browser.get(web.url("/"))

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(get())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("head", [b"", b"Content-Encoding: br\r\n"])
def test_a_body_until_close_is_whole_by_the_servers_word_only(web: ByteServer, loop: str, head: bytes) -> None:
    """A close_notify says that this was all (RFC 9112 section 9.8). A bare FIN anybody can send."""
    sent = b"HTTP/1.1 200 OK\r\n" + head + b"\r\nhello"
    web.on("/", [sent, CLOSE], [sent, Pause(0.05), DROP])
    polite, rude = fetch(web, loop), fetch(web, loop)
    assert (polite.answer.body, polite.exchange.truncated, polite.exchange.error) == (b"hello", None, None)
    assert (rude.answer.body, rude.answer.flags) == (b"hello", ["truncated"])
    assert (rude.exchange.truncated, rude.exchange.error) == (Truncation.DISCONNECT, Reason.TRUNCATED)
    assert "close_notify" in rude.exchange.error_text


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello"),
    ],
    ids=["length", "chunks", "gzip"],
)
def test_what_tells_its_own_end_needs_no_close_notify(web: ByteServer, loop: str, sent: bytes) -> None:
    """A length, a last chunk, a gzip trailer with its checksum."""
    web.on("/", [b"HTTP/1.1 200 OK\r\n" + sent, Pause(0.05), DROP])
    got = fetch(web, loop)
    assert (got.exchange.truncated, got.exchange.error) == (None, None)


@pytest.mark.parametrize("loop", LOOPS)
def test_who_does_not_record_takes_what_comes(web: ByteServer, loop: str) -> None:
    """Without SOURCEKEEP_RECORD a bare FIN ends a body, as with Scrapy's own handlers."""
    web.on("/", [b"HTTP/1.1 200 OK\r\n\r\nhello", Pause(0.05), DROP])
    got = fetch(web, loop, SOURCEKEEP_RECORD=False)
    assert (got.answer.body, got.answer.flags, got.exchange.truncated) == (b"hello", [], None)


async def test_a_reset_in_mid_body(web: ByteServer) -> None:
    """Kept as far as it came, as over plain HTTP."""
    web.on("/", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel", Pause(0.05), RESET])
    async with client() as browser:
        got = await browser.get(web.url("/"))
    assert got.received == bytes(web.log[-1].sent)
    assert got.exchange.truncated is Truncation.DISCONNECT


async def test_a_body_of_many_records(web: ByteServer) -> None:
    """Sixteen kilobytes a record, ten megabytes in all."""
    body = bytes(range(256)) * 40_000
    web.on("/", ok(body))
    async with client() as browser:
        got = await browser.get(web.url("/"))
    assert got.answer.body == body
    assert got.body == body
