"""An Event as JSON text, and back (pure). The catalogue keeps every version of a page in this form."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TypedDict, cast

from archive.model import Change, Citation, CitationKind, Event, HrefReason, Reason, RelatedEvent


class CitationJson(TypedDict):
    """A citation in JSON."""

    kind: str
    label: str
    href: str
    url: str | None
    reason: str | None
    position: int


class RelatedJson(TypedDict):
    """A related event in JSON."""

    title: str
    path: str
    contexts: list[str]
    context_raw: str


class ChangeJson(TypedDict):
    """An older version in JSON."""

    number: int
    title: str
    path: str
    stamp: str
    label: str


class EventJson(TypedDict):
    """An event in JSON."""

    path: str
    language: str
    day: str | None
    title: str
    summary: str
    topic: str | None
    citations: list[CitationJson]
    related: list[RelatedJson]
    changes: list[ChangeJson]
    formats: list[str]
    date_link: str | None
    sha256: str


def event_to_json(event: Event) -> str:
    """`event` on one line."""
    return json.dumps(asdict(event), default=date.isoformat, ensure_ascii=False, separators=(",", ":"))


def event_from_json(document: str) -> Event:
    """The event in `document`. Raises ValueError or KeyError where it is not one of ours."""
    raw = cast("EventJson", json.loads(document))
    return Event(
        path=raw["path"],
        language=raw["language"],
        day=None if raw["day"] is None else date.fromisoformat(raw["day"]),
        title=raw["title"],
        summary=raw["summary"],
        topic=raw["topic"],
        citations=tuple(map(_citation, raw["citations"])),
        related=tuple(map(_related, raw["related"])),
        changes=tuple(Change(**change) for change in raw["changes"]),
        formats=tuple(raw["formats"]),
        date_link=raw["date_link"],
        sha256=raw["sha256"],
    )


class DocumentPageJson(TypedDict):
    """The page in an event's document."""

    sha256: str
    record_id: str | None


class DocumentJson(TypedDict):
    """An event's document, as far as it tells of the event itself."""

    path: str
    language: str
    date: str | None
    title: str
    summary: str
    topic: str | None
    version: int
    page: DocumentPageJson
    citations: list[CitationJson]
    related: list[RelatedJson]
    changes: list[ChangeJson]
    formats: list[str]
    date_link: str | None


def event_from_document(raw: DocumentJson) -> Event:
    """The event that its document tells of. Raises ValueError, KeyError or TypeError where it is not one of ours."""
    return Event(
        path=raw["path"],
        language=raw["language"],
        day=None if raw["date"] is None else date.fromisoformat(raw["date"]),
        title=raw["title"],
        summary=raw["summary"],
        topic=raw["topic"],
        citations=tuple(map(_documented, raw["citations"])),
        related=tuple(map(_related, raw["related"])),
        changes=tuple(Change(**change) for change in raw["changes"]),
        formats=tuple(raw["formats"]),
        date_link=raw["date_link"],
        sha256=raw["page"]["sha256"],
    )


def _documented(raw: CitationJson) -> Citation:
    """A citation from its document, whose reason says what came of it: why there is no URL, if there is none."""
    reason = raw["reason"] if raw["url"] is None else None
    spelled = HrefReason.EMPTY.value if reason == Reason.NO_HREF.value else reason
    return _citation({**raw, "reason": spelled})


def _citation(raw: CitationJson) -> Citation:
    return Citation(
        kind=CitationKind(raw["kind"]),
        label=raw["label"],
        href=raw["href"],
        url=raw["url"],
        reason=None if raw["reason"] is None else HrefReason(raw["reason"]),
        position=raw["position"],
    )


def _related(raw: RelatedJson) -> RelatedEvent:
    return RelatedEvent(
        title=raw["title"], path=raw["path"], contexts=tuple(raw["contexts"]), context_raw=raw["context_raw"]
    )
