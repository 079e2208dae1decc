"""What the requisites of each page have cost: asked of the catalogue once, then kept up with as answers come."""

from __future__ import annotations

from datetime import datetime

from archive.catalogue import Catalogue
from archive.model import Exchange, Lease, LinkKind, Reason
from archive.survey_budgets import Spent, spent_on
from crawler.requisites import Budget

PAGES_REMEMBERED = 10_000


class Spending:
    """The accounts of pages against their `budget`, in a run that began at `since`. For one thread."""

    def __init__(self, catalogue: Catalogue, budget: Budget, *, since: datetime) -> None:
        self._catalogue = catalogue
        self._budget = budget
        self._since = since
        self._spent: dict[str, Spent] = {}

    def refusal(self, lease: Lease) -> Reason | None:
        """OVER_BUDGET for a requisite whose page has had its share."""
        if lease.page_url is None or lease.kind is not LinkKind.REQUISITE:  # what is cited too is no page's alone
            return None
        return Reason.OVER_BUDGET if self._budget.spent_by(self._spent_on(lease.page_url)) else None

    def note(self, lease: Lease, exchange: Exchange) -> None:
        """One more answer for the page that `lease` is a requisite of."""
        page = lease.page_url
        if page in self._spent:
            self._spent[page] = self._spent[page].plus(exchange.payload_length, exchange.duration_ms / 1000)

    def _spent_on(self, page: str) -> Spent:
        if page not in self._spent:
            if len(self._spent) >= PAGES_REMEMBERED:
                self._spent.clear()
            with self._catalogue.reading() as connection:
                self._spent[page] = spent_on(connection, page, since=self._since)
        return self._spent[page]
