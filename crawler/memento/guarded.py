"""`requests` that connects to no address the guard refuses.

As the crawl's own dialer does it: a name is resolved once, each of its addresses is judged, and the connection goes to
a judged address itself, not to the name. So a name that changes its answer gains nothing, nor does a redirect. Through
a proxy, which is the operator's own choice, only an address written in the URL can be judged.

Cookies, netrc and anything else that could carry a secret are off.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from crawler.guard import AddressGuard, is_localhost, literal_address, url_refusal
from crawler.resolver import LOOPBACK, LookUp, system_addresses


class RefusedAddress(Exception):
    """An address, or a URL, that we never connect to."""


class Directory:
    """Says which addresses a host may be reached at. `table` answers before DNS does."""

    def __init__(
        self, guard: AddressGuard, table: Mapping[str, str] | None = None, look_up: LookUp = system_addresses
    ) -> None:
        self._guard = guard
        self._table = {name.lower().rstrip("."): address for name, address in (table or {}).items()}
        self._look_up = look_up
        self._open: WeakSet[HTTPConnection] = WeakSet()

    def connected(self, connection: HTTPConnection) -> None:
        """A connection was made."""
        self._open.add(connection)

    def abort(self) -> None:
        """End all connections, whoever waits for an answer on them. From any thread."""
        for connection in list(self._open):
            if (made := connection.sock) is not None:
                with contextlib.suppress(OSError):
                    made.shutdown(socket.SHUT_RDWR)

    def permitted(self, host: str) -> tuple[str, ...]:
        """The addresses of a host that may be connected to. Raises RefusedAddress, OSError."""
        addresses = self._addresses(host)
        refusals = {address: self._guard.refusal(address) for address in addresses}
        permitted = tuple(address for address, refusal in refusals.items() if refusal is None)
        if not permitted:
            raise RefusedAddress(f"{host}: {next(iter(refusals.values()), 'no address')}")
        return permitted

    def judge(self, ip: str) -> None:
        """Raises RefusedAddress for an address that must not be connected to."""
        if refusal := self._guard.refusal(ip):
            raise RefusedAddress(refusal)

    def _addresses(self, host: str) -> tuple[str, ...]:
        if address := literal_address(host):
            return (address,)
        if fixed := self._table.get(host.lower().rstrip(".")):
            return (fixed,)
        return LOOPBACK if is_localhost(host) else self._look_up(host)


def session(directory: Directory, user_agent: str) -> requests.Session:
    """A session whose every connection is judged."""
    made = requests.Session()
    made.trust_env = False  # no netrc, no CA bundle out of the environment
    made.headers["User-Agent"] = user_agent
    made.headers["Accept-Encoding"] = "gzip"
    made.cookies = _NoCookies()
    made.max_redirects = 5
    adapter = GuardedAdapter(directory)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


class _NoCookies(RequestsCookieJar):
    """Keeps none."""

    def set_cookie(self, *_: Any, **__: Any) -> None:
        """Nothing."""


class GuardedAdapter(HTTPAdapter):
    """Opens connections to judged addresses only."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        super().__init__(pool_connections=8, pool_maxsize=4)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """The pools are ours; a proxy's are not, see `send`."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._directory)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """The response, unread. Raises RefusedAddress as well as what requests raises."""
        url = request.url or ""
        if refusal := url_refusal(url):
            raise RefusedAddress(f"{url[:200]}: {refusal}")
        if proxies := get_environ_proxies(url):
            self._judge_literal(urlsplit(url).hostname or "")
            kwargs["proxies"] = proxies
        return super().send(request, *args, **kwargs)

    def _judge_literal(self, host: str) -> None:
        address = LOOPBACK[0] if is_localhost(host) else literal_address(host)
        if address:
            self._directory.judge(address)


def _pools(directory: Directory) -> dict[str, Any]:
    """Pools by scheme, whose connections `directory` permits."""

    class Plain(HTTPConnection):
        """A connection to a judged address."""

        def _new_conn(self) -> socket.socket:
            return _connected(self, directory)

    class Secured(HTTPSConnection):
        """The same; the certificate is still the name's."""

        def _new_conn(self) -> socket.socket:
            return _connected(self, directory)

    class PlainPool(HTTPConnectionPool):
        """Of those."""

        ConnectionCls = Plain

    class SecuredPool(HTTPSConnectionPool):
        """Of those."""

        ConnectionCls = Secured

    return {"http": PlainPool, "https": SecuredPool}


def _connected(connection: HTTPConnection, directory: Directory) -> socket.socket:
    """A socket to the first judged address that answers. Raises RefusedAddress, and urllib3's exceptions."""
    host, port = connection.host.strip("[]"), connection.port or connection.default_port
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else None
    try:
        addresses = directory.permitted(host)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except (OSError, UnicodeError) as error:
        raise NewConnectionError(connection, f"{host}: {error}") from error
    failed: OSError | None = None
    for address in addresses:
        try:
            made = socket.create_connection((address, port), timeout)
        except OSError as error:
            failed = error
            continue
        try:
            directory.judge(made.getpeername()[0])
        except BaseException:
            made.close()
            raise
        directory.connected(connection)
        return made
    if isinstance(failed, TimeoutError):
        raise ConnectTimeoutError(connection, f"connecting to {host} timed out") from failed
    raise NewConnectionError(connection, f"{host}: {failed}") from failed
