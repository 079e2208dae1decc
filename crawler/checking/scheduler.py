"""A scheduler with nothing in it: checks are asked for one by one, as conversations, and nothing is leased."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Self

from scrapy.core.scheduler import BaseScheduler

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

GARBAGE_THRESHOLD = 20_000  # objects; as in a crawl


class NothingScheduled(BaseScheduler):
    """Feeds the engine with nothing."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:  # noqa: ARG003 - Scrapy's signature
        """Scrapy's way to make one."""
        return cls()

    def open(self, spider: Spider) -> None:  # noqa: ARG002 - Scrapy's signature
        """Begin."""
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)

    def close(self, reason: str) -> None:
        """End."""

    def has_pending_requests(self) -> bool:
        """Never."""
        return False

    def enqueue_request(self, request: Request) -> bool:  # noqa: ARG002
        """Takes none."""
        return False

    def next_request(self) -> Request | None:
        """None."""
        return None
