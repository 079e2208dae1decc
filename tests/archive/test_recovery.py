"""The repair: files cut anywhere, killed repairs, strangers in the folder."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.captures import captures
from archive.errors import StorageError
from archive.model import Capture, Context, Reason, Resource
from archive.reader import read_records
from archive.recovery import Repair, repair
from tests.archive.exchanges import AT, NAME, failed_exchange, make_exchange, make_writer, write_everything
from tests.archive.test_cdxj import by_the_indexer


def crashed(folder: Path) -> tuple[Path, list[Capture]]:
    """A collection whose writer was killed after a few exchanges; the file left open, and its captures."""
    writer = make_writer(folder)
    first = writer.write_exchange(make_exchange(b"<p>hello</p>"), Context(via="page.md", hops="C"))
    written = [
        first,
        writer.write_exchange(make_exchange(b"<p>hello</p>"), Context(), refers_to=first),
        writer.write_exchange(failed_exchange(error=Reason.TIMEOUT), Context()),
        writer.write_resource(Resource(uri="urn:x:a", mime="text/x", payload=b"# a", at=AT), Context()),
    ]
    writer.sync()
    writer._leave()  # what a kill does: the file is let go of, and stays as it is
    return folder / "archive" / (NAME + ".open"), written


def repaired(folder: Path, **committed: int) -> Repair:
    """The repair of a collection's folder; `committed` by the first file's name."""
    known = {NAME: committed["committed"]} if committed else {}
    return repair(folder / "archive", indexes=folder / "indexes", committed=known)


def names(folder: Path) -> list[str]:
    """What lies in the archive's folder and beside the index."""
    return sorted(path.name for sub in ("archive", "indexes") for path in (folder / sub).iterdir())


def test_a_whole_file_is_finished(tmp_path: Path) -> None:
    """A file that lacks nothing gets its name and its lines in the index, and its captures are handed back."""
    path, written = crashed(tmp_path)
    size = path.stat().st_size
    result = repaired(tmp_path)
    (file,) = result.files
    assert (file.name, file.kept, file.cut, file.lost) == (NAME, size, 0, 0)
    assert list(result.captures()) == written
    assert names(tmp_path) == [NAME, "index.cdxj"]
    assert (tmp_path / "indexes" / "index.cdxj").read_bytes() == by_the_indexer(tmp_path / "archive")


def test_again_there_is_nothing_to_do(tmp_path: Path) -> None:
    """A second repair changes nothing and reports nothing."""
    crashed(tmp_path)
    repaired(tmp_path)
    before = (tmp_path / "archive" / NAME).read_bytes(), (tmp_path / "indexes" / "index.cdxj").read_bytes()
    again = repaired(tmp_path)
    assert (again.files, again.left_alone, list(again.captures())) == ((), (), [])
    assert ((tmp_path / "archive" / NAME).read_bytes(), (tmp_path / "indexes" / "index.cdxj").read_bytes()) == before


def test_cut_at_every_byte(tmp_path: Path) -> None:
    """Wherever a file was cut: all whole records are kept, in a valid file, and every other byte is set aside."""
    path, written = crashed(tmp_path)
    whole = path.read_bytes()
    ends = [record.where.offset + record.where.length for record in read_records(path)]
    shutil.copytree(tmp_path, tmp_path / "one")
    for size in [*range(0, ends[-3], 41), *ends[:-3], *range(ends[-3], len(whole))]:
        folder = tmp_path / "one"
        shutil.rmtree(folder / "indexes", ignore_errors=True)
        for left in (folder / "archive").iterdir():
            left.unlink()
        (folder / "archive" / path.name).write_bytes(whole[:size])
        _check_cut(folder, whole[:size], max([end for end in ends if end <= size], default=0), written)


