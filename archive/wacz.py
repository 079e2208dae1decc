"""WACZ 1.1.1: captures with all that replay needs, in one zip that replay tools read by range.

    archive/*.warc.gz           of each source WARC the wanted records, as they are
    indexes/index.cdx.gz, .idx  their CDXJ, in gzipped blocks
    pages/pages.jsonl           what a reader begins with: titles, texts, the events that cite it
    datapackage.json            every file with its sha256; datapackage-digest.json has that file's own, to be signed

Whatever the size, it goes through in pieces: records are copied by the places the catalogue has, and only the index and
the list of pages wait in unnamed files beside the target until they are put in.
"""

from __future__ import annotations

import json
import os
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive import cdxj
from archive.collection import Collection
from archive.errors import DamagedRecord, SourcekeepError
from archive.link_rows import chunks
from archive.model import RecordRef
from archive.schema import WarcState, captures, warcs
from archive.wacz_index import META, NAME, blocks
from archive.wacz_lines import IndexedPlaces, row_line
from archive.wacz_pages import header, page_line, page_time, pages_of, with_text
from archive.wacz_selection import Chosen, Selection, choose, ids_of
from archive.wacz_texts import find_texts, mains_of, text_at
from archive.wacz_warcs import End, Part, Source, Wanted, followers
from archive.wacz_zip import Package, new_file

VERSION = "1.1.1"
_MANY = 200  # captures of a WARC
_MOST_FOLLOWERS = 9  # of a record that somebody else wrote


class NothingKept(SourcekeepError):
    """What was asked for is known, but no record of it is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What a WACZ holds."""

    sha256: str  # of datapackage.json: what is to be signed
    length: int  # bytes of the file
    warcs: int
    captures: int
    pages: int
    texts: int
    lost: int  # captures of the selection that lie in WARCs that are missing
    problems: tuple[str, ...]  # records that could not be read and were left out


