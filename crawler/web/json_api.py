"""The JSON API under /api/v1: events, citations, links, captures, runs, the search. Reads only.

Lists come in parts: `limit` says how many at most, `next` of an answer is the `cursor` of the next part. A cursor is
good for ever; what is in it is nobody's business. /api/v1/openapi.json describes it all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from archive.capture_rows import captures_by_record
from archive.checks import Standing
from archive.citation_list import ListedCitation, captures_after, citations_after
from archive.event_document import document_bytes, event_document
from archive.event_lists import UNDATED, event_of, events_between, events_of_day
from archive.event_states import event_states
from archive.link_parts import link_page, link_part
from archive.lookup_rows import source_in
from archive.run_list import runs_before
from archive.search import Kind
from archive.search_text import query_of
from crawler.web import paths
from crawler.web.events_pages import cursor, cursor_from
from crawler.web.json_models import (
    CaptureItem,
    Captures,
    CheckItem,
    CitationItem,
    Citations,
    EventItem,
    Events,
    HitItem,
    Hits,
    LinkDetail,
    LinkItem,
    Links,
    Overview,
    RunItem,
    Runs,
)
from crawler.web.links_pages import place_from, place_text
from crawler.web.problems import Problem, not_found
from crawler.web.search_page import once, seen, shown
from crawler.web.served import Served
from crawler.web.visible import named, named_captures, named_chain, named_judgement, named_link

MOST = 1_000
T = TypeVar("T")
_NUMBERS = re.compile(r"\d{1,18}(?:\.\d{1,18})?")
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Cursor = Annotated[str, Query(max_length=80, description="`next` of the answer before.")]


def router(served: Served) -> APIRouter:
    """The API."""
    made = APIRouter(prefix="/api/v1", tags=["collection"])
    _add_events(made, served)
    _add_links(made, served)
    _add_others(made, served)

    @made.get("/", summary="What there is")
    def index(request: Request) -> JSONResponse:
        known = sorted({route.path for route in made.routes if hasattr(route, "path")})
        return JSONResponse({"openapi": request.app.openapi_url, "paths": known})

    return made


def _add_events(made: APIRouter, served: Served) -> None:
    @made.get("/events", summary="Events, the latest first; those without a date where `undated` is asked for")
    def events(
        since: date | None = None,
        until: date | None = None,
        topic: str | None = None,
        undated: bool = False,
        limit: Limit = 100,
        cursor_: Annotated[str, Query(alias="cursor", max_length=80)] = "",
    ) -> Events:
        place = _known(cursor_, cursor_from(cursor_))
        with served.reading() as connection:
            if undated:
                part = events_of_day(connection, UNDATED, served.now(), limit=limit, after=place)
            else:
                part = events_between(
                    connection,
                    served.now(),
                    limit=limit,
                    since=None if since is None else since.isoformat(),
                    until=None if until is None else until.isoformat(),
                    topic=topic,
                    after=place,
                )
        after = None if part.after is None else cursor(part.after)
        return Events(items=[EventItem.of(each) for each in part.events], next=after)

    @made.get("/event", summary="The document of one event, with where every copy lies")
    def event(path: str) -> Response:
        with served.reading() as connection:
            event_id = event_of(connection, path)
            if event_id is None:
                raise not_found("event")
            [state] = event_states(connection, [event_id], served.now())
            document = event_document(named(served, connection, state))
        return Response(document_bytes(document), media_type="application/json")

    @made.get("/citations", summary="Citations with what came of them")
    def citations(event: str | None = None, limit: Limit = 100, cursor: Cursor = "") -> Citations:
        version, position = _numbers(cursor, 2)
        with served.reading() as connection:
            found = citations_after(connection, served.now(), limit=limit + 1, after=(version, position), event=event)
        last = found[limit - 1] if len(found) > limit else None
        after = None if last is None else f"{last.version_id}.{last.position}"
        return Citations(items=[CitationItem.of(_named(served, each)) for each in found[:limit]], next=after)


def _add_links(made: APIRouter, served: Served) -> None:
    @made.get("/links", summary="Links that are followed, those that turned last first")
    def links(state: Standing | None = None, host: str | None = None, limit: Limit = 100, cursor: Cursor = "") -> Links:
        with served.reading() as connection:
            place = _known(cursor, place_from(cursor))
            part = link_part(connection, limit=limit, state=state, host=host, after=place)
        after = None if part.after is None else place_text(part.after)
        return Links(items=[LinkItem.of(each) for each in part.links], next=after)

    @made.get("/link", summary="A link by any of its addresses: checks, captures, the best copy and why")
    def link(url: str) -> LinkDetail:
        with served.reading() as connection:
            found = link_page(connection, url, source_in(served.collection.warcs))
            found = named_link(served, connection, found)
        if not found.is_known:
            raise not_found("link")
        best = found.choice.best
        return LinkDetail(
            url=found.url,
            link=None if found.listed is None else LinkItem.of(found.listed),
            checks=[CheckItem.of(each) for each in found.checks],
            captures=[CaptureItem.of(each.capture) for each in found.copies],
            best=None if best is None else best.capture.record_id,
            reason=found.choice.reason,
        )


def _add_others(made: APIRouter, served: Served) -> None:
    @made.get("/captures", summary="Captures in the order they were kept")
    def captures(url: str | None = None, limit: Limit = 100, cursor: Cursor = "") -> Captures:
        (place,) = _numbers(cursor, 1)
        with served.reading() as connection:
            found = captures_after(connection, limit=limit + 1, after=place, url=url)
            shown = named_captures(served, connection, [each for _, each in found[:limit]])
        after = str(found[limit - 1][0]) if len(found) > limit else None
        return Captures(items=[CaptureItem.of(each) for each in shown], next=after)

    @made.get("/capture", summary="One capture")
    def capture(record_id: str) -> CaptureItem:
        name = paths.record_id(record_id)
        with served.reading() as connection:
            found = named_captures(served, connection, list(captures_by_record(connection, [name]).values()))
        if not found:
            raise not_found("capture")
        return CaptureItem.of(found[0])

    @made.get("/runs", summary="Runs, the last one first")
    def runs(limit: Limit = 100, cursor: Cursor = "") -> Runs:
        (place,) = _numbers(cursor, 1)
        with served.reading() as connection:
            found = runs_before(connection, place or None, limit + 1)
        after = str(found[limit - 1].run_id) if len(found) > limit else None
        return Runs(items=[RunItem.of(each) for each in found[:limit]], next=after)

    @made.get("/search", summary='Full text: words, "words in a row", begin*, -not')
    def search(q: str, kind: Kind | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Hits:
        index = served.refresher.index
        if index is None:
            raise Problem("Not yet", "The search is being made ready; try again in a moment.", status=503)
        asked = query_of(q)
        found = shown(served, once(seen(served, index.find(asked, kind=kind)))[:limit], asked)
        return Hits(
            items=[
                HitItem(
                    kind=each.hit.kind,
                    title=each.hit.title,
                    date=each.hit.day,
                    path=each.hit.key if each.hit.kind is Kind.EVENT else None,
                    record_id=each.hit.key if each.hit.kind is Kind.ARTICLE else None,
                    url=each.hit.url,
                    snippet="".join(piece.text for piece in each.pieces),
                )
                for each in found
            ]
        )

    @made.get("/overview", summary="The collection at a glance")
    def overview() -> Overview:
        figures = served.refresher.current
        if figures is None:
            raise Problem("Not yet", "The figures are being drawn; try again in a moment.", status=503)
        totals = figures.stats.citations
        names = ("total", "kept", "failed", "excluded", "waiting")
        return Overview(
            at=figures.at,
            events=figures.stats.events,
            captures=figures.stats.captures,
            citations={name: getattr(totals, name) for name in names},
            reasons={str(reason): number for reason, number in totals.reasons.items()},
            links={str(state): number for state, number in figures.standings.items()},
            years={each.key: {str(state): n for state, n in each.states.items()} for each in figures.years},
        )


def _named(served: Served, each: ListedCitation) -> ListedCitation:
    chain = None if each.chain is None else named_chain(served, each.chain)
    return replace(each, judgement=named_judgement(served, each.judgement), chain=chain)


def _numbers(cursor: str, many: int) -> list[int]:
    """The numbers of a cursor; zeros where there is none. Raises Problem for what is none."""
    if not cursor:
        return [0] * many
    found = [int(each) for each in cursor.split(".")] if _NUMBERS.fullmatch(cursor) else []
    return _known(cursor, found if len(found) == many else None) or []


def _known(cursor: str, place: T | None) -> T | None:
    if cursor and place is None:
        raise Problem("Not understood", "cursor: take `next` of the answer before", status=422)
    return place
