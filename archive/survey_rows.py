"""Surveys as rows: what was seen in a capture, what it needs, and which captures nobody has looked at yet.

`insert_surveys` takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.link_rows import HostIds, Row, chunks, execute_many, fetchable, insert_links
from archive.model import Capture, LinkKind, NewLink, RecordKind, Role
from archive.schema import WarcState, captures, links, needs, surveys, warcs
from archive.surveys import HOP, Score, Survey
from archive.upsert import upsert

REQUISITE_PRIORITY = 5  # before the sources that still wait at the same host: a page and what it needs are one thing


# --- writing ---


def insert_surveys(connection: sa.Connection, found: Sequence[Survey], host_ids: HostIds) -> set[int]:
    """The surveys, and a link for all that is to be fetched; the ids of links whose cover image is none."""
    if not found:
        return set()
    insert_links(connection, (link for survey in found for link in new_links(survey)), host_ids)
    add = upsert(connection.dialect.name, surveys).on_conflict_do_nothing()
    connection.execute(add, [_survey_row(survey) for survey in found])
    execute_many(
        connection, _add_need(connection.dialect.name), [row for survey in found for row in _need_rows(survey)]
    )
    return _links_without_picture(connection, [survey.record_id for survey in found if survey.picture is None])


def new_links(survey: Survey) -> Iterator[NewLink]:
    """The links that a survey gives."""
    for need in survey.needs:
        if need.reason is None:
            yield NewLink(
                url=need.url,
                kind=LinkKind.REQUISITE,
                via=survey.url,
                hops=survey.hops + HOP,
                priority=REQUISITE_PRIORITY,
                role=need.role,
                page_url=survey.page_url,
            )


def _survey_row(survey: Survey) -> Row:
    return {
        "record_id": survey.record_id,
        "state": survey.state,
        "kind": survey.kind,
        "why": survey.why,
        "picture": survey.picture,
        "picture_problem": survey.picture_problem,
        "canonical": survey.canonical,
        "amphtml": survey.amphtml,
        "og_url": survey.og_url,
        "at": survey.at,
    }


def _need_rows(survey: Survey) -> Iterator[Row]:
    for position, need in enumerate(survey.needs, start=1):
        yield {
            "record_id": survey.record_id,
            "position": position,
            "url": need.url,
            "role": need.role,
            "how": need.how,
            "reason": need.reason,
            "b_url": fetchable(need.url) if need.reason is None else None,
        }


@cache
def _add_need(dialect: str) -> sa.Insert:
    of_link = sa.select(links.c.id).where(links.c.url == bindparam("b_url")).scalar_subquery()
    columns = ("record_id", "position", "url", "role", "how", "reason")
    insert = upsert(dialect, needs).values({name: bindparam(name) for name in columns} | {"link_id": of_link})
    return insert.on_conflict_do_nothing()


def _links_without_picture(connection: sa.Connection, record_ids: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for some in chunks(record_ids):
        found.update(connection.execute(_of_covers, {"b_ids": some}).scalars())
    return found


_of_covers = (
    sa.select(links.c.id)
    .join(captures, captures.c.url == links.c.url)
    .where(
        captures.c.record_id.in_(bindparam("b_ids", expanding=True)),
        links.c.kind == LinkKind.CITATION,
        links.c.role == Role.IMAGE,
    )
)

# --- what is left to look at ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsurveyed:
    """A capture nobody has looked at, and for what it was fetched. `payload` holds its payload: it, or its original."""

    row_id: int
    capture: Capture
    payload: Capture
    kind: LinkKind
    role: Role | None


_PAGES = ("text/html", "application/xhtml+xml")
_DOCUMENTS = (*_PAGES, "text/css", "image/svg+xml")
_STYLES = (Role.STYLE, Role.FRAME)
_original = captures.alias("original")
_elsewhere = sa.and_(captures.c.kind == RecordKind.REVISIT, _original.c.url != captures.c.url)
_cover = sa.and_(links.c.kind == LinkKind.CITATION, links.c.role == Role.IMAGE)
_document = sa.or_(captures.c.mime.in_(_DOCUMENTS), links.c.role.in_(_STYLES))


def unsurveyed(connection: sa.Connection, *, kinds: Sequence[LinkKind], after: int, limit: int) -> list[Unsurveyed]:
    """At most `limit` captures nobody has looked at, from the first behind row `after` on: whole answers with 2xx that
    are cover images, or documents fetched as one of `kinds`.

    A revisit of the same URL has nothing new in it; one of another URL has, for its references mean other things there.
    """
    query = _unsurveyed.where(sa.or_(_cover, sa.and_(links.c.kind.in_(kinds), _document)) if kinds else _cover)
    rows = connection.execute(query.limit(limit), {"b_after": after}).all()
    originals = _captures(connection, [row.original_id for row in rows if row.original_id is not None])
    return [
        Unsurveyed(
            row_id=row.id,
            capture=(capture := capture_from(row)),
            payload=originals.get(row.original_id, capture),
            kind=row.link_kind,
            role=row.link_role,
        )
        for row in rows
    ]


def _captures(connection: sa.Connection, ids: Sequence[int]) -> dict[int | None, Capture]:
    query = sa.select(captures.c.id, *CAPTURE_COLUMNS).join_from(captures, warcs)
    return {
        row.id: capture_from(row)
        for some in chunks(ids)
        for row in connection.execute(query.where(captures.c.id.in_(some)))
    }


_unsurveyed = (
    sa.select(
        captures.c.id,
        links.c.kind.label("link_kind"),
        links.c.role.label("link_role"),
        _original.c.id.label("original_id"),
        *CAPTURE_COLUMNS,
    )
    .join_from(captures, warcs)
    .join(links, links.c.url == captures.c.url)
    .outerjoin(surveys, surveys.c.record_id == captures.c.record_id)
    .outerjoin(_original, _original.c.record_id == captures.c.refers_to)
    .where(
        sa.or_(captures.c.kind == RecordKind.RESPONSE, _elsewhere),
        captures.c.status.between(200, 299),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        warcs.c.state != WarcState.MISSING,
        surveys.c.record_id.is_(None),
        captures.c.id > bindparam("b_after", type_=sa.Integer),
    )
    .order_by(captures.c.id)
)


# --- scores ---


def scores(connection: sa.Connection, record_ids: Sequence[str]) -> dict[str, Score]:
    """The scores of those of these captures that need something and were counted, by record id."""
    found: dict[str, Score] = {}
    for some in chunks(record_ids):
        rows = connection.execute(_scores, {"b_ids": some})
        found.update((row.record_id, Score(needed=row.needed, kept=row.kept, gone=row.gone)) for row in rows)
    return found


_scores = sa.select(surveys.c.record_id, surveys.c.needed, surveys.c.kept, surveys.c.gone).where(
    surveys.c.record_id.in_(bindparam("b_ids", expanding=True)), surveys.c.needed > 0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How many captures of pages need something, and how many of these have all of it that exists."""

    pages: int
    complete: int


