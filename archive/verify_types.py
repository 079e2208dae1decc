"""Whether every value of the catalogue is of its column's type: SQLite takes any, and the rest of us would stumble."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import sqlalchemy as sa

from archive.schema import Instant, JsonText, WordOf, metadata
from archive.verify_faults import Fault, FaultKind

_MOST_COMPLAINTS = 100  # of one table
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999  # microseconds: the years 1 to 9999


def check_types(connection: sa.Connection) -> Iterator[Fault]:
    """Rows of an SQLite database with a value that cannot be read as what its column holds."""
    for table in metadata.sorted_tables:
        for row in wrong_rows(connection, table, most=_MOST_COMPLAINTS):
            what = f"row {row} holds a value that its column cannot hold"
            yield Fault(kind=FaultKind.DAMAGED_CATALOGUE, where=f"catalogue.db, {table.name}", what=what)


def wrong_rows(connection: sa.Connection, table: sa.Table, *, most: int = -1) -> list[int]:
    """The rows of an SQLite table, by rowid, with a value that its column cannot hold; `most` of them, -1 for all."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.create_function("is_utf8", 1, _is_utf8, deterministic=True)
    place = sa.literal_column("rowid", sa.Integer).label("row")
    query = sa.select(place).select_from(table).where(sa.or_(*_wrong(table)))
    return list(connection.execute(query.limit(most)).scalars())


def _is_utf8(raw: bytes) -> bool:
    """SQLite takes any bytes for text, and never looks."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _wrong(table: sa.Table) -> Iterator[sa.ColumnElement[bool]]:
    """Of which values something is wrong, for each column."""
    for column in table.columns:
        raw = sa.type_coerce(column, sa.types.NULLTYPE)
        yield sa.and_(column.is_not(None), sa.func.typeof(column).not_in(_types(column)))
        if isinstance(column.type, WordOf):
            yield raw.not_in([each.value for each in column.type.vocabulary])
        if isinstance(column.type, Instant):
            yield sa.or_(raw < _FIRST, raw > _LAST)
        if _types(column) == ("text",) and not isinstance(column.type, WordOf):
            yield sa.and_(column.is_not(None), sa.func.is_utf8(sa.cast(raw, sa.LargeBinary)) == 0)
        if isinstance(column.type, JsonText):
            yield sa.and_(raw.is_not(None), sa.func.json_valid(raw) == 0)


def _types(column: sa.Column[object]) -> tuple[str, ...]:
    match column.type:
        case Instant() | sa.Integer():
            return ("integer",)
        case sa.Float():
            return ("real", "integer")
        case sa.LargeBinary():
            return ("blob",)
        case _:
            return ("text",)
