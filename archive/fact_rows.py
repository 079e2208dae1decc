"""WARCs, captures, pages, events and articles as rows: what only ever grows.

Everything here takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.batch import ArticleRead, Batch, DocumentWritten, PageKept
from archive.event_codec import event_to_json
from archive.event_names import document_name, fold
from archive.link_rows import HostIds, Row, chunks, execute_many, fetchable, insert_links
from archive.model import Capture, CitationKind, Event, HrefReason, LinkKind, NewLink, Role
from archive.schema import (
    WarcState,
    articles,
    captures,
    citations,
    event_versions,
    events,
    links,
    pages,
    storable,
    warcs,
)
from archive.upsert import upsert

CITATION_PRIORITY = 10

# --- WARCs, captures ---


def insert_captures(connection: sa.Connection, batch: Batch) -> None:
    """The batch's captures and how far its WARCs are committed."""
    ids = _warc_ids(connection, batch)
    rows = [_capture_row(capture, ids[capture.where.warc]) for capture in batch.captures]
    execute_many(connection, _add_capture(connection.dialect.name), rows)


@cache
def _add_capture(dialect: str) -> sa.Insert:
    return upsert(dialect, captures).on_conflict_do_nothing()


def _warc_ids(connection: sa.Connection, batch: Batch) -> dict[str, int]:
    """The ids of the WARCs the batch names, their offsets moved on (never back) and their states set."""
    names = {*batch.warcs, *batch.finished_warcs, *(capture.where.warc for capture in batch.captures)}
    if not names:
        return {}
    rows = [
        {"name": name, "committed_offset": batch.warcs.get(name, 0), "state": WarcState.OPEN} for name in sorted(names)
    ]
    connection.execute(_upsert_warc(connection.dialect.name), rows)
    if batch.finished_warcs:
        finished = warcs.c.name.in_(batch.finished_warcs)
        connection.execute(sa.update(warcs).where(finished).values(state=WarcState.FINISHED))
    found = connection.execute(sa.select(warcs.c.name, warcs.c.id).where(warcs.c.name.in_(names)))
    return {row.name: row.id for row in found}


@cache
def _upsert_warc(dialect: str) -> sa.Insert:
    insert = upsert(dialect, warcs)
    return insert.on_conflict_do_update(
        index_elements=[warcs.c.name],
        set_={"committed_offset": insert.excluded.committed_offset},
        where=insert.excluded.committed_offset > warcs.c.committed_offset,
    )


def _capture_row(capture: Capture, warc_id: int) -> Row:
    return {
        "record_id": capture.record_id,
        "kind": capture.kind,
        "url": capture.url,
        "at": capture.at,
        "status": capture.status,
        "mime": capture.mime,
        "payload_sha1": capture.payload_sha1,
        "payload_sha256": capture.payload_sha256,
        "payload_length": capture.payload_length,
        "warc_id": warc_id,
        "offset": capture.where.offset,
        "length": capture.where.length,
        "request_id": capture.request_id,
        "refers_to": capture.refers_to,
        "referrer": capture.referrer,
        "hops": capture.hops,
        "page_url": capture.page_url,
        "via": capture.via,
        "duration_ms": capture.duration_ms,
        "ip": capture.ip,
        "protocol": capture.protocol,
        "truncated": capture.truncated,
        "error": capture.error,
        "location": capture.location,
    }


# --- pages ---


@dataclass(frozen=True, slots=True)
class _Reading:
    """An event read, and from what."""

    event: Event
    record_id: str | None
    read_at: datetime | None
    hops: str  # of the page


def insert_pages(connection: sa.Connection, batch: Batch, host_ids: HostIds) -> None:
    """The pages read, the events on them and all links they give."""
    if not batch.pages:
        return
    hops = _page_hops(connection, batch.pages)
    times = {capture.record_id: capture.at for capture in batch.captures}
    insert_links(connection, (link for kept in batch.pages for link in kept.page.links), host_ids)
    connection.execute(_upsert_page(connection.dialect.name), [_page_row(kept, times) for kept in batch.pages])
    readings = [
        _Reading(kept.page.event, kept.record_id, times.get(kept.record_id or ""), hops.get(kept.page.url or "", ""))
        for kept in batch.pages
        if kept.page.event is not None
    ]
    insert_links(connection, _cited(readings), host_ids)
    for some in _once_each(readings):
        _insert_events(connection, some, batch.run_id)


