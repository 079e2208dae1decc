"""What a run over the bed came to: each behaviour with what was said of it, and the figures (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain

from archive.verdicts import VerdictClass, VerdictState
from tests.bed.behaviour import Behaviour

_DEAD = VerdictClass.DEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was said of one link; `got` None: nothing at all."""

    behaviour: Behaviour
    got: VerdictState | None
    rule: str = ""
    proof: str = ""  # words and numbers

    @property
    def exact(self) -> bool:
        """One of the states that may be said."""
        return self.got in self.behaviour.states

    @property
    def called_dead(self) -> bool:
        """It was called dead."""
        return self.got is not None and self.got.verdict_class is _DEAD

    @property
    def false_death(self) -> bool:
        """Called dead, and there is no way to see it so."""
        return self.called_dead and _DEAD not in self.behaviour.classes

    def row(self) -> str:
        """A line of the table."""
        wanted = "|".join(self.behaviour.states)
        mark = "   " if self.exact else "!! " if self.false_death else "!  "
        return (
            f"{mark}{self.behaviour.name:32.32} {wanted:40.40} {self.got or '-':18} {self.rule:28.28} {self.proof:.90}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The figures of a run."""

    results: tuple[Result, ...] = field(repr=False)
    requests: int  # of the checks, robots.txt and made-up neighbours included
    probes: int  # of them, for addresses that nobody cited and no redirect led to, robots.txt apart
    crawl_seconds: float
    check_seconds: float

    @property
    def exact(self) -> float:
        """The share of links of which something right was said."""
        return sum(each.exact for each in self.results) / len(self.results)

    @property
    def misses(self) -> list[Result]:
        """Those of which it was not."""
        return [each for each in self.results if not each.exact]

    @property
    def false_deaths(self) -> list[str]:
        """Living links that were called dead."""
        return [each.behaviour.name for each in self.results if each.false_death and each.behaviour.healthy]

    @property
    def unsure_dead(self) -> list[str]:
        """Links that nobody can know to be dead, and that were called so: shut out, failing, changed."""
        return [each.behaviour.name for each in self.results if each.false_death and not each.behaviour.healthy]

    @property
    def soft_deaths(self) -> int:
        """How many there are."""
        return sum(each.behaviour.soft_death for each in self.results)

    @property
    def soft_found(self) -> int:
        """How many were called dead."""
        return sum(each.behaviour.soft_death and each.called_dead for each in self.results)

    @property
    def asked(self) -> int:
        """How many links were asked for over the wire."""
        return sum(each.behaviour.cites for each in self.results)

    @property
    def requests_a_link(self) -> float:
        """What a check costs."""
        return self.requests / self.asked

    def lines(self, *, all_rows: bool = True) -> list[str]:
        """The table and the figures."""
        rows = [each.row() for each in (self.results if all_rows else self.misses)]
        healthy = sum(each.behaviour.healthy for each in self.results)
        figures = [
            f"links {len(self.results)}   exact {self.exact:.1%}   misses {len(self.misses)}",
            f"living {healthy}, called dead {len(self.false_deaths)} {' '.join(self.false_deaths)}",
            f"others that must not be called dead, and were: {len(self.unsure_dead)} {' '.join(self.unsure_dead)}",
            f"soft deaths {self.soft_deaths}, found {self.soft_found}",
            f"requests a link {self.requests_a_link:.2f} ({self.probes} of {self.requests} for neighbours)",
            f"crawl {self.crawl_seconds:.1f} s, checks {self.check_seconds:.1f} s",
        ]
        return list(chain(rows, [""], figures))
