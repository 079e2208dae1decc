"""`sourcekeep stats`: the link-rot curve, by year, host or topic."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, say, verb
from crawler.commands.listing import opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.checks import Standing
    from archive.rot import By, Group

FORMATS = ("text", "json", "csv", "svg", "png")
_SHOWN = 30  # groups, without -v


@verb(
    examples=(
        "sourcekeep stats -c ./collection",
        "sourcekeep stats --by host",
        "sourcekeep stats -o rot.svg",
        "sourcekeep stats --by topic --format csv > rot.csv",
    ),
    exits=(0, 3, 4, 8),
)
@collection_option
@click.option(
    "--by", "word", type=click.Choice(("year", "host", "topic")), default="year", show_default=True,
    help="Of the events that cite the links, or the links' own host.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: as the file's name ends, else text]")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file, whole or not.")
def stats(
    collection: Path,
    *,
    word: str,
    form: str | None,
    output: Path | None,
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Show the link-rot curve: of the links cited in each year, or of each host or topic, how many are dead today.

    A link counts once in each group; shares are of links that were checked. By host, with the host's incidents (times
    in which its links failed alike), the worst first. SVG and PNG need the extra `plots`.
    """
    from archive.rot import By, read_curve, worst_first  # noqa: PLC0415 - not for help
    from archive.state_rows import state_counts  # noqa: PLC0415

    by, form = By(word), form or _form_of(output, as_json=as_json)
    if form == "png" and output is None and sys.stdout.isatty():
        raise UsageError("a terminal shows no PNG; name a file with -o")
    with opened(collection) as catalogue, catalogue.reading() as connection:
        groups = read_curve(connection, by)
        counts = state_counts(connection)
    drawn = _drawn(form, by, groups if by is By.YEAR else worst_first(groups), counts, most=_most(verbose))
    if output is not None:
        _write(output.expanduser().absolute(), drawn, quiet=quiet)
    else:
        click.echo(drawn, nl=False)
    return 0


def _form_of(output: Path | None, *, as_json: bool) -> str:
    ending = output.suffix.lstrip(".").lower() if output else ""
    return "json" if as_json else ending if ending in FORMATS else "text"


def _most(verbose: int) -> int:
    return sys.maxsize if verbose else _SHOWN


def _drawn(form: str, by: By, groups: Sequence[Group], counts: Mapping[Standing, int], *, most: int) -> bytes:
    from crawler import rot_formats  # noqa: PLC0415

    match form:
        case "json":
            text = rot_formats.rot_json(by, groups, counts)
        case "csv":
            text = "".join(rot_formats.rot_csv(by, groups))
        case "svg" | "png":
            from crawler.plots import picture  # noqa: PLC0415

            return picture(by, groups, form)
        case _:
            text = "\n".join(rot_formats.rot_lines(by, groups, counts, most=most)) + "\n"
    return text.encode()


def _write(path: Path, drawn: bytes, *, quiet: bool) -> None:
    from archive.atomic_file import write_atomically  # noqa: PLC0415

    write_atomically(path, drawn)
    if not quiet:
        say(f"wrote {path}")
