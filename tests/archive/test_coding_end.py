"""Whether a coded payload reaches its own end."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.coding_end import MOST, CodedPayload, CodingEnd

WHOLE, CUT, BROKEN, OTHER, UNSEEN = CodingEnd
TEXT = " ".join(str(number) for number in random.Random(1).choices(range(10**6), k=3000)).encode()
GZIP = gzip.compress(TEXT, mtime=0)
ZLIB = zlib.compress(TEXT)
PNG = b"\x89PNG\r\n\x1a\n" + random.Random(2).randbytes(500)


def bare(data: bytes) -> bytes:
    """A deflate stream without header and trailer."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def end_of(name: str, payload: bytes, step: int = 1 << 16) -> tuple[CodingEnd, str]:
    """What becomes of a payload that comes in pieces of this size."""
    coded = CodedPayload(name)
    for at in range(0, len(payload), step):
        coded.feed(payload[at : at + step])
    return coded.finish(), coded.flaw


ENDS: dict[str, tuple[str, bytes, CodingEnd]] = {
    "gzip": ("gzip", GZIP, WHOLE),
    "gzip of nothing": ("gzip", gzip.compress(b""), WHOLE),
    "several members": ("gzip", GZIP * 3, WHOLE),
    "garbage behind it": ("gzip", GZIP + b"\0\0\0garbage", WHOLE),
    "no byte at all": ("gzip", b"", WHOLE),
    "without its last byte": ("gzip", GZIP[:-1], CUT),
    "without its trailer": ("gzip", GZIP[:-8], CUT),
    "half of it": ("gzip", GZIP[: len(GZIP) // 2], CUT),
    "its header": ("gzip", GZIP[:10], CUT),
    "its first byte": ("gzip", GZIP[:1], CUT),
    "half a second member": ("gzip", GZIP + GZIP[:-9], CUT),
    "another checksum": ("gzip", GZIP[:-8] + b"\0" * 8, BROKEN),
    "a wrong block type": ("gzip", GZIP[:10] + b"\xff" * 50, BROKEN),
    "a page": ("gzip", b"<html>" + TEXT, OTHER),
    "a picture": ("gzip", PNG, OTHER),
    "zlib": ("deflate", ZLIB, WHOLE),
    "bare": ("deflate", bare(TEXT), WHOLE),
    "bare and short": ("deflate", bare(b"hi"), WHOLE),
    "bare, garbage behind it": ("deflate", bare(TEXT) + b"garbage", WHOLE),
    "gzip called deflate": ("deflate", GZIP, WHOLE),
    "zlib cut": ("deflate", ZLIB[:-1], CUT),
    "bare cut": ("deflate", bare(TEXT)[:-1], CUT),
    "zlib with another checksum": ("deflate", ZLIB[:-4] + b"\0" * 4, BROKEN),
    "a page called deflate": ("deflate", b"<html>" + TEXT, OTHER),
    "JSON called deflate": ("deflate", b'{"a": 1}' * 9, OTHER),
    "a line end first": ("deflate", b"\r\n\r\n" + TEXT, OTHER),
    "a picture called deflate": ("deflate", PNG, OTHER),
}


@pytest.mark.parametrize("step", [1, 7, 1 << 16])
@pytest.mark.parametrize("case", ENDS)
def test_ends(case: str, step: int) -> None:
    """The same in pieces of any size; what is not whole says why."""
    name, payload, end = ENDS[case]
    found, flaw = end_of(name, payload, step)
    assert found is end
    assert bool(flaw) == (end in (CUT, BROKEN))
    assert flaw.startswith(f"{name} " if flaw else "")


@given(st.binary(max_size=400), st.data())
def test_every_cut_of_a_gzip_is_noticed(content: bytes, data: st.DataObject) -> None:
    """Wherever it is cut, down to its first byte."""
    packed = gzip.compress(content)
    at = data.draw(st.integers(1, len(packed) - 1))
    assert end_of("gzip", packed[:at])[0] is CUT
    assert end_of("gzip", packed)[0] is WHOLE


@given(st.sampled_from(["gzip", "deflate"]), st.binary(), st.integers(1, 50))
def test_no_bytes_are_too_much_for_it(name: str, payload: bytes, step: int) -> None:
    """Any payload has an end, and the same one again when asked twice."""
    coded = CodedPayload(name)
    for at in range(0, len(payload), step):
        coded.feed(payload[at : at + step])
    assert coded.finish() is coded.finish()


def test_a_bomb_is_not_looked_at_to_its_end() -> None:
    """Beyond the limit of output, or of members, nobody looks; what came before the limit was looked at."""
    bomb = gzip.compress(bytes(2 * MOST), 1)
    assert end_of("gzip", bomb) == (UNSEEN, "")
    assert end_of("gzip", bomb[:1000])[0] is CUT
    assert end_of("gzip", gzip.compress(b"") * 5000) == (UNSEEN, "")


@pytest.mark.parametrize(
    ("codings", "name"),
    [
        ([], None), (["gzip"], "gzip"), (["x-gzip"], "gzip"), (["deflate"], "deflate"), (["br"], None),
        (["br", "gzip"], "gzip"), (["gzip", "br"], None), (["gzip", "gzip"], "gzip"), (["identity"], None),
    ],
)  # fmt: skip
def test_the_outermost_coding_is_the_one(codings: list[str], name: str | None) -> None:
    """The last one of the list was put on last."""
    coded = CodedPayload.of(codings)
    assert (coded.name if coded else None) == name
