"""`sourcekeep recover`: dead links brought back from public web archives."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, say, verb
from crawler.commands.watched import watched_options
from crawler.terminal import count, json_line, printable

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from archive.mementos import Recovery
    from crawler.jobs import Job
    from crawler.recovering import Result


@verb(
    examples=(
        "sourcekeep recover -c ./collection",
        "sourcekeep recover --url http://site.example/story --wayback https://web.archive.org",
        "sourcekeep recover --archive 'ours=pywb:https://archive.example/coll'",
        "sourcekeep recover --list --json",
    ),
    exits=(0, 1, 3, 4, 5, 8, 11, 14, 15),
)
@collection_option
@click.option("--url", help="Only this link, whatever its state, and ask archives that were asked lately as well.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask for so many links at most in this run.")
@click.option("--all", "suspects", is_flag=True, help="Links that may be dead (suspect) as well.")
@click.option("--dry-run", is_flag=True, help="Say which links would be asked for; ask nobody and write nothing.")
@click.option("--list", "listing", is_flag=True, help="Show what was tried and brought back so far; ask nobody.")
@click.option("--save", is_flag=True, help="Instead: have links that are alive saved by Save Page Now (see below).")
@click.option("--wayback", metavar="BASE", help="Where the Wayback Machine is, instead of https://web.archive.org.")
@click.option(
    "--archive",
    "given",
    multiple=True,
    metavar="NAME=KIND:BASE",
    help="Ask this archive, and no others but those given; KIND: wayback, pywb or memento.",
)
@click.option("--contact", help="URL or mail address of yours, for the User-Agent.")
@click.option("--allow-network", multiple=True, metavar="CIDR", help="Allow loopback or private addresses in CIDR.")
@watched_options
@click.option("-s", "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Any setting, Scrapy's too.")
def recover(
    collection: Path,
    *,
    url: str | None,
    limit: int | None,
    suspects: bool,
    dry_run: bool,
    listing: bool,
    save: bool,
    wayback: str | None,
    given: tuple[str, ...],
    contact: str | None,
    allow_network: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Bring dead links back from public web archives, as copies that tell where they come from.

    A link that is dead by its checks, and of which we hold no good copy, is looked for in the archives that its events
    cite, then in each of SOURCEKEEP_ARCHIVES, nearest to the event's day. What passes the rules of a check is kept.
    What an archive did not have is asked for again after 30 days, what it could not tell by the next run.

    --save needs the keys of an account with the Internet Archive in SOURCEKEEP_SPN_ACCESS and SOURCEKEEP_SPN_SECRET.
    """
    from archive.collection import Collection  # noqa: PLC0415 - not for help

    if sum((dry_run, listing, save)) > 1:
        raise click.UsageError("--dry-run, --list and --save do not go together")
    place = Collection(collection.expanduser().absolute())
    place.require()
    url = _spelled(url)
    if listing:
        return _list(place.catalogue, url, as_json=as_json)
    if dry_run:
        return _dry(place.root, url, suspects=suspects, as_json=as_json)
    settings = _settings(
        collection, overrides, wayback, given, contact=contact, networks=allow_network, verbose=verbose
    )
    if save:
        return _save(settings, url, limit=limit, as_json=as_json, quiet=quiet)
    return _run(settings, url, limit=limit, suspects=suspects, as_json=as_json, quiet=quiet)


def _spelled(url: str | None) -> str | None:
    from archive.urls import canonical  # noqa: PLC0415

    try:
        return None if url is None else canonical(url)
    except ValueError as error:
        raise UsageError(f"--url takes an address: {error}") from error


def _settings(
    collection: Path,
    overrides: tuple[str, ...],
    wayback: str | None,
    given: tuple[str, ...],
    *,
    contact: str | None,
    networks: tuple[str, ...],
    verbose: int,
) -> Settings:
    from crawler.commands.crawl import read_settings  # noqa: PLC0415
    from crawler.memento.archives import archives_of, table_of, with_options  # noqa: PLC0415

    settings = read_settings(collection, overrides, contact=contact, networks=networks, verbose=verbose)
    table = with_options(table_of(settings.get("SOURCEKEEP_ARCHIVES")), wayback=wayback, given=given)
    archives_of(table)
    settings.set("SOURCEKEEP_ARCHIVES", table, priority="cmdline")
    return settings


# --- the run ---


