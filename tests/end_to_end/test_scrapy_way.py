"""`scrapy crawl events -a site=... -a collection=...`: the same job, Scrapy's way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from crawler.sample import SampleWeb, materialise
from crawler.sample.expected import expected
from tests.end_to_end.command import FAST, PROJECT, environment, sourcekeep


def test_scrapy_does_the_whole_job(tmp_path: Path) -> None:
    """Fetch, articles, documents and report; what it leaves passes verify and equals what the command leaves."""
    with SampleWeb() as web:
        materialise(tmp_path / "pages", port=web.port)
        settings = ["-s", "SOURCEKEEP_RESOLVE=" + json.dumps(web.resolve_table())]
        settings += ["-s", "SOURCEKEEP_ALLOW_NETWORKS=127.0.0.0/8"]
        settings += [part for each in FAST[1:] for part in ("-s", each.removeprefix("-s"))]
        command = [sys.executable, "-m", "scrapy", "crawl", "events", "-a", f"site={tmp_path / 'pages'}"]
        command += ["-a", f"collection={tmp_path / 'c'}", *settings]
        done = subprocess.run(
            command, cwd=PROJECT, env=environment(), capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "c" / "runs").iterdir()
    report = json.loads((run / "report.json").read_text())
    assert report["exit_code"] == 0, report
    assert report["citations"]["total"] == sum(len(cited) for cited in expected(web.port).values())
    assert report["citations"]["waiting"] == 0
    assert len(list((tmp_path / "c" / "events").rglob("*.json"))) == len(expected(web.port))
    assert sourcekeep("verify", "-c", tmp_path / "c", "-q").returncode == 0
