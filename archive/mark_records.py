"""People's marks, kept in WARCs too: so that a catalogue made anew from the WARCs alone has them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.check_codec import mark_from
from archive.check_records import MARKS, MIME, facts_payload
from archive.checks import Mark
from archive.schema import marks
from archive.writer import WarcWriter

_WAITING = "marks_wait"  # noted of the collection: some marks are in no WARC yet


def put_off(catalogue: Catalogue) -> None:
    """Marks are about to be kept that cannot be written to a WARC now."""
    catalogue.set_meta(_WAITING, "yes")


def are_waiting(catalogue: Catalogue) -> bool:
    """Whether some marks are in no WARC yet."""
    return catalogue.meta().get(_WAITING) == "yes"


def write_marks(catalogue: Catalogue, writer: WarcWriter, said: Sequence[Mark]) -> None:
    """Write marks to a WARC, durably, and with them all that ever had to wait; told twice, a mark is one.

    For whoever holds the collection's lock, before the marks go into the catalogue. Raises StorageError, DiskFull.
    """
    waited = are_waiting(catalogue)
    known = _all(catalogue) if waited else []
    writer.write_metadata(MARKS, MIME, facts_payload([*known, *said]))
    writer.sync()
    position = writer.position
    catalogue.commit(Batch(warcs=dict([position]) if position is not None else {}))
    catalogue.commit(Batch(finished_warcs=writer.close()))
    if waited:
        catalogue.set_meta(_WAITING, "no")


def _all(catalogue: Catalogue) -> list[Mark]:
    with catalogue.reading() as connection:
        return [mark_from(row) for row in connection.execute(sa.select(marks).order_by(marks.c.at, marks.c.url))]
