"""All captures that can be asked for, by SURT and time: the index on the disk, and what a run has not put there yet."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from archive.cdx_fresh import FreshLines
from archive.cdx_query import Entry, entry
from archive.cdx_search import PAGE, Index, Part, opened

_PLACE = re.compile(rb'"offset": "\d+", "filename": "[^"]*"\}')


@dataclass(frozen=True, slots=True)
class Pages:
    """How many pages a stretch of the index has, and how long each is, in bytes."""

    count: int
    size: int


class CaptureIndex:
    """The index of a collection that may be growing. Any thread may ask."""

    def __init__(self, path: Path) -> None:
        """`path` is that of index.cdxj; it need not be there."""
        self._path = path
        self._fresh = FreshLines()

    def close(self) -> None:
        """Let go of what is held."""
        self._fresh.close()

    @contextmanager
    def asked(self, connection: sa.Connection) -> Iterator[Asked]:
        """The index as it is now, open. Raises StorageError."""
        self._fresh.look(connection)  # before the index is opened: what leaves the one is in the other
        with opened(self._path) as index:
            yield Asked(index, self._fresh)


class Asked:
    """The index at a moment, for one reader."""

    def __init__(self, index: Index | None, fresh: FreshLines) -> None:
        self._index = index
        self._fresh = fresh

    def entries(self, start: bytes, end: bytes) -> Iterator[Entry]:
        """The lines between two keys, `end` not included; each capture once. Lines that are none are left out."""
        part = self._index.part(start, end) if self._index is not None else Part(0, 0)
        return self._read(part, start, end)

    def pages(self, start: bytes, end: bytes, size: int = 1) -> Pages:
        """How the lines between two keys fall into pages of `size` units."""
        length = size * PAGE
        part = self._index.part(start, end) if self._index is not None else Part(0, 0)
        return Pages(part.pages(length), length)

    def page(self, start: bytes, end: bytes, number: int, size: int = 1) -> Iterator[Entry]:
        """The lines of a page, from 0; all pages together are `entries`, unless the index changes meanwhile."""
        if self._index is None:
            return self._read(Part(0, 0), start, end)
        whole = self._index.part(start, end)
        part = self._index.page(whole, number, size * PAGE)
        first = self._index.line_from(part.start) if number else None
        behind = self._index.line_from(part.end) if part.end < whole.end else None
        return self._read(part, start if number == 0 else first or end, behind or end)

    def _read(self, part: Part, start: bytes, end: bytes) -> Iterator[Entry]:
        kept = self._index.lines(part) if self._index is not None else iter(())
        for line in _once(heapq.merge(kept, self._fresh.between(start, end))):
            if (read := entry(line)) is not None:
                yield read


def _once(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Without a second line of the same record, which may differ in how the type is spelled."""
    last = None
    for line in lines:
        place = _PLACE.search(line)
        key = (line[: line.find(b" {")], place[0]) if place else (line, b"")
        if key != last:
            yield line
        last = key
