"""Files written whole or not at all, on real file systems."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from archive.atomic_file import write_atomically
from archive.errors import StorageError


def names(folder: Path) -> list[str]:
    """What lies in `folder`."""
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    """Folders are made on the way, and nothing else is left behind."""
    target = tmp_path / "events/2016/02/03/伊.json"
    write_atomically(target, b"one", within=tmp_path)
    write_atomically(target, b"two", within=tmp_path)
    assert target.read_bytes() == b"two"
    assert names(target.parent) == [target.name]


def test_what_a_killed_run_left_is_no_hindrance(tmp_path: Path) -> None:
    """A temporary file of an earlier run is replaced."""
    (tmp_path / ".a.json.tmp").write_bytes(b"half")
    write_atomically(tmp_path / "a.json", b"whole")
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    assert names(tmp_path) == ["a.json"]


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """Neither in the place of the file, nor of its temporary file, nor of a folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_bytes(b"untouched")
    root = tmp_path / "collection"
    root.mkdir()
    (root / "a.json").symlink_to(outside / "victim")
    (root / ".a.json.tmp").symlink_to(outside / "victim")
    write_atomically(root / "a.json", b"ours", within=root)
    assert not (root / "a.json").is_symlink()
    assert (outside / "victim").read_bytes() == b"untouched"
    (root / "2016").symlink_to(outside)
    with pytest.raises(StorageError, match="a link or a file"):
        write_atomically(root / "2016/a.json", b"ours", within=root)
    assert names(outside) == ["victim"]


def test_a_file_past_the_limit_leaves_the_old_one(tmp_path: Path) -> None:
    """A write the system refuses half-way: the old file stays whole, and no rest of the new one."""
    target = tmp_path / "a.json"
    write_atomically(target, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"a\.json"):
            write_atomically(target, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a.json"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """The message says which file and what to do."""
    with pytest.raises(StorageError, match=str(tmp_path / "missing")):
        write_atomically(tmp_path / "missing/a.json", b"x")
