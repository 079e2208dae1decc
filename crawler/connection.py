"""Connections: where they lead, how bytes come in on them, and where they rest between two exchanges.

A connection is one asyncio protocol object. It hands what arrives to the receiver of the exchange under way, as it
arrives, and knows nothing of HTTP; what is below it (TCP, TLS, a proxy's tunnel) is set up by `crawler.dialer`.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from crawler.wire import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.model import Reason, Tls
    from crawler.special_ranges import Address

FREE = 0.05  # seconds of the loop's time that one exchange has for nothing: some 12 MiB, or 15,000 tiny chunks
REST = 2.0  # times as long as they took, long answers then rest

Bind: TypeAlias = tuple[str, int]


class UncleanClose(ConnectionError):
    """TLS that ended without a close_notify: nobody vouches that all has come (RFC 8446 section 6.1)."""


class TransportFailure(Exception):
    """An exchange that came to nothing, and why."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy, itself spoken to over TLS if its scheme is https."""

    scheme: str
    host: str
    port: int
    authorization: bytes | None = None

    @classmethod
    def of(cls, url: str, authorization: bytes | None = None) -> Proxy:
        """The proxy at this URL ("http://" if it names no scheme). Raises WireError for another scheme."""
        target = Target.of(url if "://" in url else f"http://{url}")
        return cls(scheme=target.scheme, host=target.host, port=target.port, authorization=authorization)

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What the proxy wants to hear, and nobody behind it."""
        return ((b"Proxy-Authorization", self.authorization),) if self.authorization else ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where a connection leads: connections with equal routes are as good as each other."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None = None
    bind: Bind | None = None

    @classmethod
    def to(cls, target: Target, proxy: Proxy | None = None, bind: Bind | None = None) -> Route:
        """The route to a target. Plain HTTP by a proxy leads to the proxy, whatever the target."""
        if proxy is not None and target.scheme == "http":
            return cls("http", "", 0, proxy, bind)
        return cls(target.scheme, target.host, target.port, proxy, bind)


class Receiver(Protocol):
    """What a connection hands its bytes to."""

    def feed(self, data: bytes) -> None:
        """These bytes came."""

    def feed_eof(self) -> None:
        """No more will."""

    def lost(self, error: Exception | None) -> None:
        """The connection is gone; `error` says how if it did not end well."""

    @property
    def wants_more(self) -> bool:
        """Whether the connection can be of further use."""


class Toll:
    """What long answers, all together, take of the loop's time: a third, so that short ones get through.

    It tells by the time that was spent on them, whatever they spend it on: digests, chunks of a letter, a slow disk.
    """

    def __init__(self) -> None:
        self._free_at = 0.0

    def pay(self, now: float, took: float) -> float:
        """Seconds to wait before the next bytes are read, after some took `took` seconds. Times of one clock."""
        self._free_at = max(self._free_at, now) + REST * took
        return self._free_at - now


class Connection(asyncio.Protocol):
    """A connection to where a route leads. `tls`, `certificate`, `address` are those of its far end."""

    toll = Toll()  # there is one loop in a process

    def __init__(self, route: Route) -> None:
        self.route = route
        self.transport: asyncio.Transport | None = None
        self.address: Address | None = None
        self.tls: Tls | None = None
        self.certificate: bytes | None = None
        self.exchanges = 0  # begun on it
        self.idle_since = 0.0
        self.is_lost = False
        self.is_ended = False  # by the far end's own word
        self.on_lost: Callable[[Connection], None] | None = None
        self._receiver: Receiver | None = None
        self._took = 0.0  # seconds of the loop's time, by the exchange under way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio; by us after a tunnel's handshake."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass

    def start(self, request: bytes, receiver: Receiver) -> None:
        """Send a request; what comes back goes to the receiver."""
        self._receiver = receiver
        self._took = 0.0
        self.exchanges += 1
        if self.transport is None or self.is_lost:
            receiver.lost(None)
        else:
            self.transport.write(request)

    def release(self) -> None:
        """The exchange is over."""
        self._receiver = None

    def data_received(self, data: bytes) -> None:
        """Bytes nobody asked for end the connection: what follows could be taken for another answer."""
        if self._receiver is None:
            self.abort()
            return
        began = monotonic()
        self._receiver.feed(data)
        if not self._receiver.wants_more:
            self.abort()
            return
        now = monotonic()
        self._took += now - began
        if self._took > FREE:
            self._rest(self.toll.pay(now, now - began))

    def _rest(self, seconds: float) -> None:
        """Read nothing for a while; what comes waits in the kernel, and then at the far end."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(seconds, self._read_on)

    def _read_on(self) -> None:
        if self.transport is not None and not self.is_lost and not self.transport.is_closing():
            self.transport.resume_reading()

    def eof_received(self) -> None:
        """The far end says no more; asyncio closes our end then."""
        self.is_lost = True
        self.is_ended = self.tls is None or self._has_close_notify()
        if self.is_ended and self._receiver is not None:
            self._receiver.feed_eof()

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more will come or go."""
        self.is_lost = True
        if error is None and self.tls is not None and not self.is_ended:
            error = UncleanClose("TLS ended without a close_notify")
        if self._receiver is not None:
            self._receiver.lost(error)
        if self.on_lost is not None:
            self.on_lost(self)

    def _has_close_notify(self) -> bool:
        """Whether TLS was ended by the far end. asyncio (unlike uvloop) reports a bare FIN in just the same way."""
        session: ssl.SSLObject | None = self.transport.get_extra_info("ssl_object") if self.transport else None
        if session is None:
            return True
        try:
            return not session.read(1)
        except ssl.SSLZeroReturnError:
            return True
        except ssl.SSLError:  # it would like to read on
            return False

    @property
    def is_usable(self) -> bool:
        """Whether another exchange can be started on it, as far as can be known."""
        return not self.is_lost and self.transport is not None and not self.transport.is_closing()

    def abort(self) -> None:
        """Close it now."""
        self.is_lost = True
        if self.transport is not None:
            self.transport.abort()


class Pool:
    """Connections at rest, for a while. At most `size`, the longest at rest going first."""

    def __init__(self, *, size: int = 256, idle: float = 30.0) -> None:
        self._size, self._idle = size, idle
        self._resting: dict[Connection, None] = {}  # in the order they came to rest
        self._by_route: dict[Route, list[Connection]] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def take(self, route: Route) -> Connection | None:
        """The connection of this route that came to rest last, if there is one that still lives."""
        resting = self._by_route.get(route)
        while resting:
            connection = resting[-1]
            self._forget(connection)
            if connection.is_usable:
                connection.on_lost = None
                return connection
        return None

    def give(self, connection: Connection) -> None:
        """A connection comes to rest."""
        loop = asyncio.get_running_loop()
        connection.release()
        connection.idle_since = loop.time()
        connection.on_lost = self._forget
        self._resting[connection] = None
        self._by_route.setdefault(connection.route, []).append(connection)
        if len(self._resting) > self._size:
            self._drop(next(iter(self._resting)))
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._idle, self._sweep)

    def close(self) -> None:
        """Close all."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        for connection in list(self._resting):
            self._drop(connection)

    def _sweep(self) -> None:
        """Closes what has rested too long; comes back when the next one will have."""
        loop = asyncio.get_running_loop()
        self._sweeper = None
        for connection in list(self._resting):
            left = connection.idle_since + self._idle - loop.time()
            if left > 0:
                self._sweeper = loop.call_later(left, self._sweep)
                return
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        connection.on_lost = None
        connection.abort()

    def _forget(self, connection: Connection) -> None:
        if connection in self._resting:
            del self._resting[connection]
            resting = self._by_route[connection.route]
            resting.remove(connection)
            if not resting:
                del self._by_route[connection.route]
