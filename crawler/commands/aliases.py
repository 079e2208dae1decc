"""`sourcekeep aliases`: which addresses are one work, and what proves it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.command_line import command_line
from crawler.commands import collection_option, say, verb
from crawler.terminal import count, json_line, printable

if TYPE_CHECKING:
    import sqlalchemy as sa

    from archive.aliases import Alias
    from archive.catalogue import Catalogue
    from archive.collection import Collection

_SHOWN = 20  # works, without -v


@verb(
    examples=(
        "sourcekeep aliases -c ./collection",
        "sourcekeep aliases 'http://site.example/story?utm_source=x'",
        "sourcekeep aliases --json | jq .work",
        "sourcekeep aliases --rebuild",
    ),
    exits=(0, 4, 5, 8),
)
@click.argument("url", required=False)
@collection_option
@click.option("--rebuild", is_flag=True, help="Draw the map anew from all answers kept, then show it.")
def aliases(collection: Path, url: str | None, *, rebuild: bool, as_json: bool, verbose: int, quiet: bool) -> int:
    """Show which addresses are one work, and the answer that proves each of them: its WARC, offset and record id.

    With URL, all addresses of that work; without, all works that have more than one. With --json each work is a JSON
    object on a line of its own. Changes nothing without --rebuild; a crawl draws the map at its end.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    place.require()
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        if rebuild:
            _rebuild(place, catalogue, quiet=quiet)
        with catalogue.reading() as connection:
            _show(connection, url, as_json=as_json, most=sys.maxsize if verbose else _SHOWN)
    return 0


def _rebuild(place: Collection, catalogue: Catalogue, *, quiet: bool) -> None:
    from archive.aliases import update_aliases  # noqa: PLC0415
    from archive.collection import CollectionLock  # noqa: PLC0415

    now = datetime.now(UTC)
    lock = CollectionLock(place)
    lock.take(since=now, command=command_line(["sourcekeep", *sys.argv[1:]]))
    try:
        changed = update_aliases(catalogue, now, anew=True)
    finally:
        lock.release()
    if not quiet:
        say(f"the map is drawn anew: {count(changed, 'address', 'addresses')} changed")


def _show(connection: sa.Connection, url: str | None, *, as_json: bool, most: int) -> None:
    from archive.aliases import aliases_of, work_of, works  # noqa: PLC0415

    if url is None:
        _print(works(connection), as_json=as_json, most=most)
        return
    found = aliases_of(connection, url)
    if found:
        _print(iter([found]), as_json=as_json, most=most)
    elif as_json:
        click.echo(json_line({"work": work_of(connection, url), "aliases": []}))
    else:
        click.echo(printable(f"No other address is known of {work_of(connection, url)}"))


def _print(works: Iterator[Sequence[Alias]], *, as_json: bool, most: int) -> None:
    number, addresses = 0, 0
    for work in works:
        number, addresses = number + 1, addresses + len(work)
        if as_json:
            click.echo(json_line(_json(work)))
        elif number <= most:
            click.echo("\n".join(_lines(work)))
    if as_json:
        return
    if number > most:
        click.echo(f"... and {count(number - most, 'work')} more: see them with -v")
    click.echo(f"{count(number, 'work')} with {count(addresses, 'address', 'addresses')}")


def _json(work: Sequence[Alias]) -> dict[str, object]:
    return {"work": work[0].work, "aliases": [_alias_json(alias) for alias in work if not alias.is_work]}


def _alias_json(alias: Alias) -> dict[str, object]:
    where = None if alias.capture is None else alias.capture.where
    return {
        "url": alias.url,
        "rule": alias.rule,
        "proof": {
            "record_id": alias.proof,
            "warc": where.warc if where else None,
            "offset": where.offset if where else None,
            "length": where.length if where else None,
            "url": alias.capture.url if alias.capture else None,
            "at": alias.capture.at.isoformat() if alias.capture else None,
        },
    }


def _lines(work: Sequence[Alias]) -> Iterator[str]:
    yield printable(work[0].work)
    for alias in work:
        if not alias.is_work:
            yield printable(f"  = {alias.url}")
            yield printable(f"      {alias.rule}; {_where(alias)}")
    yield ""


def _where(alias: Alias) -> str:
    if alias.capture is None:
        return f"record {alias.proof}"
    where = alias.capture.where
    return f"{where.warc}, offset {where.offset}, record {alias.proof}"
