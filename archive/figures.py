"""A collection at a glance: the figures that are too dear to draw for every look, drawn together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.catalogue import Catalogue
from archive.checks import Standing
from archive.event_lists import days, ids_by_state, topics
from archive.rot import By, Group, read_curve, worst_first
from archive.state_rows import state_counts
from archive.stats import Stats, stats

MOST_CITING = 5_000


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


def figures(catalogue: Catalogue, now: datetime) -> Figures:
    """The figures of `catalogue`. Goes over all citations: some 10 s for 100,000 of them.

    Raises CatalogueUnavailable, and SourcekeepError where the ledger does not reconcile.
    """
    counted = stats(catalogue, now)
    with catalogue.reading() as connection:
        return Figures(
            at=now,
            stats=counted,
            standings=state_counts(connection),
            years=tuple(read_curve(connection, By.YEAR)),
            hosts=tuple(worst_first(read_curve(connection, By.HOST))),
            days=days(connection),
            topics=topics(connection),
            citing=ids_by_state(connection, MOST_CITING),
        )
