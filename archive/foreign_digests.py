"""Labelled digests as others write them (section 5.8 of WARC/1.1): hex or base32 or base64, padded or not (pure)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping

_ALGORITHMS = ("sha1", "sha256", "md5")
_OF_NOTHING = "sha1:3i42h3s6nnfq2msvx7xzkyayscx5qbyj"


def digests_of(pieces: Iterable[bytes]) -> dict[str, bytes]:
    """The digests of the bytes, by the name of the algorithm."""
    found = {name: hashlib.new(name, usedforsecurity=False) for name in _ALGORITHMS}
    for piece in pieces:
        for digest in found.values():
            digest.update(piece)
    return {name: digest.digest() for name, digest in found.items()}


def agrees(given: str, digests: Mapping[str, bytes]) -> bool:
    """Whether a labelled digest is one of `digests`; of an algorithm we do not know, and of none at all, yes."""
    label, _, value = given.partition(":")
    found = digests.get(label.lower().replace("-", ""))
    if found is None:
        return True
    spellings = {found.hex(), base64.b32encode(found).decode().lower().rstrip("="), _base64(found)}
    return value.lower().rstrip("=") in spellings


def is_of_nothing(kind: str, block_digest: str) -> bool:
    """Whether a record is a revisit that claims the SHA-1 of no bytes for its block.

    GNU Wget writes that for every revisit of --warc-dedup, whatever headers the block holds. It says nothing of them,
    so it is not held against the record.
    """
    return kind == "revisit" and block_digest.lower() == _OF_NOTHING


def _base64(digest: bytes) -> str:
    return binascii.b2a_base64(digest, newline=False).decode().lower().rstrip("=")
