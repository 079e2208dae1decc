"""What is not the links' doing: a host that is down, our own network (pure).

Links of one host die together, and come back together. So one link of a host goes first, the canary; three that fail
alike, and none that answered, are an incident of the host: it is left alone until tomorrow and none of it is evidence.
A host that has failed alike for two weeks is no incident any more but its links' death: from then on its checks count,
or a host that is gone for good would keep its links from dying. Where many hosts give no sign of life one after the
other, a name that always resolves tells whether it is our own network: then nothing counts. Without such a name only
an answer can tell: the run goes on with a few hosts at a time, and the network is taken for down when so many more are
silent too, or no host is left, and nobody answered in the whole run.

An `Incidents` belongs to one run and is fed every check as it is made; it looks at no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from archive.checks import Alike, Check, HostIncident, Incident, LinkState, Standing
from archive.schedule import TOMORROW
from archive.verdicts import VerdictClass, VerdictState

ENOUGH = 3  # links of a host that fail alike
SILENT_HOSTS = 5  # in a row, before our own network is doubted
FURTHER_HOSTS = 20  # that are silent too, before it is taken for down on their silence alone
LONGEST_INCIDENT = timedelta(days=14)

_ALIKE = {
    VerdictState.DNS_GONE: Alike.NAME,
    VerdictState.DNS_TEMP: Alike.NAME,
    VerdictState.UNREACHABLE: Alike.CONNECTION,
    VerdictState.CONN_REFUSED: Alike.CONNECTION,
    VerdictState.CONN_RESET: Alike.CONNECTION,
    VerdictState.TIMEOUT: Alike.CONNECTION,
    VerdictState.TLS_ERROR: Alike.CONNECTION,
    VerdictState.PROTOCOL_ERROR: Alike.CONNECTION,
    VerdictState.TRUNCATED: Alike.CONNECTION,
    VerdictState.EMPTY: Alike.CONNECTION,
    VerdictState.SERVER_ERROR: Alike.SERVER,
    VerdictState.BLOCKED: Alike.SHUT_OUT,
    VerdictState.RATE_LIMITED: Alike.SHUT_OUT,
}
_SILENT = (
    VerdictState.DNS_GONE,
    VerdictState.DNS_TEMP,
    VerdictState.TIMEOUT,
    VerdictState.UNREACHABLE,
)  # not a connection that is refused or reset: somebody did that
_UNASKED = (VerdictState.REFUSED_ADDRESS, VerdictState.ROBOTS_EXCLUDED)  # our own rules, or remembered ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a check means for the run."""

    hold_until: datetime | None = None  # leave its host alone until then
    discard: tuple[Check, ...] = ()  # checks of this run that are no evidence, with their `incident`
    incident: HostIncident | None = None  # to be kept; one with the same natural key only lasts longer now
    lifted: tuple[HostIncident, ...] = ()  # were none: they end where they began
    ask_control: bool = False  # see whether the control name resolves, and say so to `control`
    network_down: bool = False  # end the run


@dataclass(slots=True, eq=False)
class _Host:
    up: bool = False  # it answered in this run
    alike: Alike | None = None
    failed: list[Check] = field(default_factory=list)  # alike and in a row
    incident: HostIncident | None = None  # it is in


