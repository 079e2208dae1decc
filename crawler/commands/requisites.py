"""`sourcekeep requisites`: which kept pages lack something they need, what, and why."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.commands import collection_option, verb
from crawler.terminal import aligned, count, json_line, printable

if TYPE_CHECKING:
    import sqlalchemy as sa

    from archive.completeness import Missing
    from archive.survey_rows import ScoredPage

_SHOWN = 20  # pages, without -v


@verb(
    examples=(
        "sourcekeep requisites -c ./collection",
        "sourcekeep requisites http://site.example/story",
        "sourcekeep requisites --json | jq 'select(.kept < .needed - .gone)'",
    ),
    exits=(0, 4, 8),
)
@click.argument("url", required=False)
@collection_option
def requisites(collection: Path, url: str | None, *, as_json: bool, verbose: int, quiet: bool) -> int:  # noqa: ARG001
    """Show which kept pages cannot be shown whole, or with URL what that page lacks, and why each thing is missing.

    What its server says does not exist is told, and does not count against the page. With --json each page is a JSON
    object on a line of its own, whole ones too. Changes nothing.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    place.require()
    catalogue = Catalogue.open(place.catalogue, create=False)
    with contextlib.closing(catalogue), catalogue.reading() as connection:
        if as_json:
            _print_json(connection, url)
        elif url is not None:
            _show_page(connection, url)
        else:
            _show_all(connection, most=sys.maxsize if verbose else _SHOWN)
    return 0


def _print_json(connection: sa.Connection, url: str | None) -> None:
    for page in _pages(connection, url):
        click.echo(
            json_line({**_page_json(page), "missing": [_missing_json(each) for each in _lacks(connection, page)]})
        )


def _show_all(connection: sa.Connection, *, most: int) -> None:
    """The pages that are not whole, the emptiest first is not asked for: they come as they were kept."""
    incomplete = (page for page in _pages(connection, None) if not page.is_whole)
    shown = list(islice(incomplete, most))
    rows = [(f"{page.score.kept:,}", "of", f"{page.score.needed - page.score.gone:,}", page.url) for page in shown]
    click.echo("\n".join(aligned(rows, numbers=(0, 2))) if rows else "Every page that needs anything has all of it.")
    if more := sum(1 for _ in incomplete):
        click.echo(f"... and {count(more, 'page')} more: see them with -v")


def _show_page(connection: sa.Connection, url: str) -> None:
    found = list(_pages(connection, url))
    if not found:
        click.echo(printable(f"No page is kept of {url} that needs anything"))
        return
    page = found[-1]
    click.echo(printable(f"{page.url}, {page.at:%Y-%m-%d %H:%M:%S} UTC, record {page.record_id}"))
    click.echo(f"kept {page.score.kept:,} of {page.score.needed:,}; {page.score.gone:,} do not exist")
    rows = [(each.reason.value, each.role.value, each.url, each.how) for each in _lacks(connection, page)]
    if rows:
        click.echo("\n".join(aligned(rows, indent="  ")))


def _pages(connection: sa.Connection, url: str | None) -> Iterator[ScoredPage]:
    from archive.survey_rows import scored_pages  # noqa: PLC0415
    from archive.urls import canonical  # noqa: PLC0415

    try:
        return scored_pages(connection, None if url is None else canonical(url))
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a page: {error}") from error


def _lacks(connection: sa.Connection, page: ScoredPage) -> Iterator[Missing]:
    from archive.completeness import missing  # noqa: PLC0415

    return missing(connection, page.record_id, datetime.now(UTC))


def _page_json(page: ScoredPage) -> dict[str, object]:
    score = page.score
    return {
        "url": page.url,
        "at": page.at.isoformat(),
        "record_id": page.record_id,
        "needed": score.needed,
        "kept": score.kept,
        "gone": score.gone,
    }


def _missing_json(each: Missing) -> dict[str, object]:
    return {
        "url": each.url,
        "role": each.role.value,
        "how": each.how,
        "reason": each.reason.value,
        "needed_by": each.needed_by,
    }
