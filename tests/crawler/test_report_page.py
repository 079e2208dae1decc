"""Reports as pages and as text, and how long they are kept."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from archive.catalogue import Catalogue
from archive.ledger import ledger_rows
from crawler.conclusion import Count
from crawler.report_files import prune, read_json, run_folders, write_report
from crawler.report_page import report_page
from crawler.report_sections import Chart, Table, sections_of, title_of
from crawler.report_text import report_text
from tests.archive.small_collection import AT, PATH, build

NASTY = "<script>alert(1)</script>\"'&\x1b[2J\u202e"
CRAWL: dict[str, object] = {
    "run": {
        "name": "20261123T031500Z-7", "job": "crawl", "site": NASTY, "seconds": 83.0, "configuration": {"a": [NASTY]},
    },
    "exit_code": 14, "reason": "the limit of 9 pages is reached", "collection": "/c",
    "events": {"total": 12, "read": 3}, "captures": 60, "bytes": 1_400_000,
    "citations": {"kept": 32, "failed": 4, "excluded": 2, "waiting": 1, "reasons": {"ok": 32, "gone": 4, NASTY: 1}},
    "statuses": {"200": 50, "404": 6, "none": 4}, "types": {"text/html": 45, NASTY: 1},
    "hosts": [{"host": NASTY, "captures": 3, "bytes": 10}], "hosts_total": 30,
    "sources": [{"event": NASTY, "kept": 1, "failed": 2, "excluded": 0, "waiting": 0}], "sources_total": 9,
    "errors": {"gone": 3}, "failures": [
        {"reason": "gone", "url": "https://courier.test/x?a=1&b=2", "event": NASTY},
        {"reason": "malformed_url", "url": "javascript:alert(1)", "event": "news/x.md"},
    ],
    "requisites": {"reasons": {"ok": 5}}, "warcs": [{"name": "w", "bytes": 900}],
    "disk": {"free": 5_000_000_000, "total": 9_000_000_000, "reserve": 1}, "problems": [NASTY],
}  # fmt: skip
RECHECK: dict[str, object] = {
    "run": {"job": "recheck"}, "exit_code": 2, "reason": "1 link is newly dead", "states": {"gone": 1, "ok": 9},
    "links": {"alive": 9, "dead": 1}, "newly_dead": [{"url": "https://gazette.test/dead", "state": "gone"}],
    "revived": [{"url": "https://gazette.test/back", "state": "ok", "final_url": "https://gazette.test/new"}],
}  # fmt: skip


def page(report: dict[str, object]) -> str:
    """The page of a report."""
    return report_page(title_of(report), [("", sections_of(report))], version="0.1.0")


@pytest.mark.parametrize("report", [CRAWL, RECHECK])
def test_a_page_holds_nothing_but_text_and_pictures(report: dict[str, object]) -> None:
    """No script, no style of another's, nothing loaded, only http(s) links; its SVG is well-formed."""
    text = page(report)
    soup = BeautifulSoup(text, "html.parser")
    assert not soup.find_all(["script", "link", "img", "iframe", "object", "form", "base"])
    assert {
        name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on") or name == "src"
    } == set()
    assert all(re.match("https?://", tag["href"]) for tag in soup.find_all("a"))
    assert "default-src 'none'" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert charts
    for chart in charts:
        ET.fromstring(chart)


def test_a_crawl_s_page_has_all_that_is_asked_of_it() -> None:
    """The crawl, hosts, response codes, types, sources, failures with reasons, disk."""
    soup = BeautifulSoup(page(CRAWL), "html.parser")
    titles = {each.get_text() for each in soup.find_all("h2")}
    assert {
        "The run", "Citations: 39", "Response codes", "Types", "Hosts, the largest of 30", "Failures of this run",
        "Events by their sources, those that lack most first", "Citations that are not kept", "Disk", "Problems",
    } <= titles  # fmt: skip
    assert [a["href"] for a in soup.find_all("a")] == ["https://courier.test/x?a=1&b=2"]
    whole = soup.find("svg")
    assert whole is not None
    widths = [float(str(rect["width"])) for rect in whole.find_all("rect")]
    assert sum(widths) == pytest.approx(900, abs=1)
    assert widths[0] == pytest.approx(900 * 32 / 39, abs=0.1)


