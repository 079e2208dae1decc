"""A second copy of a collection, consistent as of one moment, made while a run may be at work on it.

The catalogue is copied first, by the database itself, as of one of its transactions. A WARC only grows, and all that
the catalogue knows of lies before its committed offset, so as many bytes are copied of each, in any order, at any time
later, and the two fit. What is finished never changes: a second backup to the same place copies what came since.
Index and documents follow from these; of a document that was written anew meanwhile the copy's catalogue notes that it
is out of date, as after a crash. The copy's catalogue gets its name last: nobody takes what is half done for whole.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive import cdxj
from archive.atomic_file import write_atomically
from archive.collection import Collection, CollectionLock
from archive.errors import DamagedRecord, NotACollection, StorageError, UsageError
from archive.schema import WarcState
from archive.warc_files import OPEN, storage_error, sync_folder

NOTE = "backup.json"
_CATALOGUE = ".catalogue.db.new"
_BLOCK = 1 << 20  # bytes
_PLAIN = ("sourcekeep.toml", "losses.json", "access.aclj", "embargo.json")  # as they lie there
_MARGIN_NS = 50_000_000  # of a document's time: a kernel stamps files with the time of its last tick

Progress = Callable[[int, int], object]  # bytes of WARCs that are there, of how many


def _silent(_done: int, _total: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup did. Sizes are bytes."""

    warcs: int  # that the copy has now
    copied: int  # of these, by this backup
    copied_bytes: int
    warc_bytes: int  # of all
    catalogue_bytes: int
    documents: int  # copied or written anew
    stale: int  # written anew by the run that is at work: the next run on the copy does so, too
    missing: tuple[str, ...]  # WARCs that the collection has lost itself


@dataclass(frozen=True, slots=True)
class _Warc:
    name: str
    length: int
    state: WarcState

    @property
    def file_name(self) -> str:
        return self.name if self.state is WarcState.FINISHED else self.name + OPEN


def back_up(
    source: Collection,
    target: Collection,
    *,
    now: datetime,
    command: str,
    progress: Progress = _silent,
) -> BackedUp:
    """Make `target` a copy of `source` as of now, or bring an earlier copy up to date. Both can be opened afterwards.

    Needs no lock of `source`. Raises NotACollection where `target` is something else, or was worked on by itself;
    CollectionBusy where somebody uses it; StorageError, DiskFull; DamagedRecord where a WARC is shorter than its
    catalogue says.
    """
    _refuse(source, target)
    try:
        for folder in (target.root, target.warcs, target.indexes, target.events, target.runs):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, target.root, "making") from error
    lock = CollectionLock(target)
    lock.take(since=now, command=command)
    try:
        return _back_up(source, target, now, progress)
    except sqlite3.Error as error:
        raise StorageError(f"{source.catalogue} cannot be copied: {error}; see `sourcekeep verify`") from error
    finally:
        lock.release()


def _refuse(source: Collection, target: Collection) -> None:
    inside, outside = target.root.resolve(), source.root.resolve()
    if inside.is_relative_to(outside) or outside.is_relative_to(inside):
        raise UsageError(f"{target.root} and {source.root} lie one in the other; name another folder")
    if not target.root.exists():
        return
    target.refuse_links()
    if not target.root.is_dir():
        raise UsageError(f"{target.root} is no folder; name another")
    if not target.catalogue.exists() and not (target.root / NOTE).is_file() and any(target.root.iterdir()):
        raise NotACollection(f"{target.root} is not empty and no backup of ours; name an empty or new folder")


