"""The events' JSON files against the catalogue: each there, saying what the catalogue says, and kept in a WARC.

Where the two differ, the WARCs say which is wrong: a file that is, byte for byte, what they hold is as it was written,
so it is the catalogue that somebody changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import sqlalchemy as sa

from archive.capture_rows import captures_by_record
from archive.catalogue import Catalogue
from archive.event_codec import event_from_json
from archive.event_document import EventState, Json, document_bytes, event_document
from archive.event_names import document_name, fold
from archive.event_states import held_captures, missing_warcs
from archive.ledger import LedgerRow, ledger_rows
from archive.model import Capture, Citation, CitationKind, Event, Outcome, Reason
from archive.records import sha1
from archive.schema import event_versions, events, storable
from archive.verify_faults import Fault, FaultKind
from archive.verify_scratch import Scratch

_AT_ONCE = 200
_NO_TIME = datetime(1, 1, 1, tzinfo=UTC)  # before all others: a link that is put off counts as failed
_OF_PAGE = ("page", "related", "changes", "formats", "date_link", "schema", "path", "language", "date", "title",
            "summary", "topic", "version")  # fmt: skip


def check_documents(
    folder: Path,
    catalogue: Catalogue,
    scratch: Scratch,
    *,
    report: Callable[[Fault], None],
    progress: Callable[[int, int], None],
) -> int:
    """Hold events/ against the catalogue, and against the copies in the WARCs; how many documents there were."""
    count, is_named = 0, True
    with catalogue.reading() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
        rows = (_Row._make(row) for row in connection.execution_options(yield_per=_AT_ONCE).execute(_every_event))
        cited = _ByEvent(ledger_rows(catalogue, _NO_TIME))
        missing = missing_warcs(connection)
        while some := list(islice(rows, _AT_ONCE)):
            pages = held_captures(connection, {row.page_record_id for row in some if row.page_record_id})
            for row in some:
                check = _Check(folder, row, cited.rows_of(row.path), pages.get(row.page_record_id or ""), missing)
                for fault in check.faults(connection, scratch):
                    report(fault)
                    is_named = is_named and fault.kind is not FaultKind.WRONG_ROW
                count += check.was_there
            progress(count, total)
    if is_named:  # else a stranger may well be the document of an event whose row says another name
        for name in _strangers(folder, catalogue):
            kind = FaultKind.LEFTOVER if name.endswith(".tmp") else FaultKind.UNKNOWN_DOCUMENT
            report(Fault(kind=kind, where=f"events/{name}", what="belongs to no event"))
    return count


class _Row(NamedTuple):
    """An event and its current version."""

    id: int
    path: str
    json_name: str
    json_fold: str
    dirty: int
    version: int
    sha256: str
    language: str
    day: str | None
    title: str
    summary: str
    topic: str | None
    document: str
    page_record_id: str | None
    read_at: datetime | None


_every_event = (
    sa.select(
        *(events.c.id, events.c.path, events.c.json_name, events.c.json_fold, events.c.dirty, events.c.version),
        *(event_versions.c.sha256, event_versions.c.language, event_versions.c.day, event_versions.c.title),
        *(event_versions.c.summary, event_versions.c.topic),
        *(event_versions.c.document, event_versions.c.page_record_id, event_versions.c.read_at),
    )
    .join_from(
        events,
        event_versions,
        sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
    )
    .order_by(events.c.path)
)


class _ByEvent:
    """Ledger rows, handed out by event; events are asked for in the rows' order."""

    def __init__(self, rows: Iterable[LedgerRow]) -> None:
        self._groups = groupby(rows, key=lambda row: row.event_path)
        self._next: tuple[str, list[LedgerRow]] | None = self._step()

    def rows_of(self, path: str) -> Sequence[LedgerRow]:
        if self._next is None or self._next[0] != path:
            return ()
        rows = self._next[1]
        self._next = self._step()
        return rows

    def _step(self) -> tuple[str, list[LedgerRow]] | None:
        found = next(self._groups, None)
        return None if found is None else (found[0], list(found[1]))


