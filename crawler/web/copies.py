"""The copies of a URL that can be asked for, and the one nearest to a moment.

A copy is an index line of a web address: any answer, be it an error or a redirect. All that archives take for one
address (SURT) are asked for together, but one of the very address asked for goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.cdx_query import Entry, Match, search_range
from archive.errors import DamagedRecord
from archive.link_rows import chunks
from archive.model import RecordRef, Via
from archive.reader import open_record, unbracketed
from archive.schema import captures, recoveries, warcs
from crawler.web.supply import Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The copy nearest to a moment, and those around it."""

    chosen: Entry
    first: Entry
    last: Entry
    before: Entry | None  # the one right before the chosen one, and after it
    after: Entry | None


def copies_of(supply: Supply, url: str) -> Iterator[Entry]:
    """The copies of a URL in the order of time, without those that the rules exclude."""
    start, end = search_range(url, Match.EXACT)
    with supply.asked() as asked:
        for line in supply.visible(asked.entries(start, end)):
            if line.url.startswith(("http://", "https://")):
                yield line


def nearest(copies: Iterable[Entry], url: str, moment: datetime | None) -> Found | None:
    """The copy nearest to `moment` (None: the latest), of answers that are none of an error if there are such.

    Of several at the same distance that of the very `url` goes first, then the earlier one.
    """
    best: tuple[tuple[bool, float, bool], Entry] | None = None
    first = last = earlier = before = after = None  # `earlier`: the last one of an earlier second than this
    for each in copies:
        first = first or each
        earlier = last if last is not None and last.stamp != each.stamp else earlier
        if best is not None and after is None and each.stamp > best[1].stamp:
            after = each
        rank = _rank(each, url, moment)
        if best is None or rank < best[0]:
            best, before, after = (rank, each), earlier, None
        last = each
    if best is None or first is None or last is None:
        return None
    return Found(chosen=best[1], first=first, last=last, before=before, after=after)


def beside(copies: Iterable[Entry], shown: Entry) -> Found:
    """The copies around one of them."""
    first = last = shown
    before = after = None
    for each in copies:
        first = each if each.stamp < first.stamp else first
        last = each if each.stamp > last.stamp else last
        before = each if each.stamp < shown.stamp else before
        after = each if each.stamp > shown.stamp and after is None else after
    return Found(chosen=shown, first=first, last=last, before=before, after=after)


def _rank(each: Entry, url: str, moment: datetime | None) -> tuple[bool, float, bool]:
    distance = (
        -each.at.timestamp() if moment is None else abs((each.at - moment.replace(microsecond=0)).total_seconds())
    )
    status = each.fields.get("status", "200")
    return not status.startswith(("2", "3")), distance, each.url != url


def exact(copies: Iterable[Entry], url: str, stamp: str) -> Entry | None:
    """The copy of that very second; of the very `url` if there is one."""
    of_then = [each for each in copies if each.stamp == stamp]
    return min(of_then, key=lambda each: each.url != url, default=None)


def sources(connection: sa.Connection, folder: Path, copies: Sequence[Entry]) -> dict[tuple[str, str], str]:
    """Of copies that other archives made: where they were taken from, by WARC and offset; "" where nobody knows.

    The catalogue knows it of what was recovered, and else the record in `folder`.
    """
    found: dict[tuple[str, str], str] = {}
    shown = {place_of(each) for each in copies}
    for some in chunks(sorted({each.url for each in copies})):
        for row in connection.execute(_of_others, {"b_urls": some}):
            place = (row.name, str(row.offset))
            if place in shown:
                where = RecordRef(warc=row.name, offset=row.offset, length=row.length)
                found[place] = row.memento_url or _source_in(folder, where)
    return found


def _source_in(folder: Path, where: RecordRef) -> str:
    try:
        return unbracketed(open_record(folder, where).header("WARC-Source-URI") or "")
    except DamagedRecord:
        return ""


def place_of(each: Entry) -> tuple[str, str]:
    """The WARC and the offset of a copy."""
    return each.fields.get("filename", ""), each.fields.get("offset", "")


_of_others = (
    sa.select(warcs.c.name, captures.c.offset, captures.c.length, recoveries.c.memento_url)
    .join_from(captures, warcs)
    .outerjoin(recoveries, recoveries.c.record_id == captures.c.record_id)
    .where(captures.c.url.in_(bindparam("b_urls", expanding=True)), captures.c.via == Via.MEMENTO)
)
