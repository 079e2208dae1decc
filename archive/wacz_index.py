"""The index of a WACZ: CDXJ lines in gzip members of 3,000, and the list that says where each member lies.

After the WACZ specification's "ZipNum" layout: a reader looks up the last line of `index.idx` that is not behind the
key, and reads that one member of `index.cdx.gz`. The lines come sorted and go through one block at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from archive.gzip_members import compressor

NAME = "index.cdx.gz"
LINES = 3000  # of a block
META = b"!meta 0 " + json.dumps({"format": "cdxj-gzip-1.0", "filename": NAME}).encode("ascii") + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some lines: as they are written, and the line of `index.idx` that leads to them."""

    packed: bytes
    guide: bytes


def blocks(lines: Iterable[bytes], *, size: int = LINES) -> Iterator[Block]:
    """The blocks of sorted lines, each of which ends with a newline (pure)."""
    rest, offset = iter(lines), 0
    while some := list(islice(rest, size)):
        block = _block(some, offset)
        offset += len(block.packed)
        yield block


def _block(lines: list[bytes], offset: int) -> Block:
    member = compressor()
    packed = member.compress(b"".join(lines)) + member.flush()
    place = {
        "offset": offset,
        "length": len(packed),
        "digest": "sha256:" + hashlib.sha256(packed).hexdigest(),
        "filename": NAME,
    }
    key = lines[0].partition(b" {")[0]
    return Block(packed=packed, guide=key + b" " + json.dumps(place).encode("ascii") + b"\n")
