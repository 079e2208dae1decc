"""Bodies for a server that must cost nothing: a small pool, made unlike at every address (pure).

A pool page is compressed once. For each address a few lines of its own go before it as a stored deflate block, and the
checksum of the whole is combined from the two (CRC-32 is linear in its start value), so no answer is compressed or even
read again, yet no two addresses share a payload that could be deduplicated.
"""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass

from crawler.sample.images import jpeg

_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


class PooledPage:
    """The rest of an HTML page, compressed, ready to follow any beginning."""

    def __init__(self, rest: bytes) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.rest = rest
        self._deflated = packer.compress(rest) + packer.flush()
        self._crc = zlib.crc32(rest)
        columns = [zlib.crc32(rest, 1 << bit) ^ self._crc for bit in range(32)]
        self._tables = [_xor_table(columns[8 * byte : 8 * byte + 8]) for byte in range(4)]

    def gzipped_after(self, start: bytes) -> bytes:
        """`start` + the rest, as one gzip member (RFC 1952). `start` may have 65,535 bytes."""
        crc = zlib.crc32(start)
        one, two, three, four = self._tables
        whole = self._crc ^ one[crc & 255] ^ two[crc >> 8 & 255] ^ three[crc >> 16 & 255] ^ four[crc >> 24]
        stored = struct.pack("<BHH", 0, len(start), len(start) ^ 0xFFFF)
        size = (len(start) + len(self.rest)) & 0xFFFFFFFF
        return b"".join((_GZIP_HEAD, stored, start, self._deflated, struct.pack("<II", whole, size)))


def _xor_table(columns: list[int]) -> list[int]:
    table = [0]
    for column in columns:
        table += [value ^ column for value in table]
    return table


@dataclass(frozen=True, slots=True)
class Pool:
    """Pages and pictures to answer with."""

    pages: tuple[PooledPage, ...]
    pictures: tuple[bytes, ...]

    def page(self, address: str, number: int, *, requisites: int = 0) -> bytes:
        """The gzipped HTML page of an address; `number` is the address's own."""
        images = "".join(f'<img src="/img/{number:08x}-{n}.jpg" alt="">' for n in range(requisites))
        start = (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Story {number:08x}</title>\n'
            f'<meta name="author" content="Writer {number % 97}">\n</head><body><h1>Story {number:08x}</h1>{images}\n'
            f"<p>This is what was printed at {address}, and nowhere else.</p>\n"
        )
        return self.pages[number % len(self.pages)].gzipped_after(start.encode())

    def picture(self, number: int) -> bytes:
        """A JPEG of an address, with a comment of its own (T.81 B.2.4.5)."""
        picture = self.pictures[number % len(self.pictures)]
        return b"%b\xff\xfe\x00\x0a%08x%b" % (picture[:2], number, picture[2:])


def pool(seed: int, *, pages: int = 32, smallest: int = 20_000, largest: int = 120_000) -> Pool:
    """The same pool for the same arguments; page sizes are spread evenly over the two bounds, in bytes of HTML."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(4000)]
    step = (largest - smallest) / max(1, pages - 1)
    made = tuple(PooledPage(_rest(chance, words, round(smallest + n * step))) for n in range(pages))
    return Pool(made, tuple(jpeg(f"{seed}/{n}", columns=60, rows=45) for n in range(4)))


_SYLLABLES = ("ar", "bel", "con", "da", "en", "for", "ga", "hin", "is", "ka", "lo", "men", "nor", "ost", "per", "qui",
              "ra", "sel", "tor", "un", "ver", "wen", "yl", "za")  # fmt: skip


def _rest(chance: random.Random, words: list[str], size: int) -> bytes:
    parts: list[str] = []
    length = 0
    while length < size:
        sentences = [" ".join(chance.choices(words, k=12)).capitalize() for _ in range(5)]
        part = f"<p>{'. '.join(sentences)}.</p>\n"
        parts.append(part)
        length += len(part)
    return "".join([*parts, "</body></html>\n"]).encode()
