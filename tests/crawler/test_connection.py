"""Connections at rest: how long, how many, and what happens to those that die meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from crawler.connection import Connection, Pool, Proxy, Route
from crawler.wire import Target, WireError
from tests.web.byte_server import ByteServer


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
