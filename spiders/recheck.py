"""The spider that checks links again: `scrapy crawl recheck -a collection=./collection`, or by `sourcekeep recheck`.

It yields nothing: each check is a conversation of its own (crawler.checking), and what comes of it goes to the job.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import scrapy

from archive.checks import Check
from archive.errors import UsageError
from archive.keeper import Kept
from crawler.checking.engine import Engine
from crawler.checking.options import MOST_PER_HOST
from crawler.checking.selection import Selection
from crawler.configuration_file import lay_under
from crawler.jobs import RECHECK
from crawler.verdict.answer import ContentKind

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RecheckSpider(scrapy.Spider):
    """Checks the links of a collection that are due, or those its arguments choose: all, failed, host, url, limit; with
    anew, from the beginning, though a run of the same choice was cut off."""

    name = "recheck"
    custom_settings = {  # noqa: RUF012 - Scrapy's way
        "SCHEDULER": "crawler.checking.scheduler.NothingScheduled",
        "SOURCEKEEP_JOB": RECHECK,
    }

    def __init__(
        self,
        selection: Selection | None = None,
        expected: Mapping[str, ContentKind] | None = None,
        on_check: Callable[[Check], object] | None = None,
        on_kept: Callable[[Sequence[Kept]], object] = lambda _: None,
        **kwargs: Any,
    ) -> None:
        chosen = {name: kwargs.pop(name, None) for name in ("all", "failed", "host", "url", "limit", "anew")}
        super().__init__(**kwargs)
        self.selection = selection or _selection(chosen)
        self._expected = expected
        self._on_check = on_check
        self._on_kept = on_kept

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's way to make one. A `collection` argument goes before the setting; its file is obeyed."""
        if kwargs.get("collection"):
            crawler.settings.set("SOURCEKEEP_COLLECTION", kwargs["collection"], priority="spider")
        lay_under(crawler.settings)
        per_host = min(MOST_PER_HOST, crawler.settings.getint("SOURCEKEEP_PER_HOST"))
        crawler.settings.set("SOURCEKEEP_PER_HOST", per_host, priority="cmdline")
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Any]:
        """Nothing, once all is checked."""
        engine = Engine(
            self.crawler, self.selection, expected=self._expected, on_check=self._on_check, on_kept=self._on_kept
        )
        await engine.run()
        nothing: tuple[Any, ...] = ()
        for each in nothing:
            yield each


def _selection(chosen: dict[str, Any]) -> Selection:
    limit = chosen["limit"]
    if limit is not None and (not str(limit).isdecimal() or int(limit) < 1):
        raise UsageError(f"the limit is {limit!r}; it takes a number of links, 1 or more")
    return Selection(
        all=bool(chosen["all"]),
        failed=bool(chosen["failed"]),
        host=chosen["host"],
        urls=(chosen["url"],) if chosen["url"] else (),
        limit=int(limit) if limit is not None else None,
        anew=bool(chosen["anew"]),
    )
