"""`sourcekeep export wacz`: a selection of copies as one file that replays in a browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler import __version__
from crawler.commands import collection_option, say, verb
from crawler.commands.export_selection import Asked, selection_options
from crawler.terminal import count, json_line, printable

if TYPE_CHECKING:
    from archive.wacz import Exported

_SHOWN = 20  # problems, without -v


@verb(
    examples=(
        "sourcekeep export wacz --event news/2016/02/3/story.md -o story.wacz",
        "sourcekeep export wacz --since 2016-01-01 --until 2016-12-31 -o 2016.wacz",
        "sourcekeep export wacz --url http://site.example/story -o link.wacz",
        "sourcekeep export wacz --all -o everything.wacz",
    ),
    exits=(0, 1, 3, 4, 8),
    name="wacz",
)
@collection_option
@selection_options
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write.")
def wacz(
    collection: Path,
    output: Path,
    *,
    asked: Asked,
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Write copies as a WACZ: one file that ReplayWeb.page and other programs replay as it is.

    With what is asked for come the redirects that lead to it, what its pages need to be shown, the originals that
    revisits stand for, and every record as it lies in the WARCs. pages.jsonl lists the pages with title, text, and the
    events that cite them. What the file held is replaced when the new one is whole. Records that cannot be read are
    left out and told: exit code 1. Changes nothing in the collection.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415
    from archive.wacz import export  # noqa: PLC0415
    from archive.wacz_zip import refuse  # noqa: PLC0415

    selection = asked.selection()
    place = Collection(collection.expanduser().absolute())
    place.require()
    target = output.expanduser().absolute()
    refuse(target, place.root)
    catalogue = Catalogue.open(place.catalogue, create=False)
    software = f"sourcekeep {__version__}"
    with contextlib.closing(catalogue), catalogue.reading() as connection:
        done = export(connection, place, selection, target, now=datetime.now(UTC), software=software)
    if as_json:
        click.echo(json_line({"file": str(target), **exported_json(done)}))
    elif not quiet:
        click.echo("\n".join(_lines(target, done)))
    for problem in done.problems[: None if verbose else _SHOWN]:
        say(f"left out: {problem}")
    return 1 if done.problems or done.lost else 0


def exported_json(done: Exported) -> dict[str, object]:
    """What was written, as JSON values."""
    return {
        "bytes": done.length,
        "datapackage_sha256": done.sha256,
        "warcs": done.warcs,
        "captures": done.captures,
        "pages": done.pages,
        "texts": done.texts,
        "lost": done.lost,
        "problems": list(done.problems),
    }


def _lines(target: Path, done: Exported) -> Iterator[str]:
    yield printable(f"{target}: {done.length:,} bytes")
    yield (
        f"{count(done.captures, 'capture')} of {count(done.warcs, 'WARC')}; "
        f"{count(done.pages, 'page')}, {done.texts:,} with text"
    )
    if done.lost:
        yield f"{count(done.lost, 'capture')} could not be taken along: the WARCs they lie in are missing"
    yield f"datapackage.json, to be signed: sha256 {done.sha256}"
