"""The first step of a rebuild: records in the order they were written become captures, links, pages and surveys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from archive.batch import Batch, PageKept, Settled
from archive.capture_rows import captures_by_record
from archive.captures import (
    capture_events,
    capture_of,
    foreign_capture_of,
    head_of,
    metadata_fields,
    origin_of,
)
from archive.catalogue import Catalogue
from archive.errors import DamagedRecord
from archive.fact_rows import CITATION_PRIORITY
from archive.foreign_names import is_import_name
from archive.http_message import Head
from archive.link_rows import chunks
from archive.model import (
    Capture,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    PageRead,
    Reason,
    RecordKind,
    Settlement,
    Via,
)
from archive.page_note import PageNote, page_note
from archive.reader import Record, salvaged_records, unbracketed
from archive.rebuild_documents import DocumentsFound
from archive.records import FIELDS
from archive.schema import hosts, links, warcs
from archive.surveys import Survey, survey_from_fields

_AT_ONCE = 500  # capture events in one transaction

SettleAgain = Callable[[Lease, Capture, Head | None], Settlement]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A capture event, as far as it is needed. `is_told`: its metadata record, which says what it was fetched for, is
    there.
    """

    capture: Capture
    is_told: bool
    head: Head | None
    note: PageNote | None
    outlinks: tuple[str, ...]


class CaptureReader:
    """Reads one WARC after the other into a catalogue."""

    def __init__(self, catalogue: Catalogue, folder: Path, documents: DocumentsFound, settle: SettleAgain) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._documents = documents
        self._settle = settle
        self._found: list[_Found] = []
        self._surveys: list[Survey] = []
        self._origin: tuple[str, str] | None = None  # of the file, if it was imported
        self._has_begun = False
        self.captures = 0

    def read(self, path: Path, *, damage: Callable[[DamagedRecord], object]) -> None:
        """Take in all of a file that can be read; `damage` hears of the rest."""
        self._forget_origin()
        if is_import_name(path.name):
            self._origin = ("", "")  # whatever became of the record that says so
        self._catalogue.commit(Batch(warcs={path.name: path.stat().st_size}, finished_warcs=[path.name]))
        for event in capture_events(salvaged_records(path, damage=damage), others=self._other):
            if self._origin is not None and event[0].kind == RecordKind.METADATA:
                continue
            try:
                self._found.append(self._event(event))
            except DamagedRecord as error:
                damage(error)
            if len(self._found) >= _AT_ONCE:
                self._flush()
        self._flush()
        if self._origin is not None:
            self._note_origin(path.name, *self._origin)

    def _forget_origin(self) -> None:
        self._origin = None
        self._has_begun = False

    def _event(self, event: Sequence[Record]) -> _Found:
        if self._origin is not None:
            return _Found(capture=foreign_capture_of(event), is_told=False, head=None, note=None, outlinks=())
        fields = metadata_fields(event)
        return _Found(
            capture=capture_of(event),
            is_told=bool(fields),
            head=head_of(event),
            note=page_note(dict(fields).get("page")),
            outlinks=tuple(value for name, value in fields if name == "outlink"),
        )

    def _other(self, record: Record) -> None:
        """A record that is part of no capture event."""
        if not self._has_begun:
            self._has_begun = True
            self._origin = origin_of(record) or self._origin
        if self._origin is not None:
            return
        self._documents.take(record)
        about_id = unbracketed(record.header("WARC-Refers-To") or "")
        if record.kind == "metadata" and about_id and record.header("Content-Type") == FIELDS:
            survey = survey_from_fields(about_id, record.at, record.fields())
            if survey is not None:
                self._surveys.append(survey)

    # --- into the catalogue ---

    def _flush(self) -> None:
        found, self._found = self._found, []
        surveys, self._surveys = self._surveys, []
        self._catalogue.commit(
            Batch(
                captures=[each.capture for each in found],
                links=[link for each in found if (link := _link_of(each)) is not None],
                pages=[page for each in found if (page := _page_of(each)) is not None],
            )
        )
        self._catalogue.commit(Batch(settlements=self._settled(found), surveys=self._placed(surveys)))
        self.captures += len(found)

    def _settled(self, found: Sequence[_Found]) -> list[Settled]:
        fetched = [each for each in found if _link_of(each) is not None]
        leases = self._leases(sorted({each.capture.url for each in fetched}))
        settled: list[Settled] = []
        for each in fetched:
            lease = leases.get(each.capture.url)
            if lease is None:
                continue  # a URL that no link can have any more
            settlement = _settlement(self._settle(lease, each.capture, each.head), each)
            settled.append(Settled(settlement=settlement, record_id=each.capture.record_id))
            leases[each.capture.url] = _after(lease, settlement)
        return settled

    def _leases(self, urls: Sequence[str]) -> dict[str, Lease]:
        found: dict[str, Lease] = {}
        with self._catalogue.reading() as connection:
            for some in chunks(urls):
                query = sa.select(links, hosts.c.key.label("host")).join_from(links, hosts)
                for row in connection.execute(query.where(links.c.url.in_(some))):
                    found[row.url] = _lease_of(row)
        return found

    def _placed(self, surveys: Sequence[Survey]) -> list[Survey]:
        """The surveys, each with what its capture says; those of captures that are gone are left out."""
        with self._catalogue.reading() as connection:
            known = captures_by_record(connection, {survey.record_id for survey in surveys})
        return [_placed(survey, known[survey.record_id]) for survey in surveys if survey.record_id in known]

    def _note_origin(self, name: str, origin: str, sha256: str) -> None:
        with self._catalogue.writing() as connection:
            of_file = sa.update(warcs).where(warcs.c.name == name)
            connection.execute(of_file.values(origin=origin or None, origin_sha256=sha256 or None))


