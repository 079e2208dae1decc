"""Hosts: how the links of each do, and when they failed alike."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from archive.checks import Standing
from archive.link_parts import host_states, is_host, last_incidents, link_part
from archive.rot import By, read_curve, worst_first
from archive.state_rows import incidents_of
from crawler.web import paths
from crawler.web.problems import not_found
from crawler.web.served import Served
from crawler.web.views import page

_PAGE = 100
_INCIDENTS = 10
_LINKS = 20


def add(router: APIRouter, served: Served) -> None:
    """Adds /hosts and /host."""

    @router.get("/hosts", response_class=HTMLResponse)
    def hosts(request: Request, number: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
        figures = served.refresher.current
        with served.reading() as connection:
            found = figures.hosts if figures is not None else tuple(worst_first(read_curve(connection, By.HOST)))
            incidents = last_incidents(connection, _INCIDENTS)
        some = found[(number - 1) * _PAGE : number * _PAGE]
        further = paths.query("/hosts", number=number + 1) if number * _PAGE < len(found) else None
        values = {"hosts": some, "total": len(found), "incidents": incidents, "further": further, "number": number}
        return page(request, "hosts.html", values)

    @router.get("/host", response_class=HTMLResponse)
    def one_host(request: Request, host: str = "") -> HTMLResponse:
        with served.reading() as connection:
            if not is_host(connection, host):
                raise not_found("host")
            states = host_states(connection, host)
            values = {
                "host": host,
                "shares": [
                    ("s-" + each, each, states[each], _links(each, host)) for each in Standing if states.get(each)
                ],
                "incidents": [each for each in incidents_of(connection, host) if each.until > each.began][::-1][:100],
                "links": link_part(connection, limit=_LINKS, host=host).links,
                "total": sum(states.values()),
            }
        return page(request, "host.html", values)


def _links(state: Standing, host: str) -> str:
    return paths.query("/links", state=state.value, host=host)
