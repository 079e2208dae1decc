"""What may be wrong with a collection: a closed list, each with what to do about it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What is wrong."""

    # WARC files
    MISSING_WARC = "missing_warc"
    UNKNOWN_WARC = "unknown_warc"
    SHORT_WARC = "short_warc"
    UNFINISHED_WARC = "unfinished_warc"
    TORN_TAIL = "torn_tail"
    LEFTOVER = "leftover"
    # records
    DAMAGED_RECORD = "damaged_record"
    WRONG_DIGEST = "wrong_digest"
    WRONG_HEADER = "wrong_header"
    LOST_NEIGHBOUR = "lost_neighbour"
    BROKEN_REVISIT = "broken_revisit"
    # records and the catalogue
    MISSING_RECORD = "missing_record"
    UNKNOWN_RECORD = "unknown_record"
    WRONG_ROW = "wrong_row"
    # the index
    MISSING_INDEX = "missing_index"
    UNSORTED_INDEX = "unsorted_index"
    MISSING_LINE = "missing_line"
    FORGED_LINE = "forged_line"
    # events
    MISSING_DOCUMENT = "missing_document"
    WRONG_DOCUMENT = "wrong_document"
    STALE_DOCUMENT = "stale_document"
    UNKNOWN_DOCUMENT = "unknown_document"
    DOCUMENT_NOT_KEPT = "document_not_kept"
    # the catalogue
    DAMAGED_CATALOGUE = "damaged_catalogue"
    DONE_WITHOUT_CAPTURE = "done_without_capture"
    BROKEN_REFERENCE = "broken_reference"
    MISSING_TEXT = "missing_text"
    LEDGER = "ledger"


_RESTORE = "restore the file from a copy of the collection"
_REBUILD_INDEX = "set indexes/index.cdxj aside and make it anew from the WARCs (cdxj-indexer --sort, or a copy)"
_CRAWL = "run the crawl again: it repairs this"
_REPORT = "a fault of sourcekeep's, or somebody changed the file: please report it, and keep a copy of the collection"

_ADVICE = {
    FaultKind.MISSING_WARC: _RESTORE,
    FaultKind.UNKNOWN_WARC: "move it out of archive/ if it is not this collection's; it is served, but not catalogued",
    FaultKind.SHORT_WARC: _RESTORE,
    FaultKind.UNFINISHED_WARC: _CRAWL,
    FaultKind.TORN_TAIL: "a crash cut this off and it was set aside; nothing refers to it; delete it when you like",
    FaultKind.LEFTOVER: _CRAWL,
    FaultKind.DAMAGED_RECORD: _RESTORE,
    FaultKind.WRONG_DIGEST: _RESTORE,
    FaultKind.WRONG_HEADER: _REPORT,
    FaultKind.LOST_NEIGHBOUR: _REPORT,
    FaultKind.BROKEN_REVISIT: _REPORT,
    FaultKind.MISSING_RECORD: _RESTORE,
    FaultKind.UNKNOWN_RECORD: _REPORT,
    FaultKind.WRONG_ROW: _REPORT,
    FaultKind.MISSING_INDEX: _REBUILD_INDEX,
    FaultKind.UNSORTED_INDEX: _REBUILD_INDEX,
    FaultKind.MISSING_LINE: _REBUILD_INDEX,
    FaultKind.FORGED_LINE: _REBUILD_INDEX,
    FaultKind.MISSING_DOCUMENT: "copy it back, or take its last version out of the WARCs (urn:sourcekeep:event:...)",
    FaultKind.WRONG_DOCUMENT: "somebody changed it, or it is a fault of sourcekeep's; its versions are in the WARCs",
    FaultKind.STALE_DOCUMENT: "the next crawl or `sourcekeep extract` writes it anew",
    FaultKind.UNKNOWN_DOCUMENT: "no event has it: move it out of events/",
    FaultKind.DOCUMENT_NOT_KEPT: _REPORT,
    FaultKind.DAMAGED_CATALOGUE: "set catalogue.db aside and restore a copy; the WARCs hold all that is in it",
    FaultKind.DONE_WITHOUT_CAPTURE: _REPORT,
    FaultKind.BROKEN_REFERENCE: _REPORT,
    FaultKind.MISSING_TEXT: _RESTORE,
    FaultKind.LEDGER: _REPORT,
}
_HARMLESS = frozenset({FaultKind.TORN_TAIL, FaultKind.STALE_DOCUMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong. `where`: a file of the collection, with an offset in bytes where it helps; an event; a URL."""

    kind: FaultKind
    where: str
    what: str

    @property
    def advice(self) -> str:
        """What to do now."""
        return _ADVICE[self.kind]

    @property
    def is_grave(self) -> bool:
        """Whether anything is lost or wrong; the rest is good to know."""
        return self.kind not in _HARMLESS
