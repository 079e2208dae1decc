"""How a run ends: the ledger, the report, the exit code. All of it is computed from the catalogue."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from archive.baselines import is_copy
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import DiskFull, SourcekeepError
from archive.ledger import LedgerRow, Totals, count_citations, ledger_rows, write_csv
from archive.model import LinkKind, Outcome, Reason, Via
from archive.schema import captures, events
from archive.stats import outcomes
from archive.survey_budgets import with_left_out
from archive.survey_rows import shown
from archive.warc_files import storage_error
from crawler import __version__
from crawler.disk_guard import room_at
from crawler.limits import Limit, Reached
from crawler.options import described
from crawler.report_files import write_report
from crawler.reports import (
    MOST_FAILURES,
    MOST_SOURCES,
    Disk,
    EventSources,
    Failure,
    Plan,
    Requisites,
    RunEnd,
    WarcFile,
    dry_report,
    run_report,
)
from crawler.terminal import count, spell_bytes

if TYPE_CHECKING:
    from crawler.jobs import Job

logger = logging.getLogger(__name__)

STOPPED = 11  # by a signal, clean
GUESSED_BYTES = 100_000  # of a capture, where none tells
_SOME_MORE = 20  # times as many events are held before they are sorted
RESERVE = 16 << 20  # for the catalogue, the index and the reports


class Count:
    """Counts ledger rows as they pass."""

    def __init__(self) -> None:
        self.reasons: Counter[Reason] = Counter()
        self.failures: list[Failure] = []
        self.urls: dict[str, None] = {}
        self._event, self._of_event = "", Counter[Outcome]()  # the one whose rows are passing
        self._lacking: list[EventSources] = []  # those that lack most, and some more
        self.number_lacking = 0

    def over(self, rows: Iterable[LedgerRow], *, urls: bool = False) -> Iterator[LedgerRow]:
        """The rows, counted."""
        for row in rows:
            self._add(row)
            if urls and row.url is not None and row.outcome is Outcome.WAITING:
                self.urls[row.url] = None
            yield row

    def _add(self, row: LedgerRow) -> None:
        self.reasons[row.reason] += 1
        if row.event_path != self._event:
            self._event_is_over()
            self._event = row.event_path
        self._of_event[row.outcome] += 1
        if row.outcome is Outcome.FAILED and len(self.failures) < MOST_FAILURES:
            self.failures.append(Failure(event=row.event_path, url=row.url or row.href, reason=row.reason))

    def totals(self) -> Totals:
        """The sums of the rows that have passed."""
        sums: Counter[Outcome] = Counter()
        for reason, number in self.reasons.items():
            sums[reason.outcome] += number
        return Totals(
            total=self.reasons.total(),
            kept=sums[Outcome.KEPT],
            failed=sums[Outcome.FAILED],
            excluded=sums[Outcome.EXCLUDED],
            waiting=sums[Outcome.WAITING],
            reasons=dict(self.reasons),
        )

    def _event_is_over(self) -> None:
        number = self._of_event
        if number.total() > number[Outcome.KEPT]:
            sums = {outcome.value: number[outcome] for outcome in Outcome}
            self._lacking.append(EventSources(event=self._event, **sums))
            self.number_lacking += 1
        if len(self._lacking) >= _SOME_MORE * MOST_SOURCES:
            self._lacking = self._worst()
        self._of_event = Counter()

    def _worst(self) -> list[EventSources]:
        return sorted(self._lacking, key=lambda each: each.rank)[:MOST_SOURCES]

    def sources(self) -> list[EventSources]:
        """The events that lack most, the worst first. The ledger has the rows of one event one after the other."""
        self._event_is_over()
        return self._worst()


def conclude(job: Job) -> dict[str, object]:
    """Write the ledger and the report of a run that is over; the report."""
    count = Count()
    expected = 0
    try:
        ended = job.now()
        expected = count_citations(job.catalogue)
        path = job.folder / "ledger.csv"
        unfinished = path.with_suffix(".csv.new")
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            write_csv(count.over(ledger_rows(job.catalogue, ended)), file, expected=expected)
        unfinished.replace(path)
        job.judged(count.totals())
    except SourcekeepError as error:
        job.fail(error)
    except OSError as error:
        job.fail(storage_error(error, job.folder / "ledger.csv", "writing"))
    report = _report(job, count, expected)
    try:
        _write_down(job, report)
    except SourcekeepError as error:
        logger.warning("The report of run %s cannot be written: %s", job.run_name, error)
        job.fail(error)  # what ended the run before is not hidden by it
        return _report(job, count, expected)
    return report


def _report(job: Job, count: Count, expected: int) -> dict[str, object]:
    totals = count.totals()
    return run_report(
        _end(job, job.now(), waiting=totals.waiting),
        totals,
        job.tally,
        events=_events(job.catalogue),
        citations=expected,
        hosts=job.tally.host_counts(),
        warcs=_warcs(job.collection.warcs),
        failures=count.failures,
        requisites=_requisites(job),
        sources=count.sources(),
        sources_total=count.number_lacking,
        disk=disk_of(job),
    )


def disk_of(job: Job) -> Disk | None:
    """The room there is now; None where it cannot be measured."""
    try:
        room = room_at(job.collection.root)
    except SourcekeepError:
        return None
    return Disk(free=room.free, total=room.total, reserve=job.options.oversight.limits.reserve)


def _requisites(job: Job) -> Requisites | None:
    try:
        reasons = outcomes(job.frontier.reasons(LinkKind.REQUISITE))
        with job.catalogue.reading() as connection:
            reasons = with_left_out(connection, reasons)
            pages = shown(connection)
    except SourcekeepError as error:
        job.fail(error)
        return None
    return Requisites(reasons=reasons, pages=pages.pages, complete=pages.complete, unseen=pages.unseen)


def conclude_dry(job: Job, collection: Path) -> dict[str, object]:
    """The report of a dry run: what would be fetched, without what `collection` holds already."""
    held = held_urls(Collection(collection).catalogue)
    count = Count()
    for _ in count.over(ledger_rows(job.catalogue, job.now()), urls=True):
        pass
    wanted = [url for url in count.urls if url not in held]
    plan = Plan(urls=wanted, held=len(count.urls) - len(wanted))
    totals = count.totals()
    end = _end(job, job.now(), waiting=0)
    configuration = {**end.configuration, "collection": collection.name}
    end = replace(end, collection=str(collection), configuration=configuration)
    return dry_report(end, totals, plan, events=_events(job.catalogue))


def exit_code(job: Job, *, waiting: int) -> tuple[int, str]:
    """The exit code of a run and why, in a few words (design section 4.12)."""
    if isinstance(job.failure, DiskFull):
        return job.failure.exit_code, f"{job.failure}. {_room_needed(job, waiting)}"
    if job.failure is not None:
        return job.failure.exit_code, str(job.failure)
    if job.interrupted:
        return STOPPED, "stopped by a signal"
    if job.reached is not None:
        return job.reached.exit_code, _limited(job.reached, job, waiting)
    if job.problems:
        return 1, "finished with problems"
    if waiting and job.fetches and not job.bounded:
        return 1, f"{waiting} citations were left without an outcome: a fault of sourcekeep's, please report it"
    return 0, "finished"


def _limited(reached: Reached, job: Job, waiting: int) -> str:
    """Why a run ended that was not to go on, and what is left."""
    room = f". {_room_needed(job, waiting)}" if reached.limit is Limit.DISK else ""
    problems = f"; {count(len(job.problems), 'problem')} beside" if job.problems else ""
    return f"{reached.why}{room}; {count(waiting, 'citation')} left to the next run{problems}"


def _room_needed(job: Job, waiting: int) -> str:
    """How much room the rest will take, by what the captures of this run took."""
    each = job.tally.bytes // job.tally.captures if job.tally.captures else GUESSED_BYTES
    free = shutil.disk_usage(job.collection.root).free
    need = max(waiting, 1) * each + max(RESERVE, job.options.oversight.limits.reserve)
    return f"About {spell_bytes(need)} are needed for what still waits, {spell_bytes(free)} are free"


def _end(job: Job, ended: datetime, *, waiting: int) -> RunEnd:
    code, reason = exit_code(job, waiting=waiting)
    return RunEnd(
        id=job.run_id,
        name=job.run_name,
        job=job.name,
        site=job.site,
        collection=str(job.collection.root),
        started=job.started_at,
        ended=ended,
        version=__version__,
        exit_code=code,
        reason=reason,
        configuration=described(job.options),
        problems=tuple(job.problems),
    )


def _write_down(job: Job, report: dict[str, object]) -> None:
    """The report into the run's folder and record. Raises SourcekeepError; the run then counts as unfinished."""
    write_report(job.folder, report)
    counts = {str(reason): number for reason, number in sorted(job.tally.errors.items())}
    code, reason = int(str(report["exit_code"])), str(report["reason"])
    job.catalogue.end_run(job.run_id, job.now(), exit_code=code, reason=reason, counts=counts)


def _events(catalogue: Catalogue) -> int:
    with catalogue.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()


def has_events(catalogue: Catalogue) -> bool:
    """Whether the catalogue holds an event."""
    return _events(catalogue) > 0


def _warcs(folder: Path) -> list[WarcFile]:
    return [WarcFile(name=path.name, bytes=path.stat().st_size) for path in sorted(folder.glob("*.warc.gz"))]


def held_urls(path: Path) -> set[str]:
    """The URLs a collection holds whole, for a dry run; none if there is no collection at `path`."""
    if not path.is_file():
        return set()
    catalogue = Catalogue.open(path, create=False)
    try:
        with catalogue.reading() as connection:
            good = (captures.c.status.between(200, 299), captures.c.truncated.is_(None), captures.c.error.is_(None))
            ours = captures.c.via != Via.MEMENTO
            return set(connection.execute(sa.select(captures.c.url).where(*good, ours, is_copy())).scalars())
    finally:
        catalogue.close()
