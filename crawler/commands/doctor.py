"""`sourcekeep doctor`: whether all is fit for unattended work, and what to do about what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.commands import collection_option, verb
from crawler.terminal import json_line, printable

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from crawler.doctor import Finding
    from crawler.doctor.network import Place
    from crawler.options import Options

PROBLEMS = 2
_MARKS = {"fine": "  ok ", "warning": " warn", "fault": "FAULT"}


@verb(
    examples=(
        "sourcekeep doctor -c ./collection",
        "sourcekeep doctor --offline --json | jq 'select(.level == \"fault\")'",
    ),
    exits=(0, 2, 4),
)
@collection_option
@click.option("--offline", is_flag=True, help="Ask nobody: neither the site nor the archives.")
@click.option("--allow-network", multiple=True, metavar="CIDR", help="As other verbs take it.")
@click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="As other verbs take it.")
def doctor(
    collection: Path,
    *,
    offline: bool,
    allow_network: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Look at the machine, the collection and the network, and say what to do about what is not right.

    Python and its packages, limits, settings, permissions, disk, clock, database, the end of the newest WARC; then the
    site and each archive is asked for one page. Changes nothing. Where there is no collection yet, that is not looked
    at. Warnings leave the exit code 0, a fault makes it 2. With --json a line each: check, level, said, advice.
    """
    from crawler.doctor import Level  # noqa: PLC0415 - not for help

    worst = 0
    for each in _findings(collection, overrides, allow_network, offline=offline, verbose=verbose):
        worst = PROBLEMS if each.level is Level.FAULT else worst
        if as_json:
            click.echo(json_line({"check": each.check, "level": each.level, "said": each.said, "advice": each.advice}))
        elif not quiet or each.level is not Level.FINE:
            click.echo(printable(f"{_MARKS[each.level]}  {each.check}: {each.said}"))
            if each.advice:
                click.echo(printable(f"       -> {each.advice}"))
    return worst


def _findings(
    collection: Path, overrides: tuple[str, ...], networks: tuple[str, ...], *, offline: bool, verbose: int
) -> Iterator[Finding]:
    from archive.collection import Collection  # noqa: PLC0415
    from archive.errors import UsageError  # noqa: PLC0415
    from crawler.commands.crawl import read_settings  # noqa: PLC0415
    from crawler.doctor import fault, fine, warning  # noqa: PLC0415
    from crawler.doctor.collection import collection_findings  # noqa: PLC0415
    from crawler.doctor.machine import machine_findings  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415

    yield from machine_findings()
    now = datetime.now(UTC)
    try:
        settings = read_settings(collection, overrides, networks=networks, verbose=verbose)
        options = Options.of(settings)
    except UsageError as error:
        yield fault("settings", str(error), "`sourcekeep config show` tells each mistake")
        return
    if options.contact:
        yield fine("settings", f"hosts are told to write to {options.contact}")
    else:
        advice = "set contact in sourcekeep.toml: who is bothered by a crawl can then say so instead of blocking it"
        yield warning("settings", "no contact is given to the hosts that are asked", advice)
    place = Collection(options.collection)
    if place.root.exists():
        yield from collection_findings(place, now=now, reserve=options.oversight.limits.reserve)
    else:
        yield fine("collection", f"{place.root} is not there yet: `sourcekeep crawl` makes it")
    if not offline:
        yield from _network(collection, settings, options, now)


def _network(collection: Path, settings: Settings, options: Options, now: datetime) -> Iterator[Finding]:
    from crawler.doctor.network import network_findings  # noqa: PLC0415
    from crawler.guard import AddressGuard, allowed_networks  # noqa: PLC0415
    from crawler.memento.guarded import Directory  # noqa: PLC0415

    guard = AddressGuard(allowed_networks(options.allow_networks))
    directory = Directory(guard, settings.getdict("SOURCEKEEP_RESOLVE"))
    yield from network_findings(list(_places(collection, settings)), directory, user_agent=options.user_agent, now=now)


def _places(collection: Path, settings: Settings) -> Iterator[Place]:
    from crawler.configuration_file import configured, sites_of  # noqa: PLC0415
    from crawler.doctor.network import Place  # noqa: PLC0415
    from crawler.memento.archives import archives_of, table_of  # noqa: PLC0415
    from crawler.source import is_address  # noqa: PLC0415

    for site in sites_of(configured(collection), collection):
        if is_address(site):
            yield Place("the site", site)
    for archive in archives_of(table_of(settings.get("SOURCEKEEP_ARCHIVES"))):
        yield Place(archive.name, f"{archive.base}/")
