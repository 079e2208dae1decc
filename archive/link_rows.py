"""Hosts, links and settlements as rows: the frontier's side of a transaction.

Everything here takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import bindparam, case, literal_column

from archive.batch import Settled
from archive.model import LinkStage, NewLink, Reason, Settlement
from archive.schema import Stage, captures, citations, event_versions, events, hosts, links
from archive.upsert import upsert
from archive.urls import canonical

MAX_REDIRECTS = 20
CHUNK = 500

Item = TypeVar("Item")
Row = dict[str, object]


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most `size`: a statement takes only so many parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


# --- hosts ---


class HostIds:
    """The ids of hosts by key, for one transaction. What it adds counts for others once it is committed: see `keep`."""

    def __init__(self, kept: dict[str, int]) -> None:
        self._kept = kept
        self._fresh: dict[str, int] = {}

    def __getitem__(self, key: str) -> int:
        return self._kept[key] if key in self._kept else self._fresh[key]

    def find(self, connection: sa.Connection, keys: Iterable[str]) -> None:
        """Have the id of each of `keys` ready; hosts not known yet are added."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._kept and key not in self._fresh]
        for some in chunks(missing):
            connection.execute(_add_host(connection.dialect.name), [{"key": key} for key in some])
            rows = connection.execute(sa.select(hosts.c.key, hosts.c.id).where(hosts.c.key.in_(some)))
            self._fresh.update((row.key, row.id) for row in rows)

    def keep(self) -> None:
        """The transaction is committed; undone, its ids could come to mean other hosts."""
        self._kept.update(self._fresh)


@cache
def _add_host(dialect: str) -> sa.Insert:
    return upsert(dialect, hosts).on_conflict_do_nothing()


# --- links ---


def insert_links(connection: sa.Connection, found: Iterable[NewLink], host_ids: HostIds) -> None:
    """Add the links not known yet; a link known already learns of a shorter way to it.

    Links whose URL has no canonical form are left out: nothing could fetch them.
    """
    pairs = [(link, url) for link in found if (url := fetchable(link.url)) is not None]
    keys = [host_of(url) for _, url in pairs]
    host_ids.find(connection, keys)
    rows = [_link_row(link, url, host_ids[key]) for (link, url), key in zip(pairs, keys, strict=True)]
    execute_many(connection, _upsert_link(connection.dialect.name), rows)


def fetchable(url: str) -> str | None:
    """The canonical form of `url`, None where it has none or is not http(s)."""
    try:
        spelled = canonical(url)
    except ValueError:
        return None
    return spelled if spelled.startswith(("http://", "https://")) else None


def host_of(url: str) -> str:
    """`archive.urls.host_key` of a URL that is canonical already."""
    return url.split("/", 3)[2]


def _link_row(link: NewLink, url: str, host_id: int) -> Row:
    return {
        "url": url,
        "host_id": host_id,
        "kind": link.kind,
        "stage": Stage.PENDING,
        "priority": link.priority,
        "hops": link.hops,
        "redirects": link.redirects,
        "via": link.via,
        "role": link.role,
        "page_url": link.page_url,
    }


@cache  # building a statement takes as long as executing it for dozens of rows
def _upsert_link(dialect: str) -> sa.Insert:
    """The link, or what a second sight of it changes: its kind and priority go up, its redirects down, its role fills.

    A link given up only because it lay behind too many redirects gets its turn once it is reached by fewer; a link
    that turns out to be a page of the site is read as one.
    """
    insert = upsert(dialect, links)
    new, old = insert.excluded, links.c
    page: sa.ColumnClause[str] = literal_column("'page'")
    citation: sa.ColumnClause[str] = literal_column("'citation'")
    better = sa.or_(
        sa.and_(new.kind == page, old.kind != page),
        sa.and_(new.kind == citation, old.kind == literal_column("'requisite'")),
    )
    nearer = new.redirects < old.redirects
    too_far = sa.and_(
        old.stage == literal_column("'failed'"),
        old.reason == literal_column("'redirect_loop'"),
        old.redirects >= MAX_REDIRECTS,
    )
    now_page = sa.and_(new.kind == page, old.kind != page, sa.or_(old.stage == Stage.DONE, old.stage == Stage.FAILED))
    return insert.on_conflict_do_update(
        index_elements=[links.c.url],
        set_={
            "kind": case((better, new.kind), else_=old.kind),
            "priority": case((new.priority < old.priority, new.priority), else_=old.priority),
            "redirects": case((nearer, new.redirects), else_=old.redirects),
            "role": sa.func.coalesce(old.role, new.role),
            "stage": case(
                (sa.or_(sa.and_(too_far, nearer), now_page), literal_column("'pending'")),
                else_=old.stage,
            ),
        },
        where=sa.or_(
            better,
            nearer,
            new.priority < old.priority,
            sa.and_(old.role.is_(None), new.role.is_not(None)),
        ),
    )


# --- settlements ---

_target = links.alias("target")
_link = bindparam("b_link", type_=sa.Integer)
_kept_before = bindparam("b_keep", type_=sa.Integer) == 1  # the answer says nothing of the copy we hold

