"""Runs the benchmarks and prints what they give.

    python -m benchmarks [--quick] [--only NAME]... [--write]

`--write` puts the results into benchmarks/README.md as well, each in the place of its last one.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import again, big_body, bombs, checks, crawl
from benchmarks.measured import ROOT, python

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results: written by python -m benchmarks --write -->", "<!-- end of results -->"
PACKAGES = ("scrapy", "twisted", "sqlalchemy", "uvloop", "isal", "trafilatura")


def crawling(*, quick: bool) -> str:
    """Many articles, quick hosts."""
    return crawl.compare(200 if quick else 2000, 1 if quick else 5, hosts=20 if quick else 200)


def latency(*, quick: bool) -> str:
    """The same with hosts that take their time."""
    return crawl.compare(100 if quick else 2000, 1 if quick else 5, hosts=40, latency=0.1)


def body(*, quick: bool) -> str:
    """One large body."""
    return big_body.compare(64 if quick else 2048)


def frontier(*, quick: bool) -> str:
    """A million links."""
    number, hosts = (20_000, 500) if quick else (1_000_000, 20_000)
    return f"Frontier of {number:,} links on {hosts:,} hosts\n\n{_told('benchmarks.frontier', number, hosts)}"


def event_pages(*, quick: bool) -> str:  # noqa: ARG001 - it is quick
    """Event pages read."""
    return f"Event pages read, on one core\n\n{_told('benchmarks.event_pages')}"


def extract(*, quick: bool) -> str:
    """Articles read."""
    return f"Articles read (title, author, date, text)\n\n{_told('benchmarks.extract', 20 if quick else 200)}"


def requisites(*, quick: bool) -> str:
    """What pages need, found."""
    return f"What a page needs to be shown, found\n\n{_told('benchmarks.requisites', 5 if quick else 50)}"


def dedup(*, quick: bool) -> str:
    """An unchanged site, crawled again."""
    return again.second_crawl(100 if quick else 2000)


def verify(*, quick: bool) -> str:
    """A collection verified."""
    return again.verified(100 if quick else 2000)


def hostile(*, quick: bool) -> str:
    """Slow and endless hosts beside good ones."""
    return bombs.compare(1 if quick else 3)


def checking(*, quick: bool) -> str:
    """Links checked again."""
    if quick:
        return checks.compare(200, 1, hosts=50)
    return f"{checks.compare(2000, 3)}\n\n{checks.memory((2000, 20_000))}"


SECTIONS: dict[str, Callable[..., str]] = {
    "crawl": crawling,
    "latency": latency,
    "big-body": body,
    "frontier": frontier,
    "event-pages": event_pages,
    "extract": extract,
    "requisites": requisites,
    "dedup": dedup,
    "verify": verify,
    "bombs": hostile,
    "checks": checking,
}


def _told(module: str, *arguments: object) -> str:
    """What a benchmark prints, in a process of its own so that its memory is its own, as a block."""
    run = subprocess.run(python(module, *arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return f"```\n{run.stdout.rstrip()}\n```"


def machine() -> str:
    """Where this runs, as far as it matters."""
    parts = [
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
    ]
    for package in PACKAGES:
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"no {package}")
    return ", ".join(parts) + f". A loop of ten million additions takes {_loop():.2f} s here."


def _loop() -> float:
    began = time.process_time()
    total = 0
    for number in range(10_000_000):
        total += number
    return time.process_time() - began


def with_results(text: str, results: Mapping[str, str], *, where: str = "") -> str:
    """The text with the results, by name, in their place; those of other names stay, `where` is told if given.

    ValueError if the text has no such place.
    """
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no place for results: {BEGIN} ... {END}")
    was, *sections = re.split(r"^### ", old.strip(), flags=re.MULTILINE)
    told = dict(section.strip().partition("\n\n")[::2] for section in sections) | dict(results)
    listed = [f"### {name}\n\n{told[name]}" for name in sorted(told, key=_place)]
    written = "\n\n".join([where or was.strip(), *listed])
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"


def _place(name: str) -> int:
    return [*SECTIONS, name].index(name)


def main() -> int:
    """0, or 1 if a benchmark failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it runs, not how fast")
    parser.add_argument("--only", action="append", choices=[*SECTIONS], help="may be given again")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/README.md")
    options = parser.parse_args()
    where, results = machine(), {}
    print(where, end="\n\n", flush=True)
    failed = False
    for name in options.only or SECTIONS:
        try:
            told = SECTIONS[name](quick=options.quick)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            told, failed = f"{name} failed: {error}", True
        print(told, end="\n\n", flush=True)
        results[name] = told
    if options.write and not failed:
        README.write_text(with_results(README.read_text(encoding="utf-8"), results, where=where), encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
