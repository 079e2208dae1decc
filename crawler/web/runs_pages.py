"""Runs and their reports."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from starlette.requests import Request

from archive.run_list import run_of, runs_before
from archive.stats import RunStats
from crawler.web import paths
from crawler.web.overview_page import ended
from crawler.web.problems import Problem, not_found
from crawler.web.served import Served
from crawler.web.views import page

_PAGE = 50
_MOST_BYTES = 32 << 20  # of a report that is sent
_MOST_JSON = 1 << 20  # of one that is shown
_MOST_LINES = 100  # of a part of it
_TOLD = "run"  # the part with the configuration
_TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".log": "text/plain",
    ".html": "text/html",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".md": "text/plain",
    ".jsonl": "application/jsonl",
    ".svg": "image/svg+xml",
    ".diff": "text/plain",
}
_NAME = re.compile(r"[\w][\w.-]{0,100}", re.ASCII)
_SEALED = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "cache-control": "no-store",
}


def add(router: APIRouter, served: Served) -> None:
    """Adds /runs and what is below."""

    @router.get("/runs", response_class=HTMLResponse)
    def runs(request: Request, before: Annotated[int | None, Query(ge=0, lt=1 << 62)] = None) -> HTMLResponse:
        with served.reading() as connection:
            found = runs_before(connection, before, _PAGE + 1)
        further = paths.query("/runs", before=found[_PAGE - 1].run_id) if len(found) > _PAGE else None
        return page(request, "runs.html", {"runs": found[:_PAGE], "ended": ended, "further": further})

    @router.get("/runs/{run_id:int}", response_class=HTMLResponse)
    def run(request: Request, run_id: int) -> HTMLResponse:
        with served.reading() as connection:
            found = run_of(connection, run_id)
        if found is None:
            raise not_found("run")
        folder = folder_of(served.collection.runs, found)
        is_open = not served.supply.rules.restricts
        files = sorted(_files(folder)) if folder is not None and is_open else []
        report = _report(folder) if folder is not None and is_open else None
        values = {"run": found, "ended": ended, "files": files, "report": report, "is_open": is_open}
        return page(request, "run.html", values)

    @router.get("/runs/{run_id:int}/{name}")
    def run_file(run_id: int, name: str) -> Response:
        if served.supply.rules.restricts:  # they name every copy
            text = "This collection has access rules; its reports and logs tell of copies that they withhold."
            raise Problem("Not given out", text, status=451)
        with served.reading() as connection:
            found = run_of(connection, run_id)
        folder = folder_of(served.collection.runs, found) if found is not None else None
        content = _read(folder / name, _MOST_BYTES) if folder is not None and _NAME.fullmatch(name) else None
        kind = _TYPES.get(Path(name).suffix)
        if content is None or kind is None:
            raise not_found("report")
        headers = (
            _SEALED if kind == "text/html" else {**_SEALED, "content-disposition": f'attachment; filename="{name}"'}
        )
        return Response(content, media_type=kind, headers=headers)


def folder_of(runs: Path, run: RunStats) -> Path | None:
    """The folder with the reports of a run, if it is there."""
    folder = runs / f"{run.started_at:%Y%m%dT%H%M%SZ}-{run.run_id}"
    return folder if folder.is_dir() and not folder.is_symlink() else None


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """Names and sizes of the reports, none of which leads elsewhere."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if (
                entry.is_file(follow_symlinks=False)
                and Path(entry.name).suffix in _TYPES
                and _NAME.fullmatch(entry.name)
            ):
                yield entry.name, entry.stat(follow_symlinks=False).st_size


def _report(folder: Path) -> list[tuple[str, list[tuple[str, object]]]] | None:
    """The report in parts, each of lines: names joined by dots, and values. What the run was told comes last."""
    content = _read(folder / "report.json", _MOST_JSON)
    with suppress(ValueError, RecursionError):
        found = json.loads(content or b"")
        if isinstance(found, dict):
            parts = [(str(name), list(_lines("", value))[:_MOST_LINES]) for name, value in found.items()]
            return sorted((part for part in parts if part[1]), key=lambda part: part[0] == _TOLD)
    return None


def _lines(name: str, value: object) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            for key, each in value.items():
                yield from _lines(f"{name}.{key}" if name else str(key), each)
        case list():
            yield name, ", ".join(map(str, value[:20])) if value else "–"
        case _:
            yield name, "–" if value is None else value


def _read(path: Path, limit: int) -> bytes | None:
    """The file; None where there is none, it leads elsewhere, or it is longer."""
    with suppress(OSError):
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = file.read(limit + 1)
        return content if len(content) <= limit else None
    return None
