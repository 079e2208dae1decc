"""What a crash left: every `.open` WARC made a whole one, before a run begins.

The gzip members are walked; behind the last whole record the file is cut, and what is cut is kept beside it as
`NAME.torn`. Damage before it stays where it is, as in a finished file: it costs the records it hit, and every other
keeps its place. The rest gets its lines in the index and its final name. Nothing is ever deleted but files without a
single capture event; each step can be killed and begun again. A file that a living process holds, a symbolic link, a
file that is none of ours is left alone and named in the report.

A file shorter than the catalogue's committed offset is a loss: the disk forgot what it had confirmed.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from archive import cdxj
from archive.captures import captures
from archive.errors import DamagedRecord
from archive.http_message import HEAD_LIMIT
from archive.model import Capture
from archive.reader import Record, salvaged_records
from archive.warc_files import OPEN, SPOOL, TORN, is_warc_name, lock, rename_to_final, storage_error, sync_folder

logger = logging.getLogger(__name__)

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedWarc:
    """A file that was left open, and what became of it. Offsets are bytes in the compressed file."""

    name: str  # its final name
    kept: int  # bytes up to the end of the last whole record; 0: there was none worth keeping, and the file is gone
    damaged: int  # places among them where no record can be read
    cut: int  # bytes now in NAME.torn
    committed: int  # what the catalogue knew of
    fresh_from: int  # where the first record that it did not know of begins

    @property
    def lost(self) -> int:
        """Bytes that the catalogue counts on and the disk does not have."""
        return max(0, self.committed - self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What the repair of a folder did."""

    folder: Path
    files: tuple[RepairedWarc, ...] = ()
    left_alone: tuple[tuple[str, str], ...] = ()  # name, why

    @property
    def cut(self) -> int:
        """Bytes cut off, in all files."""
        return sum(file.cut for file in self.files)

    @property
    def losses(self) -> tuple[RepairedWarc, ...]:
        """Files in which captures that the catalogue counts on are missing. Empty but after a fault of the disk."""
        return tuple(file for file in self.files if file.lost)

    def captures(self) -> Iterator[Capture]:
        """The captures that are whole on the disk and that the catalogue does not know, read one by one."""
        for file in self.files:
            if file.fresh_from < file.kept:
                yield from captures(salvaged_records(self.folder / file.name, offset=file.fresh_from))


def repair(
    folder: Path, *, indexes: Path, committed: Mapping[str, int], copies: Mapping[str, str] = MappingProxyType({})
) -> Repair:
    """Make every `.open` file in `folder` whole. `committed`: name -> offset that the catalogue counts on. `copies`:
    name -> that of the file it is a copy of; these are left alone.

    Again, it finds nothing to do. Raises StorageError (DiskFull) if the disk refuses.
    """
    files: list[RepairedWarc] = []
    left_alone: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*" + OPEN)) if folder.is_dir() else []:
        name = path.name.removesuffix(OPEN)
        try:
            result = _copied(copies.get(name)) or _repair_file(path, indexes, committed.get(name, 0))
        except OSError as error:
            raise storage_error(error, path, "repairing") from error
        if isinstance(result, str):
            left_alone.append((path.name, result))
            logger.warning("%s is left alone: %s", path, result)
        else:
            files.append(result)
            _tell(path, result)
    _remove_spools(folder, indexes)
    return Repair(folder=folder, files=tuple(files), left_alone=tuple(left_alone))


def _copied(original: str | None) -> str | None:
    return f"it holds the same records as {original}" if original is not None else None


def _repair_file(path: Path, indexes: Path, committed: int) -> RepairedWarc | str:
    """What became of the file, or why it is left alone. Raises OSError."""
    name = path.name.removesuffix(OPEN)
    if not is_warc_name(name):
        return "it is no file of ours"
    if not stat.S_ISREG(path.lstat().st_mode):
        return "it is a link, or no file at all"
    if os.path.lexists(path.with_name(name)):
        return "a finished file of its name exists"
    fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return _repair_open(fd, path, indexes, committed) if lock(fd) else "a living process writes it"
    finally:
        os.close(fd)


