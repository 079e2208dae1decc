"""The catalogue made anew from the WARCs alone.

Four steps. The records are read in the order they were written: captures become rows, and what each made of its link
is settled once more, as it was the first time. Then the events come back from the documents that lie in the WARCs, and
with them what has no record of its own: why a citation was never fetched. Then come the checks of links, and their
states. Last, what was kept as a revisit of something that is gone is marked to be fetched again.

The new catalogue is made beside the old one and takes its place when it is whole: a rebuild that is killed has changed
nothing.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from collections.abc import Collection as Group
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.catalogue import Catalogue
from archive.check_codec import mark_from
from archive.check_rows import insert_marks
from archive.collection import Collection
from archive.errors import DamagedRecord
from archive.link_rows import mark_dirty
from archive.mark_records import are_waiting, put_off
from archive.model import RecordKind, Via
from archive.rebuild_captures import CaptureReader, SettleAgain
from archive.rebuild_checks import read_checks
from archive.rebuild_documents import DocumentsFound
from archive.rebuild_events import UNREADABLE, EventReader
from archive.recovery_mending import mend_recoveries
from archive.rescoring import rescore
from archive.revisit_targets import find_originals
from archive.schema import Stage, WarcState, captures, hosts, links, marks, recoveries, runs, warcs
from archive.verify_types import wrong_rows
from archive.warc_files import is_warc_name, storage_error, sync_folder

_FRESH = "catalogue.db.rebuilding"
_PARTS = ("", "-wal", "-shm", "-journal")

_T = TypeVar("_T")

Progress = Callable[[str, int, int], None]  # what, done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a new catalogue was made of."""

    warcs: int
    captures: int
    events: int
    aside: str | None  # the name the old catalogue has now


def rebuild(
    collection: Collection,
    *,
    settle: SettleAgain,
    now: datetime,
    report: Callable[[str], object],
    progress: Progress = lambda _what, _done, _total: None,
    trusts_old: bool = False,
    without: Group[str] = (),
) -> Rebuilt:
    """Make catalogue.db from the finished WARCs; an old one is put aside, never deleted. What is wrong with the WARCs
    goes to `report`, a sentence each.

    `settle` says what a capture made of the link it was fetched for. `trusts_old`: parts of the WARCs are lost, so
    events that are in none of them are taken from the old catalogue. `without`: names of files that are only copies of
    others. Raises StorageError, DiskFull.
    """
    fresh = collection.root / _FRESH
    _remove(fresh)
    with tempfile.TemporaryDirectory(prefix="sourcekeep-rebuild-") as folder, closing(_opened(fresh)) as catalogue:
        with closing(DocumentsFound(Path(folder))) as documents:
            reader = CaptureReader(catalogue, collection.warcs, documents, settle)
            paths = [
                path
                for path in sorted(collection.warcs.glob("*.warc.gz"))
                if _is_ours(path) and path.name not in without
            ]
            for number, path in enumerate(paths):
                progress("reading the WARCs", number, len(paths))
                reader.read(path, damage=lambda error: report(_told(error)))
            events = EventReader(catalogue, collection.warcs, documents, now=now, report=report)
            with _old(collection.catalogue if trusts_old else None) as before:
                events.read(before=before, progress=lambda done, total: progress("reading the events", done, total))
            read_checks(catalogue, collection.warcs, documents, now=now, report=report)
        _find_originals(catalogue)
        fetch_dangling_again(catalogue)
        rescore(catalogue, now)
        _remember(collection.catalogue, catalogue, now, report, trusts_old=trusts_old)
        mend_recoveries(catalogue, collection.warcs, report=lambda error: report(_told(error)))
    return Rebuilt(
        warcs=len(paths),
        captures=reader.captures,
        events=events.events,
        aside=_put_in_place(fresh, collection.catalogue, now),
    )


def _opened(path: Path) -> Catalogue:
    return Catalogue.open(path, create=True)


def _is_ours(path: Path) -> bool:
    return is_warc_name(path.name) and path.is_file() and not path.is_symlink()


def _told(error: DamagedRecord) -> str:
    return f"{error}; what lies there is lost to the catalogue, and fetched again if it was a copy"


def _find_originals(catalogue: Catalogue) -> None:
    """Originals of imported revisits that came behind them, in files of whatever name."""
    query = sa.select(*CAPTURE_COLUMNS).join_from(captures, warcs).where(captures.c.refers_to.is_not(None))
    imported = query.where(captures.c.kind == RecordKind.REVISIT, captures.c.via == Via.IMPORT)
    with catalogue.writing() as connection:
        waiting = [capture_from(row) for row in connection.execute(imported)]
        find_originals(connection, waiting)


