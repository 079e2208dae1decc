"""The cheap server of many hosts: sound gzip, the same answers every time, and honest counts."""

import gzip
import http.client
import re
import socket
import threading
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Event, IndexPage
from spiders.page import read_page
from tests.web.many import Fate, ManyProcess, ManyServer, ManySources, Plan, address
from tests.web.many_bodies import PooledPage, pool

SMALL = {"hosts": 6, "smallest": 2_000, "largest": 9_000}


def ask(port: int, host: str, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


@given(start=st.binary(max_size=3000), rest=st.binary(max_size=3000))
def test_a_page_put_together_is_a_sound_gzip_member(start: bytes, rest: bytes) -> None:
    """The combined checksum and size are right for any two halves."""
    packed = PooledPage(rest).gzipped_after(start)
    assert gzip.decompress(packed) == start + rest
    one_member = zlib.decompressobj(31)
    assert one_member.decompress(packed) == start + rest
    assert one_member.eof


def test_pages_differ_by_address_and_repeat_by_seed() -> None:
    """No two addresses share a payload; the same seed gives the same bytes; sizes span the bounds."""
    one, two = pool(1, pages=4), pool(1, pages=4)
    packed = [one.page(f"h/{n}", n, requisites=2) for n in range(40)]
    assert packed == [two.page(f"h/{n}", n, requisites=2) for n in range(40)]
    assert len(set(packed)) == 40
    assert len({one.picture(n) for n in range(40)}) == 40
    sizes = [len(page.rest) for page in one.pages]
    assert 20_000 <= min(sizes) < 21_000
    assert 120_000 <= max(sizes) < 121_000
    assert b"/img/00000003-1.jpg" in gzip.decompress(packed[3])


def test_events_read_as_events(tmp_path: Path) -> None:
    """Every page of the generated archive is one the project reads, and cites exactly the listed URLs."""
    many = ManySources(events=25, hosts=6, seed=3)
    many.write(tmp_path, port=81)
    files = {file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in tmp_path.rglob("*.md")}
    assert files == {path: text.encode() for path, text in many.pages(81)}
    pages = {path: read_page(data, path) for path, data in files.items()}
    events = [page for page in pages.values() if isinstance(page, Event)]
    assert len(events) == 25
    assert sorted(c.url or "" for event in events for c in event.citations) == sorted(many.urls(81))
    assert len(set(many.urls(81))) == len(many.urls(81))
    indexes = {path: page for path, page in pages.items() if isinstance(page, IndexPage)}
    assert len(indexes) == 2 * 5 + 2
    linked = {item.path.removeprefix("/") for page in indexes.values() for item in page.items}
    assert linked == {event.path for event in events}
    assert {related.path.removeprefix("/") for event in events for related in event.related} <= linked


def test_one_host_can_be_crowded() -> None:
    """`crowd` is the share of sources on host 0."""
    urls = list(ManySources(events=300, crowd=0.5, covers=0).urls(81))
    share = sum(address(0) + ":" in url for url in urls) / len(urls)
    assert 0.45 < share < 0.6


def test_any_path_has_one_answer() -> None:
    """Articles, pictures and robots.txt; twice the same, on another host another; a matching ETag gets a 304."""
    with ManyServer(Plan(**SMALL)) as server:
        first = ask(server.port, address(0), "/a.html")
        assert first == ask(server.port, address(0), "/a.html")
        assert first[0] == 200
        assert b"printed at 127.0.1.1/a.html" in gzip.decompress(first[2])
        assert ask(server.port, address(1), "/a.html")[2] != first[2]
        assert ask(server.port, address(0), "/a.html", **{"If-None-Match": first[1]["etag"]})[0] == 304
        status, headers, picture = ask(server.port, address(5), "/img/x.jpg")
        assert (status, headers["content-type"], picture[:4]) == (200, "image/jpeg", b"\xff\xd8\xff\xfe")
        assert ask(server.port, address(2), "/robots.txt")[2] == b"User-agent: *\nDisallow:\n"
        assert server.seen().hits["127.0.1.1/a.html"] == 3
        assert server.seen().repeats == 2


def test_fates_come_in_their_shares_and_hold() -> None:
    """What the plan says of an address is what the server does with it."""
    plan = Plan(**SMALL, missing=0.2, moved=0.2, broken=0.3)
    with ManyServer(plan) as server:
        found = dict.fromkeys(Fate, 0)
        for n in range(200):
            host, target = address(n % 6), f"/story-{n}.html"
            fate = plan.fate_of(f"http://{host}:{server.port}{target}")
            found[fate] += 1
            try:
                status, headers, _ = ask(server.port, host, target)
            except (http.client.IncompleteRead, ConnectionResetError):
                status = 0
            match fate:
                case Fate.OK:
                    assert status == 200
                case Fate.MISSING:
                    assert status == 404
                case Fate.BROKEN:
                    assert status in {0, 500}
                case Fate.MOVED:
                    assert status == 301
                    to = re.fullmatch(r"http://([\d.]+):\d+(/.*\?moved)", headers["location"])
                    assert to
                    assert ask(server.port, to[1], to[2])[0] == 200
        assert all(20 <= found[fate] <= 80 for fate in Fate)


def test_latency_is_waited_at_once_for_all() -> None:
    """Each answer waits; ten clients wait together; the peak says how many they were."""
    with ManyServer(Plan(**SMALL, latency=0.3)) as server:
        started = time.monotonic()
        threads = [threading.Thread(target=ask, args=(server.port, address(0), f"/{n}")) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0.3 <= time.monotonic() - started < 2
        assert server.seen().peaks == {address(0): 10}


def test_requests_on_one_connection_are_answered_in_order() -> None:
    """Pipelined and split requests both work; a client that leaves while it waits is forgotten."""
    with ManyServer(Plan(**SMALL, latency=0.02)) as server:
        with socket.create_connection((address(0), server.port), timeout=10) as sock:
            sock.sendall(b"GET /robots.txt HTTP/1.1\r\n\r\nGET /robots.txt HTTP/1.1\r\nConnection: cl")
            time.sleep(0.1)
            sock.sendall(b"ose\r\n\r\n")
            got = b"".join(iter(lambda: sock.recv(65536), b""))
        assert got.count(b"HTTP/1.1 200 OK") == 2
        with socket.create_connection((address(0), server.port), timeout=10) as sock:
            sock.sendall(b"GET /gone.html HTTP/1.1\r\n\r\n")
        time.sleep(0.1)
        assert ask(server.port, address(0), "/robots.txt")[0] == 200
        assert server.seen().peaks == {address(0): 1}


def test_a_process_of_its_own_tells_and_logs(tmp_path: Path) -> None:
    """Hits are told over HTTP, forgotten on request, and in the log file before the answer; pages are served too."""
    log = tmp_path / "hits.log"
    with ManyProcess(Plan(**SMALL, events=8), log=log) as server:
        for _ in range(2):
            assert ask(server.port, address(3), "/a.html")[0] == 200
        assert log.read_text() == "127.0.1.4/a.html\n" * 2
        status, headers, home = ask(server.port, "127.0.0.1", "/index.md")
        assert (status, headers["content-type"]) == (200, "text/markdown; charset=utf-8")
        assert isinstance(read_page(home, "index.md"), IndexPage)
        assert f":{server.port}/".encode() in ask(
            server.port, "127.0.0.1", "/" + next(iter(ManySources(events=8, hosts=6).pages(1)))[0]
        )[2]  # fmt: skip
        assert server.reset().repeats == 1
        assert server.seen().total == 0
        with pytest.raises(OSError, match="did not start"), ManyProcess(Plan(hosts=2), port=server.port):
            pass
