"""Which links a run of checks is about (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which links are checked: those that are due, unless one of the others is given. `limit`: at most so many."""

    all: bool = False  # every link that has a state, due or not
    failed: bool = False  # every one that is not alive
    host: str | None = None  # of this host (host[:port]), due or not
    urls: tuple[str, ...] = ()  # these, in this order, known to the collection or not
    limit: int | None = None
