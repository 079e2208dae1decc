"""Where the texts of articles lie: the catalogue knows their conversion records by name only.

They are found by walking WARCs from the first that holds a wanted page, and stepping over all that the catalogue knows
the place of; the walk ends when all are found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.errors import DamagedRecord
from archive.model import RecordRef
from archive.reader import open_record
from archive.schema import captures, warcs
from archive.wacz_warcs import End, Main, Source, followers, texts_in


def find_texts(
    connection: sa.Connection, folder: Path, ends: Sequence[tuple[str, End]], wanted: Collection[str]
) -> dict[str, RecordRef]:
    """The places of these conversion records, those that are found.

    `ends` are the WARCs in the order to look, each with its end.
    """
    found: dict[str, RecordRef] = {}
    missing = set(wanted)
    for name, known in ends:
        if not missing:
            break
        with suppress(DamagedRecord), Source(folder, name) as source:
            for record_id, offset, length in texts_in(source, mains_of(connection, name), end=known.of(source.size)):
                if record_id in missing:
                    missing.discard(record_id)
                    found[record_id] = RecordRef(warc=name, offset=offset, length=length)
    return found


def text_at(folder: Path, where: RecordRef) -> str | None:
    """The text in a conversion record; None where it turns out damaged."""
    with suppress(DamagedRecord), open_record(folder, where).block() as block:
        return block.read().decode("utf-8", "replace")
    return None


def mains_of(connection: sa.Connection, warc: str) -> Iterator[Main]:
    """The captures' records in a WARC, by offset. As a number each while they are sorted: there may be many."""
    rows = connection.execute(_of_warc, {"b_name": warc})
    for number in sorted(row.offset << 42 | row.length << 2 | followers(row.kind, row.request_id) for row in rows):
        yield Main(number >> 42, number >> 2 & (1 << 40) - 1, number & 3)


_places: sa.Select[Any] = sa.select(captures.c.offset, captures.c.length, captures.c.request_id, captures.c.kind)
_of_warc = _places.join_from(captures, warcs).where(warcs.c.name == bindparam("b_name"))
