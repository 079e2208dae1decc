"""Small pictures of kept images: decoded and drawn anew, so that nothing of a stranger's bytes reaches a browser.

To be run in a worker (archive.workers): `thumbnail` may take all time and memory it is given.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from archive.coding import UnsupportedCodingError, decode_body
from archive.errors import SourcekeepError
from archive.model import Capture
from archive.payloads import payload_of
from archive.pictures import MOST_PIXELS, is_picture

MIME = "image/jpeg"
SIZE = (480, 360)
MOST_BYTES = 32 << 20  # of an image that is drawn
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "ICO")
_PAPER = (255, 255, 255)


def thumbnail_of(folder: Path, capture: Capture) -> bytes | None:
    """A JPEG of the image that a capture holds; None where it is none, or cannot be read. Called in a worker."""
    try:
        payload = payload_of(folder, capture)
        with payload.body:
            data = decode_body(payload.body, payload.content_encoding, limit=MOST_BYTES).data
    except (UnsupportedCodingError, SourcekeepError, OSError):
        return None
    return thumbnail(data)


def thumbnail(data: bytes) -> bytes | None:
    """A JPEG of the first frame of an image, of at most SIZE; None where there is none to see (pure).

    Whatever else is wrong with the data raises, as MemoryError may: a worker's failure tells the same.
    """
    if not is_picture(data):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            if image.size[0] * image.size[1] > MOST_PIXELS:
                return None
            image.draft("RGB", (2 * SIZE[0], 2 * SIZE[1]))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail(SIZE)
    paper = Image.new("RGB", upright.size, _PAPER)
    paper.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    paper.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()
