"""Archives asked over loopback: who says what, in what order, how often; and no outage is taken for absence."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from archive.errors import UsageError
from crawler.guard import AddressGuard, allowed_networks
from crawler.memento.archives import Archive, ArchiveKind, archives_of, table_of, with_options
from crawler.memento.asking import ArchiveClient, Excluded, Pacer, Unavailable, retry_after
from crawler.memento.choosing import Candidate
from crawler.memento.guarded import Directory, RefusedAddress, session
from tests.web.byte_server import RESET, ByteServer, ok
from tests.web.wayback import Wayback, unwell

URL = "http://a.test/story"
DAY = datetime(2016, 2, 3, 12, tzinfo=UTC)
LOOPBACK = AddressGuard(allowed_networks(["127.0.0.0/8"]))


def client(base: str, kind: str = "wayback", *, pause: float = 0, tries: int = 2) -> ArchiveClient:
    """A client of the archive at `base` that does not wait long."""
    archive = Archive(name="x", kind=ArchiveKind(kind), base=base, pause=pause)
    asking = session(Directory(LOOPBACK), "sourcekeep/test")
    return ArchiveClient(archive, asking, tries=tries, retry_wait=0.01, stopped=threading.Event())


@pytest.fixture
def wayback() -> Iterator[Wayback]:
    """A stand-in that has two captures of URL."""
    with Wayback() as archive:
        archive.keep(URL, "20160203080000", b"x")
        archive.keep(URL, "20170101000000", status=301)
        yield archive


def stamps(found: list[Candidate]) -> list[str]:
    """The times of candidates, in digits."""
    return [f"{each.at:%Y%m%d}" for each in found]


@pytest.mark.parametrize("lines", [False, True])
def test_the_index_in_both_forms(wayback: Wayback, lines: bool) -> None:
    """As an array with a header row, and as JSON lines: the same captures, with status and raw address."""
    wayback.lines = lines
    found = client(wayback.base).captures(URL, DAY)
    assert [(each.raw_url, each.status) for each in found] == [
        (f"{wayback.base}/web/20160203080000id_/{URL}", 200), (f"{wayback.base}/web/20170101000000id_/{URL}", 301),
    ]  # fmt: skip
    assert "closest=20160203120000" in wayback.asked("cdx")[0]


def test_what_is_not_there_and_what_is_not_shown(wayback: Wayback) -> None:
    """An empty index is absence, an excluded URL is not, in either form."""
    assert client(wayback.base).captures("http://b.test/", DAY) == []
    wayback.excluded.add(URL)
    with pytest.raises(Excluded, match="AccessControl"):
        client(wayback.base).captures(URL, DAY)
    wayback.lines = True
    assert client(wayback.base).captures("http://b.test/", DAY) == []


def test_a_busy_archive_is_asked_again_after_the_time_it_names(wayback: Wayback) -> None:
    """429 with Retry-After, then it answers."""
    wayback.mood("cdx", unwell(429, b"Retry-After: 1"))
    began = time.monotonic()
    assert len(client(wayback.base).captures(URL, DAY)) == 2
    assert time.monotonic() - began >= 1.0


def test_without_its_index_it_is_asked_otherwise(wayback: Wayback) -> None:
    """The availability API names one; where that is forgetful, the TimeGate (307 here) does."""
    wayback.mood("cdx", *[unwell(503)] * 4)
    assert stamps(client(wayback.base).captures(URL, DAY)) == ["20160203"]
    wayback.forgetful = True
    found = client(wayback.base).captures(URL, DAY)
    assert (stamps(found), found[0].raw_url) == (["20160203"], f"{wayback.base}/web/20160203080000id_/{URL}")
    assert b"Accept-Datetime: Wed, 03 Feb 2016 12:00:00 GMT" in wayback.requests(f"/web/{URL}")[0]


def test_an_outage_is_no_absence(wayback: Wayback) -> None:
    """Nothing of an index, an availability that names nothing, a TimeGate that is busy: nobody knows."""
    wayback.forgetful = True
    wayback.mood("cdx", ok(b""), ok(b"<html>maintenance</html>"))
    wayback.mood("timegate", *[unwell(503)] * 4)
    asked = client(wayback.base)
    for _ in range(2):
        with pytest.raises(Unavailable):
            asked.captures(URL, DAY)
    before = len(wayback.asked(""))
    with pytest.raises(Unavailable, match="left alone"):
        asked.captures(URL, DAY)
    assert len(wayback.asked("")) == before  # twice in a row is enough


def test_an_archive_that_asks_for_an_hour_is_left_alone(wayback: Wayback) -> None:
    """It is not slept through, and not asked again in this run."""
    wayback.mood("cdx", unwell(429, b"Retry-After: 3600"))
    asked = client(wayback.base)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(Unavailable, match="3600"):
            asked.captures(URL, DAY)
    assert (len(wayback.asked("")), time.monotonic() - began < 30) == (1, True)


def test_requests_keep_their_pause(wayback: Wayback) -> None:
    """However many ask at once."""
    pacer, began = Pacer(0.2), time.monotonic()
    threads = [threading.Thread(target=pacer.take, args=(threading.Event(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 0.55
    assert wayback.asked("") == []


# --- RFC 7089 alone ---


def memento_archive(web: ByteServer) -> None:
    """One with a TimeMap in two pages, and a TimeGate."""
    early = f'</20160203080000/{URL}>;rel="memento";datetime="Wed, 03 Feb 2016 08:00:00 GMT"'
    late = f'</20170101000000/{URL}>;rel="memento";datetime="Sun, 01 Jan 2017 00:00:00 GMT"'
    first = f'<{URL}>;rel="original", </timemap/link/2/{URL}>;rel="timemap", {early}'
    second = f'{late}, </timemap/link/{URL}>;rel="timemap"'
    web.on(f"/timemap/link/{URL}", ok(first.encode()))
    web.on(f"/timemap/link/2/{URL}", ok(second.encode()))


def test_a_paged_timemap_is_read_whole() -> None:
    """Each page once, although they name each other; mementos are asked for raw."""
    with ByteServer() as web:
        memento_archive(web)
        found = client(web.url(""), "memento").captures(URL, DAY)
        assert [each.raw_url for each in found] == [
            web.url(f"/20160203080000id_/{URL}"), web.url(f"/20170101000000id_/{URL}"),
        ]  # fmt: skip
        assert len(web.log) == 2
        assert client(web.url(""), "memento").captures("http://b.test/", DAY) == []  # 404: RFC 7089 section 4.5


def test_half_a_timemap_is_no_answer() -> None:
    """A page that does not come leaves the question open; the TimeGate is asked then: 302, or a memento by itself."""
    with ByteServer() as web:
        memento_archive(web)
        web.on(f"/timemap/link/2/{URL}", unwell(500))
        web.on(f"/{URL}", ok(b"", f"Location: /20160203080000/{URL}".encode(), status=b"302 Found"))
        assert stamps(client(web.url(""), "memento").captures(URL, DAY)) == ["20160203"]
        itself = ok(b"x", b"Memento-Datetime: Thu, 04 Feb 2016 00:00:00 GMT", b"Content-Location: /m/1")
        web.on(f"/{URL}", itself)
        [found] = client(web.url(""), "memento").captures(URL, DAY)
        assert (found.memento_url, found.at.day) == (web.url("/m/1"), 4)
        web.on(f"/{URL}", ok(b"<p>hello</p>"))
        with pytest.raises(Unavailable):
            client(web.url(""), "memento").captures(URL, DAY)


def test_answers_that_break_off_are_outages() -> None:
    """A reset, and a server that says nothing for longer than anybody waits: both are tried again, then given up."""
    with ByteServer() as web:
        web.on("*", [RESET])
        with pytest.raises(Unavailable):
            client(web.url(""), "memento").captures(URL, DAY)


def test_a_stop_ends_all_waiting() -> None:
    """Within a pause, and between two tries."""
    stopped = threading.Event()
    pacer = Pacer(60)
    pacer.take(stopped)
    threading.Timer(0.1, stopped.set).start()
    began = time.monotonic()
    pacer.take(stopped)
    assert time.monotonic() - began < 10


def test_retry_after_in_both_forms() -> None:
    """Seconds, a date, and what is neither."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after("120", now) == 120
    assert retry_after("Thu, 01 Jan 2026 00:01:00 GMT", now) == 60
    assert retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now) == 0
    assert [retry_after(text, now) for text in (None, "soon", "-1", "")] == [None] * 4


