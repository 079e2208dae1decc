"""Which captures are handed on: those of an event's sources, of the events of some days, of a link, of a host's links,
of those in a state, or all.

A selection is closed: where a link redirects to, what its pages need to be shown (and what their styles and frames need
in turn), what was brought back for it out of archives, and the original of each revisit come with it. Everything here
only reads, over the caller's connection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.checks import Standing
from archive.errors import UsageError
from archive.link_rows import chunks
from archive.lookup_rows import candidates, spelled
from archive.model import LinkKind
from archive.recoveries import recovered_records
from archive.schema import (
    WarcState,
    captures,
    citations,
    event_versions,
    events,
    hosts,
    link_states,
    links,
    needs,
    warcs,
)

_ID_BITS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for: an event (its path), events of some days (both included), a link, the cited links of a host,
    those in a state; with nothing set, all."""

    event: str | None = None
    since: date | None = None
    until: date | None = None
    url: str | None = None
    host: str | None = None  # as the catalogue has it: host[:port]
    state: Standing | None = None

    @property
    def is_all(self) -> bool:
        """Whether every record of the collection is asked for."""
        return self == Selection()

    @property
    def is_of_links(self) -> bool:
        """Whether links are asked for, and not the events that cite them."""
        return self.url is not None or self.host is not None or self.state is not None

    @property
    def title(self) -> str:
        """What it is, for people."""
        if self.event is not None:
            return self.event
        if self.url is not None:
            return self.url
        if self.host is not None:
            return f"Links to {self.host}"
        if self.state is not None:
            return f"Links that are {self.state.value}"
        return "All copies" if self.is_all else f"Events from {self.since or 'the first'} to {self.until or 'the last'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Captures by the WARC that holds them."""

    places: dict[str, list[int]]  # WARC to `packed` places, by offset
    lost: int  # captures asked for that lie in a WARC that is missing
    asked: frozenset[str] | None = None  # the links that were asked for, or are cited by the events; None: all
    links: frozenset[str] | None = None  # these, and where they lead; None: all
    events: frozenset[str] | None = None  # paths of events that were asked for; None: all

    def __len__(self) -> int:
        return sum(map(len, self.places.values()))


def packed(offset: int, capture_id: int) -> int:
    """A capture's place as one number: there may be millions of them."""
    return offset << _ID_BITS | capture_id


def capture_id(place: int) -> int:
    """The catalogue's id of the capture at a packed place."""
    return place & (1 << _ID_BITS) - 1


def offset_of(place: int) -> int:
    """The offset in a packed place."""
    return place >> _ID_BITS


def choose(connection: sa.Connection, selection: Selection) -> Chosen:
    """The captures of a selection. Raises UsageError for an event or a link that the collection does not know."""
    if selection.is_all:
        return _placed(connection.execution_options(yield_per=5_000).execute(_all))
    growing = _Growing(connection)
    if selection.url is not None:
        growing.add_link(selection.url)
    elif selection.is_of_links:
        growing.add_links(selection)
    else:
        growing.add_events(selection)
    found = sorted(growing.ids)
    placed = _placed(row for some in chunks(found) for row in connection.execute(_by_id, {"b_keys": some}))
    asked, links_of = frozenset(growing.asked), frozenset(growing.links)
    return replace(placed, asked=asked, links=links_of, events=frozenset(growing.events))


def _placed(rows: Iterable[sa.Row[Any]]) -> Chosen:
    places: defaultdict[str, list[int]] = defaultdict(list)
    lost = 0
    for row in rows:
        if row.state is WarcState.MISSING:
            lost += 1
        else:
            places[row.name].append(packed(row.offset, row.id))
    return Chosen(places={warc: sorted(places[warc]) for warc in sorted(places)}, lost=lost)


