"""What a payload without a type, or with one that cannot be, is by its first bytes (pure).

As browsers do (WHATWG MIME Sniffing), for pages and pictures alone: old servers often said nothing, or `text/plain`.
"""

from __future__ import annotations

import re

ENOUGH = 1024  # bytes

_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<!--.{0,800}?-->)*"
    rb"<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBPVP", re.DOTALL), "image/webp"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"BM.{4}\0{4}", re.DOTALL), "image/bmp"),
    (re.compile(rb"\x00\x00\x01\x00"), "image/x-icon"),
)


def is_page(start: bytes) -> bool:
    """Whether it begins as HTML does."""
    return _PAGE.match(start) is not None


def picture_type(start: bytes) -> str | None:
    """The type of a picture; None for anything else."""
    return next((kind for begins, kind in _PICTURES if begins.match(start)), None)
