"""HTTP messages as they lie in records: where the head ends, what it says, the payload without its framing (pure).

As lenient as browsers are. The crawler frames by the same grammar, so that a record gives back the payload whose digest
it carries. (`archive.verify_records` has chunks of its own, on purpose: what it passes was understood twice.)
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_LIMIT = 1 << 20  # bytes; the crawler cuts heads at half of it

BLANK_LINE = re.compile(rb"\n\r?\n")
STATUS_LINE = re.compile(rb"(?:HTTP/(\d)\.(\d)|ICY)[ \t]+(\d{3})(?!\d)", re.IGNORECASE)  # version, status
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")  # RFC 6838 section 4.2
_SMALL_CHUNKS = 100_000  # chunks of less than _WORTH bytes that are taken; each costs the time of a large one
_WORTH = 64
_CHUNK_SIZE = re.compile(rb"[ \t]*0*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_LINE_LIMIT = 16 * 1024  # bytes of one chunk-size line
_TRAILERS_LIMIT = 512 * 1024
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a message. `headers` are for reading: unfolded, trimmed, Latin-1; lines without a colon left out."""

    raw: bytes
    status: int | None  # None for a request, or what is no status line
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def items(self, name: str) -> list[str]:
        """The members of a list header, over all its lines, in lower case (RFC 9110 section 5.6.1)."""
        values = (value.encode("latin-1") for key, value in self.headers if key.lower() == name)
        return [_text(member) for member in list_members(values)]

    @property
    def mime(self) -> str | None:
        """The type without parameters, in lower case; None if it is no type at all."""
        kind = (self.get("content-type") or "").partition(";")[0].strip(" \t").lower()
        return kind if _MIME.fullmatch(kind) else None

    @property
    def chunked(self) -> bool:
        """Whether the body is in chunks (RFC 9112 section 6.1)."""
        return ends_in_chunks([member.encode("latin-1") for member in self.items("transfer-encoding")])


def parse_head(raw: bytes) -> Head:
    """What the bytes of a head say."""
    first, *lines = raw.split(b"\n")
    status = STATUS_LINE.match(first)
    return Head(
        raw=raw,
        status=int(status[3]) if status else None,
        headers=tuple((_text(name), _text(value)) for name, value in read_headers(lines)),
    )


def head_length(start: bytes) -> int:
    """Where the head ends, its blank line included: in all of `start` if no blank line is in it."""
    found = BLANK_LINE.search(start)
    return found.end() if found else len(start)


def list_members(values: Iterable[bytes]) -> list[bytes]:
    """The members of a list header, given the values of all its lines, in lower case (RFC 9110 section 5.6.1)."""
    return [found for value in values for member in value.split(b",") if (found := member.strip(b" \t").lower())]


def ends_in_chunks(codings: Sequence[bytes]) -> bool:
    """Whether the last of these transfer codings, in lower case, is chunked (RFC 9112 section 6.1)."""
    return bool(codings) and codings[-1].partition(b";")[0].rstrip(b" \t") == b"chunked"


def _text(value: bytes) -> str:
    return value.decode("latin-1")


def read_headers(lines: list[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Names and values of header lines; folded ones (RFC 9112 section 5.2) joined by a blank."""
    found: list[tuple[bytes, bytes]] = []
    foldable = False
    for line in lines:
        if line[:1] in (b" ", b"\t") and line.strip():
            if foldable:
                name, value = found[-1]
                found[-1] = (name, b"%b %b" % (value, line.strip()))
            continue
        name, colon, value = line.partition(b":")
        name = name.strip()
        foldable = bool(colon and name)
        if foldable:
            found.append((name, value.strip()))
    return tuple(found)


class _Line(StrEnum):
    """The line a chunked body expects next."""

    SIZE = "size"
    AFTER_DATA = "after data"
    TRAILER = "trailer"


class Dechunker:
    """Takes the chunked coding off a body (RFC 9112 section 7.1), as it arrives."""

    __slots__ = ("_expects", "_left", "_line", "_spare", "_trailer", "done", "fault", "used")

    def __init__(self) -> None:
        self.done = False  # the blank line after the trailers has come
        self.fault = ""  # what broke the framing
        self.used = 0  # bytes of the last `feed` that belong to the body
        self._expects = _Line.SIZE
        self._left = 0  # bytes of chunk data still to come
        self._line = bytearray()  # beginning of a line whose end has not come
        self._trailer = 0
        self._spare = _SMALL_CHUNKS

    def feed(self, data: bytes) -> bytes:
        """The payload in these bytes of the body."""
        pieces: list[bytes] = []
        at, end = 0, len(data)
        while at < end and not self.done and not self.fault:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                self._left -= len(piece)
                at += len(piece)
            else:
                at = self._take_line(data, at)
        self.used = at
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take_line(self, data: bytes, at: int) -> int:
        """Reads a line at `at`, or as much as there is of it; returns where it ends."""
        newline = data.find(b"\n", at)
        end = newline + 1 if newline >= 0 else len(data)
        self._line += data[at:end]
        if newline >= 0:
            line = bytes(self._line.rstrip(b"\r\n"))
            self._line.clear()
            self._read(line)
        elif len(self._line) > _LINE_LIMIT and self._expects is not _Line.TRAILER:
            self.fault = "endless chunk-size line"
        elif len(self._line) > _TRAILERS_LIMIT:
            self.fault = "endless trailers"
        return end

    def _read(self, line: bytes) -> None:
        match self._expects:
            case _Line.SIZE:
                self._read_size(line)
            case _Line.AFTER_DATA:
                self._expects = _Line.SIZE
                if line:
                    self.fault = f"chunk longer than announced: {line[:40]!r}"
            case _Line.TRAILER:
                self.done = not line
                self._trailer += len(line)
                if self._trailer > _TRAILERS_LIMIT:
                    self.fault = "endless trailers"

    def _read_size(self, line: bytes) -> None:
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            self.fault = f"bad chunk size {line[:40]!r}"
            return
        self._left = int(match[1], 16)
        self._spare = min(self._spare - 1 + self._left // _WORTH, _SMALL_CHUNKS)
        if self._spare < 0 and self._left:
            self._left, self.fault = 0, "too many chunks of a few bytes"
        self._expects = _Line.AFTER_DATA if self._left else _Line.TRAILER


def dechunked(body: BinaryIO) -> Iterator[bytes]:
    """The payload of a chunked body, in pieces; up to where the framing breaks, if it does."""
    dechunker = Dechunker()
    while not dechunker.done and not dechunker.fault and (data := body.read(_PIECE)):
        if payload := dechunker.feed(data):
            yield payload


class Pieces(io.RawIOBase):
    """An iterator of bytes as an open file; wrap it in io.BufferedReader. Closing it closes the iterator."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer).cast("B")
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        super().close()
