"""The writer: what it puts on the disk, read by warcio, fastwarc, cdxj-indexer and gzip; faults of the disk."""

from __future__ import annotations

import gzip
import io
import os
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.errors import DiskFull, StorageError
from archive.model import Context, Reason, RecordKind, Via
from archive.warc_files import storage_error, warc_name
from archive.writer import WarcWriter
from tests.archive.exchanges import AT, NAME, make_exchange, make_writer, sha1, write_everything

KINDS = (
    ["warcinfo"] + ["response", "request", "metadata"] + ["revisit", "request", "metadata"] * 2
    + ["response", "request", "metadata"] + ["metadata", "request"] + ["resource", "metadata", "metadata", "conversion"]
)  # fmt: skip


def test_independent_readers_agree(tmp_path: Path) -> None:
    """warcio and fastwarc find every record, in order, and every block digest right."""
    write_everything(tmp_path)
    path = tmp_path / "archive" / NAME
    with path.open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)] == KINDS
    with path.open("rb") as file:
        unread = FastIterator(file, parse_http=False)
        assert [(str(record.record_type), record.verify_block_digest()) for record in unread] == [
            (kind, True) for kind in KINDS
        ]


def test_payload_digests(tmp_path: Path) -> None:
    """`warcio check` finds every payload digest right, but for chunked answers, whose framing it takes for payload."""
    chunked = write_everything(tmp_path)[3]
    said = io.StringIO()
    with redirect_stdout(said):
        Checker(SimpleNamespace(inputs=[str(tmp_path / "archive" / NAME)], verbose=False)).process_all()
    complaints = [each.strip() for each in said.getvalue().splitlines()[1:]]
    # https://github.com/webrecorder/warcio/issues/75: the standard says the payload is the body without its framing
    assert complaints == [
        f"offset {chunked.where.offset} WARC-Record-ID <{chunked.record_id}> response",
        f"payload digest failed {chunked.payload_sha1}",
    ]
    assert chunked.payload_sha1 == sha1(b"hi")


def test_every_capture_points_at_its_record(tmp_path: Path) -> None:
    """Offset and length are those of one whole gzip member that holds the record."""
    for capture in write_everything(tmp_path):
        data = (tmp_path / "archive" / capture.where.warc).read_bytes()
        member = data[capture.where.offset : capture.where.offset + capture.where.length]
        record = next(ArchiveIterator(io.BytesIO(member)))
        assert record.rec_headers.get_header("WARC-Record-ID") == f"<{capture.record_id}>"
        assert record.rec_type == capture.kind.value
        assert gzip.decompress(member).endswith(b"\r\n\r\n")


def test_gzip_finds_no_fault(tmp_path: Path) -> None:
    """The whole file is valid to gzip itself."""
    write_everything(tmp_path)
    assert subprocess.run(["gzip", "-t", tmp_path / "archive" / NAME], check=False).returncode == 0


def test_the_index_is_what_the_indexer_makes(tmp_path: Path) -> None:
    """index.cdxj equals the sorted output of cdxj-indexer over the same folder, byte for byte."""
    write_everything(tmp_path)
    indexer = [sys.executable, "-m", "cdxj_indexer.main", "--sort", str(tmp_path / "archive")]
    made = subprocess.run(indexer, capture_output=True, check=True).stdout
    assert (tmp_path / "indexes" / "index.cdxj").read_bytes() == made
    assert made.count(b"\n") == 6


def test_what_a_capture_says(tmp_path: Path) -> None:
    """The captures returned say what came of each exchange."""
    first, again, not_modified, chunked, failed, page = write_everything(tmp_path)
    assert (first.kind, first.status, first.payload_length, first.referrer) == (
        RecordKind.RESPONSE, 200, 12000, "page.md",
    )  # fmt: skip
    assert (again.kind, again.refers_to, again.truncated) == (RecordKind.REVISIT, first.record_id, None)
    assert (not_modified.kind, not_modified.status, not_modified.payload_sha256) == (
        RecordKind.REVISIT, 304, first.payload_sha256,
    )  # fmt: skip
    assert chunked.payload_length == 2
    assert (failed.kind, failed.error, failed.status) == (RecordKind.METADATA, Reason.TIMEOUT, None)
    assert (page.kind, page.via, page.mime) == (RecordKind.RESOURCE, Via.FILE, "text/markdown")


# --- files ---


