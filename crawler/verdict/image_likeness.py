"""Whether two images show the same, after re-encoding and resizing too (pure).

Three 64-bit hashes of a thumbnail: where it gets darker from left to right, where from top to bottom (difference
hashes), and what is brighter than the mean (average hash). Counting the bits that differ is not enough: most of a chart
is white, and all charts agree in that. So the count is held against what two unrelated images with as many bits set
would differ in (Cohen's kappa). Unrelated images come out near 1, one saved again at a tenth of its size at 0 to 0.2.

A picture of one colour has no such hash: it is like every other, so nothing is said of it.

To be run in a worker (archive.workers): images are decoded by C code.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from math import log

from PIL import Image

from archive.pictures import look

SAME = 0.4  # of the difference that chance would make: up to it, it is the same image
ASPECT = 0.08  # of the logarithm of width over height: more, and it was cropped

_STEP = 2  # grey levels that encoders may shift
_GRACE = 4  # bits, for images with hardly any set
_FLAT = 6  # grey levels between the darkest and the brightest spot of a thumbnail
_PACKED = struct.Struct("<IIQQQ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePrint:
    """What is kept of an image: its size in pixels, and three hashes of its thumbnail."""

    width: int
    height: int
    across: int = 0  # darker from left to right
    down: int = 0  # darker from top to bottom
    average: int = 0  # brighter than the mean
    flat: bool = False  # of one colour: the hashes say nothing

    def to_bytes(self) -> bytes:
        """33 bytes for a catalogue."""
        return _PACKED.pack(self.width, self.height, self.across, self.down, self.average, self.flat)

    @classmethod
    def from_bytes(cls, data: bytes) -> ImagePrint:
        """What `to_bytes` wrote. Raises ValueError for anything else."""
        if len(data) != _PACKED.size:
            raise ValueError(f"no image in {len(data)} bytes")
        width, height, across, down, average, flat = _PACKED.unpack(data)
        return cls(width=width, height=height, across=across, down=down, average=average, flat=flat)


def image_print(data: bytes) -> ImagePrint | None:
    """The print of a raster image, None for what does not decode wholly. Raises MemoryError at most."""
    picture = look(data)
    if picture.problem is not None or picture.format is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(BytesIO(data), formats=(picture.format,)) as image:
            width, height = image.size
            image.draft("L", (64, 64))  # a JPEG can be decoded small
            grey = _on_white(image)
    wide, high, square = _levels(grey, 9, 8), _levels(grey, 8, 9), _levels(grey, 8, 8)
    return ImagePrint(
        width=width,
        height=height,
        across=_bits([wide[n] > wide[n + 1] + _STEP for n in range(72) if n % 9 < 8]),
        down=_bits([high[n] > high[n + 8] + _STEP for n in range(64)]),
        average=_bits([level * 64 > sum(square) for level in square]),
        flat=max(square) - min(square) < _FLAT,
    )


def likeness(ours: ImagePrint, theirs: ImagePrint) -> float | None:
    """How alike two images are: 1 the same, from 0.5 on the same to the eye, 0 for others; None if nobody can tell."""
    if ours.flat and theirs.flat:
        return None
    hashes = ((ours.across, theirs.across), (ours.down, theirs.down), (ours.average, theirs.average))
    alike = max(0.0, 1 - max(_difference(*pair) for pair in hashes) / (2 * SAME))
    return alike if _same_shape(ours, theirs) else min(alike, 0.49)


def _difference(one: int, other: int) -> float:
    """By how many bits two hashes differ, over the number that chance alone would make."""
    first, second = one.bit_count(), other.bit_count()
    by_chance = (first * (64 - second) + second * (64 - first)) / 64
    return (one ^ other).bit_count() / (by_chance + _GRACE)


def _same_shape(ours: ImagePrint, theirs: ImagePrint) -> bool:
    """Whether the sides are in the same proportion, give or take a pixel of rounding."""
    rounding = 1 / min(ours.width, ours.height, theirs.width, theirs.height)
    return abs(log(ours.width * theirs.height / (ours.height * theirs.width))) <= ASPECT + rounding


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("L")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("L")


def _levels(grey: Image.Image, width: int, height: int) -> bytes:
    return grey.resize((width, height), Image.Resampling.BOX).tobytes()


def _bits(answers: list[bool]) -> int:
    return sum(answer << place for place, answer in enumerate(answers))
