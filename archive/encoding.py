"""Content codings undone, within a bound (RFC 9110 section 8.4.1) (pure).

A few kilobytes can claim to be gigabytes, so output is counted as it is made and cut at the caller's limit. What turns
out not to be encoded as its header says is given as it is: servers lie, and the bytes are what we have.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from importlib.util import find_spec

_BLOCK = 1 << 16


def decoded(data: bytes, content_encoding: str | None, limit: int) -> bytes:
    """At most `limit` bytes of `data` with its content codings undone, the last applied first."""
    codings = [part.strip().lower() for part in (content_encoding or "").split(",")]
    for coding in reversed([part for part in codings if part not in ("", "identity")][:4]):
        data = _undone(data, coding, limit)
    return data[:limit]


def _undone(data: bytes, coding: str, limit: int) -> bytes:
    match coding:
        case "gzip" | "x-gzip":
            return _inflated(data, (zlib.MAX_WBITS | 16,), limit)
        case "deflate":  # with a zlib header as the standard has it, or raw as servers send it
            return _inflated(data, (zlib.MAX_WBITS, -zlib.MAX_WBITS), limit)
        case "br" if find_spec("brotli") is not None:
            return _unbrotlied(data, limit)
        case _:
            return data


def _inflated(data: bytes, windows: Iterable[int], limit: int) -> bytes:
    for window in windows:
        stream = zlib.decompressobj(window)
        try:
            out = stream.decompress(data, limit)
        except zlib.error:
            out = _salvaged(data, window, limit)
        if out or not data:
            return out
    return data


def _salvaged(data: bytes, window: int, limit: int) -> bytes:
    """What comes before the damage: block by block, as a browser shows it."""
    stream = zlib.decompressobj(window)
    parts: list[bytes] = []
    made = 0
    try:
        for at in range(0, len(data), _BLOCK):
            part = stream.decompress(data[at : at + _BLOCK], limit - made) if made < limit else b""
            parts.append(part)
            made += len(part)
    except zlib.error:
        pass
    return b"".join(parts)


def _unbrotlied(data: bytes, limit: int) -> bytes:
    import brotli  # noqa: PLC0415 - optional

    stream = brotli.Decompressor()
    parts: list[bytes] = []
    made = 0
    try:
        for at in range(0, len(data), 1024):  # small steps: brotli has no output bound of its own
            part = stream.process(data[at : at + 1024])
            parts.append(part)
            made += len(part)
            if made >= limit:
                break
    except brotli.error:
        if not made:
            return data
    return b"".join(parts)[:limit]
