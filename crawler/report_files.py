"""The reports of runs on the disk: `report.json`, `report.txt` and `report.html` of each, and how long they are kept.

What is taken away with a run's folder is what runs write there, file by file; WARCs, documents and the catalogue lie
elsewhere and are never touched. The last run of each job stays, for its next run may go on with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.atomic_file import write_atomically
from crawler import __version__
from crawler.report_page import report_page
from crawler.report_sections import Section, sections_of, title_of
from crawler.report_text import report_text
from crawler.terminal import json_document

logger = logging.getLogger(__name__)

Parts = Iterable[tuple[str, list[Section]]]

MOST_BYTES = 32 << 20  # of a report that is read again
_FOLDER = re.compile(r"(\d{8}T\d{6}Z)-[A-Za-z0-9_-]+(?:\.\d+)?")
_OURS = re.compile(
    r"\.?(?:report\.(?:json|txt|html)|ledger\.csv(?:\.new)?|crawl\.log|recoveries\.json|job\.json"
    r"|\d+-[a-z]+\.(?:json|txt))(?:\.tmp)?"
)


def write_report(folder: Path, report: Mapping[str, object]) -> None:
    """Write a run's report three times: for programs, for people, and as a page. Raises StorageError."""
    write_pages(folder, title_of(report), [("", sections_of(report))])
    write_atomically(folder / "report.json", json_document(report).encode())


def write_pages(folder: Path, title: str, parts: Parts) -> None:
    """The text and the page alone. Raises StorageError."""
    shown = list(parts)
    page = report_page(title, shown, version=__version__)
    write_atomically(folder / "report.txt", report_text(title, shown).encode("utf-8", "backslashreplace"))
    write_atomically(folder / "report.html", page.encode("utf-8", "backslashreplace"))


def read_json(path: Path) -> dict[str, object] | None:
    """The object in a file of JSON; None if there is none, or it is a link, no JSON or too long."""
    content = _content(path)
    return _object(content) if content is not None and len(content) <= MOST_BYTES else None


def read_json_lines(path: Path) -> list[dict[str, object]]:
    """The objects in the lines of a file, of its first 32 MiB; what is none is left out. Of a link, nothing."""
    content = _content(path) or b""
    found = map(_object, content[:MOST_BYTES].split(b"\n"))
    return [each for each in found if each is not None]


def _content(path: Path) -> bytes | None:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError:
        return None


def _object(content: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def run_folders(runs: Path) -> list[Path]:
    """The folders of runs, the latest first. No links."""
    if not runs.is_dir():
        return []
    found = (path for path in runs.iterdir() if _FOLDER.fullmatch(path.name))
    return sorted((path for path in found if path.is_dir() and not path.is_symlink()), reverse=True)


def prune(runs: Path, *, keep: int, days: int, now: datetime, but: Path | None = None) -> list[Path]:
    """Take away the folders of runs beyond the `keep` latest, and those older than `days`; 0: no such bound.

    `but` stays, and so do the latest run of all, the latest of each job, and what somebody else put into a folder.
    Returns the folders that are gone. What cannot be taken away is logged and stays.
    """
    folders = run_folders(runs)
    spared = {but, *folders[:1], *_last_of_jobs(folders)}
    gone = []
    for number, folder in enumerate(folders):
        too_many = bool(keep) and number >= keep
        too_old = bool(days) and _began(folder) < now - timedelta(days=days)
        if (too_many or too_old) and folder not in spared and _take_away(folder):
            gone.append(folder)
    return gone


def _last_of_jobs(folders: list[Path]) -> Iterator[Path]:
    seen: set[str] = set()
    for folder in folders:
        if (folder / "job.json").exists():
            name = re.sub(r"\.\d+$", "", folder.name.split("-", 1)[1])
            if name not in seen:
                seen.add(name)
                yield folder


def _began(folder: Path) -> datetime:
    try:
        return datetime.strptime(folder.name[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)  # no day there is: it is not ours to judge


def _take_away(folder: Path) -> bool:
    try:
        for path in list(folder.iterdir()):
            if _OURS.fullmatch(path.name) and (path.is_symlink() or path.is_file()):
                path.unlink()
        with contextlib.suppress(OSError):  # something of somebody else's is in it
            folder.rmdir()
            return True
    except OSError as error:
        logger.warning("The old report %s cannot be taken away: %s", folder, error)
    return False
