"""`sourcekeep config show`: what holds in a collection, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.commands import collection_option, say, verb
from crawler.terminal import aligned, json_line, printable

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from crawler.configuration import Configuration
    from crawler.configuration_keys import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A setting as it holds. `origin`: default, FILE:LINE, or the flag."""

    key: str
    setting: str
    value: object
    origin: str


@verb(
    examples=(
        "sourcekeep config show -c ./collection",
        "sourcekeep config show --origin --changed",
        "sourcekeep config show --json | jq .settings",
    ),
    exits=(0, 4),
)
@click.argument("action", type=click.Choice(["show"]))
@collection_option
@click.option("--origin", is_flag=True, help="Say where each comes from: default, the file and its line, or a flag.")
@click.option("--changed", is_flag=True, help="Only what is not the default.")
@click.option("--contact", help="As other verbs take it.")
@click.option("--allow-network", multiple=True, metavar="CIDR", help="As other verbs take it.")
@click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="As other verbs take it.")
def config(
    action: str,  # noqa: ARG001
    collection: Path,
    *,
    origin: bool,
    changed: bool,
    contact: str | None,
    allow_network: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: int,
    quiet: bool,  # noqa: ARG001
) -> int:
    """Show each setting that holds for a collection, and check all of its sourcekeep.toml, the jobs as well.

    Flags win over -s, that over the file, the file over the defaults. A mistake in the file is told with line and
    column; then the exit code is 4.
    """
    from crawler.commands.crawl import read_settings  # noqa: PLC0415 - not for help
    from crawler.configuration import FILE_NAME, ConfigurationMistaken  # noqa: PLC0415
    from crawler.configuration_file import configured, sites_of  # noqa: PLC0415
    from crawler.job_steps import check_jobs  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415

    name = str(collection / FILE_NAME)
    try:
        configuration = configured(collection)
        check_jobs(configuration, sites_of(configuration, collection), name)
    except ConfigurationMistaken as error:
        if as_json:
            click.echo(json_line({"mistakes": list(error.lines)}))
        for line in error.lines:
            say(line)
        return error.exit_code
    settings = read_settings(collection, overrides, contact=contact, networks=allow_network, verbose=verbose)
    Options.of(settings)
    named = {
        **({"SOURCEKEEP_CONTACT": "--contact"} if contact else {}),
        **({"SOURCEKEEP_ALLOW_NETWORKS": "--allow-network"} if allow_network else {}),
    }
    found = _rows(settings, configuration, named, name)
    rows = [each for each in (*found, *_others(settings, overrides)) if not changed or each.origin != "default"]
    if as_json:
        click.echo(json_line(_json(rows, configuration)))
    else:
        click.echo("\n".join(_lines(rows, configuration, origin=origin)))
    return 0


def _rows(settings: BaseSettings, configuration: Configuration, flags: dict[str, str], file: str) -> Iterator[Shown]:
    from crawler.configuration_keys import KEYS  # noqa: PLC0415

    lines = {given.setting: given.place.line for given in configuration.settings}
    for key in KEYS:
        yield _row(key, settings, lines, flags, file)


def _others(settings: BaseSettings, overrides: tuple[str, ...]) -> Iterator[Shown]:
    """What -s gives, and no file can."""
    from crawler.configuration_keys import BY_SETTING  # noqa: PLC0415

    for name in dict.fromkeys(override.partition("=")[0] for override in overrides):
        if name not in BY_SETTING:
            yield Shown(key=name, setting=name, value=settings.get(name), origin="-s")


def _row(key: Key, settings: BaseSettings, lines: dict[str, int], flags: dict[str, str], file: str) -> Shown:
    from crawler.configuration_file import PRIORITY  # noqa: PLC0415

    priority = settings.getpriority(key.setting) or 0
    if priority > PRIORITY:
        origin = flags.get(key.setting, "-s")
    elif priority == PRIORITY:
        origin = f"{file}:{lines[key.setting]}"
    else:
        origin = "default"
    path = f"{key.table}.{key.name}" if key.table else key.name
    return Shown(key=path, setting=key.setting, value=settings.get(key.setting), origin=origin)


def _json(rows: list[Shown], configuration: Configuration) -> dict[str, object]:
    return {
        "site": list(configuration.sites),
        "languages": list(configuration.languages),
        "settings": {each.key: {"setting": each.setting, "value": each.value, "origin": each.origin} for each in rows},
        "jobs": {
            job.name: {
                "schedule": None if job.schedule is None else job.schedule.written,
                "overlap": job.overlap.value,
                "memory_max": job.memory_max,
                "random_delay": job.random_delay,
                "writes": list(job.writes),
                "room_wait": job.room_wait,
                "expect_every": job.expect_every,
                "steps": [step.command for step in job.steps],
            }
            for job in configuration.jobs.values()
        },
        "notifications": {
            each.name: {"on": sorted(each.on), "to": each.to.where, "timeout": each.timeout, "tries": each.tries}
            for each in configuration.notifications
        },
    }


def _lines(rows: list[Shown], configuration: Configuration, *, origin: bool) -> Iterator[str]:
    about = [("site", " ".join(configuration.sites)), ("languages", ",".join(configuration.languages))]
    shown = [(name, text) for name, text in about if text]
    table = [
        (name, "=", _spelled(value), *([each.origin] if origin else [])) for each in rows for name, value in _flat(each)
    ]
    yield from aligned([*((name, "=", text, *([""] if origin else [])) for name, text in shown), *table])
    for job in configuration.jobs.values():
        when = "no schedule" if job.schedule is None else job.schedule.written
        yield printable(f"job {job.name} ({when}): {', '.join(step.command for step in job.steps)}")
    for each in configuration.notifications:
        yield printable(f"notification {each.name} (on {', '.join(sorted(each.on))}): {each.to.where}")


def _flat(shown: Shown) -> list[tuple[str, object]]:
    """A table has a line for each of its rows."""
    if isinstance(shown.value, dict) and shown.value:
        return [(f"{shown.key}.{name}", value) for name, value in shown.value.items()]
    return [(shown.key, shown.value)]


def _spelled(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
