"""The second step of a rebuild: the events' documents become events, versions, citations and articles again.

A document also says what came of each citation. Where that is more than the captures tell (a link that was never
fetched, and why; a fault of ours) it is taken from there, unless something came since the document was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.exc import DBAPIError

from archive.batch import ArticleRead, Batch, PageKept
from archive.capture_rows import captures_by_record
from archive.catalogue import Catalogue
from archive.chains import Chain, find_hops, follow
from archive.errors import SourcekeepError
from archive.event_codec import DocumentJson, event_from_document, event_from_json
from archive.judgement import judge
from archive.link_rows import Row, chunks, execute_many
from archive.model import Event, LinkStage, Outcome, PageKind, PageRead, Reason
from archive.reader import open_record
from archive.rebuild_documents import DocumentsFound, Place
from archive.schema import ArticleState, Stage, captures, citations, event_versions, events, links, pages, storable

_AT_ONCE = 100  # events in one transaction
_LARGEST = 64 << 20  # bytes of a document

SENSELESS = (DBAPIError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)  # what noise reads as
UNREADABLE = (SourcekeepError, *SENSELESS)

_Object = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A version of a document, read."""

    at: datetime  # when it was written
    event: Event
    version: int
    record_id: str | None  # of its page
    citations: tuple[_Object, ...]


