"""Events as they are looked through: by day, by topic, by the host or the state of what they cite.

Everything here only reads, over the caller's connection, and goes over indexes: a page of a list costs the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.chains import find_hops, follow
from archive.checks import Standing
from archive.judgement import judge
from archive.link_rows import chunks
from archive.model import LinkKind, Outcome
from archive.schema import citations, event_versions, events, hosts, link_states, links

UNDATED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvent:
    """An event with what came of its citations, and how their links are now."""

    event_id: int
    path: str
    day: str | None
    language: str
    title: str
    summary: str
    topic: str | None
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    standings: Mapping[Standing, int] = field(default_factory=dict)

    @property
    def citations(self) -> int:
        """How many it has."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some events of a list, and where the next part begins; None at its end."""

    events: tuple[ListedEvent, ...]
    after: tuple[str, int] | None = None  # day and id of the last one


def days(connection: sa.Connection) -> dict[str, int]:
    """How many events each day has (YYYY-MM-DD); `UNDATED` for those without one."""
    return {row.day or UNDATED: row.number for row in connection.execute(_days)}


def topics(connection: sa.Connection) -> dict[str, int]:
    """How many events each topic has; "" for those without one."""
    found: Counter[str] = Counter()
    for row in connection.execute(_topics):
        found[row.topic or ""] += row.number
    return dict(found)


def events_of_day(
    connection: sa.Connection, day: str, now: datetime, *, limit: int, after: tuple[str, int] | None = None
) -> Part:
    """The events of a day (`UNDATED`: of none), in the order they were found."""
    mine = event_versions.c.day == day if day else event_versions.c.day.is_(None)
    query = _listed.where(mine).order_by(event_versions.c.event_id)
    if after is not None:
        query = query.where(event_versions.c.event_id > after[1])
    return _part(connection, query, now, limit)


def events_between(
    connection: sa.Connection,
    now: datetime,
    *,
    limit: int,
    since: str | None = None,
    until: str | None = None,
    topic: str | None = None,
    after: tuple[str, int] | None = None,
) -> Part:
    """Events with a day in between (both included), of a topic ("": of none) or of any: the latest first."""
    query = _listed.where(event_versions.c.day >= (since or "")).order_by(
        event_versions.c.day.desc(), event_versions.c.event_id.desc()
    )
    if until is not None:
        query = query.where(event_versions.c.day <= until)
    if topic is not None:
        query = query.where(event_versions.c.topic == topic if topic else _no_topic)
    if after is not None:
        day, event_id = after
        query = query.where(sa.tuple_(event_versions.c.day, event_versions.c.event_id) < (day, event_id))
    return _part(connection, query, now, limit)


def events_with_ids(connection: sa.Connection, ids: Sequence[int], now: datetime) -> tuple[ListedEvent, ...]:
    """These events, in this order."""
    found: dict[int, ListedEvent] = {}
    for some in chunks(sorted(ids)):
        rows = connection.execute(_listed.where(events.c.id.in_(some))).all()
        found.update((each.event_id, each) for each in _with_states(connection, rows, now))
    return tuple(found[each] for each in ids if each in found)


def ids_with_state(connection: sa.Connection, state: Standing, limit: int) -> list[int]:
    """The events that cite a link in this state, the latest day first: at most the first `limit`."""
    return list(connection.execute(_with_state, {"b_state": state, "b_limit": limit}).scalars())


def ids_by_state(connection: sa.Connection, limit: int) -> dict[Standing, tuple[int, ...]]:
    """The same for every state there is. Goes over all citations."""
    found: dict[Standing, list[int]] = {}
    for row in connection.execute(_by_state):
        if len(some := found.setdefault(row.state, [])) < limit:
            some.append(row.event_id)
    return {state: tuple(ids) for state, ids in found.items()}


def ids_of_host(connection: sa.Connection, host: str, limit: int) -> list[int]:
    """The events that cite a link of this host, the latest day first: at most the first `limit`."""
    return list(connection.execute(_of_host, {"b_host": host, "b_limit": limit}).scalars())


def event_of(connection: sa.Connection, path: str) -> int | None:
    """The id of the event with this path."""
    return connection.execute(sa.select(events.c.id).where(events.c.path == path)).scalar()


