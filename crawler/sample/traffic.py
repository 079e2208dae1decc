"""What a sample server saw: every exchange to the byte, and how hard each host was pressed.

Written by the server's thread and read by tests and the demo from theirs; a `Served` never changes once it is there.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One exchange as the server saw it. Times are seconds of `time.monotonic`."""

    host: str  # without the port
    target: str
    status: int  # 0: the connection was reset without an answer
    request: bytes  # as received, to the blank line
    response: bytes  # as handed to the socket: head, body, framing
    whole: bool  # the script was played to its end; False: the client left first
    peer: tuple[str, int]
    arrived: float
    ended: float


class Traffic:
    """Counts, times and exchanges, by host."""

    def __init__(self, *, log: bool = True) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._served: list[Served] = []
        self._arrivals: defaultdict[str, list[float]] = defaultdict(list)
        self._open: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter()

    def arrived(self, host: str, at: float) -> None:
        """A request of `host` has come whole."""
        with self._lock:
            self._arrivals[host].append(at)
            self._open[host] += 1
            self._peaks[host] = max(self._peaks[host], self._open[host])

    def ended(self, served: Served) -> None:
        """Its answer is out, or its client gone."""
        with self._lock:
            self._open[served.host] -= 1
            if self._log:
                self._served.append(served)

    @property
    def served(self) -> tuple[Served, ...]:
        """Every exchange that has ended, in the order of their ends; empty if no log is kept."""
        with self._lock:
            return tuple(self._served)

    def requests(self, host: str) -> int:
        """How many requests `host` has had."""
        return len(self.arrivals(host))

    def arrivals(self, host: str) -> tuple[float, ...]:
        """When they came, in seconds of `time.monotonic`."""
        with self._lock:
            return tuple(self._arrivals.get(host, ()))

    def gaps(self, host: str) -> tuple[float, ...]:
        """Seconds between one request of `host` and the next."""
        times = self.arrivals(host)
        return tuple(later - earlier for earlier, later in pairwise(times))

    def peak(self, host: str) -> int:
        """The most requests of `host` that were ever under way at one time."""
        with self._lock:
            return self._peaks[host]