@dataclass(slots=True)
class _Work:
    """What is known so far."""

    collection: Collection
    chosen: Chosen
    is_all: bool
    ends: dict[str, End]  # of the WARCs that are there
    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out: set[int] = field(default_factory=set)  # captures that could not be read, by the catalogue's id

    def text_ends(self) -> list[tuple[str, End]]:
        """The WARCs that texts may be in, from the first that something was chosen of; those before it come last."""
        first = next(iter(self.chosen.places), "")
        ours = [(name, end) for name, end in self.ends.items() if end.is_ours]
        return sorted(ours, key=lambda each: (each[0] < first, each[0]))

    def ids(self) -> Iterator[list[int]]:
        """The captures that went in, in chunks."""
        for places in self.chosen.places.values():
            for some in chunks(places):
                yield [each for each in ids_of(some) if each not in self.left_out]

    def leave_out(self, capture_ids: Iterable[int], why: DamagedRecord) -> None:
        """Note captures that cannot go in."""
        self.problems.append(str(why))
        self.left_out.update(capture_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pages:
    count: int
    texts: int
    first: tuple[str, str] | None  # URL and time


def export(
    connection: sa.Connection,
    collection: Collection,
    selection: Selection,
    target: Path,
    *,
    now: datetime,
    software: str,
    chosen: Chosen | None = None,
) -> Exported:
    """Write a selection of a collection, whose catalogue `connection` reads, to `target` in place of what it held.

    `chosen` are the captures of the selection, or some of them, where somebody has looked them up already.
    Raises UsageError for an event or a link that is not known, NothingKept, StorageError.
    """
    chosen = choose(connection, selection) if chosen is None else chosen
    if not chosen.places:
        raise NothingKept(f"nothing is kept of {selection.title}" + (": its WARCs are missing" if chosen.lost else ""))
    work = _Work(collection=collection, chosen=chosen, is_all=selection.is_all, ends=_ends(connection))
    with new_file(target) as file, tempfile.TemporaryDirectory(dir=target.parent, prefix=".wacz-") as scratch:
        package = Package(file, now)
        index = Path(scratch) / "index.cdxj"
        cdxj.write_sorted(index, _lines(connection, work))
        if len(work.left_out) == len(chosen):
            raise NothingKept(f"nothing of {selection.title} can be read: {work.problems[0]}")
        for part in work.parts:
            with Source(collection.warcs, part.name) as source:
                package.add(f"archive/{part.name}", part.pieces(source.file), part.length)
        _add_index(package, index)
        pages = _add_pages(connection, work, package, Path(scratch), selection.title)
        about = _datapackage(package, selection.title, pages.first, now, software)
        digest = package.add_bytes("datapackage.json", about).sha256
        package.add_bytes("datapackage-digest.json", _digest(digest))
        package.close()
        length = file.seek(0, os.SEEK_END)
    return Exported(
        sha256=digest,
        length=length,
        warcs=len(work.parts),
        captures=len(chosen) - len(work.left_out),
        pages=pages.count,
        texts=pages.texts,
        lost=chosen.lost,
        problems=tuple(work.problems),
    )


# --- the WARCs ---


def _ends(connection: sa.Connection) -> dict[str, End]:
    rows = connection.execute(_warcs)
    return {row.name: End(row.committed_offset, row.state is WarcState.FINISHED, row.is_ours) for row in rows}


def _lines(connection: sa.Connection, work: _Work) -> Iterator[str]:
    """The index lines of all records that go in; on the way, what of each WARC goes in is put together."""
    places = work.chosen.places
    if work.is_all:
        indexed = IndexedPlaces({name: places[name] for name in places if _is_whole(work, name)})
        yield from indexed.lines(work.collection.indexes / cdxj.INDEX)
        places = {**places, **indexed.left()}
    for name, some in places.items():
        try:
            with Source(work.collection.warcs, name) as source:
                yield from _lines_of(connection, work, source, some)
        except DamagedRecord as error:  # nothing of it: no line was given out yet
            work.leave_out(ids_of(work.chosen.places[name]), error)


def _is_whole(work: _Work, name: str) -> bool:
    """Whether a WARC is finished and as long as the catalogue has it."""
    known = work.ends[name]
    try:
        return known.is_finished and (work.collection.warcs / name).lstat().st_size >= known.committed
    except OSError:
        return False


def _lines_of(connection: sa.Connection, work: _Work, source: Source, places: Sequence[int]) -> Iterator[str]:
    end = work.ends[source.name].of(source.size)
    part = source.whole(end) if work.is_all else Part(source.name)
    if not work.is_all:
        source.take_warcinfo(part)
    bounds = _bounds(connection, work, source.name, len(places), end)
    for row in _rows(connection, places):
        behind = followers(row.kind, row.request_id) if work.ends[source.name].is_ours else _MOST_FOLLOWERS
        following = bounds[bisect_right(bounds, row.offset)] if bounds else None
        wanted = Wanted(row.record_id, row.offset, row.length, row.request_id, behind, following)
        try:
            if row.offset + row.length > end:
                raise DamagedRecord(f"{source.name}, offset {row.offset}: the file ends before; see: sourcekeep verify")
            offset = row.offset if work.is_all else source.take_event(part, wanted, end=end)
        except DamagedRecord as error:
            work.leave_out([row.id], error)
            continue
        line = row_line(row, RecordRef(warc=source.name, offset=offset, length=row.length))
        if line is not None:
            yield line
    work.parts.append(part)
    work.problems.extend(source.problems)


def _bounds(connection: sa.Connection, work: _Work, name: str, wanted: int, end: int) -> list[int]:
    """Where the captures' records of a WARC begin, and its end; nothing where it is not worth the asking."""
    if work.is_all or wanted < _MANY or not work.ends[name].is_ours:
        return []
    return [*(main.offset for main in mains_of(connection, name) if main.offset < end), end]


def _rows(connection: sa.Connection, places: Sequence[int]) -> Iterator[sa.Row[Any]]:
    """The captures at these places, by offset."""
    for some in chunks(places):
        yield from sorted(connection.execute(_captures, {"b_ids": ids_of(some)}), key=lambda row: int(row.offset))


# --- the other files ---


def _add_index(package: Package, lines: Path) -> None:
    with tempfile.TemporaryFile(dir=lines.parent) as packed, tempfile.TemporaryFile(dir=lines.parent) as guide:
        guide.write(META)
        with lines.open("rb") as file:
            for block in blocks(file):
                packed.write(block.packed)
                guide.write(block.guide)
        package.add_file(f"indexes/{NAME}", packed)
        package.add_file("indexes/index.idx", guide)


def _add_pages(connection: sa.Connection, work: _Work, package: Package, scratch: Path, title: str) -> _Pages:
    """Write the list of pages. It waits in a file, each line behind the name of its text, until the texts are found."""
    first: tuple[str, str] | None = None
    wanted: set[str] = set()
    pages = texts = 0
    with tempfile.TemporaryFile(dir=scratch) as waiting, tempfile.TemporaryFile(dir=scratch) as listed:
        for page in pages_of(connection, work.ids()):
            pages += 1
            first = first or (page.url, page_time(page))
            wanted.update({page.text_id} if page.text_id else ())
            waiting.write((page.text_id or "").encode() + b" " + page_line(page))
        places = find_texts(connection, work.collection.warcs, work.text_ends(), wanted) if wanted else {}
        listed.write(header(title, has_text=bool(places)))
        waiting.seek(0)
        for line in waiting:
            text_id, _, about = line.partition(b" ")
            where = places.get(text_id.decode())
            text = text_at(work.collection.warcs, where) if where is not None else None
            texts += text is not None
            listed.write(about if text is None else with_text(about, text))
        package.add_file("pages/pages.jsonl", listed)
    return _Pages(count=pages, texts=texts, first=first)


def _datapackage(package: Package, title: str, first: tuple[str, str] | None, now: datetime, software: str) -> bytes:
    """datapackage.json (section 5.2), whose resources are all files so far."""
    about: dict[str, object] = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": title,
        "software": software,
        "created": now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        **({"mainPageUrl": first[0], "mainPageDate": first[1]} if first is not None else {}),
        "resources": [
            {"name": each.path.lower(), "path": each.path, "hash": f"sha256:{each.sha256}", "bytes": each.length}
            for each in package.entries
        ],
    }
    return json.dumps(about, indent=2).encode("ascii") + b"\n"


def _digest(sha256: str) -> bytes:
    """datapackage-digest.json (section 5.4), unsigned: whoever signs adds `signedData`."""
    return json.dumps({"path": "datapackage.json", "hash": f"sha256:{sha256}"}, indent=2).encode("ascii") + b"\n"


_warcs = sa.select(
    warcs.c.name, warcs.c.committed_offset, warcs.c.state, warcs.c.origin.is_(None).label("is_ours")
).where(warcs.c.state != WarcState.MISSING)
_captures: sa.Select[Any] = sa.select(
    captures.c.id,
    captures.c.record_id,
    captures.c.kind,
    captures.c.url,
    captures.c.at,
    captures.c.status,
    captures.c.mime,
    captures.c.payload_sha1,
    captures.c.offset,
    captures.c.length,
    captures.c.request_id,
    captures.c.via,
).where(captures.c.id.in_(bindparam("b_ids", expanding=True)))
