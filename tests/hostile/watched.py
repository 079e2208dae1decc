"""The real command, watched while it runs: the most memory its own process held, and what it left in its spool."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.command import FAST, start

QUICK = (*FAST, "-sSOURCEKEEP_DELAY=0", "--requisites=none", "--json")
MEMORY = 150 << 20  # what the crawling process may hold at its peak, its workers apart
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A crawl that has ended."""

    report: dict[str, object]
    peak: int  # bytes resident, of the process itself
    seconds: float
    messages: str

    @property
    def reasons(self) -> dict[str, int]:
        """What came of the citations."""
        return self.report["citations"]["reasons"]  # type: ignore[index,no-any-return]

    @property
    def problems(self) -> str:
        """What the report complains of."""
        return "\n".join(map(str, self.report["problems"]))  # type: ignore[call-overload]


def crawl(site: str | Path, collection: Path, *more: str, timeout: float = 120) -> Watched:
    """A crawl that must end by itself within `timeout` seconds, and leave no spool behind."""
    began = time.monotonic()
    process = start("crawl", site, "-c", collection, *QUICK, *more)
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            with contextlib.suppress(OSError):
                found = _PEAK.search(Path(f"/proc/{process.pid}/status").read_text())
                peak = max(peak, int(found[1]) << 10 if found else 0)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        out, messages = process.communicate(timeout=timeout)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    watcher.join()
    assert "Traceback" not in messages, messages
    spool = collection / "spool"
    assert not spool.is_dir() or not list(spool.iterdir())
    return Watched(report=json.loads(out), peak=peak, seconds=time.monotonic() - began, messages=messages)


def captures(collection: Path) -> dict[str, tuple[int | None, str | None, int]]:
    """URL -> (status, why it is not whole, bytes of payload) of what a collection holds, the last of each URL."""
    with contextlib.closing(sqlite3.connect(collection / "catalogue.db")) as connection:
        rows = connection.execute("SELECT url, status, truncated, payload_length FROM captures ORDER BY id")
        return {url: (status, truncated, length) for url, status, truncated, length in rows}


def articles(collection: Path) -> list[tuple[str, str | None]]:
    """State of each article that was looked for, and why."""
    with contextlib.closing(sqlite3.connect(collection / "catalogue.db")) as connection:
        return list(connection.execute("SELECT state, why FROM articles"))