class _Check:
    """One event's document."""

    def __init__(
        self, folder: Path, row: _Row, cited: Sequence[LedgerRow], page: Capture | None, missing: Collection[str]
    ) -> None:
        self._path = folder / row.json_name
        self._where = f"events/{row.json_name}"
        self._row = row
        self._cited = cited
        self._page = page
        self._missing = missing
        self.was_there = self._path.is_file() and not self._path.is_symlink()

    def faults(self, connection: sa.Connection, scratch: Scratch) -> Iterator[Fault]:
        try:
            event = event_from_json(self._row.document)
        except (ValueError, KeyError, TypeError):
            yield self._row_fault("holds no event")
            return
        if wrong := [*self._row_differences(event), *self._wrong_name(connection, event)]:
            yield from map(self._row_fault, wrong)
            return
        if self._row.dirty:
            yield self._fault(FaultKind.STALE_DOCUMENT, "something came since it was written")
            return
        if not self.was_there:
            yield self._fault(FaultKind.MISSING_DOCUMENT, f"is not there; it is that of {self._row.path}")
            return
        try:
            data = self._path.read_bytes()
            document = json.loads(data)
        except (OSError, ValueError, RecursionError) as error:
            yield self._fault(FaultKind.WRONG_DOCUMENT, f"cannot be read: {error}")
            return
        if not isinstance(document, dict):
            yield self._fault(FaultKind.WRONG_DOCUMENT, "is no JSON object")
            return
        is_kept = scratch.document("urn:sourcekeep:event:" + quote(self._row.path, safe="/")) == sha1(data)
        for what in self._differences(connection, event, document):
            if is_kept:
                yield self._row_fault(f"is not as its document has it, which is that of the WARCs: {what}")
            else:
                yield self._fault(FaultKind.WRONG_DOCUMENT, what)
        if not is_kept:
            yield self._fault(FaultKind.DOCUMENT_NOT_KEPT, "the WARCs have no copy of it, or their latest is another")

    def _row_fault(self, what: str) -> Fault:
        return Fault(kind=FaultKind.WRONG_ROW, where=f"catalogue.db, event {self._row.path}", what=what)

    def _wrong_name(self, connection: sa.Connection, event: Event) -> Iterator[str]:
        """A document's name comes of the event's path and the day it had when it was first seen."""
        row, of_event = self._row, event_versions.c.event_id == self._row.id
        days: Iterable[date | None] = [event.day]
        if row.json_name not in _names(event.path, days):
            read = connection.execute(sa.select(event_versions.c.day).where(of_event)).scalars()
            days = [None if day is None else date.fromisoformat(day) for day in read]
        if row.json_name not in _names(event.path, days) or row.json_fold != fold(row.json_name):
            yield f"its document's name is said to be {row.json_name}"

    def _row_differences(self, event: Event) -> Iterator[str]:
        """What the columns and the citations say otherwise than the event as it was read."""
        row, day = self._row, None if event.day is None else event.day.isoformat()
        names = ("path", "sha256", "language", "day", "title", "summary", "topic")
        told = (event.path, event.sha256, event.language, day, event.title, event.summary, event.topic)
        for name, said, held in zip(names, told, (getattr(row, name) for name in names), strict=True):
            if held != (said if said is None else storable(said)):
                yield f"its {name} is not what was read"
        if [_cited(each) for each in event.citations] != [_cited(each) for each in self._cited]:
            yield "its citations are not those that were read"

    def _fault(self, kind: FaultKind, what: str) -> Fault:
        return Fault(kind=kind, where=self._where, what=what)

    def _differences(self, connection: sa.Connection, event: Event, document: Mapping[str, Json]) -> Iterator[str]:
        expected = self._expected(event)
        for key in _OF_PAGE:
            if document.get(key) != expected[key]:
                yield f'"{key}" is not what the catalogue has'
        written = document.get("citations")
        if not isinstance(written, list) or len(written) != len(self._cited):
            yield f'"citations" is no list of {len(self._cited)}'
            return
        found = captures_by_record(connection, {record_id for each in written for record_id in _record_ids(each)})
        known = {each: capture for each, capture in found.items() if capture.where.warc not in self._missing}
        for row, citation in zip(self._cited, written, strict=True):
            if not isinstance(citation, dict):
                yield f"citation {row.position} is no JSON object"
                continue
            yield from (f"citation {row.position}: {what}" for what in _citation_differences(row, citation))
            yield from (f"citation {row.position}: {what}" for what in _copy_differences(row, citation, known))

    def _expected(self, event: Event) -> Mapping[str, Json]:
        """All but the citations, in the form it has when it is read back."""
        row = self._row
        state = EventState(
            event_id=row.id,
            json_name=row.json_name,
            dirty=0,
            version=row.version,
            event=event,
            page=self._page,
            read_at=row.read_at,
            citations=(),
        )
        expected: Mapping[str, Json] = json.loads(document_bytes(event_document(state)))
        return expected


