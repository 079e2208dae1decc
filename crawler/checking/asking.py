"""One request of a check, through the engine: politeness, guard and recorder as in a crawl."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from archive.http_message import parse_head
from archive.model import Exchange, Via
from archive.urls import host_key
from crawler.attempt import RECEIVER
from crawler.exchange_payload import payload_of
from crawler.hosts import Withdrawn

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Asker:
    """Asks for URLs. `requests` counts them."""

    def __init__(self, crawler: Crawler, *, body_max: int) -> None:
        self._crawler = crawler
        self._body_max = body_max
        self.requests = 0

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> list[Exchange]:
        """The exchanges of a GET, the last one being its answer or what went wrong. Whoever gets them closes them.

        More than one where a connection at rest turned out to be closed. Raises `Withdrawn` if nothing was asked: the
        run ends, or the host is to be left alone.
        """
        taken: list[Exchange] = []
        request = Request(
            url,
            headers=dict(headers) if headers else None,
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={
                RECEIVER: taken.append,
                "download_slot": _slot(url),
                "download_maxsize": self._body_max,
                "verbatim_url": True,
            },
        )
        engine = self._crawler.engine
        assert engine is not None, "a check is under way, so there is an engine"
        self.requests += 1
        try:
            await engine.download_async(request)
        except Withdrawn:
            self.requests -= 1
            close_all(taken)
            raise
        except Exception:
            if not taken:
                raise
        except BaseException:
            close_all(taken)
            raise
        return [replace(each, via=Via.CHECK) for each in taken]


def _slot(url: str) -> str:
    try:
        return host_key(url)
    except ValueError:
        return ""


def close_all(exchanges: list[Exchange]) -> None:
    """Drop their bodies."""
    for exchange in exchanges:
        if exchange.body is not None:
            exchange.body.close()


def payload_bytes(exchange: Exchange, limit: int) -> bytes:
    """The first bytes of the payload, content codings on."""
    with payload_of(exchange, parse_head(exchange.response_head)) as payload:
        return payload.read(limit)
