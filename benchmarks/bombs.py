"""What hostile hosts cost the others: 500 links of ten good hosts, alone and beside fifty slow and twelve endless ones.

    python -m benchmarks.bombs [ROUNDS]
    python -m benchmarks.bombs --serve       is the hostile hosts: prints their addresses, serves until it is ended

The pause at each good host is 0.1 s, so alone they take five seconds; told is the time between the first and the last
of their answers, the peak of the crawling process, and what came of the hostile links.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.crawl import Load, load_from, sourcekeep
from benchmarks.measured import ROOT, Usage, measured, mebibytes, python, table
from tests.web.byte_server import HANG, ByteServer, Pause, Script, Steps, ok

GOOD, LINKS, SLOW, ENDLESS = 10, 500, 50, 12
HEAD = b"HTTP/1.1 200 OK\r\n"
PIECE = os.urandom(1 << 18)
SETTINGS = ("SOURCEKEEP_DELAY=0.1", "DOWNLOAD_TIMEOUT=10", "SOURCEKEEP_TRIES=1", f"DOWNLOAD_MAXSIZE={256 << 20}")


def _drip(_: bytes) -> Iterator[bytes | Pause]:
    yield HEAD + b"\r\n"
    while True:
        yield Pause(0.2)
        yield b"x"


def _endless(head: bytes, piece: bytes) -> Script:
    def answer(_: bytes) -> Steps:
        return itertools.chain([head], itertools.repeat(piece))

    return answer


SLOW_WAYS: tuple[Script, ...] = ([HANG], [HEAD + b"Content-Le", HANG], _drip)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS_WAYS: tuple[Script, ...] = (
    _endless(HEAD + b"\r\n", PIECE),
    _endless(HEAD, b"X-More: of the same\r\n" * 500),
    _endless(CHUNKED, b"1\r\nx\r\n" * 5000),
    _endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500),
)


def serve() -> None:
    """The hostile hosts, each with a robots.txt that is none."""
    with ExitStack() as stack:
        urls = []
        for number in range(SLOW + ENDLESS):
            web = stack.enter_context(ByteServer(f"127.0.6.{number + 1}", keep=0))
            web.on("/robots.txt", ok(b""))
            way = number % len(SLOW_WAYS) if number < SLOW else number % len(ENDLESS_WAYS)
            web.on("*", (SLOW_WAYS if number < SLOW else ENDLESS_WAYS)[way])
            urls.append(web.url("/hostile.html"))
        print(json.dumps(urls), flush=True)
        while True:
            time.sleep(1)


@contextmanager
def hostile() -> Iterator[list[str]]:
    """The server in a process of its own; the links to its hosts."""
    with subprocess.Popen(python("benchmarks.bombs", "--serve"), stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def compare(rounds: int) -> str:
    """A table of the good hosts alone and beside the others."""
    runs: list[list[tuple[float, Usage]]] = [[], [], []]
    with tempfile.TemporaryDirectory() as temporary, hostile() as urls:
        for number in range(rounds):
            for name, (scores, links) in enumerate(zip(runs, ([], urls[:SLOW], urls), strict=True)):
                scores.append(_crawl(Path(temporary) / f"{number}-{name}", links))
    names = ("alone", f"beside {SLOW} slow hosts", f"beside {SLOW} slow and {ENDLESS} endless hosts")
    rows = [_row(name, scores, runs[0]) for name, scores in zip(names, runs, strict=True)]
    head = ["", "good links s", "x alone", "wall s", "CPU s", "peak MiB"]
    return f"{LINKS} links of {GOOD} good hosts, median of {rounds}\n\n{table(head, rows)}"


def _row(name: str, runs: list[tuple[float, Usage]], alone: list[tuple[float, Usage]]) -> list[str]:
    usage = Usage.median_of([each for _, each in runs])
    seconds = median(each for each, _ in runs)
    ratio = median(run[0] / other[0] for run, other in zip(runs, alone, strict=True))
    return [name, f"{seconds:.2f}", f"{ratio:.2f}", f"{usage.wall:.1f}", f"{usage.cpu:.1f}", mebibytes(usage.memory)]


def _crawl(folder: Path, urls: list[str]) -> tuple[float, Usage]:
    """Seconds between the first and the last answer of a good host, and what the crawl cost."""
    times: list[float] = []

    def article(_: bytes) -> Steps:
        times.append(time.monotonic())
        return ok(b"an article")

    with ExitStack() as stack:
        good = [stack.enter_context(ByteServer(f"127.0.7.{number + 1}")) for number in range(GOOD)]
        for web in good:
            web.on("/robots.txt", ok(b""))
            web.on("*", article)
        cited = [*urls, *(good[number % GOOD].url(f"/{number}") for number in range(LINKS))]
        load = _load(folder, cited)
        more = [part for setting in SETTINGS for part in ("-s", setting)]
        usage = measured([*sourcekeep(load, folder / "work"), *more], folder=folder / "work")
    if len(times) != LINKS:
        raise RuntimeError(f"{len(times)} of {LINKS} good links were asked for")
    return max(times) - min(times), usage


def _load(folder: Path, urls: list[str]) -> Load:
    cited = "".join(f"{number}. [Paper]({url})\n" for number, url in enumerate(urls, 1))
    page = f"### [2005-01-1](/news/2005/01/1/index.md)\n\n##### Isk\n# Hosts.\n\n\n### Sources:\n\n{cited}"
    return load_from(folder, urls, {"news/2005/01/1/hosts.md": page})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve()
    else:
        print(compare(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
