"""WARC files made by others, taken into a collection: record by record, into files of our own.

A file is copied into a folder apart first, under our names and behind a warcinfo record of ours that tells where it
comes from. Only when all of it that is sound lies there durably do the copies move into the archive
(`archive.foreign_arrivals`). So a crash leaves nothing half done: the same command does that file again. A file whose
sha256 is known is not taken twice, nor a record whose id is; but one of which records were refused is read again, and
what can be taken by then is.

Nothing that an imported record says of us is believed: its captures settle no link, its documents are not ours.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import sqlalchemy as sa

from archive import cdxj
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import StorageError, UsageError
from archive.foreign_arrivals import Arrivals
from archive.foreign_digests import is_of_nothing
from archive.foreign_names import IMPORTED_AT, IMPORTED_FROM, IMPORTED_SHA256
from archive.foreign_warcs import ForeignRecord, read_foreign, spooled
from archive.mending import Settle, mend
from archive.reader import salvaged_records, unbracketed
from archive.records import clean_text, warc_date
from archive.schema import WarcState, captures, warcs
from archive.warc_files import OPEN, storage_error
from archive.writer import WarcWriter

STAGE = "import"  # a folder in the spool
_ENDINGS = (".warc", ".warc.gz")
_PIECE = 1 << 20
_IN_MEMORY = 1 << 20
_ANSWERS = ("response", "revisit")
_MOST_TOLD = 1000  # problems of one file

# Given the folder for WARCs and their index, the prefix of their names, and what the warcinfo record is to say.
NewWriter = Callable[[Path, str, dict[str, str]], WarcWriter]


@dataclass(slots=True, kw_only=True)
class Imported:
    """What became of one file."""

    path: Path
    known: bool = False  # it was imported before, all of it
    records: int = 0  # taken in
    captures: int = 0  # of these
    skipped: int = 0  # records that are there already
    refused: int = 0
    tolerated: int = 0  # revisits taken in though their block digest is that of nothing
    warcs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something of a file that was not taken in."""

    path: Path
    place: str
    what: str


def warc_files(paths: list[Path]) -> Iterator[Path]:
    """The WARC files that `paths` name, those in folders too, each once. Raises UsageError for what is neither."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [each for each in sorted(path.rglob("*")) if each.name.endswith(_ENDINGS) and each.is_file()]
            if not found:
                raise UsageError(f"{path} holds no .warc or .warc.gz files")
        elif path.is_file():
            found = [path]
        else:
            raise UsageError(f"{path} is neither a WARC file nor a folder of them")
        for each in found:
            if (real := each.resolve()) not in seen:
                seen.add(real)
                yield each


class Importer:
    """Takes files into one collection, whose lock the caller holds: `begin`, `take` each, `finish`."""

    def __init__(
        self,
        collection: Collection,
        catalogue: Catalogue,
        *,
        new_writer: NewWriter,
        now: datetime,
        report: Callable[[Trouble], object],
        progress: Callable[[str, int], object] = lambda _name, _records: None,
    ) -> None:
        self._collection = collection
        self._catalogue = catalogue
        self._new_writer = new_writer
        self._now = now
        self._report = report
        self._progress = progress
        self._stage = collection.spool / STAGE
        self._copies = self._stage / "copies"
        self._arrivals = Arrivals(collection, catalogue, self._stage / "lines")

    def begin(self, settle: Settle) -> list[str]:
        """Mend what the last run left; the problems that could not be mended. Raises StorageError.

        `settle` is as `archive.mending.mend` takes it.
        """
        self._clear(self._stage)
        return list(mend(self._catalogue, self._collection, settle=settle))

    def finish(self) -> None:
        """Give all that was taken its lines in the index and its names. Raises StorageError, DiskFull."""
        try:
            self._arrivals.finish()
            self._clear(self._stage)
        except OSError as error:
            raise storage_error(error, self._stage, "importing into") from error

    def take(self, path: Path) -> Imported:
        """Take in one file. Raises StorageError, DiskFull; what is wrong with the file goes to the report."""
        done = Imported(path=path)
        try:
            sha256 = _sha256(path)
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error
        refused = self._refused_before(sha256)
        if refused and all(number == 0 for number in refused.values()):
            done.known = True
            return done
        try:
            self._clear(self._copies)
            self._copy(path, sha256, done, [self._collection.warcs / name for name in refused])
            self._publish(path, sha256, done)
            self._clear(self._copies)
        except OSError as error:
            raise storage_error(error, self._stage, "importing into") from error
        done.known = bool(refused) and not done.records and not done.refused
        return done

    def _refused_before(self, sha256: str) -> dict[str, int | None]:
        """Our copies of a file, by name, and how many of its records were refused; None where nobody knows."""
        query = sa.select(warcs.c.name, warcs.c.origin_refused).where(
            warcs.c.origin_sha256 == sha256, warcs.c.state != WarcState.MISSING
        )
        with self._catalogue.reading() as connection:
            return {row.name: row.origin_refused for row in connection.execute(query)}

    def _clear(self, folder: Path) -> None:
        """What a killed import left in the stage is of no use."""
        for each in (self._stage, folder):
            if each.is_symlink():
                each.unlink()
        shutil.rmtree(folder, ignore_errors=True)

    # --- into the stage ---

    def _copy(self, path: Path, sha256: str, done: Imported, before: list[Path]) -> None:
        """Copy what is sound and not in the files `before`, which came of the same file."""
        self._copies.mkdir(parents=True)
        about = {IMPORTED_FROM: clean_text(path.name), IMPORTED_SHA256: sha256, IMPORTED_AT: warc_date(self._now)}
        writer = self._new_writer(self._copies, self._prefix(sha256), about)
        copy = _Copy(self._catalogue, self._copies, writer, done, lambda: self._progress(path.name, done.records))
        for each in before:
            copy.leave_out(_record_ids(each))

        def tell(place: str, what: str) -> None:
            done.refused += 1
            if done.refused <= _MOST_TOLD:
                self._report(Trouble(path=path, place=place, what=what))

        read_foreign(path, take=copy.take, tell=tell)
        writer.close()

    def _prefix(self, sha256: str) -> str:
        """What no other file's name begins with: what a killed import left may be of the same second."""
        prefix = f"import_{sha256[:8]}"
        with self._catalogue.reading() as connection:
            same = sa.select(sa.func.count()).where(warcs.c.name > prefix, warcs.c.name < prefix + "~")
            number = connection.execute(same).scalar_one()
        return f"{prefix}_{number}" if number else prefix

    def _publish(self, path: Path, sha256: str, done: Imported) -> None:
        staged = sorted(self._copies.glob("*.warc.gz"))
        if staged:
            lines = self._copies / cdxj.INDEX
            done.captures = self._arrivals.take(staged, lines, origin=path.name, sha256=sha256)
            done.warcs = tuple(file.name for file in staged)
        self._arrivals.note_refused(sha256, done.refused)


