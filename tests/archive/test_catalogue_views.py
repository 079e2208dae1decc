"""The views of the catalogue: what they say against what the program says, and the page that tells of them."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.ledger import ledger_rows
from archive.model import LinkKind
from archive.table_rows import chosen_captures
from archive.wacz_selection import Selection, choose
from tests.archive.package_samples import rich
from tests.archive.small_collection import URLS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "catalogue.md"
VIEWS = ("v_citations", "v_links", "v_captures")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection with some of everything."""
    return rich(tmp_path_factory.mktemp("views") / "c")


@pytest.fixture
def collection(whole: Collection, tmp_path: Path) -> Collection:
    """A copy of it."""
    shutil.copytree(whole.root, tmp_path / "c")
    return Collection(tmp_path / "c")


def view(collection: Collection, name: str) -> list[dict[str, object]]:
    """The rows of a view."""
    with closing(sqlite3.connect(f"{collection.catalogue.as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT * FROM {name}")]


def change(collection: Collection, statement: str, *values: object) -> None:
    """Something done to the catalogue."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute(statement, values)
        database.commit()


def seen(collection: Collection) -> list[tuple[object, ...]]:
    """The citations as the view has them."""
    names = ("event", "position", "kind", "url", "outcome", "reason", "final_url", "record_id", "warc", "offset")
    rows = view(collection, "v_citations")
    return sorted(tuple(row[name] for name in names) for row in rows)  # type: ignore[type-var]


def told(collection: Collection) -> list[tuple[object, ...]]:
    """The citations as the ledger has them."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        return [
            (
                row.event_path, row.position, row.kind.value, row.url, row.outcome.value, row.reason.value,
                row.final_url, row.capture and row.capture.record_id, row.capture and row.capture.where.warc,
                row.capture and row.capture.where.offset,
            )
            for row in ledger_rows(catalogue, datetime.now(UTC))
        ]  # fmt: skip


def test_citations_are_those_of_the_ledger(collection: Collection) -> None:
    """Kept, moved, gone, silent, never a link; and as nothing of it stays as it was."""
    assert seen(collection) == told(collection)
    a_week = int((datetime.now(UTC).timestamp() + 7 * 86400) * 1_000_000)
    change(collection, "UPDATE links SET reason = 'not_modified' WHERE url = ?", URLS["twin"])
    change(collection, "UPDATE links SET stage = 'put_off', reason = 'timeout', not_before = ? WHERE url = ?", a_week,
           URLS["silent"])  # fmt: skip
    change(collection, "UPDATE links SET reason = NULL WHERE url = ?", URLS["gone"])
    reasons = {row["reason"] for row in view(collection, "v_citations")}
    assert reasons == {"ok", "not_modified", "moved", "timeout", "internal_error", "template"}
    assert seen(collection) == told(collection)


@pytest.mark.parametrize("way", ["itself", "pending", "moved", "no picture"])
def test_odd_ends_are_those_of_the_ledger(collection: Collection, way: str) -> None:
    """Redirects in a circle, to what was not fetched yet, to nothing; a cover image that is none."""
    statements = {
        "itself": "UPDATE links SET redirect_id = (SELECT id FROM links WHERE url = 'http://b.test/moved') "
        "WHERE url = 'http://b.test/target'",
        "pending": "UPDATE links SET stage = 'pending', capture_id = NULL WHERE url = 'http://b.test/target'",
        "moved": "UPDATE links SET redirect_id = NULL WHERE url = 'http://b.test/moved'",
        "no picture": "UPDATE citations SET kind = 'cover_image' WHERE url = 'http://a.test/article'",
    }
    change(collection, statements[way])
    reasons = {"itself": "redirect_loop", "pending": "pending", "moved": "bad_redirect", "no picture": "not_an_image"}
    found = {row["reason"]: row for row in view(collection, "v_citations")}
    assert reasons[way] in found
    places = slice(0, 6) if way in ("itself", "pending") else slice(0, 10)
    assert [row[places] for row in seen(collection)] == [row[places] for row in told(collection)]


def test_links_and_captures_are_all_there(whole: Collection) -> None:
    """With their states, counts and places."""
    links = {row["url"]: row for row in view(whole, "v_links")}
    gone = links[URLS["gone"]]
    assert (gone["host"], gone["kind"], gone["state"], gone["verdict"]) == ("b.test", LinkKind.CITATION, "dead", "gone")
    assert (gone["citations"], gone["captures"], gone["last_check"]) == (1, 2, "2026-03-16T03:00:00Z")
    assert links[URLS["moved"]]["redirects_to"] == URLS["target"]
    assert [url for url, row in links.items() if row["is_marked"]] == [URLS["twin"]]
    with closing(Catalogue.open(whole.catalogue, create=False)) as catalogue, catalogue.reading() as connection:
        known = {each.record_id: each for each in chosen_captures(connection, choose(connection, Selection()))}
    found = {row["record_id"]: row for row in view(whole, "v_captures")}
    assert found.keys() == known.keys()
    for record_id, capture in known.items():
        row = found[record_id]
        assert (row["url"], row["status"], row["warc"], row["offset"]) == (
            capture.url, capture.status, capture.where.warc, capture.where.offset,
        )  # fmt: skip
        assert row["at"] == f"{capture.at:%Y-%m-%dT%H:%M:%SZ}"
    assert {row["title"] for row in found.values()} == {None, "The article"}


def test_each_column_is_told_of(whole: Collection) -> None:
    """docs/catalogue.md has the columns of each view, in their order."""
    parts = re.split(r"^## ", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    written = {part.split("\n")[0]: re.findall(r"^\| `(\w+)` \|", part, flags=re.MULTILINE) for part in parts}
    assert written == {name: list(view(whole, name)[0]) for name in VIEWS}
