"""A server of many hosts that costs little: for crash tests, soaks and benchmarks.

    python -m tests.web.many --port 0 --hosts 40 --latency 0.1     prints its port, then serves until SIGTERM

Any path of any host gives an answer that depends on host and path alone: HTML of 20-120 kB (gzip), or a JPEG for
`/img/`. Shares of the addresses can be missing, moved or broken. `/__log` tells as JSON what was asked how often,
`/__reset` forgets it; `--log FILE` gets a line for each request before it is answered, which outlives this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from tests.web.many_answers import SITE, Fate, Plan, Seen, Web
from tests.web.many_events import ManySources, address

run_loop: Callable[[Coroutine[object, object, None]], None]
try:
    import uvloop
except ImportError:
    run_loop = asyncio.run
else:
    run_loop = uvloop.run

__all__ = ["SITE", "Fate", "ManyProcess", "ManyServer", "ManySources", "Plan", "Seen", "address"]

_RST = struct.pack("ii", 1, 0)


class _Connection(asyncio.Protocol):
    """One client: requests are answered in order, one at a time."""

    __slots__ = ("_buffer", "_busy", "_host", "_loop", "_timer", "_transport", "_web")

    def __init__(self, web: Web, loop: asyncio.AbstractEventLoop) -> None:
        self._web, self._loop = web, loop
        self._buffer = b""
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._host: str = transport.get_extra_info("sockname")[0]

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._busy:
            self._web.open[self._host] -= 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > 65536:
            self._transport.abort()
        elif not self._busy:
            self._next()

    def _next(self) -> None:
        request, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        self._buffer = rest
        words = request.split(b" ", 2)
        target = words[1].decode("latin-1") if len(words) == 3 else "/"
        if target in {"/__log", "/__reset"} and self._host == SITE:
            self._transport.write(self._web.told())
            if target == "/__reset":
                self._web.forget()
            return
        self._busy = True
        self._web.arrived(self._host, target)
        if self._web.plan.latency:
            self._timer = self._loop.call_later(self._web.plan.latency, self._answer, target, request + b"\r\n")
        else:
            self._answer(target, request + b"\r\n")

    def _answer(self, target: str, request: bytes) -> None:
        self._timer = None
        data, kept = self._web.answer(self._host, target, request)
        self._busy = False
        self._web.open[self._host] -= 1
        if data:
            self._transport.write(data)
        else:
            sock: socket.socket = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
            self._transport.abort()
            return
        if not kept or b"\r\nconnection: close\r\n" in request.lower():
            self._transport.close()
        elif self._buffer:
            self._next()


class ManyServer:
    """The server in a thread of this process; a context manager."""

    def __init__(self, plan: Plan | None = None, *, port: int = 0, log: Path | None = None) -> None:
        self.plan = plan or Plan()
        self.port = port
        self._log_file = log
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._web: Web | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> int:
        """Binds every host at one port, serves, and returns the port. OSError if a given port is taken."""
        sockets = _listening([SITE, *(address(n) for n in range(self.plan.hosts))], self.port)
        self.port = sockets[0].getsockname()[1]
        log = None if self._log_file is None else os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._web = Web(self.plan, self.port, log)
        ready = threading.Event()
        main = self._serve(sockets, self._web, ready, log)
        self._thread = threading.Thread(target=run_loop, args=(main,), name="many", daemon=True)
        self._thread.start()
        ready.wait()
        return self.port

    def stop(self) -> None:
        """Closes everything. Safe to call twice."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def seen(self) -> Seen:
        """What was asked so far, or up to `stop`."""
        return Seen(hits=dict(self._web.hits), peaks=dict(self._web.peaks)) if self._web else Seen()

    async def _serve(self, sockets: list[socket.socket], web: Web, ready: threading.Event, log: int | None) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        connections: set[asyncio.Transport] = set()

        class Tracked(_Connection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                connections.add(self._transport)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                connections.discard(self._transport)

        servers = [await loop.create_server(lambda: Tracked(web, loop), sock=sock, backlog=1024) for sock in sockets]
        ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()
        for transport in list(connections):
            transport.abort()
        await asyncio.sleep(0.01)  # lets the transports close their sockets
        if log is not None:
            os.close(log)


class ManyProcess:
    """The server in a process of its own; a context manager. Only a process started here is ever stopped."""

    def __init__(self, plan: Plan | None = None, *, port: int = 0, log: Path | None = None) -> None:
        self.plan = plan or Plan()
        self.port = port
        self._log_file = log
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        options = [f"--{name}={value}" for name, value in asdict(self.plan).items()]
        if self._log_file is not None:
            options.append(f"--log={self._log_file}")
        command = [sys.executable, "-m", "tests.web.many", f"--port={self.port}", *options]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._process.stdout.close()
            raise OSError(f"the server did not start: {' '.join(command)}")
        self.port = int(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process
        assert self._process.stdout
        self._process.terminate()
        self._process.wait(timeout=20)
        self._process.stdout.close()

    def seen(self) -> Seen:
        """What was asked so far."""
        return self._ask("__log")

    def reset(self) -> Seen:
        """What was asked so far, forgotten from now on."""
        return self._ask("__reset")

    def _ask(self, what: str) -> Seen:
        with urllib.request.urlopen(f"http://{SITE}:{self.port}/{what}", timeout=20) as response:
            told = json.load(response)
        return Seen(hits=told["hits"], peaks=told["peaks"])


def _listening(addresses: list[str], port: int) -> list[socket.socket]:
    """Sockets bound to each address at one port; a port the system chose may be taken elsewhere, so it tries again."""
    for _ in range(1 if port else 20):
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            sockets: list[socket.socket] = []
            for each in addresses:
                sock = opened.enter_context(socket.socket())
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((each, sockets[0].getsockname()[1] if sockets else port))
                sockets.append(sock)
            opened.pop_all()
            return sockets
    raise OSError(f"port {port or '(any)'} is taken on one of {addresses[0]} .. {addresses[-1]}")


def main() -> int:
    """Serves until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.many", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"default {value}")
    options = vars(parser.parse_args())
    port, log = options.pop("port"), options.pop("log")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        with ManyServer(Plan(**options), port=port, log=log) as server:
            sys.stdout.write(f"{server.port}\n")
            sys.stdout.flush()
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
