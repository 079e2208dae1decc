"""`sourcekeep links changes`: what died, came back, moved or drifted."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, say, verb
from crawler.commands.listing import collection_of, default_format, opened
from crawler.moments import moment
from crawler.terminal import json_document, json_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import sqlalchemy as sa

    from archive.changes import Change

FORMATS = ("text", "json", "jsonl", "atom")
_JOBS = ("recheck",)


@verb(
    examples=(
        "sourcekeep links changes",
        "sourcekeep links changes --since 2026-03-01 --format atom -o changes.atom",
    ),
    exits=(0, 3, 4, 8),
    name="changes",
)
@collection_option
@click.option("--since", metavar="TIME", help="Changes after TIME [default: since the last recheck began].")
@click.option("--until", metavar="TIME", help="Changes up to TIME [default: now].")
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: text, and jsonl when piped]")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file, whole or not.")
@click.pass_context
def changes(
    context: click.Context,
    collection: Path,
    *,
    since: str | None,
    until: str | None,
    form: str | None,
    output: Path | None,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """Tell which links died, came back, moved or drifted: since the last recheck, or since a time.

    As an Atom feed it holds the latest 1,000. The same change is the same entry whenever the feed is made again.
    """
    from archive.link_list import changes_since  # noqa: PLC0415 - not for help

    place = collection_of(context, collection).expanduser().absolute()
    form = form or {"table": "text"}.get(default := default_format(as_json=as_json), default)
    with opened(place) as catalogue, catalogue.reading() as connection:
        now = moment(until) if until else datetime.now(UTC)
        after = moment(since) if since else _last(connection)
        if after > now:
            raise UsageError(f"--since {after.isoformat()} is after --until {now.isoformat()}: no time is between them")
        pieces = _document(form, changes_since(connection, after, now), place.name, after)
        if output is None:
            for piece in pieces:
                click.echo(piece, nl=False)
        else:
            _write(output.expanduser().absolute(), "".join(pieces), quiet=quiet)
    return 0


def _last(connection: sa.Connection) -> datetime:
    """When the last recheck began. Raises UsageError if there was none."""
    from archive.link_list import last_run  # noqa: PLC0415

    found = last_run(connection, _JOBS)
    if found is None:
        raise UsageError("no recheck has run on this collection yet; give --since TIME")
    return found


def _document(form: str, found: Iterable[Change], name: str, since: datetime) -> Iterator[str]:
    from crawler import change_reports as reports  # noqa: PLC0415

    match form:
        case "atom":
            yield reports.atom(found, name=name, since=since)
        case "json":
            yield json_document({"since": since.isoformat(), **reports.changes_json(list(found))})
        case "jsonl":
            yield from (json_line(reports.change_json(each)) + "\n" for each in found)
        case _:
            shown = reports.change_lines(list(found))
            yield from (f"{line}\n" for line in chain([f"Since {since:%Y-%m-%d %H:%M} UTC:"], shown))


def _write(path: Path, text: str, *, quiet: bool) -> None:
    from archive.atomic_file import write_atomically  # noqa: PLC0415

    write_atomically(path, text.encode())
    if not quiet:
        say(f"wrote {path}")
