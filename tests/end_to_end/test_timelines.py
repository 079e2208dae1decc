"""Links over days, weeks and a year: a real crawl, then `sourcekeep recheck` by a clock that is moved.

Days are counted from the crawl. What is due when is worked out here a second time, from the rules alone.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from archive.catalogue import Catalogue
from archive.checks import Incident, LinkState, Standing
from archive.state_rows import history, states
from tests.crawler.check_bed import story
from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.end_to_end.test_retry_after import page_with
from tests.web.byte_server import ByteServer, ok

GONE = ok(b"no such page", status=b"404 Not Found")
PAID_OFF = ok(b"taken away", status=b"410 Gone")
ILL = ok(b"ill", status=b"500 Internal Server Error")
SHUT = ok(b"no", status=b"403 Forbidden")
LOST = ok(
    b"<html><head><title>Page not found</title></head><body><h1>Page not found</h1></body></html>",
    b"Content-Type: text/html",
)
HOUR = timedelta(hours=1)

# first interval in days, what it grows by, the longest
STEPS = {
    Standing.ALIVE: (7, 1.5, 90),
    Standing.SUSPECT: (3, 1, 3),
    Standing.CHANGED: (3, 1, 3),
    Standing.FAILING: (1, 3, 3),
    Standing.UNSURE: (7, 1.5, 90),
    Standing.DEAD: (30, 1.5, 180),
}


class Site:
    """A host that can go down, and come up again where it was."""

    def __init__(self, address: str, furnish: Callable[[ByteServer], object]) -> None:
        self._address, self._furnish = address, furnish
        self._open = contextlib.ExitStack()
        self.port = 0
        self.up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def key(self) -> str:
        """host:port"""
        return f"{self._address}:{self.port}"

    def up(self) -> None:
        """Listen."""
        self.web = ByteServer(self._address, port=self.port)
        self.port = self.web.port
        self.web.on("/robots.txt", ok(b""))
        self._furnish(self.web)
        self._open.enter_context(self.web)

    def down(self) -> None:
        """Refuse connections."""
        self._open.close()

    def urls(self, number: int) -> list[str]:
        """Of so many stories."""
        return [f"http://{self.key}/story-{each}" for each in range(number)]

    def asked(self, path: str | None = None) -> int:
        """How often something, or a path, was asked for since it came up; robots.txt aside."""
        return sum(each.target == path if path else each.target != "/robots.txt" for each in self.web.log)


def stories(web: ByteServer) -> None:
    """Any number of articles that never change."""
    web.on("*", lambda asked: story(asked.split(b" ")[1].decode()))


@dataclass(slots=True)
class Expected:
    """What a link must have waited for, by the rules."""

    found: Standing | None = None
    days: float = 0.0

    def after(self, found: Standing) -> float:
        """Days until the next check, once a check has come to `found`."""
        first, factor, longest = STEPS[found]
        self.days = min(self.days * factor, longest) if found is self.found else first
        self.found = found
        return self.days


@dataclass(slots=True, kw_only=True)
class Records:
    """A collection, and the runs on it."""

    root: Path
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def crawl(self, pages: Path) -> None:
        """Keep a copy of what is there to be kept."""
        done = sourcekeep("crawl", pages, "-c", self.root, "--no-extract", "--requisites=none", "-q", *FAST)
        assert done.returncode == 0, done.stderr

    def day(self, number: float) -> str:
        """A time, as --now takes it."""
        return (self.began + timedelta(days=number)).isoformat()

    def recheck(self, on: float, *more: str) -> Run:
        """What was due on that day."""
        before = self.states()
        done = sourcekeep("recheck", "-c", self.root, "--now", self.day(on), "--json", *FAST, *more)
        return Run(now=self.began + timedelta(days=on), before=before, report=report_of(done), after=self.states())

    def mark(self, url: str, on: float, *said: str) -> None:
        """A person's word."""
        done = sourcekeep("links", "mark", url, "-c", self.root, "--now", self.day(on), "--why", "I know", *said)
        assert done.returncode == 0, done.stderr

    def states(self) -> dict[str, LinkState]:
        """Of all links, by URL."""
        with self._catalogue() as catalogue, catalogue.reading() as connection:
            return {state.url: state for state in states(connection)}

    def incidents(self, url: str) -> list[Incident | None]:
        """What each check of a link was part of."""
        with self._catalogue() as catalogue, catalogue.reading() as connection:
            return [check.incident for check in history(connection, url)]

    @contextlib.contextmanager
    def _catalogue(self) -> Iterator[Catalogue]:
        with closing(Catalogue.open(self.root / "catalogue.db", create=False)) as catalogue:
            yield catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A recheck, with the states before and after it."""

    now: datetime
    before: Mapping[str, LinkState]
    report: Mapping[str, object]
    after: Mapping[str, LinkState]

    @property
    def code(self) -> object:
        """Its exit code."""
        return self.report["exit_code"]

    def listed(self, name: str) -> set[str]:
        """The URLs of a list in the report."""
        links = self.report[name]
        assert isinstance(links, list)
        return {each["url"] for each in links}

    @property
    def checked(self) -> set[str]:
        """Links whose states know of a new check."""
        return {url for url, state in self.after.items() if state.last_check != self._last_check(url)}

    @property
    def due(self) -> set[str]:
        """Links whose time had come when it began; of the first run, all."""
        return {url for url in self.after if url not in self.before or self._due(url) <= self.now}

    def _due(self, url: str) -> datetime:
        due = self.before[url].next_due
        assert due is not None
        return due

    def _last_check(self, url: str) -> datetime | None:
        return self.before[url].last_check if url in self.before else None


def waits(state: LinkState) -> float:
    """Days from a link's last check to its next."""
    assert state.next_due is not None
    assert state.last_check is not None
    return (state.next_due - state.last_check) / timedelta(days=1)


