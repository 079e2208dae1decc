"""The file name of an event's document (pure).

Ours alone: a path from the web names nothing on disk. What a name cannot hold becomes "-", and a name that lost
something, or that another event has, carries eight hex digits of its path, so no two events share one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date

LONGEST = 150  # bytes of UTF-8; file systems take 255, and temporary names need a few more
_ENDINGS = (".md", ".html", ".htm", ".json", ".xml")
_UNSAFE = re.compile(r'[\\/:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
# Controls, formats (bidi overrides among them), surrogates, private and unassigned; line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def document_name(path: str, day: date | None, *, marked: bool = False) -> str:
    """`YYYY/MM/DD/<slug>.json` for the event at the site path `path`; `undated/...` without a day.

    With `marked`, the digits are appended whatever the slug: for a name that another event has.
    """
    written = _slug(path)
    slug = _cut(_safe(written), LONGEST)
    if marked or slug != written:
        slug = f"{_cut(slug, LONGEST - 9)}-{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    folder = "undated" if day is None else f"{day:%Y/%m/%d}" if day.year > 999 else f"{day.year:04}/{day:%m/%d}"
    return f"{folder}/{slug}.json"


def fold(name: str) -> str:
    """What a file system that is blind to case takes `name` for."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _slug(path: str) -> str:
    last = path.rsplit("/", 1)[-1]
    return next((last[: -len(ending)] for ending in _ENDINGS if last.endswith(ending)), last)


def _safe(slug: str) -> str:
    slug = unicodedata.normalize("NFC", _UNSAFE.sub("-", "".join(map(_visible, slug))))
    slug = slug.strip(" ").rstrip(".").rstrip(" ")
    if slug.startswith("."):
        slug = "-" + slug[1:]
    return "event" if not slug or _RESERVED.fullmatch(slug) else slug


def _visible(character: str) -> str:
    return "-" if unicodedata.category(character) in _UNSEEN else character


def _cut(slug: str, size: int) -> str:
    """`slug` in at most `size` bytes of UTF-8, whole characters only, with no blank or dot left at the end."""
    raw = slug.encode()
    return slug if len(raw) <= size else raw[:size].decode(errors="ignore").rstrip(" .")
