"""`sourcekeep export csv`, `jsonl`, `cdxj` and `atom`: what is known of copies and citations, as lists for programs."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import UsageError
from crawler.commands import Verb, collection_option, say, verb
from crawler.commands.export_selection import Asked, selection_options
from crawler.moments import moment

if TYPE_CHECKING:
    from archive.package_work import Origin
    from archive.tables import Values
    from archive.wacz_selection import Chosen

TABLES = ("citations", "links", "captures", "events")
_table = click.argument("table", type=click.Choice(TABLES))
_output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default=Path("-"),
    show_default=True,
    help="The file to write, whole or not at all; - is standard output.",
)
_EXITS = (0, 3, 4, 8)

Lines = Callable[["Origin", "Chosen"], Iterator[str]]


def _common(function: Verb) -> Verb:
    """The options all of these have; they have no other form for `--json`, and no more to say."""

    @functools.wraps(function)
    def made(*arguments: Any, as_json: bool, verbose: int, **options: Any) -> int:  # noqa: ARG001
        return function(*arguments, **options)

    return collection_option(selection_options(_output(made)))


@verb(
    examples=(
        "sourcekeep export csv citations -o citations.csv",
        "sourcekeep export csv links --state dead",
        "sourcekeep export csv captures --event news/2016/02/3/story.md -o captures.csv",
    ),
    exits=_EXITS,
    name="csv",
)
@_table
@_common
def csv_(
    collection: Path,
    table: str,
    output: Path,
    *,
    asked: Asked,
    quiet: bool,
) -> int:
    """Write a table as CSV (RFC 4180, UTF-8, a line of names first): of the selection, or of everything.

    The columns are those of a package's metadata, and those of `links --format csv`; docs/catalogue.md tells what they
    say. No cell is a formula to a spreadsheet.
    """
    from archive.tables import TABLES as KNOWN  # noqa: PLC0415 - not for help

    return _write(collection, asked, output, lambda *of: KNOWN[table].csv(_rows(table, *of)), quiet=quiet)


@verb(
    examples=("sourcekeep export jsonl events --since 2016-01-01 -o events.jsonl", "sourcekeep export jsonl citations"),
    exits=_EXITS,
    name="jsonl",
)
@_table
@_common
def jsonl(
    collection: Path,
    table: str,
    output: Path,
    *,
    asked: Asked,
    quiet: bool,
) -> int:
    """Write a table as JSON lines: of the selection, or of everything.

    An event is its whole document, as it lies in events/; a link is what `links --format jsonl` says of it; a citation
    and a capture have the names of the CSV columns.
    """
    return _write(collection, asked, output, lambda *of: _json_lines(table, *of), quiet=quiet)


@verb(
    examples=("sourcekeep export cdxj -o index.cdxj", "sourcekeep export cdxj --host site.example"),
    exits=_EXITS,
    name="cdxj",
)
@_common
def cdxj(
    collection: Path,
    output: Path,
    *,
    asked: Asked,
    quiet: bool,
) -> int:
    """Write index lines (CDXJ, sorted by SURT and time): of the selection, or of everything.

    Of a selection with what belongs to it: redirects, what pages need, the originals of revisits.
    """
    return _write(collection, asked, output, _index_lines, quiet=quiet)


@verb(
    examples=("sourcekeep export atom -o copies.atom", "sourcekeep export atom --new-since 2026-03-01"),
    exits=_EXITS,
    name="atom",
)
@click.option("--new-since", metavar="TIME", help="Copies made after TIME [default: since the last crawl began].")
@_common
def atom(
    collection: Path,
    output: Path,
    *,
    new_since: str | None,
    asked: Asked,
    quiet: bool,
) -> int:
    """Write an Atom feed of the copies of cited links that were kept lately, the latest 1,000 at most.

    An entry is the same whenever it is made again. `links changes --format atom` tells what became of the links.
    """
    after = moment(new_since) if new_since else None
    return _write(collection, asked, output, lambda *of: _feed(*of, since=after), quiet=quiet)


def _write(collection: Path, asked: Asked, output: Path, lines: Lines, *, quiet: bool) -> int:
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import Collection  # noqa: PLC0415
    from archive.package_work import Origin  # noqa: PLC0415
    from archive.wacz_selection import choose  # noqa: PLC0415
    from archive.wacz_zip import new_file, refuse  # noqa: PLC0415

    selection = asked.selection(otherwise_all=True)
    place = Collection(collection.expanduser().absolute())
    place.require()
    target = None if str(output) == "-" else output.expanduser().absolute()
    if target is not None:
        refuse(target, place.root)
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue, catalogue.reading() as read:
        origin = Origin(connection=read, catalogue=catalogue, collection=place, now=datetime.now(UTC), software="")
        made = lines(origin, choose(read, selection))
        if target is None:
            out = sys.stdout.buffer
            out.writelines(line.encode() for line in made)
            out.flush()
            return 0
        with new_file(target) as file:
            file.writelines(line.encode() for line in made)
    if not quiet:
        say(f"wrote {target}")
    return 0


# --- lines ---


def _rows(table: str, origin: Origin, chosen: Chosen) -> Iterable[Values]:
    from archive import table_rows as rows  # noqa: PLC0415
    from archive.ledger import ledger_rows  # noqa: PLC0415

    of = origin.connection, chosen
    match table:
        case "citations":
            ledger = (row for row in ledger_rows(origin.catalogue, origin.now) if rows.is_chosen(row, chosen))
            return rows.citation_rows(origin.connection, ledger)
        case "links":
            return rows.link_rows(rows.chosen_links(*of))
        case "captures":
            return rows.capture_rows(rows.chosen_captures(*of))
        case _:
            return rows.event_rows(*of)


def _json_lines(table: str, origin: Origin, chosen: Chosen) -> Iterator[str]:
    from crawler.terminal import json_line  # noqa: PLC0415

    match table:
        case "events":
            yield from _documents(origin, chosen)
        case "links":
            from archive.table_rows import chosen_links  # noqa: PLC0415
            from crawler.link_formats import Row  # noqa: PLC0415
            from crawler.link_formats.row import row_json  # noqa: PLC0415

            for link in chosen_links(origin.connection, chosen):
                yield json_line(row_json(Row(url=link.state.url, check=link.last, link=link))) + "\n"
        case _:
            yield from (json_line(dict(row)) + "\n" for row in _rows(table, origin, chosen))


def _documents(origin: Origin, chosen: Chosen) -> Iterator[str]:
    from archive.event_document import document_bytes, event_document  # noqa: PLC0415
    from archive.event_states import event_states  # noqa: PLC0415
    from archive.link_rows import chunks  # noqa: PLC0415
    from archive.table_rows import event_ids  # noqa: PLC0415

    for some in chunks(event_ids(origin.connection, chosen), 100):
        for state in event_states(origin.connection, some, origin.now):
            yield json.dumps(json.loads(document_bytes(event_document(state)))) + "\n"


def _index_lines(origin: Origin, chosen: Chosen) -> Iterator[str]:
    from archive import cdxj as index  # noqa: PLC0415
    from archive.table_rows import chosen_captures  # noqa: PLC0415

    path = origin.collection.indexes / index.INDEX
    if chosen.links is None and path.is_file() and not path.is_symlink():
        with path.open(encoding="ascii", newline="\n") as lines:
            yield from lines
        return
    with tempfile.TemporaryDirectory(prefix="sourcekeep-cdxj-") as folder:
        made = Path(folder) / "lines"
        found = map(index.line, chosen_captures(origin.connection, chosen))
        index.write_sorted(made, (line for line in found if line is not None))
        with made.open(encoding="ascii", newline="\n") as lines:
            yield from lines


def _feed(origin: Origin, chosen: Chosen, *, since: datetime | None) -> Iterator[str]:
    from archive.new_copies import last_crawl, new_copies  # noqa: PLC0415
    from crawler.copy_feed import MOST_ENTRIES  # noqa: PLC0415
    from crawler.copy_feed import atom as feed  # noqa: PLC0415

    after = since or last_crawl(origin.connection)
    if after is None:
        raise UsageError("no crawl has run on this collection yet; give --new-since TIME")
    copies = new_copies(origin.connection, chosen, since=after, most=MOST_ENTRIES)
    yield feed(copies, name=origin.collection.root.name, since=after)
