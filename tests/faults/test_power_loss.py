"""Power loss: a file torn at any byte, zeros and garbage behind its end, confirmed bytes gone, a name forgotten."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import DamagedRecord
from archive.model import Context
from archive.reader import read_records
from archive.recovery import repair
from archive.warc_files import OPEN
from tests.archive.exchanges import NAME, make_exchange, make_writer
from tests.end_to_end.warm import run
from tests.faults.bed import Bed, bed, faults_of, is_whole, ledger

LAST = 4096  # bytes of a file that a power cut may take


@pytest.fixture
def left_open(tmp_path: Path) -> Iterator[Path]:
    """A file of some exchanges, somewhat longer than LAST, as a crash leaves it; in memory, where syncing is cheap."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        writer = make_writer(Path(folder))
        chance = random.Random(7)
        for _ in range(5):
            writer.write_exchange(make_exchange(chance.randbytes(400)), Context())
        writer.sync()
        writer._leave()
        path = Path(folder) / "archive" / (NAME + OPEN)
        assert path.stat().st_size > LAST
        yield path


def ends_of(path: Path) -> list[int]:
    """Where the records end."""
    return [record.where.offset + record.where.length for record in read_records(path)]


def test_cut_at_each_byte_of_the_last_four_kilobytes(left_open: Path) -> None:
    """Each whole record in front of the cut is kept, no byte is thrown away, and what was confirmed is told as lost."""
    folder, indexes = left_open.parent, left_open.parent.parent / "indexes"
    whole, ends = left_open.read_bytes(), ends_of(left_open)
    for size in range(len(whole) - LAST, len(whole)):
        for leftover in folder.iterdir():
            leftover.unlink()
        left_open.write_bytes(whole[:size])
        (file,) = repair(folder, indexes=indexes, committed={NAME: len(whole)}).files
        end = max(each for each in ends if each <= size)
        assert (file.kept, file.cut, file.lost) == (end, size - end, len(whole) - end)
        assert (folder / NAME).read_bytes() == whole[:end]
        assert size == end or (folder / (NAME + ".torn")).read_bytes() == whole[end:size]


@pytest.mark.parametrize("tail", [bytes(4096), b"\x1f\x8b" * 700, random.Random(1).randbytes(5000), b"\x1f\x8b\x08\0"])
def test_what_lies_behind_the_end(left_open: Path, tail: bytes) -> None:
    """Zeros, garbage, and what begins like a record: set aside; nothing in front of it is doubted."""
    whole = left_open.read_bytes()
    with left_open.open("ab") as file:
        file.write(tail)
    folder = left_open.parent
    (file_repaired,) = repair(folder, indexes=folder.parent / "indexes", committed={NAME: len(whole)}).files
    assert (file_repaired.kept, file_repaired.cut, file_repaired.lost) == (len(whole), len(tail), 0)
    assert (folder / (NAME + ".torn")).read_bytes() == tail


def test_zeros_in_place_of_the_last_blocks(left_open: Path) -> None:
    """A file of full length whose last 4 KiB never reached the disk."""
    whole, ends = left_open.read_bytes(), ends_of(left_open)
    left_open.write_bytes(whole[:-LAST] + bytes(LAST))
    folder = left_open.parent
    (file,) = repair(folder, indexes=folder.parent / "indexes", committed={NAME: len(whole)}).files
    assert file.kept == max(end for end in ends if end <= len(whole) - LAST)
    assert file.lost == len(whole) - file.kept
    with pytest.raises(DamagedRecord):
        list(read_records(folder / (NAME + ".torn")))


# --- whole collections ---


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bed, Path]]:
    """A bed, and a collection that holds all of it."""
    folder = tmp_path_factory.mktemp("bed")
    with bed(folder) as ground:
        ended = ground.crawl(folder / "whole", folder / "first")
        assert ended.code == 0, ended.err
        is_whole(ground, folder / "whole")
        yield ground, folder / "whole"


def warc_of(collection: Path) -> Path:
    """Its first WARC."""
    return min((collection / "archive").glob("*.warc.gz"))


@pytest.mark.parametrize("finished", [False, True], ids=["left open", "finished"])
@pytest.mark.parametrize("left", [0, 0.3, 0.9, 0.999])
def test_confirmed_bytes_that_are_gone(left: float, finished: bool, crawled: tuple[Bed, Path], tmp_path: Path) -> None:
    """They are reported, exit 1, and what they held is fetched again; verify goes on to name what cannot come back."""
    ground, whole = crawled
    collection = tmp_path / "c"
    shutil.copytree(whole, collection)
    warc = warc_of(collection)
    os.truncate(warc, int(warc.stat().st_size * left))
    if not finished:
        warc.rename(warc.with_name(warc.name + OPEN))
    ended = ground.crawl(collection, tmp_path / "run")
    assert (ended.code, ledger(collection)) == (1, {"kept": len(ground.urls)}), ended.err
    assert f"{warc.name} has lost" in ended.err
    assert {str(fault.kind) for fault in faults_of(collection)} <= {
        "short_warc", "missing_warc", "missing_record", "damaged_record", "lost_neighbour", "forged_line",
    }  # fmt: skip
    again = ground.crawl(collection, tmp_path / "again")
    assert (again.code, ledger(collection)) == (0, {"kept": len(ground.urls)}), again.err


def test_a_catalogue_made_again_of_a_short_warc_has_the_rest_read_again(
    crawled: tuple[Bed, Path], tmp_path: Path
) -> None:
    """Half of a finished file is gone, and it is repaired before any crawl: the next crawl reads the pages anew."""
    ground, whole = crawled
    collection = tmp_path / "c"
    shutil.copytree(whole, collection)
    os.truncate(warc_of(collection), warc_of(collection).stat().st_size // 2)
    run(["verify", "-c", collection, "--repair", "-q"], tmp_path / "repair")
    ended = ground.crawl(collection, tmp_path / "run")
    assert ended.code in (0, 1), ended.err
    assert ledger(collection) == {"kept": len(ground.urls)}


def test_a_name_that_the_disk_forgot(crawled: tuple[Bed, Path], tmp_path: Path) -> None:
    """The rename of a finished file was lost, its index lines were not: it gets its name, the index is as it was."""
    ground, whole = crawled
    collection = tmp_path / "c"
    shutil.copytree(whole, collection)
    warc, index = warc_of(collection), collection / "indexes" / "index.cdxj"
    before = index.read_bytes()
    warc.rename(warc.with_name(warc.name + OPEN))
    assert ground.crawl(collection, tmp_path / "run").code == 0
    is_whole(ground, collection)
    assert index.read_bytes() == before


def test_an_index_that_is_behind(crawled: tuple[Bed, Path], tmp_path: Path) -> None:
    """The index has its old content, the file is left open: the repair merges the lines it lacks."""
    ground, whole = crawled
    collection = tmp_path / "c"
    shutil.copytree(whole, collection)
    warc, index = warc_of(collection), collection / "indexes" / "index.cdxj"
    before = index.read_bytes()
    index.write_bytes(b"".join(before.splitlines(keepends=True)[::3]))
    warc.rename(warc.with_name(warc.name + OPEN))
    assert ground.crawl(collection, tmp_path / "run").code == 0
    is_whole(ground, collection)
    assert index.read_bytes() == before
