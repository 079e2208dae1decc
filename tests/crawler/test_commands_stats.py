"""`sourcekeep stats`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.collection import Collection
from crawler.cli import run
from tests.archive.link_samples import build


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Links in every state, to read."""
    return build(tmp_path_factory.mktemp("stats") / "collection")


def test_the_curve_by_year_is_shown(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Years in their order, with shares of those that were checked."""
    assert run(["stats", "-c", str(collection.root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "7 links: 1 new, 2 alive, 1 changed, 1 unsure, 2 dead"
    assert [(line.split()[0], line.split()[2]) for line in lines[3:5]] == [("2012", "50.0%"), ("2016", "40.0%")]


def test_hosts_come_with_links_states_and_incidents(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Each host's links by state and when it was down, for programs and people."""
    assert run(["stats", "--by", "host", "--json", "-c", str(collection.root)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(each["key"], each["links"], each["states"]["dead"], each["incidents"]) for each in said["groups"]] == [
        ("b.test", 4, 1, 0), ("a.test", 3, 1, 1),
    ]  # fmt: skip
    assert run(["stats", "--by", "host", "-c", str(collection.root)]) == 0
    assert "1, the last on 2026-03-10" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "begins"), [("a.csv", b"topic,links"), ("a.json", b"{"), ("a.txt", b"7 links")])
def test_a_file_is_written_whole_in_the_form_of_its_name(
    collection: Collection, tmp_path: Path, name: str, begins: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """And said on standard error; standard output stays empty."""
    assert run(["stats", "--by", "topic", "-o", str(tmp_path / name), "-c", str(collection.root)]) == 0
    assert (tmp_path / name).read_bytes().startswith(begins)
    out, err = capsys.readouterr()
    assert (out, name in err) == ("", True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_picture_by_the_name_of_its_file(collection: Collection, tmp_path: Path) -> None:
    """SVG and PNG."""
    pytest.importorskip("matplotlib")
    for name, begins in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        assert run(["stats", "-q", "-o", str(tmp_path / name), "-c", str(collection.root)]) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_folder_that_cannot_be_written_is_named(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, as for any disk that refuses."""
    assert run(["stats", "-o", str(tmp_path / "none" / "a.csv"), "-c", str(collection.root)]) == 3
    assert str(tmp_path / "none") in capsys.readouterr().err
