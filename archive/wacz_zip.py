"""The zip around a WACZ: entries streamed in as they are (stored), each with its digest, and the file it makes.

Replay tools read records out of the zip by their offsets, so nothing is compressed again. An entry's size is known
before it is written: zip64, which not every reader takes, is used only where sizes or offsets are too large without.

zipfile makes the headers and the directory. The bytes of an entry go past it, for it takes their CRC by zlib: isal is
ten times as fast, and after SHA-256 the CRC is what costs most.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from archive.errors import UsageError
from archive.warc_files import storage_error, sync_folder

try:
    from isal.isal_zlib import crc32
except ImportError:  # the [fast] extra is not installed
    from zlib import crc32

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file in the zip."""

    path: str
    sha256: str  # hex
    length: int  # bytes


class Package:
    """A zip being written. Everything raises OSError."""

    def __init__(self, file: IO[bytes], at: datetime) -> None:
        """`at` is what the entries are dated."""
        self.entries: list[Entry] = []
        self._file = file
        self._directory: list[zipfile.ZipInfo] = []
        moment = at.astimezone(UTC)
        self._at = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def add(self, path: str, pieces: Iterable[bytes | memoryview], length: int) -> Entry:
        """Write an entry of `length` bytes. Raises ValueError where the pieces are not as long."""
        about = zipfile.ZipInfo(path, self._at)
        about.file_size = about.compress_size = length
        about.external_attr = 0o100644 << 16
        about.CRC = 0  # not known yet
        about.header_offset = self._file.tell()
        self._file.write(about.FileHeader())
        digest, crc, written = hashlib.sha256(), 0, 0
        for piece in pieces:
            digest.update(piece)
            crc = crc32(piece, crc)
            self._file.write(piece)
            written += len(piece)
        if written != length:
            raise ValueError(f"{path} is {written} bytes long, and was to be {length}")
        about.CRC = crc
        self._rewrite(about)
        entry = Entry(path=path, sha256=digest.hexdigest(), length=length)
        self.entries.append(entry)
        return entry

    def _rewrite(self, about: zipfile.ZipInfo) -> None:
        """Write an entry's header again, now that its CRC is known."""
        end = self._file.tell()
        self._file.seek(about.header_offset)
        self._file.write(about.FileHeader())
        self._file.seek(end)
        self._directory.append(about)

    def add_bytes(self, path: str, content: bytes) -> Entry:
        """Write a small entry."""
        return self.add(path, (content,), len(content))

    def add_file(self, path: str, file: IO[bytes]) -> Entry:
        """Write all of a file."""
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        return self.add(path, iter(lambda: file.read(_PIECE), b""), length)

    def close(self) -> None:
        """Write the directory at the end."""
        with zipfile.ZipFile(self._file, "w") as opened:  # it begins where the file stands
            opened.filelist.extend(self._directory)


def refuse(target: Path, root: Path) -> None:
    """Raises UsageError for a place that no such file can be put: in the collection, or where a folder is or none."""
    if target.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{target} lies in the collection; name a place outside of it with -o")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent} is no folder; make it, or name another place with -o")
    if target.exists() and not target.is_file():
        raise UsageError(f"{target} is no file; name one with -o")


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the name `path` when all went well, and else is gone again.

    Readers see the old file or the new one, also after a power failure; a link at `path` is replaced, not followed.
    Raises StorageError, DiskFull for what the disk refuses, with what is done inside too.
    """
    fresh = path.with_name(f".{path.name}.tmp")
    try:
        fresh.unlink(missing_ok=True)  # a killed run's
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.fdopen(os.open(fresh, flags, 0o644), "wb")
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except BaseException:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path, "writing") from error
