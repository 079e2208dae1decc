"""Whose turn it is: the live politeness state of every host of this process.

One host has so many requests in flight and so long a pause between them; `HostTurns.take` waits until both allow
another. Times are the monotonic clock's, so that a jump of the wall clock neither stalls nor stampedes a crawl.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from crawler.politeness import Politeness, pause_after

IDLE_FORGOTTEN = 10_000  # hosts kept in mind; past it, those at rest are forgotten


class Withdrawn(Exception):
    """The crawl is stopping, or the host asked to be left alone: a request still waiting for its turn is not sent."""


@dataclass(slots=True, eq=False)
class HostTurn:
    """One host: what is in flight, who waits, and when the next may start (monotonic seconds)."""

    policy: Politeness
    ready_at: float = 0.0
    held_until: float = 0.0
    in_flight: int = 0
    crawl_delay: float | None = None
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    alarm: asyncio.TimerHandle | None = None


class HostTurns:
    """The turns of all hosts, over one `Politeness` and what it has for single ones."""

    def __init__(self, policy: Politeness) -> None:
        self._policy = policy
        self._hosts: dict[str, HostTurn] = {}
        self._stopping = False

    async def take(self, host: str) -> None:
        """Wait for a turn at `host`; give it back with `give_back`.

        Raises `Withdrawn` when the crawl stops first, or the host is held.
        """
        turn = self._turn(host)
        loop = asyncio.get_running_loop()
        if self._stopping or turn.held_until > loop.time():
            raise Withdrawn(host)
        if not turn.waiting and self._free(turn, loop.time()):
            turn.in_flight += 1
            return
        ticket: asyncio.Future[None] = loop.create_future()
        turn.waiting.append(ticket)
        self._next(turn, loop)
        try:
            await ticket
        except asyncio.CancelledError:
            self._abandoned(turn, ticket)
            raise

    def give_back(self, host: str, *, duration: float) -> None:
        """The request that took `duration` seconds is over: the pause begins."""
        turn = self._turn(host)
        loop = asyncio.get_running_loop()
        turn.in_flight -= 1
        pause = pause_after(turn.policy, duration=duration, crawl_delay=turn.crawl_delay)
        turn.ready_at = max(turn.ready_at, loop.time() + pause)
        self._next(turn, loop)

    def hold(self, host: str, seconds: float) -> None:
        """Leave `host` alone for so long (its Retry-After): until then nobody gets or waits for a turn there."""
        turn = self._turn(host)
        turn.held_until = max(turn.held_until, asyncio.get_running_loop().time() + seconds)
        self._withdraw(turn)

    def set_crawl_delay(self, host: str, seconds: float | None) -> None:
        """The Crawl-delay of the host's robots.txt."""
        self._turn(host).crawl_delay = seconds

    def stop(self) -> None:
        """No more turns: everyone waiting is withdrawn, requests in flight go on."""
        self._stopping = True
        for turn in self._hosts.values():
            self._withdraw(turn)

    def in_flight(self) -> int:
        """Requests under way, over all hosts."""
        return sum(turn.in_flight for turn in self._hosts.values())

    def _withdraw(self, turn: HostTurn) -> None:
        if turn.alarm is not None:
            turn.alarm.cancel()
            turn.alarm = None
        while turn.waiting:
            ticket = turn.waiting.popleft()
            if not ticket.done():
                ticket.set_exception(Withdrawn())

    def _turn(self, host: str) -> HostTurn:
        turn = self._hosts.get(host)
        if turn is None:
            if len(self._hosts) >= IDLE_FORGOTTEN:
                self._forget_idle()
            turn = self._hosts[host] = HostTurn(policy=self._policy.at(host))
        return turn

    def _forget_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        idle = [key for key, turn in self._hosts.items() if not turn.waiting and not turn.in_flight]
        for key in idle:
            turn = self._hosts[key]
            if max(turn.ready_at, turn.held_until) <= now and turn.crawl_delay is None:
                del self._hosts[key]

    def _free(self, turn: HostTurn, now: float) -> bool:
        return turn.in_flight < turn.policy.per_host and turn.ready_at <= now

    def _next(self, turn: HostTurn, loop: asyncio.AbstractEventLoop) -> None:
        while turn.waiting and self._free(turn, loop.time()):
            ticket = turn.waiting.popleft()
            if not ticket.done():
                turn.in_flight += 1
                ticket.set_result(None)
        if turn.waiting and turn.alarm is None and turn.in_flight < turn.policy.per_host:
            turn.alarm = loop.call_at(turn.ready_at, self._ring, turn, loop)

    def _ring(self, turn: HostTurn, loop: asyncio.AbstractEventLoop) -> None:
        turn.alarm = None
        self._next(turn, loop)

    def _abandoned(self, turn: HostTurn, ticket: asyncio.Future[None]) -> None:
        if ticket.done() and not ticket.cancelled() and ticket.exception() is None:
            turn.in_flight -= 1
            self._next(turn, asyncio.get_running_loop())
