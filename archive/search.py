"""Full-text search over titles, summaries and article texts: an index of its own beside the catalogue.

`indexes/search.db` holds nothing that the catalogue and the WARCs do not: it may be deleted at any time, and is made
again. `archive.search_update` keeps it up to date. Only words are in it (a contentless FTS5 table); what is shown of a
hit is read where it lies. A row of the index whose document is gone from `documents` counts no more: such an index
deletes nothing, which older versions of SQLite could not do without the old text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from archive.errors import CatalogueUnavailable
from archive.model import RecordRef
from archive.search_text import Query

NAME = "search.db"
MOST_HITS = 500  # the best ones; who wants more asks for less
VERSION = 1
_TIMEOUT_S = 30.0


class Kind(StrEnum):
    """What a document of the index is."""

    EVENT = "event"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document that was found."""

    kind: Kind
    key: str  # of an event its path, of an article the record id of the capture it was read from
    title: str
    url: str | None  # of an article
    day: str  # of the event; of an article, when it was captured; "" if not known
    text: RecordRef | None  # of an article: the conversion record with its text


_SCHEMA = (
    (
        "CREATE TABLE documents (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, "
        "stamp TEXT NOT NULL, title TEXT NOT NULL, url TEXT, day TEXT NOT NULL, "
        "warc TEXT, place INTEGER, length INTEGER, UNIQUE (kind, key))"
    ),
    "CREATE TABLE walked (warc TEXT PRIMARY KEY, until INTEGER NOT NULL)",
    "CREATE VIRTUAL TABLE words USING fts5(kind, title, body, content='', tokenize=\"unicode61 remove_diacritics 2\")",
    "INSERT INTO words(words, rank) VALUES ('rank', 'bm25(0.0, 8.0, 1.0)')",
    f"PRAGMA user_version = {VERSION}",
)
_BEST = (
    "SELECT d.kind, d.key, d.title, d.url, d.day, d.warc, d.place, d.length FROM "
    "(SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?) AS found "
    "JOIN documents AS d ON d.id = found.rowid ORDER BY found.rank"
)
_LATEST = (
    "SELECT d.kind, d.key, d.title, d.url, d.day, d.warc, d.place, d.length FROM "
    "(SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?) AS found "
    "JOIN documents AS d ON d.id = found.rowid ORDER BY found.rowid DESC"
)
_MANY = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
_FEW = 1_000  # rows that do not matter
_MOST_RANKED = 10_000  # hits that are weighed against one another: it takes 1 s for a million


class SearchIndex:
    """The index in a file. Any thread may search; one at a time updates it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Have an index there, an empty one if there was none, or one that is damaged, foreign or of another version.

        Raises CatalogueUnavailable where none can be made.
        """
        if self._is_ours():
            return
        try:
            for each in self._files():
                each.unlink(missing_ok=True)
            with self.writing() as connection:
                for statement in _SCHEMA:
                    connection.execute(statement)
        except (OSError, sqlite3.Error) as error:
            raise CatalogueUnavailable(f"{self.path}: no index for the search can be made: {error}") from error

    def _is_ours(self) -> bool:
        """Whether there is an index as we make it: a collection may come from anybody, triggers and all.

        One that is worn is made anew: more rows that count no more than rows that count.
        """
        if not self.path.is_file() or any(each.is_symlink() for each in self._files()):  # SQLite writes through links
            return False
        with suppress(sqlite3.Error), self.reading() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            return version == VERSION and _statements(connection) == _expected() and not _is_worn(connection)
        return False

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + each) for each in ("", "-wal", "-shm", "-journal")]

    def find(self, query: Query, *, kind: Kind | None = None) -> list[Hit]:
        """The best MOST_HITS hits, the best first. Raises CatalogueUnavailable where the index cannot be read."""
        if query.expression is None:
            return []
        of_kind = f"kind : {kind.value} AND " if kind is not None else ""
        try:
            with self.reading() as connection:
                return _found(connection, of_kind, f"({query.expression})")
        except sqlite3.Error as error:
            raise CatalogueUnavailable(
                f"{self.path}: {error}; delete it, and it is made again by the next `sourcekeep serve`"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write. Raises sqlite3.Error."""
        connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT_S)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises sqlite3.Error. A crash of the machine may cost the index, not more: it is remade."""
        connection = sqlite3.connect(self.path, timeout=_TIMEOUT_S, isolation_level=None)
        try:
            for pragma in ("trusted_schema = OFF", "journal_mode = WAL", "synchronous = NORMAL"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()


def _found(connection: sqlite3.Connection, of_kind: str, asked: str) -> list[Hit]:
    """The best hits. Of what is nearly everywhere none is better: those with it in the title, then the latest."""
    anywhere = f"{of_kind}{{title body}} : {asked}"
    (number,) = connection.execute(_MANY, (anywhere, _MOST_RANKED + 1)).fetchone()
    if number <= _MOST_RANKED:
        return [_hit(row) for row in connection.execute(_BEST, (anywhere, MOST_HITS))]
    in_title = connection.execute(_LATEST, (f"{of_kind}title : {asked}", MOST_HITS)).fetchall()
    rows = dict.fromkeys([*in_title, *connection.execute(_LATEST, (anywhere, MOST_HITS))])
    return [_hit(row) for row in rows][:MOST_HITS]


def _hit(row: tuple[str, str, str, str | None, str, str | None, int, int]) -> Hit:
    kind, key, title, url, day, warc, offset, length = row
    where = None if warc is None else RecordRef(warc=warc, offset=offset, length=length)
    return Hit(kind=Kind(kind), key=key, title=title, url=url, day=day, text=where)


def _statements(connection: sqlite3.Connection) -> list[tuple[str, str, str | None]]:
    return sorted(connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall(), key=str)


def _is_worn(connection: sqlite3.Connection) -> bool:
    given, held = connection.execute("SELECT coalesce(max(id), 0), count(*) FROM documents").fetchone()
    return bool(given > 2 * held + _FEW)


def _expected() -> list[tuple[str, str, str | None]]:
    connection = sqlite3.connect(":memory:")
    try:
        for statement in _SCHEMA:
            connection.execute(statement)
        return _statements(connection)
    finally:
        connection.close()
