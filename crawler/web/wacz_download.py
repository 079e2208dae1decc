"""A WACZ of an event or a link, made on the fly and sent as a download."""

from __future__ import annotations

import re
import tempfile
import threading
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from archive.errors import SourcekeepError, UsageError
from archive.lookup_rows import spelled
from archive.wacz import export
from archive.wacz_selection import Chosen, Selection, choose
from crawler import __version__
from crawler.web.allowed import allowed, any_named
from crawler.web.problems import Problem, blocked, not_found, without_root
from crawler.web.served import Served

_AT_ONCE = 2  # more wait in nobody's interest: each may be gigabytes
_PATIENCE_S = 20.0
_PLAIN = re.compile(r"[^A-Za-z0-9]+")


def add(router: APIRouter, served: Served) -> None:
    """Adds /export.wacz."""
    turn = threading.BoundedSemaphore(_AT_ONCE)

    @router.get("/export.wacz")
    def wacz(event: str | None = None, url: str | None = None) -> Response:
        if (event is None) == (url is None):
            raise not_found("selection")
        if not turn.acquire(timeout=_PATIENCE_S):
            raise Problem("Busy", "Others are being served; ask again in a minute.", status=503)
        try:
            return _made(served, Selection(event=event, url=None if url is None else spelled(url)))
        finally:
            turn.release()


def _made(served: Served, selection: Selection) -> Response:
    folder = tempfile.TemporaryDirectory(prefix="sourcekeep-wacz-")
    target = Path(folder.name) / "export.wacz"
    try:
        _export(served, selection, target, served.now())
    except Problem:
        folder.cleanup()
        raise
    except UsageError as error:
        folder.cleanup()
        raise not_found("event or link") from error
    except SourcekeepError as error:
        folder.cleanup()
        raise Problem("No WACZ can be made", without_root(str(error), served.collection.root), status=410) from error
    name = _PLAIN.sub("-", selection.title).strip("-")[-80:] or "export"
    return FileResponse(
        target, media_type="application/wacz", filename=f"{name}.wacz", background=BackgroundTask(folder.cleanup)
    )


def _export(served: Served, selection: Selection, target: Path, now: datetime) -> None:
    with served.reading() as connection:
        software = f"sourcekeep {__version__}"
        every = choose(connection, selection)
        chosen = allowed(served.supply, connection, every)
        if every.places and not chosen.places:
            raise _none_left(served, connection, every)
        export(connection, served.collection, selection, target, now=now, software=software, chosen=chosen)


def _none_left(served: Served, connection: sa.Connection, every: Chosen) -> Problem:
    """Where all is withheld: 451 if any of it may be named."""
    return blocked() if any_named(served.supply, connection, every) else not_found("event or link")
