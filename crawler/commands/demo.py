"""`sourcekeep demo`: the main job on a small invented news archive, served from this machine."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from archive.errors import CollectionBusy, SourcekeepError, UsageError
from crawler.commands import program, say, verb
from crawler.terminal import aligned, count, shortened, spell_bytes

if TYPE_CHECKING:
    from crawler.sample import SampleWeb

PAGES = "pages"  # in the collection's folder: the archive's event pages, to look at
_WIDEST = 60  # cells of a name in the tree


@verb(
    examples=("sourcekeep demo", "sourcekeep demo --folder /tmp/demo --fresh"),
    exits=(0, 1, 3, 4, 5, 8, 11),
)
@click.option(
    "-c",
    "--folder",
    "--collection",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-collection"),
    show_default="./demo-collection",
    help="Where the demo's collection goes.",
)
@click.option("--fresh", is_flag=True, help="Take an earlier demo's collection away first.")
def demo(folder: Path, *, fresh: bool, as_json: bool, verbose: int, quiet: bool) -> int:
    """Crawl a sample: a dozen invented events and the articles they cite, on several hosts with the faults of the web.

    All of it is served by this program on this machine's loopback addresses; nothing leaves it. Its two editions,
    English and Chinese, are crawled one after the other into one collection; it takes half a minute. Run again, it goes
    on from the collection that is there: only what changed is fetched.
    """
    from archive.collection import Collection, is_held  # noqa: PLC0415 - not for help
    from crawler.reports import summary_text  # noqa: PLC0415
    from crawler.sample import SampleWeb, materialise  # noqa: PLC0415

    folder = folder.expanduser().absolute()
    sites = _demos(folder)
    if fresh and folder.exists():
        if is_held(Collection(folder)):
            raise CollectionBusy(f"a run is at work on {folder}; wait for it to end, then run the same command again")
        shutil.rmtree(folder)
        sites = []
    port = urlsplit(sites[0]).port or 0 if sites else 0
    if sites and not (as_json or quiet):
        click.echo(f"{folder} holds an earlier demo; going on from there (--fresh starts anew)\n")
    with _serving(SampleWeb(port=port, log=False), port) as web:
        flags = [*["-v"] * verbose, *["-q"] * quiet]
        code, report = _crawl(web, web.home("en"), folder, flags)
        if not code:
            code, report = _crawl(web, web.home("zh"), folder, flags)
        if (folder / "catalogue.db").exists():
            materialise(folder / PAGES, port=web.port)
    if as_json:
        click.echo(report, nl=False)
    elif report and not quiet:
        click.echo(summary_text(json.loads(report), advise=False))
        click.echo("\n" + "\n".join(_ending(folder)))
    return code


def _demos(folder: Path) -> list[str]:
    """The sites that runs on the collection were about, the latest first: all of them the sample's.

    Raises UsageError for a folder that holds anything else.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.stats import last_runs  # noqa: PLC0415
    from crawler.sample.site import ARCHIVE_HOST  # noqa: PLC0415

    if not (folder / "catalogue.db").exists():
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} holds something that is no demo; name another folder with --folder")
        return []
    catalogue = Catalogue.open(folder / "catalogue.db", create=False)
    try:
        with catalogue.reading() as connection:
            sites = [run.site or "" for run in last_runs(connection, limit=1000)]
    finally:
        catalogue.close()
    if any(site and urlsplit(site).hostname != ARCHIVE_HOST for site in sites):
        raise UsageError(f"{folder} is a collection of yours, no demo; name another folder with --folder")
    return [site for site in sites if site]


@contextlib.contextmanager
def _serving(web: SampleWeb, port: int) -> Iterator[SampleWeb]:
    try:
        web.start()
    except OSError as error:
        again = "; the earlier demo was served there: run with --fresh, or name another --folder" if port else ""
        raise SourcekeepError(f"the sample cannot be served ({error}){again}") from error
    try:
        yield web
    finally:
        web.stop()


def _crawl(web: SampleWeb, site: str, folder: Path, flags: Sequence[str]) -> tuple[int, str]:
    """The real thing, in a process of its own: its exit code and its report (JSON, "" if it got to none).

    Ctrl-C reaches it as well as us: it ends by itself.
    """
    settings = {
        "SOURCEKEEP_RESOLVE": json.dumps(web.resolve_table()),
        "SOURCEKEEP_DELAY": "0.05",
        "SOURCEKEEP_RETRY_WAIT": "0.2",
        "SOURCEKEEP_CONTACT": "demo@localhost",
    }
    command = [
        sys.executable, "-m", "crawler.cli", "crawl", site, "-c", str(folder), "--allow-network", "127.0.0.0/8",
        *(part for name, value in settings.items() for part in ("-s", f"{name}={value}")), "--json", *flags,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603 - ourselves
        while True:
            try:
                report, _ = process.communicate()
            except KeyboardInterrupt:
                say("stopping; what is under way is finished")
            else:
                return process.returncode, report


def _ending(folder: Path) -> Iterator[str]:
    """The folder, and what to type next."""
    shown = shlex.quote(_short(folder))
    yield f"{_short(folder)}/"
    yield from aligned(_tree(folder), indent="  ")
    yield ""
    yield "Now look around:"
    first = next(iter(sorted((folder / "events").rglob("*.json"))), None)
    name = program()
    steps = [
        (f"{name} status -c {shown}", "what came of every citation"),
        (f"{name} serve -c {shown}", "the same in a browser, with the copies"),
        (f"{name} verify -c {shown}", "check every record"),
        (f"{name} parse {shlex.quote(_short(folder / PAGES))}", "what was read in the event pages"),
        (f"{name} demo", "again: only what changed is fetched"),
        (f"{name} crawl https://site.example/index.md -c ./collection", "the real thing"),
    ]
    yield from aligned(steps, indent="  ")
    if first is not None:
        yield f"  and read {shlex.quote(_short(first))}: an event, and where every copy lies"


def _short(path: Path) -> str:
    """The path from here, if it is below."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _tree(folder: Path) -> Iterator[tuple[str, str]]:
    """What lies in the folder: its files, and of each folder in it how much and the first few."""
    for entry in sorted(folder.iterdir(), key=lambda entry: (entry.is_file(), entry.name)):
        if entry.name.startswith(".") or entry.name == "spool":
            continue
        if entry.is_file():
            yield entry.name, spell_bytes(entry.stat().st_size)
            continue
        files = sorted(file for file in entry.rglob("*") if file.is_file())
        yield (
            f"{entry.name}/",
            f"{count(len(files), 'file')}, {spell_bytes(sum(file.stat().st_size for file in files))}",
        )
        for file in files[-3:]:
            yield "  " + shortened(file.relative_to(entry).as_posix(), _WIDEST), spell_bytes(file.stat().st_size)
