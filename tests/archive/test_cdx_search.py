"""Parts of an index found on the disk, and their pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.cdx_search import opened

_KEYS = st.lists(st.text("abc,)/", min_size=1, max_size=6), min_size=1, max_size=60)


@given(
    keys=_KEYS, padding=st.integers(0, 900), wanted=st.text("abc,)/", min_size=1, max_size=4), size=st.integers(1, 4000)
)
def test_parts_and_pages(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], padding: int, wanted: str, size: int
) -> None:
    """What lies between two keys is what reading the whole file would find, and its pages together are all of it."""
    lines = sorted({f"{key} {at} {'x' * padding}\n".encode() for at, key in enumerate(keys)})
    path = tmp_path_factory.getbasetemp() / "index.cdxj"
    path.write_bytes(b"".join(lines))
    start, end = wanted.encode(), wanted.encode() + b"~"
    with opened(path) as index:
        assert index is not None
        part = index.part(start, end)
        expected = [line for line in lines if start <= line < end]
        assert list(index.lines(part)) == expected
        pages = [index.page(part, number, size) for number in range(part.pages(size))]
        assert [line for page in pages for line in index.lines(page)] == expected


def test_no_index(tmp_path: Path) -> None:
    """A collection without an index yet has none."""
    with opened(tmp_path / "index.cdxj") as index:
        assert index is None
