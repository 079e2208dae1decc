"""Crawls of a few thousand articles on many hosts, sourcekeep beside others, each in a process of its own.

    python -m benchmarks.crawl [ARTICLES] [ROUNDS]

The server is a process of its own as well and serves loopback addresses. The contestants take turns, so that whatever
else the machine does meets all of them; of each number the median of the rounds is told. What a process costs that has
nothing to fetch is measured too and taken off, so what is left is the price of a page.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.measured import Usage, measured, mebibytes, python, size_of, table
from tests.web.many import ManyProcess, ManySources, Plan

CONCURRENCY = 64
OURS, RIVAL, PLAIN = "sourcekeep, WARC", "Scrapy 2.19, nothing kept", "plain asyncio, nothing kept"
PAGES_ALONE = "its event pages alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is to be fetched: event pages in a folder, and the URLs they cite in a file."""

    pages: Path
    urls: Path


Command = Callable[[Load, Path], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A crawler. `command` makes its command line of a load and the folder to work in."""

    name: str
    command: Command
    fine: tuple[int, ...] = (0,)


@dataclass(slots=True, kw_only=True)
class Score:
    """What the rounds of a contestant gave."""

    started: list[Usage] = field(default_factory=list)  # with nothing to fetch
    pages_alone: list[Usage] = field(default_factory=list)  # with event pages that cite nothing
    crawled: list[Usage] = field(default_factory=list)
    disk: int = 0
    most_at_once: int = 0  # requests in flight at one host

    @property
    def start(self) -> Usage:
        """The median start."""
        return Usage.median_of(self.started)

    def cpu(self, round_: int, pages: int) -> float:
        """Seconds a page in a round, the start taken off."""
        return (self.crawled[round_].cpu - self.start.cpu) / pages

    def cpu_of_pages(self, round_: int, articles: int) -> float:
        """The part of `cpu` that event pages cost."""
        return (self.pages_alone[round_].cpu - self.start.cpu) / articles

    def wall(self) -> float:
        """The median, the start taken off."""
        return median(each.wall for each in self.crawled) - self.start.wall


def sourcekeep(load: Load, folder: Path) -> Sequence[str]:
    """The main job, as its user starts it, but for the politeness: loopback hosts need none."""
    return python(
        "crawler", "crawl", load.pages, "-c", folder / "collection", "--no-extract", "-q", "--requisites=none",
        "--allow-network=127.0.0.0/8", "-s", "SOURCEKEEP_DELAY=0", "-s", f"CONCURRENT_REQUESTS={CONCURRENCY}",
    )  # fmt: skip


def bare_scrapy(load: Load, _: Path) -> Sequence[str]:
    """Scrapy, nothing kept."""
    return python("benchmarks.bare_spider", load.urls, "--concurrency", CONCURRENCY)


def bare_scrapy_robots(load: Load, folder: Path) -> Sequence[str]:
    """The same with robots.txt obeyed, as sourcekeep does."""
    return [*bare_scrapy(load, folder), "--robots"]


def plain_asyncio(load: Load, _: Path) -> Sequence[str]:
    """Sockets and no more."""
    return python("benchmarks.peers", load.urls, "--concurrency", CONCURRENCY)


def wget(load: Load, folder: Path) -> Sequence[str]:
    """wget, with a WARC of gzip members; one request at a time, as it always does."""
    accept = "--header=Accept-Encoding: gzip"
    return ["wget", "-nv", accept, "-i", str(load.urls), f"--warc-file={folder / 'wget'}", "-O", "/dev/null"]


def contestants(*, latency: bool) -> list[Contestant]:
    """Who takes part. wget has no rival's chance where every answer takes its time, so it stays out of that."""
    found = [
        Contestant(name=OURS, command=sourcekeep),
        Contestant(name=RIVAL, command=bare_scrapy),
    ]
    if latency:
        return [*found, Contestant(name=PLAIN, command=plain_asyncio)]
    found.append(Contestant(name="Scrapy 2.19 with robots.txt", command=bare_scrapy_robots))
    if shutil.which("wget"):
        found.append(Contestant(name="wget, WARC", command=wget))
    found.append(Contestant(name=PLAIN, command=plain_asyncio))
    return found


def compare(articles: int, rounds: int, *, hosts: int, latency: float = 0.0) -> str:
    """A table of all contestants."""
    sources = ManySources(events=events_for(articles, hosts), hosts=hosts)
    with (
        tempfile.TemporaryDirectory() as temporary,
        ManyProcess(Plan(hosts=hosts, latency=latency)) as server,
    ):
        urls = sources.urls(server.port)
        scores = _scores(Path(temporary), server, sources, rounds, contestants(latency=bool(latency)))
    title = f"{len(urls):,} articles and pictures on {hosts} hosts"
    if latency:
        title += f", {latency * 1000:.0f} ms before each answer"
    return f"{title}, median of {rounds}\n\n{comparison(scores, len(urls), latency=bool(latency))}"


def _scores(
    base: Path, server: ManyProcess, sources: ManySources, rounds: int, entrants: Sequence[Contestant]
) -> dict[str, Score]:
    """Every contestant's rounds, in turn; of sourcekeep also what the event pages cost that have nothing to cite."""
    work, urls, pages = base / "work", sources.urls(server.port), dict(sources.pages(server.port))
    nothing = load_from(base / "nothing", [], _page_without_sources())
    pages_alone = load_from(base / "alone", [], {path: _without_sources(text) for path, text in pages.items()})
    load = load_from(base / "many", urls, pages)
    few = load_of(base / "few", ManySources(events=max(1, sources.events // 12), hosts=sources.hosts), server.port)
    scores = {each.name: Score() for each in entrants}
    for each in entrants:  # what is read for the first time is read from the disk
        run(each, few, work)
    for _ in range(rounds):
        for each in entrants:
            score = scores[each.name]
            score.started.append(run(each, nothing, work)[0])
            if each.name == OURS:
                score.pages_alone.append(run(each, pages_alone, work)[0])
            server.reset()
            usage, score.disk = run(each, load, work)
            score.crawled.append(usage)
            seen = server.seen()
            check(each, seen.hits, urls)
            score.most_at_once = max(seen.peaks.values())
    return scores


def comparison(scores: dict[str, Score], pages: int, *, latency: bool) -> str:
    """The table. Ratios are taken within a round, and the median of those is told."""
    rival, plain = scores[RIVAL], scores[PLAIN]
    rows = []
    for name, score in scores.items():
        rounds = range(len(score.crawled))
        cpu = median(score.cpu(n, pages) for n in rounds)
        ratio = median(score.cpu(n, pages) / rival.cpu(n, pages) for n in rounds)
        row = [
            name, f"{pages / score.wall():,.0f}", f"{cpu * 1000:.2f}", f"{ratio:.2f}", f"{score.start.cpu:.2f}",
            mebibytes(Usage.median_of(score.crawled).memory), mebibytes(score.disk), str(score.most_at_once),
        ]  # fmt: skip
        if latency:
            row.insert(1, f"{score.wall():.1f}")
            row.insert(2, f"{score.wall() / plain.wall():.2f}")
        rows.append(row)
        if score.pages_alone:
            alone = [score.cpu_of_pages(n, pages) for n in rounds]
            shares = [cpu / rival.cpu(n, pages) for n, cpu in enumerate(alone)]
            cells = [f"- {PAGES_ALONE}", "", f"{median(alone) * 1000:.2f}", f"{median(shares):.2f}"]
            if latency:
                cells[1:1] = ["", ""]
            rows.append(cells + [""] * (len(row) - len(cells)))
    head = ["", "pages/s", "CPU ms/page", "x Scrapy", "start CPU s", "peak MiB", "disk MiB", "at once/host"]
    if latency:
        head[1:1] = ["wall s", "x plain"]
    return table(head, rows)


def events_for(articles: int, hosts: int) -> int:
    """The number of event pages that cite that many articles, or a few more."""
    events = max(1, articles // 4)
    while len(ManySources(events=events, hosts=hosts).urls(0)) < articles:
        events += 1
    return events


def _page_without_sources() -> dict[str, str]:
    return {"news/2005/01/1/nothing.md": "### [2005-01-1](/news/2005/01/1/index.md)\n\n##### Isk\n# Nothing.\n\n"}


def _without_sources(page: str) -> str:
    """An event page that cites nothing; other pages are as they are."""
    before, found, rest = page.partition("### Sources:\n")
    return before + rest[rest.index("### Related:") :] if found else page


def load_of(folder: Path, sources: ManySources, port: int) -> Load:
    """Event pages and their citations, laid into a folder."""
    return load_from(folder, sources.urls(port), dict(sources.pages(port)))


def load_from(folder: Path, urls: Sequence[str], pages: dict[str, str]) -> Load:
    """The same, of given URLs and pages."""
    load = Load(pages=folder / "pages", urls=folder / "urls.txt")
    for path, text in pages.items():
        file = load.pages / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    load.urls.write_text("".join(f"{url}\n" for url in urls))
    return load


def run(contestant: Contestant, load: Load, folder: Path) -> tuple[Usage, int]:
    """What a crawl cost, and the bytes it left; its folder is removed."""
    folder.mkdir()
    try:
        usage = measured(contestant.command(load, folder), folder=folder, fine=contestant.fine)
        return usage, size_of(folder)
    finally:
        shutil.rmtree(folder)


def check(contestant: Contestant, hits: Mapping[str, int], urls: Sequence[str]) -> None:
    """RuntimeError if a URL was left out; `hits` as the server tells them."""
    missed = [url for url in urls if _without_port(url) not in hits]
    if missed:
        raise RuntimeError(f"{contestant.name} left out {len(missed)} of {len(urls)} URLs, like {missed[0]}")


def _without_port(url: str) -> str:
    host, _, path = url.removeprefix("http://").partition("/")
    return f"{host.partition(':')[0]}/{path}"


def main(articles: int = 2000, rounds: int = 5) -> None:
    """Prints both tables."""
    print(compare(articles, rounds, hosts=200), end="\n\n", flush=True)
    print(compare(articles, rounds, hosts=40, latency=0.1), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
