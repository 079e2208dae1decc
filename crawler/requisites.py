"""What is fetched of the things a page needs, and when it is enough (pure).

Every page has a budget of its own. What is beyond it is not forgotten: it stays listed with its reason, counts against
the completeness of the page's capture, and is fetched by a run with a larger budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from archive.model import LinkKind, Reason
from archive.survey_budgets import Spent
from archive.surveys import Needed, Survey


class Requisites(StrEnum):
    """Whose requisites are fetched."""

    NONE = "none"
    PAGE = "page"  # of every source that is a page
    ALL = "all"  # of the event archive's own pages too

    @property
    def kinds(self) -> tuple[LinkKind, ...]:
        """The kinds of links whose documents are looked through. Those of a requisite belong to its page."""
        match self:
            case Requisites.NONE:
                return ()
            case Requisites.PAGE:
                return (LinkKind.CITATION, LinkKind.REQUISITE)
            case Requisites.ALL:
                return (LinkKind.CITATION, LinkKind.REQUISITE, LinkKind.PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the requisites of one page may cost: how many, bytes of payload kept, seconds of fetching in one run."""

    count: int
    bytes: int
    seconds: float

    def spent_by(self, spent: Spent) -> bool:
        """Whether nothing more may be fetched for the page."""
        return spent.bytes >= self.bytes or spent.seconds >= self.seconds


def within(survey: Survey, *, left: int) -> Survey:
    """The survey with everything marked OVER_BUDGET behind the first `left` of its needs."""
    return replace(survey, needs=tuple(_allowed(survey.needs, left)))


def _allowed(needs: tuple[Needed, ...], left: int) -> Iterator[Needed]:
    for need in needs:
        if need.reason is not None:
            yield need
        elif left > 0:
            left -= 1
            yield need
        else:
            yield replace(need, reason=Reason.OVER_BUDGET)