def _check_cut(folder: Path, found: bytes, end: int, written: list[Capture]) -> None:
    result = repaired(folder)
    final, torn = folder / "archive" / NAME, folder / "archive" / (NAME + ".torn")
    assert (torn.read_bytes() if torn.exists() else b"") == found[end:]
    assert result.cut == len(found) - end
    kept = [capture for capture in written if capture.where.offset + capture.where.length <= end]
    assert final.exists() == bool(kept)
    assert result.files[0].kept == (end if kept else 0)
    assert [capture.record_id for capture in result.captures()] == [capture.record_id for capture in kept]
    if kept:
        assert final.read_bytes() == found[:end]
        assert len(gzip.decompress(found[:end])) > 0
        indexed = (folder / "indexes" / "index.cdxj").read_text()
        assert indexed.count("\n") == sum(capture.error is None for capture in kept)


def test_what_the_catalogue_does_not_know(tmp_path: Path) -> None:
    """Only captures at or behind the committed offset are handed back."""
    _, written = crashed(tmp_path)
    second = written[1].where.offset
    result = repaired(tmp_path, committed=second)
    assert list(result.captures()) == written[1:]
    assert result.losses == ()


def test_a_disk_that_forgot(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file shorter than what was committed is a loss, and said to be one in the report and in the log."""
    path, written = crashed(tmp_path)
    committed = path.stat().st_size
    os.truncate(path, written[2].where.offset + 5)
    result = repaired(tmp_path, committed=committed)
    (file,) = result.losses
    assert file.lost == committed - written[2].where.offset
    assert list(result.captures()) == []
    assert "lost" in caplog.text
    assert [record.levelname for record in caplog.records].count("ERROR") == 1


@pytest.mark.parametrize("committed", [False, True], ids=["unknown yet", "known"])
def test_damage_in_the_middle(tmp_path: Path, *, committed: bool) -> None:
    """It costs the record it hit: every other keeps its place, in the file and in the index, and only what lies behind
    the last whole one is set aside."""
    path, written = crashed(tmp_path)
    whole = bytearray(path.read_bytes())
    middle = written[1].where
    whole[middle.offset + middle.length // 2] ^= 0xFF
    path.write_bytes(whole + b"\x1f\x8b\x08 torn")
    result = repaired(tmp_path, committed=middle.offset if committed else 0)
    left = [written[0], *written[2:]]
    assert [each.where for each in result.captures()] == [each.where for each in (left[1:] if committed else left)]
    assert [(file.kept, file.damaged, file.cut, file.lost) for file in result.files] == [(len(whole), 1, 8, 0)]
    assert (tmp_path / "archive" / NAME).read_bytes() == whole
    assert (tmp_path / "archive" / (NAME + ".torn")).read_bytes() == b"\x1f\x8b\x08 torn"
    indexed = (tmp_path / "indexes" / "index.cdxj").read_text()
    assert indexed.count("\n") == sum(capture.error is None for capture in left)


def test_a_warc_within_a_torn_body_is_none_of_ours(tmp_path: Path) -> None:
    """A page that is a WARC itself, whole within the record that was being written: it goes where the rest goes."""
    path, written = crashed(tmp_path)
    size = path.stat().st_size
    forged = b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:forged>\r\nWARC-Target-URI: urn:x\r\n"
    forged += b"WARC-Warcinfo-ID: <urn:uuid:another>\r\nWARC-Date: 2026-11-22T14:00:00Z\r\nContent-Length: 0\r\n"
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08 the body begins here: " + gzip.compress(forged + b"\r\n\r\n\r\n"))
    result = repaired(tmp_path)
    assert list(result.captures()) == written
    assert (tmp_path / "archive" / NAME).stat().st_size == size


def test_zeros_behind_the_end(tmp_path: Path) -> None:
    """The zeros that some file systems leave after a power cut are a torn tail."""
    path, written = crashed(tmp_path)
    with path.open("ab") as file:
        file.write(bytes(5000))
    result = repaired(tmp_path)
    assert result.cut == 5000
    assert list(result.captures()) == written


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip at all" * 1000, gzip.compress(b"gzip, but no WARC", mtime=0), b"\x1f\x8b"],
    ids=["empty", "no gzip", "no WARC", "torn"],
)
def test_files_without_a_record(tmp_path: Path, content: bytes) -> None:
    """An empty file goes; what is not ours is set aside whole."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / (NAME + ".open")).write_bytes(content)
    result = repaired(tmp_path)
    assert (result.files[0].kept, result.files[0].cut) == (0, len(content))
    assert names(tmp_path) == ([NAME + ".torn"] if content else [])
    if content:
        assert (folder / (NAME + ".torn")).read_bytes() == content


def test_a_file_with_nothing_but_its_warcinfo_goes(tmp_path: Path) -> None:
    """A writer killed before its first exchange leaves nothing behind."""
    path, written = crashed(tmp_path)
    os.truncate(path, written[0].where.offset)
    assert repaired(tmp_path).files[0].kept == 0
    assert names(tmp_path) == []


def test_strangers_are_left_alone(tmp_path: Path) -> None:
    """Links, folders, odd names, and files whose finished twin exists are named in the report and not touched."""
    path, _ = crashed(tmp_path)
    folder, secret = tmp_path / "archive", tmp_path / "secret"
    secret.write_bytes(b"secret")
    (folder / "link.warc.gz.open").symlink_to(secret)
    (folder / "folder.warc.gz.open").mkdir()
    (folder / "notes.txt.open").write_bytes(b"notes")
    shutil.copy(path, folder / "twin.warc.gz.open")
    (folder / "twin.warc.gz").write_bytes(b"finished")
    result = repaired(tmp_path)
    assert [file.name for file in result.files] == [NAME]
    assert [name for name, _ in result.left_alone] == [
        "folder.warc.gz.open", "link.warc.gz.open", "notes.txt.open", "twin.warc.gz.open",
    ]  # fmt: skip
    assert secret.read_bytes() == b"secret"
    assert (folder / "twin.warc.gz").read_bytes() == b"finished"


def test_a_torn_link_is_not_followed(tmp_path: Path) -> None:
    """A link planted where the torn tail will go is replaced, and its target kept."""
    path, _ = crashed(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "archive" / (NAME + ".torn")).symlink_to(secret)
    os.truncate(path, path.stat().st_size - 1)
    repaired(tmp_path)
    assert secret.read_bytes() == b"secret"
    assert not (tmp_path / "archive" / (NAME + ".torn")).is_symlink()


def test_a_file_being_written_is_left_alone(tmp_path: Path) -> None:
    """A repair beside a living writer keeps its hands off its file."""
    writer = make_writer(tmp_path)
    writer.write_exchange(make_exchange(b"x"), Context())
    result = repaired(tmp_path)
    assert result.left_alone == ((NAME + ".open", "a living process writes it"),)
    assert writer.close() == [NAME]


def test_no_folder_yet(tmp_path: Path) -> None:
    """Before the first run there is nothing to repair."""
    assert repaired(tmp_path).files == ()


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    """An index that cannot be written is an error; no file is finished without its lines, and the next repair is."""
    crashed(tmp_path)
    (tmp_path / "indexes" / "index.cdxj").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"index\.cdxj"):
        repaired(tmp_path)
    assert (tmp_path / "archive" / (NAME + ".open")).exists()
    (tmp_path / "indexes" / "index.cdxj").rmdir()
    assert repaired(tmp_path).files[0].name == NAME


