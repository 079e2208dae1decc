"""A job's steps in order: what an exit code means for the next step, where a job goes on, how it ends (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crawler.notifications.channels import Notified

DONE, FAILED, FOUND, DISK, USAGE, BUSY, DATABASE, STOPPED = 0, 1, 2, 3, 4, 5, 8, 11
# From good to bad: a job's exit code is the one of its steps that stands last here. What is not here is a crash: 1.
SEVERITY = (DONE, FOUND, 14, 15, FAILED, USAGE, BUSY, DATABASE, DISK, STOPPED)
HALTING = frozenset({BUSY, DATABASE, DISK, STOPPED})


class Next(StrEnum):
    """What follows a step."""

    GO_ON = "go on"  # whatever it found or failed at, the later steps have work of their own
    HALT = "halt"  # they would fail as it did: the next run of the job goes on at this step
    WAIT = "wait"  # until the collection is free, and then the step again
    WAIT_FOR_ROOM = "wait for room"  # until the disk has some, and then the step again


def after(code: int, *, waits: bool, stopping: bool, waits_for_room: bool = False) -> Next:
    """What follows a step that ended with `code`; `waits`: the job waits for other runs, or for room on the disk."""
    if stopping:
        return Next.HALT
    if code == BUSY and waits:
        return Next.WAIT
    if code == DISK and waits_for_room:
        return Next.WAIT_FOR_ROOM
    return Next.HALT if code in HALTING else Next.GO_ON


def exit_code(code: int) -> int:
    """A process's code as one of ours: a negative one (killed by a signal) and an unknown one are a failure."""
    return code if code in SEVERITY else FAILED


def worst(codes: Iterable[int]) -> int:
    """The worst of the steps' codes; 0 for none."""
    return max((exit_code(code) for code in codes), key=SEVERITY.index, default=DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRun:
    """A step that ran. `output` is the file with what it printed, in the job's folder."""

    command: str
    started: datetime
    ended: datetime
    code: int
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A run of a job, from its first step to its last, however often it was interrupted in between."""

    job: str
    commands: tuple[str, ...]  # its steps, as they stand in the file
    started: datetime
    version: str
    who: str  # name@host
    pid: int
    steps: tuple[StepRun, ...] = ()  # those that ran; one that halted the job is followed by its next attempt
    resumed: tuple[datetime, ...] = ()
    ended: datetime | None = None  # None: at work, or killed
    stopped: bool = False  # by a signal, before its last step was done
    notified: tuple[Notified, ...] = ()  # who was told of its end, or should have been

    @property
    def number_done(self) -> int:
        """How many steps are behind it for good."""
        return sum(1 for step in self.steps if step.code not in HALTING)

    @property
    def is_whole(self) -> bool:
        """Whether every step was run."""
        return self.number_done >= len(self.commands)

    @property
    def exit_code(self) -> int:
        """The worst of the last attempts at its steps; while some are left, that of the attempt that halted it."""
        done = [step.code for step in self.steps if step.code not in HALTING]
        if self.is_whole:
            return worst(done)
        return worst([*done, STOPPED if self.stopped else DONE, *(step.code for step in self.steps[-1:])])

    @property
    def last_attempts(self) -> tuple[StepRun, ...]:
        """The steps without those that were run again."""
        return tuple(step for step in self.steps if step.code not in HALTING or step is self.steps[-1])

    def with_step(self, step: StepRun) -> JobRun:
        """This run, one more step along."""
        return replace(self, steps=(*self.steps, step))

    def taken_up(self, now: datetime, *, who: str, pid: int, version: str) -> JobRun:
        """This run, going on after an interruption."""
        return replace(
            self,
            resumed=(*self.resumed, now),
            ended=None,
            stopped=False,
            notified=(),
            who=who,
            pid=pid,
            version=version,
        )


def goes_on(last: JobRun | None, commands: Sequence[str]) -> bool:
    """Whether the job's last run was interrupted and can go on: its steps are those of the file still."""
    return last is not None and not last.is_whole and last.commands == tuple(commands)


# --- as JSON ---


def job_json(run: JobRun) -> dict[str, object]:
    """The record: job, version, who, pid, times in ISO 8601, `commands`, and `steps` with code and output each."""
    return {
        "job": run.job,
        "version": run.version,
        "who": run.who,
        "pid": run.pid,
        "started": run.started.isoformat(),
        "resumed": [moment.isoformat() for moment in run.resumed],
        "ended": None if run.ended is None else run.ended.isoformat(),
        "exit_code": None if run.ended is None else run.exit_code,
        "complete": run.is_whole,
        "stopped": run.stopped,
        "commands": list(run.commands),
        "steps": [
            {
                "command": step.command,
                "started": step.started.isoformat(),
                "ended": step.ended.isoformat(),
                "exit_code": step.code,
                "output": step.output,
            }
            for step in run.steps
        ],
        "notified": [{"name": each.name, "told": each.told, "said": each.said} for each in run.notified],
    }


def job_run(record: object) -> JobRun:
    """The run that `record`, read from JSON, tells of. Raises ValueError for anything else."""
    about = _mapping(record)
    ended = about.get("ended")
    return JobRun(
        job=_text(about, "job"),
        version=_text(about, "version"),
        who=_text(about, "who"),
        pid=_number(about, "pid"),
        started=_moment(about.get("started")),
        resumed=tuple(map(_moment, _list(about, "resumed"))),
        ended=None if ended is None else _moment(ended),
        stopped=about.get("stopped") is True,
        commands=tuple(map(str, _list(about, "commands"))),
        steps=tuple(map(_step_run, _list(about, "steps"))),
        notified=tuple(map(_notified, _list(about, "notified") if "notified" in about else ())),
    )


def _notified(record: object) -> Notified:
    about = _mapping(record)
    return Notified(name=_text(about, "name"), told=about.get("told") is True, said=_text(about, "said"))


def _step_run(record: object) -> StepRun:
    about = _mapping(record)
    return StepRun(
        command=_text(about, "command"),
        started=_moment(about.get("started")),
        ended=_moment(about.get("ended")),
        code=_number(about, "exit_code"),
        output=_text(about, "output"),
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("a record of a job is an object")
    return value


def _moment(value: object) -> datetime:
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError(f"{value!r} is in no time zone")
    return found


def _text(about: Mapping[str, object], name: str) -> str:
    value = about.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def _number(about: Mapping[str, object], name: str) -> int:
    value = about.get(name)
    if not isinstance(value, int):
        raise ValueError(f"{name} is no number")
    return value


def _list(about: Mapping[str, object], name: str) -> list[object]:
    value = about.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value
