"""All that is known of one event, for who looks at it: its citations with their copies, and how each link did in time.

Everything here only reads, over the caller's connection.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.check_codec import check_from, state_from
from archive.check_rows import STATE_COLUMNS, WITH_MARK, mark_of
from archive.checks import Check, LinkState
from archive.event_document import CitationState, EventState
from archive.event_states import event_states
from archive.link_rows import chunks
from archive.lookup_rows import spelled
from archive.model import CitationKind, Event, Outcome, RelatedEvent
from archive.schema import checks, event_versions, events, link_states

MOST_CHECKS = 40  # of one link, the latest
MOST_CITATIONS, MOST_RELATED = 500, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedLink:
    """A citation, what came of it, and what checks of its link found, oldest first."""

    cited: CitationState
    state: LinkState | None  # None: it was never enrolled
    checks: tuple[Check, ...]

    @property
    def is_picture(self) -> bool:
        """Whether it is a cover image that is kept, and of a kind that a thumbnail can be drawn of."""
        is_cover = self.cited.citation.kind is CitationKind.COVER_IMAGE
        capture = self.cited.judgement.capture
        is_drawn = capture is not None and "svg" not in (capture.mime or "")
        return is_cover and self.cited.judgement.outcome is Outcome.KEPT and is_drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A reading of the event's page that differs from the one before."""

    number: int
    title: str
    read_at: datetime | None
    sha256: str
    record_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """An event with all of it; of its citations the first MOST_CITATIONS."""

    state: EventState
    cited: tuple[CitedLink, ...]
    versions: tuple[Version, ...]
    related: tuple[tuple[RelatedEvent, str | None], ...]  # each with the path of that event, if it is here

    @property
    def covers(self) -> tuple[CitedLink, ...]:
        """The cover images that are kept."""
        return tuple(each for each in self.cited if each.is_picture)


def event_page(
    connection: sa.Connection,
    event_id: int,
    now: datetime,
    visible: Callable[[EventState], EventState] = lambda state: state,
) -> EventPage:
    """The event with this id, which is there. `visible` takes out what is not to be shown."""
    [found] = event_states(connection, [event_id], now)
    state = visible(found)
    first = state.citations[:MOST_CITATIONS]
    urls = sorted({spelled(each.citation.url) for each in first if each.citation.url is not None})
    standing, made = _states(connection, urls), _checks(connection, urls)
    cited = []
    for each in first:
        url = spelled(each.citation.url) if each.citation.url is not None else ""
        cited.append(CitedLink(cited=each, state=standing.get(url), checks=tuple(made.get(url, ()))))
    return EventPage(
        state=state,
        cited=tuple(cited),
        versions=_versions(connection, event_id),
        related=tuple(_related(connection, state.event)),
    )


def _related(connection: sa.Connection, event: Event) -> Iterator[tuple[RelatedEvent, str | None]]:
    """Related events: their paths are as the page has them, from the root of the site or from the page."""
    tried = {each.path: _paths(each.path, event.path) for each in event.related[:MOST_RELATED]}
    known: set[str] = set()
    for some in chunks(sorted({path for each in tried.values() for path in each})):
        known.update(connection.execute(_known, {"b_paths": some}).scalars())
    for each in event.related[:MOST_RELATED]:
        yield each, next((path for path in tried[each.path] if path in known), None)


def _paths(path: str, of_page: str) -> tuple[str, ...]:
    plain = path.partition("#")[0].partition("?")[0]
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(of_page), plain))
    return plain.lstrip("/"), unquote(plain.lstrip("/")), beside, unquote(beside)


def _states(connection: sa.Connection, urls: Sequence[str]) -> dict[str, LinkState]:
    found: dict[str, LinkState] = {}
    for some in chunks(urls):
        for row in connection.execute(_standing, {"b_urls": some}):
            found[row.url] = state_from(row, mark_of(row))
    return found


def _checks(connection: sa.Connection, urls: Sequence[str]) -> dict[str, list[Check]]:
    found: defaultdict[str, list[Check]] = defaultdict(list)
    for some in chunks(urls):
        for row in connection.execute(_latest, {"b_urls": some}):
            found[row.url].append(check_from(row))
    return found


def _versions(connection: sa.Connection, event_id: int) -> tuple[Version, ...]:
    rows = connection.execute(_all_versions, {"b_id": event_id})
    return tuple(
        Version(
            number=row.version, title=row.title, read_at=row.read_at, sha256=row.sha256, record_id=row.page_record_id
        )
        for row in rows
    )


_known = sa.select(events.c.path).where(events.c.path.in_(bindparam("b_paths", expanding=True)))
_urls: sa.BindParameter[object] = bindparam("b_urls", expanding=True)
_standing: sa.Select[Any] = sa.select(*STATE_COLUMNS).select_from(WITH_MARK).where(link_states.c.url.in_(_urls))
_numbered = (
    sa.select(checks, sa.func.row_number().over(partition_by=checks.c.url, order_by=checks.c.at.desc()).label("nth"))
    .where(checks.c.url.in_(_urls))
    .subquery()
)
_latest: sa.Select[Any] = (
    sa.select(_numbered).where(_numbered.c.nth <= MOST_CHECKS).order_by(_numbered.c.url, _numbered.c.at)
)
_all_versions: sa.Select[Any] = (
    sa.select(
        event_versions.c.version,
        event_versions.c.title,
        event_versions.c.read_at,
        event_versions.c.sha256,
        event_versions.c.page_record_id,
    )
    .where(event_versions.c.event_id == bindparam("b_id"))
    .order_by(event_versions.c.version.desc())
    .limit(100)
)
