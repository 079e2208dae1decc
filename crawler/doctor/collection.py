"""A collection: its folder, the disk, the clock, the database, the end of the newest WARC."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from archive.collection import Collection, is_held, run_note
from archive.errors import SourcekeepError
from archive.reader import read_records
from archive.schema import REVISIONS, WarcState
from archive.warc_files import OPEN
from crawler.disk_guard import room_at
from crawler.doctor import Finding, fault, fine, warning
from crawler.terminal import count, spell_bytes, spell_seconds

_REPAIR = "sourcekeep verify --repair"
_AHEAD = timedelta(minutes=5)
_NEAR_RESERVE = 2  # times the reserve: soon reached
_MOST_COMPLAINTS = 5


def collection_findings(collection: Collection, *, now: datetime, reserve: int) -> Iterator[Finding]:
    """What is found of a collection; of one that is not there, only that. `reserve`: bytes that are to stay free."""
    try:
        collection.require()
    except SourcekeepError as error:
        yield fault("collection", str(error), "")
        return
    yield _folder(collection)
    yield _run(collection)
    yield disk_finding(collection.root, *_room(collection.root), reserve=reserve)
    try:
        with closing(sqlite3.connect(f"{collection.catalogue.as_uri()}?mode=ro", uri=True, timeout=10)) as catalogue:
            yield from _database(collection, catalogue, now)
    except sqlite3.Error as error:
        yield fault("database", f"{collection.catalogue.name}: {error}", f"{_REPAIR} makes it anew from the WARCs")


def _folder(collection: Collection) -> Finding:
    folders = (collection.root, collection.warcs, collection.indexes, collection.events, collection.runs)
    closed = [each for each in folders if each.exists() and not os.access(each, os.R_OK | os.W_OK | os.X_OK)]
    files = [each for each in (collection.catalogue, collection.root / ".lock") if each.exists()]
    closed += [each for each in files if not os.access(each, os.R_OK | os.W_OK)]
    if closed:
        who = f"user {os.geteuid()}"
        return fault(
            "permissions", f"{who} may not write {', '.join(map(str, closed))}", "chown it, or run as its owner"
        )
    return fine("permissions", f"{collection.root} may be written")


def _run(collection: Collection) -> Finding:
    if not is_held(collection):
        return fine("lock", "no run is at work")
    who = run_note(collection)
    return fine("lock", f"held by pid {who['pid']} on {who['host']} since {who['since']}" if who else "held by a run")


def _room(folder: Path) -> tuple[int, int, int]:
    """Free bytes, all bytes, free names; -1 where the file system has no count of names."""
    room, found = room_at(folder), os.statvfs(folder)
    return room.free, room.total, found.f_favail if found.f_files else -1


def disk_finding(folder: Path, free: int, total: int, names: int, *, reserve: int) -> Finding:
    """Whether there is room (pure)."""
    said = f"{spell_bytes(free)} of {spell_bytes(total)} are free"
    if names == 0:
        return fault("disk", f"{folder}: no more files can be made (no inodes are left)", "remove files, or enlarge it")
    if free < reserve:
        return fault("disk", f"{said}; runs end below {spell_bytes(reserve)} (disk_reserve)", "make room")
    if free < _NEAR_RESERVE * reserve:
        return warning("disk", f"{said}; runs end below {spell_bytes(reserve)} (disk_reserve)", "make room soon")
    return fine("disk", said)


def _database(collection: Collection, catalogue: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    complaints = [said for (said,) in catalogue.execute(f"PRAGMA quick_check({_MOST_COMPLAINTS})") if said != "ok"]
    if complaints:
        yield fault("database", "; ".join(complaints), f"{_REPAIR} makes it anew from the WARCs")
        return
    (revision,) = catalogue.execute("SELECT version_num FROM alembic_version").fetchone()
    yield revision_finding(str(revision), size=collection.catalogue.stat().st_size)
    yield _warcs(catalogue)
    yield _tail(collection, catalogue)
    last = catalogue.execute("SELECT max(coalesce(ended_at, started_at)) FROM runs").fetchone()[0]
    if last is not None:
        yield clock_finding(now, datetime.fromtimestamp(last / 1e6, tz=now.tzinfo))


def revision_finding(revision: str, *, size: int) -> Finding:
    """Whether we know the catalogue's schema (pure)."""
    said = f"{spell_bytes(size)}, sound, schema {revision}"
    if revision not in REVISIONS:
        return fault(
            "database", f"{said}; this sourcekeep knows {REVISIONS[0]} to {REVISIONS[-1]}", "use the newer one"
        )
    if revision != REVISIONS[-1]:
        return warning("database", f"{said}: of an older version", "`sourcekeep backup` it; the next command renews it")
    return fine("database", said)


def _warcs(catalogue: sqlite3.Connection) -> Finding:
    number = dict(catalogue.execute("SELECT state, count(*) FROM warcs GROUP BY state"))
    if missing := number.get(WarcState.MISSING.value, 0):
        return warning("WARC files", f"{count(missing, 'WARC file')} missing", "`sourcekeep verify` names them")
    return fine("WARC files", f"{count(sum(number.values()), 'WARC file')}, none known to be missing")


def _tail(collection: Collection, catalogue: sqlite3.Connection) -> Finding:
    """The newest capture and what follows it in its file: where a crash or a bad disk shows first."""
    query = (
        "SELECT warcs.name, warcs.state, captures.offset FROM captures JOIN warcs ON warcs.id = captures.warc_id "
        "WHERE captures.id = (SELECT max(id) FROM captures)"
    )
    found = catalogue.execute(query).fetchone()
    if found is None:
        return fine("newest record", "there is none yet")
    name, state, offset = found
    path = collection.warcs / (name if (collection.warcs / name).exists() else name + OPEN)
    try:
        number = sum(1 for _ in read_records(path, offset=offset))
    except (SourcekeepError, OSError) as error:
        if state == WarcState.OPEN.value and path.exists():
            return fine("newest record", f"{path.name} is being written, or a run was killed: the next one mends it")
        return fault("newest record", str(error), f"`sourcekeep verify`, then {_REPAIR}; and see to the disk")
    return fine("newest record", f"whole, and so is the end of {path.name} ({count(number, 'record')} read)")


def clock_finding(now: datetime, last: datetime) -> Finding:
    """Whether time went on since the last run (pure)."""
    if last - now > _AHEAD:
        said = f"{now:%Y-%m-%d %H:%M} UTC, and the last run was at {last:%Y-%m-%d %H:%M}"
        return fault("clock", said, "set the clock (timedatectl): waits and verdicts go by it")
    ago = spell_seconds(max(0.0, (now - last).total_seconds()))
    return fine("clock", f"{now:%Y-%m-%d %H:%M} UTC, {ago} after the last run")
