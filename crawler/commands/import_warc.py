"""`sourcekeep import`: WARC files made by others, taken into a collection."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from crawler import __version__
from crawler.command_line import command_line
from crawler.commands import collection_option, say, verb
from crawler.terminal import count, json_line, printable

if TYPE_CHECKING:
    from archive.collection import Collection
    from archive.importing import Imported, Trouble
    from archive.package_import import Package
    from archive.writer import WarcWriter

_SHOWN = 20  # problems of a file, without -v


@verb(
    examples=(
        "sourcekeep import old.warc.gz -c ./collection",
        "sourcekeep import ./wget-warcs -c ./collection --json",
        "sourcekeep import ./package -c ./new-collection",
    ),
    exits=(0, 1, 3, 4, 5, 8),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@collection_option
def import_(files: tuple[Path, ...], collection: Path, *, as_json: bool, verbose: int, quiet: bool) -> int:
    """Take WARC files made by others (wget, Heritrix, Browsertrix ...) into a collection.

    FILE is a .warc or .warc.gz, or a folder of them. Every sound record is copied, header and block as they are, into
    files of ours; what is damaged or does not match its digest is left out and said. The files themselves are not
    changed. With --json each file is a JSON object on a line of its own.

    A folder may be a BagIt bag: then every file of it is held against its digest first. A package that `sourcekeep
    export package` made becomes a new collection, with the same events, citations, captures, checks and ledger; into a
    collection that has something already, its WARCs are taken like anybody's.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection, CollectionLock  # noqa: PLC0415
    from archive.dirty_documents import write_dirty_documents  # noqa: PLC0415
    from archive.importing import Importer, warc_files  # noqa: PLC0415
    from crawler.commands.verify import new_writer, tools  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    paths = [path.expanduser() for path in files]
    package = _package(paths)
    if package is not None and _becomes(package, place):
        return _become(package, place, as_json=as_json, quiet=quiet)
    found = list(warc_files(paths if package is None else list(package.warcs)))
    if not place.catalogue.exists():
        _require_records(found)
    place.prepare()
    now = datetime.now(UTC)
    lock = CollectionLock(place)
    lock.take(since=now, command=command_line(sys.argv))
    troubles = _Troubles(most=sys.maxsize if verbose else _SHOWN, silent=as_json)
    try:
        with contextlib.closing(Catalogue.open(place.catalogue, create=True)) as catalogue:
            importer = Importer(
                place, catalogue, new_writer=import_writer, now=now, report=troubles, progress=_Ticker(silent=quiet)
            )
            problems = importer.begin(tools(place).settle_found(catalogue))
            for problem in problems:
                say(problem)
            try:
                for path in found:
                    done = importer.take(path)
                    if as_json:
                        click.echo(json_line({**_counts(done), "problems": troubles.of(path)}))
                    elif not quiet:
                        click.echo(printable(_told(done)))
            finally:
                importer.finish()
            write_dirty_documents(catalogue, place, new_writer(place), now=now)
    finally:
        lock.release()
    return 1 if troubles.any or problems else 0


def _package(paths: list[Path]) -> Package | None:
    """The bag among these, every digest of it checked. Raises UsageError for a bag among other things."""
    from archive.errors import UsageError  # noqa: PLC0415
    from archive.package_import import is_bag, read_package  # noqa: PLC0415

    bags = [path for path in paths if path.is_dir() and is_bag(path)]
    if bags and len(paths) > 1:
        raise UsageError(f"{bags[0]} is a bag: import one at a time")
    if not bags:
        return None
    package = read_package(bags[0].absolute())
    if not package.warcs:
        raise UsageError(f"{bags[0]} is a bag without WARC files")
    return package


def _becomes(package: Package, place: Collection) -> bool:
    from archive.package_import import can_become  # noqa: PLC0415

    return can_become(package, place)


