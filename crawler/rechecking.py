"""Rechecking as a function: which links, on which collection, and what came of it.

`recheck` opens the collection, runs the recheck spider in this thread to its end, and returns the report. The verbs
`recheck` and `check` are built on it; `check` works on a collection that is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from archive.catalogue import Catalogue
from archive.check_rows import draw_again
from archive.checks import Check
from crawler.verdict.answer import ContentKind

if TYPE_CHECKING:
    from scrapy.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which links are checked: those that are due, unless one of the others is given. `limit`: at most so many."""

    all: bool = False  # every link that has a state, due or not
    failed: bool = False  # every one that is not alive
    host: str | None = None  # of this host (host[:port]), due or not
    urls: tuple[str, ...] = ()  # these, in this order, known to the collection or not
    limit: int | None = None


def recheck(
    settings: Settings,
    selection: Selection,
    *,
    now: datetime | None = None,
    on_check: Callable[[Check], object] | None = None,
    quiet: bool = False,
    expected: Mapping[str, ContentKind] | None = None,
) -> dict[str, object]:
    """Check the links of `selection` in the collection that `settings` name; the report (see `recheck_report`).

    `now` moves the clock of checks, states and dues (SOURCEKEEP_NOW does the same); pauses and WARC-Date keep the real
    one. `on_check` is called with each check as it is made, in this thread. `expected` says of URLs what they once were.
    Raises SourcekeepError where the collection cannot be opened; what goes wrong later is in the report's `exit_code`
    and `reason`.
    """
    raise NotImplementedError


def enrol_urls(catalogue: Catalogue, urls: Iterable[str], now: datetime) -> None:
    """Have these URLs (canonical where they can be) checked as links of the collection from `now` on.

    One that has a state already keeps it.
    """
    with catalogue.linking() as (connection, host_ids):
        draw_again(connection, urls, host_ids, now=now)
