"""The catalogue's database: engine, transactions, migrations, and what its errors mean.

The one place that knows it is SQLite. A write transaction begins with BEGIN IMMEDIATE: it waits for its turn at the
start, where waiting is harmless (a deferred one is refused when it turns from reading to writing, whatever the timeout;
of 1,200 such, 900 failed). Writers of one process queue at a lock first, which is fairer than SQLite's polling.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from archive.errors import CatalogueUnavailable, DamagedCatalogue, DiskFull, NotACollection, StorageError
from archive.schema import REVISIONS
from archive.schema import metadata as schema
from archive.warc_files import NO_ROOM

BUSY_TIMEOUT_S = 120
_MIB = 1 << 20
_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA mmap_size = {64 * _MIB}",
    "PRAGMA cache_size = -16384",  # KiB
    "PRAGMA wal_autocheckpoint = 4000",  # pages: 16 MiB
    f"PRAGMA journal_size_limit = {64 * _MIB}",
    "PRAGMA trusted_schema = OFF",
)


class Database:
    """An SQLite file, each thread with a connection of its own while it works."""

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S, read_only: bool = False) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._engine = sa.create_engine(
            _read_only_url(path) if read_only else sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": busy_timeout_s},
            pool_size=8,
            max_overflow=24,
            hide_parameters=True,  # a message names the statement, not thousands of rows
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(sourcekeep_writes=True)

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Database:
        """The database at `path`, its schema brought up to date.

        Raises NotACollection where there is none (and `create` is False), where it is something else, or of a newer
        version; CatalogueUnavailable where it cannot be read.
        """
        if path.is_symlink():
            raise NotACollection(f"{path} is a symbolic link; put the database itself there, or name its real folder")
        if not path.exists() and not create:
            raise NotACollection(f"{path} does not exist; give a collection's folder, or make one")
        database = cls(path)
        try:
            database._upgrade(create=create)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def read_only(cls, path: Path) -> Database:
        """The database at `path` for reading alone, whatever is asked of it. Its schema is not looked at."""
        return cls(path, read_only=True)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the catalogue, however long it lasts."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it or nothing.

        With `durable` False a power failure may take it back, whole (a lease needs no more); a crash of ours does not.
        """
        with self._explained(), self._turn, self._writer.connect() as connection:
            if not durable:
                _synchronous(connection, "NORMAL")
            try:
                with connection.begin():
                    yield connection
            finally:
                if not durable and not connection.closed and not connection.invalidated:
                    _synchronous(connection, "FULL")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._meaning(error) from error

    def _meaning(self, error: DBAPIError) -> Exception:
        """The house's exception for a database error; the error itself where the fault is ours."""
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        advice = _ADVICE.get("_".join(name.split("_")[:2]))
        refused = name.startswith("SQLITE_IOERR")
        if name == "SQLITE_FULL" or ((refused or name.startswith("SQLITE_CANTOPEN")) and self._no_room()):
            return DiskFull(f"{self.path}: no room left for the catalogue; make room and run the same command again")
        if name.startswith(_DAMAGE) or str(error.orig).startswith(_NO_TEXT):
            return DamagedCatalogue(f"{self.path}: {error.orig} ({name or 'text'}); the file is damaged: {_AGAIN}")
        if advice is None:
            return error
        if refused:
            return StorageError(f"{self.path}: {error.orig} ({name}); {advice}")
        return CatalogueUnavailable(f"{self.path}: {error.orig} ({name}); {advice}")

    def _no_room(self) -> bool:
        """Whether the disk or a quota refuses a megabyte: SQLite says "I/O error" of quotas and keeps the number."""
        try:
            with tempfile.TemporaryFile(dir=self.path.parent) as probe:
                probe.write(bytes(_MIB))
        except OSError as error:
            return error.errno in NO_ROOM
        return False

    # --- the schema ---

    def _upgrade(self, *, create: bool) -> None:
        if self._revision(create=create) == REVISIONS[-1]:
            return
        try:
            with self.writing() as connection:
                _migrate(connection)
        except DBAPIError as error:
            raise DamagedCatalogue(f"{self.path}: {error.orig}; the file is damaged: {_AGAIN}") from error

    def _revision(self, *, create: bool) -> str | None:
        """The revision the file is at, None for an empty one."""
        with self.reading() as connection:
            tables = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
            if not tables and create:
                return None
            if not tables & {"alembic_version", *schema.tables}:
                raise NotACollection(f"{self.path} holds no catalogue of sourcekeep")
            if "alembic_version" not in tables:
                raise DamagedCatalogue(f"{self.path} has lost the note of its version: {_AGAIN}")
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found not in REVISIONS:
            raise self._strange(found)
        return str(found)

    def _strange(self, revision: object) -> Exception:
        """What a version means that we do not know."""
        named = _REVISION.fullmatch(str(revision))
        if named is None or named[1] <= REVISIONS[-1][:4]:
            return DamagedCatalogue(f"{self.path} has a version that there never was, {revision!r:.60}: {_AGAIN}")
        return NotACollection(
            f"{self.path} has schema {revision}, this sourcekeep knows {REVISIONS[0]} to {REVISIONS[-1]}; "
            "use the newer sourcekeep that wrote it; if there is none, the file is damaged: move it away, and make it "
            "again from the WARCs with `sourcekeep verify --repair -c FOLDER`"
        )


