"""Kill a crawl at random moments, again and again: nothing may be lost, and only what was in flight repeated.

python -m tests.end_to_end.soak --kills 200 --events 250        (about 1,000 pages; `make soak`)
"""

from __future__ import annotations

import argparse
import csv
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.keeper import GROUP
from tests.end_to_end.command import FAST, sourcekeep, start
from tests.web.many import ManyProcess, ManySources, Plan

IN_FLIGHT = 16  # CONCURRENT_REQUESTS of these crawls


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordeal:
    """What came of a crawl that was killed over and over."""

    kills: int
    citations: int
    outcomes: Mapping[str, int]
    repeats: int  # requests for an address beyond its first
    most_repeats: int  # that could have been in flight or not yet durable at the kills
    missing: frozenset[str]  # addresses of sources never asked for
    verified: bool
    seconds: float

    @property
    def held(self) -> bool:
        """Whether all promises were kept."""
        lost = self.missing or self.outcomes.get("kept", 0) != self.citations
        return not lost and self.repeats <= self.most_repeats and self.verified


def ordeal(folder: Path, *, kills: int, events: int, seed: int) -> Ordeal:
    """Crawl `events` generated pages, killing the crawl `kills` times with SIGKILL; then let it finish."""
    chance = random.Random(seed)
    sources = ManySources(events=events, hosts=40, seed=seed)
    began = time.monotonic()
    with ManyProcess(Plan(hosts=40, seed=seed, latency=0.01, smallest=2_000, largest=20_000)) as web:
        sources.write(folder / "pages", port=web.port)
        command = ["crawl", folder / "pages", "-c", folder / "collection", "--no-extract", "-q", *FAST]
        command += [f"-sCONCURRENT_REQUESTS={IN_FLIGHT}", "-sSOURCEKEEP_DELAY=0.02"]
        done = 0
        while done < kills:
            crawl = start(*command)
            wait = chance.uniform(0.3, 3.0)
            try:
                crawl.communicate(timeout=wait)
            except Exception:  # noqa: BLE001 - it runs: that is the moment
                crawl.kill()
                crawl.communicate()
            else:
                break  # it finished before the kill
            done += 1
        last = sourcekeep(*command, timeout=600)
        assert last.returncode == 0, last.stderr
        seen = web.seen()
        urls = {url.split("//")[1].replace(f":{web.port}", "") for url in sources.urls(web.port)}
    hits = {address: number for address, number in seen.hits.items() if not address.endswith("/robots.txt")}
    outcomes = _outcomes(folder / "collection")
    return Ordeal(
        kills=done,
        citations=sum(outcomes.values()),
        outcomes=outcomes,
        repeats=sum(number - 1 for number in hits.values()),
        most_repeats=done * (IN_FLIGHT + GROUP),
        missing=frozenset(urls - set(hits)),
        verified=sourcekeep("verify", "-c", folder / "collection", "-q", timeout=600).returncode == 0,
        seconds=time.monotonic() - began,
    )


def _outcomes(collection: Path) -> Counter[str]:
    with (max((collection / "runs").iterdir(), key=_number) / "ledger.csv").open(encoding="utf-8", newline="") as file:
        return Counter(row["outcome"] for row in csv.DictReader(file))


def _number(run: Path) -> int:
    return int(run.name.rpartition("-")[2])


def runs_of(collection: Path) -> int:
    """How many runs the collection has seen."""
    database = sqlite3.connect(collection / "catalogue.db")
    try:
        return int(database.execute("SELECT count(*) FROM runs").fetchone()[0])
    finally:
        database.close()


def main() -> int:
    """Runs the ordeal and says what came of it; 0 if all promises were kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.end_to_end.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--events", type=int, default=250)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        while total < options.kills:
            seed = options.seed + total
            into = Path(folder) / str(total)
            into.mkdir()
            came = ordeal(into, kills=options.kills - total, events=options.events, seed=seed)
            sys.stdout.write(f"seed {seed}: {came}\n")
            sys.stdout.flush()
            if not came.held:
                sys.stdout.write("A promise was broken.\n")
                return 1
            total += max(came.kills, 1)
    sys.stdout.write(f"{total} kills: nothing lost, repeats within what was in flight.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
