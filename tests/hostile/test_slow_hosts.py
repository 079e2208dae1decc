"""Hosts that take their time, all of it: each gets a timeout and a reason, and nobody else waits for them."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.hostile.trap_site import ROBOTS, event
from tests.hostile.watched import captures, crawl
from tests.web.byte_server import HANG, ByteServer, Pause, Steps, ok

DAY = date(2016, 2, 3)
HEAD = b"HTTP/1.1 200 OK\r\n"
SECONDS = 2
IMPATIENT = (f"-sDOWNLOAD_TIMEOUT={SECONDS}", "-sSOURCEKEEP_TRIES=1", "--no-extract")


def drip(head: bytes, piece: bytes, seconds: float) -> Iterator[bytes | Pause]:
    """The head, then a piece every so many seconds, for ever."""
    yield head
    while True:
        yield Pause(seconds)
        yield piece


SLOW: dict[str, Callable[[bytes], Steps]] = {
    "nothing": lambda _: [HANG],
    "half a head": lambda _: [HEAD + b"Content-Ty", HANG],
    "a header now and then": lambda _: drip(HEAD, b"X-More: to come\r\n", 0.3),
    "a byte of a header": lambda _: drip(HEAD + b"X-More: ", b"x", 0.3),
    "a body that stops": lambda _: [HEAD + b"Content-Length: 100\r\n\r\nan article", HANG],
    "a body in drops": lambda _: drip(HEAD + b"\r\n", b"x", 0.3),
    "chunks in drops": lambda _: drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.3),
    "1xx now and then": lambda _: drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.3),
    "a trailer that never comes": lambda _: [HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", HANG],
}


def folder_of(root: Path, *urls: str) -> Path:
    """A folder with one event page that cites `urls`."""
    folder = root / "pages/news/2016/02/3"
    folder.mkdir(parents=True)
    (folder / "bridge.md").write_text(event(DAY, urls))
    return root / "pages"


class Deaf:
    """Accepts connections, or lets them wait in its backlog, and never reads or writes a byte."""

    def __init__(self, host: str, *, accepts: bool = True, ends: bytes = b"") -> None:
        self._socket = socket.create_server((host, 0), backlog=1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.host, self.port = self._socket.getsockname()
        self._held: list[socket.socket] = []
        self._ends = ends
        if accepts:
            threading.Thread(target=self._accept, daemon=True).start()
        else:
            self._fill()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.sendall(self._ends)
                self._held.append(connection)

    def _fill(self) -> None:
        """Takes the backlog's places, so that whoever comes next is not even let in."""
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex((self.host, self.port))
            self._held.append(waiting)

    def close(self) -> None:
        """Let go of all."""
        for connection in (self._socket, *self._held):
            connection.close()


def test_each_way_to_be_slow_is_a_timeout(tmp_path: Path) -> None:
    """Slow heads, drips, silence, a TLS handshake that hangs, a backlog that is full: a timeout each, all at the same
    time, and what came of the answer is kept, marked."""
    with contextlib.ExitStack() as stack:
        urls = {}
        for number, (name, script) in enumerate(SLOW.items(), 1):
            web = stack.enter_context(ByteServer(f"127.0.1.{number}"))
            web.on("/robots.txt", ROBOTS)
            web.on("/a", script)
            urls[web.url("/a")] = name
        deaf = stack.enter_context(contextlib.closing(Deaf("127.0.2.1")))
        full = stack.enter_context(contextlib.closing(Deaf("127.0.2.2", accepts=False)))
        half = stack.enter_context(contextlib.closing(Deaf("127.0.2.3", ends=b"\x16\x03\x03")))
        urls |= {
            f"http://{deaf.host}:{deaf.port}/a": "deaf",
            f"https://{deaf.host}:{deaf.port}/a": "deaf to TLS",
            f"https://{half.host}:{half.port}/a": "half a handshake",
            f"http://{full.host}:{full.port}/a": "a full backlog",
        }
        done = crawl(folder_of(tmp_path, *urls), tmp_path / "c", *IMPATIENT, timeout=60)
        held = captures(tmp_path / "c")
    assert done.reasons == {"timeout": len(urls)}
    assert done.seconds < 6 * SECONDS + 10  # one after the other they would take four times as long
    kept = {name: held[url] for url, name in urls.items() if url in held}
    assert kept["a body that stops"] == (200, "time", 10)
    assert kept["a body in drops"][:2] == kept["chunks in drops"][:2] == (200, "time")
    assert kept["a body in drops"][2] >= 2


