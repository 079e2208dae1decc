"""What Scrapy wants to know of an answer while it comes: latency, signals, sizes.

The recorder's side of the contract every Scrapy download handler keeps: `headers_received` and `bytes_received` with
StopDownload, DOWNLOAD_MAXSIZE, DOWNLOAD_WARNSIZE, `download_latency`. Messages are worded as Scrapy words them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from pydispatch.dispatcher import getAllReceivers  # type: ignore[import-untyped]
from scrapy import signals
from scrapy.exceptions import DownloadCancelledError, StopDownload
from scrapy.http import Headers
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.wire import ResponseFramer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Limits on the payload, in bytes; 0: none. Over `most` the download is cancelled, over `warn` it is logged."""

    most: int = 0
    warn: int = 0


class Watch:
    """Watches one answer on Scrapy's behalf."""

    def __init__(self, crawler: Crawler, request: Request, sizes: Sizes) -> None:
        self.answered = False
        self._crawler, self._request, self._sizes = crawler, request, sizes
        self._began = monotonic()
        self._received = 0
        self._warned = not sizes.warn

    def head(self, framer: ResponseFramer) -> None:
        """Notes the latency, tells Scrapy, and stops at a body announced as too long."""
        head = framer.head
        assert head is not None
        self._request.meta["download_latency"] = monotonic() - self._began
        self.answered = True
        if framer.length is not None:
            self._measure(framer.length, announced=True)
        if self._is_heard(signals.headers_received):
            self._tell(signals.headers_received, headers=Headers(head.headers), body_length=framer.length)

    def body(self, payload: bytes) -> None:
        """Tells Scrapy, and stops at a body too long."""
        self._received += len(payload)
        if self._is_heard(signals.bytes_received):
            self._tell(signals.bytes_received, data=payload)
        self._measure(self._received, announced=False)

    def _measure(self, size: int, *, announced: bool) -> None:
        if self._sizes.most and size > self._sizes.most:
            message = self._message(size, "max", self._sizes.most, announced=announced)
            logger.warning("%s", message)
            raise DownloadCancelledError(message)
        if not self._warned and size > self._sizes.warn:
            self._warned = True
            logger.warning("%s", self._message(size, "warn", self._sizes.warn, announced=announced))

    def _message(self, size: int, kind: str, limit: int, *, announced: bool) -> str:
        how = "Expected to receive" if announced else "Received"
        return f"{how} {size} bytes which is larger than download {kind} size ({limit}) in request {self._request}."

    def _is_heard(self, signal: object) -> bool:
        """Whether anybody listens. Mostly nobody does, and then a signal is not worth making."""
        return any(True for _ in getAllReceivers(self._crawler.signals.sender, signal))

    def _tell(self, signal: object, **about: object) -> None:
        """Sends a signal; a receiver's StopDownload comes out of here."""
        results = self._crawler.signals.send_catch_log(
            signal=signal, request=self._request, spider=self._crawler.spider, **about
        )
        for receiver, result in results:
            if isinstance(result, Failure) and isinstance(result.value, StopDownload):
                name = getattr(receiver, "__qualname__", receiver)
                logger.debug("Download stopped for %s from signal handler %s", self._request, name)
                raise result.value
