"""The event pages as they were read: each event's current version, and the bytes of the page it stands on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from archive.capture_rows import captures_by_record
from archive.coding import UnsupportedCodingError
from archive.errors import DamagedRecord
from archive.event_codec import event_from_json
from archive.model import Capture, Event, RecordKind
from archive.reader import damaged, open_record
from archive.schema import event_versions, events

_LOT = 500
_LARGEST = 16 << 20  # bytes; what is read as an event page has far less


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """An event's current version and the capture that holds its page; None if it was read from none."""

    event: Event
    capture: Capture | None


def event_pages(connection: sa.Connection) -> Iterator[EventPage]:
    """All events, in the order they were found; read as they are asked for."""
    after = 0
    while rows := connection.execute(_next_events, {"b_after": after}).all():
        kept = captures_by_record(connection, {row.page_record_id for row in rows if row.page_record_id})
        bodies = captures_by_record(connection, {each.refers_to for each in kept.values() if each.refers_to})
        for row in rows:
            capture = kept.get(row.page_record_id or "")
            if capture is not None and capture.kind is RecordKind.REVISIT:
                capture = bodies.get(capture.refers_to or "")
            yield EventPage(event=event_from_json(row.document), capture=capture)
        after = rows[-1].id


def page_bytes(folder: Path, page: EventPage) -> bytes:
    """The page as it was read, from the WARCs in `folder`. Raises DamagedRecord where it is not there as it was."""
    capture = page.capture
    if capture is None:
        raise DamagedRecord(f"{page.event.path}: no record holds this page; run `sourcekeep verify --repair`")
    record = open_record(folder, capture.where)
    try:
        data = record.content(_LARGEST).data
    except UnsupportedCodingError:
        with record.payload() as payload:
            data = payload.read(_LARGEST)
    if hashlib.sha256(data).hexdigest() != page.event.sha256:
        raise damaged(record.path, capture.where.offset, f"it does not hold {page.event.path} as that was read")
    return data


_next_events = (
    sa.select(events.c.id, event_versions.c.document, event_versions.c.page_record_id)
    .join_from(
        events,
        event_versions,
        sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
    )
    .where(events.c.id > sa.bindparam("b_after", type_=sa.Integer))
    .order_by(events.c.id)
    .limit(_LOT)
)
