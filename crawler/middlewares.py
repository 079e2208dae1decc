"""Downloader middlewares: they fetch arguments and call a rule."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from archive.model import Exchange, Lease, LinkKind, Reason
from archive.urls import host_key
from crawler.attempt import RECEIVER, Attempt, attempt_of
from crawler.caps import Caps, setting_of
from crawler.content import decoded_body
from crawler.guard import url_refusal
from crawler.hosts import Withdrawn
from crawler.jobs import Job
from crawler.robots import MOST_BYTES, RobotsPolicy, robots_policy
from crawler.settlement import REDIRECTS, again_or_failed, redirect_target, refused, settle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

ROBOTS_REDIRECTS = 5  # RFC 9309 section 2.3.1.2
ROBOTS_KEPT = 20_000  # hosts whose robots.txt is remembered at once


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be fetched; `reason` says why, and holds for the link as well."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"robots.txt: {reason}")
        self.reason = reason


class RobotsRefused(IgnoreRequest):
    """robots.txt disallows the URL."""


class FrontierMiddleware:
    """Settles each attempt at a leased link. Pages that came whole are settled by the pipeline, with what they say."""

    def __init__(self, crawler: Crawler) -> None:
        self.job = Job.of(crawler)
        self._most_per_host = Caps.of(crawler.settings).per_host
        self._asked: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Refuse a URL that must never be fetched, before anything is sent."""
        attempt = attempt_of(request)
        if attempt is None:
            return
        refusal = url_refusal(request.url) or self.job.over_budget(attempt.lease) or self._over_cap(attempt.lease)
        if refusal is not None:
            self.job.keep(attempt, refused(attempt.lease, refusal, now=self.job.now()))
            raise IgnoreRequest(str(refusal))

    def _over_cap(self, lease: Lease) -> Reason | None:
        """The reason not to ask a host that was asked as often as one run may, however many links there are to it."""
        if lease.kind is LinkKind.PAGE:
            return None  # the spider counts those
        self._asked[lease.host] += 1
        over = self._asked[lease.host] - self._most_per_host
        if over == 1:
            name = setting_of("per_host")
            self.job.problem(
                f"{lease.host}: {self._most_per_host:,} requests were made, the most of one run; its other links are"
                f" left over_budget ({name} raises that)"
            )
        return Reason.OVER_BUDGET if over > 0 else None

    def process_response(self, request: Request, response: Response) -> Response:
        """Settle what came back."""
        attempt = attempt_of(request)
        if attempt is None or attempt.exchange is None:
            return response
        if attempt.lease.kind is LinkKind.PAGE and _is_whole_page(attempt.exchange):
            return response  # the spider reads it; the pipeline settles it with its links
        self._settle(attempt, attempt.exchange)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Settle what went wrong."""
        attempt = attempt_of(request)
        if attempt is None:
            return
        if attempt.settled:
            return
        if isinstance(exception, Withdrawn):
            self.job.withdraw(attempt)
            raise IgnoreRequest("withdrawn")
        now = self.job.now()
        policy = self.job.options.politeness
        match exception:
            case RobotsRefused():
                self.job.keep(attempt, refused(attempt.lease, Reason.ROBOTS_EXCLUDED, now=now))
            case RobotsUnreachable() if not exception.reason.temporary:
                self.job.keep(attempt, refused(attempt.lease, exception.reason, now=now))
            case RobotsUnreachable():
                self.job.keep(attempt, again_or_failed(attempt.lease, exception.reason, now=now, policy=policy))
            case _ if attempt.exchange is not None:
                self._settle(attempt, attempt.exchange)
            case _:
                logger.error("%s: %r", request.url, exception, exc_info=exception)
                self.job.keep(attempt, again_or_failed(attempt.lease, Reason.INTERNAL_ERROR, now=now, policy=policy))
        raise IgnoreRequest(str(exception))

    def _settle(self, attempt: Attempt, exchange: Exchange) -> None:
        policy = self.job.options.politeness
        self.job.keep(attempt, settle(attempt.lease, exchange, now=self.job.now(), policy=policy))


def _lacks_rules(exchange: Exchange) -> bool:
    """Whether a part of this robots.txt is missing, and not just what lies beyond all that is read of one."""
    cut = exchange.truncated is not None and exchange.error is not Reason.TOO_LARGE
    return cut and exchange.status is not None and 200 <= exchange.status < 300


def _is_whole_page(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.error is None and exchange.truncated is None


class RobotsMiddleware:
    """Obeys robots.txt after RFC 9309, once per authority and run; its exchanges are recorded like all others."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.job = Job.of(crawler)
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")
        self._policies: dict[str, asyncio.Future[RobotsPolicy]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or raise `RobotsRefused` or `RobotsUnreachable`."""
        attempt = attempt_of(request)
        if attempt is None or not self._obey:
            return
        policy = await self._policy(request.url)
        if not policy.allows(request.url):
            raise RobotsRefused(request.url)

    async def _policy(self, url: str) -> RobotsPolicy:
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
            self.job.record(exchange, via=via, hops="P")

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
            raise RobotsUnreachable(reason or Reason.PROTOCOL_ERROR) from error
        return taken[-1], response
