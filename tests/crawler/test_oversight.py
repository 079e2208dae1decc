"""What watches over a run: health, metrics for a real Prometheus client, the log as JSON lines."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import textwrap
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from scrapy.settings import Settings

from archive.errors import UsageError
from archive.keeper import Submission
from archive.model import Context
from crawler.disk_guard import Room
from crawler.health import Vitals, findings, health_json, is_well
from crawler.job_states import JobState
from crawler.jobs import Job
from crawler.log_file import LogFile
from crawler.metrics import Metrics, status_class
from crawler.metrics_file import jobs_path, jobs_text
from crawler.notifications.webhook import signature
from crawler.options import Options
from tests.archive.exchanges import make_exchange
from tests.crawler.check_bed import CheckBed, story
from tests.web.byte_server import ByteServer, ok

AT = datetime(2026, 11, 23, 3, 15, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs"


def vitals(**changed: object) -> Vitals:
    """Those of a run that is well."""
    well: dict[str, object] = {
        "since_progress": 5.0, "stall_after": 600.0, "room": Room(free=10**9, total=10**10), "reserve": 10**6,
        "database": None,
    }  # fmt: skip
    return Vitals(**{**well, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "ill"),
    [
        ({}, None),
        ({"since_progress": 600.0}, "progress"),
        ({"since_progress": 1e9, "stall_after": 0.0}, None),
        ({"failure": "the disk is full"}, "progress"),
        ({"room": Room(free=10, total=20)}, "disk"),
        ({"room": None}, "disk"),
        ({"database": "it does not answer"}, "database"),
    ],
)
def test_what_ails_a_run(changed: dict[str, object], ill: str | None) -> None:
    """No progress, low disk, lost database: each fails it, and is named."""
    found = findings(vitals(**changed))
    assert [each.name for each in found if not each.is_well] == ([ill] if ill else [])
    assert health_json(found)["status"] == ("failing" if ill else "ok")
    assert is_well(found) is (ill is None)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[Job, int]]:
    """A job at work that serves its metrics, writes them, and logs; and its port."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    port = free_port()
    for name, value in {
        "COLLECTION": str(tmp_path / "c"), "METRICS_PORT": str(port), "METRICS_FILE": str(tmp_path / "s.prom"),
        "JSON_LOG": str(tmp_path / "log.jsonl"),
    }.items():  # fmt: skip
        settings.set(f"SOURCEKEEP_{name}", value, priority="cmdline")
    job = Job.open(Options.of(settings), site="http://archive.test/")
    yield job, port
    if Job._open.get(job.options.collection) is job:
        job.close()


def get(port: int, path: str) -> tuple[int, str]:
    """What a run says there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def values(text: str) -> dict[str, float]:
    """Sums by name of sample, as Prometheus' own parser reads them."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_a_run_tells_how_it_is(at_work: tuple[Job, int], tmp_path: Path) -> None:
    """By HTTP on loopback while it lasts, by a file also after it; a lost database makes it ill."""
    job, port = at_work
    exchange = make_exchange(b"<p>An article", url="http://a.test/1")
    job.keeper.put(Submission(exchange=exchange, context=Context(via="x", hops="C")))
    job.keeper.flush()
    status, text = get(port, "/metrics")
    told = values(text)
    assert (status, told["sourcekeep_captures_total"], told["sourcekeep_run_active"]) == (200, 1, 1)
    assert told["sourcekeep_payload_bytes_total"] == len(b"<p>An article")
    assert told["sourcekeep_request_seconds_count"] == 1
    assert told["sourcekeep_disk_free_bytes"] > 0
    assert json.loads(get(port, "/healthz")[1])["status"] == "ok"
    assert get(port, "/etc/passwd")[0] == 404
    (tmp_path / "c" / "catalogue.db").rename(tmp_path / "c" / "elsewhere")
    status, said = get(port, "/healthz")
    assert (status, json.loads(said)["checks"]["database"]["ok"]) == (503, False)
    (tmp_path / "c" / "elsewhere").rename(tmp_path / "c" / "catalogue.db")
    logging.getLogger("crawler.test").warning("a\nline\x1b of %s", "log", extra={"details": {"url": "\u202e"}})
    report = job.finish(extract=False)
    job.close()
    told = values((tmp_path / "s.prom").read_text())
    assert (told["sourcekeep_run_active"], told["sourcekeep_run_exit_code"]) == (0, report["exit_code"])
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {tuple(line) for line in lines} == {("timestamp", "logLevel", "context", "message", "details")}
    (said_so,) = (line for line in lines if line["context"] == "crawler.test")
    assert (said_so["logLevel"], said_so["message"], said_so["details"]["job"]) == (
        "warn",
        "a line\ufffd of log",
        "crawl",
    )
    assert lines[-1]["details"]["exit_code"] == report["exit_code"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said_so["timestamp"])


