"""What somebody wrote into the catalogue never wins over the WARCs: verify names it, a repair takes it back."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.collection import Collection
from tests.archive.small_collection import build
from tests.archive.test_repairs import faults, repaired

_FIRST = "WHERE position = (SELECT min(position) FROM citations)"
_TOLD = (
    "SELECT path FROM events",
    "SELECT sha256, language, day, title, summary, topic, document FROM event_versions",
    "SELECT position, c.kind, href, c.url, l.url FROM citations c LEFT JOIN links l ON l.id = link_id ORDER BY 1",
    "SELECT url, stage, reason FROM links ORDER BY url",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection without a fault, to be copied; its catalogue is what its WARCs tell."""
    collection = build(tmp_path_factory.mktemp("forged") / "collection")
    collection.catalogue.unlink()
    repaired(collection)
    return collection.root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it, to be forged."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def told(collection: Collection) -> list[list[tuple[object, ...]]]:
    """What the catalogue says."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        return [database.execute(query).fetchall() for query in _TOLD]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE citations SET url = 'http://evil.test/' {_FIRST}",
        f"UPDATE citations SET link_id = (SELECT max(id) FROM links) {_FIRST}",
        f"DELETE FROM citations {_FIRST}",
        "UPDATE events SET path = 'news/2016/02/03/another.md'",
        "UPDATE event_versions SET day = '2001-01-01'",
        "UPDATE event_versions SET document = '{}'",
        "UPDATE event_versions SET document = replace(document, 'An event', 'No event'), title = 'No event'",
        "UPDATE links SET reason = 'gone', stage = 'failed' WHERE reason = 'ok'",
        "UPDATE events SET json_name = '2016/02/03/x.json', json_fold = '2016/02/03/x.json'",
    ],
)
def test_a_forged_row_is_named_and_taken_back(collection: Collection, statement: str) -> None:
    """Whatever it is, one repair is enough, and it is as it was."""
    before = told(collection)
    documents = {path: path.read_bytes() for path in collection.events.rglob("*.json")}
    with closing(sqlite3.connect(collection.catalogue)) as database:
        assert database.execute(statement).rowcount > 0
        database.commit()
    assert "wrong_row" in faults(collection)
    repaired(collection)
    assert faults(collection) == []
    assert told(collection) == before
    assert {path: path.read_bytes() for path in collection.events.rglob("*.json")} == documents