def _back_up(source: Collection, target: Collection, now: datetime, progress: Progress) -> BackedUp:
    fresh = target.root / _CATALOGUE
    began_ns = time.time_ns() - _MARGIN_NS  # as the file system tells the time, whatever `now` is
    _snapshot(source.catalogue, fresh)
    with closing(sqlite3.connect(fresh)) as catalogue:
        _refuse_another(catalogue, target.catalogue)
        write_atomically(target.root / NOTE, _note(source, now))
        files = list(_warcs(catalogue))
        copied = _copy_warcs(source.warcs, target.warcs, files, progress)
        names = {each.name for each in files if each.state is WarcState.FINISHED}
        cdxj.write_sorted(target.indexes / cdxj.INDEX, _lines(source.indexes / cdxj.INDEX, names))
        documents, stale = _copy_documents(source, target, catalogue, began_ns=began_ns)
        catalogue.commit()
    _copy_rest(source, target)
    _put_in_place(fresh, target.catalogue)
    return BackedUp(
        warcs=len(files),
        copied=len(copied),
        copied_bytes=sum(each.length for each in copied),
        warc_bytes=sum(each.length for each in files),
        catalogue_bytes=target.catalogue.stat().st_size,
        documents=documents,
        stale=stale,
        missing=_missing(target.catalogue),
    )


def _note(source: Collection, now: datetime) -> bytes:
    return (json.dumps({"of": str(source.root), "as_of": now.isoformat()}) + "\n").encode()


# --- the catalogue ---


