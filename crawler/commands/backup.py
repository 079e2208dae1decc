"""`sourcekeep backup`: a second, consistent copy of a collection, also while a run is at work on it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.command_line import command_line
from crawler.commands import collection_option, say, verb
from crawler.terminal import count, json_line, printable, spell_bytes

if TYPE_CHECKING:
    from archive.backup import BackedUp

_SHOWN = 20  # lost WARCs, without -v


@verb(
    examples=(
        "sourcekeep backup /mnt/second-disk/collection -c ./collection",
        "sourcekeep verify -c /mnt/second-disk/collection",
    ),
    exits=(0, 1, 3, 4, 5, 8),
)
@collection_option
@click.argument("target", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
def backup(collection: Path, target: Path, *, as_json: bool, verbose: int, quiet: bool) -> int:
    """Make FOLDER a copy of a collection as of now, or bring the copy that is there up to date.

    May be asked while a run is at work; the copy is as a collection is whose run was killed at that moment, and is one
    itself: every verb works on it, `verify` too. Finished WARCs that are there already are not copied again, and none
    is ever removed. Interrupted, it goes on when asked again. A FOLDER that holds something else, or a copy that was
    crawled into by itself, is refused. To restore, name the copy with -c, or copy it back.
    """
    from archive.backup import back_up  # noqa: PLC0415 - not for help
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import Collection  # noqa: PLC0415

    source = Collection(collection.expanduser().absolute())
    source.require()
    Catalogue.open(source.catalogue, create=False).close()  # refuses what is none, or of a newer version
    copy = Collection(target.expanduser().absolute())
    done = back_up(
        source,
        copy,
        now=datetime.now(UTC),
        command=command_line(sys.argv),
        progress=_tell if not quiet and sys.stderr.isatty() else lambda _done, _total: None,
    )
    if as_json:
        click.echo(json_line(backup_json(copy.root, done)))
    elif not quiet:
        click.echo(printable(_line(copy.root, done)))
    for name in done.missing[: None if verbose else _SHOWN]:
        say(f"{name} is missing from the collection, so from the copy: `sourcekeep verify` says more")
    return 1 if done.missing else 0


def backup_json(folder: Path, done: BackedUp) -> dict[str, object]:
    """What `--json` prints. Sizes are bytes."""
    return {
        "folder": str(folder),
        "warcs": done.warcs,
        "warc_bytes": done.warc_bytes,
        "copied": done.copied,
        "copied_bytes": done.copied_bytes,
        "catalogue_bytes": done.catalogue_bytes,
        "documents": done.documents,
        "stale_documents": done.stale,
        "missing": list(done.missing),
    }


def _line(folder: Path, done: BackedUp) -> str:
    return (
        f"{folder}: {count(done.warcs, 'WARC file')} of {spell_bytes(done.warc_bytes)}, "
        f"{done.copied:,} of them copied now ({spell_bytes(done.copied_bytes)}), "
        f"catalogue of {spell_bytes(done.catalogue_bytes)}, {count(done.documents, 'document')} copied"
    )


def _tell(done: int, total: int) -> None:
    """How far the WARCs are, in one line of the terminal."""
    click.echo(f"\r{spell_bytes(done)} of {spell_bytes(total)} copied  ", err=True, nl=done >= total)
