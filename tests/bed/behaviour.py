"""One behaviour of a link: what it gave when it was cited, what it gives now, and what a check should say (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from archive.verdicts import VerdictClass, VerdictState
from tests.bed.answers import Script, Site, html
from tests.bed.articles import Article, article
from tests.bed.pages import article_page

_SOFT = {VerdictState.SOFT_404, VerdictState.MOVED_TO_HOME, VerdictState.PARKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """A link. `states`: what may rightly be said of it NOW; the first is the one we would say ourselves."""

    name: str
    site: Site
    path: str  # as it is asked for on the wire, the query included
    then: Script | None  # None: we never got a copy of it
    now: Script
    states: tuple[VerdictState, ...]
    why: str
    href: str | None = None  # as the event page has it, {at} for host:port; None: as the path says
    image: bool = False  # cited as a cover image
    cites: bool = True  # False: no event page can hold it, it is given to `check` alone

    def cited(self, ports: dict[str, int]) -> str:
        """The link as the event page writes it."""
        at = f"{self.site.host}:{ports[self.site.scheme]}"
        return (
            (self.href or f"{self.site.scheme}://{{at}}{self.path}")
            .replace("{at}", at)
            .replace("{port}", f"{ports[self.site.scheme]}")
        )

    @property
    def expected_type(self) -> str | None:
        """What is known to have been there: a picture or a PDF."""
        return "image" if self.image else "pdf" if self.path.endswith(".pdf") else None

    @property
    def classes(self) -> frozenset[VerdictClass]:
        """What the states mean."""
        return frozenset(each.verdict_class for each in self.states)

    @property
    def soft_death(self) -> bool:
        """It answers as if all were well, and is dead."""
        return set(self.states) <= _SOFT

    @property
    def healthy(self) -> bool:
        """It is alive, and nothing else may be said."""
        return self.classes == {VerdictClass.ALIVE}


BUSY = html("<html><body><h1>503 Service Unavailable</h1></body></html>", status=503)  # when we came by, THEN


def as_cited(of: Site, slug: str) -> Script:
    """The article in the site's layout."""
    return html(article_page(of.paper, article(slug)))


def path_of(of: Article) -> str:
    """Where papers put an article."""
    return f"/{of.day:%Y/%m/%d}/{of.slug}.html"


def link(
    name: str,
    of: Site,
    slug: str,
    now: Script | None,
    states: str,
    why: str,
    *,
    then: Script | None = None,
    captured: bool = True,
    path: str | None = None,
    href: str | None = None,
) -> Behaviour:
    """A link to an article, which THEN was there for all to read unless we never got hold of it.

    `now` None: as THEN, or as it was when we came too late.
    """
    was = then or as_cited(of, slug)
    return Behaviour(
        name=name,
        site=of,
        path=path or path_of(article(slug)),
        then=was if captured else None,
        now=now or was,
        states=tuple(VerdictState(each) for each in states.split()),
        why=why,
        href=href,
    )
