"""One check of a link: a conversation with its servers, from the repaired URL to a verdict.

    robots.txt -> GET (conditional where we hold a copy) -> hops, with cookies -> the body, read in a worker and
    compared with our copy -> judge -> two random siblings, if it takes them -> judge again

What an answer of 304 or with our copy's own digest says needs no reading at all, once the copy is *vetted*: it may have
been made when the link was dead already, and then that it is still there says nothing. So while no check has found the
link alive, what is our copy is read like any other page, and is none if random siblings have all that is in it.

A reading that fails (the parser hung, crashed, took all memory) makes a verdict of "internal error": unsure, never
dead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from archive.checks import Check
from archive.copies import Copy
from archive.http_message import parse_head
from archive.model import Capture, Context, Exchange, Reason, Truncation, Via
from archive.verdicts import Verdict, VerdictClass, VerdictState
from archive.workers import Failure
from crawler.checking.answers import answer_of, is_good, is_redirect, pause_before_retry, wants_to_wait
from crawler.checking.asking import Asker, close_all, payload_bytes
from crawler.checking.cookies import Cookies
from crawler.checking.probing import Probing
from crawler.checking.reader import Reader
from crawler.checking.reading import (
    MOST_BYTES,
    Neighbourhood,
    Ours,
    Payload,
    Sight,
    Texts,
    look,
    payload_of,
    place,
    sibling_texts,
)
from crawler.guard import url_refusal
from crawler.policies import RobotsPolicies, RobotsUnreachable
from crawler.politeness import Politeness
from crawler.verdict.answer import NO_PROBES, Answer, ContentKind, Match, MatchKind, NeedsProbes, Robots
from crawler.verdict.answer import Hop as HopGone
from crawler.verdict.judge import judge
from crawler.verdict.probes import Probe
from crawler.verdict.redirects import is_loop, next_hop, sent_home_then
from crawler.verdict.url import repair

logger = logging.getLogger(__name__)

CHANGED = 0.9  # share of our copy below which an answer says something new


class Memory(Protocol):
    """What the checker asks of the catalogue; made in threads."""

    async def baseline(self, copies: Sequence[Copy]) -> Copy | None:
        """The first copy that is fit to be compared with."""

    async def fingerprint(self, copy: Copy) -> bytes:
        """What is kept of it."""

    async def capture(self, copy: Copy) -> Capture | None:
        """Its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to be checked, and what is known of it."""

    url: str  # canonical where it has such a form
    host: str  # politeness key; "" for what is no URL
    copies: tuple[Copy, ...] = ()  # the best to compare with first
    expected: ContentKind | None = None
    last: VerdictState | None = None  # of its last check


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An exchange of a check, to be kept."""

    exchange: Exchange
    context: Context
    original: Capture | None = None  # of a 304: what it stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A check made. `recorded` is empty unless its answer says something new; else the last one is the answer."""

    check: Check
    recorded: tuple[Recorded, ...] = ()


@dataclass(slots=True, eq=False)
class _Visit:
    """One check under way."""

    link: Link
    asked: Answer  # with what is the same for all answers
    copy: Copy | None = None
    hops: list[HopGone] = field(default_factory=list)
    cookies: Cookies = field(default_factory=Cookies)
    made: list[tuple[Exchange, Context]] = field(default_factory=list)
    match: Match | None = None
    not_before: datetime | None = None
    waited: bool = False  # a Retry-After was
    original: Copy | None = None  # that a 304 stands for
    vetted: bool = True  # our copy is known to be the link's own

    @property
    def exchange(self) -> Exchange | None:
        """The last one."""
        return self.made[-1][0] if self.made else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrived:
    """An answer: where it sends its reader on to, or what it comes to, if that is known already."""

    answer: Answer
    hop: HopGone | None = None
    found: Verdict | NeedsProbes | None = None


