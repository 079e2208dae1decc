"""Printing lists of links and checks: what the verbs that do have in common."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from crawler.link_formats import Row, Writer

STATES = ("new", "alive", "suspect", "changed", "failing", "unsure", "dead", "invalid")


@contextlib.contextmanager
def opened(collection: Path) -> Iterator[Catalogue]:
    """The catalogue of a collection that is there. Raises NotACollection, CatalogueUnavailable."""
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import Collection  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    place.require()
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        yield catalogue


def spelled(url: str) -> str:
    """The address as the catalogue has it. Raises UsageError for what is none."""
    from archive.urls import canonical  # noqa: PLC0415

    try:
        return canonical(url)
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a page: {error}") from error


def default_format(*, as_json: bool) -> str:
    """A table for people, lines of JSON for programs."""
    return "table" if sys.stdout.isatty() and not as_json else "jsonl"


def show(writer: Writer, rows: Iterable[Row]) -> int:
    """Print rows as they come, in colour on a terminal that has them; how many there were."""
    from crawler.link_formats.table import Table  # noqa: PLC0415

    paint = painter() if isinstance(writer, Table) else None
    number = 0
    echo(writer.begin())
    for row in rows:
        number += 1
        if paint is not None:
            paint(row, writer.row(row))
        else:
            echo(writer.row(row))
    echo(writer.end())
    return number


def echo(text: str) -> None:
    """Print a piece of a document as it is."""
    if text:
        click.echo(text, nl=False)


def painter() -> Callable[[Row, str], None] | None:
    """Prints the line of a row in the colour of what it says; None where there are no colours."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM", "dumb") == "dumb":
        return None
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from crawler.link_formats.table import STYLES  # noqa: PLC0415

    console = Console(soft_wrap=True)

    def paint(row: Row, line: str) -> None:
        console.print(Text(line.rstrip("\n"), style=STYLES[row.outcome]))

    return paint


def collection_of(context: click.Context, collection: Path) -> Path:
    """The collection of a part: its own -c, else that in front of the part's name."""
    before = context.parent.obj if context.parent else None
    return collection if before is None or typed(context, "collection") else Path(before)


def typed(context: click.Context, name: str) -> bool:
    """Whether an option was given on the command line."""
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def host_of(host: str | None) -> str | None:
    """The key under which the catalogue knows a host. Raises UsageError for what is none."""
    from archive.urls import host_key  # noqa: PLC0415

    if host is None:
        return None
    try:
        return host_key(f"http://{host}/")
    except ValueError as error:
        raise UsageError(f"{host!r} is no host: {error}") from error
