"""Events with all that is known of their citations, read back for their documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.baselines import is_copy
from archive.batch import ArticleRead
from archive.capture_rows import CAPTURE_COLUMNS, capture_from, captures_by_record
from archive.chains import Chain, find_hops, follow
from archive.event_codec import event_from_json
from archive.event_document import CitationState, Copy, EventState
from archive.judgement import Judgement, judge
from archive.link_rows import chunks
from archive.mementos import Recovery
from archive.model import Capture, Citation, HrefReason, Outcome, RecordKind, Via
from archive.recoveries import recovered_records
from archive.schema import WarcState, articles, captures, citations, event_versions, events, warcs
from archive.survey_rows import scores
from archive.surveys import Score

MOST_COPIES = 20  # of one URL, the latest

# Of one event version: by position, the link of a citation and why it has none.
_Links = Mapping[int, tuple[int | None, HrefReason | None]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the citations of a lot of events need."""

    chains: Mapping[int, Chain]
    copies: Mapping[str, Sequence[Capture]]  # by URL, oldest first
    articles: Mapping[str, ArticleRead]  # by the record id of the capture
    scores: Mapping[str, Score]  # likewise
    recovered: Mapping[str, Sequence[tuple[Recovery, Capture]]]  # by the URL of the link

    def state(self, citation: Citation, links: _Links, now: datetime) -> CitationState:
        link_id, reason = links[citation.position]
        chain = None if link_id is None else self.chains[link_id]
        judgement = judge(reason, chain, now, kind=citation.kind)
        copies = tuple(self._copy(held) for held in self._held(chain, judgement))
        return CitationState(citation=citation, chain=chain, judgement=judgement, copies=copies)

    def _held(self, chain: Chain | None, judgement: Judgement) -> list[Capture]:
        """The copies of where the chain ends, the one that was judged among them, and those of others of the link."""
        held = {capture.record_id: capture for capture in self.copies.get(chain.end.url, ())} if chain else {}
        for hop in chain.hops if chain else ():
            held.update((capture.record_id, capture) for _, capture in self.recovered.get(hop.url, ()))
        if judgement.outcome is Outcome.KEPT and judgement.capture is not None:
            held[judgement.capture.record_id] = judgement.capture
        return sorted(held.values(), key=lambda capture: (capture.at, capture.record_id))

    def _copy(self, capture: Capture) -> Copy:
        """A copy, with what is known of it or of the capture it is a revisit of."""
        own, original = capture.record_id, capture.refers_to or ""
        return Copy(
            capture=capture,
            article=self.articles.get(own) or self.articles.get(original),
            recovery=self._recovery(capture),
            score=self.scores.get(own) or self.scores.get(original),
        )

    def _recovery(self, capture: Capture) -> Recovery | None:
        if capture.via is not Via.MEMENTO:
            return None
        tried = (pair for pairs in self.recovered.values() for pair in pairs)
        return next((recovery for recovery, held in tried if held.record_id == capture.record_id), None)


def dirty_events(connection: sa.Connection, limit: int, now: datetime) -> Iterator[EventState]:
    """At most `limit` events whose document is out of date, in the order they were found."""
    yield from _states(connection, connection.execute(_dirty.limit(limit)).all(), now)


def event_states(connection: sa.Connection, event_ids: Collection[int], now: datetime) -> Iterator[EventState]:
    """These events, by their id in the catalogue. As many at once as may be in memory."""
    yield from _states(connection, connection.execute(_by_id, {"b_ids": sorted(event_ids)}).all(), now)


def _states(connection: sa.Connection, rows: Sequence[sa.Row[Any]], now: datetime) -> Iterator[EventState]:
    links_of = _links(connection, [row.version_id for row in rows])
    known = _known(connection, links_of.values())
    pages = held_captures(connection, {row.page_record_id for row in rows if row.page_record_id})
    for row in rows:
        event = event_from_json(row.document)
        yield EventState(
            event_id=row.id,
            json_name=row.json_name,
            dirty=row.dirty,
            version=row.version,
            event=event,
            page=pages.get(row.page_record_id or ""),
            read_at=row.read_at,
            citations=tuple(known.state(citation, links_of[row.version_id], now) for citation in event.citations),
        )


def held_captures(connection: sa.Connection, record_ids: Collection[str]) -> dict[str, Capture]:
    """The captures with these record ids, but for those that lie in a WARC that is missing."""
    missing = missing_warcs(connection)
    found = captures_by_record(connection, record_ids)
    return {record_id: capture for record_id, capture in found.items() if capture.where.warc not in missing}


