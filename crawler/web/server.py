"""The server: uvicorn on a socket that was opened before anything is promised."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from archive.collection import Collection
from archive.errors import SourcekeepError, UsageError
from crawler.web.app import create_app
from crawler.web.options import Options
from crawler.web.supply import Supply

_BACKLOG = 256
_AT_ONCE = 1_000  # connections; more are told to come again (503)
_LAST_ANSWERS_S = 5  # for what is under way when it is told to end


class Server:
    """A collection being served. Its port is taken when this is made."""

    def __init__(self, collection: Collection, options: Options) -> None:
        """Raises UsageError where it cannot listen, NotACollection, CatalogueUnavailable."""
        self._socket = _listening(options.host, options.port)
        try:
            app = create_app(collection, options)
        except BaseException:
            self._socket.close()
            raise
        self.supply: Supply = app.state.served.supply
        self.port: int = self._socket.getsockname()[1]
        name = f"[{options.host}]" if ":" in options.host else options.host
        self.address = f"http://{name}:{self.port}/"
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="on",
                h11_max_incomplete_event_size=64 * 1024,
                timeout_graceful_shutdown=_LAST_ANSWERS_S,
                limit_concurrency=_AT_ONCE,
            )
        )

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; both end it cleanly. Raises SourcekeepError if it did not come up."""
        with self._socket:
            self._server.run(sockets=[self._socket])
        if not self._server.started:
            raise SourcekeepError("the server did not come up; the messages above say why")


class _Uvicorn(uvicorn.Server):
    """A signal ends it, and not the process with it: being told to stop is how a server ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have SIGINT and SIGTERM end the serving, and nothing else."""
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _listening(host: str, port: int) -> socket.socket:
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{host!r} is no address to listen at: {error.strerror}") from error
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise UsageError(_meaning(error, host, port)) from error
    return listening


def _meaning(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} of {host} is in use: another program listens there; name another with --port"
        case errno.EACCES:
            return f"port {port} may not be used without special rights; name one above 1023 with --port"
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine; name one that is with --host"
        case _:
            return f"cannot listen at {host}, port {port}: {error.strerror}"
