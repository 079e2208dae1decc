"""The guard, attacked through the whole program: nobody makes us connect to what is not the public Internet's."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import psutil
import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.errors import UsageError
from archive.model import Reason
from crawler.connection import Connection, Route, TransportFailure
from crawler.dialer import Dialer
from crawler.guard import AddressGuard, allowed_networks
from crawler.options import network
from crawler.resolver import LookUp, Resolver
from crawler.tls import TlsPolicy, TlsSettings
from tests.end_to_end.command import PROJECT, environment, report_of, sourcekeep, start
from tests.hostile.hostile_pages import EAGER, QUICK, event_page, folder_of, holders, reasons
from tests.web.byte_server import CLOSE, HANG, ByteServer, ok

LOOPBACK = (
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "loc\u00adalhost",
    "ⓛocalhost",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2a00:1450::5efe:7f00:1]", "[::ffff:0:127.0.0.1]", "0.0.0.0", "0", "[::]",
)  # fmt: skip
PRIVATE = (
    "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[5f00::1]",
    "[3fff::1]", "[64:ff9b:1::a00:1]", "[100::1]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]",
)  # fmt: skip
NO_HOST = (
    "127.0.0.1%00.a.test", "%31%32%37.0.0.1", "%6c%6f%63alhost", "[fe80::1%25lo]", "[::1%25lo]", "256.256.256.256",
    "127.0.0.1.5", "0x7f.0.0.0x", "127.0.0.08", "127.0.0.1：80", "127.0.0.1\\@a.test", "a.test\\@127.0.0.1",
    "[127.0.0.1]", "127.0.0.1\u2100", "..127.0.0.1",
)  # fmt: skip
ELSEWHERE = "127.0.0.5"  # where the tests' innocent server is, and the only address that is allowed
ALLOWED = f"--allow-network={ELSEWHERE}"


@pytest.fixture
def inside() -> Iterator[ByteServer]:
    """A server that nobody outside this machine may be led to."""
    with ByteServer("127.0.0.1") as server:
        server.on("*", ok(b"the secrets of this machine"))
        yield server


@pytest.fixture
def outside() -> Iterator[ByteServer]:
    """A server that stands for the Internet."""
    with ByteServer(ELSEWHERE) as server:
        yield server


def test_no_spelling_of_an_address_gets_by(inside: ByteServer, tmp_path: Path) -> None:
    """As citations. All are excluded, none is dead, and nothing was ever connected to."""
    refused = [f"http://{host}:{inside.port}/a" for host in LOOPBACK + PRIVATE]
    users = [f"http://a.test@127.0.0.1:{inside.port}/1", f"http://a.test:80@127.0.0.1:{inside.port}/2"]
    malformed = [f"http://{host}:{inside.port}/a" for host in NO_HOST] + [f"http://127.0.0.1:{inside.port}9999/"]
    collection = tmp_path / "c"
    done = sourcekeep("crawl", folder_of(tmp_path, *refused, *users, *malformed), "-c", collection, "--json", *QUICK)
    assert report_of(done)["exit_code"] == 0, done.stderr
    came = reasons(collection)
    assert inside.connections == 0
    assert {href: came[href] for href in refused if came[href] != "refused_address"} == {}
    assert {reason for href, reason in came.items() if href not in refused} == {"malformed_url"}
    assert len(came) >= len(refused) + len(malformed)


def test_every_hop_is_judged(inside: ByteServer, outside: ByteServer, tmp_path: Path) -> None:
    """Redirects, of two hops too, and those of robots.txt and of the site's own pages lead nowhere they must not."""
    hosts = [*LOOPBACK, "169.254.169.254", "10.0.0.1", "[fd00:ec2::254]"]
    for number, host in enumerate(hosts):
        target = f"http://{host}:{inside.port}/secret"
        outside.on(f"/{number}", redirect(target))
        outside.on(f"/twice/{number}", redirect(f"/{number}"))
    cited = [outside.url(f"/{number}") for number in range(len(hosts))]
    cited += [outside.url(f"/twice/{number}") for number in range(3)]
    outside.on("/news/2016/02/3/a-bridge-opens.md", ok(event_page([("x", href) for href in cited]).encode()))
    outside.on("/news/2016/02/3/index.md", redirect(f"http://127.1:{inside.port}/secret"))
    with ByteServer("127.0.0.6") as other:
        other.on("/robots.txt", redirect(inside.url("/robots.txt")))
        site = outside.url("/news/2016/02/3/a-bridge-opens.md")
        outside.on("/to-other", redirect(other.url("/a")))
        page = event_page([("x", href) for href in [*cited, outside.url("/to-other")]])
        outside.on("/news/2016/02/3/a-bridge-opens.md", ok(page.encode()))
        flags = (ALLOWED, "--allow-network=127.0.0.6", *QUICK)
        done = sourcekeep("crawl", site, "-c", tmp_path / "c", "--json", *flags)
        assert other.requests("/a") == []
    report_of(done)
    assert inside.connections == 0, inside.log
    assert set(reasons(tmp_path / "c").values()) == {"refused_address"}
    assert "the secrets of this machine" not in done.stdout + done.stderr


