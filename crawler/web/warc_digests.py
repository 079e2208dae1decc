"""Digests of whole WARC files, for those who fetch them: made once, as a finished WARC does not change.

They are noted in the collection's folder `cache`; a note counts as long as the file has the size and time it had then.
"""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.atomic_file import write_atomically
from archive.errors import SourcekeepError

_NOTE = "warc-digests.json"
_LARGEST = 64 << 20  # bytes of the note
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The digests of a file, in hex."""

    sha1: str
    sha256: str


class WarcDigests:
    """The digests of a collection's WARCs. Any thread may ask; one file is read at a time."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "cache"
        self._lock = threading.Lock()
        self._known: dict[str, list[str | int]] | None = None

    def of(self, path: Path) -> Digests:
        """The digests of a file. Raises OSError."""
        with self._lock:
            found = path.stat()
            known = self._read().get(path.name)
            if known is not None and known[:2] == [found.st_size, found.st_mtime_ns]:
                return Digests(sha1=str(known[2]), sha256=str(known[3]))
            made = _made(path)
            self._read()[path.name] = [found.st_size, found.st_mtime_ns, made.sha1, made.sha256]
            self._write()
            return made

    def _read(self) -> dict[str, list[str | int]]:
        if self._known is None:
            self._known = {}
            path = self._folder / _NOTE
            with suppress(OSError, ValueError):
                if not (path.is_symlink() or self._folder.is_symlink()) and path.stat().st_size < _LARGEST:
                    noted = json.loads(path.read_bytes())
                    self._known = {str(name): value for name, value in noted.items() if _is_note(value)}
        return self._known

    def _write(self) -> None:
        """Note them, if the folder may be written; else they are made again by the next server."""
        with suppress(OSError, SourcekeepError):
            if not self._folder.is_symlink():
                self._folder.mkdir(exist_ok=True)
                write_atomically(self._folder / _NOTE, json.dumps(self._known).encode())


def _is_note(value: object) -> bool:
    match value:
        case [int(), int(), str(), str()]:
            return True
    return False


def _made(path: Path) -> Digests:
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha1.update(piece)
            sha256.update(piece)
    return Digests(sha1=sha1.hexdigest(), sha256=sha256.hexdigest())