def test_left_over_lines_of_finished_files_go(tmp_path: Path) -> None:
    """A writer killed just after it finished a file leaves its spool; the index has its lines already."""
    write_everything(tmp_path)
    (tmp_path / "indexes" / (NAME + ".cdxj.open")).write_text("line\n")
    repaired(tmp_path)
    assert names(tmp_path) == [NAME, "index.cdxj"]


def test_killed_between_index_and_name(tmp_path: Path) -> None:
    """A file whose lines are in the index, but which is still called .open, is finished without any line doubled."""
    write_everything(tmp_path)
    index = (tmp_path / "indexes" / "index.cdxj").read_bytes()
    final = tmp_path / "archive" / NAME
    final.rename(final.with_name(NAME + ".open"))
    repaired(tmp_path)
    assert (tmp_path / "indexes" / "index.cdxj").read_bytes() == index
    assert names(tmp_path) == [NAME, "index.cdxj"]


_WRITE_FOR_EVER = """
import os, sys
from pathlib import Path
from archive.model import Context
from tests.archive.exchanges import make_exchange, make_writer
writer = make_writer(Path(sys.argv[1]), max_size=200_000)
while True:
    capture = writer.write_exchange(make_exchange(os.urandom(3000)), Context(hops="C"))
    if not writer.rotate_if_full():
        writer.sync()
    print(capture.record_id, flush=True)
"""


