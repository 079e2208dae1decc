"""`sourcekeep status`."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection, CollectionLock
from crawler.cli import run
from crawler.commands.status import watched
from tests.archive.small_collection import build


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A small collection, whole."""
    return build(tmp_path_factory.mktemp("status") / "collection")


def test_people_see_the_counts(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Events, citations by outcome and reason, links, captures, runs; nobody at work."""
    assert run(["status", "-c", str(collection.root)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "No run is at work on it." in said
    assert "events 1" in said
    assert "citations 7 kept 4 ok 3, moved 1 failed 2 " in said
    assert "excluded 1 template 1 waiting 0" in said
    assert "hosts 3 captures 9" in said
    assert "articles read 1 WARC files 1 finished 1" in said


def test_json_has_the_same_counts(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """One line of JSON; the outcomes add up."""
    assert run(["status", "--json", "-c", str(collection.root)]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    said = json.loads(out)
    assert said["citations"] == {
        "total": 7, "kept": 4, "failed": 2, "excluded": 1, "waiting": 0,
        "reasons": {"ok": 3, "moved": 1, "gone": 1, "dns_gone": 1, "template": 1},
    }  # fmt: skip
    assert said["links"] == {"done": {"citation": 5}, "failed": {"citation": 2}}
    assert (said["running"], said["events"], said["captures"], said["hosts"]) == (None, 1, 9, 3)
    assert [(each["id"], each["job"], each["ended"]) for each in said["runs"]] == [(1, "crawl", None)]


def test_a_run_that_was_killed_is_told(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Begun, not ended, and nobody at work: killed."""
    run(["status", "-c", str(collection.root)])
    assert "killed: the same command goes on from there" in capsys.readouterr().out


def test_who_is_at_work(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """While a run holds the collection, status works all the same, and says who that is, without escape sequences."""
    lock = CollectionLock(collection)
    lock.take(since=datetime(2026, 11, 22, tzinfo=UTC), command="sourcekeep crawl \x1b[2Jhttp://a.test/")
    try:
        assert run(["status", "-c", str(collection.root)]) == 0
        out = capsys.readouterr().out
        assert "At work: sourcekeep crawl \ufffd[2Jhttp://a.test/ (pid " in out
        assert "since 2026-11-22" in out
        assert run(["status", "--json", "-c", str(collection.root)]) == 0
        assert json.loads(capsys.readouterr().out)["running"]["command"].startswith("sourcekeep crawl")
    finally:
        lock.release()


def test_status_while_the_catalogue_is_written(collection: Collection) -> None:
    """A transaction in the making holds nobody up."""
    with (
        closing(Catalogue.open(collection.catalogue, create=False)) as catalogue,
        catalogue.writing() as connection,
    ):
        connection.exec_driver_sql("UPDATE runs SET reason = 'x'")
        assert run(["status", "-q", "-c", str(collection.root)]) == 0
        connection.rollback()


def test_a_damaged_catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no database: exit code 8, named, with what to do."""
    (tmp_path / "catalogue.db").write_bytes(b"garbage" * 1000)
    assert run(["status", "-c", str(tmp_path)]) == 8
    err = capsys.readouterr().err
    assert "catalogue.db" in err
    assert "verify --repair" in err


def test_no_collection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without one: exit code 4, and how to make one."""
    assert run(["status", "-c", str(tmp_path)]) == 4
    err = capsys.readouterr().err
    assert str(tmp_path) in err
    assert "sourcekeep crawl" in err
    assert list(tmp_path.iterdir()) == []


def test_jobs_and_disk_are_told(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """When each job of the file was last done; a file that is mistaken takes nothing else away."""
    file = collection.root / "sourcekeep.toml"
    file.write_text('[jobs.nightly]\nsteps = ["status"]\nexpect_every = "1d"\n')
    assert run(["status", "--json", "-c", str(collection.root)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["jobs"] == {"nightly": {"ended": None, "done": None, "exit_code": None, "expected": 86_400.0}}
    assert 0 < said["disk"]["free"] <= said["disk"]["total"]
    assert run(["status", "-c", str(collection.root)]) == 0
    assert "nightly  never done" in capsys.readouterr().out
    file.write_text("jobs = 3\n")
    assert run(["status", "--json", "-c", str(collection.root)]) == 0
    assert json.loads(capsys.readouterr().out)["jobs"] == {}
    file.unlink()


def test_status_is_watched_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    """Said again after each pause."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    watched(lambda: "all is well", clear=False, sleep=sleep)
    assert capsys.readouterr().out == "all is well\n" * 3
    assert min(pauses) >= 2
