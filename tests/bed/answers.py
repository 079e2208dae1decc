"""What the bed's hosts answer: a script makes an answer of a request (pure).

An `Answer` is plain; what becomes of the connection after it (kept, closed, reset, left hanging) is part of it. Scripts
see who asks for what, how often it was asked before, and the cookies that came along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from tests.bed.pages import Paper, front_page, notice_page


class Phase(StrEnum):
    """When a request comes: while the event page was new, or years later."""

    THEN = "then"
    NOW = "now"


class End(StrEnum):
    """What becomes of the connection after the answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. `visit` counts the earlier ones of this phase for the same target, `serial` those to the same host."""

    method: str
    scheme: str
    host: str
    target: str
    headers: dict[str, str]
    visit: int
    serial: int
    ports: dict[str, int]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def cookies(self) -> str:
        """The Cookie header."""
        return self.headers.get("cookie", "")

    def at(self, host: str, target: str, scheme: str = "http") -> str:
        """The URL of a target on a host of this bed."""
        return f"{scheme}://{host}:{self.ports[scheme]}{target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. With `cut`, only so many bytes of the body are sent; `raw` goes out as it is, head and all."""

    status: int = 200
    reason: str = "OK"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    end: End = End.KEEP
    cut: int | None = None
    raw: bytes | None = None

    def with_headers(self, *headers: tuple[str, str]) -> Answer:
        """The same with more header lines."""
        return replace(self, headers=(*self.headers, *headers))

    def encoded(self, *, head_only: bool) -> bytes:
        """What goes over the wire."""
        if self.raw is not None:
            return self.raw
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in self.headers)]
        if self.status not in {204, 304}:
            lines.append(f"Content-Length: {len(self.body)}")
        if self.end is End.CLOSE:
            lines.append("Connection: close")
        body = b"" if head_only else self.body[: self.cut]
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


Script: TypeAlias = Callable[[Asked], Answer]
_REASONS = {
    200: "OK", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
    304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    410: "Gone", 429: "Too Many Requests", 451: "Unavailable For Legal Reasons", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    521: "Web Server Is Down", 999: "Request denied",
}  # fmt: skip


def answer(body: bytes, mime: str, *headers: tuple[str, str], status: int = 200) -> Script:
    """The same answer to everybody."""
    fixed = Answer(
        status=status, reason=_REASONS.get(status, "Unknown"), headers=(("Content-Type", mime), *headers), body=body
    )
    return lambda _: fixed


def html(text: str, *headers: tuple[str, str], status: int = 200, charset: str = "utf-8") -> Script:
    """A page, its charset in the header."""
    return answer(text.encode(charset, "replace"), f"text/html; charset={charset}", *headers, status=status)


def made(make: Callable[[Asked], str], *headers: tuple[str, str], status: int = 200) -> Script:
    """A page made anew for each request."""
    return lambda asked: html(make(asked), *headers, status=status)(asked)


def redirect(to: str | Callable[[Asked], str], status: int = 302, *headers: tuple[str, str]) -> Script:
    """A redirect to a target, or to what a function makes of the request."""

    def script(asked: Asked) -> Answer:
        place = to if isinstance(to, str) else to(asked)
        body = f'<html><head><title>{status}</title></head><body><a href="{place}">moved</a></body></html>'
        return html(body, ("Location", place), *headers, status=status)(asked)

    return script


def elsewhere(host: str, target: str, status: int = 302, scheme: str = "http") -> Script:
    """A redirect to another host of this bed."""
    return redirect(lambda asked: asked.at(host, target, scheme), status)


def turns(*scripts: Script) -> Script:
    """The first script for the first request, and so on; the last one repeats."""
    return lambda asked: scripts[min(asked.visit, len(scripts) - 1)](asked)


def ends(end: End) -> Script:
    """No answer at all, just the end."""
    return lambda _: Answer(raw=b"", end=end)


def raw(data: bytes, end: End = End.CLOSE) -> Script:
    """These bytes, and the end."""
    return lambda _: Answer(raw=data, end=end)


def cut(script: Script, share: float, end: End = End.CLOSE) -> Script:
    """The answer, of whose body only a share arrives."""

    def cut_off(asked: Asked) -> Answer:
        whole = script(asked)
        return replace(whole, cut=int(len(whole.body) * share), end=end)

    return cut_off


def tagged(script: Script) -> Script:
    """The answer with an ETag, and 304 for who has it already (RFC 9110 section 13.1.2)."""

    def script_with_tag(asked: Asked) -> Answer:
        found = script(asked)
        tag = f'"{sha256(found.body).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == tag:
            return Answer(status=304, reason="Not Modified", headers=(("ETag", tag),))
        return found.with_headers(("ETag", tag))

    return script_with_tag


def if_cookie(wanted: str, script: Script, otherwise: Script) -> Script:
    """One answer to who sends the cookie, another to who does not."""
    return lambda asked: (script if wanted in asked.cookies else otherwise)(asked)


# --- what sites say to addresses they do not know ---


def not_found(of: Paper) -> Script:
    """An honest 404 in the paper's layout."""
    return html(notice_page(of, f"404 - {of.name}", "<h1>404</h1><p>Not found.</p>"), status=404)


def front(of: Paper) -> Script:
    """The home page, which is another one each time."""
    return made(lambda asked: front_page(of, str(asked.serial)))


PLAIN_404 = html(
    "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    "<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n",
    status=404,
)
NO_ROBOTS = PLAIN_404


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A host: how it looks, and what it says to addresses that nobody gave it. `unknown` is of NOW."""

    host: str
    paper: Paper
    unknown: Script
    home: Script
    robots: Script = NO_ROBOTS  # of NOW; THEN there was none
    pages: dict[str, Script] = field(default_factory=dict)  # NOW, by path: where redirects lead
    scheme: str = "http"
    then_scheme: str | None = None
    certificate: str = "good"  # of NOW, see `web`
    address: str | None = "127.0.0.1"  # of NOW; None: its name is gone


def site(host: str, of: Paper, unknown: Script | None = None, **more: object) -> Site:
    """A host that answers honestly unless told otherwise."""
    home = more.pop("home", None) or front(of)
    return Site(host=host, paper=of, unknown=unknown or not_found(of), home=home, **more)  # type: ignore[arg-type]
