"""The WARC files that index and documents name: with the catalogue gone, they alone tell that one is missing.

Files and folders are given by their paths, for the collection itself asks here whether its catalogue may be a new one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from archive.losses import read_losses
from archive.warc_files import OPEN, is_warc_name

_NAMED = re.compile(rb'"(?:filename|warc)": "([A-Za-z0-9._-]{1,255})"')  # within a JSON string, quotes are escaped
_PIECE = 1 << 20  # bytes of a line; ours are far shorter


def named_warcs(index: Path, events: Path) -> Iterator[str]:
    """The names that index and documents have, each as often as it stands there."""
    return (name for path in _papers(index, events) for name in _names_in(path) if is_warc_name(name))


def absent_warcs(root: Path, *, warcs: Path, index: Path, events: Path) -> tuple[str, ...]:
    """The files that are named and not there, sorted, without those whose loss is on record.

    Raises UsageError where losses.json is no file of ours.
    """
    named = set(named_warcs(index, events)) - read_losses(root).warcs.keys()
    return tuple(
        sorted(name for name in named if not any(os.path.lexists(warcs / each) for each in (name, name + OPEN)))
    )


def _papers(index: Path, events: Path) -> Iterator[Path]:
    """Index and documents."""
    found = [index]
    if not events.is_symlink():
        found += events.rglob("*.json")
    return (path for path in found if path.is_file() and not path.is_symlink())


def _names_in(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while line := file.readline(_PIECE):
            yield from (found.decode("ascii") for found in _NAMED.findall(line))