class Incidents:
    """The incidents of one run, found check by check.

    `down_since` holds the hosts whose last incident nobody has seen the end of, with its begin.
    """

    def __init__(self, *, down_since: Mapping[str, datetime] | None = None, run_id: int | None = None) -> None:
        self._down_since = {} if down_since is None else down_since  # it fills up as the run goes on
        self._run_id = run_id
        self._hosts: dict[str, _Host] = {}
        self._silent: dict[str, list[Check]] = {}  # by host, since anybody answered
        self._asked_at = 0  # silent hosts when the control name was last asked for
        self._network_down = False
        self._answered = False  # by anybody, in this run
        self._resolved = False  # the control name did
        self._in_doubt = False  # there was nothing to ask

    def one_by_one(self, host: str) -> bool:
        """Whether only one link of `host` may be under way: before its canary has answered, and while it fails."""
        known = self._hosts.get(host)
        return known is None or not known.up or bool(known.failed)

    @property
    def settled(self) -> bool:
        """Whether it is known that our own network is up, or was."""
        return self._answered or self._resolved

    @property
    def in_doubt(self) -> bool:
        """Whether only few hosts should be asked at a time, since nobody answered yet."""
        return self._in_doubt and not self.settled

    @property
    def out_of_patience(self) -> bool:
        """Whether no further host should be asked: once those under way are silent too, call `give_up`."""
        return self.in_doubt and len(self._silent) >= SILENT_HOSTS + FURTHER_HOSTS

    def note(self, host: str, check: Check) -> Decision:
        """What `check`, just made at `host`, means for the run."""
        decision = self._of_host(self._hosts.setdefault(host, _Host()), host, check)
        if not is_silent(check):
            self._somebody_answered(check)
            return decision
        if self._network_down:
            return Decision(discard=_marked([check], Incident.NETWORK), network_down=True)
        return replace(decision, ask_control=self._doubt(host, check))

    def control(self, *, resolves: bool | None) -> Decision:
        """What follows from the control name; None where there is none to ask, and nobody answered lately."""
        if resolves is False:
            return self._down()
        self._resolved = self._resolved or resolves is True
        self._in_doubt = resolves is None
        return Decision()

    def give_up(self) -> Decision:
        """What follows from there being nobody left to ask, nothing under way, and no control name."""
        if self.settled or len(self._silent) < SILENT_HOSTS:
            return Decision()
        return self._down()

    def _down(self) -> Decision:
        self._network_down = True
        self._resolved = False
        silent = [check for checks in self._silent.values() for check in checks]
        return Decision(discard=_marked(silent, Incident.NETWORK), lifted=self._lifted(), network_down=True)

    def end(self) -> Decision:
        """To be asked when the run is over: few hosts, and none of them answered, want the control name as well."""
        return Decision(ask_control=bool(self._silent) and not self._answered and not self._network_down)

    # --- our own network ---

    def _somebody_answered(self, check: Check) -> None:
        if _asked(check):
            self._answered = True
            self._silent.clear()
            self._asked_at = 0
            self._network_down = False

    def _doubt(self, host: str, check: Check) -> bool:
        """Whether to ask for the control name: at 5 silent hosts in a row, then each time they have doubled."""
        self._silent.setdefault(host, []).append(check)
        silent = len(self._silent)
        if silent < max(SILENT_HOSTS, 2 * self._asked_at):
            return False
        self._asked_at = silent
        return True

    def _lifted(self) -> tuple[HostIncident, ...]:
        found = [incident for host in self._silent if (incident := self._hosts[host].incident)]
        for incident in found:
            self._hosts[incident.host] = _Host(up=self._hosts[incident.host].up)
        return tuple(replace(incident, until=incident.began) for incident in found)

    # --- one host ---

    def _of_host(self, known: _Host, host: str, check: Check) -> Decision:
        alike = _ALIKE.get(check.verdict.state)
        if alike is None:
            known.failed.clear()
            known.up = known.up or _asked(check)
            return Decision(hold_until=check.not_before)
        if alike is not known.alike:
            known.failed.clear()
            known.alike = alike
        known.failed.append(check)
        if len(known.failed) < ENOUGH:
            return Decision(hold_until=check.not_before)
        return self._failing_alike(known, host, check, alike)

    def _failing_alike(self, known: _Host, host: str, check: Check, alike: Alike) -> Decision:
        hold = max(check.at + TOMORROW, check.not_before or check.at)
        if alike is Alike.SHUT_OUT or known.up:
            return Decision(hold_until=hold)  # each counts by itself, but it wants no more of us today
        began = known.incident.began if known.incident else known.failed[0].at
        if check.at - min(self._down_since.get(host, began), began) >= LONGEST_INCIDENT:
            return Decision(hold_until=check.not_before)
        new = [check] if known.incident else known.failed
        known.incident = HostIncident(host=host, began=began, until=hold, alike=alike, run_id=self._run_id)
        return Decision(hold_until=hold, discard=_marked(new, Incident.HOST), incident=known.incident)


def canary_first(due: Iterable[LinkState]) -> list[LinkState]:
    """The links of one host, the one that was seen alive last in front, the others as they came."""
    links = list(due)
    alive = [link for link in links if link.found is Standing.ALIVE and link.last_alive is not None]
    if not alive:
        return links
    canary = max(alive, key=_seen_alive)
    return [canary, *(link for link in links if link is not canary)]


def _seen_alive(link: LinkState) -> tuple[datetime, str]:
    assert link.last_alive is not None
    return link.last_alive, link.url


def is_silent(check: Check) -> bool:
    """Whether a check heard nothing from anybody, as it would with our own network down."""
    return check.verdict.state in _SILENT


def _asked(check: Check) -> bool:
    """Whether somebody was asked for it, and answered (where the verdict is none of silence)."""
    return check.verdict.verdict_class is not VerdictClass.INVALID and check.verdict.state not in _UNASKED


def _marked(checks: Iterable[Check], incident: Incident) -> tuple[Check, ...]:
    return tuple(replace(check, incident=incident) for check in checks)
