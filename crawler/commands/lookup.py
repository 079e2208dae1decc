"""`sourcekeep lookup`: which copy of a link is the best at a date, where it lies, and why no other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, verb
from crawler.terminal import aligned, json_line, printable

if TYPE_CHECKING:
    from archive.lookup import Candidate, Choice

_SHOWN = 20  # captures passed over, without -v
_NOTHING = 1


@verb(
    examples=(
        "sourcekeep lookup http://site.example/story --at 2016-02-03 -c ./collection",
        "sourcekeep lookup http://site.example/story --json | jq .best.warc",
    ),
    exits=(0, 1, 4, 8),
)
@click.argument("url")
@click.option("--at", "date", metavar="DATE", help="A day, month, year or time; the latest copy without it.")
@collection_option
def lookup(
    collection: Path,
    url: str,
    date: str | None,
    *,
    as_json: bool,
    verbose: int,
    quiet: bool,  # noqa: ARG001
) -> int:
    """Show which copy of URL is the best at a date: when it was taken, its WARC, offset and record, and why it is.

    The last whole copy before the end of that date goes first, else the first one after it; our own before those of
    other archives; those of the link's redirects and other addresses count. All others are listed, with why they were
    passed over. Exit code 1 if there is no usable copy. Changes nothing.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415
    from archive.lookup import choose, moment_of  # noqa: PLC0415
    from archive.lookup_rows import candidates, source_in  # noqa: PLC0415
    from archive.urls import canonical  # noqa: PLC0415

    moment = None if date is None else moment_of(date)
    try:
        canonical(url)
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a link: {error}") from error
    place = Collection(collection.expanduser().absolute())
    place.require()
    catalogue = Catalogue.open(place.catalogue, create=False)
    with contextlib.closing(catalogue), catalogue.reading() as connection:
        choice = choose(candidates(connection, url, source_in(place.warcs)), moment)
    if as_json:
        click.echo(json_line({"url": url, **choice_json(choice)}))
    else:
        click.echo("\n".join(_lines(url, choice, most=None if verbose else _SHOWN)))
    return 0 if choice.best is not None else _NOTHING


def choice_json(choice: Choice) -> dict[str, object]:
    """A choice as JSON values."""
    return {
        "at": choice.moment.isoformat() if choice.moment else None,
        "best": None if choice.best is None else copy_json(choice.best),
        "reason": choice.reason,
        "passed_over": [
            {**copy_json(each.candidate), "why": each.why.value, "detail": each.detail} for each in choice.passed
        ],
    }


def copy_json(copy: Candidate) -> dict[str, object]:
    """A capture that may be a copy, as JSON values."""
    capture = copy.capture
    return {
        "url": capture.url,
        "at": capture.at.isoformat(),
        "status": capture.status,
        "mime": capture.mime,
        "via": capture.via.value,
        "source": copy.source,
        "record_id": capture.record_id,
        "warc": capture.where.warc,
        "offset": capture.where.offset,
        "length": capture.where.length,
        "refers_to": capture.refers_to,
    }


def _lines(url: str, choice: Choice, *, most: int | None) -> Iterator[str]:
    if choice.best is None:
        yield printable(f"No usable copy of {url}: {len(choice.passed):,} captures, none of them whole and its own")
    else:
        yield from _best(choice.best, choice.reason)
    passed = choice.passed[:most]
    if passed:
        yield "passed over:"
        rows = [
            (f"{each.candidate.at:%Y-%m-%d %H:%M:%S}", str(each.candidate.capture.status or "-"), each.why.value,
             each.detail, each.candidate.capture.url)
            for each in passed
        ]  # fmt: skip
        yield from aligned(rows, indent="  ")
    if len(passed) < len(choice.passed):
        yield f"  ... and {len(choice.passed) - len(passed):,} more: see them with -v"


def _best(copy: Candidate, reason: str) -> Iterator[str]:
    capture = copy.capture
    yield printable(
        f"{capture.at:%Y-%m-%d %H:%M:%S} UTC  {capture.status or '-'}  {capture.mime or '-'}  {capture.url}"
    )
    yield f"  {reason}"
    if copy.source is not None:
        yield printable(f"  taken from {copy.source}")
    where = capture.where
    yield printable(f"  {where.warc}, offset {where.offset}, length {where.length}, record {capture.record_id}")
    if copy.original is not None:
        there = copy.original.where
        yield printable(f"  its payload: {there.warc}, offset {there.offset}, record {copy.original.record_id}")
