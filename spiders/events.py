"""The spider of the main job: walks an event archive and hands every page it reads to the job, which keeps the sources.

`scrapy crawl events -a site=https://site.example/index.md -a collection=./collection`, or by `sourcekeep crawl`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import scrapy

from archive.errors import UsageError
from archive.model import Event, HrefReason, IndexPage, LinkKind, NewLink, PageKind, PageRead, Resource
from crawler.attempt import Attempt, attempt_of
from crawler.caps import Caps, LeftOut, setting_of
from crawler.configuration_file import lay_under
from crawler.content import decoded_body
from crawler.jobs import Job
from crawler.pipelines import PageItem
from crawler.source import is_address, source_of
from spiders.addresses import page_kind_of, site_key
from spiders.folder import MIME_OF, page_files, site_path_of
from spiders.page import MAX_BYTES, TOO_LARGE, OtherPage, Page, read_page, unread_page
from spiders.reading import READ_HERE, PageReader
from spiders.walk import MOST_DAYS, Scope, Site, days_of, hrefs_of, page_links
from spiders.wording import WORDINGS

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

YIELD_EVERY = 20  # unchanged files between two rests of the loop


class EventsSpider(scrapy.Spider):
    """Walks a site, a folder, a checkout or a single page."""

    name = "events"
    caps: Caps
    reader: PageReader

    def __init__(
        self,
        site: str = "",
        collection: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: str | int | None = None,
        lang: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not site:
            raise UsageError("which archive? scrapy crawl events -a site=https://site.example/index.md (or a folder)")
        self.source = source_of(site)
        self.collection = collection
        languages = frozenset(part.strip() for part in (lang or "").split(",") if part.strip())
        self.scope = Scope(since=_day(since), until=_day(until), languages=languages)
        self.limit = _count_of(limit)
        if self.scope.since and self.scope.until and self.scope.since > self.scope.until:
            raise UsageError(f"since {self.scope.since} is after until {self.scope.until}: no day is between them")
        if unknown := languages - {wording.language for wording in WORDINGS}:
            raise UsageError(f"no words of {', '.join(sorted(unknown))} are known; known are: {_known_languages()}")
        self.events_read = 0
        self.pages_read = 0
        self.empty_days = 0  # in a row
        self.left_out = LeftOut()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's way to make one. A `collection` argument goes before the setting; its file is obeyed."""
        if kwargs.get("collection"):
            crawler.settings.set("SOURCEKEEP_COLLECTION", kwargs["collection"], priority="spider")
        lay_under(crawler.settings)
        crawler.settings.set("SOURCEKEEP_SITE", kwargs.get("site", ""), priority="spider")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.caps = Caps.of(crawler.settings)
        spider.reader = PageReader(seconds=spider.caps.page_seconds)
        return spider

    @property
    def job(self) -> Job:
        """The job this crawl belongs to."""
        return Job.of(self.crawler)

    async def start(self) -> AsyncIterator[Any]:
        """The seed of a site, or every page of a folder."""
        if is_address(self.source):
            self.site = Site.of(self.source)
            self.single = page_kind_of(self.site.path_of(self.source) or "") is PageKind.EVENT
            seed = NewLink(url=self.source, kind=LinkKind.PAGE, hops="")
            days = days_of(self.site, self.source, self.scope)
            if len(days) == MOST_DAYS:
                self.left_out.note(
                    f"more than {MOST_DAYS:,} days are asked for, the earliest are left out", self.source
                )
            self.job.seed(seed, *days)
            return
        async for item in self._from_disk(Path(self.source)):
            if item is not None:
                yield item
            while self.job.keeper.full and not self.job.stopping:
                await asyncio.sleep(0.02)
            if self.job.stopping or self._enough():
                return
            if item is None:
                await asyncio.sleep(0)
        self.job.keeper.hurry()  # the sources of the last pages need not wait for a whole group of pages

    def closed(self, reason: str) -> None:  # noqa: ARG002 - Scrapy's signature
        """Scrapy's word that the crawl is over."""
        self.reader.stop()
        for line in self.left_out.lines():
            self.job.problem(line)

    def parse(self, response: Response) -> Iterator[PageItem] | AsyncIterator[PageItem]:
        """A response of the frontier's: pages of the site are read; of the sources nothing is parsed here."""
        attempt = attempt_of(response.request) if response.request is not None else None
        if attempt is None or attempt.settled:
            return iter(())
        url = attempt.lease.url
        # A page elsewhere is one that the site redirects to (http to https, to www): it has a site around it as well.
        site = self.site if self.site.path_of(url) is not None else Site.of(url)
        path = site.path_of(url) or ""
        if "body_spooled" in response.flags:
            return self._taken(unread_page(b"", path, TOO_LARGE), path, site, attempt)
        data = decoded_body(response, MAX_BYTES + 1)
        mime = attempt.exchange.mime if attempt.exchange is not None else None
        if len(data) > READ_HERE:
            return self._read_apart(data, mime, path, site, attempt)
        return self._taken(read_page(data, path, mime=mime), path, site, attempt)

    async def _read_apart(
        self, data: bytes, mime: str | None, path: str, site: Site, attempt: Attempt
    ) -> AsyncIterator[PageItem]:
        page = await self.reader.read(data, path, mime)
        for item in self._taken(page, path, site, attempt):
            yield item

    def _taken(self, page: Page, path: str, site: Site, attempt: Attempt) -> Iterator[PageItem]:
        """What a fetched page gives."""
        url = attempt.lease.url
        page = self._within_caps(page, url)
        read = _page_read(page, path, url=url, links=self._leads(page, site, url))
        if read.event is not None and self.job.page_digest(read.key) == read.sha256:
            read = replace(read, event=None)  # known already, word for word
        elif self._beyond(page):
            # Without a digest: it was not taken for read, and a wider crawl has to take it for new.
            self.job.pass_over(attempt, replace(read, event=None, sha256=""))
            return
        self._count(read)
        yield PageItem(page=read, attempt=attempt, partial=self._leads_beyond(page))

    def _within_caps(self, page: Page, where: str) -> Page:
        """The page with as many citations as one event may have fetched; what is left out is noted."""
        if isinstance(page, OtherPage) and page.unread:
            self.left_out.note(f"a page was not read, since {page.unread}", where)
        if not isinstance(page, Event) or len(page.citations) <= self.caps.citations:
            return page
        self.left_out.note(_over("citations of one event", self.caps.citations, "citations"), where)
        kept, left = page.citations[: self.caps.citations], page.citations[self.caps.citations :]
        return replace(page, citations=(*kept, *(replace(it, url=None, reason=HrefReason.OVER_BUDGET) for it in left)))

    def _leads(self, page: object, site: Site, url: str) -> tuple[NewLink, ...]:
        """The pages that `page`, found at `url`, leads to within this crawl's bounds."""
        if self.single or self._enough() or not isinstance(page, Event | IndexPage):
            return ()
        if not self.scope.speaks(page.language):
            return ()
        if self._leads_nowhere(page):
            self.left_out.note(_over("day indexes in a row without an event", self.caps.empty_days, "empty_days"), url)
            return ()
        if any(True for _ in islice(hrefs_of(page), self.caps.links, None)):
            self.left_out.note(_over("links on one page", self.caps.links, "links"), url)
        ahead = self.job.options.politeness.per_host - 1
        return page_links(page, site, self.scope, via=url, ahead=ahead, most=self.caps.links)

    def _leads_nowhere(self, page: Event | IndexPage) -> bool:
        """Whether this is one more of so many empty days that they look like a calendar without an end."""
        self.empty_days = self.empty_days + 1 if isinstance(page, IndexPage) and not page.items else 0
        return self.empty_days > self.caps.empty_days

    def _leads_beyond(self, page: object) -> bool:
        """Whether links of `page` were left out for this crawl's bounds: then a wider one must see them again."""
        bounded = self.scope != Scope() or self.limit is not None or self.single
        return bounded and isinstance(page, Event | IndexPage)

    def _beyond(self, page: object) -> bool:
        """Whether a fetched event is out of bounds."""
        return isinstance(page, Event) and not self.single and (not self.scope.holds(page) or self._enough())

    def _count(self, read: PageRead) -> None:
        self.events_read += read.event is not None
        self.pages_read += read.url is not None
        if self._enough():
            self.job.enough_pages()
        elif self.pages_read == self.caps.pages:
            self.left_out.note(_over("pages of the site in one run", self.caps.pages, "pages"), self.source)
            self.job.enough_pages()

    def _enough(self) -> bool:
        return self.limit is not None and self.events_read >= self.limit

    async def _from_disk(self, source: Path) -> AsyncIterator[PageItem | None]:
        """Every page that is new or changed; None now and then, for the loop to breathe."""
        found = 0
        for number, (path, file) in enumerate(_files(source)):
            item = await self._read_or_tell(path, file)
            found += item is not None or page_kind_of(path) is PageKind.EVENT
            if item is not None:
                yield item
            elif number % YIELD_EVERY == 0:
                yield None
        if not found:
            self.job.fail(
                UsageError(f"{source} holds no event pages (news/YYYY/MM/D/title.md); name the archive's root")
            )

    async def _read_or_tell(self, path: str, file: Path) -> PageItem | None:
        """One page that cannot be read costs only itself."""
        try:
            return await self._read_file(path, file)
        except (OSError, ValueError) as error:
            self.job.problem(f"{str(file)!r} cannot be read ({error}); mend it and run the same command again")
            return None

    async def _read_file(self, path: str, file: Path) -> PageItem | None:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        if self.job.page_digest(site_key(path)) == hashlib.sha256(data).hexdigest():
            return None
        mime = MIME_OF[file.suffix.lower()]
        small = len(data) <= READ_HERE
        page = read_page(data, path, mime=mime) if small else await self.reader.read(data, path, mime)
        page = self._within_caps(page, path)
        if isinstance(page, Event):
            if not self.scope.holds(page):
                return None
        elif not isinstance(page, IndexPage):
            return None
        uri = "urn:sourcekeep:page:" + quote(os.fsencode(path), safe="/")
        resource = Resource(uri=uri, mime=mime, payload=data, at=datetime.now(UTC))
        read = _page_read(page, path)
        self._count(read)
        return PageItem(page=read, resource=resource)


