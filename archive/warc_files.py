"""WARC files on the disk: their names, the one being written, how it gets its final name.

A file is written as `NAME.open` and gets its name when it is whole and on the disk: what is called `.warc.gz` can be
trusted. Only this process appends to it: it is created anew (O_EXCL, so no planted link is followed) and locked, so
that a repair started beside a running crawl keeps its hands off. A write that failed is cut off again; where the disk
does not even allow that, the file is `broken` and stays `.open`, for the repair.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import DiskFull, StorageError
from archive.gzip_members import compressor

OPEN = ".open"
TORN = ".torn"
SPOOL = ".cdxj.open"  # index lines of a file being written, in the indexes' folder
SUFFIX = ".warc.gz"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.warc\.gz")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.]+")
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_BLOCK = 1 << 20  # bytes gathered before they are written

_fdatasync = getattr(os, "fdatasync", os.fsync)


def warc_name(prefix: str, at: datetime, serial: int, host: str) -> str:
    """PREFIX-YYYYMMDDhhmmss-serial-host.warc.gz (WARC/1.1 annex C), of harmless characters only."""
    stamp = at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"{_plain(prefix) or 'warc'}-{stamp}-{serial:05d}-{_plain(host) or 'localhost'}{SUFFIX}"


def is_warc_name(name: str) -> bool:
    """Whether `name` can be the final name of a WARC of ours: no folder, nothing odd."""
    return _NAME.fullmatch(name) is not None


def storage_error(error: OSError, path: Path, doing: str) -> StorageError:
    """What the disk said, as DiskFull or StorageError, with the file and what to do."""
    if error.errno in NO_ROOM:
        return DiskFull(f"no room left while {doing} {path}: free some, then run the same command again; it goes on")
    return StorageError(
        f"the disk refused while {doing} {path}: {error.strerror or error}; see to the disk, then run the same command"
        " again; it goes on from the last whole record"
    )


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def rename_to_final(folder: Path, name: str) -> None:
    """NAME.open becomes NAME, durably. Raises OSError; never writes over another file."""
    if os.path.lexists(folder / name):
        raise FileExistsError(errno.EEXIST, "a file of that name exists", str(folder / name))
    (folder / (name + OPEN)).rename(folder / name)
    sync_folder(folder)


def lock(fd: int) -> bool:
    """Take the file for this process; False if another has it. Let go when `fd` is closed, by kill -9 too."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _plain(text: str) -> str:
    return _NOT_IN_NAMES.sub("_", text).strip("._")[:60]


class OpenWarc:
    """A WARC being written. Everything raises OSError; `broken` once its end can no longer be trusted."""

    def __init__(self, folder: Path, name: str) -> None:
        """Creates NAME.open. Raises FileExistsError where it or NAME exists."""
        self.name = name
        self.path = folder / (name + OPEN)
        self.broken = False
        self._gathered = bytearray()
        self._written = 0
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        if os.path.lexists(folder / name) or not lock(self._fd):
            self.discard()
            raise FileExistsError(errno.EEXIST, "exists", str(folder / name))

    @property
    def offset(self) -> int:
        """Where the next member begins."""
        return self._written + len(self._gathered)

    def write_member(self, pieces: Iterable[bytes], *, packed: bool = False) -> tuple[int, int]:
        """Append one gzip member: its offset and its length. On the disk only after `flush`."""
        began = self.offset
        member = compressor(packed=packed)
        for piece in pieces:
            self._gather(member.compress(piece))
        self._gather(member.flush())
        return began, self.offset - began

    def flush(self) -> None:
        """Hand everything to the operating system."""
        gathered = memoryview(bytes(self._gathered))
        self._gathered.clear()
        while gathered:
            count = os.write(self._fd, gathered)
            self._written += count
            gathered = gathered[count:]

    def cut(self, offset: int) -> None:
        """Take back everything from `offset` on, after a write that failed."""
        self._gathered.clear()
        self.broken = True  # unless what follows succeeds
        os.ftruncate(self._fd, offset)
        os.lseek(self._fd, offset, os.SEEK_SET)
        self._written = offset
        self.broken = False

    def sync(self) -> None:
        """Make everything durable. After a failure nobody knows what the disk holds (POSIX fsync): broken."""
        self.flush()
        try:
            _fdatasync(self._fd)
        except OSError:
            self.broken = True
            raise

    def close(self) -> None:
        """Let go of the file; it stays `.open`."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def discard(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
        self.close()

    def _gather(self, data: bytes) -> None:
        self._gathered += data
        if len(self._gathered) >= _BLOCK:
            self.flush()
