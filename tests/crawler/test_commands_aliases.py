"""`sourcekeep aliases`."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.collection import Collection, CollectionLock
from archive.schema import aliases
from crawler.cli import run
from tests.archive.catalogue_samples import capture

STORY = "https://a.test/news/story"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """A story under three addresses, another under two; the map is not drawn yet."""
    place = Collection(tmp_path / "collection")
    place.prepare()
    with closing(Catalogue.open(place.catalogue, create=True)) as catalogue:
        pages = [(1, STORY, "a"), (2, "https://m.a.test/news/story", "a"), (3, "https://b.test/x", "b")]
        pages.append((4, "http://b.test/x", "b"))
        kept = [
            replace(capture(number, url=url), payload_sha256=content * 64, payload_length=4096)
            for number, url, content in pages
        ]
        kept.append(replace(capture(5, url="https://s.test/1"), status=301, location=STORY))
        catalogue.commit(Batch(captures=kept))
    return place


def test_the_map_is_drawn_and_shown(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Each work with its addresses; each of those with its rule, and the WARC, offset and record of its proof."""
    assert run(["aliases", "-c", str(collection.root)]) == 0
    assert capsys.readouterr().out == "0 works with 0 addresses\n"
    assert run(["aliases", "--rebuild", "-c", str(collection.root)]) == 0
    told = capsys.readouterr()
    assert told.err == "sourcekeep: the map is drawn anew: 5 addresses changed\n"
    assert told.out.splitlines() == [
        STORY,
        "  = https://m.a.test/news/story",
        f"      identical: mobile; x-1.warc.gz, offset 200, record urn:uuid:{2:032}",
        "  = https://s.test/1",
        f"      redirect; x-1.warc.gz, offset 500, record urn:uuid:{5:032}",
        "",
        "https://b.test/x",
        "  = http://b.test/x",
        f"      identical: scheme; x-1.warc.gz, offset 400, record urn:uuid:{4:032}",
        "",
        "2 works with 5 addresses",
    ]


def test_one_work_is_asked_for_by_any_address(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """By one that stands for others, or by one of those; one that has no other is no mistake."""
    root = str(collection.root)
    run(["aliases", "--rebuild", "-q", "-c", root])
    capsys.readouterr()
    assert run(["aliases", "https://s.test/1#top", "-c", root]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [STORY, "  = https://m.a.test/news/story"]
    assert run(["aliases", "https://other.test/\x1b[2J", "-c", root]) == 0
    assert capsys.readouterr().out == "No other address is known of https://other.test/%1B[2J\n"


def test_json_has_the_proof(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a work; the address asked for alone has no aliases."""
    root = str(collection.root)
    run(["aliases", "--rebuild", "-q", "-c", root])
    capsys.readouterr()
    assert run(["aliases", "--json", "-c", root]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["work"], len(first["aliases"]), second["work"]) == (STORY, 2, "https://b.test/x")
    assert first["aliases"][1] == {
        "url": "https://s.test/1",
        "rule": "redirect",
        "proof": {
            "record_id": f"urn:uuid:{5:032}",
            "warc": "x-1.warc.gz",
            "offset": 500,
            "length": 100,
            "url": "https://s.test/1",
            "at": "2026-03-01T12:00:05.123456+00:00",
        },
    }
    assert run(["aliases", "https://other.test", "--json", "-c", root]) == 0
    assert json.loads(capsys.readouterr().out) == {"work": "https://other.test/", "aliases": []}


def test_many_works_are_cut_short_for_people(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty are shown, all with -v; what the web sent cannot steer the terminal."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue, catalogue.writing() as connection:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        rows = [{"work": f"http://w.test/{n:02}", "proof": None, "at": at} for n in range(25)]
        connection.execute(sa.insert(aliases), [{**row, "url": row["work"], "rule": "work"} for row in rows])
        others = [{**row, "url": f"{row['work']}\x1b[2J", "rule": "redirect"} for row in rows]
        connection.execute(sa.insert(aliases), others)
    assert run(["aliases", "-c", str(collection.root)]) == 0
    out = capsys.readouterr().out
    assert out.count("  = ") == 20
    assert out.endswith("... and 5 works more: see them with -v\n25 works with 50 addresses\n")
    assert "\x1b" not in out
    assert run(["aliases", "-v", "-c", str(collection.root)]) == 0
    assert capsys.readouterr().out.count("  = ") == 25


def test_a_run_at_work_is_not_disturbed(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Drawing the map needs the collection; showing it does not."""
    lock = CollectionLock(collection)
    lock.take(since=datetime(2026, 3, 1, tzinfo=UTC), command="sourcekeep crawl")
    try:
        assert run(["aliases", "--rebuild", "-c", str(collection.root)]) == 5
        assert "another run holds" in capsys.readouterr().err
        assert run(["aliases", "-c", str(collection.root)]) == 0
    finally:
        lock.release()
