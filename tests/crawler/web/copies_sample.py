"""A small collection of copies of every kind, and a client that asks for them as a browser would."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from archive.collection import Collection
from archive.http_message import parse_head
from archive.keeper import Keeper, Submission
from archive.mementos import Source
from archive.model import Context, Truncation, Via
from crawler.web.app import create_app
from crawler.web.options import Options
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import keeping

AT = datetime(2016, 2, 3, 10, 0, tzinfo=UTC)
STAMP = "20160203100000"
INTERFACE, REPLAY = "http://127.0.0.1:8400", "http://localhost:8400"
PAGE_URL = "http://news.test/story?a=1&b=x%20y"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
SECRET = b"<p>Said in confidence.</p>"
PAGE = b"""<!doctype html><html><head><base href="http://news.test/dir/"><title>Story</title>
<meta http-equiv="refresh" content="0;url=http://evil.test/"><script>alert(1)</script>
<link rel="stylesheet" href="/s.css"><link rel="preload" href="/x.js">
<style>body { background: url(bg.png); behavior: url(x.htc) } @import "more.css";</style></head>
<body onload="alert(2)" background="http://news.test/bg.gif">
<p id="text">The bridge <a href="../next?q=1#top" target="_top" onclick="x()">next</a>
<a href="javascript:alert(3)">bad</a> <a href=" JaVa\tScript:alert(4)">worse</a> <a href="#here">here</a></p>
<img src="/p.png" srcset="/p.png 1x, //cdn.test/p2.png 2x" onerror="alert(5)"><img data-src="lazy.png">
<img src="data:image/png;base64,AAAA"><iframe src="/frame.html" width=300 srcdoc="<script>1</script>"></iframe>
<iframe src="http://nowhere.test/"></iframe><object data="x.swf"></object>
<form action="http://evil.test/"><input name=a><button formaction="http://evil.test/2">Send</button></form>
<svg><script>alert(6)</script><animate attributeName="href" to="javascript:alert(7)"/><path d="M0 0"/></svg>
<noscript><img src="ns.png"></noscript><math><mtext></mtext></math>
<div style="background: url('d.png'); color: red">x</div></body></html>"""
SHEET = b'@import "deep.css"; p { background: url(p.png) } @font-face { src: url("f.woff") } a { b: url(javascript:1) }'


def head(*lines: str, status: str = "200 OK") -> bytes:
    """The head of an answer."""
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1")


def answers() -> Iterator[Submission]:
    """The copies, the page first; each a second after the one before, but the page's later ones."""
    zipped = gzip.compress(b"<p>Packed.</p>" * 50)
    yield _kept(PAGE_URL, PAGE, "text/html; charset=utf-8", at=AT)
    yield _kept(PAGE_URL, PAGE, "text/html; charset=utf-8", at=AT + timedelta(days=30))  # becomes a revisit
    yield _kept(PAGE_URL, b"gone", "text/html", at=AT + timedelta(days=60), status=404)
    yield _kept("http://news.test/s.css", SHEET, "text/css")
    yield _kept("http://news.test/p.png", PICTURE, "image/png")
    yield _kept("http://news.test/frame.html", b"<p>framed", "text/html")
    yield _kept("http://news.test/packed", zipped, "text/html", "Content-Encoding: gzip")
    yield _kept("http://news.test/moved", b"", "text/html", "Location: /story?a=1&b=x%20y", status=301)
    yield _kept("http://news.test/astray", b"", "text/html", "Location: javascript:alert(1)", status=302)
    yield _kept("http://news.test/run.exe", b"MZ", "application/x-msdownload", "Set-Cookie: a=b")
    yield _kept("http://news.test/odd", b"odd", 'text/html\x00; x="', "Content-Language: en\x7f", "X-Evil: 1")
    yield _kept("http://news.test/untyped", b"<!-- x -->\n<html><p onclick=x>Old", "")
    yield _kept("http://news.test/plain.gif", b"GIF89a" + bytes(40), "text/plain")
    yield _kept("http://news.test/cut", b"half of", "text/plain", truncated=Truncation.LENGTH)
    yield _kept("http://news.test/worker.js", b"self.onfetch = 1", "text/javascript")
    yield _kept("http://secret.test/", SECRET, "text/html")
    yield _kept("http://hidden.test/", SECRET + b".", "text/html")
    source = Source(
        url="http://archive.test/web/2015id_/http://old.test/",
        archive="Another",
        fetched_at=AT,
        recovers="http://old.test/",
    )
    yield _kept("http://old.test/", b"<p>Old.</p>", "text/html", via=Via.MEMENTO, source=source)


def _kept(
    url: str, body: bytes, kind: str, *lines: str, status: int = 200, at: datetime = AT, **more: object
) -> Submission:
    lines = (f"Content-Type: {kind}", *lines, f"Content-Length: {len(body)}")
    raw = head(*lines, status=f"{status} X")
    exchange = make_exchange(body, head=raw, url=url, status=status, started_at=at, mime=parse_head(raw).mime, **more)
    return Submission(exchange=exchange, context=Context(hops="C"))


def build(root: Path) -> Collection:
    """The collection, its only WARC finished."""
    collection = Collection(root)
    with keeping(collection) as (_, keeper):
        put(keeper, answers())
    return collection


def put(keeper: Keeper, submissions: Iterator[Submission]) -> None:
    """Have them kept, one after the other: of two that are alike the second is a revisit."""
    for submission in submissions:
        keeper.put(submission)
        keeper.flush()


@contextmanager
def serving(collection: Collection, options: Options | None = None) -> Iterator[FastAPI]:
    """The application over a collection."""
    app = create_app(collection, options or Options())
    app.state.served.viewer.installed = False  # whatever this user has
    try:
        yield app
    finally:
        app.state.served.close()


def client(app: FastAPI, origin: str = INTERFACE) -> httpx.AsyncClient:
    """A client of one of its sites; it follows no redirect."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=origin, headers={"accept-encoding": "gzip"}
    )
