"""Runs that end by a limit: cleanly, with its own exit code, and gone on with by the next one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bed import Bed, bed, done_without_record, is_whole, records_missing, report
from tests.faults.test_no_room import grow


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A bed whose answers take their time."""
    with bed(tmp_path_factory.mktemp("bed"), events=8, hosts=2, latency=0.1) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB. Skips where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no small file system may be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_limits_end_a_run_and_the_next_one_goes_on(ground: Bed, tmp_path: Path) -> None:
    """Pages and time, each with its code and what is left; each link is asked once over all runs."""
    ground.web.reset()
    for number, (flag, code, told) in enumerate((("--limit-pages=9", 14, "9 pages"), ("--limit-time=1", 15, "1 s"))):
        ended = ground.crawl(tmp_path / "c", tmp_path / str(number), None, flag, "-sSOURCEKEEP_DELAY=0.4")
        assert ended.code == code, ended.err
        said = report(ended)
        assert f"the limit of {told} is reached" in str(said["reason"])
        assert int(said["citations"]["waiting"]) > 0  # type: ignore[index]
        assert not records_missing(tmp_path / "c")
        assert not done_without_record(tmp_path / "c")
    assert ground.crawl(tmp_path / "c", tmp_path / "last").code == 0
    is_whole(ground, tmp_path / "c")


def test_a_run_ends_before_the_disk_is_full(small: Path, ground: Bed, tmp_path: Path) -> None:
    """Not begun with less than the reserve free; ended when it is reached; with room on to 100 %."""
    ground.web.reset()
    early = ground.crawl(small / "c", tmp_path / "early", None, "--disk-reserve=10MB")
    assert early.code == 3, early.err
    assert "are to stay so" in early.err
    assert ground.web.seen().total == 0
    (small / "filler").write_bytes(b"x" * 4_500_000)
    ended = ground.crawl(small / "c", tmp_path / "late", None, "--disk-reserve=1.2MB", "-sSOURCEKEEP_DELAY=0.4")
    assert ended.code == 3, ended.err
    assert "are needed for what still waits" in ended.err
    assert not done_without_record(small / "c")
    grow(small, "64m")
    assert ground.crawl(small / "c", tmp_path / "last", None, "--disk-reserve=1.2MB").code == 0
    is_whole(ground, small / "c")


def test_a_limit_waits_for_nobody_s_turn(ground: Bed, tmp_path: Path) -> None:
    """Hosts that want long pauses do not hold the end up: what waits for a turn is given back."""
    ground.web.reset()
    began = time.monotonic()
    ended = ground.crawl(tmp_path / "c", tmp_path / "slow", None, "--limit-time=2", "-sSOURCEKEEP_DELAY=40")
    assert ended.code == 15, ended.err
    assert time.monotonic() - began < 30
    assert not done_without_record(tmp_path / "c")
