"""What may be wrong with a collection: a closed list, each with what to do about it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from archive.losses import Loss


class FaultKind(StrEnum):
    """What is wrong."""

    # WARC files
    MISSING_WARC = "missing_warc"
    RETURNED_WARC = "returned_warc"
    UNKNOWN_WARC = "unknown_warc"
    COPIED_WARC = "copied_warc"
    SHORT_WARC = "short_warc"
    UNFINISHED_WARC = "unfinished_warc"
    TORN_TAIL = "torn_tail"
    LEFTOVER = "leftover"
    # losses
    ACCEPTED_LOSS = "accepted_loss"
    DAMAGED_LOSSES = "damaged_losses"
    # records
    DAMAGED_RECORD = "damaged_record"
    WRONG_DIGEST = "wrong_digest"
    WRONG_HEADER = "wrong_header"
    LOST_NEIGHBOUR = "lost_neighbour"
    BROKEN_REVISIT = "broken_revisit"
    DANGLING_IMPORT = "dangling_import"
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
    WRONG_SURVEY = "wrong_survey"
    MISSING_SURVEY = "missing_survey"
    WRONG_CHECK = "wrong_check"
    WRONG_MARK = "wrong_mark"
    UNTAKEN = "untaken"
    LEDGER = "ledger"


class Remedy(StrEnum):
    """What `verify --repair` does about a fault."""

    REBUILD = "rebuild"  # make the catalogue anew from the WARCs
    MEND = "mend"  # what a crawl does at its start
    INDEX = "index"
    DOCUMENT = "document"
    REFETCH = "refetch"  # have fetched again what is done by a copy that cannot be used
    LET_GO = "let_go"  # note as lost what cannot be read
    REREAD = "reread"  # have read again what was drawn from a capture and is not kept
    NONE = "none"


_BY_REPAIR = "`sourcekeep verify --repair`"
_RESTORE = (
    "restore the file from a backup; if there is none, "
    f"{_BY_REPAIR} lets go of what cannot be read and notes the loss, and the next crawl fetches it again"
)
_INDEX = f"{_BY_REPAIR} writes the index anew from the WARCs"
_MEND = f"{_BY_REPAIR} or the next crawl mends this"
_REBUILD = f"{_BY_REPAIR} makes the catalogue anew from the WARCs and puts the old one aside"
_DOCUMENT = f"{_BY_REPAIR} writes it anew"
_ACCEPT = "`sourcekeep verify --accept-loss NAME --why TEXT`"
_REPORT = "a fault of sourcekeep's, or somebody changed the file: please report it, and keep a copy of the collection"
_K = FaultKind

_ADVICE = {
    _K.MISSING_WARC: "put it back: the next crawl or `sourcekeep verify --repair` takes it in again; if it is lost for "
    f"good, {_ACCEPT} says so, and the next crawl fetches again what it held",
    _K.RETURNED_WARC: _MEND,
    _K.ACCEPTED_LOSS: "nothing; what can still be had is fetched again; a file that comes back is taken in again",
    _K.DAMAGED_LOSSES: "restore losses.json from a backup, or move it away and accept the losses again",
    _K.UNKNOWN_WARC: f"{_BY_REPAIR} takes it in if it is a WARC of ours; else move it out, or `sourcekeep import` it",
    _K.COPIED_WARC: "move it out of archive/; if it is the better of the two, put it in the place of the other",
    _K.SHORT_WARC: _RESTORE,
    _K.UNFINISHED_WARC: _MEND,
    _K.TORN_TAIL: "a crash cut this off and it was set aside; it holds no whole record of its file, and nothing refers "
    "to it: delete it when you like",
    _K.LEFTOVER: _MEND,
    _K.DAMAGED_RECORD: _RESTORE,
    _K.WRONG_DIGEST: "restore the file from a backup; somebody changed it",
    _K.WRONG_HEADER: _REPORT,
    _K.LOST_NEIGHBOUR: _RESTORE,
    _K.BROKEN_REVISIT: f"restore the WARC that held its original, or {_BY_REPAIR}, and the next crawl fetches it again",
    _K.DANGLING_IMPORT: "if you have the WARC that holds its original, import it: it came without",
    _K.MISSING_RECORD: _RESTORE,
    _K.UNKNOWN_RECORD: _REBUILD,
    _K.WRONG_ROW: _REBUILD,
    _K.MISSING_INDEX: _INDEX,
    _K.UNSORTED_INDEX: _INDEX,
    _K.MISSING_LINE: _INDEX,
    _K.FORGED_LINE: _INDEX,
    _K.MISSING_DOCUMENT: _DOCUMENT,
    _K.WRONG_DOCUMENT: _DOCUMENT,
    _K.STALE_DOCUMENT: "the next crawl, `sourcekeep extract` or `sourcekeep verify --repair` writes it anew",
    _K.UNKNOWN_DOCUMENT: "no event has it: move it out of events/",
    _K.DOCUMENT_NOT_KEPT: f"{_BY_REPAIR} keeps it in a WARC again",
    _K.DAMAGED_CATALOGUE: _REBUILD,
    _K.DONE_WITHOUT_CAPTURE: _REBUILD,
    _K.BROKEN_REFERENCE: _REBUILD,
    _K.MISSING_TEXT: f"{_BY_REPAIR}, and the next crawl or `sourcekeep extract` reads the article again",
    _K.WRONG_SURVEY: _REBUILD,
    _K.MISSING_SURVEY: f"{_BY_REPAIR}, and the next crawl looks again what the page needs",
    _K.WRONG_CHECK: _REBUILD,
    _K.WRONG_MARK: _REBUILD,
    _K.UNTAKEN: "nothing; a run was killed between the two: what it saw is in the WARC, and is looked at again",
    _K.LEDGER: _REBUILD,
}
_REMEDIES = {
    _K.BROKEN_REVISIT: Remedy.REFETCH,
    **dict.fromkeys((_K.SHORT_WARC, _K.DAMAGED_RECORD, _K.LOST_NEIGHBOUR), Remedy.LET_GO),
    **dict.fromkeys((_K.MISSING_TEXT, _K.MISSING_SURVEY), Remedy.REREAD),
    **dict.fromkeys((_K.MISSING_INDEX, _K.UNSORTED_INDEX, _K.MISSING_LINE, _K.FORGED_LINE), Remedy.INDEX),
    **dict.fromkeys((_K.MISSING_WARC, _K.RETURNED_WARC, _K.UNKNOWN_WARC, _K.UNFINISHED_WARC, _K.LEFTOVER), Remedy.MEND),
    **dict.fromkeys(
        (_K.MISSING_DOCUMENT, _K.WRONG_DOCUMENT, _K.STALE_DOCUMENT, _K.DOCUMENT_NOT_KEPT), Remedy.DOCUMENT
    ),
    **dict.fromkeys(
        (_K.MISSING_RECORD, _K.UNKNOWN_RECORD, _K.WRONG_ROW, _K.DAMAGED_CATALOGUE, _K.DONE_WITHOUT_CAPTURE,
         _K.BROKEN_REFERENCE, _K.LEDGER, _K.WRONG_SURVEY, _K.WRONG_CHECK, _K.WRONG_MARK),
        Remedy.REBUILD,
    ),
}  # fmt: skip
_HARMLESS = frozenset(
    {
        FaultKind.TORN_TAIL,
        FaultKind.STALE_DOCUMENT,
        FaultKind.DANGLING_IMPORT,
        FaultKind.ACCEPTED_LOSS,
        FaultKind.UNTAKEN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes of a WARC file that are lost: what cannot be read, or lies behind its end."""

    warc: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong. `where`: a file of the collection, with an offset in bytes where it helps; an event; a URL.

    `lost` is what a repair lets go of, `noted` what was let go of already, `record_id` the capture it is about.
    """

    kind: FaultKind
    where: str
    what: str
    lost: Span | None = None
    noted: Loss | None = None
    record_id: str | None = None

    @property
    def advice(self) -> str:
        """What to do now."""
        return _ADVICE[self.kind]

    @property
    def remedy(self) -> Remedy:
        """What a repair does about it."""
        return _REMEDIES.get(self.kind, Remedy.NONE)

    @property
    def is_grave(self) -> bool:
        """Whether anything is lost or wrong; the rest is good to know."""
        return self.kind not in _HARMLESS
