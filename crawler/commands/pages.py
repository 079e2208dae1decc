"""`sourcekeep pages`: the event pages with a copy beside each dead citation."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, verb
from crawler.terminal import count, json_line, printable

if TYPE_CHECKING:
    import sqlalchemy as sa

    from archive.checks import Standing
    from archive.collection import Collection
    from archive.dead_citations import DeadCitation
    from archive.model import Event
    from crawler.page_patcher import Tally
    from crawler.patched_pages import Sink

_SHOWN = 20  # citations without a copy, without -v


@verb(
    examples=(
        "sourcekeep pages -o patched/ --base https://copies.example/collection/",
        "sourcekeep pages --diff --base https://copies.example/collection/ | git -C news-repo apply",
        "sourcekeep pages -o patched/ --only-changed --since 2016-01-01 --until 2016-12-31",
    ),
    exits=(0, 1, 3, 4, 8),
)
@collection_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The folder for the pages; with --diff, a file.")
@click.option("--diff", "as_diff", is_flag=True, help="A unified diff instead of pages, on standard output or in -o.")
@click.option("--only-changed", is_flag=True, help="Only pages that change, not a copy of all.")
@click.option("--event", "paths", metavar="PATH", multiple=True, help="Only this event page; may be given again.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only events of that day and later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only events of that day and before.")
@click.option(
    "--state",
    type=click.Choice(["dead", "dead,suspect"]),
    default="dead",
    show_default=True,
    help="The states of the links that get a copy.",
)
@click.option("--base", metavar="URL", help="Where our copies are served: URL, a timestamp, a slash and the link.")
def pages(
    collection: Path,
    output: Path | None,
    base: str | None,
    state: str,
    *,
    as_diff: bool,
    only_changed: bool,
    as_json: bool,
    verbose: int,
    quiet: bool,
    **chosen: object,
) -> int:
    """Write a copy of the event pages in which each dead citation carries its preserved copy.

    In HTML it is the attributes of Robust Links on the link; in Markdown a second link right behind the first. Nothing
    else of a page changes by a byte, and it still reads as the same event. A page that has our links already is brought
    up to date; a link that lives again loses its own. Pages come out of the collection's WARCs, at their site paths;
    unless --only-changed, all of them, so that the folder is a complete copy of the event pages. What lies at their
    paths is replaced: for a checkout that was edited since the crawl take --diff.

    The copy is the one nearest to the event's day (see: sourcekeep lookup). Our own copies need --base, the address of
    a server that replays the collection; without it, those brought back from public archives are linked there.
    """
    from archive.checks import Standing  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415
    from archive.lookup import replay_base  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    place.require()
    if as_diff and as_json and output is None:
        raise UsageError("both the diff and the JSON would go to standard output; name a file for the diff with -o")
    wanted = _Wanted.of(chosen)
    states = [Standing(each) for each in state.split(",")]
    with _sink(output, place, as_diff=as_diff, only_changed=only_changed) as sink:
        tally = _run(place, wanted, states, None if base is None else replay_base(base), sink, as_json=as_json)
    if not as_json and not quiet:
        click.echo("\n".join(tally.lines(most=None if verbose else _SHOWN)), err=as_diff and output is None)
    return 1 if tally.problems else 0


# --- what is asked for ---


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Which events; all without a bound."""

    paths: frozenset[str]
    since: date | None
    until: date | None

    @classmethod
    def of(cls, chosen: Mapping[str, object]) -> _Wanted:
        """The bounds the options spell; raises UsageError for days between which there is none."""
        since, until, paths = (chosen[name] for name in ("since", "until", "paths"))
        first, last = (each.date() if hasattr(each, "date") else None for each in (since, until))
        if first and last and first > last:
            raise UsageError(f"--since {first} is after --until {last}: no day is between them")
        named = paths if isinstance(paths, tuple) else ()
        return cls(paths=frozenset(str(path).lstrip("/") for path in named), since=first, until=last)

    def holds(self, event: Event) -> bool:
        """Whether the event is asked for. One without a day is not, where days are bounded."""
        if self.paths and event.path not in self.paths:
            return False
        if self.since is None and self.until is None:
            return True
        day = event.day
        return day is not None and (self.since or day) <= day <= (self.until or day)


