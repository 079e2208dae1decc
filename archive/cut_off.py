"""Runs of checks that were cut off: which links were chosen, and since when. So the same choice goes on with the rest.

Everything here takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from archive.schema import collection_meta, link_states
from archive.upsert import upsert

_NAME = "recheck_began"  # in collection_meta, with the choice behind it


def begun(connection: sa.Connection, choice: str) -> datetime | None:
    """When the run of this choice began that nobody has ended; None if there is none."""
    query = sa.select(collection_meta.c.value).where(collection_meta.c.name == f"{_NAME} {choice}")
    value = connection.execute(query).scalar()
    return None if value is None else datetime.fromisoformat(value)


def note_begin(connection: sa.Connection, choice: str, at: datetime) -> None:
    """A run of this choice begins, or begins anew."""
    insert = upsert(connection.dialect.name, collection_meta)
    keep = insert.on_conflict_do_update(index_elements=[collection_meta.c.name], set_={"value": insert.excluded.value})
    connection.execute(keep, {"name": f"{_NAME} {choice}", "value": at.astimezone(UTC).isoformat()})


def note_end(connection: sa.Connection, choice: str) -> None:
    """The run of this choice has checked all there was."""
    connection.execute(sa.delete(collection_meta).where(collection_meta.c.name == f"{_NAME} {choice}"))


def last_check(connection: sa.Connection) -> datetime | None:
    """When a link of the collection was last checked; None if none ever was."""
    return connection.execute(sa.select(sa.func.max(link_states.c.last_check))).scalar()
