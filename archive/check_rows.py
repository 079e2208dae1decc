"""Checks, marks and host incidents into the catalogue, and the states drawn from them.

Everything here takes the caller's connection and begins no transaction of its own. Facts are only added, each once; the
one thing written later is that a check was part of an incident. A state goes forward step by step; where a step is not
enough (an older check came in, a mark, an incident found out later) it is drawn again from all checks of the link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.batch import HostHeld
from archive.check_codec import check_from, check_row, mark_from, mark_row, state_from, state_row
from archive.checks import Check, HostIncident, LinkState, Mark, Pace, Standing
from archive.link_rows import HostIds, Row, chunks, execute_many, fetchable, host_of
from archive.link_state import AHEAD, advance, state_after
from archive.model import LinkKind
from archive.schedule import STEPS, Spread, by_hash, jittered
from archive.schema import Stage, checks, host_incidents, hosts, link_states, links, marks, storable
from archive.upsert import upsert

_LOT = 500  # links at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A link whose state to show is another one now: newly dead, revived. `before` is None for one not seen before."""

    before: LinkState | None
    after: LinkState


# --- facts ---


def insert_checks(
    connection: sa.Connection, made: Sequence[Check], host_ids: HostIds, *, now: datetime, spread: Spread = by_hash
) -> list[Turn]:
    """Add the checks and bring the states of their links up to date; the states that turned.

    Their URLs are canonical where they can be. Adding a check again changes nothing.
    """
    turned: list[Turn] = []
    for lot in _lots(made):
        known = _known(connection, lot)
        places = _places(connection, lot, known, host_ids)
        rows = [check_row(check, places[url].link_id) for url, some in lot.items() for check in some]
        write_many(connection, _add_check, rows)
        steps = [url for url, some in lot.items() if _may_step(known.get(url), some, now)]
        drawn = {url: _stepped(_begun(known, url, now), lot[url], spread) for url in steps}
        drawn |= _replayed(connection, [url for url in lot if url not in drawn], now=now, spread=spread)
        before = {url: row.state for url, row in known.items()}
        _store(connection, before, drawn, places)
        turned.extend(_turns(before, drawn))
    return turned


def note_incident(
    connection: sa.Connection, discarded: Sequence[Check], host_ids: HostIds, *, now: datetime
) -> list[Turn]:
    """Checks kept already turned out to be part of an incident, as their `incident` says: they carry no points. The
    states that turned."""
    rows: list[Row] = [{"b_url": each.url, "b_at": each.at, "b_incident": each.incident} for each in discarded]
    execute_many(connection, _mark_incident, rows)
    return draw_again(connection, {each.url for each in discarded}, host_ids, now=now)


def insert_marks(connection: sa.Connection, said: Sequence[Mark], host_ids: HostIds, *, now: datetime) -> list[Turn]:
    """Add people's words, and the states that follow; those that turned."""
    if not said:
        return []
    connection.execute(
        upsert(connection.dialect.name, marks).on_conflict_do_nothing(), [mark_row(each) for each in said]
    )
    return draw_again(connection, {each.url for each in said}, host_ids, now=now)


def insert_incidents(connection: sa.Connection, found: Sequence[HostIncident], host_ids: HostIds) -> None:
    """Add incidents of hosts. One known already lasts until the time given now."""
    if not found:
        return
    host_ids.find(connection, [each.host for each in found])
    insert = upsert(connection.dialect.name, host_incidents)
    keep = insert.on_conflict_do_update(
        index_elements=[host_incidents.c.host_id, host_incidents.c.began], set_={"until": insert.excluded.until}
    )
    rows: list[Row] = [
        {
            "host_id": host_ids[each.host],
            "began": each.began,
            "until": each.until,
            "alike": each.alike,
            "run_id": each.run_id,
        }
        for each in found
    ]
    connection.execute(keep, rows)


def hold_hosts(connection: sa.Connection, held: Sequence[HostHeld], host_ids: HostIds) -> None:
    """Hosts that want to be left alone; a longer wait noted before stays."""
    host_ids.find(connection, [each.host for each in held])
    rows: list[Row] = [{"b_host": host_ids[each.host], "b_until": each.until} for each in held]
    execute_many(connection, _hold_host, rows)


