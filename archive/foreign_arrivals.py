"""Imported WARCs on their way from the stage into the archive, so that a kill at any instant loses and doubles nothing.

They go the way of files that a crawl writes: into the archive as `NAME.open`, then their rows, then their lines in the
index, then their name. What a killed import leaves is what a killed crawl leaves, and the next run of any kind mends
it. The index is written anew for many files at once: for each alone, a thousand files would cost a thousand indexes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from archive import cdxj
from archive.batch import Batch
from archive.captures import captures as captures_of
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import StorageError
from archive.model import Capture
from archive.reader import read_records
from archive.records import clean_text
from archive.schema import WarcState, captures, warcs
from archive.warc_files import OPEN, rename_to_final, sync_folder

_AT_ONCE = 500


class Arrivals:
    """The files that are in the archive and wait for their lines and names. `folder` is for those lines.

    Everything raises OSError, StorageError, CatalogueUnavailable.
    """

    def __init__(self, collection: Collection, catalogue: Catalogue, folder: Path) -> None:
        self._collection = collection
        self._catalogue = catalogue
        self._folder = folder
        self._names: list[str] = []
        self._lines: list[Path] = []
        self._size = 0  # of the lines, in bytes

    def take(self, staged: Sequence[Path], lines: Path, *, origin: str, sha256: str) -> int:
        """Take finished files of one stage, and the file of their lines; how many captures they hold."""
        paths = [self._move(file) for file in staged]
        sync_folder(self._collection.warcs)
        found = sum(self._take_rows(path) for path in paths)
        names = [file.name for file in staged]
        with self._catalogue.writing() as connection:
            of_files = sa.update(warcs).where(warcs.c.name.in_(names))
            connection.execute(of_files.values(origin=clean_text(origin), origin_sha256=sha256))
            connection.execute(_forget_empty, {"b_sha256": sha256})
        self._names += names
        self._keep_lines(lines)
        if self._size >= _size(self._collection.indexes / cdxj.INDEX):
            self.finish()
        return found

    def note_refused(self, sha256: str, refused: int) -> None:
        """Note how many records of a file cannot be taken in, at all its copies."""
        with self._catalogue.writing() as connection:
            of_file = sa.update(warcs).where(warcs.c.origin_sha256 == sha256)
            connection.execute(of_file.values(origin_refused=refused))

    def finish(self) -> None:
        """Give all that wait their lines in the index and their names."""
        if not self._names:
            return
        cdxj.merge(self._collection.indexes / cdxj.INDEX, _all_lines(self._lines))
        for name in self._names:
            rename_to_final(self._collection.warcs, name)
        self._catalogue.commit(Batch(finished_warcs=self._names))
        shutil.rmtree(self._folder, ignore_errors=True)
        self._names, self._lines, self._size = [], [], 0

    def _move(self, file: Path) -> Path:
        target = self._collection.warcs / (file.name + OPEN)
        if target.exists() or target.with_name(file.name).exists():
            raise StorageError(f"{target} exists; run the same command again")
        file.rename(target)
        return target

    def _keep_lines(self, lines: Path) -> None:
        if lines.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lines.append(lines.rename(self._folder / f"{len(self._lines)}.cdxj"))
            self._size += _size(self._lines[-1])

    def _take_rows(self, path: Path) -> int:
        name, found, number = path.name.removesuffix(OPEN), captures_of(read_records(path)), 0
        self._catalogue.commit(Batch(warcs={name: 0}))
        while some := list(islice(found, _AT_ONCE)):
            self._take_over(name, some)
            self._catalogue.commit(Batch(captures=some))
            number += len(some)
        self._catalogue.commit(Batch(warcs={name: path.stat().st_size}))  # only now: up to there, every row is in
        return number

    def _take_over(self, name: str, found: Sequence[Capture]) -> None:
        """Rows of records whose file is gone lie here from now on."""
        with self._catalogue.writing() as connection:
            rows = connection.execute(_lost, {"b_records": [each.record_id for each in found]})
            gone = set(rows.scalars())
            for each in found:
                if each.record_id in gone:
                    where = {"b_record": each.record_id, "b_warc": name, "b_offset": each.where.offset}
                    connection.execute(_found_again, {**where, "b_length": each.where.length})


_lost = (
    sa.select(captures.c.record_id)
    .join(warcs)
    .where(warcs.c.state == WarcState.MISSING, captures.c.record_id.in_(sa.bindparam("b_records", expanding=True)))
)
_found_again = (
    sa.update(captures)
    .where(captures.c.record_id == sa.bindparam("b_record"))
    .values(
        warc_id=sa.select(warcs.c.id).where(warcs.c.name == sa.bindparam("b_warc")).scalar_subquery(),
        offset=sa.bindparam("b_offset"),
        length=sa.bindparam("b_length"),
    )
)
_forget_empty = sa.delete(warcs).where(
    warcs.c.state == WarcState.MISSING,
    warcs.c.origin_sha256 == sa.bindparam("b_sha256"),
    ~sa.exists().where(captures.c.warc_id == warcs.c.id),
)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _all_lines(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        with path.open(encoding="ascii", newline="\n") as lines:
            yield from (line.rstrip("\n") for line in lines)
