"""Small pictures made from nothing but numbers (pure): PNG (ISO/IEC 15948) and baseline JPEG (ITU-T T.81).

A crawl must be able to decode a cover image, so these are real ones. The JPEG encoder writes mosaics: every 8 x 8 block
has one colour, so its cosine transform is the DC coefficient alone and no transform is needed.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"


def png(seed: str, *, width: int = 96, height: int = 64) -> bytes:
    """An RGB picture of `width` x `height` pixels whose colours depend on `seed`."""
    red, green, blue = _colour(seed, 0)
    raw = bytearray()
    for y in range(height):
        raw += b"\0"  # filter type: none
        for x in range(width):
            raw += bytes(((red + 2 * x) & 255, (green + 3 * y) & 255, (blue ^ x ^ y) & 255))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")


def jpeg(seed: str, *, columns: int = 20, rows: int = 15) -> bytes:
    """A mosaic of `columns` x `rows` blocks of 8 x 8 pixels whose colours depend on `seed`."""
    scan = _Bits()
    before = [0, 0, 0]
    for block in range(columns * rows):
        for component, level in enumerate(_colour(seed, block)):
            dc = level - 128  # quantised by 8: eight times the mean, less the shift of 128
            scan.dc(dc - before[component])
            before[component] = dc
    return b"".join((
        b"\xff\xd8",
        _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        _segment(0xDB, b"\0" + bytes([8]) * 64),
        _segment(0xC0, struct.pack(">BHHB", 8, rows * 8, columns * 8, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0"),
        _segment(0xC4, b"\0" + bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]) + bytes(range(12))),
        _segment(0xC4, b"\x10" + bytes([1]) + bytes(15) + b"\0"),
        _segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0"),
        scan.finished(),
        b"\xff\xd9",
    ))  # fmt: skip


# T.81 table K.3: code and length of each DC category.
_DC = ((0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3),
       (0b1110, 4), (0b11110, 5), (0b111110, 6), (0b1111110, 7), (0b11111110, 8), (0b111111110, 9))  # fmt: skip


class _Bits:
    """The entropy-coded segment under way."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def dc(self, difference: int) -> None:
        """One block: its DC difference (T.81 F.1.2.1), then end-of-block at once, the only code of the AC table."""
        category = abs(difference).bit_length()
        code, length = _DC[category]
        self._bits.append(f"{code:0{length}b}")
        if category:
            value = difference if difference > 0 else difference + (1 << category) - 1
            self._bits.append(f"{value:0{category}b}")
        self._bits.append("0")

    def finished(self) -> bytes:
        """The bytes, padded with ones, a zero stuffed after every 0xFF (T.81 F.1.2.3)."""
        bits = "".join(self._bits)
        bits += "1" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def _colour(seed: str, block: int) -> tuple[int, int, int]:
    digest = hashlib.sha256(f"{seed}:{block // 7}".encode()).digest()
    return digest[0], digest[1], digest[2]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
