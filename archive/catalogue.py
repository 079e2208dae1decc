"""The catalogue: what the collection holds and what came of every link.

One thread (the keeper) commits, another leases (`archive.frontier`); any may read. The WARCs come first: a row here is
written only after the record it speaks of is on disk, and the catalogue can be made again from the WARCs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from archive.baselines import insert_baselines, is_copy
from archive.batch import ArticleRead, Batch, DocumentWritten, PageKept, Settled
from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.check_rows import Turn, hold_hosts, insert_checks, insert_incidents, note_incident
from archive.database import Database
from archive.event_document import EventState
from archive.event_states import dirty_events
from archive.fact_rows import insert_articles, insert_captures, insert_pages, note_documents
from archive.link_rows import HostIds, chunks, fetch_again, insert_links, mark_dirty, settle
from archive.model import Capture, RecordKind, Via
from archive.recoveries import insert_recoveries
from archive.revisit_targets import find_originals
from archive.schema import WarcState, captures, collection_meta, pages, runs, warcs
from archive.survey_rows import insert_surveys
from archive.upsert import upsert

__all__ = ["ArticleRead", "Batch", "Catalogue", "DocumentWritten", "PageKept", "Run", "Settled", "Warc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a job, as it begins."""

    job: str
    site: str | None
    started_at: datetime
    pid: int
    host: str
    version: str
    configuration: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warc:
    """A WARC file as the catalogue knows it. Up to `committed_offset` every record has its rows."""

    name: str
    committed_offset: int
    state: WarcState


