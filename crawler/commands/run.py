"""`sourcekeep run`: a job of the collection's sourcekeep.toml, step after step."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import CollectionBusy, UsageError
from crawler import __version__
from crawler.commands import collection_option, say, verb
from crawler.terminal import aligned, json_line, printable, spell_seconds

LEAST_ROOM = 16 << 20  # bytes worth going on for, where no reserve is wanted

if TYPE_CHECKING:
    from archive.collection import Collection
    from crawler.configuration import Configuration, JobPlan
    from crawler.job_ending import Teller
    from crawler.job_execution import Execution
    from crawler.job_folder import JobFolder, JobLock
    from crawler.job_sequence import JobRun
    from crawler.job_steps import Command


@verb(
    examples=(
        "sourcekeep run nightly -c ./collection",
        "sourcekeep run nightly --dry-run",
        "sourcekeep run nightly --overlap wait --json",
    ),
    exits=(0, 1, 2, 3, 4, 5, 8, 11, 14, 15),
)
@click.argument("job")
@collection_option
@click.option("--anew", is_flag=True, help="Begin at the first step, also where the last run was interrupted.")
@click.option(
    "--overlap",
    type=click.Choice(["skip", "wait"]),
    help="While another run holds the collection: leave it at that, or wait [default: the job's own].",
)
@click.option("--dry-run", is_flag=True, help="Say which steps would be run; run none.")
def run(
    job: str,
    collection: Path,
    *,
    anew: bool,
    overlap: str | None,
    dry_run: bool,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """Run JOB of the collection's sourcekeep.toml: its steps in order, each a command of its own.

    A step that fails, or finds links dead, keeps none of the later ones from running. Where the disk is full, the
    database or the network out of reach, the collection held by another run, or a signal comes, the job halts, and its
    next run goes on at that step. The exit code is the worst of its steps' codes, from good to bad: 0, 2, 14, 15, 1,
    4, 5, 8, 3, 11. The record is runs/TIME-JOB/job.json, with what each step printed beside it.
    """
    from archive.collection import Collection  # noqa: PLC0415 - not for help
    from crawler.configuration import FILE_NAME  # noqa: PLC0415
    from crawler.configuration_file import configured, sites_of  # noqa: PLC0415
    from crawler.job_steps import commands_of  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    configuration = configured(collection)
    plan = _plan(configuration, job, collection / FILE_NAME)
    commands = commands_of(plan, sites_of(configuration, collection), str(collection / FILE_NAME))
    first = _first(place, job, commands, anew=anew)
    if dry_run:
        for number, command in enumerate(commands[first:], first + 1):
            click.echo(json_line({"step": number, "command": command.text}) if as_json else printable(command.text))
        return 0
    teller = _teller(place, configuration, quiet=quiet)
    try:
        ended, folder = _carried_out(
            place, plan, commands, anew=anew, overlap=overlap or plan.overlap, quiet=quiet, teller=teller
        )
    except CollectionBusy as error:
        teller.tell_left_out(job, str(error))
        raise
    if as_json:
        from crawler.job_sequence import job_json  # noqa: PLC0415

        click.echo(json_line({"record": str(folder.path), **job_json(ended)}))
    elif not quiet:
        click.echo("\n".join(_summary(ended, folder)))
    return ended.exit_code


def _teller(place: Collection, configuration: Configuration, *, quiet: bool) -> Teller:
    from crawler.commands.crawl import read_settings  # noqa: PLC0415
    from crawler.job_ending import Teller  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415

    options = Options.of(read_settings(place.root)).oversight
    return Teller(
        place, configuration, options, now=lambda: datetime.now(UTC), tell=lambda text: None if quiet else say(text)
    )


def _plan(configuration: Configuration, job: str, path: Path) -> JobPlan:
    from crawler.configuration import near  # noqa: PLC0415

    if job in configuration.jobs:
        return configuration.jobs[job]
    known = ", ".join(configuration.jobs)
    told = f"its jobs: {known}{near(job, configuration.jobs)}" if known else "it has none; see: sourcekeep init --help"
    raise UsageError(f"{path} has no job {job!r}; {told}")


def _first(place: Collection, job: str, commands: Sequence[Command], *, anew: bool) -> int:
    """The number of the first step that is to be run, from 0."""
    from crawler.job_folder import last_run  # noqa: PLC0415
    from crawler.job_sequence import goes_on  # noqa: PLC0415

    found = last_run(place, job)
    texts = [command.text for command in commands]
    return found[1].number_done if found is not None and not anew and goes_on(found[1], texts) else 0


def _carried_out(
    place: Collection,
    plan: JobPlan,
    commands: Sequence[Command],
    *,
    anew: bool,
    overlap: str,
    quiet: bool,
    teller: Teller,
) -> tuple[JobRun, JobFolder]:
    """The job's run as it ended, and where it is recorded. Raises CollectionBusy, StorageError."""
    from crawler.job_execution import Execution, RoomWait  # noqa: PLC0415
    from crawler.job_folder import JobLock  # noqa: PLC0415

    def tell(text: str) -> None:
        if not quiet:
            say(f"{plan.name}: {text}")

    if place.catalogue.exists():
        place.require()
    else:
        place.prepare()
    waits = overlap == "wait"
    enough = max(teller.options.limits.reserve, LEAST_ROOM)
    room = RoomWait(seconds=plan.room_wait, enough=enough) if plan.room_wait else None
    execution = Execution(place, now=lambda: datetime.now(UTC), tell=tell, waits=waits, quiet=quiet, room=room)
    lock = JobLock(place)
    with execution.heeding_signals():
        _take_turn(place, execution, lock, waits=waits)
        try:
            run, folder = begun(place, plan, commands, anew=anew, now=datetime.now(UTC))
            if run.number_done:
                tell(f"the run of {run.started:%Y-%m-%d %H:%M} UTC was interrupted; going on with it")
            return teller.conclude(execution.carry_out(run, commands, folder), folder), folder
        finally:
            lock.release()


