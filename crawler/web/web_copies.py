"""`/web/TIMESTAMP[MARK]/URL`: the copy of an address of a time, as other web archives have it.

`id_` is the copy as it is; `mp_`, `if_` and no mark are what a reader sees; `cs_` is a style sheet that leads to
copies; the other marks that archives know (`im_`, `js_` ...) are as `id_`. A time that is not that of a copy leads to
the nearest one.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from archive.access_rules import Access
from archive.cdx_query import Entry, instant
from archive.errors import DamagedRecord
from crawler.web.copies import copies_of, exact, nearest
from crawler.web.memento_links import asked_url, copy_path
from crawler.web.origins import origins_of
from crawler.web.raw_copy import BlockedOriginal, Held, NoOriginal, held, raw_answer
from crawler.web.raw_path import raw_rest
from crawler.web.rendered_copy import is_page, rendered_answer, sheet_answer
from crawler.web.served import Served

_ASKED = re.compile(r"(\d{1,14})?(?:([a-z]{2}_))?/(.+)", re.DOTALL | re.ASCII)
SEEN = frozenset({"", "mp_", "if_", "fr_", "fw_"})


def router(served: Served) -> APIRouter:
    """The copies."""
    made = APIRouter()

    @made.api_route("/web/{rest:path}", methods=["GET", "HEAD"])
    def copy(request: Request) -> Response:
        answer = _answer(served, request)
        return _without_body(answer) if request.method == "HEAD" else answer

    return made


def _without_body(answer: Response) -> Response:
    """The same head, and nothing read for a body that nobody gets."""
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    if isinstance(answer, StreamingResponse) and "content-length" in answer.headers:
        headers["content-length"] = answer.headers["content-length"]
    return StreamingResponse(iter(()), answer.status_code, headers)


def _answer(served: Served, request: Request) -> Response:
    stamp, mark, text = read_rest(raw_rest(request, "/web/"))
    try:
        url = asked_url(text)
    except ValueError:
        return PlainTextResponse("This is no web address.\n", 400)
    found = exact(copies_of(served.supply, url), url, stamp) if len(stamp) == 14 else None
    if found is not None:
        return _shown(served, request, found, mark)
    near = nearest(copies_of(served.supply, url), url, instant(stamp) if stamp else None)
    if near is None:
        return PlainTextResponse("No copy of this address is held.\n", 404)
    return Response(status_code=302, headers={"location": copy_path(near.chosen.stamp, near.chosen.url, mark)})


def read_rest(rest: str) -> tuple[str, str, str]:
    """Of what comes behind `/web/`: the timestamp, the mark (either may be empty), the address."""
    asked = _ASKED.fullmatch(rest)
    return (asked[1] or "", asked[2] or "", asked[3]) if asked else ("", "", rest)


def _shown(served: Served, request: Request, entry: Entry, mark: str) -> Response:
    if entry.fields.get("access") == Access.BLOCK:
        return _blocked()
    try:
        return _made(served, request, held(served.supply, entry), mark)
    except BlockedOriginal:
        return _blocked()
    except NoOriginal:
        return PlainTextResponse("What this copy stands for is not held.\n", 404)
    except DamagedRecord:
        return PlainTextResponse("The record of this copy is missing or damaged; see: sourcekeep verify\n", 502)


def _blocked() -> Response:
    return PlainTextResponse("This copy may not be shown.\n", 451)


def _made(served: Served, request: Request, copy: Held, mark: str) -> Response:
    origins = origins_of(request, served.options)
    leads_on = 300 <= copy.status < 400
    if mark in SEEN and is_page(copy) and not leads_on:
        return rendered_answer(served.supply, copy, origins)
    if mark == "cs_" and not leads_on:
        return sheet_answer(served.supply, copy, origins)
    return raw_answer(
        copy,
        origins,
        accepts=request.headers.get("accept-encoding", ""),
        wanted=request.headers.get("range"),
        mark=mark,
    )
