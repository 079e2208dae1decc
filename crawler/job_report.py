"""What came of a run of a job, for people: its steps, and the report that each of them printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from crawler.job_sequence import JobRun, StepRun
from crawler.report_files import read_json, read_json_lines
from crawler.report_sections import MOST_ROWS, Facts, Section, Table, sections_of, text_of
from crawler.terminal import spell_seconds

_TELLING = frozenset({"crawl", "recheck", "recover", "extract", "verify"})  # verbs whose output is a report


def job_title(run: JobRun) -> str:
    """Which job it was, and how it ended."""
    if run.ended is None:
        return f"job {run.job}: not ended"
    word = "done" if run.exit_code == 0 else f"exit code {run.exit_code}"
    return f"job {run.job}: {word}{'' if run.is_whole else ', not whole'}"


def step_reports(run: JobRun, folder: Path) -> list[tuple[StepRun, Mapping[str, object]]]:
    """The steps with the reports they printed; {} for one that printed none."""
    return [(step, _report(step, folder)) for step in run.steps]


def _report(step: StepRun, folder: Path) -> Mapping[str, object]:
    verb = step.command.partition(" ")[0]
    if verb not in _TELLING or not step.output.endswith(".json") or Path(step.output).name != step.output:
        return {}
    if verb == "verify":
        return verify_report(read_json_lines(folder / step.output))
    return read_json(folder / step.output) or {}


def verify_report(lines: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """What `verify --json` printed, a fault a line and counts in the last, as a report (pure)."""
    faults = [line for line in lines if "kind" in line]
    kinds = Counter(text_of(fault, "kind") for fault in faults)
    said = (f"{text_of(each, 'kind')}: {text_of(each, 'where')}: {text_of(each, 'what')}" for each in faults)
    return {"faults": dict(kinds), "problems": list(islice(said, MOST_ROWS))} if faults else {}


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
