"""Citations whose link is dead, each with the copy that its event page may carry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from archive.checks import Standing
from archive.lookup import Candidate, Choice, CopyLink, choose, end_of, version_url
from archive.lookup_rows import spelled
from archive.model import Citation, CitationKind, Event
from archive.state_rows import states

CandidatesOf = Callable[[str], list[Candidate]]  # of a canonical URL


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadCitation:
    """A citation whose link is dead. `link` is None where there is no copy, or no place where readers see it."""

    citation: Citation
    url: str  # canonical
    state: Standing
    choice: Choice
    link: CopyLink | None

    @property
    def needs_base(self) -> bool:
        """Whether there is a copy, and nobody has said where our copies are served."""
        return self.link is None and self.choice.best is not None


def links_that_are(connection: sa.Connection, wanted: Collection[Standing]) -> dict[str, Standing]:
    """The links (canonical URLs) that show one of these states."""
    return {each.url: state for state in wanted for each in states(connection, state=state)}


def dead_citations(
    event: Event, dead: Mapping[str, Standing], candidates_of: CandidatesOf, base: str | None
) -> Iterator[DeadCitation]:
    """The citations of an event whose link is one of `dead`, with the best copy for the event's day.

    Without a `base` our own copies have no address: a memento is taken where there is one.
    """
    moment = None if event.day is None else end_of(event.day)
    for citation in event.citations:
        url = None if citation.url is None else spelled(citation.url)
        if citation.url is None or url is None or url not in dead:
            continue
        known, image = candidates_of(url), citation.kind is CitationKind.COVER_IMAGE
        choice = choose(known, moment, image=image)
        if base is None and choice.best is not None and not choice.best.is_memento:
            others = choose([each for each in known if each.is_memento], moment, image=image)
            choice = others if others.best is not None else choice
        yield DeadCitation(
            citation=citation, url=url, state=dead[url], choice=choice, link=_link(citation.url, choice.best, base)
        )


def _link(url: str, best: Candidate | None, base: str | None) -> CopyLink | None:
    address = None if best is None else version_url(best, base)
    if best is None or address is None:
        return None
    return CopyLink(original_url=url, version_url=address, version_day=best.at.date())
