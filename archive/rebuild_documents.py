"""Where the events' documents, and the facts of checks, lie in the WARCs, remembered on the disk while a catalogue is
made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from archive import check_records
from archive.model import RecordRef
from archive.reader import Record, unbracketed

PREFIX = "urn:sourcekeep:event:"

_TABLE = """
    CREATE TABLE documents (
        seq INTEGER PRIMARY KEY, uri TEXT NOT NULL, at TEXT NOT NULL, digest TEXT, warc TEXT NOT NULL,
        "offset" INTEGER NOT NULL, length INTEGER NOT NULL
    );
    CREATE INDEX of_uri ON documents (uri, at, seq);
    CREATE TABLE facts (
        seq INTEGER PRIMARY KEY, about TEXT, warc TEXT NOT NULL, "offset" INTEGER NOT NULL, length INTEGER NOT NULL
    );
    CREATE TABLE texts (record_id TEXT PRIMARY KEY, refers_to TEXT NOT NULL) WITHOUT ROWID;
"""
# In the order in which the events were first told of: so their documents got their names.
_URIS = "SELECT uri FROM documents GROUP BY uri ORDER BY min(seq)"
_OF_URI = 'SELECT at, digest, warc, "offset", length FROM documents WHERE uri = ? ORDER BY at, seq'


class Place(NamedTuple):
    """A version of a document."""

    at: str  # WARC-Date
    digest: str | None
    where: RecordRef


class DocumentsFound:
    """Takes the documents' records as they are found."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "documents.db", isolation_level=None)
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLE + "BEGIN;")

    def close(self) -> None:
        """Forget them."""
        self._database.close()

    def take(self, record: Record) -> None:
        """Remember a record if it is a document, an article's text, or tells of checks."""
        if record.kind == "conversion":
            about = unbracketed(record.header("WARC-Refers-To") or "")
            self._database.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (record.record_id, about))
        if record.kind == "metadata" and record.url.startswith(check_records.PREFIX):
            where, about_id = record.where, unbracketed(record.header("WARC-Refers-To") or "") or None
            self._database.execute(
                'INSERT INTO facts (about, warc, "offset", length) VALUES (?, ?, ?, ?)',
                (about_id, where.warc, where.offset, where.length),
            )
        if record.kind == "metadata" and record.url.startswith(PREFIX):
            where = record.where
            values = (record.url, record.header("WARC-Date") or "", record.header("WARC-Payload-Digest"))
            self._database.execute(
                'INSERT INTO documents (uri, at, digest, warc, "offset", length) VALUES (?, ?, ?, ?, ?, ?)',
                (*values, where.warc, where.offset, where.length),
            )

    def has_text(self, record_id: str, refers_to: str) -> bool:
        """Whether there is such a conversion record, of that capture."""
        query = "SELECT 1 FROM texts WHERE record_id = ? AND refers_to = ?"
        return self._database.execute(query, (record_id, refers_to)).fetchone() is not None

    def facts(self) -> Iterator[tuple[str | None, RecordRef]]:
        """The records that tell of checks, in the order they were taken, each with the record of the answer."""
        for about, warc, offset, length in self._database.execute(
            'SELECT about, warc, "offset", length FROM facts ORDER BY seq'
        ):
            yield about, RecordRef(warc=warc, offset=offset, length=length)

    def uris(self) -> Iterator[str]:
        """The URI of each event's documents, in the order in which the events were first told of."""
        return (str(uri) for (uri,) in self._database.execute(_URIS))

    def count(self) -> int:
        """How many events there are."""
        return int(self._database.execute("SELECT count(DISTINCT uri) FROM documents").fetchone()[0])

    def versions(self, uri: str) -> list[Place]:
        """Where the versions of a document lie, the oldest first; what was written twice alike, once, the last time."""
        found: dict[str | int, Place] = {}
        for number, (at, digest, warc, offset, length) in enumerate(self._database.execute(_OF_URI, (uri,))):
            found.pop(digest or number, None)
            found[digest or number] = Place(at, digest, RecordRef(warc=warc, offset=offset, length=length))
        return list(found.values())

    def digest(self, uri: str) -> str | None:
        """The payload digest of the latest version."""
        places = self.versions(uri)
        return places[-1].digest if places else None
