"""The links of a run: which go next, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.keeper import Keeper, Submission
from archive.model import (
    Context,
    Exchange,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    PageRead,
    Reason,
    Resource,
    Settlement,
)
from crawler.attempt import Attempt
from crawler.hosts import HostTurns
from crawler.options import Options
from crawler.settlement import again_or_failed
from crawler.spending import Spending


class LinkWork:
    """What a crawl asks for and hands over. A job is one; what it works on is there once the job is open."""

    catalogue: Catalogue
    frontier: Frontier
    keeper: Keeper
    run_id: int
    _spending: Spending
    _resumed: bool  # an unfinished run is gone on with

    def __init__(self, options: Options) -> None:
        self.options = options
        self.turns = HostTurns(options.politeness)
        self.seed_url: str | None = None
        self.on_commit: Callable[[], object] | None = None
        self.on_attempt_over: Callable[[Lease], object] = lambda _: None
        self.on_withdrawn: Callable[[Lease], object] = lambda _: None
        self.on_host_held: Callable[[str, float], object] = lambda _host, _seconds: None
        self._kinds = frozenset(LinkKind)

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    # --- which links ---

    def seed(self, link: NewLink, *others: NewLink) -> None:
        """Put links in front, and ask every page of the site again whether it changed; not when an unfinished run is
        gone on with."""
        self.seed_url = link.url
        if not self._resumed:
            self.frontier.revisit_pages()
        self.frontier.add([link, *others])
        self._look_again()  # whoever found the frontier empty has to

    def fetch_only(self, *kinds: LinkKind) -> None:
        """Leave links of other kinds where they are."""
        self._kinds = frozenset(kinds)

    def enough_pages(self) -> None:
        """No more pages of the site in this run (`--limit`)."""
        self._kinds -= {LinkKind.PAGE}

    @property
    def bounded(self) -> bool:
        """Whether the run was told to leave links for another one."""
        return self._kinds != frozenset(LinkKind)

    def over_budget(self, lease: Lease) -> Reason | None:
        """Why a requisite is not fetched: its page has had its share."""
        return self._spending.refusal(lease)

    def lease(self, *, limit: int, per_host: int, busy: Sequence[str]) -> list[Lease]:
        """Links to fetch now."""
        return self.frontier.lease(
            run_id=self.run_id,
            now=self.now(),
            limit=limit,
            per_host=per_host,
            busy_hosts=busy,
            kinds=self._kinds,
        )

    def seconds_to_next(self) -> float | None:
        """How long until a link can be fetched; None if none can within this run's patience."""
        now = self.now()
        due = self.frontier.next_due(now, kinds=self._kinds)
        if due is None or due > now + self.options.patience:
            return None
        return (due - now).total_seconds()

    # --- what came of them ---

    def keep(self, attempt: Attempt, settlement: Settlement, *, page: PageRead | None = None) -> None:
        """Hand over an attempt with what came of it. The attempt is over."""
        attempt.settled = True
        if settlement.host_not_before is not None:
            wait = (settlement.host_not_before - self.now()).total_seconds()
            self.turns.hold(attempt.lease.host, wait)
            self.on_host_held(attempt.lease.host, wait)
        for earlier in attempt.earlier:
            self.keeper.put(Submission(exchange=earlier, context=attempt.context))
        exchange, attempt.exchange = attempt.exchange, None
        if exchange is not None:
            self._spending.note(attempt.lease, exchange)
        self.keeper.put(
            Submission(
                exchange=exchange,
                context=attempt.context,
                settlement=settlement,
                page=page,
                url=attempt.lease.url,
            )
        )
        self.on_attempt_over(attempt.lease)

    def pass_over(self, attempt: Attempt, page: PageRead) -> None:
        """A page that is out of this run's bounds: it leads on, but is not taken for read, so a wider run reads it."""
        done = Settlement(link_id=attempt.lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=self.now())
        self.keep(attempt, done, page=page)

    def give_up(self, attempt: Attempt) -> None:
        """An attempt that a fault of ours ended: it counts as a failed one, and is tried again."""
        if not attempt.settled:
            now, policy = self.now(), self.options.politeness
            self.keep(attempt, again_or_failed(attempt.lease, Reason.INTERNAL_ERROR, now=now, policy=policy))

    def withdraw(self, attempt: Attempt) -> None:
        """An attempt that was not made: its link goes back to the frontier."""
        attempt.settled = True
        self.on_withdrawn(attempt.lease)
        self.on_attempt_over(attempt.lease)

    def keep_resource(self, resource: Resource | None, page: PageRead) -> None:
        """Hand over a page read from disk."""
        self.keeper.put(Submission(resource=resource, page=page))

    def record(self, exchange: Exchange, *, via: str, hops: str) -> None:
        """Hand over an exchange that settles nothing (robots.txt)."""
        self.keeper.put(Submission(exchange=exchange, context=Context(via=via, hops=hops)))

    def page_digest(self, key: str) -> str | None:
        """The sha256 (hex) of the page `key` when it was last read."""
        return self.catalogue.page_sha256(key)

    def _look_again(self) -> None:
        if self.on_commit is not None:
            self.on_commit()
