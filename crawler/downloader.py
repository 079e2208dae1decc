"""Scrapy's downloader, reduced to what a polite crawl needs: middlewares, a turn at the host, the handler.

Scrapy's own keeps a slot per host, but does not enforce the cap at a delay of 0, counts requests that only wait as
work in progress, and costs two tasks and four signals a request. Named in the setting DOWNLOADER.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.misc import build_from_crawler

from archive.urls import host_key
from crawler.attempt import attempt_of
from crawler.jobs import Job

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred


ASIDE = 8  # times as many slow transfers as there are places


@dataclass(slots=True)
class _Place:
    """One transfer's, for as long as it is quick."""

    aside: bool = False


class PoliteDownloader:
    """At most CONCURRENT_REQUESTS transfers at once; per host, whatever `HostTurns` allows.

    A transfer that takes longer than SOURCEKEEP_SLOW_AFTER steps aside: it goes on, and its place is another's. Else as
    many slow hosts as there are places would hold all the others up until their time is out.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.job = Job.of(crawler)
        self.active: set[Request] = set()
        self.slots: dict[str, Slot] = {}  # Scrapy's extensions look here; ours is `job.turns`
        self.handlers = DownloadHandlers(crawler)
        self.middleware = build_from_crawler(DownloaderMiddlewareManager, crawler)
        self._total = crawler.settings.getint("CONCURRENT_REQUESTS")
        self._most_active = max(self._total, self.job.options.slice_size)
        self._slow_after = crawler.settings.getfloat("SOURCEKEEP_SLOW_AFTER")
        self._most_aside = ASIDE * self._total
        self._aside = 0
        self._transfers = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def fetch(self, request: Request) -> Deferred[Response | Request]:
        """Fires with what the middlewares make of the request and its response."""
        return deferred_from_coro(self._fetch(request))

    def needs_backout(self) -> bool:
        """Whether the engine should hold back further requests."""
        return self._transfers >= self._total or len(self.active) >= self._most_active or self.job.keeper.full

    def close(self) -> None:
        """Nothing to close: timers belong to `job.turns`."""
        self.job.turns.stop()

    async def _fetch(self, request: Request) -> Response | Request:
        """The response, or the request again if its attempt is settled: for all but the pages of the site.

        The engine takes that for a redirect and gives it to the scheduler, which knows that it is over. So it never
        passes through Scrapy's scraper, which costs as much as all that comes before and has no use for it.
        """
        attempt = attempt_of(request)
        self.active.add(request)
        try:
            response = await self.middleware.download_async(self._transfer, request)
        except IgnoreRequest:
            if attempt is None or not attempt.settled:
                raise
            return request
        finally:
            self.active.remove(request)
        return request if attempt is not None and attempt.settled else response

    async def _transfer(self, request: Request) -> Response:
        host = request.meta.get("download_slot") or host_key(request.url)
        await self.job.turns.take(host)
        started = asyncio.get_running_loop().time()
        try:
            await self._room()
            started = asyncio.get_running_loop().time()
            place = _Place()
            timer = asyncio.get_running_loop().call_later(self._slow_after, self._step_aside, place)
            try:
                return await self.handlers.download_request_async(request)
            finally:
                timer.cancel()
                self._free(place)
        finally:
            self.job.turns.give_back(host, duration=asyncio.get_running_loop().time() - started)

    async def _room(self) -> None:
        if self._transfers < self._total:
            self._transfers += 1
            return
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled():
                self._leave()  # the place was ours already
            raise

    def _step_aside(self, place: _Place) -> None:
        if self._aside < self._most_aside:
            place.aside = True
            self._aside += 1
            self._leave()

    def _free(self, place: _Place) -> None:
        if place.aside:
            self._aside -= 1
        else:
            self._leave()

    def _leave(self) -> None:
        while self._waiting:
            ticket = self._waiting.popleft()
            if not ticket.done():
                ticket.set_result(None)  # our place is theirs
                return
        self._transfers -= 1