def _repair_open(fd: int, path: Path, indexes: Path, committed: int) -> RepairedWarc:
    name = path.name.removesuffix(OPEN)
    indexes.mkdir(exist_ok=True)
    spool = cdxj.Spool(indexes / (name + SPOOL))
    with closing(spool):
        walked = _walk(path, spool, committed)
        kept = walked.end if walked.worth_keeping else 0
        cut = _set_aside(fd, path, walked.end)
        if kept:
            os.fsync(fd)
            cdxj.merge(indexes / cdxj.INDEX, spool.lines())
            rename_to_final(path.parent, name)
        else:
            path.unlink()
            sync_folder(path.parent)
        spool.remove()
    return RepairedWarc(
        name=name,
        kept=kept,
        damaged=walked.damaged if kept else 0,
        cut=cut,
        committed=committed,
        fresh_from=walked.fresh_from,
    )


@dataclass(slots=True)
class _Walk:
    """What was found on the way through a file."""

    end: int = 0  # of the last whole record
    damaged: int = 0  # places before it where there is none
    fresh_from: int = 0  # of the first record at or behind the committed offset
    worth_keeping: bool = False  # there is more than a warcinfo


def _walk(path: Path, spool: cdxj.Spool, committed: int) -> _Walk:
    walk = _Walk()
    met: list[DamagedRecord] = []
    for record in salvaged_records(path, damage=met.append):
        walk.end = record.where.offset + record.where.length
        walk.damaged = len(met)
        walk.worth_keeping = walk.worth_keeping or record.kind != "warcinfo"
        if record.where.offset < committed:
            walk.fresh_from = walk.end
        if line := index_line(record):
            spool.add([line])
    for each in met:
        logger.info("%s", each)
    return walk


def index_line(record: Record) -> str | None:
    """The line of a record in the index; None for a kind that is not indexed."""
    content_type = record.header("Content-Type") or ""
    if not cdxj.is_indexed(record.kind, content_type):
        return None
    with record.block() as block:
        start = block.read(HEAD_LIMIT) if record.kind in ("response", "revisit") else b""
    return cdxj.record_line(
        record.kind,
        url=record.url,
        date=record.header("WARC-Date") or "",
        content_type=content_type,
        digest=record.header("WARC-Payload-Digest"),
        block_start=start,
        where=record.where,
    )


def _set_aside(fd: int, path: Path, end: int) -> int:
    """Move what lies behind `end` to NAME.torn: how many bytes."""
    size = os.fstat(fd).st_size
    if size == end:
        return 0
    torn = path.with_name(path.name.removesuffix(OPEN) + TORN)
    torn.unlink(missing_ok=True)
    with torn.open("xb") as out:
        for offset in range(end, size, _PIECE):
            out.write(os.pread(fd, min(_PIECE, size - offset), offset))
        out.flush()
        os.fsync(out.fileno())
    sync_folder(path.parent)
    os.ftruncate(fd, end)
    return size - end


def _remove_spools(folder: Path, indexes: Path) -> None:
    """Lines of files that are finished are in the index already."""
    for spool in sorted(indexes.glob("*" + SPOOL)) if indexes.is_dir() else []:
        if not os.path.lexists(folder / (spool.name.removesuffix(SPOOL) + OPEN)):
            spool.unlink(missing_ok=True)


def _tell(path: Path, file: RepairedWarc) -> None:
    if file.lost:
        logger.error("%s: %d bytes that were confirmed as written are lost; the disk forgot them", path, file.lost)
    if file.damaged:
        logger.error("%s: %d places in it cannot be read; run verify", path, file.damaged)
    if file.cut:
        logger.warning("%s: %d bytes of a torn record are set aside in %s%s", path, file.cut, file.name, TORN)