def test_a_file_gets_its_name_when_it_is_finished(tmp_path: Path) -> None:
    """While it is written it is called .open, and nothing exists before there is something to write."""
    writer = make_writer(tmp_path)
    assert writer.position is None
    assert not (tmp_path / "archive").exists()
    writer.write_exchange(make_exchange(b"x"), Context())
    writer.sync()
    assert [path.name for path in (tmp_path / "archive").iterdir()] == [NAME + ".open"]
    assert writer.position == (NAME, (tmp_path / "archive" / (NAME + ".open")).stat().st_size)
    assert writer.close() == [NAME]
    assert writer.close() == []
    assert [path.name for path in (tmp_path / "archive").iterdir()] == [NAME]
    assert [path.name for path in (tmp_path / "indexes").iterdir()] == ["index.cdxj"]


def test_full_files_are_finished(tmp_path: Path) -> None:
    """A file that has reached its size is finished, and the next record begins another; the index holds both."""
    writer = make_writer(tmp_path, max_size=2000)
    captures = [writer.write_exchange(make_exchange(os.urandom(1500)), Context())]
    finished = writer.rotate_if_full()
    captures.append(writer.write_exchange(make_exchange(b"small"), Context()))
    assert writer.rotate_if_full() == []
    finished += writer.close()
    assert finished == [capture.where.warc for capture in captures]
    assert (tmp_path / "indexes" / "index.cdxj").read_text().count("\n") == 2


def test_a_file_with_nothing_but_its_warcinfo_is_removed(tmp_path: Path) -> None:
    """A write that failed as the first of a file leaves no file behind."""
    writer = make_writer(tmp_path)
    with pytest.raises(StorageError, match="short"):
        writer.write_exchange(make_exchange(b"x", body_length=5), Context())
    assert writer.close() == []
    assert list((tmp_path / "archive").iterdir()) == []


def test_names_are_never_taken_twice(tmp_path: Path) -> None:
    """Two writers at the same second, host and prefix write two files; a finished file is not written over."""
    writers = [make_writer(tmp_path) for _ in range(3)]
    captures = [writer.write_exchange(make_exchange(b"x"), Context()) for writer in writers]
    writers[0].close()
    late = make_writer(tmp_path)
    captures.append(late.write_exchange(make_exchange(b"x"), Context()))
    for writer in [*writers, late]:
        writer.close()
    assert len({capture.where.warc for capture in captures}) == 4
    assert len(list((tmp_path / "archive").iterdir())) == 4
    assert (tmp_path / "indexes" / "index.cdxj").read_text().count("\n") == 4


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link under the name we would take is left alone."""
    (tmp_path / "archive").mkdir()
    target = tmp_path / "victim"
    target.write_bytes(b"precious")
    (tmp_path / "archive" / (NAME + ".open")).symlink_to(target)
    (tmp_path / "archive" / NAME.replace("00000", "00001")).symlink_to(tmp_path / "nowhere")
    writer = make_writer(tmp_path)
    capture = writer.write_exchange(make_exchange(b"x"), Context())
    writer.close()
    assert capture.where.warc == NAME.replace("00000", "00002")
    assert target.read_bytes() == b"precious"


def test_names_are_harmless() -> None:
    """Prefix and host become letters, digits and dots, whatever they were."""
    name = warc_name("../a b\n", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), 7, "höst/../x")
    assert name == "a_b-20240102030405-00007-h_st_.._x.warc.gz"
    assert warc_name("", AT, 0, "/") == "warc-20240229123456-00000-localhost.warc.gz"


def test_packed_bodies_are_only_stored(tmp_path: Path) -> None:
    """A picture's member holds its bytes as they are; a page's does not."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n"
    writer, body = make_writer(tmp_path), b"0123456789abcdef" * 1000
    picture = writer.write_exchange(make_exchange(body, head=head % b"Image/JPEG"), Context())
    page = writer.write_exchange(make_exchange(body, head=head % b"text/html"), Context())
    coded = writer.write_exchange(make_exchange(body, head=head % b"text/html\r\ncontent-encoding: gzip"), Context())
    writer.close()
    assert picture.where.length > len(body)
    assert coded.where.length > len(body)
    assert page.where.length < 2000