def redirect(target: str) -> bytes:
    """A redirect, its target in UTF-8."""
    return b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % target.encode()


def test_the_site_itself_may_not_be_inside(inside: ByteServer, tmp_path: Path) -> None:
    """A site that is named by an address of ours, or redirects there: exit 1, and the message says why."""
    with ByteServer(ELSEWHERE) as outside:
        outside.on("/index.md", redirect(inside.url("/index.md")))
        for number, site in enumerate((inside.url("/index.md"), outside.url("/index.md"))):
            done = sourcekeep("crawl", site, "-c", tmp_path / str(number), ALLOWED, *QUICK)
            assert done.returncode == 1
            assert "refused_address" in done.stderr
            assert "--allow-network" in done.stderr
    assert inside.connections == 0


def test_no_other_setting_switches_the_guard_off(inside: ByteServer, tmp_path: Path) -> None:
    """Whether cut answers are kept is another matter than where we connect to. Once the network is allowed, the same
    source is asked again."""
    pages = folder_of(tmp_path, inside.url("/a"))
    sourcekeep("crawl", pages, "-c", tmp_path / "c", "-q", "-sSOURCEKEEP_RECORD=0", "-sSOURCEKEEP_TRIES=1", *QUICK)
    assert inside.connections == 0
    assert list(reasons(tmp_path / "c").values()) == ["refused_address"]
    sourcekeep("crawl", pages, "-c", tmp_path / "c", "-q", "--allow-network=127.0.0.0/8", *QUICK)
    assert list(reasons(tmp_path / "c").values()) == ["ok"]


def test_a_refusal_is_on_record_with_its_address(inside: ByteServer, tmp_path: Path) -> None:
    """Whoever reads the WARC or the log can see which address a name stood for."""
    pages = folder_of(tmp_path, f"http://rebound.test:{inside.port}/")
    resolve = "-sSOURCEKEEP_RESOLVE=" + json.dumps({"rebound.test": ["127.0.0.1", "::1"]})
    sourcekeep("crawl", pages, "-c", tmp_path / "c", "-q", resolve, *QUICK)
    (warc,) = (tmp_path / "c" / "archive").glob("*.warc.gz")
    with warc.open("rb") as file:
        blocks = [record.content_stream().read() for record in ArchiveIterator(file) if record.rec_type == "metadata"]
    assert any(
        b"error: refused_address\r\nerrorText: rebound.test: 127.0.0.1 is 127.0.0.0/8" in each for each in blocks
    )
    (log,) = (tmp_path / "c" / "runs").glob("*/crawl.log")
    assert f" -5001          - http://rebound.test:{inside.port}/ " in log.read_text()


