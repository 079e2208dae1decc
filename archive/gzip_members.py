"""Gzip members (RFC 1952), one a record: to make them and, later, to walk them without trusting them (pure).

A WARC is a row of members, so a record can be read without those before it, and a torn one harms no other. isal makes
them five times as fast as zlib where it is installed. What is packed already (pictures, archives, answers that came
compressed) is only stored: three times less work for a file hardly larger.
"""

from __future__ import annotations

import re
import zlib
from typing import Protocol

try:
    from isal.isal_zlib import compressobj as _compressobj

    _LEVEL = 2
except ImportError:  # the [fast] extra is not installed
    from zlib import compressobj as _compressobj  # type: ignore[assignment]

    _LEVEL = 6

_GZIP = 31  # wbits: a gzip header and trailer around deflate with the largest window
_WORTH_A_LOOK = 4096  # bytes; a smaller block is compressed whatever it holds: most of it is headers
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