class Catalogue:
    """A collection's database. Make one with `open`; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hosts: dict[str, int] = {}

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Catalogue:
        """The catalogue at `path`, brought up to this version's schema.

        Raises NotACollection (none there and `create` False; something else; of a newer version) and
        CatalogueUnavailable (damaged, out of reach).
        """
        return cls(Database.open(path, create=create))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that sees one state of the catalogue throughout."""
        return self._database.reading()

    def writing(self, *, durable: bool = True) -> AbstractContextManager[sa.Connection]:
        """A transaction that writes: see `Database.writing`."""
        return self._database.writing(durable=durable)

    @contextmanager
    def linking(self) -> Iterator[tuple[sa.Connection, HostIds]]:
        """A transaction that writes, with the ids of hosts for links it adds."""
        host_ids = HostIds(self._hosts)
        with self.writing() as connection:
            yield connection, host_ids
        host_ids.keep()

    # --- writing ---

    def commit(self, batch: Batch) -> list[Turn]:
        """Write all of `batch`, or nothing of it. It is on disk when this returns. The links whose state turned.

        Raises DiskFull and CatalogueUnavailable.
        """
        with self.linking() as (connection, host_ids):
            insert_captures(connection, batch)
            insert_links(connection, batch.links, host_ids)
            settle(connection, batch.settlements, host_ids)
            insert_pages(connection, batch, host_ids)
            touched = insert_articles(connection, batch.articles)
            touched.update(each.settlement.link_id for each in batch.settlements)
            note_documents(connection, batch.documents)
            touched.update(insert_surveys(connection, batch.surveys, host_ids))
            touched.update(insert_recoveries(connection, batch.recoveries))
            touched.update(find_originals(connection, batch.captures))
            mark_dirty(connection, touched)
            insert_baselines(connection, batch.baselines)
            return _check(connection, batch, host_ids)

    # --- captures ---

    def capture(self, record_id: str) -> Capture | None:
        """The capture with this record id."""
        return self._first_capture(captures.c.record_id == record_id)

    def latest_capture(self, url: str) -> Capture | None:
        """The capture that holds the payload of the latest good answer of `url` (as captured): what a 304 stands for.

        Good is whole, of status 2xx or without one, its WARC at hand. For a revisit it is the capture revisited.
        """
        holds = captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT, RecordKind.RESOURCE))
        good = sa.or_(captures.c.status.is_(None), captures.c.status.between(200, 299))
        ours = captures.c.via != Via.MEMENTO  # no server's 304 means what an archive sent
        found = self._first_capture(captures.c.url == url, holds, good, ours, is_copy(), *_sound)
        if found is not None and found.kind is RecordKind.REVISIT and found.refers_to is not None:
            return self.capture(found.refers_to)
        return found

    def same_payloads(self, digests: Collection[str]) -> dict[str, list[Capture]]:
        """Good answers (response record, 2xx, whole, our own, its WARC at hand) with each of these payloads, by sha256
        (hex); the first of them first, a few of each."""
        found: dict[str, list[Capture]] = {}
        with self.reading() as connection:
            for some in chunks(sorted(digests)):
                for row in connection.execute(_same_payload, {"b_digests": some}):
                    if len(same := found.setdefault(row.payload_sha256, [])) < _FEW:
                        same.append(capture_from(row))
        return found

    def _first_capture(self, *conditions: sa.ColumnElement[bool]) -> Capture | None:
        query = sa.select(*CAPTURE_COLUMNS).join_from(captures, warcs).where(*conditions)
        query = query.order_by(captures.c.at.desc()).limit(1)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else capture_from(row)

    # --- WARCs, pages ---

    def warcs(self) -> list[Warc]:
        """All WARC files, oldest name first."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(warcs).order_by(warcs.c.name)).all()
        return [Warc(name=row.name, committed_offset=row.committed_offset, state=row.state) for row in rows]

    def lose_warc(self, name: str) -> int:
        """Note that a WARC file is gone: links whose copy lay in it go again; how many."""
        with self.writing() as connection:
            gone = sa.select(warcs.c.id).where(warcs.c.name == name).scalar_subquery()
            connection.execute(sa.update(warcs).where(warcs.c.name == name).values(state=WarcState.MISSING))
            return fetch_again(connection, gone)

    def page_sha256(self, key: str) -> str | None:
        """The digest of the page `key` when it was last read; None for one to read anew: its record has gone, too."""
        with self.reading() as connection:
            return connection.execute(_digest_of_page, {"b_key": key}).scalar()

    # --- documents ---

    def dirty_events(self, limit: int, *, now: datetime) -> list[EventState]:
        """At most `limit` events whose document is out of date, with all that goes into it.

        Hand back a `DocumentWritten` with the state's `dirty` once the document lies on disk.
        """
        with self.reading() as connection:
            return list(dirty_events(connection, limit, now))

    # --- runs ---

    def start_run(self, run: Run) -> int:
        """Note that a run begins; its id."""
        values = {
            "job": run.job,
            "site": run.site,
            "started_at": run.started_at,
            "pid": run.pid,
            "host": run.host,
            "version": run.version,
            "configuration": json.dumps(dict(run.configuration), default=str),
        }
        with self.writing() as connection:
            return int(connection.execute(sa.insert(runs).returning(runs.c.id), values).scalar_one())

    def end_run(self, run_id: int, at: datetime, *, exit_code: int, reason: str, counts: Mapping[str, int]) -> None:
        """Note how a run ended."""
        values = {"ended_at": at, "exit_code": exit_code, "reason": reason, "counts": json.dumps(dict(counts))}
        with self.writing() as connection:
            connection.execute(sa.update(runs).where(runs.c.id == run_id).values(values))

    def unfinished(self, job: str, site: str | None) -> bool:
        """Whether the last run of `job` on `site` was stopped or killed before it had fetched all there was."""
        query = sa.select(runs.c.exit_code).where(runs.c.job == job, runs.c.site == site).order_by(runs.c.id.desc())
        with self.reading() as connection:
            last = connection.execute(query.limit(1)).first()
        return last is not None and last.exit_code not in (0, 1, 4)

    # --- settings of the collection ---

    def meta(self) -> dict[str, str]:
        """What is noted of the collection itself."""
        with self.reading() as connection:
            return {row.name: row.value for row in connection.execute(sa.select(collection_meta))}

    def set_meta(self, name: str, value: str) -> None:
        """Note something of the collection itself."""
        with self.writing() as connection:
            insert = upsert(connection.dialect.name, collection_meta)
            keep = insert.on_conflict_do_update(
                index_elements=[collection_meta.c.name], set_={"value": insert.excluded.value}
            )
            connection.execute(keep, {"name": name, "value": value})


def _check(connection: sa.Connection, batch: Batch, host_ids: HostIds) -> list[Turn]:
    """Checks by the clock they were made by: that of a recheck may be moved."""
    insert_incidents(connection, batch.incidents, host_ids)
    hold_hosts(connection, batch.held, host_ids)
    times = [check.at for check in (*batch.checks, *batch.discarded)]
    if not times:
        return []
    now = max(times)
    turned = insert_checks(connection, batch.checks, host_ids, now=now)
    if batch.discarded:
        turned += note_incident(connection, batch.discarded, host_ids, now=now)
    return turned


_held = (
    sa.select(captures.c.id)
    .join(warcs)
    .where(captures.c.record_id == pages.c.record_id, warcs.c.state != WarcState.MISSING)
)
_digest_of_page = sa.select(pages.c.sha256).where(
    pages.c.key == sa.bindparam("b_key"), sa.or_(pages.c.record_id.is_(None), _held.exists())
)
_sound = (captures.c.truncated.is_(None), captures.c.error.is_(None), warcs.c.state != WarcState.MISSING)
_FEW = 4  # framed in one way or another, spoilt on the disk: more is not worth the search
_same_payload = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(
        captures.c.payload_sha256.in_(sa.bindparam("b_digests", expanding=True)),
        captures.c.kind == RecordKind.RESPONSE,
        captures.c.status.between(200, 299),
        captures.c.status != 206,  # a part
        captures.c.via != Via.MEMENTO,
        *_sound,
    )
    .order_by(captures.c.at)
)
