"""Where the texts of articles lie: the catalogue knows their conversion records by name only.

They are found by walking WARCs from the first that holds a wanted page, and stepping over all that the catalogue knows
the place of; the walk ends when all are found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.errors import DamagedRecord
from archive.model import RecordRef
from archive.reader import open_record
from archive.schema import captures, warcs
from archive.wacz_warcs import Source, texts_in


def find_texts(
    connection: sa.Connection, folder: Path, ends: Sequence[tuple[str, int | None]], wanted: Collection[str]
) -> dict[str, RecordRef]:
    """The places of these conversion records, those that are found.

    `ends` are the WARCs in the order to look, each with where its last whole record ends (None: with the file).
    """
    found: dict[str, RecordRef] = {}
    missing = set(wanted)
    for name, known_end in ends:
        if not missing:
            break
        with suppress(DamagedRecord), Source(folder, name) as source:
            end = min(source.size, known_end or source.size)
            for record_id, offset, length in texts_in(source, _mains(connection, name), end=end):
                if record_id in missing:
                    missing.discard(record_id)
                    found[record_id] = RecordRef(warc=name, offset=offset, length=length)
    return found


def text_at(folder: Path, where: RecordRef) -> str | None:
    """The text in a conversion record; None where it turns out damaged."""
    with suppress(DamagedRecord), open_record(folder, where).block() as block:
        return block.read().decode("utf-8", "replace")
    return None


def _mains(connection: sa.Connection, warc: str) -> Iterator[tuple[int, int]]:
    """Offset and length of the captures' records in a WARC, by offset."""
    for place in sorted(row.offset << 40 | row.length for row in connection.execute(_of_warc, {"b_name": warc})):
        yield place >> 40, place & (1 << 40) - 1


_of_warc = (
    sa.select(captures.c.offset, captures.c.length)
    .join_from(captures, warcs)
    .where(warcs.c.name == bindparam("b_name"))
)
