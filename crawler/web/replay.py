"""The replay's own site: copies, and nothing of the interface's.

Which site a request is for, its Host says: `ReplaySite` stands before the interface and takes what is for the other
name. So a page that is replayed finds neither the interface nor an API under its own origin, whatever it asks for. What
it finds there is closed to it as well: a copy that is asked for by a script of the same origin is refused, and so is
every service worker but ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive.errors import SourcekeepError
from crawler.web import replay_page, web_copies
from crawler.web.origins import origins_of, replay_host, split_host
from crawler.web.problems import without_root
from crawler.web.raw_copy import POLICY
from crawler.web.served import Served

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), midi=(), serial=()",
    "x-robots-tag": "noindex, nofollow",
}
_SAFE = frozenset({"GET", "HEAD"})


class ReplaySite:
    """Middleware before everything else: requests for the replay's name go to the replay."""

    def __init__(self, app: ASGIApp, *, served: Served) -> None:
        self._app = app
        self._replay = replay_app(served)
        self._host = replay_host(served.options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_replay = scope["type"] in ("http", "websocket") and self._is_asked(Headers(scope=scope))
        await (self._replay if is_replay else self._app)(scope, receive, send)

    def _is_asked(self, headers: Headers) -> bool:
        return self._host is not None and split_host(headers.get("host", ""))[0] == self._host


class _Closed:
    """Middleware: refuses what archived scripts might try, and adds `HEADERS`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), HEADERS.items())
            await send(message)

        await (_refusal(scope, Headers(scope=scope)) or self._app)(scope, receive, guarded)


def _refusal(scope: Scope, headers: Headers) -> PlainTextResponse | None:
    if scope["method"] not in _SAFE:
        return PlainTextResponse("Copies can only be read.\n", 405, {"allow": "GET, HEAD"})
    if headers.get("service-worker") == "script" and scope["path"] != replay_page.WORKER:
        return PlainTextResponse("No copy becomes a service worker.\n", 403)
    reads = headers.get("sec-fetch-site") == "same-origin" and headers.get("sec-fetch-mode") != "navigate"
    if reads and scope["path"].startswith("/web/"):
        return PlainTextResponse("Scripts of a replayed page see no other copies.\n", 403)
    return None


def replay_app(served: Served) -> FastAPI:
    """The application on the replay's site."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(web_copies.router(served))
    app.include_router(replay_page.router(served.supply, served.viewer, served.options))

    @app.get("/")
    def interface(request: Request) -> Response:
        """Who typed the wrong name wants the interface."""
        return RedirectResponse(origins_of(request, served.options).interface + "/")

    @app.exception_handler(SourcekeepError)
    def out_of_reach(_: Request, error: SourcekeepError) -> Response:
        """The disk or the catalogue, at the moment."""
        return PlainTextResponse(f"{without_root(str(error), served.collection.root)}\n", 503)

    app.add_middleware(_Closed)
    return app


def _add(headers: MutableHeaders, more: Iterable[tuple[str, str]]) -> None:
    for name, value in more:
        headers.setdefault(name, value)
