"""The keeper: the one thread that makes things durable, the WARC first, the catalogue second.

Whoever has something to keep puts a `Submission`; the keeper writes its records, and every 64 submissions (256 while
more wait) or every second commits the group: fdatasync of the WARC, then one transaction of the catalogue with the
captures, what came of the links, and the pages. So nothing is ever marked done without its record on the disk, and what
a crash takes is fetched again, never lost.

The queue is bounded in bytes by those who fill it: they look at `full` before they fetch more. When the disk refuses a
write, nothing more is marked done: what is queued is dropped, to be fetched again when there is room.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.batch import ArticleRead, Batch, DocumentWritten, HostHeld, PageKept, Settled
from archive.catalogue import Catalogue
from archive.check_records import MIME as FACTS
from archive.check_records import Fact, facts_payload, facts_uri, with_record
from archive.check_rows import Turn
from archive.checks import Check, HostIncident
from archive.copies import Baseline
from archive.errors import SourcekeepError
from archive.mementos import Recovery
from archive.model import Capture, Context, Exchange, LinkStage, NewLink, PageRead, Reason, Resource, Settlement
from archive.originals import originals
from archive.page_note import with_page
from archive.surveys import Survey
from archive.warc_files import storage_error
from archive.writer import WarcWriter

logger = logging.getLogger(__name__)

GROUP = 64  # submissions in one commit
MOST_IN_GROUP = 256  # the same while more of them wait: half of a commit's cost does not depend on its size
GROUP_SECONDS = 1.0  # oldest submission of a group waits no longer
MOST_QUEUED = 4000  # submissions
MOST_QUEUED_BYTES = 24 << 20  # bodies that lie in memory while they wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text to be kept as a record that refers to a capture: an article's text, an event's document."""

    uri: str  # urn:sourcekeep:...
    mime: str
    payload: bytes
    refers_to: str | None = None  # record id of the capture it was made from


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a recheck found. With an exchange, `check` is about that: its record id is filled in."""

    check: Check | None = None
    discarded: tuple[Check, ...] = ()  # handed over before, part of an incident as it turned out
    incidents: tuple[HostIncident, ...] = ()
    held: HostHeld | None = None
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What must become durable together. At most one of `exchange` and `resource` is given."""

    exchange: Exchange | None = None
    resource: Resource | None = None
    conversion: Text | None = None  # becomes a conversion record
    metadata: Text | None = None  # becomes a metadata record
    context: Context = field(default_factory=Context)
    settlement: Settlement | None = None
    page: PageRead | None = None
    link: NewLink | None = None
    article: ArticleRead | None = None  # its conversion_id is filled in
    document: DocumentWritten | None = None
    survey: Survey | None = None
    recovery: Recovery | None = None  # with an exchange, its record_id is filled in
    findings: Findings | None = None
    original: Capture | None = None  # what the exchange is a revisit of, where that is known: a 304's
    url: str | None = None  # of the link that is settled, for the log

    @property
    def weight(self) -> int:
        """Bytes it keeps in memory, about."""
        texts = (self.conversion, self.metadata)
        held = sum(len(text.payload) for text in texts if text is not None)
        held += len(self.resource.payload) if self.resource is not None else 0
        held += 300 * len(self.survey.needs) if self.survey is not None else 0
        held += len(self.findings.baseline.fingerprint) if self.findings and self.findings.baseline else 0
        return held + (min(self.exchange.body_length, 1 << 20) if self.exchange is not None else 0) + 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A submission that is durable now, with the capture it became, if it became one."""

    submission: Submission
    capture: Capture | None


class Keeper:
    """Owns the writer and writes the catalogue. Start with `start`, end with `close`."""

    def __init__(
        self,
        writer: WarcWriter,
        catalogue: Catalogue,
        *,
        run_id: int,
        on_durable: Callable[[Sequence[Kept]], None] = lambda _: None,
        on_commit: Callable[[Sequence[Kept]], None] = lambda _: None,
        on_turns: Callable[[Sequence[Turn]], None] = lambda _: None,
        on_failure: Callable[[SourcekeepError], None] = lambda _: None,
    ) -> None:
        self._writer = writer
        self._catalogue = catalogue
        self._run_id = run_id
        self._on_durable = on_durable
        self._on_commit = on_commit
        self._on_turns = on_turns
        self._on_failure = on_failure
        self._queue: queue.SimpleQueue[Submission | threading.Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending = 0
        self._pending_bytes = 0
        self._group: list[Kept] = []
        self._group_began = 0.0
        self._group_weight = 0
        self._telling = False
        self.failure: SourcekeepError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    def put(self, submission: Submission) -> None:
        """Take a submission; its exchange's body is closed when it is written."""
        with self._lock:
            self._pending += 1
            self._pending_bytes += submission.weight
        self._queue.put(submission)

    @property
    def full(self) -> bool:
        """Whether those who fetch should wait."""
        return self._pending > MOST_QUEUED or self._pending_bytes > MOST_QUEUED_BYTES

    @property
    def busy(self) -> bool:
        """Whether anything put is not durable yet."""
        return self._pending > 0

    @property
    def quiet(self) -> bool:
        """Whether nothing is on its way, and everybody was told of what became durable."""
        return not self.busy and not self._telling

    def hurry(self) -> None:
        """Commit what is there without waiting for a whole group: somebody has nothing to do until it is durable."""
        self._queue.put(threading.Event())

    def flush(self) -> None:
        """Wait until everything put so far is durable. Raises the failure that prevented it."""
        done = threading.Event()
        self._queue.put(done)
        while not done.wait(0.5):
            if not self._thread.is_alive():
                break
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """Keep what is queued, finish the WARC, stop. Raises the failure that prevented it."""
        if self._thread.is_alive():
            self._closing.set()
            self._queue.put(threading.Event())
            self._thread.join()
        if self.failure is not None:
            raise self.failure

    # --- the thread ---

    def _run(self) -> None:
        try:
            while not (self._closing.is_set() and self._queue.empty()):
                self._step()
            self._commit()
            self._note_finished(self._writer.close())
        except SourcekeepError as error:
            self._fail(error)
        except OSError as error:
            self._fail(storage_error(error, Path(error.filename or "the collection"), "keeping"))
        except Exception as error:
            logger.exception("The keeper failed")
            self._fail(SourcekeepError(f"keeping failed: {error!r}; run the same command again, it goes on from here"))

    def _step(self) -> None:
        try:
            first = self._queue.get(timeout=self._patience())
        except queue.Empty:
            self._commit()
            return
        lot, asked = self._lot(first)
        try:
            self._take(lot)
            enough = GROUP if self._queue.empty() else MOST_IN_GROUP
            if asked or len(self._group) >= enough or time.monotonic() - self._group_began >= GROUP_SECONDS:
                self._commit()
        except BaseException:
            if asked is not None:
                self._queue.put(asked)  # whoever waits is told once the failure is known
            raise
        if asked is not None:
            asked.set()

    def _lot(self, item: Submission | threading.Event) -> tuple[list[Submission], threading.Event | None]:
        """What lies in the queue by now, at most GROUP, up to whoever asks for a commit."""
        lot: list[Submission] = []
        while not isinstance(item, threading.Event):
            lot.append(item)
            if len(lot) >= GROUP:
                return lot, None
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return lot, None
        return lot, item

    def _patience(self) -> float | None:
        if not self._group:
            return None
        return max(0.0, self._group_began + GROUP_SECONDS - time.monotonic())

    def _take(self, lot: Sequence[Submission]) -> None:
        if lot and not self._group:
            self._group_began = time.monotonic()
        self._group_weight += sum(submission.weight for submission in lot)
        exchanges = [submission.exchange for submission in lot if submission.exchange is not None]
        found = iter(originals(self._catalogue, self._writer.folder, exchanges))
        for submission in lot:
            self._take_one(submission, next(found) if submission.exchange is not None else None)

    def _take_one(self, submission: Submission, original: Capture | None) -> None:
        try:
            self._group.append(self._write(submission, original))
        except SourcekeepError:
            raise
        except Exception:  # one submission nobody can write must not end a crawl of thousands
            logger.exception("Cannot be written: %s", _name(submission))
            self._group.append(Kept(submission=_without_record(submission), capture=None))
        finally:
            if submission.exchange is not None and submission.exchange.body is not None:
                submission.exchange.body.close()

    def _write(self, submission: Submission, original: Capture | None) -> Kept:
        capture: Capture | None = None
        context = with_page(submission.context, submission.page, submission.exchange, submission.settlement)
        if submission.exchange is not None:
            original = submission.original or original
            capture = self._writer.write_exchange(submission.exchange, context, refers_to=original)
        elif submission.resource is not None:
            capture = self._writer.write_resource(submission.resource, context)
        submission = self._write_check(submission, capture)
        return Kept(submission=self._write_texts(submission), capture=capture)

    def _write_check(self, submission: Submission, capture: Capture | None) -> Submission:
        """A check beside its answer; those without one wait for the commit (`_write_facts`)."""
        findings = submission.findings
        if findings is None or findings.check is None or capture is None:
            return submission
        check = with_record(findings.check, capture.record_id)
        self._writer.write_metadata(facts_uri(self._run_id), FACTS, facts_payload([check]), about=capture.record_id)
        return replace(submission, findings=replace(findings, check=check))

    def _write_facts(self, group: Sequence[Kept]) -> None:
        """What a recheck found that has no record of its own, in one."""
        facts: list[Fact] = []
        for kept in group:
            findings = kept.submission.findings
            if findings is not None:
                own = (findings.check,) if findings.check is not None and kept.capture is None else ()
                facts.extend((*own, *findings.discarded, *findings.incidents))
        if facts:
            self._writer.write_metadata(facts_uri(self._run_id), FACTS, facts_payload(facts))

    def _write_texts(self, submission: Submission) -> Submission:
        if submission.metadata is not None:
            text = submission.metadata
            self._writer.write_metadata(text.uri, text.mime, text.payload, about=text.refers_to)
        if submission.conversion is None or submission.article is None or submission.conversion.refers_to is None:
            return submission
        text = submission.conversion
        record_id, _ = self._writer.write_conversion(
            text.uri, text.mime, text.payload, refers_to=submission.conversion.refers_to
        )
        return _with_conversion(submission, record_id)

    def _commit(self) -> None:
        group, self._group = self._group, []
        weight, self._group_weight = self._group_weight, 0
        if not group:
            return
        self._write_facts(group)
        self._writer.sync()
        turned = self._catalogue.commit(self._batch(group))
        self._note_finished(self._writer.rotate_if_full())  # only now: what is finished is all in the catalogue
        self._on_durable(group)  # before it counts as over: whoever has work to do with it is busy by then
        self._telling = True
        with self._lock:
            self._pending -= len(group)
            self._pending_bytes -= weight
        if turned:
            self._on_turns(turned)
        self._on_commit(group)
        self._telling = False

    def _note_finished(self, names: Sequence[str]) -> None:
        if names:
            self._catalogue.commit(Batch(finished_warcs=names, run_id=self._run_id))

    def _batch(self, group: Sequence[Kept]) -> Batch:
        position = self._writer.position
        submissions = [kept.submission for kept in group]
        found = [each.findings for each in submissions if each.findings is not None]
        return Batch(
            checks=[each.check for each in found if each.check is not None],
            discarded=[check for each in found for check in each.discarded],
            incidents=[incident for each in found for incident in each.incidents],
            held=[each.held for each in found if each.held is not None],
            baselines=[each.baseline for each in found if each.baseline is not None],
            captures=[kept.capture for kept in group if kept.capture is not None],
            settlements=[
                Settled(settlement=kept.submission.settlement, record_id=_record_id(kept))
                for kept in group
                if kept.submission.settlement is not None
            ],
            pages=[
                PageKept(page=kept.submission.page, record_id=_record_id(kept))
                for kept in group
                if kept.submission.page is not None
            ],
            links=[each.link for each in submissions if each.link is not None],
            warcs=dict([position]) if position is not None else {},
            articles=[each.article for each in submissions if each.article is not None],
            documents=[each.document for each in submissions if each.document is not None],
            surveys=[each.survey for each in submissions if each.survey is not None],
            recoveries=[
                replace(kept.submission.recovery, record_id=_record_id(kept))
                for kept in group
                if kept.submission.recovery is not None
            ],
            run_id=self._run_id,
        )

    def _fail(self, error: SourcekeepError) -> None:
        """Nothing more is kept. What is queued is dropped (its links stay leased, the next run fetches them)."""
        self.failure = error
        self._on_failure(error)
        while not self._closing.is_set() or not self._queue.empty():
            item = self._queue.get()
            if isinstance(item, threading.Event):
                item.set()
            elif item.exchange is not None and item.exchange.body is not None:
                item.exchange.body.close()


def _record_id(kept: Kept) -> str | None:
    return kept.capture.record_id if kept.capture is not None else None


def _name(submission: Submission) -> str:
    if submission.exchange is not None:
        return submission.exchange.url
    return submission.resource.uri if submission.resource is not None else "a text"


def _without_record(submission: Submission) -> Submission:
    """The submission when its record cannot be written: its link has failed by a fault of ours, its page is unread."""
    settlement = submission.settlement
    if settlement is not None:
        settlement = Settlement(
            link_id=settlement.link_id, stage=LinkStage.FAILED, reason=Reason.INTERNAL_ERROR, at=settlement.at
        )
    return Submission(settlement=settlement, findings=submission.findings)


def _with_conversion(submission: Submission, record_id: str) -> Submission:
    assert submission.article is not None
    return replace(submission, article=replace(submission.article, conversion_id=record_id))