def _placed(survey: Survey, capture: Capture) -> Survey:
    return replace(survey, url=capture.url, page_url=capture.page_url or capture.url, hops=capture.hops)


def _link_of(found: _Found) -> NewLink | None:
    """The link that a capture was fetched for; None for one that was not: a file, a robots.txt, somebody else's.

    Where nothing tells any more what it was fetched for, the events' documents say what came of their links.
    """
    capture = found.capture
    if not found.is_told or capture.via is not Via.HTTP or capture.kind is RecordKind.RESOURCE or _is_for_robots(found):
        return None
    kind = _kind_of(capture.hops)
    return NewLink(
        url=capture.url,
        kind=LinkKind.PAGE if found.note is not None else kind,
        via=capture.referrer,
        hops=capture.hops,
        redirects=len(capture.hops) - len(capture.hops.rstrip("R")),
        priority=CITATION_PRIORITY if kind is LinkKind.CITATION else 0,
        page_url=capture.page_url,
    )


def _kind_of(hops: str) -> LinkKind:
    if "E" in hops:
        return LinkKind.REQUISITE
    return LinkKind.CITATION if "C" in hops else LinkKind.PAGE


def _is_for_robots(found: _Found) -> bool:
    """Whether it was fetched to know what may be fetched, redirects of a robots.txt included."""
    paths = (urlsplit(url).path for url in (found.capture.url, found.capture.referrer or ""))
    return found.capture.hops == "P" and found.note is None and "/robots.txt" in paths


def _page_of(found: _Found) -> PageKept | None:
    capture, note = found.capture, found.note
    if note is None:
        return None
    on_disk = capture.kind is RecordKind.RESOURCE
    leads = tuple(NewLink(url=url, kind=LinkKind.PAGE, via=capture.url, hops="P") for url in found.outlinks)
    page = PageRead(key=note.key, url=None if on_disk else capture.url, kind=note.kind, sha256=note.sha256, links=leads)
    return PageKept(page=page, record_id=capture.record_id)


def _lease_of(row: sa.Row[tuple[object, ...]]) -> Lease:
    return Lease(
        link_id=row.id,
        url=row.url,
        kind=row.kind,
        host=row.host,
        via=row.via,
        hops=row.hops,
        redirects=row.redirects,
        tries=0,
        not_before=None,
        etag=row.etag,
        last_modified=row.last_modified,
        role=row.role,
        page_url=row.page_url,
    )


def _settlement(made: Settlement, found: _Found) -> Settlement:
    """A settlement at the time it was made, without the validators of a page that has to be read anew."""
    at = found.capture.at + timedelta(milliseconds=found.capture.duration_ms)
    if found.note is not None and found.note.partial:
        made = replace(made, etag=None, last_modified=None)
    return replace(made, at=at)


def _after(lease: Lease, settlement: Settlement) -> Lease:
    """The link as the next attempt finds it."""
    if settlement.stage is not LinkStage.DONE:
        return lease
    if settlement.reason is Reason.OK:
        return replace(lease, etag=settlement.etag, last_modified=settlement.last_modified)
    etag, modified = settlement.etag or lease.etag, settlement.last_modified or lease.last_modified
    return replace(lease, etag=etag, last_modified=modified)