@contextlib.contextmanager
def _sink(output: Path | None, place: Collection, *, as_diff: bool, only_changed: bool) -> Iterator[Sink]:
    from archive.atomic_file import write_atomically  # noqa: PLC0415
    from crawler.patched_pages import Diff, Tree  # noqa: PLC0415

    if as_diff and output is None:
        yield Diff(show)
        return
    if output is None:
        raise UsageError("where to? name a folder with -o, or ask for a diff with --diff")
    target = output.expanduser().absolute()
    if target.resolve().is_relative_to(place.root.resolve()):
        raise UsageError(f"{output} lies in the collection; name a place outside of it with -o")
    if as_diff:
        pieces: list[bytes] = []
        yield Diff(pieces.append)
        _make(target.parent)
        write_atomically(target, b"".join(pieces))
        return
    if target.exists() and not target.is_dir():
        raise UsageError(f"{output} is no folder; name one with -o, or ask for a diff with --diff")
    _make(target)
    yield Tree(target, only_changed=only_changed)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error.strerror}); name another place with -o") from error


def show(piece: bytes) -> None:
    """A piece of a diff on standard output: byte for byte, but on a terminal, which nothing in a page may steer."""
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(piece)
        return
    for line in piece.decode("utf-8", "replace").split("\n")[:-1]:
        click.echo(printable(line))


# --- what is done ---


def _tell(page: dict[str, object]) -> None:
    click.echo(json_line(page))


def _run(
    place: Collection,
    wanted: _Wanted,
    states: Sequence[Standing],
    base: str | None,
    sink: Sink,
    *,
    as_json: bool,
) -> Tally:
    from archive.catalogue import Catalogue  # noqa: PLC0415
    from archive.event_pages import event_pages  # noqa: PLC0415
    from crawler.page_patcher import Patcher  # noqa: PLC0415

    catalogue = Catalogue.open(place.catalogue, create=False)
    with contextlib.closing(catalogue), catalogue.reading() as connection:
        dead = _dead(connection, place, wanted, states, base)
        patcher = Patcher(warcs=place.warcs, sink=sink, dead=dead, tell=_tell if as_json else None)
        for page in event_pages(connection):
            if wanted.holds(page.event):
                patcher.take(page)
    return patcher.tally


def _dead(
    connection: sa.Connection, place: Collection, wanted: _Wanted, states: Sequence[Standing], base: str | None
) -> dict[str, list[DeadCitation]]:
    """The dead citations by event. Raises UsageError for an event that is unknown, and where `base` is missing."""
    from archive.dead_citations import dead_citations, links_that_are  # noqa: PLC0415
    from archive.event_pages import event_pages  # noqa: PLC0415
    from archive.lookup_rows import candidates, source_in  # noqa: PLC0415

    links = links_that_are(connection, states)
    source_of = source_in(place.warcs)
    candidates_of = cache(lambda url: candidates(connection, url, source_of))
    found: dict[str, list[DeadCitation]] = {}
    unknown = set(wanted.paths)
    for page in event_pages(connection):
        unknown.discard(page.event.path)
        if wanted.holds(page.event) and (dead := list(dead_citations(page.event, links, candidates_of, base))):
            found[page.event.path] = dead
    if unknown:
        raise UsageError(
            f"no event page is kept of {', '.join(sorted(unknown))}; `path` in events/*.json says what there is"
        )
    if lacking := sum(each.needs_base for dead in found.values() for each in dead):
        raise UsageError(
            f"of {count(lacking, 'dead citation')} the only copy is in this collection, and readers need its address; "
            "say where the collection is replayed with --base (like http://127.0.0.1:8080/collection/), "
            "or bring copies back from public archives first: sourcekeep recover"
        )
    return found
