"""The sample web over real sockets: what it sends is what it says, fault by fault, and it counts right."""

import gzip
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import pytest
import trafilatura

from archive.model import Reason
from crawler.sample import HOSTS, SampleWeb
from crawler.sample.answers import End, plain
from crawler.sample.articles import ARTICLES, Article, html_of
from crawler.sample.expected import expected, never_cited
from crawler.sample.images import jpeg, png
from crawler.sample.prose import paragraphs
from crawler.sample.web import answer, read, routes


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    with SampleWeb() as served:
        yield served


@pytest.fixture
def fresh() -> Iterator[SampleWeb]:
    with SampleWeb() as served:
        yield served


def connect(web: SampleWeb, host: str) -> socket.socket:
    return socket.create_connection((web.resolve_table()[host], web.port), timeout=10)


def raw(web: SampleWeb, host: str, target: str, *fields: str, method: str = "GET") -> tuple[bytes, bytes]:
    """(sent, received) of one request on a connection of its own."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}:{web.port}", *fields, "Connection: close", "", ""]
    request = "\r\n".join(lines).encode()
    with connect(web, host) as sock:
        sock.sendall(request)
        return request, b"".join(iter(lambda: sock.recv(65536), b""))


def fetch(web: SampleWeb, url: str) -> tuple[int, dict[str, str], bytes]:
    """One request by the standard library's client, as an independent reader."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port == web.port
    connection = http.client.HTTPConnection(web.resolve_table()[parts.hostname], web.port, timeout=10)
    try:
        target = quote(parts.path, safe="/%:@") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Host": parts.netloc})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def judged(web: SampleWeb, url: str) -> tuple[Reason, str]:
    """What a patient reader makes of a URL: retries once, follows redirects, honours robots.txt by hand."""
    seen: list[str] = []
    while url not in seen:
        seen.append(url)
        if urlsplit(url).hostname == "tides.test" and urlsplit(url).path.startswith("/members/"):
            return Reason.ROBOTS_EXCLUDED, url
        try:
            status, headers, _ = fetch(web, url)
            if status in {429, 500}:
                time.sleep(int(headers.get("retry-after", "0")))
                status, headers, _ = fetch(web, url)
        except http.client.IncompleteRead:
            return Reason.TRUNCATED, url
        except ConnectionResetError:
            return Reason.CONN_RESET, url
        match status:
            case 301 | 302 | 307 | 308:
                url = urljoin(url, headers["location"])
            case 404 | 410:
                return Reason.GONE, url
            case 403:
                return Reason.BLOCKED, url
            case _:
                return (Reason.MOVED if len(seen) > 1 else Reason.OK), url
    return Reason.REDIRECT_LOOP, url


def test_every_expectation_holds(fresh: SampleWeb) -> None:
    """A plain client that asks for each cited address meets exactly what the expectations say."""
    for citations in expected(fresh.port).values():
        for citation in citations:
            if citation.asked is not None:
                reason, final = judged(fresh, citation.asked)
                assert (reason, final if reason is Reason.MOVED else None) == (citation.reason, citation.final)


def test_every_byte_is_logged(fresh: SampleWeb) -> None:
    """The log holds what the client sent and got, for every kind of answer."""
    targets = [("courier.test", "/2016/03/tram-depot.html"), ("wire.test", "/story/20160312-0417"),
               ("lantern.test", "/news/depot-vote"), ("tides.test", "/harbours/tarnwick.html"),
               ("wire.test", "/story/20150620-0033"), ("old.test", "/today"), ("images.test", "/none")]  # fmt: skip
    exchanged = [raw(fresh, host, target) for host, target in targets]
    assert [(s.request, s.response) for s in fresh.traffic.served] == exchanged
    assert [(s.host, s.target) for s in fresh.traffic.served] == targets
    assert all(s.whole for s in fresh.traffic.served)