class EventReader:
    """Reads the documents into a catalogue that has the captures."""

    def __init__(
        self,
        catalogue: Catalogue,
        folder: Path,
        documents: DocumentsFound,
        *,
        now: datetime,
        report: Callable[[str], object],
    ) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._documents = documents
        self._now = now
        self._report = report
        self.events = 0

    def read(self, *, before: Catalogue | None, progress: Callable[[int, int], object]) -> None:
        """Take in all events; those whose documents are lost as `before` knows them, an older catalogue."""
        uris, total = self._documents.uris(), self._documents.count()
        while some := list(islice(uris, _AT_ONCE)):
            found = [versions for uri in some if (versions := list(self._versions(uri)))]
            self._note(found)
            self._correct([versions[-1] for versions in found])
            self.events += len(found)
            progress(self.events, total)
        if before is not None:
            self._take_over(before)
        with self._catalogue.writing() as connection:
            _read_anew(connection)

    def _take_over(self, before: Catalogue) -> None:
        with self._catalogue.reading() as connection:
            known = set(connection.execute(sa.select(events.c.path)).scalars())
        for found in self._only_in(before, known):
            self._note(found)
            self.events += len(found)

    def _only_in(self, before: Catalogue, known: Container[str]) -> Iterator[list[list[_Document]]]:
        """The events that only `before` knows, some at a time, as far as it can be read: it may be damaged."""
        try:
            with before.reading() as old:
                ids = [row.id for row in old.execute(sa.select(events.c.id, events.c.path)) if row.path not in known]
                for some in chunks(ids, _AT_ONCE):
                    found: dict[int, list[_Document]] = {each: [] for each in some}
                    for row in old.execute(_versions, {"b_ids": some}):
                        found[row.event_id].append(self._remembered(row))
                    yield [versions for versions in found.values() if versions]
        except UNREADABLE:
            self._report(
                "the old catalogue is damaged: events whose documents are lost in the WARCs are not all taken over "
                "from it; the next `sourcekeep crawl` reads their pages again"
            )

    def _remembered(self, row: sa.Row[tuple[object, ...]]) -> _Document:
        return _Document(
            at=self._now,
            event=event_from_json(row.document),
            version=row.version,
            record_id=row.page_record_id,
            citations=(),
        )

    def _versions(self, uri: str) -> Iterator[_Document]:
        """The versions of a document that can be read, the oldest first."""
        for place in self._documents.versions(uri):
            try:
                yield self._document(place)
            except (ValueError, KeyError, TypeError, AttributeError, SourcekeepError) as error:
                self._report(f"{place.where.warc}, offset {place.where.offset}: no event document of ours ({error})")

    def _document(self, place: Place) -> _Document:
        with open_record(self._folder, place.where).block() as block:
            raw = json.loads(block.read(_LARGEST))
        known = cast("DocumentJson", raw)
        return _Document(
            at=datetime.fromisoformat(place.at).astimezone(UTC),
            event=event_from_document(known),
            version=int(known["version"]),
            record_id=known["page"]["record_id"],
            citations=tuple(raw["citations"]),
        )

    # --- events and articles ---

    def _note(self, found: Sequence[Sequence[_Document]]) -> None:
        """Events with all their versions, the latest current."""
        flat = [document for versions in found for document in versions]
        with self._catalogue.reading() as connection:
            wanted = {document.record_id for document in flat if document.record_id}
            known = captures_by_record(connection, wanted)
            rows = connection.execute(sa.select(pages).where(pages.c.record_id.in_(wanted))).all()
        of_record = {row.record_id: row for row in rows}
        kept = [_page_kept(document, of_record, is_known=document.record_id in known) for document in flat]
        self._catalogue.commit(Batch(captures=list(known.values()), pages=kept))
        self._catalogue.commit(Batch(articles=self._kept(list(_articles(flat)))))
        with self._catalogue.writing() as connection:
            _number(connection, flat)

    def _kept(self, articles: Sequence[ArticleRead]) -> list[ArticleRead]:
        """Those whose capture and text are there still; the rest is read again, or gone with its capture."""
        with self._catalogue.reading() as connection:
            known = captures_by_record(connection, {article.record_id for article in articles})
        return [
            article
            for article in articles
            if article.record_id in known
            and (article.conversion_id is None or self._documents.has_text(article.conversion_id, article.record_id))
        ]

    # --- what came of the citations ---

    def _correct(self, documents: Sequence[_Document]) -> None:
        with self._catalogue.writing() as connection:
            chains = _chains(connection, documents)
            wanted = {str(each.get("record_id")) for document in documents for each in document.citations}
            known = captures_by_record(connection, wanted)
            rows: list[Row] = []
            for document in documents:
                for each in document.citations:
                    chain = chains.get((storable(document.event.path), cast("int", each.get("position"))))
                    if chain is not None and (row := self._correction(document, each, chain, known)) is not None:
                        rows.append(row)
            execute_many(connection, _correct_link, rows)

    def _correction(self, document: _Document, said: _Object, chain: Chain, known: Mapping[str, object]) -> Row | None:
        """How the link at the end of `chain` has to be changed for the citation to be what the document says it is."""
        end, made = chain.end, judge(None, chain, self._now)
        reason = Reason(str(said["reason"]))
        record_id = str(said["record_id"]) if said["record_id"] is not None else None
        if reason is made.reason or chain.endless or not _same_end(said, chain):
            return None
        if end.capture is not None and end.capture.at > document.at:
            return None  # something came since
        stage = _stage_of(reason)
        if record_id is not None and record_id not in known:
            return None  # its record is gone: it goes again
        if stage is Stage.PENDING and end.stage is LinkStage.DONE:
            return None
        if stage is Stage.DONE and (record_id is None or made.reason.outcome is Outcome.KEPT or len(chain.hops) > 1):
            return None
        reason = Reason.OK if stage is Stage.DONE else reason
        return {"b_id": end.link_id, "b_stage": stage, "b_reason": reason, "b_at": document.at, "b_record": record_id}


def _stage_of(reason: Reason) -> Stage:
    match reason.outcome:
        case Outcome.KEPT:
            return Stage.DONE
        case Outcome.WAITING:
            return Stage.PENDING
        case _:
            return Stage.FAILED


def _same_end(said: _Object, chain: Chain) -> bool:
    """Whether the document knows the same redirects."""
    hops = said.get("redirects")
    urls = [hop.get("url") for hop in hops] if isinstance(hops, list) else []
    found = [hop.url for hop in chain.hops]
    return urls == (found if len(found) > 1 else [])


def _page_kept(document: _Document, of_record: Mapping[str, sa.Row[tuple[object, ...]]], *, is_known: bool) -> PageKept:
    """The page as the records tell of it; of an older version, or without a note, as the document does."""
    row = of_record.get(document.record_id or "")
    page = PageRead(
        key=row.key if row is not None else document.event.path,
        url=row.url if row is not None else None,
        kind=PageKind.EVENT,
        sha256=row.sha256 if row is not None else document.event.sha256,
        event=document.event,
    )
    return PageKept(page=page, record_id=document.record_id if is_known else None)


