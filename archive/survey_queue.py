"""Which captures are to be looked through: those nobody has looked at, and those where looking failed, a few times.

A run goes once over all captures, and from then on only over what is new: whoever asks passes on the row it came to.
What may become worth a look later, without being captured anew, is a cover image: kept for a page that shows it, and
cited after that. Such are asked for by their addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.link_rows import chunks
from archive.model import Capture, CitationKind, LinkKind, RecordKind, Role, Via
from archive.schema import SurveyState, WarcState, captures, citations, links, surveys, warcs

MOST_TRIES = 3  # runs that look through one capture: a machine with too much to do fails what is fine


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsurveyed:
    """A capture nobody has looked at, and for what it was fetched. `payload` holds its payload: it, or its original."""

    row_id: int
    capture: Capture
    payload: Capture
    kind: LinkKind
    role: Role | None

    @property
    def is_cover(self) -> bool:
        """Whether an event shows it."""
        return self.kind is LinkKind.CITATION and self.role is Role.IMAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Captures to look through, and the row up to which there are no others."""

    tasks: Sequence[Unsurveyed]
    upto: int


_PAGES = ("text/html", "application/xhtml+xml")
_DOCUMENTS = (*_PAGES, "text/css", "image/svg+xml")
_STYLES = (Role.STYLE, Role.FRAME)
_original, _original_warc = captures.alias("original"), warcs.alias("original_warc")
_original_survey = surveys.alias("original_survey")
_says_more = sa.and_(
    captures.c.kind == RecordKind.REVISIT,
    # What was fetched for no link of ours was never looked at, and is passed by when its link is found.
    sa.or_(
        _original.c.url != captures.c.url, sa.and_(_original.c.via != Via.HTTP, _original_survey.c.record_id.is_(None))
    ),
    _original_warc.c.state != WarcState.MISSING,  # else the link is fetched again, and there is nothing to read here
)
_kind = sa.func.coalesce(links.c.kind, sa.null())  # no index of links is to lead: what is new is found by captures.id
_cover = sa.and_(_kind == LinkKind.CITATION, links.c.role == Role.IMAGE)
_document = sa.or_(captures.c.mime.in_(_DOCUMENTS), links.c.role.in_(_STYLES))
_may_pass = sa.and_(surveys.c.state == SurveyState.FAILED, surveys.c.tries < MOST_TRIES)
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
    .outerjoin(_original_warc, _original_warc.c.id == _original.c.warc_id)
    .outerjoin(_original_survey, _original_survey.c.record_id == _original.c.record_id)
    .where(
        sa.or_(captures.c.kind == RecordKind.RESPONSE, _says_more),
        captures.c.status.between(200, 299),
        captures.c.truncated.is_(None),
        captures.c.error.is_(None),
        captures.c.via != Via.CHECK,  # a check needs nothing beside its answer
        warcs.c.state != WarcState.MISSING,
        sa.or_(surveys.c.record_id.is_(None), _may_pass),
    )
    .order_by(captures.c.id)
)


def unsurveyed(connection: sa.Connection, *, kinds: Sequence[LinkKind], after: int, limit: int) -> Lot:
    """At most `limit` captures to look through, from the first behind row `after` on: whole answers with 2xx that are
    cover images, or documents fetched as one of `kinds`.

    A revisit of the same URL has nothing new in it, unless nobody looked at what it revisits, as in an imported WARC;
    one of another URL has, for its references mean other things there.
    """
    query = _unsurveyed.where(sa.or_(_cover, sa.and_(_kind.in_(kinds), _document)) if kinds else _cover)
    last = connection.execute(_last).scalar() or 0
    tasks = _tasks(connection, query.where(captures.c.id > after).limit(limit))
    return Lot(tasks=tasks, upto=tasks[-1].row_id if len(tasks) == limit else max(last, after))


_last = sa.select(sa.func.max(captures.c.id))


def _tasks(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[Unsurveyed]:
    rows = connection.execute(query).all()
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


# --- cover images that were there before anybody cited them ---


def unsurveyed_covers(connection: sa.Connection, urls: Sequence[str]) -> Iterator[Unsurveyed]:
    """What is to be looked through of the captures where the cover images `urls` (canonical) end."""
    for some in chunks(urls):
        records = connection.execute(_ends_of_some, {"b_urls": some}).all()
        ids = {record for row in records for record in (row.record_id, row.refers_to) if record is not None}
        for few in chunks(sorted(ids)):
            yield from _tasks(connection, _unsurveyed.where(_cover, captures.c.record_id.in_(few)))


def mark_covers(connection: sa.Connection, urls: Sequence[str] | None) -> int:
    """Have what the cover images `urls` (canonical; None: all of the collection) lead to taken for cover images, though
    it was found as something that a page needs; how many links that were."""
    if urls is None:
        found = list(connection.execute(_others_of_all).scalars())
    else:
        lots = [connection.execute(_others_of_some, {"b_urls": some}).scalars().all() for some in chunks(urls)]
        found = [link_id for lot in lots for link_id in lot]
    for few in chunks(found):
        connection.execute(_mark, {"b_ids": few})
    return len(found)


def _walk(first: sa.Select[tuple[int]]) -> sa.CTE:
    """The ids of links, and of all that they redirect to."""
    found = first.cte("walk", recursive=True)
    hop = links.alias("hop")
    on = sa.select(hop.c.redirect_id).join_from(found, hop, hop.c.id == found.c.id)
    return found.union(on.where(hop.c.redirect_id.is_not(None)))


def _others(walk: sa.CTE) -> sa.Select[tuple[int]]:
    """Those that are not taken for cover images. A page that somebody cites stays one, whatever redirects to it."""
    is_source = sa.exists().where(citations.c.link_id == links.c.id, citations.c.kind == CitationKind.SOURCE)
    other_role = sa.or_(sa.and_(links.c.role.is_(None), sa.not_(is_source)), links.c.role != Role.IMAGE)
    return (
        sa.select(links.c.id)
        .join_from(walk, links, links.c.id == walk.c.id)
        .where(sa.or_(links.c.kind == LinkKind.REQUISITE, sa.and_(links.c.kind == LinkKind.CITATION, other_role)))
    )


_of_some = _walk(sa.select(links.c.id).where(links.c.url.in_(bindparam("b_urls", expanding=True))))
_of_all = _walk(
    sa.select(citations.c.link_id.label("id"))
    .where(citations.c.kind == CitationKind.COVER_IMAGE, citations.c.link_id.is_not(None))
    .distinct()
)
_others_of_some, _others_of_all = _others(_of_some), _others(_of_all)
_ends_of_some = (
    sa.select(captures.c.record_id, captures.c.refers_to)
    .join_from(_of_some, links, links.c.id == _of_some.c.id)
    .join(captures, captures.c.id == links.c.capture_id)
    .where(captures.c.status.between(200, 399))  # a 304 refers to what we hold
)
_mark = (
    sa.update(links)
    .where(links.c.id.in_(bindparam("b_ids", expanding=True)))
    .values(kind=LinkKind.CITATION, role=Role.IMAGE)
)
