"""What links of a list once were, taken into the collection that a check throws away."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Collection as AnyOf
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import UsageError
from crawler.command_line import command_line
from crawler.commands import say
from crawler.terminal import count

if TYPE_CHECKING:
    from archive.collection import Collection
    from archive.importing import Trouble

_SHOWN = 20  # problems


def take_baselines(scratch: Collection, warcs: Sequence[Path], held: Path | None, urls: AnyOf[str]) -> set[str]:
    """Import WARC files, and what the collection at `held` has of `urls`, into `scratch`; which of them are pictures.

    The files and the collection are only read. What is wrong with them is said, and costs the copies it concerns.
    Raises UsageError for a file that is not there, NotACollection.
    """
    from archive.importing import warc_files  # noqa: PLC0415 - slow to load

    found = list(warc_files([path.expanduser() for path in warcs])) if warcs else []
    with _borrowed(held, urls) as (borrowed, covers):
        _import(scratch, [*found, *borrowed])
        return covers


@contextlib.contextmanager
def _borrowed(held: Path | None, urls: AnyOf[str]) -> Iterator[tuple[list[Path], set[str]]]:
    """A file with what a collection holds of `urls`, as long as it is needed, and those that it has for pictures."""
    from archive.borrowing import borrow, covers_among  # noqa: PLC0415
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import Collection  # noqa: PLC0415

    if held is None:
        yield [], set()
        return
    place = Collection(held.expanduser().absolute())
    place.require()
    with tempfile.TemporaryDirectory(prefix="sourcekeep-baseline-") as folder:
        target = Path(folder) / f"{place.root.name}.warc.gz"
        with (
            contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue,
            catalogue.reading() as connection,
            target.open("xb") as file,
        ):
            done = borrow(connection, place.warcs, urls, file)
            covers = covers_among(connection, urls)
        for name in done.unreadable:
            say(f"{place.warcs / name} is missing or damaged: links it holds are checked without a copy; run verify")
        yield [target] if done.records else [], covers


def _import(scratch: Collection, files: Sequence[Path]) -> None:
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import CollectionLock  # noqa: PLC0415
    from archive.importing import Importer  # noqa: PLC0415
    from crawler.commands.import_warc import import_writer  # noqa: PLC0415
    from crawler.commands.verify import tools  # noqa: PLC0415

    if not files:
        return
    now, troubles = datetime.now(UTC), _Troubles()
    lock = CollectionLock(scratch)
    lock.take(since=now, command=command_line(sys.argv))
    try:
        with contextlib.closing(Catalogue.open(scratch.catalogue, create=True)) as catalogue:
            importer = Importer(scratch, catalogue, new_writer=import_writer, now=now, report=troubles)
            importer.begin(tools(scratch).settle_found(catalogue))
            try:
                records = sum(importer.take(path).records for path in files)
            finally:
                importer.finish()
    finally:
        lock.release()
        troubles.end()
    if not records:
        raise UsageError(f"{', '.join(map(str, files))}: {count(len(files), 'file')} without a sound record")


class _Troubles:
    """Says what is not compared with, the first few of it; how much more at the end."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, trouble: Trouble) -> None:
        self._number += 1
        if self._number <= _SHOWN:
            say(f"{trouble.path}, {trouble.place}: {trouble.what}; not compared with")

    def end(self) -> None:
        if self._number > _SHOWN:
            say(f"... and {self._number - _SHOWN:,} more: sourcekeep import -v tells all")
