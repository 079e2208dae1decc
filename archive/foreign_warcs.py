"""WARC files made by others, read record by record without trusting a byte of them.

WARC/1.0 and 1.1; plain, a gzip member a record, or the whole file one gzip stream. What is whole is given out, what is
not is told with its place, and reading goes on behind it where that is possible. Nothing is held in memory but a
record's header; a length is a claim until the bytes are there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.foreign_digests import agrees, digests_of, is_of_nothing
from archive.gzip_members import MemberReader, TornMember
from archive.http_message import HEAD_LIMIT, Pieces, dechunked, head_length, parse_head
from archive.reader import next_record, unbracketed
from archive.records import NewRecord, clean_uri

MOST_BLOCK = 4 << 30  # bytes; the crawler's own limit is half of it
_MOST_HEADER = 1 << 15  # bytes; fastwarc reads no more
_MOST_BLANK = 100  # lines between two records
_PIECE = 1 << 18
_GZIP = b"\x1f\x8b"
_VERSION = re.compile(rb"WARC/1\.[01]\r?\n")
_LINE = re.compile(r"([!-9;-~]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_LENGTH = re.compile(r"\d{1,18}")
_KINDS = frozenset({"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion"})
_HAVE_URI = _KINDS - {"warcinfo", "metadata"}
_ONCE = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")


class RefusedRecord(Exception):
    """A record that is not taken in, and why; what follows it can be read."""


class _FoundError(Exception):
    """There is one: nothing more is to be read."""


class _BrokenError(Exception):
    """Here the file can no longer be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """A record whose header is sound. `block` gives its bytes, once, in order."""

    place: str  # "offset 123", in words
    version: str  # WARC/1.0 or WARC/1.1
    headers: tuple[tuple[str, str], ...]
    length: int
    block: BinaryIO
    ending: Callable[[], object]  # to be called behind the block: raises if the record was not whole after all

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.header("WARC-Type")

    def header(self, name: str) -> str:
        """The first value of a header, "" if it has none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without brackets."""
        return unbracketed(self.header("WARC-Record-ID"))


Take = Callable[[ForeignRecord], object]
Tell = Callable[[str, str], object]  # place, what


def read_foreign(path: Path, *, take: Take, tell: Tell) -> None:
    """Hand every sound record to `take`; what is refused or damaged goes to `tell`. `take` may raise RefusedRecord.

    Raises OSError.
    """
    with path.open("rb") as file:
        if file.read(2) == _GZIP:
            _read_members(path, file, take, tell)
        else:
            file.seek(0)
            _read_plain(file, take, tell)


def holds_record(path: Path) -> bool:
    """Whether a file holds a record with a sound header, be it behind damage. Raises OSError."""

    def found(_: ForeignRecord) -> None:
        raise _FoundError

    try:
        read_foreign(path, take=found, tell=lambda _place, _what: None)
    except _FoundError:
        return True
    return False


def _read_members(path: Path, file: BinaryIO, take: Take, tell: Tell) -> None:
    size, offset = path.stat().st_size, 0
    while offset < size:
        member = MemberReader(file, offset)
        place = f"offset {offset}"
        try:
            _read_content(_Content(io.BufferedReader(Pieces(iter(member)), _PIECE)), take, tell, place)
        except (TornMember, _BrokenError) as error:
            tell(place, str(error))
            following = next_record(path, offset + 1)
            if following is None:
                return
            offset = following
        else:
            offset += member.length


