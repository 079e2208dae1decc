"""report.json and the summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.ledger import Totals
from archive.model import Outcome, Reason
from crawler.reports import (
    Failure,
    HostCount,
    Plan,
    RunEnd,
    WarcFile,
    dry_report,
    run_report,
    summary_text,
)
from crawler.tally import Tally

BEGAN = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
RUN = RunEnd(
    id=7, name="20261122T140000Z-7", job="crawl", site="http://archive.test/index.md", collection="./my collection",
    started=BEGAN, ended=BEGAN + timedelta(seconds=83), version="0.1.0", exit_code=0, reason="finished",
    configuration={"delay": 1.0},
)  # fmt: skip
REASONS = {Reason.OK: 28, Reason.MOVED: 4, Reason.GONE: 3, Reason.BLOCKED: 1, Reason.TEMPLATE: 2, Reason.PENDING: 1}


def totals(reasons: Mapping[Reason, int]) -> Totals:
    """The ledger's sums for these reasons."""
    sums = Counter[Outcome]()
    for reason, number in reasons.items():
        sums[reason.outcome] += number
    return Totals(
        total=sums.total(), kept=sums[Outcome.KEPT], failed=sums[Outcome.FAILED], excluded=sums[Outcome.EXCLUDED],
        waiting=sums[Outcome.WAITING], reasons=reasons,
    )  # fmt: skip


TOTALS = totals(REASONS)


def tally() -> Tally:
    """What a run counted."""
    counted = Tally()
    counted.events, counted.pages, counted.captures, counted.bytes = 12, 20, 60, 1_400_000
    counted.statuses.update({200: 50, 404: 6, 0: 4})
    counted.mimes.update({"text/html": 45, "image/png": 15})
    counted.errors.update({Reason.GONE: 3, Reason.BLOCKED: 1})
    return counted


def test_the_ledger_adds_up() -> None:
    """total = kept + failed + excluded + waiting, every one with its reason."""
    citations = run_report(RUN, TOTALS, tally(), events=12, citations=39)["citations"]
    assert citations == {
        "total": 39, "kept": 32, "failed": 4, "excluded": 2, "waiting": 1, "reconciled": True,
        "reasons": {"ok": 28, "moved": 4, "gone": 3, "template": 2, "blocked": 1, "pending": 1},
    }  # fmt: skip


def test_a_citation_without_reason_is_told() -> None:
    """One too many or too few: `reconciled` is false, and people are told as well."""
    report = run_report(RUN, TOTALS, tally(), events=12, citations=40)
    assert report["citations"]["reconciled"] is False  # type: ignore[index]
    assert "do not add up" in summary_text(report)


def test_the_report_is_json_and_whole() -> None:
    """Every key, every number, as plain JSON."""
    hosts = [HostCount(host=f"h{n}.test", captures=n, bytes=n * 10) for n in range(30)]
    failures = [Failure(event="news/x.md", url=f"http://a.test/{n}", reason=Reason.GONE) for n in range(150)]
    report = json.loads(
        json.dumps(
            run_report(
                RUN,
                TOTALS,
                tally(),
                events=12,
                citations=39,
                hosts=hosts,
                warcs=[WarcFile(name="w.warc.gz", bytes=900)],
                failures=failures,
            )
        )
    )
    assert report["run"] == {
        "id": 7, "name": "20261122T140000Z-7", "job": "crawl", "site": "http://archive.test/index.md",
        "started": "2026-11-22T14:00:00.000Z", "ended": "2026-11-22T14:01:23.000Z", "seconds": 83.0, "version": "0.1.0",
        "configuration": {"delay": 1.0},
    }  # fmt: skip
    assert report["statuses"] == {"200": 50, "404": 6, "none": 4}
    assert report["types"] == {"text/html": 45, "image/png": 15}
    assert report["errors"] == {"gone": 3, "blocked": 1}
    assert (report["hosts_total"], len(report["hosts"])) == (30, 20)
    assert report["hosts"][0] == {"host": "h29.test", "captures": 29, "bytes": 290}
    assert report["warcs"] == [{"name": "w.warc.gz", "bytes": 900}]
    assert len(report["failures"]) == 100
    assert report["failures"][0] == {"event": "news/x.md", "url": "http://a.test/0", "reason": "gone"}
    assert report["events"] == {"total": 12, "read": 12}
    assert (report["exit_code"], report["reason"], report["problems"]) == (0, "finished", [])


def test_the_summary_says_what_came_of_it_and_what_next() -> None:
    """Short and aligned; every outcome with its reasons; commands that can be pasted."""
    done = totals({key: n for key, n in REASONS.items() if key is not Reason.PENDING})
    hosts = [HostCount(host="a.test", captures=3, bytes=1)]
    report = run_report(
        RUN, done, tally(), events=12, citations=38, hosts=hosts, warcs=[WarcFile(name="w.warc.gz", bytes=900_000)]
    )
    assert summary_text(report) == (
        "crawl of http://archive.test/index.md: done (finished) after 1 min 23 s\n"
        "\n"
        "  events      12  12 of them new or changed in this run\n"
        "  citations   38\n"
        "    kept      32  ok 28, moved 4\n"
        "    failed     4  gone 3, blocked 1\n"
        "    excluded   2  template 2\n"
        "    waiting    0\n"
        "  captures    60  1.4 MB from 1 host, in this run\n"
        "  WARC files   1  900.0 kB\n"
        "\n"
        "Next:\n"
        "  sourcekeep status -c './my collection'              what the collection holds\n"
        "  sourcekeep verify -c './my collection'              check every record\n"
        "  ./my collection/runs/20261122T140000Z-7/ledger.csv  what came of each citation"
    )


@pytest.mark.parametrize("change", [{"exit_code": 11, "reason": "stopped"}, {"exit_code": 3}])
def test_an_unfinished_run_says_how_to_go_on(change: dict[str, object]) -> None:
    """The same command, first of what to do next."""
    ended = replace(RUN, **change)  # type: ignore[arg-type]
    said = summary_text(run_report(ended, TOTALS, tally(), events=12, citations=39))
    assert f"ended with exit code {change['exit_code']}" in said
    assert "sourcekeep crawl http://archive.test/index.md -c './my collection'" in said.split("Next:")[1]


def test_problems_are_shown_without_their_power() -> None:
    """The first five, one line each, and how many more."""
    problems = [f"page {n} cannot be read\x1b[2J\nreally" for n in range(7)]
    ended = replace(RUN, problems=problems, exit_code=1)
    said = summary_text(run_report(ended, TOTALS, tally(), events=12, citations=39))
    assert said.count("cannot be read") == 5
    assert "and 2 more" in said
    assert "\x1b" not in said


def test_a_dry_run_says_what_would_be_fetched() -> None:
    """Events, citations, what is held already, what would be asked for, from which hosts."""
    planned = totals({Reason.PENDING: 42, Reason.TEMPLATE: 3})
    plan = Plan(urls=["http://a.test/1", "http://a.test/2", "https://b.test:8443/x"], held=4)
    report = json.loads(json.dumps(dry_report(replace(RUN, job="dry-run"), planned, plan, events=12)))
    assert report["plan"] == {
        "links": 3, "held": 4, "hosts": {"a.test": 2, "b.test:8443": 1}, "urls": list(plan.urls),
    }  # fmt: skip
    said = summary_text(report)
    assert "dry-run of http://archive.test/index.md: done" in said
    assert "to be fetched   3  from 2 hosts: a.test 2, b.test:8443 1" in said
    assert "excluded        3  template 3" in said
    assert said.endswith("fetch them")
