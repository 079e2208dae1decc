"""HTTP messages in records: the end of the head, what it says, the payload in chunks."""

from __future__ import annotations

import io
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.http_message import Pieces, dechunked, head_length, parse_head


@pytest.mark.parametrize(
    ("message", "length"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nbody", 19),
        (b"HTTP/1.1 200 OK\n\nbody\n\n", 17),
        (b"HTTP/1.1 200 OK\r\nA: b\n\r\nbody", 24),
        (b"HTTP/1.1 200 OK\r\nA: b", 21),
        (b"", 0),
    ],
)
def test_where_the_head_ends(message: bytes, length: int) -> None:
    """Behind the first blank line, however lines end; a head that was cut off is all there is."""
    assert head_length(message) == length


def test_what_a_head_says() -> None:
    """Names in any case, folded values joined, Latin-1; lines without a colon are not headers."""
    head = parse_head(
        b"HTTP/1.0 404 Not Found\r\ncontent-TYPE : Text/HTML; charset=x\r\nLocation: /\xe9\r\n b\r\nnonsense\r\n c\r\n"
        b"Content-Type: text/plain\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked;q=1\r\n\r\n"
    )
    assert (head.status, head.mime, head.chunked) == (404, "text/html", True)
    assert head.get("location") == "/é b"
    assert head.items("transfer-encoding") == ["gzip", "chunked;q=1"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"ICY 200 OK\r\n\r\n", 200),
        (b"http/1.1 301\r\n\r\n", 301),
        (b"HTTP/1.1 2000\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\n\r\n", None),
        (b"", None),
    ],
)
def test_status(raw: bytes, status: int | None) -> None:
    """A status line, or none."""
    assert parse_head(raw).status == status


@pytest.mark.parametrize("value", ["", "html", "text/", "text/html/x", "text/<script>", "a" * 200 + "/b"])
def test_what_is_no_type(value: str) -> None:
    """A type that is none is not passed on."""
    assert parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n\r\n" % value.encode()).mime is None


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3 ;x\r\nabc\r\n 00002\nde\n0\n\n", b"abcde"),
        (b"3\r\nabc\r\n5\r\nde", b"abcde"),  # cut off
        (b"3\r\nabcd\r\n0\r\n\r\n", b"abc"),  # longer than announced
        (b"x\r\nabc\r\n", b""),
        (b"-1\r\nabc\r\n", b""),
        (b"F" * 40 + b"\r\nabc", b""),
        (b"", b""),
    ],
)
def test_dechunked(body: bytes, payload: bytes) -> None:
    """Chunks up to where the framing breaks."""
    assert b"".join(dechunked(BytesIO(body))) == payload


@given(st.binary())
def test_dechunked_never_raises(body: bytes) -> None:
    """Any bytes give some payload, no longer than they are."""
    assert len(b"".join(dechunked(BytesIO(body)))) <= len(body)


@given(st.lists(st.binary(max_size=20)), st.integers(1, 30))
def test_pieces_as_a_file(pieces: list[bytes], size: int) -> None:
    """Pieces of any size, empty ones too, read as one file."""
    with io.BufferedReader(Pieces(iter(pieces)), 8) as file:
        assert b"".join(iter(lambda: file.read(size), b"")) == b"".join(pieces)
