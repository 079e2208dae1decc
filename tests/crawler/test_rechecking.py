"""Rechecks of a real collection over real servers, on days that pass at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.baselines import known_of
from archive.check_records import PREFIX, facts_from
from archive.checks import Check, Incident, Standing
from archive.verdicts import VerdictState
from crawler.cli import run
from crawler.rechecking import Selection, began, would_check
from crawler.verdict.answer import ContentKind
from tests.crawler.check_bed import CheckBed, day, story
from tests.web.byte_server import RESET, ByteServer, Pause, ok

MOVED = b"HTTP/1.1 301 Moved Permanently\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def bed(tmp_path: Path) -> CheckBed:
    """An empty collection."""
    return CheckBed(tmp_path)


@pytest.fixture
def web() -> Iterator[ByteServer]:
    """A server that knows no page yet."""
    with ByteServer() as server:
        yield server


def _asked(web: ByteServer, path: str) -> int:
    return len(web.requests(path))


def test_what_did_not_change_is_seen_by_304_and_by_digest(bed: CheckBed, web: ByteServer) -> None:
    """The first answer is kept and becomes our copy; later ones are compared by validator or digest, and not kept."""
    not_modified = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    web.on("/etag", lambda asked: not_modified if b'If-None-Match: "1"' in asked else story("river", b'ETag: "1"'))
    web.on("/plain", story("valley"))
    etag, plain = web.url("/etag"), web.url("/plain")
    assert bed.check(etag, plain)["exit_code"] == 0
    kept = len(bed.records())
    bed.check(etag, plain, on=8)
    first, second = bed.verdict(etag).verdict, bed.verdict(plain).verdict
    assert (first.state, first.evidence.rule, bed.verdict(etag).status) == (VerdictState.OK, "not_modified", 304)
    assert (second.state, second.evidence.rule) == (VerdictState.OK, "still_there")
    assert dict(second.evidence.numbers)["same_digest"] == 1.0
    assert second.evidence.compared_with == bed.history(plain)[0].verdict.evidence.record_id
    assert (bed.kept(etag), bed.kept(plain)) == (1, 1)
    new = bed.records()[kept:]
    facts = [fact for _, uri, _, block in new if uri.startswith(PREFIX) for fact in facts_from(block)]
    assert {fact.url for fact in facts if isinstance(fact, Check)} == {etag, plain}


def test_a_404_is_dead_after_three_checks_days_apart(bed: CheckBed, web: ByteServer) -> None:
    """Suspect twice, then dead with exit code 2; the proof is kept once, the verdict beside it; life revives it."""
    url = web.url("/story")
    web.on("/story", story("harbour"))
    bed.check(url)
    web.on("/story", b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")
    assert [bed.check(url, on=on)["exit_code"] for on in (8, 12)] == [0, 0]
    assert bed.state(url).state is Standing.SUSPECT
    report = bed.check(url, on=16)
    assert (report["exit_code"], bed.state(url).state) == (2, Standing.DEAD)
    assert [each["url"] for each in report["newly_dead"]] == [url]  # type: ignore[attr-defined]
    answers = [(kind, about, block) for kind, uri, about, block in bed.records() if uri == url and about]
    assert [block.split(b"\r\n")[0] for _, _, block in answers] == [b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found"]
    beside = [json.loads(block) for _, uri, about, block in bed.records() if uri.startswith(PREFIX) and about]
    assert [each["state"] for each in beside] == ["ok", "gone"]
    assert f"<{bed.history(url)[1].verdict.evidence.record_id}>" == answers[1][1]
    web.on("/story", story("harbour"))
    report = bed.check(url, on=50)
    assert (report["exit_code"], bed.state(url).state) == (0, Standing.ALIVE)
    assert [each["url"] for each in report["revived"]] == [url]  # type: ignore[attr-defined]


def test_a_soft_404_is_found_by_neighbours_that_are_asked_once(bed: CheckBed, web: ByteServer) -> None:
    """A server that sends its shop for every address: dead by two probes, which serve all links of the folder. What it
    sent is kept, and is no copy of the article."""
    shop = story("shop", around="<p>All shoes are reduced this week, come and see what is new in the shop.</p>")
    paths = [f"/news/{name}" for name in ("flood", "storm", "drought")]
    urls = [web.url(path) for path in paths]
    for path in paths:
        web.on(path, story(path))
    bed.check(*urls)
    for path in paths:
        web.on(path, shop)
    web.on("*", shop)
    asked = len(web.log)
    report = bed.check(*urls, on=8)
    found = [bed.verdict(url).verdict for url in urls]
    assert {verdict.state for verdict in found} == {VerdictState.SOFT_404}
    assert {verdict.evidence.rule for verdict in found} == {"like_any_other"}
    assert report["requests"] == len(web.log) - asked - 1 == 5  # robots.txt apart: three links, two neighbours
    with bed.catalogue() as catalogue, catalogue.reading() as connection:
        copies = known_of(connection, urls)
    assert [[copy.at.year > 0 for copy in copies[url].copies] for url in urls] == [[True]] * 3


def test_who_keeps_us_out_is_never_dead(bed: CheckBed, web: ByteServer) -> None:
    """403, a bot wall sent with 404, robots.txt: unsure for as long as it lasts."""
    web.on("/robots.txt", ok(b"User-agent: *\nDisallow: /private/\n"))
    web.on("/forbidden", ok(b"no", status=b"403 Forbidden"))
    wall = b"<title>Just a moment...</title><body>Checking your browser before accessing it. Verify you are human."
    web.on("/wall", ok(wall, b"Content-Type: text/html", b"cf-mitigated: challenge", status=b"404 Not Found"))
    urls = [web.url(path) for path in ("/forbidden", "/wall", "/private/a")]
    for on in (0, 10, 20, 30, 50):
        assert bed.check(*urls, on=on)["exit_code"] == 0
    assert [bed.verdict(url).verdict.state for url in urls] == [
        VerdictState.BLOCKED, VerdictState.BLOCKED, VerdictState.ROBOTS_EXCLUDED,
    ]  # fmt: skip
    assert {bed.state(url).state for url in urls} == {Standing.UNSURE}
    assert _asked(web, "/private/a") == 0


def test_rules_are_kept_when_they_change(bed: CheckBed, web: ByteServer) -> None:
    """A robots.txt that says what it said is asked for by each run, and kept once."""
    web.on("/story", story("valley"))
    kept = []
    for on, rules in ((0, b"old"), (8, b"old"), (20, b"new"), (40, b"new")):
        web.on("/robots.txt", ok(b"User-agent: " + rules + b"\nDisallow: /\n"))
        bed.check(web.url("/story"), on=on)
        kept.append(bed.kept(web.url("/robots.txt")))
    assert kept == [1, 1, 2, 2]


def test_a_robots_txt_that_fails_allows_nothing(bed: CheckBed, web: ByteServer) -> None:
    """5xx: unsure, and the link is not asked for; also where a redirect leads to such a host."""
    web.on("/robots.txt", ok(b"broken", status=b"500 Broken"))
    with ByteServer("127.0.0.2") as other:
        other.on("/there", MOVED % web.url("/page").encode())
        bed.check(web.url("/page"), other.url("/there"))
        for url in (web.url("/page"), other.url("/there")):
            assert bed.verdict(url).verdict.state is VerdictState.ROBOTS_EXCLUDED
    assert _asked(web, "/page") == 0


def test_redirects_are_followed_with_cookies(bed: CheckBed, web: ByteServer) -> None:
    """A gate that wants its cookie back, then a permanent move: alive, and the way is told. A circle is one."""
    gate = b"HTTP/1.1 302 Found\r\nSet-Cookie: seen=yes; Path=/\r\nLocation: /gate\r\nContent-Length: 0\r\n\r\n"
    web.on("/gate", lambda asked: MOVED % b"/page" if b"seen=yes" in asked else gate)
    web.on("/page", story("mountain"))
    web.on("/round", MOVED % b"/about")
    web.on("/about", MOVED % b"/round")
    bed.check(web.url("/gate"), web.url("/round"))
    check = bed.verdict(web.url("/gate"))
    assert (check.verdict.state, check.final_url) == (VerdictState.OK, web.url("/page"))
    assert check.redirects == (web.url("/gate"), web.url("/page"))
    assert bed.verdict(web.url("/round")).verdict.state is VerdictState.REDIRECT_LOOP
    assert not any(b"seen=yes" in block for kind, _, _, block in bed.records() if kind == "request")


def test_a_link_that_moved_for_good_is_told_once(bed: CheckBed, web: ByteServer) -> None:
    """All hops permanent, and the text is ours: moved, with where to."""
    old, new = web.url("/old"), web.url("/new")
    web.on("/old", story("castle"))
    bed.check(old)
    web.on("/old", MOVED % b"/new")
    web.on("/new", story("castle", around="<p>Three words more.</p>"))
    report = bed.check(old, on=8)
    assert [(each["url"], each["final_url"]) for each in report["moved"]] == [(old, new)]  # type: ignore[attr-defined]
    assert bed.check(old, on=16)["moved"] == []


def test_what_passes_is_asked_again(bed: CheckBed, web: ByteServer) -> None:
    """503, 503, 200 and two resets are alive; a short Retry-After is waited out, a long one is kept."""
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    soon = b"HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    web.on("/busy", busy, busy, story("market"))
    web.on("/reset", [RESET], [RESET], story("square"))
    web.on("/soon", soon, story("garden"))
    urls = [web.url(path) for path in ("/busy", "/reset", "/soon")]
    bed.check(*urls)
    assert {bed.verdict(url).verdict.state for url in urls} == {VerdictState.OK}
    web.on("/later", b"HTTP/1.1 429 Slow\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n")
    bed.check(web.url("/later"), *urls, on=1)  # the canary goes first, then what asks for two hours
    assert bed.verdict(web.url("/later")).verdict.state is VerdictState.RATE_LIMITED
    assert [bed.verdict(url).verdict.evidence.rule for url in urls].count("host_held") == 2
    assert bed.check(host=web.url("/").split("/")[2], on=1.01)["checks"] == 0


def test_a_host_that_is_down_kills_no_link(bed: CheckBed, web: ByteServer) -> None:
    """Three links that fail alike are an incident of their host: the others are not asked, none of it counts."""
    web.on("/alive", story("forest"))
    with ByteServer("127.0.0.3") as down:
        down.on("*", story("lake"))
        urls = [down.url(f"/{number}") for number in range(6)]
        bed.check(*urls, web.url("/alive"))
    for on in (8, 12, 16, 20):
        report = bed.check(on=on, all=True)
        assert report["exit_code"] == 0
    assert {bed.state(url).found for url in urls} == {Standing.ALIVE}
    incidents = [check.incident for url in urls for check in bed.history(url)]
    assert set(incidents) == {None, Incident.HOST}
    assert incidents.count(Incident.HOST) == 4 * 3


def test_a_dead_network_counts_nothing(bed: CheckBed) -> None:
    """Nobody answers, one host after the other: exit code 8, no link is the worse for it, and all are told so."""
    urls = [f"http://gone-{number}.invalid/story" for number in range(8)]
    report = bed.check(*urls, settings=("CONCURRENT_REQUESTS=1",))
    assert report["exit_code"] == 8
    assert [check.incident for check in bed.told] == [Incident.NETWORK] * 8
    assert [bed.history(url)[0].incident for url in urls] == [Incident.NETWORK] * 8


def test_dead_names_before_slow_hosts_are_no_dead_network(bed: CheckBed, web: ByteServer) -> None:
    """Names that are not found are known at once; the host that lives takes its time, and all of it counts."""
    web.on("*", lambda _: [Pause(0.5), story("slow")])
    dead = [f"http://gone-{number}.invalid/story" for number in range(8)]
    report = bed.check(*dead, web.url("/story"))
    assert report["exit_code"] == 0
    assert (report["checks"], report["discarded"]) == (9, 0)
    assert bed.verdict(web.url("/story")).verdict.state is VerdictState.OK


def test_a_page_that_changed_is_drifted_and_kept(bed: CheckBed, web: ByteServer) -> None:
    """Another article in its place: changed, not dead at once; kept, and our copy stays what it is compared with."""
    url = web.url("/2016/02/story.html")
    web.on("/2016/02/story.html", story("election", paragraphs=9))
    bed.check(url)
    web.on("/2016/02/story.html", story("recipes", paragraphs=9))
    report = bed.check(url, on=8)
    assert bed.verdict(url).verdict.state is VerdictState.CONTENT_DRIFTED
    assert [each["url"] for each in report["drifted"]] == [url]  # type: ignore[attr-defined]
    assert bed.kept(url) == 2
    with bed.catalogue() as catalogue, catalogue.reading() as connection:
        assert len(known_of(connection, [url])[url].copies) == 1


def test_only_what_is_due_is_checked(bed: CheckBed, web: ByteServer) -> None:
    """Days decide; a dry run tells what would be asked and asks nobody; --limit ends a round."""
    web.on("*", story("island"))
    urls = [web.url(f"/{number}") for number in range(4)]
    bed.check(*urls)
    assert bed.check(on=3)["checks"] == 0
    with bed.catalogue() as catalogue:
        assert {each.state.url for each in would_check(catalogue, Selection(), day(8))} == set(urls)
    asked = len(web.log)
    assert bed.check(on=8, limit=3)["checks"] == 3
    assert bed.check(on=8)["checks"] == 1
    assert bed.check(on=8)["checks"] == 0
    assert len(web.log) - asked == 4 + 2  # a robots.txt for each run that asked


def test_what_cannot_be_meant_is_invalid(bed: CheckBed) -> None:
    """No request, no host, one check for ever."""
    bed.check("foo:bar", "http:///nowhere", "")
    assert [check.verdict.state for check in bed.told] == [
        VerdictState.UNSUPPORTED_SCHEME, VerdictState.MALFORMED_URL, VerdictState.MALFORMED_URL,
    ]  # fmt: skip
    assert bed.state("foo:bar").next_due is None


def test_a_copy_behind_a_redirect_is_compared_with(bed: CheckBed, web: ByteServer) -> None:
    """A link that no crawl has seen, behind a redirect: the first check's answer is what later ones are measured by."""
    url = web.url("/short")
    web.on("/short", b"HTTP/1.1 302 Found\r\nLocation: /long\r\nContent-Length: 0\r\n\r\n")
    web.on("/long", story("tower"))
    bed.check(url)
    bed.check(url, on=8)
    assert bed.verdict(url).verdict.evidence.rule == "still_there"
    assert bed.kept(web.url("/long")) == 1