def _names(path: str, days: Iterable[date | None]) -> set[str]:
    return {document_name(path, day, marked=marked) for day in days for marked in (False, True)}


def _cited(citation: Citation | LedgerRow) -> tuple[int, CitationKind, str, str, str | None]:
    """What is read of a citation on its page, as the catalogue can hold it."""
    url = None if citation.url is None else storable(citation.url)
    return citation.position, citation.kind, storable(citation.label), storable(citation.href), url


def _citation_differences(row: LedgerRow, citation: Mapping[str, Json]) -> Iterator[str]:
    plain = {"position": row.position, "kind": row.kind.value, "label": row.label, "href": row.href, "url": row.url}
    for key, value in plain.items():
        if citation.get(key) != value:
            yield f'"{key}" is not what the catalogue has'
    said = citation.get("reason")
    if said != row.reason.value:
        if Reason.PENDING not in (said, row.reason) or not (_is_passing(said) and _is_passing(row.reason)):
            yield f"it is said to be {said}, and is {row.reason.value}"
        return
    if citation.get("outcome") != row.outcome.value:
        yield f"its outcome is said to be {citation.get('outcome')}, and is {row.outcome.value}"
    record_id = row.capture.record_id if row.capture else None
    if citation.get("record_id") != record_id:
        yield f"its record is said to be {citation.get('record_id')}, and is {record_id}"
    hops = citation.get("redirects")
    urls = [hop.get("url") for hop in hops if isinstance(hop, dict)] if isinstance(hops, list) else None
    if urls != list(row.redirects):
        yield "its redirects are not those the catalogue has"


def _is_passing(reason: Json) -> bool:
    """Waiting, or over for now: as a run begins the one turns into the other without anything happening."""
    known = next((each for each in Reason if each.value == reason), None)
    return known is not None and (known.passing or known is Reason.PENDING)


def _copies(citation: Json) -> list[dict[str, Json]]:
    listed = citation.get("copies") if isinstance(citation, dict) else None
    return [copy for copy in listed if isinstance(copy, dict)] if isinstance(listed, list) else []


def _record_ids(citation: Json) -> Iterator[str]:
    yield from (str(copy.get("record_id")) for copy in _copies(citation))


def _copy_differences(row: LedgerRow, citation: dict[str, Json], known: Mapping[str, Capture]) -> Iterator[str]:
    """Every copy is a capture, and lies where it is said to lie; what is kept has one."""
    copies = _copies(citation)
    if row.outcome is Outcome.KEPT and not copies:
        yield "it is kept, and no copy is listed"
    for copy in copies:
        capture = known.get(str(copy.get("record_id")))
        if capture is None:
            yield f"its copy {copy.get('record_id')} is not known, or lies in a WARC that is missing"
            continue
        wrong = [key for key, value in _of_copy(capture).items() if copy.get(key) != value]
        if wrong:
            yield f"of its copy {capture.record_id}, {', '.join(wrong)} is not what the catalogue has"


def _of_copy(capture: Capture) -> Mapping[str, Json]:
    return {
        "url": capture.url,
        "status": capture.status,
        "warc": capture.where.warc,
        "offset": capture.where.offset,
        "length": capture.where.length,
        "payload_sha1": capture.payload_sha1,
        "payload_sha256": capture.payload_sha256,
    }


def _strangers(folder: Path, catalogue: Catalogue) -> Iterator[str]:
    """Files below events/ that no event has, by their path in it."""
    for names in _chunks(_files(folder)):
        with catalogue.reading() as connection:
            known = set(
                connection.execute(sa.select(events.c.json_name).where(events.c.json_name.in_(names))).scalars()
            )
        yield from (name for name in names if name not in known)


def _files(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield (Path(parent) / name).relative_to(folder).as_posix()


def _chunks(names: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(names, _AT_ONCE)):
        yield some
