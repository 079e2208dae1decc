"""Names to addresses, without asking for any real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from archive.model import Reason
from crawler.resolver import NameFailure, Resolver


class Names:
    """Answers in the place of the system, one after the other, the last for ever; counts what it was asked."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


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


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "0x7f.1."])
async def test_odd_spellings_come_down_to_an_address(name: str) -> None:
    """Nobody is asked for them: what they mean is what the guard judges."""
    names = Names(("192.0.2.1",))
    resolver = Resolver(look_up=names)
    assert await resolver.addresses(name) == ("127.0.0.1",)
    assert names.asked == []
    await resolver.close()


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "a.localhost", "a.b.localhost."])
async def test_localhost_is_this_machine(name: str) -> None:
    """RFC 6761 section 6.3: no name server is asked, so none can make a dead link, or an address, of it."""
    names = Names(("192.0.2.1",))
    resolver = Resolver(look_up=names)
    assert await resolver.addresses(name) == ("127.0.0.1", "::1")
    assert names.asked == []
    await resolver.close()


async def test_an_answer_is_believed_for_a_while(resolver: Resolver) -> None:
    """One question within the time to live; then the name is asked again, and may have moved."""
    for ttl, second in ((60.0, "192.0.2.1"), (-1.0, "192.0.2.2")):
        names = Names(("192.0.2.1",), ("192.0.2.2",))
        resolver = Resolver(look_up=names, ttl=ttl)
        assert await resolver.addresses("moves.test") == ("192.0.2.1",)
        assert await resolver.addresses("moves.test") == (second,)
        await resolver.close()


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test"])
async def test_names_that_cannot_be(resolver: Resolver, name: str) -> None:
    """They are gone for good, and no query goes out for them."""
    with pytest.raises(NameFailure) as caught:
        await resolver.addresses(name)
    assert caught.value.reason is Reason.DNS_GONE
    assert name in str(caught.value)


async def test_one_question_at_a_time() -> None:
    """Requests for one name share one look-up; one of them giving up takes nothing from the others."""
    names = Names(("127.0.0.2",))
    resolver = Resolver(look_up=names)
    first = asyncio.create_task(resolver.addresses("two.test"))
    second = asyncio.create_task(resolver.addresses("two.test"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == ("127.0.0.2",)
    with pytest.raises(asyncio.CancelledError):
        await first
    assert names.asked == ["two.test"]
    await resolver.close()


async def test_closing_while_asking() -> None:
    """Nothing is left behind."""
    resolver = Resolver(look_up=Names(("127.0.0.3",)))
    asking = asyncio.create_task(resolver.addresses("three.test"))
    await asyncio.sleep(0)
    await resolver.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
