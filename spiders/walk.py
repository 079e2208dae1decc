"""How to walk the site: which pages a page leads to, and what is within the bounds of a crawl (pure).

The previous-day chain has holes, so Related links and each event's date link are followed as well; together they reach
every day and event (measured: 3,414 days and 8,984 events of one edition, of which items and chain alone reach 219).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from archive.model import Event, IndexPage, LinkKind, NewLink, PageKind
from spiders.addresses import day_of, language_prefix, page_kind_of, resolve_site_path

INDEX_PRIORITY = 0  # indexes first: they tell what there is
EVENT_PRIORITY = 1
MOST_DAYS = 20_000
MOST_SLASHES = 8  # in a site path; the archive's have five
MOST_PATH = 1_000  # characters of a site path


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds of a crawl; None or empty means no bound."""

    since: date | None = None
    until: date | None = None
    languages: frozenset[str] = frozenset()

    def holds_day(self, day: date | None) -> bool:
        """Whether an event of `day` is wanted. One without a day is, unless days are bounded."""
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)

    def leads_through(self, day: date) -> bool:
        """Whether pages of `day`, unwanted themselves, lead to wanted ones: the way back begins at today.

        Where both ends are known, the days between them are asked for by their paths instead.
        """
        return self.since is None and self.until is not None and day > self.until

    def holds(self, event: Event) -> bool:
        """Whether `event` is wanted."""
        return self.holds_day(event.day or day_of(event.path)) and self.speaks(event.language)

    def speaks(self, language: str) -> bool:
        """Whether pages in `language` are wanted."""
        return not self.languages or language in self.languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site on the web: where its root is, so that site paths and URLs translate into each other."""

    root: str  # "https://site.example/" or "https://host/folder/"

    @classmethod
    def of(cls, seed: str) -> Site:
        """The site that `seed`, the canonical URL of any of its pages, belongs to."""
        parts = urlsplit(seed)
        folder = parts.path.rpartition("/")[0] + "/"
        head, news, _ = folder.partition("/news/")
        base = f"{head}/" if news else folder
        base = base.removesuffix("zh/") if base.endswith("/zh/") else base
        return cls(root=urlunsplit((parts.scheme, parts.netloc, base or "/", "", "")))

    def path_of(self, url: str) -> str | None:
        """The site path of `url`, percent-decoded; None where the URL is not of this site."""
        bare = url.partition("#")[0].partition("?")[0]
        return unquote(bare[len(self.root) :]) if bare.startswith(self.root) else None

    def url_of(self, path: str) -> str:
        """The URL of the page at a site path."""
        return self.root + quote(path.lstrip("/"), safe="/%:@!$&'()*+,;=~-._")


def leads_of(page: Event | IndexPage, scope: Scope, *, most: int | None = None) -> Iterator[str]:
    """The site paths a page leads to, within `scope`, each once, in page order. At most `most` hrefs are looked at."""
    seen: set[str] = set()
    for href in islice(hrefs_of(page), most):
        path = resolve_site_path(href, page.path, page.language)
        if path is not None and path not in seen and _wanted(path, scope):
            seen.add(path)
            yield path


def hrefs_of(page: Event | IndexPage) -> Iterator[str]:
    """What a page names as pages of the site."""
    if isinstance(page, Event):
        if page.date_link:
            yield page.date_link
        yield from (related.path for related in page.related)
        return
    yield from (item.path for item in page.items)
    yield from (href for _, href in page.sections)
    if page.previous:
        yield page.previous


def _wanted(path: str, scope: Scope) -> bool:
    if len(path) > MOST_PATH or path.count("/") > MOST_SLASHES:
        return False  # no address of the archive, but a trap may make any
    match page_kind_of(path):
        case PageKind.EVENT | PageKind.INDEX:
            day = day_of(path)
            return day is None or scope.holds_day(day) or scope.leads_through(day)
        case PageKind.HOME:
            return True
        case _:
            return False


def page_links(
    page: Event | IndexPage, site: Site, scope: Scope, *, via: str, ahead: int = 0, most: int | None = None
) -> tuple[NewLink, ...]:
    """The links a fetched page gives the frontier, of the first `most` hrefs on it. `ahead` asks for so many days
    before an index, unseen: the chain of previous days is one of dependent requests, and the paths of its links are
    known."""
    paths = list(leads_of(page, scope, most=most))
    if isinstance(page, IndexPage) and page.kind is PageKind.INDEX and page.previous and page.day and ahead:
        paths += [path for path in days_before(page.path, page.day, ahead) if _wanted(path, scope)]
    return tuple(_links(paths, site, via))


def _links(paths: Iterable[str], site: Site, via: str) -> Iterator[NewLink]:
    for path in dict.fromkeys(paths):
        first = page_kind_of(path) is not PageKind.EVENT
        priority = INDEX_PRIORITY if first else EVENT_PRIORITY
        yield NewLink(url=site.url_of(path), kind=LinkKind.PAGE, via=via, hops="P", priority=priority)


def days_of(site: Site, seed: str, scope: Scope) -> tuple[NewLink, ...]:
    """The day indexes of a crawl with both bounds, unseen: their paths are known, whatever the links between them."""
    path = site.path_of(seed) or ""
    if scope.since is None or scope.until is None or page_kind_of(path) is PageKind.EVENT:
        return ()
    name = f"index{PurePosixPath(path).suffix or '.md'}"
    count = min((scope.until - scope.since).days, MOST_DAYS) + 1
    days = (scope.until - timedelta(days=back) for back in range(count))
    language = language_prefix(path)
    prefix = f"{language}/" if language else ""
    paths = [f"{prefix}news/{day:%Y/%m}/{day.day}/{name}" for day in days]
    return tuple(_links(paths, site, seed))


def days_before(path: str, day: date, count: int) -> list[str]:
    """Paths of the `count` day indexes before the one at `path`, which is of `day` (the day is not padded)."""
    own = f"{day:%Y/%m}/{day.day}/"
    days = (day - timedelta(days=back) for back in range(1, count + 1) if day.toordinal() > back)
    return [path.replace(own, f"{other:%Y/%m}/{other.day}/", 1) for other in days if own in path]
