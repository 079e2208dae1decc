"""What a sample server does when it is asked: bytes to send, pauses, and how the connection ends (pure).

An answer is a script of steps, so that the server holds no rule and everything odd about the sample web is a value that
tests can read. Header names, order and case are literal: a faithful capture must keep them.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from enum import StrEnum

DATE = "Sat, 12 Mar 2016 19:04:11 GMT"  # one instant for every answer: the sample web is the same at every start
_PHRASES = {200: "OK", 301: "Moved Permanently", 302: "Found", 307: "Temporary Redirect", 308: "Permanent Redirect",
            304: "Not Modified", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 410: "Gone",
            421: "Misdirected Request", 429: "Too Many Requests", 500: "Internal Server Error"}  # fmt: skip

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes to put on the wire."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds to wait, the connection open."""

    seconds: float


class End(StrEnum):
    """What becomes of the connection after the last step."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"  # RST instead of FIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A script. With `etag` (or `last_modified`) set, a conditional request that matches gets a 304 instead."""

    status: int
    steps: tuple[Send | Pause, ...]
    end: End = End.KEEP
    etag: str | None = None
    last_modified: str | None = None

    @property
    def sent(self) -> bytes:
        """Every byte of it, as a client that waits would see them."""
        return b"".join(step.data for step in self.steps if isinstance(step, Send))

    def for_head(self) -> Answer:
        """The same without a body, as HEAD asks for (RFC 9110 section 9.3.2)."""
        head, _, _ = self.sent.partition(b"\r\n\r\n")
        return replace(self, steps=(Send(head + b"\r\n\r\n"),))


def head(status: int, headers: Headers, *, version: str = "1.1", phrase: str | None = None) -> bytes:
    """A response head, status line to blank line."""
    lines = [f"HTTP/{version} {status} {phrase or _PHRASES[status]}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def plain(
    body: bytes, *, status: int = 200, mime: str = "text/html; charset=utf-8", extra: Headers = (), end: End = End.KEEP
) -> Answer:
    """A whole answer with Content-Length."""
    headers = (("Date", DATE), ("Content-Type", mime), *extra, ("Content-Length", str(len(body))))
    if end is End.CLOSE:
        headers = (*headers, ("Connection", "close"))
    return Answer(status=status, steps=(Send(head(status, headers) + body),), end=end)


def tagged(body: bytes, *, mime: str, etag: str, last_modified: str) -> Answer:
    """A whole answer with validators (RFC 9110 section 8.8)."""
    answer = plain(body, mime=mime, extra=(("ETag", etag), ("Last-Modified", last_modified)))
    return replace(answer, etag=etag, last_modified=last_modified)


def not_modified(answer: Answer) -> Answer:
    """The 304 that stands for `answer` (RFC 9110 section 15.4.5)."""
    headers = (("Date", DATE), ("ETag", answer.etag or '""'), ("Last-Modified", answer.last_modified or DATE))
    return Answer(status=304, steps=(Send(head(304, headers)),))


def gzipped(body: bytes, *, mime: str = "text/html; charset=utf-8") -> Answer:
    """A whole answer, content-encoded."""
    packed = gzip.compress(body, mtime=0)
    return plain(packed, mime=mime, extra=(("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")))


def chunked(body: bytes, *, size: int = 2500) -> Answer:
    """Chunked, with an extension on each chunk and a trailer (RFC 9112 section 7.1); sent in several writes."""
    headers = (("Date", DATE), ("content-TYPE", "text/html;charset=UTF-8"), ("Transfer-Encoding", "chunked"),
               ("Trailer", "X-Story-Words"), ("X-Served-By", "wire-1"), ("X-Served-By", "wire-7"))  # fmt: skip
    steps: list[Send | Pause] = [Send(head(200, headers))]
    for number, start in enumerate(range(0, len(body), size)):
        piece = body[start : start + size]
        steps.append(Send(f"{len(piece):X};part={number}\r\n".encode() + piece + b"\r\n"))
    steps.append(Send(f"0\r\nX-Story-Words: {len(body.split())}\r\n\r\n".encode()))
    return Answer(status=200, steps=tuple(steps))


def until_close(body: bytes) -> Answer:
    """HTTP/1.0 without a length: the end of the connection is the end of the body."""
    headers = (("Server", "Weathercock/0.9"), ("Content-type", "text/html"))
    return Answer(status=200, steps=(Send(head(200, headers, version="1.0", phrase="Okay") + body),), end=End.CLOSE)


def slowly(body: bytes, *, seconds: float = 1.5, pieces: int = 10) -> Answer:
    """The head at once, the body in `pieces` over `seconds`."""
    whole = plain(body).sent
    cut = whole.index(b"\r\n\r\n") + 4
    steps: list[Send | Pause] = [Send(whole[:cut])]
    size = -(-len(body) // pieces)
    for start in range(cut, len(whole), size):
        steps += [Pause(seconds / pieces), Send(whole[start : start + size])]
    return Answer(status=200, steps=tuple(steps))


def cut_off(body: bytes) -> Answer:
    """Two thirds of the body that Content-Length promises, then the end."""
    whole = plain(body).sent
    return Answer(status=200, steps=(Send(whole[: len(whole) - len(body) // 3]),), end=End.CLOSE)


def reset() -> Answer:
    """No byte, but a connection reset."""
    return Answer(status=0, steps=(), end=End.RESET)


def redirect(status: int, location: str, *, end: End = End.KEEP) -> Answer:
    """A redirect with a short body, as servers send it."""
    body = f'<html><head><title>{_PHRASES[status]}</title></head><body><a href="{location}">here</a></body></html>\n'
    return plain(body.encode(), status=status, mime="text/html", extra=(("Location", location),), end=end)


def refusal(status: int, text: str, *, extra: Headers = ()) -> Answer:
    """An error page."""
    title = f"{status} {_PHRASES[status]}"
    body = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{text}</h1></body></html>\n"
    return plain(body.encode(), status=status, extra=extra)
