"""The frontier: which links go next, and which wait.

PENDING -> LEASED -> DONE | FAILED, or back to PENDING for another try. A lease holds for one run; what a killed run had
is taken back by the next one (`reclaim`), which holds the collection's lock then. Hosts come in turn: what can go now
is one small index ordered by host, read by leaps from host to host, so a lease costs by what it takes and not by what
waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import bindparam, case, literal_column

from archive.catalogue import Catalogue
from archive.chains import find_hops, follow
from archive.link_rows import CHUNK, MAX_REDIRECTS, chunks, insert_links
from archive.model import Lease, LinkKind, LinkStage, NewLink, Reason
from archive.schema import Stage, hosts, links
from archive.upsert import upsert
from archive.urls import canonical

# A wait beyond this is no server's wish but a clock that was wrong when it was noted: it ends with the next run.
LONGEST_WAIT = timedelta(days=90)

_PENDING: sa.ColumnClause[str] = literal_column(
    "'pending'"
)  # spelled out: SQLite takes a partial index only for what it can read
_PUT_OFF: sa.ColumnClause[str] = literal_column("'put_off'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What is known of a host. Delays in seconds."""

    key: str
    not_before: datetime | None
    crawl_delay: float | None  # as its robots.txt asks
    delay: float | None
    failures: int  # in a row, all temporary


