"""The WARC files that index and documents name: with the catalogue gone, they alone tell that one is missing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from archive import cdxj
from archive.collection import Collection
from archive.losses import read_losses
from archive.warc_files import OPEN, is_warc_name

_NAMED = re.compile(rb'"(?:filename|warc)": "([A-Za-z0-9._-]{1,255})"')  # within a JSON string, quotes are escaped
_PIECE = 1 << 20  # bytes of a line; ours are far shorter


def absent_warcs(collection: Collection) -> tuple[str, ...]:
    """The files that are named and not there, sorted, without those whose loss is on record.

    Raises UsageError where losses.json is no file of ours.
    """
    accepted = read_losses(collection.root).warcs
    named = {name for path in _papers(collection) for name in _names_in(path)}
    return tuple(
        sorted(
            name
            for name in named - accepted.keys()
            if is_warc_name(name) and not any(os.path.lexists(collection.warcs / each) for each in (name, name + OPEN))
        )
    )


def _papers(collection: Collection) -> Iterator[Path]:
    """Index and documents."""
    found = [collection.indexes / cdxj.INDEX]
    if not collection.events.is_symlink():
        found += collection.events.rglob("*.json")
    return (path for path in found if path.is_file() and not path.is_symlink())


def _names_in(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while line := file.readline(_PIECE):
            yield from (found.decode("ascii") for found in _NAMED.findall(line))
