"""Links chosen to be checked by something else than that they are due. Everything here only reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archive.check_codec import state_from
from archive.check_rows import STATE_COLUMNS, WITH_MARK, mark_of
from archive.checks import LinkState, Standing
from archive.link_rows import chunks
from archive.schema import host_incidents, hosts, link_states
from archive.state_rows import LONGEST_WAIT, DueLink

NOT_ALIVE = (Standing.SUSPECT, Standing.CHANGED, Standing.FAILING, Standing.UNSURE, Standing.DEAD)

Place = tuple[int, str]  # host id, URL
START: Place = (0, "")


def selected(
    connection: sa.Connection,
    *,
    after: Place,
    limit: int,
    found: Collection[Standing] | None = None,
    host: str | None = None,
    unchecked_since: datetime | None = None,
) -> tuple[list[DueLink], Place]:
    """At most `limit` links, host by host, behind the place `after`, and the place to go on from.

    Only those with one of the standings `found` by their checks, or of this `host`, or without a check since then.
    """
    host_id, url = after
    behind = sa.or_(link_states.c.host_id > host_id, sa.and_(link_states.c.host_id == host_id, link_states.c.url > url))
    query: sa.Select[Any] = (
        sa.select(*STATE_COLUMNS, hosts.c.key.label("host"))
        .select_from(WITH_MARK.join(hosts, hosts.c.id == link_states.c.host_id))
        .where(behind, link_states.c.found != Standing.INVALID)
        .order_by(link_states.c.host_id, link_states.c.url)
        .limit(limit)
    )
    if found is not None:
        query = query.where(link_states.c.found.in_(found))
    if host is not None:
        query = query.where(hosts.c.key == host)
    if unchecked_since is not None:
        last = link_states.c.last_check
        query = query.where(sa.or_(last.is_(None), last < unchecked_since))
    rows = connection.execute(query).all()
    links = [
        DueLink(link_id=row.link_id, host=row.host, kind=row.kind, state=state_from(row, mark_of(row))) for row in rows
    ]
    return links, (rows[-1].host_id, rows[-1].url) if rows else after


def states_of(connection: sa.Connection, urls: Sequence[str]) -> dict[str, LinkState]:
    """The states of those of these links that have one."""
    query = sa.select(*STATE_COLUMNS).select_from(WITH_MARK)
    return {
        row.url: state_from(row, mark_of(row))
        for some in chunks(urls)
        for row in connection.execute(query.where(link_states.c.url.in_(some)))
    }


def left_alone(connection: sa.Connection, keys: Collection[str], now: datetime, *, incidents: bool) -> set[str]:
    """Of these hosts, those that want to be left alone now; with `incidents`, those in one as well."""
    asked = sa.and_(hosts.c.not_before > now, hosts.c.not_before <= now + LONGEST_WAIT)
    down = sa.exists().where(
        host_incidents.c.host_id == hosts.c.id, host_incidents.c.began <= now, host_incidents.c.until > now
    )
    wanted = sa.or_(asked, down) if incidents else asked
    return {
        key
        for some in chunks(sorted(keys))
        for key in connection.execute(sa.select(hosts.c.key).where(hosts.c.key.in_(some), wanted)).scalars()
    }
