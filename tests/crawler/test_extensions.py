"""The job bound to the crawl: a fault of ours in reading a page ends neither the crawl nor the page's link for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from crawler.sample import SampleWeb
from tests.end_to_end.command import FAST, PROJECT, environment

FAULTY = """
from spiders.events import EventsSpider

class FaultySpider(EventsSpider):
    name = "faulty"

    def parse(self, response):
        if "/news/" in response.url and "index" not in response.url:
            raise RuntimeError("a fault of ours")
        yield from super().parse(response)
"""


def test_a_page_that_cannot_be_read_fails_and_the_crawl_ends(tmp_path: Path) -> None:
    """Each event page raises: tried as often as is allowed, settled as our fault, in the report; nothing hangs."""
    (tmp_path / "faulty.py").write_text(FAULTY)
    with SampleWeb() as web:
        settings = [f"SPIDER_MODULES={'faulty'}", "SOURCEKEEP_RESOLVE=" + json.dumps(web.resolve_table())]
        settings += ["SOURCEKEEP_ALLOW_NETWORKS=127.0.0.0/8", *(each.removeprefix("-s") for each in FAST[1:])]
        command = [sys.executable, "-m", "scrapy", "crawl", "faulty", "-a", f"site={web.home()}"]
        command += ["-a", f"collection={tmp_path / 'c'}", *(part for each in settings for part in ("-s", each))]
        where = {**environment(), "PYTHONPATH": f"{PROJECT}:{tmp_path}"}
        done = subprocess.run(command, cwd=PROJECT, env=where, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "c" / "runs").iterdir()
    report = json.loads((run / "report.json").read_text())
    assert report["errors"]["internal_error"] >= 1
    assert report["events"]["total"] == 0
    assert "a fault of ours" in done.stderr
