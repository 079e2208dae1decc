"""The zip around a WACZ: entries streamed in as they are (stored), each with its digest, and the file it makes.

Replay tools read records out of the zip by their offsets, so nothing is compressed again. An entry's size is known
before it is written: zip64, which not every reader takes, is used only where sizes or offsets are too large without.
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
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        moment = at.astimezone(UTC)
        self._at = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def add(self, path: str, pieces: Iterable[bytes | memoryview], length: int) -> Entry:
        """Write an entry of `length` bytes. Raises ValueError where the pieces are not as long."""
        about = zipfile.ZipInfo(path, self._at)
        about.file_size = length
        about.external_attr = 0o100644 << 16
        digest = hashlib.sha256()
        with self._zip.open(about, "w") as out:
            for piece in pieces:
                digest.update(piece)
                out.write(piece)
        if about.file_size != length:
            raise ValueError(f"{path} is {about.file_size} bytes long, and was to be {length}")
        entry = Entry(path=path, sha256=digest.hexdigest(), length=length)
        self.entries.append(entry)
        return entry

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
        self._zip.close()


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
