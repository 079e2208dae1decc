"""Texts as sets of four-word shingles, to tell how much of one is still in another (pure).

A token is a word, or one character of a script that puts no blanks between words (Chinese, Japanese, Korean, Thai …);
texts that mix them are cut as they come. Each token becomes 16 bits: a character of such a script is its own UTF-16
unit, a word the lower half of its CRC-32. A shingle is four of them side by side: 64 bits, the same in every process
and on every machine. Two shingles that differ in one word fall together once in 65,536 times, in all four once in
2 ** 64 times.

That the tokens can still be told apart within a shingle is on purpose: it lets a text of a dozen words, of which hardly
a four-word shingle survives a correction, be looked for by its pairs of words in the shingles of a long one.

Huge texts are sampled: of more than `most` shingles those are kept whose mix (a bijection, so the choice is the same in
all texts) is smallest. A share p estimated from n samples has a standard error of sqrt(p * (1 - p) / n): at most 0.016
for 1,024.
"""

from __future__ import annotations

import re
import struct
import sys
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from zlib import crc32

WIDTH = 4  # tokens of a shingle
SHORT = 20  # tokens; a text with fewer is compared by pairs of words
MOST = 1 << 17  # shingles that are kept of a text: a book, and 9 MB
MOST_STORED = 1024  # of a text that lies in a catalogue: 8 kB

