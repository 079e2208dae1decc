"""Downloader middlewares: they fetch arguments and call a rule."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from archive.errors import UsageError
from archive.model import Exchange, Lease, LinkKind, Reason
from crawler.attempt import Attempt, attempt_of
from crawler.caps import Caps, setting_of
from crawler.guard import url_refusal
from crawler.hosts import Withdrawn
from crawler.jobs import Job
from crawler.policies import RobotsPolicies, RobotsUnreachable
from crawler.settlement import again_or_failed, refused, settle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


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
            case UsageError():  # how we are told to ask, not what: no link fails for that
                self.job.withdraw(attempt)
                self.job.fail(exception)
            case _:
                logger.error("%s: %r", request.url, exception, exc_info=exception)
                self.job.keep(attempt, again_or_failed(attempt.lease, Reason.INTERNAL_ERROR, now=now, policy=policy))
        raise IgnoreRequest(str(exception))

    def _settle(self, attempt: Attempt, exchange: Exchange) -> None:
        policy = self.job.options.politeness
        self.job.keep(attempt, settle(attempt.lease, exchange, now=self.job.now(), policy=policy))


def _is_whole_page(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.error is None and exchange.truncated is None


class RobotsMiddleware:
    """Obeys robots.txt after RFC 9309, once per authority and run; its exchanges are recorded like all others."""

    def __init__(self, crawler: Crawler) -> None:
        self._policies = RobotsPolicies(crawler)
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or raise `RobotsRefused` or `RobotsUnreachable`."""
        if attempt_of(request) is None or not self._obey:
            return
        policy = await self._policies.of(request.url)
        if not policy.allows(request.url):
            raise RobotsRefused(request.url)