def shown(connection: sa.Connection) -> Shown:
    """How many pages of the collection can be shown whole; frames of other pages are not counted."""
    row = connection.execute(_shown).one()
    return Shown(pages=row.pages, complete=row.complete or 0)


_shown = (
    sa.select(
        sa.func.count().label("pages"),
        sa.func.sum(sa.case((surveys.c.kept >= surveys.c.needed - surveys.c.gone, 1), else_=0)).label("complete"),
    )
    .join_from(surveys, captures, captures.c.record_id == surveys.c.record_id)
    .where(surveys.c.needed > 0, captures.c.page_url.is_(None))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPage:
    """A capture of a page that needs something, and how much of it is kept."""

    record_id: str
    url: str
    at: datetime
    score: Score

    @property
    def is_whole(self) -> bool:
        """Whether all of it is kept that exists."""
        return self.score.kept >= self.score.needed - self.score.gone


def scored_pages(connection: sa.Connection, url: str | None) -> Iterator[ScoredPage]:
    """The captures of pages that need something, as they were kept; those of `url` (canonical), or all."""
    query = _scored_pages if url is None else _scored_pages.where(captures.c.url == url)
    for row in connection.execution_options(yield_per=500).execute(query):
        score = Score(needed=row.needed, kept=row.kept, gone=row.gone)
        yield ScoredPage(record_id=row.record_id, url=row.url, at=row.at, score=score)


_scored_pages = (
    sa.select(captures.c.record_id, captures.c.url, captures.c.at, surveys.c.needed, surveys.c.kept, surveys.c.gone)
    .join_from(surveys, captures, captures.c.record_id == surveys.c.record_id)
    .where(surveys.c.needed > 0, captures.c.page_url.is_(None))
    .order_by(captures.c.id)
)

# --- budgets ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the requisites of a page have cost so far: how many were found, bytes of payload, seconds of fetching."""

    count: int
    bytes: int
    seconds: float

    def plus(self, size: int, seconds: float) -> Spent:
        """What it is after one more answer."""
        return Spent(count=self.count, bytes=self.bytes + size, seconds=self.seconds + seconds)


def spent_on(connection: sa.Connection, page_url: str) -> Spent:
    """What the requisites of the page `page_url` have cost so far."""
    count = connection.execute(_found_for, {"b_url": page_url}).scalar_one()
    size, duration = connection.execute(_cost_of, {"b_url": page_url}).one()
    return Spent(count=count, bytes=size or 0, seconds=(duration or 0) / 1000)


_found_for = sa.select(sa.func.count()).select_from(links).where(links.c.page_url == bindparam("b_url"))
_cost_of = sa.select(sa.func.sum(captures.c.payload_length), sa.func.sum(captures.c.duration_ms)).where(
    captures.c.page_url == bindparam("b_url")
)
