"""Links as they are looked through, part by part; and all that is known of one, for who looks at it.

Everything here only reads, over the caller's connection, and goes over indexes: a part of a list costs the part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.aliases import Alias, aliases_of
from archive.check_codec import state_from
from archive.check_rows import STATE_COLUMNS, WITH_MARK, mark_of
from archive.checks import Check, HostIncident, Mark, Standing
from archive.link_list import ListedLink, listed_link, unknown_of, with_all
from archive.lookup import Candidate, Choice, choose
from archive.lookup_rows import SourceOf, candidates, spelled
from archive.mementos import Recovery
from archive.recoveries import recoveries_of
from archive.schema import host_incidents, hosts, link_states
from archive.state_rows import history, incidents_of, marks_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list of links goes on: behind the link in this row that has had its state since then (None: no time)."""

    since: datetime | None
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPart:
    """Some links of a list, and where the next part begins; None at its end."""

    links: tuple[ListedLink, ...]
    after: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """All that is known of a link."""

    url: str  # canonical
    listed: ListedLink | None  # None: it was never enrolled, checked or marked
    checks: tuple[Check, ...]
    marks: tuple[Mark, ...]
    choice: Choice  # of all captures of its addresses: the best copy, and why no other
    recoveries: tuple[Recovery, ...]
    aliases: tuple[Alias, ...]
    is_known: bool  # whether the collection knows anything of it

    @property
    def copies(self) -> tuple[Candidate, ...]:
        """All captures of its addresses, oldest first."""
        best = () if self.choice.best is None else (self.choice.best,)
        found = (*best, *(each.candidate for each in self.choice.passed))
        return tuple(sorted(found, key=lambda each: (each.at, each.capture.record_id)))


def link_part(
    connection: sa.Connection,
    *,
    limit: int,
    state: Standing | None = None,
    host: str | None = None,
    after: Place | None = None,
) -> LinkPart:
    """Links in a state, of a host, or all: those whose state turned last first; without a state by row."""
    rows = _rows(connection, _query(state, host), state, after, limit + 1)
    shown = [state_from(row, mark_of(row)) for row in rows[:limit]]
    more = Place(rows[limit - 1].since, rows[limit - 1].row) if len(rows) > limit else None
    return LinkPart(links=tuple(with_all(connection, shown)) if shown else (), after=more)


def link_page(connection: sa.Connection, url: str, source_of: SourceOf = lambda _: None) -> LinkPage:
    """A link by any of its addresses."""
    own = spelled(url)
    found = candidates(connection, url, source_of)
    return LinkPage(
        url=own,
        listed=listed_link(connection, own),
        checks=tuple(history(connection, own)),
        marks=tuple(marks_of(connection, own)),
        choice=choose(found, None),
        is_known=bool(found) or not unknown_of(connection, [own]),
        recoveries=tuple(recoveries_of(connection, own)),
        aliases=tuple(aliases_of(connection, own)),
    )


def host_states(connection: sa.Connection, host: str) -> Mapping[Standing, int]:
    """How many links of a host show each state."""
    return {row.state: row.links for row in connection.execute(_of_host, {"b_host": host})}


def is_host(connection: sa.Connection, host: str) -> bool:
    """Whether there is such a host."""
    return connection.execute(sa.select(hosts.c.id).where(hosts.c.key == host)).first() is not None


def last_incidents(connection: sa.Connection, limit: int) -> list[HostIncident]:
    """The latest times in which the links of a host failed alike, the last one first."""
    rows = connection.execute(_last_incidents, {"b_limit": limit}).scalars()
    found = [each for host in dict.fromkeys(rows) for each in incidents_of(connection, host)]
    return sorted((each for each in found if each.until > each.began), key=lambda each: each.began, reverse=True)[
        :limit
    ]


# --- rows ---


def _query(state: Standing | None, host: str | None) -> sa.Select[Any]:
    query = _states
    if state is not None:
        query = query.where(link_states.c.state == state)
    if host is not None:
        query = query.where(link_states.c.host_id == sa.select(hosts.c.id).where(hosts.c.key == host).scalar_subquery())
    return query


def _rows(
    connection: sa.Connection, query: sa.Select[Any], state: Standing | None, after: Place | None, limit: int
) -> list[sa.Row[Any]]:
    """By the time of the change, which an index has for each state; those without a time come last."""
    if state is None:
        later = query if after is None else query.where(_row < after.row)
        return list(connection.execute(later.order_by(_row.desc()).limit(limit)))
    found: list[sa.Row[Any]] = []
    if after is None or after.since is not None:
        timed = query.where(link_states.c.since.is_not(None)).order_by(link_states.c.since.desc(), _row.desc())
        if after is not None:
            place = sa.tuple_(sa.literal(after.since, link_states.c.since.type), sa.literal(after.row))
            timed = timed.where(sa.tuple_(link_states.c.since, _row) < place)
        found += connection.execute(timed.limit(limit))
    if len(found) < limit:
        untimed = query.where(link_states.c.since.is_(None)).order_by(_row.desc())
        if after is not None and after.since is None:
            untimed = untimed.where(_row < after.row)
        found += connection.execute(untimed.limit(limit - len(found)))
    return found


_row = sa.literal_column("link_states.rowid", sa.Integer)
_states: sa.Select[Any] = sa.select(*STATE_COLUMNS, _row.label("row")).select_from(WITH_MARK)
_of_host = (
    sa.select(link_states.c.state, sa.func.count().label("links"))
    .join_from(link_states, hosts, hosts.c.id == link_states.c.host_id)
    .where(hosts.c.key == bindparam("b_host"))
    .group_by(link_states.c.state)
)
_last_incidents = (
    sa.select(hosts.c.key)
    .join_from(host_incidents, hosts)
    .where(host_incidents.c.until > host_incidents.c.began)
    .order_by(host_incidents.c.began.desc())
    .limit(bindparam("b_limit", type_=sa.Integer))
)