def test_kill_9(tmp_path: Path) -> None:
    """A writer killed at a random moment loses nothing that it said was on the disk."""
    rng = random.Random(7)
    for round_ in range(5):
        folder = tmp_path / str(round_)
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITE_FOR_EVER, str(folder)], stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        assert writer.stdout is not None
        confirmed = [writer.stdout.readline()]
        time.sleep(rng.random() * 0.2)
        writer.send_signal(signal.SIGKILL)
        confirmed += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        repaired(folder)
        files = sorted((folder / "archive").glob("*.warc.gz"))
        found = {capture.record_id for file in files for capture in captures(read_records(file))}
        assert {line.decode().strip() for line in confirmed if line.endswith(b"\n")} <= found
        assert (folder / "indexes" / "index.cdxj").read_bytes() == by_the_indexer(folder / "archive")
        for file in files:
            with file.open("rb") as stream:
                assert sum(1 for _ in ArchiveIterator(stream, check_digests=True)) > 1


_REPAIR = """
import sys
from pathlib import Path
from archive.recovery import repair
folder = Path(sys.argv[1])
print("go", flush=True)
repair(folder / "archive", indexes=folder / "indexes", committed={})
"""


def test_a_repair_can_be_killed(tmp_path: Path) -> None:
    """Killed at any moment and begun again, a repair ends with the same files."""
    writer = make_writer(tmp_path)
    written = [
        writer.write_exchange(make_exchange(os.urandom(20_000), url=f"http://example.test/{number}"), Context())
        for number in range(300)
    ]
    writer._leave()
    path, rng = tmp_path / "archive" / (NAME + ".open"), random.Random(3)
    with path.open("ab") as file:
        file.write(os.urandom(3_000_000))
    whole = path.read_bytes()
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", _REPAIR, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    repaired(tmp_path)
    assert list(captures(read_records(tmp_path / "archive" / NAME))) == written
    assert (tmp_path / "archive" / NAME).read_bytes() + (tmp_path / "archive" / (NAME + ".torn")).read_bytes() == whole
    assert (tmp_path / "indexes" / "index.cdxj").read_bytes() == by_the_indexer(tmp_path / "archive")
    assert names(tmp_path) == [NAME, NAME + ".torn", "index.cdxj", *_left_by_a_killed_merge(tmp_path)]


def _left_by_a_killed_merge(folder: Path) -> list[str]:
    return [path.name for path in (folder / "indexes").glob("*.new")]


def test_memory_is_flat(tmp_path: Path) -> None:
    """A file with 50 MB in one record and a thousand small ones is repaired in less than 8 MB."""
    writer = make_writer(tmp_path)
    for number in range(1000):
        writer.write_exchange(make_exchange(b"small", url=f"http://example.test/{number}"), Context())
    writer.write_exchange(make_exchange(bytes(range(256)) * 200_000), Context())
    writer._leave()
    tracemalloc.start()
    result = repaired(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    assert sum(1 for _ in result.captures()) == 1001
    tracemalloc.stop()
    assert peak < 8_000_000
