"""Names to addresses, without asking for any real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from archive.model import Reason
from crawler.resolver import NameFailure, Resolver


@pytest.fixture
async def resolver() -> AsyncIterator[Resolver]:
    """With a name of ours in its table."""
    resolver = Resolver({"News.test": "127.0.0.5", "two.test.": ["127.0.0.6", "127.0.0.7"]})
    yield resolver
    await resolver.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "2001:db8::1"])
async def test_addresses_need_no_asking(resolver: Resolver, address: str) -> None:
    """A literal is its own answer."""
    assert await resolver.addresses(address) == (address,)


async def test_the_table_comes_first(resolver: Resolver) -> None:
    """Whatever the case and the trailing dot, like curl's --resolve."""
    assert await resolver.addresses("news.TEST.") == ("127.0.0.5",)
    assert await resolver.addresses("two.test") == ("127.0.0.6", "127.0.0.7")


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_odd_spellings_come_down_to_an_address(resolver: Resolver, name: str) -> None:
    """What the system makes of them is what the guard judges."""
    assert await resolver.addresses(name) == ("127.0.0.1",)


async def test_localhost_comes_from_the_system(resolver: Resolver) -> None:
    """The hosts file counts."""
    assert "127.0.0.1" in await resolver.addresses("localhost")


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test"])
async def test_names_that_cannot_be(resolver: Resolver, name: str) -> None:
    """They are gone for good, and no query goes out for them."""
    with pytest.raises(NameFailure) as caught:
        await resolver.addresses(name)
    assert caught.value.reason is Reason.DNS_GONE
    assert name in str(caught.value)


async def test_one_question_at_a_time(resolver: Resolver) -> None:
    """Requests for one name share one look-up; one of them giving up takes nothing from the others."""
    first = asyncio.create_task(resolver.addresses("127.2"))
    second = asyncio.create_task(resolver.addresses("127.2"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == ("127.0.0.2",)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_closing_while_asking() -> None:
    """Nothing is left behind."""
    resolver = Resolver()
    asking = asyncio.create_task(resolver.addresses("127.3"))
    await asyncio.sleep(0)
    await resolver.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