def _become(package: Package, place: Collection, *, as_json: bool, quiet: bool) -> int:
    """Make a package of ours the collection; what came of it is told."""
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import CollectionLock  # noqa: PLC0415
    from archive.ledger import ledger_rows, reconcile  # noqa: PLC0415
    from archive.package_import import become  # noqa: PLC0415
    from crawler.commands.verify import tools  # noqa: PLC0415

    place.prepare()
    now = datetime.now(UTC)
    lock = CollectionLock(place)
    lock.take(since=now, command=command_line(sys.argv))
    try:
        done = become(package, place, tools(place), progress=_Stages(silent=quiet))
        with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
            totals = reconcile(ledger_rows(catalogue, now))
    finally:
        lock.release()
    for problem in done.problems:
        say(problem)
    events = done.rebuilt.events if done.rebuilt is not None else 0
    kept = done.rebuilt.captures if done.rebuilt is not None else 0
    if as_json:
        about = {"package": str(package.root), "identifier": package.identifier, "warcs": len(package.warcs)}
        sums = {"captures": kept, "events": events, "citations": totals.total, "kept": totals.kept}
        click.echo(json_line({**about, **sums, "problems": list(done.problems)}))
    elif not quiet:
        told = f"{count(kept, 'capture')}, {count(events, 'event')}, {count(totals.total, 'citation')}"
        click.echo(printable(f"{package.root}: now the collection {place.root}: {told}, {totals.kept:,} kept"))
    return 1 if done.problems else 0


def _require_records(found: list[Path]) -> None:
    """Raises UsageError where no file holds a record: no collection is begun for that."""
    from archive.errors import StorageError, UsageError  # noqa: PLC0415
    from archive.foreign_warcs import holds_record  # noqa: PLC0415

    for path in found:
        try:
            if holds_record(path):
                return
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    names = ", ".join(map(str, found[:3])) + (" ..." if len(found) > 3 else "")
    raise UsageError(f"no WARC record is in {names}; no collection was begun")


def import_writer(folder: Path, prefix: str, about: dict[str, str]) -> WarcWriter:
    """A writer of imported records into a folder of its own."""
    from archive.writer import WarcWriter  # noqa: PLC0415

    return WarcWriter(
        folder,
        indexes=folder,
        prefix=prefix,
        warcinfo={"software": f"sourcekeep/{__version__}", **about},
        now=lambda: datetime.now(UTC),
        new_id=lambda: f"urn:uuid:{uuid4()}",
        host=socket.gethostname(),
    )


class _Troubles:
    """Says what was not taken in; of each file the first few."""

    def __init__(self, *, most: int, silent: bool) -> None:
        self._most = most
        self._silent = silent
        self._of: dict[Path, list[dict[str, str]]] = {}
        self.any = False

    def __call__(self, trouble: Trouble) -> None:
        self.any = True
        found = self._of.setdefault(trouble.path, [])
        found.append({"place": trouble.place, "what": trouble.what})
        if len(found) <= self._most and not self._silent:
            say(f"{trouble.path}, {trouble.place}: {trouble.what}")

    def of(self, path: Path) -> list[dict[str, str]]:
        """Those of one file."""
        return self._of.pop(path, [])


def _counts(done: Imported) -> dict[str, object]:
    return {
        "file": str(done.path),
        "known": done.known,
        "records": done.records,
        "captures": done.captures,
        "skipped": done.skipped,
        "refused": done.refused,
        "tolerated": done.tolerated,
        "warcs": list(done.warcs),
    }


def _told(done: Imported) -> str:
    if done.known:
        return f"{done.path}: was imported before, nothing to do"
    text = f"{done.path}: {count(done.records, 'record')}, {count(done.captures, 'capture')}"
    text += f", {done.skipped} there already" if done.skipped else ""
    text += f", {done.tolerated} with the block digest of nothing, as wget writes it" if done.tolerated else ""
    return text + (f", {done.refused} not taken in" if done.refused else "")


class _Stages:
    """Where the making of a collection is: a line every ten seconds."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._due = time.monotonic() + 10.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._silent and now >= self._due:
            self._due = now + 10.0
            say(f"import: {what}: {done:,} of {total:,}")


class _Ticker:
    """How far an import is: a line every ten seconds."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._due = time.monotonic() + 10.0

    def __call__(self, name: str, records: int) -> None:
        now = time.monotonic()
        if not self._silent and now >= self._due:
            self._due = now + 10.0
            say(f"import: {name}: {count(records, 'record')}")
