"""A collection put right from what its WARCs hold: catalogue, index and events' documents.

The WARCs are the truth and are never changed: a damaged one stays as it is, what can be read of it counts, and what
cannot is noted as lost, once (`archive.losses`), and fetched again. A catalogue that contradicts them, is damaged or
gone, is made anew and the old one put aside; one that is sound is kept, for it knows things no WARC tells.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Collection as Group
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from archive import cdxj
from archive.aliases import update_aliases
from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.copied_warcs import copied_warcs
from archive.database import lack_of_catalogue
from archive.dirty_documents import has_dirty_events, write_dirty_documents
from archive.errors import DamagedCatalogue, NotACollection
from archive.letting_go import By, count_on_less, note_found_again, note_losses, read_again, span_of
from archive.link_rows import chunks
from archive.losses import read_losses
from archive.mending import Settle, mend
from archive.named_warcs import absent_warcs, named_warcs
from archive.reader import salvaged_records
from archive.rebuild import Progress, Rebuilt, fetch_dangling_again, rebuild
from archive.rebuild_captures import SettleAgain
from archive.rebuild_documents import DocumentsFound
from archive.rebuild_events import SENSELESS
from archive.recovery import index_line, repair
from archive.returned_warcs import lose
from archive.schema import WarcState, events
from archive.verify import verify
from archive.verify_faults import Fault, FaultKind, Remedy, Span
from archive.warc_files import is_warc_name
from archive.writer import WarcWriter


@dataclass(slots=True, kw_only=True)
class Plan:
    """What has to be done. `documents`: names below events/ that are to be written; None: all that are wrong."""

    make_catalogue: str | None = None  # why
    mend: bool = False
    write_index: bool = False
    refetch: bool = False
    absent: tuple[str, ...] = ()  # WARCs that index and documents name, where no catalogue is left that knows of them
    lost: dict[Span, str] = field(default_factory=dict)  # what cannot be read, and what was said of it
    copies: dict[str, str] = field(default_factory=dict)  # files that count for nothing: they hold what another holds
    originals: set[str] = field(default_factory=set)  # that revisits stand for and that cannot be read
    noted: set[Span] = field(default_factory=set)  # that is lost still, as was said before
    texts: set[str] = field(default_factory=set)  # record ids of captures to be read again
    surveys: set[str] = field(default_factory=set)  # of captures to be looked at again
    documents: set[str] = field(default_factory=set)
    all_documents: bool = False
    held_back: str | None = None  # what is not done, and why
    known_missing: frozenset[str] = frozenset()  # files, as faults name them: nothing is to be done about these
    is_checked: bool = False  # every file was looked at
    faults: Counter[FaultKind] = field(default_factory=Counter)

    def steps(self) -> Iterator[str]:
        """The plan in words."""
        if self.mend:
            yield "mend: files left open get their name, unknown ones are taken in, what is gone is fetched again"
        if self.make_catalogue is not None:
            yield f"make catalogue.db anew from the WARCs, the old one put aside: {self.make_catalogue}"
        for name in self.absent:
            yield (
                f"note that {name} is missing, which index or documents name: put it back and repair again, or say "
                "with `sourcekeep verify --accept-loss NAME --why TEXT` that it is lost"
            )
        if self.lost:
            yield f"note in losses.json what cannot be read any more, in {len(self.lost)} places"
        if self.refetch:
            yield "have the next crawl fetch again what is kept only as a revisit of something that is gone"
        if self.texts or self.surveys:
            yield f"have {len(self.texts)} articles read and {len(self.surveys)} captures looked at again"
        if self.write_index:
            yield "write indexes/index.cdxj anew from the WARCs"
        if self.all_documents:
            yield "write the events' documents that are missing or wrong"
        elif self.documents:
            yield f"write {len(self.documents)} of the events' documents anew"

    def take(self, fault: Fault) -> None:
        """Note what a fault asks for."""
        self.faults[fault.kind] += 1
        if fault.noted is not None:
            self.noted.add(span_of(fault.noted))
        match fault.remedy:
            case Remedy.REBUILD:
                self.make_catalogue = self.make_catalogue or f"{fault.kind.value}, {fault.where}"
                self.all_documents = True
            case Remedy.MEND:
                self.mend = self.mend or fault.where not in self.known_missing
            case Remedy.INDEX:
                self.write_index = True
            case Remedy.DOCUMENT:
                self.documents.add(fault.where.removeprefix("events/"))
            case Remedy.REFETCH:
                self.refetch = True
                self.originals.add(fault.record_id or "")
            case Remedy.LET_GO:
                self.write_index = True
                if fault.lost is not None:
                    self.lost.setdefault(fault.lost, f"{fault.kind.value}: {fault.what}")
            case Remedy.REREAD:
                again = self.texts if fault.kind is FaultKind.MISSING_TEXT else self.surveys
                again.add(fault.record_id or "")
            case Remedy.NONE:
                pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a repair needs of those who know how links are fetched. `writer` is only used if something is to be kept."""

    settle: SettleAgain
    settle_found: Callable[[Catalogue], Settle]
    writer: WarcWriter
    now: datetime
    who: str = "verify --repair"  # whom losses are noted of


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What was done."""

    steps: tuple[str, ...]
    problems: tuple[str, ...]
    rebuilt: Rebuilt | None = None
    index_written: bool = False
    documents: int = 0


def plan(collection: Collection, *, now: datetime, progress: Progress = lambda _w, _d, _t: None) -> Plan:
    """What a repair of the collection would do; changes nothing. Raises UsageError, CatalogueUnavailable."""
    planned = Plan()
    ruin = ruin_of(collection)
    if ruin is not None:
        return _from_nothing(planned, collection, ruin)
    try:
        _check(planned, collection, now, progress)
    except (DamagedCatalogue, *SENSELESS) as error:
        return _from_nothing(planned, collection, f"it makes no sense: {str(error)[:100]}")
    planned.is_checked = True
    if planned.faults[FaultKind.MISSING_WARC] and planned.make_catalogue is not None:
        # What the catalogue knows of a file that is gone nobody else knows, and the file may come back.
        planned.make_catalogue = None
        planned.held_back = (
            "the catalogue is not made anew while WARC files are missing: put them back, or say with "
            "`sourcekeep verify --accept-loss NAME --why TEXT` that they are lost, then repair again"
        )
    elif planned.faults[FaultKind.DAMAGED_CATALOGUE]:
        return _from_nothing(planned, collection, planned.make_catalogue or "")  # the check may have ended early
    return planned


def _check(planned: Plan, collection: Collection, now: datetime, progress: Progress) -> None:
    """Have all faults noted in `planned`."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        known = catalogue.warcs()
        planned.known_missing = frozenset(
            f"archive/{warc.name}"
            for warc in known
            if warc.state is WarcState.MISSING and not (collection.warcs / warc.name).exists()
        )
        planned.copies = copied_warcs(collection.warcs, known=[warc.name for warc in known])
        verify(
            collection,
            catalogue,
            now=now,
            report=planned.take,
            progress=lambda looked: progress(f"checking: {looked.phase}", looked.done, looked.total),
        )