class Frontier:
    """The links of a catalogue, handed out and taken back."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._turn = 0  # id of the host served last

    # --- what is there ---

    def add(self, found: Iterable[NewLink]) -> None:
        """Add the links not known yet."""
        with self._catalogue.linking() as (connection, host_ids):
            insert_links(connection, found, host_ids)

    def counts(self) -> dict[tuple[LinkStage, LinkKind], int]:
        """How many links there are of each stage and kind; what is nought is left out."""
        query = sa.select(links.c.stage, links.c.kind, sa.func.count()).group_by(links.c.stage, links.c.kind)
        found: dict[tuple[LinkStage, LinkKind], int] = {}
        with self._catalogue.reading() as connection:
            for stage, kind, number in connection.execute(query):
                found[stage.public, kind] = found.get((stage.public, kind), 0) + number
        return found

    def reasons(self, kind: LinkKind) -> dict[tuple[LinkStage, Reason | None], int]:
        """How many links of `kind` there are of each stage and reason of their last attempt."""
        query = (
            sa.select(links.c.stage, links.c.reason, sa.func.count())
            .where(links.c.kind == kind)
            .group_by(links.c.stage, links.c.reason)
        )
        found: dict[tuple[LinkStage, Reason | None], int] = {}
        with self._catalogue.reading() as connection:
            for stage, reason, number in connection.execute(query):
                found[stage.public, reason] = found.get((stage.public, reason), 0) + number
        return found

    def reason_of(self, url: str) -> Reason | None:
        """What the last attempt at the link `url`, or at where it redirects to, came to; None if there was none."""
        with self._catalogue.reading() as connection:
            start = connection.execute(sa.select(links.c.id).where(links.c.url == canonical(url))).scalar()
            if start is None:
                return None
            chain = follow(start, find_hops(connection, {start}))
            return Reason.REDIRECT_LOOP if chain.endless else chain.end.reason

    # --- leases ---

    def lease(
        self,
        *,
        run_id: int,
        now: datetime,
        limit: int,
        per_host: int,
        busy_hosts: Collection[str] = (),
        kinds: Collection[LinkKind] = tuple(LinkKind),
    ) -> list[Lease]:
        """At most `limit` links of `kinds` for `run_id` to fetch, at most `per_host` of a host, hosts in turn.

        Hosts in `busy_hosts` and hosts that must not be asked yet are passed over. Within a host the smallest priority
        goes first, then the oldest; hosts with pages of the site go before the others.
        """
        with self._catalogue.writing(durable=False) as connection:
            connection.execute(_wake, {"b_now": now})
            taken: list[tuple[int, Lease]] = []
            served: set[int] = set()
            for host_ids in self._free_hosts(connection, now, busy_hosts):
                left = [host_id for host_id in host_ids if host_id not in served]
                taken += _take(connection, left, run_id, per_host, limit - len(taken), kinds)
                served.update(left)
                if len(taken) >= limit:
                    break
            _mark_leased(connection, [lease.link_id for _, lease in taken], run_id)
        if taken:
            self._turn = taken[-1][0]
        return _interleaved(taken)

    def _free_hosts(self, connection: sa.Connection, now: datetime, busy_hosts: Collection[str]) -> Iterator[list[int]]:
        """Ids of hosts that have something to go: first those with pages, then all from the host after the last."""
        yield from _free(connection, _page_hosts, now, busy_hosts)
        yield from _free(connection, _ready_hosts, now, busy_hosts, after=self._turn)
        yield from _free(connection, _ready_hosts, now, busy_hosts, last=self._turn)

    def leased(self, url: str) -> Lease | None:
        """The lease of the link `url` (canonical), if it is leased: for what was fetched and not yet settled."""
        query = sa.select(links, hosts.c.key.label("host")).join_from(links, hosts)
        with self._catalogue.reading() as connection:
            row = connection.execute(query.where(links.c.url == url, links.c.stage == Stage.LEASED)).first()
        return None if row is None else _lease_from(row, row.leased_by)

    def release(self, run_id: int) -> int:
        """Take back what `run_id` has leased; how many links that were."""
        return self._take_back(links.c.leased_by == run_id)

    def give_back(self, link_ids: Sequence[int]) -> None:
        """Take back these leases: their links were not tried."""
        for some in chunks(link_ids):
            self._take_back(links.c.id.in_(some))

    def reclaim(self) -> int:
        """Take back all leases: for the start of a run, when the collection is ours alone."""
        return self._take_back()

    def _take_back(self, *conditions: sa.ColumnElement[bool]) -> int:
        leased = sa.update(links).where(links.c.kind.in_(LinkKind), links.c.stage == Stage.LEASED, *conditions)
        with self._catalogue.writing() as connection:
            return connection.execute(leased.values(stage=Stage.PENDING)).rowcount

    # --- runs ---

    def begin_run(self, now: datetime, kinds: Collection[LinkKind] = tuple(LinkKind)) -> int:
        """Give links of `kinds` that failed for a temporary reason another chance, and those that a robots.txt forbade
        (it may have changed, and is asked first), a budget (it may be larger now) or the guard of addresses (another
        network may be allowed, DNS may say something else). How many get it.

        One that has to wait still waits. Waits longer than LONGEST_WAIT come from a wrong clock: they end here.
        """
        passing = [reason for reason in Reason if reason.passing]
        waits = sa.and_(links.c.not_before > now, links.c.not_before <= now + LONGEST_WAIT)
        again = (
            sa.update(links)
            .where(links.c.stage == Stage.FAILED, links.c.kind.in_(kinds), links.c.reason.in_(passing))
            .values(stage=case((waits, _PUT_OFF), else_=_PENDING))
        )
        far = now + LONGEST_WAIT
        with self._catalogue.writing() as connection:
            connection.execute(sa.update(hosts).where(hosts.c.not_before > far).values(not_before=None))
            too_long = sa.update(links).where(links.c.stage == _PUT_OFF, links.c.not_before > far)
            connection.execute(too_long.values(stage=_PENDING, not_before=None))
            _bring_nearer(connection)
            return connection.execute(again).rowcount

    def revisit_pages(self) -> int:
        """Have the pages of the site fetched anew; how many.

        What is held, on condition that it changed; and what was not there the last time, for it may be there now.
        """
        over = (Stage.DONE, Stage.FAILED)
        again = sa.update(links).where(links.c.kind == LinkKind.PAGE, links.c.stage.in_(over))
        with self._catalogue.writing() as connection:
            return connection.execute(again.values(stage=Stage.PENDING, not_before=None)).rowcount

    # --- time ---

    def next_due(self, now: datetime, *, kinds: Collection[LinkKind] = tuple(LinkKind)) -> datetime | None:
        """The earliest time a pending link of `kinds` can go: `now` if one can at once, None if none is pending."""
        values = {"b_now": now, "b_kinds": list(kinds)}
        with self._catalogue.reading() as connection:
            for host_ids in _free(connection, _ready_hosts, now, ()):
                if connection.execute(_one_ready, {"b_hosts": host_ids, **values}).first() is not None:
                    return now
            times = [connection.execute(query, values).scalar() for query in (_next_host, _next_link)]
        due = [time for time in times if time is not None]
        return max(now, min(due)) if due else None

    # --- hosts ---

    def host(self, key: str) -> Host | None:
        """What is known of the host `key` (as `archive.urls.host_key` spells it)."""
        with self._catalogue.reading() as connection:
            row = connection.execute(sa.select(hosts).where(hosts.c.key == key)).first()
        if row is None:
            return None
        return Host(
            key=key, not_before=row.not_before, crawl_delay=row.crawl_delay, delay=row.delay, failures=row.failures
        )

    def set_host(
        self,
        key: str,
        *,
        not_before: datetime | None = None,
        crawl_delay: float | None = None,
        delay: float | None = None,
    ) -> None:
        """Note what the host asks for; what is None stays as it was. It is noted even of a host without links."""
        given = {"not_before": not_before, "crawl_delay": crawl_delay, "delay": delay}
        values = {name: value for name, value in given.items() if value is not None}
        with self._catalogue.writing() as connection:
            insert = upsert(connection.dialect.name, hosts).values(key=key, **values)
            connection.execute(
                insert.on_conflict_do_update(index_elements=[hosts.c.key], set_=values)
                if values
                else insert.on_conflict_do_nothing()
            )


# --- the statements ---

_kinds = bindparam("b_kinds", expanding=True, type_=links.c.kind.type)
_now = bindparam("b_now", type_=hosts.c.not_before.type)
_host_open = sa.or_(hosts.c.not_before.is_(None), hosts.c.not_before <= _now)
_wake = sa.update(links).where(links.c.stage == _PUT_OFF, links.c.not_before <= _now).values(stage=_PENDING)


def _leaps(*conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int, str, bool]]:
    """The next CHUNK hosts behind `b_after` with links that meet `conditions`: by leaps over an index, host to host."""
    least = sa.select(sa.func.min(links.c.host_id)).where(*conditions)
    first = least.where(links.c.host_id > bindparam("b_after", type_=sa.Integer)).scalar_subquery()
    leap = sa.select(first.label("id"), literal_column("1", sa.Integer).label("nth")).cte("leap", recursive=True)
    following = least.where(links.c.host_id > leap.c.id).scalar_subquery()
    leap = leap.union_all(sa.select(following, leap.c.nth + 1).where(leap.c.id.is_not(None), leap.c.nth < CHUNK))
    return sa.select(hosts.c.id, hosts.c.key, _host_open.label("open")).join_from(leap, hosts, hosts.c.id == leap.c.id)


_ready = links.c.stage == _PENDING
_of_kinds = links.c.kind.in_(_kinds)
_ready_hosts = _leaps(_ready)
_page_hosts = _leaps(_ready, links.c.kind == LinkKind.PAGE)

_one_ready = (
    sa.select(links.c.id).where(links.c.host_id.in_(bindparam("b_hosts", expanding=True)), _ready, _of_kinds).limit(1)
)
_waits = sa.exists().where(links.c.host_id == hosts.c.id, _of_kinds)
_next_host = sa.select(sa.func.min(hosts.c.not_before)).where(
    hosts.c.not_before > _now,
    sa.or_(_waits.where(_ready), _waits.where(links.c.stage == _PUT_OFF, links.c.not_before <= hosts.c.not_before)),
)
_next_link = (
    sa.select(links.c.not_before)
    .join_from(links, hosts)
    .where(links.c.stage == _PUT_OFF, _of_kinds)
    .where(sa.or_(hosts.c.not_before.is_(None), hosts.c.not_before <= links.c.not_before))
    .order_by(links.c.not_before)
    .limit(1)
)

_of_host = links.alias("of_host")
_first_of_host = (
    sa.select(_of_host.c.id)
    .where(_of_host.c.host_id == hosts.c.id, _of_host.c.stage == _PENDING, _of_host.c.kind.in_(_kinds))
    .order_by(_of_host.c.priority, _of_host.c.id)
    .limit(bindparam("b_per_host", type_=sa.Integer))
    .correlate(hosts)
    .scalar_subquery()
)
_first_links = (
    sa.select(links, hosts.c.key.label("host"))
    .join_from(hosts, links, links.c.id.in_(_first_of_host))
    .where(hosts.c.id.in_(bindparam("b_hosts", expanding=True)))
    .order_by(hosts.c.id, links.c.priority, links.c.id)
    .limit(bindparam("b_limit", type_=sa.Integer))
)
_run = bindparam("b_run", type_=sa.Integer)
_lease = (
    sa.update(links)
    .where(links.c.id.in_(bindparam("b_ids", expanding=True)))
    .values(
        stage=literal_column("'leased'"),
        run_tries=case((links.c.leased_by == _run, links.c.run_tries), else_=0),
        leased_by=_run,
    )
)


def _free(
    connection: sa.Connection,
    query: sa.Select[tuple[int, str, bool]],
    now: datetime,
    busy_hosts: Collection[str],
    *,
    after: int = 0,
    last: int | None = None,
) -> Iterator[list[int]]:
    """Ids of the hosts that `query` finds behind `after`, up to `last`, and that may be asked now: in lots."""
    while last is None or after < last:
        rows = connection.execute(query, {"b_after": after, "b_now": now}).all()
        if not rows:
            return
        after = rows[-1].id
        yield [row.id for row in rows if row.open and row.key not in busy_hosts and (last is None or row.id <= last)]


def _take(
    connection: sa.Connection,
    host_ids: Sequence[int],
    run_id: int,
    per_host: int,
    limit: int,
    kinds: Collection[LinkKind],
) -> list[tuple[int, Lease]]:
    """The links that are next on these hosts, each with its host's id."""
    if not host_ids:
        return []
    values = {"b_hosts": host_ids, "b_per_host": per_host, "b_limit": limit, "b_kinds": list(kinds)}
    return [(row.host_id, _lease_from(row, run_id)) for row in connection.execute(_first_links, values)]


