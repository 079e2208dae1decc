"""Whether a collection is what it says it is: every record, row, index line and document, held against one another.

The WARCs are read whole, once, in the order of their names, beside the catalogue's captures in the same order, so
memory stays flat whatever the size. What an index should hold is worked out from the records, sorted on the disk, and
compared with what it does hold. Nothing is changed. Faults are values; whoever asked decides what they are worth.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import DamagedCatalogue, UsageError
from archive.losses import Losses, read_losses
from archive.rebuild_events import SENSELESS
from archive.verify_catalogue import check_catalogue, check_database
from archive.verify_documents import check_documents
from archive.verify_faults import Fault, FaultKind
from archive.verify_file import Tally
from archive.verify_index import check_index
from archive.verify_scratch import Scratch
from archive.verify_warcs import check_warcs

logger = logging.getLogger(__name__)

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
    One that cannot be made sense of is a fault, and ends the check where it shows. Raises CatalogueUnavailable where
    the catalogue is out of reach, DiskFull where what is sorted finds no room in the folder for temporary files.
    """
    check = _Check(collection, catalogue, now, _Faults(report), progress)
    try:
        check.through()
    except (DamagedCatalogue, *SENSELESS) as error:
        logger.info("the check ends here", exc_info=True)
        what = f"cannot be made sense of ({type(error).__name__}: {str(error).partition(chr(10))[0][:200]})"
        check.faults(Fault(kind=FaultKind.DAMAGED_CATALOGUE, where="catalogue.db", what=what))
    return check.done()


class _Check:
    """One check of a collection, and what was looked at so far."""

    def __init__(
        self,
        collection: Collection,
        catalogue: Catalogue,
        now: datetime,
        faults: _Faults,
        progress: Callable[[Looked], None],
    ) -> None:
        self._collection = collection
        self._catalogue = catalogue
        self._now = now
        self._progress = progress
        self.faults = faults
        self._tally = Tally()
        self._lines = 0
        self._documents = 0

    def through(self) -> None:
        """All of it."""
        self._progress(Looked(phase="catalogue", done=0, total=0))
        self.faults.take(check_database(self._catalogue))
        is_sound = not self.faults.problems
        losses = _losses(self._collection, self.faults)
        with tempfile.TemporaryDirectory(prefix="sourcekeep-verify-") as folder, Scratch(Path(folder)) as scratch:
            is_whole = self._check_files(scratch, losses)
            if is_sound:
                self._check_rest(scratch, losses, is_whole=is_whole)

    def _check_files(self, scratch: Scratch, losses: Losses) -> bool:
        """WARCs and index; whether nothing is wrong with the WARCs."""
        before = self.faults.problems
        self._tally = tally = check_warcs(
            self._collection.warcs,
            self._catalogue,
            scratch,
            losses=losses,
            report=self.faults,
            progress=lambda done, total, name: self._progress(Looked(phase="WARCs", done=done, total=total, what=name)),
        )
        is_whole = (
            self.faults.problems == before and not tally.unread and not any(each.is_open for each in losses.noted)
        )
        self._progress(Looked(phase="index", done=0, total=0))
        self._lines = check_index(self._collection.indexes, scratch, skip=tally.unindexed, report=self.faults)
        return is_whole

    def _check_rest(self, scratch: Scratch, losses: Losses, *, is_whole: bool) -> None:
        """Documents, and the catalogue against itself."""
        self._documents = check_documents(
            self._collection.events,
            self._catalogue,
            scratch,
            report=self.faults,
            progress=lambda done, total: self._progress(Looked(phase="documents", done=done, total=total)),
        )
        self.faults.take(
            check_catalogue(
                self._catalogue,
                scratch,
                losses=losses,
                is_all_there=not self._tally.missing,
                is_whole=is_whole,
                now=self._now,
            )
        )

    def done(self) -> Verified:
        """What was looked at."""
        return Verified(
            warcs=self._tally.warcs,
            warc_bytes=self._tally.bytes,
            records=self._tally.records,
            captures=self._tally.captures,
            index_lines=self._lines,
            documents=self._documents,
            problems=self.faults.problems,
            notes=self.faults.notes,
        )


def _losses(collection: Collection, report: Callable[[Fault], None]) -> Losses:
    """What is on record as lost; nothing, where that cannot be read."""
    try:
        return read_losses(collection.root)
    except UsageError as error:
        report(Fault(kind=FaultKind.DAMAGED_LOSSES, where="losses.json", what=str(error)))
        return Losses()
