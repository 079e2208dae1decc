"""Scores of completeness kept up to date: after a crawl, those of all captures that something changed for.

What was settled or surveyed since the last time is followed upward, over redirects, styles and frames, to the pages
that need it; only these are counted again. Where nothing changed, two tables are looked over and that is all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.completeness import LOT, completeness
from archive.link_rows import Row, chunks, execute_many, mark_dirty
from archive.schema import SurveyState, captures, links, needs, surveys

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from archive.completeness import Completeness

Value = TypeVar("Value", int, str)

_DONE_TO = "completeness_scored_at"  # in collection_meta: what was settled until then is in the scores
_WALKED = 5000  # links followed upward at a time


def rescore(catalogue: Catalogue, now: datetime) -> int:
    """Counts again what is kept of what captures need, where that may have changed; how many captures were counted.

    Stores `needed`, `kept`, `gone` and `scored_at` in the surveys and marks the events dirty that cite a capture whose
    numbers changed. Killed at any moment, the next call goes on: to be called once a crawl has settled its links.
    """
    _score_leaves(catalogue, now)
    _outdate_new(catalogue, now)
    _outdate_settled(catalogue, now)
    counted = _score_outdated(catalogue, now)
    catalogue.set_meta(_DONE_TO, now.isoformat())
    return counted


# --- which captures to count again ---


def _score_leaves(catalogue: Catalogue, now: datetime) -> None:
    """What names nothing (a picture, most of all) needs nothing: one statement for all of them."""
    with catalogue.writing() as connection:
        connection.execute(_leaves, {"b_now": now})


def _outdate_new(catalogue: Catalogue, now: datetime) -> None:
    """What was surveyed since the last time, or by a clock that was ahead, counts for all above it."""
    after = ""
    while True:
        with catalogue.writing() as connection:
            new = connection.execute(_unscored, {"b_after": after, "b_now": now, "b_limit": _WALKED}).scalars().all()
            if not new:
                return
            _outdate(connection, {*new, *_above(connection, _links_of(connection, new))})
        after = new[-1]


def _outdate_settled(catalogue: Catalogue, now: datetime) -> None:
    """All above a link that was settled since the last time; all there is if that is not known."""
    written = catalogue.meta().get(_DONE_TO)
    done_to = datetime.fromisoformat(written).astimezone(UTC) if written else None
    if done_to is None or done_to > now:  # never finished before, or by a clock that was ahead
        with catalogue.writing() as connection:
            connection.execute(_forget_all)
        return
    after = 0
    while True:
        with catalogue.writing() as connection:
            changed = {"b_after": after, "b_done_to": done_to, "b_limit": _WALKED}
            settled = connection.execute(_settled, changed).scalars().all()
            if not settled:
                return
            _outdate(connection, _above(connection, settled))
        after = settled[-1]


def _above(connection: sa.Connection, link_ids: Collection[int]) -> set[str]:
    """The record ids of all captures that need one of these links, at any depth and behind redirects."""
    found: set[str] = set()
    seen = set(link_ids)
    left = set(link_ids)
    while left:
        naming = _among(connection, _naming, left) - found
        found |= naming
        left = (_among(connection, _redirecting, left) | _links_of(connection, naming)) - seen
        seen |= left
    return found


def _links_of(connection: sa.Connection, record_ids: Collection[str]) -> set[int]:
    """The links that brought these captures, or a revisit of them."""
    return _among(connection, _bringing, record_ids) | _among(connection, _revisiting, record_ids)


def _among(connection: sa.Connection, query: sa.Select[Value], ids: Collection[int] | Collection[str]) -> set[Value]:
    found: set[Value] = set()
    for some in chunks(sorted(ids)):
        found.update(connection.execute(query, {"b_ids": some}).scalars())
    return found


def _outdate(connection: sa.Connection, record_ids: Collection[str]) -> None:
    for some in chunks(sorted(record_ids)):
        connection.execute(_forget, {"b_ids": some})


# --- counting ---


def _score_outdated(catalogue: Catalogue, now: datetime) -> int:
    counted, after = 0, ""
    while True:
        with catalogue.writing() as connection:
            query = {"b_after": after, "b_now": now, "b_limit": LOT}
            lot = connection.execute(_unscored, query).scalars().all()
            if not lot:
                return counted
            _score(connection, lot, now)
        counted, after = counted + len(lot), lot[-1]


def _score(connection: sa.Connection, record_ids: Collection[str], now: datetime) -> None:
    scores = completeness(connection, record_ids, now)
    before = {row.record_id: row for row in connection.execute(_numbers, {"b_ids": list(record_ids)})}
    changed = [
        record_id
        for record_id, score in scores.items()
        if (row := before[record_id]) and (row.needed, row.kept, row.gone) != (score.needed, score.kept, score.gone)
    ]
    execute_many(connection, _store, list(_rows(scores, now)))
    mark_dirty(connection, _links_of(connection, changed))


def _rows(scores: dict[str, Completeness], now: datetime) -> Iterator[Row]:
    for record_id, score in scores.items():
        yield {
            "b_record": record_id,
            "b_needed": score.needed,
            "b_kept": score.kept,
            "b_gone": score.gone,
            "b_now": now,
        }


# --- statements ---

_ids: sa.BindParameter[object] = bindparam("b_ids", expanding=True)
_now = bindparam("b_now", type_=surveys.c.scored_at.type)
_after = bindparam("b_after", type_=surveys.c.record_id.type)
_limit = bindparam("b_limit", type_=sa.Integer)
_names_nothing = sa.not_(sa.exists().where(needs.c.record_id == surveys.c.record_id))

_leaves = (
    sa.update(surveys)
    .where(surveys.c.state == SurveyState.READ, surveys.c.needed.is_(None), _names_nothing)
    .where(sa.or_(surveys.c.kind.is_(None), surveys.c.kind != "html"))  # an event tells of those, even of nothing
    .values(needed=0, kept=0, gone=0, scored_at=_now)
)
_unscored = (
    sa.select(surveys.c.record_id)
    .where(surveys.c.state == SurveyState.READ, surveys.c.record_id > _after)
    .where(sa.or_(surveys.c.scored_at.is_(None), surveys.c.scored_at > _now))
    .order_by(surveys.c.record_id)
    .limit(_limit)
)
_settled = (
    sa.select(links.c.id)
    .where(links.c.id > bindparam("b_after", type_=sa.Integer))
    .where(links.c.settled_at > bindparam("b_done_to", type_=links.c.settled_at.type))
    .order_by(links.c.id)
    .limit(_limit)
)
_forget = sa.update(surveys).where(surveys.c.record_id.in_(_ids)).values(scored_at=None)
_forget_all = sa.update(surveys).where(surveys.c.kind.in_(("html", "css", "svg"))).values(scored_at=None)

_naming = sa.select(needs.c.record_id).where(needs.c.link_id.in_(_ids)).distinct()
_redirecting = sa.select(links.c.id).where(links.c.redirect_id.in_(_ids))
_bringing = (
    sa.select(links.c.id)
    .join_from(captures, links, links.c.url == captures.c.url)
    .where(captures.c.record_id.in_(_ids))
)
_revisit = captures.alias("revisit")
_same = sa.and_(_revisit.c.payload_sha256 == captures.c.payload_sha256, _revisit.c.refers_to == captures.c.record_id)
_revisiting = (
    sa.select(links.c.id)
    .join_from(captures, _revisit, _same)
    .join(links, links.c.url == _revisit.c.url)
    .where(captures.c.record_id.in_(_ids))
)

_numbers = sa.select(surveys.c.record_id, surveys.c.needed, surveys.c.kept, surveys.c.gone).where(
    surveys.c.record_id.in_(_ids)
)
_store = (
    sa.update(surveys)
    .where(surveys.c.record_id == bindparam("b_record"))
    .values(needed=bindparam("b_needed"), kept=bindparam("b_kept"), gone=bindparam("b_gone"), scored_at=_now)
)
