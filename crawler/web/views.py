"""Pages drawn from templates: whatever goes into one is text, and visible.

Autoescape is on for every template, and each value is made `printable` on its way: what the web sent can neither be
markup nor steer the reading direction of what stands beside it.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crawler.terminal import count, printable, spell_bytes, spell_seconds
from crawler.web import paths
from crawler.web.wording import STANDINGS, VERDICTS, spelled_out

if TYPE_CHECKING:
    from starlette.requests import Request


def page(request: Request, template: str, values: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    """A page of ours."""
    text = (
        environment()
        .get_template(template)
        .render({"path": request.url.path, "asked": str(request.query_params.get("q", "")), **values})
    )
    return HTMLResponse(text, status)


@cache
def environment() -> Environment:
    """The templates, with what they may call."""
    made = Environment(
        loader=PackageLoader("crawler.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        number=lambda value: f"{value:,}",
        bytes=spell_bytes,
        duration=spell_seconds,
        percent=_percent,
        moment=_moment,
        day=_day,
        words=spelled_out,
        shortened=_shortened,
        prose=prose,
    )
    made.globals.update(
        paths=paths, count=count, standings=STANDINGS, verdicts=VERDICTS, static=static_path, weekdays="MTWTFSS"
    )
    made.globals["part"] = made.get_template("parts.html").module
    return made


@cache
def static_path(name: str) -> str:
    """The address of a file of ours, which changes with what is in it: browsers may keep it for ever."""
    content = files("crawler.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


def prose(text: str | None) -> str:
    """Text of an event page, which is kept as it was written: its entities are read."""
    return html.unescape(text or "")


def _visible(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _percent(share: float | None) -> str:
    if share is None:
        return "–"
    return f"{share:.0%}" if share in (0, 1) or share >= 0.1 else f"{share:.1%}"


def _moment(at: datetime | None) -> Markup:
    """A time in UTC, to the minute; the whole of it for programs."""
    if at is None:
        return Markup("–")
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat().replace("+00:00", "Z"), f"{utc:%Y-%m-%d %H:%M} UTC"
    )


def _day(at: datetime | date | str | None) -> Markup:
    text = at if isinstance(at, str) else f"{at:%Y-%m-%d}" if at is not None else ""
    return Markup('<time datetime="{0}">{0}</time>').format(text) if text else Markup("–")


def _shortened(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"
