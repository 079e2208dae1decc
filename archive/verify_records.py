"""A WARC file read for no other purpose than to find fault with it: each gzip member, header, length and digest.

It shares next to nothing with the writer and the reader, on purpose: what it passes was understood twice. Damage costs
what is damaged only: the walk goes on at the next member that begins a record.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from archive import check_records
from archive.foreign_digests import is_of_nothing
from archive.http_message import parse_head
from archive.records import FIELDS
from archive.verify_faults import FaultKind

_READ = 1 << 15  # most members are no longer
_PIECE = 1 << 18
_MOST_HEAD = 1 << 20  # bytes of a WARC or HTTP head
_MOST_ABOUT = 1 << 14
_MOST_FIELDS = 64 << 20  # bytes of a record that tells of captures, surveys, checks: what a rebuild reads of one
_GZIP = 31
_MAGIC = b"\x1f\x8b\x08"
_REQUIRED = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")  # WARC/1.1 section 5.1
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_IMPORTED = re.compile(rb"^importedFrom:", re.MULTILINE)
_BLANK_LINE = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A record as it was found, and what is wrong with it."""

    offset: int
    length: int  # of its gzip member
    headers: tuple[tuple[str, str], ...]  # names in lower case
    http_head: bytes  # of an HTTP message
    faults: tuple[tuple[FaultKind, str], ...]
    about: bytes = b""  # the block of a warcinfo or metadata record, its beginning
    payload_length: int = 0

    def header(self, name: str) -> str:
        """The first value of a header, "" if it has none."""
        return _first(self.headers, name)

    def ids(self, name: str) -> tuple[str, ...]:
        """All record ids of a header, without brackets."""
        wanted = name.lower()
        return tuple(value.strip("<>") for each, value in self.headers if each == wanted)

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.header("WARC-Type")

    @property
    def record_id(self) -> str:
        """WARC-Record-ID, without brackets."""
        return self.header("WARC-Record-ID").strip("<>")


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str:
    wanted = name.lower()
    for each, value in headers:  # a generator takes twice as long, and this is asked for most
        if each == wanted:
            return value
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Bytes that are no record, up to the next one or the end of the file."""

    offset: int
    end: int
    what: str


def walk(file: BinaryIO, *, is_foreign: bool = False) -> Iterator[Seen | Damage]:
    """Every record of a WARC file in order, and the damage between them.

    Behind damage only what names the warcinfo record of this file is a record of it: a body that was kept may itself be
    a WARC, and what is in it must not become ours. `is_foreign`: made by others, whose records name what they like.
    """
    offset, owner = 0, _Owner(is_foreign=is_foreign)
    while file.seek(offset) is not None and file.read(1):
        try:
            seen = _read_member(file, offset)
        except _BrokenError as error:
            following = _next_member(file, offset + 1, owner)
            yield Damage(offset=offset, end=file.seek(0, 2) if following is None else following, what=str(error))
            if following is None:
                return
            offset = following
        else:
            owner.learn(seen)
            yield seen
            offset = seen.offset + seen.length


class _Owner:
    """Which warcinfo record the records of a file name."""

    def __init__(self, *, is_foreign: bool) -> None:
        self._is_foreign = is_foreign
        self._warcinfo = ""

    def learn(self, seen: Seen) -> None:
        if seen.kind == "warcinfo":
            self._is_foreign = self._is_foreign or is_imported(seen.about)
            self._warcinfo = seen.record_id
        elif not self._warcinfo:
            self._warcinfo = next(iter(seen.ids("WARC-Warcinfo-ID")), "")

    def has(self, headers: tuple[tuple[str, str], ...]) -> bool:
        of_file = _first(headers, "WARC-Warcinfo-ID").strip("<>")
        return self._is_foreign or not self._warcinfo or of_file == self._warcinfo


def is_imported(about: bytes) -> bool:
    """Whether a warcinfo record with this block begins a file that was imported."""
    return _IMPORTED.search(about) is not None


class _BrokenError(Exception):
    """The bytes here cannot be read as a record."""


def _read_member(file: BinaryIO, offset: int) -> Seen:
    record = _Record()
    length = 0
    for data, used in _inflated(file, offset):
        record.feed(data)
        length = used
    return record.seen(offset, length)


def _inflated(file: BinaryIO, offset: int) -> Iterator[tuple[bytes, int]]:
    """The contents of the gzip member at `offset` in pieces, each with the bytes of the file read for it so far."""
    member = zlib.decompressobj(_GZIP)
    file.seek(offset)
    used = 0
    while not member.eof:
        packed = member.unconsumed_tail or file.read(_READ)
        if not packed:
            raise _BrokenError("the file ends in the middle of a record")
        try:
            data = member.decompress(packed, _PIECE)
        except zlib.error as error:
            raise _BrokenError(f"a gzip member that cannot be read: {error}") from error
        left = member.unused_data if member.eof else member.unconsumed_tail  # at the end both may hold the same bytes
        used += len(packed) - len(left)
        yield data, used


def _next_member(file: BinaryIO, offset: int, owner: _Owner) -> int | None:
    """Where the next gzip member begins that holds a record of this file."""
    for place in _places_of_magic(file, offset):
        headers = _headers_at(file, place)
        if headers is not None and owner.has(headers):
            return place
    return None


def _headers_at(file: BinaryIO, offset: int) -> tuple[tuple[str, str], ...] | None:
    """The header of the record in the gzip member at `offset`, None if there is none."""
    record = _Record()
    try:
        for data, _ in _inflated(file, offset):
            record.feed(data)
            if record.headers:
                return record.headers
    except _BrokenError:
        pass
    return None


def _places_of_magic(file: BinaryIO, offset: int) -> Iterator[int]:
    kept = b""
    while True:
        file.seek(offset)
        data = kept + file.read(_PIECE)
        if len(data) <= len(kept):
            return
        start = offset - len(kept)
        at = data.find(_MAGIC)
        while at >= 0:
            yield start + at
            at = data.find(_MAGIC, at + 1)
        kept = data[-(len(_MAGIC) - 1) :]
        offset = start + len(data)


class _Record:
    """Takes the bytes of one member, in pieces of any size."""

    def __init__(self) -> None:
        self._head: bytes | None = None
        self._buffer = b""
        self._left = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self._faults: list[tuple[FaultKind, str]] = []
        self._block = _Block(is_http=False)
        self._about: list[bytes] = []
        self._about_left = 0

    def feed(self, data: bytes) -> None:
        if self._head is None:
            data = self._take_head(data)
        block, rest = data[: self._left], data[self._left :]
        self._left -= len(block)
        self._block.feed(block)
        if self._about_left:
            self._about.append(block[: self._about_left])
            self._about_left -= len(self._about[-1])
        self._buffer += rest[:100]

    def _take_head(self, data: bytes) -> bytes:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MOST_HEAD:
                raise _BrokenError("a record header without end")
            return b""
        self._head, rest = self._buffer[:end], self._buffer[end + 4 :]
        self._buffer = b""
        self.headers = self._parsed(self._head)
        length = self._header("Content-Length")
        if not length.isdecimal():
            raise _BrokenError(f"a record with Content-Length {length[:40]!r}")
        self._left = int(length)
        self._about_left = _most_about(self.headers)
        is_http = self._header("Content-Type").startswith("application/http")
        self._block = _Block(is_http=is_http)
        return rest

    def _parsed(self, head: bytes) -> tuple[tuple[str, str], ...]:
        first, *lines = head.decode("utf-8", "replace").split("\r\n")
        if first not in ("WARC/1.1", "WARC/1.0"):
            raise _BrokenError(f"no record: it begins {first[:40]!r}")
        pairs = (line.partition(":") for line in lines)
        return tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)

    def _header(self, name: str) -> str:
        return _first(self.headers, name)

    def seen(self, offset: int, length: int) -> Seen:
        """The record, its member being over."""
        if self._head is None:
            raise _BrokenError("a gzip member without a record header")
        if self._left:
            raise _BrokenError(f"a record whose block is {self._left} bytes short of its Content-Length")
        if self._buffer != b"\r\n\r\n":
            self._faults.append((FaultKind.WRONG_HEADER, "does not end with its Content-Length and two line ends"))
        self._check_headers()
        self._check_digests()
        return Seen(
            offset=offset,
            length=length,
            headers=self.headers,
            http_head=self._block.head,
            faults=tuple(self._faults),
            about=b"".join(self._about),
            payload_length=self._block.payload_length,
        )

    def _check_headers(self) -> None:
        names = [name for name, _ in self.headers]
        for name in _REQUIRED:
            if names.count(name.lower()) != 1:
                self._faults.append((FaultKind.WRONG_HEADER, f"has not exactly one {name}"))
        if not _DATE.fullmatch(self._header("WARC-Date")):
            self._faults.append((FaultKind.WRONG_HEADER, f"WARC-Date {self._header('WARC-Date')[:40]!r} is no time"))
        record_id = self._header("WARC-Record-ID")
        if not (record_id.startswith("<") and record_id.endswith(">") and ":" in record_id):
            self._faults.append((FaultKind.WRONG_HEADER, f"WARC-Record-ID {record_id[:80]!r} is no <URI>"))

    def _check_digests(self) -> None:
        for name, found in (("WARC-Block-Digest", self._block.digest), ("WARC-Payload-Digest", self._block.payload)):
            given = self._header(name)
            if name == "WARC-Payload-Digest" and self._header("WARC-Type") == "revisit":
                continue  # that of the record it stands for (section 6.7.2)
            if name == "WARC-Block-Digest" and is_of_nothing(self._header("WARC-Type"), given):
                continue  # imported so: it says nothing of the block
            if given.startswith("sha1:") and given != found:
                self._faults.append((FaultKind.WRONG_DIGEST, f"{name} is {given}, its bytes have {found}"))


class _Block:
    """Digests of a block, and of the payload in it: what is left of an HTTP body when chunks are undone."""

    def __init__(self, *, is_http: bool) -> None:
        self.head = b""
        self.payload_length = 0
        self._in_head = is_http
        self._chunks: _Chunks | None = None
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._payload_sha1 = hashlib.sha1(usedforsecurity=False)

    @property
    def digest(self) -> str:
        return _label(self._sha1.digest())

    @property
    def payload(self) -> str:
        return _label(self._payload_sha1.digest())

    def feed(self, data: bytes) -> None:
        self._sha1.update(data)
        if self._in_head:
            data = self._take_head(data)
        payload = self._chunks.feed(data) if self._chunks is not None else data
        self.payload_length += len(payload)
        self._payload_sha1.update(payload)

    def _take_head(self, data: bytes) -> bytes:
        searched = max(0, len(self.head) - 2)
        self.head += data
        end = _BLANK_LINE.search(self.head, searched)
        if end is None:
            return b""
        rest, self.head = self.head[end.end() :], self.head[: end.end()]
        self._in_head = False
        if parse_head(self.head).chunked:
            self._chunks = _Chunks()
        return rest


def _most_about(headers: tuple[tuple[str, str], ...]) -> int:
    """How much is kept of a record's block: all of one that rows of the catalogue are drawn from."""
    if _first(headers, "WARC-Type") == "metadata":
        told = _first(headers, "Content-Type") == FIELDS
        return _MOST_FIELDS if told or _first(headers, "WARC-Target-URI").startswith(check_records.PREFIX) else 0
    return _MOST_ABOUT if _first(headers, "WARC-Type") == "warcinfo" else 0


def _label(digest: bytes) -> str:
    return "sha1:" + base64.b32encode(digest).decode("ascii")


class _Chunks:
    """Takes the chunked coding off (RFC 9112 section 7.1). What follows a fault in the framing is no payload."""

    _SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,64})[ \t]*(?:;.*)?", re.DOTALL)

    def __init__(self) -> None:
        self._left = 0
        self._line = b""
        self._after_data = False
        self._over = False

    def feed(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        at = 0
        while at < len(data) and not self._over:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                self._left -= len(piece)
                at += len(piece)
                continue
            end = data.find(b"\n", at)
            self._line += data[at:] if end < 0 else data[at:end]
            at = len(data) if end < 0 else end + 1
            if end >= 0:
                line, self._line = self._line.rstrip(b"\r"), b""
                self._read(line)
        return b"".join(pieces)

    def _read(self, line: bytes) -> None:
        if self._after_data:
            self._after_data, self._over = False, bool(line)
            return
        size = self._SIZE.fullmatch(line)
        self._left = int(size[1], 16) if size else 0
        self._over = not self._left  # the last chunk: trailers are no payload; or no chunk at all
        self._after_data = True
