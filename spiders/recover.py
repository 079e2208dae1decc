"""The spider that brings dead links back from public archives, as copies with their source.

`scrapy crawl recover -a collection=./collection`, or by `sourcekeep recover`. It fetches nothing of the frontier's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Self

import scrapy

from archive.dead_links import DeadLink, dead_link, dead_states
from archive.errors import UsageError
from archive.mementos import RecoveryOutcome
from archive.recovery_mending import mend_recoveries
from archive.workers import Workers
from crawler.configuration_file import lay_under
from crawler.guard import AddressGuard, allowed_networks
from crawler.jobs import RECOVER, Job
from crawler.memento.archives import archives_of, table_of
from crawler.memento.asking import ArchiveClient
from crawler.memento.fetching import Fetcher
from crawler.memento.guarded import Directory, session
from crawler.recovering import Recoverer, Result
from crawler.recovery_report import write_report
from crawler.terminal import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_NOTHING: tuple[Any, ...] = ()


class RecoverSpider(scrapy.Spider):
    """Goes over the dead links of a collection. `tell` hears of each as it is done."""

    name = "recover"

    def __init__(
        self,
        collection: str | None = None,
        url: str | None = None,
        limit: str | int | None = None,
        suspects: str | bool = False,
        tell: Callable[[Result], object] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.collection = collection
        self.url = url
        self.limit = _count(limit)
        self.suspects = str(suspects).lower() in ("1", "true", "yes")
        self.tell = tell or _log
        self.results: list[Result] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's way to make one. A `collection` argument goes before the setting; its file is obeyed."""
        if kwargs.get("collection"):
            crawler.settings.set("SOURCEKEEP_COLLECTION", kwargs["collection"], priority="spider")
        lay_under(crawler.settings)
        crawler.settings.set("SOURCEKEEP_JOB", RECOVER, priority="spider")
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Any]:
        """Recovers them all; gives Scrapy nothing to do."""
        job = Job.of(self.crawler)
        job.fetch_only()
        await asyncio.to_thread(
            mend_recoveries, job.catalogue, job.collection.warcs, report=lambda error: job.problem(str(error))
        )
        stopped = threading.Event()
        guard = AddressGuard(allowed_networks(job.options.allow_networks))
        directory = Directory(guard, self.crawler.settings.getdict("SOURCEKEEP_RESOLVE"))
        clients = self._clients(job, directory, stopped)
        policy = job.options.politeness
        fetcher = Fetcher(self.crawler, tries=policy.tries, retry_wait=policy.retry_wait, stopped=stopped)
        workers = Workers(preload=("crawler.memento.judging",))
        try:
            recoverer = Recoverer(
                job,
                clients,
                fetcher,
                workers,
                stopped=stopped,
                on_stop=directory.abort,
                limit=self.limit,
                anew=self.url is not None,
            )
            await recoverer.run(self._links(job), self._done)
        finally:  # a stop cancels this: what came of the links until then is told all the same
            write_report(job.folder, self.results)
            await asyncio.to_thread(workers.stop)
        self._tell_of_outages(job)
        self._end()
        for request in _NOTHING:
            yield request

    def _clients(self, job: Job, directory: Directory, stopped: threading.Event) -> list[ArchiveClient]:
        settings, policy = self.crawler.settings, job.options.politeness
        asking = session(directory, job.options.user_agent)
        return [
            ArchiveClient(archive, asking, tries=policy.tries, retry_wait=policy.retry_wait, stopped=stopped)
            for archive in archives_of(table_of(settings.get("SOURCEKEEP_ARCHIVES")))
        ]

    def _links(self, job: Job) -> Iterator[DeadLink]:
        """One after the other, so that no more than those under way are in memory with all that is held of them."""
        with job.catalogue.reading() as connection:
            found = dead_states(connection, suspects=self.suspects, url=self.url)
        if self.url is not None and not found:
            job.fail(UsageError(f"{self.url} is no link of this collection; see `sourcekeep status`"))
        for state in found:
            with job.catalogue.reading() as connection:
                link = dead_link(connection, state, job.now())
            yield link

    def _done(self, result: Result) -> None:
        self.results.append(result)
        self.tell(result)

    def _tell_of_outages(self, job: Job) -> None:
        """What nobody could tell is no success: the next run asks again."""
        missed: Counter[str] = Counter()
        for result in self.results:
            if result.outcome == RecoveryOutcome.ARCHIVE_UNAVAILABLE:
                missed.update(each.archive for each in result.tried if each.outcome == result.outcome)
        for archive, number in missed.items():
            why = next(
                each.why for result in self.results for each in result.tried if each.archive == archive and each.why
            )
            job.problem(
                f"{archive} could not tell of {count(number, 'link')} ({why}); run the same command again later"
            )

    def _end(self) -> None:
        """Close at once; the engine would only look at its next heartbeat."""
        engine = self.crawler.engine
        if engine is not None:
            self._closing = asyncio.get_running_loop().create_task(engine.close_spider_async(reason="finished"))


def _log(result: Result) -> None:
    logger.info("%s: %s", result.link.url, result.outcome)


def _count(text: str | int | None) -> int | None:
    if text is None or text == "":
        return None
    if not str(text).isdecimal() or int(text) < 1:
        raise UsageError(f"the limit is {text!r}; it takes a number of links, 1 or more")
    return int(text)