_settle = (
    sa.update(links)
    .where(links.c.id == _link)
    .values(
        stage=bindparam("b_stage"),
        reason=bindparam("b_reason"),
        settled_at=bindparam("b_at"),
        not_before=bindparam("b_not_before"),
        tries=links.c.tries + 1,
        run_tries=links.c.run_tries + 1,
        redirect_id=sa.select(_target.c.id).where(_target.c.url == bindparam("b_target")).scalar_subquery(),
        capture_id=sa.select(captures.c.id).where(captures.c.record_id == bindparam("b_record")).scalar_subquery(),
        etag=case((_kept_before, sa.func.coalesce(bindparam("b_etag"), links.c.etag)), else_=bindparam("b_etag")),
        last_modified=case(
            (_kept_before, sa.func.coalesce(bindparam("b_modified"), links.c.last_modified)),
            else_=bindparam("b_modified"),
        ),
    )
)
_host_of_link = sa.select(links.c.host_id).where(links.c.id == _link).scalar_subquery()
_put_host_off = (
    sa.update(hosts)
    .where(hosts.c.id == _host_of_link)
    .where(sa.or_(hosts.c.not_before.is_(None), hosts.c.not_before < bindparam("b_until")))
    .values(not_before=bindparam("b_until"))
)
_host_failed = sa.update(hosts).where(hosts.c.id == _host_of_link).values(failures=hosts.c.failures + 1)
_hosts_of_links = sa.select(links.c.host_id).where(links.c.id.in_(bindparam("b_ids", expanding=True)))
_hosts_answered = sa.update(hosts).where(hosts.c.failures > 0, hosts.c.id.in_(_hosts_of_links)).values(failures=0)


def settle(connection: sa.Connection, settled: Sequence[Settled], host_ids: HostIds) -> None:
    """Write what came of links. Their captures come first."""
    if not settled:
        return
    insert_links(connection, [to for each in settled if (to := each.settlement.redirect_to)], host_ids)
    execute_many(connection, _settle, [_settled_row(each.settlement, each.record_id) for each in settled])
    _note_hosts(connection, [each.settlement for each in settled])


def _note_hosts(connection: sa.Connection, settlements: Sequence[Settlement]) -> None:
    """Until when hosts want to be left alone, and how often in a row they failed."""
    waits = [{"b_link": each.link_id, "b_until": each.host_not_before} for each in settlements if each.host_not_before]
    failed: list[Row] = [{"b_link": each.link_id} for each in settlements if each.reason.temporary]
    execute_many(connection, _put_host_off, waits)
    for some in chunks([each.link_id for each in settlements if not each.reason.temporary]):
        connection.execute(_hosts_answered, {"b_ids": some})
    execute_many(connection, _host_failed, failed)


def execute_many(connection: sa.Connection, statement: sa.Executable, rows: Sequence[Row]) -> None:
    """Execute `statement` for each of `rows`, none included."""
    if rows:
        connection.execute(statement, rows)


def _settled_row(settlement: Settlement, record_id: str | None) -> Row:
    stage, reason, target = _verdict(settlement)
    return {
        "b_link": settlement.link_id,
        "b_stage": stage,
        "b_reason": reason,
        "b_at": settlement.at,
        "b_not_before": settlement.not_before,
        "b_target": target,
        "b_record": record_id,
        "b_keep": int(reason is not Reason.OK),
        "b_etag": settlement.etag,
        "b_modified": settlement.last_modified,
    }


def _verdict(settlement: Settlement) -> tuple[Stage, Reason, str | None]:
    """The stage as stored, the reason, the redirect's target. A redirect to no usable URL leads nowhere: failed."""
    target = fetchable(settlement.redirect_to.url) if settlement.redirect_to else None
    if settlement.redirect_to is not None and target is None:
        return Stage.FAILED, Reason.BAD_REDIRECT, None
    if settlement.stage is LinkStage.PENDING and settlement.not_before is not None:
        return Stage.PUT_OFF, settlement.reason, target
    return Stage(settlement.stage.value), settlement.reason, target


def fetch_again(connection: sa.Connection, warc_id: sa.ScalarSelect[int]) -> int:
    """Have fetched again, unconditionally, what a capture in this WARC settled, or one that revisits such."""
    lost = captures.alias("lost")
    originals = sa.select(lost.c.record_id).where(lost.c.warc_id == warc_id)
    gone = sa.select(captures.c.id).where(sa.or_(captures.c.warc_id == warc_id, captures.c.refers_to.in_(originals)))
    done = sa.and_(links.c.stage.in_((Stage.DONE, Stage.FAILED)), links.c.capture_id.in_(gone))
    ids = connection.execute(sa.select(links.c.id).where(done)).scalars().all()
    mark_dirty(connection, ids)
    for some in chunks(ids):
        again = sa.update(links).where(links.c.id.in_(some))
        connection.execute(again.values(stage=Stage.PENDING, not_before=None, etag=None, last_modified=None))
    return len(ids)


# --- events whose document is out of date ---

_first = sa.select(links.c.id).where(links.c.id.in_(bindparam("b_ids", expanding=True)))
_behind = _first.cte("behind", recursive=True)
_before = links.alias("before")
_behind = _behind.union(sa.select(_before.c.id).where(_before.c.redirect_id == _behind.c.id))
_mark_dirty = (
    sa.update(events)
    .where(
        events.c.id.in_(
            sa.select(event_versions.c.event_id)
            .join(citations, citations.c.event_version_id == event_versions.c.id)
            .join(_behind, _behind.c.id == citations.c.link_id)
        )
    )
    .values(dirty=events.c.dirty + 1)
)


def mark_dirty(connection: sa.Connection, link_ids: Collection[int]) -> None:
    """Have the documents written again of all events that cite one of the links, be it behind redirects."""
    for some in chunks(sorted(link_ids)):
        connection.execute(_mark_dirty, {"b_ids": some})