# --- states ---


def draw_again(connection: sa.Connection, urls: Iterable[str], host_ids: HostIds, *, now: datetime) -> list[Turn]:
    """Draw the states of these links from all their checks and marks; those that turned."""
    turned: list[Turn] = []
    for some in chunks(sorted(set(urls)), _LOT):
        lot: dict[str, list[Check]] = {storable(url): [] for url in some}
        drawn = _replayed(connection, lot, now=now)
        known = _known(connection, lot)
        before = {url: row.state for url, row in known.items()}
        _store(connection, before, drawn, _places(connection, lot, known, host_ids))
        turned.extend(_turns(before, drawn))
    return turned


def rebuild_states(connection: sa.Connection, host_ids: HostIds, *, now: datetime) -> int:
    """Draw all states from nothing but checks and marks; how many there are. Links never checked stay as
    they are."""
    connection.execute(sa.delete(link_states).where(link_states.c.last_check.is_not(None)))
    for query in (_next_checked, _next_marked):
        after = ""
        while urls := connection.execute(query, {"b_after": after}).scalars().all():
            draw_again(connection, urls, host_ids, now=now)
            after = urls[-1]
    return connection.execute(sa.select(sa.func.count()).select_from(link_states)).scalar_one()


def enrol(connection: sa.Connection, kinds: Iterable[LinkKind], spread: Spread = by_hash) -> int:
    """Give a state to the links of these kinds that a crawl has settled and that have none; how many.

    What was fetched is due as after a first live check, what failed is due at once. A link that has become one of
    these kinds (a requisite that is now cited, too) is told so.
    """
    kinds = list(kinds)
    connection.execute(_new_kind, {"b_kinds": kinds})
    enrolled, after = 0, 0
    while rows := connection.execute(_unenrolled, {"b_after": after, "b_kinds": kinds}).all():
        places = {row.url: _Place(link_id=row.id, host_id=row.host_id, kind=row.kind) for row in rows}
        due = {row.url: _first_due(row.url, row.stage, row.settled_at, spread) for row in rows}
        _store(connection, {}, {url: (LinkState(url=url, next_due=at), False) for url, at in due.items()}, places)
        enrolled, after = enrolled + len(rows), rows[-1].id
    return enrolled


def _first_due(url: str, stage: Stage, settled_at: datetime, spread: Spread) -> datetime:
    if stage is Stage.FAILED:
        return settled_at
    return settled_at + jittered(STEPS[Pace.ALIVE].first, spread(url, settled_at))


