"""HTTP messages as they lie in records: where the head ends, what it says, the payload without its framing (pure).

As lenient as the crawler is on the wire, so that a record gives back the payload whose digest it carries.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_LIMIT = 1 << 20  # bytes; the crawler cuts heads at half of it

_BLANK_LINE = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"(?:HTTP/\d\.\d|ICY)[ \t]+(\d{3})(?!\d)", re.IGNORECASE)
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")  # RFC 6838 section 4.2
_CHUNK_SIZE = re.compile(rb"[ \t]*0*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_LONGEST_LINE = 1 << 16
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
        values = ",".join(value for key, value in self.headers if key.lower() == name)
        return [member.strip(" \t").lower() for member in values.split(",") if member.strip(" \t")]

    @property
    def mime(self) -> str | None:
        """The type without parameters, in lower case; None if it is no type at all."""
        kind = (self.get("content-type") or "").partition(";")[0].strip(" \t").lower()
        return kind if _MIME.fullmatch(kind) else None

    @property
    def chunked(self) -> bool:
        """Whether the body is in chunks (RFC 9112 section 6.1)."""
        return [each.partition(";")[0].strip() for each in self.items("transfer-encoding")][-1:] == ["chunked"]


def parse_head(raw: bytes) -> Head:
    """What the bytes of a head say."""
    first, *lines = raw.split(b"\n")
    status = _STATUS.match(first)
    return Head(raw=raw, status=int(status[1]) if status else None, headers=_headers(lines))


def head_length(start: bytes) -> int:
    """Where the head ends, its blank line included: in all of `start` if no blank line is in it."""
    found = _BLANK_LINE.search(start)
    return found.end() if found else len(start)


def _headers(lines: list[bytes]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    foldable = False
    for line in lines:
        if line[:1] in (b" ", b"\t") and line.strip():
            if foldable:
                key, begun = found[-1]
                found[-1] = (key, f"{begun} {line.strip().decode('latin-1')}")
            continue
        name, colon, value = line.partition(b":")
        name = name.strip()
        foldable = bool(colon and name)
        if foldable:
            found.append((name.decode("latin-1"), value.strip().decode("latin-1")))
    return tuple(found)


def dechunked(body: BinaryIO) -> Iterator[bytes]:
    """The payload of a chunked body (RFC 9112 section 7.1), in pieces; up to where the framing breaks, if it does."""
    while size := _chunk_size(body):
        while size:
            piece = body.read(min(size, _PIECE))
            if not piece:
                return
            size -= len(piece)
            yield piece
        if body.readline(_LONGEST_LINE).rstrip(b"\r\n"):
            return


def _chunk_size(body: BinaryIO) -> int:
    line = _CHUNK_SIZE.fullmatch(body.readline(_LONGEST_LINE).rstrip(b"\r\n"))
    return int(line[1], 16) if line else 0


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
