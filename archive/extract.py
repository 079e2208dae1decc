"""The stage that reads articles out of captures: text, title, author, day.

Reading costs 10 to 40 times what fetching does, so it comes after the fetch, from the WARCs, in killable workers
(archive.workers). Every capture offered gets a `Finding`, failures too: the caller keeps it, and a page that hangs its
parser is not met again for ever. Only what the disk did not give is not kept: that tells nothing of the capture.

This is the core: where captures come from and where findings go are parameters. What runs in a worker (`read` too) is
handed over by pickling, and touches no database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import BinaryIO

from archive.article import INPUT_LIMIT, Article, read_article
from archive.coding import UnsupportedCodingError, decode_body
from archive.errors import SourcekeepError, is_of_the_disk
from archive.model import Capture, RecordKind
from archive.workers import Failure, FailureKind, Workers, line_about, line_of

TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
TEXT_MIME = "text/plain"

_UUID = "urn:uuid:"


class Finding(StrEnum):
    """What came of reading a capture."""

    READ = "read"
    NO_TEXT = "no_text"  # a page, but no article on it
    UNSUPPORTED_TYPE = "unsupported_type"  # PDF, image, ...
    UNSUPPORTED_CODING = "unsupported_coding"  # zstd, ...
    UNREADABLE = "unreadable"  # the record is damaged
    OUT_OF_REACH = "out_of_reach"  # the disk did not give it, and may the next time
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    RAISED = "raised"

    @property
    def failed(self) -> bool:
        """Whether something went wrong, rather than the page having no article to give."""
        return self in _FAILED


_FAILED = frozenset({
    Finding.UNREADABLE, Finding.OUT_OF_REACH, Finding.TIMED_OUT, Finding.CRASHED, Finding.OUT_OF_MEMORY,
    Finding.RAISED,
})  # fmt: skip
_OF_FAILURE = {
    FailureKind.TIMED_OUT: Finding.TIMED_OUT,
    FailureKind.CRASHED: Finding.CRASHED,
    FailureKind.OUT_OF_MEMORY: Finding.OUT_OF_MEMORY,
    FailureKind.RAISED: Finding.RAISED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The payload of a capture's record, open at its beginning, and the headers that say how to read it."""

    body: BinaryIO  # transfer-decoded, still content-encoded
    content_type: str | None  # with its parameters
    content_encoding: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What was found in a capture. `article` is there if and only if `finding` is READ."""

    capture: Capture
    finding: Finding
    article: Article | None = None
    why: str = ""  # one printable line about a finding other than READ
    cut: bool = False  # only the beginning was read: the page is beyond the limit, or its coding broken

    @property
    def text_uri(self) -> str:
        """The WARC-Target-URI of the conversion record, which refers to the capture."""
        return f"urn:sourcekeep:text:{self.capture.record_id.removeprefix(_UUID)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run of the stage did."""

    findings: Mapping[Finding, int]
    passed_over: int  # captures that are no whole 2xx responses
    characters: int  # of text

    @property
    def total(self) -> int:
        """Captures that got a finding."""
        return sum(self.findings.values())


def is_readable(capture: Capture) -> bool:
    """Whether a capture is worth a finding: a whole 2xx response of its own (a revisit has no payload)."""
    ok = capture.status is not None and 200 <= capture.status < 300
    return ok and capture.whole and capture.kind is RecordKind.RESPONSE


def extract(
    captures: Iterable[Capture],
    *,
    read: Callable[[Capture], Payload],
    keep: Callable[[Extracted], None],
    workers: Workers,
    progress: Callable[[Extracted], None] | None = None,
) -> Summary:
    """Read the article out of each capture, and hand what was found to `keep`, in the order of completion.

    What is OUT_OF_REACH goes to `progress` alone, which hears of every capture. `read` opens a capture's payload, in a
    worker: it must be picklable (a function of a module, a partial of one) and may raise SourcekeepError or OSError for
    a record that cannot be read. `keep` and `progress` are called in this process. To stop early, end `captures`; what
    is under way is finished and kept. Raises what `captures` and `keep` raise.
    """
    stage = _Stage(keep, progress)
    with closing(workers.map_unordered(partial(read_capture, read), stage.sift(captures))) as results:
        for capture, result in results:
            stage.settle(_of_failure(capture, result) if isinstance(result, Failure) else result)
    return stage.summary()


class _Stage:
    def __init__(self, keep: Callable[[Extracted], None], progress: Callable[[Extracted], None] | None) -> None:
        self._keep = keep
        self._progress = progress
        self._findings: Counter[Finding] = Counter()
        self._passed_over = 0
        self._characters = 0

    def sift(self, captures: Iterable[Capture]) -> Iterator[Capture]:
        """The captures that a worker is to read; the others are settled on the way."""
        for capture in captures:
            if not is_readable(capture):
                self._passed_over += 1
            elif capture.mime is not None and capture.mime not in TYPES:
                self.settle(Extracted(capture=capture, finding=Finding.UNSUPPORTED_TYPE, why=line_of(capture.mime)))
            else:
                yield capture

    def settle(self, extracted: Extracted) -> None:
        if extracted.finding is not Finding.OUT_OF_REACH:
            self._keep(extracted)
        self._findings[extracted.finding] += 1
        self._characters += len(extracted.article.text) if extracted.article else 0
        if self._progress is not None:
            self._progress(extracted)

    def summary(self) -> Summary:
        return Summary(findings=dict(self._findings), passed_over=self._passed_over, characters=self._characters)


def _of_failure(capture: Capture, failure: Failure) -> Extracted:
    return Extracted(capture=capture, finding=_OF_FAILURE[failure.kind], why=failure.text)


# --- in the worker ---


def read_capture(read: Callable[[Capture], Payload], capture: Capture) -> Extracted:
    """What one capture holds."""
    try:
        payload = read(capture)
        with payload.body:
            body = decode_body(payload.body, payload.content_encoding, limit=INPUT_LIMIT)
    except UnsupportedCodingError as error:
        return Extracted(capture=capture, finding=Finding.UNSUPPORTED_CODING, why=line_about(error))
    except (SourcekeepError, OSError) as error:
        finding = Finding.OUT_OF_REACH if is_of_the_disk(error) else Finding.UNREADABLE
        return Extracted(capture=capture, finding=finding, why=line_about(error))
    article = read_article(body.data, capture.url, payload.content_type, captured=capture.at.date())
    if article is None:
        return Extracted(capture=capture, finding=Finding.NO_TEXT, why="no article on the page", cut=body.cut)
    return Extracted(capture=capture, finding=Finding.READ, article=article, cut=body.cut)
