"""`sourcekeep init`: a collection's sourcekeep.toml, written once, and never written over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler import __version__
from crawler.commands import program, verb
from crawler.terminal import count, json_line, printable

if TYPE_CHECKING:
    from archive.collection import Collection


@verb(
    examples=(
        "sourcekeep init ./collection --site https://site.example/index.md --contact https://me.example/crawl",
        "sourcekeep init ./collection",
        "sourcekeep init ./collection --add",
    ),
    exits=(0, 3, 4),
)
@click.argument("collection", type=click.Path(file_okay=False, path_type=Path), envvar="SOURCEKEEP_COLLECTION")
@click.option("--site", "sites", multiple=True, help="An address, or a folder of event pages; may be repeated.")
@click.option("--contact", help="URL or mail address of yours, for the User-Agent: hosts want to know who asks.")
@click.option("--lang", help="Only pages in these languages, like en or en,zh.")
@click.option("--add", is_flag=True, help="Put what is new in this version to the end of the file, as comments.")
def init(
    collection: Path,
    *,
    sites: tuple[str, ...],
    contact: str | None,
    lang: str | None,
    add: bool,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """Write a commented sourcekeep.toml into a new collection, or into one that has none.

    A file that is there is never written over. Run again after an upgrade, this says what the new version has that the
    file does not mention; --add puts that to its end, as comments, and changes nothing above.
    """
    from archive.collection import Collection  # noqa: PLC0415 - not for help
    from crawler.configuration import FILE_NAME  # noqa: PLC0415
    from crawler.configuration_file import text_of  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    text = text_of(place.root)
    path = place.root / FILE_NAME
    if text is None:
        _write_new(place, path, sites=sites, contact=contact, lang=lang)
        _tell(path, [], written=True, as_json=as_json, quiet=quiet)
    else:
        if sites or contact or lang:
            raise UsageError(f"{path} is there, and is never written over; change site, contact and languages in it")
        lines = _add(path, text, add=add)
        _tell(path, lines, written=add and bool(lines), as_json=as_json, quiet=quiet)
    return 0


def _write_new(place: Collection, path: Path, *, sites: tuple[str, ...], contact: str | None, lang: str | None) -> None:
    from archive.atomic_file import write_atomically  # noqa: PLC0415
    from crawler.configuration import read_configuration  # noqa: PLC0415
    from crawler.configuration_text import new_file  # noqa: PLC0415
    from crawler.source import source_of  # noqa: PLC0415

    languages = [each.strip() for each in (lang or "").split(",") if each.strip()]
    text = new_file(sites=map(source_of, sites), contact=contact, languages=languages)
    read_configuration(text, str(path))  # what was given may be nothing that a file takes
    if place.catalogue.exists():
        place.require()
    else:
        place.prepare()
    write_atomically(path, text.encode("utf-8", errors="strict"))


def _add(path: Path, text: str, *, add: bool) -> list[str]:
    """What is new, put into the file if wanted. Raises UsageError for a file that cannot be obeyed."""
    from archive.atomic_file import write_atomically  # noqa: PLC0415
    from crawler.configuration import read_configuration  # noqa: PLC0415
    from crawler.configuration_text import news, with_news  # noqa: PLC0415

    read_configuration(text, str(path))
    lines = list(news(text))
    if lines and add:
        write_atomically(path, with_news(text, lines, __version__).encode())
    return lines


def _tell(path: Path, lines: list[str], *, written: bool, as_json: bool, quiet: bool) -> None:
    if as_json:
        click.echo(json_line({"file": str(path), "written": written, "new": lines}))
    elif lines:
        told = "put to its end, as comments" if written else "not mentioned in it (--add puts this to its end)"
        click.echo(printable(f"{path}: {count(len(lines), 'line')} {told}"))
        click.echo("\n".join(map(printable, lines)))
    elif not quiet:
        click.echo(printable(f"{path} {'written' if written else 'has all that this version knows'}"))
        if written:
            click.echo(printable(f"Look through it, then: {program()} run nightly -c {path.parent}"))
