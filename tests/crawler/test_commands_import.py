"""`sourcekeep import`."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.collection import Collection, CollectionLock
from crawler.cli import run
from tests.archive.foreign_samples import response, warcio_file
from tests.archive.small_collection import URLS, build


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
