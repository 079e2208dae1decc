"""`/metrics` and `/healthz` over HTTP, for as long as a run lasts, and only where a port was asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from archive.errors import UsageError
from crawler.health import Finding, health_json, is_well
from crawler.terminal import json_line

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SECONDS = 10  # that a client may take


class _Handler(WSGIRequestHandler):
    timeout = SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """No line per request."""


class MetricsServer:
    """Serves them from `start` to `stop`. Raises UsageError where the port cannot be had."""

    def __init__(
        self, registry: CollectorRegistry, health: Callable[[], tuple[Finding, ...]], *, host: str, port: int
    ) -> None:
        self._metrics = make_wsgi_app(registry)
        self._health = health
        try:
            self._server = make_server(host, port, self._answer, _class_of(host), _Handler)
        except OSError as error:
            raise UsageError(f"metrics cannot be served at {host} port {port}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="metrics", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _said(start_response, "405 Method Not Allowed", b"")
        match environ.get("PATH_INFO", ""):
            case "/metrics":
                shown: Iterable[bytes] = self._metrics(environ, start_response)
                return shown
            case "/healthz":
                found = self._health()
                status = "200 OK" if is_well(found) else "503 Service Unavailable"
                return _said(start_response, status, json_line(health_json(found)).encode() + b"\n")
            case _:
                return _said(start_response, "404 Not Found", b"")


def _said(start_response: StartResponse, status: str, body: bytes) -> Iterable[bytes]:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start_response(status, headers)
    return [body]


def _class_of(host: str) -> type[ThreadingWSGIServer]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return type("Server", (ThreadingWSGIServer,), {"address_family": family, "daemon_threads": True})