# --- the guard ---


def test_no_connection_to_a_refused_address() -> None:
    """By address in any spelling, by name, by a redirect, by a name that changes its answer: nothing is ever sent."""
    with ByteServer() as web, ByteServer("127.0.0.2") as outer:
        closed = AddressGuard(allowed_networks(["127.0.0.2/32"]))
        answers = iter([("127.0.0.2",), ("127.0.0.1",)])
        asking = session(Directory(closed, look_up=lambda _: next(answers)), "x")
        outer.on("/", ok(b"fine"))
        outer.on("/r", ok(b"", b"Location: " + web.url("/secret").encode(), status=b"302 Found"))
        named = f"http://changing.test:{outer.port}/"
        assert asking.get(named).text == "fine"
        asking.close()  # the connection that stands would be used again
        for url in (
            web.url("/"), f"http://2130706433:{web.port}/", f"http://[::ffff:127.0.0.1]:{web.port}/",
            f"http://localhost:{web.port}/", outer.url("/r"), f"http://changing.test:{web.port}/",
        ):  # fmt: skip
            with pytest.raises(RefusedAddress):
                asking.get(url)
        assert web.connections == 0


def test_a_table_answers_before_dns() -> None:
    """SOURCEKEEP_RESOLVE holds here as well; and a name that does not exist is an outage like any other."""
    with ByteServer() as web:
        web.on("/x", ok(b"here"))
        asking = session(Directory(LOOPBACK, {"archive.test": "127.0.0.1"}), "x")
        assert asking.get(f"http://archive.test:{web.port}/x").text == "here"

    def nobody(host: str) -> tuple[str, ...]:
        raise OSError(f"no {host}")

    with pytest.raises(requests.ConnectionError):
        session(Directory(LOOPBACK, look_up=nobody), "x").get("http://gone.invalid/")


