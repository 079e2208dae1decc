"""Event archives that never end, or name more than anybody wants: pages made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from tests.web.byte_server import ok

MARKDOWN = b"Content-Type: text/markdown; charset=utf-8"
ROBOTS = ok(b"")


def page(text: str) -> bytes:
    """The answer with a page of the site."""
    return ok(text.encode(), MARKDOWN)


def day_path(day: date) -> str:
    """Where the index of a day stands."""
    return f"/news/{day:%Y/%m}/{day.day}/index.md"


def index(day: date, events: Iterable[str] = (), *, more: Iterable[str] = ()) -> str:
    """The index of a day: its events by their paths, and whatever else it links."""
    lines = [f"## [{day:%Y-%m}-{day.day}]({day_path(day)})", "", "##### Bridges"]
    lines += [f"### [An event]({path})\n" for path in events]
    lines += ["", *(f"## [Elsewhere]({path})" for path in more)]
    before = day - timedelta(days=1)
    return "\n".join([*lines, "", f"## [Previous Day]({day_path(before)})", ""])


def event(day: date, urls: Iterable[str] = (), *, related: Iterable[str] = ()) -> str:
    """An event page that cites `urls` and is related to pages of the site."""
    sources = "\n".join(f"{number}. [Courier]({url})" for number, url in enumerate(urls, 1))
    others = "\n".join(f"{number}. [Other]({path}) _Context: Bridges_" for number, path in enumerate(related, 1))
    return (
        f"### [{day:%Y-%m}-{day.day}]({day_path(day)})\n\n##### Bridges\n# A bridge opens\n\nSummary.\n\n\n"
        f"### Sources:\n\n{sources}\n\n\n### Related:\n\n{others}\n"
    )


def day_of_target(request: bytes) -> date:
    """The day whose index a request asks for."""
    _, _, year, month, day, *_ = request.split(b" ", 2)[1].split(b"/")
    return date(int(year), int(month), int(day))
