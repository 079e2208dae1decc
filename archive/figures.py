"""A collection at a glance: the figures that are too dear to draw for every look, drawn together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.catalogue import Catalogue
from archive.checks import Standing
from archive.event_lists import days, ids_by_state, ids_of_host, topics
from archive.rot import By, Group, read_curve, worst_first
from archive.state_rows import state_counts
from archive.stats import Stats, stats

MOST_CITING = 5_000
_MANY_LINKS = 2_000  # of a host: looking its events up anew takes a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a collection holds and how its links are, at one moment."""

    at: datetime
    stats: Stats
    standings: Mapping[Standing, int]  # of all links that are followed
    years: tuple[Group, ...]  # the curve, by year of the citing event
    hosts: tuple[Group, ...]  # those with the most dead links first
    days: Mapping[str, int]  # events by day, "" for none
    topics: Mapping[str, int]  # events by topic, "" for none
    citing: Mapping[Standing, Sequence[int]]  # ids of events that cite a link in this state, the latest MOST_CITING
    citing_host: Mapping[str, Sequence[int]]  # the same by host, of those with many links


def figures(catalogue: Catalogue, now: datetime) -> Figures:
    """The figures of `catalogue`. Goes over all citations: some 10 s for 100,000 of them.

    Raises CatalogueUnavailable, and SourcekeepError where the ledger does not reconcile.
    """
    counted = stats(catalogue, now)
    with catalogue.reading() as connection:
        hosts = worst_first(read_curve(connection, By.HOST))
        return Figures(
            at=now,
            stats=counted,
            standings=state_counts(connection),
            years=tuple(read_curve(connection, By.YEAR)),
            hosts=tuple(hosts),
            days=days(connection),
            topics=topics(connection),
            citing=ids_by_state(connection, MOST_CITING),
            citing_host={
                host.key: ids_of_host(connection, host.key, MOST_CITING) for host in hosts if host.links > _MANY_LINKS
            },
        )