def _from_nothing(planned: Plan, collection: Collection, why: str) -> Plan:
    """The plan where the catalogue can say nothing that counts."""
    planned.make_catalogue = why
    planned.held_back = None
    named = set(named_warcs(collection.index, collection.events))
    planned.copies = copied_warcs(collection.warcs, known=(), named=named)
    planned.absent = absent_warcs(
        collection.root, warcs=collection.warcs, index=collection.index, events=collection.events
    )
    planned.mend = planned.write_index = planned.all_documents = True
    return planned


def ruin_of(collection: Collection) -> str | None:
    """Why there is no catalogue that can be read; None if there is one.

    Raises NotACollection where there are no WARCs of ours either, or something else, or a newer version's catalogue.
    """
    path = collection.catalogue
    lack = lack_of_catalogue(path)
    if lack is not None and not path.exists() and not collection.has_traces():
        raise NotACollection(f"{collection.root} is not a collection: it has no catalogue.db and no WARC files")
    if lack is not None:
        return f"there is {lack}"
    try:
        with closing(Catalogue.open(path, create=False)) as catalogue, catalogue.reading() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except (DamagedCatalogue, *SENSELESS):
        return "it is damaged beyond reading"
    return None if said == "ok" else f"it is damaged: {str(said)[:100]}"


def _is_ours(path: Path) -> bool:
    return is_warc_name(path.name.removesuffix(".open")) and path.is_file() and not path.is_symlink()


