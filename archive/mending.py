"""The catalogue and the WARC files brought together again at the start of a run.

A crash leaves open files, and captures on the disk that the catalogue never heard of; somebody may have taken a file
away, or put it back. After `mend` every file has its final name, every capture on the disk has its row and its line in
the index and has settled its link, and what is gone is to be fetched again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from archive import cdxj
from archive.batch import Batch, Settled
from archive.captures import captures
from archive.catalogue import Catalogue, Warc
from archive.collection import Collection
from archive.copied_warcs import told, unknown_copies
from archive.errors import DamagedRecord
from archive.model import Capture, Settlement, Via
from archive.reader import salvaged_records
from archive.recovery import Repair, RepairedWarc, repair
from archive.returned_warcs import index_lines, lose, note_returned, take_back
from archive.schema import WarcState
from archive.warc_files import is_warc_name

CAPTURES_AT_ONCE = 1000

_NOT_OURS = (Via.IMPORT, Via.MEMENTO)  # they settle no link

Settle = Callable[[Capture], Settlement | None]


def mend(catalogue: Catalogue, collection: Collection, *, settle: Settle, now: datetime | None = None) -> Iterator[str]:
    """Mend the collection; the problems that could not be mended, each a sentence.

    `settle` says what a capture that is new to the catalogue makes of the link that was leased for it, None if there is
    no such link. `now` is noted of losses that came back. Raises StorageError, DiskFull.
    """
    known = {warc.name: warc for warc in catalogue.warcs()}
    committed = {name: warc.committed_offset for name, warc in known.items()}
    copies = unknown_copies(collection.warcs, known)
    repaired = repair(collection.warcs, indexes=collection.indexes, committed=committed, copies=copies)
    yield from _take_in(catalogue, repaired, settle)
    mended = {file.name: file for file in repaired.files}
    for name, original in sorted(copies.items()):
        if (collection.warcs / name).is_file():
            yield told(name, original)
    for warc in [*known.values(), *_unknown(collection, {*known, *mended, *copies})]:
        if warc.state is WarcState.MISSING:
            yield from _look_again(catalogue, collection, warc, mended.get(warc.name))
        elif warc.name not in mended:
            yield from _look_at(catalogue, collection, warc, settle)
    note_returned(catalogue, collection, now or datetime.now(UTC))


def _take_in(catalogue: Catalogue, repaired: Repair, settle: Settle) -> Iterator[str]:
    _note(catalogue, repaired.captures(), settle)
    kept = {file.name: file.kept for file in repaired.files if file.kept}
    catalogue.commit(Batch(warcs=kept, finished_warcs=list(kept)))
    for file in repaired.losses:
        lose(catalogue, file.name)
        yield _lost(file.name, file.lost)
    for file in repaired.files:
        if file.damaged:
            yield _damaged(file.name, file.damaged)
    for name, why in repaired.left_alone:
        yield f"{name} is left as it is: {why}; move it out of {repaired.folder}"


def _lost(name: str, lost: int) -> str:
    return (
        f"{name} has lost {lost:,} bytes that the disk had confirmed; what it held is fetched again; "
        "see whether the disk is sound, then what `sourcekeep verify` says"
    )


def _damaged(name: str, places: int) -> str:
    where = "a place" if places == 1 else f"{places:,} places"
    return (
        f"{name} is damaged in {where}; the records around it are kept; restore the file from a backup, or have "
        "`sourcekeep verify --repair` let go of what cannot be read: the next crawl fetches it again"
    )


def _unknown(collection: Collection, names: set[str]) -> Iterator[Warc]:
    """Files of ours that no commit ever told of: a repair was killed between their final name and its commit."""
    for path in sorted(collection.warcs.glob("*.warc.gz")):
        if path.name not in names and is_warc_name(path.name) and not path.is_symlink():
            yield Warc(name=path.name, committed_offset=0, state=WarcState.OPEN)


def _look_at(catalogue: Catalogue, collection: Collection, warc: Warc, settle: Settle) -> Iterator[str]:
    """A file that was not left open: gone, or finished before the catalogue could note it."""
    path = collection.warcs / warc.name
    size = path.stat().st_size if path.is_file() and not path.is_symlink() else None
    if size is None:
        lose(catalogue, warc.name)
        yield f"{warc.name} is gone from {collection.warcs}; what it held is fetched again, unless you put it back"
    elif size < warc.committed_offset:
        lose(catalogue, warc.name)
        yield _lost(warc.name, warc.committed_offset - size)
    elif warc.state is WarcState.OPEN:
        damage: list[DamagedRecord] = []
        found = salvaged_records(path, offset=warc.committed_offset, damage=damage.append)
        _note(catalogue, captures(found), settle)
        if damage:
            yield _damaged(warc.name, len(damage))
        cdxj.merge(collection.indexes / cdxj.INDEX, index_lines(path))
        catalogue.commit(Batch(warcs={warc.name: size}, finished_warcs=[warc.name]))


def _look_again(catalogue: Catalogue, collection: Collection, warc: Warc, mended: RepairedWarc | None) -> Iterator[str]:
    """A file that is known to be missing: it may be there again. `mended`: it was, and left open."""
    path = collection.warcs / warc.name
    if not path.is_file() or path.is_symlink() or path.stat().st_size < warc.committed_offset:
        return
    if not warc.committed_offset:
        yield f"{warc.name} was missing and is there again: `sourcekeep verify --repair` takes in what it holds"
        return
    why = take_back(catalogue, collection, warc.name)
    if why is None:
        return
    if mended is not None:
        lose(catalogue, warc.name)
    yield f"{warc.name} was missing and is there again, but is not what it was; it is not taken in ({why}); run verify"


def _note(catalogue: Catalogue, found: Iterable[Capture], settle: Settle) -> None:
    """Add captures to the catalogue, some at a time, and settle their links."""
    rest = iter(found)
    while some := list(islice(rest, CAPTURES_AT_ONCE)):
        pairs = [(settle(capture), capture.record_id) for capture in some if capture.via not in _NOT_OURS]
        settled = [Settled(settlement=each, record_id=record_id) for each, record_id in pairs if each is not None]
        catalogue.commit(Batch(captures=some, settlements=settled))
