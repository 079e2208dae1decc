"""Whether an image is an image: decoded wholly, to the last frame, or what is wrong with it (pure).

Pillow decodes. Opening is not enough: half a JPEG opens, and has the size of the whole. Only formats that browsers show
are tried; Pillow knows others that run programs. An image of more pixels than fit into a worker's memory is refused by
its header. To be run in a worker (archive.workers).
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree
from PIL import IcoImagePlugin, Image, ImageFile, UnidentifiedImageError

from archive.requisites import Picture
from archive.workers import line_of

MOST_PIXELS = 80_000_000  # of one frame: 320 MB
MOST_PIXELS_DECODED = 1_000_000_000  # of all frames together

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "ICO", "CUR")
_MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|BM.{4}\0\0\0\0|\0\0[\1\2]\0[\1-\xff]\0"
    rb"|....ftypavi[fs]|....ftypmif1|II\*\0|MM\0\*|\0\0\0\x0cjP  |\xff\x4f\xff\x51|\xff\x0a|\0\0\0\x0cJXL ",
    re.DOTALL,
)
_FAULTS = (  # what Pillow raises over damaged files, besides its own
    OSError, SyntaxError, ValueError, LookupError, EOFError, TypeError, AttributeError, ArithmeticError, RuntimeError,
    AssertionError, struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
_LENGTH = re.compile(r"\s*\+?(\d{1,7}(?:\.\d{1,20})?)(?:px)?\s*")
_VIEW_BOX = re.compile(r"[\s,]+")


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a raster image."""
    return _MAGIC.match(data) is not None


def look(data: bytes) -> Picture:
    """A raster image, decoded wholly. Whatever is wrong with it is its `problem`; raises MemoryError at most."""
    if not data:
        return Picture(format=None, problem="empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about metadata, which nobody sees
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _opened(data)
        except UnidentifiedImageError:
            return Picture(format=None, problem="no image of a known format")
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
            return Picture(format=None, problem=_said(bomb), too_large=True)
        except _FAULTS as fault:
            return Picture(format=None, problem=_said(fault))


def _said(fault: BaseException) -> str:
    return line_of(str(fault)) or type(fault).__name__


def _opened(data: bytes) -> Picture:
    with Image.open(BytesIO(data), formats=_FORMATS) as image:
        frames, (width, height) = 0, image.size
        too_large = width * height > MOST_PIXELS
        problem = f"{width} x {height} pixels are too many" if too_large else _problem_of_file(image.format, data)
        if problem is None:
            try:
                frames, problem = _decode(image)
            except _TooManyPixelsError as error:
                problem, too_large = str(error), True
        return Picture(
            format=image.format, width=width, height=height, frames=frames, problem=problem, too_large=too_large
        )


class _TooManyPixelsError(Exception):
    """All frames together have more than are decoded."""


def _problem_of_file(name: str | None, data: bytes) -> str | None:
    """What decoding does not notice: the checksums of a PNG, the end of a GIF."""
    try:
        if name == "PNG":
            with Image.open(BytesIO(data), formats=("PNG",)) as image:
                image.verify()
        elif name == "GIF" and not _gif_ends(data):
            return "image file is truncated"
    except _FAULTS as fault:
        return _said(fault)
    return None


def _decode(image: ImageFile.ImageFile) -> tuple[int, str | None]:
    """How many frames decode, and what is wrong with the first that does not. Raises _TooManyPixelsError."""
    frames = pixels = 0
    try:
        for frame in _frames(image):
            width, height = frame.size
            pixels += width * height
            if width * height > MOST_PIXELS or pixels > MOST_PIXELS_DECODED:
                raise _TooManyPixelsError(f"{pixels} pixels in {frames + 1} frames are too many")
            frame.load()
            frames += 1
    except _FAULTS as fault:
        return frames, _said(fault)
    return frames, None


def _frames(image: ImageFile.ImageFile) -> Iterator[Image.Image]:
    if isinstance(image, IcoImagePlugin.IcoImageFile):
        for size in sorted(image.info["sizes"]):
            image.size = size
            yield image
        return
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        yield image


def _gif_ends(data: bytes) -> bool:
    """Whether the blocks of a GIF go on up to its trailer (GIF89a, section 27). What follows it matters to nobody."""
    at = 13 + _colours(data[10])
    while at < len(data):
        match data[at]:
            case 0x3B:
                return True
            case 0x21:
                at = _behind_blocks(data, at + 2)
            case 0x2C:
                flags = data[at + 9] if at + 9 < len(data) else 0
                at = _behind_blocks(data, at + 11 + _colours(flags))
            case _:
                return True  # rubbish between blocks ends the image, for browsers too
    return False


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def look_at_svg(root: etree._Element | None, problem: str | None) -> Picture:
    """An SVG image by its root element: the size its attributes give, else that of its view box."""
    if root is None or etree.QName(root).localname.lower() != "svg":
        return Picture(format="SVG", problem=problem or "no svg element")
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = [_length(part) for part in _VIEW_BOX.split(root.get("viewBox", "").strip()[:200])]
    if len(box) == 4:
        width, height = width or box[2], height or box[3]
    return Picture(format="SVG", width=width, height=height, frames=0 if problem else 1, problem=problem)


def _length(text: str | None) -> int | None:
    found = _LENGTH.fullmatch((text or "")[:40])
    return round(float(found[1])) if found else None