def test_of_several_addresses_only_the_good_are_asked(inside: ByteServer, tmp_path: Path) -> None:
    """The bad one first: it is left out, not the page."""
    with ByteServer(ELSEWHERE, port=inside.port) as outside:
        outside.on("*", ok(b"public"))
        names = {"mixed.test": ["127.0.0.1", ELSEWHERE, "::1"], "bad.test": ["10.0.0.1", "127.0.0.1"]}
        pages = folder_of(tmp_path, *(f"http://{name}:{inside.port}/" for name in names))
        resolve = "-sSOURCEKEEP_RESOLVE=" + json.dumps(names)
        sourcekeep("crawl", pages, "-c", tmp_path / "c", "-q", resolve, ALLOWED, *QUICK)
        assert outside.requests("/")
    assert inside.connections == 0
    assert list(reasons(tmp_path / "c").values()) == ["ok", "refused_address"]


# --- the dialer alone ---


def dialer(look_up: LookUp, *allowed: str) -> Dialer:
    """A dialer that believes `look_up` not for a moment."""
    guard = AddressGuard(allowed_networks(allowed))
    return Dialer(Resolver(look_up=look_up, ttl=-1), TlsPolicy(TlsSettings(verify=False, judge=True)), guard)


async def opened(dialer: Dialer, port: int, host: str = "rebound.test") -> Connection | TransportFailure:
    """A connection to the name, or why there is none."""
    try:
        connection = await dialer.open(Route("http", host, port))
    except TransportFailure as failure:
        return failure
    connection.abort()
    return connection


async def test_a_name_that_changes_its_answer(inside: ByteServer) -> None:
    """Good when it is first looked up, this machine when it is next: what is connected to is what was judged."""
    answers = chain([(ELSEWHERE,), ("127.0.0.1",), (ELSEWHERE, "127.0.0.1")], iter(lambda: ("127.0.0.1", "::1"), None))
    with ByteServer(ELSEWHERE, port=inside.port):
        rebinding = dialer(lambda _: next(answers), ELSEWHERE)
        came = [await opened(rebinding, inside.port) for _ in range(4)]
    assert [str(each.address) for each in came if isinstance(each, Connection)] == [ELSEWHERE, ELSEWHERE]
    assert [each.reason for each in came if isinstance(each, TransportFailure)] == [Reason.REFUSED_ADDRESS] * 2
    assert inside.connections == 0


async def test_the_far_end_is_looked_at_once_more(inside: ByteServer) -> None:
    """0.0.0.0, where somebody allows it, is answered by 127.0.0.1: the connection that stands is judged as well."""
    came = await opened(dialer(lambda _: ("0.0.0.0",), "0.0.0.0/32"), inside.port)
    assert isinstance(came, TransportFailure)
    assert came.reason is Reason.REFUSED_ADDRESS
    assert "127.0.0.1" in str(came)
    assert inside.log == []