# Of each run the day it is made on and the links it is to find newly dead; of each link its state after every run.
DEATHS = {
    8: "", 11.4: "/paid-off /back", 14.8: "/gone /replaced /never /doubted", 19.4: "",
    22.8: "", 26.2: "/ill", 57: "", 60.4: "", 66: "/soft", 430: "ruin",
}  # fmt: skip
REVIVALS = {8: "/condemned", 57: "/back", 60.4: "/never"}
LIVES = {
    "/steady": "A A A A A A A A A A",
    "/gone": "S S D D D D D D D D",
    "/paid-off": "S D D D D D D D D D",
    "/replaced": "C C D D D D D D D D",
    "/ill": "F F F F F D D D D D",
    "/shut": "U U U U U U U U U U",
    "/flickers": "S S A A S S A A S S",
    "/back": "S D D D D D A A A A",
    "/never": "S S D D D D D A A A",  # was 404 in the crawl: no copy to know it by, so it takes two live answers
    "/soft": "A A A A A A S S D D",
    "/loved": "A A A A A A A A A A",  # marked, whatever it answers
    "/doubted": "A A D D D D D D D D",  # marked alive until its checks come to dead
    "/condemned": "A A A A A A A A A A",  # marked dead until its checks come to alive
    "/sold": "D D D D D D D D D D",  # marked dead for good; it answers
}
MARKS = {
    "/loved": ("--state=alive",),
    "/doubted": ("--state=alive", "--until-contradicted"),
    "/condemned": ("--state=dead", "--until-contradicted"),
    "/sold": ("--state=dead",),
}


def dies(web: ByteServer) -> None:
    """What happens to the site between the crawl and the first recheck."""
    for path in ("/gone", "/never", "/loved", "/doubted"):
        web.on(path, GONE)
    web.on("/paid-off", PAID_OFF)
    web.on("/back", PAID_OFF)
    web.on("/replaced", story("recipes", paragraphs=9))
    web.on("/ill", ILL)
    web.on("/shut", SHUT)
    turns = itertools.cycle((GONE, GONE, story("/flickers")))
    web.on("/flickers", lambda _: next(turns))


def lives_again(web: ByteServer) -> None:
    """And two months later."""
    web.on("/back", story("/back", around="<p>We are back.</p>"))
    web.on("/never", story("/never"))
    web.on("/soft", LOST)


def furnish(web: ByteServer) -> None:
    """The site as it is crawled."""
    for path in LIVES:
        web.on(path, story(path))
    etag = b'ETag: "1"'
    same = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    web.on("/steady", lambda asked: same if b'If-None-Match: "1"' in asked else story("/steady", etag))
    web.on("/never", GONE)


