"""Whether two images show the same, after re-encoding and resizing too (pure).

Two 64-bit hashes of a thumbnail: one says where it gets darker from left to right (difference hash), the other what is
brighter than the mean (average hash). An image saved again at a tenth of its size differs in 0 to 6 bits of either, two
unrelated ones in about 32. Both have to agree; up to 10 and 12 bits they do.

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

DIFFERENCE_BITS = 10  # that may differ in the same image
AVERAGE_BITS = 12
ASPECT = 0.08  # of the logarithm of width over height: more, and it was cropped

_FLAT = 6  # grey levels between the darkest and the brightest spot of a thumbnail
_PACKED = struct.Struct("<IIQQ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePrint:
    """What is kept of an image: its size in pixels, and two hashes of its thumbnail."""

    width: int
    height: int
    difference: int = 0
    average: int = 0
    flat: bool = False  # of one colour: the hashes say nothing

    def to_bytes(self) -> bytes:
        """25 bytes for a catalogue."""
        return _PACKED.pack(self.width, self.height, self.difference, self.average, self.flat)

    @classmethod
    def from_bytes(cls, data: bytes) -> ImagePrint:
        """What `to_bytes` wrote. Raises ValueError for anything else."""
        if len(data) != _PACKED.size:
            raise ValueError(f"no image in {len(data)} bytes")
        width, height, difference, average, flat = _PACKED.unpack(data)
        return cls(width=width, height=height, difference=difference, average=average, flat=flat)


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
    wide, square = _levels(grey, 9, 8), _levels(grey, 8, 8)
    return ImagePrint(
        width=width,
        height=height,
        difference=_bits([wide[n] > wide[n + 1] for n in range(72) if n % 9 < 8]),
        average=_bits([level * 64 > sum(square) for level in square]),
        flat=max(square) - min(square) < _FLAT,
    )


def likeness(ours: ImagePrint, theirs: ImagePrint) -> float | None:
    """How alike two images are: 1 the same, from 0.5 on the same to the eye, 0 for others; None if nobody can tell."""
    if ours.flat and theirs.flat:
        return None
    difference = (ours.difference ^ theirs.difference).bit_count() / (2 * DIFFERENCE_BITS)
    average = (ours.average ^ theirs.average).bit_count() / (2 * AVERAGE_BITS)
    alike = max(0.0, 1 - max(difference, average))
    return alike if _same_shape(ours, theirs) else min(alike, 0.49)


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