def lack_of_catalogue(path: Path) -> str | None:
    """What is lacking where there is no catalogue, not even a damaged one: the file, or anything in it."""
    if not path.exists() and not path.is_symlink():
        return "no catalogue.db"
    if not path.is_file() or path.is_symlink():
        return None
    if not path.stat().st_size:
        return "an empty catalogue.db"
    try:
        with closing(sqlite3.connect(_address(path), uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if not tables:
                return "a catalogue.db without a table in it"
            # A run is noted before its WARC is begun, an import's WARC is noted as it is committed.
            known = [connection.execute(f"SELECT 1 FROM {each} LIMIT 1").fetchone()  # noqa: S608 - two names of ours
                     for each in ("runs", "warcs") if each in tables]  # fmt: skip
            return None if len(known) < 2 or any(known) else "a catalogue.db that knows of no run and no WARC"
    except sqlite3.Error:
        return None  # whoever opens it to work with it says what is wrong


_AGAIN = "make it again from the WARCs with `sourcekeep verify --repair -c FOLDER`, which puts this one aside"
_ADVICE = {
    "SQLITE_BUSY": "another process has been writing for longer than we wait: end it, then run the same command again",
    "SQLITE_LOCKED": "another process is writing: end it, then run the same command again",
    "SQLITE_CANTOPEN": "see that the folder exists and may be written",
    "SQLITE_READONLY": "see that the file and its folder may be written",
    "SQLITE_PERM": "see that the file and its folder may be read and written",
    "SQLITE_IOERR": "see whether the disk is sound, then run the same command again",
    "SQLITE_PROTOCOL": "the file system cannot lock files: keep the collection on a local disk",
}
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_NO_TEXT = "Could not decode to UTF-8"  # said by Python's sqlite3, which gives it no name
_REVISION = re.compile(r"(\d{4})(?:_[a-z_]{1,40})?")


def _read_only_url(path: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "ro", "uri": "true"})


def _address(path: Path) -> str:
    """Of a file that is there. Not for reading alone: SQLite then leaves the files of the log behind."""
    return path.absolute().as_uri() + "?mode=rw"


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin` alone
    _to_wal(connection)
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _to_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead log. Only the change of a new file needs the file for itself; what reads `wal` is left alone.

    A disk that refuses the change makes SQLite say what mode it stays in, no more: there readers lock writers out.
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        raise StorageError(f"{path}: the disk refuses a write-ahead log; keep the collection on a sound local disk")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("sourcekeep_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _synchronous(connection: sa.Connection, level: str) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.execute(f"PRAGMA synchronous = {level}")


def _migrate(connection: sa.Connection) -> None:
    """Run the missing migrations in the transaction of `connection`. Alembic is slow to load: only then."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    with _migrations() as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _migrations() -> Iterator[Path]:
    """The folder of the migrations: a copy where we are in an egg, as Scrapyd has us, for Alembic wants files."""
    found = resources.files("archive").joinpath("migrations")
    if isinstance(found, Path):
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="sourcekeep-migrations-") as folder:
        _copy_tree(found, Path(folder))
        yield Path(folder)


def _copy_tree(found: Traversable, folder: Path) -> None:
    for each in found.iterdir():
        if each.is_dir():
            (folder / each.name).mkdir()
            _copy_tree(each, folder / each.name)
        else:
            (folder / each.name).write_bytes(each.read_bytes())
