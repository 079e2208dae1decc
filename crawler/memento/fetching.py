"""Fetches mementos with our own engine: their bytes as the archive sent them, redirects followed by its rules.

An archive redirects for two reasons. To a capture nearer to the time asked for: that is its own affair, and is followed
as long as it stays near. And because what it archived was a redirect: that one is part of what is brought back, if what
it leads to was archived within a day of it and is no home page.

robots.txt is not asked here: these are interfaces that archives publish for this use, and their limits are kept.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from archive.coding import decode_body
from archive.http_message import Head, parse_head
from archive.model import Exchange, Reason
from archive.urls import canonical, host_key, surt
from archive.workers import line_of
from crawler.attempt import RECEIVER
from crawler.exchange_payload import payload_of
from crawler.guard import url_refusal
from crawler.hosts import Withdrawn
from crawler.memento.archive_links import raw_of, unwrap_once
from crawler.memento.asking import LONGEST_WAIT, ArchiveClient, Excluded, Unavailable, retry_after
from crawler.memento.choosing import WITHIN, Candidate
from crawler.memento.link_format import memento_datetime
from crawler.memento.wayback import says_excluded
from crawler.verdict.addresses import is_home
from crawler.verdict.reading import Body

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

MOST_HOPS = 8
_REDIRECTS = (301, 302, 303, 307, 308)
_ERROR_PAGE = 20_000  # bytes of an archive's error page that are read


class Unusable(Exception):
    """A memento that is no copy: an archived error, a redirect that leads away, a page that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One answer of an archive on the way: of which original, of when."""

    exchange: Exchange
    url: str
    at: datetime
    head: Head

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """As they came, Latin-1."""
        return self.head.headers

    def body(self, limit: int) -> Body:
        """The payload without content codings, its first `limit` bytes. Raises UnsupportedCodingError, OSError."""
        data = _payload(self.exchange, self.head, limit)
        return Body(data=data, content_type=self.head.get("content-type"), url=self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A memento, and the archived redirects that lead to it."""

    final: Step
    hops: tuple[Step, ...] = ()

    def close(self) -> None:
        """Let go of the bodies of what is not kept."""
        for step in (*self.hops, self.final):
            _close(step.exchange)


class Fetcher:
    """Fetches by the engine of a crawl that is under way. `stopped` ends all waiting."""

    def __init__(self, crawler: Crawler, *, tries: int, retry_wait: float, stopped: threading.Event) -> None:
        self._crawler = crawler
        self._tries = tries
        self._retry_wait = retry_wait
        self._stopped = stopped

    async def fetch(self, candidate: Candidate, client: ArchiveClient | None, *, home_is_fine: bool) -> Fetched:
        """The memento. Raises Unusable, Unavailable, Excluded."""
        way = Way(candidate, home_is_fine=home_is_fine)
        try:
            while True:
                exchange = await self._get(way.next_url, client)
                if (done := way.take(exchange)) is not None:
                    return done
        except BaseException:
            way.close()
            raise

    async def _get(self, url: str, client: ArchiveClient | None) -> Exchange:
        """One answer that is the archive's word. Raises Unavailable."""
        why, wait = "", 0.0
        for number in range(self._tries):
            if number:
                await asyncio.to_thread(self._stopped.wait, wait)
            if client is not None:
                await asyncio.to_thread(client.pacer.take, self._stopped)
            if self._stopped.is_set():
                break
            exchange = await self._once(url)
            head = parse_head(exchange.response_head) if exchange.response_head else None
            if exchange.error is None and head is not None and not _is_outage(exchange, head):
                return exchange
            text = _payload(exchange, head, _ERROR_PAGE).decode("utf-8", "replace") if head is not None else ""
            _close(exchange)
            if says_excluded(text):
                raise Excluded(line_of(text[:150]))
            if exchange.error is Reason.REFUSED_ADDRESS:
                raise Unusable(f"we never connect to where it is: {exchange.error_text}")
            why = f"it says {exchange.status}" if exchange.error is None else f"{exchange.error}: {exchange.error_text}"
            asked = retry_after(exchange.retry_after, datetime.now(UTC))
            if asked is not None and asked > LONGEST_WAIT:
                break
            wait = asked if asked is not None else self._retry_wait * 2.0**number
        raise Unavailable(why or "stopped")

    async def _once(self, url: str) -> Exchange:
        taken: list[Exchange] = []
        request = Request(
            url,
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={RECEIVER: taken.append, "download_slot": host_key(url), "verbatim_url": True},
        )
        engine = self._crawler.engine
        assert engine is not None, "the spider is at work, so there is an engine"
        try:
            await engine.download_async(request)
        except Withdrawn as error:
            raise Unavailable("stopped") from error
        except Exception as error:
            if not taken:
                raise Unavailable(line_of(str(error))) from error
        for earlier in taken[:-1]:
            _close(earlier)
        return taken[-1]


