"""Surveys as rows: what was seen in a capture, what it needs, how much of that is kept, and what could not be seen.

Which captures are to be looked through is `archive.survey_queue`'s, what it may cost `archive.survey_budgets`'s.
`insert_surveys` takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.link_rows import HostIds, Row, chunks, execute_many, fetchable, insert_links
from archive.model import LinkKind, NewLink, Reason, Role
from archive.schema import SurveyState, WarcState, captures, links, needs, surveys, warcs
from archive.surveys import HOP, Needed, Score, Survey
from archive.upsert import upsert

REQUISITE_PRIORITY = 5  # before the sources that still wait at the same host: a page and what it needs are one thing


# --- writing ---


def insert_surveys(connection: sa.Connection, found: Sequence[Survey], host_ids: HostIds) -> set[int]:
    """The surveys, and a link for all that is to be fetched; the ids of links whose cover image is none.

    A survey takes the place of one that failed before it, and of no other.
    """
    if not found:
        return set()
    insert_links(connection, (link for survey in found for link in new_links(survey)), host_ids)
    connection.execute(_add_survey(connection.dialect.name), [_survey_row(survey) for survey in found])
    execute_many(
        connection, _add_need(connection.dialect.name), [row for survey in found for row in _need_rows(survey)]
    )
    read = [survey for survey in found if survey.state is SurveyState.READ]
    return _links_without_picture(connection, [survey.record_id for survey in read if survey.picture is None])


def new_links(survey: Survey) -> Iterator[NewLink]:
    """The links that a survey gives."""
    for need in survey.needs:
        if need.reason is None:
            yield requisite_link(need.url, role=need.role, via=survey.url, hops=survey.hops, page_url=survey.page_url)


def requisite_link(url: str, *, role: Role, via: str | None, hops: str, page_url: str | None) -> NewLink:
    """The link of something that the capture `via`, reached over `hops`, asks for, for the page `page_url`."""
    return NewLink(
        url=url,
        kind=LinkKind.REQUISITE,
        via=via,
        hops=hops + HOP,
        priority=REQUISITE_PRIORITY,
        role=role,
        page_url=page_url,
    )


@cache
def _add_survey(dialect: str) -> sa.Insert:
    insert = upsert(dialect, surveys)
    columns = [column.name for column in surveys.columns if column.name not in ("record_id", "tries")]
    return insert.on_conflict_do_update(
        index_elements=[surveys.c.record_id],
        set_={**{name: insert.excluded[name] for name in columns}, "tries": surveys.c.tries + 1},
        where=sa.and_(surveys.c.state == SurveyState.FAILED, surveys.c.at != insert.excluded.at),
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
            "b_url": fetchable(need.url) if may_be_kept(need) else None,
        }


def may_be_kept(need: Needed) -> bool:
    """Whether there may be a link for it: what a budget left out here may be there for another page."""
    return need.reason is None or (need.reason is Reason.OVER_BUDGET and not need.is_rest)


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
    unseen: int  # captures that could not be looked through, styles and cover images too


def shown(connection: sa.Connection) -> Shown:
    """How many pages of the collection can be shown whole; frames of other pages are not counted."""
    row = connection.execute(_shown).one()
    unseen_captures = connection.execute(_how_many_unseen).scalar_one()
    return Shown(pages=row.pages, complete=row.complete or 0, unseen=unseen_captures)


def is_there() -> sa.ColumnElement[bool]:
    """The condition that a capture's WARC is not gone."""
    gone = sa.select(warcs.c.id).where(warcs.c.state == WarcState.MISSING)
    return captures.c.warc_id.not_in(gone)


_shown = (
    sa.select(
        sa.func.count().label("pages"),
        sa.func.sum(sa.case((surveys.c.kept >= surveys.c.needed - surveys.c.gone, 1), else_=0)).label("complete"),
    )
    .join_from(surveys, captures, captures.c.record_id == surveys.c.record_id)
    .where(surveys.c.needed > 0, captures.c.page_url.is_(None), is_there())
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

# --- what could not be seen ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A capture that could not be looked through: what it needs is not known, nor whether it is a picture."""

    record_id: str
    url: str
    at: datetime
    page_url: str | None  # of the page it is for, if it is none itself
    why: str
    tries: int


def unseen(connection: sa.Connection, url: str | None) -> Iterator[Unseen]:
    """The captures that could not be looked through, as they were kept; those of the page `url` (canonical), or all.

    One whose address was captured again since, and looked through, is not among them.
    """
    query = _unseen if url is None else _unseen.where(sa.or_(captures.c.url == url, captures.c.page_url == url))
    for row in connection.execution_options(yield_per=500).execute(query):
        yield Unseen(
            record_id=row.record_id,
            url=row.url,
            at=row.at,
            page_url=row.page_url,
            why=row.why or SurveyState.FAILED.value,
            tries=row.tries,
        )


_later, _later_survey = captures.alias("later"), surveys.alias("later_survey")
_seen_since = (
    sa.exists()
    .where(_later.c.url == captures.c.url, _later.c.at > captures.c.at)
    .where(_later_survey.c.record_id == _later.c.record_id, _later_survey.c.state == SurveyState.READ)
)
_unseen = (
    sa.select(captures.c.record_id, captures.c.url, captures.c.at, captures.c.page_url, surveys.c.why, surveys.c.tries)
    .join_from(surveys, captures, captures.c.record_id == surveys.c.record_id)
    .where(surveys.c.state == SurveyState.FAILED, sa.not_(_seen_since))
    .order_by(captures.c.id)
)
_how_many_unseen = _unseen.where(is_there()).with_only_columns(sa.func.count()).order_by(None)
