"""What a run of checks came to, as it goes on."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.check_rows import Turn
from archive.checks import Check, LinkState, Standing
from archive.verdicts import VerdictState

MOST_LISTED = 10_000  # links of one list

Wanted = Callable[[Standing, Standing], bool]  # before, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A link worth telling of, and the check that makes it so."""

    url: str
    state: VerdictState
    final_url: str | None


class CheckTally:
    """Counts checks as they are made (in the loop) and states as they turn (in the keeper's thread)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turned: dict[str, tuple[Standing, LinkState]] = {}  # what it was when the run began, what it is now
        self.states: Counter[VerdictState] = Counter()
        self.discarded = 0
        self.requests = 0
        self.began: datetime | None = None  # by the clock of checks
        self.gone_on: datetime | None = None  # when the run began that was cut off and is gone on with
        self.moved: list[Told] = []
        self.drifted: list[Told] = []

    @property
    def checks(self) -> int:
        """How many were made."""
        return self.states.total()

    def note(self, check: Check, *, before: VerdictState | None) -> None:
        """A check was made; `before` is the state of the one before it."""
        state = check.verdict.state
        self.states[state] += 1
        lists = {VerdictState.MOVED: self.moved, VerdictState.CONTENT_DRIFTED: self.drifted}
        if state is not before and state in lists and len(lists[state]) < MOST_LISTED:
            lists[state].append(Told(url=check.url, state=state, final_url=check.final_url))

    def turned(self, turns: Sequence[Turn]) -> None:
        """States that became durable and are others than before."""
        with self._lock:
            for turn in turns:
                url = turn.after.url
                if url not in self._turned and Standing.DEAD not in (_shown(turn.before), turn.after.state):
                    continue  # of a first run these are all links
                first = self._turned[url][0] if url in self._turned else _shown(turn.before)
                self._turned[url] = (first, turn.after)

    def newly_dead(self) -> list[LinkState]:
        """Links that this run found dead."""
        return self._which(lambda before, after: after is Standing.DEAD is not before)

    def revived(self) -> list[LinkState]:
        """Links that were dead and live."""
        return self._which(lambda before, after: before is Standing.DEAD and after is Standing.ALIVE)

    def _which(self, wanted: Wanted) -> list[LinkState]:
        with self._lock:
            found = [after for before, after in self._turned.values() if wanted(before, after.state)]
        return sorted(found, key=lambda state: state.url)


def _shown(state: LinkState | None) -> Standing:
    return state.state if state is not None else Standing.NEW
