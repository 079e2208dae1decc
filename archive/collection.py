"""The collection: the folder that holds it all, and the lock that keeps a second run out of it.

collection/  sourcekeep.toml  catalogue.db  events/  archive/*.warc.gz  indexes/index.cdxj  runs/<id>/
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shlex
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from archive.atomic_file import write_atomically
from archive.cdxj import INDEX
from archive.database import lack_of_catalogue
from archive.errors import CollectionBusy, NotACollection, UsageError
from archive.named_warcs import named_warcs
from archive.warc_files import OPEN, is_warc_name, storage_error

PATIENCE = 0.3  # seconds: somebody who only looks whether the lock is held, holds it for an instant


@dataclass(frozen=True, slots=True)
class Collection:
    """Where everything of a collection lies. `root` is absolute."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """The database."""
        return self.root / "catalogue.db"

    @property
    def warcs(self) -> Path:
        """The folder of the WARC files."""
        return self.root / "archive"

    @property
    def indexes(self) -> Path:
        """The folder of the CDXJ index."""
        return self.root / "indexes"

    @property
    def index(self) -> Path:
        """The CDXJ index."""
        return self.indexes / INDEX

    @property
    def events(self) -> Path:
        """The folder of the events' JSON files, by day."""
        return self.root / "events"

    @property
    def runs(self) -> Path:
        """The folder of the runs' reports."""
        return self.root / "runs"

    @property
    def spool(self) -> Path:
        """The folder where large bodies wait for the keeper."""
        return self.root / "spool"

    @property
    def run_note(self) -> Path:
        """Who runs, for people; the lock itself is the kernel's."""
        return self.root / "run.json"

    def require(self) -> None:
        """Raises `NotACollection` if there is no collection here."""
        self.refuse_links()
        self._refuse_lost_catalogue()
        if not self.catalogue.is_file():
            raise NotACollection(
                f"{self.root} is not a collection (it has no catalogue.db); "
                "name one with -c, or make one with: sourcekeep crawl SITE -c FOLDER"
            )

    def prepare(self) -> None:
        """Make the folders of a new collection, or find those of an old one.

        Raises `NotACollection` for a folder with other things in it, or whose catalogue is lost; `UsageError` where
        nothing can be written.
        """
        try:
            self.refuse_links()
            self._refuse_lost_catalogue()
            if self.root.is_dir() and not self.catalogue.exists() and _is_somebody_elses(self.root):
                raise NotACollection(
                    f"{self.root} is not empty and not a collection; name an empty or new folder with -c"
                )
            for folder in (self.root, self.warcs, self.indexes, self.events, self.runs, self.spool):
                folder.mkdir(parents=True, exist_ok=True)
                _probe(folder / f"{_PROBE}{os.getpid()}")
            for name in (self.catalogue.name, ".lock"):
                _check_file(self.root / name)
        except OSError as error:
            where = Path(error.filename or self.root)
            raise UsageError(
                f"the collection {self.root} cannot be written "
                f"({where.parent if where.name.startswith(_PROBE) else where}: {error.strerror}); "
                "see to its permissions, or name a folder on a disk that can, with -c"
            ) from error
        self._clear_spool()

    def refuse_links(self) -> None:
        """A collection may come from anybody. What it holds lies in it, or we would write, and delete, somewhere else.

        Only what is found lying there is refused: who may write the folder while a run is at work has won already.
        """
        for name in sorted(_OURS | _DATABASE | {"indexes/index.cdxj"}):
            if (self.root / name).is_symlink():
                raise NotACollection(
                    f"{self.root / name} is a symbolic link; put what it leads to in its place, "
                    "for nothing outside the collection's folder is read or written"
                )

    def _refuse_lost_catalogue(self) -> None:
        """A run would take in the captures of WARCs that no catalogue knows, and none of what else they tell; and where
        the WARCs are lost, too, nobody would ever hear of it.

        What a run leaves that is killed as it begins has its tables, in the log beside it, before there is any WARC.
        """
        lack = lack_of_catalogue(self.catalogue)
        if lack is None or not self.has_traces():
            return
        raise NotACollection(
            f"{self.root} has WARC files, or an index or documents that name some, and {lack}; make the catalogue "
            f"again from them first, with: sourcekeep verify --repair -c {shlex.quote(str(self.root))}"
        )

    def has_traces(self) -> bool:
        """Whether there are WARCs of ours, left open or not, or index and documents that name some."""
        if any(_is_warc(path) for path in self.warcs.glob("*.warc.gz*")):
            return True
        return next(named_warcs(self.index, self.events), None) is not None

    def _clear_spool(self) -> None:
        """Bodies left behind by a killed run: their links are fetched again."""
        for leftover in self.spool.iterdir():
            if leftover.is_file() and not leftover.is_symlink():
                leftover.unlink(missing_ok=True)