def test_who_stops_reading_our_request_gets_no_more_time(tmp_path: Path) -> None:
    """An address of 60 kB to a host that reads none of it: a timeout like any other."""
    with contextlib.closing(Deaf("127.0.2.4")) as deaf:
        url = f"http://{deaf.host}:{deaf.port}/{'a' * 60_000}"
        done = crawl(folder_of(tmp_path, url), tmp_path / "c", *IMPATIENT, "-sROBOTSTXT_OBEY=0", timeout=40)
    assert done.reasons in ({"timeout": 1}, {"malformed_url": 1})


LINKS, HOSTS, SLOW_HOSTS = 200, 10, 50


def served(tmp_path: Path, name: str, *, slow: bool) -> float:
    """Seconds between the first and the last of 200 links on ten good hosts, with fifty slow hosts or none."""
    times: list[float] = []

    def article(_: bytes) -> Steps:
        times.append(time.monotonic())
        return ok(b"an article")

    with contextlib.ExitStack() as stack:
        good = [stack.enter_context(ByteServer(f"127.0.3.{number}")) for number in range(1, HOSTS + 1)]
        for web in good:
            web.on("/robots.txt", ROBOTS)
            web.on("*", article)
        urls = [web.url(f"/{number}") for number, web in zip(range(LINKS), itertools.cycle(good), strict=False)]
        bad = [stack.enter_context(ByteServer(f"127.0.4.{number}")) for number in range(1, SLOW_HOSTS + 1)]
        for web, script in zip(bad, itertools.cycle(SLOW.values()), strict=False):
            web.on("/robots.txt", ROBOTS)
            web.on("*", script)
        cited = [*(web.url("/slow") for web in bad), *urls] if slow else urls
        settings = (*IMPATIENT, "-sDOWNLOAD_TIMEOUT=3", "-sSOURCEKEEP_DELAY=0.1")
        done = crawl(folder_of(tmp_path / name, *cited), tmp_path / name / "c", *settings)
    assert done.reasons == ({"ok": LINKS, "timeout": SLOW_HOSTS} if slow else {"ok": LINKS})
    return max(times) - min(times)


def test_fifty_slow_hosts_cost_the_others_little(tmp_path: Path) -> None:
    """Two hundred links of ten good hosts, with and without fifty hosts that are slow in every way. What it costs in
    numbers is the benchmark's to say (python -m benchmarks --only bombs); here it must not be half."""
    without = served(tmp_path, "without", slow=False)
    beside = served(tmp_path, "beside", slow=True)
    assert beside < 2 * without + 1


@pytest.mark.parametrize("robots", ["nothing", "a body in drops"])
def test_a_slow_robots_txt_is_waited_for_once(tmp_path: Path, robots: str) -> None:
    """Ten links of one host share the timeout of its robots.txt; another host does not wait."""
    with ByteServer() as web, ByteServer("127.0.0.2") as other:
        web.on("/robots.txt", SLOW[robots])
        web.on("*", ok(b"an article"))
        other.on("/robots.txt", ROBOTS)
        other.on("*", ok(b"an article"))
        urls = [web.url(f"/{number}") for number in range(10)]
        done = crawl(
            folder_of(tmp_path, *urls, other.url("/a")), tmp_path / "c", *IMPATIENT, "-sSOURCEKEEP_RETRY_WAIT=30"
        )
        asked = len(web.requests("/robots.txt"))
    assert asked == 1
    assert sum(done.reasons.values()) == 11
    assert done.reasons["ok"] >= 1
    assert done.seconds < 20


def test_slow_hosts_do_not_take_all_places(tmp_path: Path) -> None:
    """Thirty slow hosts, cited first, and four places for transfers: who is slow gives way to the quick."""
    times: list[float] = []

    def article(_: bytes) -> Steps:
        times.append(time.monotonic())
        return ok(b"an article")

    with contextlib.ExitStack() as stack:
        bad = [stack.enter_context(ByteServer(f"127.0.5.{number}")) for number in range(1, 31)]
        for web in bad:
            web.on("*", lambda _: [HANG])
        good = stack.enter_context(ByteServer())
        good.on("*", article)
        cited = [*(web.url("/slow") for web in bad), *(good.url(f"/{number}") for number in range(10))]
        settings = ("-sCONCURRENT_REQUESTS=4", "-sSOURCEKEEP_SLOW_AFTER=0.2", "-sROBOTSTXT_OBEY=0")
        began = time.monotonic()
        done = crawl(folder_of(tmp_path, *cited), tmp_path / "c", *IMPATIENT, "-sDOWNLOAD_TIMEOUT=4", *settings)
    assert done.reasons == {"ok": 10, "timeout": 30}
    assert max(times) - began < 24  # thirty hosts, four at a time, four seconds each would be thirty
