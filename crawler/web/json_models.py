"""What the JSON API answers with: its schema, for the OpenAPI document and for whoever reads it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from archive.checks import Check
from archive.citation_list import ListedCitation
from archive.event_lists import ListedEvent
from archive.link_list import ListedLink
from archive.model import Capture
from archive.stats import RunStats
from crawler.web import paths


class EventItem(BaseModel):
    """An event as it is listed. `title`, `summary` and `topic` are as written: entities are not decoded."""

    path: str
    date: str | None
    language: str
    title: str
    summary: str
    topic: str | None
    outcomes: dict[str, int]  # of its citations: kept, failed, excluded, waiting
    links: dict[str, int]  # by state

    @classmethod
    def of(cls, event: ListedEvent) -> EventItem:
        """The item of an event."""
        return cls(
            path=event.path,
            date=event.day,
            language=event.language,
            title=event.title,
            summary=event.summary,
            topic=event.topic,
            outcomes={str(word): number for word, number in event.outcomes.items()},
            links={str(state): number for state, number in event.standings.items()},
        )


class CitationItem(BaseModel):
    """A citation, and what came of it. `record_id` names the copy, or the record of the attempt."""

    event: str
    position: int
    kind: str
    label: str
    href: str
    url: str | None
    final_url: str | None
    outcome: str
    reason: str
    record_id: str | None
    state: str | None  # of its link

    @classmethod
    def of(cls, each: ListedCitation) -> CitationItem:
        """The item of a citation."""
        capture = each.judgement.capture
        return cls(
            event=each.event,
            position=each.position,
            kind=each.kind,
            label=each.label,
            href=each.href,
            url=each.url,
            final_url=each.final_url,
            outcome=each.judgement.outcome,
            reason=each.judgement.reason,
            record_id=None if capture is None else capture.record_id,
            state=each.state,
        )


class CheckItem(BaseModel):
    """One look at a link."""

    at: datetime
    verdict: str
    verdict_class: str
    rule: str
    words: list[str]
    numbers: dict[str, float]
    status: int | None
    final_url: str | None
    record_id: str | None
    compared_with: str | None
    incident: str | None

    @classmethod
    def of(cls, check: Check) -> CheckItem:
        """The item of a check."""
        proof = check.verdict.evidence
        return cls(
            at=check.at,
            verdict=check.verdict.state,
            verdict_class=check.verdict.verdict_class,
            rule=proof.rule,
            words=list(proof.words),
            numbers=dict(proof.numbers),
            status=check.status,
            final_url=check.final_url,
            record_id=proof.record_id,
            compared_with=proof.compared_with,
            incident=check.incident,
        )


class LinkItem(BaseModel):
    """A link that is followed."""

    url: str
    state: str
    since: datetime | None
    last_check: datetime | None
    last_verdict: str | None
    next_due: datetime | None
    copies: int
    mementos: int
    cited_by: list[str]  # paths of events, the first 50

    @classmethod
    def of(cls, link: ListedLink) -> LinkItem:
        """The item of a link."""
        state = link.state
        return cls(
            url=state.url,
            state=state.state,
            since=state.since,
            last_check=state.last_check,
            last_verdict=state.last,
            next_due=state.next_due,
            copies=link.copies,
            mementos=link.mementos,
            cited_by=sorted({each.event for each in link.cited_by}),
        )


class CaptureItem(BaseModel):
    """A record in a WARC. Paths are on this server."""

    record_id: str
    kind: str
    url: str
    at: datetime
    status: int | None
    mime: str | None
    payload_sha1: str | None
    payload_sha256: str | None
    payload_length: int
    via: str
    refers_to: str | None
    truncated: str | None
    error: str | None
    warc: str
    offset: int
    length: int
    view: str
    record: str

    @classmethod
    def of(cls, capture: Capture) -> CaptureItem:
        """The item of a capture."""
        return cls(
            record_id=capture.record_id,
            kind=capture.kind,
            url=capture.url,
            at=capture.at,
            status=capture.status,
            mime=capture.mime,
            payload_sha1=capture.payload_sha1,
            payload_sha256=capture.payload_sha256,
            payload_length=capture.payload_length,
            via=capture.via,
            refers_to=capture.refers_to,
            truncated=capture.truncated,
            error=capture.error,
            warc=capture.where.warc,
            offset=capture.where.offset,
            length=capture.where.length,
            view=paths.replay(capture.at, capture.url),
            record=paths.capture(capture.record_id, "/record.warc.gz"),
        )


class RunItem(BaseModel):
    """One execution of a job. One that was killed has no end."""

    id: int
    job: str
    site: str | None
    started: datetime
    ended: datetime | None
    exit_code: int | None
    reason: str | None
    counts: dict[str, int | float | str | None]

    @classmethod
    def of(cls, run: RunStats) -> RunItem:
        """The item of a run."""
        return cls(
            id=run.run_id,
            job=run.job,
            site=run.site,
            started=run.started_at,
            ended=run.ended_at,
            exit_code=run.exit_code,
            reason=run.reason,
            counts=dict(run.counts),
        )


class HitItem(BaseModel):
    """A hit of the search: an event (`path`), or an article (`record_id` of the capture it was read from, `url`)."""

    kind: str
    title: str
    date: str
    path: str | None
    record_id: str | None
    url: str | None
    snippet: str


class Events(BaseModel):
    """A part of the events. `next`: the cursor of the next part; null at the end."""

    items: list[EventItem]
    next: str | None


class Citations(BaseModel):
    """A part of the citations."""

    items: list[CitationItem]
    next: str | None


class Links(BaseModel):
    """A part of the links."""

    items: list[LinkItem]
    next: str | None


class Captures(BaseModel):
    """A part of the captures."""

    items: list[CaptureItem]
    next: str | None


class Runs(BaseModel):
    """A part of the runs."""

    items: list[RunItem]
    next: str | None


class Hits(BaseModel):
    """The best hits."""

    items: list[HitItem]


class LinkDetail(BaseModel):
    """A link with its checks, oldest first, and all captures of its addresses; `best` is the one to show."""

    url: str
    link: LinkItem | None
    checks: list[CheckItem]
    captures: list[CaptureItem]
    best: str | None
    reason: str


class Overview(BaseModel):
    """The collection at a glance, as it was `at`."""

    at: datetime
    events: int
    captures: int
    citations: dict[str, int]
    reasons: dict[str, int]
    links: dict[str, int]
    years: dict[str, dict[str, int]]