@pytest.mark.parametrize("article", [a for a in ARTICLES if a.length > 5], ids=lambda a: a.host + a.target)
def test_articles_read_like_articles(article: Article) -> None:
    """Each page is 4 to 40 kB, and a text extractor finds the paragraphs written into it."""
    page = html_of(article, 80)
    assert 4_000 < len(page) < 40_000
    text = trafilatura.extract(page, include_comments=False) or ""
    wanted = paragraphs(article.target, article.subject, language=article.language, count=article.length)
    assert sum(p[:60] in text for p in wanted) >= 0.8 * len(wanted)


def test_the_web_is_the_same_every_time() -> None:
    """Two tables for one port are equal; another port changes only addresses."""
    assert routes(8001) == routes(8001)
    assert routes(8001).keys() == routes(8002).keys()


def test_chunked_answers_have_extensions_and_a_trailer(web: SampleWeb) -> None:
    """The wire agency's framing: extensions on chunks, a trailer field after the last one, odd and doubled names."""
    _, got = raw(web, "wire.test", "/story/20160312-0417")
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"\r\ncontent-TYPE: " in head
    assert head.count(b"\r\nX-Served-By: ") == 2
    assert body.startswith(b"9C4;part=0\r\n")
    assert b"\r\n0\r\nX-Story-Words: " in body
    status, _, payload = fetch(web, f"http://wire.test:{web.port}/story/20160312-0417")
    (article,) = [a for a in ARTICLES if a.target == "/story/20160312-0417"]
    assert (status, payload) == (200, html_of(article, web.port))


def test_the_lantern_packs_its_pages(web: SampleWeb) -> None:
    """gzip over Content-Length, the same bytes each time."""
    _, one = raw(web, "lantern.test", "/news/depot-vote")
    _, two = raw(web, "lantern.test", "/news/depot-vote")
    assert one == two
    assert b"By one vote" not in one
    assert "Nineteen to eighteen" in gzip.decompress(one.partition(b"\r\n\r\n")[2]).decode()


def test_the_old_page_ends_with_its_connection(web: SampleWeb) -> None:
    """HTTP/1.0 without a length."""
    _, got = raw(web, "tides.test", "/harbours/tarnwick.html")
    assert got.startswith(b"HTTP/1.0 200 Okay\r\n")
    assert b"Content-Length" not in got
    assert got.endswith(b"</html>\n")


def test_the_cut_off_page_promises_more(web: SampleWeb) -> None:
    """Content-Length is half as large again as what comes."""
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetch(web, f"http://wire.test:{web.port}/story/20150620-0033")
    assert cut.value.expected is not None
    assert 0.4 < cut.value.expected / len(cut.value.partial) < 0.6


def test_the_slow_page_takes_its_time(web: SampleWeb) -> None:
    """Its head comes at once, its last byte 1.5 seconds later."""
    started = time.monotonic()
    with connect(web, "tides.test") as sock:
        sock.sendall(b"GET /2015/06/regatta-weather.html HTTP/1.1\r\nHost: tides.test\r\nConnection: close\r\n\r\n")
        assert sock.recv(65536).endswith(b"\r\n\r\n")
        assert time.monotonic() - started < 1.0
        while sock.recv(65536):
            pass
    assert 1.4 < time.monotonic() - started < 5


def test_trouble_passes(fresh: SampleWeb) -> None:
    """500 and 429 with Retry-After come once, then the page."""
    for url in ("http://wire.test:{}/story/20160203-0101", "http://tides.test:{}/warnings/2016-02-03.html"):
        statuses = [fetch(fresh, url.format(fresh.port)) for _ in range(3)]
        assert [status for status, _, _ in statuses][1:] == [200, 200]
        assert statuses[0][0] in {429, 500}
    assert fetch(fresh, f"http://tides.test:{fresh.port}/robots.txt")[2] == b"User-agent: *\nDisallow: /members/\n"


