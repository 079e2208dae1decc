"""Records of jobs: where they lie, which one is the last, and what somebody else may have put there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.errors import UsageError
from crawler.job_folder import JobFolder, JobLock, last_run
from crawler.job_sequence import job_json
from tests.crawler.test_job_sequence import NOON, ran


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """An empty one."""
    made = Collection(tmp_path / "c")
    made.prepare()
    return made


def test_the_last_run_of_a_job_is_found(collection: Collection) -> None:
    """By its time; runs of other jobs, and what is no record, are passed over."""
    earlier, later = ran(0, 2, 0), replace(ran(0), started=NOON + timedelta(days=1))
    other = replace(ran(0), job="nightly-2", started=NOON + timedelta(days=2))
    for run in (later, earlier, earlier, other):
        JobFolder.new(collection, run).save(run)
    torn = replace(later, started=NOON + timedelta(days=3))
    (JobFolder.new(collection, torn).path / "job.json").write_text('{"job": "nightly"')
    found = last_run(collection, "nightly")
    assert found is not None
    assert found[1] == later
    assert json.loads((found[0].path / "job.json").read_text()) == job_json(later)
    assert last_run(collection, "weekly") is None


def test_nothing_planted_is_written_through(collection: Collection, tmp_path: Path) -> None:
    """A record in a folder that is a link is no record, and a lock that is a link is refused."""
    elsewhere = JobFolder(tmp_path / "elsewhere")
    elsewhere.path.mkdir()
    elsewhere.save(ran(0))
    (collection.runs / "20300101T000000Z-nightly").symlink_to(elsewhere.path)
    assert last_run(collection, "nightly") is None
    (tmp_path / "letter").write_text("Dear")
    (collection.runs / ".job.lock").symlink_to(tmp_path / "letter")
    with pytest.raises(UsageError, match="symbolic link"):
        JobLock(collection).take(seconds=0)
    assert (tmp_path / "letter").read_text() == "Dear"


def test_one_job_at_a_time(collection: Collection) -> None:
    """The lock is the kernel's, and free again when it is given back."""
    first, second = JobLock(collection), JobLock(collection)
    assert first.take(seconds=0)
    assert not second.take(seconds=0)
    first.release()
    assert second.take(seconds=0)
    second.release()
