"""What holds for every request and answer: who may ask, who may change, and what a browser may do with what it gets.

A route that sets one of these headers itself keeps its own: a replayed page has a stricter policy than ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.web.options import Options

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-cache",
    "cross-origin-resource-policy": "same-origin",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Safety:
    """Middleware: refuses strange hosts (421) and changes without the token (401, 403), and adds `HEADERS`."""

    def __init__(self, app: ASGIApp, *, options: Options) -> None:
        self._app = app
        self._hosts = options.hosts
        self._token = options.token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), HEADERS.items())
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        method = "GET" if scope["method"] == "HEAD" else scope["method"]  # the server leaves its body out
        await (refusal or self._app)({**scope, "method": method}, receive, guarded)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        if host_of(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("This name is none of this server's; see sourcekeep serve --name.\n", 421)
        if method in _SAFE:
            return None
        if self._token is None:
            return PlainTextResponse("Nobody may change anything here: sourcekeep serve was given no token.\n", 403)
        if not secrets.compare_digest(headers.get("authorization", "").encode(), f"Bearer {self._token}".encode()):
            return PlainTextResponse("The token is missing or wrong.\n", 401, {"www-authenticate": "Bearer"})
        return None


def host_of(header: str) -> str:
    """The Host header without its port."""
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdigit() else header).lower().rstrip(".")


def _add(headers: MutableHeaders, more: Iterable[tuple[str, str]]) -> None:
    for name, value in more:
        headers.setdefault(name, value)
