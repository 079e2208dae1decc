"""What a check has to remember while it reads, on the disk: too much for memory, and thrown away at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from archive import cdxj


class Row(NamedTuple):
    """What the catalogue has of a capture, as it lies in the database: what somebody forged there may be anything."""

    warc: str
    offset: int
    record_id: str
    kind: str
    url: str
    at: int  # microseconds since 1970
    status: int | None
    payload_sha1: str | None
    length: int
    refers_to: str | None
    via: str
    mime: str | None
    payload_sha256: str | None
    payload_length: int
    request_id: str | None
    referrer: str | None
    hops: str
    page_url: str | None
    duration_ms: int
    ip: str | None
    protocol: str | None
    truncated: str | None
    error: str | None
    location: str | None


class Said(NamedTuple):
    """What a record says of a capture."""

    digest: bytes
    failed: bool  # it could not be looked at
    needs: int


class Told(NamedTuple):
    """A check or a mark as records tell of it."""

    kind: str  # "check", "mark"
    url: str
    at: int  # microseconds since 1970
    digest: bytes  # of all but the incident
    incident: str | None
    run_id: int | None


_COLUMNS = ", ".join(f'"{name}"' for name in Row._fields)  # without types: they keep what they are given
_ADD_CAPTURE = f"INSERT INTO captures VALUES ({', '.join('?' for _ in Row._fields)})"  # noqa: S608
_TABLES = f"""
    CREATE TABLE captures ({_COLUMNS}, PRIMARY KEY (warc, "offset", record_id)) WITHOUT ROWID;
    CREATE TABLE documents (uri TEXT PRIMARY KEY, at TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE texts (record_id TEXT PRIMARY KEY, refers_to TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE surveys (
        record_id TEXT, digest BLOB, failed INTEGER, needs INTEGER, PRIMARY KEY (record_id, digest)
    ) WITHOUT ROWID;
    CREATE TABLE facts (
        kind TEXT, url TEXT, at INTEGER, digest BLOB, incident TEXT, run_id INTEGER, PRIMARY KEY (kind, url, at)
    ) WITHOUT ROWID;
"""
_NOTE_DOCUMENT = """
    INSERT INTO documents VALUES (?, ?, ?)
    ON CONFLICT (uri) DO UPDATE SET at = excluded.at, digest = excluded.digest WHERE excluded.at >= at
"""


_NOTE_FACT = """
    INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, url, at) DO UPDATE SET incident = coalesce(excluded.incident, incident)
"""


class Scratch:
    """A context manager over an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "scratch.db", isolation_level=None)
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES + "BEGIN;")
        self._unsorted = (folder / "lines").open("w+", encoding="ascii", newline="\n")
        self._sorted = folder / "lines.sorted"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unsorted.close()
        self._database.close()

    # --- captures ---

    def add_captures(self, rows: Iterable[Row]) -> None:
        """What the catalogue has."""
        self._database.executemany(_ADD_CAPTURE, rows)

    def captures_in(self, warc: str) -> Iterator[Row]:
        """Those in one WARC, by offset."""
        found = self._database.execute('SELECT * FROM captures WHERE warc = ? ORDER BY "offset"', (warc,))
        return map(Row._make, found)

    # --- lines the index should have ---

    def add_line(self, line: str) -> None:
        """A line that belongs into the index."""
        self._unsorted.write(line + "\n")

    def sorted_lines(self) -> Path:
        """A file with all lines, sorted, each once."""
        self._unsorted.seek(0)
        cdxj.write_sorted(self._sorted, (line.rstrip("\n") for line in self._unsorted))
        return self._sorted

    def sort(self, lines: Path) -> Path:
        """A file with the lines of another, sorted, each once."""
        copy = self._sorted.with_name("index.sorted")
        with lines.open(encoding="ascii", errors="replace", newline="\n") as file:
            cdxj.write_sorted(copy, (line.rstrip("\n").replace("\ufffd", "?") for line in file))
        return copy

    # --- documents and texts in the WARCs ---

    def note_document(self, uri: str, at: str, digest: str) -> None:
        """A version of an event's document; the latest counts."""
        self._database.execute(_NOTE_DOCUMENT, (uri, at, digest))

    def document(self, uri: str) -> str | None:
        """The payload digest of the latest version."""
        row = self._database.execute("SELECT digest FROM documents WHERE uri = ?", (uri,)).fetchone()
        return None if row is None else str(row[0])

    def note_text(self, record_id: str, refers_to: str) -> None:
        """A conversion record, and the capture whose text it is."""
        self._database.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (record_id, refers_to))

    def text(self, record_id: str) -> str | None:
        """The capture whose text that conversion record is; None if there is no such record."""
        row = self._database.execute("SELECT refers_to FROM texts WHERE record_id = ?", (record_id,)).fetchone()
        return None if row is None else str(row[0])

    # --- surveys ---

    def note_survey(self, record_id: str, said: Said) -> None:
        """A record that says what a capture needs."""
        self._database.execute("INSERT OR IGNORE INTO surveys VALUES (?, ?, ?, ?)", (record_id, *said))

    def surveys(self, record_id: str) -> list[Said]:
        """What the records say that tell of a capture."""
        found = self._database.execute("SELECT digest, failed, needs FROM surveys WHERE record_id = ?", (record_id,))
        return [Said(digest, bool(failed), needs) for digest, failed, needs in found]

    def surveyed(self) -> Iterator[str]:
        """The captures of which a record says what they need."""
        found = self._database.execute("SELECT DISTINCT record_id FROM surveys WHERE NOT failed ORDER BY record_id")
        return (str(record_id) for (record_id,) in found)

    # --- checks and marks ---

    def note_fact(self, fact: Told) -> None:
        """A check or a mark. Told of twice it is what it was at first, but for the incident it turned out part of."""
        self._database.execute(_NOTE_FACT, fact)

    def take_fact(self, kind: str, url: str, at: int) -> Told | None:
        """What the records say of a check or a mark, once: what nobody takes is what no row tells of."""
        query = "DELETE FROM facts WHERE kind = ? AND url = ? AND at = ? RETURNING *"
        row = self._database.execute(query, (kind, url, at)).fetchone()
        return None if row is None else Told._make(row)

    def facts_left(self) -> Iterator[Told]:
        """Those nobody took."""
        return map(Told._make, self._database.execute("SELECT * FROM facts ORDER BY kind, url, at"))