# --- rows ---


def _part(connection: sa.Connection, query: sa.Select[Any], now: datetime, limit: int) -> Part:
    rows = connection.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    after = (shown[-1].day or UNDATED, int(shown[-1].event_id)) if len(rows) > limit else None
    return Part(events=tuple(_with_states(connection, shown, now)), after=after)


def _with_states(connection: sa.Connection, rows: Sequence[sa.Row[Any]], now: datetime) -> list[ListedEvent]:
    found = _cited(connection, [row.version_id for row in rows])
    starts = {row.link_id for some in found.values() for row in some if row.link_id is not None}
    hops = find_hops(connection, starts)
    chains = {start: follow(start, hops) for start in starts}
    shown = []
    for row in rows:
        cited = found.get(row.version_id, [])
        outcomes = Counter(judge(each.reason, chains.get(each.link_id), now, kind=each.kind).outcome for each in cited)
        standings = Counter(each.state or Standing.NEW for each in cited if each.link_id is not None)
        shown.append(
            ListedEvent(
                event_id=row.event_id,
                path=row.path,
                day=row.day,
                language=row.language,
                title=row.title,
                summary=row.summary,
                topic=row.topic,
                outcomes=dict(outcomes),
                standings=dict(standings),
            )
        )
    return shown


def _cited(connection: sa.Connection, version_ids: Collection[int]) -> dict[int, list[sa.Row[Any]]]:
    found: dict[int, list[sa.Row[Any]]] = {}
    for some in chunks(sorted(version_ids)):
        for row in connection.execute(_citations, {"b_ids": some}):
            found.setdefault(row.event_version_id, []).append(row)
    return found


# --- statements ---

_current = sa.and_(events.c.id == event_versions.c.event_id, events.c.version == event_versions.c.version)
_versions = event_versions.join(events, _current)
_no_topic = sa.or_(event_versions.c.topic.is_(None), event_versions.c.topic == "")
_days = (
    sa.select(event_versions.c.day, sa.func.count().label("number"))
    .select_from(_versions)
    .group_by(event_versions.c.day)
)
_topics = (
    sa.select(event_versions.c.topic, sa.func.count().label("number"))
    .select_from(_versions)
    .group_by(event_versions.c.topic)
)
_listed: sa.Select[Any] = sa.select(
    event_versions.c.event_id,
    event_versions.c.id.label("version_id"),
    events.c.path,
    event_versions.c.day,
    event_versions.c.language,
    event_versions.c.title,
    event_versions.c.summary,
    event_versions.c.topic,
).select_from(_versions)
_citations: sa.Select[Any] = (
    sa.select(
        citations.c.event_version_id, citations.c.kind, citations.c.reason, citations.c.link_id, link_states.c.state
    )
    .select_from(citations)
    .outerjoin(links, links.c.id == citations.c.link_id)
    .outerjoin(link_states, link_states.c.url == links.c.url)
    .where(citations.c.event_version_id.in_(bindparam("b_ids", expanding=True)))
)
_citing: sa.Select[Any] = sa.select(events.c.id.label("event_id"), event_versions.c.day).distinct()
_latest = (event_versions.c.day.desc(), events.c.id.desc())
_stated = (
    link_states.join(links, links.c.url == link_states.c.url)
    .join(citations, citations.c.link_id == links.c.id)
    .join(event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, _current)
)
_by_state = _citing.add_columns(link_states.c.state).select_from(_stated).order_by(*_latest)
_with_state = (
    _citing.select_from(_stated)
    .where(link_states.c.state == bindparam("b_state", type_=link_states.c.state.type))
    .order_by(*_latest)
    .limit(bindparam("b_limit", type_=sa.Integer))
)
_of_host = (
    _citing.select_from(
        hosts.join(links, links.c.host_id == hosts.c.id)
        .join(citations, citations.c.link_id == links.c.id)
        .join(event_versions, event_versions.c.id == citations.c.event_version_id)
        .join(events, _current)
    )
    .where(hosts.c.key == bindparam("b_host"), links.c.kind == sa.literal_column(f"'{LinkKind.CITATION.value}'"))
    .order_by(*_latest)
    .limit(bindparam("b_limit", type_=sa.Integer))
)