def test_a_picture_or_a_pdf_that_became_a_page_is_dead(bed: CheckBed, web: ByteServer) -> None:
    """What was expected is told by whoever asks, or by our own copy."""
    web.on("*", story("gallery"))
    image, paper = web.url("/flood.jpg"), web.url("/report.pdf")
    web.on("/report.pdf", ok(b"%PDF-1.4\n" + b"x" * 500, b"Content-Type: application/pdf"))
    bed.check(image, paper, expected={image: ContentKind.IMAGE})
    assert bed.verdict(image).verdict.evidence.rule == "wrong_kind"
    web.on("/report.pdf", story("gallery"))
    bed.check(paper, on=8)
    assert bed.verdict(paper).verdict.state is VerdictState.SOFT_404


def test_a_page_that_kills_its_reader_is_no_death(bed: CheckBed, web: ByteServer) -> None:
    """A 404 whose body takes too long to read: unsure, by a fault of ours, and the others are read."""
    bomb = b"<html><body>" + b"<p>w " * 1_500_000
    web.on("/bomb", ok(bomb, b"Content-Type: text/html", status=b"404 Not Found"))
    web.on("/gone", ok(b"<p>gone", b"Content-Type: text/html", status=b"404 Not Found"))
    bed.check(web.url("/bomb"), web.url("/gone"), settings=("SOURCEKEEP_MOST_PAGE_SECONDS=1",))
    assert bed.verdict(web.url("/bomb")).verdict.state is VerdictState.INTERNAL_ERROR
    assert bed.verdict(web.url("/gone")).verdict.state is VerdictState.GONE


