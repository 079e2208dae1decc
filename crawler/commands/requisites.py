"""`sourcekeep requisites`: which kept pages lack something they need, what, and why; and which nobody can tell of."""

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
    from archive.survey_rows import ScoredPage, Unseen

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

    What its server says does not exist is told, and does not count against the page. Captures that could not be looked
    through are named with the reason: what these need is not known. With --json each page is a JSON object on a line of
    its own, whole ones too; `problem` says why one could not be looked through. Changes nothing.
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
    for capture in _unseen(connection, url):
        click.echo(json_line(_unseen_json(capture)))


def _show_all(connection: sa.Connection, *, most: int) -> None:
    """The pages that are not whole, the emptiest first is not asked for: they come as they were kept."""
    incomplete = (page for page in _pages(connection, None) if not page.is_whole)
    shown = list(islice(incomplete, most))
    rows = [(f"{page.score.kept:,}", "of", f"{page.score.needed - page.score.gone:,}", page.url) for page in shown]
    click.echo("\n".join(aligned(rows, numbers=(0, 2))) if rows else "Every page that needs anything has all of it.")
    if more := sum(1 for _ in incomplete):
        click.echo(f"... and {count(more, 'page')} more: see them with -v")
    _show_unseen(connection, None, most=most)


def _show_page(connection: sa.Connection, url: str) -> None:
    found = list(_pages(connection, url))
    if found:
        _show_score(connection, found[-1])
    unseen = _show_unseen(connection, url, most=sys.maxsize)
    if not found and not unseen:
        click.echo(printable(f"No page is kept of {url} that needs anything"))


def _show_score(connection: sa.Connection, page: ScoredPage) -> None:
    click.echo(printable(f"{page.url}, {page.at:%Y-%m-%d %H:%M:%S} UTC, record {page.record_id}"))
    click.echo(f"kept {page.score.kept:,} of {page.score.needed:,}; {page.score.gone:,} do not exist")
    rows = [(each.reason.value, each.role.value, each.url, each.how) for each in _lacks(connection, page)]
    if rows:
        click.echo("\n".join(aligned(rows, indent="  ")))


def _show_unseen(connection: sa.Connection, url: str | None, *, most: int) -> bool:
    """The captures that could not be looked through; whether there are any."""
    captures = _unseen(connection, url)
    rows = [(each.url, f"({each.why}; {count(each.tries, 'try', 'tries')})") for each in islice(captures, most)]
    if rows:
        click.echo("Could not be looked through, so what they need is not known:")
        click.echo("\n".join(aligned(rows, indent="  ")))
    if more := sum(1 for _ in captures):
        click.echo(f"... and {more:,} more: see them with -v")
    return bool(rows)


def _pages(connection: sa.Connection, url: str | None) -> Iterator[ScoredPage]:
    from archive.survey_rows import scored_pages  # noqa: PLC0415

    return scored_pages(connection, _spelled(url))


def _unseen(connection: sa.Connection, url: str | None) -> Iterator[Unseen]:
    from archive.survey_rows import unseen  # noqa: PLC0415

    return unseen(connection, _spelled(url))


def _spelled(url: str | None) -> str | None:
    from archive.urls import canonical  # noqa: PLC0415

    try:
        return None if url is None else canonical(url)
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
        "problem": None,
    }


def _unseen_json(each: Unseen) -> dict[str, object]:
    """As of a page, with `problem` saying why nothing is known, and for which page it is if it is none itself."""
    return {
        "url": each.url,
        "at": each.at.isoformat(),
        "record_id": each.record_id,
        "needed": 0,
        "kept": 0,
        "gone": 0,
        "problem": each.why,
        "tries": each.tries,
        "page_url": each.page_url,
        "missing": [],
    }


def _missing_json(each: Missing) -> dict[str, object]:
    return {
        "url": each.url,
        "role": each.role.value,
        "how": each.how,
        "reason": each.reason.value,
        "needed_by": each.needed_by,
    }
