"""The bed's web: every host of the behaviours on one loopback address, by name, over HTTP and TLS, THEN or NOW.

    with BedWeb(BEHAVIOURS) as web:
        ... crawl, with `web.resolve()` as SOURCEKEEP_RESOLVE and `web.ca_file` trusted ...
        web.phase = Phase.NOW
        ... check ...
        web.requests(Phase.NOW)

One thread runs all connections. A link is answered by its behaviour; what no link has, by its site: the home page,
robots.txt, pages that redirects lead to, and made-up addresses as that site would answer them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import unquote

import trustme

from tests.bed.answers import NO_ROBOTS, PLAIN_404, Answer, Asked, End, Phase, Script, Site, front, not_found
from tests.bed.behaviour import BUSY, Behaviour

ADDRESS = "127.0.0.1"
_NO_SUCH_HOST = Answer(status=421, reason="Misdirected Request", headers=(("Content-Type", "text/plain"),), body=b"?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request, as it came, and the status that was sent (0: none)."""

    phase: Phase
    scheme: str
    host: str
    target: str
    method: str
    status: int
    at: float  # monotonic


class Routes:
    """Which script answers what (pure)."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._links = {(each.site.host, unquote(each.path)): each for each in behaviours}
        self.sites: dict[str, Site] = {}
        for each in self._links.values():
            if self.sites.setdefault(each.site.host, each.site) != each.site:
                raise ValueError(f"two sites called {each.site.host}")

    def script(self, phase: Phase, asked: Asked) -> Script | None:
        """The script for a request; None if no such host is known."""
        site = self.sites.get(asked.host)
        if site is None:
            return None
        behaviour = self._behaviour(asked)
        if phase is Phase.THEN:
            return _then(site, behaviour, asked)
        if behaviour is not None:
            return behaviour.now
        pages = {"/": site.home, "/robots.txt": site.robots, **site.pages}
        return pages.get(asked.path, PLAIN_404 if asked.path == "/favicon.ico" else site.unknown)

    def _behaviour(self, asked: Asked) -> Behaviour | None:
        for target in (asked.target, asked.path):
            if found := self._links.get((asked.host, unquote(target))):
                return found
        return None


def _then(site: Site, behaviour: Behaviour | None, asked: Asked) -> Script:
    if behaviour is not None:
        return behaviour.then or BUSY
    return {"/": front(site.paper), "/robots.txt": NO_ROBOTS}.get(asked.path, not_found(site.paper))


class BedWeb:
    """Listens on loopback until the `with` block ends."""

    def __init__(self, behaviours: Iterable[Behaviour], *, extra: dict[str, str] | None = None) -> None:
        self.behaviours = tuple(behaviours)
        self.phase = Phase.THEN
        self.log: list[Seen] = []
        self._extra = extra or {}  # host name -> address, of who else is to be found
        self._routes = Routes(self.behaviours)
        self._visits: Counter[tuple[Phase, str, str]] = Counter()
        self.sites = self._routes.sites
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="bed-")
        self.ca_file = Path(self._folder.name, "ca.pem")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        self._plain, self._tls = (socket.create_server((ADDRESS, 0), backlog=512) for _ in range(2))
        self.ports = {"http": self._plain.getsockname()[1], "https": self._tls.getsockname()[1]}
        self._certificates = _Certificates(authority, self._routes.sites)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._folder.cleanup()

    def url(self, behaviour: Behaviour) -> str:
        """The link as it is cited."""
        return behaviour.cited(self.ports)

    def resolve(self) -> dict[str, str]:
        """Where the hosts are to be found in this phase."""
        then = self.phase is Phase.THEN
        hosts = {host: ADDRESS if then else site.address for host, site in self._routes.sites.items()}
        return {host: address for host, address in hosts.items() if address is not None} | self._extra

    def requests(self, phase: Phase) -> list[Seen]:
        """The requests of a phase."""
        return [seen for seen in self.log if seen.phase is phase]

    async def _listen(self) -> None:
        self._servers = [
            await asyncio.start_server(self._plain_client, sock=self._plain),
            await asyncio.start_server(self._tls_client, sock=self._tls, ssl=self._certificates.context()),
        ]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _plain_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._client("http", reader, writer)

    async def _tls_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._client("https", reader, writer)

    async def _client(self, scheme: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._one(scheme, reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, scheme: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection goes on."""
        asked = self._read(scheme, await reader.readuntil(b"\r\n\r\n"))
        script = self._routes.script(self.phase, asked)
        answer = _NO_SUCH_HOST if script is None else script(asked)
        status = answer.status if answer.raw is None else 0
        seen = Seen(
            phase=self.phase,
            scheme=scheme,
            host=asked.host,
            target=asked.target,
            method=asked.method,
            status=status,
            at=time.monotonic(),
        )
        self.log.append(seen)
        writer.write(answer.encoded(head_only=asked.method == "HEAD"))
        await writer.drain()
        match answer.end:
            case End.KEEP:
                return True
            case End.HANG:
                await asyncio.sleep(600)
            case End.RESET:
                _reset(writer)
            case End.CLOSE:
                pass
        return False

    def _read(self, scheme: str, head: bytes) -> Asked:
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, _version = line.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (f.partition(":") for f in fields if f)}
        host = headers.get("host", "").rpartition(":")[0].lower() or headers.get("host", "")
        key = (self.phase, host, target)
        self._visits[key] += 1
        self._visits[self.phase, host, ""] += 1
        return Asked(
            method=method,
            scheme=scheme,
            host=host,
            target=target,
            headers=headers,
            visit=self._visits[key] - 1,
            serial=self._visits[self.phase, host, ""] - 1,
            ports=self.ports,
        )


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with a TCP reset."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class _Certificates:
    """What each host shows of itself over TLS."""

    def __init__(self, authority: trustme.CA, sites: dict[str, Site]) -> None:
        self._authority, self._sites = authority, sites
        self._made: dict[str, ssl.SSLContext] = {}

    def context(self) -> ssl.SSLContext:
        """The context to listen with: it takes the host's own as soon as the host is named."""
        context = self._of(None)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        key = host or ""
        if key not in self._made:
            self._made[key] = self._of(host)
        connection.context = self._made[key]

    def _of(self, host: str | None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._leaf(host).configure_cert(context)
        return context

    def _leaf(self, host: str | None) -> trustme.LeafCert:
        name = host or "nobody.test"
        site = self._sites.get(name)
        match site.certificate if site else "good":
            case "expired":
                end = datetime.now(UTC) - timedelta(days=9)
                return self._authority.issue_cert(name, not_before=end - timedelta(days=90), not_after=end)
            case "self":
                return trustme.CA().issue_cert(name)
            case "wrong":
                return self._authority.issue_cert("shared-hosting.test")
        return self._authority.issue_cert(name)
