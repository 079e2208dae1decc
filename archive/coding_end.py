"""Whether a coded payload reaches its own end, followed as it comes in; nothing of it is kept (pure).

A gzip file that is cut short may lie in a message that is whole: the server, or a cache before it, counted what it had.
Content-Length is right then, and nobody notices who does not inflate it. So it is inflated, in small pieces that are
thrown away, and only so far: a bomb costs no more than `MOST` bytes of output or `_MOST_MEMBERS` members.

Looked into are gzip (RFC 1952) and deflate, zlib's format (RFC 1950) or the bare stream (RFC 1951) that half of the
servers mean by it. Of codings one inside the other the outermost tells: if that one is whole, so is what is in it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.gzip_members import Decompressor

try:
    from isal.isal_zlib import decompressobj as _decompressobj
    from isal.isal_zlib import error as _error

    _ERRORS: tuple[type[Exception], ...] = (zlib.error, _error)  # type: ignore[assignment]  # its stub is wrong
except ImportError:  # the [fast] extra is not installed
    from zlib import decompressobj as _decompressobj  # type: ignore[assignment]

    _ERRORS = (zlib.error,)

MOST = 64 << 20  # bytes of output after which nobody looks further
_MOST_MEMBERS = 1000
_PIECE = 1 << 16
_A_LOOK = 32  # bytes
_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW = 31, 15, -15
_TEXT = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\n\r")
_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


class CodingEnd(StrEnum):
    """What became of a coded payload."""

    WHOLE = "whole"  # what follows its end does not count
    CUT = "cut"  # the payload ends before its coding does
    BROKEN = "broken"
    OTHER = "other"  # not in this coding at all, whatever its label says
    UNSEEN = "unseen"  # too long to be looked at


class CodedPayload:
    """Takes a payload in pieces, and says at its end what became of it."""

    __slots__ = ("_enough", "_inflater", "_members", "_room", "_start", "_verdict", "name", "problem")

    def __init__(self, name: str) -> None:
        self.name = name  # "gzip" or "deflate"
        self.problem = ""  # with BROKEN: the library's words
        self._enough = 2 if name == "gzip" else _A_LOOK  # bytes that tell whether a stream begins here
        self._start = b""  # fewer than those
        self._inflater: Decompressor | None = None
        self._members = 0  # whole ones
        self._room = MOST
        self._verdict: CodingEnd | None = None

    @classmethod
    def of(cls, codings: Sequence[str]) -> CodedPayload | None:
        """For the members of Content-Encoding, in lower case; None if the outermost is none that we look into."""
        name = _NAMES.get(codings[-1]) if codings else None
        return cls(name) if name is not None else None

    def feed(self, data: bytes) -> None:
        """The next piece."""
        while data and self._verdict is None:
            if self._inflater is None:
                data = self._begin(data)
            if self._inflater is not None:
                data = self._inflate(self._inflater, data)

    def finish(self) -> CodingEnd:
        """What it is, now that there is no more of it. Without a byte it is whole: nothing is missing from nothing."""
        self._enough, start, self._start = 0, self._start, b""
        self.feed(start)
        if self._verdict is None:
            self._verdict = CodingEnd.WHOLE if self._inflater is None else CodingEnd.CUT
        return self._verdict

    @property
    def flaw(self) -> str:
        """What is wrong with a finished payload, "" if nothing is."""
        match self._verdict:
            case CodingEnd.CUT:
                return f"{self.name} ends before its {'trailer' if self.name == 'gzip' else 'last block'}"
            case CodingEnd.BROKEN:
                return f"{self.name} is broken: {self.problem}"
            case _:
                return ""

    def _begin(self, data: bytes) -> bytes:
        """Starts a member where one begins; what is to be inflated."""
        data = self._start + data
        if len(data) < self._enough:
            self._start = data
            return b""
        self._start = b""
        wbits = self._next_member(data) if self._members else self._first_member(data)
        if wbits is None:
            self._verdict = CodingEnd.WHOLE if self._members else CodingEnd.OTHER
        elif self._members >= _MOST_MEMBERS:
            self._verdict = CodingEnd.UNSEEN
        else:
            self._inflater = _decompressobj(wbits=wbits)
        return data

    def _first_member(self, data: bytes) -> int | None:
        """zlib's name for the format that begins here; None if it is none."""
        if _MAGIC.startswith(data[:2]):
            return _GZIP  # also where it is called deflate
        if self.name == "gzip":
            return None
        if data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0:
            return _ZLIB
        return _RAW if _is_bare(data[:_A_LOOK]) else None

    def _next_member(self, data: bytes) -> int | None:
        return _GZIP if self.name == "gzip" and data.startswith(_MAGIC) else None

    def _inflate(self, inflater: Decompressor, data: bytes) -> bytes:
        """Inflates a piece; what is left to be done."""
        try:
            out = inflater.decompress(data, _PIECE)
        except _ERRORS as error:
            self._verdict, self.problem = CodingEnd.BROKEN, str(error)
            return b""
        self._room -= len(out)
        if inflater.eof:
            self._members += 1
            self._inflater = None
            return inflater.unused_data
        if self._room < 0:
            self._verdict = CodingEnd.UNSEEN
        return inflater.unconsumed_tail


def _is_bare(start: bytes) -> bool:
    """Whether this can be the start of a stream without a header. It has no mark; but text is none."""
    if _TEXT.issuperset(start):
        return False
    try:
        _decompressobj(wbits=_RAW).decompress(start, 1)
    except _ERRORS:
        return False
    return True
