"""No room: a small file system that grows, a quota, files that may not grow, and folders nobody may write."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.command import PROJECT, environment
from tests.end_to_end.warm import Setting, run
from tests.faults.bed import Bed, bed, done_without_record, is_whole, records_missing, report


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A bed."""
    with bed(tmp_path_factory.mktemp("bed"), events=8, hosts=4) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB. Skips where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no small file system may be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def grow(folder: Path, size: str) -> None:
    """Make the file system larger."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def test_a_full_disk_that_grows_little_by_little(small: Path, ground: Bed, tmp_path: Path) -> None:
    """Exit 3 with what is missing, as often as it is full; nothing done without its record; with room on to 100 %."""
    sizes = ["500k", "700k", "64m"]
    full = 0
    for number, size in enumerate(sizes):
        ended = ground.crawl(small / "c", tmp_path / str(number), None, "--disk-reserve=0")
        if ended.code == 0:
            break
        assert ended.code == 3, ended.err
        assert "Traceback" not in ended.err
        assert str(small) in ended.err
        if ended.out:
            assert "are needed for what still waits" in str(report(ended)["reason"])
        full += 1
        assert not records_missing(small / "c")
        assert not done_without_record(small / "c")
        grow(small, size)
    assert full
    assert ground.crawl(small / "c", tmp_path / "last", None, "--disk-reserve=0").code == 0
    is_whole(ground, small / "c")


@pytest.mark.parametrize("most", [20_000, 60_000, 260_000])
def test_files_that_may_not_grow(most: int, ground: Bed, tmp_path: Path) -> None:
    """RLIMIT_FSIZE (EFBIG), a stand-in for a quota: exit 3, a sentence that names the file, and later on to 100 %."""
    ended = ground.crawl(tmp_path / "c", tmp_path / "limited", Setting(most_bytes=most))
    assert ended.code in (0, 3), ended.err
    if ended.code:
        assert str(tmp_path / "c") in ended.err
        assert "Traceback" not in ended.err
    assert not records_missing(tmp_path / "c")
    assert ground.crawl(tmp_path / "c", tmp_path / "last").code == 0
    is_whole(ground, tmp_path / "c")


# --- refused before the first request ---


def plain_user(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`sourcekeep` by somebody whom permissions bind: root has its right to overlook them taken away."""
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*without, shutil.which("python3", path=str(PROJECT / ".venv" / "bin")) or "python3", "-m", "crawler"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=60, cwd=cwd, env=environment(),
    )  # fmt: skip


def test_a_folder_that_may_not_be_written(ground: Bed, tmp_path: Path) -> None:
    """Exit 4 before the first request, naming the path; a collection that may only be read can still be read."""
    ground.web.reset()
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    ended = plain_user(*ground.command(closed / "c"), cwd=tmp_path)
    assert ended.returncode == 4, ended.stderr
    assert str(closed) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ground.web.seen().total == 0


@pytest.mark.parametrize("name", ["archive", "indexes", "events", "runs", "spool", "catalogue.db", ".lock"])
def test_a_part_that_may_not_be_written(name: str, ground: Bed, tmp_path: Path) -> None:
    """One folder or file of a collection closed: refused before the first request, naming it."""
    collection = tmp_path / "c"
    for part in ("archive", "indexes", "events", "runs", "spool"):
        (collection / part).mkdir(parents=True)
    part = collection / name
    if not part.exists():
        assert ground.crawl(collection, tmp_path / "first").code == 0
    part.chmod(0o400 if part.is_file() else 0o500)
    ground.web.reset()
    ended = plain_user(*ground.command(collection), cwd=tmp_path)
    assert ended.returncode == 4, f"exit {ended.returncode}\n{ended.stderr}"
    assert str(part) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ground.web.seen().total == 0


@pytest.mark.parametrize("leftover", [".probe-1", ".run.json.tmp", ".lock", "archive"])
def test_what_a_run_killed_at_its_very_beginning_leaves(leftover: str, ground: Bed, tmp_path: Path) -> None:
    """It does not make the folder somebody else's: the same command goes on."""
    collection = tmp_path / "c"
    collection.mkdir()
    (collection / leftover).mkdir() if leftover == "archive" else (collection / leftover).touch()
    ended = ground.crawl(collection, tmp_path / "run")
    assert ended.code == 0, ended.err
    is_whole(ground, collection)


@pytest.mark.parametrize("name", ["archive", "indexes", "events", "runs", "spool"])
def test_a_file_where_a_folder_should_be(name: str, ground: Bed, tmp_path: Path) -> None:
    """Exit 4 before the first request, naming the path; the file stays as it is."""
    collection = tmp_path / "c"
    collection.mkdir()
    (collection / name).write_text("mine")
    ground.web.reset()
    ended = run(ground.command(collection), tmp_path / "run")
    assert ended.code == 4, ended.err
    assert str(collection) in ended.err
    assert (collection / name).read_text() == "mine"
    assert ground.web.seen().total == 0
