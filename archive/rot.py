"""The link-rot curve: what has become of the links of each year, host or topic (pure, but for the reading at its end).

After the Pew study of 2024 ("When Online Content Disappears"): of the links that pages of each year cite, the share
that is dead today, and the share of pages with at least one dead link. A link counts once in each group, however often
it is cited there. Shares are of links that were looked at: what nobody has checked says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from archive.checks import Standing
from archive.schema import citations, event_versions, events, host_incidents, hosts, link_states, links

UNKNOWN = ""  # the group of events without a day or topic


class By(StrEnum):
    """What links are grouped by."""

    YEAR = "year"  # of the event that cites them
    HOST = "host"
    TOPIC = "topic"  # of the event that cites them


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The links of one year, host or topic, and the events that cite them."""

    key: str  # "2016", "a.test:8080", "" where it is not known
    states: Mapping[Standing, int] = field(default_factory=dict)
    events: int = 0
    events_hit: int = 0  # with at least one dead link
    incidents: int = 0  # of a host
    last_incident: datetime | None = None

    @property
    def links(self) -> int:
        """All of them."""
        return sum(self.states.values())

    @property
    def checked(self) -> int:
        """Those of which anything is known."""
        return self.links - self.states.get(Standing.NEW, 0)

    def count(self, state: Standing) -> int:
        """How many show this state."""
        return self.states.get(state, 0)

    def share(self, *states: Standing) -> float | None:
        """The share (0..1) of these states among those checked; None where none was."""
        return sum(map(self.count, states)) / self.checked if self.checked else None

    @property
    def events_hit_share(self) -> float | None:
        """The share (0..1) of events with at least one dead link; None where there are no events."""
        return self.events_hit / self.events if self.events else None


def curve(
    counts: Iterable[tuple[str, Standing, int]],
    cited: Iterable[tuple[str, int, int]] = (),
    incidents: Iterable[tuple[str, int, datetime]] = (),
) -> list[Group]:
    """The groups in the order of their keys, that of an unknown key last.

    `counts`: key, state, links. `cited`: key, events, events with a dead link. `incidents`: host, how many, the last.
    """
    states: dict[str, dict[Standing, int]] = defaultdict(dict)
    for key, state, number in counts:
        states[key][state] = states[key].get(state, 0) + number
    hit = {key: (number, dead) for key, number, dead in cited}
    down = {key: (number, last) for key, number, last in incidents}
    return [
        Group(
            key=key,
            states=states[key],
            events=hit.get(key, (0, 0))[0],
            events_hit=hit.get(key, (0, 0))[1],
            incidents=down.get(key, (0, None))[0],
            last_incident=down.get(key, (0, None))[1],
        )
        for key in sorted(states, key=lambda key: (key == UNKNOWN, key))
    ]


def worst_first(groups: Iterable[Group]) -> list[Group]:
    """The groups with the most dead links first; then the largest."""
    return sorted(groups, key=lambda each: (-each.count(Standing.DEAD), -each.links, each.key))


def total(groups: Iterable[Group]) -> dict[Standing, int]:
    """The states of all groups together: of links that are in one group alone, as hosts are."""
    sums = dict.fromkeys(Standing, 0)
    for group in groups:
        for state, number in group.states.items():
            sums[state] += number
    return sums


# --- reading ---


def read_curve(connection: sa.Connection, by: By) -> list[Group]:
    """The curve over all links that the current versions of events cite; by host, over all links that have a state."""
    if by is By.HOST:
        return curve(
            _triples(connection, _states_by_host),
            incidents=_triples(connection, _incidents_by_host),
        )
    key = _year if by is By.YEAR else _topic
    return curve(
        _triples(connection, _states_by(key)),
        _triples(connection, _events_by(key)),
    )


def _triples(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[tuple[Any, Any, Any]]:
    return ((one, two, three) for one, two, three in connection.execute(query))


_year = sa.func.coalesce(sa.func.substr(event_versions.c.day, 1, 4), UNKNOWN)
_topic = sa.func.coalesce(event_versions.c.topic, UNKNOWN)
_cited_links = (
    events.join(
        event_versions,
        sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
    )
    .join(citations, citations.c.event_version_id == event_versions.c.id)
    .join(links, links.c.id == citations.c.link_id)
    .outerjoin(link_states, link_states.c.url == links.c.url)
)


def _states_by(key: sa.ColumnElement[str]) -> sa.Select[Any]:
    state = sa.type_coerce(sa.func.coalesce(link_states.c.state, Standing.NEW), link_states.c.state.type)
    number = sa.func.count(links.c.id.distinct())
    return sa.select(key, state, number).select_from(_cited_links).group_by(key, link_states.c.state)


def _events_by(key: sa.ColumnElement[str]) -> sa.Select[Any]:
    hit = sa.case((link_states.c.state == Standing.DEAD, events.c.id))
    number: Any = sa.func.count(events.c.id.distinct())
    return sa.select(key, number, sa.func.count(hit.distinct())).select_from(_cited_links).group_by(key)


_host_key = sa.func.coalesce(hosts.c.key, UNKNOWN)
_states_by_host = (
    sa.select(_host_key, link_states.c.state, sa.func.count())
    .select_from(link_states.outerjoin(hosts, hosts.c.id == link_states.c.host_id))
    .group_by(_host_key, link_states.c.state)
)
_incidents_by_host = (
    sa.select(hosts.c.key, sa.func.count(), sa.func.max(host_incidents.c.began, type_=host_incidents.c.began.type))
    .join_from(host_incidents, hosts)
    .where(host_incidents.c.until > host_incidents.c.began)
    .group_by(hosts.c.key)
)
