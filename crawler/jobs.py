"""A job at work on a collection: lock, repair, run record, keeper; then the stages, the reports and the exit code.

The command line opens a job and then starts Scrapy; `scrapy crawl` finds none open and lets the extension open and end
it. Either way there is one per process and collection, and Scrapy's components reach it by `Job.of(crawler)`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from archive.aliases import update_aliases
from archive.catalogue import Catalogue, Run
from archive.collection import Collection, CollectionLock
from archive.errors import SourcekeepError
from archive.frontier import Frontier
from archive.keeper import Keeper, Kept, Submission
from archive.mending import mend
from archive.model import (
    Capture,
    Context,
    Exchange,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    Outcome,
    PageRead,
    Reason,
    Resource,
    Settlement,
    Via,
)
from archive.rescoring import rescore
from archive.warc_files import storage_error
from archive.writer import WarcWriter
from crawler import __version__
from crawler.attempt import Attempt
from crawler.checking.check_tally import CheckTally
from crawler.checking.report import conclude_recheck
from crawler.command_line import command_line
from crawler.conclusion import conclude, conclude_dry, has_events
from crawler.crawl_log import crawl_log_line
from crawler.hosts import HostTurns
from crawler.options import Options, described
from crawler.progress import Snapshot
from crawler.settlement import again_or_failed, settle_found
from crawler.spending import Spending
from crawler.stages import read_articles, write_documents
from crawler.standing import Standing
from crawler.surveyor import Surveyor
from crawler.tally import Tally

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

INTERRUPTED = ("shutdown", "killed")
EXTRACT = "extract"
RECHECK = "recheck"
RECOVER = "recover"


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
        self.on_withdrawn: Callable[[Lease], object] = lambda _: None
        self.on_kept: Callable[[Sequence[Kept]], object] = lambda _: None
        self.on_host_held: Callable[[str, float], object] = lambda _host, _seconds: None
        self.tally = Tally()
        self.checks = CheckTally()
        self.phase = "crawling"
        self._kinds = frozenset(LinkKind)
        self._seed: str | None = None
        self._lock = CollectionLock(self.collection)
        self._surveyor: Surveyor | None = None

    # --- life ---

    @property
    def fetches(self) -> bool:
        """Whether this job takes links from the frontier; `extract` only reads what is held, `recheck` checks, `recover`
        asks archives."""
        return self.name not in (EXTRACT, RECHECK, RECOVER)

    @classmethod
    def open(cls, options: Options, *, site: str = "", name: str = "crawl") -> Job:
        """Lock the collection, repair what the last run left, begin a run. Raises SourcekeepError."""
        job = cls(options, site=site, name=name)
        job.collection.prepare()
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
        self.folder.mkdir(parents=True)  # a run's name is never given twice
        self._crawl_log = (self.folder / "crawl.log").open("x", encoding="utf-8")  # "x" follows no link
        self.keeper = Keeper(
            self._writer(),
            self.catalogue,
            run_id=self.run_id,
            on_durable=self._durable,
            on_commit=self._committed,
            on_turns=self.checks.turned,
            on_failure=self.fail,
        )
        self.keeper.start()

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

    def seed(self, link: NewLink, *others: NewLink) -> None:
        """Put links in front, and ask every page of the site again whether it changed; not when an unfinished run is
        gone on with."""
        self._seed = link.url
        if not self._resumed:
            self.frontier.revisit_pages()
        self.frontier.add([link, *others])
        self._look_again()  # whoever found the frontier empty has to

    def fetch_only(self, *kinds: LinkKind) -> None:
        """Leave links of other kinds where they are."""
        self._kinds = frozenset(kinds)

    def enough_pages(self) -> None:
        """No more pages of the site in this run (`--limit`)."""
        self._kinds -= {LinkKind.PAGE}

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

    def over_budget(self, lease: Lease) -> Reason | None:
        """Why a requisite is not fetched: its page has had its share."""
        return self._spending.refusal(lease)

    def lease(self, *, limit: int, per_host: int, busy: Sequence[str]) -> list[Lease]:
        """Links to fetch now."""
        return self.frontier.lease(
            run_id=self.run_id,
            now=self.now(),
            limit=limit,
            per_host=per_host,
            busy_hosts=busy,
            kinds=self._kinds,
        )

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
            self.on_host_held(attempt.lease.host, wait)
        for earlier in attempt.earlier:
            self.keeper.put(Submission(exchange=earlier, context=attempt.context))
        exchange, attempt.exchange = attempt.exchange, None
        if exchange is not None:
            self._spending.note(attempt.lease, exchange)
        self.keeper.put(
            Submission(
                exchange=exchange,
                context=attempt.context,
                settlement=settlement,
                page=page,
                url=attempt.lease.url,
            )
        )
        self.on_attempt_over(attempt.lease)

    def pass_over(self, attempt: Attempt, page: PageRead) -> None:
        """A page that is out of this run's bounds: it leads on, but is not taken for read, so a wider run reads it."""
        done = Settlement(link_id=attempt.lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=self.now())
        self.keep(attempt, done, page=page)

    def give_up(self, attempt: Attempt) -> None:
        """An attempt that a fault of ours ended: it counts as a failed one, and is tried again."""
        if not attempt.settled:
            now, policy = self.now(), self.options.politeness
            self.keep(attempt, again_or_failed(attempt.lease, Reason.INTERNAL_ERROR, now=now, policy=policy))

    def withdraw(self, attempt: Attempt) -> None:
        """An attempt that was not made: its link goes back to the frontier."""
        attempt.settled = True
        self.on_withdrawn(attempt.lease)
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

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended the crawl."""
        return self.crawl_reason in INTERRUPTED

    @property
    def bounded(self) -> bool:
        """Whether the run was told to leave links for another one."""
        return self._kinds != frozenset(LinkKind)

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

    def heed_signals(self) -> None:
        """From now on SIGINT and SIGTERM end the stages behind the crawl; a second one ends them at once.

        For the main thread. While Scrapy runs it handles them itself, and its handlers outlive its loop.
        """

        def first(number: int, _: object) -> None:
            self.crawl_reason = INTERRUPTED[0]
            signal.signal(number, signal.default_int_handler)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, first)

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
            return conclude_recheck(self)
        self._stages(extract=extract)
        self.phase = "reporting"
        return conclude(self)

    def finish_dry(self, *, against: Path) -> dict[str, object]:
        """The report of a dry run: what a crawl into the collection `against` would fetch."""
        self._stages(extract=False)
        return conclude_dry(self, against)

    def _stages(self, *, extract: bool) -> None:
        try:
            self._check_seed()
            if self.failure is None:
                self.keeper.flush()
                self.frontier.release(self.run_id)
                if not self.interrupted:
                    self.phase = "seeing what is whole"
                    rescore(self.catalogue, self.now())
                if extract and not self.interrupted:
                    self.phase = "reading the articles"
                    read_articles(self, processes=os.cpu_count() or 1)
                if not self.interrupted:
                    self.phase = "seeing which addresses are one work"
                    update_aliases(self.catalogue, self.now())
                self.phase = "writing the events"
                write_documents(self)
            self.keeper.close()
        except SourcekeepError as error:
            self.fail(error)
        except OSError as error:
            self.fail(storage_error(error, Path(error.filename or self.collection.root), "finishing"))

    def _check_seed(self) -> None:
        """A site of which not one page came is no success, whatever else went well."""
        if self._seed is None or self.interrupted or self.failure is not None:
            return
        if self.tally.pages:
            if not has_events(self.catalogue):
                self.problem(f"{self._seed} led to no event (news/YYYY/MM/D/title); name the archive's home page")
            return
        reason = self.frontier.reason_of(self._seed)
        if reason is not None and reason is not Reason.NOT_MODIFIED and reason.outcome is not Outcome.KEPT:
            self.problem(f"{self._seed} gave no page ({reason}); see that the address is right and the site is up")

    def close(self) -> None:
        """Let go of everything. What was not kept yet is fetched by the next run."""
        Job._open.pop(self.options.collection, None)
        if self._surveyor is not None:
            self._surveyor.stop()
        try:
            self.keeper.close()
        except SourcekeepError as error:
            self.fail(error)
        finally:
            with contextlib.suppress(OSError):  # lines that found no room before find none now
                self._crawl_log.close()
            self.catalogue.close()
            self._lock.release()

    def snapshot(self) -> Snapshot:
        """Where the run stands, for the progress display."""
        return self._standing.snapshot(phase=self.phase)

    def _durable(self, group: Sequence[Kept]) -> None:
        if self._surveyor is not None:
            self._surveyor.note(group)

    def _look_again(self) -> None:
        if self.on_commit is not None:
            self.on_commit()

    def _committed(self, group: Sequence[Kept]) -> None:
        self.tally.count(group)
        self.on_kept(group)
        lines = (crawl_log_line(kept, url=kept.submission.url) for kept in group)
        try:
            self._crawl_log.writelines(f"{line}\n" for line in lines if line is not None)
            self._crawl_log.flush()
        except OSError as error:
            raise storage_error(error, self.folder / "crawl.log", "writing") from error
        self._look_again()


def record_exchange(exchange: Exchange, request: Request) -> None:  # noqa: ARG001
    """The sink for exchanges that nobody asked for."""
    if exchange.body is not None:
        exchange.body.close()
