"""Single hosts may have pauses of their own."""

from __future__ import annotations

import asyncio

import pytest

from archive.errors import UsageError
from crawler.hosts import HostTurns
from crawler.options import Options
from crawler.politeness import Politeness, with_hosts
from tests.crawler.test_options import settings_with


@pytest.mark.parametrize(
    ("host", "delay"),
    [
        ("slow.test", 9.0),
        ("slow.test:8080", 9.0),
        ("slow.test:81", 4.0),
        ("www.slow.test", 1.0),
        ("xn--mnchen-3ya.test", 7.0),
        ("[::1]:80", 5.0),
    ],
)
def test_the_pause_is_the_host_s_own(host: str, delay: float) -> None:
    """By name whatever the port, unless the port is named too; other names, though below it, have nothing of it."""
    table = {
        "Slow.TEST": {"delay": 9},
        "slow.test:81": {"delay": 4},
        "münchen.test": {"delay": 7},
        "[::1]": {"delay": 5},
    }
    assert with_hosts(Politeness(delay=1, tries=4), table).at(host).delay == delay
    assert with_hosts(Politeness(delay=1, tries=4), table).at(host).tries == 4


async def test_turns_are_given_by_it() -> None:
    """The second request to a host with a pause waits, that to another does not."""
    turns = HostTurns(with_hosts(Politeness(delay=0, delay_factor=0), {"slow.test": {"delay": 60}}))
    for host in ("slow.test", "quick.test"):
        await turns.take(host)
        turns.give_back(host, duration=0)
    await asyncio.wait_for(turns.take("quick.test"), 30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(turns.take("slow.test"), 0.05)


@pytest.mark.parametrize("value", ["[1]", '{"a.test": 5}', '{"a.test": {"delay": "5"}}', '{"a b": {}}', "a.test=5"])
def test_a_table_that_makes_no_sense_is_refused_by_name(value: str) -> None:
    """Before the first link."""
    with pytest.raises(UsageError, match="SOURCEKEEP_HOSTS takes"):
        Options.of(settings_with("SOURCEKEEP_HOSTS", value))