_OURS = frozenset(
    {"catalogue.db", "archive", "indexes", "events", "runs", "spool", "run.json", ".lock", "sourcekeep.toml"}
) | {"losses.json", ".run.json.tmp"}  # of a run that was killed while it began, as is a probe
_OURS = _OURS | {"access.aclj", "access", "embargo.json", "cache"}  # of `serve`
_PROBE = ".probe-"
_DATABASE = frozenset({"catalogue.db-wal", "catalogue.db-shm", "catalogue.db-journal"})
_MOST_NOTE = 1 << 16  # bytes


def _is_warc(path: Path) -> bool:
    """Whether this is a WARC of ours, finished or left open."""
    return (
        is_warc_name(path.name.removesuffix(OPEN))
        and path.is_file()
        and not path.is_symlink()
        and path.stat().st_size > 0
    )


def _probe(path: Path) -> None:
    """Try whether a file can be made. Raises OSError; never follows a link that lies there."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC))
    path.unlink()


def _check_file(path: Path) -> None:
    """Whether a file that is there may be written. Raises OSError. Not opened: that could let go of SQLite's locks."""
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _is_somebody_elses(folder: Path) -> bool:
    return any(entry.name not in _OURS and not entry.name.startswith(_PROBE) for entry in folder.iterdir())


class CollectionLock:
    """The kernel's lock on a collection: gone with its process, whatever ends it. Holds who runs in run.json."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._lock = FileLock(collection.root / ".lock", timeout=0, thread_local=False)

    def take(self, *, since: datetime, command: str) -> None:
        """Take the lock. Raises `CollectionBusy`, naming who holds it, if somebody does."""
        try:
            self._lock.acquire(timeout=PATIENCE)
        except Timeout as error:
            raise CollectionBusy(self._busy()) from error
        except OSError as error:
            raise storage_error(error, self._collection.root / ".lock", "locking") from error
        note = {"pid": os.getpid(), "host": socket.gethostname(), "since": since.isoformat(), "command": command}
        try:
            write_atomically(self._collection.run_note, (json.dumps(note) + "\n").encode())
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Give the lock back."""
        with contextlib.suppress(OSError):  # a note that stays is stale, as after a kill
            self._collection.run_note.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it is gone with the process at the latest
            self._lock.release()

    def _busy(self) -> str:
        who = run_note(self._collection)
        named = f" (pid {who['pid']} on {who['host']}, since {who['since']}: {who['command']})" if who else ""
        return f"another run holds {self._collection.root}{named}; wait for it to end, or stop it with Ctrl-C or kill"


def run_note(collection: Collection) -> dict[str, str]:
    """Who runs, as noted: pid, host, since, command; empty if nothing is noted."""
    with contextlib.suppress(OSError, ValueError):
        note = json.loads(_small_file(collection.run_note))
        if isinstance(note, dict) and {"pid", "host", "since", "command"} <= note.keys():
            return {key: str(value) for key, value in note.items()}
    return {}


def _small_file(path: Path) -> bytes:
    """The beginning of a file of ours: no link, no pipe that would have us wait, nothing endless. Raises OSError."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read(_MOST_NOTE)


def is_held(collection: Collection) -> bool:
    """Whether a run holds the collection right now."""
    lock = FileLock(collection.root / ".lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return True
    lock.release()
    return False