def test_a_recheck_s_page_names_who_died_and_who_came_back() -> None:
    """Lists of links, and what they lead to."""
    text = report_text(title_of(RECHECK), [("", sections_of(RECHECK))])
    assert "Newly dead: 1 link" in text
    assert "https://gazette.test/new" in text
    assert "Verdicts" in text


def test_a_report_of_anybody_s_does_no_harm() -> None:
    """Values of the wrong kind, and numbers no run can reach, are left out."""
    wrong = {name: [None, 7, {"captures": "many"}] for name in CRAWL} | {
        "statuses": {"200": 10**400, "404": -5, "500": True}, "hosts": [{"host": {"a": 1}, "captures": 1e9}],
        "run": "text", "citations": {"kept": 10**30}, "newly_dead": 3, "bytes": "x",
    }  # fmt: skip
    for each in sections_of(wrong):
        if isinstance(each, Chart):
            assert all(bar.number >= 0 for bar in each.bars)
        if isinstance(each, Table):
            assert all(len(row) == len(each.names) for row in each.rows)
    assert "<svg" in page(wrong)


# --- on the disk ---

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def folder(runs: Path, name: str, *, job: bool = False) -> Path:
    """A run's folder with what runs write."""
    path = runs / name
    path.mkdir(parents=True)
    write_report(path, CRAWL)
    for each in ("ledger.csv", "crawl.log", "1-crawl.json", ".report.json.tmp"):
        (path / each).write_text("x")
    if job:
        (path / "job.json").write_text("{}")
    return path


def test_old_reports_go_and_nothing_else(tmp_path: Path) -> None:
    """Beyond the latest few, or some days; a job's last one stays, so does what is somebody else's, and every link."""
    runs, elsewhere = tmp_path / "runs", tmp_path / "elsewhere"
    folder(elsewhere, "20200101T000000Z-9")
    first_job = folder(runs, "20261101T000000Z-nightly", job=True)
    last_job = folder(runs, "20261102T000000Z-nightly", job=True)
    old = folder(runs, "20261103T000000Z-1")
    theirs = folder(runs, "20261104T000000Z-2")
    (theirs / "notes.txt").write_text("mine")
    (runs / "20261105T000000Z-3").symlink_to(elsewhere / "20200101T000000Z-9")
    late = [folder(runs, f"2026112{n}T000000Z-{n}") for n in range(1, 4)]
    odd = folder(runs, "my-own-folder")
    assert prune(runs, keep=0, days=0, now=NOW) == []
    assert prune(runs, keep=0, days=10, now=NOW) == [old, first_job]
    assert sorted(each.name for each in theirs.iterdir()) == ["notes.txt"]
    assert (elsewhere / "20200101T000000Z-9" / "report.json").exists()
    assert prune(runs, keep=1, days=0, now=NOW, but=late[0]) == [late[1]]
    assert run_folders(runs) == [late[2], late[0], theirs, last_job]
    assert (odd / "report.json").exists()


def test_a_report_is_written_three_times(tmp_path: Path) -> None:
    """For programs, people and browsers; a link in its place is not read."""
    path = folder(tmp_path, "20261103T000000Z-1")
    assert json.loads((path / "report.json").read_text()) == CRAWL
    assert "Response codes" in (path / "report.txt").read_text()
    assert (path / "report.html").read_text().startswith("<!DOCTYPE html>")
    (tmp_path / "link.json").symlink_to(path / "report.json")
    (tmp_path / "list.json").write_text("[]")
    assert [read_json(tmp_path / name) for name in ("link.json", "list.json", "none.json")] == [None, None, None]


def test_the_events_that_lack_sources_are_counted(tmp_path: Path) -> None:
    """Each with all of its citations, whichever comes first."""
    collection = build(tmp_path / "c")
    count = Count()
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        assert len(list(count.over(ledger_rows(catalogue, AT)))) == 7
    (event,) = count.sources()
    assert count.number_lacking == 1
    assert (event.event, event.kept, event.failed, event.excluded, event.waiting) == (PATH, 4, 2, 1, 0)
