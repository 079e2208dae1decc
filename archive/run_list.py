"""Runs as they are listed. Everything here only reads, over the caller's connection."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from archive.schema import runs
from archive.stats import RunStats


def runs_before(connection: sa.Connection, before: int | None, limit: int) -> list[RunStats]:
    """The latest runs, those before `before` (an id): the last one first."""
    query = sa.select(runs).order_by(runs.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(runs.c.id < before)
    return [_run(row) for row in connection.execute(query)]


def run_of(connection: sa.Connection, run_id: int) -> RunStats | None:
    """The run with this id."""
    if run_id >= 1 << 62:  # beyond what the database takes for a number
        return None
    row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).first()
    return None if row is None else _run(row)


def _run(row: sa.Row[Any]) -> RunStats:
    return RunStats(
        run_id=row.id,
        job=row.job,
        site=row.site,
        started_at=row.started_at,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        reason=row.reason,
        counts=json.loads(row.counts) if row.counts else {},
    )
