"""The collections that are judged, made by the real program: what a crawl keeps of a tame web and of a hostile one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.end_to_end.test_coming_back import EVENT, INDEX
from tests.end_to_end.test_retry_after import PAGE, page_with
from tests.hostile.answers import ROWS, TEXT, answer_to
from tests.judges.page_of_everything import picture
from tests.web.byte_server import CLOSE, ByteServer, ok

ONCE = (*FAST, "-sSOURCEKEEP_TRIES=1", "-sSOURCEKEEP_DELAY=0", "--json")
TAG = b'ETag: "1"'
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n" + TAG + b"\r\n\r\n"
MARKDOWN = b"Content-Type: text/markdown; charset=utf-8"
DAY = INDEX + b"\nOf one day.\n"
ARTICLE = b"""<!doctype html><title>A bridge</title><link rel="stylesheet" href="/style.css">
<p>It was opened on Wednesday.<img src="/picture.png" alt="">"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the catalogue says of a response or revisit."""

    record_id: str
    kind: str
    url: str
    stamp: str  # of 14 digits
    status: int
    sha256: str
    location: str | None


def tame(scratch: Path) -> Path:
    """The demo's archive, crawled twice: every other page of the second time is a revisit."""
    folder = scratch / "c"
    for _ in range(2):
        done = sourcekeep("demo", "--folder", folder, "--json")
        assert done.returncode == 0, done.stderr
    return folder


def hostile(scratch: Path) -> Path:
    """Every answer of the fidelity bed and the same text under several addresses, crawled twice."""
    folder = scratch / "c"
    with ByteServer() as web:
        pages = page_with(scratch / "pages", *serve(web))
        for _ in range(2):
            done = sourcekeep("crawl", pages, "-c", folder, "--no-extract", *ONCE)
            assert report_of(done)["exit_code"] == 0, done.stderr
            (event,) = pages.rglob("*.md")
            event.write_text(event.read_text() + f"{len(ROWS) + 9}. [Late]({web.url('/twin-3')})\n")
    return folder


def serve(web: ByteServer) -> Iterator[str]:
    """Puts the answers on the server; their URLs."""
    web.on("/robots.txt", ok(b""))
    for name in ROWS:
        answer = answer_to(name, "http")
        web.on(f"/{name}", [answer.sent, *([CLOSE] if answer.close else [])])
        yield web.url(f"/{name}")
    for number in range(4):  # the last is cited by the second run alone
        web.on(f"/twin-{number}", ok(TEXT * 40, b"Content-Type: text/html", TAG), NOT_MODIFIED)
        if number < 3:
            yield web.url(f"/twin-{number}")


def revisited(folder: Path) -> Path:
    """A site walked three times: pages that say 304, that come as they were, that change and change back; a copy."""
    with ByteServer() as web:
        once, then = event_page(web.url("/article")), event_page(web.url("/article"), web.url("/copy"))
        web.on("/robots.txt", ok(b"User-agent: *\nDisallow:"))
        web.on("/index.md", ok(INDEX, MARKDOWN, TAG), NOT_MODIFIED)
        web.on("/news/2016/02/3/index.md", ok(DAY, MARKDOWN))
        web.on(EVENT, *(ok(each, MARKDOWN) for each in (once, then, once)))
        web.on("/article", ok(ARTICLE, b"Content-Type: text/html"))
        web.on("/copy", ok(ARTICLE, b"Content-Type: text/html"))
        web.on("/style.css", ok(b"p { color: rgb(1, 2, 3) }", b"Content-Type: text/css"))
        web.on("/picture.png", ok(picture(3), b"Content-Type: image/png"))
        for _ in range(3):
            done = sourcekeep("crawl", web.url("/index.md"), "-c", folder, "--no-extract", *ONCE)
            assert report_of(done)["exit_code"] == 0, done.stderr
    return folder


def event_page(*sources: str) -> bytes:
    """The page of the event that cites them."""
    return PAGE.format(sources="\n".join(f"{i}. [Courier]({url})" for i, url in enumerate(sources, 1))).encode()


def answers(collection: Path) -> list[Row]:
    """Every response and revisit of the catalogue, read with SQL alone."""
    question = """
        SELECT record_id, kind, url, strftime('%Y%m%d%H%M%S', at / 1000000, 'unixepoch'),
               status, payload_sha256, location
        FROM captures WHERE kind IN ('response', 'revisit') ORDER BY url, at
    """
    with closing(sqlite3.connect(f"file:{collection / 'catalogue.db'}?mode=ro", uri=True)) as connection:
        return [
            Row(record_id=i, kind=k, url=u, stamp=t, status=s, sha256=h, location=where)
            for i, k, u, t, s, h, where in connection.execute(question)
        ]
