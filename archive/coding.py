"""Content codings taken off a body, never more than a given number of bytes of it (pure, over an open file).

RFC 9110 section 8.4. A bomb stops at the limit: nothing is inflated further than it is asked for, however many codings
are stacked. What is cut short or damaged gives the part that could be read. A body that is not what its label says is
passed on as it is, as browsers do.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

try:
    import brotli
except ImportError:  # pragma: no cover - we ask for gzip only, but some servers do as they like
    brotli = None

_PIECE = 1 << 16
_MOST_CODINGS = 4
_MOST_MEMBERS = 10_000  # of one gzip file: empty ones cost time and give nothing
_SLACK = 1 << 20  # bytes that a coding inside another may give beyond the limit
_GZIP = b"\x1f\x8b"
_RAW, _ZLIB, _GZIP_FORMAT = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16


class UnsupportedCodingError(ValueError):
    """A content coding that we cannot take off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A body without its codings. `cut` says that there was more: beyond the limit, or behind damage."""

    data: bytes
    cut: bool


def decode_body(body: BinaryIO, encoding: str | None, *, limit: int) -> Decoded:
    """The first `limit` bytes of a body; `encoding` is Content-Encoding as sent.

    Raises UnsupportedCodingError for a coding that is none of gzip, deflate, br (with the library) and identity.
    """
    pieces = _decoding(body, encoding, limit)
    data = bytearray()
    try:
        for piece in pieces:
            data += piece
            if len(data) > limit:
                return Decoded(data=bytes(data[:limit]), cut=True)
    except _DamagedError:
        return Decoded(data=bytes(data), cut=True)
    return Decoded(data=bytes(data), cut=False)


def decoded(body: BinaryIO, encoding: str | None, *, limit: int) -> Iterator[bytes]:
    """The same in pieces, for bodies of any size; up to where it is damaged, if it is.

    Raises UnsupportedCodingError before the first piece is asked for.
    """
    return _up_to(limit, _decoding(body, encoding, limit))


def _decoding(body: BinaryIO, encoding: str | None, limit: int) -> Iterator[bytes]:
    pieces: Iterator[bytes] = iter(lambda: body.read(_PIECE), b"")
    for decoder in [_decoder(name) for name in reversed(_codings(encoding))]:
        pieces = decoder(_bounded(pieces, limit))
    return pieces


def _up_to(limit: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = limit
    try:
        for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return
    except _DamagedError:
        return


class _DamagedError(Exception):
    """The coded bytes are broken or end too soon."""


_Decoder = Callable[[Iterator[bytes]], Iterator[bytes]]


def _bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """What goes into a decoder: no more than could be wanted of it, for it may hold gigabytes that give nothing."""
    left = limit + _SLACK
    for piece in pieces:
        yield piece
        left -= len(piece)
        if left < 0:
            raise _DamagedError


def _codings(encoding: str | None) -> list[str]:
    names = [name.strip().lower() for name in (encoding or "").split(",")]
    codings = [name for name in names if name not in ("", "identity", "none", "utf-8")]
    if len(codings) > _MOST_CODINGS:
        raise UnsupportedCodingError(f"{len(codings)} content codings, one inside the other")
    return codings


def _decoder(name: str) -> _Decoder:
    match name:
        case "gzip" | "x-gzip":
            return _gunzip
        case "deflate":
            return _inflate
        case "br" if brotli is not None:
            return _unbrotli
        case _:
            raise UnsupportedCodingError(f"content coding {name[:20]!r}")


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    head, pieces = _peek(pieces)
    yield from _inflate_members(pieces) if head[:2] == _GZIP else pieces


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """RFC 9110 means zlib's format by "deflate"; half of the servers send the bare stream."""
    head, pieces = _peek(pieces)
    is_zlib = len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
    yield from _inflate_one(pieces, zlib.decompressobj(_ZLIB if is_zlib else _RAW))


def _peek(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """At least two bytes, if there are, and all pieces again."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > 1:
            break
    return head, chain([head] if head else [], pieces)


def _inflate_members(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Every member of a gzip file (RFC 1952 section 2.2); what follows the last one is ignored."""
    rest = b""
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP_FORMAT)
        yield from _inflate_one(chain([rest] if rest else [], pieces), member)
        rest = member.unused_data
        while len(rest) < len(_GZIP) and (piece := next(pieces, b"")):
            rest += piece
        if rest[:2] != _GZIP:
            return
    raise _DamagedError


def _inflate_one(pieces: Iterator[bytes], inflater: zlib._Decompress) -> Iterator[bytes]:
    try:
        for piece in pieces:
            yield inflater.decompress(piece, _PIECE)
            while inflater.unconsumed_tail and not inflater.eof:
                yield inflater.decompress(inflater.unconsumed_tail, _PIECE)
            if inflater.eof:
                return
    except zlib.error as error:
        raise _DamagedError from error
    raise _DamagedError


def _unbrotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    inflater = brotli.Decompressor()
    try:
        for piece in pieces:
            yield inflater.process(piece, output_buffer_limit=_PIECE)
            while not inflater.can_accept_more_data():
                yield inflater.process(b"", output_buffer_limit=_PIECE)
            if inflater.is_finished():
                return
    except brotli.error as error:
        raise _DamagedError from error
    raise _DamagedError