def _page_hops(connection: sa.Connection, kept: Sequence[PageKept]) -> dict[str, str]:
    """How each page's URL was come by, by its URL as the page has it."""
    spelled = {each.page.url: fetchable(each.page.url) for each in kept if each.page.url}
    found: dict[str, str] = {}
    for some in chunks([url for url in spelled.values() if url]):
        rows = connection.execute(sa.select(links.c.url, links.c.hops).where(links.c.url.in_(some)))
        found.update((row.url, row.hops) for row in rows)
    return {written: found.get(url or "", "") for written, url in spelled.items()}


@cache
def _upsert_page(dialect: str) -> sa.Insert:
    of_link = sa.select(links.c.id).where(links.c.url == bindparam("b_url")).scalar_subquery()
    insert = upsert(dialect, pages).values(
        {name: bindparam(name) for name in ("key", "url", "kind", "sha256", "read_at", "record_id")}
        | {"link_id": of_link}
    )
    new, old = insert.excluded, pages.c
    return insert.on_conflict_do_update(
        index_elements=[pages.c.key],
        set_={
            "url": sa.func.coalesce(new.url, old.url),
            "kind": new.kind,
            "sha256": new.sha256,
            "read_at": sa.func.coalesce(new.read_at, old.read_at),
            "link_id": sa.func.coalesce(new.link_id, old.link_id),
            "record_id": sa.func.coalesce(new.record_id, old.record_id),
        },
    )


def _page_row(kept: PageKept, times: dict[str, datetime]) -> Row:
    page = kept.page
    return {
        "key": page.key,
        "url": page.url,
        "kind": page.kind,
        "sha256": page.sha256,
        "read_at": times.get(kept.record_id or ""),
        "record_id": kept.record_id,
        "b_url": fetchable(page.url) if page.url else None,
    }


# --- events ---


def _cited(readings: Iterable[_Reading]) -> Iterator[NewLink]:
    for reading in readings:
        for citation in reading.event.citations:
            if citation.url is not None:
                yield NewLink(
                    url=citation.url,
                    kind=LinkKind.CITATION,
                    via=reading.event.path,
                    hops=reading.hops + "C",
                    priority=CITATION_PRIORITY,
                    role=Role.IMAGE if citation.kind is CitationKind.COVER_IMAGE else None,
                )


def _once_each(readings: Sequence[_Reading]) -> Iterator[list[_Reading]]:
    """The readings in their order, in lots where every path is there once (nearly always one lot)."""
    left = list(readings)
    while left:
        first = {reading.event.path: reading for reading in reversed(left)}
        yield list(first.values())
        left = [reading for reading in left if first[reading.event.path] is not reading]


def _insert_events(connection: sa.Connection, readings: Sequence[_Reading], run_id: int | None) -> None:
    """A version for each event whose page reads otherwise than all versions before."""
    for some in chunks(readings):
        _insert_unknown(connection, [reading.event for reading in some])
        paths = [storable(reading.event.path) for reading in some]
        found = connection.execute(
            sa.select(events.c.path, events.c.id, events.c.version).where(events.c.path.in_(paths))
        )
        known = {row.path: (row.id, row.version) for row in found}
        _insert_versions(connection, [(reading, *known[storable(reading.event.path)]) for reading in some], run_id)


def _insert_unknown(connection: sa.Connection, read: Sequence[Event]) -> None:
    """A row for each event not seen before, its document's name chosen for good."""
    paths = {storable(event.path): event for event in read}
    known = set(connection.execute(sa.select(events.c.path).where(events.c.path.in_(paths))).scalars())
    new = {path: event for path, event in paths.items() if path not in known}
    if not new:
        return
    names = {path: document_name(path, event.day) for path, event in new.items()}
    folds = [fold(name) for name in names.values()]
    taken = set(connection.execute(sa.select(events.c.json_fold).where(events.c.json_fold.in_(folds))).scalars())
    rows: list[Row] = []
    for path, event in new.items():
        name = names[path] if fold(names[path]) not in taken else document_name(path, event.day, marked=True)
        taken.add(fold(name))
        rows.append({"path": path, "json_name": name, "json_fold": fold(name), "version": 0, "dirty": 0})
    connection.execute(sa.insert(events), rows)


