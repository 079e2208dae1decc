"""What the requisites of each page have cost, and what a budget left out, from rows.

What is beyond the number of a page's requisites never becomes a link: a page could name a million. It stays listed
among its needs, is counted, and becomes a link once the budget is larger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import bindparam, literal_column

from archive.link_rows import chunks, execute_many, fetchable, insert_links
from archive.model import LinkKind, Reason, RecordKind
from archive.schema import Stage, captures, links, needs, surveys
from archive.survey_rows import requisite_link
from archive.surveys import REST

if TYPE_CHECKING:
    from archive.catalogue import Catalogue

_COUNT, _BYTES = "requisite_count", "requisite_bytes"  # in collection_meta: the budget of the last run


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the requisites of a page have cost: bytes of payload, seconds of fetching."""

    bytes: int
    seconds: float

    def plus(self, size: int, seconds: float) -> Spent:
        """What it is after one more answer."""
        return Spent(bytes=self.bytes + size, seconds=self.seconds + seconds)


def spent_on(connection: sa.Connection, page_url: str, *, since: datetime) -> Spent:
    """What the requisites of the page `page_url` have cost: bytes of all that is kept of them, and seconds of fetching
    since `since`, when this run began."""
    size = connection.execute(_kept_for, {"b_url": page_url}).scalar()
    duration = connection.execute(_took, {"b_url": page_url, "b_since": since}).scalar()
    return Spent(bytes=size or 0, seconds=(duration or 0) / 1000)


def found_for(connection: sa.Connection, page_url: str) -> int:
    """How many requisites were found for the page `page_url` first."""
    return connection.execute(_found_for, {"b_url": page_url}).scalar_one()


_url = bindparam("b_url", type_=captures.c.url.type)
_of_page = captures.c.page_url == _url
_kept_for = sa.select(sa.func.sum(captures.c.payload_length)).where(
    _of_page,
    captures.c.kind == RecordKind.RESPONSE,  # a revisit keeps nothing
    captures.c.status.between(200, 299),
    captures.c.truncated.is_(None),
    captures.c.error.is_(None),
)
_took = sa.select(sa.func.sum(captures.c.duration_ms)).where(
    _of_page, captures.c.at >= bindparam("b_since", type_=captures.c.at.type)
)
_found_for = sa.select(sa.func.count()).select_from(links).where(links.c.page_url == _url)

# --- what was left out ---


def with_left_out(connection: sa.Connection, reasons: Mapping[Reason, int]) -> dict[Reason, int]:
    """What came of requisites, by reason, with those that never became a link because of a budget."""
    left = connection.execute(_left_out).scalar_one()
    beyond = reasons.get(Reason.OVER_BUDGET, 0) + left
    return {**reasons, Reason.OVER_BUDGET: beyond} if beyond else dict(reasons)


def take_in(catalogue: Catalogue, *, most: int, largest: int) -> int:
    """Have fetched what the budgets of earlier runs left out: links of needs, as far as `most` requisites of a page go,
    and what was cut off where `largest` bytes would not be; how many.

    Where a budget is no larger than the last run's, nothing is looked at. Killed at any moment, the next call goes on.
    """
    before = catalogue.meta()
    taken = 0
    if _COUNT not in before or int(before[_COUNT]) < most:
        with catalogue.reading() as connection:
            pages = list(connection.execute(_pages_left_out).scalars())
        taken += sum(_take_in(catalogue, page, most) for page in pages)
    if _BYTES in before and int(before[_BYTES]) < largest:
        with catalogue.writing() as connection:
            taken += connection.execute(_whole_this_time).rowcount
    for name, value in ((_COUNT, str(most)), (_BYTES, str(largest))):
        if before.get(name) != value:
            catalogue.set_meta(name, value)
    return taken


def _take_in(catalogue: Catalogue, page: str, most: int) -> int:
    taken = 0
    while lot := _take_lot(catalogue, page, most):  # some are found for other pages by now, and take no room
        taken += lot
    return taken


def _take_lot(catalogue: Catalogue, page: str, most: int) -> int:
    with catalogue.linking() as (connection, host_ids):
        room = max(most - found_for(connection, page), 0)
        rows = connection.execute(_left_out_of, {"b_url": page, "b_limit": room}).all()
        found = [requisite_link(row.url, role=row.role, via=row.via, hops=row.hops, page_url=page) for row in rows]
        insert_links(connection, found, host_ids)
        keys = [{"b_record": each.record_id, "b_at": each.position, "b_url": fetchable(each.url)} for each in rows]
        execute_many(connection, _take, keys)
        for some in chunks(sorted({row.record_id for row in rows})):  # they may be kept already, for another page
            connection.execute(_count_again, {"b_ids": some})
    return len(rows)


_is_left_out = (
    needs.c.reason == literal_column("'over_budget'"),  # spelled out: SQLite takes a partial index only so
    needs.c.link_id.is_(None),
    needs.c.how.not_like(f"%{REST}"),  # not one thing, but how many more there were
)
_left_out = (
    sa.select(sa.func.count(needs.c.url.distinct()))
    .join_from(needs, links, links.c.url == needs.c.url, isouter=True)
    .where(*_is_left_out, links.c.id.is_(None))
)
_page = sa.func.coalesce(captures.c.page_url, captures.c.url)
_by_capture = needs.join(captures, captures.c.record_id == needs.c.record_id)
_pages_left_out = sa.select(_page).select_from(_by_capture).where(*_is_left_out).distinct()
_left_out_of = (
    sa.select(needs, captures.c.url.label("via"), captures.c.hops)
    .select_from(_by_capture)
    .where(*_is_left_out)
    .where(sa.or_(captures.c.page_url == _url, captures.c.url == _url), _page == _url)
    .order_by(captures.c.id, needs.c.position)
    .limit(bindparam("b_limit", type_=sa.Integer))
)
_count_again = (
    sa.update(surveys).where(surveys.c.record_id.in_(bindparam("b_ids", expanding=True))).values(scored_at=None)
)
_whole_this_time = (
    sa.update(links)
    .where(links.c.kind == LinkKind.REQUISITE, links.c.stage == Stage.FAILED, links.c.reason == Reason.TOO_LARGE)
    .values(stage=Stage.PENDING, not_before=None, etag=None, last_modified=None)
)
_take = (
    sa.update(needs)
    .where(needs.c.record_id == bindparam("b_record"), needs.c.position == bindparam("b_at"))
    .values(reason=None, link_id=sa.select(links.c.id).where(links.c.url == bindparam("b_url")).scalar_subquery())
)
