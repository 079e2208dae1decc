"""Parts of the CDXJ index found on the disk by halving it: whatever its size, a few kilobytes are read.

A reader keeps the file that was there when it began: a merge puts a new one in its place and leaves this one alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import StorageError

PAGE = 256 * 1024  # bytes of the index that make a page, for clients that ask page by page
_NEAR = 4096  # bytes: halving any further costs more than reading
_LONGEST = 1 << 18  # bytes of a line
_BUFFER = 1 << 16


@dataclass(frozen=True, slots=True)
class Part:
    """Where in the file some lines lie: bytes."""

    start: int
    end: int

    def pages(self, size: int = PAGE) -> int:
        """How many pages it has; at least one."""
        return max(-(-(self.end - self.start) // size), 1)


class Index:
    """A sorted index, open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)

    def part(self, start: bytes, end: bytes) -> Part:
        """Where the lines lie that are not before `start` and before `end`."""
        first = self._first(start, 0)
        return Part(first, max(self._first(end, first), first))

    def page(self, part: Part, number: int, size: int = PAGE) -> Part:
        """The lines of a part that begin in its `number`th stretch of `size` bytes (from 0)."""
        begins, ends = part.start + number * size, part.start + (number + 1) * size
        return Part(self._line_at(min(begins, part.end), part), self._line_at(min(ends, part.end), part))

    def lines(self, part: Part) -> Iterator[bytes]:
        """The lines of a part, with their newlines."""
        self._file.seek(part.start)
        at = part.start
        while at < part.end and (line := self._file.readline(_LONGEST)):
            at += len(line)
            yield line

    def line_from(self, at: int) -> bytes | None:
        """The line that begins there; None at the end."""
        self._file.seek(at)
        return self._file.readline(_LONGEST) or None

    def _line_at(self, at: int, part: Part) -> int:
        """Where the first line begins that does not begin before `at`."""
        if at <= part.start or at >= part.end:
            return at
        self._file.seek(at - 1)
        return at - 1 + len(self._file.readline(_LONGEST))

    def _first(self, key: bytes, low: int) -> int:
        """Where the first line lies that is not before `key`; `low` is where a line begins that is not behind it."""
        high = self._size
        while high - low > _NEAR:
            middle = (low + high) // 2
            self._file.seek(middle)
            middle += len(self._file.readline(_LONGEST))
            line = self._file.readline(_LONGEST)
            if line and line < key:
                low = middle
            else:
                high = (low + high) // 2
        self._file.seek(low)
        while (line := self._file.readline(_LONGEST)) and line < key:
            low += len(line)
        return low


@contextmanager
def opened(path: Path) -> Iterator[Index | None]:
    """The index at `path`; None where there is none yet. Raises StorageError for one that cannot be read."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", _BUFFER)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}); see to it, or to the disk") from error
    with file:
        yield Index(file)
