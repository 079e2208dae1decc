"""Rechecking as a function: which links, on which collection, and what came of it.

`recheck` opens the collection, runs the recheck spider in this thread to its end, and returns the report. The verbs
`recheck` and `check` are built on it; `check` works on a collection that is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.check_rows import draw_again, enrol
from archive.checks import Check
from archive.link_rows import host_of
from archive.selections import NOT_ALIVE, START, selected, states_of
from archive.state_rows import DueLink, astray, due
from archive.urls import masked_userinfo
from crawler.checking.beginning import cut_off_at
from crawler.checking.options import CheckOptions
from crawler.checking.proofs import Proofs
from crawler.checking.selection import Selection
from crawler.checking.sources import spelled
from crawler.spider_run import run_spider
from crawler.verdict.answer import ContentKind

if TYPE_CHECKING:
    from scrapy.settings import Settings


__all__ = ["Selection", "began", "enrol_urls", "recheck", "would_check"]

MOST_SHOWN = 10_000  # due links told of by a dry run


def recheck(
    settings: Settings,
    selection: Selection,
    *,
    now: datetime | None = None,
    on_check: Callable[[Check], object] | None = None,
    quiet: bool = False,
    expected: Mapping[str, ContentKind] | None = None,
    proven: bool = False,
) -> dict[str, object]:
    """Check the links of `selection` in the collection that `settings` name; the report, as
    `crawler.checking.report.RecheckReport` has it.

    `now` moves the clock of checks, states and dues (SOURCEKEEP_NOW does the same); pauses and WARC-Date keep the real
    one. `on_check` is called with each check as it is made, in this thread; if `proven`, once it is on the disk, with
    the record of its answer, possibly in another. `expected` says of URLs (as their checks
    have them, `crawler.checking.sources.spelled`) what they once were. Raises SourcekeepError where the collection
    cannot be opened; what goes wrong later is in the report's `exit_code` and `reason`.
    """
    from crawler.jobs import RECHECK, Job  # noqa: PLC0415 - `--help` must not wait for Scrapy
    from crawler.options import Options  # noqa: PLC0415
    from crawler.progress import Progress  # noqa: PLC0415

    if now is not None:
        settings.set("SOURCEKEEP_NOW", now.isoformat(), priority="cmdline")
    settings.set("SOURCEKEEP_PER_HOST", CheckOptions.of(settings).per_host, priority="cmdline")
    job = Job.open(Options.of(settings), name=RECHECK)
    try:
        with nullcontext() if quiet else Progress(job.snapshot):
            if on_check is None or not proven:
                run_spider(job, settings, "recheck", selection=selection, expected=expected, on_check=on_check)
                return job.finish()
            proofs = Proofs(on_check)
            told = {"on_check": proofs.note, "on_kept": proofs.kept}
            run_spider(job, settings, "recheck", selection=selection, expected=expected, **told)
            report = job.finish()
            proofs.rest()
            return report
    finally:
        job.close()


def would_check(catalogue: Catalogue, selection: Selection, now: datetime) -> list[DueLink]:
    """The links that a recheck would check at `now`, at most 10,000; what a crawl has settled since the last one
    included. Nothing is written."""
    from crawler.checking.engine import CHECKED  # noqa: PLC0415 - not for help

    most = min(selection.limit or MOST_SHOWN, MOST_SHOWN)
    since = cut_off_at(catalogue, selection, now)
    with catalogue.writing(durable=False) as connection:
        enrol(connection, CHECKED)
        found = _chosen(connection, selection, now, most, since)
        connection.rollback()
    return found


def unknown(catalogue: Catalogue, urls: Iterable[str], host: str | None) -> str | None:
    """The first of these URLs that the collection does not know as a link, or `host` if it knows no link of it."""
    from crawler.checking.engine import CHECKED  # noqa: PLC0415 - not for help

    with catalogue.writing(durable=False) as connection:
        enrol(connection, CHECKED)
        named = [spelled(url) for url in urls]
        known = states_of(connection, named)
        found = host is None or bool(selected(connection, after=START, limit=1, host=host)[0])
        connection.rollback()
    return next((masked_userinfo(url) for url in named if url not in known), None if found else host)


def began(catalogue: Catalogue, selection: Selection, now: datetime) -> datetime | None:
    """When the run began that was cut off and that a recheck of this selection would go on with; None if none was."""
    return cut_off_at(catalogue, selection, now)


def _chosen(
    connection: sa.Connection, selection: Selection, now: datetime, most: int, since: datetime | None
) -> list[DueLink]:
    if selection.urls:
        states = states_of(connection, [spelled(url) for url in selection.urls])
        return [DueLink(link_id=None, host=host_of(url), kind=None, state=state) for url, state in states.items()][
            :most
        ]
    if selection.all or selection.failed or selection.host is not None:
        standings = NOT_ALIVE if selection.failed else None
        return selected(
            connection, after=START, limit=most, found=standings, host=selection.host, unchecked_since=since
        )[0]
    found = due(connection, now, limit=most, per_host=most)
    return [*found, *astray(connection, now, limit=most - len(found))] if len(found) < most else found


def enrol_urls(catalogue: Catalogue, urls: Iterable[str], now: datetime) -> None:
    """Have these URLs (canonical where they can be) checked as links of the collection from `now` on.

    One that has a state already keeps it.
    """
    with catalogue.linking() as (connection, host_ids):
        draw_again(connection, urls, host_ids, now=now)
