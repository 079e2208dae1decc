"""Gzip members: made, walked, told from damage; with and without isal."""

from __future__ import annotations

import gzip
import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.gzip_members import MemberReader, TornMember, compressor, is_packed


def member(data: bytes, *, packed: bool = False) -> bytes:
    """One member."""
    making = compressor(packed=packed)
    return making.compress(data) + making.flush()


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4), st.booleans())
def test_members_one_after_the_other(contents: list[bytes], packed: bool) -> None:
    """Each member is read alone, and says how long it is; gzip reads them all."""
    file = BytesIO(b"".join(member(content, packed=packed) for content in contents))
    assert gzip.decompress(file.getvalue()) == b"".join(contents)
    offset = 0
    for content in contents:
        reader = MemberReader(file, offset)
        assert b"".join(reader) == content
        offset += reader.length
    assert offset == len(file.getvalue())


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=50))
def test_what_lies_behind_does_not_matter(content: bytes, behind: bytes) -> None:
    """A member ends where it ends, whatever follows."""
    data = member(content)
    reader = MemberReader(BytesIO(data + behind), 0)
    assert b"".join(reader) == content
    assert reader.length == len(data)


def test_pieces_are_bounded() -> None:
    """A bomb comes in pieces of 64 kB."""
    assert max(map(len, MemberReader(BytesIO(member(bytes(50_000_000))), 0))) <= 1 << 16


@pytest.mark.parametrize("packed", [False, True])
def test_every_cut_is_found(packed: bool) -> None:
    """No part of a member passes for a whole one."""
    data = member(b"hello world " * 30, packed=packed)
    for size in range(len(data)):
        with pytest.raises(TornMember):
            list(MemberReader(BytesIO(data[:size]), 0))


@pytest.mark.parametrize("at", [-1, -5])
def test_wrong_checks(at: int) -> None:
    """A wrong length or CRC is damage."""
    data = bytearray(member(b"hello"))
    data[at] ^= 1
    with pytest.raises(TornMember):
        list(MemberReader(BytesIO(data), 0))


@pytest.mark.parametrize(
    ("content_type", "start", "packed"),
    [
        ("image/png", b"", True),
        ("IMAGE/JPEG", b"", True),
        ("image/svg+xml", b"", False),
        ("text/html", b"", False),
        ("application/zip", b"", True),
        ("application/http; msgtype=response", b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", True),
        ("application/http; msgtype=response", b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n", True),
        ("application/http; msgtype=response", b"HTTP/1.1 200 OK\r\nX-Content-Type: video/mp4\r\n\r\n", False),
        ("application/http; msgtype=response", b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\n", False),
        ("application/http; msgtype=response", b"", False),
    ],
)
def test_what_is_packed_already(content_type: str, start: bytes, packed: bool) -> None:
    """The type, or what the answer's head says of it, decides; small blocks are always compressed."""
    assert is_packed(content_type, start, 100_000) is packed
    assert not is_packed(content_type, start, 100)


_WITHOUT_ISAL = """
import sys
sys.modules["isal"] = None
from io import BytesIO
from archive.gzip_members import MemberReader, TornMember, compressor
making = compressor()
data = making.compress(b"hello " * 1000) + making.flush()
assert b"".join(MemberReader(BytesIO(data), 0)) == b"hello " * 1000
for broken in (data[:-1], data[:-1] + b"x", b"x" + data[1:], data[:20] + b"xxxx" + data[24:]):
    try:
        list(MemberReader(BytesIO(broken), 0))
    except TornMember:
        continue
    raise SystemExit("not found")
"""


def test_without_isal() -> None:
    """Where the [fast] extra is not installed zlib does the same."""
    assert subprocess.run([sys.executable, "-c", _WITHOUT_ISAL], check=False).returncode == 0
