"""A spider run to its end in this thread, for the verbs: what `scrapy crawl` does, and how it ended told to the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from crawler.jobs import Job


def run_spider(job: Job, settings: Settings, name: str, **arguments: object) -> None:
    """Run the spider `name` with these arguments. How it failed or was stopped stands in the job then."""
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415 - `--help` must not wait for it

    process = AsyncCrawlerProcess(settings)
    task = process.crawl(name, **arguments)
    process.start()
    job.heed_signals()
    error = task.exception() if task.done() and not task.cancelled() else None
    if isinstance(error, Exception):
        job.fail(error)
    elif job.crawl_reason is None:
        job.crawl_ended("killed")  # by a second signal: then Scrapy tells nobody
