"""Proxies: plain, by tunnel, over TLS, TLS within TLS; what the proxy is told is no part of the record."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Self

import pytest
import trustme
from scrapy.exceptions import DownloadConnectionRefusedError

from archive.errors import UsageError
from archive.model import Reason
from tests.web.byte_server import ByteServer, ok, read_request
from tests.web.client import client

AUTH = {"headers": {"Proxy-Authorization": "Basic c2VjcmV0"}}


class TunnelProxy:
    """An HTTP proxy that opens tunnels to loopback, over TLS if it has a certificate."""

    def __init__(self, certificate: trustme.LeafCert | None = None, *, answer: bytes = b"200 Connected") -> None:
        self.heads: list[bytes] = []
        self._answer = answer
        self._scheme = "https" if certificate else "http"
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(self._tls)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"{self._scheme}://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
            head, _ = read_request(client)
            self.heads.append(head)
            client.sendall(b"HTTP/1.1 " + self._answer + b"\r\nX-Proxy: yes\r\n\r\n")
            if not self._answer.startswith(b"200"):
                client.close()
                return
            host, _, port = head.split(b" ")[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as server, client:
                pump(client, server)


def pump(one: socket.socket, other: socket.socket) -> None:
    """Bytes from each to the other until one ends."""
    while True:
        waiting = [each for each in (one, other) if isinstance(each, ssl.SSLSocket) and each.pending()]
        ready = waiting or select.select([one, other], [], [])[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs the certificates of these tests."""
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[ByteServer]:
    """An HTTPS server."""
    with ByteServer(certificate=authority.issue_cert("127.0.0.1")) as server:
        server.on("/", ok(b"hello"))
        yield server


@pytest.mark.parametrize("tls", [False, True])
async def test_a_tunnel(secure: ByteServer, authority: trustme.CA, tls: bool) -> None:
    """The record is what went through it; its credentials went to the proxy alone, and it is used again."""
    with TunnelProxy(authority.issue_cert("127.0.0.1") if tls else None) as proxy:
        async with client() as browser:
            for _ in range(2):
                got = await browser.get(secure.url("/"), proxy=proxy.url, **AUTH)
                assert got.answer.body == b"hello"
                assert got.received == bytes(secure.log[-1].sent)
                assert got.exchange.request == secure.log[-1].request
                assert b"Proxy-Authorization" not in got.exchange.request
                assert got.exchange.tls is not None
                assert got.exchange.ip is None
    assert len(proxy.heads) in (1, 2)  # a second one where the certificate was judged first
    assert all(b"Proxy-Authorization: Basic c2VjcmV0\r\n" in head for head in proxy.heads)
    assert all(head.startswith(f"CONNECT 127.0.0.1:{secure.port} HTTP/1.1".encode()) for head in proxy.heads)


@pytest.mark.parametrize("tls", [False, True])
async def test_plain_http_by_a_proxy(authority: trustme.CA, tls: bool) -> None:
    """The absolute form is sent and recorded; of the credentials only that there were any."""
    with ByteServer(certificate=authority.issue_cert("127.0.0.1") if tls else None) as proxy:
        proxy.on("*", ok(b"from the proxy"))
        async with client() as browser:
            one = await browser.get("http://news.test/a?b", proxy=proxy.url(""), **AUTH)
            two = await browser.get("http://other.test/", proxy=proxy.url(""), **AUTH)
    assert [one.answer.body, two.answer.body] == [b"from the proxy"] * 2
    sent = b"GET http://news.test/a?b HTTP/1.1\r\nHost: news.test\r\n"
    assert proxy.log[0].request == sent + b"Proxy-Authorization: Basic c2VjcmV0\r\n\r\n"
    assert one.exchange.request == sent + b"Proxy-Authorization: [removed]\r\n\r\n"
    assert one.exchange.request_removed == ("proxy-authorization",)
    assert (one.exchange.ip, one.exchange.tls) == (None, None)
    assert proxy.connections == 1


async def test_a_proxy_that_wants_other_credentials(secure: ByteServer) -> None:
    """Its answer is in the message."""
    with TunnelProxy(answer=b"407 Proxy Authentication Required") as proxy:
        async with client() as browser:
            got = await browser.get(secure.url("/"), proxy=proxy.url)
    assert isinstance(got.error, DownloadConnectionRefusedError)
    assert "407 Proxy Authentication Required" in str(got.error)
    assert got.exchange.error is Reason.CONN_REFUSED


async def test_a_proxy_is_no_way_to_a_private_address(secure: ByteServer) -> None:
    """An address written in the URL is judged before anything is sent."""
    with TunnelProxy() as proxy:
        async with client(SOURCEKEEP_ALLOW_NETWORKS=[]) as browser:
            got = await browser.get(secure.url("/"), proxy=proxy.url)
            plain = await browser.get("http://127.1/", proxy=proxy.url)
    assert got.exchange.error is Reason.REFUSED_ADDRESS
    assert plain.exchange.error is Reason.REFUSED_ADDRESS
    assert proxy.heads == []


async def test_connections_are_not_shared_between_local_addresses() -> None:
    """A request bound to one does not go out on a connection from another."""
    with ByteServer() as web:
        web.on("/", ok(b""))
        async with client() as browser:
            for address in ("127.0.0.2", "127.0.0.3", "127.0.0.2"):
                await browser.get(web.url("/"), bindaddress=address)
    assert [entry.peer for entry in web.log] == ["127.0.0.2", "127.0.0.3", "127.0.0.2"]
    assert web.connections == 2


async def test_a_proxy_that_speaks_something_else_is_no_fault_of_the_link() -> None:
    """SOCKS, asked for by a request: bad usage, and no word on the link, neither kept nor taken for malformed."""
    async with client() as browser:
        got = await browser.get("http://a.test/", proxy="socks5://me:canary@127.0.0.1:1080")
    assert isinstance(got.error, UsageError)
    assert "socks5" in str(got.error)
    assert "canary" not in str(got.error)
    assert got.exchanges == []
