"""The TimeGate (RFC 7089 section 4): from an address and a time to the copy nearest to it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from crawler.web.copies import Found, copies_of, nearest
from crawler.web.memento_links import around, asked_url, copy_path, neighbours, read_http_date
from crawler.web.origins import Origins, origins_of
from crawler.web.raw_path import WITH_URL, raw_rest
from crawler.web.served import Served

_VARY = {"vary": "accept-datetime"}


def router(served: Served) -> APIRouter:
    """`/timegate/URL`."""
    made = APIRouter(tags=["captures"])

    @made.head("/timegate/{url:path}", include_in_schema=False)
    @made.get(
        "/timegate/{url:path}",
        summary="To the copy nearest to Accept-Datetime (RFC 7089)",
        openapi_extra=WITH_URL,
    )
    def timegate(request: Request) -> Response:
        try:
            url = asked_url(raw_rest(request, "/timegate/"))
        except ValueError:
            return PlainTextResponse("This is no web address.\n", 400, _VARY)
        wanted = request.headers.get("accept-datetime")
        moment = None if wanted is None else read_http_date(wanted)
        if wanted is not None and moment is None:
            return PlainTextResponse("Accept-Datetime is no HTTP date.\n", 400, _VARY)
        origins = origins_of(request, served.options)
        found = nearest(copies_of(served.supply, url), url, moment)
        if found is None:
            return PlainTextResponse("No copy of this address is held.\n", 404, _VARY)
        if origins.replay is None:
            return PlainTextResponse(
                "Copies are not replayed here: see sourcekeep serve --replay-origin.\n", 404, _VARY
            )
        return _to(found, url, origins, origins.replay)

    return made


def _to(found: Found, url: str, origins: Origins, replay: str) -> Response:
    chosen = found.chosen
    links = around(origins.interface, url) + neighbours(
        replay, chosen, (found.first, found.last), (found.before, found.after)
    )
    headers = {"location": replay + copy_path(chosen.stamp, chosen.url), "link": ", ".join(links)}
    return Response(status_code=302, headers=headers | _VARY)