def _lease_from(row: sa.Row[tuple[object, ...]], run_id: int) -> Lease:
    return Lease(
        link_id=row.id,
        url=row.url,
        kind=row.kind,
        host=row.host,
        via=row.via,
        hops=row.hops,
        redirects=row.redirects,
        tries=row.run_tries if row.leased_by == run_id else 0,
        not_before=row.not_before,
        etag=row.etag,
        last_modified=row.last_modified,
        role=row.role,
        page_url=row.page_url,
    )


def _mark_leased(connection: sa.Connection, link_ids: Sequence[int], run_id: int) -> None:
    for some in chunks(link_ids):
        connection.execute(_lease, {"b_ids": some, "b_run": run_id})


def _interleaved(taken: list[tuple[int, Lease]]) -> list[Lease]:
    """The first link of each host, then the second of each, and so on."""
    places: dict[int, int] = {}
    placed: list[tuple[int, int, Lease]] = []
    for position, (host_id, lease) in enumerate(taken):
        places[host_id] = place = places.get(host_id, -1) + 1
        placed.append((place, position, lease))
    return [lease for _, _, lease in sorted(placed, key=lambda each: each[:2])]


# --- links behind too many redirects ---

_far = (
    sa.select(links.c.id.label("far"), links.c.id.label("id"), literal_column("0", sa.Integer).label("steps"))
    .where(links.c.stage == Stage.FAILED, links.c.reason == Reason.REDIRECT_LOOP, links.c.redirects >= MAX_REDIRECTS)
    .cte("walk", recursive=True)
)
_before = links.alias("before")
_walk = _far.union(
    sa.select(_far.c.far, _before.c.id, _far.c.steps + 1)
    .join_from(_far, _before, _before.c.redirect_id == _far.c.id)
    .where(_far.c.steps < MAX_REDIRECTS)
)
_nearest = sa.func.min(links.c.redirects + _walk.c.steps)
_nearer_by_now = (
    sa.select(_walk.c.far, _nearest.label("redirects"))
    .join_from(_walk, links, links.c.id == _walk.c.id)
    .group_by(_walk.c.far)
    .having(_nearest < MAX_REDIRECTS)
)
_bring = (
    sa.update(links)
    .where(links.c.id == bindparam("b_id"))
    .values(redirects=bindparam("b_redirects"), stage=literal_column("'pending'"))
)


def _bring_nearer(connection: sa.Connection) -> None:
    """Links given up behind too many redirects, and since then found by a shorter way along the chain, go again."""
    found = connection.execute(_nearer_by_now).all()
    if found:
        connection.execute(_bring, [{"b_id": row.far, "b_redirects": row.redirects} for row in found])
