"""A web server that sends the bytes it is told to, right or wrong, and notes every byte in and out.

    with ByteServer() as web:
        web.on("/a", b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi")
        web.on("/slow", [b"HTTP/1.1 200 OK\\r\\n", Pause(0.5), RESET])
        web.on("/flaky", [RESET], ok(b"there"))  # the first answer, then the second, which repeats
        web.on("/endless", lambda request: itertools.chain([b"HTTP/1.1 200 OK\\r\\n\\r\\n"], itertools.repeat(b"x")))
        get(web.url("/a"))
        web.log[-1].request, web.log[-1].sent

A script is bytes, a list of steps, or a function of the request's bytes that gives either (or a generator of steps).
A step is bytes, `Pause`, `CLOSE` (end the connection properly), `DROP` (end it with a bare FIN, over TLS too), `RESET`
(end it with a TCP reset) or `HANG` (say nothing more until the server stops). After the last step the connection waits
for its next request. A script is found by the target as sent, else by its path, else by `*`; without one the answer is
404. One thread per connection.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    import trustme


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait this many seconds before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of the connection."""

    how: str


CLOSE, DROP, RESET, HANG = End("close"), End("drop"), End("reset"), End("hang")

Step: TypeAlias = "bytes | Pause | End"
Steps: TypeAlias = "bytes | Iterable[Step]"
Script: TypeAlias = "Steps | Callable[[bytes], Steps]"

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def ok(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A well-behaved answer: these header lines, a Content-Length, the body."""
    lines = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body)
    return b"\r\n".join(lines)


@dataclass(slots=True)
class Logged:
    """One exchange as the server saw it. `sent` grows while it is being answered."""

    connection: int
    peer: str
    request: bytes
    sent: bytearray = field(default_factory=bytearray)
    sent_bytes: int = 0  # also beyond what `sent` holds

    @property
    def target(self) -> str:
        """The request target as it came."""
        return self.request.split(b" ", 2)[1].decode("latin-1")


class ByteServer:
    """Listens on a loopback address until the `with` block ends. With `certificate`, speaks TLS."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        *,
        port: int = 0,
        certificate: trustme.LeafCert | None = None,
        keep: int = 1 << 24,
    ) -> None:
        self.host = host
        self.log: list[Logged] = []
        self.connections = 0  # accepted so far
        self._scripts: dict[str, list[Script]] = {}
        self._keep = keep  # bytes of each answer that `sent` holds
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._tls = _tls_context(certificate) if certificate else None
        self._socket = socket.create_server((host, port), backlog=512)
        self.port: int = self._socket.getsockname()[1]

    @property
    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, to be made worse by tests; None over plain HTTP."""
        return self._tls

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """The URL of a path here; `host` for another name of this server."""
        return f"{'https' if self._tls else 'http'}://{host or self.host}:{self.port}{path}"

    def on(self, path: str, *scripts: Script) -> None:
        """Answer requests for the path with these scripts in turn; the last one repeats."""
        with self._lock:
            self._scripts[path] = list(scripts)

    def requests(self, path: str) -> list[bytes]:
        """The requests for a target, as they came."""
        return [entry.request for entry in self.log if entry.target == path]

    def entries(self, url: str) -> list[Logged]:
        """The exchanges for a URL of this server, as it saw them."""
        target = url.removeprefix(self.url("")) or "/"
        return [entry for entry in self.log if entry.target == target]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, peer = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection, peer[0], self.connections)

    def _serve(self, plain: socket.socket, peer: str, number: int) -> None:
        with self._lock:
            self._open.add(plain)
        connection = plain
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(plain, server_side=True)
            pending = b""
            while not self._stop.is_set():
                request, pending = read_request(connection, pending)
                if not request or not self._answer(connection, request, peer, number):
                    return
        except OSError:
            return
        finally:
            with self._lock:
                self._open.discard(plain)
            connection.close()

    def _answer(self, connection: socket.socket, request: bytes, peer: str, number: int) -> bool:
        """Plays the script; whether the connection goes on."""
        entry = Logged(number, peer, request)
        self.log.append(entry)
        steps = self._script_for(request)
        for step in (steps,) if isinstance(steps, bytes) else steps:
            match step:
                case bytes():
                    if self._stop.is_set():
                        return False
                    entry.sent_bytes += len(step)  # before it goes: who has read it may look at once
                    entry.sent += step[: max(0, self._keep - len(entry.sent))]
                    connection.sendall(step)
                case Pause(seconds=seconds):
                    self._stop.wait(seconds)
                case End(how="hang"):
                    self._stop.wait()
                    return False
                case End(how="reset"):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return False
                case End(how="drop"):
                    return False
                case End():
                    self._close(connection)
                    return False
        return True

    def _close(self, connection: socket.socket) -> None:
        """A proper end: over TLS with a close_notify."""
        if isinstance(connection, ssl.SSLSocket):
            connection.settimeout(1)
            with contextlib.suppress(OSError, ValueError):
                connection.unwrap()

    def _script_for(self, request: bytes) -> Steps:
        target = request.split(b" ", 2)[1].decode("latin-1")
        with self._lock:
            scripts: list[Script] = next(
                (self._scripts[key] for key in (target, target.partition("?")[0], "*") if key in self._scripts),
                [NOT_FOUND],
            )
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script(request) if callable(script) else script


def read_request(connection: socket.socket, pending: bytes = b"") -> tuple[bytes, bytes]:
    """The next request's bytes (head and a body by Content-Length), and what came after it. b"" at the end."""
    data = pending
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        data += more
    end = data.index(b"\r\n\r\n") + 4
    end += _content_length(data[:end])
    while len(data) < end:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        data += more
    return data[:end], data[end:]


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _tls_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
