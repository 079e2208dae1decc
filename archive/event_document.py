"""An event's document: the JSON that says, of one event, where every copy lies (pure).

It is written anew whenever something in it changed: the page, what came of a citation, an article that was read.
Besides the file, it goes into the WARCs as a metadata record, so that the WARCs alone rebuild the catalogue.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.batch import ArticleRead
from archive.chains import Chain, Hop
from archive.judgement import Judgement
from archive.mementos import Recovery
from archive.model import Capture, Change, Citation, Event, RelatedEvent
from archive.schema import ArticleState, storable
from archive.surveys import Score

SCHEMA = 1

# What steers a terminal or an editor that shows the file: DEL and C1, bidi marks and overrides, line separators, a BOM.
# C0 is escaped in all JSON; joiners and the like are part of words and stay.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

Json = str | int | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of a cited original, and the article read from it."""

    capture: Capture
    article: ArticleRead | None = None
    recovery: Recovery | None = None  # of a copy out of somebody's web archive
    score: Score | None = None  # None: it needs nothing that anybody knows of, or nobody has counted yet


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationState:
    """A citation, the chain from its link, what came of it, and the copies that are kept, oldest first."""

    citation: Citation
    chain: Chain | None
    judgement: Judgement
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventState:
    """An event's current version with all that is known of its citations."""

    event_id: int
    json_name: str  # of its document, under events/
    dirty: int  # to be handed back with `DocumentWritten`
    version: int
    event: Event
    page: Capture | None  # the record the page was read from
    read_at: datetime | None
    citations: tuple[CitationState, ...]


# --- building ---


def event_document(state: EventState) -> dict[str, Json]:
    """The document of one event, its keys in a fixed order."""
    event = state.event
    return {
        "schema": SCHEMA,
        "path": event.path,
        "language": event.language,
        "date": event.day.isoformat() if event.day else None,
        "title": event.title,
        "summary": event.summary,
        "topic": event.topic,
        "version": state.version,
        "page": _page(state),
        "citations": [_citation(each) for each in state.citations],
        "related": [_related(each) for each in event.related],
        "changes": [_change(each) for each in event.changes],
        "formats": list(event.formats),
        "date_link": event.date_link,
    }


def document_bytes(document: dict[str, Json]) -> bytes:
    """The document as it is written: UTF-8, indented, a line break at its end; harmless when shown as it is."""
    text = storable(json.dumps(document, ensure_ascii=False, indent=2))
    return (_STEERING.sub(_escaped, text) + "\n").encode()


def _escaped(found: re.Match[str]) -> str:
    """A character as JSON escapes it (RFC 8259 section 7): the value that is read stays the same."""
    return f"\\u{ord(found[0]):04x}"


def _page(state: EventState) -> dict[str, Json]:
    return {
        "sha256": state.event.sha256,
        "read_at": _instant(state.read_at),
        "record_id": state.page.record_id if state.page else None,
        **_where(state.page),
    }


def _citation(state: CitationState) -> dict[str, Json]:
    citation = state.citation
    hops = state.chain.hops if state.chain else ()
    return {
        "position": citation.position,
        "kind": citation.kind.value,
        "label": citation.label,
        "href": citation.href,
        "url": citation.url,
        "outcome": state.judgement.outcome.value,
        "reason": state.judgement.reason.value,
        "record_id": state.judgement.capture.record_id if state.judgement.capture else None,
        "redirects": [_hop(hop) for hop in hops] if len(hops) > 1 else [],
        "copies": [_copy(copy) for copy in state.copies],
    }


def _hop(hop: Hop) -> dict[str, Json]:
    capture = hop.capture
    return {
        "url": hop.url,
        "status": capture.status if capture else None,
        "at": _instant(capture.at) if capture else None,
        "record_id": capture.record_id if capture else None,
        **_where(capture),
    }


def _copy(copy: Copy) -> dict[str, Json]:
    capture = copy.capture
    return {
        "url": capture.url,
        "at": _instant(capture.at),
        "status": capture.status,
        "mime": capture.mime,
        "kind": capture.kind.value,
        "via": capture.via.value,
        "record_id": capture.record_id,
        "refers_to": capture.refers_to,
        **_where(capture),
        "payload_sha1": capture.payload_sha1,
        "payload_sha256": capture.payload_sha256,
        "payload_length": capture.payload_length,
        **_memento(copy.recovery),
        "article": _article(copy.article),
        "requisites": _score(copy.score),
    }


def _memento(recovery: Recovery | None) -> dict[str, Json]:
    """Only a copy that is not our own says so: documents of others stay what they are."""
    if recovery is None:
        return {}
    about: dict[str, Json] = {
        "url": recovery.memento_url,
        "archive": recovery.archive,
        "fetched_at": _instant(recovery.asked_at),
    }
    return {"memento": about}


def _score(score: Score | None) -> dict[str, Json] | None:
    return None if score is None else {"needed": score.needed, "kept": score.kept, "gone": score.gone}


def _article(article: ArticleRead | None) -> dict[str, Json] | None:
    if article is None or article.state is not ArticleState.READ:
        return None
    return {
        "title": article.title,
        "author": article.author,
        "date": article.published,
        "language": article.language,
        "site_name": article.site_name,
        "text_sha256": article.text_sha256,
        "text_chars": article.text_chars,
        "conversion_record_id": article.conversion_id,
    }


def _where(capture: Capture | None) -> dict[str, Json]:
    where = capture.where if capture else None
    return {
        "warc": where.warc if where else None,
        "offset": where.offset if where else None,
        "length": where.length if where else None,
    }


def _related(related: RelatedEvent) -> dict[str, Json]:
    return {
        "title": related.title,
        "path": related.path,
        "contexts": list(related.contexts),
        "context_raw": related.context_raw,
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        "number": change.number,
        "title": change.title,
        "path": change.path,
        "stamp": change.stamp,
        "label": change.label,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