async def test_an_ipv6_range_opens_itself_alone() -> None:
    """::1/128 opens ::1, and neither 127.0.0.1 nor what wraps it; 127.0.0.0/8 opens no ::1."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        port = listening.getsockname()[1]
        hosts = ("::1", "127.0.0.1", "::ffff:127.0.0.1")
        six = [await opened(dialer(lambda _: (), "::1/128"), port, host) for host in hosts]
        four = await opened(dialer(lambda _: (), "127.0.0.0/8"), port, "::1")
    assert isinstance(six[0], Connection)
    assert all(
        isinstance(each, TransportFailure) and each.reason is Reason.REFUSED_ADDRESS for each in [*six[1:], four]
    )


# --- what may be opened ---


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("everywhere", "127.0.0.0/8"),
        ("127.0.0.1/8", "write 127.0.0.0/8"),
        ("fd00::1/8", "write fd00::/8"),
        ("127.0.0.0/33", "127.0.0.0/33"),
        ("127.1", "127.1"),
        ("::1%lo", "::1%lo"),
        ("", "''"),
        ("127.0.0.0/8,10.0.0.0/8", "127.0.0.0/8,10.0.0.0/8"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_a_range_that_is_none_is_refused(given: str, says: str) -> None:
    """What might open more than was meant is not guessed at."""
    with pytest.raises(UsageError, match=re.escape(says)):
        network(given)


def test_several_ranges_open_themselves_alone(inside: ByteServer, tmp_path: Path) -> None:
    """Two of three neighbours, one as a range and one as an address."""
    hosts = ("127.0.0.1", "127.0.0.9", "127.0.1.1")
    with ByteServer("127.0.0.9", port=inside.port) as second, ByteServer("127.0.1.1", port=inside.port) as third:
        second.on("*", ok(b"two"))
        pages = folder_of(tmp_path, *(f"http://{host}:{inside.port}/" for host in hosts))
        flags = ("--allow-network=127.0.0.8/29", "--allow-network=127.0.0.1", "--allow-network=fd00::/8", *QUICK)
        sourcekeep("crawl", pages, "-c", tmp_path / "c", "-q", *flags)
        assert third.connections == 0
    assert list(reasons(tmp_path / "c").values()) == ["ok", "ok", "refused_address"]


def test_a_proxy_is_no_way_in(inside: ByteServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is an address, or localhost, is not asked of a proxy either; the proxy itself is the operator's choice."""
    with ByteServer(ELSEWHERE) as proxy:
        proxy.on("*", ok(b"by proxy"))
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        monkeypatch.setenv("no_proxy", "")
        hosts = (*LOOPBACK, "169.254.169.254")
        refused = [f"{scheme}://{host}:{inside.port}/" for host in hosts for scheme in ("http", "https")]
        pages = folder_of(tmp_path, "http://news.test/a", *refused)
        done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *QUICK)
        report_of(done)
        assert {entry.target for entry in proxy.log} == {"http://news.test/robots.txt", "http://news.test/a"}
    came = reasons(tmp_path / "c")
    assert came.pop("http://news.test/a") == "ok"
    assert {href: reason for href, reason in came.items() if reason != "refused_address"} == {}
    assert inside.connections == 0


# --- what is no web address at all ---


SECRET = "canary-4f1c9b"
SCHEMES = (
    "file://{file}", "file:{file}", "FILE://localhost{file}", "file://127.0.0.1{file}", "data:text/plain,x", "ftp://127.0.0.1{file}",
    "s3://bucket/key", "gopher://127.0.0.1:{port}/_x", "javascript:alert(1)", "jar:file://{file}!/", "view-source:file://{file}",
    "dict://127.0.0.1:{port}/d", "ldap://127.0.0.1:{port}/", "php://filter/resource={file}", "ws://127.0.0.1:{port}/",
    "sftp://127.0.0.1{file}", "blob:http://127.0.0.1:{port}/x", "about:blank", "netdoc:{file}", "smb://127.0.0.1/x",
    "unix:{file}", "http+unix://{file}", "tel:1", "mailto:a@b.test", "gemini://127.0.0.1:{port}/",
)  # fmt: skip


def test_other_schemes_are_never_fetched(inside: ByteServer, outside: ByteServer, tmp_path: Path) -> None:
    """As citations, redirects, redirects of robots.txt, in pages: no file of this machine is read, no port is asked."""
    secret = tmp_path / "secret.md"
    secret.write_text(f"# {SECRET}\n")
    targets = [scheme.format(file=secret, port=inside.port) for scheme in SCHEMES]
    for number, target in enumerate(targets):
        outside.on(f"/{number}", redirect(target))
    outside.on("/robots.txt", redirect(f"file://{secret}"))
    outside.on("/article", ok(EXTERNAL.replace("FILE", str(secret)).encode(), b"Content-Type: application/xhtml+xml"))
    outside.on("/page", ok(FRAMED.replace("FILE", str(secret)).encode(), b"Content-Type: text/html"))
    redirects = [outside.url(f"/{number}") for number in range(len(targets))]
    cited = [*targets, *redirects, outside.url("/article"), outside.url("/page")]
    pages = folder_of(tmp_path, *cited)
    related = f"1. [Leak](file://{secret})\n2. [Leak](../../../../../secret.md)\n"
    (pages / "news/2016/02/3/other.md").write_text(event_page([], related=related))
    (pages / "news/2016/02/3/leak.md").symlink_to(secret)
    (pages / "news/2016/02/4").symlink_to(tmp_path)
    (pages / "news/2016/02/3/entity.html").write_text(EXTERNAL.replace("FILE", str(secret)))
    done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", ALLOWED, *EAGER)
    assert report_of(done)["exit_code"] == 0, done.stderr
    came = reasons(tmp_path / "c")
    assert {came[href] for href in targets} <= {"unsupported_scheme", "malformed_url", "no_base"}
    assert {came[href] for href in redirects} == {"bad_redirect"}
    assert came[outside.url("/article")] == came[outside.url("/page")] == "ok"
    assert inside.connections == 0
    assert holders(tmp_path / "c", SECRET) == set()
    parsed = sourcekeep("parse", pages, "--json")
    assert SECRET not in done.stdout + done.stderr + parsed.stdout + parsed.stderr


