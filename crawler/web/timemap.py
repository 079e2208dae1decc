"""TimeMaps (RFC 7089 section 5): the copies of a URL as a list, in link format and in JSON, page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from archive.cdx_query import Entry
from crawler.web.copies import copies_of, place_of, sources
from crawler.web.memento_links import LINK_FORMAT, asked_url, copy_path, header_url, http_date, link, memento_link
from crawler.web.origins import Origins, origins_of
from crawler.web.raw_path import WITH_URL, raw_rest
from crawler.web.served import Served

_NUMBER = re.compile(r"[1-9]\d{0,6}", re.ASCII)
PAGE = 1000  # copies of a page


def router(served: Served) -> APIRouter:
    """`/timemap/link/URL`, `/timemap/json/URL`; further pages as `/timemap/link/2/URL`."""
    made = APIRouter(tags=["captures"])

    @made.get(
        "/timemap/link/{url:path}", summary="The copies of a URL in link format (RFC 7089)", openapi_extra=WITH_URL
    )
    def in_links(request: Request) -> Response:
        return _answer(served, request, "link")

    @made.get("/timemap/json/{url:path}", summary="The copies of a URL in JSON", openapi_extra=WITH_URL)
    def in_json(request: Request) -> Response:
        return _answer(served, request, "json")

    return made


def memento_lines(lines: Iterable[Entry], replay: str | None) -> Iterator[str]:
    """The links to copies, one a line, with a comma between."""
    last: Entry | None = None
    for each in lines:
        if last is not None:
            yield memento_link(replay, last.stamp, last.url) + ",\n"
        last = each
    if last is not None:
        yield memento_link(replay, last.stamp, last.url) + "\n"


class _Page:
    """A page of a URL's copies."""

    def __init__(self, url: str, number: int, copies: list[Entry], origins: Origins, form: str) -> None:
        self.url = url
        self.number = number
        self.copies = copies[:PAGE]
        self.has_next = len(copies) > PAGE
        self.origins = origins
        self.form = form

    def address(self, number: int, form: str | None = None) -> str:
        """Where a page is."""
        part = "" if number == 1 else f"{number}/"
        return f"{self.origins.interface}/timemap/{form or self.form}/{part}{header_url(self.url)}"

    @property
    def timegate(self) -> str:
        """Where the TimeGate is."""
        return f"{self.origins.interface}/timegate/{header_url(self.url)}"

    def as_links(self, others: dict[tuple[str, str], str]) -> str:
        """The page in link format."""
        between = {"from": http_date(self.copies[0].at), "until": http_date(self.copies[-1].at)}
        lines = [
            link(header_url(self.url), "original"),
            link(self.address(self.number), "self", type=LINK_FORMAT, **between),
            link(self.timegate, "timegate"),
            *(link(self.address(each), "timemap", type=LINK_FORMAT) for each in self._other_pages()),
        ]
        for at, each in enumerate(self.copies):
            rel = ("first " if self.number == 1 and at == 0 else "") + (
                "last " if not self.has_next and at == len(self.copies) - 1 else ""
            )
            lines.append(
                memento_link(self.origins.replay, each.stamp, each.url, rel + "memento", **_told(each, others))
            )
        return ",\n".join(lines) + "\n"

    def as_json(self, others: dict[tuple[str, str], str]) -> str:
        """The page in JSON, as other archives' aggregators have it."""
        listed = [self._memento(each, others) for each in self.copies]
        pages = {name: self.address(self.number + step) for name, step in self._steps()}
        return json.dumps(
            {
                "original_uri": self.url,
                "self": self.address(self.number),
                "timegate_uri": self.timegate,
                "timemap_uri": {f"{form}_format": self.address(1, form) for form in ("link", "json")},
                **pages,
                "mementos": {
                    **({"first": listed[0]} if self.number == 1 else {}),
                    **({} if self.has_next else {"last": listed[-1]}),
                    "list": listed,
                },
            },
            indent=1,
        )

    def _memento(self, each: Entry, others: dict[tuple[str, str], str]) -> dict[str, str]:
        replay = self.origins.replay
        address = header_url(each.url) if replay is None else replay + copy_path(each.stamp, each.url)
        return {"datetime": f"{each.at:%Y-%m-%dT%H:%M:%SZ}", "uri": address, **_told(each, others)}

    def _steps(self) -> list[tuple[str, int]]:
        return [*([("prev", -1)] if self.number > 1 else []), *([("next", 1)] if self.has_next else [])]

    def _other_pages(self) -> list[int]:
        return [self.number + step for _, step in self._steps()]


def _answer(served: Served, request: Request, form: str) -> Response:
    number, rest = _numbered(raw_rest(request, f"/timemap/{form}/"))
    try:
        url = asked_url(rest)
    except ValueError:
        return PlainTextResponse("This is no web address.\n", 400)
    found = list(islice(copies_of(served.supply, url), (number - 1) * PAGE, number * PAGE + 1))
    if not found:
        return PlainTextResponse("No copy of this address is held.\n", 404)
    page = _Page(url, number, found, origins_of(request, served.options), form)
    with served.reading() as connection:
        others = sources(connection, served.collection.warcs, page.copies)
    if form == "json":
        return Response(page.as_json(others), media_type="application/json")
    return Response(page.as_links(others), media_type=LINK_FORMAT)


def _numbered(rest: str) -> tuple[int, str]:
    """The number of the page, and the address."""
    number, slash, url = rest.partition("/")
    if slash and url and _NUMBER.fullmatch(number):
        return int(number), url
    return 1, rest


def _told(each: Entry, others: dict[tuple[str, str], str]) -> dict[str, str]:
    """What tells a copy that another archive made from one of our own: its archive, and its address there.

    Of what is blocked it tells that alone.
    """
    if "access" in each.fields:
        return {"access": "block"}
    source = others.get(place_of(each))
    if source is None:
        return {}
    return {"archive": header_url(urlsplit(source).hostname or "unknown"), "source": header_url(source)}
