"""The folder of a package: made under another name beside its place, and put there when it is whole.

What a killed run left is known by a mark of ours, and made anew; nothing else is ever removed.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.errors import CollectionBusy, DiskFull, UsageError
from archive.warc_files import lock, storage_error, sync_folder

PROFILE = "Sourcekeep-Package-Version"  # in bag-info.txt: it is a package of ours
_PARTIAL = ".partial"
_MARK = ".sourcekeep-partial"
_OLD = ".replaced"
_MOST_INFO = 1 << 16


def refuse(target: Path, root: Path, *, replace: bool) -> None:
    """Raises UsageError where no package can be put: in the collection, where something is (with `replace`: something
    else than a package of ours), or in a folder that is not there."""
    if target.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{target} lies in the collection; name a place outside of it with -o")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent} is no folder; make it, or name another place with -o")
    if not os.path.lexists(target):
        return
    if not replace:
        raise UsageError(
            f"{target} exists; name another folder with -o, or say --replace to put the new one in its place"
        )
    if target.is_symlink() or not is_package(target):
        raise UsageError(f"{target} is no package of sourcekeep: it is not replaced; name another folder with -o")


def is_package(folder: Path) -> bool:
    """Whether a folder is a package of ours, going by what it says."""
    with suppress(OSError), (folder / "bag-info.txt").open("rb") as file:
        return any(line.startswith(f"{PROFILE}:".encode()) for line in file.read(_MOST_INFO).splitlines())
    return False


def require_room(folder: Path, needed: int) -> None:
    """Raises DiskFull where the disk has less room than that."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(
            f"{folder}: the package needs about {needed:,} bytes and {free:,} are free: {needed - free:,} too few; "
            "free some, or name a place on another disk with -o"
        )


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """An empty folder to fill that takes the name `target` when all went well, and else is gone again.

    Raises CollectionBusy while another run makes the same package, UsageError where something else has the name that
    is used meanwhile, StorageError, DiskFull for what the disk refuses, with what is done inside too.
    """
    partial = target.with_name(target.name + _PARTIAL)
    try:
        with _held(partial):
            try:
                yield partial
                (partial / _MARK).unlink()
                sync_folder(partial)
                _put_in_place(partial, target)
            except BaseException:
                with suppress(OSError):
                    _remove(partial)
                raise
    except OSError as error:
        raise storage_error(error, target, "writing") from error
    except sqlite3.OperationalError as error:  # of what is remembered on the disk meanwhile
        refused = OSError(errno.ENOSPC if "full" in str(error) else errno.EIO, str(error))
        raise storage_error(refused, target, "writing") from error


@contextmanager
def _held(partial: Path) -> Iterator[None]:
    """The folder, empty but for our mark, which is locked."""
    mark = partial / _MARK
    if os.path.lexists(partial) and (partial.is_symlink() or not mark.is_file()):
        raise UsageError(f"{partial} is in the way and none of ours; move it, or name another folder with -o")
    partial.mkdir(exist_ok=True)
    fd = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if not lock(fd):
            raise CollectionBusy(f"another run makes {partial}; wait for it to end")
        for each in partial.iterdir():  # what a killed run left
            if each != mark:
                shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        yield
    finally:
        os.close(fd)


def _put_in_place(partial: Path, target: Path) -> None:
    old = target.with_name(target.name + _OLD)
    if os.path.lexists(target):
        if os.path.lexists(old) and is_package(old):
            shutil.rmtree(old)
        target.rename(old)
    partial.rename(target)
    sync_folder(target.parent)
    if is_package(old):
        shutil.rmtree(old)


def _remove(partial: Path) -> None:
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial)
