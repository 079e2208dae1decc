"""One WARC file against the catalogue's rows of it, record by record, both in the order of offsets."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive import cdxj, check_records
from archive.foreign_names import is_import_name
from archive.losses import Loss
from archive.model import RecordRef
from archive.records import FIELDS
from archive.verify_facts import note_facts, note_survey
from archive.verify_faults import Fault, FaultKind, Span
from archive.verify_records import Damage, Seen, is_imported, walk
from archive.verify_rows import is_of, row_differences
from archive.verify_scratch import Row, Scratch

_NEIGHBOURS = 64  # records of one exchange lie together; ours are three
_MAIN = frozenset({"response", "revisit", "resource"})
_OF_ANSWER = re.compile(rb"^payloadSha256:", re.MULTILINE)

Report = Callable[[Fault], None]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was read. `unread`: WARC files that could not be read whole, or are not finished; `missing`: those that are
    not there, and nobody has said that they are lost; `unindexed`: those whose lines in the index cannot be told.
    """

    warcs: int = 0
    bytes: int = 0
    records: int = 0
    captures: int = 0
    unread: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    unindexed: set[str] = field(default_factory=set)


def accepted(loss: Loss) -> str:
    """Who said so, when and why."""
    return f"accepted {loss.at:%Y-%m-%d} by {loss.who}: {loss.why}"


def warc_fault(
    kind: FaultKind,
    name: str,
    what: str,
    offset: int | None = None,
    *,
    lost: Span | None = None,
    noted: Loss | None = None,
) -> Fault:
    where = f"archive/{name}" + (f" +{offset}" if offset is not None else "")
    return Fault(kind=kind, where=where, what=what, lost=lost, noted=noted)


