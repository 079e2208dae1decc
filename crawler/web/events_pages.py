"""Events: as a calendar, by topic, by the host or the state of what they cite; and the page of one."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from archive.checks import Standing
from archive.event_lists import (
    Part,
    days,
    event_of,
    events_between,
    events_of_day,
    events_with_ids,
    ids_of_host,
    ids_with_state,
    topics,
)
from archive.event_page import event_page
from archive.figures import MOST_CITING
from crawler.web import paths
from crawler.web.citing import archive_id, citation_text, pwid_of
from crawler.web.problems import not_found
from crawler.web.served import Served
from crawler.web.views import page
from crawler.web.visible import named, named_page

_PAGE = 30
_HEATS = (1, 2, 5, 15)  # events of a day, for each heat


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month as a calendar: weeks of days, each its number (0: of another month), its events, its heat."""

    year: int
    month: int
    weeks: tuple[tuple[tuple[int, int, int], ...], ...]
    number: int

    @property
    def name(self) -> str:
        """As people say it."""
        return calendar.month_name[self.month]


def month_of(year: int, month: int, counts: Mapping[str, int]) -> Month:
    """The calendar of a month (pure)."""
    weeks = calendar.Calendar().monthdayscalendar(year, month)
    found = {day: counts.get(f"{year:04}-{month:02}-{day:02}", 0) for day in range(1, 32)}
    return Month(
        year=year,
        month=month,
        weeks=tuple(tuple((day, found.get(day, 0), heat(found.get(day, 0))) for day in week) for week in weeks),
        number=sum(found.values()),
    )


def heat(number: int) -> int:
    """0 to 4, of how many there are (pure)."""
    return sum(number >= least for least in _HEATS)


def add(router: APIRouter, served: Served) -> None:
    """Adds the pages below /events, /topics and /event."""
    _add_calendar(router, served)
    _add_lists(router, served)

    @router.get("/event", response_class=HTMLResponse)
    def event(request: Request, path: str = "") -> HTMLResponse:
        with served.reading() as connection:
            event_id = event_of(connection, path)
            if event_id is None:
                raise not_found("event")
            shown = event_page(connection, event_id, served.now(), partial(named, served, connection))
            shown = named_page(served, connection, shown)
        archive = archive_id(request, served.options)
        values = {"citing": lambda copy: citation_text(copy, archive), "pwid": lambda copy: pwid_of(copy, archive)}
        return page(request, "event.html", {"shown": shown, **values})