def test_conditional_requests_get_304(web: SampleWeb) -> None:
    """The event site answers a matching ETag or date with an empty 304, and another ETag with the page."""
    host, target = "archive.test", "/news/2016/03/12/index.md"
    _, page = raw(web, host, target)
    head = page.partition(b"\r\n\r\n")[0].decode()
    etag = head.partition("ETag: ")[2].partition("\r\n")[0]
    modified = head.partition("Last-Modified: ")[2].partition("\r\n")[0]
    assert "Content-Type: text/markdown; charset=utf-8" in head
    for fields in ([f"If-None-Match: {etag}"], [f"If-None-Match: W/{etag}"], [f"If-Modified-Since: {modified}"]):
        _, got = raw(web, host, target, *fields)
        assert got.startswith(b"HTTP/1.1 304 Not Modified\r\n")
        assert got.endswith(b"\r\n\r\n")
        assert etag.encode() in got
    stale = raw(web, host, target, 'If-None-Match: "other"', f"If-Modified-Since: {modified}")
    assert stale[1] == page


def test_chinese_paths_are_found_however_they_are_written(web: SampleWeb) -> None:
    """A percent-encoded path, in either case, and raw UTF-8 are the same page."""
    path = next(path for path in expected(web.port) if path.startswith("zh/news/2015/06/18"))
    spellings = [quote(f"/{path}"), quote(f"/{path}").lower(), f"/{path}"]
    assert len({raw(web, "archive.test", target)[1] for target in spellings}) == 1
    assert "台风".encode() in raw(web, "archive.test", spellings[0])[1]


