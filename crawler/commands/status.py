"""`sourcekeep status`: what a collection holds. Reads only, also while a run is at work."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, verb
from crawler.terminal import aligned, json_line, printable, spell_bytes, spell_seconds

if TYPE_CHECKING:
    from archive.collection import Collection
    from archive.stats import RunStats, Stats
    from crawler.disk_guard import Room
    from crawler.job_states import JobState

_SHOWN_RUNS = 5
EVERY = 2.0  # seconds between two looks, at least


@verb(
    examples=(
        "sourcekeep status -c ./collection",
        "sourcekeep status --json | jq .citations",
        "sourcekeep status --watch",
    ),
    exits=(0, 1, 4, 8),
)
@collection_option
@click.option("--watch", is_flag=True, help="Say it again and again, until Ctrl-C; with --json, a line each time.")
def status(collection: Path, *, watch: bool, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Say what a collection holds: events, what came of every citation, links, captures, runs, and who is at work.

    Changes nothing and may be asked at any time, also while a crawl runs.
    """
    from archive.collection import Collection  # noqa: PLC0415 - not for help

    place = Collection(collection.expanduser().absolute())
    place.require()
    if watch:
        watched(lambda: _said(place, as_json=as_json), clear=not as_json and sys.stdout.isatty(), sleep=time.sleep)
    else:
        click.echo(_said(place, as_json=as_json))
    return 0


def watched(say: Callable[[], str], *, clear: bool, sleep: Callable[[float], object]) -> None:
    """Print what `say` says, with pauses that are nine times as long as it takes, until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            began = time.monotonic()
            said = say()
            if clear:
                click.clear()
            click.echo(said)
            sleep(max(EVERY, 9 * (time.monotonic() - began)))


def _said(place: Collection, *, as_json: bool) -> str:
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import is_held, run_note  # noqa: PLC0415
    from archive.stats import stats  # noqa: PLC0415
    from crawler.disk_guard import room_at  # noqa: PLC0415

    at_work = run_note(place) if is_held(place) else None
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        found = stats(catalogue, datetime.now(UTC))
    room, jobs = room_at(place.root), _jobs(place)
    if as_json:
        return json_line(status_json(place.root, found, at_work, room, jobs))
    return "\n".join(_shown(place.root, found, at_work, room, jobs))


def _jobs(place: Collection) -> list[JobState]:
    """The jobs of the collection's file, as their records have them; none where the file is mistaken."""
    from crawler.configuration_file import configured  # noqa: PLC0415
    from crawler.job_states import job_states  # noqa: PLC0415

    try:
        return job_states(place, configured(place.root))
    except UsageError:  # `config show` says what is wrong
        return []


def status_json(
    root: Path, found: Stats, at_work: Mapping[str, str] | None, room: Room, jobs: Sequence[JobState]
) -> dict[str, object]:
    """What `--json` prints. `running` is null, or who holds the collection: pid, host, since, command."""
    totals = found.citations
    links: dict[str, dict[str, int]] = {}
    for (stage, kind), number in found.links.items():
        links.setdefault(stage.value, {})[kind.value] = number
    return {
        "collection": str(root),
        "running": at_work,
        "events": found.events,
        "pages": found.pages,
        "citations": {
            "total": totals.total,
            "kept": totals.kept,
            "failed": totals.failed,
            "excluded": totals.excluded,
            "waiting": totals.waiting,
            "reasons": {reason.value: number for reason, number in totals.reasons.items()},
        },
        "links": links,
        "requisites": {
            "reasons": {reason.value: number for reason, number in found.requisites.items()},
            "pages": found.pages_shown.pages,
            "complete": found.pages_shown.complete,
            "unseen": found.pages_shown.unseen,
        },
        "hosts": found.hosts,
        "captures": found.captures,
        "lost": found.lost,
        "record_bytes": found.capture_bytes,
        "payload_bytes": found.payload_bytes,
        "mementos": found.mementos,
        "recoveries": {outcome.value: number for outcome, number in found.recoveries.items()},
        "articles": found.articles,
        "warcs": {state.value: number for state, number in found.warcs.items()},
        "disk": {"free": room.free, "total": room.total},
        "jobs": {each.job: _job_json(each) for each in jobs},
        "runs": [_run_json(run) for run in found.runs],
    }


def _job_json(job: JobState) -> dict[str, object]:
    return {
        "ended": job.ended.isoformat() if job.ended else None,
        "done": job.done.isoformat() if job.done else None,
        "exit_code": job.exit_code,
        "expected": job.expected,
    }


