"""WARC files read: record by record, checked, and single records by their place.

A record is a value with its headers and its place; its block and payload are opened when asked for and pass in pieces,
so a record of any size costs little memory. `read_records` checks every member to its end before it gives the record
out, by gzip's CRC and by Content-Length, and says where damage begins: other readers skip half a file behind a torn
record and say nothing.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from archive.coding import Decoded, decode_body
from archive.errors import DamagedRecord
from archive.foreign_names import IMPORTED_FROM, is_import_name
from archive.gzip_members import MemberReader, TornMember
from archive.http_message import HEAD_LIMIT, Head, Pieces, dechunked, head_length, parse_head
from archive.model import RecordRef
from archive.records import FIELDS
from archive.warc_files import OPEN, is_warc_name

_START = 1 << 16  # bytes of a record that are kept with it: all of most
_BUFFER = 1 << 18
_SMALL = 1 << 13  # where the first record is all that is wanted
_MAGIC = b"\x1f\x8b\x08"
_VERSIONS = StatusAndHeadersParser(["WARC/1.1", "WARC/1.0"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record where it lies. Everything that opens it raises DamagedRecord when it turns out damaged."""

    path: Path  # of the file, `.open` perhaps
    where: RecordRef
    headers: tuple[tuple[str, str], ...]
    length: int  # of the block, in bytes
    block_at: int = field(repr=False)  # where it begins in the member's content
    start: bytes = field(repr=False)  # the beginning of the member's content

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.header("WARC-Type") or ""

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without its brackets."""
        return unbracketed(self.header("WARC-Record-ID") or "")

    @property
    def url(self) -> str:
        """WARC-Target-URI; "" for a warcinfo."""
        return unbracketed(self.header("WARC-Target-URI") or "")

    @property
    def at(self) -> datetime:
        """WARC-Date. Raises DamagedRecord for what is no date."""
        try:
            return datetime.fromisoformat(self.header("WARC-Date") or "")
        except ValueError as error:
            raise damaged(self.path, self.where.offset, f"its date is none: {error}") from error

    def block(self) -> BinaryIO:
        """The block, as an open file; close it."""
        begun = self.start[self.block_at : self.block_at + self.length]
        return io.BytesIO(begun) if len(begun) == self.length else _opened(self._block_pieces())

    def head(self) -> Head | None:
        """The HTTP head of a request, response or revisit; None for others, and where there is none."""
        if not (self.header("Content-Type") or "").startswith("application/http") or not self.length:
            return None
        with self.block() as block:
            begun = block.read(HEAD_LIMIT)
        return parse_head(begun[: head_length(begun)])

    def payload(self) -> BinaryIO:
        """The payload as an open file: of an HTTP message the body without its transfer coding; of others the block."""
        head = self.head()
        if head is None:
            return self.block()
        return _opened(self._payload_pieces(head))

    def content(self, limit: int) -> Decoded:
        """The payload without its content codings, `limit` bytes at most. Raises UnsupportedCodingError."""
        head = self.head()
        with self.payload() as payload:
            return decode_body(payload, ", ".join(head.items("content-encoding")) if head else None, limit=limit)

    def fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of an application/warc-fields block; none for others."""
        if self.header("Content-Type") != FIELDS:
            return ()
        with self.block() as block:
            lines = block.read().decode("utf-8", "replace").split("\r\n")
        pairs = (line.partition(":") for line in lines if ":" in line)
        return tuple((name.strip(), value.strip()) for name, _, value in pairs)

    def _payload_pieces(self, head: Head) -> Iterator[bytes]:
        with self.block() as block:
            block.read(len(head.raw))
            yield from dechunked(block) if head.chunked else iter(lambda: block.read(_START), b"")

    def _block_pieces(self) -> Iterator[bytes]:
        with _open_file(self.path) as file:
            skip, left = self.block_at, self.length
            for content in _contents(MemberReader(file, self.where.offset), self.path, self.where.offset):
                piece = content[skip : skip + left]
                skip -= min(skip, len(content))
                left -= len(piece)
                if piece:
                    yield piece
        if left:
            raise damaged(self.path, self.where.offset, f"{left} bytes are missing from it")


def read_records(path: Path, *, offset: int = 0) -> Iterator[Record]:
    """Every record of a file, from a member's `offset` on, each checked to its end.

    Raises DamagedRecord at the first that is not whole; what was given out before is.
    """
    with _open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        while offset < size:
            record = _checked(file, path, offset)
            yield record
            offset += record.where.length


def salvaged_records(
    path: Path, *, offset: int = 0, damage: Callable[[DamagedRecord], object] = lambda _: None
) -> Iterator[Record]:
    """Every record of a file that is whole, also behind those that are not; of each of these `damage` is told once.

    Behind damage only what names the warcinfo record of this file is a record of it: a body that was kept may itself be
    a WARC, and what is in it must not become ours. The records of an imported file name what they like. `offset`: where
    to begin, at a record or at damage.
    """
    first = next(salvaged_records(path), None) if offset else None
    return _salvaged(path, offset, _owner(first) if first is not None else "", damage)


def owner_of(path: Path) -> str:
    """The id of the warcinfo record of a file, going by the first record that can be read: no other file has it, but
    copies. "" where there is none, or a stranger's."""
    record = first_record(path)
    if record is None or (is_import_name(path.name) and record.kind != "warcinfo"):
        return ""
    return record.record_id if record.kind == "warcinfo" else _owner(record)


