"""What is told: how a job ended, which steps it had, which links died or live again (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.job_sequence import BUSY, DISK, DONE, FAILED, FOUND, JobRun, StepRun
from crawler.job_sequence import STOPPED as STOPPED_CODE
from crawler.limits import SIZE, TIME
from crawler.notifications.channels import Happening
from crawler.report_sections import report_rows, text_of
from crawler.terminal import count, printable, spell_seconds

FORMAT = "sourcekeep-notification-1"
MOST_LINKS = 100
MOST_PROBLEMS = 20
_BROKEN = frozenset({FAILED, DISK, 4, 8})
StepReports = Sequence[tuple[StepRun, Mapping[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A step, for whoever is told."""

    command: str
    exit_code: int
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notification."""

    id: str
    at: datetime
    collection: str  # the folder's name
    job: str
    happened: frozenset[Happening]
    exit_code: int | None
    summary: str
    started: datetime | None = None
    ended: datetime | None = None
    record: str | None = None  # the folder with the reports
    steps: tuple[Told, ...] = ()
    newly_dead: tuple[str, ...] = ()
    revived: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def happened(run: JobRun, reports: StepReports) -> frozenset[Happening]:
    """What is to be told of a run that has ended."""
    last = run.last_attempts
    found = {each for step, report in reports if step in last for each in _of_step(step, report)}
    if run.stopped or run.exit_code == STOPPED_CODE:
        found.add(Happening.STOPPED)
    if run.is_whole and run.exit_code == DONE:
        found.add(Happening.SUCCESS)
    return frozenset(found)


def _of_step(step: StepRun, report: Mapping[str, object]) -> Iterator[Happening]:
    if step.code in _BROKEN or (step.code == FOUND and step.command.split()[0] == "verify"):
        yield Happening.FAILURE
    if step.code == DISK:
        yield Happening.DISK
    if step.code == BUSY:
        yield Happening.LEFT_OUT
    if step.code in (SIZE, TIME):
        yield Happening.LIMIT
    if report_rows(report, "newly_dead"):
        yield Happening.NEWLY_DEAD
    if report_rows(report, "revived"):
        yield Happening.REVIVED


def message_of(
    run: JobRun,
    reports: StepReports,
    *,
    delivery: str,
    collection: str,
    record: str,
    now: datetime,
) -> Message:
    """What is told of a run that has ended."""
    what = happened(run, reports)
    steps = tuple(
        Told(
            command=step.command,
            exit_code=step.code,
            seconds=(step.ended - step.started).total_seconds(),
            reason=text_of(report, "reason"),
        )
        for step, report in reports
    )
    problems = (str(each) for _, report in reports for each in _listed(report, "problems"))
    return Message(
        id=delivery,
        at=now,
        collection=collection,
        job=run.job,
        happened=what,
        exit_code=run.exit_code,
        summary=_summary(run, what, _urls(reports, "newly_dead")),
        started=run.started,
        ended=run.ended,
        record=record,
        steps=steps,
        newly_dead=tuple(_urls(reports, "newly_dead")),
        revived=tuple(_urls(reports, "revived")),
        problems=tuple(problems),
    )


def _summary(run: JobRun, what: Iterable[Happening], dead: Sequence[str]) -> str:
    words = sorted(each.value.replace("_", " ") for each in what if each is not Happening.NEWLY_DEAD)
    dying = f"{count(len(dead), 'link')} newly dead" if dead else ""
    return f"{run.job}: {', '.join(filter(None, [*words, dying])) or 'done'} (exit code {run.exit_code})"


def _urls(reports: StepReports, name: str) -> list[str]:
    return [text_of(row, "url") for _, report in reports for row in report_rows(report, name)]


def _listed(report: Mapping[str, object], name: str) -> list[object]:
    value = report.get(name)
    return value if isinstance(value, list) else []


def message_json(message: Message) -> dict[str, object]:
    """As a webhook and a command get it. Lists are cut off; `totals` says how long they were."""
    return {
        "format": FORMAT,
        "id": message.id,
        "at": message.at.isoformat(),
        "collection": message.collection,
        "job": message.job,
        "happened": sorted(message.happened),
        "exit_code": message.exit_code,
        "summary": message.summary,
        "started": message.started.isoformat() if message.started else None,
        "ended": message.ended.isoformat() if message.ended else None,
        "record": message.record,
        "steps": [
            {"command": each.command, "exit_code": each.exit_code, "seconds": each.seconds, "reason": each.reason}
            for each in message.steps
        ],
        "newly_dead": list(message.newly_dead[:MOST_LINKS]),
        "revived": list(message.revived[:MOST_LINKS]),
        "problems": list(message.problems[:MOST_PROBLEMS]),
        "totals": {
            "newly_dead": len(message.newly_dead),
            "revived": len(message.revived),
            "problems": len(message.problems),
        },
    }


def subject(message: Message) -> str:
    """One line, of nothing that a header may not hold."""
    return printable(f"[sourcekeep] {message.collection}: {message.summary}")[:200]


def message_text(message: Message) -> str:
    """For people."""
    lines = [message.summary, ""]
    if message.started and message.ended:
        took = spell_seconds((message.ended - message.started).total_seconds())
        lines += [f"began {message.started:%Y-%m-%d %H:%M} UTC, took {took}", ""]
    for step in message.steps:
        why = f" ({step.reason})" if step.reason else ""
        lines.append(f"  {step.exit_code:>2}  {spell_seconds(step.seconds)}  {step.command}{why}")
    for title, found, most in (
        ("Newly dead", message.newly_dead, MOST_LINKS),
        ("Revived", message.revived, MOST_LINKS),
        ("Problems", message.problems, MOST_PROBLEMS),
    ):
        if found:
            more = [f"  and {len(found) - most:,} more"] if len(found) > most else []
            lines += ["", f"{title}:", *(f"  {each}" for each in found[:most]), *more]
    if message.record:
        lines += ["", f"The whole report: {message.record}"]
    return "\n".join(map(printable, lines)) + "\n"
