"""A real receiver of webhooks on loopback: keeps what came, answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Hook:
    """`statuses` are given in turn, then 200 for ever."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    location: str | None = None
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def hook(*statuses: int) -> Iterator[Hook]:
    """A receiver at work."""
    kept = Hook(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.came.append((dict(self.headers.items()), body))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            if kept.location is not None:
                self.send_header("Location", kept.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/services/T0/SECRET-PATH"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
