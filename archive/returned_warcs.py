"""A WARC that was missing and is there again: taken in as it was, if it is what it was.

Its records are read whole and held against their digests and the catalogue's rows. Links that nobody has fetched since
count as settled again, so no copy that came back is given up for a page that is gone meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from archive import cdxj
from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import UsageError
from archive.foreign_names import is_import_name
from archive.link_rows import chunks, mark_dirty
from archive.losses import Loss, Losses, read_losses, write_losses
from archive.model import Outcome, Reason
from archive.reader import salvaged_records
from archive.recovery import index_line
from archive.schema import Stage, WarcState, captures, event_versions, events, links, warcs
from archive.verify_records import Damage, Seen, walk

_STREAMED = 1000


def take_back(catalogue: Catalogue, collection: Collection, name: str) -> str | None:
    """Take in a WARC that was missing; why not, where it is not what it was.

    Reads the file twice. Raises StorageError, DiskFull, CatalogueUnavailable.
    """
    path = collection.warcs / name
    with catalogue.reading() as connection:
        why = _difference(path, _rows(connection, name), _losses(collection).of_bytes(name))
    if why is not None:
        return why
    cdxj.merge(collection.indexes / cdxj.INDEX, index_lines(path))
    catalogue.commit(Batch(warcs={name: path.stat().st_size}, finished_warcs=[name]))
    with catalogue.writing() as connection:
        _settle_as_before(connection, name)
    touch_events(catalogue, name)
    return None


def note_returned(catalogue: Catalogue, collection: Collection, now: datetime) -> None:
    """Have losses.json say so of files that are lost in it and were taken in again. Raises StorageError."""
    losses = _losses(collection)
    if not losses.warcs:
        return
    known = {warc.name for warc in catalogue.warcs() if warc.state is not WarcState.MISSING}
    back = [loss for name, loss in losses.warcs.items() if name in known and (collection.warcs / name).is_file()]
    if back:
        write_losses(collection.root, losses.returned(back, now))


def index_lines(path: Path) -> Iterator[str]:
    """The lines of a WARC in the index; of a damaged one those of what can be read."""
    return (line for record in salvaged_records(path) if (line := index_line(record)) is not None)


def touch_events(catalogue: Catalogue, name: str) -> None:
    """Have the documents written again of all events that were read from this WARC, or cite what has a copy in it."""
    of_warc = sa.select(warcs.c.id).where(warcs.c.name == name).scalar_subquery()
    inside = captures.alias("inside")
    read_from = sa.select(inside.c.record_id).where(inside.c.warc_id == of_warc)
    read = sa.select(event_versions.c.event_id).where(event_versions.c.page_record_id.in_(read_from))
    shown = sa.or_(captures.c.warc_id == of_warc, captures.c.refers_to.in_(read_from))
    held = sa.select(links.c.id).join(captures, captures.c.url == links.c.url).where(shown)
    with catalogue.writing() as connection:
        connection.execute(sa.update(events).where(events.c.id.in_(read)).values(dirty=events.c.dirty + 1))
        mark_dirty(connection, set(connection.execute(held).scalars()))


def _losses(collection: Collection) -> Losses:
    try:
        return read_losses(collection.root)
    except UsageError:
        return Losses()  # verify tells of it


# --- whether it is what it was ---

_Row = tuple[int, str]  # offset, record id


def _rows(connection: sa.Connection, name: str) -> Iterator[_Row]:
    query = sa.select(captures.c.offset, captures.c.record_id).join_from(captures, warcs).where(warcs.c.name == name)
    found = connection.execution_options(yield_per=_STREAMED).execute(query.order_by(captures.c.offset))
    return ((row.offset, row.record_id) for row in found)


def _difference(path: Path, rows: Iterator[_Row], lost: Sequence[Loss]) -> str | None:
    """The first thing in which a file is not what the catalogue has of it, or not sound in itself."""
    is_foreign = is_import_name(path.name)
    row = next(rows, None)
    with path.open("rb") as file:
        for found in walk(file, is_foreign=is_foreign):
            match found:
                case Damage():
                    if not any(loss.covers(found.offset, found.end) for loss in lost):
                        return f"offset {found.offset}: {found.what}"
                case Seen():
                    if (what := _fault(found, is_foreign=is_foreign)) is not None:
                        return f"offset {found.offset}: {what}"
                    if row is not None and row == (found.offset, found.record_id):
                        row = next(rows, None)
                    elif row is not None and row[0] <= found.offset:
                        break
    return None if row is None else f"offset {row[0]}: the record {row[1]} that lay here is not there"


def _fault(seen: Seen, *, is_foreign: bool) -> str | None:
    wrong = (what for _, what in seen.faults if not (is_foreign and what.startswith("WARC-Payload-Digest")))
    return next(wrong, None)


# --- its links ---


def _settle_as_before(connection: sa.Connection, name: str) -> None:
    """Links that go again only because the file was missing, and that nobody has tried since, are what they were."""
    of_warc = sa.select(warcs.c.id).where(warcs.c.name == name).scalar_subquery()
    inside = captures.alias("inside")
    originals = sa.select(inside.c.record_id).where(inside.c.warc_id == of_warc)
    held = sa.select(captures.c.id).where(sa.or_(captures.c.warc_id == of_warc, captures.c.refers_to.in_(originals)))
    waiting = sa.and_(links.c.stage == Stage.PENDING, links.c.reason.is_not(None), links.c.capture_id.in_(held))
    rows = connection.execute(sa.select(links.c.id, links.c.reason).where(waiting)).all()
    for stage in (Stage.DONE, Stage.FAILED):
        ids = [row.id for row in rows if _stage_of(row.reason) is stage]
        for some in chunks(ids):
            connection.execute(sa.update(links).where(links.c.id.in_(some)).values(stage=stage))


def _stage_of(reason: Reason) -> Stage:
    if reason.temporary:
        return Stage.PENDING
    return Stage.DONE if reason.outcome is Outcome.KEPT else Stage.FAILED


# --- a file that is gone ---


def lose(catalogue: Catalogue, name: str) -> None:
    """Note that a WARC is missing: what it held goes again, and no document lists a copy in it."""
    catalogue.lose_warc(name)
    touch_events(catalogue, name)
