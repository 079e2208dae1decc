"""`sourcekeep runs`: the runs and jobs of a collection, and the report of each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import StorageError, UsageError
from crawler import __version__
from crawler.commands import collection_option, verb
from crawler.terminal import aligned, json_document, printable, spell_seconds

if TYPE_CHECKING:
    from datetime import datetime

    from archive.collection import Collection
    from archive.stats import RunStats
    from crawler.job_sequence import JobRun
    from crawler.report_sections import Section


@verb(
    examples=(
        "sourcekeep runs -c ./collection",
        "sourcekeep runs last",
        "sourcekeep runs 12 --format html -o report.html",
        "sourcekeep runs nightly --format json",
    ),
    exits=(0, 1, 4, 8),
)
@click.argument("run_id", metavar="ID", required=False)
@collection_option
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), help="Default: text, or json (--json).")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many of a list.")
def runs(
    run_id: str | None,
    collection: Path,
    *,
    form: str | None,
    output: Path | None,
    limit: int,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,  # noqa: ARG001
) -> int:
    """List the runs of a collection, the latest first, or show the report of one.

    ID is a run's number, the name of its folder below runs/, a job's name (its last run), or `last`. As html it is one
    page with charts, for a browser or a mail; nothing in it is loaded from anywhere.
    """
    from archive.collection import Collection  # noqa: PLC0415 - not for help

    place = Collection(collection.expanduser().absolute())
    place.require()
    form = form or ("json" if as_json else "text")
    entries = entries_of(place)
    text = _listed(entries[:limit], form) if run_id is None else _shown(_named(entries, run_id), form)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
    return 0


def _write(path: Path, text: str) -> None:
    from archive.atomic_file import write_atomically  # noqa: PLC0415

    if not path.absolute().parent.is_dir():
        raise UsageError(f"-o {path}: there is no such folder")
    with contextlib.suppress(BrokenPipeError):
        write_atomically(path.absolute(), text.encode("utf-8", "backslashreplace"))


# --- what there is ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run of a verb that is in the catalogue, or a job's."""

    name: str  # of its folder
    began: datetime
    folder: Path | None  # None: its reports are gone
    run: RunStats | None = None
    job: JobRun | None = None


def entries_of(place: Collection) -> list[Entry]:
    """All runs and jobs, the latest first."""
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.stats import last_runs  # noqa: PLC0415
    from crawler.job_folder import job_of  # noqa: PLC0415
    from crawler.report_files import run_folders  # noqa: PLC0415

    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue, catalogue.reading() as rows:
        found = last_runs(rows, limit=1 << 31)
    folders = {folder.name: folder for folder in run_folders(place.runs)}
    entries = []
    for run in found:
        name = f"{run.started_at:%Y%m%dT%H%M%SZ}-{run.run_id}"
        entries.append(Entry(name=name, began=run.started_at, folder=folders.pop(name, None), run=run))
    jobs = ((folder, job_of(folder)) for folder in folders.values())
    entries += [Entry(name=folder.name, began=job.started, folder=folder, job=job) for folder, job in jobs if job]
    return sorted(entries, key=lambda each: (each.began, each.name), reverse=True)


def _named(entries: list[Entry], wanted: str) -> Entry:
    for entry in entries:
        number = str(entry.run.run_id) if entry.run else None
        job = entry.job.job if entry.job else None
        if wanted in (entry.name, number, job, "last"):
            return entry
    raise UsageError(f"there is no run {wanted!r}: a number, a job's name, or last; `sourcekeep runs` lists them")


# --- a list ---


def _listed(entries: list[Entry], form: str) -> str:
    match form:
        case "json":
            return json_document({"runs": [_entry_json(each) for each in entries]})
        case "html":
            from crawler.report_page import report_page  # noqa: PLC0415
            from crawler.report_sections import Table  # noqa: PLC0415

            rows = Table(title="The latest first", names=_NAMES, rows=[_row(each) for each in entries])
            return report_page("Runs", [("", [rows])], version=__version__)
        case _:
            lines = list(aligned([_NAMES, *map(_row, entries)])) if entries else ["no run yet"]
            return "\n".join(map(printable, lines)) + "\n"


_NAMES = ("id", "began (UTC)", "what", "took", "ended with")


def _row(entry: Entry) -> tuple[str, ...]:
    about = _entry_json(entry)
    took = spell_seconds((entry_end - entry.began).total_seconds()) if (entry_end := _ended(entry)) else ""
    code, reason = about["exit_code"], str(about["reason"] or "")
    how = "at work, or killed" if code is None else f"{code}{f' ({reason})' if reason else ''}"
    name = str(entry.run.run_id) if entry.run else entry.name
    return name, f"{entry.began:%Y-%m-%d %H:%M:%S}", str(about["what"]), took, how


def _ended(entry: Entry) -> datetime | None:
    return entry.run.ended_at if entry.run else entry.job.ended if entry.job else None


def _entry_json(entry: Entry) -> dict[str, object]:
    run, job, ended = entry.run, entry.job, _ended(entry)
    what = f"{run.job} {run.site or ''}".strip() if run else f"job {job.job}" if job else ""
    return {
        "id": run.run_id if run else None,
        "name": entry.name,
        "what": what,
        "began": entry.began.isoformat(),
        "ended": ended.isoformat() if ended else None,
        "exit_code": run.exit_code if run else job.exit_code if job and job.ended else None,
        "reason": run.reason if run else None,
        "report": str(entry.folder) if entry.folder else None,
    }


# --- one of them ---


def _shown(entry: Entry, form: str) -> str:
    from crawler.report_page import report_page  # noqa: PLC0415
    from crawler.report_text import report_text  # noqa: PLC0415

    if form == "json":
        return json_document(_report_json(entry))
    title, parts = _parts(entry)
    if form == "html":
        return report_page(title, parts, version=__version__)
    return "".join(f"{printable(line)}\n" for line in report_text(title, parts).splitlines())


def _parts(entry: Entry) -> tuple[str, list[tuple[str, list[Section]]]]:
    from crawler.job_report import job_parts, job_title  # noqa: PLC0415
    from crawler.report_sections import sections_of, title_of  # noqa: PLC0415

    if entry.job is not None and entry.folder is not None:
        return job_title(entry.job), job_parts(entry.job, entry.folder)
    report = _report_json(entry)
    return title_of(report), [("", sections_of(report))]


def _report_json(entry: Entry) -> dict[str, object]:
    """The report as the run left it; what the catalogue knows of the run, where it is gone."""
    from crawler.job_report import step_reports  # noqa: PLC0415
    from crawler.job_sequence import job_json  # noqa: PLC0415
    from crawler.report_files import read_json  # noqa: PLC0415

    if entry.job is not None and entry.folder is not None:
        reports = [report for _, report in step_reports(entry.job, entry.folder)]
        return {**job_json(entry.job), "reports": reports}
    found = read_json(entry.folder / "report.json") if entry.folder is not None else None
    return found if found is not None else dict(_from_catalogue(entry))


def _from_catalogue(entry: Entry) -> Iterator[tuple[str, object]]:
    run = entry.run
    if run is None:
        raise StorageError(f"the report of {entry.name} cannot be read")
    ended = run.ended_at
    yield (
        "run",
        {
            "id": run.run_id,
            "name": entry.name,
            "job": run.job,
            "site": run.site or "",
            "started": run.started_at.isoformat(),
            "ended": ended.isoformat() if ended else None,
        },
    )
    yield "exit_code", run.exit_code
    yield "reason", run.reason or ("" if ended else "at work, or killed")
    yield "errors", dict(run.counts)