def _run_json(run: RunStats) -> dict[str, object]:
    return {
        "id": run.run_id,
        "job": run.job,
        "site": run.site,
        "started": run.started_at.isoformat(),
        "ended": run.ended_at.isoformat() if run.ended_at else None,
        "exit_code": run.exit_code,
        "reason": run.reason,
        "counts": dict(run.counts),
    }


def _shown(
    root: Path, found: Stats, at_work: Mapping[str, str] | None, room: Room, jobs: Sequence[JobState]
) -> Iterator[str]:
    yield printable(f"Collection {root}")
    yield printable(_who(at_work))
    yield ""
    disk = ("disk", spell_bytes(room.free), f"free of {spell_bytes(room.total)}")
    yield from aligned((*_rows(found), disk), indent="  ", numbers=(1,))
    if jobs:
        yield ""
        yield "Jobs:"
        yield from aligned(map(_job_row, jobs), indent="  ")
    if found.runs:
        yield ""
        yield "Runs, the latest first:"
        latest = found.runs[:_SHOWN_RUNS]
        yield from aligned(
            (_run_row(run, at_work=at_work is not None and run is latest[0]) for run in latest), indent="  "
        )


def _job_row(job: JobState) -> tuple[str, str, str]:
    done = f"last done {job.done:%Y-%m-%d %H:%M} UTC" if job.done else "never done"
    failed = job.ended is not None and job.ended != job.done
    last = f"last ended {job.ended:%Y-%m-%d %H:%M} UTC with exit code {job.exit_code}" if failed and job.ended else ""
    return job.job, done, last


def _who(at_work: Mapping[str, str] | None) -> str:
    if at_work is None:
        return "No run is at work on it."
    if not at_work:
        return "A run is at work on it; it has not said which."
    return f"At work: {at_work['command']} (pid {at_work['pid']} on {at_work['host']}, since {at_work['since']})"


def _rows(found: Stats) -> Iterator[tuple[str, str, str]]:
    totals = found.citations
    yield "events", f"{found.events:,}", ""
    yield "citations", f"{totals.total:,}", ""
    outcomes = {"kept": totals.kept, "failed": totals.failed, "excluded": totals.excluded, "waiting": totals.waiting}
    for name, number in outcomes.items():
        reasons = [(reason, n) for reason, n in totals.reasons.items() if reason.outcome.value == name]
        yield (
            f"  {name}",
            f"{number:,}",
            ", ".join(f"{reason} {n:,}" for reason, n in sorted(reasons, key=lambda it: -it[1])),
        )
    if found.requisites:
        said = ", ".join(f"{reason} {n:,}" for reason, n in sorted(found.requisites.items(), key=lambda it: -it[1]))
        yield "requisites", f"{sum(found.requisites.values()):,}", said
        yield "  whole pages", f"{found.pages_shown.complete:,}", f"of {found.pages_shown.pages:,} that need any"
    if found.pages_shown.unseen:
        yield "not looked through", f"{found.pages_shown.unseen:,}", "`sourcekeep requisites` names them and says why"
    stages: dict[str, int] = {}
    for (stage, _), number in found.links.items():
        stages[stage.value] = stages.get(stage.value, 0) + number
    yield "links", f"{sum(stages.values()):,}", ", ".join(f"{stage} {number:,}" for stage, number in stages.items())
    yield "hosts", f"{found.hosts:,}", ""
    kept = f"{spell_bytes(found.capture_bytes)} of records, {spell_bytes(found.payload_bytes)} as fetched"
    yield "captures", f"{found.captures:,}", kept
    if found.lost:
        yield "  lost", f"{found.lost:,}", "more, in WARC files that are gone: `sourcekeep verify` names them"
    if found.recoveries:
        said = ", ".join(f"{outcome} {number:,}" for outcome, number in found.recoveries.items())
        yield "  from archives", f"{found.mementos:,}", f"links asked for there: {said}"
    yield "articles read", f"{found.articles:,}", ""
    files = ", ".join(f"{state} {number:,}" for state, number in found.warcs.items())
    yield "WARC files", f"{sum(found.warcs.values()):,}", files


def _run_row(run: RunStats, *, at_work: bool) -> tuple[str, str, str, str]:
    if run.ended_at is not None:
        took = spell_seconds((run.ended_at - run.started_at).total_seconds())
        came = f"exit code {run.exit_code}{f' ({run.reason})' if run.reason else ''} after {took}"
    else:
        came = "at work" if at_work else "killed: the same command goes on from there"
    return str(run.run_id), f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC", f"{run.job} {run.site or ''}".strip(), came
