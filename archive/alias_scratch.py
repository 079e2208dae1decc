"""What is known of all addresses while works are put together, on the disk: too much for memory, and soon thrown away.

Addresses are numbers here: 1 for the first one added, and so on. All reading is in a fixed order, so what comes out
does not depend on the order of the crawl.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from archive.alias_proofs import Page, Proof
from archive.errors import DiskFull, StorageError

Item = TypeVar("Item")

_LOT = 1000
_PAGE = "url, key, record_id, sha256, length, title, text_sha256, text_chars, canonical, amphtml, og_url"
_TABLES = """
    CREATE TABLE places (
        id INTEGER PRIMARY KEY, url TEXT UNIQUE NOT NULL, key TEXT, target TEXT, hop TEXT, gone INTEGER,
        record_id TEXT, sha256 TEXT, length INTEGER, title TEXT, text_sha256 TEXT, text_chars INTEGER, canonical TEXT,
        amphtml TEXT, og_url TEXT
    );
    CREATE TABLE ends (source INTEGER PRIMARY KEY, target INTEGER NOT NULL);
    CREATE TABLE bonds (a INTEGER, b INTEGER, proof TEXT, a_record TEXT, b_record TEXT, root INTEGER);
    CREATE TABLE members (url TEXT PRIMARY KEY, work TEXT NOT NULL, rule TEXT NOT NULL, proof TEXT) WITHOUT ROWID;
"""
_BY_KEY = "CREATE INDEX places_key ON places (key) WHERE record_id IS NOT NULL"
_CLAIMS = f"""
    SELECT b.id, a.id, {", ".join(f"a.{name}" for name in _PAGE.split(", "))} FROM places a, places b
    WHERE b.url IN (a.canonical, a.amphtml, a.og_url) AND b.id != a.id AND b.record_id IS NOT NULL ORDER BY b.id, a.id
"""  # noqa: S608 - names of our own
_CROWDED = """
    SELECT e.target FROM ends e JOIN places t ON t.id = e.target JOIN places s ON s.id = e.source
    WHERE s.key != t.key AND NOT EXISTS (SELECT 1 FROM places p WHERE p.target = s.url AND p.id != s.id)
    GROUP BY e.target HAVING COUNT(DISTINCT s.key) > ?
