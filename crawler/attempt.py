"""One attempt at a leased link, on its way through Scrapy: what the lease was, and the exchange once there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.model import Context, Exchange, Lease

if TYPE_CHECKING:
    from scrapy import Request

META = "sourcekeep_attempt"
RECEIVER = "sourcekeep_exchange"  # the recorder calls what stands here with each exchange


@dataclass(slots=True, eq=False)
class Attempt:
    """Carried in a request's meta; called by the recorder with the exchange."""

    lease: Lease
    exchange: Exchange | None = None
    earlier: list[Exchange] = field(default_factory=list)  # sent over a connection that turned out to be closed
    settled: bool = False

    def __call__(self, exchange: Exchange) -> None:
        """Take an exchange; the last one decides, those before it are only recorded."""
        if self.exchange is not None:
            self.earlier.append(self.exchange)
        self.exchange = exchange

    @property
    def context(self) -> Context:
        """Where the exchange comes from, for its metadata record."""
        return Context(via=self.lease.via, hops=self.lease.hops, page_url=self.lease.page_url)


def attempt_of(request: Request) -> Attempt | None:
    """The attempt a request carries, or None (robots.txt, requests of other spiders)."""
    attempt = request.meta.get(META)
    return attempt if isinstance(attempt, Attempt) else None
