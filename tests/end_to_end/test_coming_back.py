"""What was not there once is asked for again; what was stopped in the middle of a body stays whole."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from crawler.sample import SampleWeb, materialise
from crawler.sample.expected import expected
from tests.end_to_end.command import FAST, report_of, sourcekeep, start
from tests.end_to_end.test_retry_after import PAGE, page_with
from tests.web.byte_server import HANG, ByteServer, ok

GONE = ok(b"no such page", status=b"404 Not Found")
SAD = ok(b"sad", status=b"503 Service Unavailable")
EVENT = "/news/2016/02/3/a-bridge-opens.md"
INDEX = f"## [2016-02-3](/news/2016/02/3/index.md)\n\n##### Bridges\n### [A bridge opens]({EVENT})\n".encode()
ONCE = (*FAST, "-sSOURCEKEEP_TRIES=1")


def event_page(source: str) -> bytes:
    """The page at EVENT."""
    return PAGE.format(sources=f"1. [Courier]({source})").encode()


def reasons(report: dict[str, object]) -> object:
    """Of the report's citations."""
    citations = report["citations"]
    assert isinstance(citations, dict)
    return citations["reasons"]


def test_pages_that_were_gone_are_asked_for_again(tmp_path: Path) -> None:
    """An event page, and the home page itself, with a 404 in one run: the next one reads them."""
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/source", ok(b"an article"))
        web.on("/index.md", GONE, ok(INDEX))
        web.on("/news/2016/02/3/index.md", ok(INDEX))
        web.on(EVENT, GONE, ok(event_page(web.url("/source"))))
        site = web.url("/index.md")
        runs = [sourcekeep("crawl", site, "-c", tmp_path / "c", "--json", *ONCE) for _ in range(3)]
    assert [done.returncode for done in runs] == [1, 1, 0]
    assert reasons(report_of(runs[2])) == {"ok": 1}


def test_a_robots_txt_that_was_ill_is_asked_again(tmp_path: Path) -> None:
    """503 is no rule: the source failed for now, and is kept by the next run."""
    with ByteServer() as web:
        web.on("/robots.txt", SAD, ok(b""))
        web.on("/a", ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        first, second = (report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *ONCE)) for _ in range(2))
    assert (reasons(first), reasons(second)) == ({"server_error": 1}, {"ok": 1})


def test_a_rule_that_was_lifted_is_noticed(tmp_path: Path) -> None:
    """Disallow in one run, gone in the next."""
    with ByteServer() as web:
        web.on("/robots.txt", ok(b"User-agent: *\nDisallow: /"), ok(b""))
        web.on("/a", ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        first, second = (report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *ONCE)) for _ in range(2))
    assert (reasons(first), reasons(second)) == ({"robots_excluded": 1}, {"ok": 1})


def test_a_site_behind_a_redirect_is_walked(tmp_path: Path) -> None:
    """From one host to another, as http to https or to www."""
    with ByteServer() as old, ByteServer("127.0.0.2") as new:
        old.on("/robots.txt", ok(b""))
        new.on("/robots.txt", ok(b""))
        old.on("/index.md", ok(b"", b"Location: " + new.url("/index.md").encode(), status=b"301 Moved Permanently"))
        new.on("/index.md", ok(INDEX))
        new.on("/news/2016/02/3/index.md", ok(INDEX))
        new.on("/source", ok(b"an article"))
        new.on(EVENT, ok(event_page(new.url("/source"))))
        done = sourcekeep("crawl", old.url("/index.md"), "-c", tmp_path / "c", "--json", *FAST)
    assert (done.returncode, reasons(report_of(done))) == (0, {"ok": 1}), done.stderr


def test_other_spellings_of_a_site_are_the_same_site(tmp_path: Path) -> None:
    """Capitals in scheme and host."""
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/source", ok(b"an article"))
        web.on("/index.md", ok(INDEX))
        web.on("/news/2016/02/3/index.md", ok(INDEX))
        web.on(EVENT, ok(event_page(web.url("/source"))))
        port = web.url("/").rsplit(":", 1)[1].rstrip("/")
        resolve = '-sSOURCEKEEP_RESOLVE={"archive.test": "127.0.0.1"}'
        site = f"HTTP://Archive.TEST:{port}/index.md"
        done = sourcekeep("crawl", site, "-c", tmp_path / "c", "--json", resolve, *FAST)
    assert report_of(done)["events"] == {"total": 1, "read": 1}, done.stderr


def test_a_name_that_is_no_utf8_costs_nobody_anything(tmp_path: Path) -> None:
    """A file name of other bytes: its page is read like any other."""
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/a", ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        day = pages / "news" / "2016" / "02" / "3"
        Path(os.fsdecode(os.fsencode(day) + b"/aaa\xff.md")).write_bytes(event_page(web.url("/a")))
        done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST)
        assert done.returncode == 0, done.stderr
        assert report_of(done)["events"] == {"total": 2, "read": 2}
        assert sourcekeep("verify", "-c", tmp_path / "c").returncode == 0


@pytest.mark.parametrize("seconds", [0.02, 0.6])
def test_two_signals_in_the_middle_of_a_body(tmp_path: Path, seconds: float) -> None:
    """The second ends the run at once, exit 11, no traceback, a report; the next run goes on."""
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/a", [ok(b"x" * 1000)[:-500], HANG], ok(b"an article"))
        pages = page_with(tmp_path / "pages", web.url("/a"))
        crawl = start("crawl", pages, "-c", tmp_path / "c", "--json", *FAST)
        while not any(each.target == "/a" for each in web.log):
            assert crawl.poll() is None, crawl.communicate()
            time.sleep(0.05)
        crawl.send_signal(signal.SIGINT)
        time.sleep(seconds)
        crawl.send_signal(signal.SIGINT)
        out, err = crawl.communicate(timeout=20)
        assert crawl.returncode == 11, out + err
        assert "Traceback" not in err
        assert not list((tmp_path / "c" / "archive").glob("*.open"))
        last = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST)
        assert (last.returncode, reasons(report_of(last))) == (0, {"ok": 1}), last.stderr


def test_extract_leaves_the_ledger_alone(tmp_path: Path) -> None:
    """It asks for nothing, so what failed for now stays failed, and it ends with 0."""
    with SampleWeb() as web:
        materialise(tmp_path / "pages", port=web.port)
        resolve = "-sSOURCEKEEP_RESOLVE=" + str(web.resolve_table()).replace("'", '"')
        options = ["-c", tmp_path / "c", "--json", "--no-extract", resolve, *FAST]
        first = report_of(sourcekeep("crawl", tmp_path / "pages", *options))
    done = sourcekeep("extract", "-c", tmp_path / "c", "--json")
    assert done.returncode == 0, done.stderr
    assert report_of(done)["citations"] == first["citations"]


def test_a_limit_repeated_gets_on(tmp_path: Path) -> None:
    """One event a run: as many runs as events, and each reads a new one."""
    with SampleWeb() as web:
        resolve = "-sSOURCEKEEP_RESOLVE=" + str(web.resolve_table()).replace("'", '"')
        options = ["-c", tmp_path / "c", "--json", "--no-extract", "--limit=2", resolve, *FAST]
        totals = [report_of(sourcekeep("crawl", web.home(), *options))["events"] for _ in range(4)]
    assert totals == [{"total": 2 * run, "read": 2} for run in range(1, 5)]
    assert len(expected(web.port, language="en")) == 8