def test_the_event_site_has_an_html_view(web: SampleWeb) -> None:
    """The same pages under .html, and the home page at the root."""
    status, headers, body = fetch(web, f"http://archive.test:{web.port}/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b'<a href="/news/2016/03/12/index.html">News</a>' in body


def test_connections_are_kept_and_head_has_no_body(web: SampleWeb) -> None:
    """Two requests go over one connection; the answer to HEAD is the head of the answer to GET."""
    (address, _) = (web.resolve_table()["courier.test"], 0)
    connection = http.client.HTTPConnection(address, web.port, timeout=10)
    connection.request("HEAD", "/about.html", headers={"Host": "courier.test"})
    first = connection.getresponse()
    assert (first.status, first.read()) == (200, b"")
    sock = connection.sock
    connection.request("GET", "/about.html", headers={"Host": "courier.test"})
    assert len(connection.getresponse().read()) == int(first.headers["Content-Length"])
    assert connection.sock is sock
    connection.close()


def test_strange_requests_do_no_harm(web: SampleWeb) -> None:
    """Another host gets 421, another method 405, noise a closed connection; the server goes on."""
    assert raw(web, "old.test", "/")[1].startswith(b"HTTP/1.1 404 ")
    assert raw(web, "old.test", "/", method="POST")[1].startswith(b"HTTP/1.1 405 ")
    with connect(web, "old.test") as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: elsewhere.test\r\nConnection: close\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 421 ")
    for noise in (b"\x16\x03\x01\r\n\r\n", b"A" * 200_000):
        with connect(web, "old.test") as sock:
            try:
                sock.sendall(noise)
                assert sock.recv(100) == b""
            except ConnectionError:
                pass
    assert raw(web, "courier.test", "/about.html")[1].startswith(b"HTTP/1.1 200 ")


def test_a_reset_is_a_reset(web: SampleWeb) -> None:
    """The client sees RST, not the end of the stream."""
    with pytest.raises(ConnectionResetError):
        raw(web, "lantern.test", "/2015/court-records")
    last = web.traffic.served[-1]
    assert (last.status, last.response) == (0, b"")


def test_hosts_are_counted(fresh: SampleWeb) -> None:
    """Requests, arrival times and the most at once are known by host; unasked hosts have none."""
    target = "/2015/06/regatta-weather.html"
    threads = [threading.Thread(target=raw, args=(fresh, "tides.test", target)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raw(fresh, "tides.test", "/robots.txt")
    assert fresh.traffic.requests("tides.test") == 4
    assert fresh.traffic.peak("tides.test") == 3
    assert list(fresh.traffic.arrivals("tides.test")) == sorted(fresh.traffic.arrivals("tides.test"))
    assert fresh.traffic.gaps("tides.test")[-1] > 1
    assert (fresh.traffic.requests("wire.test"), fresh.traffic.peak("wire.test")) == (0, 0)


def test_a_client_that_leaves_is_noted(fresh: SampleWeb) -> None:
    """An exchange the client broke off is logged as not whole, and no longer counts as under way."""
    with connect(fresh, "tides.test") as sock:
        sock.sendall(b"GET /2015/06/regatta-weather.html HTTP/1.1\r\nHost: tides.test\r\n\r\n")
        sock.recv(10)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    until = time.monotonic() + 5
    while not fresh.traffic.served and time.monotonic() < until:
        time.sleep(0.02)
    assert [served.whole for served in fresh.traffic.served] == [False]


def test_answers_can_be_replaced(fresh: SampleWeb) -> None:
    """A test can change what an address gives, to play a second crawl of a changed site."""
    fresh.put("courier.test", "/about.html", plain(b"one"), plain(b"two", end=End.CLOSE))
    bodies = [fetch(fresh, never_cited(fresh.port)[0])[2] for _ in range(3)]
    assert bodies == [b"one", b"two", b"two"]


def test_the_port_comes_back() -> None:
    """After `stop` the same port can be served again; while it is served it cannot."""
    first = SampleWeb(log=False)
    port = first.start()
    with pytest.raises(OSError, match=str(port)):
        SampleWeb(port=port).start()
    first.stop()
    first.stop()
    with SampleWeb(port=port) as second:
        assert second.port == port
        assert second.home("zh") == f"http://archive.test:{port}/zh/index.md"
        assert set(second.resolve_table()) == set(HOSTS)
    assert first.traffic.served == ()


def test_one_address_is_enough() -> None:
    """Where the system has only 127.0.0.1, the Host header alone tells the hosts apart."""
    with SampleWeb(addresses=("127.0.0.1",)) as web:
        assert set(web.resolve_table().values()) == {"127.0.0.1"}
        assert b"The Harbour Courier" in raw(web, "courier.test", "/about.html")[1]
        assert raw(web, "wire.test", "/about.html")[1].startswith(b"HTTP/1.1 404 ")


def test_it_runs_as_a_process_of_its_own() -> None:
    """`python -m crawler.sample` tells its port and names, serves, and ends with 0 at SIGTERM."""
    with subprocess.Popen([sys.executable, "-m", "crawler.sample"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        with socket.create_connection((told["resolve"]["courier.test"], told["port"]), timeout=10) as sock:
            sock.sendall(b"GET /about.html HTTP/1.1\r\nHost: courier.test\r\nConnection: close\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_pictures_are_pictures() -> None:
    """The PNG's chunks check out and its pixels have the promised size; the JPEG is framed and its scan stuffed."""
    data = png("x", width=50, height=40)
    at, chunks = 8, {}
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert int.from_bytes(data[at + 8 + length : at + 12 + length], "big") == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert len(zlib.decompress(chunks[b"IDAT"])) == 40 * (50 * 3 + 1)
    picture = jpeg("x")
    assert picture.startswith(b"\xff\xd8\xff\xe0")
    assert picture.endswith(b"\xff\xd9")
    scan = picture[picture.index(b"\xff\xda") + 14 : -2]
    assert all(scan[i + 1] == 0 for i in range(len(scan) - 1) if scan[i] == 0xFF)


def test_a_request_is_read_leniently() -> None:
    """Header names in any case, a port on the host, bytes that are no UTF-8; what is no request raises ValueError."""
    asked = read(b"GET /\xff?a=%20b HTTP/1.1\r\nhOST: Courier.test:81\r\nX: 1\r\n\r\n")
    assert (asked.host, asked.headers["x"]) == ("courier.test", "1")
    assert answer(asked, routes(81)).status == 404
    with pytest.raises(ValueError):
        read(b"hello\r\n\r\n")
