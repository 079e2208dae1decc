"""Rechecking as a function: which links, on which collection, and what came of it.

`recheck` opens the collection, runs the recheck spider in this thread to its end, and returns the report. The verbs
`recheck` and `check` are built on it; `check` works on a collection that is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

from archive.catalogue import Catalogue
from archive.check_rows import draw_again, enrol
from archive.checks import Check
from archive.state_rows import DueLink, due
from crawler.checking.options import CheckOptions
from crawler.checking.selection import Selection
from crawler.verdict.answer import ContentKind

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from crawler.jobs import Job

__all__ = ["Selection", "enrol_urls", "recheck", "what_is_due"]

MOST_SHOWN = 10_000  # due links told of by a dry run


def recheck(
    settings: Settings,
    selection: Selection,
    *,
    now: datetime | None = None,
    on_check: Callable[[Check], object] | None = None,
    quiet: bool = False,
    expected: Mapping[str, ContentKind] | None = None,
) -> dict[str, object]:
    """Check the links of `selection` in the collection that `settings` name; the report, as
    `crawler.checking.report.RecheckReport` has it.

    `now` moves the clock of checks, states and dues (SOURCEKEEP_NOW does the same); pauses and WARC-Date keep the real
    one. `on_check` is called with each check as it is made, in this thread. `expected` says of URLs (as their checks
    have them, `crawler.checking.sources.spelled`) what they once were. Raises SourcekeepError where the collection
    cannot be opened; what goes wrong later is in the report's `exit_code` and `reason`.
    """
    from crawler.jobs import RECHECK, Job  # noqa: PLC0415 - `--help` must not wait for Scrapy
    from crawler.options import Options  # noqa: PLC0415
    from crawler.progress import Progress  # noqa: PLC0415

    if now is not None:
        settings.set("SOURCEKEEP_NOW", now.isoformat(), priority="cmdline")
    CheckOptions.of(settings)  # what is wrong with them is said before anything is begun
    job = Job.open(Options.of(settings), name=RECHECK)
    try:
        with nullcontext() if quiet else Progress(job.snapshot):
            _run(job, settings, selection=selection, expected=expected, on_check=on_check)
            return job.finish()
    finally:
        job.close()


def _run(job: Job, settings: Settings, **arguments: object) -> None:
    """Run the spider to its end, in this thread."""
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415

    process = AsyncCrawlerProcess(settings)
    task = process.crawl("recheck", **arguments)
    process.start()
    job.heed_signals()
    error = task.exception() if task.done() and not task.cancelled() else None
    if isinstance(error, Exception):
        job.fail(error)
    elif job.crawl_reason is None:
        job.crawl_ended("killed")  # by a second signal: then Scrapy tells nobody


def what_is_due(catalogue: Catalogue, now: datetime, *, limit: int = MOST_SHOWN) -> list[DueLink]:
    """The links that a recheck would check at `now`, at most `limit`; what a crawl has settled since the last one
    included."""
    from crawler.checking.engine import CHECKED  # noqa: PLC0415

    with catalogue.writing() as connection:
        enrol(connection, CHECKED)
    with catalogue.reading() as connection:
        return due(connection, now, limit=limit, per_host=limit)


def enrol_urls(catalogue: Catalogue, urls: Iterable[str], now: datetime) -> None:
    """Have these URLs (canonical where they can be) checked as links of the collection from `now` on.

    One that has a state already keeps it.
    """
    with catalogue.linking() as (connection, host_ids):
        draw_again(connection, urls, host_ids, now=now)
