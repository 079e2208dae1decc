"""The frontier against a model of it, through whatever order of adding, leasing, settling, killing and waiting."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from archive.catalogue import Batch, Catalogue, Settled
from archive.frontier import Frontier
from archive.model import Lease, LinkKind, LinkStage, NewLink, Reason, Settlement

START = datetime(2026, 3, 1, tzinfo=UTC)
HOSTS = [f"h{n}.test" for n in range(3)]
URLS = st.builds(lambda host, n: f"http://{host}/{n}", st.sampled_from(HOSTS), st.integers(0, 4))
IN_MEMORY = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)  # no disk to wait for
OUTCOMES = ["host put off", "put off", "temporary", "again", "done", "gone"]
MINUTES = st.integers(1, 30).map(lambda minutes: timedelta(minutes=minutes))


@cache
def template() -> Path:
    """An empty catalogue, made once: the machine works on copies."""
    path = Path(tempfile.mkdtemp(), "catalogue.db")
    Catalogue.open(path, create=True).close()
    return path


@dataclass
class Model:
    """A link as it should be."""

    stage: LinkStage = LinkStage.PENDING
    reason: Reason | None = None
    not_before: datetime | None = None
    run: int = 0  # that had it last
    tries: int = 0  # in that run


class FrontierMachine(RuleBasedStateMachine):
    """Nothing is lost, nothing is leased twice, nobody is asked before its time, and all is settled in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=IN_MEMORY)
        self.path = Path(self.folder.name, "catalogue.db")
        shutil.copy(template(), self.path)
        self.now = START
        self.run = 1
        self.links: dict[str, Model] = {}
        self.waits: dict[str, datetime] = {}
        self.held: dict[str, Lease] = {}
        self.open()

    def open(self) -> None:
        self.catalogue = Catalogue.open(self.path, create=False)
        self.frontier = Frontier(self.catalogue)

    def teardown(self) -> None:
        self.drain()
        self.catalogue.close()
        self.folder.cleanup()

    # --- what the model knows ---

    def can_go(self, url: str) -> bool:
        link, wait = self.links[url], self.waits.get(host(url))
        times = [time for time in (link.not_before, wait) if time is not None]
        return link.stage is LinkStage.PENDING and all(time <= self.now for time in times)

    def due(self) -> datetime | None:
        times = [
            max(filter(None, (link.not_before, self.waits.get(host(url)), self.now)))
            for url, link in self.links.items()
            if link.stage is LinkStage.PENDING
        ]
        return min(times, default=None)

    # --- what may happen ---

    @initialize(urls=st.lists(URLS, min_size=6, max_size=14))
    def begin(self, urls: list[str]) -> None:
        self.add(urls)

    @rule(urls=st.lists(URLS, max_size=6))
    def add(self, urls: list[str]) -> None:
        self.frontier.add([NewLink(url=url, kind=LinkKind.CITATION) for url in urls])
        for url in urls:
            self.links.setdefault(url, Model())

    @rule(limit=st.integers(2, 8), per_host=st.integers(1, 3), busy=st.sets(st.sampled_from(HOSTS), max_size=1))
    def lease(self, limit: int, per_host: int, busy: set[str]) -> None:
        free = Counter(host(url) for url in self.links if self.can_go(url) and host(url) not in busy)
        leases = self.frontier.lease(run_id=self.run, now=self.now, limit=limit, per_host=per_host, busy_hosts=busy)
        assert all(self.can_go(lease.url) and lease.host == host(lease.url) for lease in leases)
        assert len(leases) == min(limit, sum(min(per_host, number) for number in free.values()))
        assert all(number <= per_host for number in Counter(lease.host for lease in leases).values())
        for lease in leases:
            link = self.links[lease.url]
            link.tries = link.tries if link.run == self.run else 0
            link.stage, link.run = LinkStage.LEASED, self.run
            assert lease.tries == link.tries
            self.held[lease.url] = lease

    @rule(outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=2, max_size=6), wait=MINUTES)
    def settle(self, outcomes: list[str], wait: timedelta) -> None:
        for url, outcome in zip(sorted(self.held), outcomes, strict=False):
            self.settle_one(self.held.pop(url), outcome, self.now + wait)

    def settle_one(self, lease: Lease, outcome: str, until: datetime) -> None:
        stage, reason = {
            "done": (LinkStage.DONE, Reason.OK),
            "gone": (LinkStage.FAILED, Reason.GONE),
            "temporary": (LinkStage.FAILED, Reason.TIMEOUT),
        }.get(outcome, (LinkStage.PENDING, Reason.RATE_LIMITED))
        settlement = Settlement(
            link_id=lease.link_id,
            stage=stage,
            reason=reason,
            at=self.now,
            not_before=until if outcome == "put off" else None,
            host_not_before=until if outcome == "host put off" else None,
        )
        self.catalogue.commit(Batch(settlements=[Settled(settlement=settlement)]))
        tries = self.links[lease.url].tries + 1
        self.links[lease.url] = Model(stage, reason, settlement.not_before, self.run, tries)
        if settlement.host_not_before:
            self.waits[lease.host] = max(until, self.waits.get(lease.host, until))

    @rule()
    def restart(self) -> None:
        """Kill the run: the next one takes its leases back."""
        self.catalogue.close()
        self.open()
        self.run += 1
        assert self.frontier.reclaim() == len(self.held)
        self.take_back()

    @rule()
    def release(self) -> None:
        assert self.frontier.release(self.run) == len(self.held)
        self.take_back()

    def take_back(self) -> None:
        for url in self.held:
            self.links[url].stage = LinkStage.PENDING
        self.held.clear()

    @rule()
    def begin_run(self) -> None:
        again = [
            link for link in self.links.values() if link.stage is LinkStage.FAILED and link.reason is Reason.TIMEOUT
        ]
        assert self.frontier.begin_run(self.now) == len(again)
        for link in again:
            link.stage = LinkStage.PENDING

    @rule(passed=MINUTES)
    def wait(self, passed: timedelta) -> None:
        self.now += passed

    # --- what always holds ---

    @invariant()
    def every_link_is_where_it_should_be(self) -> None:
        expected = Counter((link.stage, LinkKind.CITATION) for link in self.links.values())
        assert self.frontier.counts() == dict(expected)

    @invariant()
    def the_next_time_is_known(self) -> None:
        assert self.frontier.next_due(self.now) == self.due()

    def drain(self) -> None:
        """Go on to the end: everything is settled."""
        self.release()
        while (due := self.frontier.next_due(self.now)) is not None:
            self.now = due
            self.lease(8, 3, set())
            assert self.held
            for lease in self.held.values():
                settlement = Settlement(link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=self.now)
                self.catalogue.commit(Batch(settlements=[Settled(settlement=settlement)]))
                self.links[lease.url].stage = LinkStage.DONE
            self.held.clear()
        assert all(link.stage in (LinkStage.DONE, LinkStage.FAILED) for link in self.links.values())


def host(url: str) -> str:
    """The host of a URL of the machine's."""
    return url.split("/")[2]


TestFrontier = FrontierMachine.TestCase
TestFrontier.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