_ALL = (1 << 64) - 1  # the limit of a set that is no sample
_ODD = 0x9E3779B97F4A7C15  # 2 ** 64 over the golden ratio
_LONGEST_TOKEN = 25  # characters, on the average of a sentence
_HEAD = struct.Struct("<BIQ")  # width, tokens, limit

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]+"
)
_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"([{_SCRIPTS}][{_SCRIPTS} ]*)")
_FAR = re.compile("[\u034f\u061c\u0e00-\U0010ffff]")  # else it needs only half of the work
_UNSPACED_RUN = re.compile(f"[{_SCRIPTS}]+")
_NOT_WORDS = re.compile(r"(?:[^\w\s]|_)+")
# What Chinese pages are full of, and would send every one of them the long way through NFKC.
_WIDE_MARKS = re.compile(
    "[\u00a0\u2000-\u200a\u2010-\u2029\u202f-\u205f\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\uff01-\uff0f\uff1a-\uff20"
    "\uff3b-\uff40\uff5b-\uff65]+"
)
_WIDE_LETTERS = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_ASCII = bytes(c + 32 if 65 <= c <= 90 else c if chr(c).isalnum() and c < 128 else 32 for c in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingles:
    """The shingles of a text. `tokens` counts its words, or characters where the script has no blanks."""

    tokens: int = 0
    width: int = WIDTH  # tokens of a shingle: 4, or 2 or 1 of a short text
    kept: frozenset[int] = frozenset()
    limit: int = _ALL  # no shingle whose mix is above it was kept

    @property
    def sampled(self) -> bool:
        """Whether some were left out."""
        return self.limit != _ALL

    def to_bytes(self) -> bytes:
        """For a catalogue: 13 bytes and 8 a shingle."""
        kept = sorted(self.kept)
        return _HEAD.pack(self.width, self.tokens, self.limit) + struct.pack(f"<{len(kept)}Q", *kept)

    @classmethod
    def from_bytes(cls, data: bytes) -> Shingles:
        """What `to_bytes` wrote. Raises ValueError for anything else."""
        if len(data) < _HEAD.size or (len(data) - _HEAD.size) % 8:
            raise ValueError(f"no shingles in {len(data)} bytes")
        width, tokens, limit = _HEAD.unpack_from(data)
        if width not in {1, 2, WIDTH}:
            raise ValueError(f"no shingles of {width} words are kept")
        kept = struct.unpack_from(f"<{(len(data) - _HEAD.size) // 8}Q", data, _HEAD.size)
        return cls(tokens=tokens, width=width, kept=frozenset(kept), limit=limit)

    def sample(self, most: int = MOST_STORED) -> Shingles:
        """The same with `most` shingles at most."""
        return _bounded(self.kept, self.tokens, self.width, self.limit, most)


def shingles_of(text: str, *, most: int = MOST, first: int | None = None) -> Shingles:
    """The shingles of a text, in which case, width, accents' spelling, punctuation, blanks and unseen characters count
    for nothing; `most` of them at most. With `first`, of no more than so many tokens at its beginning.
    """
    units = _units(text) if first is None else _units(text[: _LONGEST_TOKEN * first])[: 2 * first]
    tokens = len(units) // 2
    width = WIDTH if tokens >= SHORT else min(2, max(tokens, 1))
    return _bounded(frozenset(_cut(units, width)), tokens, width, _ALL, most)


def words_of(text: str, tokens: int) -> int:
    """How long a text of so many tokens is to its reader: a character of an unspaced script counts for half a word."""
    return tokens if text.isascii() else tokens - sum(map(len, _UNSPACED_RUN.findall(text))) // 2


def containment(ours: Shingles, theirs: Shingles) -> float:
    """The share of our shingles that are still there: 0 to 1, 0 if we have none."""
    mine, other = _comparable(ours, theirs)
    return len(mine & other) / len(mine) if mine else 0.0


def similarity(one: Shingles, other: Shingles) -> float:
    """The share of both texts' shingles that both have (Jaccard): 0 to 1, symmetric. Two empty texts are not alike."""
    first, second = _comparable(one, other)
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def without(text: Shingles, boilerplate: Shingles) -> Shingles:
    """What a text has and its site's other pages have not. `tokens` becomes the number of shingles left."""
    mine, shared = _comparable(text, boilerplate)
    left = mine - shared
    width = min(text.width, boilerplate.width) if boilerplate.kept else text.width
    return Shingles(tokens=len(left), width=width, kept=left, limit=min(text.limit, boilerplate.limit))


def narrowed(text: Shingles, width: int) -> Shingles:
    """The pairs of words (2), or the words (1), that a text's shingles consist of.

    Of a sample most are there: each stands in as many shingles as it can have places in one.
    """
    kept, size = text.kept, text.width
    while size > width:
        size //= 2
        bits = 16 * size
        kept = frozenset(part for each in kept for part in (each >> bits, each & ((1 << bits) - 1)))
    return Shingles(tokens=text.tokens, width=size, kept=kept)


def in_common(texts: Sequence[Shingles]) -> Shingles:
    """What at least two of several texts share: the boilerplate, if they are pages of one site."""
    once: set[int] = set()
    twice: set[int] = set()
    usable = [text for text in texts if text.width == WIDTH]
    for text in usable:
        twice |= once & text.kept
        once |= text.kept
    return Shingles(tokens=len(twice), kept=frozenset(twice), limit=min((t.limit for t in usable), default=_ALL))


# --- from text to units of 16 bits ---


def _units(text: str) -> bytes:
    """The tokens of a text, two bytes each."""
    if text.isascii():
        return _hashed(text.encode().translate(_ASCII).split())
    text = _WIDE_MARKS.sub(" ", text)
    far = _FAR.search(text) is not None
    if far:
        text = _WIDE_LETTERS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = _NOT_WORDS.sub(" ", _UNSEEN.sub("", text) if far else text.replace("\u00ad", "")).casefold()
    return b"".join(_pieces(text)) if far else _words(text)


def _pieces(text: str) -> Iterator[bytes]:
    for number, piece in enumerate(_UNSPACED.split(text)):
        if number % 2:
            yield piece.replace(" ", "").encode("utf-16-le", "surrogatepass")
        elif piece:
            yield _words(piece)


def _words(text: str) -> bytes:
    return _hashed(text.encode("utf-8", "surrogatepass").split())


def _hashed(words: Iterable[bytes]) -> bytes:
    sums = array("I", map(crc32, words))
    if sys.byteorder == "big":
        sums.byteswap()
    return memoryview(sums).cast("B").cast("H")[::2].tobytes()


# --- from units to shingles ---


def _cut(units: bytes, width: int) -> Iterator[int]:
    """Every run of `width` tokens, as a number of 16 bits a token."""
    letter = {1: "H", 2: "I", WIDTH: "Q"}[width]
    return chain.from_iterable(
        struct.unpack_from(f"<{(len(units) // 2 - first) // width}{letter}", units, 2 * first) for first in range(width)
    )


def _comparable(one: Shingles, other: Shingles) -> tuple[frozenset[int], frozenset[int]]:
    """The shingles of two texts in the width that both can give, and of the part of all shingles that both kept."""
    limit = min(one.limit, other.limit)
    if one.width == other.width:
        return _within(one.kept, one.limit, limit), _within(other.kept, other.limit, limit)
    width = min(one.width, other.width)
    return narrowed(one, width).kept, narrowed(other, width).kept


def _within(kept: frozenset[int], own: int, limit: int) -> frozenset[int]:
    return kept if own <= limit else frozenset(each for each in kept if _mix(each) <= limit)


def _bounded(kept: frozenset[int], tokens: int, width: int, limit: int, most: int) -> Shingles:
    if len(kept) > most:
        limit = sorted(map(_mix, kept))[most - 1]
        kept = _within(kept, _ALL, limit)
    return Shingles(tokens=tokens, width=width, kept=kept, limit=limit)


def _mix(shingle: int) -> int:
    """A bijection of 64 bits under which shingles that look alike are strewn (Knuth 6.4, twice)."""
    once = shingle * _ODD & _ALL
    return (once ^ once >> 32) * _ODD & _ALL
