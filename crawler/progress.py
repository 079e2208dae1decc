"""How a run is getting on, while it runs: a panel on a terminal, JSON lines on anything else.

The display has a thread of its own and asks for a `Snapshot` now and then; a run never waits for it, and if it fails
the run goes on without it. Rates are those of the last ten seconds.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TextIO

from crawler.terminal import json_line, printable, spell_bytes, spell_seconds

if TYPE_CHECKING:
    from types import TracebackType

    from rich.panel import Panel

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 10.0
LIVE_SECONDS = 0.25
LINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Where a run stands. Citations are those of the collection: kept + failed + excluded + waiting is all of them."""

    elapsed: float  # seconds since the run began, monotonic
    phase: str = "crawling"  # in a word or a few, for people
    events: int = 0
    pages: int = 0  # pages of the event site, read in this run
    kept: int = 0
    failed: int = 0  # dead ones included
    dead: int = 0  # of the failed: gone for good
    excluded: int = 0
    waiting: int = 0
    captures: int = 0  # answers recorded in this run: "pages/s" are these
    bytes: int = 0
    hosts: int = 0
    in_flight: int = 0
    requisites: int = 0  # over
    requisites_waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Per second, over the last ten."""

    captures: float = 0.0
    bytes: float = 0.0
    citations: float = 0.0  # that ceased to wait


class Window:
    """The snapshots of the last seconds, oldest first. Their `elapsed` is its only clock."""

    def __init__(self, seconds: float = WINDOW_SECONDS) -> None:
        self._seconds = seconds
        self._seen: deque[Snapshot] = deque()

    def add(self, snapshot: Snapshot) -> Rates:
        """The rates up to `snapshot`."""
        self._seen.append(snapshot)
        while len(self._seen) > 2 and self._seen[1].elapsed <= snapshot.elapsed - self._seconds:
            self._seen.popleft()
        first = self._seen[0]
        seconds = snapshot.elapsed - first.elapsed
        if seconds <= 0:
            return Rates()
        return Rates(
            captures=(snapshot.captures - first.captures) / seconds,
            bytes=(snapshot.bytes - first.bytes) / seconds,
            citations=max(0, _settled(snapshot) - _settled(first)) / seconds,
        )


def _settled(snapshot: Snapshot) -> int:
    return snapshot.kept + snapshot.failed + snapshot.excluded


def seconds_left(snapshot: Snapshot, rates: Rates) -> float | None:
    """How long what waits will take at this rate; None where that cannot be said."""
    if not snapshot.waiting or rates.citations <= 0:
        return None
    return snapshot.waiting / rates.citations


def progress_line(snapshot: Snapshot, rates: Rates, *, now: datetime, ended: bool = False) -> str:
    """A JSON object: timestamp (ISO 8601, UTC), logLevel, context "progress", message (the phase, or "ended"), details.

    `details` holds the snapshot's fields and `pagesPerSecond`, `bytesPerSecond`, `secondsLeft` (null if unknown).
    """
    left = None if ended else seconds_left(snapshot, rates)
    details: dict[str, object] = asdict(snapshot)
    del details["phase"]
    details["elapsed"] = round(snapshot.elapsed, 3)
    details["pagesPerSecond"] = round(rates.captures, 2)
    details["bytesPerSecond"] = round(rates.bytes)
    details["secondsLeft"] = None if left is None else round(left)
    return json_line(
        {
            "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "logLevel": "info",
            "context": "progress",
            "message": "ended" if ended else snapshot.phase,
            "details": details,
        }
    )


def panel_rows(snapshot: Snapshot, rates: Rates) -> list[tuple[str, str]]:
    """What the panel shows: names and values, for people."""
    left = seconds_left(snapshot, rates)
    numbers = {"kept": snapshot.kept, "dead": snapshot.dead, "failed": snapshot.failed - snapshot.dead}
    numbers |= {"excluded": snapshot.excluded, "waiting": snapshot.waiting}
    needed = f"{snapshot.requisites:,} over · {snapshot.requisites_waiting:,} waiting"
    return [
        ("events", f"{snapshot.events:,}"),
        ("citations", " · ".join(f"{number:,} {name}" for name, number in numbers.items())),
        *([("requisites", needed)] if snapshot.requisites or snapshot.requisites_waiting else []),
        ("fetched", f"{snapshot.captures:,} pages, {spell_bytes(snapshot.bytes)} from {snapshot.hosts:,} hosts"),
        ("speed", f"{rates.captures:.1f} pages/s, {spell_bytes(round(rates.bytes))}/s, {snapshot.in_flight} in flight"),
        ("time", spell_seconds(snapshot.elapsed) + (f", about {spell_seconds(left)} left" if left is not None else "")),
    ]


class Mode(StrEnum):
    """How progress is shown. AUTO: LIVE on a terminal, LINES elsewhere."""

    AUTO = "auto"
    LIVE = "live"
    LINES = "lines"
    NONE = "none"

    def settled(self, stream: TextIO) -> Mode:
        """The mode AUTO stands for on `stream`; any other is itself."""
        if self is not Mode.AUTO:
            return self
        live = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        return Mode.LIVE if live else Mode.LINES


Show = Callable[[Snapshot, Rates, bool], None]


class Progress:
    """A context manager: shows what `snapshot` gives from when it is entered until it is left, and once more then.

        with Progress(job.snapshot):
            ...

    `snapshot` is called in the display's thread. `every` is the pause between two looks, in seconds.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        *,
        stream: TextIO | None = None,
        mode: Mode | str = Mode.AUTO,
        every: float | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._stream = stream or sys.stderr
        self._mode = Mode(mode).settled(self._stream)
        self._every = every or (LIVE_SECONDS if self._mode is Mode.LIVE else LINE_SECONDS)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def __enter__(self) -> Self:
        if self._mode is not Mode.NONE:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            with self._live() if self._mode is Mode.LIVE else self._lines() as show:
                self._watch(show)
        except Exception:
            logger.exception("The progress display has failed; the run goes on without it")

    def _watch(self, show: Show) -> None:
        window = Window()
        snapshot = self._snapshot()
        rates = window.add(snapshot)
        if self._mode is Mode.LIVE:
            show(snapshot, rates, False)
        ended = False
        while not ended:
            ended = self._ended.wait(self._every)
            snapshot = self._snapshot()
            show(snapshot, window.add(snapshot), ended)

    @contextmanager
    def _lines(self) -> Iterator[Show]:
        def show(snapshot: Snapshot, rates: Rates, ended: bool) -> None:
            self._stream.write(progress_line(snapshot, rates, now=datetime.now(UTC), ended=ended) + "\n")
            self._stream.flush()

        yield show

    @contextmanager
    def _live(self) -> Iterator[Show]:
        """The panel goes when it ends: the summary takes its place."""
        from rich.console import Console  # noqa: PLC0415 - slow to load, and needed on terminals only
        from rich.live import Live  # noqa: PLC0415

        with Live(console=Console(file=self._stream), auto_refresh=False, transient=True) as live:
            yield lambda snapshot, rates, _: live.update(_panel(snapshot, rates), refresh=True)
        with contextlib.suppress(OSError):
            self._stream.flush()


def _panel(snapshot: Snapshot, rates: Rates) -> Panel:
    from rich.panel import Panel  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(padding=(0, 2))
    for name, value in panel_rows(snapshot, rates):
        grid.add_row(Text(name, style="dim"), Text(value))
    return Panel(grid, title=Text(printable(snapshot.phase)), title_align="left", expand=False, border_style="dim")
