"""Fetches through the recording handler, as Scrapy would, and shows what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from archive.model import Exchange
from crawler.recorder import RecordingDownloadHandler

RECORDING: dict[str, object] = {"SOURCEKEEP_RECORD": True, "SOURCEKEEP_ALLOW_NETWORKS": ["127.0.0.0/8"]}


@dataclass(slots=True)
class Fetched:
    """What one request gave: a response or an exception, and the exchanges handed over."""

    request: Request
    exchanges: list[Exchange]
    bodies: list[bytes]
    response: Response | None = None
    error: Exception | None = None

    @property
    def exchange(self) -> Exchange:
        """The only one there may be."""
        (exchange,) = self.exchanges
        return exchange

    @property
    def body(self) -> bytes:
        """The raw body of the only exchange."""
        return self.bodies[0]

    @property
    def received(self) -> bytes:
        """All that came from the server, as kept."""
        return self.exchange.interim + self.exchange.response_head + self.body

    @property
    def answer(self) -> Response:
        """The response, which must have come."""
        if self.error is not None:
            raise self.error
        assert self.response is not None
        return self.response


class Client:
    """One handler, and how to use it."""

    def __init__(self, handler: RecordingDownloadHandler) -> None:
        self.handler = handler

    async def get(self, url: str, *, method: str = "GET", body: bytes = b"", **meta: object) -> Fetched:
        """One request's outcome. Exceptions are an outcome too."""
        headers = meta.pop("headers", None)
        fetched = Fetched(Request(url, method=method, body=body, headers=headers, meta=meta), [], [])

        def take(exchange: Exchange) -> None:
            fetched.exchanges.append(exchange)
            fetched.bodies.append(exchange.body.read() if exchange.body else b"")
            if exchange.body:
                exchange.body.close()

        fetched.request.meta["sourcekeep_exchange"] = take
        try:
            fetched.response = await self.handler.download_request(fetched.request)
        except Exception as error:  # noqa: BLE001
            fetched.error = error
        return fetched


class Shelf:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.kept: list[tuple[Exchange, Request]] = []

    def record(self, exchange: Exchange, request: Request) -> None:
        """Keep what is known of it, not its body."""
        self.kept.append((exchange, request))
        if exchange.body is not None:
            exchange.body.close()


SHELF = Shelf()  # where SOURCEKEEP_EXCHANGE_SINK finds it by name


@asynccontextmanager
async def client(**settings: object) -> AsyncIterator[Client]:
    """A client whose handler records, loopback allowed; further settings as given."""
    crawler = get_crawler(Spider, {**RECORDING, **settings})
    crawler.spider = crawler._create_spider("test")
    handler = RecordingDownloadHandler.from_crawler(crawler)
    try:
        yield Client(handler)
    finally:
        await handler.close()
