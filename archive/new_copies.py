"""The copies of cited links that were kept lately. Everything here only reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.baselines import is_copy
from archive.link_rows import chunks
from archive.model import LinkKind, RecordKind, Via
from archive.schema import WarcState, captures, links, runs, warcs
from archive.wacz_pages import Page, pages_of
from archive.wacz_selection import Chosen, ids_of


def new_copies(connection: sa.Connection, chosen: Chosen, *, since: datetime, most: int) -> list[Page]:
    """The latest good copies that we made after `since`, at most so many, the latest first.

    What was brought back out of other archives is as old as it was there, so it is not among them.
    """
    query = _copies.where(captures.c.at > since)
    if chosen.links is None:
        ids: Sequence[int] = connection.execute(query.limit(most)).scalars().all()
    else:
        found: list[tuple[datetime, int]] = []
        for places in chosen.places.values():
            for some in chunks(ids_of(places)):
                rows = connection.execute(query.where(captures.c.id.in_(_ids)), {"b_ids": some})
                found += [(row.at, row.id) for row in rows]
        ids = [each for _, each in sorted(found, reverse=True)[:most]]
    pages = pages_of(connection, chunks(ids))
    return sorted(pages, key=lambda page: (page.at, page.record_id), reverse=True)


def last_crawl(connection: sa.Connection) -> datetime | None:
    """When the last crawl began; None if there was none."""
    began = sa.func.max(runs.c.started_at, type_=runs.c.started_at.type)
    return connection.execute(sa.select(began).where(runs.c.job == "crawl")).scalar()


_ids: sa.BindParameter[object] = bindparam("b_ids", expanding=True)
_copies: sa.Select[Any] = (
    sa.select(captures.c.id, captures.c.at)
    .join_from(captures, warcs)
    .join(links, links.c.url == captures.c.url)
    .where(
        links.c.kind == LinkKind.CITATION,
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        captures.c.status.between(200, 299),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        captures.c.via != Via.MEMENTO,
        warcs.c.state != WarcState.MISSING,
        is_copy(),
    )
    .order_by(captures.c.at.desc(), captures.c.id.desc())
)
