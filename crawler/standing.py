"""Where a run stands: counts for the display, asked of the catalogue so rarely that they cost next to nothing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from time import monotonic

from archive.errors import SourcekeepError
from archive.frontier import Frontier
from archive.ledger import Totals
from archive.model import LinkKind, LinkStage, Outcome, Reason
from crawler.hosts import HostTurns
from crawler.progress import Snapshot
from crawler.tally import Tally

logger = logging.getLogger(__name__)

REST = 50  # times as long as the catalogue took to answer, it is left alone
LEAST_REST = 0.5  # seconds

Reasons = Mapping[tuple[LinkStage, Reason | None], int]


class Standing:
    """Gives a `Snapshot` at any moment; from one thread at a time."""

    def __init__(self, frontier: Frontier, tally: Tally, turns: HostTurns) -> None:
        self._frontier = frontier
        self._tally = tally
        self._turns = turns
        self._began = monotonic()
        self._due = 0.0
        self._citations: Reasons = {}
        self._requisites: Reasons = {}
        self._judged: Totals | None = None

    def judged(self, totals: Totals) -> None:
        """From now on citations are counted as the ledger has them, which judges covers and knows who cites a link."""
        self._judged = totals

    def snapshot(self, *, phase: str) -> Snapshot:
        """Where the run stands now."""
        self._ask()
        judged = self._judged
        reasons = _of_links(self._citations) if judged is None else judged.reasons
        count = by_outcome(self._citations) if judged is None else _outcomes(judged)
        needed = by_outcome(self._requisites)
        return Snapshot(
            elapsed=monotonic() - self._began,
            phase=phase,
            events=self._tally.events,
            pages=self._tally.pages,
            kept=count[Outcome.KEPT],
            failed=count[Outcome.FAILED],
            dead=sum(reasons.get(reason, 0) for reason in _DEAD),
            excluded=count[Outcome.EXCLUDED],
            waiting=count[Outcome.WAITING],
            captures=self._tally.captures,
            bytes=self._tally.bytes,
            hosts=len(self._tally.host_captures),
            in_flight=self._turns.in_flight(),
            requisites=sum(needed.values()) - needed[Outcome.WAITING],
            requisites_waiting=needed[Outcome.WAITING],
        )

    def _ask(self) -> None:
        now = monotonic()
        if now < self._due:
            return
        try:
            self._citations = self._frontier.reasons(LinkKind.CITATION)
            self._requisites = self._frontier.reasons(LinkKind.REQUISITE)
        except SourcekeepError:  # the display shows what it last knew; who needs the catalogue reports it
            logger.debug("The catalogue does not answer", exc_info=True)
        self._due = monotonic() + max(LEAST_REST, REST * (monotonic() - now))


_DEAD = (Reason.GONE, Reason.DNS_GONE)


def _outcomes(totals: Totals) -> dict[Outcome, int]:
    return {
        Outcome.KEPT: totals.kept,
        Outcome.FAILED: totals.failed,
        Outcome.EXCLUDED: totals.excluded,
        Outcome.WAITING: totals.waiting,
    }


def _of_links(reasons: Reasons) -> Mapping[Reason | None, int]:
    count: Counter[Reason | None] = Counter()
    for (_, reason), number in reasons.items():
        count[reason] += number
    return count


def by_outcome(reasons: Reasons) -> dict[Outcome, int]:
    """How many links there are of each outcome, redirects on the way left out (pure)."""
    count = dict.fromkeys(Outcome, 0)
    for (stage, reason), number in reasons.items():
        if stage in (LinkStage.PENDING, LinkStage.LEASED) or reason is None:
            count[Outcome.WAITING] += number
        elif reason is not Reason.MOVED:
            count[reason.outcome] += number
    return count
