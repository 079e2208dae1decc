"""`sourcekeep links show`: all that was ever found of one link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, verb
from crawler.commands.listing import collection_of, opened, spelled
from crawler.terminal import aligned, json_line, printable

if TYPE_CHECKING:
    from datetime import datetime

    from archive.checks import Check, HostIncident, Mark
    from archive.link_list import ListedLink


@verb(
    examples=("sourcekeep links show http://site.example/story", "sourcekeep links show URL --json | jq .history"),
    exits=(0, 4, 8),
    name="show",
)
@click.argument("url")
@collection_option
@click.pass_context
def show_link(context: click.Context, url: str, collection: Path, *, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Tell all that was ever found of one link: each check with its evidence, each mark, and who cites it."""
    from archive.link_list import listed_link  # noqa: PLC0415 - not for help
    from archive.state_rows import history, incidents_of, marks_of  # noqa: PLC0415
    from archive.urls import host_key  # noqa: PLC0415

    address = spelled(url)
    with opened(collection_of(context, collection)) as catalogue, catalogue.reading() as connection:
        link = listed_link(connection, address)
        if link is None:
            raise UsageError(f"{address} was never checked or marked in this collection")
        made, said = history(connection, address), marks_of(connection, address)
        down = incidents_of(connection, host_key(address)) if address.startswith(("http://", "https://")) else []
    if as_json:
        click.echo(json_line(history_json(link, made, said, down)))
    else:
        click.echo("\n".join(history_lines(link, made, said, down)))
    return 0


def history_json(
    link: ListedLink, made: Sequence[Check], said: Sequence[Mark], down: Sequence[HostIncident]
) -> dict[str, object]:
    """The link as a list has it, with `history` (checks), `marks` and `incidents` of its host, each oldest first."""
    from crawler.link_formats.row import Row, instant, mark_json, row_json  # noqa: PLC0415

    checks = []
    for check in made:
        found = row_json(Row(url=link.state.url, check=check))
        del found["id"], found["url"], found["why"]
        checks.append(found)
    incidents = [
        {"host": each.host, "began": instant(each.began), "until": instant(each.until), "alike": each.alike.value}
        for each in down
    ]
    shown = row_json(Row(url=link.state.url, check=link.last, link=link))
    return {**shown, "history": checks, "marks": [mark_json(mark) for mark in said], "incidents": incidents}


def history_lines(
    link: ListedLink, made: Sequence[Check], said: Sequence[Mark], down: Sequence[HostIncident]
) -> Iterator[str]:
    """The same for people: what it is, who cites it, then what happened to it in order."""
    state = link.state
    yield printable(state.url)
    since = f" since {state.since:%Y-%m-%d}" if state.since else ""
    yield f"  {state.state.value}{since}, {state.points:g} points against it"
    due = f"next check {state.next_due:%Y-%m-%d %H:%M} UTC" if state.next_due else "never checked again"
    yield f"  {due}; {link.copies} good copies of ours, {link.mementos} from public archives"
    for each in link.cited_by:
        yield printable(f"  cited by {each.event}, no. {each.position} ({each.label})")
    told = [*_checks(made), *_marks(said), *_incidents(down)]
    if told:
        yield ""
        rows = [(f"{at:%Y-%m-%d %H:%M}", what, why) for at, what, why in sorted(told, key=lambda each: each[0])]
        yield from aligned(rows, indent="  ")


def _checks(made: Sequence[Check]) -> Iterator[tuple[datetime, str, str]]:
    from crawler.link_formats.row import Row, proof  # noqa: PLC0415

    for check in made:
        beside = [f"{check.incident.value} incident, counts for nothing"] if check.incident else []
        beside += [f"status {check.status}"] if check.status is not None else []
        beside += [f"→ {check.final_url}"] if check.redirects else []
        evidence = proof(Row(url=check.url, check=check))
        compared = check.verdict.evidence.compared_with
        why = [*beside, evidence, *([f"compared with {compared}"] if compared else [])]
        yield check.at, check.verdict.state.value, ", ".join(filter(None, why))


def _marks(said: Sequence[Mark]) -> Iterator[tuple[datetime, str, str]]:
    for mark in said:
        until = ", until checks contradict it" if mark.until_contradicted else ""
        what = f"marked {mark.state.value}" if mark.state else "mark lifted"
        yield mark.at, what, f"by {mark.who}: {mark.why}{until}"


def _incidents(down: Sequence[HostIncident]) -> Iterator[tuple[datetime, str, str]]:
    for each in down:
        yield each.began, "host down", f"{each.host}, until {each.until:%Y-%m-%d %H:%M}: {each.alike.value}"
