"""Item pipelines: they hand what a spider read to the job."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from archive.model import LinkStage, PageRead, Resource, Settlement
from crawler.attempt import Attempt
from crawler.jobs import Job
from crawler.settlement import settle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


@dataclass(frozen=True, slots=True, kw_only=True)
class PageItem:
    """A page that a spider read: fetched (then it has an attempt) or found on disk (then it has a resource)."""

    page: PageRead
    attempt: Attempt | None = None
    resource: Resource | None = None
    partial: bool = False  # not all of its links were taken: the next crawl has to read it anew, not ask if it changed


class PagePipeline:
    """Keeps a page: its record, its event, the links it gives and, if it was fetched, its DONE go together."""

    def __init__(self, crawler: Crawler) -> None:
        self.job = Job.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_item(self, item: object) -> object:
        """Hand a `PageItem` to the job; whatever else passes."""
        if isinstance(item, PageItem):
            while self.job.keeper.full and not self.job.stopping:
                await asyncio.sleep(0.02)
            if item.attempt is not None:
                self.job.keep(item.attempt, _done(item.attempt, self.job, partial=item.partial), page=item.page)
            else:
                self.job.keep_resource(item.resource, item.page)
        return item


def _done(attempt: Attempt, job: Job, *, partial: bool) -> Settlement:
    assert attempt.exchange is not None, "a page that was read came in an exchange"
    settlement = settle(attempt.lease, attempt.exchange, now=job.now(), policy=job.options.politeness)
    assert settlement.stage is not LinkStage.PENDING, "the middleware settles what has to be tried again"
    return replace(settlement, etag=None, last_modified=None) if partial else settlement