def _take_turn(place: Collection, execution: Execution, lock: JobLock, *, waits: bool) -> None:
    """Take the lock once nobody is at work here. Raises CollectionBusy where that is not to be waited for."""
    if waits:
        ours = execution.wait_until(lambda: lock.take(seconds=0), whom="another job")
        if ours and execution.wait_until(execution.is_free, whom="another run"):
            return
        lock.release()
        raise click.Abort
    if not lock.take(seconds=0.3):
        raise CollectionBusy(f"another job is at work on {place.root}; this one is left out (--overlap wait waits)")
    if not execution.is_free():
        lock.release()
        raise CollectionBusy(_held_by(place))


def _held_by(place: Collection) -> str:
    from archive.collection import run_note  # noqa: PLC0415

    who = run_note(place)
    named = f" (pid {who['pid']} on {who['host']}, since {who['since']}: {who['command']})" if who else ""
    return f"another run holds {place.root}{named}; this job is left out (--overlap wait waits)"


def begun(
    place: Collection, plan: JobPlan, commands: Sequence[Command], *, anew: bool, now: datetime
) -> tuple[JobRun, JobFolder]:
    """The interrupted run, taken up, or a new one."""
    from crawler.job_folder import JobFolder, last_run  # noqa: PLC0415
    from crawler.job_sequence import JobRun, goes_on  # noqa: PLC0415

    who = f"{getpass.getuser()}@{socket.gethostname()}"
    texts = tuple(command.text for command in commands)
    found = last_run(place, plan.name)
    if found is not None and not anew and goes_on(found[1], texts):
        return found[1].taken_up(now, who=who, pid=os.getpid(), version=__version__), found[0]
    run = JobRun(job=plan.name, commands=texts, started=now, version=__version__, who=who, pid=os.getpid())
    return run, JobFolder.new(place, run)


def _summary(run: JobRun, folder: JobFolder) -> list[str]:
    rows = (
        (str(step.code), spell_seconds((step.ended - step.started).total_seconds()), step.command) for step in run.steps
    )
    left = [f"not run yet: {command}" for command in run.commands[run.number_done :]]
    return [*aligned(rows, numbers=(0, 1)), *map(printable, left), printable(str(folder.path))]
