"""What never ends is followed so far and no further, and the report says so; what it hides is found all the same."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.hostile.trap_site import ROBOTS, day_of_target, day_path, event, index, page
from tests.web.byte_server import ByteServer, ok

DAY = date(2016, 2, 3)
QUICK = (*FAST, "-sSOURCEKEEP_DELAY=0", "--no-extract", "--requisites=none", "--json")


def crawl(site: str | Path, collection: Path, *more: str, code: int = 1) -> dict[str, object]:
    """A crawl; its report."""
    done = sourcekeep("crawl", site, "-c", collection, *QUICK, *more)
    assert done.returncode == code, done.stderr
    return report_of(done)


def problems(report: dict[str, object]) -> str:
    """What the report complains of."""
    found = report["problems"]
    assert isinstance(found, list)
    return "\n".join(map(str, found))


def reasons(report: dict[str, object]) -> object:
    """What came of the citations."""
    return report["citations"]["reasons"]  # type: ignore[index]


def test_a_calendar_without_end_is_left_after_so_many_empty_days(tmp_path: Path) -> None:
    """Indexes that link the day before and the day after for ever: the event among them is read, then it is enough."""

    def any_day(request: bytes) -> bytes:
        day = day_of_target(request)
        events = ["/news/2016/02/1/bridge.md"] if day == DAY - timedelta(days=2) else []
        return page(index(day, events, more=[day_path(day + timedelta(days=1))]))

    with ByteServer() as web:
        web.on("/robots.txt", ROBOTS)
        web.on("*", any_day)
        web.on("/news/2016/02/1/bridge.md", page(event(DAY - timedelta(days=2), [web.url("/source.html")])))
        web.on("/source.html", ok(b"an article"))
        report = crawl(web.url(day_path(DAY)), tmp_path / "c", "-sSOURCEKEEP_MOST_EMPTY_DAYS=30")
        asked = len(web.log)
    assert reasons(report) == {"ok": 1}
    assert 30 < asked < 60
    assert "day indexes in a row without an event beyond 30" in problems(report)
    assert "SOURCEKEEP_MOST_EMPTY_DAYS" in problems(report)


def test_events_without_end_are_left_after_so_many_pages(tmp_path: Path) -> None:
    """An event whose Related always names two new ones, under session ids: so many pages of a run, and the next run
    goes on from there."""
    numbers = itertools.count()

    def any_event(_: bytes) -> bytes:
        return page(event(DAY, related=[f"/news/2016/02/3/e;jsessionid={next(numbers)}.md" for _ in "ab"]))

    with ByteServer() as web:
        web.on("/robots.txt", ROBOTS)
        web.on("*", any_event)
        web.on(day_path(DAY), page(index(DAY, ["/news/2016/02/3/first.md"])))
        first = crawl(web.url(day_path(DAY)), tmp_path / "c", "-sSOURCEKEEP_MOST_PAGES=25")
        asked = len(web.log)
        again = crawl(web.url(day_path(DAY)), tmp_path / "c", "-sSOURCEKEEP_MOST_PAGES=25")
    for report in (first, again):
        assert "pages of the site in one run beyond 25" in problems(report)
    assert 25 <= asked <= 80  # what was leased already is fetched
    assert first["events"]["total"] < again["events"]["total"]  # type: ignore[index]


def test_a_path_that_grows_is_no_address_of_the_archive(tmp_path: Path) -> None:
    """Relative links that nest (a/a/a/...) and folders of any depth lead nowhere."""

    def deeper(request: bytes) -> bytes:
        folder = request.split(b" ", 2)[1].decode().partition("/news/")[0]
        links = [f"{folder}/a{day_path(DAY)}", f"a{day_path(DAY)}", f"{folder}/a/a{day_path(DAY)}"]
        return page(index(DAY, ["/news/2016/02/3/bridge.md"], more=links))

    with ByteServer() as web:
        web.on("/robots.txt", ROBOTS)
        web.on("*", deeper)
        web.on("/news/2016/02/3/bridge.md", page(event(DAY)))
        report = crawl(web.url(day_path(DAY)), tmp_path / "c", code=0)
        assert len(web.log) < 20
    assert report["events"]["total"] == 1  # type: ignore[index]


def test_an_index_of_half_a_million_events_is_kept_and_read_so_far(tmp_path: Path) -> None:
    """Beyond 1 MiB a page is not read, and the report says so; below it the first so many links are followed."""
    flood = index(DAY, (f"/news/2016/02/3/e{number}.md" for number in range(500_000)))
    long = index(DAY, (f"/news/2016/02/3/e{number}.md" for number in range(15_000)))
    with ByteServer() as web:
        web.on("/robots.txt", ROBOTS)
        web.on("*", page(event(DAY)))
        web.on("/index.md", page(index(DAY, more=[day_path(DAY), "/news/2016/02/2/index.md"])))
        web.on(day_path(DAY), page(flood))
        web.on("/news/2016/02/2/index.md", page(long))
        web.on("/news/2016/02/1/index.md", page("nothing"))
        report = crawl(web.url("/index.md"), tmp_path / "c", "-sSOURCEKEEP_MOST_LINKS=40")
    assert report["events"]["total"] == 40  # type: ignore[index]
    assert "it has more than 1,048,576 bytes" in problems(report)
    assert "links on one page beyond 40" in problems(report)


def test_an_event_with_thousands_of_citations_has_so_many_fetched(tmp_path: Path) -> None:
    """The others are in the ledger with their reason: nothing is left unexplained."""
    with ByteServer() as web:
        web.on("*", ok(b"an article"))
        web.on("/robots.txt", ROBOTS)
        folder = tmp_path / "pages/news/2016/02/3"
        folder.mkdir(parents=True)
        (folder / "bridge.md").write_text(event(DAY, (web.url(f"/{number}") for number in range(3000))))
        report = crawl(tmp_path / "pages", tmp_path / "c", "-sSOURCEKEEP_MOST_CITATIONS=20")
        assert len(web.log) == 21
    assert reasons(report) == {"ok": 20, "over_budget": 2980}
    assert "citations of one event beyond 20" in problems(report)


def test_a_host_is_asked_so_often_in_a_run(tmp_path: Path) -> None:
    """However many links lead there; the rest is over budget, and the next run goes on with it."""
    with ByteServer() as web:
        web.on("*", ok(b"an article"))
        web.on("/robots.txt", ROBOTS)
        folder = tmp_path / "pages/news/2016/02/3"
        folder.mkdir(parents=True)
        (folder / "bridge.md").write_text(event(DAY, (web.url(f"/{number}") for number in range(30))))
        first = crawl(tmp_path / "pages", tmp_path / "c", "-sSOURCEKEEP_MOST_PER_HOST=20")
        assert len(web.log) == 21
        again = crawl(tmp_path / "pages", tmp_path / "c", code=0)
    assert reasons(first) == {"ok": 20, "over_budget": 10}
    assert "127.0.0.1" in problems(first)
    assert "SOURCEKEEP_MOST_PER_HOST" in problems(first)
    assert reasons(again) == {"ok": 30}


def test_redirects_end_wherever_they_lead(tmp_path: Path) -> None:
    """To ever new addresses, to and fro between hosts, to itself, in a ring: twenty hops at most, and a reason."""
    numbers = itertools.count()

    def location(url: str) -> bytes:
        return ok(b"", b"Location: " + url.encode(), status=b"302 Found")

    with ByteServer() as web, ByteServer("127.0.0.2") as other:
        for server in (web, other):
            server.on("/robots.txt", ROBOTS)
        web.on("/new", lambda _: location(f"/new?{next(numbers)}"))
        web.on("/self", location("/self"))
        web.on("/ring", location("/ring?2"))
        web.on("/ring?2", location("/ring"))
        web.on("/over", lambda _: location(other.url(f"/over?{next(numbers)}")))
        other.on("/over", lambda _: location(web.url(f"/over?{next(numbers)}")))
        web.on("/nested", lambda request: location(request.split(b" ")[1].decode() + "/a"))
        for hop in range(12):
            web.on(f"/fine?{hop}", location(f"/fine?{hop + 1}"))
        web.on("/fine?12", ok(b"an article"))
        folder = tmp_path / "pages/news/2016/02/3"
        folder.mkdir(parents=True)
        paths = ("/new", "/self", "/ring", "/over", "/nested", "/fine?0")
        (folder / "bridge.md").write_text(event(DAY, map(web.url, paths)))
        report = crawl(tmp_path / "pages", tmp_path / "c", code=0)
        asked = len(web.log) + len(other.log)
    assert reasons(report) == {"redirect_loop": 4, "gone": 1, "moved": 1}
    assert asked < 80
