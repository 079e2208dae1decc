"""The WARCs of a package: records copied gzip member by gzip member, never packed anew, into files of their own.

A file begins with a warcinfo record that says what it is, and before the first record of each WARC that records come
from stand the warcinfo records of that WARC, which name it. Imported WARCs keep files of their own, which begin as they
began: so whoever takes them in still knows that they are somebody else's.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO
from uuid import NAMESPACE_URL, uuid5

from archive import cdxj
from archive.errors import StorageError
from archive.gzip_members import compressor
from archive.model import RecordRef
from archive.package_bag import Bag, BagFile
from archive.package_records import SourceWarc
from archive.reader import Record
from archive.records import NewRecord, head_bytes, warcinfo
from archive.recovery import index_line
from archive.warc_files import SUFFIX, warc_name

FOLDER = "data/warcs"
_PIECE = 1 << 20


@dataclass(slots=True, kw_only=True)
class MadeWarc:
    """A WARC of the package, so far."""

    name: str
    sources: list[str] = field(default_factory=list)
    records: int = 0
    captures: int = 0
    first: datetime | None = None
    last: datetime | None = None
    file: BagFile | None = None  # when it is closed

    def note(self, record: Record) -> None:
        """Count a record that went in."""
        self.records += 1
        if record.kind in ("response", "revisit", "resource"):
            self.captures += 1
            self.first = min(self.first or record.at, record.at)
            self.last = max(self.last or record.at, record.at)


class Places:
    """Where each record lies now, remembered on the disk: there may be millions."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            'CREATE TABLE places (record_id TEXT PRIMARY KEY, warc TEXT, "offset" INTEGER, length INTEGER)'
            " WITHOUT ROWID; BEGIN;"
        )

    def add(self, record_id: str, where: RecordRef) -> None:
        """The first place a record has is the one that counts."""
        values = (record_id, where.warc, where.offset, where.length)
        self._database.execute("INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?)", values)

    def of(self, record_id: str) -> RecordRef | None:
        """Its place; None for what did not go in."""
        query = 'SELECT warc, "offset", length FROM places WHERE record_id = ?'
        row = self._database.execute(query, (record_id,)).fetchone()
        return None if row is None else RecordRef(warc=row[0], offset=row[1], length=row[2])

    def close(self) -> None:
        """Forget them."""
        self._database.close()


