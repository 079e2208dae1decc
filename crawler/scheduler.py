"""Scrapy's scheduler over the frontier: links are leased in slices and handed out host by host, in turn.

The frontier is pushed, not polled: a commit or a timer brings a fresh slice, leased on a thread of its own so that the
loop never waits for the database. In memory lie only the links of the slice, as leases; a `Request` is made when one is
handed out. A request that carries no lease (one that somebody's middleware made) waits in a plain queue.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import Counter, deque
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from archive.errors import SourcekeepError
from archive.model import Lease, LinkKind
from crawler.attempt import META, RECEIVER, Attempt, attempt_of
from crawler.jobs import Job
from crawler.posting import post

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

PER_HOST_IN_SLICE = 50  # no host fills a slice alone
GARBAGE_THRESHOLD = 20_000  # objects; at Python's 700 a tenth of a crawl's CPU goes into looking for cycles


class FrontierScheduler(BaseScheduler):
    """Feeds the engine from `archive.frontier`."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.job = Job.of(crawler)
        self._queues: dict[str, deque[Lease]] = {}
        self._turns: deque[str] = deque()
        self._outstanding: Counter[str] = Counter()
        self._others: deque[Request] = deque()
        self._queued = 0
        self._refilling = False
        self._again = False
        self._news = 0
        self._held: dict[str, float] = {}  # hosts that asked to be left alone -> until when, by the loop's clock
        self._exhausted = False
        self._exhausted_at = 0  # what `_news` was then
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:  # noqa: ARG002 - Scrapy's signature
        """Start to listen to the job: each commit may have brought links."""
        loop = asyncio.get_running_loop()
        gc.freeze()  # what is loaded by now stays
        gc.set_threshold(GARBAGE_THRESHOLD)
        self.job.on_commit = lambda: self._hear(loop)
        self.job.on_attempt_over = self._attempt_over
        self.job.on_withdrawn = lambda lease: self._give_back([lease])
        self.job.on_host_held = self._host_held
        self.job.begin_surveys()
        self.refill()

    def _hear(self, loop: asyncio.AbstractEventLoop) -> None:
        """The frontier may have changed. Called by any thread; counted at once, so that nobody misses it meanwhile."""
        self._news += 1
        post(loop, self.refill)

    def close(self, reason: str) -> None:  # noqa: ARG002
        """Give back what was leased and not fetched."""
        self.job.on_commit = None
        if self._alarm is not None:
            self._alarm.cancel()
        self._queues.clear()
        self._turns.clear()

    def has_pending_requests(self) -> bool:
        """Whether the frontier still has, or will within this run's patience have, something to fetch."""
        if self._others or not self._exhausted:
            return True
        more_may_come = self.job.busy or not self.job.keeper.quiet
        return more_may_come or self._news != self._exhausted_at

    def enqueue_request(self, request: Request) -> bool:
        """Take a request. Leases come here only to wake the engine, and settled attempts to be forgotten."""
        attempt = attempt_of(request)
        if attempt is None:
            self._others.append(request)
        elif not attempt.settled:
            self._push(attempt.lease)
        return True

    def next_request(self) -> Request | None:
        """The next link whose host may be asked, as a request; None if there is none at the moment."""
        if self._others:
            return self._others.popleft()
        if self.job.stopping or not self._turns:
            return None
        host = self._turns.popleft()
        queue = self._queues[host]
        lease = queue.popleft()
        self._queued -= 1
        self._outstanding[host] += 1
        if not queue:
            del self._queues[host]
        elif self._outstanding[host] < self.job.options.politeness.per_host:
            self._turns.append(host)
        return self._request(lease)

    def _request(self, lease: Lease) -> Request:
        return request_for(lease, most_bytes=self.job.options.requisite_budget.bytes)

    def refill(self) -> None:
        """Lease another slice if less than half of the last one is left; safe to call at any time."""
        self._exhausted = False
        if self.job.stopping or self._queued > self.job.options.slice_size // 2:
            return
        if self._refilling:
            self._again = True
            return
        self._refilling = True
        task = asyncio.get_running_loop().create_task(self._refill())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refill(self) -> None:
        news = self._news
        try:
            busy = [host for host, queue in self._queues.items() if len(queue) >= PER_HOST_IN_SLICE] + self._held_now()
            wanted = self.job.options.slice_size - self._queued
            leases = await asyncio.to_thread(self.job.lease, limit=wanted, per_host=PER_HOST_IN_SLICE, busy=busy)
            for lease in leases[1:]:
                self._push(lease)
            if leases and self.crawler.engine is not None:
                self.crawler.engine.crawl(self._request(leases[0]))
            if not leases:
                await self._nothing_due(news)
        except SourcekeepError as error:
            self.job.fail(error)
        except Exception as error:
            logger.exception("The frontier cannot be read")
            self.job.fail(error)
        finally:
            self._refilling = False
            if self._again:
                self._again = False
                self.refill()

    async def _nothing_due(self, news: int) -> None:
        """Nothing can be leased now: set the alarm for what is due later, or find that the frontier is exhausted."""
        if self._queued or self._outstanding.total() or self.job.busy:
            if not self._queued and not self._outstanding:
                self.job.keeper.hurry()  # only what is being kept can bring more work
            return  # what is under way ends with a commit, and that brings us here again
        wait = await asyncio.to_thread(self.job.seconds_to_next)
        if self.job.busy or self._outstanding.total():
            return
        if self._news != news:
            self._again = True
        elif wait is None:
            self._exhausted, self._exhausted_at = True, news
            await self._finish_if_idle()
        else:
            self._set_alarm(wait)

    def _set_alarm(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(max(seconds, 0.01), self.refill)

    async def _finish_if_idle(self) -> None:
        """Close at once; the engine itself would only look at its next heartbeat, five seconds later."""
        engine = self.crawler.engine
        if engine is not None and engine.spider is not None and engine.spider_is_idle():
            closing = asyncio.get_running_loop().create_task(engine.close_spider_async(reason="finished"))
            self._tasks.add(closing)
            closing.add_done_callback(self._tasks.discard)

    def _push(self, lease: Lease) -> None:
        queue = self._queues.get(lease.host)
        if queue is None:
            queue = self._queues[lease.host] = deque()
            if self._outstanding[lease.host] < self.job.options.politeness.per_host:
                self._turns.append(lease.host)
        queue.append(lease)
        self._queued += 1

    def _held_now(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        self._held = {host: until for host, until in self._held.items() if until > now}
        return list(self._held)

    def _host_held(self, host: str, seconds: float) -> None:
        """The host asked to be left alone: what was leased of it goes back, to wait in the frontier."""
        self._held[host] = asyncio.get_running_loop().time() + seconds
        queue = self._queues.pop(host, None)
        if queue:
            self._queued -= len(queue)
            if host in self._turns:
                self._turns.remove(host)
            self._give_back(list(queue))

    def _give_back(self, leases: list[Lease]) -> None:
        if self.job.stopping:
            return  # all leases of the run are released at its end
        ids = [lease.link_id for lease in leases]
        task = asyncio.get_running_loop().create_task(self._returned(ids))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _returned(self, ids: list[int]) -> None:
        try:
            await asyncio.to_thread(self.job.frontier.give_back, ids)
        except SourcekeepError as error:
            self.job.fail(error)
        self._news += 1
        self.refill()

    def _attempt_over(self, lease: Lease) -> None:
        host = lease.host
        was_full = self._outstanding[host] >= self.job.options.politeness.per_host
        self._outstanding[host] -= 1
        if self._outstanding[host] <= 0:
            del self._outstanding[host]
        if was_full and host in self._queues:
            self._turns.append(host)
        if not self._queued and not self._outstanding:
            self.job.keeper.hurry()  # only what is being kept can bring more work


def request_for(lease: Lease, *, most_bytes: int) -> Request:
    """The request that a lease asks for: conditional where an earlier answer gave a validator (RFC 9110 section 13).

    Its URL is canonical; Scrapy must not escape it again. `most_bytes` is what one requisite may have.
    """
    attempt = Attempt(lease)
    headers: dict[str, str] = {}
    if lease.etag is not None:
        headers["If-None-Match"] = lease.etag
    if lease.last_modified is not None:
        headers["If-Modified-Since"] = lease.last_modified
    meta: dict[str, object] = {
        META: attempt,
        RECEIVER: attempt,
        "download_slot": lease.host,
        "verbatim_url": True,
    }
    if lease.kind is LinkKind.REQUISITE:
        meta["download_maxsize"] = most_bytes
    return Request(lease.url, headers=headers or None, meta=meta, dont_filter=True)
