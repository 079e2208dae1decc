"""The CDX server: the index as pywb's clients ask for it, page by page, from a file that is never read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from archive.cdx_query import CdxQuery, Entry, Output, ordered, passing, read_query, within, written
from archive.errors import UsageError
from archive.workers import Failure
from crawler.web.origins import origins_of
from crawler.web.served import Served
from crawler.web.supply import Supply
from crawler.web.timemap import memento_lines

_AT_ONCE = 500  # lines of one piece of the answer
_FOR_A_WORKER = 2000


def router(served: Served) -> APIRouter:
    """`/cdx`."""
    made = APIRouter()

    @made.get("/cdx", tags=["captures"], summary="The captures of a URL, of what begins with it, of a host")
    def cdx(request: Request) -> Response:
        """pywb's CDX Server API: url, matchType, from, to, limit, sort, closest, reverse, filter, fl, output, page,
        pageSize, showNumPages, collapseTime.
        """
        try:
            query = read_query(_parameters(request))
            if query.counts_pages:
                return _count(served.supply, query)
            pieces = _pieces(query, answered(served.supply, query), origins_of(request, served.options).replay)
            first = next(pieces, "")  # what is wrong with the query shows before anything is sent
        except UsageError as error:
            return JSONResponse({"message": str(error)}, 400)
        return StreamingResponse(chain([first], pieces), media_type=query.output.media_type)

    return made


def answered(supply: Supply, query: CdxQuery) -> Iterator[Entry]:
    """The lines of an answer. Raises UsageError for a page that is none, or expressions that take too long."""
    with supply.asked() as asked:
        if query.page is None:
            found = asked.entries(query.start, query.end)
        else:
            count = asked.pages(query.start, query.end, query.page_size).count
            if query.page >= count:
                raise UsageError(f"Page {query.page} invalid: First Page is 0, Last Page is {count - 1}")
            found = asked.page(query.start, query.end, query.page, query.page_size)
        yield from ordered(query, _filtered(supply, query, within(query, supply.visible(found))))


def _parameters(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _count(supply: Supply, query: CdxQuery) -> Response:
    with supply.asked() as asked:
        count = asked.pages(query.start, query.end, query.page_size).count
    return JSONResponse({"pages": count, "pageSize": query.page_size, "blocks": count * query.page_size})


def _filtered(supply: Supply, query: CdxQuery, lines: Iterator[Entry]) -> Iterator[Entry]:
    if not query.is_costly:
        yield from (line for line in lines if all(each.passes(line) for each in query.filters))
        return
    while some := list(islice(lines, _FOR_A_WORKER)):
        passed = supply.workers.submit(passing, (query.filters, some)).result()
        if isinstance(passed, Failure):
            raise UsageError(f"the filters' regular expressions were given up: {passed.text}")
        yield from passed


def _pieces(query: CdxQuery, lines: Iterable[Entry], replay: str | None) -> Iterator[str]:
    if query.output is Output.LINK:
        spelled: Iterator[str] = memento_lines(lines, replay)
    else:
        spelled = (written(query, line) for line in lines)
    while some := list(islice(spelled, _AT_ONCE)):
        yield "".join(some)
