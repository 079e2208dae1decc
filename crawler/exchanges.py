"""From what went over the wire to an `Exchange`, and to whoever wants it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scrapy.utils.misc import build_from_crawler, load_object

from archive.model import Exchange
from archive.urls import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.connection import Connection, TransportFailure
    from crawler.intake import Intake
    from crawler.wire import Head

RECEIVER = "sourcekeep_exchange"  # meta key: a callable that takes the request's exchange
_MIME = re.compile(rb"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}").fullmatch  # RFC 6838 section 4.2


class Sink(Protocol):
    """Takes the exchanges nobody else asked for (robots.txt, requests of other spiders) and closes their bodies."""

    def record(self, exchange: Exchange, request: Request) -> None:
        """Keep or drop it."""


@dataclass(frozen=True, slots=True)
class _Function:
    """A plain function as a sink."""

    function: Callable[[Exchange, Request], None]

    def record(self, exchange: Exchange, request: Request) -> None:
        self.function(exchange, request)


def sink_of(crawler: Crawler) -> Sink | None:
    """The sink SOURCEKEEP_EXCHANGE_SINK names ("package.module.name", or with a colon before the name), or is.

    An object with `.record(exchange, request)`; a class of such, built from the crawler as Scrapy builds components;
    or a function of the two arguments.
    """
    named = crawler.settings.get("SOURCEKEEP_EXCHANGE_SINK")
    if not named:
        return None
    found = load_object(named.replace(":", ".")) if isinstance(named, str) else named
    if isinstance(found, type):
        built: Sink = build_from_crawler(found, crawler)
        return built
    return found if hasattr(found, "record") else _Function(found)


def hand_over(exchange: Exchange, request: Request, sink: Sink | None) -> None:
    """Give the exchange to the request's own receiver, else to the sink, else to nobody."""
    receiver = request.meta.get(RECEIVER)
    if receiver is not None:
        receiver(exchange)
    elif sink is not None:
        sink.record(exchange, request)
    elif exchange.body is not None:
        exchange.body.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """When and for what an attempt began; `clock` is the loop's time."""

    url: str
    at: datetime
    clock: float

    def milliseconds(self, now: float) -> int:
        """How long it has been, `now` by the loop's clock."""
        return round((now - self.clock) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it is recorded: without the values of the headers named in `removed`."""

    block: bytes
    removed: tuple[str, ...] = ()


def failed_exchange(begun: Begun, failure: TransportFailure, now: float) -> Exchange:
    """An attempt of which nothing came: no request went out."""
    return Exchange(
        url=begun.url,
        started_at=begun.at,
        duration_ms=begun.milliseconds(now),
        request=b"",
        error=failure.reason,
        error_text=str(failure),
    )


def exchange_of(begun: Begun, sent: Sent, connection: Connection, intake: Intake, now: float) -> Exchange:
    """The exchange of a request that went out. Takes the body out of the intake."""
    head = intake.head
    reason, text = intake.trouble or (None, "")
    by_proxy = connection.route.proxy is not None
    return Exchange(
        url=begun.url,
        started_at=begun.at,
        duration_ms=begun.milliseconds(now),
        request=sent.block,
        request_removed=sent.removed,
        interim=intake.framer.interim,
        ip=None if by_proxy or connection.address is None else str(connection.address),
        tls=connection.tls,
        error=reason,
        error_text=text,
        note=intake.note if head else "",
        response_head=head.raw if head else b"",
        body=intake.take_body() if head else None,
        body_length=intake.body_length,
        block_sha1=intake.block_sha1 if head else None,
        payload_sha1=intake.payload_sha1 if head else None,
        payload_sha256=intake.payload_sha256 if head else None,
        payload_length=intake.payload_length,
        status=head.status if head else None,
        mime=_mime(head.get(b"content-type")) if head else None,
        location=_location(head) if head else None,
        retry_after=_text(head.get(b"retry-after")) if head else None,
        etag=_text(head.get(b"etag")) if head else None,
        last_modified=_text(head.get(b"last-modified")) if head else None,
        protocol=head.protocol if head else None,
        truncated=intake.truncated if head else None,
    )


def _mime(value: bytes | None) -> str | None:
    """The type without parameters; None if it is no type at all, for it ends up in file names and tables."""
    kind = (value or b"").partition(b";")[0].strip().lower()
    return kind.decode("ascii") if _MIME(kind) else None


def _location(head: Head) -> str | None:
    value = _text(head.get(b"location"))
    return None if value is None else without_userinfo(value)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
