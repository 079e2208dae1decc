"""The sample web on loopback sockets, in a thread of its own.

One port is bound on a loopback address per host (127.0.0.2 and up; where the system has only 127.0.0.1, on that alone)
and requests are told apart by their Host header. What goes over the wire is what `crawler.sample.web` says, to the
byte, and each exchange is kept as it was received and sent, so a test can hold every WARC record against it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from crawler.sample import web
from crawler.sample.answers import Answer, End, Pause
from crawler.sample.site import ARCHIVE_HOST, HOSTS
from crawler.sample.traffic import Served, Traffic

_REQUEST_LIMIT = 64 * 1024


class SampleWeb:
    """The sample web, serving. A context manager; `start` and `stop` do the same by hand.

    `port` 0 lets the system choose. With `log` off, exchanges are counted but not kept. `addresses` are the loopback
    addresses to use, if not what the system has. `start` raises OSError where the port is taken.
    """

    def __init__(self, *, port: int = 0, log: bool = True, addresses: tuple[str, ...] = ()) -> None:
        self.traffic = Traffic(log=log)
        self.port = port  # once started: the one port of all hosts
        self._routes: web.Routes = {}
        self._visits: Counter[tuple[str, str]] = Counter()
        self._addresses = addresses or _addresses()
        self._sockets: dict[str, socket.socket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> int:
        """Binds, serves, and returns the port."""
        self._sockets = _bound(self._addresses, self.port)
        self.port = _port(self._sockets)
        self._routes = web.routes(self.port)
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="sample-web", daemon=True)
        self._thread.start()
        ready.wait()
        return self.port

    def stop(self) -> None:
        """Closes every connection and gives the port back. Safe to call twice."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def home(self, language: str = "en") -> str:
        """The address of the news archive's home page, to start a crawl at."""
        prefix = "zh/" if language == "zh" else ""
        return f"http://{ARCHIVE_HOST}:{self.port}/{prefix}index.md"

    def resolve_table(self) -> dict[str, str]:
        """Host name -> IP address, as SOURCEKEEP_RESOLVE takes it. The port stands in every URL."""
        addresses = list(self._sockets)
        return {host: addresses[n % len(addresses)] for n, host in enumerate(HOSTS)}

    def put(self, host: str, target: str, *answers: Answer) -> None:
        """From now on `target` of `host` gives `answers` in turn, the last of them for ever."""
        self._routes[web.key(host, target)] = answers
        self._visits.pop(web.key(host, target), None)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        servers = [
            await asyncio.start_server(self._connected, sock=sock, limit=_REQUEST_LIMIT)
            for sock in self._sockets.values()
        ]
        ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._tasks.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the client went away or sent no HTTP, or the server stops: nobody to tell
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection stays open for another."""
        request = await reader.readuntil(b"\r\n\r\n")
        asked = self._asked(request)
        answer = web.answer(asked, self._routes)
        arrived = time.monotonic()
        self.traffic.arrived(asked.host, arrived)
        sent, whole = bytearray(), False
        try:
            await _play(answer, writer, sent)
            whole = True
        finally:
            self.traffic.ended(
                Served(
                    host=asked.host, target=asked.target, status=answer.status, request=request, response=bytes(sent),
                    whole=whole, peer=writer.get_extra_info("peername"), arrived=arrived, ended=time.monotonic(),
                )
            )  # fmt: skip
        return answer.end is End.KEEP and asked.headers.get("connection", "").lower() != "close"

    def _asked(self, request: bytes) -> web.Asked:
        asked = web.read(request)
        place = web.key(asked.host, asked.target)
        visit = self._visits[place]
        self._visits[place] += 1
        return web.Asked(method=asked.method, host=asked.host, target=asked.target, headers=asked.headers, visit=visit)


async def _play(answer: Answer, writer: asyncio.StreamWriter, sent: bytearray) -> None:
    for step in answer.steps:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            continue
        sent += step.data
        writer.write(step.data)
        await writer.drain()
    if answer.end is End.RESET:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def _addresses() -> tuple[str, ...]:
    """An address for each host, or 127.0.0.1 alone where the system has no more (macOS)."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.2", 0))
        return tuple(f"127.0.0.{2 + n}" for n in range(len(HOSTS)))
    return ("127.0.0.1",)


def _bound(addresses: tuple[str, ...], port: int) -> dict[str, socket.socket]:
    """Listening sockets by address, all at one port."""
    for _ in range(1 if port else 50):  # the port we are given may be taken on one of the other addresses
        with contextlib.suppress(OSError):
            return _listening(addresses, port)
    raise OSError(f"cannot serve the sample web: port {port or '(any)'} is taken on one of {', '.join(addresses)}")


def _listening(addresses: tuple[str, ...], port: int) -> dict[str, socket.socket]:
    with contextlib.ExitStack() as opened:
        sockets: dict[str, socket.socket] = {}
        for address in addresses:
            sock = opened.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port or (_port(sockets) if sockets else 0)))
            sock.listen(256)
            sockets[address] = sock
        opened.pop_all()
        return sockets


def _port(sockets: dict[str, socket.socket]) -> int:
    port: int = next(iter(sockets.values())).getsockname()[1]
    return port
