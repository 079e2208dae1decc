"""Captures read back from their rows."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.link_rows import chunks
from archive.model import Capture, RecordRef
from archive.schema import captures, warcs

# The columns `capture_from` reads; `warc` is the WARC's name.
CAPTURE_COLUMNS = (*(column for column in captures.columns if column.name != "id"), warcs.c.name.label("warc"))


def capture_from(row: sa.Row[tuple[object, ...]]) -> Capture:
    """The capture in a row that has CAPTURE_COLUMNS."""
    return Capture(
        record_id=row.record_id,
        kind=row.kind,
        url=row.url,
        at=row.at,
        status=row.status,
        mime=row.mime,
        payload_sha1=row.payload_sha1,
        payload_sha256=row.payload_sha256,
        payload_length=row.payload_length,
        where=RecordRef(warc=row.warc, offset=row.offset, length=row.length),
        request_id=row.request_id,
        refers_to=row.refers_to,
        referrer=row.referrer,
        hops=row.hops,
        page_url=row.page_url,
        via=row.via,
        duration_ms=row.duration_ms,
        ip=row.ip,
        protocol=row.protocol,
        truncated=row.truncated,
        error=row.error,
        location=row.location,
    )


def captures_by_record(connection: sa.Connection, record_ids: Collection[str]) -> dict[str, Capture]:
    """The captures with these record ids, those that are there."""
    found: dict[str, Capture] = {}
    for some in chunks(sorted(record_ids)):
        found.update((row.record_id, capture_from(row)) for row in connection.execute(_by_record, {"b_ids": some}))
    return found


_by_record = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(captures.c.record_id.in_(bindparam("b_ids", expanding=True)))
)
