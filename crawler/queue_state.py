"""What waits in a collection: asked of its catalogue, so rarely that it costs next to nothing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from time import monotonic

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.model import LinkKind
from archive.schema import link_states
from archive.state_rows import state_counts
from crawler.metrics import Queue
from crawler.standing import by_outcome

REST = 50  # times as long as the catalogue took to answer, it is left alone


class QueueState:
    """Asks; from one thread at a time."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._due = 0.0

    def ask(self, now: datetime, *, at_once: bool = False) -> Queue | None:
        """What waits at `now`; None if it was asked too lately. Raises SourcekeepError."""
        began = monotonic()
        if began < self._due and not at_once:
            return None
        frontier = Frontier(self._catalogue)
        stages: Counter[str] = Counter()
        for (stage, _), number in frontier.counts().items():
            stages[stage.value] += number
        citations = by_outcome(frontier.reasons(LinkKind.CITATION))
        with self._catalogue.reading() as connection:
            standings = {state.value: number for state, number in state_counts(connection).items()}
            due, first = connection.execute(_due_at, {"b_now": now}).one()
        self._due = monotonic() + REST * (monotonic() - began)
        return Queue(
            stages=stages,
            due=due,
            lag=max(0.0, (now - first).total_seconds()) if first is not None else 0.0,
            standings=standings,
            citations={outcome.value: number for outcome, number in citations.items()},
        )


_due_at = sa.select(sa.func.count(), sa.func.min(link_states.c.next_due)).where(
    link_states.c.next_due <= sa.bindparam("b_now", type_=link_states.c.next_due.type)
)
