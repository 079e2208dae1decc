"""How a job's run is concluded and shown: on a real collection, with a real receiver of webhooks."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.collection import Collection
from crawler.cli import run as sourcekeep
from crawler.configuration import Configuration, read_configuration
from crawler.job_ending import Teller
from crawler.job_execution import Execution, RoomWait
from crawler.job_folder import JobFolder, job_of
from crawler.job_sequence import JobRun, StepRun
from crawler.job_states import last_done
from crawler.job_steps import Command
from crawler.oversight_options import OversightOptions
from tests.archive.small_collection import build
from tests.web.hook import hook

AT = datetime(2026, 11, 23, 3, 15, tzinfo=UTC)
FILE = """
[notifications.broken]
on = "newly_dead"
command = ["/nowhere/at/all"]
[notifications.hook]
on = ["newly_dead", "never-run", "left_out"]
webhook = "{url}"
sign_with = "env:SOURCEKEEP_TEST_KEY"
[jobs.weekly]
steps = ["verify"]
expect_every = "8d"
[jobs.nightly]
steps = ["recheck", "status"]
expect_every = "1d"
"""
DEAD = {"exit_code": 2, "reason": "1 link is newly dead", "newly_dead": [{"url": "https://courier.test/gone"}]}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A small collection, whole."""
    return build(tmp_path_factory.mktemp("jobs") / "collection")


def steps(folder: Path, *codes: int) -> tuple[StepRun, ...]:
    """Steps that ended so; the first has found a link newly dead."""
    (folder / "1-recheck.json").write_text(json.dumps(DEAD))
    names = ("1-recheck.json", "2-status.json")
    return tuple(
        StepRun(command=name[2:-5], started=AT, ended=AT + timedelta(minutes=5), code=code, output=name)
        for name, code in zip(names, codes, strict=False)
    )


def begun(collection: Collection, job: str = "nightly", at: datetime = AT) -> tuple[JobRun, JobFolder]:
    """A run of the job, and its folder."""
    run = JobRun(job=job, commands=("recheck", "status"), started=at, version="0.1.0", who="ops@here", pid=1)
    return run, JobFolder.new(collection, run)


def teller(collection: Collection, configuration: Configuration, at: datetime = AT) -> Teller:
    """One whose clock stands still."""
    return Teller(collection, configuration, OversightOptions(), now=lambda: at, tell=lambda _: None)


def test_a_job_is_told_of_and_shown(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Who could not be told changes nothing but the record; no secret is in any file or output; `runs` has it all."""
    monkeypatch.setenv("SOURCEKEEP_TEST_KEY", "CANARY-KEY")
    with hook() as receiver:
        text = FILE.format(url=receiver.url)
        (collection.root / "sourcekeep.toml").write_text(text)
        run, folder = begun(collection)
        run = replace(run, steps=steps(folder.path, 2, 0), ended=AT + timedelta(minutes=10))
        told = teller(collection, read_configuration(text)).conclude(run, folder)
    assert (told.exit_code, [(each.name, each.told) for each in told.notified]) == (
        2,
        [("broken", False), ("hook", True)],
    )
    assert job_of(folder.path) == told
    ((_, body),) = receiver.came
    assert json.loads(body)["newly_dead"] == ["https://courier.test/gone"]
    page = (folder.path / "report.html").read_text()
    assert "https://courier.test/gone" in page
    assert "cannot be started" in page
    for form in ("text", "json", "html"):
        assert sourcekeep(["runs", "nightly", "--format", form, "-c", str(collection.root)]) == 0
        assert "https://courier.test/gone" in capsys.readouterr().out
    assert (
        sourcekeep(
            ["runs", folder.path.name, "--format", "html", "-o", str(tmp_path / "p"), "-c", str(collection.root)]
        )
        == 0
    )
    assert (tmp_path / "p").read_text() == page
    assert sourcekeep(["config", "show", "-c", str(collection.root)]) == 0
    shown = capsys.readouterr().out
    assert "notification hook (on left_out, never_run, newly_dead): webhook at 127.0.0.1" in shown
    written = b"".join(path.read_bytes() for path in collection.runs.rglob("*") if path.is_file())
    for canary in (b"CANARY-KEY", b"SECRET-PATH"):
        assert canary not in written + shown.encode()


def test_runs_are_listed(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs and jobs; a run whose report is gone is shown as the catalogue has it; an unknown one is refused."""
    assert sourcekeep(["runs", "--json", "-c", str(collection.root)]) == 0
    rows = json.loads(capsys.readouterr().out)["runs"]
    assert [(row["id"], row["exit_code"]) for row in rows if row["id"]] == [(1, None)]
    assert sourcekeep(["runs", "-c", str(collection.root)]) == 0
    assert "at work, or killed" in capsys.readouterr().out
    assert sourcekeep(["runs", "1", "--json", "-c", str(collection.root)]) == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "at work, or killed"
    assert sourcekeep(["runs", "99", "-c", str(collection.root)]) == 4
    assert "there is no run '99'" in capsys.readouterr().err


def test_a_job_that_is_not_done_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the run of any other job, for as long as it has not been done; a job that was left out is told of, too."""
    monkeypatch.setenv("SOURCEKEEP_TEST_KEY", "k")
    place = Collection(tmp_path / "c")
    place.prepare()
    with hook() as receiver:
        configuration = read_configuration(FILE.format(url=receiver.url))
        (place.root / "sourcekeep.toml").write_text("")
        os.utime(place.root / "sourcekeep.toml", (AT.timestamp(), AT.timestamp()))
        for days in (1, 9):
            at = AT + timedelta(days=days)
            run, folder = begun(place, at=at)
            done = replace(run, steps=steps(folder.path, 0, 0), ended=at)
            (folder.path / "1-recheck.json").write_text("{}")
            teller(place, configuration, at).conclude(done, folder)
        assert last_done(place, "nightly") == AT + timedelta(days=9)
        assert last_done(place, "weekly") is None
        teller(place, configuration).tell_left_out("nightly", "another run holds it")
    said = [json.loads(body) for _, body in receiver.came]
    assert [(each["job"], each["happened"]) for each in said] == [("weekly", ["never_run"]), ("nightly", ["left_out"])]
    assert "not done ever, expected every 8 d" in said[0]["summary"]


def test_a_job_waits_for_room(tmp_path: Path) -> None:
    """A step that found none is run again once there is some; where there is none in time, the next run does it."""
    place = Collection(tmp_path / "c")
    place.prepare()
    commands = [Command(verb="crawl", arguments=()), Command(verb="status", arguments=())]

    def carried_out(enough: int) -> JobRun:
        codes = iter((3, 0, 0))
        execution = Execution(
            place, now=lambda: AT, tell=lambda _: None, waits=False, quiet=True,
            room=RoomWait(seconds=0.2, enough=enough), perform=lambda command, output: next(codes),
        )  # fmt: skip
        run = JobRun(job="n", commands=("crawl", "status"), started=AT, version="0", who="me@here", pid=1)
        return execution.carry_out(run, commands, JobFolder.new(place, run))

    there, full = carried_out(1), carried_out(1 << 61)
    assert ([step.code for step in there.steps], there.is_whole, there.exit_code) == ([3, 0, 0], True, 0)
    assert ([step.code for step in full.steps], full.is_whole, full.exit_code) == ([3], False, 3)