def test_a_log_is_rotated_and_follows_no_link(tmp_path: Path) -> None:
    """A new file before it is too long, so many old ones; a planted link is refused."""
    log = LogFile(tmp_path / "log", size=900, files=2, about={})
    for number in range(40):
        log.emit(logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": f"line {number}"}))
    try:
        raise ValueError("what went wrong")
    except ValueError:
        error = sys.exc_info()
    log.emit(logging.makeLogRecord({"name": "x", "levelname": "ERROR", "msg": "oh", "exc_info": error}))
    log.close()
    last = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert "ValueError: what went wrong" in last["details"]["exception"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert all(path.stat().st_size <= 900 for path in tmp_path.iterdir())
    (tmp_path / "link").symlink_to("/dev/null")
    with pytest.raises(UsageError, match="symbolic link"):
        LogFile(tmp_path / "link", size=400, files=2, about={})


def test_jobs_have_metrics_of_their_own(tmp_path: Path) -> None:
    """When each was last done: 0 for one that never was."""
    states = [
        JobState(job="nightly", ended=AT, done=AT - timedelta(days=1), exit_code=1, expected=86_400.0),
        JobState(job="weekly", ended=None, done=None, exit_code=None, expected=None),
    ]
    found = {
        (sample.name, sample.labels["job"]): sample.value
        for family in text_string_to_metric_families(jobs_text("c", states).decode())
        for sample in family.samples
    }
    assert found["sourcekeep_job_last_done_timestamp_seconds", "nightly"] == (AT - timedelta(days=1)).timestamp()
    assert found["sourcekeep_job_last_done_timestamp_seconds", "weekly"] == 0
    assert found["sourcekeep_job_last_exit_code", "weekly"] == -1
    assert ("sourcekeep_job_expected_seconds", "weekly") not in found
    assert jobs_path(tmp_path / "s.prom") == tmp_path / "s-jobs.prom"


def test_a_status_has_few_labels() -> None:
    """Whatever a server makes up."""
    assert [status_class(each) for each in (200, 404, 599, 600, 99, 0, None)] == ["2xx", "4xx", "5xx"] + ["none"] * 4


def test_docs_name_metrics_that_exist() -> None:
    """The dashboard and the alert rules are valid, and every metric in them is one that a run or a job has."""
    given = Metrics("c", "crawl", "0").text().decode() + jobs_text("c", []).decode()
    families = {family.name for family in text_string_to_metric_families(given)}
    suffixes = ("", "_total", "_bucket", "_count", "_sum")
    there = {name + suffix for name in families for suffix in suffixes}
    dashboard = json.loads((DOCS / "grafana-dashboard.json").read_text())
    rules = (DOCS / "alert-rules.yml").read_text()
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    queries += re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)
    assert len(queries) > 15
    named = {name for query in queries for name in re.findall(r"sourcekeep_\w+", query)}
    assert named
    assert named <= there
    assert all(re.search(r"sourcekeep_\w+", query) for query in queries)


def test_every_metric_is_told_of() -> None:
    """The table in the docs has each metric there is, and no other."""
    given = Metrics("c", "crawl", "0").text().decode() + jobs_text("c", []).decode()
    families = {family.name: family.type for family in text_string_to_metric_families(given)}
    there = {name + ("_total" if kind == "counter" else "") for name, kind in families.items()}
    text = (DOCS / "operations.md").read_text()
    assert set(re.findall(r"`(sourcekeep_\w+)", text)) == there


def test_the_way_to_check_a_signature_is_right() -> None:
    """The code in the docs takes what we sign, and nothing else."""
    (code,) = re.findall(r"(    import hashlib.*?< 300\n)", (DOCS / "operations.md").read_text(), re.DOTALL)
    place: dict[str, Callable[[bytes, str, bytes], bool]] = {}
    exec(textwrap.dedent(code), place)  # type: ignore[arg-type]
    now = int(datetime.now(UTC).timestamp())
    signed = signature("key", b"body", at=now)
    assert place["is_ours"](b"key", signed, b"body")
    assert not place["is_ours"](b"key", signed, b"another")
    assert not place["is_ours"](b"key", signature("key", b"body", at=now - 900), b"body")


def test_a_recheck_ends_by_a_limit(tmp_path: Path) -> None:
    """With 14, as soon as so many checks are made; the next one checks the rest."""
    bed = CheckBed(tmp_path)
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        urls = [web.url(f"/{number}") for number in range(4)]
        for number in range(4):
            web.on(f"/{number}", story(f"subject {number}"))
        limits = ("SOURCEKEEP_LIMIT_PAGES=1", "SOURCEKEEP_DELAY=3")
        report = bed.check(*urls, settings=limits)
        assert (report["exit_code"], report["reason"]) == (
            14, "the limit of 1 page is reached; what is due still is left to the next run",
        )  # fmt: skip
        assert int(str(report["checks"])) < 4
        assert bed.check(*urls)["exit_code"] == 0
    assert all(bed.history(url) for url in urls)


@pytest.mark.parametrize("name", ["METRICS_PORT", "JSON_LOG"])
def test_what_cannot_be_had_ends_a_run_before_it_begins(name: str, tmp_path: Path) -> None:
    """A port that is taken, a folder that is none: said, nothing asked for, and nothing left behind at work."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        value = str(taken.getsockname()[1]) if name == "METRICS_PORT" else str(tmp_path / "none" / "log")
        settings = Settings()
        settings.setmodule("crawler.settings", priority="project")
        settings.set("SOURCEKEEP_COLLECTION", str(tmp_path / "c"), priority="cmdline")
        settings.set(f"SOURCEKEEP_{name}", value, priority="cmdline")
        before = threading.active_count()
        with pytest.raises(UsageError, match="cannot be"):
            Job.open(Options.of(settings), site="http://archive.test/")
        assert threading.active_count() == before
    settings.set(f"SOURCEKEEP_{name}", "" if name == "JSON_LOG" else "0", priority="cmdline")
    Job.open(Options.of(settings), site="http://archive.test/").close()
