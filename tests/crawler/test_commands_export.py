"""`sourcekeep export`: what goes into files for others."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import bagit
import pytest

from archive.collection import Collection
from crawler.cli import run
from tests.archive.foreign_samples import response
from tests.archive.small_collection import PATH, URLS, build
from tests.end_to_end.command import sourcekeep
from tests.faults.audited import run_killed


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The small collection."""
    return build(tmp_path_factory.mktemp("export") / "c")


def test_an_event_as_wacz(collection: Collection, tmp_path: Path) -> None:
    """The file is there, a second run replaces it, and people are told what it holds."""
    for _ in range(2):
        done = sourcekeep("export", "wacz", "--event", PATH, "-c", collection.root, "-o", tmp_path / "event.wacz")
        assert (done.returncode, done.stderr) == (0, "")
    assert "9 captures of 1 WARC; 5 pages, 2 with text" in done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["event.wacz"]
    with ZipFile(tmp_path / "event.wacz") as made:
        assert "datapackage.json" in made.namelist()


@pytest.mark.parametrize(
    "what", [("--all",), ("--since", "2016-02-03", "--until", "2016-02-03"), ("--url", URLS["article"] + "#top")]
)
def test_json_says_what_it_holds(
    collection: Collection, tmp_path: Path, what: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One object, with the digest that is to be signed."""
    target = tmp_path / "some.wacz"
    assert run(["export", "wacz", *what, "-c", str(collection.root), "-o", str(target), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["bytes"]) == (str(target), target.stat().st_size)
    assert (said["problems"], said["lost"], said["warcs"]) == ([], 0, 1)
    with ZipFile(target) as made:
        assert said["datapackage_sha256"] in made.read("datapackage-digest.json").decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--event PATH"),
        (("--all", "--url", URLS["article"]), "--event PATH"),
        (("--since", "2016-02-04", "--until", "2016-02-03"), "no day is between them"),
        (("--event", "news/none\x1b.md"), "there is no event news/none\ufffd.md"),
        (("--url", "http://["), "no address"),
        (("--since", "2017-01-01"), "there are no events from 2017-01-01"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    collection: Collection,
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 4, with what was wrong; nothing is written."""
    target = tmp_path / "x.wacz"
    assert run(["export", "wacz", *arguments, "-c", str(collection.root), "-o", str(target)]) == 4
    assert said in capsys.readouterr().err
    assert not target.exists()


def test_the_collection_is_no_place_for_it(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """A WACZ among the WARCs would be one file too many."""
    target = collection.warcs / "x.wacz"
    assert run(["export", "wacz", "--all", "-c", str(collection.root), "-o", str(target)]) == 4
    assert "lies in the collection" in capsys.readouterr().err
    assert not target.exists()


def test_what_is_left_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, the place of the damage, and the rest is written."""
    place = build(tmp_path / "c")
    (warc,) = place.warcs.iterdir()
    with warc.open("r+b") as file:
        file.truncate(warc.stat().st_size // 2)
    target = tmp_path / "x.wacz"
    assert run(["export", "wacz", "--all", "-c", str(place.root), "-o", str(target)]) == 1
    assert f"left out: {warc.name}, offset " in capsys.readouterr().err
    with ZipFile(target) as made:
        assert made.testzip() is None


def test_an_event_as_package_and_back(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder is a bag; imported into an empty place it is a collection again, into this one it brings nothing."""
    bag = tmp_path / "bag"
    command = ["export", "package", "--event", PATH, "-c", str(collection.root), "-o", str(bag)]
    assert run([*command, "--dry-run", "--json"]) == 0
    would = json.loads(capsys.readouterr().out)["would"]
    assert not bag.exists()
    assert run([*command, "--sha512", "--json", "--now", "2026-12-24"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {name: said[name] for name in ("captures", "events", "citations")} == {
        name: would[name] for name in ("captures", "events", "citations")
    }
    assert "Bagging-Date: 2026-12-24" in (bag / "bag-info.txt").read_text()
    assert run(command) == 4
    assert "say --replace" in capsys.readouterr().err
    assert run([*command, "--replace", "--max-warc-size", "2K"]) == 0
    assert "9 captures in " in capsys.readouterr().out
    assert run(["import", str(bag), "-c", str(tmp_path / "again"), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["captures"], again["events"], again["citations"], again["kept"]) == (9, 1, 7, 4)
    assert run(["import", str(bag), "-c", str(tmp_path / "again"), "--json"]) == 0
    assert {json.loads(line)["captures"] for line in capsys.readouterr().out.splitlines()} == {0}


def test_a_size_that_is_none_is_refused(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, and nothing is written."""
    command = ["export", "package", "--all", "-c", str(collection.root), "-o", str(tmp_path / "bag")]
    assert run([*command, "--max-warc-size", "-1"]) == 4
    assert "is no size" in capsys.readouterr().err
    assert not (tmp_path / "bag").exists()


def test_a_bag_of_somebody_elses_is_imported_like_any_warc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its digests are checked first; nothing in it is believed; a bag comes alone."""
    bag = tmp_path / "bag"
    bag.mkdir()
    (bag / "theirs.warc").write_bytes(response(1, "http://a.test/theirs"))
    bagit.make_bag(str(bag), checksums=["sha256"])
    command = ["import", str(bag), "-c", str(tmp_path / "c"), "--json"]
    assert run([*command, str(tmp_path)]) == 4
    assert "import one at a time" in capsys.readouterr().err
    assert run(command) == 0
    assert json.loads(capsys.readouterr().out)["captures"] == 1
    assert [path.name[:7] for path in (tmp_path / "c" / "archive").iterdir()] == ["import_"]
    (bag / "data" / "theirs.warc").write_bytes(response(2, "http://a.test/changed"))
    assert run(["import", str(bag), "-c", str(tmp_path / "other")]) == 4
    assert "is no valid bag" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_killed_package_is_made_anew(collection: Collection, tmp_path: Path) -> None:
    """Killed as its files are made: nothing has the name; the same command makes it, and nothing else is left."""
    bag = tmp_path / "out" / "bag"
    bag.parent.mkdir()
    command = ["export", "package", "--all", "--wacz", "-c", collection.root, "-o", bag, "-q"]
    assert run_killed(command, at=1)  # its index is there, its lists are not
    assert [path.name for path in bag.parent.iterdir()] == ["bag.partial"]
    assert run([*map(str, command)]) == 0
    assert [path.name for path in bag.parent.iterdir()] == ["bag"]
    assert not [path for path in bag.iterdir() if path.name.startswith(".")]
