"""The collections that are judged, made by the real program: what a crawl keeps of a tame web and of a hostile one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.end_to_end.test_retry_after import page_with
from tests.hostile.answers import ROWS, TEXT, answer_to
from tests.web.byte_server import CLOSE, ByteServer, ok

ONCE = (*FAST, "-sSOURCEKEEP_TRIES=1", "-sSOURCEKEEP_DELAY=0", "--json")
TAG = b'ETag: "1"'
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n" + TAG + b"\r\n\r\n"


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


def tame(folder: Path) -> Path:
    """The demo's archive, crawled twice: every other page of the second time is a revisit."""
    for _ in range(2):
        done = sourcekeep("demo", "--folder", folder, "--json")
        assert done.returncode == 0, done.stderr
    return folder


def hostile(folder: Path, scratch: Path) -> Path:
    """Every answer of the fidelity bed and the same text under several addresses, crawled twice."""
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