class Way:
    """From a candidate to what it comes to: what each answer means (it only looks at heads)."""

    def __init__(self, candidate: Candidate, *, home_is_fine: bool) -> None:
        self.next_url = _spelled(candidate.raw_url)
        self._original = _spelled(candidate.url)
        self._expected = candidate.at  # within a day of it the memento must lie
        self._home_is_fine = home_is_fine
        self._hops: list[Step] = []
        self._answers = 0

    def take(self, exchange: Exchange) -> Fetched | None:
        """What is fetched, if this was the last of it. Raises Unusable, Unavailable, Excluded."""
        head = parse_head(exchange.response_head)
        at = memento_datetime(head.get("memento-datetime"))
        self._answers += 1
        try:
            if exchange.status in _REDIRECTS and exchange.location:
                self._follow(exchange, head, at, exchange.location)
                return None
            step = self._last(exchange, head, at)
        except BaseException:
            _close(exchange)
            raise
        return Fetched(final=step, hops=tuple(self._hops))

    def close(self) -> None:
        """Let go of what came so far."""
        for step in self._hops:
            _close(step.exchange)

    def _last(self, exchange: Exchange, head: Head, at: datetime | None) -> Step:
        status = exchange.status or 0
        if at is None:
            if status in (404, 410):
                raise Unusable("the archive has not got it after all")
            if status in (403, 451):
                raise Excluded(f"it says {status}")
            if status >= 400:
                raise Unavailable(f"it says {status}")
            raise Unusable("what came is no memento (no Memento-Datetime)")
        if not 200 <= status < 300:
            raise Unusable(f"an archived {status}")
        if exchange.truncated is not None:
            raise Unavailable(f"the archive's answer is not whole ({exchange.truncated})")
        if abs(at - self._expected) > WITHIN:
            raise Unusable(f"it is of {at:%Y-%m-%d}")
        return Step(exchange=exchange, url=self._original, at=at, head=head)

    def _follow(self, exchange: Exchange, head: Head, at: datetime | None, location: str) -> None:
        if self._answers >= MOST_HOPS:
            raise Unusable("it redirects without end")
        target = _joined(self.next_url, location)
        link = unwrap_once(target)
        original = _spelled(link.original) if link is not None and link.original else None
        if at is None and (original is None or surt(original) == surt(self._original)):  # to a nearer capture
            if link is None:
                raise Unavailable(f"it redirects to {line_of(target)}")
            _close(exchange)
            self._original = original or self._original
            self.next_url = _spelled(raw_of(target))
            return
        if original is None:  # the Location as it was archived
            original = _spelled(_joined(self._original, location))
            target = self.next_url.replace(self._original, original, 1)
        if is_home(original) and not self._home_is_fine:
            raise Unusable("an archived redirect to a home page")
        if any(original == step.url for step in self._hops):
            raise Unusable("archived redirects in a circle")
        when = at or self._expected
        if abs(when - self._expected) > WITHIN:
            raise Unusable(f"it is of {when:%Y-%m-%d}")
        self._hops.append(Step(exchange=exchange, url=self._original, at=when, head=head))
        self._expected = when
        self._original = original
        self.next_url = _spelled(raw_of(target))


def _spelled(url: str) -> str:
    """The address, canonical. Raises Unusable for one that is never fetched, whatever an archive says."""
    try:
        spelled = canonical(url)
    except ValueError as error:
        raise Unusable(f"its address is none: {line_of(str(error))}") from error
    if refusal := url_refusal(spelled):
        raise Unusable(f"its address is none to be fetched ({refusal}): {line_of(spelled)}")
    return spelled


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise Unusable(f"its Location is none: {line_of(location)}") from error


def _is_outage(exchange: Exchange, head: Head) -> bool:
    """Whether it is the archive that failed; an archived 503 has a Memento-Datetime."""
    status = exchange.status or 0
    return (status == 429 or status >= 500) and head.get("memento-datetime") is None


def _payload(exchange: Exchange, head: Head, limit: int) -> bytes:
    with payload_of(exchange, head) as payload:
        return decode_body(payload, ", ".join(head.items("content-encoding")), limit=limit).data


def _close(exchange: Exchange) -> None:
    if exchange.body is not None:
        exchange.body.close()
