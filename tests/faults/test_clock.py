"""Clocks that jump: ten years ahead, ten years back, between runs and in the middle of one; summer time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.command import PROJECT, environment
from tests.faults.bed import Bed, bed, is_whole

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cc") is None and not os.environ.get("CI"), reason="no C compiler (cc) is here"),
]
TEN_YEARS = 3650 * 86400
DELAY = 0.15
MOST_SECONDS = 60


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A bed with two hosts, so that politeness sets the pace."""
    with bed(tmp_path_factory.mktemp("bed"), events=6, hosts=2) as found:
        yield found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that shifts a process's wall clock."""
    made = tmp_path_factory.mktemp("library") / "wall_clock.so"
    source = Path(__file__).with_name("wall_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source)], check=True)
    return made


class Faked:
    """A crawl whose wall clock is set by a file; the monotonic clock is left alone, as in life."""

    def __init__(self, ground: Bed, library: Path, collection: Path, shift: float, *more: str, **environ: str) -> None:
        self._file = collection.with_name(f"{collection.name}-clock")
        self.set(shift)
        faked = {"LD_PRELOAD": str(library), "FAKED_CLOCK": str(self._file), **environ}
        command = [*ground.command(collection), f"-sSOURCEKEEP_DELAY={DELAY}", *more]
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crawler", *map(str, command)],
            env={**environment(), **faked}, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def set(self, shift: float) -> None:
        """Set the clock, so many seconds from the true time."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{shift:.0f}\n")
        fresh.replace(self._file)

    @property
    def runs(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def wait(self) -> tuple[int, str, float]:
        """Exit code, what it said, how long it took."""
        try:
            _, err = self._process.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, err = self._process.communicate()
            raise AssertionError(f"it is stuck\n{err}") from None
        return self._process.returncode, err, time.monotonic() - self._began


def warcs(collection: Path) -> list[str]:
    """The names of the finished WARCs."""
    return sorted(path.name for path in (collection / "archive").glob("*.warc.gz"))


def politely(ground: Bed, seconds: float) -> bool:
    """Whether the requests to the busiest host could not have come faster than one in DELAY seconds, one at a time."""
    seen = ground.web.seen()
    most = max(sum(n for url, n in seen.hits.items() if url.startswith(host + "/")) for host in seen.peaks)
    return seconds >= (most - 1) * DELAY * 0.8 and max(seen.peaks.values()) == 1


@pytest.mark.parametrize("shifts", [(TEN_YEARS, -TEN_YEARS), (-TEN_YEARS, 0)])
def test_jumps_between_runs(shifts: tuple[int, ...], ground: Bed, library: Path, tmp_path: Path) -> None:
    """Runs at times ten years apart, in any order: neither stuck nor stampeding, and no WARC written over."""
    collection = tmp_path / "c"
    for shift in shifts[:-1]:
        code, err, _ = Faked(ground, library, collection, shift, "--limit=2").wait()
        assert code == 0, err
    before = warcs(collection)
    ground.web.reset()
    code, err, seconds = Faked(ground, library, collection, shifts[-1]).wait()
    assert code == 0, err
    is_whole(ground, collection)
    assert set(before) < set(warcs(collection))
    assert politely(ground, seconds)


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS])
def test_a_jump_in_the_middle_of_a_run(jump: int, ground: Bed, library: Path, tmp_path: Path) -> None:
    """The clock is set while requests are under way: the run ends in its time, complete and polite."""
    ground.web.reset()
    collection = tmp_path / "c"
    crawl = Faked(ground, library, collection, 0)
    for _ in range(600):
        if any((collection / "archive").glob("*.open")):
            break
        time.sleep(0.02)
    time.sleep(0.3)
    assert crawl.runs
    crawl.set(jump)
    code, err, seconds = crawl.wait()
    assert code == 0, err
    is_whole(ground, collection)
    assert politely(ground, seconds)


def until(at: datetime) -> float:
    """By how much a clock is off that shows `at` now."""
    return (at - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize("day", [datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)])
def test_summer_time_ends_and_begins(day: datetime, ground: Bed, library: Path, tmp_path: Path) -> None:
    """A run into the hour that comes twice, and into the one that never comes."""
    ground.web.reset()
    at = day.replace(minute=59, second=57)
    code, err, seconds = Faked(ground, library, tmp_path / "c", until(at), TZ="Europe/Berlin").wait()
    assert code == 0, err
    is_whole(ground, tmp_path / "c")
    assert politely(ground, seconds)


def test_the_same_second_again(ground: Bed, library: Path, tmp_path: Path) -> None:
    """A clock set back to where a WARC was begun: each has a name of its own, none is written over."""
    collection, at = tmp_path / "c", datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert Faked(ground, library, collection, until(at), "--limit=2").wait()[0] == 0
    content = {name: (collection / "archive" / name).read_bytes() for name in warcs(collection)}
    assert Faked(ground, library, collection, until(at)).wait()[0] == 0
    assert all((collection / "archive" / name).read_bytes() == kept for name, kept in content.items())
    is_whole(ground, collection)


def test_workers_that_cannot_be_kept_running(ground: Bed, library: Path, tmp_path: Path) -> None:
    """A machine on which pools of workers break when they are made, or soon after: the crawl ends, and says if it could
    not read what it keeps."""
    crawl = Faked(ground, library, tmp_path / "c", 0, FAKED_SLEEPLESS="1")
    code, err, _ = crawl.wait()
    assert (code, "no process" in err) in ((1, True), (0, False)), err
    assert ground.crawl(tmp_path / "c", tmp_path / "again").code == 0
    is_whole(ground, tmp_path / "c")
