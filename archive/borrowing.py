"""Copies that a collection holds of some links, taken out of its WARCs into a file of their own, to be compared with.

The collection is only read. Records are copied as they are, member by member: what is to become of them (whether they
are sound) is for whoever imports the file to find out.
"""

from __future__ import annotations

import os
from collections.abc import Collection as AnyOf
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.baselines import MOST_COPIES, is_copy
from archive.capture_rows import CAPTURE_COLUMNS, capture_from, captures_by_record
from archive.link_rows import MAX_REDIRECTS, chunks, fetchable
from archive.model import Capture, CitationKind, RecordKind
from archive.schema import WarcState, captures, citations, links, warcs

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """What was copied."""

    records: int
    unreadable: tuple[str, ...] = ()  # WARC files that are missing or cannot be read, by name


def borrow(connection: sa.Connection, folder: Path, urls: AnyOf[str], target: BinaryIO) -> Borrowed:
    """Copy what the WARCs in `folder` hold of these links (canonical) to `target`: good answers, and the redirects that
    led to them.
    """
    wanted = {each.record_id: each for each in _wanted(connection, urls)}
    originals = {each.refers_to for each in wanted.values() if each.refers_to}
    wanted |= captures_by_record(connection, originals - wanted.keys())
    unreadable: set[str] = set()
    records = 0
    for capture in sorted(wanted.values(), key=lambda each: (each.where.warc, each.where.offset)):
        try:
            _copy(folder, capture, target)
            records += 1
        except OSError:
            unreadable.add(capture.where.warc)
    return Borrowed(records=records, unreadable=tuple(sorted(unreadable)))


def covers_among(connection: sa.Connection, urls: AnyOf[str]) -> set[str]:
    """Those of `urls` (canonical) that events have for their picture."""
    found: set[str] = set()
    for some in chunks(sorted(urls)):
        found.update(connection.execute(_covers, {"b_urls": some}).scalars())
    return found


def _wanted(connection: sa.Connection, urls: Iterable[str]) -> Iterator[Capture]:
    seen: set[str] = set()
    going = set(urls)
    for _ in range(MAX_REDIRECTS + 1):
        seen |= going
        found = list(_held(connection, sorted(going)))
        yield from found
        going = {target for each in found if (target := _target(each)) is not None} - seen
        if not going:
            return


def _held(connection: sa.Connection, urls: list[str]) -> Iterator[Capture]:
    """Of each URL its oldest good copies, and its redirects."""
    for some in chunks(urls):
        copies: dict[str, int] = {}
        for row in connection.execute(_captures, {"b_urls": some}):
            capture = capture_from(row)
            copies[capture.url] = copies.get(capture.url, 0) + 1
            if copies[capture.url] <= MOST_COPIES:
                yield capture


def _target(capture: Capture) -> str | None:
    if capture.location is None or capture.status is None or not 300 <= capture.status <= 399:
        return None
    try:
        return fetchable(urljoin(capture.url, capture.location.strip()))
    except ValueError:
        return None


def _copy(folder: Path, capture: Capture, target: BinaryIO) -> None:
    """Raises OSError where the file is missing, a link, or shorter than the catalogue says."""
    where = capture.where
    with os.fdopen(os.open(folder / where.warc, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        if file.seek(0, os.SEEK_END) < where.offset + where.length:
            raise OSError(f"{where.warc} is cut off")
        file.seek(where.offset)
        left = where.length
        while left > 0:
            piece = file.read(min(_PIECE, left))
            target.write(piece)
            left -= len(piece)


_covers = (
    sa.select(links.c.url)
    .join_from(links, citations, citations.c.link_id == links.c.id)
    .where(links.c.url.in_(bindparam("b_urls", expanding=True)), citations.c.kind == CitationKind.COVER_IMAGE)
    .distinct()
)
_captures = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(
        captures.c.url.in_(bindparam("b_urls", expanding=True)),
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        captures.c.status.between(200, 399),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        warcs.c.state != WarcState.MISSING,
        is_copy(),
    )
    .order_by(captures.c.url, captures.c.at)
)