def _snapshot(catalogue: Path, fresh: Path) -> None:
    """Copy a database as of one moment, beside its writers. Whole and on the disk when this returns."""
    fresh.unlink(missing_ok=True)
    with closing(
        sqlite3.connect(f"{catalogue.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    ) as database:
        database.execute("VACUUM INTO ?", (str(fresh),))
    with fresh.open("rb") as file:
        os.fsync(file.fileno())


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _refuse_another(snapshot: sqlite3.Connection, earlier: Path) -> None:
    """A copy that a run was at work on has what the original has not: it is nobody's backup any more."""
    if not earlier.exists():
        return
    runs = "SELECT id, started_at FROM runs"
    known = set(snapshot.execute(runs))
    with closing(_reading(earlier)) as database:
        foreign = set(database.execute(runs)) - known
    if foreign:
        raise NotACollection(
            f"{earlier.parent} knows of a run that this collection has not: it is another collection, or was worked on "
            "by itself; name another folder"
        )


def _put_in_place(fresh: Path, catalogue: Path) -> None:
    """The write-ahead log of the database that lay there belongs to that one."""
    for suffix in ("-wal", "-shm"):
        catalogue.with_name(catalogue.name + suffix).unlink(missing_ok=True)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(catalogue)
    sync_folder(catalogue.parent)


def _warcs(catalogue: sqlite3.Connection) -> Iterator[_Warc]:
    query = "SELECT name, committed_offset, state FROM warcs WHERE state <> ? ORDER BY name"
    for name, length, state in catalogue.execute(query, (WarcState.MISSING.value,)):
        yield _Warc(name, length, WarcState(state))


def _missing(catalogue: Path) -> tuple[str, ...]:
    with closing(_reading(catalogue)) as database:
        rows = database.execute("SELECT name FROM warcs WHERE state = ? ORDER BY name", (WarcState.MISSING.value,))
        return tuple(name for (name,) in rows)


# --- files ---


def _copy_warcs(source: Path, target: Path, files: Iterable[_Warc], progress: Progress) -> list[_Warc]:
    """Copy what is not there yet; which that was."""
    files = list(files)
    total, done, copied = sum(each.length for each in files), 0, []
    for each in files:
        path = target / each.file_name
        if not (each.state is WarcState.FINISHED and _has_length(path, each.length)):
            _copy_warc(source, path, each)
            copied.append(each)
        if each.state is WarcState.FINISHED:
            (target / (each.name + OPEN)).unlink(missing_ok=True)  # of an earlier backup
        done += each.length
        progress(done, total)
    return copied


def _has_length(path: Path, length: int) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == length


def _copy_warc(folder: Path, path: Path, warc: _Warc) -> None:
    try:
        with _opened_warc(folder, warc.name) as file:
            _write(path, _first(file, warc))
    except FileNotFoundError as error:
        raise DamagedRecord(
            f"{warc.name} is gone from {folder}: see `sourcekeep verify`, then make the backup again"
        ) from error
    except OSError as error:
        raise storage_error(error, path, "copying to") from error


def _opened_warc(folder: Path, name: str) -> BinaryIO:
    """A WARC by its final name or the one it has while it is written, which may change meanwhile."""
    for each in (name, name + OPEN, name):
        with suppress(FileNotFoundError):
            return os.fdopen(os.open(folder / each, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    raise FileNotFoundError(name)


def _first(file: BinaryIO, warc: _Warc) -> Iterator[bytes]:
    missing = warc.length
    while missing:
        block = file.read(min(_BLOCK, missing))
        if not block:
            raise DamagedRecord(
                f"{warc.name} lacks {missing:,} bytes that the catalogue knows: see `sourcekeep verify`, then make the "
                "backup again"
            )
        missing -= len(block)
        yield block


def _write(path: Path, blocks: Iterable[bytes]) -> None:
    """Put a file at `path`, whole or not at all. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644), "wb") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def _lines(index: Path, names: set[str]) -> Iterator[str]:
    """The lines of an index that are about these WARCs."""
    if not index.is_file():
        return
    with index.open("r", encoding="ascii", errors="backslashreplace") as lines:
        for line in lines:
            if _warc_of(line) in names:
                yield line.rstrip("\n")


def _warc_of(line: str) -> str | None:
    with suppress(ValueError):
        fields = json.loads(line[line.index("{") :])
        return str(fields.get("filename")) if isinstance(fields, dict) else None
    return None


def _copy_documents(
    source: Collection, target: Collection, catalogue: sqlite3.Connection, *, began_ns: int
) -> tuple[int, int]:
    """Copy the documents; how many, and how many of these are newer than the copy's catalogue, which notes it."""
    copied, newer = 0, []
    for (name,) in catalogue.execute("SELECT json_name FROM events ORDER BY json_name"):
        try:
            with (source.events / name).open("rb") as file:
                found = os.fstat(file.fileno())
                if found.st_mtime_ns >= began_ns:
                    newer.append(name)
                elif _is_copy(target.events / name, found):
                    continue
                write_atomically(target.events / name, file.read(), within=target.root)
        except FileNotFoundError:
            continue  # not written yet, or lost: verify says which, of the copy as of the collection
        os.utime(target.events / name, ns=(found.st_atime_ns, found.st_mtime_ns))
        copied += 1
    catalogue.executemany("UPDATE events SET dirty = dirty + 1 WHERE json_name = ?", [(name,) for name in newer])
    return copied, len(newer)


def _is_copy(path: Path, of: os.stat_result) -> bool:
    """Whether this document was copied before, and is the same as ever."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        return (found.st_size, found.st_mtime_ns) == (of.st_size, of.st_mtime_ns)
    return False


def _copy_rest(source: Collection, target: Collection) -> None:
    """Settings, noted losses, access rules, and the runs' reports and logs, these as far as they are written."""
    for path in (*(source.root / name for name in _PLAIN), *sorted((source.root / "access").glob("*.aclj"))):
        if path.is_file() and not path.is_symlink():
            write_atomically(target.root / path.relative_to(source.root), path.read_bytes(), within=target.root)
    for path in sorted(source.runs.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        copy = target.runs / path.relative_to(source.runs)
        found = path.stat()
        if not _is_copy(copy, found):
            _copy_report(path, copy, target.runs)
            os.utime(copy, ns=(found.st_atime_ns, found.st_mtime_ns))


def _copy_report(path: Path, copy: Path, within: Path) -> None:
    write_atomically(copy, b"", within=within)  # makes the folders, and refuses links on the way
    try:
        with path.open("rb") as file:
            _write(copy, iter(lambda: file.read(_BLOCK), b""))
    except OSError as error:
        raise storage_error(error, copy, "writing") from error