class FileCheck:
    """One WARC. Up to `sure` bytes of an unfinished one everything must be there; None: all of it."""

    def __init__(
        self,
        path: Path,
        name: str,
        scratch: Scratch,
        tally: Tally,
        report: Report,
        *,
        losses: tuple[Loss, ...],
        sure: int | None,
    ) -> None:
        self._path = path
        self._name = name
        self._size = path.stat().st_size
        self._losses = losses
        self._cut = [loss for loss in losses if loss.start >= self._size]  # it ends before them still
        self._rows = scratch.captures_in(name)
        self._row = next(self._rows, None)
        self._scratch = scratch
        self._tally = tally
        self._tell = report
        self._sure = sure
        self._is_finished = path.name == name
        self._warcinfo = ""
        self._is_headless = False  # its warcinfo record is damaged
        self._is_foreign = is_import_name(name)  # made by others, and imported
        self._event: list[Seen] = []  # the capture event we are in, the record that stands for it first
        self._of_event: Row | None = None
        self._ids: set[str] = set()
        self._mains: deque[str] = deque(maxlen=_NEIGHBOURS)
        self._wanted: deque[tuple[int, str, str]] = deque()  # offset, record, the neighbour it names
        self._recent: deque[str] = deque(maxlen=_NEIGHBOURS)

    def through(self) -> Iterator[int]:
        """Check it, one record after the other; where each begins."""
        for loss in self._cut:
            what = f"its end is lost; {accepted(loss)}"
            self._tell(warc_fault(FaultKind.ACCEPTED_LOSS, self._path.name, what, loss.start, noted=loss))
        with self._path.open("rb") as file:
            for found in walk(file, is_foreign=self._is_foreign):
                yield found.offset
                match found:
                    case Damage():
                        self._check_event()
                        self._damaged(found)
                    case Seen():
                        self._record(found)
        self._check_event()
        while self._row is not None:
            self._lost()
        for wanted in self._wanted:
            self._look_for(wanted)

    def _report(self, kind: FaultKind, what: str, offset: int | None = None) -> None:
        self._tell(warc_fault(kind, self._path.name, what, offset))

    def _damaged(self, damage: Damage) -> None:
        self._tally.unread.add(self._name)
        self._is_headless = self._is_headless or not damage.offset
        loss = next((loss for loss in self._losses if loss.covers(damage.offset, damage.end)), None)
        if loss is not None:
            what = f"what lay here is lost; {accepted(loss)}"
            self._tell(warc_fault(FaultKind.ACCEPTED_LOSS, self._path.name, what, damage.offset, noted=loss))
            return
        self._tally.unindexed.add(self._name)
        if self._sure is None or damage.offset < self._sure:
            lost = Span(warc=self._name, start=damage.offset, end=damage.end)
            self._tell(warc_fault(FaultKind.DAMAGED_RECORD, self._path.name, damage.what, damage.offset, lost=lost))

    def _record(self, seen: Seen) -> None:
        self._tally.records += 1
        for kind, what in seen.faults:
            if self._is_foreign and what.startswith("WARC-Payload-Digest"):
                continue  # some take the framing of chunks for payload; the import has looked
            self._report(kind, what, seen.offset)
        self._check_place(seen)
        self._check_neighbours(seen)
        self._check_row(seen)
        self._remember(seen)

    # --- in the file ---

    def _check_place(self, seen: Seen) -> None:
        """A warcinfo first, all others of it; no id twice."""
        if seen.kind == "warcinfo" and not self._warcinfo and is_imported(seen.about):
            self._is_foreign = True
        if seen.kind == "warcinfo":
            self._warcinfo = seen.record_id
        elif self._is_headless:
            pass  # nobody knows any more which it was
        elif not self._warcinfo:
            self._report(FaultKind.WRONG_HEADER, "stands before any warcinfo record", seen.offset)
        elif seen.ids("WARC-Warcinfo-ID") != (self._warcinfo,) and not self._is_foreign:
            self._report(FaultKind.WRONG_HEADER, "does not name the warcinfo record it stands under", seen.offset)
        if seen.record_id in self._ids:
            self._report(FaultKind.WRONG_HEADER, f"another record has its id {seen.record_id}", seen.offset)
        self._ids.add(seen.record_id)

    def _check_neighbours(self, seen: Seen) -> None:
        self._recent.append(seen.record_id)
        if self._is_foreign:
            return  # what others name need not lie in the same file
        self._wanted.extend((seen.offset, seen.record_id, each) for each in seen.ids("WARC-Concurrent-To"))
        while len(self._wanted) > _NEIGHBOURS:
            self._look_for(self._wanted.popleft())

    def _look_for(self, wanted: tuple[int, str, str]) -> None:
        offset, _, neighbour = wanted
        if neighbour not in self._ids and self._name not in self._tally.unread and not self._cut:
            lost = Span(warc=self._name, start=self._size, end=self._size)
            what = f"names {neighbour}, which is not in the file"
            self._tell(warc_fault(FaultKind.LOST_NEIGHBOUR, self._path.name, what, offset, lost=lost))

    # --- in the catalogue ---

    def _check_row(self, seen: Seen) -> None:
        if self._event and is_of(seen, self._event[0]):
            self._event.append(seen)
        else:
            self._check_event()
        while self._row is not None and self._row.offset < seen.offset:
            self._lost()
        row = self._row
        if row is not None and row.offset == seen.offset:
            self._tally.captures += 1
            self._event = [seen]
            self._of_event = row
            self._row = next(self._rows, None)
        elif self._is_capture(seen) and (self._sure is None or seen.offset < self._sure):
            what = (
                f"the {seen.kind} record {seen.record_id} of {seen.header('WARC-Target-URI')} is not in the catalogue"
            )
            self._report(FaultKind.UNKNOWN_RECORD, what, seen.offset)
        if seen.kind in _MAIN:
            self._mains.append(seen.record_id)

    def _check_event(self) -> None:
        """The row of a capture event against its records, now that they are over."""
        event, self._event = self._event, []
        if event and self._of_event is not None:
            for what in row_differences(self._of_event, event, self._path, is_foreign=self._is_foreign):
                self._report(FaultKind.WRONG_ROW, what, event[0].offset)

    def _lost(self) -> None:
        row = self._row
        if row is not None:
            what = f"the catalogue has {row.record_id} of {row.url} here; no record begins here"
            self._report(FaultKind.MISSING_RECORD, what, row.offset)
            self._mains.append(row.record_id)  # so that its metadata is not taken for an attempt's
        self._row = next(self._rows, None)

    def _is_capture(self, seen: Seen) -> bool:
        """Whether the catalogue must have it: an answer, a page, or an attempt that got none."""
        if seen.kind in _MAIN or self._is_foreign:
            return seen.kind in _MAIN
        if self._name in self._tally.unread and _OF_ANSWER.search(seen.about):
            return False  # its answer is lost, which was said
        is_fields = seen.kind == "metadata" and seen.header("Content-Type") == FIELDS
        is_attempt = is_fields and not seen.ids("WARC-Refers-To")  # what was seen in a capture refers to it
        return is_attempt and not any(each in self._mains for each in seen.ids("WARC-Concurrent-To"))

    # --- for later ---

    def _remember(self, seen: Seen) -> None:
        uri, payload = _url(seen), seen.header("WARC-Payload-Digest")
        if self._is_foreign:
            pass  # whatever it says of events, it is not ours
        elif seen.kind == "metadata" and uri.startswith("urn:sourcekeep:event:"):
            self._scratch.note_document(uri, seen.header("WARC-Date"), payload)
        elif seen.kind == "conversion":
            self._scratch.note_text(seen.record_id, next(iter(seen.ids("WARC-Refers-To")), ""))
        elif seen.kind == "metadata" and uri.startswith(check_records.PREFIX):
            note_facts(self._scratch, seen)
        elif seen.kind == "metadata":
            note_survey(self._scratch, seen)
        if self._is_finished:
            line = cdxj.record_line(
                seen.kind,
                url=uri,
                date=seen.header("WARC-Date"),
                content_type=seen.header("Content-Type"),
                digest=payload or None,
                block_start=seen.http_head,
                where=RecordRef(warc=self._name, offset=seen.offset, length=seen.length),
            )
            if line is not None:
                self._scratch.add_line(line)


def _url(seen: Seen) -> str:
    """Its URL; some put brackets around it, as the examples in WARC/1.0 do."""
    return seen.header("WARC-Target-URI").strip("<>")
