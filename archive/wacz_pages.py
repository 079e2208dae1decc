"""The pages of a WACZ: what a reader may begin with, each with its title, its text, and the events that cite it.

A page is a kept copy of an event page or of what one cites, and of what came by import; what pages only need to be
shown is none. The text is that of the article, as its conversion record has it, once for each address.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.link_rows import MAX_REDIRECTS, chunks
from archive.model import LinkKind, RecordKind, Via
from archive.schema import articles, captures, citations, event_versions, events, links, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as the list has it."""

    record_id: str
    url: str
    at: datetime
    title: str | None
    text_id: str | None  # the conversion record with its text
    events: tuple[str, ...]  # paths of those that cite it, or that it is


def header(title: str, *, has_text: bool) -> bytes:
    """The first line of pages.jsonl (WACZ 1.1.1, section 5.3)."""
    return _line({"format": "json-pages-1.0", "id": "pages", "title": title, "hasText": has_text})


def page_time(page: Page) -> str:
    """When it was kept, as WACZ writes it: to the second, as the index has it."""
    return page.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def page_line(page: Page) -> bytes:
    """The line of a page, without its text; `events` is a field of ours."""
    title = {"title": page.title} if page.title else {}
    return _line({"id": page.record_id, "url": page.url, "ts": page_time(page), **title, "events": list(page.events)})


def with_text(line: bytes, text: str) -> bytes:
    """The line of a page, and its text."""
    return line.removesuffix(b"}\n") + b', "text": ' + json.dumps(storable(text)).encode("ascii") + b"}\n"


def _line(fields: Mapping[str, object]) -> bytes:
    """JSON in ASCII: nothing in it can break a line."""
    return json.dumps(fields).encode("ascii") + b"\n"


# --- rows ---


def pages_of(connection: sa.Connection, capture_ids: Iterable[Sequence[int]]) -> Iterator[Page]:
    """The pages among these captures, which come in chunks, in their order."""
    own = _event_pages(connection)
    for some in capture_ids:
        rows = connection.execute(_pages, {"b_ids": some}).all()
        cited_by = _cited_by(connection, {row.link_id for row in rows if row.link_id is not None})
        for row in rows:
            path, title = own.get(row.record_id) or own.get(row.refers_to or "") or (None, None)
            cites = cited_by.get(row.link_id, set()) | ({path} if path is not None else set())
            yield Page(
                record_id=row.record_id,
                url=row.url,
                at=row.at,
                title=storable(row.title or title or "") or None,
                text_id=None if row.original_url == row.url else row.conversion_id,
                events=tuple(sorted(cites)),
            )


def _event_pages(connection: sa.Connection) -> dict[str, tuple[str, str]]:
    """Path and title of each event, by the record its page was read from."""
    return {row.page_record_id: (row.path, row.title) for row in connection.execute(_own)}


def _cited_by(connection: sa.Connection, link_ids: Collection[int]) -> dict[int, set[str]]:
    """The paths of the events that cite each link now, be it behind redirects."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    leads_to: dict[int, set[int]] = {each: {each} for each in link_ids}  # link to those of `link_ids` behind it
    going = set(leads_to)
    for _ in range(MAX_REDIRECTS):
        for some in chunks(sorted(going)):
            for link_id, path in connection.execute(_citing, {"b_ids": some}):
                for target in leads_to[link_id]:
                    found[target].add(path)
        going = _before(connection, going, leads_to)
        if not going:
            break
    return found


def _before(connection: sa.Connection, going: Collection[int], leads_to: dict[int, set[int]]) -> set[int]:
    """The links that redirect to these, those of which that is news."""
    fresh: set[int] = set()
    for some in chunks(sorted(going)):
        for link_id, redirect_id in connection.execute(_redirecting, {"b_ids": some}):
            known = leads_to.setdefault(link_id, set())
            if not leads_to[redirect_id] <= known:
                known |= leads_to[redirect_id]
                fresh.add(link_id)
    return fresh


_ids: sa.BindParameter[object] = bindparam("b_ids", expanding=True)
_current = sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version)
_own = (
    sa.select(event_versions.c.page_record_id, event_versions.c.title, events.c.path)
    .join_from(events, event_versions, event_versions.c.event_id == events.c.id)
    .where(event_versions.c.page_record_id.is_not(None))
)
_citing = (
    sa.select(citations.c.link_id, events.c.path)
    .join_from(citations, event_versions, event_versions.c.id == citations.c.event_version_id)
    .join(events, _current)
    .where(citations.c.link_id.in_(_ids))
)
_redirecting = sa.select(links.c.id, links.c.redirect_id).where(links.c.redirect_id.in_(_ids))
_payload = sa.func.coalesce(captures.c.refers_to, captures.c.record_id)
_original = captures.alias("original")
_cited_or_walked = links.c.kind.in_((LinkKind.CITATION, LinkKind.PAGE))
_from_elsewhere = sa.and_(
    links.c.id.is_(None),
    captures.c.via.in_((Via.IMPORT, Via.MEMENTO)),
    sa.or_(captures.c.mime.like("text/html%"), captures.c.mime.like("application/xhtml%")),
)
_pages = (
    sa.select(
        captures.c.record_id,
        captures.c.refers_to,
        captures.c.url,
        captures.c.at,
        links.c.id.label("link_id"),
        articles.c.title,
        articles.c.conversion_id,
        _original.c.url.label("original_url"),
    )
    .select_from(captures)
    .outerjoin(links, links.c.url == captures.c.url)
    .outerjoin(articles, articles.c.record_id == _payload)
    .outerjoin(_original, _original.c.record_id == captures.c.refers_to)
    .where(
        captures.c.id.in_(_ids),
        captures.c.page_url.is_(None),
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
        sa.or_(captures.c.status.between(200, 299), captures.c.kind == RecordKind.REVISIT),
        sa.or_(_cited_or_walked, _from_elsewhere),
    )
    .order_by(captures.c.id)
)