def _articles(documents: Iterable[_Document]) -> Iterator[ArticleRead]:
    found: dict[str, ArticleRead] = {}
    for document in sorted(documents, key=lambda each: each.at):
        for citation in document.citations:
            copies = citation.get("copies")
            for copy in copies if isinstance(copies, list) else []:
                article = copy.get("article")
                if article:
                    record_id = str(copy.get("refers_to") or copy["record_id"])
                    found[record_id] = _article(record_id, article, document.at)
    yield from found.values()


def _article(record_id: str, raw: Mapping[str, str | None], at: datetime) -> ArticleRead:
    chars = raw.get("text_chars")
    return ArticleRead(
        record_id=record_id,
        state=ArticleState.READ,
        at=at,
        title=raw.get("title"),
        author=raw.get("author"),
        published=raw.get("date"),
        language=raw.get("language"),
        site_name=raw.get("site_name"),
        text_sha256=raw.get("text_sha256"),
        text_chars=int(chars) if chars is not None else None,
        conversion_id=raw.get("conversion_record_id"),
    )


def _read_anew(connection: sa.Connection) -> None:
    """Have the next crawl take those event pages for new whose event was lost with its document, also behind a 304."""
    known = sa.select(event_versions.c.sha256)
    lost = sa.and_(pages.c.kind == PageKind.EVENT, pages.c.sha256.not_in(known))
    again = sa.select(pages.c.link_id).where(lost, pages.c.link_id.is_not(None))
    connection.execute(sa.update(links).where(links.c.id.in_(again)).values(etag=None, last_modified=None))
    connection.execute(sa.update(pages).where(lost).values(sha256=""))


def _number(connection: sa.Connection, documents: Sequence[_Document]) -> None:
    """Give the versions the numbers they had; some in between may be lost."""
    rows: list[Row] = [
        {"b_path": storable(each.event.path), "b_sha256": each.event.sha256, "b_number": each.version}
        for each in documents
    ]
    execute_many(connection, _renumber, [{**row, "b_number": -cast("int", row["b_number"])} for row in rows])
    execute_many(connection, _renumber, rows)
    execute_many(connection, _make_current, [{"b_path": row["b_path"], "b_number": row["b_number"]} for row in rows])


def _chains(connection: sa.Connection, documents: Sequence[_Document]) -> dict[tuple[str, int], Chain]:
    """The chain of each citation of current versions, by event path and position."""
    paths = [storable(document.event.path) for document in documents]
    rows = connection.execute(_cited, {"b_paths": paths}).all()
    hops = find_hops(connection, {row.link_id for row in rows})
    return {(row.path, row.position): follow(row.link_id, hops) for row in rows}


_of_path = sa.select(events.c.id).where(events.c.path == bindparam("b_path")).scalar_subquery()
_renumber = (
    sa.update(event_versions)
    .where(event_versions.c.event_id == _of_path, event_versions.c.sha256 == bindparam("b_sha256"))
    .values(version=bindparam("b_number"))
)
_versions = (
    sa.select(event_versions)
    .where(event_versions.c.event_id.in_(bindparam("b_ids", expanding=True)))
    .order_by(event_versions.c.event_id, event_versions.c.version)
)
_make_current = sa.update(events).where(events.c.path == bindparam("b_path")).values(version=bindparam("b_number"))
_cited = (
    sa.select(events.c.path, citations.c.position, citations.c.link_id)
    .join_from(
        events,
        event_versions,
        sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
    )
    .join(citations, citations.c.event_version_id == event_versions.c.id)
    .where(events.c.path.in_(bindparam("b_paths", expanding=True)), citations.c.link_id.is_not(None))
)
_correct_link = (
    sa.update(links)
    .where(links.c.id == bindparam("b_id"))
    .values(
        stage=bindparam("b_stage"),
        reason=bindparam("b_reason"),
        settled_at=sa.func.coalesce(links.c.settled_at, bindparam("b_at", type_=links.c.settled_at.type)),
        capture_id=sa.func.coalesce(
            sa.select(captures.c.id).where(captures.c.record_id == bindparam("b_record")).scalar_subquery(),
            links.c.capture_id,
        ),
    )
)
