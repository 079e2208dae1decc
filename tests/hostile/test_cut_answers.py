"""Answers that are not whole, however they were cut: kept, marked, failed for now, and kept whole by a later run.

Three runs of the real program over the same pages: every source is cut in the first two, and there in the third.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from warcio.archiveiterator import ArchiveIterator

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.end_to_end.test_retry_after import page_with
from tests.hostile.answers import chunked, sha1
from tests.web.byte_server import CLOSE, DROP, RESET, ByteServer, Logged, Pause, Step, ok

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
NINE = b"Content-Length: 9\r\n\r\nhel"
TEXT = b"<p>The bridge was opened on Wednesday.</p>" * 50
GZIP = gzip.compress(TEXT, mtime=0)
ZLIB = zlib.compress(TEXT)
GZIPPED = b"Content-Encoding: gzip"
MOST = 100_000
RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A row: the steps of the first two answers, and what must come of each."""

    steps: tuple[Step, ...]
    payload: bytes
    truncated: str = "disconnect"  # WARC-Truncated
    reason: str = "truncated"  # in the ledger
    error: str = "truncated"  # of the metadata record
    says: str = ""  # in its error text
    again: bool = True  # whether the next run asks again
    block: bytes | None = None  # where less is kept than was sent


CUTS: dict[str, Cut] = {
    "short-body": Cut(steps=(OK + NINE, CLOSE), payload=b"hel", says="within the body"),
    "cut-chunk": Cut(steps=(CHUNKED + b"9\r\nhel", CLOSE), payload=b"hel"),
    "no-last-chunk": Cut(steps=(CHUNKED + b"3\r\nhel\r\n", CLOSE), payload=b"hel"),
    "no-end-of-trailers": Cut(steps=(CHUNKED + b"3\r\nhel\r\n0\r\nX: 1\r\n", CLOSE), payload=b"hel"),
    "reset-in-body": Cut(steps=(OK + NINE, Pause(0.1), RESET), payload=b"hel"),
    "reset-until-close": Cut(steps=(OK + b"\r\nhel", Pause(0.1), RESET), payload=b"hel"),
    "reset-in-head": Cut(steps=(OK + b"X-Half: he", Pause(0.1), RESET), payload=b"", says="within the head"),
    "end-in-head": Cut(steps=(OK + b"X-Half: he", CLOSE), payload=b"", says="within the head"),
    "drop-in-body": Cut(steps=(OK + NINE, Pause(0.1), DROP), payload=b"hel"),
    "drip": Cut(
        steps=(OK + b"Content-Length: 99\r\n\r\n", *(b"x", Pause(0.4)) * 30), payload=b"x", truncated="time",
        reason="timeout", error="timeout",
    ),
    "too-long": Cut(
        steps=(ok(b"y" * (MOST + 1)),), payload=b"y" * MOST, truncated="length", reason="too_large", error="too_large",
        again=False, block=ok(b"y" * (MOST + 1))[:-1],
    ),
    "gzip": Cut(
        steps=(ok(GZIP[:-9], GZIPPED),), payload=GZIP[:-9], truncated="unspecified", says="gzip ends before its trailer"
    ),
    "gzip-without-trailer": Cut(
        steps=(ok(GZIP[:-8], GZIPPED),), payload=GZIP[:-8], truncated="unspecified", says="gzip ends before its trailer"
    ),
    "gzip-chunked": Cut(
        steps=(OK + GZIPPED + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(GZIP[:30], GZIP[30:60]),),
        payload=GZIP[:60], truncated="unspecified", says="gzip ends before its trailer",
    ),
    "gzip-until-close": Cut(
        steps=(OK + GZIPPED + b"\r\n\r\n" + GZIP[:50], CLOSE), payload=GZIP[:50], truncated="unspecified",
        says="gzip ends before its trailer",
    ),
    "gzip-broken": Cut(
        steps=(ok(GZIP[:-8] + bytes(8), GZIPPED),), payload=GZIP[:-8] + bytes(8), truncated="unspecified",
        says="gzip is broken",
    ),
    "gzip-twice": Cut(
        steps=(ok(gzip.compress(GZIP, mtime=0)[:-9], b"Content-Encoding: gzip, gzip"),),
        payload=gzip.compress(GZIP, mtime=0)[:-9], truncated="unspecified", says="gzip ends before its trailer",
    ),
    "deflate": Cut(
        steps=(ok(ZLIB[:-5], b"Content-Encoding: deflate"),), payload=ZLIB[:-5], truncated="unspecified",
        says="deflate ends before its last block",
    ),
    "part": Cut(
        steps=(ok(b"hel", b"Content-Range: bytes 0-2/5", status=b"206 Partial Content"),), payload=b"hel",
        truncated="unspecified", says="bytes 0-2/5",
    ),
    "part-of-nobody-knows": Cut(
        steps=(ok(b"hel", status=b"206 Partial Content"),), payload=b"hel", truncated="unspecified",
        says="a part that nobody asked for",
    ),
    "gone-and-short": Cut(
        steps=(b"HTTP/1.1 404 Not Found\r\n" + NINE, CLOSE), payload=b"hel", reason="gone", again=False
    ),
}  # fmt: skip
OVER_TLS: dict[str, Cut] = {
    "no-close-notify": Cut(steps=(OK + b"\r\nhello", Pause(0.1), DROP), payload=b"hello", says="close_notify"),
}
TABLES = {"http": CUTS, "https": CUTS | OVER_TLS}
ROWS = [(scheme, name) for scheme, table in TABLES.items() for name in table]


