"""Whose turn it is."""

import asyncio
from itertools import pairwise

import pytest

from crawler.hosts import HostTurns, Withdrawn
from crawler.politeness import Politeness


async def test_one_request_at_a_time_and_a_pause_between() -> None:
    """Three requests to one host start a pause apart; another host is not kept waiting by it."""
    turns = HostTurns(Politeness(delay=0.05, delay_factor=0))
    loop = asyncio.get_running_loop()
    starts: dict[str, list[float]] = {"a.test": [], "b.test": []}

    async def ask(host: str) -> None:
        await turns.take(host)
        starts[host].append(loop.time())
        await asyncio.sleep(0.01)
        turns.give_back(host, duration=0.01)

    began = loop.time()
    other = asyncio.create_task(ask("b.test"))
    await asyncio.gather(*(ask("a.test") for _ in range(3)))
    await other
    assert starts["b.test"][0] - began < 0.05
    gaps = [later - earlier for earlier, later in pairwise(starts["a.test"])]
    assert all(gap >= 0.055 for gap in gaps), gaps


async def test_more_in_flight_where_allowed() -> None:
    """per_host bounds what is in flight, also without any delay."""
    turns = HostTurns(Politeness(delay=0, per_host=2))
    most = now = 0

    async def ask() -> None:
        nonlocal most, now
        await turns.take("a.test")
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        turns.give_back("a.test", duration=0)

    await asyncio.gather(*(ask() for _ in range(50)))
    assert most == 2
    assert turns.in_flight() == 0


async def test_a_held_host_gives_no_turns() -> None:
    """Retry-After: nothing starts before it, and afterwards all is as before."""
    turns = HostTurns(Politeness(delay=0))
    turns.hold("a.test", 0.05)
    with pytest.raises(Withdrawn):
        await turns.take("a.test")
    await asyncio.sleep(0.06)
    await turns.take("a.test")


async def test_who_waits_at_a_held_host_is_sent_back() -> None:
    """A Retry-After of a day must not keep a request waiting for a day."""
    turns = HostTurns(Politeness(delay=0))
    await turns.take("a.test")
    waiting = asyncio.create_task(turns.take("a.test"))
    await asyncio.sleep(0)
    turns.hold("a.test", 86400)
    with pytest.raises(Withdrawn):
        await waiting


async def test_those_waiting_are_withdrawn_when_the_crawl_stops() -> None:
    """A graceful stop does not wait for pauses."""
    turns = HostTurns(Politeness(delay=60))
    await turns.take("a.test")
    waiting = asyncio.create_task(turns.take("a.test"))
    await asyncio.sleep(0)
    turns.stop()
    with pytest.raises(Withdrawn):
        await waiting
    with pytest.raises(Withdrawn):
        await turns.take("b.test")


async def test_a_cancelled_waiter_leaves_its_place() -> None:
    """One who gives up does not block those behind."""
    turns = HostTurns(Politeness(delay=0))
    await turns.take("a.test")
    first, second = asyncio.create_task(turns.take("a.test")), asyncio.create_task(turns.take("a.test"))
    await asyncio.sleep(0)
    first.cancel()
    turns.give_back("a.test", duration=0)
    await asyncio.wait_for(second, 1)
    assert turns.in_flight() == 1
