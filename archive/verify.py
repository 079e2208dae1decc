"""Whether a collection is what it says it is: every record, row, index line and document, held against one another.

The WARCs are read whole, once, in the order of their names, beside the catalogue's captures in the same order, so
memory stays flat whatever the size. What an index should hold is worked out from the records, sorted on the disk, and
compared with what it does hold. Nothing is changed. Faults are values; whoever asked decides what they are worth.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import UsageError
from archive.losses import Losses, read_losses
from archive.verify_catalogue import check_catalogue, check_database
from archive.verify_documents import check_documents
from archive.verify_faults import Fault, FaultKind
from archive.verify_index import check_index
from archive.verify_scratch import Scratch
from archive.verify_warcs import check_warcs

__all__ = ["Fault", "Looked", "Verified", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far the check is."""

    phase: str  # "WARCs", "index", "documents", "catalogue"
    done: int
    total: int  # of the same unit: bytes of WARCs, else things; 0 where it is not known
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, and how many faults there were."""

    warcs: int
    warc_bytes: int
    records: int
    captures: int
    index_lines: int
    documents: int
    problems: int
    notes: int


class _Faults:
    """Counts faults on their way to whoever wants them."""

    def __init__(self, report: Callable[[Fault], None]) -> None:
        self._report = report
        self.problems = 0
        self.notes = 0

    def take(self, found: Iterator[Fault]) -> None:
        for fault in found:
            self(fault)

    def __call__(self, fault: Fault) -> None:
        self.problems += fault.is_grave
        self.notes += not fault.is_grave
        self._report(fault)


def verify(
    collection: Collection,
    catalogue: Catalogue,
    *,
    now: datetime,
    report: Callable[[Fault], None],
    progress: Callable[[Looked], None] = lambda _: None,
) -> Verified:
    """Check all of a collection that no run is at work on; faults go to `report` as they are found.

    Where the catalogue's own references are broken, documents and ledger are not looked at: they would only repeat it.
    Raises CatalogueUnavailable where the catalogue cannot be read at all, DiskFull where what is sorted finds no room
    in the folder for temporary files.
    """
    faults = _Faults(report)
    progress(Looked(phase="catalogue", done=0, total=0))
    faults.take(check_database(catalogue))
    is_sound = not faults.problems
    losses = _losses(collection, faults)
    documents = 0
    with tempfile.TemporaryDirectory(prefix="sourcekeep-verify-") as folder, Scratch(Path(folder)) as scratch:
        before = faults.problems
        tally = check_warcs(
            collection.warcs,
            catalogue,
            scratch,
            losses=losses,
            report=faults,
            progress=lambda done, total, name: progress(Looked(phase="WARCs", done=done, total=total, what=name)),
        )
        is_whole = faults.problems == before and not tally.unread and not any(each.is_open for each in losses.noted)
        progress(Looked(phase="index", done=0, total=0))
        lines = check_index(collection.indexes, scratch, skip=tally.unindexed, report=faults)
        if is_sound:
            documents = check_documents(
                collection.events,
                catalogue,
                scratch,
                report=faults,
                progress=lambda done, total: progress(Looked(phase="documents", done=done, total=total)),
            )
            faults.take(
                check_catalogue(
                    catalogue, scratch, losses=losses, is_all_there=not tally.missing, is_whole=is_whole, now=now
                )
            )
    return Verified(
        warcs=tally.warcs,
        warc_bytes=tally.bytes,
        records=tally.records,
        captures=tally.captures,
        index_lines=lines,
        documents=documents,
        problems=faults.problems,
        notes=faults.notes,
    )


def _losses(collection: Collection, report: Callable[[Fault], None]) -> Losses:
    """What is on record as lost; nothing, where that cannot be read."""
    try:
        return read_losses(collection.root)
    except UsageError as error:
        report(Fault(kind=FaultKind.DAMAGED_LOSSES, where="losses.json", what=str(error)))
        return Losses()