def test_the_warcs_alone_tell_the_history(bed: CheckBed, web: ByteServer, capsys: pytest.CaptureFixture[str]) -> None:
    """A catalogue made anew has every check, those without a record of their own too, and the same states; the next
    recheck goes on from there."""
    web.on("/alive", story("meadow"))
    web.on("/dying", story("glacier"))
    urls = [web.url(path) for path in ("/alive", "/dying", "/never")]
    bed.check(*urls)
    web.on("/dying", ok(b"gone", status=b"410 Gone"))
    with ByteServer("127.0.0.4") as down:
        lost = [down.url(f"/{number}") for number in range(4)]
    for on in (8, 12):
        bed.check(*urls, *lost, on=on)
    every = [url for url in (*urls, *lost) if bed.history(url)]  # the fourth is passed over: its host is down
    assert len(every) == 6
    before = [(bed.history(url), bed.state(url)) for url in every]
    (bed.root / "catalogue.db").unlink()
    assert run(["verify", "--repair", "-q", "-c", str(bed.root)]) in (0, 2), capsys.readouterr()
    assert [(bed.history(url), bed.state(url)) for url in every] == before
    assert bed.state(urls[1]).state is Standing.DEAD
    bed.check(urls[0], on=30)
    assert bed.verdict(urls[0]).verdict.evidence.rule == "still_there"
    assert run(["verify", "-q", "-c", str(bed.root)]) == 0, capsys.readouterr()


