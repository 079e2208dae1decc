"""Running counts of one run, for the progress display; exact totals come from the ledger at the end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from archive.keeper import Kept
from archive.model import Capture, LinkStage
from crawler.reports import HostCount


class Tally:
    """Counts what has become durable. Written by the keeper's thread, read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.events = 0
        self.pages = 0
        self.captures = 0
        self.bytes = 0
        self.settled: Counter[str] = Counter()  # by outcome, attempts that ended a link
        self.statuses: Counter[int] = Counter()
        self.mimes: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.host_captures: Counter[str] = Counter()
        self.host_bytes: Counter[str] = Counter()

    def count(self, group: Sequence[Kept]) -> None:
        """Add what was committed together."""
        with self._lock:
            for kept in group:
                self._count(kept)

    def _count(self, kept: Kept) -> None:
        submission, capture = kept.submission, kept.capture
        if submission.page is not None:
            self.pages += 1
            self.events += submission.page.event is not None
        if capture is not None:
            self.captures += 1
            self.bytes += capture.payload_length
            self.statuses[capture.status or 0] += 1
            self.mimes[capture.mime or "none"] += 1
            self._count_host(capture, _asked(kept, capture))
        settlement = submission.settlement
        if settlement is not None and settlement.stage is not LinkStage.PENDING and submission.page is None:
            self.settled[settlement.reason.outcome] += settlement.redirect_to is None
            if settlement.stage is LinkStage.FAILED:
                self.errors[settlement.reason] += 1

    def _count_host(self, capture: Capture, url: str) -> None:
        if url.startswith(("http://", "https://")):
            host = url.split("/", 3)[2]
            self.host_captures[host] += 1
            self.host_bytes[host] += capture.payload_length

    def host_counts(self) -> list[HostCount]:
        """What came from each host."""
        with self._lock:
            return [
                HostCount(host=host, captures=number, bytes=self.host_bytes[host])
                for host, number in self.host_captures.items()
            ]


def _asked(kept: Kept, capture: Capture) -> str:
    """The address that was asked: a memento is its archive's answer, not that of the original's host."""
    exchange = kept.submission.exchange
    return capture.url if exchange is None or exchange.source is None else exchange.source.url