def whole(scheme: str, name: str) -> bytes:
    """The body of the third answer: no two are the same."""
    return f"all of {name} over {scheme}".encode()


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt at a URL, as it lies in the WARCs: headers by record type, block of the response, metadata."""

    headers: dict[str, str]
    block: bytes
    fields: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Crawled:
    """What the servers saw, and what came of it in each run."""

    log: dict[str, list[Logged]]
    kept: dict[str, list[Attempt]]
    reasons: list[dict[str, str]]
    folder: Path


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """Three runs over all rows."""
    folder = tmp_path_factory.mktemp("cut")
    certificate = trustme.CA().issue_cert("127.0.0.2")
    with ByteServer() as plain, ByteServer("127.0.0.2", certificate=certificate) as secure:
        webs = {"http": plain, "https": secure}
        for web in webs.values():
            web.on("/robots.txt", ok(b""))
        for scheme, name in ROWS:
            steps = TABLES[scheme][name].steps
            webs[scheme].on(f"/{name}", steps, steps, ok(whole(scheme, name)))
        urls = {(scheme, name): webs[scheme].url(f"/{name}") for scheme, name in ROWS}
        pages = page_with(folder / "pages", *urls.values())
        reasons = [run(pages, folder / "c") for _ in range(RUNS)]
        log = {url: webs[scheme].entries(url) for (scheme, _), url in urls.items()}
    return Crawled(log=log, kept=read(folder / "c"), reasons=reasons, folder=folder / "c")


def run(pages: Path, collection: Path) -> dict[str, str]:
    """Crawls; the reason the ledger gives for each URL."""
    limits = ("-sSOURCEKEEP_TRIES=1", "-sDOWNLOAD_TIMEOUT=3", f"-sDOWNLOAD_MAXSIZE={MOST}", "--requisites", "none")
    done = sourcekeep("crawl", pages, "-c", collection, "--json", "--no-extract", *FAST, *limits)
    assert report_of(done)["exit_code"] == 0, done.stderr
    ledger = max(collection.glob("runs/*/ledger.csv"), key=lambda path: path.parent.name)
    with ledger.open(newline="") as file:
        return {row["url"]: row["reason"] for row in csv.DictReader(file)}


def read(collection: Path) -> dict[str, list[Attempt]]:
    """Every response by URL, in the order of time, with its metadata record."""
    kept: dict[str, list[Attempt]] = {}
    fields: dict[str, dict[str, str]] = {}
    for warc in sorted(collection.glob("archive/*.warc.gz")):
        with warc.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True):
                headers, block = dict(record.rec_headers.headers), record.raw_stream.read()
                if record.rec_type in ("response", "revisit"):
                    attempt = Attempt(headers=headers, block=block, fields={})
                    kept.setdefault(headers["WARC-Target-URI"], []).append(attempt)
                    fields[headers["WARC-Record-ID"]] = attempt.fields
                elif record.rec_type == "metadata" and (main := headers.get("WARC-Concurrent-To")) in fields:
                    fields[main].update(line.split(": ", 1) for line in block.decode().splitlines())
    return kept


def expected(cut: Cut, attempt: Attempt, sent: bytes) -> tuple[bytes, bytes]:
    """Block and payload. How much of a drip comes in time is up to the clock: some of it, and not all."""
    if cut.truncated != "time":
        return (sent if cut.block is None else cut.block), cut.payload
    head = b"".join(step for step in cut.steps if isinstance(step, bytes)).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    payload = cut.payload * (len(attempt.block) - len(head))
    assert 0 < len(payload) < cut.steps.count(cut.payload)
    return head + payload, payload


@pytest.mark.parametrize(("scheme", "name"), ROWS)
def test_what_was_cut_is_kept_and_says_so(crawled: Crawled, scheme: str, name: str) -> None:
    """In each run anew, as a record of its own and never as a revisit: as far as it came, with the reason."""
    cut = TABLES[scheme][name]
    (url,) = (each for each in crawled.log if each.startswith(f"{scheme}:") and each.endswith(f"/{name}"))
    attempts, logged = crawled.kept[url], crawled.log[url]
    cut_ones = attempts[: 2 if cut.again else 1]
    for attempt, entry in zip(cut_ones, logged, strict=False):
        block, payload = expected(cut, attempt, bytes(entry.sent))
        assert attempt.block == block
        assert attempt.headers["WARC-Type"] == "response"
        assert attempt.headers["WARC-Truncated"] == cut.truncated
        assert attempt.headers["WARC-Block-Digest"] == sha1(block)
        assert attempt.headers["WARC-Payload-Digest"] == sha1(payload)
        assert attempt.fields["error"] == cut.error
        assert cut.says in attempt.fields["errorText"]
    assert [reasons[url] for reasons in crawled.reasons[:2]] == [cut.reason] * 2


@pytest.mark.parametrize(("scheme", "name"), ROWS)
def test_the_next_run_asks_again_and_keeps_what_is_whole(crawled: Crawled, scheme: str, name: str) -> None:
    """What failed for now is asked for in each run until it is there; what failed for good is not."""
    cut = TABLES[scheme][name]
    (url,) = (each for each in crawled.log if each.startswith(f"{scheme}:") and each.endswith(f"/{name}"))
    assert len(crawled.log[url]) == len(crawled.kept[url]) == (RUNS if cut.again else 1)
    if cut.again:
        last = crawled.kept[url][-1]
        assert "WARC-Truncated" not in last.headers
        assert last.block == ok(whole(scheme, name))
        assert crawled.reasons[-1][url] == "ok"
    else:
        assert crawled.reasons[-1][url] == cut.reason


HALF_THE_RULES = b"User-agent: *\n"  # "Disallow: /" would follow
HALF_ROBOTS: dict[str, tuple[Step, ...]] = {
    "short": (OK + b"Content-Length: 25\r\n\r\n" + HALF_THE_RULES, CLOSE),
    "chunk": (CHUNKED + b"%x\r\n%b" % (25, HALF_THE_RULES), CLOSE),
    "gzip": (ok(gzip.compress(HALF_THE_RULES, mtime=0)[:-1], GZIPPED),),
}


@pytest.mark.parametrize("name", HALF_ROBOTS)
def test_half_a_robots_txt_allows_nothing(tmp_path: Path, name: str) -> None:
    """What it forbids may be in the other half: nothing is fetched, and the next run asks again (RFC 9309 2.3.1.4)."""
    with ByteServer() as web:
        web.on("/robots.txt", HALF_ROBOTS[name], ok(HALF_THE_RULES + b"Disallow: /"))
        web.on("/a", ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        reasons = [run(pages, tmp_path / "c")[web.url("/a")] for _ in range(2)]
        fetched = web.requests("/a")
    assert (reasons, fetched) == (["truncated", "robots_excluded"], [])


def test_a_404_for_robots_txt_needs_no_body(tmp_path: Path) -> None:
    """There are no rules, however much of the page that says so came."""
    with ByteServer() as web:
        web.on("/robots.txt", [b"HTTP/1.1 404 Not Found\r\n" + NINE, CLOSE])
        web.on("/a", ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        assert run(pages, tmp_path / "c") == {web.url("/a"): "ok"}


def test_verify_finds_nothing_wrong(crawled: Crawled) -> None:
    """Cut records are sound records."""
    done = sourcekeep("verify", "-c", crawled.folder)
    assert done.returncode == 0, done.stdout
