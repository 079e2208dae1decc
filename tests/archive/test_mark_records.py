"""Marks in WARCs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.check_records import fact_from, fact_json
from archive.checks import Mark, Standing
from archive.collection import Collection, CollectionLock
from crawler.cli import run
from tests.archive.small_collection import URLS, build


@pytest.mark.parametrize("state", [Standing.ALIVE, None])
def test_a_mark_goes_through_json_and_back(state: Standing | None) -> None:
    """A mark is read back as it was said, a lifting one too."""
    mark = Mark(
        url="http://a.test/", state=state, why="seen \x1b[1m", who="ann@desk", at=datetime(2026, 3, 1, tzinfo=UTC),
        until_contradicted=state is not None,
    )  # fmt: skip
    assert fact_from(json.loads(json.dumps(fact_json(mark)))) == mark


def _mark(collection: Collection, url: str, *rest: str) -> None:
    assert run(["links", "mark", url, "-q", "--why", "I know", "--who", "ann", *rest, "-c", str(collection.root)]) == 0


def _shown(collection: Collection, url: str, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    """Marks of a link: state, who, when."""
    capsys.readouterr()
    assert run(["links", "show", url, "--json", "-c", str(collection.root)]) == 0
    return [(each["state"], each["who"], each["at"]) for each in json.loads(capsys.readouterr().out)["marks"]]


def test_marks_come_back_from_the_warcs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of a quiet time at once; those made while a run was at work with the next one; and all is sound."""
    collection = build(tmp_path / "collection")
    _mark(collection, URLS["gone"], "--state", "dead", "--now", "2026-11-23")
    lock = CollectionLock(collection)
    lock.take(since=datetime.now(UTC), command="a run")
    try:
        before = sorted(collection.warcs.iterdir())
        _mark(collection, URLS["silent"], "--state", "alive", "--now", "2026-11-24")
        assert sorted(collection.warcs.iterdir()) == before
    finally:
        lock.release()
    _mark(collection, URLS["gone"], "--lift", "--now", "2026-11-25")
    gone, silent = (_shown(collection, URLS[name], capsys) for name in ("gone", "silent"))
    assert [state for state, _, _ in (*gone, *silent)] == ["dead", None, "alive"]
    assert run(["verify", "-q", "-c", str(collection.root)]) == 0, capsys.readouterr()
    for part in collection.root.glob("catalogue.db*"):
        part.unlink()
    run(["verify", "--repair", "-q", "-c", str(collection.root)])
    assert _shown(collection, URLS["gone"], capsys) == gone
    assert _shown(collection, URLS["silent"], capsys) == silent


def test_a_forged_mark_is_gone_once_the_catalogue_is_made_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The WARCs have what was said; another state at another time was not."""
    collection = build(tmp_path / "collection")
    _mark(collection, URLS["gone"], "--state", "alive", "--now", "2026-11-23")
    said = _shown(collection, URLS["gone"], capsys)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute("UPDATE marks SET state = 'dead', at = at + 1")
        database.commit()
    assert run(["verify", "-q", "-c", str(collection.root)]) == 2
    assert run(["verify", "--repair", "-q", "-c", str(collection.root)]) == 0, capsys.readouterr()
    assert _shown(collection, URLS["gone"], capsys) == said


def test_a_mark_that_waits_outlives_a_new_catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No WARC has it yet: it is taken over, goes on waiting, and comes into a WARC with the next one."""
    collection = build(tmp_path / "collection")
    lock = CollectionLock(collection)
    lock.take(since=datetime.now(UTC), command="a run")
    _mark(collection, URLS["silent"], "--state", "alive", "--now", "2026-11-24")
    lock.release()
    said = _shown(collection, URLS["silent"], capsys)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute("UPDATE captures SET status = 999 WHERE status = 404")  # so that it has to be made anew
        database.commit()
    assert run(["verify", "--repair", "-q", "-c", str(collection.root)]) == 0, capsys.readouterr()
    assert _shown(collection, URLS["silent"], capsys) == said
    _mark(collection, URLS["gone"], "--state", "dead", "--now", "2026-11-25")
    for part in collection.root.glob("catalogue.db*"):
        part.unlink()
    run(["verify", "--repair", "-q", "-c", str(collection.root)])
    assert _shown(collection, URLS["silent"], capsys) == said
