"""What came of a run of a job, for people: its steps, and the report that each of them printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crawler.job_sequence import JobRun, StepRun
from crawler.report_files import read_json
from crawler.report_sections import Facts, Section, Table, sections_of
from crawler.terminal import spell_seconds


def job_title(run: JobRun) -> str:
    """Which job it was, and how it ended."""
    if run.ended is None:
        return f"job {run.job}: not ended"
    word = "done" if run.exit_code == 0 else f"exit code {run.exit_code}"
    return f"job {run.job}: {word}{'' if run.is_whole else ', not whole'}"


def step_reports(run: JobRun, folder: Path) -> list[tuple[StepRun, Mapping[str, object]]]:
    """The steps with the reports they printed; {} for one that printed none."""
    found: list[tuple[StepRun, Mapping[str, object]]] = []
    for step in run.steps:
        is_report = step.output.endswith(".json") and Path(step.output).name == step.output
        found.append((step, (read_json(folder / step.output) if is_report else None) or {}))
    return found


def job_parts(run: JobRun, folder: Path) -> list[tuple[str, list[Section]]]:
    """The job's own sections, then those of each step."""
    parts: list[tuple[str, list[Section]]] = [("", _own(run))]
    for number, (step, report) in enumerate(step_reports(run, folder), 1):
        sections = sections_of(report) if report else []
        if sections:
            parts.append((f"{number}. {step.command}: exit code {step.code}", sections))
    return parts


def _own(run: JobRun) -> list[Section]:
    rows = [
        ("job", run.job),
        ("began", run.started.isoformat()),
        *(("went on", moment.isoformat()) for moment in run.resumed),
        ("ended", run.ended.isoformat() if run.ended else "not yet, or killed"),
        ("exit code", str(run.exit_code) if run.ended else ""),
        ("by", run.who),
        ("version", run.version),
        *(("told", f"{each.name}: {each.said}") for each in run.notified),
    ]
    steps = [
        (str(step.code), spell_seconds((step.ended - step.started).total_seconds()), step.command) for step in run.steps
    ]
    left = [("", "", command) for command in run.commands[run.number_done :]]
    return [
        Facts(title="The job", rows=[(name, value) for name, value in rows if value]),
        Table(title="Steps", names=("exit code", "took", "command"), rows=[*steps, *left]),
    ]
