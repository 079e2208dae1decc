"""What the robots.txt of each host allows: fetched once per authority and run, and remembered (RFC 9309)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from archive.model import Exchange, Reason
from archive.urls import host_key
from crawler.attempt import RECEIVER
from crawler.content import decoded_body
from crawler.hosts import Withdrawn
from crawler.jobs import Job
from crawler.robots import MOST_BYTES, RobotsPolicy, robots_policy
from crawler.settlement import REDIRECTS, redirect_target

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ROBOTS_REDIRECTS = 5  # RFC 9309 section 2.3.1.2
ROBOTS_KEPT = 20_000  # hosts whose robots.txt is remembered at once

# Takes an exchange of a robots.txt, and the URL it was asked for.
Record = Callable[[Exchange, str], object]


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be fetched; `reason` says why, and holds for the link as well.

    `attempt` is the exchange that proves it, where nothing came at all.
    """

    def __init__(self, reason: Reason, attempt: Exchange | None = None) -> None:
        super().__init__(f"robots.txt: {reason}")
        self.reason = reason
        self.attempt = attempt


class RobotsPolicies:
    """The policies of all hosts of a run. `record` takes each exchange; by default it is kept like all others."""

    def __init__(self, crawler: Crawler, record: Record | None = None) -> None:
        self.crawler = crawler
        self.job = Job.of(crawler)
        self._record = record or (lambda exchange, via: self.job.record(exchange, via=via, hops="P"))
        self._policies: dict[str, asyncio.Future[RobotsPolicy]] = {}

    async def of(self, url: str) -> RobotsPolicy:
        """What the host of `url` allows. Raises `RobotsUnreachable`, `Withdrawn`."""
        parts = urlsplit(url)
        authority = f"{parts.scheme}://{parts.netloc}"
        known = self._policies.get(authority)
        if known is not None:
            return known.result() if known.done() else await asyncio.shield(known)
        if len(self._policies) >= ROBOTS_KEPT:
            self._forget_half()
        future: asyncio.Future[RobotsPolicy] = asyncio.get_running_loop().create_future()
        self._policies[authority] = future
        try:
            policy = await self._fetch(f"{authority}/robots.txt", via=url)
        except BaseException as error:
            # Others of this host share the failure for a moment, or each would wait for its own; second tries ask anew.
            wait = self.job.options.politeness.retry_wait / 2
            asyncio.get_running_loop().call_later(wait, self._policies.pop, authority, None)
            future.set_exception(error if isinstance(error, Exception) else Withdrawn())
            future.exception()  # taken note of, even if nobody else waited
            raise
        self.job.turns.set_crawl_delay(host_key(url), policy.crawl_delay)
        future.set_result(policy)
        return policy

    def _forget_half(self) -> None:
        for authority in list(self._policies)[: ROBOTS_KEPT // 2]:
            if self._policies[authority].done():
                del self._policies[authority]

    async def _fetch(self, url: str, *, via: str) -> RobotsPolicy:
        for _ in range(ROBOTS_REDIRECTS + 1):
            exchange, response = await self._get(url, via=via)
            if exchange.status not in REDIRECTS:
                if _lacks_rules(exchange):
                    raise RobotsUnreachable(exchange.error or Reason.TRUNCATED)
                policy = robots_policy(response.status, decoded_body(response, MOST_BYTES))
                if policy is None:
                    raise RobotsUnreachable(Reason.SERVER_ERROR)
                return policy
            target = redirect_target(url, exchange.location)
            if target is None:
                break
            via, url = url, target
        return RobotsPolicy(None)  # RFC 9309 section 2.3.1.2: too many redirects count as unavailable

    async def _get(self, url: str, *, via: str) -> tuple[Exchange, Response]:
        taken: list[Exchange] = []

        def record(exchange: Exchange) -> None:
            taken.append(exchange)
            self._record(exchange, via)

        request = Request(
            url,
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={RECEIVER: record, "download_slot": host_key(url), "download_maxsize": 4 * MOST_BYTES},
        )
        engine = self.crawler.engine
        assert engine is not None, "a request is under way, so there is an engine"
        try:
            response = await engine.download_async(request)
        except Withdrawn:
            raise
        except Exception as error:
            reason = taken[-1].error if taken else None
            attempt = taken[-1] if taken and taken[-1].body is None else None
            raise RobotsUnreachable(reason or Reason.PROTOCOL_ERROR, attempt) from error
        return taken[-1], response


def _lacks_rules(exchange: Exchange) -> bool:
    """Whether a part of this robots.txt is missing, and not just what lies beyond all that is read of one."""
    cut = exchange.truncated is not None and exchange.error is not Reason.TOO_LARGE
    return cut and exchange.status is not None and 200 <= exchange.status < 300
