"""The pages that people look at: a router for each kind of them, and the files they load."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from mimetypes import guess_type

from fastapi import APIRouter
from fastapi.responses import Response

from crawler.web import (
    captures_pages,
    events_pages,
    hosts_pages,
    links_pages,
    overview_page,
    runs_pages,
    search_page,
    wacz_download,
)
from crawler.web.problems import not_found
from crawler.web.served import Served

_PARTS: tuple[Callable[[APIRouter, Served], None], ...] = (
    overview_page.add, events_pages.add, links_pages.add, captures_pages.add, hosts_pages.add, runs_pages.add,
    search_page.add, wacz_download.add,
)  # fmt: skip
_STATIC = frozenset({"sourcekeep.css", "mark.svg"})
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}  # their addresses change with what is in them


def router(served: Served) -> APIRouter:
    """All pages."""
    made = APIRouter(include_in_schema=False)
    for add in _PARTS:
        add(made, served)

    @made.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in _STATIC:
            raise not_found("file")
        content = files("crawler.web").joinpath("static", name).read_bytes()
        return Response(content, media_type=guess_type(name)[0], headers=_FOR_EVER)

    @made.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")

    return made