def test_nothing_secret_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """No netrc, no cookies, whatever the archive sets."""
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: PTH123
        file.write("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", netrc)
    with ByteServer() as web:
        web.on("/", ok(b"", b"Set-Cookie: id=1; Path=/"))
        asking = session(Directory(LOOPBACK), "x")
        for _ in range(2):
            asking.get(web.url("/"))
        assert not any(b"Authorization" in request or b"Cookie" in request for request in web.requests("/"))


# --- the table ---


def test_the_table_and_the_command_line() -> None:
    """--wayback moves the Wayback Machine, --archive stands alone; what makes no sense is named."""
    table: dict[str, object] = {
        "IA": {
            "kind": "wayback",
            "base": "https://web.archive.org/",
            "availability": "https://archive.org",
            "pause": 3,
        },
        "PT": {"kind": "memento", "base": "https://arquivo.test/wayback"},
    }
    first, second = archives_of(with_options(table, wayback="http://127.0.0.1:9/", given=()))
    assert (first.base, first.pause, first.availability_base) == ("http://127.0.0.1:9", 3, None)
    assert second.timemap_url(URL) == f"https://arquivo.test/wayback/timemap/link/{URL}"
    [only] = archives_of(with_options(table, wayback=None, given=["ours=pywb:http://h.test/c"]))
    assert only.index_url(URL, DAY).startswith("http://h.test/c/cdx?url=http%3A%2F%2Fa.test%2Fstory&")
    assert table_of('{"a": {"kind": "pywb"}}') == {"a": {"kind": "pywb"}}
    for bad in ("ours", "ours=pywb", "ours=what:http://h.test", "ours=pywb:ftp://h.test", "=pywb:http://h.test"):
        with pytest.raises(UsageError):
            archives_of(with_options(table, wayback=None, given=[bad]))
    with pytest.raises(UsageError):
        table_of("[1]")


def test_an_archive_that_lists_and_never_gives_is_left_alone(wayback: Wayback) -> None:
    """Its index works, its mementos do not come: twice in a row is enough; one that came begins the count anew."""
    asked = client(wayback.base)
    for came in (False, True, False, False):
        assert asked.captures(URL, DAY)
        if came:
            asked.note_success()
        else:
            asked.note_failure("it says 503")
    with pytest.raises(Unavailable, match="left alone"):
        asked.captures(URL, DAY)