class _Copy:
    """Takes the records of one file on their way into the stage."""

    def __init__(
        self, catalogue: Catalogue, stage: Path, writer: WarcWriter, done: Imported, progress: Callable[[], object]
    ) -> None:
        self._catalogue = catalogue
        self._stage = stage
        self._writer = writer
        self._done = done
        self._progress = progress
        self._ids: set[bytes] = set()  # eight bytes of the digest of each record id of the file
        self._skipped: set[bytes] = set()
        self._held: set[bytes] = set()  # of records that an earlier import of the same file took

    def leave_out(self, record_ids: Iterable[str]) -> None:
        """Pass over the records with these ids."""
        self._held.update(map(_key, record_ids))

    def take(self, record: ForeignRecord) -> None:
        """Copy a record, unless it is there already. Raises RefusedRecord."""
        key = _key(record.record_id)
        if key in self._ids or key in self._held or self._is_there(record):
            self._skipped.add(key)
            self._done.skipped += 1
            return
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._stage)) as spool:
            self._writer.write_kept(spooled(record, cast("BinaryIO", spool)))
        self._ids.add(key)
        self._done.records += 1
        self._done.tolerated += record.length > 0 and is_of_nothing(record.kind, record.header("WARC-Block-Digest"))
        self._progress()

    def _is_there(self, record: ForeignRecord) -> bool:
        """Whether the collection has the record, or the one it belongs to."""
        about = (
            []
            if record.kind in _ANSWERS
            else [unbracketed(value) for name, value in record.headers if name.lower() == "warc-concurrent-to"]
        )  # a capture stands for itself: some tools have it name its request
        if any(_key(each) in self._skipped and _key(each) not in self._ids for each in about):
            return True
        with self._catalogue.reading() as connection:
            query = sa.select(captures.c.id).join(warcs).where(warcs.c.state != WarcState.MISSING)
            there = query.where(captures.c.record_id.in_([record.record_id, *about[:8]])).limit(1)
            return connection.execute(there).first() is not None


def _record_ids(path: Path) -> Iterator[str]:
    """The ids in one of our files, as far as it can be read: what lies behind damage is taken once more."""
    try:
        file = path if path.exists() else path.with_name(path.name + OPEN)
        yield from (record.record_id for record in salvaged_records(file))
    except FileNotFoundError:
        return


def _key(record_id: str) -> bytes:
    return hashlib.sha256(record_id.encode("utf-8", "surrogatepass")).digest()[:8]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with closing(path.open("rb")) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
