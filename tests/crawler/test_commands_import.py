"""`sourcekeep import`."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from archive.collection import Collection, CollectionLock
from crawler.cli import run
from tests.archive.foreign_samples import response, warcio_file
from tests.archive.small_collection import URLS, build
from tests.faults.audited import names_opened, run_killed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of our own."""
    return build(tmp_path_factory.mktemp("import") / "collection").root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(whole, tmp_path / "collection")
    return tmp_path / "collection"


def test_a_cited_page_has_another_copy(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an event cites and somebody else kept is listed in the event's document; its outcome stays; verify is
    content."""
    theirs = tmp_path / "theirs.warc"
    theirs.write_bytes(response(1, URLS["gone"]) + response(2, URLS["article"]))
    assert run(["import", str(theirs), "-c", str(root)]) == 0
    assert "2 records, 2 captures" in capsys.readouterr().out
    [document] = (root / "events").rglob("*.json")
    citations = {each["url"]: each for each in json.loads(document.read_text())["citations"]}
    assert [copy["via"] for copy in citations[URLS["gone"]]["copies"]] == ["import"]
    assert (citations[URLS["gone"]]["outcome"], citations[URLS["gone"]]["reason"]) == ("failed", "gone")
    assert "import" in [copy["via"] for copy in citations[URLS["article"]]["copies"]]
    assert run(["verify", "-c", str(root)]) == 0


def test_what_is_held_is_not_read_again(root: Path, tmp_path: Path) -> None:
    """An import costs what is new: no WARC that was there before is opened, though an event is written anew."""
    theirs = tmp_path / "theirs.warc"
    theirs.write_bytes(response(1, URLS["gone"]))
    held = {path.name for path in (root / "archive").iterdir()}
    opened = names_opened(["import", theirs, "-c", root, "-q"], tmp_path / "opened")
    assert theirs.name in opened
    assert not held & opened
    assert run(["verify", "-q", "-c", str(root)]) == 0


def test_killed_at_any_step(root: Path, tmp_path: Path) -> None:
    """Wherever an import is killed, the same command again makes of it what one that was not killed makes: each capture
    once, no index line without its record, the event's document as it should be, no file left open."""
    theirs = tmp_path / "theirs.warc"
    theirs.write_bytes(response(1, URLS["gone"]) + response(2, URLS["article"]))
    whole = len(list(_copies(root))) + 2
    for moment in count(1):
        copy = tmp_path / str(moment)
        shutil.copytree(root, copy)
        command = ["import", theirs, "-c", copy, "-q"]
        was_killed = run_killed(command, at=moment)
        assert run([*map(str, command)]) == 0
        assert len(list(_copies(copy))) == whole, f"killed at moment {moment}"
        assert run(["verify", "-q", "-c", str(copy)]) == 0, f"killed at moment {moment}"
        assert not list(copy.glob("archive/*.open"))
        assert not list((copy / "spool").iterdir())
        if not was_killed:
            break
    assert moment > 6


def _copies(root: Path) -> Iterator[str]:
    """The record ids of all copies in the event's document."""
    [document] = (root / "events").rglob("*.json")
    for citation in json.loads(document.read_text())["citations"]:
        yield from (copy["record_id"] for copy in citation["copies"])


def test_a_new_collection_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A collection may begin with an import. JSON: an object a file; the second time it is known, exit 0."""
    path, root = warcio_file(tmp_path / "theirs.warc.gz"), tmp_path / "new"
    for known in (False, True):
        assert run(["import", str(path), "-c", str(root), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["known"], said["problems"]) == (known, [])
    with closing(sqlite3.connect(root / "catalogue.db")) as database:
        origin = database.execute("SELECT origin, length(origin_sha256) FROM warcs WHERE origin IS NOT NULL").fetchall()
    assert origin == [("theirs.warc.gz", 64)]


def test_damage_is_said_and_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file, offset and reason; what is whole is in."""
    path = tmp_path / "torn.warc.gz"
    path.write_bytes(gzip.compress(response(1, "http://t.test/")) + gzip.compress(response(2, "http://t.test/2"))[:-9])
    assert run(["import", str(path), "-c", str(tmp_path / "new")]) == 1
    out, err = capsys.readouterr()
    assert "1 capture, 1 not taken in" in out
    assert f"{path}, offset " in err


def test_no_collection_is_begun_for_what_is_no_warc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4, the file named, and nothing left behind; damage before the first record is no hindrance."""
    none, damaged = tmp_path / "passwd", tmp_path / "damaged.warc"
    none.write_bytes(b"root:x:0:0:root:/root:/bin/bash\n")
    damaged.write_bytes(b"noise\r\n" + response(1, "http://t.test/"))
    assert run(["import", str(none), "-c", str(tmp_path / "new")]) == 4
    assert str(none) in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert run(["import", str(none), str(damaged), "-c", str(tmp_path / "new")]) == 1


def test_a_busy_collection_and_bad_usage(root: Path, tmp_path: Path) -> None:
    """Exit code 5 while a run holds the collection, for a repair as well; 4 for a file that is not there."""
    path = warcio_file(tmp_path / "theirs.warc.gz")
    assert run(["import", str(tmp_path / "nothing.warc"), "-c", str(root)]) == 4
    assert run(["verify", "--dry-run", "-c", str(root)]) == 4
    lock = CollectionLock(Collection(root))
    lock.take(since=datetime.now(UTC), command="another")
    try:
        assert run(["import", str(path), "-c", str(root)]) == 5
        assert run(["verify", "--repair", "-c", str(root)]) == 5
    finally:
        lock.release()
