"""`sourcekeep export csv`, `jsonl`, `cdxj` and `atom`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from archive.collection import Collection
from archive.tables import TABLES
from crawler.cli import run
from tests.archive.package_samples import PICTURE, STRANGER, rich
from tests.archive.small_collection import PATH, URLS

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection with some of everything."""
    return rich(tmp_path_factory.mktemp("lists") / "c")


def said(capfdbinary: pytest.CaptureFixture[bytes], collection: Collection, *arguments: str) -> str:
    """What the command writes to standard output."""
    assert run(["export", *arguments, "-c", str(collection.root)]) == 0
    return capfdbinary.readouterr().out.decode()


@pytest.mark.parametrize(("table", "rows"), [("citations", 7), ("captures", 14), ("links", 6), ("events", 1)])
def test_tables_of_everything(
    collection: Collection, capfdbinary: pytest.CaptureFixture[bytes], table: str, rows: int
) -> None:
    """Both forms have a row for each thing; CSV has the columns that are documented, and JSON the same names."""
    text = said(capfdbinary, collection, "csv", table)
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(lines[0]) == TABLES[table].names
    objects = [json.loads(line) for line in said(capfdbinary, collection, "jsonl", table, "--all").splitlines()]
    assert len(objects) == len(lines) - 1 == rows
    if table in ("citations", "captures"):
        assert list(objects[0]) == lines[0]


def test_links_are_told_as_elsewhere(collection: Collection, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """What `links` prints, in either form, link by link."""
    for form in ("csv", "jsonl"):
        ours = said(capfdbinary, collection, form, "links").splitlines()
        assert run(["links", "--format", form, "-c", str(collection.root)]) == 0
        assert ours == capfdbinary.readouterr().out.decode().splitlines()


def test_a_selection_of_rows(collection: Collection, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """By event, state, host and link."""
    of_event = said(capfdbinary, collection, "jsonl", "captures", "--event", PATH)
    urls = {json.loads(line)["url"] for line in of_event.splitlines()}
    assert PICTURE in urls
    assert STRANGER not in urls
    dead = said(capfdbinary, collection, "jsonl", "citations", "--state", "dead")
    assert {json.loads(line)["url"] for line in dead.splitlines()} == {URLS["gone"], URLS["moved"]}
    links = said(capfdbinary, collection, "jsonl", "links", "--state", "dead")
    assert {json.loads(line)["url"] for line in links.splitlines()} == {URLS["gone"], URLS["moved"], STRANGER}
    of_host = said(capfdbinary, collection, "csv", "citations", "--host", "b.test")
    assert {row["url"] for row in csv.DictReader(io.StringIO(of_host))} == {URLS["moved"], URLS["gone"]}


def test_index_lines(collection: Collection, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Of all, the index; of a link, those of its lines in it that are captures."""
    index = (collection.indexes / "index.cdxj").read_text()
    assert said(capfdbinary, collection, "cdxj") == index
    some = said(capfdbinary, collection, "cdxj", "--url", URLS["moved"]).splitlines()
    assert [line.split()[0] for line in some] == ["test,b)/moved", "test,b)/target"]
    assert set(some) <= set(index.splitlines())


def test_a_feed_of_new_copies(collection: Collection, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The latest first, with title and events; nothing that is not new, nor what pages only need."""
    feed = ET.fromstring(said(capfdbinary, collection, "atom", "--new-since", "2026-11-22"))
    links = [entry.find(f"{ATOM}link").attrib["href"] for entry in feed.iter(f"{ATOM}entry")]  # type: ignore[union-attr]
    assert set(links) == {URLS[name] for name in ("article", "chunked", "target", "twin")}
    times = [entry.findtext(f"{ATOM}updated") for entry in feed.iter(f"{ATOM}entry")]
    assert times == sorted(times, reverse=True)  # type: ignore[type-var]
    titles = {entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")}
    assert "The article" in titles
    assert all(PATH in (entry.findtext(f"{ATOM}content") or "") for entry in feed.iter(f"{ATOM}entry"))
    one = ET.fromstring(said(capfdbinary, collection, "atom", "--new-since", "2026-11-22", "--url", URLS["target"]))
    assert len(list(one.iter(f"{ATOM}entry"))) == 1
    none = ET.fromstring(said(capfdbinary, collection, "atom", "--new-since", "2030-01-01"))
    assert not list(none.iter(f"{ATOM}entry"))
    assert none.findtext(f"{ATOM}updated") == "2030-01-01T00:00:00Z"


def test_a_file_is_written_whole(collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In place of what was there, never in the collection; nothing is left of one that failed."""
    target = tmp_path / "citations.csv"
    target.write_text("old")
    command = ["export", "csv", "citations", "-c", str(collection.root)]
    assert run([*command, "--event", "none.md", "-o", str(target)]) == 4
    assert target.read_text() == "old"
    assert run([*command, "-o", str(target)]) == 0
    assert target.read_text().startswith("event,date,")
    assert run([*command, "-o", str(collection.root / "x.csv")]) == 4
    assert "lies in the collection" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["citations.csv"]