class Checker:
    """Checks links, any number at once. `now` is the clock of checks; `name_resolves` asks for the control name."""

    def __init__(  # noqa: PLR0913 - it stands between all of them
        self,
        asker: Asker,
        robots: RobotsPolicies | None,
        reader: Reader,
        memory: Memory,
        *,
        policy: Politeness,
        now: Callable[[], datetime],
        name_resolves: Callable[[], Awaitable[bool | None]],
        run_id: int,
        randomness: bytes,
    ) -> None:
        self._asker = asker
        self._robots = robots
        self._reader = reader
        self._memory = memory
        self._policy = policy
        self._now = now
        self._name_resolves = name_resolves
        self._run_id = run_id
        self._probing = Probing(self._probe, randomness=randomness)

    async def check(self, link: Link) -> Checked:
        """Check a link. Raises `Withdrawn` where nothing can be said: the run ends, or a host asks to be left alone."""
        url = repair(link.url)
        spelled = link.url if isinstance(url, VerdictState) else url
        visit = _Visit(link=link, asked=Answer(url=spelled, expected=link.expected))
        if isinstance(url, VerdictState):
            return Checked(check=self._check(visit, visit.asked, _verdict(judge(visit.asked, None, NO_PROBES))))
        try:
            copies = [copy for copy in link.copies if not sent_home_then(url, copy.url)]
            visit.copy = await self._memory.baseline(copies)
            visit.vetted = link.last is not None and link.last.verdict_class is VerdictClass.ALIVE
            answer, verdict = await self._judged(visit, await self._go(visit, url))
            check = self._check(visit, answer, verdict)
            if _brings_news(visit, check):
                return Checked(check=check, recorded=await self._recorded(visit))
            close_all([exchange for exchange, _ in visit.made])
            return Checked(check=check)
        except BaseException:
            close_all([exchange for exchange, _ in visit.made])
            raise

    # --- the way ---

    async def _go(self, visit: _Visit, url: str) -> _Arrived:
        """The last answer of the way that begins at `url`."""
        arrived = await self._step(visit, url)
        while (hop := arrived.hop) is not None:
            answer = arrived.answer
            visit.hops.append(hop)
            visit.cookies.take(answer)
            cookies = visit.cookies.of(hop.target)
            if is_loop(visit.hops, hop.target, cookies):
                again = replace(hop, url=hop.target, cookies=cookies)  # a page that reloads itself is a circle as well
                return _Arrived(answer=replace(answer, hops=(*visit.hops, again)))
            visit.match = None
            visit.asked = replace(visit.asked, cookies=cookies)
            arrived = await self._step(visit, hop.target)
        return arrived

    async def _step(self, visit: _Visit, url: str) -> _Arrived:
        refused = await self._refused(visit, url)
        if refused is not None:
            return _Arrived(answer=refused)
        exchange = await self._ask(visit, url)
        head = parse_head(exchange.response_head) if exchange.response_head else None
        answer = answer_of(visit.asked, url, tuple(visit.hops), exchange, head)
        if answer.error is Reason.DNS_GONE:
            return _Arrived(answer=replace(answer, control_name_resolves=await self._name_resolves() is True))
        if self._is_our_copy(visit, answer):
            return _Arrived(answer=answer)
        readable = head is not None and answer.payload_length and answer.truncated in (None, Truncation.LENGTH)
        if not readable or is_redirect(answer):
            return _Arrived(answer=answer, hop=next_hop(answer))
        return await self._seen(visit, answer, exchange)

    async def _refused(self, visit: _Visit, url: str) -> Answer | None:
        """What robots.txt makes of asking for `url`; None if it may be asked for."""
        if self._robots is None or url_refusal(url) is not None:
            return None
        way = replace(visit.asked, final_url=url, hops=tuple(visit.hops))
        for tries in range(1, 4):
            try:
                policy = await self._robots.of(url)
            except RobotsUnreachable as error:
                if error.reason is Reason.SERVER_ERROR:
                    return replace(way, robots=Robots.UNREACHABLE)
                if error.reason is not Reason.CONN_RESET or tries == 3:
                    if error.attempt is not None:
                        visit.made.append((replace(error.attempt, via=Via.CHECK), self._context(visit)))
                    return await self._unreachable(way, error.reason)
                await asyncio.sleep(self._policy.retry_wait * tries)
                continue
            return None if policy.allows(url) else replace(way, robots=Robots.DISALLOWED)
        return None

    async def _unreachable(self, way: Answer, reason: Reason) -> Answer:
        """The host did not even give its robots.txt: what went wrong with that is what is wrong with the link."""
        resolves = reason is Reason.DNS_GONE and await self._name_resolves() is True
        return replace(way, error=reason, error_text=f"robots.txt: {reason}", control_name_resolves=resolves)

    async def _ask(self, visit: _Visit, url: str) -> Exchange:
        """The answer for `url`, or what went wrong; asked again where that may pass."""
        tries = 0
        while True:
            made = await self._asker.get(url, self._headers(visit, url))
            context = self._context(visit)
            visit.made.extend((exchange, context) for exchange in made)
            tries += 1
            exchange = made[-1]
            now = self._now()
            visit.not_before = wants_to_wait(exchange, now)
            pause = pause_before_retry(exchange, tries=tries, waited=visit.waited, now=now, policy=self._policy)
            if pause is None:
                return exchange
            visit.waited = visit.waited or visit.not_before is not None
            await asyncio.sleep(pause)

    def _headers(self, visit: _Visit, url: str) -> dict[str, str]:
        headers: dict[str, str] = {}
        copy = visit.copy
        if copy is not None and visit.vetted and not visit.asked.cookies:
            headers |= copy.validators(url)
        if visit.asked.cookies:
            headers["Cookie"] = visit.asked.cookies
        return headers

    def _context(self, visit: _Visit) -> Context:
        via = visit.hops[-1].url if visit.hops else None
        return Context(via=via, hops="C" + "R" * len(visit.hops))

    # --- what came ---

    def _is_our_copy(self, visit: _Visit, answer: Answer) -> bool:
        """Whether the answer is our copy by its digest, or by the server's word."""
        copy = visit.copy
        if copy is None or not visit.vetted:
            return False
        not_modified = answer.status == 304 and bool(copy.validators(answer.end))
        if not not_modified and not (is_good(answer) and answer.payload_sha256 == copy.sha256):
            return False
        visit.original = copy if not_modified else None
        visit.match = Match(kind=MatchKind.DIGEST, share=1.0, same_digest=True, record_id=copy.capture_id)
        return True

    async def _seen(self, visit: _Visit, answer: Answer, exchange: Exchange) -> _Arrived:
        seen = await self._reader.read(look, await self._sight(visit, answer, exchange))
        if isinstance(seen, Failure):
            return _Arrived(answer=_unread(answer, seen))
        visit.match = seen.match
        return _Arrived(answer=replace(answer, kind=seen.kind), hop=seen.hop, found=seen.found)

    async def _sight(self, visit: _Visit, answer: Answer, exchange: Exchange) -> Callable[[], Sight]:
        ours: Ours | None = None
        if visit.copy is not None and answer.status is not None and 200 <= answer.status < 300:
            stored = await self._memory.fingerprint(visit.copy)
            record_id = visit.copy.capture_id
            ours = Ours(fingerprint=stored, record_id=record_id, vetted=visit.vetted) if stored else None
        return lambda: Sight(payload=_payload(exchange, answer.end), answer=answer, ours=ours)

    # --- the verdict ---

    async def _judged(self, visit: _Visit, arrived: _Arrived) -> tuple[Answer, Verdict]:
        answer = arrived.answer
        found = arrived.found or judge(answer, visit.match)
        if not isinstance(found, NeedsProbes):
            return answer, found
        exchange = visit.exchange
        assert exchange is not None, "only what was answered needs probes"
        siblings = await self._probing.siblings(visit.asked.url)
        sight = await self._sight(visit, answer, exchange)
        placed = await self._reader.read(place, lambda: Neighbourhood(sight=sight(), siblings=siblings))
        if isinstance(placed, Failure):
            answer = _unread(answer, placed)
            return answer, _verdict(judge(answer, None, NO_PROBES))
        visit.match = placed.match
        return answer, _verdict(placed.found)

    async def _probe(self, url: str) -> Probe:
        """What a random sibling is answered. Raises `Withdrawn`."""
        visit = _Visit(link=Link(url=url, host=""), asked=Answer(url=url))
        try:
            answer = (await self._go(visit, url)).answer
            texts = Texts(text=None, own=None, title="")
            exchange = visit.exchange
            if exchange is not None and answer.payload_length and answer.status is not None and answer.status < 400:
                found = await self._reader.read(sibling_texts, lambda: (_payload(exchange, answer.end), url))
                texts = texts if isinstance(found, Failure) else found
            return Probe(url=url, final_url=answer.end, status=answer.status or 0, **texts)
        finally:
            close_all([exchange for exchange, _ in visit.made])

    def _check(self, visit: _Visit, answer: Answer, verdict: Verdict) -> Check:
        return Check(
            url=visit.link.url,
            at=self._now(),
            verdict=verdict,
            status=answer.status,
            final_url=answer.end if visit.made else None,
            redirects=tuple(hop.target for hop in visit.hops),
            not_before=visit.not_before,
            run_id=self._run_id,
        )

    async def _recorded(self, visit: _Visit) -> tuple[Recorded, ...]:
        original = await self._memory.capture(visit.original) if visit.original is not None else None
        last = len(visit.made) - 1
        return tuple(
            Recorded(exchange=exchange, context=context, original=original if number == last else None)
            for number, (exchange, context) in enumerate(visit.made)
        )


def _payload(exchange: Exchange, url: str) -> Payload:
    return payload_of(parse_head(exchange.response_head), payload_bytes(exchange, MOST_BYTES), url)


def _unread(answer: Answer, failure: Failure) -> Answer:
    """An answer that could not be read says nothing against its link, whatever its status."""
    return replace(answer, error=Reason.INTERNAL_ERROR, error_text=f"{failure.kind}: {failure.text}")


def _verdict(found: Verdict | NeedsProbes) -> Verdict:
    assert not isinstance(found, NeedsProbes), "probes were given"
    return found


def _brings_news(visit: _Visit, check: Check) -> bool:
    """Whether the answer is worth keeping: another state than the last time, or a text that we do not hold."""
    if not visit.made:
        return False
    alive, match = check.verdict.verdict_class is VerdictClass.ALIVE, visit.match
    is_known = visit.link.last is None and alive and match is not None and match.contained
    if check.verdict.state is not visit.link.last and not is_known:
        return True
    if not alive or visit.made[-1][0].payload_sha256 in {copy.sha256 for copy in visit.link.copies}:
        return False
    return match is None or (not match.same_digest and match.share is not None and match.share < CHANGED)
