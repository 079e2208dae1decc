"""Pictures and PDFs for the bed, made from a seed (pure)."""

from __future__ import annotations

import io
import random
import textwrap
import zlib
from functools import cache

from PIL import Image, ImageDraw


@cache
def picture(seed: str, kind: str = "JPEG", *, width: int = 640, height: int = 400, quality: int = 88) -> bytes:
    """A picture of shapes: the same for the same seed in every kind, quality and size."""
    draws = random.Random(seed)
    image = Image.new("RGB", (640, 400), tuple(draws.randrange(40, 255) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, w, h = draws.randrange(560), draws.randrange(340), draws.randrange(30, 300), draws.randrange(30, 200)
        colour = tuple(draws.randrange(256) for _ in range(3))
        (pen.ellipse if draws.random() < 0.5 else pen.rectangle)((x, y, x + w, y + h), fill=colour)
    out = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).save(out, kind, quality=quality)
    return out.getvalue()


@cache
def pixel() -> bytes:
    """A GIF of one pixel."""
    out = io.BytesIO()
    Image.new("P", (1, 1)).save(out, "GIF")
    return out.getvalue()


def pdf(title: str, text: str, *, producer: str = "pdfTeX-1.40.15", packed: bool = True) -> bytes:
    """A PDF with this text; another producer makes other bytes of it."""
    lines = [line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, 90)]
    pages = [lines[start : start + 50] for start in range(0, len(lines), 50)]
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(_stream(page, packed=packed))
    objects.append(f"<< /Title ({_escaped(title)}) /Producer ({producer}) >>".encode("cp1252", "replace"))
    return _file(objects)


def _stream(lines: list[str], *, packed: bool) -> bytes:
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    data = f"BT /F1 11 Tf 14 TL 50 790 Td\n{shown}ET".encode("cp1252", "replace")
    if not packed:
        return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(data), data)
    data = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(data), data)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: list[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, each in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    where = len(out)
    count = len(objects)
    out += b"xref\n0 %d\n0000000000 65535 f \n%b" % (count + 1, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count + 1, count, where)
    return bytes(out)