EXTERNAL = """<?xml version="1.0"?>
<!DOCTYPE html [<!ENTITY leak SYSTEM "file://FILE"><!ENTITY % more SYSTEM "file://FILE"> %more;]>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:xi="http://www.w3.org/2001/XInclude"><head><title>&leak;</title></head>
<body><article><h1>&leak;</h1><p>An article of some words, so that there is something to be read. &leak;</p>
<xi:include href="file://FILE" parse="text"/></article></body></html>
"""
FRAMED = """<!DOCTYPE html><base href="file://FILE"><link rel="stylesheet" href="file://FILE"><img src="secret.md">
<style>@import "file://FILE"; body { background: url(file://FILE) }</style><iframe src="file://FILE"></iframe>
<article><h1>A page</h1><p>Some words of an article that is long enough to be taken for one.</p></article>
"""


# --- nobody can reach us ---


@pytest.mark.parametrize("way", ["sourcekeep", "scrapy"])
def test_no_socket_listens_while_a_crawl_runs(way: str, tmp_path: Path) -> None:
    """Neither in the process nor in its children, from the first request to the end of the articles' reading.

    The fork server of the workers listens on a socket of the file system's, in a folder of ours alone.
    """
    with ByteServer() as web:
        web.on("/hangs", [HANG])
        web.on("/article", ok(FRAMED.encode(), b"Content-Type: text/html"))
        web.on("/robots.txt", [b"HTTP/1.1 404 Not Found\r\n\r\n", CLOSE])
        pages = folder_of(tmp_path, web.url("/article"), web.url("/hangs"))
        flags = ("-sSOURCEKEEP_TRIES=1", "-sDOWNLOAD_TIMEOUT=3", "-sSOURCEKEEP_PER_HOST=2", *EAGER)
        process = launched(way, pages, tmp_path / "c", flags)
        looks, listening, talked = 0, set[str](), False
        while process.poll() is None:
            for each in connections(process.pid):
                looks += 1
                talked = talked or each.status == psutil.CONN_ESTABLISHED
                if each.status == psutil.CONN_LISTEN or (each.type == socket.SOCK_DGRAM and not each.raddr):
                    listening.add(str(each))
            time.sleep(0.05)
        out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert talked
    assert looks > 5
    assert listening == set()


def launched(way: str, pages: Path, collection: Path, flags: tuple[str, ...]) -> subprocess.Popen[str]:
    """A crawl begun, by our command or by Scrapy's."""
    if way == "sourcekeep":
        return start("crawl", pages, "-c", collection, "--allow-network=127.0.0.0/8", *flags)
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "events",
        "-a",
        f"site={pages}",
        "-a",
        f"collection={collection}",
    ]
    command += ["-sSOURCEKEEP_ALLOW_NETWORKS=127.0.0.0/8", *flags]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=PROJECT, env=environment(), text=True, stdout=pipe, stderr=pipe)


def connections(pid: int) -> Iterator[psutil._common.pconn]:
    """The Internet sockets of a process and all below it."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                yield from each.net_connections(kind="inet")
