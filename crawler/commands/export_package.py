"""`sourcekeep export package`: a selection as a BagIt bag that an archive can take in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler import __version__
from crawler.commands import collection_option, say, verb
from crawler.commands.export_selection import Asked, selection_options
from crawler.moments import moment
from crawler.terminal import count, json_line, printable, spell_bytes

if TYPE_CHECKING:
    from archive.package import Packaged, Plan

_SHOWN = 20  # problems, without -v
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@verb(
    examples=(
        "sourcekeep export package --event news/2016/02/3/story.md -o story",
        "sourcekeep export package --since 2016-01-01 --until 2016-12-31 --sha512 --wacz -o 2016",
        "sourcekeep export package --state dead -o what-is-gone",
        "sourcekeep export package --all -o everything --dry-run",
    ),
    exits=(0, 1, 3, 4, 5, 8),
    name="package",
)
@collection_option
@selection_options
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--sha512", is_flag=True, help="Manifests with SHA-512 besides those with SHA-256.")
@click.option("--wacz", "with_wacz", is_flag=True, help="The same once more as one WACZ file, to be looked at.")
@click.option("--max-warc-size", default="1G", show_default=True, metavar="SIZE", help="When the next WARC begins.")
@click.option("--replace", is_flag=True, help="Put it in the place of a package that is there.")
@click.option("--dry-run", is_flag=True, help="Say how much it would be, and write nothing.")
@click.option("--now", "at", metavar="TIME", help="The time it bears [default: now]: the same gives the same bytes.")
def package(
    collection: Path,
    output: Path,
    *,
    asked: Asked,
    sha512: bool,
    with_wacz: bool,
    max_warc_size: str,
    replace: bool,
    dry_run: bool,
    at: str | None,
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Write copies as a package to hand over: a BagIt bag that third tools accept and that needs nothing else.

    It holds WARCs with every record as it was written, the originals that revisits stand for among them; CSV and JSON
    lists with a data dictionary; the ledger, PREMIS 3, crawl logs and settings; a README for whoever receives it, and
    the digest of every file. `sourcekeep import` makes a collection of it again. The folder appears when it is whole;
    after a kill, run the same command again. Records that cannot be read are left out and told: exit code 1. Changes
    nothing in the collection.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415
    from archive.package import Options, export, plan  # noqa: PLC0415
    from archive.package_work import Origin  # noqa: PLC0415

    selection = asked.selection()
    size = _size(max_warc_size)
    now = moment(at) if at else datetime.now(UTC)
    place = Collection(collection.expanduser().absolute())
    place.require()
    target = output.expanduser().absolute()
    options = Options(sha512=sha512, wacz=with_wacz, replace=replace, max_warc_size=size)
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue, catalogue.reading() as read:
        software = f"sourcekeep {__version__}"
        origin = Origin(connection=read, catalogue=catalogue, collection=place, now=now, software=software)
        if dry_run:
            _tell_plan(plan(origin, selection), as_json=as_json)
            return 0
        done = export(origin, selection, target, options, _Ticker(silent=quiet))
    if as_json:
        click.echo(json_line({"folder": str(target), **packaged_json(done)}))
    elif not quiet:
        click.echo("\n".join(_lines(target, done)))
    for problem in done.problems[: None if verbose else _SHOWN]:
        say(f"left out: {problem}")
    return 1 if done.problems or done.lost else 0


def packaged_json(done: Packaged) -> dict[str, object]:
    """What was written, as JSON values."""
    return {
        "identifier": done.identifier,
        "bytes": done.length,
        "files": done.files,
        "warcs": done.warcs,
        "captures": done.captures,
        "events": done.events,
        "citations": done.citations,
        "links": done.links,
        "lost": done.lost,
        "problems": list(done.problems),
    }


def _tell_plan(planned: Plan, *, as_json: bool) -> None:
    about = {name: getattr(planned, name) for name in planned.__slots__}
    if as_json:
        click.echo(json_line({"would": about}))
        return
    click.echo(
        f"would be about {spell_bytes(planned.length)}: {count(planned.captures, 'capture')} of "
        f"{count(planned.warcs, 'WARC')}, {count(planned.events, 'event')}, {count(planned.citations, 'citation')}, "
        f"{count(planned.links, 'link')} that were checked"
    )


def _size(text: str) -> int:
    """Bytes, as "500M" spells them. Raises UsageError."""
    number, unit = text.strip().upper().removesuffix("IB").removesuffix("B"), ""
    if number[-1:] in ("K", "M", "G"):
        number, unit = number[:-1], number[-1]
    if not (number.isascii() and number.isdigit()) or not 0 < int(number) < 1 << 30:
        raise UsageError(f"--max-warc-size {text!r} is no size; write it like 500M or 1G")
    return int(number) * _UNITS[unit]


def _lines(target: Path, done: Packaged) -> Iterator[str]:
    yield printable(f"{target}: {count(done.files, 'file')}, {spell_bytes(done.length)}; {done.identifier}")
    yield (
        f"{count(done.captures, 'capture')} in {count(done.warcs, 'WARC')}; {count(done.events, 'event')}, "
        f"{count(done.citations, 'citation')}, {count(done.links, 'link')} that were checked"
    )
    if done.lost:
        yield f"{count(done.lost, 'capture')} could not be taken along: the WARCs they lie in are missing"


class _Ticker:
    """How far it is: a line every ten seconds."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._due = time.monotonic() + 10.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._silent and now >= self._due:
            self._due = now + 10.0
            say(f"package: {what}: {spell_bytes(done)} of about {spell_bytes(total)}")
