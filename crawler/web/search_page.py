"""The search: over titles, summaries and article texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from archive.access_rules import Access
from archive.capture_rows import captures_by_record
from archive.search import MOST_HITS, Hit, Kind
from archive.search_rows import Citing, citing_of, summaries_of
from archive.search_text import Piece, marked, query_of, snippet
from archive.search_text import Query as SearchQuery
from archive.search_update import text_of
from crawler.web import paths
from crawler.web.problems import Problem
from crawler.web.served import Served
from crawler.web.views import page

_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A hit as it is shown."""

    hit: Hit
    title: tuple[Piece, ...]
    pieces: tuple[Piece, ...]
    events: tuple[Citing, ...]  # of an article: those that cite it


def add(router: APIRouter, served: Served) -> None:
    """Adds /search."""

    @router.get("/search", response_class=HTMLResponse)
    def search(
        request: Request, q: str = "", kind: str = "", number: Annotated[int, Query(ge=1, le=MOST_HITS)] = 1
    ) -> HTMLResponse:
        index = served.refresher.index
        asked, wanted = query_of(q), next((each for each in Kind if each == kind), None)
        if index is None:
            text = "The search is being made ready; try again in a moment."
            raise Problem("Not yet", text, status=503)
        hits = once(seen(served, index.find(asked, kind=wanted)))
        some = hits[(number - 1) * _PAGE : number * _PAGE]
        more = paths.query("/search", q=q, kind=kind or None, number=number + 1)
        values = {
            "q": q,
            "kind": wanted,
            "found": shown(served, some, asked),
            "total": len(hits),
            "most": MOST_HITS,
            "further": more if number * _PAGE < len(hits) else None,
            "is_asked": asked.expression is not None,
        }
        return page(request, "search.html", values)


def once(hits: list[Hit]) -> list[Hit]:
    """Each address once: the best of its captures."""
    found: dict[tuple[Kind, str], Hit] = {}
    for hit in hits:
        found.setdefault((hit.kind, hit.url or hit.key), hit)
    return list(found.values())


def seen(served: Served, hits: list[Hit]) -> list[Hit]:
    """Without those that the access rules keep from being seen: not even counted, or one could guess their words."""
    if not served.supply.rules.restricts:
        return hits
    with served.reading() as connection:
        known = captures_by_record(connection, {hit.key for hit in hits if hit.url is not None})
    allowed = {name for name, each in known.items() if served.supply.access(each.url, each.at) is Access.ALLOW}
    return [hit for hit in hits if hit.url is None or hit.key in allowed]


def shown(served: Served, hits: list[Hit], asked: SearchQuery) -> list[Shown]:
    """Hits with a piece of their text."""
    with served.reading() as connection:
        summaries = summaries_of(connection, [hit.key for hit in hits if hit.kind is Kind.EVENT])
        citing = citing_of(connection, [hit.url for hit in hits if hit.url is not None])
    found = []
    for hit in hits:
        text = summaries.get(hit.key, "") if hit.text is None else text_of(served.collection.warcs, hit.text) or ""
        title = marked(hit.title or hit.url or hit.key, asked)
        found.append(
            Shown(hit=hit, title=title, pieces=snippet(text, asked), events=tuple(citing.get(hit.url or "", ())))
        )
    return found
