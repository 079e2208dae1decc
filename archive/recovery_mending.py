"""Recoveries that the catalogue never heard of: a crash, or a rebuild, leaves the record of a copy without its row.

The records tell it all: which link they recover, from where, and when.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from archive.batch import Batch
from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.catalogue import Catalogue
from archive.errors import DamagedRecord
from archive.mementos import Recovery
from archive.model import Capture, RecordKind, Via
from archive.reader import Record, read_records, unbracketed
from archive.recoveries import recovery_of
from archive.schema import WarcState, captures, recoveries, warcs


def mend_recoveries(
    catalogue: Catalogue, folder: Path, *, report: Callable[[DamagedRecord], object] = lambda _: None
) -> int:
    """Add the rows that are missing; how many. `folder` holds the WARCs; what cannot be read goes to `report`."""
    with catalogue.reading() as connection:
        orphans = [capture_from(row) for row in connection.execute(_orphans)]
    found: list[Recovery] = []
    for capture in orphans:
        try:
            recovery = _read(folder, capture)
        except DamagedRecord as error:
            report(error)
            continue
        if recovery is not None:
            found.append(recovery)
    if found:
        catalogue.commit(Batch(recoveries=found))
    return len(found)


def _read(folder: Path, capture: Capture) -> Recovery | None:
    """What the record of a capture, and the metadata record behind it, say. Damage behind them does not matter."""
    event: list[Record] = []
    try:
        for record in read_records(folder / capture.where.warc, offset=capture.where.offset):
            if event and event[0].record_id not in map(unbracketed, record.values("WARC-Concurrent-To")):
                break
            event.append(record)
    except DamagedRecord:
        if not event:
            raise
    return recovery_of(event) if event else None


_orphans = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(
        captures.c.via == Via.MEMENTO,
        captures.c.kind == RecordKind.RESPONSE,
        captures.c.status.between(200, 299),
        warcs.c.state == WarcState.FINISHED,
        sa.not_(sa.exists().where(recoveries.c.record_id == captures.c.record_id)),
    )
    .order_by(captures.c.id)
)
