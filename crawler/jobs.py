"""A job at work on a collection: the one object by which the parts of a run reach each other.

It takes the lock, repairs, begins the run and ends it. Parts with a noun of their own: `crawler.link_work` (links
handed out, what came of them), `crawler.run_record` (row, folder, crawl.log), `crawler.run_writer` (the WARCs),
`crawler.ending` (the stages behind the fetch, signals), `crawler.conclusion` (report and exit code).

The command line opens a job and then starts Scrapy; `scrapy crawl` finds none open and lets the extension open and end
it. Either way there is one per process and collection, and Scrapy's components reach it by `Job.of(crawler)`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from archive.catalogue import Catalogue
from archive.collection import Collection, CollectionLock
from archive.errors import SourcekeepError
from archive.frontier import Frontier
from archive.keeper import Keeper, Kept
from archive.mending import mend
from archive.model import Capture, Exchange, LinkKind, Settlement, Via
from crawler.checking.check_tally import CheckTally
from crawler.checking.report import conclude_recheck
from crawler.command_line import command_line
from crawler.conclusion import conclude, conclude_dry
from crawler.disk_guard import require_room
from crawler.ending import heed_signals, run_stages
from crawler.limits import Limit, Reached
from crawler.link_work import LinkWork
from crawler.options import Options
from crawler.oversight import Oversight
from crawler.progress import Snapshot
from crawler.report_files import prune
from crawler.run_record import RunRecord
from crawler.run_writer import run_writer
from crawler.settlement import settle_found
from crawler.spending import Spending
from crawler.standing import Standing
from crawler.surveyor import Surveyor
from crawler.tally import Tally

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from archive.ledger import Totals

logger = logging.getLogger(__name__)

INTERRUPTED = ("shutdown", "killed")
EXTRACT = "extract"
RECHECK = "recheck"
RECOVER = "recover"


class Job(LinkWork):
    """One run on one collection. Make one with `open`."""

    _open: ClassVar[dict[Path, Job]] = {}

    def __init__(self, options: Options, *, site: str, name: str) -> None:
        super().__init__(options)
        self.site = site
        self.name = name
        self.collection = Collection(options.collection)
        self.started_at = self.now()
        self.owned_by_scrapy = False
        self.stopping = False
        self.failure: SourcekeepError | None = None
        self.reached: Reached | None = None  # the limit that ended the run
        self._exit_code: int | None = None
        self.problems: list[str] = []
        self.crawl_reason: str | None = None  # why the crawl ended: finished, shutdown, limit ...
        self.on_stop: Callable[[str], object] | None = None
        self.on_kept: Callable[[Sequence[Kept]], object] = lambda _: None
        self.tally = Tally()
        self.checks = CheckTally()
        self.phase = "crawling"
        self._lock = CollectionLock(self.collection)
        self._surveyor: Surveyor | None = None
        self.oversight = Oversight(self, end=self._end_by)

    # --- life ---

    @property
    def fetches(self) -> bool:
        """Whether this job takes links from the frontier; `extract` only reads what is held, `recheck` checks, and
        `recover` asks archives."""
        return self.name not in (EXTRACT, RECHECK, RECOVER)

    @classmethod
    def open(cls, options: Options, *, site: str = "", name: str = "crawl") -> Job:
        """Lock the collection, repair what the last run left, begin a run. Raises SourcekeepError."""
        job = cls(options, site=site, name=name)
        job.collection.prepare()
        require_room(job.collection.root, options.oversight.limits.reserve)
        job._lock.take(since=job.started_at, command=command_line(sys.argv))
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
            site, name = (str(crawler.settings.get(f"SOURCEKEEP_{each}") or "") for each in ("SITE", "JOB"))
            job = cls.open(options, site=site, name=name or "crawl")
            job.owned_by_scrapy = True
        return job

    def _begin(self) -> None:
        self.catalogue = Catalogue.open(self.collection.catalogue, create=True)
        self.frontier = Frontier(self.catalogue)
        self._standing = Standing(self.frontier, self.tally, self.turns)
        self._spending = Spending(self.catalogue, self.options.requisite_budget, since=self.started_at)
        self._repair()
        self._record = RunRecord(
            self.catalogue,
            self.collection.runs,
            self.options,
            job=self.name,
            site=self.site,
            started_at=self.started_at,
        )
        self.run_id, self.run_name, self.folder = self._record.id, self._record.name, self._record.folder
        self.keeper = Keeper(
            run_writer(self.collection, self.options, now=self.now),
            self.catalogue,
            run_id=self.run_id,
            on_durable=self._durable,
            on_commit=self._committed,
            on_turns=self.checks.turned,
            on_failure=self.fail,
        )
        self.keeper.start()
        try:
            self.oversight.start()
        except SourcekeepError as error:  # a port that is taken, a log that cannot be written
            self.oversight.stop(error.exit_code)
            self.keeper.close()
            self._record.close()
            self.catalogue.end_run(self.run_id, self.now(), exit_code=error.exit_code, reason=str(error), counts={})
            self.catalogue.close()
            raise

    def _repair(self) -> None:
        """Make whole what the last run left, and take back what it had leased."""
        for problem in mend(self.catalogue, self.collection, settle=self._settle_found):
            self.problem(problem)
        self.frontier.reclaim()
        self._resumed = self.catalogue.unfinished(self.name, self.site)
        if self.fetches:
            self.frontier.begin_run(self.started_at)

    def _settle_found(self, capture: Capture) -> Settlement | None:
        lease = self.frontier.leased(capture.url) if capture.via is not Via.CHECK else None
        if lease is None:
            return None
        return settle_found(lease, capture, now=self.started_at, policy=self.options.politeness)

    def begin_surveys(self) -> None:
        """From now on what becomes durable is looked through for what it needs; what earlier runs left, at once."""
        if LinkKind.CITATION not in self._kinds:
            return
        self._surveyor = Surveyor(
            self.catalogue,
            self.keeper,
            self.collection.warcs,
            kinds=self.options.requisites.kinds,
            budget=self.options.requisite_budget,
            now=self.now,
            on_idle=self._look_again,
            on_failure=self.fail,
        )
        self._surveyor.on_problem = self.problem
        self._surveyor.start()

    @property
    def busy(self) -> bool:
        """Whether anything is under way that may still put links into the frontier."""
        return self.keeper.busy or (self._surveyor is not None and self._surveyor.busy)

    # --- the end ---

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended the crawl."""
        return self.crawl_reason in INTERRUPTED

    @property
    def is_short_of_room(self) -> bool:
        """Whether the disk's reserve ended the fetch."""
        return self.reached is not None and self.reached.limit is Limit.DISK

    def withdraw_waiting(self) -> None:
        """A graceful stop has begun: nothing new is sent, what is in flight is finished."""
        flying = self.turns.in_flight()
        if flying and not self.stopping:
            logger.warning("Stopping when the %d requests in flight are over; the same signal again stops now", flying)
        self.stopping = True
        self.turns.stop()

    def problem(self, text: str) -> None:
        """Note what went wrong without ending the run; the run's exit code will not be 0."""
        logger.warning(text)
        self.problems.append(text)

    def fail(self, error: Exception) -> None:
        """End the crawl over an error. From any thread."""
        if self.failure is None:
            fault = f"{error!r}; this is a fault of sourcekeep's, please report it"
            self.failure = error if isinstance(error, SourcekeepError) else SourcekeepError(fault)
        self.stopping = True
        if self.on_stop is not None:
            self.on_stop("failed")

    def _end_by(self, limit: Reached) -> None:
        """End the fetch over a limit, as by a first signal; what follows the fetch is done. From any thread."""
        on_stop = self.on_stop
        if self.stopping or on_stop is None:  # it is over already, or not begun
            return
        logger.warning("%s; what is in flight is finished, the rest is left to the next run", limit.why)
        self.reached = limit
        self.stopping = True
        on_stop("limit")

    def heed_signals(self) -> None:
        """From now on SIGINT and SIGTERM end the stages behind the crawl; a second one ends them at once.

        For the main thread. While Scrapy runs it handles them itself, and its handlers outlive its loop.
        """

        def interrupted() -> None:
            self.crawl_reason = INTERRUPTED[0]

        heed_signals(interrupted)

    def crawl_ended(self, reason: str) -> None:
        """Note why Scrapy's part ended."""
        self.crawl_reason = reason
        self.stopping = True
        if self._surveyor is not None:
            self._surveyor.stop()
        self.on_stop = self.on_commit = None  # the loop they would call into is about to end

    def finish(self, *, extract: bool = True) -> dict[str, object]:
        """What follows the fetch: articles, documents, ledger, report; of a recheck its report. Returns the report."""
        if self.name == RECHECK:
            report = conclude_recheck(self)
        else:
            run_stages(self, extract=extract)
            self.phase = "reporting"
            report = conclude(self)
        self._exit_code = int(str(report["exit_code"]))
        self._prune_reports()
        return report

    def _prune_reports(self) -> None:
        kept = self.options.oversight
        try:
            prune(
                self.collection.runs,
                keep=kept.keep_reports,
                days=kept.keep_report_days,
                now=self.now(),
                but=self.folder,
            )
        except OSError as error:
            logger.warning("Old reports cannot be taken away: %s", error)

    def finish_dry(self, *, against: Path) -> dict[str, object]:
        """The report of a dry run: what a crawl into the collection `against` would fetch."""
        run_stages(self, extract=False)
        return conclude_dry(self, against)

    def close(self) -> None:
        """Let go of everything. What was not kept yet is fetched by the next run."""
        Job._open.pop(self.options.collection, None)
        self.oversight.stop(self._exit_code)
        if self._surveyor is not None:
            self._surveyor.stop()
        try:
            self.keeper.close()
        except SourcekeepError as error:
            self.fail(error)
        finally:
            self._record.close()
            self.catalogue.close()
            self._lock.release()

    def snapshot(self) -> Snapshot:
        """Where the run stands, for the progress display."""
        return self._standing.snapshot(phase=self.phase)

    def judged(self, totals: Totals) -> None:
        """The ledger is written: the display has its numbers from now on."""
        self._standing.judged(totals)

    def _durable(self, group: Sequence[Kept]) -> None:
        if self._surveyor is not None:
            self._surveyor.note(group)

    def _committed(self, group: Sequence[Kept]) -> None:
        self.tally.count(group)
        self.on_kept(group)
        self._record.log(group)
        self.oversight.kept(group)
        self._look_again()


def record_exchange(exchange: Exchange, request: Request) -> None:  # noqa: ARG001
    """The sink for exchanges that nobody asked for."""
    if exchange.body is not None:
        exchange.body.close()
