"""What a server of many hosts answers: a plan, and every answer drawn from host and path alone."""

from __future__ import annotations

import json
import os
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from tests.web.many_bodies import Pool, pool
from tests.web.many_events import ManySources, address

SITE = "127.0.0.1"  # where the event pages are served and the log is asked for
_ROBOTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n\r\nUser-agent: *\nDisallow:\n"
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<h1>Not found.</h1>\r\n"


class Fate(StrEnum):
    """What an address gives, at every request."""

    OK = "ok"
    MISSING = "missing"  # 404
    MOVED = "moved"  # 301 to an address that is OK, every other time on the next host
    BROKEN = "broken"  # 500, cut off or reset, by the address


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the server behaves. Shares are parts of 1 of the addresses, seconds of latency before each answer."""

    hosts: int = 40
    seed: int = 1
    latency: float = 0.0
    missing: float = 0.0
    moved: float = 0.0
    broken: float = 0.0
    requisites: int = 0  # pictures on each page
    events: int = 0  # serve as many event pages at 127.0.0.1, from /index.md on
    smallest: int = 20_000
    largest: int = 120_000

    def fate(self, host: str, target: str) -> Fate:
        """What becomes of an address; robots.txt and the targets of redirects are always OK."""
        if target == "/robots.txt" or target.endswith("?moved"):
            return Fate.OK
        share = _number(f"{self.seed}{host}{target}") % 100_003 / 100_003
        for fate, part in ((Fate.MISSING, self.missing), (Fate.MOVED, self.moved), (Fate.BROKEN, self.broken)):
            if share < part:
                return fate
            share -= part
        return Fate.OK

    def fate_of(self, url: str) -> Fate:
        """The same, of a URL."""
        parts = urlsplit(url)
        return self.fate(parts.hostname or "", parts.path + (f"?{parts.query}" if parts.query else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was asked: `hits` by URL without scheme and port ("127.0.1.1/a.html"), `peaks` by host (most at once)."""

    hits: Mapping[str, int] = field(default_factory=dict)
    peaks: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Requests in all."""
        return sum(self.hits.values())

    @property
    def repeats(self) -> int:
        """Requests beyond the first for the same URL, robots.txt aside."""
        return sum(n - 1 for url, n in self.hits.items() if not url.endswith("/robots.txt"))


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


class Web:
    """What all connections share."""

    def __init__(self, plan: Plan, port: int, log: int | None) -> None:
        self.plan = plan
        self.port = port
        self.pool: Pool = pool(plan.seed, smallest=plan.smallest, largest=plan.largest)
        self.hits: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.peaks: Counter[str] = Counter()
        self._log = log
        site = ManySources(events=plan.events, hosts=plan.hosts, seed=plan.seed).pages(port) if plan.events else ()
        self._site = {f"/{path}": text.encode() for path, text in site}

    def arrived(self, host: str, target: str) -> None:
        self.hits[host + target] += 1
        self.open[host] += 1
        self.peaks[host] = max(self.peaks[host], self.open[host])
        if self._log is not None:
            os.write(self._log, f"{host}{target}\n".encode())

    def answer(self, host: str, target: str, request: bytes) -> tuple[bytes, bool]:
        """(bytes, whether the connection is then kept); no bytes: reset it."""
        if target == "/robots.txt":
            return _ROBOTS, True
        if host == SITE:
            page = self._site.get(target)
            return (_whole("text/markdown; charset=utf-8", page) if page is not None else _MISSING), True
        number = _number(host + target)
        match self.plan.fate(host, target):
            case Fate.MISSING:
                return _MISSING, True
            case Fate.MOVED:
                return self._moved(host, target, number), True
            case Fate.BROKEN:
                return self._broken(host, target, number)
        etag = b'"%08x"' % number
        if b"\r\nif-none-match: " + etag in request.lower():
            return b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % etag, True
        return self._found(host, target, number, b"ETag: %b\r\n" % etag), True

    def _found(self, host: str, target: str, number: int, extra: bytes = b"") -> bytes:
        if target.startswith("/img/"):
            return _whole("image/jpeg", self.pool.picture(number), extra)
        body = self.pool.page(host + target, number, requisites=self.plan.requisites)
        return _whole("text/html; charset=utf-8", body, extra + b"Content-Encoding: gzip\r\n")

    def _moved(self, host: str, target: str, number: int) -> bytes:
        if number % 2 and host.startswith("127.0."):
            _, _, third, fourth = host.split(".")
            host = address(((int(third) - 1) * 200 + int(fourth)) % self.plan.hosts)
        location = f"http://{host}:{self.port}{target}?moved"
        return f"HTTP/1.1 301 Moved Permanently\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()

    def _broken(self, host: str, target: str, number: int) -> tuple[bytes, bool]:
        match number % 3:
            case 0:
                return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\n\r\nbroken", True
            case 1:
                whole = self._found(host, target, number)
                return whole[: len(whole) * 2 // 3], False
            case _:
                return b"", False

    def told(self) -> bytes:
        told = {"hits": self.hits, "peaks": self.peaks}
        return _whole("application/json", json.dumps(told).encode())

    def forget(self) -> None:
        self.hits.clear()
        self.peaks.clear()


def _whole(mime: str, body: bytes, extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n%b" % (
        mime.encode(), extra, len(body), body,
    )  # fmt: skip