def _files(source: Path) -> Iterator[tuple[str, Path]]:
    if source.is_dir():
        yield from page_files(source)
    elif source.is_file():
        yield site_path_of(source), source
    else:
        raise UsageError(f"{source} is neither a folder of event pages nor one page; give one of these, or an address")


def _over(what: str, most: int, name: str) -> str:
    """The cause of what is left out for a cap, for the report."""
    return f"{what} beyond {most:,} are left out ({setting_of(name)} raises that)"


def _page_read(page: Any, path: str, *, url: str | None = None, links: tuple[NewLink, ...] = ()) -> PageRead:
    match page:
        case Event():
            kind = PageKind.EVENT
        case IndexPage():
            kind = page.kind
        case _:
            kind = PageKind.OTHER
    event = page if isinstance(page, Event) else None
    return PageRead(key=site_key(path), url=url, kind=kind, sha256=page.sha256, event=event, links=links)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write it like 2016-02-03") from error


def _count_of(text: str | int | None) -> int | None:
    if text is None or text == "":
        return None
    if not str(text).isdecimal() or int(text) < 1:
        raise UsageError(f"the limit is {text!r}; it takes a number of events, 1 or more")
    return int(text)


def _known_languages() -> str:
    return ", ".join(wording.language for wording in WORDINGS)