def _add_calendar(router: APIRouter, served: Served) -> None:
    def counts() -> Mapping[str, int]:
        figures = served.refresher.current
        if figures is not None:
            return figures.days
        with served.reading() as connection:
            return days(connection)

    @router.get("/events", response_class=HTMLResponse)
    def years(request: Request) -> HTMLResponse:
        found = counts()
        months: Counter[str] = Counter()
        for day, number in found.items():
            months[day[:7]] += number
        known = sorted({day[:4] for day in found if day}, reverse=True)
        values = {"years": known, "months": months, "undated": found.get("", 0), "names": calendar.month_abbr}
        return page(request, "years.html", values | {"heat": lambda number: heat(number // 4 + (number > 0))})

    @router.get("/events/undated", response_class=HTMLResponse)
    def undated(request: Request, after: int | None = None) -> HTMLResponse:
        with served.reading() as connection:
            part = events_of_day(connection, "", served.now(), limit=_PAGE, after=_after("", after))
        return _listed(request, "Events without a date", part, "/events/undated", {})

    @router.get("/events/{year:int}", response_class=HTMLResponse)
    def year(request: Request, year: int) -> HTMLResponse:
        if not 1 <= year <= 9999:
            raise not_found("year")
        found = counts()
        months = [month_of(year, month, found) for month in range(1, 13)]
        known = sorted({int(day[:4]) for day in found if day[:4].isdigit()})
        values = {"year": year, "months": months, **_beside(year, known)}
        return page(request, "year.html", values)

    @router.get("/events/{year:int}/{month:int}", response_class=HTMLResponse)
    def month(request: Request, year: int, month: int, after: str = "") -> HTMLResponse:
        if not (1 <= year <= 9999 and 1 <= month <= 12):
            raise not_found("month")
        text = f"{year:04}-{month:02}"
        with served.reading() as connection:
            part = events_between(
                connection,
                served.now(),
                since=f"{text}-01",
                until=f"{text}-31",
                limit=_PAGE,
                after=cursor_from(after),
            )
        shown = month_of(year, month, counts())
        further = None if part.after is None else paths.query(f"/events/{year:04}/{month:02}", after=cursor(part.after))
        return page(request, "month.html", {"month": shown, "part_of": part, "further": further})

    @router.get("/events/{year:int}/{month:int}/{day:int}", response_class=HTMLResponse)
    def day(request: Request, year: int, month: int, day: int, after: int | None = None) -> HTMLResponse:
        try:
            text = date(year, month, day).isoformat()
        except ValueError as error:
            raise not_found("day") from error
        with served.reading() as connection:
            part = events_of_day(connection, text, served.now(), limit=_PAGE, after=_after(text, after))
        trail = [
            ("/events", "Events"),
            (f"/events/{year:04}", str(year)),
            (f"/events/{year:04}/{month:02}", calendar.month_name[month]),
        ]
        return _listed(request, text, part, paths.day(text), {"trail": trail})


def _add_lists(router: APIRouter, served: Served) -> None:
    @router.get("/topics", response_class=HTMLResponse)
    def all_topics(request: Request) -> HTMLResponse:
        figures = served.refresher.current
        if figures is not None:
            found = figures.topics
        else:
            with served.reading() as connection:
                found = topics(connection)
        ordered = sorted(((name, number) for name, number in found.items() if name), key=lambda each: (-each[1], each))
        return page(request, "topics.html", {"topics": ordered[:2_000], "more": len(ordered) - 2_000,
                                             "without": found.get("", 0)})  # fmt: skip

    @router.get("/events/with", response_class=HTMLResponse)
    def events_with(
        request: Request,
        topic: str | None = None,
        state: Standing | None = None,
        host: str | None = None,
        after: str = "",
        number: Annotated[int, Query(ge=1, le=100)] = 1,
    ) -> HTMLResponse:
        if topic is not None:
            with served.reading() as connection:
                part = events_between(connection, served.now(), topic=topic, limit=_PAGE, after=cursor_from(after))
            further = part.after and paths.query("/events/with", topic=topic, after=cursor(part.after))
            return _listed(request, f"Topic: {topic}" if topic else "Without a topic", part, "", {"further": further})
        with served.reading() as connection:
            ids: Sequence[int]
            figures = served.refresher.current
            if state is not None:
                known = None if figures is None else figures.citing.get(state, ())
                ids = ids_with_state(connection, state, MOST_CITING) if known is None else known
                title = f"Events that cite a link that is {state}"
            elif host is not None:
                known = None if figures is None else figures.citing_host.get(host)
                ids = ids_of_host(connection, host, MOST_CITING) if known is None else known
                title = f"Events that cite {host}"
            else:
                raise not_found("list")
            some = ids[(number - 1) * _PAGE : number * _PAGE]
            part = Part(events=events_with_ids(connection, some, served.now()))
        more = number * _PAGE < len(ids)
        asked = {"state": state.value if state else None, "host": host, "number": number + 1}
        further = paths.query("/events/with", **asked) if more else None
        said = f"{len(ids):,}" + (" and more; these are the latest" if len(ids) == MOST_CITING else "")
        return _listed(request, title, part, "", {"further": further, "said": said})


def _listed(request: Request, title: str, part: Part, address: str, more: Mapping[str, object]) -> HTMLResponse:
    further = paths.query(address, after=part.after[1]) if part.after is not None and address else None
    values = {"title": title, "part_of": part, "further": further, "trail": [("/events", "Events")], "said": None}
    return page(request, "events.html", {**values, **more})


def cursor(after: tuple[str, int]) -> str:
    """A place in a list, as an address carries it (pure)."""
    return f"{after[0]}.{after[1]}"


def cursor_from(text: str) -> tuple[str, int] | None:
    """The place that an address carries; None for what is none (pure)."""
    day, _, number = text.partition(".")
    return (day, int(number)) if number.isdecimal() and len(number) < 18 else None


def _after(day: str, number: int | None) -> tuple[str, int] | None:
    return None if number is None or abs(number) >= 1 << 62 else (day, number)


def _beside(year: int, known: list[int]) -> dict[str, int | None]:
    return {
        "before": max((each for each in known if each < year), default=None),
        "behind": min((each for each in known if each > year), default=None),
    }
