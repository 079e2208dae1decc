"""Content codings: exact where they are whole, bounded always."""

from __future__ import annotations

import gzip
import io
import time
import zlib
from collections.abc import Callable
from functools import cache, partial

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.coding import Decoded, UnsupportedCodingError, decode_body

LIMIT = 1 << 20
BODY = b"<p>The bridge will be repaired.</p>" * 400


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=5),
    "identity": bytes,
}


def decode(data: bytes, encoding: str | None, limit: int = LIMIT) -> Decoded:
    return decode_body(io.BytesIO(data), encoding, limit=limit)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000), st.lists(st.sampled_from(sorted(CODERS)), max_size=3))
def test_round_trip_through_any_stack_of_codings(data: bytes, names: list[str]) -> None:
    """Codings come off in the reverse of the order in which they were applied."""
    coded = data
    for name in names:
        coded = CODERS[name](coded)
    assert decode(coded, ", ".join(names)) == Decoded(data=data, cut=False)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (raw_deflate(BODY), "deflate"),
        (gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]), "GZIP"),
        (gzip.compress(BODY) + b"trailing bytes", "x-gzip"),
        (BODY, "gzip"),
        (BODY, None),
        (BODY, " , identity"),
    ],
)
def test_what_servers_send_under_these_names(data: bytes, encoding: str | None) -> None:
    """Bare deflate, several members, bytes after the end, and no coding at all under the name of one."""
    assert decode(data, encoding) == Decoded(data=BODY, cut=False)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_a_body_cut_short_gives_its_beginning(name: str) -> None:
    """The readable part is returned, and said to be a part."""
    noise = bytes(i * i % 251 for i in range(100_000))
    decoded = decode(CODERS[name](noise)[:-9], name)
    assert decoded.cut
    assert noise.startswith(decoded.data)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_a_bomb_stops_at_the_limit(name: str, layers: int) -> None:
    """What unfolds to a thousand times its size, once or thrice, costs no more than the limit."""
    bomb = _bomb(name)
    for _ in range(layers - 1):
        bomb = CODERS[name](bomb)
    started = time.monotonic()
    decoded = decode(bomb, ",".join([name] * layers))
    assert decoded == Decoded(data=bytes(LIMIT), cut=True)
    assert time.monotonic() - started < 2


@cache
def _bomb(name: str) -> bytes:
    return CODERS[name](bytes(1 << 25))


@pytest.mark.parametrize("encoding", ["zstd", "compress", "aes128gcm", "gzip, zstd", ",".join(["gzip"] * 9)])
def test_other_codings_are_refused_by_name(encoding: str) -> None:
    """What cannot be taken off is said, not guessed."""
    with pytest.raises(UnsupportedCodingError, match="coding"):
        decode(BODY, encoding)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "deflate, gzip"]))
def test_damage_is_never_an_error(data: bytes, encoding: str) -> None:
    """Any bytes give some bytes, within the limit."""
    assert len(decode(b"\x1f\x8b\x08" + data, encoding, limit=100).data) <= 100
    assert len(decode(data, encoding, limit=100).data) <= 100


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (gzip.compress(b"") * 400_000, "gzip"),
        (gzip.compress(b"x") * 400_000, "gzip"),
        (gzip.compress(gzip.compress(b"") * 2_000_000), "gzip, gzip"),
        (gzip.compress(gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * 20_000_000), "gzip, gzip"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\0\0\0\xff\xff" * 3_000_000, "gzip"),
    ],
    ids=["empty members", "members of a letter", "empty members within", "empty blocks within", "empty blocks"],
)
def test_what_inflates_to_nothing_costs_nothing(data: bytes, encoding: str) -> None:
    """Members and blocks that give no byte never meet the limit: their number is bounded, and so is the stack."""
    began = time.process_time()
    decoded = decode(data, encoding)
    assert time.process_time() - began < 0.5
    assert decoded.cut
    assert len(decoded.data) <= 10_000
