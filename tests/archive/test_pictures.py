"""Whether an image is an image: each format whole, cut, damaged, too large."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from archive.model import Role
from archive.needs import read
from archive.pictures import is_picture, look
from archive.requisites import Kind, Picture

URL = "http://site.test/x"
NOISE = Image.effect_noise((48, 32), 60).convert("RGB")
FRAMES = [NOISE.rotate(90 * n) for n in range(1, 3)]
FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("PNG", {"save_all": True, "append_images": FRAMES}),
    ("GIF", {}),
    ("GIF", {"save_all": True, "append_images": FRAMES}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"save_all": True, "append_images": FRAMES}),
    ("AVIF", {}),
    ("BMP", {}),
    ("ICO", {"sizes": [(16, 16), (32, 32)], "bitmap_format": "bmp"}),
]
TRACKER = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def saved(name: str, options: dict[str, Any]) -> bytes:
    """A small noisy image in a format."""
    file = BytesIO()
    NOISE.save(file, name, **options)
    return file.getvalue()


def pixels(data: bytes) -> list[bytes]:
    """What is shown of an image."""
    with Image.open(BytesIO(data)) as image:
        shown = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            shown.append(image.convert("RGBA").tobytes())
        return shown


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_a_whole_image_decodes(name: str, options: dict[str, Any]) -> None:
    """Its format, its size, all its frames, and no problem; whatever its header says it is."""
    reading = read(saved(name, options), url=URL, content_type="text/html", role=Role.IMAGE)
    assert reading.kind is Kind.IMAGE
    picture = reading.picture
    assert picture is not None
    assert (picture.format, picture.problem) == (name, None)
    assert (picture.width, picture.height) == ((48, 32) if name != "ICO" else (picture.width, picture.height))
    assert picture.frames == (3 if "save_all" in options else 2 if name == "ICO" else 1)


@pytest.mark.parametrize(("name", "options"), [form for form in FORMATS if form[0] != "ICO"])
def test_an_image_cut_anywhere_shows_a_problem_or_all_of_itself(name: str, options: dict[str, Any]) -> None:
    """No cut goes unnoticed, but one behind the last pixel: a checksum of nothing, say."""
    data = saved(name, options)
    whole = pixels(data)
    cuts = {*range(0, len(data), max(len(data) // 60, 1)), *range(len(data) - 20, len(data))}
    unnoticed = [cut for cut in sorted(cuts) if look(data[:cut]).problem is None]
    assert all(pixels(data[:cut]) == whole for cut in unnoticed)
    assert len(unnoticed) <= 4


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_no_damage_makes_the_reader_raise(name: str, options: dict[str, Any]) -> None:
    """Flipped bytes end as a problem, or as an image that decodes nevertheless."""
    chance = random.Random(name)
    data = saved(name, options)
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 4, 30))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        assert isinstance(look(bytes(damaged)), Picture)


def test_a_flipped_byte_in_a_png_is_noticed() -> None:
    """Its checksums say so where its pixels do not."""
    data = bytearray(saved("PNG", {}))
    data[len(data) // 2] ^= 1
    assert look(bytes(data)).problem


def png_of(width: int, height: int) -> bytes:
    """A PNG of zeros, made without its pixels ever being in memory."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + width // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A small file of a great many pixels is a problem, and not memory; nor is it said to be no image."""
    for width, height in ((40_000, 6_000), (20_000, 5_000), (9_000, 9_000)):
        bomb = png_of(width, height)
        assert len(bomb) < 100_000
        picture = look(bomb)
        assert picture.problem is not None
        assert (picture.frames, picture.too_large) == (0, True)
    fine = look(png_of(400, 60))
    assert (fine.problem, fine.too_large) == (None, False)
    assert not look(saved("PNG", {})[:200]).too_large


def test_a_tracking_pixel_is_an_image_and_its_size_says_what_it_is() -> None:
    """One by one pixel decodes; the caller may think of it what he likes."""
    assert look(TRACKER) == Picture(format="GIF", width=1, height=1, frames=1)


@pytest.mark.parametrize(
    ("data", "content_type", "problem"),
    [
        (b"", "image/jpeg", "empty"),
        (b"<!DOCTYPE html><html><p>Not found</p></html>", "image/jpeg", "page"),
        (b"Not found", "image/png", "no image"),
        (b"\xff\xd8\xff\xe0nothing", "image/jpeg", ""),
        (b"GIF89a", None, ""),
        (b"II*\0" + bytes(60), "image/tiff", "no image"),
    ],
)
def test_what_is_no_image_says_why(data: bytes, content_type: str | None, problem: str) -> None:
    """An answer in place of a cover image never counts as one."""
    picture = read(data, url=URL, content_type=content_type, role=Role.IMAGE).picture
    assert picture is not None
    assert problem in (picture.problem or "no problem at all")
    assert picture.problem is not None
    assert picture.problem.isprintable()


@pytest.mark.parametrize("cut", [True, False])
def test_an_image_beyond_the_limit_is_not_whole(cut: bool) -> None:
    """What was cut before it came to us is no image that decodes."""
    picture = read(saved("BMP", {}), url=URL, content_type="image/bmp", cut=cut).picture
    assert picture is not None
    assert (picture.problem is not None) is cut


@pytest.mark.parametrize(
    ("svg", "size", "whole"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20px"/>', (10, 20), True),
        ('<?xml version="1.0"?><!-- x --><svg viewBox="0 0 30.4 40"/>', (30, 40), True),
        ('<svg width="100%" height="1e9"/>', (None, None), True),
        ('<!DOCTYPE svg [<!ENTITY ns "http://x.test/">]><svg xmlns:x="&ns;" width="1" height="2"/>', (1, 2), True),
        ('<svg width="10" height="20"><g></svg>', (10, 20), False),
        ('<svg width="10" height="20">', (10, 20), False),
    ],
)  # fmt: skip
def test_an_svg_is_an_image_if_it_is_well_formed(svg: str, size: tuple[int | None, int | None], whole: bool) -> None:
    """Browsers show nothing of an SVG file with a fault in its XML."""
    reading = read(svg.encode(), url=URL, content_type="image/svg+xml")
    assert reading.kind is Kind.SVG
    assert reading.picture is not None
    assert (reading.picture.width, reading.picture.height) == size
    assert (reading.picture.problem is None) is whole


def test_rasters_are_known_by_their_first_bytes() -> None:
    """Every format that decodes is also found without a header, and text is none."""
    assert all(is_picture(saved(name, options)) for name, options in FORMATS)
    assert not any(map(is_picture, (b"", b"BM is a word", b"<svg>", b"GIF", b"body{}", b"{}")))
