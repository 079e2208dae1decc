"""The progress display."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TextIO

import pytest

from crawler.progress import Mode, Progress, Rates, Snapshot, Window, panel_rows, progress_line, seconds_left

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
BUSY = Snapshot(
    elapsed=60, events=12, pages=20, kept=30, failed=5, dead=4, excluded=2, waiting=50, captures=90, bytes=1_400_000,
    hosts=9, in_flight=3,
)  # fmt: skip


def at(elapsed: float, **changes: int) -> Snapshot:
    """A snapshot at that second."""
    return replace(Snapshot(elapsed=elapsed), **changes)  # type: ignore[arg-type]


def test_rates_are_those_of_the_last_ten_seconds() -> None:
    """A burst long ago no longer counts."""
    window = Window()
    window.add(at(0))
    assert window.add(at(1, captures=1000)).captures == 1000
    for second in range(2, 40):
        rates = window.add(at(second, captures=1000 + 2 * second, bytes=100 * second, kept=second))
    assert rates == Rates(captures=2, bytes=100, citations=1)


def test_a_window_keeps_only_what_it_needs() -> None:
    """A million snapshots take no more room than those of ten seconds."""
    window = Window()
    for tick in range(10_000):
        window.add(at(tick / 10))
    assert len(window._seen) <= 102


def test_no_time_no_rate() -> None:
    """The first snapshot, and a clock that stands still, give no rate instead of a division by zero."""
    window = Window()
    assert window.add(at(5, captures=3)) == Rates()
    assert window.add(at(5, captures=9)) == Rates()


def test_time_left_is_what_waits_by_the_rate() -> None:
    """Unknown where nothing waits or nothing moves."""
    assert seconds_left(BUSY, Rates(citations=2.5)) == 20
    assert seconds_left(BUSY, Rates()) is None
    assert seconds_left(replace(BUSY, waiting=0), Rates(citations=1)) is None


def test_a_line_is_json_with_the_five_keys() -> None:
    """Time in UTC to the millisecond, the phase as message, the numbers as details."""
    said = json.loads(progress_line(BUSY, Rates(captures=1.5, bytes=2000.4, citations=2.5), now=NOON))
    assert list(said) == ["timestamp", "logLevel", "context", "message", "details"]
    assert said["timestamp"] == "2026-11-22T12:00:00.123Z"
    assert (said["logLevel"], said["context"], said["message"]) == ("info", "progress", "crawling")
    details = said["details"]
    assert (details["kept"], details["dead"], details["waiting"], details["in_flight"]) == (30, 4, 50, 3)
    assert (details["pagesPerSecond"], details["bytesPerSecond"], details["secondsLeft"]) == (1.5, 2000, 20)


def test_the_panel_says_it_all() -> None:
    """Events, citations by outcome, speed, bytes, hosts, time."""
    said = dict(panel_rows(BUSY, Rates(captures=1.5, bytes=2e6, citations=2.5)))
    assert said == {
        "events": "12",
        "citations": "30 kept · 4 dead · 1 failed · 2 excluded · 50 waiting",
        "fetched": "90 pages, 1.4 MB from 9 hosts",
        "speed": "1.5 pages/s, 2.0 MB/s, 3 in flight",
        "time": "1 min 00 s, about 20 s left",
    }


def test_lines_while_it_runs_and_one_at_the_end() -> None:
    """On a file: JSON lines, the last of them `ended`, with the last numbers."""
    stream = io.StringIO()
    counted = iter(range(1, 10_000))
    with Progress(lambda: at(1, captures=next(counted)), stream=stream, every=0.01):
        time.sleep(0.1)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) >= 2
    assert [line["message"] for line in lines] == ["crawling"] * (len(lines) - 1) + ["ended"]
    captures = [line["details"]["captures"] for line in lines]
    assert captures == sorted(set(captures))


def test_a_short_run_still_says_how_it_ended() -> None:
    """Shorter than the pause between lines: one line."""
    stream = io.StringIO()
    with Progress(lambda: BUSY, stream=stream):
        pass
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["ended"]


def test_none_is_silent_and_asks_nothing() -> None:
    """With mode none there is no thread and no output."""
    stream = io.StringIO()
    before = threading.active_count()
    with Progress(lambda: pytest.fail("asked"), stream=stream, mode="none"):
        assert threading.active_count() == before
    assert stream.getvalue() == ""


def test_a_failing_snapshot_does_not_end_the_run(caplog: pytest.LogCaptureFixture) -> None:
    """The display gives up, says so in the log, and whoever leaves the block is not told."""

    def broken() -> Snapshot:
        raise RuntimeError("no numbers")

    with caplog.at_level(logging.ERROR), Progress(broken, stream=io.StringIO(), every=0.01):
        time.sleep(0.05)
    assert "goes on without it" in caplog.text


def test_an_error_in_the_run_passes_through() -> None:
    """The block's own exception is the caller's; the thread is gone."""
    with pytest.raises(KeyboardInterrupt), Progress(lambda: BUSY, stream=io.StringIO()):
        raise KeyboardInterrupt
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


@contextmanager
def terminal() -> Iterator[tuple[TextIO, list[bytes]]]:
    """A pseudo-terminal: its stream, and what has been written to it once the block is left."""
    main_end, terminal_end = os.openpty()
    shown: list[bytes] = []

    def read() -> None:
        while True:
            try:
                data = os.read(main_end, 65536)
            except OSError:
                return
            if not data:
                return
            shown.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(terminal_end, "w", encoding="utf-8") as stream:
        yield stream, shown
    reader.join(5)
    os.close(main_end)


def test_a_terminal_gets_a_panel_that_goes_when_it_ends() -> None:
    """On a terminal: a panel drawn in place, cleared at the end, the cursor shown again."""
    phase = replace(BUSY, phase="crawling \x1b]0;owned\x07")
    with terminal() as (stream, shown):
        assert Mode.LIVE.settled(stream) is Mode.LIVE
        with Progress(lambda: phase, stream=stream, mode="live", every=0.02):
            time.sleep(0.1)
    said = b"".join(shown).decode()
    assert "30 kept" in said
    assert "90 pages" in said
    assert "\x1b]0;owned" not in said
    assert said.count("\x1b[?25h") >= 1


def test_what_is_no_terminal_gets_lines() -> None:
    """AUTO looks at the stream."""
    assert Mode.AUTO.settled(io.StringIO()) is Mode.LINES
