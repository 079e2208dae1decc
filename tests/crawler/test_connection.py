"""Connections at rest: how long, how many, and what happens to those that die meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from crawler.connection import FREE, Connection, Pool, Proxy, Route
from crawler.wire import Target, WireError
from tests.web.byte_server import CLOSE, ByteServer


@pytest.fixture
def web() -> Iterator[ByteServer]:
    """Somewhere to connect to."""
    with ByteServer() as server:
        yield server


@pytest.fixture
async def opened(web: ByteServer) -> AsyncIterator[list[Connection]]:
    """Three connections to one place, closed in the end."""
    loop, route = asyncio.get_running_loop(), Route("http", web.host, web.port)
    three = [(await loop.create_connection(lambda: Connection(route), web.host, web.port))[1] for _ in range(3)]
    yield three
    for connection in three:
        connection.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_the_one_used_last_comes_first(opened: list[Connection]) -> None:
    """It is the least likely to have been closed."""
    pool = Pool()
    for connection in opened:
        pool.give(connection)
    assert [pool.take(opened[0].route) for _ in range(4)] == [opened[2], opened[1], opened[0], None]
    pool.close()


async def test_another_route_gets_nothing(opened: list[Connection], web: ByteServer) -> None:
    """Scheme, host, port, proxy and local address all count."""
    pool = Pool()
    pool.give(opened[0])
    proxy = Proxy(scheme="http", host="127.0.0.9", port=1)
    others = [
        Route("https", web.host, web.port), Route("http", "localhost", web.port), Route("http", web.host, 1),
        Route("http", web.host, web.port, proxy), Route("http", web.host, web.port, None, ("127.0.0.2", 0)),
    ]  # fmt: skip
    assert [pool.take(route) for route in others] == [None] * 5
    pool.close()


async def test_the_longest_at_rest_makes_room(opened: list[Connection]) -> None:
    """At most so many rest."""
    pool = Pool(size=2)
    for connection in opened:
        pool.give(connection)
    assert [connection.is_usable for connection in opened] == [False, True, True]
    pool.close()


async def test_rest_has_an_end(opened: list[Connection]) -> None:
    """Each is closed when it has rested long enough, not with the first."""
    pool = Pool(idle=0.2)
    pool.give(opened[0])
    await asyncio.sleep(0.12)
    pool.give(opened[1])
    await asyncio.sleep(0.13)
    assert [opened[0].is_usable, opened[1].is_usable] == [False, True]
    await asyncio.sleep(0.2)
    assert not opened[1].is_usable
    assert pool.take(opened[0].route) is None


async def test_the_dead_are_not_given_out(opened: list[Connection]) -> None:
    """One lost while at rest is forgotten."""
    pool = Pool()
    pool.give(opened[0])
    pool.give(opened[1])
    opened[1].abort()
    await asyncio.sleep(0.01)
    assert pool.take(opened[0].route) is opened[0]
    assert pool.take(opened[0].route) is None
    pool.close()


async def test_closing_the_pool_closes_all(opened: list[Connection]) -> None:
    """And a second time does no harm."""
    pool = Pool()
    for connection in opened:
        pool.give(connection)
    pool.close()
    pool.close()
    assert not any(connection.is_usable for connection in opened)


@pytest.mark.parametrize("url", ["http://proxy.test:3128", "proxy.test:3128"])
def test_proxy_urls(url: str) -> None:
    """With a scheme or without."""
    assert Proxy.of(url) == Proxy(scheme="http", host="proxy.test", port=3128)


def test_proxies_we_do_not_speak_to() -> None:
    """SOCKS is said to be none."""
    with pytest.raises(WireError):
        Proxy.of("socks5://127.0.0.1:1080")


def test_plain_http_by_a_proxy_shares_connections() -> None:
    """The proxy is where they lead; tunnels lead further."""
    proxy = Proxy(scheme="http", host="proxy.test", port=3128)
    plain = {Route.to(Target.of(url), proxy) for url in ("http://a.test/", "http://b.test:8080/")}
    tunnels = {Route.to(Target.of(url), proxy) for url in ("https://a.test/", "https://b.test/")}
    assert (len(plain), len(tunnels)) == (1, 2)


class Busy:
    """Takes its time over all that comes."""

    wants_more = True

    def __init__(self) -> None:
        self.took = 0.0
        self.over = False
        self.came: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """As a slow disk does."""
        began = time.monotonic()
        self.came.append(bytes(data))
        time.sleep(0.01)
        self.took += time.monotonic() - began

    def feed_eof(self) -> None:
        """The end."""
        self.over = True

    def lost(self, error: Exception | None) -> None:
        """The end as well."""
        self.over = True


async def test_long_answers_leave_the_loop_to_others(web: ByteServer, opened: list[Connection]) -> None:
    """Three at once that never end take a third of the loop's time together, once each has had its share."""
    web.on("/endless", lambda _: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(bytes(1 << 18))))
    receivers = [Busy() for _ in opened]
    for connection, receiver in zip(opened, receivers, strict=True):
        connection.start(b"GET /endless HTTP/1.1\r\n\r\n", receiver)
    began = time.monotonic()
    await asyncio.sleep(2)
    passed = time.monotonic() - began
    assert 0.3 < sum(receiver.took for receiver in receivers) < 0.65 * passed


async def test_what_came_during_a_rest_is_read_after_it(web: ByteServer, opened: list[Connection]) -> None:
    """Nothing is lost, doubled or out of its order, nor is the end lost."""
    pieces = [b"HTTP/1.1 200 OK\r\n\r\n", *(bytes([n]) * (1 << 16) for n in range(40))]
    web.on("/long", [*pieces, CLOSE])
    receiver = Busy()
    opened[0].start(b"GET /long HTTP/1.1\r\n\r\n", receiver)
    async with asyncio.timeout(10):
        while not receiver.over:
            await asyncio.sleep(0.05)
    assert receiver.took > FREE, "it never rested"
    assert b"".join(receiver.came) == b"".join(pieces)
