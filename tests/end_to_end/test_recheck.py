"""Rechecks of what a real crawl has kept, as commands: killed, stopped, gone on with, by `scrapy crawl` too."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.checks import Check
from archive.state_rows import history
from crawler.rechecking import enrol_urls
from tests.crawler.check_bed import story
from tests.end_to_end.command import FAST, PROJECT, environment, report_of, sourcekeep, start
from tests.web.byte_server import ByteServer, Pause, ok

LINKS = 12
SHOP = story("shop", around="<p>All shoes are reduced this week.</p>")


@dataclass(frozen=True, slots=True)
class Crawled:
    """A collection made by a crawl, and the server its sources lie on."""

    web: ByteServer
    collection: Path

    @property
    def urls(self) -> list[str]:
        """The sources."""
        return [self.web.url(f"/story-{number}.html") for number in range(LINKS)]

    def checks(self, url: str) -> list[Check]:
        """All checks of a link."""
        path = self.collection / "catalogue.db"
        with closing(Catalogue.open(path, create=False)) as catalogue, catalogue.reading() as connection:
            return history(connection, url)

    def recheck(self, *arguments: str) -> dict[str, object]:
        """The report of a recheck."""
        return report_of(sourcekeep("recheck", "-c", self.collection, "--json", *FAST, *arguments))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """An event with twelve sources, crawled; one of them behind a redirect."""
    folder = tmp_path_factory.mktemp("recheck")
    with ByteServer() as web:
        for number in range(LINKS):
            web.on(f"/story-{number}.html", story(f"story{number}"))
        web.on("/old", b"HTTP/1.1 302 Found\r\nLocation: /story-0.html\r\nContent-Length: 0\r\n\r\n")
        urls = [web.url(f"/story-{number}.html") for number in range(1, LINKS)] + [web.url("/old")]
        cited = "\n".join(f"{number}. [Courier]({url})" for number, url in enumerate(urls, 1))
        page = folder / "site" / "news" / "2016" / "02" / "3" / "event.md"
        page.parent.mkdir(parents=True)
        page.write_text(f"##### Bridges\n# Event\n\nSummary.\n\n\n### Sources:\n\n{cited}\n", encoding="utf-8")
        done = sourcekeep("crawl", folder / "site", "-c", folder / "c", "--requisites", "none", "--json", *FAST)
        assert report_of(done)["citations"]["kept"] == LINKS  # type: ignore[index]
        yield Crawled(web, folder / "c")


def test_rechecks_of_a_crawl(crawled: Crawled, tmp_path: Path) -> None:
    """Nothing is due at once; a week later all is, compared with what the crawl kept, the redirect's copy with where it
    leads. A recheck killed with -9 is gone on with; `scrapy crawl recheck` does the same. Then a source dies a soft
    death: exit code 2, the answers are in the WARCs, verify finds nothing, and no event takes them for copies."""
    web = crawled.web
    assert crawled.recheck()["checks"] == 0
    listed = json.loads(sourcekeep("recheck", "-c", crawled.collection, "--dry-run", "--json", "--now", _day(9)).stdout)
    assert {each["url"] for each in listed["links"]} == {*crawled.urls[1:], web.url("/old")}

    killed = start("recheck", "-c", crawled.collection, "--now", _day(9), *FAST, "-sSOURCEKEEP_DELAY=0.3")
    _until(lambda: sum(bool(crawled.checks(url)) for url in crawled.urls[1:]) >= 2)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    made = {url for url in crawled.urls[1:] if crawled.checks(url)}
    settings = [each.removeprefix("-s") for each in FAST if each.startswith("-s")]
    command = [sys.executable, "-m", "scrapy", "crawl", "recheck", "-a", f"collection={crawled.collection}"]
    for setting in (*settings, f"SOURCEKEEP_NOW={_day(9)}", "SOURCEKEEP_ALLOW_NETWORKS=127.0.0.0/8"):
        command += ["-s", setting]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment(), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    for url in (*crawled.urls[1:], web.url("/old")):
        (check,) = crawled.checks(url)
        assert (check.verdict.state, check.verdict.evidence.rule) == ("ok", "still_there"), url
    assert crawled.checks(crawled.urls[1])[0].verdict.evidence.compared_with
    assert made

    for number in range(LINKS):
        web.on(f"/story-{number}.html", SHOP)
    web.on("*", SHOP)
    codes = [crawled.recheck("--all", "--now", _day(day))["exit_code"] for day in (20, 24, 28)]
    assert codes == [0, 0, 2]
    verified = sourcekeep("verify", "-c", crawled.collection)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    site = crawled.collection.parent / "site"
    sourcekeep("crawl", site, "-c", crawled.collection, "--requisites", "none", *FAST)
    (document,) = (crawled.collection / "events").rglob("*.json")
    for citation in json.loads(document.read_text(encoding="utf-8"))["citations"]:
        assert len(citation["copies"]) == 1, citation


def test_a_signal_ends_a_recheck_cleanly(crawled: Crawled, tmp_path: Path) -> None:
    """SIGTERM: what is under way is finished, exit code 11, and the same command goes on."""
    with ByteServer("127.0.0.5") as slow:
        slow.on("*", lambda _: [Pause(0.3), ok(b"<p>Words.</p>", b"Content-Type: text/html")])
        urls = [slow.url(f"/{number}") for number in range(30)]
        with closing(Catalogue.open(crawled.collection / "catalogue.db", create=False)) as catalogue:
            enrol_urls(catalogue, urls, datetime.now(UTC))
        chosen = [f"--url={url}" for url in urls]
        run = start("recheck", "-c", crawled.collection, "--json", *chosen, *FAST)
        _until(lambda: len(slow.log) >= 7)
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=30)
    assert run.returncode == 11, err
    report = json.loads(out)
    assert 0 < report["checks"] < 30
    assert report["states"].get("internal_error", 0) == 0
    assert (crawled.collection / "runs" / report["run"]["name"] / "report.json").exists()


def _day(number: int) -> str:
    """So many days from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400 * number))


def _until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