# --- faults ---


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The operating system refuses to let any file grow beyond `size`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_is_taken_back(tmp_path: Path) -> None:
    """When the disk refuses in mid-record the file ends behind the last whole exchange, and later writes go on."""
    writer = make_writer(tmp_path)
    writer.write_exchange(make_exchange(b"first"), Context())
    before = writer.position
    with files_of_at_most(10_000), pytest.raises(StorageError, match=r"archive.*run the same command again"):
        writer.write_exchange(make_exchange(os.urandom(3_000_000)), Context())
    assert writer.position == before
    assert before is not None
    assert (tmp_path / "archive" / (NAME + ".open")).stat().st_size == before[1]
    writer.write_exchange(make_exchange(b"second"), Context())
    writer.close()
    with (tmp_path / "archive" / NAME).open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)] == KINDS[:4] + KINDS[1:4]
    assert (tmp_path / "indexes" / "index.cdxj").read_text().count("\n") == 2


def test_a_file_that_cannot_be_begun(tmp_path: Path) -> None:
    """A file refused at its first byte leaves nothing, and the writer tries anew."""
    writer = make_writer(tmp_path)
    with files_of_at_most(0), pytest.raises(StorageError):
        writer.write_exchange(make_exchange(b"x"), Context())
    assert list((tmp_path / "archive").iterdir()) == []
    assert writer.position is None
    writer.write_exchange(make_exchange(b"x"), Context())
    assert len(writer.close()) == 1


def test_a_body_shorter_than_it_says(tmp_path: Path) -> None:
    """A body that ends before its length is an error, never a record that lies."""
    writer = make_writer(tmp_path)
    writer.write_exchange(make_exchange(b"first"), Context())
    before = writer.position
    with pytest.raises(StorageError, match=r"http://example\.test/ is 5 bytes short"):
        writer.write_exchange(make_exchange(b"x" * 100, body_length=105), Context())
    assert writer.position == before
    writer.close()


def test_a_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    writer = make_writer(tmp_path, indexes=tmp_path / "no" / "indexes")
    with pytest.raises(StorageError, match="archive"):
        writer.write_exchange(make_exchange(b"x"), Context())


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs to mount a small disk")
def test_a_full_disk(tmp_path: Path) -> None:
    """On a full disk it is DiskFull, the file stays valid, and with room again the rest is kept."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False).returncode != 0:
        pytest.skip("may not mount here")
    try:
        _fill_up(disk)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def _fill_up(disk: Path) -> None:
    writer = make_writer(disk)
    writer.write_exchange(make_exchange(os.urandom(500_000)), Context())
    (disk / "ballast").write_bytes(bytes(300_000))
    with pytest.raises(DiskFull, match="no room"):
        writer.write_exchange(make_exchange(os.urandom(400_000)), Context())
    (disk / "ballast").unlink()
    writer.write_exchange(make_exchange(os.urandom(400_000)), Context())
    assert writer.close() == [NAME]
    with (disk / "archive" / NAME).open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)] == KINDS[:4] + KINDS[1:4]


def test_what_a_full_disk_is_called() -> None:
    """No room and no quota are DiskFull, all else StorageError; both say where and what to do."""
    for number in (28, 122):
        error = storage_error(OSError(number, "x"), Path("/a/b"), "writing")
        assert isinstance(error, DiskFull)
        assert "/a/b" in str(error)
    assert type(storage_error(OSError(5, "Input/output error"), Path("/a/b"), "writing")) is StorageError


# --- size ---


class Endless(io.RawIOBase):
    """A body of zeros that lies nowhere."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def test_a_large_body_passes_in_blocks(tmp_path: Path) -> None:
    """200 MB take less than 4 MB of memory."""
    size = 200_000_000
    writer: WarcWriter = make_writer(tmp_path)
    exchange = make_exchange(body=b"", body_length=size)
    large = type(exchange)(**{
        **{name: getattr(exchange, name) for name in exchange.__slots__}, "body": Endless(),
    })  # fmt: skip
    tracemalloc.start()
    capture = writer.write_exchange(large, Context())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    writer.close()
    assert peak < 4_000_000
    assert capture.where.length < size / 100


def test_the_clock_may_jump(tmp_path: Path) -> None:
    """A clock set back ten years makes no file unwritable and no name double."""
    times = [AT, AT - timedelta(days=3650), AT]
    names = []
    for at in times:
        writer = make_writer(tmp_path, now=lambda at=at: at)
        writer.write_exchange(make_exchange(b"x"), Context())
        names += writer.close()
    assert len(set(names)) == 3
