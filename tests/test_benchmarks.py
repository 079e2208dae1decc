"""The benchmarks run and tell what they measured; how fast anything is, no test says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import again, checked_web, checks, event_pages, frontier, requisites
from benchmarks.__main__ import BEGIN, END, README, with_results
from benchmarks.big_body import served
from benchmarks.crawl import Contestant, Score, check, comparison, contestants, load_of, run, sourcekeep
from benchmarks.measured import Usage, measured, python, table
from tests.web.many import ManyProcess, ManySources, Plan

HOSTS = 3


@pytest.fixture(scope="module")
def web() -> Iterator[ManyProcess]:
    with ManyProcess(Plan(hosts=HOSTS)) as server:
        yield server


CONTESTANTS = [each for each in contestants(latency=False) if "robots" not in each.name]


@pytest.mark.parametrize("contestant", CONTESTANTS, ids=lambda each: each.name)
def test_every_contestant_fetches_every_url(contestant: Contestant, web: ManyProcess, tmp_path: Path) -> None:
    """No crawler is fast because it leaves something out."""
    sources = ManySources(events=3, hosts=HOSTS)
    load = load_of(tmp_path / "load", sources, web.port)
    web.reset()
    usage, disk = run(contestant, load, tmp_path / "work")
    check(contestant, web.seen().hits, sources.urls(web.port))
    assert usage.wall > 0
    assert usage.cpu > 0
    assert usage.memory > 1 << 20
    assert disk > 20_000 or "WARC" not in contestant.name


def test_an_url_left_out_is_found() -> None:
    """A contestant that skips a URL fails the benchmark."""
    urls = ["http://127.0.1.1:8/a.html", "http://127.0.1.1:8/b.html"]
    with pytest.raises(RuntimeError, match=r"1 of 2 URLs, like http://127.0.1.1:8/b.html"):
        check(Contestant(name="it", command=sourcekeep), {"127.0.1.1/a.html": 1}, urls)


def test_the_start_is_taken_off_and_ratios_are_of_one_round() -> None:
    """CPU a page is what is left without the start; a ratio compares two runs of the same round."""
    scores = {}
    for name, cost in (("ours, WARC", 2), ("Scrapy 2.19, nothing kept", 4), ("plain asyncio, nothing kept", 1)):
        score = Score(started=[Usage(wall=1, cpu=1, memory=0)])
        score.crawled = [Usage(wall=1 + cost * slow, cpu=1 + cost * slow, memory=1 << 20) for slow in (1, 3, 2)]
        scores[name] = score
    ours = comparison(scores, 1000, latency=True).splitlines()[2]
    assert [cell.strip() for cell in ours.split("|")[1:7]] == ["ours, WARC", "4.0", "2.00", "250", "4.00", "0.50"]


def test_a_failing_command_says_why(tmp_path: Path) -> None:
    """Its last words are in the error."""
    with pytest.raises(RuntimeError, match="No module named no_such_module"):
        measured(python("no_such_module"), folder=tmp_path)


def test_the_large_body_comes_whole(tmp_path: Path) -> None:
    """The server of large bodies sends as much as it was told to."""
    if shutil.which("wget") is None:
        pytest.skip("needs wget")
    with served(2) as port:
        measured(["wget", "-q", f"http://127.0.1.1:{port}/film.mp4"], folder=tmp_path)
    assert (tmp_path / "film.mp4").stat().st_size == 2 << 20


def test_small_benchmarks_print(capsys: pytest.CaptureFixture[str]) -> None:
    """The frontier's and the event pages' run at their smallest."""
    frontier.main(200, 10)
    pages = event_pages.generated(5)
    assert event_pages.rate(pages) > 0
    requisites.main(2)
    assert "insert" in capsys.readouterr().out


def test_the_second_crawl_adds_little_and_is_verified() -> None:
    """Every article is asked for twice and becomes a revisit; verify and warcio read all of it."""
    assert "revisits" in again.second_crawl(20)
    assert "sourcekeep verify" in again.verified(20)


@pytest.mark.skipif(not (checks.PEERS / "bin/lychee").exists(), reason="needs the other link checkers")
def test_other_checkers_ask_for_every_link(tmp_path: Path) -> None:
    """No checker is fast because it leaves something out; and one that does is found."""
    with checks.served(HOSTS) as server:
        links = checked_web.urls("story", 6, hosts=HOSTS, port=server.port)
        assert [row[3] for row in checks.theirs(tmp_path / "peers", server, links, 1)] == ["1.00"] * 3
        with pytest.raises(RuntimeError, match="left out 6 of 6 links"):
            checks.requests_per_link("it", server.asked(), links)


def test_a_recheck_is_measured_with_its_readers(tmp_path: Path) -> None:
    """One request a link; the processes that read our copies are counted, so the first check of a link costs more."""
    with checks.served(HOSTS) as server:
        links = checked_web.urls("brief", 6, hosts=HOSTS, port=server.port)
        checks.crawled(tmp_path, links)
        server.asked()
        first = checks.rechecked(tmp_path, week=2)
        assert checks.requests_per_link("sourcekeep", server.asked(answer="dressed"), links) == 1.0
        assert checks.rechecked(tmp_path, week=2, some=()).cpu < first.cpu  # nothing is due


def test_results_replace_the_last_ones() -> None:
    """What stands around them in the README stays."""
    text = f"before\n{BEGIN}\nold\n{END}\nafter"
    text = with_results(text, {"crawl": "slow", "extract": "fine"}, where="here")
    text = with_results(text, {"crawl": "quick", "frontier": "wide"})
    results = "here\n\n### crawl\n\nquick\n\n### frontier\n\nwide\n\n### extract\n\nfine"
    assert text == f"before\n{BEGIN}\n\n{results}\n\n{END}\nafter"
    assert BEGIN in README.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no place for results"):
        with_results("nothing", {"crawl": "two"})


def test_a_table_is_markdown() -> None:
    """First column to the left, the others to the right."""
    assert table(["", "n"], [["a", "1"], ["b", "23"]]) == "|   |  n |\n|---|---:|\n| a |  1 |\n| b | 23 |"
