"""A package of ours made a collection again: its WARCs become the collection's own, and tell all the rest.

Only into a folder that holds no collection yet: there, nothing that the package says can contradict what is known. The
bag is checked first, every digest of it. Who makes a package by hand can claim what they like, as can who hands on a
whole collection; WARCs of others, and packages for a collection that has something already, come in by
`archive.importing`, where nothing is believed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.collection import Collection
from archive.errors import UsageError
from archive.package_bag import check_bag
from archive.package_folder import PROFILE
from archive.package_warcs import FOLDER
from archive.repairs import Repaired, Tools, carry_out, plan
from archive.warc_files import is_warc_name, storage_error, sync_folder

_STAGE = "package"  # a folder in the spool
_KNOWN = ("1",)
_PIECE = 1 << 20

Progress = Callable[[str, int, int], None]  # what, done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A bag that was checked."""

    root: Path
    version: str | None  # of our packages; None: somebody else's bag
    identifier: str
    warcs: tuple[Path, ...]  # all that lie in it


def is_bag(path: Path) -> bool:
    """Whether a folder says that it is a bag."""
    return (path / "bagit.txt").is_file()


def read_package(root: Path) -> Package:
    """A bag with its WARCs, every file held against its digest. Raises UsageError for what is no valid bag."""
    info = check_bag(root, digests=True)
    return Package(
        root=root,
        version=info.get(PROFILE),
        identifier=info.get("External-Identifier", ""),
        warcs=tuple(sorted(path for path in (root / "data").rglob("*.warc*") if _is_warc(path))),
    )


def _is_warc(path: Path) -> bool:
    return path.name.endswith((".warc", ".warc.gz")) and path.is_file()


def can_become(package: Package, collection: Collection) -> bool:
    """Whether a package can be made the collection: it is ours, and nothing is there yet.

    Raises UsageError for a package of a newer version.
    """
    if package.version is None or collection.catalogue.exists():
        return False
    if package.version not in _KNOWN:
        raise UsageError(
            f"{package.root} is a package of version {package.version}: a newer sourcekeep is needed for it"
        )
    return True


def become(
    package: Package, collection: Collection, tools: Tools, *, progress: Progress = lambda _w, _d, _t: None
) -> Repaired:
    """Make the package the collection, whose lock the caller holds, and whose folders are there and empty.

    A kill while WARCs are copied leaves nothing behind; after that, `verify --repair` does what is left to be done.
    Raises UsageError, StorageError, DiskFull, CatalogueUnavailable.
    """
    paths = list(_ours(package))
    stage = collection.spool / _STAGE
    try:
        if stage.is_symlink():
            stage.unlink()
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        for number, path in enumerate(paths):
            progress("copying the WARCs", number, len(paths))
            _copy(path, stage / path.name)
        for path in paths:
            (stage / path.name).rename(collection.warcs / path.name)
        sync_folder(collection.warcs)
        stage.rmdir()
    except OSError as error:
        raise storage_error(error, stage, "importing into") from error
    return carry_out(plan(collection, now=tools.now), collection, tools, progress=progress)


def _ours(package: Package) -> Iterator[Path]:
    """The WARCs of one of our packages. Raises UsageError for a name that no WARC of ours has."""
    for path in package.warcs:
        if path.parent == package.root / FOLDER:
            if not is_warc_name(path.name):
                raise UsageError(f"{path}: no WARC of a package has such a name")
            yield path


def _copy(source: Path, target: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with source.open("rb") as file, os.fdopen(os.open(target, flags, 0o644), "wb") as out:
        shutil.copyfileobj(file, out, _PIECE)
        out.flush()
        os.fsync(out.fileno())
