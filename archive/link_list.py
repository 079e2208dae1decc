"""The links of a collection as they are listed: state, last check, who cites them, how many copies we hold.

Everything here only reads, over the caller's connection, some hundred links at a time: a list may not fit in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.baselines import is_copy
from archive.chains import find_hops, follow
from archive.changes import Change, changes_in
from archive.check_codec import check_from, mark_from
from archive.checks import Check, LinkState, Mark, Standing
from archive.link_rows import CHUNK, chunks
from archive.model import CitationKind, LinkKind, RecordKind, Via
from archive.schema import (
    WarcState,
    captures,
    checks,
    citations,
    event_versions,
    events,
    link_states,
    links,
    marks,
    runs,
    warcs,
)
from archive.state_rows import state_of, states

MOST_CITED_BY = 50  # events named for one link, the first by path


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedBy:
    """An event that cites a link."""

    event: str  # path
    position: int
    kind: CitationKind
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLink:
    """A link with what is known of it. `last` is its last check outside incidents."""

    state: LinkState
    last: Check | None
    cited_by: tuple[CitedBy, ...]
    copies: int  # good ones of ours, of where its redirects end
    mementos: int  # of the link itself, brought back from public archives


def listed_links(
    connection: sa.Connection,
    *,
    state: Standing | None = None,
    host: str | None = None,
    since: datetime | None = None,
    kinds: Collection[LinkKind] | None = None,
) -> Iterator[ListedLink]:
    """All links that were enrolled, checked or marked, or those that `archive.state_rows.states` gives for the same."""
    found = states(connection, state=state, host=host, since=since, kinds=kinds)
    while some := list(islice(found, CHUNK)):
        yield from with_all(connection, some)


def listed_link(connection: sa.Connection, url: str) -> ListedLink | None:
    """One link; None if it was never enrolled, checked or marked."""
    state = state_of(connection, url)
    return None if state is None else next(with_all(connection, [state]))


def with_all(connection: sa.Connection, some: Sequence[LinkState]) -> Iterator[ListedLink]:
    """These links with all that is listed of them. As many at once as a statement takes."""
    urls = [state.url for state in some]
    last = _last_checks(connection, urls)
    cited = _cited_by(connection, urls)
    held = _held_of(connection, urls)
    for state in some:
        copies, mementos = held[state.url]
        yield ListedLink(
            state=state,
            last=last.get(state.url),
            cited_by=tuple(cited.get(state.url, ())),
            copies=copies,
            mementos=mementos,
        )


def _last_checks(connection: sa.Connection, urls: Sequence[str]) -> dict[str, Check]:
    return {row.url: check_from(row) for row in connection.execute(_last, {"b_urls": urls})}


def _cited_by(connection: sa.Connection, urls: Sequence[str]) -> Mapping[str, list[CitedBy]]:
    found: dict[str, list[CitedBy]] = defaultdict(list)
    for row in connection.execute(_cited, {"b_urls": urls}):
        if len(some := found[row.link_url]) < MOST_CITED_BY:
            some.append(CitedBy(event=row.path, position=row.position, kind=row.kind, label=row.label))
    return found


def _held_of(connection: sa.Connection, urls: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many copies of ours there are of where each link ends, and how many mementos of the link."""
    ends = _ends(connection, urls)
    wanted = sorted({*ends.values(), *urls})
    held = {row.url: (row.copies, row.mementos) for row in connection.execute(_held, {"b_urls": wanted})}
    none = (0, 0)
    return {url: (held.get(ends[url], none)[0], held.get(url, none)[1]) for url in urls}


def _ends(connection: sa.Connection, urls: Sequence[str]) -> dict[str, str]:
    """Where each link ended when it was crawled; itself, for one that was not."""
    ids = {row.id: row.url for row in connection.execute(_ids, {"b_urls": urls})}
    hops = find_hops(connection, ids)
    return {url: url for url in urls} | {url: follow(link_id, hops).end.url for link_id, url in ids.items()}


def unknown_of(connection: sa.Connection, urls: Sequence[str]) -> list[str]:
    """Those of `urls` that the collection knows nothing of: neither crawled nor checked nor marked."""
    known: set[str] = set()
    for some in chunks(urls):
        for table in (links, link_states):
            known.update(connection.execute(sa.select(table.c.url).where(table.c.url.in_(some))).scalars())
    return [url for url in urls if url not in known]


# --- changes ---


def changes_since(connection: sa.Connection, since: datetime, now: datetime) -> Iterator[Change]:
    """What changed after `since` and up to `now`, by URL and time. Looks at every link that was checked or marked then.

    Raises nothing; links checked by a clock that was ahead are not in it before their time.
    """
    found = iter(connection.execution_options(yield_per=CHUNK).execute(_touched, {"b_since": since}).scalars())
    while urls := list(islice(found, CHUNK)):
        made: dict[str, list[Check]] = defaultdict(list)
        for row in connection.execute(_made, {"b_urls": urls}):
            made[row.url].append(check_from(row))
        said: dict[str, list[Mark]] = defaultdict(list)
        for row in connection.execute(_said, {"b_urls": urls}):
            said[row.url].append(mark_from(row))
        for url in urls:
            yield from changes_in(url, made[url], said[url], now=now, since=since)


def last_run(connection: sa.Connection, jobs: Iterable[str]) -> datetime | None:
    """When the last run of these jobs began; None if there was none."""
    query = sa.select(sa.func.max(runs.c.started_at, type_=runs.c.started_at.type)).where(runs.c.job.in_(tuple(jobs)))
    return connection.execute(query).scalar()


# --- statements ---

_urls: sa.BindParameter[object] = bindparam("b_urls", expanding=True)
_last = (
    sa.select(checks)
    .join_from(link_states, checks, sa.and_(checks.c.url == link_states.c.url, checks.c.at == link_states.c.last_at))
    .where(link_states.c.url.in_(_urls))
)
_cited = (
    sa.select(links.c.url.label("link_url"), events.c.path, citations.c.position, citations.c.kind, citations.c.label)
    .join_from(links, citations, citations.c.link_id == links.c.id)
    .join(event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, sa.and_(events.c.id == event_versions.c.event_id, events.c.version == event_versions.c.version))
    .where(links.c.url.in_(_urls))
    .order_by(events.c.path, citations.c.position)
)
_ids = sa.select(links.c.id, links.c.url).where(links.c.url.in_(_urls))
_is_memento = captures.c.via == Via.MEMENTO
_held = (
    sa.select(
        captures.c.url,
        sa.func.count(sa.case((sa.not_(_is_memento), 1))).label("copies"),
        sa.func.count(sa.case((_is_memento, 1))).label("mementos"),
    )
    .join_from(captures, warcs)
    .where(
        captures.c.url.in_(_urls),
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        captures.c.status.between(200, 299),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        warcs.c.state != WarcState.MISSING,
        is_copy(),
    )
    .group_by(captures.c.url)
)
_since: sa.BindParameter[datetime] = bindparam("b_since", type_=checks.c.at.type)
_touched = (
    sa.select(link_states.c.url)
    .where(
        sa.or_(
            link_states.c.last_check > _since,
            link_states.c.since > _since,
            link_states.c.url.in_(sa.select(marks.c.url).where(marks.c.at > _since)),
        )
    )
    .order_by(link_states.c.url)
)
_made = sa.select(checks).where(checks.c.url.in_(_urls))
_said = sa.select(marks).where(marks.c.url.in_(_urls))
