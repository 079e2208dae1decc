"""The web that links are checked on: many hosts, articles in the dress of a news site, one process.

    python -m benchmarks.checked_web [HOSTS]     prints its port, then serves until SIGTERM

A link with a validator is answered 304 (`etag`, as it begins), with the same bytes (`same`), or with the article beside
another teaser each time, so that only its text stays the same (`dressed`): `/__way/NAME` of 127.0.0.1 says which from
now on. `/__log` there tells as JSON how often each address was asked for, and forgets it. Paths in `/brief/` give a
short article without a layout.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import sys
import zlib
from collections import Counter
from itertools import count
from typing import ClassVar, cast

from tests.web.many import SITE, address, run_loop
from tests.web.many_bodies import PooledPage

_ARTICLES, _WORDS = 32, 700
_ROBOTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n\r\nUser-agent: *\nDisallow:\n"
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<h1>Not found.</h1>\r\n"
_SYLLABLES = ("ar", "bel", "con", "da", "en", "for", "ga", "hin", "is", "ka", "lo", "men", "nor", "ost", "per", "qui")


class Articles:
    """Pages of some 45 kB, 800 words of which are the article."""

    def __init__(self) -> None:
        chance = random.Random(1)
        self._words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(4000)]
        self._pages = [PooledPage(self._rest(chance).encode()) for _ in range(_ARTICLES)]
        self._end = PooledPage(b"</article></body></html>\n")
        self._teasers = count()

    def page(self, where: str, *, dressed: bool) -> bytes:
        """The page of an address, as a gzip member: always the same, unless it is `dressed`."""
        number = zlib.crc32(where.encode())
        if "/brief/" in where:
            told = self._text(random.Random(number), 120)
            return self._end.gzipped_after(f"<html><body><article><h1>{number:08x}</h1><p>{told}</p>".encode())
        teaser = f'<aside class="now"><a href="/x">Teaser {next(self._teasers)}</a></aside>' if dressed else ""
        start = (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Story {number:08x}</title>\n'
            f"<style>{_STYLE}</style></head><body>{teaser}<nav><ul>{_MENU}</ul></nav>\n"
            f"<article><h1>Story {number:08x}</h1><p>{self._text(random.Random(number), 40)}</p>\n"
        )
        return self._pages[number % _ARTICLES].gzipped_after(start.encode())

    def _text(self, chance: random.Random, words: int) -> str:
        return " ".join(chance.choices(self._words, k=words)).capitalize() + "."

    def _rest(self, chance: random.Random) -> str:
        told = "".join(f"<p>{self._text(chance, 50)} {self._text(chance, 20)}</p>\n" for _ in range(_WORDS // 70))
        teasers = "".join(
            f'<li><a href="/other/{n}.html"><img src="/i/{n}.jpg" alt=""><b>{self._text(chance, 6)}</b></a></li>\n'
            for n in range(60)
        )
        script = f"<script>{''.join(f'var v{n}=[{n},{n * 7}];' for n in range(400))}</script>"
        return f"{told}</article><aside><ul>{teasers}</ul></aside>{script}</body></html>\n"


_STYLE = "".join(f".c{n}{{margin:{n}px;color:#{n:03x}}}" for n in range(250))
_MENU = "".join(f'<li class="c{n}"><a href="/section/{n}/index.html">Section {n}</a></li>' for n in range(80))


class _Connection(asyncio.Protocol):
    """Answers requests in order."""

    articles: ClassVar[Articles]
    asked: ClassVar[Counter[str]]
    way: ClassVar[str] = "etag"

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._host: str = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            request, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            method, target, _ = request.split(b" ", 2)
            answer = self._answer(target.decode("latin-1"), request)
            self._transport.write(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == b"HEAD" else answer)
            if b"\r\nconnection: close" in request.lower():
                self._transport.close()

    def _answer(self, target: str, request: bytes) -> bytes:
        if target.startswith("/__"):
            return _found(b"application/json", self._told(target))
        where = self._host + target
        self.asked[where] += 1
        if not target.startswith(("/story/", "/brief/")):
            return _ROBOTS if target == "/robots.txt" else _MISSING
        tag = b'"%08x"' % zlib.crc32(where.encode())
        if self.way == "etag" and tag in request:
            return b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % tag
        page = self.articles.page(where, dressed=self.way == "dressed")
        return _found(b"text/html; charset=utf-8", page, b"Content-Encoding: gzip\r\nETag: %b\r\n" % tag)

    def _told(self, target: str) -> bytes:
        if target.startswith("/__way/"):
            type(self).way = target.removeprefix("/__way/")
        told = json.dumps(self.asked).encode()
        self.asked.clear()
        return told


def _found(mime: bytes, body: bytes, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n" % (mime, more, len(body))
    return head + body


def urls(kind: str, number: int, *, hosts: int, port: int) -> list[str]:
    """So many links of a kind (story, brief), host after host in turn."""
    return [f"http://{address(n % hosts)}:{port}/{kind}/{n // hosts}.html" for n in range(number)]


async def _serve(hosts: int) -> None:
    _Connection.articles, _Connection.asked = Articles(), Counter()
    loop = asyncio.get_running_loop()
    first = await loop.create_server(_Connection, SITE, 0, backlog=1024)
    port = first.sockets[0].getsockname()[1]
    for number in range(hosts):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address(number), port))
        await loop.create_server(_Connection, sock=sock, backlog=256)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


if __name__ == "__main__":
    run_loop(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
