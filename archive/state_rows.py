"""What the catalogue says of links: their states, their history, which are due, which hosts are down.

Everything here only reads, over the caller's connection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.check_codec import check_from, incident_from, mark_from, state_from
from archive.check_rows import IN_FORCE, STATE_COLUMNS, WITH_MARK, mark_of
from archive.checks import Check, HostIncident, LinkState, Mark, Standing
from archive.link_rows import CHUNK, chunks
from archive.link_state import AHEAD
from archive.model import LinkKind
from archive.schema import EPOCH, Instant, checks, host_incidents, hosts, link_states, marks

# A wait beyond this is no server's wish but a clock that was wrong when it was noted.
LONGEST_WAIT = timedelta(days=90)
_DAY = timedelta(days=1)
_LOOKED = 10_000  # due links looked over to learn which hosts have any


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLink:
    """A link to be checked now."""

    link_id: int | None  # None: not one of the frontier's
    host: str  # politeness key: host[:port]
    kind: LinkKind | None
    state: LinkState


# --- what is due ---


def due(
    connection: sa.Connection,
    now: datetime,
    *,
    limit: int,
    kinds: Collection[LinkKind] | None = None,
    per_host: int = 100,
    busy_hosts: Collection[str] = (),
) -> list[DueLink]:
    """At most `limit` links that are due, at most `per_host` of one host, those due longest first within each.

    None of hosts that are `busy_hosts`, in an incident, or want to be left alone (Retry-After).
    """
    wanted = _Wanted(now=now, kinds=None if kinds is None else tuple(kinds), per_host=min(per_host, limit))
    found: list[DueLink] = []
    for host_ids in _hosts_with_due(connection, wanted, busy_hosts):
        query, lot = _first_due(wanted.any_kind), {"b_hosts": host_ids, "b_limit": limit - len(found)}
        found.extend(_due_from(row) for row in connection.execute(query, wanted.values | lot))
        if len(found) >= limit:
            break
    return found


def astray(
    connection: sa.Connection,
    now: datetime,
    *,
    limit: int,
    kinds: Collection[LinkKind] | None = None,
    busy_hosts: Collection[str] = (),
) -> list[DueLink]:
    """Links whose last check lies in the future, because the clock was ahead then or is behind now: at most `limit`.

    They have no time to wait for. Each goes on its own day of the week, and once on it: so they neither wait for years
    nor come all at once. To be asked once in a run: it looks at every state there is.
    """
    wanted = _Wanted(now=now, kinds=None if kinds is None else tuple(kinds), per_host=limit)
    ahead = {"b_ahead": now + AHEAD, "b_day_ago": now - _DAY, "b_weekday": (now - EPOCH).days % 7, "b_limit": limit}
    rows = connection.execute(_astray(wanted.any_kind), wanted.values | ahead)
    return [_due_from(row) for row in rows if row.host not in busy_hosts]


def next_due(connection: sa.Connection, kinds: Collection[LinkKind] | None = None) -> datetime | None:
    """When the next link is due, be its host held or not; None if none ever is."""
    query = sa.select(sa.func.min(link_states.c.next_due)).where(_of_kinds(any_kind=kinds is None))
    return connection.execute(query, {} if kinds is None else {"b_kinds": list(kinds)}).scalar()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    now: datetime
    kinds: tuple[LinkKind, ...] | None
    per_host: int

    @property
    def any_kind(self) -> bool:
        return self.kinds is None

    @property
    def values(self) -> dict[str, object]:
        of_kinds = {} if self.kinds is None else {"b_kinds": list(self.kinds)}
        return {"b_now": self.now, "b_far": self.now + LONGEST_WAIT, "b_per_host": self.per_host, **of_kinds}


def _hosts_with_due(connection: sa.Connection, wanted: _Wanted, busy_hosts: Collection[str]) -> Iterator[list[int]]:
    """The hosts that have something due and may be asked, in lots.

    Where little is due it is looked up as a whole. Where much is, nearly every host has some: then they come in turn.
    """
    looked = wanted.values | {"b_looked": _LOOKED}
    rows = connection.execute(_due_hosts(wanted.any_kind), looked).all()
    if sum(row.links for row in rows) < _LOOKED:
        for some in chunks(sorted(row.host_id for row in rows)):
            lot = connection.execute(_free_hosts, wanted.values | {"b_hosts": some})
            yield [row.id for row in lot if row.key not in busy_hosts]
        return
    after = 0
    while lots := connection.execute(_hosts_due(wanted.any_kind), wanted.values | {"b_after": after}).all():
        after = lots[-1].id
        yield [row.id for row in lots if row.key not in busy_hosts]


def _due_from(row: sa.Row[tuple[object, ...]]) -> DueLink:
    return DueLink(link_id=row.link_id, host=row.host, kind=row.kind, state=state_from(row, mark_of(row)))


# --- states, histories ---


def states(
    connection: sa.Connection,
    *,
    state: Standing | None = None,
    host: str | None = None,
    since: datetime | None = None,
    kinds: Collection[LinkKind] | None = None,
) -> Iterator[LinkState]:
    """The states of all links, or of those that show this one, lie on this host, have had it since then or later.

    By the time of the change and URL; read as they are asked for.
    """
    query = sa.select(*STATE_COLUMNS).select_from(WITH_MARK).order_by(link_states.c.since, link_states.c.url)
    if state is not None:
        query = query.where(link_states.c.state == state)
    if host is not None:
        query = query.where(link_states.c.host_id == sa.select(hosts.c.id).where(hosts.c.key == host).scalar_subquery())
    if since is not None:
        query = query.where(link_states.c.since >= since)
    if kinds is not None:
        query = query.where(link_states.c.kind.in_(kinds))
    for row in connection.execution_options(yield_per=CHUNK).execute(query):
        yield state_from(row, mark_of(row))


def state_of(connection: sa.Connection, url: str) -> LinkState | None:
    """The state of one link; None if it was never enrolled, checked or marked."""
    query = sa.select(*STATE_COLUMNS).select_from(WITH_MARK).where(link_states.c.url == url)
    row = connection.execute(query).first()
    return None if row is None else state_from(row, mark_of(row))


def state_counts(connection: sa.Connection) -> dict[Standing, int]:
    """How many links show each state."""
    query = sa.select(link_states.c.state, sa.func.count().label("links")).group_by(link_states.c.state)
    return {row.state: row.links for row in connection.execute(query)}


def history(connection: sa.Connection, url: str) -> list[Check]:
    """All checks of a link, oldest first."""
    rows = connection.execute(sa.select(checks).where(checks.c.url == url).order_by(checks.c.at))
    return [check_from(row) for row in rows]


def marks_of(connection: sa.Connection, url: str) -> list[Mark]:
    """All that people ever said of a link, oldest first."""
    rows = connection.execute(sa.select(marks).where(marks.c.url == url).order_by(marks.c.at))
    return [mark_from(row) for row in rows]


# --- hosts ---


def incidents_of(connection: sa.Connection, host: str) -> list[HostIncident]:
    """All incidents of a host, oldest first."""
    query = sa.select(host_incidents, hosts.c.key).join_from(host_incidents, hosts).where(hosts.c.key == host)
    return [incident_from(row) for row in connection.execute(query.order_by(host_incidents.c.began))]


def down_since(connection: sa.Connection, keys: Collection[str], now: datetime) -> dict[str, datetime]:
    """Of these hosts, those none of whose links was seen alive since an incident began, with the first such begin."""
    found: dict[str, datetime] = {}
    for some in chunks(sorted(keys)):
        rows = connection.execute(_down_since, {"b_keys": some, "b_now": now})
        found.update((row.key, row.began) for row in rows)
    return found


# --- statements ---

_now = bindparam("b_now", type_=link_states.c.next_due.type)
_held = sa.exists().where(
    host_incidents.c.host_id == hosts.c.id, host_incidents.c.began <= _now, host_incidents.c.until > _now
)
_open = sa.and_(
    sa.or_(
        hosts.c.not_before.is_(None),
        hosts.c.not_before <= _now,
        hosts.c.not_before > bindparam("b_far", type_=hosts.c.not_before.type),
    ),
    sa.not_(_held),
)


def _of_kinds(*, any_kind: bool) -> sa.ColumnElement[bool]:
    return sa.true() if any_kind else link_states.c.kind.in_(bindparam("b_kinds", expanding=True))


@cache
def _hosts_due(any_kind: bool) -> sa.Select[tuple[int, str]]:
    of_host = sa.exists().where(
        link_states.c.host_id == hosts.c.id, link_states.c.next_due <= _now, _of_kinds(any_kind=any_kind)
    )
    query = sa.select(hosts.c.id, hosts.c.key).where(
        hosts.c.id > bindparam("b_after", type_=sa.Integer), _open, of_host
    )
    return query.order_by(hosts.c.id).limit(CHUNK)


_free_hosts = (
    sa.select(hosts.c.id, hosts.c.key)
    .where(hosts.c.id.in_(bindparam("b_hosts", expanding=True)), _open)
    .order_by(hosts.c.id)
)


@cache
def _due_hosts(any_kind: bool) -> sa.Select[Any]:
    first = (
        sa.select(link_states.c.host_id)
        .where(link_states.c.next_due <= _now, link_states.c.host_id.is_not(None), _of_kinds(any_kind=any_kind))
        .order_by(link_states.c.next_due)
        .limit(bindparam("b_looked", type_=sa.Integer))
        .subquery()
    )
    return sa.select(first.c.host_id, sa.func.count().label("links")).group_by(first.c.host_id)


@cache
def _first_due(any_kind: bool) -> sa.Select[Any]:
    mine = link_states.alias("mine")
    kinds = sa.true() if any_kind else mine.c.kind.in_(bindparam("b_kinds", expanding=True))
    urls = (
        sa.select(mine.c.url)
        .where(mine.c.host_id == hosts.c.id, mine.c.next_due <= _now, kinds)
        .order_by(mine.c.next_due)
        .limit(bindparam("b_per_host", type_=sa.Integer))
        .correlate(hosts)
        .scalar_subquery()
    )
    return (
        sa.select(*STATE_COLUMNS, hosts.c.key.label("host"))
        .select_from(hosts.join(link_states, link_states.c.url.in_(urls)).outerjoin(marks, IN_FORCE))
        .where(hosts.c.id.in_(bindparam("b_hosts", expanding=True)))
        .order_by(hosts.c.id, link_states.c.next_due, link_states.c.url)
        .limit(bindparam("b_limit", type_=sa.Integer))
    )


@cache
def _astray(any_kind: bool) -> sa.Select[Any]:
    day_ago = bindparam("b_day_ago", type_=checks.c.at.type)
    today = sa.exists().where(checks.c.url == link_states.c.url, checks.c.at > day_ago, checks.c.at <= _now)
    return (
        sa.select(*STATE_COLUMNS, hosts.c.key.label("host"))
        .select_from(hosts.join(link_states, hosts.c.id == link_states.c.host_id).outerjoin(marks, IN_FORCE))
        .where(link_states.c.last_check > bindparam("b_ahead", type_=link_states.c.last_check.type))
        .where(link_states.c.next_due > _now, link_states.c.weekday == bindparam("b_weekday"))
        .where(_of_kinds(any_kind=any_kind), _open, sa.not_(today))
        .order_by(link_states.c.url)  # in the order of the scan: it ends once there are enough
        .limit(bindparam("b_limit", type_=sa.Integer))
    )


_alive_at = (
    sa.select(sa.func.max(link_states.c.last_alive)).where(link_states.c.host_id == hosts.c.id).scalar_subquery()
)
_down_since = (
    sa.select(hosts.c.key, sa.func.min(host_incidents.c.began, type_=Instant).label("began"))
    .join_from(host_incidents, hosts)
    .where(hosts.c.key.in_(bindparam("b_keys", expanding=True)))
    .where(host_incidents.c.until > host_incidents.c.began, host_incidents.c.began <= _now)
    .where(host_incidents.c.began > sa.func.coalesce(_alive_at, sa.literal(EPOCH, Instant)))
    .group_by(hosts.c.key)
)
