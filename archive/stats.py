"""Counts of a collection, for `status` and the reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.ledger import Totals, ledger_rows, reconcile
from archive.mementos import RecoveryOutcome
from archive.model import LinkKind, LinkStage, Reason, Via
from archive.recoveries import recovery_counts
from archive.schema import ArticleState, WarcState, articles, captures, events, hosts, pages, runs, warcs
from archive.survey_budgets import with_left_out
from archive.survey_rows import Shown, is_there, shown

_LAST_RUNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStats:
    """A run, as it was noted. One that was killed has no end."""

    run_id: int
    job: str
    site: str | None
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    reason: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a collection holds. Bytes are of compressed records."""

    events: int
    pages: int
    citations: Totals
    links: Mapping[tuple[LinkStage, LinkKind], int]
    hosts: int
    captures: int  # that are there
    lost: int  # captures in WARCs that are gone; nothing else here counts them
    capture_bytes: int
    payload_bytes: int  # as they came over the wire; a revisit counts its payload again
    mementos: int  # of the captures: brought back out of other archives, no copies of our own
    recoveries: Mapping[RecoveryOutcome, int]  # links by what came of asking archives for them
    articles: int  # that were read
    requisites: Mapping[Reason, int]  # what came of them; PENDING: nothing yet
    pages_shown: Shown
    warcs: Mapping[WarcState, int]
    runs: tuple[RunStats, ...]  # the latest first


def stats(catalogue: Catalogue, now: datetime) -> Stats:
    """The counts of `catalogue`. Goes over all citations: some 17,000 of them a second."""
    citations = reconcile(ledger_rows(catalogue, now))
    frontier = Frontier(catalogue)
    links = frontier.counts()
    requisites = outcomes(frontier.reasons(LinkKind.REQUISITE))
    with catalogue.reading() as connection:
        held = connection.execute(_captures).one()
        states = connection.execute(sa.select(warcs.c.state, sa.func.count().label("number")).group_by(warcs.c.state))
        return Stats(
            events=_count(connection, events),
            pages=_count(connection, pages),
            citations=citations,
            links=links,
            hosts=_count(connection, hosts),
            captures=held.number,
            lost=connection.execute(_lost).scalar_one(),
            capture_bytes=held.length,
            payload_bytes=held.payload,
            mementos=held.mementos,
            recoveries=recovery_counts(connection),
            articles=connection.execute(_articles).scalar_one(),
            requisites=with_left_out(connection, requisites),
            pages_shown=shown(connection),
            warcs={row.state: row.number for row in states},
            runs=last_runs(connection),
        )


def outcomes(reasons: Mapping[tuple[LinkStage, Reason | None], int]) -> dict[Reason, int]:
    """What came of links, by reason (pure): PENDING for those that are not over, redirects on the way left out."""
    found: Counter[Reason] = Counter()
    for (stage, reason), number in reasons.items():
        is_over = stage in (LinkStage.DONE, LinkStage.FAILED) and reason is not None
        if not is_over:
            found[Reason.PENDING] += number
        elif reason is not None and reason is not Reason.MOVED:
            found[reason] += number
    return dict(found)


_captures = sa.select(
    sa.func.count().label("number"),
    sa.func.coalesce(sa.func.sum(captures.c.length), 0).label("length"),
    sa.func.coalesce(sa.func.sum(captures.c.payload_length), 0).label("payload"),
    sa.func.coalesce(sa.func.sum(sa.case((captures.c.via == Via.MEMENTO, 1), else_=0)), 0).label("mementos"),
).where(is_there())
_lost = sa.select(sa.func.count()).select_from(captures).where(~is_there())
_articles = (
    sa.select(sa.func.count())
    .join_from(articles, captures, captures.c.record_id == articles.c.record_id)
    .where(articles.c.state == ArticleState.READ, is_there())
)


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def last_runs(connection: sa.Connection, limit: int = _LAST_RUNS) -> tuple[RunStats, ...]:
    """The latest runs, the last one first."""
    rows = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(limit))
    return tuple(
        RunStats(
            run_id=row.id,
            job=row.job,
            site=row.site,
            started_at=row.started_at,
            ended_at=row.ended_at,
            exit_code=row.exit_code,
            reason=row.reason,
            counts=json.loads(row.counts) if row.counts else {},
        )
        for row in rows
    )
