"""The records that go into a package, WARC by WARC and in the order they lie there, each read to its end.

Of everything, all of them; of a selection each capture with its request and metadata, what pages were found to need and
the texts of articles. What is damaged is told and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.errors import DamagedRecord
from archive.link_rows import chunks
from archive.reader import Record, read_records, salvaged_records, unbracketed
from archive.records import FIELDS
from archive.schema import WarcState, articles, captures, needs, surveys, warcs
from archive.wacz_selection import Chosen, ids_of
from archive.wacz_texts import mains_of
from archive.wacz_warcs import End, Source, between, followers
from archive.warc_files import OPEN

_MOST_BEHIND = 9  # records that belong to a capture

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWarc:
    """A WARC of the collection that records are copied from."""

    name: str
    path: Path  # `.open` perhaps
    end: int  # where its last whole record ends
    is_ours: bool  # not imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a package is to hold."""

    folder: Path  # of the WARCs
    chosen: Chosen
    is_all: bool


def source_warcs(connection: sa.Connection, wanted: Wanted, tell: Tell) -> list[SourceWarc]:
    """The WARCs that are to be looked through, by name; those that cannot be opened are told."""
    found: list[SourceWarc] = []
    names = wanted.chosen.places
    for row in connection.execute(_warcs):
        if not wanted.is_all and row.name not in names and not (row.is_ours and names and row.name > min(names)):
            continue
        try:
            with Source(wanted.folder, row.name) as source:
                end = End(row.committed_offset, row.state is WarcState.FINISHED, row.is_ours).of(source.size)
        except DamagedRecord as error:
            tell(str(error))
            continue
        path = wanted.folder / row.name
        path = path if path.exists() else path.with_name(row.name + OPEN)
        found.append(SourceWarc(name=row.name, path=path, end=end, is_ours=row.is_ours))
    return found


def begins_with(source: SourceWarc) -> list[Record]:
    """The warcinfo records that a WARC begins with."""
    found: list[Record] = []
    with suppress(DamagedRecord):
        for record in read_records(source.path):
            if record.kind != "warcinfo":
                break
            found.append(record)
    return found


class Texts:
    """Which of the records that no row has the place of are wanted still: the search ends when all are found."""

    def __init__(self, connection: sa.Connection, chosen: Chosen) -> None:
        self.captures: set[str] = set()
        self._missing: set[str] = set()
        for places in chosen.places.values():
            for ids in chunks(ids_of(places)):
                self.captures.update(connection.execute(_records, {"b_ids": ids}).scalars())
        for some in chunks(sorted(self.captures)):
            self._missing.update(connection.execute(_texts, {"b_records": some}).scalars())
            self._missing.update(
                f"survey of {each}" for each in connection.execute(_seen, {"b_records": some}).scalars()
            )

    @property
    def are_all_found(self) -> bool:
        """Nothing more is to be looked for."""
        return not self._missing

    def takes(self, kind: str, record_id: str, refers_to: str, content_type: str) -> bool:
        """Whether it is one of them."""
        if refers_to not in self.captures:
            return False
        if kind == "conversion":
            self._missing.discard(record_id)
            return True
        self._missing.discard(f"survey of {refers_to}")
        return kind == "metadata" and content_type == FIELDS


def all_records(source: SourceWarc, tell: Tell) -> Iterator[Record]:
    """Every whole record of a WARC, behind the warcinfo it begins with."""
    begun = False
    for record in salvaged_records(source.path, damage=lambda error: tell(str(error))):
        end = record.where.offset + record.where.length
        if end > source.end:
            return
        begun = begun or record.kind != "warcinfo"
        if begun:
            yield record
        if end == source.end:  # what lies behind may be half written
            return


def chosen_records(
    connection: sa.Connection, wanted: Wanted, source: SourceWarc, texts: Texts, tell: Tell
) -> Iterator[Record]:
    """The wanted records of a WARC."""
    places = [
        (row.offset, row.record_id, followers(row.kind, row.request_id) if source.is_ours else _MOST_BEHIND)
        for row in _rows(connection, wanted.chosen.places.get(source.name, ()))
    ]
    others: list[tuple[int, str, int]] = []
    if source.is_ours and not texts.are_all_found:
        others = list(_others(connection, wanted.folder, source, texts))
    for offset, record_id, behind in sorted([*places, *others]):
        try:
            if offset >= source.end:
                raise DamagedRecord(f"{source.name}, offset {offset}: the file ends before; see: sourcekeep verify")
            yield from _with_those_behind(source, offset, record_id, behind)
        except DamagedRecord as error:
            tell(str(error))


def _others(
    connection: sa.Connection, folder: Path, source: SourceWarc, texts: Texts
) -> Iterator[tuple[int, str, int]]:
    with suppress(DamagedRecord), Source(folder, source.name) as opened:
        for offset, member in between(opened, mains_of(connection, source.name), end=source.end):
            if texts.takes(member.kind, member.record_id, member.refers_to, member.content_type):
                yield offset, member.record_id, 0


def _with_those_behind(source: SourceWarc, offset: int, record_id: str, most: int) -> Iterator[Record]:
    """The record at a place and those behind it that belong to it; damage there is the next one's."""
    records = read_records(source.path, offset=offset)
    main = next(records)
    if main.record_id != record_id:
        raise DamagedRecord(f"{source.name}, offset {offset}: is not {record_id}; see: sourcekeep verify")
    yield main
    with suppress(DamagedRecord):
        for _ in range(most):
            record = next(records, None)
            if record is None or record.where.offset >= source.end or not belongs_to(record, record_id):
                return
            yield record


def belongs_to(record: Record, record_id: str) -> bool:
    """Whether a record names that one as of the same capture."""
    return record_id in map(unbracketed, record.values("WARC-Concurrent-To"))


def _rows(connection: sa.Connection, places: Sequence[int]) -> Iterator[sa.Row[Any]]:
    for some in chunks(ids_of(places)):
        yield from connection.execute(_placed, {"b_ids": some})


_warcs = (
    sa.select(warcs.c.name, warcs.c.committed_offset, warcs.c.state, warcs.c.origin.is_(None).label("is_ours"))
    .where(warcs.c.state != WarcState.MISSING)
    .order_by(warcs.c.name)
)
_ids: sa.BindParameter[object] = bindparam("b_ids", expanding=True)
_record_ids: sa.BindParameter[object] = bindparam("b_records", expanding=True)
_placed: sa.Select[Any] = sa.select(
    captures.c.offset, captures.c.record_id, captures.c.kind, captures.c.request_id
).where(captures.c.id.in_(_ids))
_records = sa.select(captures.c.record_id).where(captures.c.id.in_(_ids))
_texts = sa.select(articles.c.conversion_id).where(
    articles.c.record_id.in_(_record_ids), articles.c.conversion_id.is_not(None)
)
# As `archive.surveys.worth_keeping` says it: the others have no record.
_seen = sa.select(surveys.c.record_id).where(
    surveys.c.record_id.in_(_record_ids),
    sa.or_(
        sa.func.coalesce(
            surveys.c.why, surveys.c.picture_problem, surveys.c.canonical, surveys.c.amphtml, surveys.c.og_url
        ).is_not(None),
        sa.exists().where(needs.c.record_id == surveys.c.record_id),
    ),
)
