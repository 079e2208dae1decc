"""The nouns of rechecking: a check, what checks of a link come to, and what people say of it (pure).

A `Check` is a fact about one moment and is kept for ever. A `LinkState` is an opinion drawn from the checks of one link
and can be drawn again at any time. A `Mark` is a person's word, which wins. A `HostIncident` is a fact about a host:
what failed alike in it says nothing of single links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from archive.verdicts import Verdict, VerdictState


class Incident(StrEnum):
    """Why a check is a fact but no evidence: what it met was not the link's doing."""

    HOST = "host"
    NETWORK = "network"  # our own


class Alike(StrEnum):
    """In what way the links of a host fail together."""

    NAME = "name"  # it is not found
    CONNECTION = "connection"
    SERVER = "server"  # it answers with 5xx
    SHUT_OUT = "shut_out"  # it keeps us out


class Standing(StrEnum):
    """What several checks conclude."""

    NEW = "new"  # nothing that counts yet
    ALIVE = "alive"
    SUSPECT = "suspect"  # an answer said it is gone; not proven yet
    CHANGED = "changed"  # an answer said something else; not proven yet
    FAILING = "failing"  # no good answer for now
    UNSURE = "unsure"  # kept out, nothing said against it
    DEAD = "dead"
    INVALID = "invalid"  # no address at all: never checked again


class Pace(StrEnum):
    """In what steps a link is checked again."""

    ALIVE = "alive"
    PROVING = "proving"  # suspect or changed, or dead and perhaps come back
    FAILING = "failing"
    UNSURE = "unsure"
    DEAD = "dead"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look at a link. Natural key: `url` and `at`. Times become UTC; a naive one raises ValueError."""

    url: str  # canonical where it has such a form
    at: datetime
    verdict: Verdict
    status: int | None = None
    final_url: str | None = None
    redirects: tuple[str, ...] = ()  # the URLs passed on the way, the last one being `final_url`
    not_before: datetime | None = None  # the server's Retry-After
    incident: Incident | None = None
    run_id: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", in_utc(self.at))
        if self.not_before is not None:
            object.__setattr__(self, "not_before", in_utc(self.not_before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A check that speaks against a link, with the points it carries."""

    at: datetime
    state: VerdictState
    points: float
    record_id: str | None = None  # of the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A person's word on a link, kept for ever; the last one counts. Natural key: `url` and `at`.

    It wins over the checks until it is lifted (by a mark with no state) or, with `until_contradicted`, until the checks
    after it, taken by themselves, come to "alive" or to "dead" and the mark says otherwise.
    """

    url: str
    state: Standing | None  # None: the marks before are lifted
    why: str
    who: str
    at: datetime
    until_contradicted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", in_utc(self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """What the checks of a link come to. `state` is what to show: the mark's word where one is in force."""

    url: str
    next_due: datetime | None  # None: never again
    found: Standing = Standing.NEW  # by the checks alone
    found_at: datetime | None = None  # the check that brought `found`
    evidence: tuple[Counted, ...] = ()  # against the link since it was last alive; of a dead one, what decided it
    last_check: datetime | None = None
    last: VerdictState | None = None  # of the last check outside incidents
    last_at: datetime | None = None  # when that was
    last_alive: datetime | None = None
    returned_at: datetime | None = None  # of a dead one: the live answer that is not yet proof of life
    pace: Pace | None = None
    streak: int = 0  # checks in a row at this pace
    interval: timedelta = timedelta(0)
    mark: Mark | None = None  # in force

    @property
    def state(self) -> Standing:
        """The state to show."""
        return self.found if self.mark is None or self.mark.state is None else self.mark.state

    @property
    def since(self) -> datetime | None:
        """Since when it has the state to show; None for one never checked."""
        return self.found_at if self.mark is None else self.mark.at

    @property
    def points(self) -> float:
        """The points against it; 3 make it dead."""
        return sum(each.points for each in self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostIncident:
    """A time in which the links of a host failed alike. Natural key: `host` and `began`."""

    host: str  # host[:port]
    began: datetime  # the first of the checks that failed
    until: datetime  # the host is left alone until then
    alike: Alike
    run_id: int | None = None


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC: two local times are subtracted by the wall clock and lose an hour twice a year.

    Raises ValueError for a naive one.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
