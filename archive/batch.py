"""What the keeper makes durable together (pure): the values of one transaction of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive.checks import Check, HostIncident
from archive.copies import Baseline
from archive.mementos import Recovery
from archive.model import Capture, NewLink, PageRead, Settlement
from archive.schema import ArticleState
from archive.surveys import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A settlement, with the record that decided it: a capture of this batch or of an earlier one."""

    settlement: Settlement
    record_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKept:
    """A page read, with the record it was read from."""

    page: PageRead
    record_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRead:
    """What was read out of a capture. Natural key: the capture's `record_id`."""

    record_id: str
    state: ArticleState
    at: datetime
    why: str | None = None  # of a state other than READ
    title: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    site_name: str | None = None
    text_sha256: str | None = None
    text_chars: int | None = None
    conversion_id: str | None = None  # the `conversion` record that holds the text
    tries: int = 1  # times it was read; counted where it is written


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWritten:
    """An event's document lies on disk. `dirty` is the count it was built at: what came since keeps it dirty."""

    event_id: int
    dirty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHeld:
    """A host that is to be left alone until then."""

    host: str  # host[:port]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One transaction. Every part may be empty; writing the same batch twice is writing it once."""

    captures: Sequence[Capture] = ()
    settlements: Sequence[Settled] = ()
    pages: Sequence[PageKept] = ()
    links: Sequence[NewLink] = ()
    warcs: Mapping[str, int] = field(default_factory=dict)  # name -> committed offset
    finished_warcs: Sequence[str] = ()
    articles: Sequence[ArticleRead] = ()
    documents: Sequence[DocumentWritten] = ()
    surveys: Sequence[Survey] = ()
    checks: Sequence[Check] = ()
    discarded: Sequence[Check] = ()  # checks kept already, or in `checks`, with the incident they were part of
    incidents: Sequence[HostIncident] = ()
    held: Sequence[HostHeld] = ()
    baselines: Sequence[Baseline] = ()
    recoveries: Sequence[Recovery] = ()
    run_id: int | None = None
