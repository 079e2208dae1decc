"""Scrapy extensions: the job's life around a crawl, and a log without a line per page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Self
from urllib.request import getproxies

from scrapy import signals
from scrapy.logformatter import LogFormatter
from twisted.internet.defer import AlreadyCalledError

from crawler.attempt import Attempt, attempt_of
from crawler.jobs import Job
from crawler.options import check_proxies
from crawler.posting import post
from crawler.terminal import make_logs_visible

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure


class JobExtension:
    """Binds the job to the crawl. Under `scrapy crawl` it also opens and ends it; else the command line does."""

    def __init__(self, crawler: Crawler) -> None:
        make_logs_visible()
        logging.getLogger("scrapy.crawler").addFilter(_tells_no_settings)
        self.crawler = crawler
        if crawler.settings.getbool("HTTPPROXY_ENABLED"):
            check_proxies(getproxies())
        self.job = Job.of(crawler)
        crawler.settings.set("SOURCEKEEP_SPOOL_DIR", str(self.job.collection.spool), priority="addon")
        crawler.settings.set("USER_AGENT", self.job.options.user_agent, priority="cmdline")
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)
        crawler.signals.connect(self._stopped, signal=signals.engine_stopped)
        crawler.signals.connect(self._spider_failed, signal=signals.spider_error)
        crawler.signals.connect(self._item_failed, signal=signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    def _opened(self, spider: Spider) -> None:  # noqa: ARG002
        loop = asyncio.get_running_loop()
        self.job.on_stop = lambda reason: post(loop, self._stop, reason)
        self._watch = loop.create_task(self._watch_engine())

    def _stop(self, reason: str) -> None:
        self.job.turns.stop()  # who waits for a turn would hold the end up for as long as hosts want their pauses
        engine = self.crawler.engine
        if engine is not None and engine.spider is not None:
            self._closing = asyncio.get_running_loop().create_task(engine.close_spider_async(reason=reason))

    async def _watch_engine(self) -> None:
        """Scrapy tells nobody that a graceful stop has begun; those who wait for a turn need to know."""
        while self.crawler.crawling and not self.job.stopping:
            await asyncio.sleep(0.1)
        if not self.crawler.crawling:
            self.job.withdraw_waiting()
        await self._let_close()

    async def _let_close(self) -> None:
        """Scrapy looks whether it can close when an answer is dealt with, but not when an item of `start` is: it would
        wait for ever for one that was under way when the stop began. Cancelled when the spider is closed.
        """
        engine = self.crawler.engine
        while engine is not None and (slot := engine.scraper.slot) is not None:
            if slot.closing is not None and not slot.closing.called and slot.is_idle() and self.crawler.spider:
                with contextlib.suppress(AlreadyCalledError):  # Scrapy may have done so itself
                    slot.closing.callback(self.crawler.spider)
                return
            await asyncio.sleep(0.1)

    def _spider_failed(self, failure: Failure, response: Response | None, spider: Spider) -> None:  # noqa: ARG002
        """A page whose reading raised: a fault of ours, which must not leave its link leased for ever."""
        attempt = attempt_of(response.request) if response is not None and response.request is not None else None
        if response is None:
            self.job.fail(
                failure.value if isinstance(failure.value, Exception) else RuntimeError(failure.value)
            )  # the start pages cannot be read: the walk is not whole
        elif attempt is not None:
            self.job.give_up(attempt)

    def _item_failed(self, item: object, **_: object) -> None:
        attempt = getattr(item, "attempt", None)
        if isinstance(attempt, Attempt):
            self.job.give_up(attempt)

    def _closed(self, spider: Spider, reason: str) -> None:  # noqa: ARG002
        self._watch.cancel()
        self.job.crawl_ended(reason)

    async def _stopped(self) -> None:
        if self.job.owned_by_scrapy:
            await asyncio.to_thread(self.job.finish)
            await asyncio.to_thread(self.job.close)


def _tells_no_settings(record: logging.LogRecord) -> bool:
    """Not the settings that differ from Scrapy's own: keys and passwords may be among them."""
    return not str(record.msg).startswith("Overridden settings")


class QuietLogFormatter(LogFormatter):
    """No line per page and none per failure: those are in crawl.log, and failures are values here."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> Any:  # noqa: ARG002
        """Nothing."""
        return None

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> Any:  # noqa: ARG002
        """Nothing."""
        return None

    def dropped(self, item: Any, exception: BaseException, response: Any, spider: Spider) -> Any:  # noqa: ARG002
        """Nothing."""
        return None
