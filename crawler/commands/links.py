"""`sourcekeep links`: the links of a collection, their states and proofs; what changed; marks that people set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.commands import collection_option, say, verb
from crawler.commands.links_changes import changes
from crawler.commands.links_mark import mark
from crawler.commands.links_show import show_link
from crawler.commands.listing import STATES, default_format, host_of, opened, show, spelled, typed
from crawler.moments import moment

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from crawler.link_formats import Row

FORMATS = ("table", "json", "jsonl", "csv", "markdown", "junit", "html")


@verb(
    examples=(
        "sourcekeep links --state dead",
        "sourcekeep links --state dead --state suspect --host news.example --format csv > dead.csv",
        "sourcekeep links show http://site.example/story",
        "sourcekeep links mark http://site.example/story --state alive --why 'I have seen it'",
        "sourcekeep links changes --since 2026-03-01 --format atom -o changes.atom",
    ),
    exits=(0, 4, 8),
    group=True,
)
@collection_option
@click.option("--state", "wanted", multiple=True, type=click.Choice(STATES), help="Only links in this state.")
@click.option("--host", help="Only links of this host (or host:port).")
@click.option("--since", metavar="TIME", help="Only links that have had their state since TIME or later.")
@click.option("--url", help="Only this link.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="How to print them [default: table, and jsonl when piped]."
)
@click.pass_context
def links(
    context: click.Context,
    collection: Path,
    *,
    wanted: tuple[str, ...],
    host: str | None,
    since: str | None,
    url: str | None,
    form: str | None,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """List links with what their checks came to: state, proof, who cites them, how many copies we hold.

    One line or object for each link, as soon as it is read. `links show URL` tells all that was ever found of one link,
    `links changes` what died, came back, moved or drifted, `links mark URL` says what a person knows better.
    """
    context.obj = collection if typed(context, "collection") else None
    if context.invoked_subcommand is not None:
        return 0
    from crawler.link_formats import LINK_FORMATS, Listing  # noqa: PLC0415 - not for help

    writer = LINK_FORMATS[form or default_format(as_json=as_json)](Listing.LINKS)
    with opened(collection) as catalogue:
        number = show(writer, _rows(catalogue, wanted, host_of(host), since, url))
        if not number and not quiet:
            say(_nothing(catalogue))
    return 0


def _rows(
    catalogue: Catalogue, wanted: tuple[str, ...], host: str | None, since: str | None, url: str | None
) -> Iterator[Row]:
    from archive.checks import Standing  # noqa: PLC0415
    from archive.link_list import listed_link, listed_links  # noqa: PLC0415
    from crawler.link_formats import Row  # noqa: PLC0415

    states: list[Standing | None] = [Standing(each) for each in dict.fromkeys(wanted)]
    after = moment(since) if since else None
    with catalogue.reading() as connection:
        if url is not None:
            link = listed_link(connection, spelled(url))
            found = [] if link is None or (states and link.state.state not in states) else [link]
            yield from (Row(url=each.state.url, check=each.last, link=each) for each in found)
            return
        for state in states or [None]:
            for each in listed_links(connection, state=state, host=host, since=after):
                yield Row(url=each.state.url, check=each.last, link=each)


def _nothing(catalogue: Catalogue) -> str:
    from archive.state_rows import state_counts  # noqa: PLC0415

    with catalogue.reading() as connection:
        if state_counts(connection):
            return "no link is like that"
    return "no link of this collection has been checked yet: sourcekeep recheck does it"


assert isinstance(links, click.Group)
for part in (show_link, changes, mark):
    links.add_command(part)
