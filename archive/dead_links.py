"""Dead links, with what it takes to bring back what they once gave: when they were cited, and what we hold of them.

Everything here takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.capture_rows import CAPTURE_COLUMNS, capture_from, captures_by_record
from archive.chains import find_hops, follow
from archive.checks import LinkState, Standing
from archive.link_rows import fetchable
from archive.model import Capture, CitationKind, RecordKind, Via
from archive.schema import WarcState, captures, checks, citations, event_versions, events, links, warcs
from archive.state_rows import state_of, states
from archive.verdicts import VerdictClass

MOST_COPIES = 5  # of ours that are looked at, the latest
_MOST_BESIDE = 200  # citations beside a link's


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLink:
    """A link to be recovered."""

    url: str
    state: Standing
    around: datetime  # when it said what was cited: noon of the day of the first event that cites it
    is_dated: bool  # by an event; else by when it was last seen alive, or first found dead
    is_cover: bool = False  # it is cited as an event's picture
    copies: tuple[Capture, ...] = ()  # our own whole answers, the latest first; of a revisit what it stands for
    cut: Capture | None = None  # our own answer that is not whole
    beside: tuple[str, ...] = ()  # URLs cited by the same events


def dead_states(connection: sa.Connection, *, suspects: bool = False, url: str | None = None) -> list[LinkState]:
    """The links that are dead, or with `suspects` may be; or the one given, whatever its state, if it is known."""
    if url is not None:
        known = state_of(connection, url)
        if known is None and connection.execute(sa.select(links.c.id).where(links.c.url == url)).first() is not None:
            known = LinkState(url=url, next_due=None)
        return [known] if known is not None else []
    found = list(states(connection, state=Standing.DEAD))
    return [*found, *states(connection, state=Standing.SUSPECT)] if suspects else found


def dead_link(connection: sa.Connection, state: LinkState, now: datetime) -> DeadLink:
    """What is known of one."""
    link_id = connection.execute(sa.select(links.c.id).where(links.c.url == state.url)).scalar()
    cited = connection.execute(_citing, {"b_link": link_id}).all() if link_id is not None else []
    days = sorted(day for row in cited if (day := _day(row.day)) is not None)
    until = state.evidence[0].at if state.evidence else None
    held = _held(connection, state.url, link_id, until)
    return DeadLink(
        url=state.url,
        state=state.state,
        around=_noon(days[0]) if days else state.last_alive or until or state.since or now,
        is_dated=bool(days),
        is_cover=any(row.kind is CitationKind.COVER_IMAGE for row in cited),
        copies=tuple(each for each in held if each.whole)[:MOST_COPIES],
        cut=next((each for each in held if not each.whole), None),
        beside=_beside(connection, [row.version_id for row in cited], state.url),
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None


def _held(connection: sa.Connection, url: str, link_id: int | None, until: datetime | None) -> list[Capture]:
    """Our own answers with 2xx of the link and of what it led to, from before anything spoke against it."""
    urls = {url}
    if link_id is not None:
        urls.update(hop.url for hop in follow(link_id, find_hops(connection, [link_id])).hops)
    rows = [capture_from(row) for row in connection.execute(_own, {"b_urls": sorted(urls)})]
    rows = [each for each in rows if until is None or each.at < until]
    originals = captures_by_record(connection, {each.refers_to for each in rows if each.refers_to})
    return [originals.get(each.refers_to, each) if each.refers_to else each for each in rows]


def _beside(connection: sa.Connection, version_ids: Sequence[int], url: str) -> tuple[str, ...]:
    found = connection.execute(_of_events, {"b_ids": list(version_ids)}).scalars() if version_ids else ()
    spelled = (fetchable(each) for each in found if each is not None)
    return tuple(each for each in dict.fromkeys(spelled) if each is not None and each != url)


_citing = (
    sa.select(citations.c.kind, event_versions.c.day, event_versions.c.id.label("version_id"))
    .join_from(citations, event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, sa.and_(events.c.id == event_versions.c.event_id, events.c.version == event_versions.c.version))
    .where(citations.c.link_id == bindparam("b_link", type_=sa.Integer))
)
_of_events = (
    sa.select(citations.c.url)
    .where(citations.c.event_version_id.in_(bindparam("b_ids", expanding=True)), citations.c.url.is_not(None))
    .limit(_MOST_BESIDE)
)
# A check's answer that was not found alive is evidence, and no copy.
_against = sa.exists().where(checks.c.record_id == captures.c.record_id, checks.c.verdict_class != VerdictClass.ALIVE)
_own = (
    sa.select(*CAPTURE_COLUMNS)
    .join_from(captures, warcs)
    .where(
        captures.c.url.in_(bindparam("b_urls", expanding=True)),
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        captures.c.status.between(200, 299),
        captures.c.status != 206,
        captures.c.via != Via.MEMENTO,
        warcs.c.state != WarcState.MISSING,
        sa.not_(_against),
    )
    .order_by(captures.c.at.desc())
    .limit(50)
)
