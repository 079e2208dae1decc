"""How a run of checks ends: its report and its exit code."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from archive.checks import LinkState, Standing
from archive.errors import SourcekeepError
from archive.state_rows import history, next_due, state_counts
from archive.warc_files import storage_error
from crawler import __version__
from crawler.checking.check_tally import MOST_LISTED, Told
from crawler.conclusion import disk_of
from crawler.crawl_log import stamp
from crawler.options import described
from crawler.report_files import write_report

if TYPE_CHECKING:
    from crawler.jobs import Job

logger = logging.getLogger(__name__)

FOUND_DEAD = 2
STOPPED = 11  # by a signal, clean


class LinkJson(TypedDict):
    """A link of a list."""

    url: str
    state: str  # of its last check
    final_url: str | None
    since: str | None


class RecheckReport(TypedDict):
    """report.json of a recheck. `links` and `next_due` are of the collection, the rest of this run."""

    run: dict[str, object]  # id, name, job, started, ended, seconds, version, configuration; now: the clock of checks;
    # goes_on_from: when the run of the same choice began that was cut off
    collection: str
    exit_code: int
    reason: str
    checks: int
    requests: int  # probes included, robots.txt not
    discarded: int  # checks that are no evidence: of an incident
    states: dict[str, int]  # of the checks
    classes: dict[str, int]
    newly_dead: list[LinkJson]
    revived: list[LinkJson]
    moved: list[LinkJson]  # for the first time
    drifted: list[LinkJson]
    captures: int
    bytes: int
    links: dict[str, int]  # by the state to show
    next_due: str | None
    disk: dict[str, int] | None  # free, total, reserve, in bytes
    problems: list[str]


def conclude_recheck(job: Job) -> dict[str, object]:
    """Make what was found durable, write the report of a run that is over; the report."""
    job.phase = "reporting"
    try:
        if job.failure is None:
            job.keeper.flush()
        job.keeper.close()
    except SourcekeepError as error:
        job.fail(error)
    report = _report(job)
    try:
        _write_down(job, report)
    except SourcekeepError as error:
        logger.warning("The report of run %s cannot be written: %s", job.run_name, error)
        job.fail(error)
        return _report(job)
    return report


def exit_code(job: Job) -> tuple[int, str]:
    """The exit code of a run and why, in a few words."""
    dead = len(job.checks.newly_dead())
    if job.failure is not None:
        return job.failure.exit_code, str(job.failure)
    if job.interrupted:
        return STOPPED, "stopped by a signal"
    if job.reached is not None:
        return job.reached.exit_code, f"{job.reached.why}; what is due still is left to the next run"
    if dead:
        return FOUND_DEAD, f"{dead:,} {'link is' if dead == 1 else 'links are'} newly dead"
    if job.problems:
        return 1, "finished with problems"
    return 0, "finished"


def _report(job: Job) -> dict[str, object]:
    tally = job.checks
    classes: Counter[str] = Counter()
    for state, number in tally.states.items():
        classes[state.verdict_class] += number
    code, reason = exit_code(job)
    links, due = _links(job)
    report: RecheckReport = {
        "run": _run_json(job),
        "collection": str(job.collection.root),
        "exit_code": code,
        "reason": reason,
        "checks": tally.checks,
        "requests": tally.requests,
        "discarded": tally.discarded,
        "states": _counts({str(state): number for state, number in tally.states.items()}),
        "classes": _counts({str(each): number for each, number in classes.items()}),
        "newly_dead": _states_json(job, tally.newly_dead()),
        "revived": _states_json(job, tally.revived()),
        "moved": [_told_json(each) for each in tally.moved],
        "drifted": [_told_json(each) for each in tally.drifted],
        "captures": job.tally.captures,
        "bytes": job.tally.bytes,
        "links": links,
        "next_due": due,
        "disk": asdict(disk) if (disk := disk_of(job)) is not None else None,
        "problems": list(job.problems),
    }
    return cast("dict[str, object]", report)


def _links(job: Job) -> tuple[dict[str, int], str | None]:
    try:
        with job.catalogue.reading() as connection:
            counts = {str(state): number for state, number in state_counts(connection).items()}
            due = next_due(connection)
    except SourcekeepError as error:
        job.fail(error)
        return {}, None
    return _counts(counts), None if due is None else stamp(due)


def _run_json(job: Job) -> dict[str, object]:
    ended = job.now()
    return {
        "id": job.run_id,
        "name": job.run_name,
        "job": job.name,
        "started": stamp(job.started_at),
        "ended": stamp(ended),
        "seconds": round((ended - job.started_at).total_seconds(), 3),
        "now": stamp(job.checks.began) if job.checks.began else None,
        "goes_on_from": stamp(job.checks.gone_on) if job.checks.gone_on else None,
        "version": __version__,
        "configuration": dict(described(job.options)),
    }


def _states_json(job: Job, states: list[LinkState]) -> list[LinkJson]:
    found: list[LinkJson] = []
    with job.catalogue.reading() as connection:
        for state in states[:MOST_LISTED]:
            last = history(connection, state.url)[-1:]
            found.append(
                {
                    "url": state.url,
                    "state": str(state.last) if state.last is not None else str(Standing.NEW),
                    "final_url": last[0].final_url if last else None,
                    "since": stamp(state.since) if state.since is not None else None,
                }
            )
    return found


def _told_json(told: Told) -> LinkJson:
    return {"url": told.url, "state": str(told.state), "final_url": told.final_url, "since": None}


def _counts(numbers: dict[str, int]) -> dict[str, int]:
    """Largest first, equal ones by name."""
    return dict(sorted(numbers.items(), key=lambda it: (-it[1], it[0])))


def _write_down(job: Job, report: dict[str, object]) -> None:
    """The report into the run's folder and record. Raises SourcekeepError; the run then counts as unfinished."""
    path = job.folder / "report.json"
    try:
        write_report(job.folder, report)
    except OSError as error:
        raise storage_error(error, Path(error.filename or path), "writing") from error
    counts = {str(state): number for state, number in sorted(job.checks.states.items())}
    code, reason = int(str(report["exit_code"])), str(report["reason"])
    job.catalogue.end_run(job.run_id, job.now(), exit_code=code, reason=reason, counts=counts)