def test_links_die_live_and_flicker_as_the_rules_say(tmp_path: Path) -> None:
    """Ten runs in fourteen months: each link has its state after each of them, the exit code is 2 in the run in
    which one dies and in no other, and each is asked exactly when it is due."""
    records, expected = Records(root=tmp_path / "collection"), {path: Expected() for path in LIVES}
    lives: dict[str, list[str]] = {path: [] for path in LIVES}
    with Site("127.41.0.1", furnish) as site, Site("127.41.0.2", stories) as ruin:
        url = site.web.url
        records.crawl(page_with(tmp_path / "pages", *map(url, LIVES), *ruin.urls(5)))
        ruin.down()
        dies(site.web)
        for path, said in MARKS.items():
            records.mark(url(path), 0.1, *said)
        for day, newly_dead in DEATHS.items():
            if day == 57:
                lives_again(site.web)
            run = records.recheck(day)
            dead = set(ruin.urls(5)) if newly_dead == "ruin" else set(map(url, newly_dead.split()))
            assert (run.code, run.listed("newly_dead")) == (2 if dead else 0, dead), f"day {day}"
            assert run.listed("revived") == set(map(url, REVIVALS.get(day, "").split())), f"day {day}"
            for path in LIVES:
                lives[path].append(run.after[url(path)].state[0].upper())
            is_due_when_it_must(run, {url(path): each for path, each in expected.items()})
        records.mark(url("/sold"), 431, "--lift")
        states = records.states()
    assert {path: " ".join(life) for path, life in lives.items()} == LIVES
    assert states[url("/sold")].state is Standing.ALIVE
    assert {state.state for state in states.values() if state.url.startswith(f"http://{ruin.key}/")} == {Standing.DEAD}
    # for two weeks it was its host that was down: only then the links were asked one by one, six times
    of_ruin = [records.incidents(each) for each in ruin.urls(5)]
    assert {each.count(None) for each in of_ruin} == {6}
    assert sourcekeep("verify", "-c", records.root, "-q").returncode == 0


def is_due_when_it_must(run: Run, expected: Mapping[str, Expected]) -> None:
    """Of these links those that were due were checked, and no others; the next check is at its distance, give or take
    a tenth, but never sooner than three days where three days make it another piece of evidence."""
    assert run.checked & expected.keys() == run.due & expected.keys()
    for url in run.checked & expected.keys():
        state = run.after[url]
        if state.returned_at is not None:  # on probation
            assert 3.0 <= waits(state) <= 3.3
            continue
        days = expected[url].after(state.found)
        shortest = 1.0 if days == 3 else 0.9
        assert shortest * days <= waits(state) <= 1.1 * days, f"{url} {state.found} {days}"


def busy_after(requests: int, *, days: int, status: bytes) -> Callable[[ByteServer], None]:
    """Stories; after so many requests one is told to come back in so many days."""
    number = itertools.count()
    wait = ok(b"", b"Retry-After: %d" % (86400 * days), status=status)

    def furnish(web: ByteServer) -> None:
        web.on("*", lambda asked: wait if next(number) == requests else story(asked.split(b" ")[1].decode()))

    return furnish


def test_hosts_come_and_go_and_no_link_is_the_worse_for_it(tmp_path: Path) -> None:
    """A host that is down for three days, hosts that want to be left alone, a day without a network: what is known of
    links stays as it was, other hosts' links are checked, and all is well when they are back."""
    records = Records(root=tmp_path / "collection")
    with contextlib.ExitStack() as stack:
        later_on = busy_after(3, days=1, status=b"429 Too Many Requests")
        slowly = busy_after(1, days=20, status=b"503 Service Unavailable")
        harbour, later, slow, *others = [
            stack.enter_context(Site(f"127.41.1.{number}", furnish))
            for number, furnish in enumerate((stories, later_on, slowly, stories, stories, stories), 1)
        ]
        many = harbour.urls(12)
        cited = [*many, *later.urls(3), *slow.urls(1), *(url for other in others for url in other.urls(2))]
        records.crawl(page_with(tmp_path / "pages", *cited))

        harbour.down()
        first = records.recheck(8)
        assert (first.code, first.report["discarded"]) == (0, 3)  # the other nine were not asked
        assert first.report["states"] == {"conn_refused": 3, "ok": 6, "rate_limited": 2}
        assert {first.after[url].state for other in others for url in other.urls(2)} == {Standing.ALIVE}

        asked = later.asked(), slow.asked()
        assert records.recheck(8.5).report["requests"] == 0
        assert (later.asked(), slow.asked()) == asked
        next_day = records.recheck(9.2)
        assert next_day.report["states"] == {"conn_refused": 3, "ok": 2}  # who wanted a day has had it
        assert {state.found for url, state in next_day.after.items() if url in many} == {Standing.NEW}

        harbour.up()
        back = records.recheck(11)
        assert (back.code, back.report["states"]) == (0, {"ok": 12})
        assert {(back.after[url].found, back.after[url].evidence) for url in many} == {(Standing.ALIVE, ())}
        times = [back.after[url].next_due for url in many]
        known = [each for each in times if each is not None]
        assert len(set(known)) == len(many)
        assert max(known) - min(known) > 8 * HOUR  # of at most 33.6: they do not come due in one minute for ever

        asked_before = slow.asked()
        light = records.recheck(19.05)
        assert light.code == 0
        assert {url for url in cited if light.after[url].state is not Standing.ALIVE} == {*slow.urls(1)}
        assert slow.asked() == asked_before
        last = records.recheck(29)
        assert slow.asked() > asked_before
        assert {last.after[url].state for url in cited} == {Standing.ALIVE}
