"""The collection's folder: what may lie in it, and who holds it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.collection import Collection, CollectionLock, is_held, run_note
from archive.errors import CollectionBusy, NotACollection, StorageError, UsageError

AT = datetime(2026, 2, 3, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Collection:
    """An empty collection."""
    collection = Collection(tmp_path / "c")
    collection.prepare()
    return collection


def test_who_holds_it_is_noted(place: Collection) -> None:
    """For whoever comes second, until it is let go."""
    lock = CollectionLock(place)
    lock.take(since=AT, command="sourcekeep crawl ./pages")
    assert run_note(place)["command"] == "sourcekeep crawl ./pages"
    assert is_held(place)
    with pytest.raises(CollectionBusy, match=rf"pid {os.getpid()} .*since 2026-02-03.*crawl \./pages"):
        CollectionLock(place).take(since=AT, command="another")
    lock.release()
    assert run_note(place) == {}
    assert not is_held(place)


def test_the_note_is_not_written_through_a_link(place: Collection, tmp_path: Path) -> None:
    """One planted between the look and the writing: it is replaced."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    place.run_note.symlink_to(victim)
    lock = CollectionLock(place)
    lock.take(since=AT, command="x")
    assert victim.read_text() == "untouched"
    assert json.loads(place.run_note.read_text())["pid"] == os.getpid()
    lock.release()


def test_a_lock_that_is_a_link_is_not_followed(place: Collection, tmp_path: Path) -> None:
    """Opening it to write would empty what it leads to."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (place.root / ".lock").symlink_to(victim)
    with pytest.raises(StorageError, match=r"\.lock"):
        CollectionLock(place).take(since=AT, command="x")
    assert victim.read_text() == "untouched"


@pytest.mark.parametrize("what", ["pipe", "link", "folder", "garbage", "list", "endless"])
def test_a_note_that_is_none_says_nothing(place: Collection, what: str) -> None:
    """Nor does it keep anybody waiting."""
    note = place.run_note
    match what:
        case "pipe":
            os.mkfifo(note)
        case "link":
            note.symlink_to("/dev/zero")
        case "folder":
            note.mkdir()
        case "endless":
            note.write_bytes(b" " * (1 << 20) + b"{}")
        case _:
            note.write_bytes({"garbage": b"\xff{", "list": b"[1]"}[what])
    assert run_note(place) == {}


def test_a_probe_that_was_planted_is_not_followed(place: Collection, tmp_path: Path) -> None:
    """It is taken away, and where it leads to nothing is made."""
    place.catalogue.touch()
    (place.root / f".probe-{os.getpid()}").symlink_to(tmp_path / "made")
    place.prepare()
    assert not (tmp_path / "made").exists()


def test_leftovers_of_the_spool_are_removed_and_links_are_not_followed(place: Collection, tmp_path: Path) -> None:
    """Bodies of a killed run."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (place.spool / "left").write_text("x")
    (place.spool / "link").symlink_to(victim)
    place.prepare()
    assert victim.read_text() == "untouched"
    assert not (place.spool / "left").exists()


def test_the_folder_itself_may_be_reached_by_a_link(place: Collection, tmp_path: Path) -> None:
    """That is the operator's own way to it; only what lies in a collection may be a stranger's."""
    (tmp_path / "way").symlink_to(place.root)
    Collection(tmp_path / "way").prepare()
    assert place.spool.is_dir()


def test_what_is_no_collection(tmp_path: Path) -> None:
    """Somebody else's folder, an empty one, a file."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    (tmp_path / "file").touch()
    with pytest.raises(NotACollection, match="not empty"):
        Collection(tmp_path / "photos").prepare()
    with pytest.raises(NotACollection, match=r"no catalogue\.db"):
        Collection(tmp_path / "photos").require()
    with pytest.raises(UsageError, match="cannot be written"):
        Collection(tmp_path / "file" / "c").prepare()


def _emptied(path: Path) -> None:
    """The file of a first run that was killed, without its log."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")


@pytest.mark.parametrize(("name", "catalogue", "is_refused"), [
    ("a.warc.gz", Path.exists, True), ("import_0123abcd-1.warc.gz", Path.exists, True),
    ("a.warc.gz.open", Path.exists, True), ("a.warc.gz", Path.touch, True), ("a.warc.gz.open", Path.touch, True),
    ("a.warc.gz", _emptied, True), ("a.warc.gz.open", _emptied, True), ("notes.txt", _emptied, False),
    ("a.warc.gz", lambda path: path.write_bytes(b"x" * 4096), False), ("notes.txt", Path.exists, False),
])  # fmt: skip
def test_warcs_without_their_catalogue(
    place: Collection, name: str, catalogue: Callable[[Path], object], *, is_refused: bool
) -> None:
    """A run would know of nothing that they tell: it is refused, and the remedy named. A catalogue that is damaged is
    for those to judge who open it."""
    (place.warcs / name).write_bytes(b"x")
    catalogue(place.catalogue)
    _is_refused_or_not(place, is_refused=is_refused)


def _is_refused_or_not(place: Collection, *, is_refused: bool) -> None:
    if not is_refused:
        place.prepare()
        return
    for look in (place.prepare, place.require):
        with pytest.raises(NotACollection, match=f"sourcekeep verify --repair -c {place.root}"):
            look()


def test_a_first_run_that_was_killed_goes_on(place: Collection) -> None:
    """Its tables are in the log beside the catalogue, as long as that is there."""
    (place.warcs / "a.warc.gz.open").write_bytes(b"x")
    database = sqlite3.connect(place.catalogue)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE x (y)")
    for part in ("", "-wal", "-shm"):
        shutil.copy(f"{place.catalogue}{part}", place.root / f"copy{part}")
    database.close()
    for part in ("", "-wal", "-shm"):
        (place.root / f"copy{part}").rename(f"{place.catalogue}{part}")
    place.prepare()


@pytest.mark.parametrize(("paper", "text"), [
    ("indexes/index.cdxj", 'test,a)/ 20261122140000 {"filename": "a.warc.gz", "offset": "0"}\n'),
    ("events/2016/02/03/one.json", '{"record": {"warc": "a.warc.gz"}}'),
])  # fmt: skip
def test_nothing_is_left_but_papers(place: Collection, paper: str, text: str) -> None:
    """Index or documents name WARCs that are gone with the catalogue: a run may not begin as if nothing had been."""
    (place.root / paper).parent.mkdir(parents=True, exist_ok=True)
    (place.root / paper).write_text("{}")
    place.prepare()
    (place.root / paper).write_text(text)
    _is_refused_or_not(place, is_refused=True)