def first_record(path: Path) -> Record | None:
    """The first record of a file that can be read; None if there is none."""
    where = RecordRef(warc=path.name.removesuffix(OPEN), offset=0, length=0)
    try:
        with _open_file(path, _SMALL) as file:
            return _parsed(path, where, _beginning(_contents(MemberReader(file, 0), path, 0)))
    except DamagedRecord:
        pass
    try:
        return next(salvaged_records(path), None)
    except DamagedRecord:  # the file itself cannot be opened
        return None


def _salvaged(
    path: Path, offset: int | None, owner: str, damage: Callable[[DamagedRecord], object]
) -> Iterator[Record]:
    while offset is not None:
        try:
            for record in read_records(path, offset=offset):
                owner = owner or _owner(record)
                yield record
                offset = record.where.offset + record.where.length
        except DamagedRecord as error:
            damage(error)
            offset = _next_of(path, offset + 1, _ANY if is_import_name(path.name) else owner)
        else:
            return


_ANY = "any"  # no record id: these have a colon


def _owner(record: Record) -> str:
    """What the records of a file name, going by its first one."""
    if record.kind != "warcinfo":
        return unbracketed(record.header("WARC-Warcinfo-ID") or "")
    return _ANY if IMPORTED_FROM in dict(record.fields()) else record.record_id


def _next_of(path: Path, offset: int, owner: str) -> int | None:
    """Where the next record begins that names `owner`, if that is known."""
    place = next_record(path, offset)
    while place is not None and owner not in ("", _ANY) and not _names(path, place, owner):
        place = next_record(path, place + 1)
    return place


def _names(path: Path, offset: int, owner: str) -> bool:
    name = path.name.removesuffix(OPEN)
    try:
        with _open_file(path) as file:
            start = _beginning(_contents(MemberReader(file, offset), path, offset))
        record = _parsed(path, RecordRef(warc=name, offset=offset, length=0), start)
    except DamagedRecord:
        return False
    return unbracketed(record.header("WARC-Warcinfo-ID") or "") == owner


def next_record(path: Path, offset: int) -> int | None:
    """Where the next gzip member begins that holds the beginning of a record."""
    with _open_file(path) as file:
        for place in _places(file, offset):
            try:
                begun = next(MemberReader(file, place), b"")
            except TornMember:
                continue
            if begun.startswith(b"WARC/"):
                return place
    return None


def _places(file: BinaryIO, offset: int) -> Iterator[int]:
    """Where bytes lie from `offset` on that may begin a gzip member."""
    while True:
        file.seek(offset)
        data = file.read(_BUFFER)
        at = data.find(_MAGIC)
        while at >= 0:
            yield offset + at
            at = data.find(_MAGIC, at + 1)
        if len(data) < _BUFFER:
            return
        offset += len(data) - len(_MAGIC) + 1


def open_record(folder: Path, where: RecordRef) -> Record:
    """The record at a place, its file finished or still `.open`. Raises DamagedRecord if it is not there.

    Only its beginning is read; the rest is checked as it is read.
    """
    path = _locate(folder, where)
    with _open_file(path) as file:
        member = MemberReader(file, where.offset)
        contents = _contents(member, path, where.offset)
        return _parsed(path, where, _beginning(contents))


def damaged(path: Path, offset: int, what: str) -> DamagedRecord:
    """The error for a record, with its place."""
    return DamagedRecord(f"{path}, offset {offset}: {what}; run `sourcekeep verify` to see what else is")


def unbracketed(value: str) -> str:
    """A record id or URI without the angle brackets around it."""
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def _checked(file: BinaryIO, path: Path, offset: int) -> Record:
    member = MemberReader(file, offset)
    contents = _contents(member, path, offset)
    start = _beginning(contents)
    size = len(start) + sum(map(len, contents))
    name = path.name.removesuffix(OPEN)
    record = _parsed(path, RecordRef(warc=name, offset=offset, length=member.length), start)
    if size != record.block_at + record.length + 4:
        raise damaged(path, offset, f"Content-Length is {record.length}, but the member holds {size} bytes")
    return record


def _contents(member: MemberReader, path: Path, offset: int) -> Iterator[bytes]:
    try:
        yield from member
    except TornMember as error:
        raise damaged(path, offset, f"no whole gzip member: {error}") from error


def _beginning(contents: Iterator[bytes]) -> bytes:
    start = bytearray()
    for piece in contents:
        start += piece
        if len(start) >= _START:
            break
    return bytes(start)


def _parsed(path: Path, where: RecordRef, start: bytes) -> Record:
    stream = io.BytesIO(start)
    try:
        parsed = _VERSIONS.parse(stream)
        length = int(parsed.get_header("Content-Length") or "")
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError) as error:
        raise damaged(path, where.offset, f"no WARC record: {str(error)[:200]}") from error
    if length < 0 or start[: stream.tell()][-2:] != b"\r\n":
        raise damaged(path, where.offset, "its header has no end")
    headers = tuple((str(name), str(value)) for name, value in parsed.headers)
    return Record(path=path, where=where, headers=headers, length=length, block_at=stream.tell(), start=start)


def _locate(folder: Path, where: RecordRef) -> Path:
    if is_warc_name(where.warc):
        for name in (where.warc, where.warc + OPEN, where.warc):  # it may get its final name while we look
            path = folder / name
            if path.is_file() and not path.is_symlink():
                return path
    raise damaged(folder / where.warc, where.offset, "the file is not there")


def _open_file(path: Path, buffer: int = _BUFFER) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffer)
    except OSError as error:
        raise damaged(path, 0, f"cannot be opened: {error.strerror}") from error


def _opened(pieces: Iterator[bytes]) -> BinaryIO:
    return io.BufferedReader(Pieces(pieces), 1 << 16)
