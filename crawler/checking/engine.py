"""Puts together what a run of checks is made of, over a Scrapy crawler, and runs it in the engine's loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from scrapy import signals

from archive.check_rows import enrol
from archive.checks import Check, Incident
from archive.errors import SourcekeepError
from archive.keeper import Kept
from archive.model import Exchange, LinkKind
from archive.verdicts import VerdictClass, VerdictState
from crawler.caps import Caps
from crawler.checking.asking import Asker
from crawler.checking.beginning import begin_choice, end_choice, refuse_time_past
from crawler.checking.checker import Checker
from crawler.checking.control import Control
from crawler.checking.memory import CatalogueMemory
from crawler.checking.options import CheckOptions
from crawler.checking.reader import Reader
from crawler.checking.round import Round
from crawler.checking.selection import Selection
from crawler.checking.sources import Chosen, Due, Listed, Source, Sources
from crawler.jobs import Job
from crawler.policies import RobotsPolicies
from crawler.verdict.answer import ContentKind
from crawler.verdict.incidents import Incidents

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

CHECKED = (LinkKind.CITATION,)  # the kinds of links that a crawl's are checked of
_HEARD_NOTHING = (
    VerdictState.DNS_GONE,
    VerdictState.DNS_TEMP,
    VerdictState.UNREACHABLE,
    VerdictState.CONN_REFUSED,
    VerdictState.CONN_RESET,
    VerdictState.TIMEOUT,
    VerdictState.REFUSED_ADDRESS,
    VerdictState.INTERNAL_ERROR,
)


class Engine:
    """One run: `run` it within the spider's `start`. It lets go of everything when the spider is closed."""

    def __init__(
        self,
        crawler: Crawler,
        selection: Selection,
        *,
        expected: Mapping[str, ContentKind] | None = None,
        on_check: Callable[[Check], object] | None = None,
        on_kept: Callable[[Sequence[Kept]], object] = lambda _: None,
    ) -> None:
        self.job = Job.of(crawler)
        self._told = on_check
        self._on_kept = on_kept
        options = CheckOptions.of(crawler.settings)
        job = self.job
        job.checks.began = options.clock.now()
        self._options = options
        self._selection = selection
        self._control = Control(options.control_name, crawler.settings.getdict("SOURCEKEEP_RESOLVE"))
        self._reader = Reader(seconds=Caps.of(crawler.settings).page_seconds)
        self._asker = Asker(crawler, body_max=options.body_max)
        self._sources = Sources(job.catalogue, options.clock.now, expected)
        memory = CatalogueMemory(job.catalogue, job.keeper, job.collection.warcs, self._reader, on_problem=job.problem)
        obeys = crawler.settings.getbool("ROBOTSTXT_OBEY")
        checker = Checker(
            self._asker,
            RobotsPolicies(crawler, self._record_robots) if obeys else None,
            self._reader,
            memory,
            policy=job.options.politeness,
            now=options.clock.now,
            name_resolves=self._control.name_resolves,
            run_id=job.run_id,
            randomness=os.urandom(16),
        )
        self._round = Round(
            checker,
            Incidents(down_since=self._sources.down_since, run_id=job.run_id),
            self._source(),
            job.keeper,
            job.turns,
            options=options,
            limit=selection.limit,
            stopping=lambda: job.stopping,
            resolves=self._control.network_is_up,
            on_check=self._note,
        )
        crawler.signals.connect(self._drain, signal=signals.spider_closed)

    async def run(self) -> None:
        """Check all there is to check. What goes wrong ends the job."""
        loop = asyncio.get_running_loop()
        self.job.phase = "checking links"
        self.job.on_kept = lambda group: self._kept(loop, group)
        watch = loop.create_task(self._watch())
        try:
            await asyncio.to_thread(self._begin)
            await self._round.run()
            if self._round.complete:
                await asyncio.to_thread(end_choice, self.job.catalogue, self._selection)
        except SourcekeepError as error:
            self.job.fail(error)
        finally:
            watch.cancel()
            self._add_up()

    def _kept(self, loop: asyncio.AbstractEventLoop, group: Sequence[Kept]) -> None:
        """From the keeper's thread."""
        self._round.kept(loop, group)
        self._on_kept(group)

    async def _drain(self) -> None:
        """What was under way when the run was stopped is finished, as far as its answers came."""
        self._round.stop()
        self._reader.closing = True
        await self._round.drained()
        self._add_up()
        await self._control.close()
        self._reader.stop()

    def _add_up(self) -> None:
        self.job.checks.requests = self._asker.requests
        self.job.checks.discarded = self._round.discarded

    async def _watch(self) -> None:
        """A stop that has begun is told to nobody; see crawler.extensions."""
        while not self.job.stopping:
            await asyncio.sleep(0.1)
            self.job.phase = f"checking links: {self.job.checks.checks:,} checked"
        self._round.stop()

    def _begin(self) -> None:
        """See that the clock can be right, take up what a crawl has settled since the last time, and go on where a run
        of the same choice was cut off."""
        catalogue, clock = self.job.catalogue, self._options.clock
        refuse_time_past(catalogue, clock)
        if not self._selection.urls:
            with catalogue.writing() as connection:
                enrol(connection, CHECKED)
        self.job.checks.gone_on = self._sources.unchecked_since = begin_choice(catalogue, self._selection, clock.now())

    def _source(self) -> Source:
        chosen = self._selection
        if chosen.urls:
            return Listed(self._sources, chosen.urls)
        if chosen.all or chosen.failed or chosen.host is not None:
            return Chosen(self._sources, failed=chosen.failed, host=chosen.host)
        return Due(self._sources)

    def _note(self, check: Check, before: VerdictState | None) -> None:
        self.job.checks.note(check, before=before)
        state = check.verdict.state
        asked = state.verdict_class is not VerdictClass.INVALID and check.incident is not Incident.HOST
        if asked and state not in _HEARD_NOTHING:
            self._control.answered(check.final_url or check.url)
        if self._told is not None:
            self._told(check)

    def _record_robots(self, exchange: Exchange, via: str) -> None:
        """Rules, and answers by which nothing is allowed, may be a reason: they are kept, unless we hold the same."""
        rules = exchange.status is not None and 200 <= exchange.status < 300
        refusal = exchange.status is not None and exchange.status >= 500
        if refusal or (rules and not self._is_held(exchange)):
            self.job.record(exchange, via=via, hops="P")
        elif exchange.body is not None:
            exchange.body.close()

    def _is_held(self, exchange: Exchange) -> bool:
        held = self.job.catalogue.latest_capture(exchange.url)
        return held is not None and exchange.truncated is None and held.payload_sha256 == exchange.payload_sha256
