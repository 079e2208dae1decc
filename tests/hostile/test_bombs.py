"""Bodies, heads and pages made to fill a memory or a disk or to hold a parser for ever: each ends, with a reason."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from spiders.page import MAX_BYTES, OtherPage
from spiders.reading import PageReader
from tests.hostile.trap_site import ROBOTS, day_path, event, index, page
from tests.hostile.watched import MEMORY, articles, captures, crawl
from tests.web.byte_server import ByteServer, Script, Steps, ok

DAY = date(2016, 2, 3)
HTML = b"Content-Type: text/html"
GZIP = b"Content-Encoding: gzip"
PIECE = os.urandom(1 << 20)
HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS_LIMIT = 8 << 20


@pytest.fixture(autouse=True)
def _linux() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process is read from /proc")


def folder_of(root: Path, *urls: str) -> Path:
    """A folder with one event page that cites `urls`."""
    folder = root / "pages/news/2016/02/3"
    folder.mkdir(parents=True)
    (folder / "bridge.md").write_text(event(DAY, urls))
    return root / "pages"


def zeros(mib: int) -> bytes:
    """So much of nothing, packed a thousand times."""
    return gzip.compress(bytes(mib << 20))


def endless(head: bytes, piece: bytes, count: int | None = None) -> Steps:
    """The head, then the piece for ever, or so often."""
    return itertools.chain([head], itertools.repeat(piece) if count is None else itertools.repeat(piece, count))


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {  # what comes first, what follows for ever, and the reason that comes of it
    "body": (HEAD + b"\r\n", PIECE, "too_large"),
    "announced": (HEAD + b"Content-Length: 999999999999\r\n\r\n", PIECE, "too_large"),
    "chunks": (CHUNKED, b"10000\r\n" + PIECE[:65536] + b"\r\n", "too_large"),
    "tiny-chunks": (CHUNKED, b"1\r\nx\r\n" * 5000, "protocol_error"),
    "zeros": (HEAD + b"Content-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n", zeros(64), "too_large"),
    "headers": (HEAD, b"X-More: of the same\r\n" * 500, "too_large"),
    "header-line": (HEAD + b"X-More: ", b"of the same " * 1000, "too_large"),
    "interim": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 200, "too_large"),
    "blank-lines": (b"", b"\r\n" * 20000, "too_large"),
    "extensions": (CHUNKED + b"1;", b"a=b;" * 5000, "protocol_error"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n" * 5000, "protocol_error"),
    "trailer": (CHUNKED + b"1\r\nx\r\n0\r\nX: ", b"y" * 20000, "protocol_error"),
}


def test_what_never_ends_is_cut_on_twenty_hosts_at_once(tmp_path: Path) -> None:
    """Bodies, chunks, heads, 1xx answers, chunk extensions, trailers: cut at the limit, kept so far, each with its
    reason; the crawling process stays small."""
    expected: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for number, name in enumerate([*ENDLESS, *list(ENDLESS)[:8]], 1):
            head, piece, reason = ENDLESS[name]
            web = stack.enter_context(ByteServer(f"127.0.1.{number}", keep=0))
            web.on("/robots.txt", ROBOTS)
            web.on("*", lambda _, head=head, piece=piece: endless(head, piece))  # type: ignore[misc]
            expected[web.url(f"/{name}.html")] = reason
        pages = folder_of(tmp_path, *expected)
        done = crawl(pages, tmp_path / "c", f"-sDOWNLOAD_MAXSIZE={ENDLESS_LIMIT}", "-sSOURCEKEEP_TRIES=1")
    assert done.reasons == Counter(expected.values())
    assert done.peak < MEMORY
    held = captures(tmp_path / "c")
    for url, reason in expected.items():
        status, truncated, length = held[url]
        assert length <= ENDLESS_LIMIT
        if "interim" in url or "blank" in url:
            assert (status, truncated) == (None, None)  # an answer never began
        else:
            assert truncated == {"too_large": "length", "protocol_error": "unspecified"}[reason]
            assert status == 200
    assert length_of(held, "body") == length_of(held, "announced") == ENDLESS_LIMIT


def length_of(held: dict[str, tuple[int | None, str | None, int]], name: str) -> int:
    """The payload kept of the answer of that name."""
    return next(length for url, (_, _, length) in held.items() if url.endswith(f"/{name}.html"))


def test_a_large_body_streams_to_disk(tmp_path: Path) -> None:
    """256 MiB, whole, beside a head with a line of 100 kB: both are kept to the last byte, in little memory."""
    mib = 256
    with ByteServer(keep=0) as web:
        web.on("/robots.txt", ROBOTS)
        web.on("/film", lambda _: endless(HEAD + b"Content-Length: %d\r\n\r\n" % (mib << 20), PIECE, mib))
        web.on("/line", ok(b"an article", b"X-Long: " + b"x" * 100_000))
        done = crawl(folder_of(tmp_path, web.url("/film"), web.url("/line")), tmp_path / "c")
        held = captures(tmp_path / "c")
        assert held[web.url("/film")] == (200, None, mib << 20)
        assert held[web.url("/line")] == (200, None, 10)
    assert done.reasons == {"ok": 2}
    assert done.peak < MEMORY


def test_bombs_that_an_article_can_be_are_kept_and_read_so_far(tmp_path: Path) -> None:
    """Packed a thousand and a million times, nested, crowded, in wrong charsets: the run ends well, each with a
    finding, in little memory and with every byte kept."""
    bombs = {
        "/zeros.html": ok(zeros(600), HTML, GZIP),
        "/twice.html": ok(gzip.compress(zeros(600)), HTML, b"Content-Encoding: gzip, gzip"),
        "/members.html": ok(gzip.compress(b"") * 400_000, HTML, GZIP),
        "/nested.html": ok(b"<html><body>" + b"<div>" * 200_000, HTML),
        "/attributes.html": ok(b"<html><p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x", HTML),
        "/laughs.html": ok(laughs(), HTML),
        "/utf-7.html": ok(b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-" * 50, HTML + b"; charset=utf-7"),
        "/nul.html": ok(b"<html><body><p>\0a\0\xff\xfe bridge" * 50, HTML + b"; charset=utf-16"),
        "/lie.html": ok("<html><body><p>Eine Brücke öffnet.</p>".encode("latin-1") * 50, HTML + b"; charset=idna"),
    }
    with ByteServer(keep=0) as web:
        web.on("/robots.txt", ROBOTS)
        for path, answer in bombs.items():
            web.on(path, answer)
        done = crawl(folder_of(tmp_path, *map(web.url, bombs)), tmp_path / "c", timeout=180)
        held = captures(tmp_path / "c")
        for path, answer in bombs.items():
            assert held[web.url(path)][2] == len(answer.partition(b"\r\n\r\n")[2])
    assert done.reasons == {"ok": len(bombs)}
    assert done.peak < MEMORY
    assert len(articles(tmp_path / "c")) == len(bombs)


def laughs() -> bytes:
    """A billion of them, if entities were expanded."""
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">' + entities + b"]><html><body><h1>&l9;</h1></html>"


RULES = b"User-agent: *\nDisallow: /private\n"
FILLING = b"# nothing\n" * (2 << 20)


ROBOTS_BOMBS: tuple[tuple[Script, int], ...] = (  # and how many of the two links of that host it forbids
    (ok(RULES + FILLING[: 2 << 20] + b"Disallow: /late\n"), 1),
    (lambda _: endless(HEAD + b"\r\n" + RULES, FILLING[:65540]), 1),
    (ok(gzip.compress(RULES + bytes(100 << 20)), GZIP), 1),
    (ok(gzip.compress(gzip.compress(RULES + bytes(100 << 20))), b"Content-Encoding: gzip, gzip"), 1),
    (ok(gzip.compress(b"") * 100_000, GZIP), 0),
    (lambda _: endless(HEAD, b"X-More: of the same\r\n" * 500), 0),
    (ok(b"User-agent: *\nDisallow: /" + b"*a" * 200_000 + b"\n"), 0),
    (ok(b"Disallow: /\0\n" * 40_000), 0),
)


def test_robots_txt_is_read_to_its_limit(tmp_path: Path) -> None:
    """What stands in the first 500 KiB counts (RFC 9309 section 2.5), whatever follows and however it is packed."""
    urls = []
    with contextlib.ExitStack() as stack:
        for number, (robots, _) in enumerate(ROBOTS_BOMBS, 1):
            web = stack.enter_context(ByteServer(f"127.0.1.{number}", keep=0))
            web.on("/robots.txt", robots)
            web.on("*", ok(b"an article"))
            urls += [web.url("/private"), web.url("/late")]
        done = crawl(folder_of(tmp_path, *urls), tmp_path / "c", "--no-extract", "-sSOURCEKEEP_TRIES=1", timeout=60)
    forbidden = sum(number for _, number in ROBOTS_BOMBS)
    assert done.reasons == {"robots_excluded": forbidden, "ok": len(urls) - forbidden}
    assert not [url for url in captures(tmp_path / "c") if url.endswith("/private") and urls.index(url) < 8]
    assert done.peak < MEMORY


def filled(piece: bytes) -> bytes:
    """As large a page as is read, of one piece."""
    return (piece * (MAX_BYTES // len(piece) + 1))[:MAX_BYTES]


SLOWEST = filled(b"1. [a](b\nc\nd\ne\nf\ng\nh\n")  # found by measuring: links that every line could still end

PAGES = {
    "brackets.md": (b"[" * 50_000, b"", ""),
    "quotes.md": (filled(b"> "), b"", ""),
    "slowest.md": (SLOWEST, b"", ""),
    "large.md": (filled(b"word ") + b"x", b"", "more than 1,048,576 bytes"),
    "attributes.html": (b"<html><p " + b" ".join(b"a%d=1" % n for n in range(90_000)) + b">", b"", "crowded"),
    "nested.html": (b"<html><body>" + b"<div>" * 200_000, b"", "crowded"),
    "links.html": (b"<html>" + b"<a href=/x>x</a>" * 500_000, b"", "more than 1,048,576 bytes"),
    "laughs.html": (laughs(), b"", ""),
    "entities.html": (b"<!DOCTYPE html [" + b'<!ENTITY e "x">' * 50_000 + b"]><html><h1>x</h1>", b"", "crowded"),
    "less-than.html": (b"<" * (100 << 20), b"", "more than 1,048,576 bytes"),
    "zeros.md": (zeros(300), GZIP, "more than 1,048,576 bytes"),
    "twice.md": (gzip.compress(zeros(300)), b"Content-Encoding: gzip, gzip", "more than 1,048,576 bytes"),
    "members.md": (gzip.compress(b"") * 400_000, GZIP, ""),
    "utf-7.md": (b"+ADw-script+AD4-" * 9000, b"Content-Type: text/markdown; charset=utf-7", ""),
    "nul.md": (b"\0# \0title\0\n" * 9000, b"", ""),
    "broken.md": (b"# \xff\xfe\xc3\x28\n" * 9000, b"Content-Type: text/markdown; charset=utf-8", ""),
}


def test_event_pages_that_are_bombs_hold_nobody_up(tmp_path: Path) -> None:
    """Each is kept; what is not read is told with its reason; meanwhile another host is served without a pause."""
    times: list[float] = []

    def article(_: bytes) -> Steps:
        times.append(time.monotonic())
        return ok(b"an article")

    with ByteServer(keep=0) as web, ByteServer("127.0.0.2") as other:
        for server in (web, other):
            server.on("/robots.txt", ROBOTS)
        other.on("*", article)
        cited = [other.url(f"/{number}") for number in range(100)]
        names = ["/news/2016/02/3/bridge.md", *(f"/news/2016/02/3/{name}" for name in PAGES)]
        web.on(day_path(DAY), page(index(DAY, names)))
        web.on("/news/2016/02/2/index.md", page("nothing"))
        web.on(names[0], page(event(DAY, cited)))
        for name, (body, header, _) in PAGES.items():
            web.on(f"/news/2016/02/3/{name}", ok(body, *([header] if header else [])))
        done = crawl(web.url(day_path(DAY)), tmp_path / "c", "-sSOURCEKEEP_DELAY=0.05", "--no-extract")
        held = captures(tmp_path / "c")
        for name, (body, _, _) in PAGES.items():
            assert held[web.url(f"/news/2016/02/3/{name}")] == (200, None, len(body))
    assert done.reasons == {"ok": 100}
    for reason in {reason for _, _, reason in PAGES.values() if reason}:
        assert reason in done.problems
    assert done.peak < MEMORY
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert max(pauses) < 2.0


def test_a_page_whose_reading_takes_too_long_is_given_up() -> None:
    """The process that reads it is killed, the page is an unread one, and the next page is read."""

    async def read() -> Iterator[object]:
        reader = PageReader(seconds=1)
        try:
            slow = await reader.read(SLOWEST, "news/2016/02/3/slow.md", None)
            fine = await reader.read(event(DAY).encode(), "news/2016/02/3/fine.md", None)
        finally:
            reader.stop()
        return iter((slow, fine))

    slow, fine = asyncio.run(read())
    assert isinstance(slow, OtherPage)
    assert slow.unread.startswith("timed_out, killed after")
    assert getattr(fine, "title", None) == "A bridge opens"