class _Growing:
    """The captures found so far."""

    def __init__(self, connection: sa.Connection) -> None:
        self.ids: set[int] = set()
        self.asked: set[str] = set()
        self.links: set[str] = set()  # asked for, and where they lead
        self.events: set[str] = set()
        self._connection = connection
        self._addresses: set[str] = set()

    def add_link(self, url: str) -> None:
        """A link by any of its addresses. Raises UsageError if there is no capture of it."""
        copies = [each.capture for each in candidates(self._connection, url) if not each.astray]
        if not copies:
            raise UsageError(f"nothing is kept of {url}; `sourcekeep links` lists the links there are")
        own = {each.url for each in copies} | {spelled(url)}
        self._ask(own)
        self._follow(own, {each.record_id for each in copies})

    def add_links(self, selection: Selection) -> None:
        """The links of a host, or in a state. Raises UsageError if there are none."""
        query = _of_host if selection.host is not None else _in_state
        key = selection.host if selection.host is not None else selection.state
        urls = set(self._connection.execute(query, {"b_key": key}).scalars())
        if not urls:
            raise UsageError(f"there are no {selection.title[0].lower()}{selection.title[1:]}")
        self._ask(urls)
        self._follow(urls, set())

    def add_events(self, selection: Selection) -> None:
        """Events with their pages and what they cite, now. Raises UsageError if there is no such event."""
        query = _events
        if selection.event is not None:
            query = query.where(events.c.path == selection.event)
        if selection.since is not None:
            query = query.where(event_versions.c.day >= selection.since.isoformat())
        if selection.until is not None:
            query = query.where(event_versions.c.day <= selection.until.isoformat())
        found = self._connection.execute(query).all()
        if not found:
            raise UsageError(
                f"there is no event {selection.event}; `path` in events/*.json says what there is"
                if selection.event is not None
                else f"there are no {selection.title.lower()}"
            )
        urls: set[str] = set()
        for some in chunks([row.id for row in found]):
            urls.update(self._connection.execute(_cited, {"b_keys": some}).scalars())
        self.events |= {row.path for row in found}
        self._ask(urls)
        self._follow(urls, {row.page_record_id for row in found if row.page_record_id})

    def _ask(self, urls: set[str]) -> None:
        """Note what was asked for, and where it redirects to."""
        self.asked |= urls
        known, going = set(urls), set(urls)
        while going:
            going = self._column(_targets, going) - known
            known |= going
        self.links |= known

    def _follow(self, urls: set[str], records: set[str]) -> None:
        """All captures of these addresses, these records, and all that belongs to them."""
        while urls or records:
            urls -= self._addresses
            self._addresses |= urls
            records |= self._brought_back(urls)
            found = self._add(_of_records, records) | self._add(_of_urls, urls) | self._add(_for_pages, urls)
            urls, records = self._column(_targets, urls) | self._column(_needed, found), set()

    def _add(self, query: sa.Select[Any], keys: Collection[str]) -> set[str]:
        """The captures a query finds, with their originals; the record ids of those that are new."""
        new: set[str] = set()
        originals: set[str] = set()
        for some in chunks(sorted(keys)):
            for row in self._connection.execute(query, {"b_keys": some}):
                if row.id not in self.ids:
                    self.ids.add(row.id)
                    new.add(row.record_id)
                    originals.update({row.refers_to} if row.refers_to else ())
        return new | self._add(_of_records, originals) if originals else new

    def _column(self, query: sa.Select[Any], keys: Collection[str]) -> set[str]:
        found: set[str] = set()
        for some in chunks(sorted(keys)):
            found.update(self._connection.execute(query, {"b_keys": some}).scalars())
        return found

    def _brought_back(self, urls: Collection[str]) -> set[str]:
        tried = recovered_records(self._connection, sorted(urls)).values()
        return {each.record_id for some in tried for each in some if each.record_id}


def ids_of(places: Sequence[int]) -> list[int]:
    """The catalogue's ids of packed places, in their order."""
    return [capture_id(place) for place in places]


_keys: sa.BindParameter[object] = bindparam("b_keys", expanding=True)
_all: sa.Select[Any] = sa.select(captures.c.id, captures.c.offset, warcs.c.name, warcs.c.state).join_from(
    captures, warcs
)
_by_id = _all.where(captures.c.id.in_(_keys))
_row: sa.Select[Any] = sa.select(captures.c.id, captures.c.record_id, captures.c.refers_to)
_of_urls = _row.where(captures.c.url.in_(_keys))
_for_pages = _row.where(captures.c.page_url.in_(_keys))
_of_records = _row.where(captures.c.record_id.in_(_keys))
_current = sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version)
_events: sa.Select[Any] = sa.select(event_versions.c.id, event_versions.c.page_record_id, events.c.path).join_from(
    events, event_versions, _current
)
_cited = (
    sa.select(links.c.url)
    .join_from(citations, links, links.c.id == citations.c.link_id)
    .where(citations.c.event_version_id.in_(_keys))
)
_to = links.alias("target")
_targets = sa.select(_to.c.url).join_from(links, _to, _to.c.id == links.c.redirect_id).where(links.c.url.in_(_keys))
_needed = (
    sa.select(links.c.url).join_from(needs, links, links.c.id == needs.c.link_id).where(needs.c.record_id.in_(_keys))
)
_of_host = (
    sa.select(links.c.url)
    .join_from(links, hosts, hosts.c.id == links.c.host_id)
    .where(links.c.kind == LinkKind.CITATION, hosts.c.key == bindparam("b_key"))
)
_in_state = sa.select(link_states.c.url).where(
    link_states.c.state == bindparam("b_key", type_=link_states.c.state.type)
)