_Drawn = tuple[LinkState, bool]  # with whether the next check needs a replay


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a link stands in the frontier, if it does."""

    link_id: int | None
    host_id: int | None
    kind: LinkKind | None


@dataclass(frozen=True, slots=True)
class _Known:
    state: LinkState
    replay: bool
    place: _Place


def _lots(made: Sequence[Check]) -> Iterator[dict[str, list[Check]]]:
    """The checks by URL, so many links at a time."""
    by_url: dict[str, list[Check]] = {}
    for check in made:
        by_url.setdefault(storable(check.url), []).append(check)
    for some in chunks(list(by_url), _LOT):
        yield {url: by_url[url] for url in some}


def _may_step(known: _Known | None, made: Sequence[Check], now: datetime) -> bool:
    """Whether the state can go forward by these checks alone. A link without a state has no check and no mark yet."""
    if known is not None and known.replay:
        return False
    times = [check.at for check in made]
    after = known.state.last_check if known else None
    return len(set(times)) == len(times) and max(times) <= now + AHEAD and (after is None or min(times) > after)


def _begun(known: Mapping[str, _Known], url: str, now: datetime) -> LinkState:
    return known[url].state if url in known else LinkState(url=url, next_due=now)


def _stepped(state: LinkState, made: Sequence[Check], spread: Spread) -> _Drawn:
    for check in sorted(made, key=lambda check: check.at):
        state = advance(state, check, spread)
    return state, _left_out(state, made)


def _replayed(
    connection: sa.Connection, urls: Iterable[str], *, now: datetime, spread: Spread = by_hash
) -> dict[str, _Drawn]:
    wanted = list(urls)
    if not wanted:
        return {}
    made: dict[str, list[Check]] = {url: [] for url in wanted}
    said: dict[str, list[Mark]] = {url: [] for url in wanted}
    for row in connection.execute(_checks_of, {"b_urls": wanted}):
        made[row.url].append(check_from(row))
    for row in connection.execute(_marks_of, {"b_urls": wanted}):
        said[row.url].append(mark_from(row))
    drawn = {url: state_after(url, made[url], marks=said[url], now=now, spread=spread) for url in wanted}
    return {url: (state, bool(said[url]) or _left_out(state, made[url])) for url, state in drawn.items()}


def _left_out(state: LinkState, made: Iterable[Check]) -> bool:
    """Whether a check is later than all that count: by a clock that was ahead, or while our network was down."""
    return any(state.last_check is None or check.at > state.last_check for check in made)


def _turns(before: Mapping[str, LinkState], drawn: Mapping[str, _Drawn]) -> Iterator[Turn]:
    for url, (after, _) in drawn.items():
        known = before.get(url)
        if (known.state if known else Standing.NEW) is not after.state:
            yield Turn(before=known, after=after)


def _known(connection: sa.Connection, urls: Iterable[str]) -> dict[str, _Known]:
    rows = connection.execute(_states_of, {"b_urls": list(urls)})
    return {
        row.url: _Known(
            state=state_from(row, mark_of(row)),
            replay=bool(row.replay),
            place=_Place(row.link_id, row.host_id, row.kind),
        )
        for row in rows
    }


def _places(
    connection: sa.Connection, urls: Iterable[str], known: Mapping[str, _Known], host_ids: HostIds
) -> dict[str, _Place]:
    """Where each link stands. What is no link of the frontier may have become one since."""
    places = {url: each.place for url, each in known.items() if each.place.link_id is not None}
    wanted = [url for url in urls if url not in places]
    if wanted:
        rows = connection.execute(_links_of, {"b_urls": wanted})
        places |= {row.url: _Place(row.id, row.host_id, row.kind) for row in rows}
    hosts = {url: host_of(spelled) for url in wanted if url not in places and (spelled := fetchable(url))}
    host_ids.find(connection, hosts.values())
    for url in wanted:
        if url not in places:
            places[url] = _Place(None, host_ids[hosts[url]] if url in hosts else None, None)
    return places


def _store(
    connection: sa.Connection,
    before: Mapping[str, LinkState],
    drawn: Mapping[str, _Drawn],
    places: Mapping[str, _Place],
) -> None:
    """Write the states: of one that did not turn only what changes, which leaves half of the indexes alone."""
    steady: list[Row] = []
    turned: list[Row] = []
    for url, (state, replay) in drawn.items():
        row = state_row(state, replay=replay)
        known = before.get(url)
        if known is not None and (known.state, known.since) == (state.state, state.since):
            steady.append(row)
        else:
            place = places[url]
            turned.append(row | {"link_id": place.link_id, "host_id": place.host_id, "kind": place.kind})
    write_many(connection, _keep_steady, steady)
    write_many(connection, _keep_state, turned)


def mark_of(row: sa.Row[tuple[object, ...]]) -> Mark | None:
    """The mark in force beside a row of `STATE_COLUMNS`."""
    if row.mark_at is None:
        return None
    return Mark(
        url=row.url,
        state=row.mark_state,
        why=row.mark_why,
        who=row.mark_who,
        at=row.mark_at,
        until_contradicted=bool(row.mark_until),
    )


# --- writing many ---

_Statement = Callable[[str], sa.Insert | sa.Update]


def write_many(connection: sa.Connection, statement: _Statement, rows: Sequence[Row]) -> None:
    """Execute `statement` with each of `rows`, whose values are as the database holds them."""
    if rows:
        sql, names = _compiled(statement, connection.dialect.name, connection.dialect)
        connection.exec_driver_sql(sql, [tuple(row[name] for name in names) for row in rows] if names else list(rows))


@cache  # compiling takes as long as writing hundreds of rows
def _compiled(statement: _Statement, name: str, dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
    """The SQL, and the names of its parameters in order where they go by position."""
    compiled = statement(name).compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ())


# --- statements ---

_urls: sa.BindParameter[object] = bindparam("b_urls", expanding=True)
_checks_of = sa.select(checks).where(checks.c.url.in_(_urls))
_marks_of = sa.select(marks).where(marks.c.url.in_(_urls))
_links_of = sa.select(links.c.id, links.c.url, links.c.host_id, links.c.kind).where(links.c.url.in_(_urls))

STATE_COLUMNS = (
    *link_states.c,
    marks.c.state.label("mark_state"),
    marks.c.why.label("mark_why"),
    marks.c.who.label("mark_who"),
    marks.c.until_contradicted.label("mark_until"),
)
IN_FORCE = sa.and_(marks.c.url == link_states.c.url, marks.c.at == link_states.c.mark_at)
WITH_MARK = link_states.outerjoin(marks, IN_FORCE)
_states_of = sa.select(*STATE_COLUMNS).select_from(WITH_MARK).where(link_states.c.url.in_(_urls))

_after = bindparam("b_after", type_=sa.String)
_next_checked = sa.select(checks.c.url).distinct().where(checks.c.url > _after).order_by(checks.c.url).limit(_LOT)
_next_marked = sa.select(marks.c.url).distinct().where(marks.c.url > _after).order_by(marks.c.url).limit(_LOT)
_unenrolled = (
    sa.select(links.c.id, links.c.url, links.c.host_id, links.c.kind, links.c.stage, links.c.settled_at)
    .where(links.c.id > bindparam("b_after", type_=sa.Integer), links.c.kind.in_(bindparam("b_kinds", expanding=True)))
    .where(links.c.stage.in_((Stage.DONE, Stage.FAILED)), links.c.settled_at.is_not(None))
    .where(links.c.redirects == 0)  # what is only redirected to is checked with the link that leads there
    .where(sa.not_(sa.exists().where(link_states.c.url == links.c.url)))
    .order_by(links.c.id)
    .limit(_LOT)
)
_kind_now = sa.select(links.c.kind).where(links.c.url == link_states.c.url).scalar_subquery()
_link_now = sa.select(links.c.id).where(links.c.url == link_states.c.url).scalar_subquery()
_other_kind = (
    sa.select(links.c.url)
    .join(link_states, link_states.c.url == links.c.url)
    .where(links.c.kind.in_(bindparam("b_kinds", expanding=True)), link_states.c.kind.is_distinct_from(links.c.kind))
)
_new_kind = sa.update(link_states).where(link_states.c.url.in_(_other_kind)).values(kind=_kind_now, link_id=_link_now)
_mark_incident = (
    sa.update(checks)
    .where(
        checks.c.url == bindparam("b_url", type_=checks.c.url.type),
        checks.c.at == bindparam("b_at", type_=checks.c.at.type),
    )
    .values(incident=bindparam("b_incident", type_=checks.c.incident.type))
)


_until = bindparam("b_until", type_=hosts.c.not_before.type)
_hold_host = (
    sa.update(hosts)
    .where(hosts.c.id == bindparam("b_host"), sa.or_(hosts.c.not_before.is_(None), hosts.c.not_before < _until))
    .values(not_before=_until)
)

_ON_TURNING = ("url", "state", "since", "link_id", "host_id", "kind", "weekday")


def _add_check(dialect: str) -> sa.Insert:
    return (
        upsert(dialect, checks)
        .values({column.name: bindparam(column.name) for column in checks.c if column.name != "id"})
        .on_conflict_do_nothing()
    )


def _keep_state(dialect: str) -> sa.Insert:
    insert = upsert(dialect, link_states).values({column.name: bindparam(column.name) for column in link_states.c})
    return insert.on_conflict_do_update(
        index_elements=[link_states.c.url],
        set_={column.name: insert.excluded[column.name] for column in link_states.c if column.name != "url"},
    )


def _keep_steady(_dialect: str) -> sa.Update:
    columns = [column.name for column in link_states.c if column.name not in _ON_TURNING]
    return (
        sa.update(link_states)
        .where(link_states.c.url == bindparam("url"))
        .values({name: bindparam(name) for name in columns})
    )
