"""A round of checks: which link goes next, what its check means for its host and for the run.

One link of a host goes at a time until its canary has answered, then so many as the host may have; hosts come in turn.
Nothing is leased: a link whose check is durable is no longer due, so a round that was killed is gone on with by the
next. What is under way or not durable yet is remembered here, so that no link is checked twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from archive.batch import HostHeld
from archive.checks import Check, Incident
from archive.errors import SourcekeepError
from archive.keeper import Findings, Keeper, Kept, Submission
from archive.verdicts import Evidence, Verdict, VerdictState
from crawler.checking.checker import Checked, Checker, Link
from crawler.checking.options import CheckOptions
from crawler.checking.sources import Source
from crawler.hosts import HostTurns, Withdrawn
from crawler.posting import post
from crawler.verdict.incidents import Decision, Incidents, is_silent

logger = logging.getLogger(__name__)

AHEAD = 8  # times as many checks under way as transfers: most of them wait for their host's turn
FEW = 5  # checks under way while our own network is in doubt
SLICE = 2000  # links asked of the catalogue at once


class NetworkDown(SourcekeepError):
    """No host gives a sign of life, and no other name resolves either: it is our own network."""

    exit_code = 8


@dataclass(slots=True, eq=False)
class _Host:
    waiting: deque[Link] = field(default_factory=deque)
    flying: int = 0
    is_ready: bool = False  # it stands among those whose turn comes


class Round:
    """One run's checks. `run` returns when there is nothing more to check, or `stop` was called."""

    def __init__(  # noqa: PLR0913 - it stands between all of them
        self,
        checker: Checker,
        incidents: Incidents,
        source: Source,
        keeper: Keeper,
        turns: HostTurns,
        *,
        options: CheckOptions,
        limit: int | None,
        stopping: Callable[[], bool],
        resolves: Callable[[], Awaitable[bool | None]],
        on_check: Callable[[Check, VerdictState | None], object],
    ) -> None:
        self._checker = checker
        self._incidents = incidents
        self._source = source
        self._keeper = keeper
        self._turns = turns
        self._options = options
        self._left = limit
        self._is_stopping = stopping
        self._resolves = resolves
        self._on_check = on_check
        self._hosts: dict[str, _Host] = {}
        self._ready: deque[str] = deque()
        self._queued = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._undurable: set[str] = set()  # URLs given out, until their checks are on the disk
        self._given_up: set[str] = set()  # URLs nothing could be said of in this run
        self._held: dict[str, VerdictState] = {}  # hosts left alone for the rest of it, and why
        self._dry = False  # the source had nothing new when it was last asked
        self._changed = asyncio.Event()
        self._stopping = False
        self.complete = False  # all that the source had was given out, and what came of it is on the disk
        self._failure: BaseException | None = None
        self._no_evidence: set[tuple[str, datetime]] = set()  # checks of this run that turned out to be none
        self._untold: dict[tuple[str, datetime], tuple[Check, VerdictState | None]] = {}  # while nobody has answered

    @property
    def discarded(self) -> int:
        """How many checks are no evidence: of an incident."""
        return len(self._no_evidence)

    async def run(self) -> None:
        """Check all there is. Raises what went wrong beyond a single link."""
        while not self._stopping:
            self._start_checks()
            if await self._load_more():
                continue
            if not self._tasks and self._incidents.out_of_patience:
                break
            if not self._tasks and not self._queued:
                if not self._undurable:
                    self.complete = True
                    break
                self._keeper.hurry()  # what is not durable yet may hide that there is more
            self._changed.clear()
            await self._changed.wait()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._end()
        self._tell_untold()
        if self._failure is not None:
            self.complete = False
            raise self._failure

    async def drained(self) -> None:
        """Once nothing is under way any more."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        self._tell_untold()

    def stop(self) -> None:
        """Begin no more checks; those under way are finished, or withdrawn by `HostTurns.stop`."""
        self._stopping = True
        self._changed.set()

    def kept(self, loop: asyncio.AbstractEventLoop, group: Sequence[Kept]) -> None:
        """Submissions became durable. From the keeper's thread."""
        urls = [
            kept.submission.findings.check.url
            for kept in group
            if kept.submission.findings is not None and kept.submission.findings.check is not None
        ]
        if urls:
            post(loop, self._durable, urls)

    def _durable(self, urls: Sequence[str]) -> None:
        self._undurable.difference_update(urls)
        self._dry = False
        self._changed.set()

    # --- which link goes next ---

    async def _load_more(self) -> bool:
        """Ask for links if few are left; whether any came."""
        if self._dry or self._stopping or self._queued > SLICE // 2 or self._left == 0:
            return False
        busy = [host for host, each in self._hosts.items() if each.waiting or each.flying] + list(self._held)
        found = await asyncio.to_thread(self._source.next, SLICE - self._queued, busy)
        new = [link for link in found if link.url not in self._undurable and link.url not in self._given_up]
        self._dry = not new
        for link in new[: self._left]:
            self._queue(link)
        if self._left is not None:
            self._left -= len(new[: self._left])
        return bool(new)

    def _queue(self, link: Link) -> None:
        host = self._hosts.setdefault(link.host, _Host())
        host.waiting.append(link)
        self._make_ready(link.host, host)
        self._undurable.add(link.url)
        self._queued += 1

    def _make_ready(self, key: str, host: _Host) -> None:
        """Have the host's turn come, if it may have one; else it comes back when a check of it is over."""
        if host.waiting and not host.is_ready and self._may_go(key, host):
            host.is_ready = True
            self._ready.append(key)

    def _start_checks(self) -> None:
        """Begin what may go, one link of a host after one of another."""
        while self._ready and len(self._tasks) < self._most() and not self._keeper.full and not self._stopping:
            key = self._ready.popleft()
            host = self._hosts[key]
            host.is_ready = False
            self._start(key, host, host.waiting.popleft())
            self._make_ready(key, host)

    def _most(self) -> int:
        if self._incidents.out_of_patience:
            return 0
        return FEW if self._incidents.in_doubt else AHEAD * self._options.transfers

    def _may_go(self, key: str, host: _Host) -> bool:
        one = key != "" and self._incidents.one_by_one(key)
        return host.flying < (1 if one else self._options.per_host)

    def _start(self, key: str, host: _Host, link: Link) -> None:
        host.flying += 1
        self._queued -= 1
        task = asyncio.get_running_loop().create_task(self._checked(key, link))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._over(key, done))

    def _over(self, key: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        host = self._hosts[key]
        host.flying -= 1
        if not host.waiting and not host.flying:
            del self._hosts[key]
        else:
            self._make_ready(key, host)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
            self.stop()
        self._changed.set()

    # --- what a check means ---

    async def _checked(self, key: str, link: Link) -> None:
        if key in self._held:
            self._pass_over(link, self._held[key])
            return
        try:
            checked = await self._checker.check(link)
        except Withdrawn:
            self._withdrawn(link)
            return
        except SourcekeepError:
            raise
        except Exception:  # one link must not end a round of thousands
            if self._stopping or self._is_stopping():
                self._withdrawn(link)  # the engine lets go of what is under way, in ways of its own
                return
            logger.exception("The check of %s failed", link.url)
            checked = Checked(check=self._failed(link))
        await self._take(key, link, checked)

    async def _take(self, key: str, link: Link, checked: Checked) -> None:
        check = checked.check
        decision = self._incidents.note(key, check) if key else Decision()
        own = next((each for each in decision.discard if (each.url, each.at) == (check.url, check.at)), check)
        self._keep(replace(checked, check=own))
        self._tell(own, link.last)
        others = tuple(each for each in decision.discard if (each.url, each.at) != (check.url, check.at))
        self._apply(key, own, replace(decision, discard=others))
        if decision.ask_control:
            self._apply(key, own, self._incidents.control(resolves=await self._resolves()))

    def _tell(self, check: Check, before: VerdictState | None) -> None:
        if check.incident is not None:
            self._discard([check])
        if self._incidents.settled:
            self._tell_untold()
        elif is_silent(check):
            self._untold[check.url, check.at] = (check, before)
            return
        self._on_check(check, before)

    def _tell_untold(self) -> None:
        """What was silent before anybody answered may turn out to say nothing: nobody is told of it before."""
        untold, self._untold = self._untold, {}
        for check, before in untold.values():
            self._on_check(check, before)

    def _discard(self, checks: Iterable[Check]) -> None:
        for check in checks:
            key = (check.url, check.at)
            self._no_evidence.add(key)
            if key in self._untold:
                self._untold[key] = (check, self._untold[key][1])

    def _keep(self, checked: Checked) -> None:
        """Hand over a check with its exchanges, the answer last."""
        *way, answer = checked.recorded or (None,)
        for each in way:
            if each is not None:
                self._keeper.put(Submission(exchange=each.exchange, context=each.context))
        findings = Findings(check=checked.check)
        if answer is None:
            self._keeper.put(Submission(findings=findings))
            return
        self._keeper.put(
            Submission(exchange=answer.exchange, context=answer.context, original=answer.original, findings=findings)
        )

    def _apply(self, key: str, check: Check, decision: Decision) -> None:
        incidents = (*((decision.incident,) if decision.incident else ()), *decision.lifted)
        held = None
        self._discard(decision.discard)
        if decision.hold_until is not None:
            self._hold(key, check, decision)
            held = HostHeld(host=key, until=decision.hold_until) if decision.incident is None else None
        if decision.discard or incidents or held is not None:
            findings = Findings(discarded=decision.discard, incidents=incidents, held=held)
            self._keeper.put(Submission(findings=findings))
        if decision.network_down and self._failure is None:
            self._failure = NetworkDown(
                "no host gives a sign of life: this machine's network is down; nothing of it counts against any link"
            )
            self.stop()

    def _hold(self, key: str, check: Check, decision: Decision) -> None:
        """Leave a host alone: what waits of it waits for another run."""
        assert decision.hold_until is not None, "somebody asked for it"
        self._turns.hold(key, (decision.hold_until - self._options.clock.now()).total_seconds())
        self._held[key] = check.verdict.state
        host = self._hosts.get(key)
        if host is None:
            return
        waiting, host.waiting = host.waiting, deque()
        self._queued -= len(waiting)
        if host.is_ready:
            host.is_ready = False
            self._ready.remove(key)
        for link in waiting:
            self._pass_over(link, check.verdict.state)

    def _pass_over(self, link: Link, state: VerdictState) -> None:
        """A link that is not checked in this run, since its host is left alone for what others of it came to."""
        self._undurable.discard(link.url)
        self._given_up.add(link.url)
        if self._source.answers_all:
            self._tell(self._unmade(link, state, "host_held"), link.last)

    def _withdrawn(self, link: Link) -> None:
        """Nothing was asked: the run ends, or a host on the way asked to be left alone."""
        if self._stopping or self._is_stopping():
            self._undurable.discard(link.url)
        else:
            self._pass_over(link, self._held.get(link.host, VerdictState.RATE_LIMITED))

    def _failed(self, link: Link) -> Check:
        return self._unmade(link, VerdictState.INTERNAL_ERROR, "check_failed")

    def _unmade(self, link: Link, state: VerdictState, rule: str) -> Check:
        return Check(
            url=link.url,
            at=self._options.clock.now(),
            verdict=Verdict(state=state, evidence=Evidence(rule=rule)),
            incident=Incident.HOST if rule == "host_held" else None,
        )

    async def _end(self) -> None:
        """Few hosts, and none of them answered: that may be our own network as well."""
        if self._failure is None and not self._stopping and self._incidents.end().ask_control:
            resolves = await self._resolves()
            known = resolves is not None
            decision = self._incidents.control(resolves=resolves) if known else self._incidents.give_up()
            if decision.network_down:
                self._apply_all(decision)

    def _apply_all(self, decision: Decision) -> None:
        self._discard(decision.discard)
        self._keeper.put(Submission(findings=Findings(discarded=decision.discard, incidents=decision.lifted)))
        self._failure = NetworkDown(
            "no host gives a sign of life: this machine's network is down; nothing of it counts against any link"
        )