class _Content:
    """Records one behind the other, and the first line of the next, if it was looked at already."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._line: bytes | None = None

    @property
    def waiting(self) -> int:
        """Bytes that were read ahead."""
        return len(self._line or b"")

    def look_ahead(self) -> None:
        """Read the first line behind the blank ones: at the end of a gzip member its checksum is checked by that."""
        if self._line is None:
            for _ in range(_MOST_BLANK):
                self._line = self.file.readline(100)
                if self._line not in (b"\r\n", b"\n"):
                    return

    def first_line(self) -> bytes:
        """The first line of the next record; b"" at the end."""
        self.look_ahead()
        line, self._line = self._line or b"", None
        return line


def _read_content(content: _Content, take: Take, tell: Tell, place: str) -> None:
    """The records in one gzip member: one, or all of the file."""
    for number in _counted():
        if not _read_record(content, take, tell, place if not number else f"{place}, record {number + 1} of it"):
            return


def _counted() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _read_plain(file: BinaryIO, take: Take, tell: Tell) -> None:
    content = _Content(file)
    while True:
        at = file.tell() - content.waiting
        try:
            if not _read_record(content, take, tell, f"offset {at}"):
                return
        except _BrokenError as error:
            tell(f"offset {at}", str(error))
            if not _seek_record(file, at + 1):
                return
            content = _Content(file)


def _seek_record(file: BinaryIO, offset: int) -> bool:
    """Go to the next line that begins a record."""
    while True:
        file.seek(offset)
        data = file.read(_PIECE)
        found = re.search(rb"\nWARC/1\.[01]\r?\n", data)
        if found:
            file.seek(offset + found.start() + 1)
            return True
        if len(data) < _PIECE:
            return False
        offset += len(data) - 16


def _read_record(content: _Content, take: Take, tell: Tell, place: str) -> bool:
    """Read one record; False at the end. Raises TornMember, _BrokenError."""
    first = content.first_line()
    if not first:
        return False
    if not _VERSION.fullmatch(first):
        raise _BrokenError(f"no WARC/1.0 or WARC/1.1 record: it begins {first[:40]!r}")
    headers = _headers(content.file)
    length = next((value for name, value in headers if name.lower() == "content-length"), "")
    if not _LENGTH.fullmatch(length):
        raise _BrokenError(f"Content-Length {length[:40]!r} is no length")
    block = _Block(content.file, int(length))
    if int(length) > MOST_BLOCK:
        raise _BrokenError(f"a block of {length} bytes; {MOST_BLOCK} are taken")
    try:
        record = ForeignRecord(
            place=place,
            version=first.strip().decode("ascii"),
            headers=_sound(headers),
            length=int(length),
            block=io.BufferedReader(block, _PIECE),
            ending=content.look_ahead,
        )
        take(record)
    except RefusedRecord as error:
        tell(place, str(error))
    block.skip_rest()
    return True


def _headers(content: BinaryIO) -> list[tuple[str, str]]:
    """The header lines that are valid; folded ones are joined (section 4 of WARC/1.0)."""
    found: list[tuple[str, str]] = []
    left = _MOST_HEADER
    while True:
        raw = content.readline(left + 1)
        left -= len(raw)
        if left < 0 or not raw.endswith(b"\n"):
            raise _BrokenError("a header that does not end" if left < 0 else "the file ends in a header")
        text = raw.rstrip(b"\r\n").decode("utf-8", "replace")
        if not text:
            return found
        if text[0] in " \t" and found:
            name, value = found.pop()
            text = f"{name}: {value} {text.strip()}"
        if line := _LINE.fullmatch(text):
            found.append((line[1], line[2].strip()))


def _sound(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The header, fit to be kept. Raises RefusedRecord."""
    names = [name.lower() for name, _ in headers]
    for name in _ONCE:
        if names.count(name.lower()) != 1:
            raise RefusedRecord(f"has not exactly one {name}")
    values = {name.lower(): value for name, value in reversed(headers)}
    if values["warc-type"] not in _KINDS:
        raise RefusedRecord(f"is of the type {values['warc-type'][:40]!r}, which is not taken")
    if "warc-segment-number" in values:
        raise RefusedRecord("is a segment of a record; segments are not taken")
    if not _DATE.fullmatch(values["warc-date"]) or not _is_time(values["warc-date"]):
        raise RefusedRecord(f"its WARC-Date {values['warc-date'][:40]!r} is no time")
    record_id = unbracketed(values["warc-record-id"])
    if ":" not in record_id or clean_uri(record_id) != record_id:
        raise RefusedRecord(f"its WARC-Record-ID {record_id[:80]!r} is no URI")
    if values["warc-type"] in _HAVE_URI and not values.get("warc-target-uri", "").strip("<>"):
        raise RefusedRecord("has no WARC-Target-URI")
    return tuple((name, _kept(name.lower(), value)) for name, value in headers)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _kept(name: str, value: str) -> str:
    """A value as it is kept: as it came, but for brackets that a record id lacks and a URI that is none."""
    if name == "warc-record-id":
        return f"<{unbracketed(value)}>"
    if name == "warc-target-uri" and clean_uri(unbracketed(value)) != unbracketed(value):
        return clean_uri(unbracketed(value))
    return value


class _Block(io.RawIOBase):
    """The bytes of one block, and not one more."""

    def __init__(self, content: BinaryIO, length: int) -> None:
        self._content = content
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._content.read(min(len(buffer), self._left, _PIECE))
        if not data and self._left:
            raise _BrokenError(f"its block is {self._left} bytes short of its Content-Length")
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

    def skip_rest(self) -> None:
        """Read what nobody read."""
        while self.read(_PIECE):
            pass


# --- to be kept ---


def spooled(record: ForeignRecord, spool: BinaryIO) -> NewRecord:
    """The record with its block in `spool`, ready to be written. Raises RefusedRecord where a digest is wrong."""
    found = digests_of(_copied(record.block, spool))
    record.ending()
    spool.seek(0)
    given = record.header("WARC-Block-Digest")
    if not agrees(given, found) and not is_of_nothing(record.kind, given):
        raise RefusedRecord(f"{record.record_id}: its bytes are not those of its WARC-Block-Digest")
    start = spool.read(HEAD_LIMIT)
    is_http = record.header("Content-Type").startswith("application/http")
    head = start[: head_length(start)] if is_http else b""
    if record.kind != "revisit" and not _payload_agrees(record, spool, head):
        raise RefusedRecord(f"{record.record_id}: its payload is not that of its WARC-Payload-Digest")
    spool.seek(len(head))
    return NewRecord(
        kind=record.kind,
        record_id=record.record_id,
        headers=tuple((_NAMES.get(name.lower(), name), _value(name.lower(), value)) for name, value in record.headers),
        block=head,
        body=spool,
        body_length=record.length - len(head),
        head=_head_bytes(record),
    )


def _copied(block: BinaryIO, spool: BinaryIO) -> Iterator[bytes]:
    while piece := block.read(_PIECE):
        spool.write(piece)
        yield piece


_NAMES = {name.lower(): name for name in ("WARC-Target-URI", "WARC-Date", "WARC-Payload-Digest", "Content-Type")}


def _value(name: str, value: str) -> str:
    return unbracketed(value) if name == "warc-target-uri" else value


def _head_bytes(record: ForeignRecord) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in record.headers)
    return f"{record.version}\r\n{lines}\r\n".encode()


def _payload_agrees(record: ForeignRecord, spool: BinaryIO, head: bytes) -> bool:
    """Some count the framing of chunks to the payload: both are believed."""
    given = record.header("WARC-Payload-Digest")
    if not given:
        return True
    spool.seek(len(head))
    if agrees(given, digests_of(iter(lambda: spool.read(_PIECE), b""))):
        return True
    if not head or not parse_head(head).chunked:
        return False
    spool.seek(len(head))
    return agrees(given, digests_of(dechunked(spool)))
