"""`sourcekeep crawl`: walk an event archive and keep every cited original."""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, program, say, verb
from crawler.commands.watched import given_flags, watched_options
from crawler.terminal import json_line

if TYPE_CHECKING:
    from datetime import datetime

    from scrapy.settings import Settings

    from crawler.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What to walk, as the command line says it."""

    site: str
    since: str | None
    until: str | None
    limit: int | None
    lang: str | None


@verb(
    examples=(
        "sourcekeep crawl https://site.example/index.md -c ./collection",
        "sourcekeep crawl ./news-repo --since 2016-01-01 --contact https://me.example/crawl",
        "sourcekeep crawl ./news-repo --dry-run",
    ),
    exits=(0, 1, 3, 4, 5, 8, 11, 14, 15),
)
@click.argument("site", required=False)
@collection_option
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only events of this day and later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only events of this day and earlier.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many new events in this run.")
@click.option("--lang", help="Only pages in these languages, like en or en,zh.")
@click.option(
    "--requisites",
    type=click.Choice(["none", "page", "all"]),
    help="Keep what is needed to show the sources (images, styles ...): none, page (default), or all: for the event "
    "archive's own pages too.",
)
@click.option("--no-extract", is_flag=True, help="Leave titles and texts of the articles to `sourcekeep extract`.")
@click.option("--dry-run", is_flag=True, help="Say what would be fetched; fetch no source and write nothing.")
@click.option("--contact", help="URL or mail address of yours, for the User-Agent: hosts want to know who asks.")
@click.option("--allow-network", multiple=True, metavar="CIDR", help="Allow loopback or private addresses in CIDR.")
@watched_options
@click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Any setting, Scrapy's too.")
def crawl(
    site: str | None,
    collection: Path,
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    lang: str | None,
    requisites: str | None,
    no_extract: bool,
    dry_run: bool,
    contact: str | None,
    allow_network: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Walk an event archive and keep every original it cites.

    SITE is the address of a site's home page or of one event, a folder or git checkout of event pages, or one page; if
    it is left out, the site of the collection's sourcekeep.toml. The same command goes on where a stopped or killed run
    left off; a later one reads only what is new or changed.
    """
    from crawler.configuration_file import configured, sites_of  # noqa: PLC0415 - `--help` must not wait for Scrapy
    from crawler.reports import summary_text  # noqa: PLC0415

    settings = read_settings(collection, overrides, contact=contact, networks=allow_network, verbose=verbose)
    if requisites:
        settings.set("SOURCEKEEP_REQUISITES", requisites, priority="cmdline")
    if since and until and since > until:
        raise UsageError(f"--since {_iso(since)} is after --until {_iso(until)}: no day is between them")
    from_file = configured(collection)
    site = site or _only_site(sites_of(from_file, collection))
    lang = lang or ",".join(from_file.languages) or None
    walk = Walk(site=site, since=_iso(since), until=_iso(until), limit=limit, lang=lang)
    report = dry(settings, walk, quiet=quiet) if dry_run else run(settings, walk, extract=not no_extract, quiet=quiet)
    code = int(str(report["exit_code"]))
    if as_json:
        click.echo(json_line(report))
    elif not quiet and code != UsageError.exit_code:
        click.echo(summary_text(report, program=program()))
    if code:
        say(str(report["reason"]))
    return code


def _only_site(sites: tuple[str, ...]) -> str:
    match sites:
        case (site,):
            return site
        case ():
            raise click.UsageError("Missing argument 'SITE': an address or a folder; or give `site` in sourcekeep.toml")
        case _:
            raise click.UsageError(f"which SITE? sourcekeep.toml has {', '.join(sites)}; a job takes each of them")


def read_settings(
    collection: Path,
    overrides: tuple[str, ...] = (),
    *,
    contact: str | None = None,
    networks: tuple[str, ...] = (),
    verbose: int = 0,
) -> Settings:
    """Scrapy's settings with ours, on top of them the collection's sourcekeep.toml, then `-s`, then the flags.

    Raises `UsageError` for an override that is none, and for a file that cannot be obeyed.
    """
    from scrapy.settings import Settings  # noqa: PLC0415

    from crawler.configuration_file import lay_under  # noqa: PLC0415
    from crawler.options import check_names  # noqa: PLC0415

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("SOURCEKEEP_COLLECTION", str(collection), priority="cmdline")
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals or not name:
            raise UsageError(f"-s takes NAME=VALUE, not {override!r}")
        check_names([name])
        settings.set(name, value, priority="cmdline")
    lay_under(settings)
    for name, given in given_flags().items():
        settings.set(name, given, priority="cmdline")
    if verbose:
        settings.set("LOG_LEVEL", ("INFO", "DEBUG")[min(verbose, 2) - 1], priority="cmdline")
    if contact:
        settings.set("SOURCEKEEP_CONTACT", contact, priority="cmdline")
    if networks:
        settings.set("SOURCEKEEP_ALLOW_NETWORKS", list(networks), priority="cmdline")
    return settings


def run(settings: Settings, walk: Walk, *, extract: bool, quiet: bool) -> dict[str, object]:
    """The main job on a collection: crawl, extract, documents, reports. Returns the report."""
    from crawler.jobs import Job  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415
    from crawler.source import source_of  # noqa: PLC0415

    site = source_of(walk.site)
    job = Job.open(Options.of(settings), site=site)
    try:
        with _progress(job, quiet=quiet):
            crawl_site(job, settings, walk, site)
            return job.finish(extract=extract)
    finally:
        job.close()


def dry(settings: Settings, walk: Walk, *, quiet: bool) -> dict[str, object]:
    """What a crawl would fetch: the pages are read into a collection that is thrown away, the sources are not asked."""
    from archive.model import LinkKind  # noqa: PLC0415
    from crawler.jobs import Job  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415
    from crawler.source import source_of  # noqa: PLC0415

    site = source_of(walk.site)
    kept = Path(str(settings["SOURCEKEEP_COLLECTION"])).absolute()
    with tempfile.TemporaryDirectory(prefix="sourcekeep-") as folder:
        settings.set("SOURCEKEEP_COLLECTION", folder, priority="cmdline")
        job = Job.open(Options.of(settings), site=site, name="dry-run")
        try:
            job.fetch_only(LinkKind.PAGE)
            with _progress(job, quiet=quiet):
                crawl_site(job, settings, walk, site)
                return job.finish_dry(against=kept)
        finally:
            job.close()


def crawl_site(job: Job, settings: Settings, walk: Walk, site: str) -> None:
    """Run the events spider to its end, in this thread."""
    from crawler.spider_run import run_spider  # noqa: PLC0415

    bounds = {"since": walk.since, "until": walk.until, "limit": walk.limit, "lang": walk.lang}
    run_spider(job, settings, "events", site=site, **bounds)


def _progress(job: Job, *, quiet: bool) -> AbstractContextManager[object]:
    from crawler.progress import Progress  # noqa: PLC0415

    return nullcontext() if quiet else Progress(job.snapshot)


def _iso(day: datetime | None) -> str | None:
    return day.date().isoformat() if day is not None else None
