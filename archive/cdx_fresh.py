"""Index lines of captures whose WARC is being written: they are not in the index before it is finished.

The catalogue knows them. Their lines are kept in a private table that SQLite holds in memory or, when it grows, in a
nameless file; each look adds what came since, and drops what has gone into the index.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive import cdxj
from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.schema import WarcState, captures, warcs

_MANY = 20_000  # captures looked through at once, from the latest back
_AT_ONCE = 1000  # lines


class FreshLines:
    """Those lines, sorted. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._table = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._table.execute("CREATE TABLE lines (line BLOB PRIMARY KEY, warc TEXT NOT NULL) WITHOUT ROWID")
        self._seen = 0  # captures up to this id were looked at
        self._open: frozenset[str] = frozenset()

    def close(self) -> None:
        """Let go of the table."""
        with self._lock:
            self._table.close()

    def look(self, connection: sa.Connection) -> None:
        """Take over what the catalogue has by now."""
        with self._lock:
            is_open = frozenset(connection.execute(_open_warcs).scalars())
            newest = connection.execute(sa.select(sa.func.max(captures.c.id))).scalar() or 0
            if newest < self._seen:  # the catalogue was made anew
                self._table.execute("DELETE FROM lines")
                self._open = frozenset()
            if is_open - self._open:  # of these, captures may have been passed over
                self._seen = _before(connection, newest, is_open)
            for name in self._open - is_open:
                self._table.execute("DELETE FROM lines WHERE warc = ?", (name,))
            self._open = is_open
            if is_open and newest > self._seen:
                self._add(connection)
            self._seen = newest

    def between(self, start: bytes, end: bytes) -> Iterator[bytes]:
        """The lines not before `start` and before `end`, with newlines."""
        last = start
        while some := self._some(last, end):
            yield from some
            last = some[-1] + b"\0"

    def _some(self, start: bytes, end: bytes) -> list[bytes]:
        query = "SELECT line FROM lines WHERE line >= ? AND line < ? ORDER BY line LIMIT ?"
        with self._lock, closing(self._table.execute(query, (start, end, _AT_ONCE))) as found:
            return [bytes(line) for (line,) in found]

    def _add(self, connection: sa.Connection) -> None:
        rows = connection.execute(_captures, {"b_seen": self._seen, "b_warcs": sorted(self._open)})
        self._table.execute("BEGIN")
        for row in rows:
            if (line := cdxj.line(capture_from(row))) is not None:
                added = (line.encode("ascii") + b"\n", row.warc)
                self._table.execute("INSERT OR IGNORE INTO lines VALUES (?, ?)", added)
        self._table.execute("COMMIT")


def _before(connection: sa.Connection, newest: int, names: frozenset[str]) -> int:
    """An id before all captures of these WARCs: they are among the latest, so one looks from the end back."""
    upper = newest
    while upper > 0:
        asked = {"b_low": upper - _MANY, "b_high": upper, "b_warcs": sorted(names)}
        if not connection.execute(_any_between, asked).scalar():
            return upper
        upper -= _MANY
    return 0


_warcs: sa.BindParameter[object] = bindparam("b_warcs", expanding=True)
_open_warcs = sa.select(warcs.c.name).where(warcs.c.state == WarcState.OPEN)
_captures: sa.Select[Any] = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(captures.c.id > bindparam("b_seen"), warcs.c.name.in_(_warcs))
)
_any_between = sa.select(
    sa.exists()
    .where(captures.c.warc_id == warcs.c.id, warcs.c.name.in_(_warcs))
    .where(captures.c.id > bindparam("b_low"), captures.c.id <= bindparam("b_high"))
)