def _insert_versions(
    connection: sa.Connection, readings: Sequence[tuple[_Reading, int, int]], run_id: int | None
) -> None:
    """`readings` come with the event's id and current version."""
    known = _versions(connection, [event_id for _, event_id, _ in readings])
    rows: list[Row] = []
    cited: list[Row] = []
    current: list[Row] = []
    for reading, event_id, version in readings:
        event = reading.event
        number = known.get((event_id, event.sha256))
        if number is None:
            number = 1 + max((each for (of, _), each in known.items() if of == event_id), default=0)
            rows.append(_version_row(reading, event_id, number, run_id))
            cited.extend(_citation_rows(event, event_id, number))
        if number != version:
            current.append({"b_id": event_id, "b_version": number})
    execute_many(connection, sa.insert(event_versions), rows)
    execute_many(connection, _insert_citation, cited)
    execute_many(connection, _make_current, current)


def _versions(connection: sa.Connection, event_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    columns = (event_versions.c.event_id, event_versions.c.sha256, event_versions.c.version)
    found = connection.execute(sa.select(*columns).where(event_versions.c.event_id.in_(event_ids)))
    return {(row.event_id, row.sha256): row.version for row in found}


def _version_row(reading: _Reading, event_id: int, number: int, run_id: int | None) -> Row:
    event = reading.event
    return {
        "event_id": event_id,
        "version": number,
        "sha256": event.sha256,
        "language": event.language,
        "day": event.day.isoformat() if event.day else None,
        "title": event.title,
        "summary": event.summary,
        "topic": event.topic,
        "document": event_to_json(event),
        "page_record_id": reading.record_id,
        "read_at": reading.read_at,
        "run_id": run_id,
    }


def _citation_rows(event: Event, event_id: int, number: int) -> Iterator[Row]:
    for citation in event.citations:
        url = fetchable(citation.url) if citation.url is not None else None
        unusable = citation.url is not None and url is None
        yield {
            "b_event": event_id,
            "b_version": number,
            "b_url": url,
            "position": citation.position,
            "kind": citation.kind,
            "label": citation.label,
            "href": citation.href,
            "url": citation.url,
            "reason": HrefReason.MALFORMED if unusable else citation.reason,
        }


_insert_citation = sa.insert(citations).values(
    event_version_id=sa.select(event_versions.c.id)
    .where(event_versions.c.event_id == bindparam("b_event"), event_versions.c.version == bindparam("b_version"))
    .scalar_subquery(),
    link_id=sa.select(links.c.id).where(links.c.url == bindparam("b_url")).scalar_subquery(),
    **{name: bindparam(name) for name in ("position", "kind", "label", "href", "url", "reason")},
)
_make_current = (
    sa.update(events)
    .where(events.c.id == bindparam("b_id"))
    .values(version=bindparam("b_version"), dirty=events.c.dirty + 1)
)

# --- articles, documents ---


def insert_articles(connection: sa.Connection, read: Sequence[ArticleRead]) -> set[int]:
    """The articles; the ids of the links they were read from. An article read again replaces the one before."""
    if not read:
        return set()
    insert = upsert(connection.dialect.name, articles)
    new = {column.name: insert.excluded[column.name] for column in articles.columns if column.name != "record_id"}
    again = sa.case((articles.c.at != new["at"], articles.c.tries + 1), else_=articles.c.tries)
    connection.execute(
        insert.on_conflict_do_update(index_elements=[articles.c.record_id], set_={**new, "tries": again}),
        [asdict(each) for each in read],
    )
    found: set[int] = set()
    for some in chunks([each.record_id for each in read]):
        of_capture = sa.select(links.c.id).join(captures, captures.c.url == links.c.url)
        told = sa.or_(captures.c.record_id.in_(some), captures.c.refers_to.in_(some))
        found.update(connection.execute(of_capture.where(told)).scalars())
    return found


def note_documents(connection: sa.Connection, written: Sequence[DocumentWritten]) -> None:
    """Documents that lie on disk are clean, unless something came since they were built."""
    clean = sa.update(events).where(events.c.id == bindparam("b_id"), events.c.dirty == bindparam("b_dirty"))
    rows: list[Row] = [{"b_id": each.event_id, "b_dirty": each.dirty} for each in written]
    execute_many(connection, clean.values(dirty=0), rows)
