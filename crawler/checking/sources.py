"""Where the links to check come from, slice by slice, with all that is known of them. Read in a thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

import sqlalchemy as sa

from archive.baselines import known_of
from archive.catalogue import Catalogue
from archive.checks import LinkState, Standing
from archive.selections import NOT_ALIVE, START, left_alone, selected, states_of
from archive.state_rows import DueLink, astray, down_since, due
from archive.urls import host_key, masked_userinfo
from archive.verdicts import VerdictState
from crawler.checking.checker import Link
from crawler.verdict.answer import ContentKind
from crawler.verdict.incidents import canary_first
from crawler.verdict.url import repair

PER_HOST = 100  # of a slice
MOST_ASTRAY = 10_000


class Source(Protocol):
    """Gives links. `answers_all`: whoever asked wants to hear of each of them."""

    answers_all: bool

    def next(self, limit: int, busy: Collection[str]) -> list[Link]:
        """At most `limit` further links, none of hosts that are `busy`; none at all: there are no more for now."""


class Sources:
    """Makes sources over a catalogue. `down_since` fills up with what is known of the hosts of the links given."""

    def __init__(
        self, catalogue: Catalogue, now: Callable[[], datetime], expected: Mapping[str, ContentKind] | None = None
    ) -> None:
        self.catalogue = catalogue
        self.now = now
        self.down_since: dict[str, datetime] = {}
        self.unchecked_since: datetime | None = None  # links checked since then are left out of what was chosen
        self._expected = expected or {}

    def links(self, connection: sa.Connection, found: Sequence[DueLink]) -> list[Link]:
        """The links, host by host, the canary of each in front, with their copies."""
        by_host: dict[str, list[LinkState]] = {}
        for each in found:
            by_host.setdefault(each.host, []).append(each.state)
        self.down_since.update(down_since(connection, [key for key in by_host if key], self.now()))
        known = known_of(connection, [each.state.url for each in found])
        return [
            Link(
                url=state.url,
                host=host,
                copies=known[state.url].copies,
                expected=self._expected.get(state.url) or (ContentKind.IMAGE if known[state.url].is_cover else None),
                last=state.last,
            )
            for host, states in by_host.items()
            for state in canary_first(states)
        ]


class Due:
    """The links that are due, those longest due first."""

    answers_all = False

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._asked_astray = False

    def next(self, limit: int, busy: Collection[str]) -> list[Link]:
        """See `Source`. What was given and is not checked yet is given again."""
        now = self._sources.now()
        with self._sources.catalogue.reading() as connection:
            found = due(connection, now, limit=limit, per_host=PER_HOST, busy_hosts=busy)
            if not found and not self._asked_astray:
                self._asked_astray = True
                found = astray(connection, now, limit=MOST_ASTRAY, busy_hosts=busy)
            return self._sources.links(connection, found)


class Chosen:
    """All links there are, or those not alive, or those of a host; each once."""

    answers_all = False

    def __init__(self, sources: Sources, *, failed: bool = False, host: str | None = None) -> None:
        self._sources = sources
        self._found: tuple[Standing, ...] | None = NOT_ALIVE if failed else None
        self._host = host
        self._after = START

    def next(self, limit: int, busy: Collection[str]) -> list[Link]:  # noqa: ARG002 - they come host by host
        """See `Source`. Hosts that want to be left alone are passed over."""
        with self._sources.catalogue.reading() as connection:
            while True:
                found, self._after = selected(
                    connection,
                    after=self._after,
                    limit=limit,
                    found=self._found,
                    host=self._host,
                    unchecked_since=self._sources.unchecked_since,
                )
                keys = {each.host for each in found}
                alone = left_alone(connection, keys, self._sources.now(), incidents=self._host is None)
                free = [each for each in found if each.host not in alone]
                if free or not found:
                    return self._sources.links(connection, free)


class Listed:
    """The links of a list, whether the collection knows them or not; each once."""

    answers_all = True

    def __init__(self, sources: Sources, urls: Iterable[str]) -> None:
        self._sources = sources
        self._urls = iter(dict.fromkeys(map(spelled, urls)))

    def next(self, limit: int, busy: Collection[str]) -> list[Link]:  # noqa: ARG002
        """See `Source`."""
        urls = list(islice(self._urls, limit))
        now = self._sources.now()
        with self._sources.catalogue.reading() as connection:
            known = states_of(connection, urls)
            found = [
                DueLink(
                    link_id=None, host=_host(url), kind=None, state=known.get(url) or LinkState(url=url, next_due=now)
                )
                for url in urls
            ]
            return self._sources.links(connection, found)


def spelled(url: str) -> str:
    """The URL as its check has it: repaired and canonical; as it is where it cannot be, but for names and passwords."""
    found = repair(url)
    return masked_userinfo(url) if isinstance(found, VerdictState) else found


def _host(url: str) -> str:
    return "" if isinstance(repair(url), VerdictState) else host_key(url)