def _run(settings: Settings, url: str | None, *, limit: int | None, suspects: bool, as_json: bool, quiet: bool) -> int:
    from crawler.recovery_report import counts, line_about, report_of, summary  # noqa: PLC0415
    from crawler.spider_run import run_spider  # noqa: PLC0415

    results: list[Result] = []

    def tell(result: Result) -> None:
        results.append(result)
        if not quiet:
            click.echo(line_about(result), err=True)

    with _job(settings) as job:
        run_spider(job, settings, "recover", url=url, limit=limit, suspects=suspects, tell=tell)
        brought = any(result.outcome == "recovered" for result in results)
        report = job.finish(extract=brought)
        code = int(str(report["exit_code"]))
        if as_json:
            about: dict[str, object] = {"exit_code": code, "reason": report["reason"], "problems": job.problems}
            click.echo(json_line({**about, "report": str(job.folder), **report_of(results)}))
        elif not quiet and code != UsageError.exit_code:
            click.echo("\n".join(summary(counts(results))))
            click.echo(printable(f"Each of them: {job.folder / 'recoveries.json'}"))
        if code:
            say("; ".join(job.problems) or str(report["reason"]))
        return code


@contextlib.contextmanager
def _job(settings: Settings) -> Iterator[Job]:
    from crawler.jobs import RECOVER, Job  # noqa: PLC0415
    from crawler.options import Options  # noqa: PLC0415

    job = Job.open(Options.of(settings), name=RECOVER)
    try:
        yield job
    finally:
        job.close()


def _save(settings: Settings, url: str | None, *, limit: int | None, as_json: bool, quiet: bool) -> int:
    from crawler.saving import keys_from_environment, save_links  # noqa: PLC0415

    keys = keys_from_environment()

    def tell(recovery: Recovery) -> None:
        if not quiet:
            about = recovery.memento_url or recovery.why
            click.echo(printable(f"{recovery.outcome}  {recovery.url}: {about}"), err=True)

    with _job(settings) as job:
        job.fetch_only()
        job.heed_signals()
        saved = save_links(job, settings, keys, url=url, limit=limit, tell=tell)
        report = job.finish(extract=False)
        code = int(str(report["exit_code"]))
        if as_json:
            click.echo(json_line({"exit_code": code, "reason": report["reason"], "saved": saved}))
        elif not quiet:
            click.echo(f"{count(saved, 'link')} saved")
        if code:
            say("; ".join(job.problems) or str(report["reason"]))
        return code


# --- what asks nobody ---


def _list(catalogue_path: Path, url: str | None, *, as_json: bool) -> int:
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.recoveries import recoveries_of  # noqa: PLC0415
    from crawler.recovery_report import recovery_json  # noqa: PLC0415

    with contextlib.closing(Catalogue.open(catalogue_path, create=False)) as catalogue, catalogue.reading() as rows:
        for each in recoveries_of(rows, url):
            click.echo(json_line(recovery_json(each)) if as_json else _line(each))
    return 0


def _line(recovery: Recovery) -> str:
    about = recovery.memento_url or recovery.why
    record = f", record {recovery.record_id}" if recovery.record_id else ""
    when = f"{recovery.asked_at:%Y-%m-%d %H:%M}"
    return printable(f"{recovery.outcome}  {recovery.url}  {recovery.archive}, {when}: {about}{record}")


def _dry(root: Path, url: str | None, *, suspects: bool, as_json: bool) -> int:
    import asyncio  # noqa: PLC0415

    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.collection import Collection  # noqa: PLC0415
    from archive.dead_links import dead_link, dead_states  # noqa: PLC0415
    from archive.workers import Workers  # noqa: PLC0415
    from crawler.holdings import Holdings  # noqa: PLC0415

    place = Collection(root)
    held = 0
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue, catalogue.reading() as rows:
        found = [dead_link(rows, state, datetime.now(UTC)) for state in dead_states(rows, suspects=suspects, url=url)]
    with Workers(preload=("crawler.memento.judging",)) as workers:
        holdings = Holdings(place.warcs, workers)
        for link in found:
            own = asyncio.run(holdings.usable(link))
            held += own is not None
            if as_json:
                click.echo(json_line({"url": link.url, "state": link.state, "held": own.record_id if own else None}))
            else:
                click.echo(printable(f"{'held' if own else 'would ask for'}  {link.url}"))
    if not as_json:
        click.echo(f"{count(len(found), 'link')}, {held} of them held; nothing was asked or written")
    return 0