@pytest.mark.parametrize("which", [("--url", "http://127.0.0.1:9/other"), ("--host", "other.test"), ("--host", "a b")])
def test_what_the_collection_does_not_know_is_not_rechecked(
    which: tuple[str, str], bed: CheckBed, web: ByteServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, naming it; nothing is asked and nothing added."""
    web.on("/story", story("lake"))
    bed.check(web.url("/story"))
    asked = len(web.log)
    assert run(["recheck", "-c", str(bed.root), *which]) == 4
    assert which[1] in capsys.readouterr().err
    assert len(web.log) == asked
    assert bed.history(which[1]) == []


def test_a_dry_run_tells_of_links_checked_by_a_clock_that_was_ahead(bed: CheckBed, web: ByteServer) -> None:
    """Once within a week each of them is one that would be checked."""
    web.on("*", story("lake"))
    url = web.url("/story")
    bed.check(url, on=3650)
    with bed.catalogue() as catalogue:
        found = [len(would_check(catalogue, Selection(), day(400 + number))) for number in range(7)]
    assert sorted(found) == [0] * 6 + [1]


def test_a_chosen_recheck_that_was_cut_off_goes_on(bed: CheckBed, web: ByteServer) -> None:
    """Asked for again with the same choice it checks the rest; another choice, and `anew`, begin at the beginning, and
    so does the same one once all was checked."""
    web.on("*", story("island"))
    urls = [web.url(f"/{number}") for number in range(6)]
    bed.check(*urls)
    cut_off = bed.check(on=8, all=True, cut_after=2)
    assert cut_off["exit_code"] == 1
    first = {check.url for check in bed.told}
    with bed.catalogue() as catalogue:
        rest = {each.state.url for each in would_check(catalogue, Selection(all=True), day(9))}
        assert began(catalogue, Selection(all=True), day(9)) is not None
        assert len(would_check(catalogue, Selection(host=f"{web.host}:{web.port}"), day(9))) == 6
    assert rest == {*urls} - first
    assert 0 < len(rest) < 6
    assert bed.check(on=9, all=True)["checks"] == len(rest)
    assert {check.url for check in bed.told} == rest
    assert bed.check(on=10, all=True)["checks"] == 6
    bed.check(on=11, all=True, cut_after=2)
    assert bed.check(on=12, all=True, anew=True)["checks"] == 6
    with bed.catalogue() as catalogue:
        assert began(catalogue, Selection(all=True), day(13)) is None


@pytest.mark.parametrize("on", [0, 3])
def test_a_time_before_the_last_check_is_refused(
    on: int, bed: CheckBed, web: ByteServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dead link stays dead: exit code 4 with the date of the last check, by the spider as well as by the command."""
    url = web.url("/story")
    web.on("/story", ok(b"gone", status=b"404 Not Found"))
    for each in (0, 4, 8):
        bed.check(url, on=each)
    before = bed.state(url)
    report = bed.check(url, on=on)
    assert report["exit_code"] == 4
    assert "2026-03-09" in str(report["reason"])
    assert run(["recheck", "-c", str(bed.root), "--now", day(on).isoformat()]) == 4
    assert "2026-03-09" in capsys.readouterr().err
    assert (bed.state(url), before.state) == (before, Standing.DEAD)
    assert bed.check(url, on=8)["exit_code"] == 0


def test_a_link_is_compared_with_its_own_record(bed: CheckBed, web: ByteServer) -> None:
    """Two links gave the same bytes, kept once: each is told to be compared with the record of itself, and neither is
    asked by the validators of the other."""
    urls = [web.url("/first"), web.url("/second")]
    for path, etag in (("/first", b'ETag: "first"'), ("/second", b'ETag: "second"')):
        web.on(path, story("twin", etag))
    for url in urls:
        bed.check(url)
    bed.check(*urls, on=8)
    for url in urls:
        first, second = bed.history(url)
        assert second.verdict.evidence.compared_with == first.verdict.evidence.record_id
    assert [b"If-None-Match" in asked for asked in web.requests("/second")] == [False, False]


def test_a_mark_made_after_a_replay_knows_all_checks(
    bed: CheckBed, web: ByteServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clock of checks was ahead of ours, by our own wish: lifting a mark leaves the link as dead as it was."""
    url = web.url("/story")
    web.on("/story", ok(b"gone", status=b"404 Not Found"))
    for on in (3650, 3654, 3658):
        bed.check(url, on=on)
    assert run(["links", "mark", url, "-c", str(bed.root), "--state", "alive", "--why", "seen"]) == 0
    assert run(["links", "mark", url, "-c", str(bed.root), "--lift", "--why", "not seen"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{url}: alive", f"{url}: dead"]