class PackageWarcs:
    """Takes records and puts them into files of about `max_size` bytes. A context manager; raises OSError."""

    def __init__(
        self, bag: Bag, places: Places, lines: IO[str], *, about: dict[str, str], now: datetime, max_size: int
    ) -> None:
        self.made: list[MadeWarc] = []
        self._bag = bag
        self._places = places
        self._lines = lines  # of the index, unsorted
        self._about = about
        self._now = now
        self._max_size = max_size
        self._stack = ExitStack()
        self._out: BinaryIO | None = None
        self._offset = 0
        self._serial = 0
        self._warcinfo_id: str | None = None  # in force, if it is the package's own
        self._source: SourceWarc | None = None
        self._begins: Sequence[Record] = ()
        self._from: BinaryIO | None = None

    def begin(self, source: SourceWarc, begins: Sequence[Record]) -> None:
        """The records that follow come from this WARC, which begins with these."""
        if self._out is not None and (not source.is_ours or (self._source is not None and not self._source.is_ours)):
            self._close_file()
        if self._from is not None:
            self._from.close()
        self._source, self._begins = source, begins
        self._from = os.fdopen(os.open(source.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", 0)

    def take(self, record: Record, *, alone: bool) -> None:
        """Copy a record; `alone`: it belongs to none before it, so a new file may begin with it."""
        if self._source is None:
            raise ValueError("no WARC was begun")
        if alone and self._out is not None and self._offset >= self._max_size:
            self._close_file()
        if self._out is None:
            self._open_file(_name_like(self._source.name, self._part()) if not self._source.is_ours else None)
        if self.made[-1].sources[-1:] != [self._source.name]:
            self.made[-1].sources.append(self._source.name)
            self._warcinfo_id = None if self._begins else self._warcinfo_id
            for each in self._begins:
                self._copy(each)
        where = self._copy(record)
        if alone:  # nobody asks where a request lies
            self._places.add(record.record_id, where)

    def write(self, record: NewRecord) -> RecordRef:
        """A record that the package alone has."""
        if self._out is not None and self._source is not None and not self._source.is_ours:
            self._close_file()
        if self._out is None:
            self._open_file(None)
        if self._warcinfo_id is None:
            self._describe("own")
        where = self._write(record)
        self.made[-1].records += 1
        text = cdxj.new_record_line(record, where)
        if text is not None:
            self._lines.write(text + "\n")
        return where

    def close(self) -> None:
        """Finish the last file."""
        self._close_file()
        if self._from is not None:
            self._from.close()

    # --- files ---

    def _part(self) -> int:
        stem = self._source.name.removesuffix(SUFFIX) if self._source is not None else ""
        return sum(each.name.startswith(stem) for each in self.made)

    def _open_file(self, name: str | None) -> None:
        is_own = name is None
        if name is None:
            name = warc_name("sourcekeep", self._now, self._serial, "package")
            self._serial += 1
        self._out = self._stack.enter_context(self._bag.writing(f"{FOLDER}/{name}"))
        self._offset = 0
        self.made.append(MadeWarc(name=name))
        if is_own:
            self._describe("file")

    def _describe(self, what: str) -> None:
        """A warcinfo record of the package's own: what follows names it, or is copied behind its own one."""
        name = self.made[-1].name
        record_id = f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self._about} {self._now.isoformat()} {name} {what}')}"
        self._warcinfo_id = None
        self._write(warcinfo(self._about, record_id=record_id, at=self._now, filename=name))
        self._warcinfo_id = record_id

    def _close_file(self) -> None:
        if self._out is not None:
            self._stack.close()
            self._out = None
            self.made[-1].file = self._bag.files[-1]

    def _copy(self, record: Record) -> RecordRef:
        where = RecordRef(warc=self.made[-1].name, offset=self._offset, length=record.where.length)
        for piece in self._member(record):
            self._put(piece)
        self.made[-1].note(record)
        line = index_line(record)
        if line is not None:
            self._lines.write(_moved(line, record.where, where) + "\n")
        return where

    def _member(self, record: Record) -> Iterator[bytes]:
        if self._from is None:
            raise ValueError("no WARC was begun")
        self._from.seek(record.where.offset)
        left = record.where.length
        while left:
            piece = self._from.read(min(left, _PIECE))
            if not piece:
                raise StorageError(f"{record.path} has become shorter while it was read; let no run be at work on it")
            left -= len(piece)
            yield piece

    def _write(self, record: NewRecord) -> RecordRef:
        member = compressor()
        content = head_bytes(record, warcinfo_id=self._warcinfo_id) + record.block + b"\r\n\r\n"
        began = self._offset
        self._put(member.compress(content) + member.flush())
        return RecordRef(warc=self.made[-1].name, offset=began, length=self._offset - began)

    def _put(self, data: bytes) -> None:
        if self._out is None:
            raise ValueError("no file is open")
        self._out.write(data)
        self._offset += len(data)


def _name_like(name: str, part: int) -> str:
    """The name of an imported WARC; of its second part and those behind it one like that."""
    return name if not part else f"{name.removesuffix(SUFFIX)}-{part:05d}{SUFFIX}"


def _moved(line: str, before: RecordRef, where: RecordRef) -> str:
    """The index line of a record that lies somewhere else now."""
    own = f'"offset": "{before.offset}", "filename": "{before.warc}"}}'
    if not line.endswith(own):
        raise ValueError(f"no index line of {before.warc}: {line}")
    return f'{line.removesuffix(own)}"offset": "{where.offset}", "filename": "{where.warc}"}}'


def lines_of(paths: Iterable[Path]) -> Iterator[str]:
    """The lines of these files."""
    for path in paths:
        with path.open(encoding="ascii", newline="\n") as lines:
            yield from (line.rstrip("\n") for line in lines)
