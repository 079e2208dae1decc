"""Gzip members (RFC 1952), one a record: to make them and to read them without trusting them.

A WARC is a row of members, so a record can be read without those before it, and a torn one harms no other. isal makes
them five times as fast as zlib where it is installed. What is packed already (pictures, archives, answers that came
compressed) is only stored: three times less work for a file hardly larger.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

try:
    from isal.isal_zlib import compressobj as _compressobj
    from isal.isal_zlib import decompressobj as _decompressobj
    from isal.isal_zlib import error as _error

    _LEVEL = 2
    _DAMAGE: tuple[type[Exception], ...] = (zlib.error, _error)  # type: ignore[assignment]  # its stub is wrong
except ImportError:  # the [fast] extra is not installed
    from zlib import compressobj as _compressobj  # type: ignore[assignment]
    from zlib import decompressobj as _decompressobj  # type: ignore[assignment]

    _LEVEL = 6
    _DAMAGE = (zlib.error,)

_GZIP = 31  # wbits: a gzip header and trailer around deflate with the largest window
_WORTH_A_LOOK = 4096  # bytes; a smaller block is compressed whatever it holds: most of it is headers
_FIRST = 1 << 12  # bytes read at once, at first: most members are small
_PIECE = 1 << 16
_PACKED = (
    rb"(?:image/(?!svg|bmp|x-ms-bmp|tiff)|video/|audio/(?!x-wav|wav)|font/woff|application/(?:font-woff|pdf|zip|gzip|"
    rb"x-gzip|x-7z|x-rar|vnd\.rar|x-bzip|x-xz|zstd|epub\+zip|vnd\.openxmlformats|vnd\.oasis|java-archive))"
)
_PACKED_TYPE = re.compile(_PACKED, re.IGNORECASE)
_PACKED_ANSWER = re.compile(
    rb"^content-(?:type[ \t]*:[ \t]*" + _PACKED + rb"|encoding[ \t]*:[ \t]*(?:x-)?(?:gzip|br|zstd|deflate|compress)\b)",
    re.IGNORECASE | re.MULTILINE,
)


class Compressor(Protocol):
    """What zlib and isal have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Some of the member."""

    def flush(self) -> bytes:
        """The rest of it."""


class Decompressor(Protocol):
    """What zlib and isal have in common."""

    @property
    def eof(self) -> bool:
        """The member is whole and right."""

    @property
    def unused_data(self) -> bytes:
        """What lies behind it."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was not looked at yet."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Some of its content."""


def compressor(*, packed: bool = False) -> Compressor:
    """Makes one member. `packed`: store, do not compress."""
    if packed:
        return zlib.compressobj(0, zlib.DEFLATED, _GZIP)
    return _compressobj(_LEVEL, zlib.DEFLATED, _GZIP)


def is_packed(content_type: str, block_start: bytes, length: int) -> bool:
    """Whether to compress a block of `length` bytes would be for nothing; of an HTTP message its head says so."""
    if length < _WORTH_A_LOOK:
        return False
    if content_type.startswith("application/http"):
        return _PACKED_ANSWER.search(block_start) is not None
    return _PACKED_TYPE.match(content_type.encode("utf-8", "replace")) is not None


class TornMember(Exception):
    """What lies at an offset is no whole gzip member."""


class MemberReader(Iterator[bytes]):
    """The content of one member, in pieces of 64 kB at most; checked by its CRC and length when the last one is given.

    Raises TornMember for what is none, or damaged, or not whole. `length` is known at the end: bytes in the file.
    """

    def __init__(self, file: BinaryIO, offset: int) -> None:
        file.seek(offset)
        self.length = 0
        self._file = file
        self._inflater: Decompressor = _decompressobj(_GZIP)
        self._waiting = b""
        self._take = _FIRST

    def __next__(self) -> bytes:
        while not self._inflater.eof:
            if not self._waiting:
                self._waiting = self._read()
            if piece := self._inflate():
                return piece
        raise StopIteration

    def _read(self) -> bytes:
        data = self._file.read(self._take)
        if not data:
            raise TornMember("ends too soon" if self.length else "is empty")
        self._take = min(self._take * 2, _PIECE)
        self.length += len(data)
        return data

    def _inflate(self) -> bytes:
        try:
            piece = self._inflater.decompress(self._waiting, _PIECE)
        except _DAMAGE as error:
            raise TornMember(str(error)) from error
        self._waiting = self._inflater.unconsumed_tail
        if self._inflater.eof:
            self.length -= len(self._inflater.unused_data)
        return piece
