"""The disk watched, so that a run ends before it is full: a call of statvfs now and then, and no other cost.

The reserve is what stays free for the catalogue, the index and the reports of a run that ends, and for whoever else
uses the disk. A run with less than it is not begun; one at work ends with exit code 3 and goes on when there is room.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from archive.errors import DiskFull
from archive.warc_files import storage_error
from crawler.limits import Limit, Reached
from crawler.terminal import spell_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A file system, in bytes."""

    free: int  # to us: what root alone may use is not counted
    total: int


def room_at(folder: Path) -> Room:
    """The room of the file system that `folder` lies on. Raises StorageError."""
    try:
        found = os.statvfs(folder)
    except OSError as error:
        raise storage_error(error, folder, "measuring") from error
    return Room(free=found.f_bavail * found.f_frsize, total=found.f_blocks * found.f_frsize)


def room_short(room: Room, reserve: int, folder: Path) -> Reached | None:
    """Why a run is to end, if the disk has less free than `reserve` (pure)."""
    if not reserve or room.free >= reserve:
        return None
    why = f"{folder}: {spell_bytes(room.free)} are free, and {spell_bytes(reserve)} are to stay so (disk_reserve)"
    return Reached(limit=Limit.DISK, why=f"{why}; make room for {spell_bytes(reserve - room.free)} and more")


def require_room(folder: Path, reserve: int) -> None:
    """Raises DiskFull where a run had better not begin."""
    short = room_short(room_at(folder), reserve, folder)
    if short is not None:
        raise DiskFull(f"{short.why}; the same command then goes on")
