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
    anew: bool = False  # do not go on with a run of the same choice that was cut off

    @property
    def resumable(self) -> bool:
        """Whether its words find a run of it that was cut off. What is left of what is due shows by itself."""
        return not self.urls and (self.all or self.failed or self.host is not None)

    @property
    def words(self) -> str:
        """The choice in words, the same for the same choice."""
        said = {
            "all": self.all,
            "failed": self.failed,
            f"host={self.host}": self.host,
            f"limit={self.limit}": self.limit,
        }
        return " ".join(word for word, chosen in said.items() if chosen)
