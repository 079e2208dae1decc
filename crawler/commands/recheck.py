"""`sourcekeep recheck`: look again at links that are due, and say which are dead."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, program, say, verb
from crawler.commands.crawl import read_settings
from crawler.commands.listing import host_of
from crawler.commands.watched import watched_options
from crawler.terminal import json_line

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from crawler.checking.selection import Selection


@verb(
    examples=(
        "sourcekeep recheck -c ./collection",
        "sourcekeep recheck --failed --limit 500",
        "sourcekeep recheck --url http://site.example/story",
        "sourcekeep recheck --dry-run",
    ),
    exits=(0, 1, 2, 3, 4, 5, 8, 11, 14, 15),
)
@collection_option
@click.option("--all", "everything", is_flag=True, help="Every link, due or not.")
@click.option("--failed", is_flag=True, help="Every link that is not alive, due or not.")
@click.option("--host", help="Every link of this host (host or host:port), due or not.")
@click.option("--url", "urls", multiple=True, help="This link; may be given several times.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many links.")
@click.option("--anew", is_flag=True, help="Begin at the beginning, though the same choice was cut off before.")
@click.option("--dry-run", is_flag=True, help="Say what would be checked; ask nobody and write nothing.")
@click.option("--now", metavar="TIME", help="Take this for the time of checks and dues (ISO 8601), for replays.")
@click.option("--contact", help="URL or mail address of yours, for the User-Agent: hosts want to know who asks.")
@click.option("--allow-network", multiple=True, metavar="CIDR", help="Allow loopback or private addresses in CIDR.")
@watched_options
@click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Any setting, Scrapy's too.")
def recheck(
    collection: Path,
    *,
    everything: bool,
    failed: bool,
    host: str | None,
    urls: tuple[str, ...],
    limit: int | None,
    anew: bool,
    dry_run: bool,
    now: str | None,
    contact: str | None,
    allow_network: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Look again at the links of a collection that are due, and say which are dead, moved or changed.

    A link is dead only after several checks, days apart; the answers that prove it are kept as WARC. Run it daily: it
    checks what is due and nothing else. The first run after a crawl takes up what the crawl has fetched.
    """
    from archive.collection import Collection  # noqa: PLC0415 - `--help` must not wait for them
    from crawler.checking.selection import Selection  # noqa: PLC0415
    from crawler.checking.summary import dry_text, summary_text  # noqa: PLC0415
    from crawler.rechecking import recheck as run  # noqa: PLC0415

    if sum((everything, failed, host is not None, bool(urls))) > 1:
        raise UsageError("--all, --failed, --host and --url exclude one another")
    settings = read_settings(collection, overrides, contact=contact, networks=allow_network, verbose=verbose)
    if now:
        settings.set("SOURCEKEEP_NOW", now, priority="cmdline")
    place = Collection(collection.expanduser().absolute())
    place.require()
    host = host_of(host)
    selection = Selection(all=everything, failed=failed, host=host, urls=urls, limit=limit, anew=anew)
    went_on = require_sense(place.catalogue, selection, settings)
    if went_on is not None and not quiet:
        say(f"going on with what was cut off: links checked since {_stamp(went_on)} are left out; --anew begins anew")
    report = dry(place.catalogue, selection, settings) if dry_run else run(settings, selection, quiet=quiet)
    code = int(str(report["exit_code"]))
    if as_json:
        click.echo(json_line(report))
    elif dry_run:
        click.echo(dry_text(report))
    elif not quiet:
        click.echo(summary_text(report, program=program()))
    if code:
        say(str(report["reason"]))
    return code


def require_sense(path: Path, selection: Selection, settings: Settings) -> datetime | None:
    """When the run began that this one goes on with, if it does.

    Raises UsageError for a time that has passed, and naming the first URL, or the host, that the collection knows
    nothing of: `check` is for such.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from crawler.checking.beginning import refuse_time_past  # noqa: PLC0415
    from crawler.checking.options import CheckOptions  # noqa: PLC0415
    from crawler.rechecking import began, unknown  # noqa: PLC0415

    clock = CheckOptions.of(settings).clock
    with contextlib.closing(Catalogue.open(path, create=False)) as catalogue:
        refuse_time_past(catalogue, clock)
        chosen = bool(selection.urls) or selection.host is not None
        named = unknown(catalogue, selection.urls, selection.host) if chosen else None
        went_on = began(catalogue, selection, clock.now())
    if named is not None:
        raise UsageError(f"{named} is not in the collection; `links` shows what is, `check` takes any URL")
    return went_on


def dry(path: Path, selection: Selection, settings: Settings) -> dict[str, object]:
    """What would be checked: `total`, and `links`, each with url, host, state and next_due."""
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from crawler.checking.options import CheckOptions  # noqa: PLC0415
    from crawler.rechecking import would_check  # noqa: PLC0415

    now = CheckOptions.of(settings).clock.now()
    catalogue = Catalogue.open(path, create=False)
    try:
        found = would_check(catalogue, selection, now)
    finally:
        catalogue.close()
    links = [
        {
            "url": each.state.url,
            "host": each.host,
            "state": each.state.state.value,
            "last_check": _stamp(each.state.last_check),
            "next_due": _stamp(each.state.next_due),
        }
        for each in found
    ]
    return {"exit_code": 0, "reason": "nothing was asked", "now": _stamp(now), "total": len(links), "links": links}


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