def missing_warcs(connection: sa.Connection) -> frozenset[str]:
    """The names of the WARCs that are missing: of what lies in them there is no copy."""
    return frozenset(connection.execute(_missing).scalars())


def _links(connection: sa.Connection, version_ids: Sequence[int]) -> Mapping[int, _Links]:
    found: dict[int, dict[int, tuple[int | None, HrefReason | None]]] = defaultdict(dict)
    for some in chunks(version_ids):
        for row in connection.execute(_of_versions, {"b_ids": some}):
            found[row.event_version_id][row.position] = (row.link_id, row.reason)
    return found


def _known(connection: sa.Connection, links_of: Iterable[_Links]) -> _Known:
    starts = {link_id for links in links_of for link_id, _ in links.values() if link_id is not None}
    hops = find_hops(connection, starts)
    chains = {start: follow(start, hops) for start in starts}
    copies = _copies(connection, sorted({chain.end.url for chain in chains.values()}))
    recovered = _recovered(connection, {hop.url for chain in chains.values() for hop in chain.hops})
    judged = {capture for hop in hops.values() for capture in (hop.capture, hop.revisited) if capture}
    brought = [capture for pairs in recovered.values() for _, capture in pairs]
    records = {
        record
        for capture in judged.union(brought, *copies.values())
        for record in (capture.record_id, capture.refers_to)
    }
    known = sorted(filter(None, records))
    return _Known(
        chains=chains,
        copies=copies,
        articles=_articles(connection, known),
        scores=scores(connection, known),
        recovered=recovered,
    )


def _recovered(connection: sa.Connection, urls: Collection[str]) -> dict[str, list[tuple[Recovery, Capture]]]:
    """What was brought back out of archives, by the URL of the link."""
    found = recovered_records(connection, urls)
    ids = {each.record_id for tried in found.values() for each in tried if each.record_id}
    held = held_captures(connection, ids) if ids else {}
    return {
        url: [(each, held[each.record_id]) for each in tried if each.record_id in held] for url, tried in found.items()
    }


def _copies(connection: sa.Connection, urls: Sequence[str]) -> dict[str, list[Capture]]:
    """The latest MOST_COPIES good copies of each URL, oldest first."""
    found: dict[str, list[Capture]] = defaultdict(list)
    for some in chunks(urls):
        for row in connection.execute(_good_copies, {"b_urls": some}):
            found[row.url].append(capture_from(row))
    return {url: copies[-MOST_COPIES:] for url, copies in found.items()}


def _articles(connection: sa.Connection, record_ids: Sequence[str]) -> dict[str, ArticleRead]:
    found: dict[str, ArticleRead] = {}
    for some in chunks(record_ids):
        for row in connection.execute(_of_records, {"b_ids": some}):
            found[row.record_id] = ArticleRead(**row._mapping)  # noqa: SLF001  (its public name, says SQLAlchemy)
    return found


_missing = sa.select(warcs.c.name).where(warcs.c.state == WarcState.MISSING)
_event: sa.Select[Any] = (
    sa.select(
        events.c.id,
        events.c.json_name,
        events.c.dirty,
        events.c.version,
        event_versions.c.id.label("version_id"),
        event_versions.c.document,
        event_versions.c.page_record_id,
        event_versions.c.read_at,
    )
    .join_from(
        events,
        event_versions,
        sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
    )
    .order_by(events.c.id)
)
_dirty = _event.where(events.c.dirty > sa.literal_column("0"))
_by_id = _event.where(events.c.id.in_(bindparam("b_ids", expanding=True)))
_of_versions = sa.select(
    citations.c.event_version_id, citations.c.position, citations.c.link_id, citations.c.reason
).where(citations.c.event_version_id.in_(bindparam("b_ids", expanding=True)))
_original, _of_original = captures.alias("original"), warcs.alias("of_original")
_has_original = sa.exists().where(
    _original.c.record_id == captures.c.refers_to,
    _of_original.c.id == _original.c.warc_id,
    _of_original.c.state != WarcState.MISSING,
)
_good_copies = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(
        captures.c.url.in_(bindparam("b_urls", expanding=True)),
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        captures.c.status.between(200, 299),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        warcs.c.state != WarcState.MISSING,
        sa.or_(captures.c.kind != RecordKind.REVISIT, captures.c.via == Via.IMPORT, _has_original),
        is_copy(),
    )
    .order_by(captures.c.url, captures.c.at)
)
_of_records = sa.select(articles).where(articles.c.record_id.in_(bindparam("b_ids", expanding=True)))
