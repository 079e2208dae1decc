"""What cannot be shown, and the page that says so.

A route raises one of these; what else goes wrong in the house is told the same way. APIs get theirs as JSON.
"""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request

from archive.errors import CatalogueUnavailable, DamagedRecord, SourcekeepError
from crawler.web.views import page

logger = logging.getLogger(__name__)

_TITLES = {404: "Not found", 405: "Not done that way", 422: "Not understood", 451: "Not shown", 503: "Not now"}


class Problem(Exception):
    """Something cannot be shown: a title and a text for people, and the status of the answer."""

    def __init__(self, title: str, text: str, *, status: int) -> None:
        super().__init__(text)
        self.title = title
        self.text = text
        self.status = status


def not_found(what: str) -> Problem:
    """There is no such thing."""
    return Problem("Not found", f"There is no such {what} here.", status=404)


def blocked() -> Problem:
    """The access rules keep a copy from being seen (RFC 7725)."""
    return Problem("Not shown", "The access rules of this collection block this copy.", status=451)


def add_handlers(app: FastAPI) -> None:
    """Have `app` tell problems by a page, or in JSON where a program asked."""

    @app.exception_handler(Problem)
    async def known(request: Request, error: Problem) -> Response:
        return told(request, error)

    @app.exception_handler(HTTPException)
    async def by_the_framework(request: Request, error: HTTPException) -> Response:
        title = _TITLES.get(error.status_code, "That did not work")
        text = "There is no such page here." if error.status_code == 404 else str(error.detail)
        return told(request, Problem(title, text, status=error.status_code))

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        text = f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
        return told(request, Problem("Not understood", text, status=422))

    @app.exception_handler(SourcekeepError)
    async def of_the_house(request: Request, error: SourcekeepError) -> Response:
        text = without_root(str(error), request.app.state.served.collection.root)
        if isinstance(error, DamagedRecord):
            return told(request, Problem("The record cannot be read", text, status=410))
        logger.warning("%s: %s", request.url.path, error)
        status = 503 if isinstance(error, CatalogueUnavailable) else 500
        return told(request, Problem(_TITLES.get(status, "That did not work"), text, status=status))


def without_root(text: str, root: Path) -> str:
    """A message without where the collection lies on this machine: that is nobody's business (pure)."""
    return text.replace(str(root), root.name)


def told(request: Request, problem: Problem) -> Response:
    """The answer that tells of a problem."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": problem.title, "detail": problem.text}, problem.status)
    return page(request, "problem.html", {"title": problem.title, "text": problem.text}, status=problem.status)
