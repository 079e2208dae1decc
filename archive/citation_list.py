"""Citations and captures in the order they were found, part by part, for programs that read all of them.

Everything here only reads, over the caller's connection. A place in a list stays valid while the collection grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.chains import Chain, find_hops, follow
from archive.checks import Standing
from archive.judgement import Judgement, judge
from archive.model import Capture, CitationKind
from archive.schema import captures, citations, event_versions, events, link_states, links, warcs


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCitation:
    """A citation of an event's current version, and what came of it."""

    version_id: int
    event: str  # path
    position: int
    kind: CitationKind
    label: str
    href: str
    url: str | None
    judgement: Judgement
    chain: Chain | None  # from its link to where that ends
    state: Standing | None  # None: its link is not followed

    @property
    def final_url(self) -> str | None:
        """Where its link ends, over its redirects."""
        return None if self.chain is None else self.chain.end.url


def citations_after(
    connection: sa.Connection, now: datetime, *, limit: int, after: tuple[int, int] = (0, 0), event: str | None = None
) -> list[ListedCitation]:
    """At most `limit` citations behind a place (version and position), of one event or of all."""
    place = sa.tuple_(citations.c.event_version_id, citations.c.position)
    query = _citations.where(place > after).limit(limit)
    if event is not None:
        query = query.where(events.c.path == event)
    rows = connection.execute(query).all()
    hops = find_hops(connection, {row.link_id for row in rows if row.link_id is not None})
    found = []
    for row in rows:
        chain = None if row.link_id is None else follow(row.link_id, hops)
        found.append(
            ListedCitation(
                version_id=row.event_version_id,
                event=row.path,
                position=row.position,
                kind=row.kind,
                label=row.label,
                href=row.href,
                url=row.url,
                judgement=judge(row.reason, chain, now, kind=row.kind),
                chain=chain,
                state=row.state,
            )
        )
    return found


def captures_after(
    connection: sa.Connection, *, limit: int, after: int = 0, url: str | None = None
) -> list[tuple[int, Capture]]:
    """At most `limit` captures behind a place, each with its own: of one URL, as it was captured, or of all."""
    query = _captures.where(captures.c.id > after).order_by(captures.c.id).limit(limit)
    if url is not None:
        query = query.where(captures.c.url == url)
    return [(row.id, capture_from(row)) for row in connection.execute(query)]


_citations: sa.Select[Any] = (
    sa.select(citations, events.c.path, link_states.c.state)
    .select_from(citations)
    .join(event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, sa.and_(events.c.id == event_versions.c.event_id, events.c.version == event_versions.c.version))
    .outerjoin(links, links.c.id == citations.c.link_id)
    .outerjoin(link_states, link_states.c.url == links.c.url)
    .order_by(citations.c.event_version_id, citations.c.position)
)
_captures: sa.Select[Any] = sa.select(captures.c.id, *CAPTURE_COLUMNS).join_from(captures, warcs)
