"""Links: lists of them by state and host, and the page of one with its copies, its checks and what changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from archive.checks import Standing
from archive.link_parts import LinkPage, Place, link_page, link_part
from archive.lookup import Candidate, PassedOver
from archive.lookup_rows import source_in
from archive.model import RecordKind
from archive.schema import EPOCH
from crawler.web import paths
from crawler.web.problems import not_found
from crawler.web.served import Served
from crawler.web.views import page
from crawler.web.visible import named_link

_PAGE = 50
_CELL = 13
_PLACE = re.compile(r"(\d{1,18}|-)\.(\d{1,18})")
_MICROSECOND = timedelta(microseconds=1)
_SHOWN_COPIES = 300  # the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of a year's grid, with how many captures it has."""

    day: str
    number: int
    heat: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The days of a year on which anything was kept."""

    year: int
    number: int
    width: int
    days: tuple[Day, ...]


def years_of(moments: Iterable[datetime]) -> list[Year]:
    """The grids of all years with captures, the latest first (pure): a column a week, a row a day of the week."""
    counts = Counter(moment.astimezone(UTC).date() for moment in moments)
    return [
        _year(year, {day: number for day, number in counts.items() if day.year == year})
        for year in sorted({day.year for day in counts}, reverse=True)
    ]


def _year(year: int, counts: dict[date, int]) -> Year:
    first = date(year, 1, 1)
    shift = first.weekday()
    days = []
    for number in range((date(year, 12, 31) - first).days + 1):
        day = first + timedelta(days=number)
        week, weekday = divmod(number + shift, 7)
        found = counts.get(day, 0)
        days.append(Day(day=day.isoformat(), number=found, heat=min(found, 4), x=week * _CELL, y=weekday * _CELL))
    return Year(year=year, number=sum(counts.values()), width=54 * _CELL, days=tuple(days))


def add(router: APIRouter, served: Served) -> None:
    """Adds /links and /link."""

    @router.get("/links", response_class=HTMLResponse)
    def links(request: Request, state: str = "", host: str = "", after: str = "") -> HTMLResponse:
        wanted, place = next((each for each in Standing if each == state), None), place_from(after)
        if state and wanted is None:
            raise not_found("state of links")
        with served.reading() as connection:
            part = link_part(connection, limit=_PAGE, state=wanted, host=host or None, after=place)
        further = part.after and paths.query(
            "/links", state=state or None, host=host or None, after=place_text(part.after)
        )
        figures = served.refresher.current
        values = {
            "part_of": part,
            "state": wanted,
            "host": host,
            "further": further,
            "counts": figures and figures.standings,
        }
        return page(request, "links.html", values)

    @router.get("/link", response_class=HTMLResponse)
    def link(request: Request, url: str = "") -> HTMLResponse:
        with served.reading() as connection:
            shown = link_page(connection, url, source_in(served.collection.warcs))
            shown = named_link(served, connection, shown)
        if not shown.is_known:
            raise not_found("link")
        return page(request, "link.html", _drawn(shown))


def _drawn(shown: LinkPage) -> dict[str, object]:
    passed = {each.candidate.capture.record_id: each for each in shown.choice.passed}
    copies = [each for each in shown.copies if each.capture.kind is not RecordKind.METADATA]
    return {
        "shown": shown,
        "best": next((each.capture for each in copies if each == shown.choice.best), None),
        "years": years_of(each.at for each in copies),
        "copies": [(each, _passed(each, passed)) for each in reversed(copies[-_SHOWN_COPIES:])],
        "left_out": max(0, len(copies) - _SHOWN_COPIES),
        "attempts": [each for each in reversed(shown.copies) if each.capture.kind is RecordKind.METADATA][:50],
        "comparable": sum(each.held and (each.capture.status or 200) < 300 for each in copies) > 1,
    }


def _passed(each: Candidate, passed: dict[str, PassedOver]) -> PassedOver | None:
    return passed.get(each.capture.record_id)


def place_text(place: Place) -> str:
    """A place in a list of links, as an address carries it (pure)."""
    return f"{'-' if place.since is None else (place.since - EPOCH) // _MICROSECOND}.{place.row}"


def place_from(text: str) -> Place | None:
    """The place that an address carries; None for what is none (pure)."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    try:
        return Place(None if found[1] == "-" else EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
    except OverflowError:
        return None