def fetch_dangling_again(catalogue: Catalogue) -> None:
    """Links that are done by a revisit whose original is not there."""
    original = captures.alias("original")
    there = sa.exists().where(
        original.c.record_id == captures.c.refers_to,
        original.c.kind != RecordKind.REVISIT,
        original.c.truncated.is_(None),
        original.c.warc_id.in_(sa.select(warcs.c.id).where(warcs.c.state != WarcState.MISSING)),
    )
    dangling = sa.select(captures.c.id).where(captures.c.kind == RecordKind.REVISIT, ~there)
    again = sa.update(links).where(links.c.stage == Stage.DONE, links.c.capture_id.in_(dangling))
    with catalogue.writing() as connection:
        behind = sa.select(links.c.id).where(links.c.stage == Stage.DONE, links.c.capture_id.in_(dangling))
        mark_dirty(connection, connection.execute(behind).scalars().all())
        connection.execute(again.values(stage=Stage.PENDING, not_before=None, etag=None, last_modified=None))


# --- what only the old catalogue knows ---


@contextmanager
def _old(path: Path | None) -> Iterator[Catalogue | None]:
    """The old catalogue, if it can be read."""
    if path is None or not path.is_file() or not path.stat().st_size:
        yield None
        return
    try:
        before = Catalogue.open(path, create=False)
    except UNREADABLE:
        yield None  # it is the reason for all this
        return
    with closing(before):
        yield before


def _remember(old: Path, fresh: Catalogue, now: datetime, report: Callable[[str], object], *, trusts_old: bool) -> None:
    """Take over from the old catalogue what no WARC tells, as far as it can be read: runs, hosts, what archives were
    asked, and what people said of links and no WARC has yet."""
    with _old(old) as before:
        if before is None:
            return
        for table in (runs, hosts, recoveries, marks):
            try:
                _take_over(before, fresh, table, now, report, trusts_old=trusts_old)
            except UNREADABLE:
                report(f"the old catalogue is damaged: its {table.name} are not taken over, and no WARC tells of them")


def _take_over(
    before: Catalogue,
    fresh: Catalogue,
    table: sa.Table,
    now: datetime,
    report: Callable[[str], object],
    *,
    trusts_old: bool,
) -> None:
    if table is not marks:
        _copy(before, fresh, table, report)
    elif trusts_old or are_waiting(before):  # else the WARCs have all of them, and what else stands there is wrong
        _copy_marks(before, fresh, now, report)


def _rows(
    before: Catalogue, table: sa.Table, read: Callable[[sa.Row[Any]], _T], report: Callable[[str], object]
) -> list[_T]:
    """The rows of a table, as `read` has them; one that cannot be read costs no other. Raises UNREADABLE."""
    with suppress(*UNREADABLE), before.reading() as connection:
        if not wrong_rows(connection, table, most=1):
            return list(map(read, connection.execute(sa.select(table))))
    place = sa.literal_column("rowid", sa.Integer)
    with before.reading() as connection:
        places = connection.execute(sa.select(place).select_from(table)).scalars().all()
        wrong = set(wrong_rows(connection, table))
    found: list[_T] = []
    for each in (each for each in places if each not in wrong):
        with suppress(*UNREADABLE), before.reading() as connection:
            found.append(read(connection.execute(sa.select(table).where(place == each)).one()))
    lost = len(places) - len(found)
    report(f"the old catalogue is damaged: of its {table.name} {lost} cannot be read, and no WARC tells of them")
    return found


def _copy_marks(before: Catalogue, fresh: Catalogue, now: datetime, report: Callable[[str], object]) -> None:
    said = _rows(before, marks, mark_from, report)
    put_off(fresh)  # into a WARC with the next ones
    with fresh.linking() as (connection, host_ids):
        insert_marks(connection, said, host_ids, now=now)


def _copy(before: Catalogue, fresh: Catalogue, table: sa.Table, report: Callable[[str], object]) -> None:
    rows = _rows(before, table, lambda row: dict(row._mapping), report)  # noqa: SLF001  (a public name)
    with fresh.writing() as connection:
        if table is not hosts:
            for row in rows:
                connection.execute(sa.insert(table), row)
            return
        for row in rows:
            values = {name: row[name] for name in ("not_before", "crawl_delay", "delay", "failures")}
            connection.execute(sa.update(hosts).where(hosts.c.key == row["key"]).values(values))


# --- files ---


def _put_in_place(fresh: Path, catalogue: Path, now: datetime) -> str | None:
    """The new catalogue under its name; the old one's name from now on, None if there was none."""
    aside = _free_name(catalogue, f"{catalogue.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    there = catalogue.exists()
    try:
        for part in reversed(_PARTS):  # the database last: while it is there, its log is not somebody else's
            path = catalogue.with_name(catalogue.name + part)
            if path.exists():
                path.rename(aside.with_name(aside.name + part))
        fresh.rename(catalogue)
        sync_folder(catalogue.parent)
    except OSError as error:
        raise storage_error(error, catalogue, "putting the new catalogue in the place of") from error
    return aside.name if there else None


def _free_name(catalogue: Path, name: str) -> Path:
    """A name beside the catalogue that nothing has: what was put aside before is not written over."""
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(path for each in itertools.chain([name], numbered) if not (path := catalogue.with_name(each)).exists())


def _remove(path: Path) -> None:
    for part in _PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)