def carry_out(
    planned: Plan, collection: Collection, tools: Tools, *, progress: Progress = lambda _w, _d, _t: None
) -> Repaired:
    """Do what is planned, and what only shows once the catalogue is made anew. The caller holds the collection's lock.

    Again, it finds nothing to do. Raises StorageError, DiskFull, CatalogueUnavailable, UsageError (losses.json is no
    file of ours).
    """
    try:
        done = _carry_out(planned, collection, tools, progress)
    except (DamagedCatalogue, *SENSELESS) as error:
        if planned.make_catalogue is not None and planned.held_back is None:
            raise
        why = f"it makes no sense: {str(error)[:100]}"
        done = _carry_out(_from_nothing(planned, collection, why), collection, tools, progress)
    if done.rebuilt is None and not (planned.mend and done.problems):
        return done
    rest = plan(collection, now=tools.now, progress=progress)
    if done.rebuilt is not None:
        rest.make_catalogue = None  # it was just made: what it still lacks is told, not made again
    more = _carry_out(rest, collection, tools, progress)
    return Repaired(
        steps=(*done.steps, *(step for step in more.steps if step not in done.steps)),
        problems=tuple(dict.fromkeys((*done.problems, *more.problems))),
        rebuilt=done.rebuilt or more.rebuilt,
        index_written=done.index_written or more.index_written,
        documents=done.documents + more.documents,
    )


def _carry_out(planned: Plan, collection: Collection, tools: Tools, progress: Progress) -> Repaired:
    if planned.is_checked:
        note_found_again(collection, planned.noted, tools.now)
    note_losses(collection, planned.lost, planned.originals, By(who=tools.who, at=tools.now))
    problems: list[str] = [planned.held_back] if planned.held_back is not None else []
    rebuilt = None
    if planned.make_catalogue is not None:
        repair(collection.warcs, indexes=collection.indexes, committed={}, copies=planned.copies)
        rebuilt = rebuild(
            collection,
            settle=tools.settle,
            now=tools.now,
            report=problems.append,
            progress=progress,
            trusts_old=bool(read_losses(collection.root).noted),
            without=planned.copies,
        )
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        for name in planned.absent:
            catalogue.commit(Batch(warcs={name: 0}, finished_warcs=[name]))
            lose(catalogue, name)
        shorter = count_on_less(catalogue, collection, planned.lost)
        if planned.mend or shorter or rebuilt is not None:
            problems += mend(catalogue, collection, settle=tools.settle_found(catalogue), now=tools.now)
        if planned.refetch:
            fetch_dangling_again(catalogue)
        read_again(catalogue, sorted(planned.texts), sorted(planned.surveys))
        _clear_leftovers(collection)
        if planned.write_index:
            write_index(collection, problems.append, progress, without=planned.copies)
        _mark_dirty(catalogue, sorted(planned.documents))
        steps = tuple(planned.steps())
        written = write_documents(catalogue, collection, tools, progress) if steps else 0
        if steps:
            update_aliases(catalogue, tools.now)
    return Repaired(
        steps=steps,
        problems=tuple(problems),
        rebuilt=rebuilt,
        index_written=planned.write_index,
        documents=written,
    )


def _clear_leftovers(collection: Collection) -> None:
    """What an atomic write left when it was killed."""
    for path in (*collection.indexes.glob("*.new"), *collection.events.rglob(".*.tmp")):
        if path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


# --- the index ---


def write_index(
    collection: Collection, report: Callable[[str], object], progress: Progress, *, without: Group[str] = ()
) -> None:
    """Write the index anew from all finished WARCs, `without` those that are only copies; of a damaged one what can be
    read. Raises StorageError.
    """
    paths = [path for path in sorted(collection.warcs.glob("*.warc.gz")) if _is_ours(path) and path.name not in without]
    with suppress(FileExistsError):
        collection.indexes.mkdir()
    cdxj.write_sorted(collection.indexes / cdxj.INDEX, _lines(paths, report, progress))


def _lines(paths: Sequence[Path], report: Callable[[str], object], progress: Progress) -> Iterator[str]:
    for number, path in enumerate(paths):
        progress("indexing", number, len(paths))
        for record in salvaged_records(path, damage=lambda error: report(str(error))):
            line = index_line(record)
            if line is not None:
                yield line


# --- the documents ---


def _mark_dirty(catalogue: Catalogue, names: Sequence[str]) -> None:
    with catalogue.writing() as connection:
        for some in chunks(names):
            again = sa.update(events).where(events.c.json_name.in_(some), events.c.dirty == 0)
            connection.execute(again.values(dirty=1))


def write_documents(catalogue: Catalogue, collection: Collection, tools: Tools, progress: Progress) -> int:
    """Write every document that is out of date; how many. One that the WARCs do not hold yet is kept there first."""
    if not has_dirty_events(catalogue, tools.now):
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="sourcekeep-repair-") as folder,
        closing(DocumentsFound(Path(folder))) as held,
    ):
        for path in filter(_is_ours, sorted(collection.warcs.glob("*.warc.gz"))):
            for record in salvaged_records(path):
                held.take(record)
        return write_dirty_documents(
            catalogue,
            collection,
            tools.writer,
            now=tools.now,
            held=held.digest,
            progress=lambda written: progress("writing the events", written, 0),
        )
