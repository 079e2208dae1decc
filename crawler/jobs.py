"""A job at work on a collection: lock, repair, run record, keeper; then the stages, the reports and the exit code.

The command line opens a job and then starts Scrapy; `scrapy crawl` finds none open and lets the extension open and end
it. Either way there is one per process and collection, and Scrapy's components reach it by `Job.of(crawler)`.
"""

from __future__ import annotations

import logging
import os
import shlex
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from archive.recovery import Repair, repair
from archive.writer import WarcWriter

from archive.catalogue import Catalogue, Run
from archive.collection import Collection, CollectionLock
from archive.errors import SourcekeepError
from archive.frontier import Frontier
from archive.keeper import Keeper, Kept, Submission
from archive.model import (
    Context,
    Exchange,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    PageRead,
    Reason,
    Resource,
    Settlement,
)
from crawler import __version__
from crawler.attempt import Attempt
from crawler.hosts import HostTurns
from crawler.options import Options, described
from crawler.tally import Tally

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Job:
    """One run on one collection. Make one with `open`."""

    _open: ClassVar[dict[Path, Job]] = {}

    def __init__(self, options: Options, *, site: str, name: str) -> None:
        self.options = options
        self.site = site
        self.name = name
        self.collection = Collection(options.collection)
        self.turns = HostTurns(options.politeness)
        self.started_at = self.now()
        self.owned_by_scrapy = False
        self.stopping = False
        self.failure: SourcekeepError | None = None
        self.problems: list[str] = []
        self.crawl_reason: str | None = None  # why the crawl ended: finished, shutdown, limit ...
        self.on_commit: Callable[[], object] | None = None
        self.on_stop: Callable[[str], object] | None = None
        self.on_attempt_over: Callable[[Lease], object] = lambda _: None
        self.repaired: Repair | None = None
        self.tally = Tally()
        self._kinds = frozenset(LinkKind)
        self._lock = CollectionLock(self.collection)

    # --- life ---

    @classmethod
    def open(cls, options: Options, *, site: str = "", name: str = "crawl") -> Job:
        """Lock the collection, repair what the last run left, begin a run. Raises SourcekeepError."""
        job = cls(options, site=site, name=name)
        job.collection.prepare()
        job._lock.take(since=job.started_at, command=command_line())
        try:
            job._begin()
        except BaseException:
            job._lock.release()
            raise
        cls._open[options.collection] = job
        return job

    @classmethod
    def of(cls, crawler: Crawler) -> Job:
        """The job of a crawl; opened now if nobody has."""
        options = Options.of(crawler.settings)
        job = cls._open.get(options.collection)
        if job is None:
            job = cls.open(options, site=str(crawler.settings.get("SOURCEKEEP_SITE") or ""))
            job.owned_by_scrapy = True
        return job

    def _begin(self) -> None:
        self.catalogue = Catalogue.open(self.collection.catalogue, create=True)
        self.frontier = Frontier(self.catalogue)
        self._repair()
        run = Run(
            job=self.name,
            site=self.site,
            started_at=self.started_at,
            pid=os.getpid(),
            host=socket.gethostname(),
            version=__version__,
            configuration=described(self.options),
        )
        self.run_id = self.catalogue.start_run(run)
        self.run_name = f"{self.started_at:%Y%m%dT%H%M%SZ}-{self.run_id}"
        self.folder = self.collection.runs / self.run_name
        self.folder.mkdir(parents=True, exist_ok=True)
        self._crawl_log = (self.folder / "crawl.log").open("a", encoding="utf-8")
        self.keeper = Keeper(
            self._writer(), self.catalogue, run_id=self.run_id, on_commit=self._committed, on_failure=self.fail
        )
        self.keeper.start()

    def _repair(self) -> None:
        committed = {warc.name: warc.committed_offset for warc in self.catalogue.warcs()}
        self.repaired = repair(self.collection.warcs, indexes=self.collection.indexes, committed=committed)
        # what the repair found is taken into the catalogue by `archive.recovery`'s caller: see `_take_in`
        self.frontier.reclaim()

    def _writer(self) -> WarcWriter:
        options = self.options
        about = {
            "software": f"sourcekeep/{__version__}",
            "http-header-user-agent": options.user_agent,
            "robots": "obey",
        }
        if options.contact:
            about["operator"] = options.contact
        return WarcWriter(
            self.collection.warcs,
            indexes=self.collection.indexes,
            prefix=options.warc_prefix,
            warcinfo=about,
            max_size=options.warc_size,
            now=self.now,
            new_id=lambda: f"urn:uuid:{uuid4()}",
            host=socket.gethostname(),
        )

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    # --- what the crawl asks for and hands over ---

    def seed(self, link: NewLink) -> None:
        """Put a link in front, and ask every page of the site again whether it changed."""
        self.frontier.revisit_pages(self.now())
        self.frontier.add([link])

    def lease(self, *, limit: int, per_host: int, busy: Sequence[str]) -> list[Lease]:
        """Links to fetch now."""
        return self.frontier.lease(run_id=self.run_id, now=self.now(), limit=limit, per_host=per_host, busy_hosts=busy)

    def seconds_to_next(self) -> float | None:
        """How long until a link can be fetched; None if none can within this run's patience."""
        now = self.now()
        due = self.frontier.next_due(now, kinds=self._kinds)
        if due is None or due > now + self.options.patience:
            return None
        return (due - now).total_seconds()

    def keep(self, attempt: Attempt, settlement: Settlement, *, page: PageRead | None = None) -> None:
        """Hand over an attempt with what came of it. The attempt is over."""
        attempt.settled = True
        if settlement.host_not_before is not None:
            wait = (settlement.host_not_before - self.now()).total_seconds()
            self.turns.hold(attempt.lease.host, wait)
        exchange, attempt.exchange = attempt.exchange, None
        self.keeper.put(Submission(exchange=exchange, context=attempt.context, settlement=settlement, page=page))
        self.on_attempt_over(attempt.lease)

    def pass_over(self, attempt: Attempt) -> None:
        """A page that is out of this run's bounds: recorded, but not taken for read, so a wider run reads it."""
        now = self.now()
        done = Settlement(link_id=attempt.lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=now)
        self.keep(attempt, done)

    def withdraw(self, attempt: Attempt) -> None:
        """An attempt that was not made: its link stays leased, and is given back when the run ends."""
        attempt.settled = True
        self.on_attempt_over(attempt.lease)

    def keep_resource(self, resource: Resource | None, page: PageRead) -> None:
        """Hand over a page read from disk."""
        self.keeper.put(Submission(resource=resource, page=page))

    def record(self, exchange: Exchange, *, via: str, hops: str) -> None:
        """Hand over an exchange that settles nothing (robots.txt)."""
        self.keeper.put(Submission(exchange=exchange, context=Context(via=via, hops=hops)))

    def page_digest(self, key: str) -> str | None:
        """The sha256 (hex) of the page `key` when it was last read."""
        return self.catalogue.page_sha256(key)

    # --- the end ---

    def stop(self, reason: str) -> None:
        """End the crawl gracefully: what is in flight is finished. From any thread."""
        self.stopping = True
        if self.on_stop is not None:
            self.on_stop(reason)

    def withdraw_waiting(self) -> None:
        """A graceful stop has begun: nothing new is sent."""
        self.stopping = True
        self.turns.stop()

    def problem(self, text: str) -> None:
        """Note what went wrong without ending the run; the run's exit code will not be 0."""
        logger.warning(text)
        self.problems.append(text)

    def fail(self, error: Exception) -> None:
        """End the crawl over an error. From any thread."""
        if self.failure is None:
            known = isinstance(error, SourcekeepError)
            self.failure = (
                error if known else SourcekeepError(f"{error!r}; this is a fault of sourcekeep's, please report it")
            )
        self.stop("failed")

    def crawl_ended(self, reason: str) -> None:
        """Note why Scrapy's part ended."""
        self.crawl_reason = reason
        self.stopping = True

    def _committed(self, group: Sequence[Kept]) -> None:
        self.tally.count(group)
        if self.on_commit is not None:
            self.on_commit()


def record_exchange(exchange: Exchange, request: Request) -> None:  # noqa: ARG001
    """The sink for exchanges that nobody asked for."""
    if exchange.body is not None:
        exchange.body.close()


def command_line() -> str:
    """How this process was started, without the path of the interpreter."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
