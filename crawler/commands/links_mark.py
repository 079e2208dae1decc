"""`sourcekeep links mark`: what a person knows better than the checks."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.command_line import command_line
from crawler.commands import collection_option, verb
from crawler.commands.listing import STATES, collection_of, opened, spelled
from crawler.moments import clock_time
from crawler.terminal import json_line, printable

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from archive.checks import Mark
    from archive.collection import Collection

_MOST = 2000  # characters of a reason


@verb(
    examples=(
        "sourcekeep links mark http://site.example/story --state dead --why 'sold; the publisher told me'",
        "sourcekeep links mark http://site.example/story --state alive --until-contradicted --why 'seen in a browser'",
        "sourcekeep links mark http://site.example/story --lift --why 'was a mistake'",
    ),
    exits=(0, 3, 4, 8),
)
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@collection_option
@click.option("--state", "wanted", type=click.Choice(STATES[1:]), help="What the links are.")
@click.option("--lift", is_flag=True, help="Take the marks before back: what the checks found counts again.")
@click.option("--why", required=True, metavar="TEXT", help="Why; kept and shown.")
@click.option("--who", metavar="NAME", help="Who says so [default: user@host].")
@click.option("--until-contradicted", is_flag=True, help="Only until checks made later come to alive or dead.")
@click.option("--now", metavar="TIME", help="When it was said, if not now.")
@click.pass_context
def mark(
    context: click.Context,
    urls: tuple[str, ...],
    collection: Path,
    *,
    wanted: str | None,
    lift: bool,
    why: str,
    who: str | None,
    until_contradicted: bool,
    now: str | None,
    as_json: bool,
    verbose: int,  # noqa: ARG001
    quiet: bool,
) -> int:
    """Say what links are, against all checks: your word is shown as their state, with your name and your reason.

    It is kept for ever, as are the checks, which go on; the last mark counts. May be done while a run is at work.
    """
    from archive.checks import Mark, Standing  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415
    from crawler.link_formats.row import mark_json  # noqa: PLC0415

    if lift is (wanted is not None):
        raise UsageError("give either --state STATE or --lift")
    if not why.strip() or len(why) > _MOST:
        raise UsageError(f"--why takes a reason of 1 to {_MOST:,} characters")
    at = clock_time(now) if now else datetime.now(UTC)
    state = None if wanted is None else Standing(wanted)
    name = who or f"{_user()}@{socket.gethostname()}"
    addresses = dict.fromkeys(map(spelled, urls))
    said = [
        Mark(url=url, state=state, why=why, who=name, at=at, until_contradicted=until_contradicted) for url in addresses
    ]
    place = Collection(collection_of(context, collection).expanduser().absolute())
    with opened(place.root) as catalogue:
        _require(catalogue, list(addresses))
        _write(place, catalogue, said)
        states = _keep(catalogue, said, at)
    for each in said:
        if as_json:
            click.echo(json_line({"url": each.url, "state": states[each.url], "mark": mark_json(each)}))
        elif not quiet:
            click.echo(printable(f"{each.url}: {states[each.url]}"))
    return 0


def _user() -> str:
    """Who runs this; the number where the system knows no name, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"


def _require(catalogue: Catalogue, urls: list[str]) -> None:
    """Raises UsageError for an address that is no link of the collection: most likely a slip of the pen."""
    from archive.link_list import unknown_of  # noqa: PLC0415

    with catalogue.reading() as connection:
        unknown = unknown_of(connection, urls)
    if unknown:
        raise UsageError(f"{unknown[0]} is no link of this collection; nothing was marked")


def _write(place: Collection, catalogue: Catalogue, said: list[Mark]) -> None:
    """Keep the marks in a WARC. While a run is at work they wait for the next mark: only one process writes WARCs."""
    from archive.collection import CollectionLock  # noqa: PLC0415
    from archive.errors import CollectionBusy  # noqa: PLC0415
    from archive.mark_records import put_off, write_marks  # noqa: PLC0415
    from crawler.commands.verify import new_writer  # noqa: PLC0415

    lock = CollectionLock(place)
    try:
        lock.take(since=datetime.now(UTC), command=command_line(sys.argv))
    except CollectionBusy:
        put_off(catalogue)
        return
    try:
        write_marks(catalogue, new_writer(place), said)
    finally:
        lock.release()


def _keep(catalogue: Catalogue, said: list[Mark], at: datetime) -> dict[str, str]:
    """Keep the marks; the states that follow, by URL."""
    from archive.check_rows import insert_marks  # noqa: PLC0415
    from archive.cut_off import last_check  # noqa: PLC0415
    from archive.state_rows import state_of  # noqa: PLC0415

    with catalogue.linking() as (connection, host_ids):
        now = max(at, datetime.now(UTC), last_check(connection) or at)  # what was replayed is known, too
        insert_marks(connection, said, host_ids, now=now)
        states = {each.url: state_of(connection, each.url) for each in said}
    return {url: state.state.value for url, state in states.items() if state is not None}
