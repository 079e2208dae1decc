"""What a package tells of the crawls behind it: their logs, as far as the selection goes, and how they were set up.

Secrets are refused in a collection's file and are in no run's record; values that look like one are taken out all the
same.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from archive.package_work import Origin
from archive.schema import runs
from archive.table_rows import chosen_captures, instant
from archive.wacz_selection import Chosen

_FILE = "sourcekeep.toml"
_LOG = "crawl.log"
_URL = 3  # which field of a line of the log it is
_MOST = 1 << 20
_SECRET = re.compile(
    r"secret|passw|token|credential|authorization|cookie|(?:api|access|private)[_-]?key", re.IGNORECASE
)
_LINE = re.compile(r"^(\s*[\"']?([A-Za-z0-9_.-]+)[\"']?\s*=\s*)(.*)$")
_USERINFO = re.compile(r"(?<=://)[^/@\s\"']+@")
_REMOVED = "[removed]"

_Part = tuple[str, Iterator[bytes]]


def crawl_logs(origin: Origin, chosen: Chosen) -> Iterator[_Part]:
    """The lines of each run's crawl.log that tell of what was chosen; of everything, all."""
    urls = None
    if chosen.links is not None:
        urls = {capture.url.encode() for capture in chosen_captures(origin.connection, chosen)}
        urls |= {url.encode() for url in chosen.links}
    runs_folder = origin.collection.runs
    for folder in sorted(runs_folder.iterdir()) if runs_folder.is_dir() else []:
        with suppress(OSError), _opened(folder / _LOG) as file:
            lines = (line for line in file if urls is None or _is_of(line, urls))
            first = next(lines, None)
            if first is not None:
                yield f"data/logs/{folder.name}-{_LOG}", _chained(first, lines)


def _is_of(line: bytes, urls: set[bytes]) -> bool:
    fields = line.split(None, _URL + 1)
    return len(fields) > _URL and fields[_URL] in urls


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def configuration(origin: Origin) -> Iterator[_Part]:
    """The collection's file, and the settings each run had."""
    with suppress(OSError), _opened(origin.collection.root / _FILE) as file:
        text = file.read(_MOST).decode("utf-8", "replace")
        yield f"data/configuration/{_FILE}", iter([without_secrets(text).encode()])
    found = [_run(row) for row in origin.connection.execute(sa.select(runs).order_by(runs.c.id))]
    yield "data/configuration/runs.json", iter([json.dumps(found, indent=2).encode("ascii") + b"\n"])


def without_secrets(text: str) -> str:
    """A configuration without what looks like a secret (pure)."""
    return "\n".join(_harmless(line) for line in text.split("\n"))


def _harmless(line: str) -> str:
    match = _LINE.match(line)
    if match is not None and _SECRET.search(match[2]):
        return f'{match[1]}"{_REMOVED}"'
    return _USERINFO.sub(f"{_REMOVED}@", line)


def _run(row: sa.Row[tuple[object, ...]]) -> dict[str, object]:
    try:
        settings = json.loads(row.configuration)
    except ValueError:
        settings = {}
    return {
        "run": row.id,
        "job": row.job,
        "site": _USERINFO.sub(f"{_REMOVED}@", row.site) if row.site else row.site,
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        "version": row.version,
        "exit_code": row.exit_code,
        "settings": _cleaned(settings),
    }


def _cleaned(value: object) -> object:
    match value:
        case dict():
            return {name: _REMOVED if _SECRET.search(str(name)) else _cleaned(each) for name, each in value.items()}
        case list():
            return [_cleaned(each) for each in value]
        case str():
            return _USERINFO.sub(f"{_REMOVED}@", value)
        case _:
            return value


def _opened(path: Path) -> BinaryIO:
    """A file of the collection; no link is followed. Raises OSError."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
