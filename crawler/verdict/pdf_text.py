"""As much of a PDF as tells whether it is the same: pages, title, and the text its pages show (pure).

Servers make PDFs anew for every request: another date, another /ID, streams packed otherwise, and not one byte of the
digest is left. What the pages show stays. So the content streams are unpacked and the strings in them read, in the
order of the file (ISO 32000-1, sections 7.3.4, 7.3.8 and 9.4.3). That is no text for people: fonts number their glyphs
as they like. But the same document numbers them the same, and that is all that is asked here. No PDF library is
needed for it, and none of their faults is met.

To be run in a worker (archive.workers): a PDF can hold bombs. No more is unpacked than `UNPACKED_LIMIT`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

UNPACKED_LIMIT = 8 << 20  # bytes, of all streams together
MOST_STREAMS = 20_000

_STREAM = re.compile(rb"stream\r?\n")
_HEAD = 600  # bytes before a stream among which its dictionary is
_NOT_SHOWN = re.compile(
    rb"/Type\s*/(?:XRef|Metadata|EmbeddedFile)|/FontFile|/Length[123]\b|/Subtype\s*/(?:Image|Type1C|CIDFontType0C"
    rb"|OpenType|XML)|/FunctionType|/ShadingType|/Alternate\b"
)
_OBJECTS = re.compile(rb"/Type\s*/ObjStm")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_TITLE = re.compile(rb"/Title\s*(?:\(((?:[^\\()]|\\.){1,600})\)|<([0-9A-Fa-f\s]{1,2400})>)", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^\\()]++|\\.)*+)\)|<([0-9A-Fa-f\s]++)>|(\]|T[dDmj*]|ET|['\"])", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))", re.DOTALL)
_GLYPHS = 0x4E00  # where numbered glyphs go, so that each counts for a character


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """What was read of a PDF. `text` is for comparing only."""

    pages: int
    title: str
    text: str


def is_pdf(data: bytes) -> bool:
    """Whether the first bytes are those of a PDF (readers take up to 1024 bytes of rubbish before it)."""
    return b"%PDF-" in data[:1024]


def read_pdf(data: bytes) -> Pdf:
    """What a PDF shows. Raises nothing: what cannot be read is not there."""
    pages, title, text = len(_PAGE.findall(data)), _title(data), []
    for head, body in islice(_streams(data), MOST_STREAMS):
        if _OBJECTS.search(head):
            pages += len(_PAGE.findall(body))
            title = title or _title(body)
        elif b"Tj" in body or b"TJ" in body:
            text.append("".join(_shown(body)))
    return Pdf(pages=pages, title=title, text="\n".join(text))


def _streams(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The dictionary and the unpacked bytes of every stream that may hold text or objects."""
    at, left = 0, UNPACKED_LIMIT
    while left > 0 and (found := _STREAM.search(data, at)):
        end = data.find(b"endstream", found.end())
        at = end + 9 if end >= 0 else len(data)
        head = data[max(found.start() - _HEAD, 0) : found.start()].rpartition(b" obj")[2]
        if not _NOT_SHOWN.search(head):
            body = _unpacked(data[found.end() : end if end >= 0 else len(data)], left)
            left -= len(body)
            yield head, body


def _unpacked(packed: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return packed[:most]


def _shown(content: bytes) -> Iterator[str]:
    """The strings of a content stream; a blank where the text goes on elsewhere on the page."""
    for literal, coded, end in _SHOWN.findall(content):
        if end:
            yield " "
        elif coded:
            yield from _glyphs(coded)
        else:
            yield _ESCAPE.sub(_unescaped, literal).decode("cp1252", "replace")


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes([int(found[1], 8) & 255])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\n": b""}.get(found[2], found[2])


def _glyphs(coded: bytes) -> Iterator[str]:
    digits = bytes.fromhex(_even(coded).decode())
    for at in range(0, len(digits) - 1, 2):
        yield chr(_GLYPHS + int.from_bytes(digits[at : at + 2], "big") % 0x5000)


def _even(coded: bytes) -> bytes:
    plain = b"".join(coded.split())
    return plain + b"0" * (len(plain) % 2)


def _title(data: bytes) -> str:
    if not (found := _TITLE.search(data)):
        return ""
    raw = _ESCAPE.sub(_unescaped, found[1]) if found[1] else bytes.fromhex(_even(found[2]).decode())
    text = raw.decode("utf-16", "replace") if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else raw.decode("cp1252", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
