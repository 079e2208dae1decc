"""Opens connections: resolves, judges every address, connects to the judged address itself, TLS and tunnels included.

Between the judging and the connecting there is no second look-up, so a name that changes its answer gains nothing. The
far end's address is looked at once more when the connection stands. By a proxy, it is the proxy that connects: of the
target only an address written in the URL, or localhost, can be judged, and the proxy is the operator's own choice.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import ssl
from typing import TYPE_CHECKING, TypeVar, cast

from archive.model import Reason
from crawler.connection import Connection, Proxy, Route, TransportFailure
from crawler.guard import is_localhost, literal_address
from crawler.resolver import LOOPBACK, NameFailure, Resolver
from crawler.tls import TlsPolicy, problem_of
from crawler.wire import Ending, ResponseFramer, build_connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.guard import AddressGuard

logger = logging.getLogger(__name__)

_P = TypeVar("_P", bound=asyncio.Protocol)

_SHARE = 10.0  # seconds for an address while there are others left to try
_NO_WAY = (errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EACCES, errno.EPERM)
_NO_MEANS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_HANDSHAKE = 3600.0  # seconds asyncio grants a handshake; the exchange's own deadline comes first


class Dialer:
    """Opens connections; with a guard, to no address it refuses."""

    def __init__(self, resolver: Resolver, tls: TlsPolicy, guard: AddressGuard | None) -> None:
        self._resolver, self._tls, self._guard = resolver, tls, guard

    def judge(self, host: str) -> None:
        """Refuses a host that is an address not to be connected to, before a proxy is asked for it."""
        address = LOOPBACK[0] if is_localhost(host) else literal_address(host)
        if self._guard is not None and address and (refusal := self._guard.refusal(address)):
            raise TransportFailure(Reason.REFUSED_ADDRESS, f"{host}: {refusal}")

    async def open(self, route: Route) -> Connection:
        """A new connection along the route. Raises TransportFailure."""
        try:
            return await self._open(route)
        except NameFailure as error:
            raise TransportFailure(error.reason, str(error)) from error
        except ssl.SSLError as error:
            raise TransportFailure(Reason.TLS_ERROR, f"TLS: {problem_of(error)}") from error
        except (OSError, ValueError) as error:
            raise TransportFailure(_reason_of(error), f"{_peer(route)}: {error or type(error).__name__}") from error

    async def _open(self, route: Route) -> Connection:
        """With a second handshake where the first fails on TLS and another one may help."""
        try:
            return await self._open_once(route)
        except ssl.SSLError as error:
            if route.scheme != "https" or not self._tls.try_again(route.host, error):
                raise
        return await self._open_once(route)

    async def _open_once(self, route: Route) -> Connection:
        context = self._tls.context(route.host) if route.scheme == "https" else None
        if route.proxy is None:
            connection = await self._reach(lambda: Connection(route), route.host, route.port, context, route)
        else:
            connection = await self._reach_by_proxy(route, route.proxy, context)
        self._look_at(connection)
        return connection

    async def _reach_by_proxy(self, route: Route, proxy: Proxy, context: ssl.SSLContext | None) -> Connection:
        outer = self._tls.unjudged if proxy.scheme == "https" else None
        if context is None:
            return await self._reach(lambda: Connection(route), proxy.host, proxy.port, outer, route)
        if outer is not None:  # asyncio before 3.12 hangs where TLS within TLS fails to verify
            context = self._tls.unjudged
        tunnel = await self._reach(lambda: _Tunnel(route, proxy), proxy.host, proxy.port, outer, route)
        await tunnel.wait()
        return await tunnel.hand_over(Connection(route), context)

    async def _reach(
        self, protocol: Callable[[], _P], host: str, port: int, context: ssl.SSLContext | None, route: Route
    ) -> _P:
        """A protocol connected to the first address of the host that answers. What fails where this machine has no way
        (addresses of IPv6, mostly) tells nothing beside what failed at another address."""
        addresses = await self._permitted(host, judged=route.proxy is None)
        failure: OSError | None = None
        for number, address in enumerate(addresses, start=1):
            try:
                async with asyncio.timeout(_SHARE if number < len(addresses) else None):
                    return await self._connect(protocol, (address, port), host, context, route)
            except ssl.SSLError:
                raise
            except OSError as error:
                failure = error if failure is None or not _is_ours(error) else failure
        assert failure is not None, "a host has an address"
        raise failure

    async def _connect(
        self,
        protocol: Callable[[], _P],
        peer: tuple[str, int],
        host: str,
        context: ssl.SSLContext | None,
        route: Route,
    ) -> _P:
        loop = asyncio.get_running_loop()
        if context is None:
            _, connected = await loop.create_connection(protocol, *peer, local_addr=route.bind)
        else:
            _, connected = await loop.create_connection(
                protocol,
                *peer,
                local_addr=route.bind,
                ssl=context,
                server_hostname=host.rstrip("."),
                ssl_handshake_timeout=_HANDSHAKE,
            )
        return connected

    async def _permitted(self, host: str, *, judged: bool) -> tuple[str, ...]:
        """The host's addresses that may be connected to. A host of none is refused for the first one's reason."""
        addresses = await self._resolver.addresses(host)
        if self._guard is None or not judged:
            return addresses
        refusals = {address: self._guard.refusal(address) for address in addresses}
        permitted = tuple(address for address, refusal in refusals.items() if refusal is None)
        if not permitted:
            raise TransportFailure(Reason.REFUSED_ADDRESS, f"{host}: {next(iter(refusals.values()), 'no address')}")
        return permitted

    def _look_at(self, connection: Connection) -> None:
        """Notes who is at the far end, and judges it once more."""
        transport, route = connection.transport, connection.route
        name = transport.get_extra_info("peername") if transport else None
        if transport is None or name is None:
            raise TransportFailure(Reason.CONN_RESET, f"{_peer(route)}: closed as soon as it stood")
        peer = str(name[0])
        if route.proxy is None and self._guard is not None and (refusal := self._guard.refusal(peer)):
            connection.abort()
            raise TransportFailure(Reason.REFUSED_ADDRESS, refusal)
        connection.address = ipaddress.ip_address(peer)
        if route.scheme == "https":
            session: ssl.SSLObject = transport.get_extra_info("ssl_object")
            connection.tls = self._tls.describe(route.host, session)
            connection.certificate = session.getpeercert(binary_form=True)


class _Tunnel(asyncio.Protocol):
    """Asks a proxy for a tunnel (RFC 9110 section 9.3.6), then makes way for the connection inside."""

    def __init__(self, route: Route, proxy: Proxy) -> None:
        self._route, self._proxy = route, proxy
        self._framer = ResponseFramer("CONNECT")
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(build_connect(self._route.host, self._route.port, self._proxy.headers))

    def data_received(self, data: bytes) -> None:
        self._framer.receive(data)
        if self._framer.head is not None or self._framer.ending is Ending.BROKEN:
            self._settle()

    def connection_lost(self, _: Exception | None) -> None:
        self._settle()

    def _settle(self) -> None:
        if self._answer.done():
            return
        head = self._framer.head
        if head is not None and head.status < 300:
            self._answer.set_result(None)
            return
        said = head.raw.partition(b"\r\n")[0].decode("latin-1")[:200] if head else "nothing of use"
        text = f"no tunnel by {self._proxy.host}:{self._proxy.port} to {self._route.host}: it said {said!r}"
        self._answer.set_exception(TransportFailure(Reason.CONN_REFUSED, text))

    async def wait(self) -> None:
        """Until the proxy has agreed. Raises TransportFailure if it has not."""
        try:
            await self._answer
        except BaseException:
            self.abort()
            raise

    async def hand_over(self, connection: Connection, context: ssl.SSLContext) -> Connection:
        """TLS to the target through the tunnel, then the connection on top."""
        assert self._transport is not None
        try:
            inner = await asyncio.get_running_loop().start_tls(
                self._transport,
                connection,
                context,
                server_hostname=self._route.host.rstrip("."),
                ssl_handshake_timeout=_HANDSHAKE,
            )
        except BaseException:
            self.abort()
            raise
        if inner is None:
            raise ConnectionResetError("lost within the TLS handshake")
        connection.connection_made(inner)
        return connection

    def abort(self) -> None:
        """Close it now."""
        if self._transport is not None:
            self._transport.abort()


def _peer(route: Route) -> str:
    return f"{route.proxy.host}:{route.proxy.port}" if route.proxy else f"{route.host}:{route.port}"


def _is_ours(error: OSError) -> bool:
    """Whether it is this machine that has no way."""
    return error.errno in _NO_WAY


def _reason_of(error: OSError | ValueError) -> Reason:
    """What a failed connect or handshake means. That somebody refuses is a sign of life; that a router knows of nobody
    there is none, as silence is none; that this machine has no way there, or no means left, says nothing of it."""
    match error:
        case OSError(errno=number) if number in _NO_WAY:
            return Reason.UNREACHABLE
        case OSError(errno=number) if number in _NO_MEANS:
            return Reason.INTERNAL_ERROR
        case OSError(errno=errno.EHOSTUNREACH | errno.EHOSTDOWN):
            return Reason.TIMEOUT
        case TimeoutError():
            return Reason.TIMEOUT
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return Reason.CONN_RESET
        case ValueError():
            return Reason.TLS_ERROR  # a name TLS cannot ask for
        case _:
            return Reason.CONN_REFUSED


def log_tls(connection: Connection) -> None:
    """What DOWNLOADER_CLIENT_TLS_VERBOSE_LOGGING asks for."""
    session = connection.transport.get_extra_info("ssl_object") if connection.transport else None
    if session is not None:
        cipher = session.cipher()
        values = (session.server_hostname, session.version(), cipher[0] if cipher else None)
        logger.debug("SSL connection to %s using protocol %s, cipher %s", *values)