"""


class Place(NamedTuple):
    """An address, and what the answers kept of it say."""

    url: str
    key: str
    target: str | None = None  # where it redirects to
    hop: str | None = None  # the record that says so
    gone: bool = False  # and never kept
    page: Page | None = None


class Bond(NamedTuple):
    """Two addresses that are one work, and the records that prove it: of either side."""

    a: int
    b: int
    proof: Proof
    a_record: str
    b_record: str


class Member(NamedTuple):
    """An address of a work of several."""

    url: str
    work: str
    rule: str
    proof: str | None


class Scratch:
    """A context manager over an empty folder. Raises DiskFull where it finds no room."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "aliases.db", isolation_level=None)
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES + "BEGIN;")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # --- addresses ---

    def add_places(self, places: Iterable[Place]) -> None:
        """Addresses with what is known of them; the last word on an address counts."""
        names = f"url, key, target, hop, gone, {_PAGE.removeprefix('url, key, ')}"
        added = f"INSERT OR REPLACE INTO places ({names}) VALUES ({', '.join('?' * 14)})"  # noqa: S608 - names of ours
        for some in _lots(places):
            self._run(added, [_place_row(place) for place in some])

    def targets(self) -> Iterator[str]:
        """The addresses that are redirected to and not known themselves."""
        query = "SELECT DISTINCT target FROM places p WHERE target NOT IN (SELECT url FROM places) ORDER BY target"
        return (str(url) for (url,) in self._database.execute(query))

    def size(self) -> int:
        """The number of the last address."""
        return int(self._database.execute("SELECT COALESCE(MAX(id), 0) FROM places").fetchone()[0])

    def url(self, number: int) -> str:
        """The address with this number."""
        return str(self._database.execute("SELECT url FROM places WHERE id = ?", (number,)).fetchone()[0])

    def is_moved(self, number: int) -> bool:
        """Whether it redirects."""
        found = self._database.execute("SELECT target FROM places WHERE id = ?", (number,)).fetchone()
        return found[0] is not None

    def page(self, number: int) -> Page | None:
        """The page kept there, be it that it has moved since."""
        row = self._database.execute(f"SELECT {_PAGE} FROM places WHERE id = ?", (number,)).fetchone()  # noqa: S608
        return None if row is None or row[2] is None else _page(row)

    # --- what may be one work ---

    def hops(self) -> Iterator[tuple[int, int, str, bool]]:
        """Redirects: from, to, the record, whether both have one key."""
        query = "SELECT s.id, t.id, s.hop, s.key = t.key FROM places s JOIN places t ON t.url = s.target ORDER BY s.id"
        return ((a, b, hop, bool(same)) for a, b, hop, same in self._database.execute(query))

    def add_ends(self, ends: Iterable[tuple[int, int]]) -> None:
        """Where chains of redirects end: from, to."""
        for some in _lots(ends):
            self._run("INSERT INTO ends VALUES (?, ?)", some)

    def crowded(self, most: int) -> set[int]:
        """Where more than `most` addresses with different keys end that nothing redirects to."""
        self._run("CREATE INDEX places_target ON places (target) WHERE target IS NOT NULL")
        return {int(number) for (number,) in self._database.execute(_CROWDED, (most,))}

    def ends(self) -> Iterator[tuple[int, str, int, str, str]]:
        """Chains of redirects: from (number, address), to (number, address), the first record. None to what is gone."""
        query = (
            "SELECT s.id, s.url, t.id, t.url, s.hop FROM ends e JOIN places s ON s.id = e.source "
            "JOIN places t ON t.id = e.target WHERE NOT t.gone ORDER BY s.id"
        )
        return iter(self._database.execute(query))

    def spelled_alike(self, most: int) -> Iterator[list[tuple[int, Page]]]:
        """Pages with one key, at most the first `most`; those with a key of their own left out."""
        self._run(_BY_KEY)
        query = (
            f"SELECT key, id, {_PAGE} FROM places WHERE record_id IS NOT NULL AND key IN "  # noqa: S608
            "(SELECT key FROM places WHERE record_id IS NOT NULL GROUP BY key HAVING COUNT(*) > 1) ORDER BY key, id"
        )
        return (pages for _, pages in _grouped(self._database.execute(query), most))

    def claims(self, most: int) -> Iterator[tuple[int, list[tuple[int, Page]]]]:
        """Pages that others name as their canonical or AMP version, each with at most `most` of those others."""
        return _grouped(self._database.execute(_CLAIMS), most)

    # --- what is one work ---

    def add_bonds(self, bonds: Iterable[Bond]) -> None:
        """What was proven."""
        for some in _lots(bonds):
            self._run("INSERT INTO bonds (a, b, proof, a_record, b_record) VALUES (?, ?, ?, ?, ?)", some)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The addresses that are bound."""
        return iter(self._database.execute("SELECT a, b FROM bonds"))

    def set_roots(self, roots: Iterable[tuple[int, int]]) -> None:
        """Note to which group (first) the bonds of each address (second) belong."""
        self._run("CREATE INDEX bonds_a ON bonds (a)")
        for some in _lots(roots):
            self._run("UPDATE bonds SET root = ? WHERE a = ?", some)
        self._run("CREATE INDEX bonds_root ON bonds (root)")

    def groups(self) -> Iterator[list[Bond]]:
        """The bonds of each group."""
        rows = self._database.execute("SELECT root, a, b, proof, a_record, b_record FROM bonds ORDER BY root, a, b")
        for _, group in itertools.groupby(rows, lambda row: row[0]):
            yield [Bond(a, b, Proof(proof), one, other) for _, a, b, proof, one, other in group]

    def add_members(self, members: Iterable[Member]) -> None:
        """The addresses of works."""
        for some in _lots(members):
            self._run("INSERT INTO members VALUES (?, ?, ?, ?)", some)

    def members(self) -> Iterator[Member]:
        """All of them, by address."""
        return map(Member._make, self._database.execute("SELECT url, work, rule, proof FROM members ORDER BY url"))

    def _run(self, statement: str, rows: Sequence[Sequence[object]] | None = None) -> None:
        with _explained():
            if rows is None:
                self._database.execute(statement)
            else:
                self._database.executemany(statement, rows)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise DiskFull("no room left for working files; make room and run the same command again") from error
        raise StorageError(f"working files cannot be written: {error}") from error


def _lots(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while lot := list(itertools.islice(left, _LOT)):
        yield lot


def _place_row(place: Place) -> tuple[object, ...]:
    head = (place.url, place.key, place.target, place.hop, place.gone)
    page = place.page
    if page is None:
        return (*head, *(None,) * 9)
    read = (page.title, page.text_sha256, page.text_chars)
    return (*head, page.record_id, page.sha256, page.length, *read, page.canonical, page.amphtml, page.og_url)


def _page(row: Sequence[Any]) -> Page:
    return Page(**dict(zip(_PAGE.split(", "), row, strict=True)))


def _grouped(rows: Iterable[Sequence[Any]], most: int) -> Iterator[tuple[Any, list[tuple[int, Page]]]]:
    """Rows of (group, number, page...), by group."""
    for group, some in itertools.groupby(rows, lambda row: row[0]):
        yield group, [(row[1], _page(row[2:])) for row in itertools.islice(some, most)]
