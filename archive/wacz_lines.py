"""Index lines: of records that stay at their places, out of the collection's own index; of others, made anew.

Making a line takes ten times as long as reading it. But the catalogue decides what goes in: a line counts only if it is
of a place the catalogue has, and for places that have none a line is made.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive import cdxj
from archive.model import Capture, RecordRef
from archive.wacz_selection import offset_of, packed

_PLACE = re.compile(rb'"offset": "(\d{1,18})", "filename": "([^"]+)"\}\n')
_TAIL = 300  # bytes: a place is not longer


class IndexedPlaces:
    """Packed places by WARC, and which of them were found in the index."""

    def __init__(self, places: Mapping[str, list[int]]) -> None:
        self._places = {name.encode(): (some, bytearray(len(some))) for name, some in places.items()}

    def lines(self, index: Path) -> Iterator[str]:
        """The lines of these places, each once. None where the index is not there. Raises OSError."""
        try:
            file = os.fdopen(os.open(index, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", 1 << 18)
        except FileNotFoundError:
            return
        with file:
            for line in file:
                found = _PLACE.search(line, max(len(line) - _TAIL, 0))
                if found is not None and self._is_new(found[2], int(found[1])) and line.isascii():
                    yield line[:-1].decode("ascii")

    def left(self) -> dict[str, list[int]]:
        """The places that no line was found of."""
        return {
            name.decode(): [place for place, found in zip(some, seen, strict=True) if not found]
            for name, (some, seen) in self._places.items()
        }

    def _is_new(self, name: bytes, offset: int) -> bool:
        some, seen = self._places.get(name, ([], bytearray()))
        at = bisect_left(some, packed(offset, 0))
        if at == len(some) or offset_of(some[at]) != offset or seen[at]:
            return False
        seen[at] = True
        return True


def row_line(row: sa.Row[Any], where: RecordRef) -> str | None:
    """The line of a capture, made of its row; None if it has none."""
    capture = Capture(
        record_id=row.record_id,
        kind=row.kind,
        url=row.url,
        at=row.at,
        status=row.status,
        mime=row.mime,
        payload_sha1=row.payload_sha1,
        payload_sha256=None,
        payload_length=0,
        where=where,
        via=row.via,
    )
    return cdxj.line(capture)
