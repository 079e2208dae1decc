"""What a crawl of an unchanged site costs the second time, and what it adds; and how fast `verify` reads it all.

    python -m benchmarks.again [ARTICLES]

Every link is asked for once more, without the validators an answer gave: so each body comes again, whole, and is known.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.crawl import events_for, load_of, sourcekeep
from benchmarks.measured import Usage, measured, mebibytes, python, table
from tests.web.many import ManyProcess, ManySources, Plan

HOSTS = 200
ASK_AGAIN = "UPDATE links SET stage = 'pending', etag = NULL, last_modified = NULL WHERE stage = 'done'"
REVISITS = "SELECT count(*) FROM captures WHERE kind = 'revisit'"


def second_crawl(articles: int) -> str:
    """A table of both crawls."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        first, second = crawled_twice(folder, articles)
        before, after, revisits = first[1], second[1], told(folder / "work/collection", REVISITS)
    rows = [_row("first crawl", first[0], before, ""), _row("again, all of it", second[0], after - before, "")]
    rows[1][-1] = f"{(after - before) / before:.1%}"
    head = ["", "wall s", "CPU s", "peak MiB", "WARC MiB added", "of the first"]
    return f"{articles:,} articles, asked for twice; {revisits:,} revisits\n\n{table(head, rows)}"


def _row(name: str, usage: Usage, added: int, share: str) -> list[str]:
    return [
        name, f"{usage.wall:.1f}", f"{usage.cpu:.1f}", mebibytes(usage.memory), f"{added / (1 << 20):.1f}", share,
    ]  # fmt: skip


def crawled_twice(folder: Path, articles: int) -> tuple[tuple[Usage, int], tuple[Usage, int]]:
    """What each crawl cost, and the bytes of the WARCs after it."""
    sources = ManySources(events=events_for(articles, HOSTS), hosts=HOSTS)
    with ManyProcess(Plan(hosts=HOSTS)) as server:
        load = load_of(folder / "load", sources, server.port)
        command = [*sourcekeep(load, folder / "work")]
        first = measured(command, folder=folder / "work"), warc_bytes(folder / "work/collection")
        with closing(sqlite3.connect(folder / "work/collection/catalogue.db")) as catalogue, catalogue:
            catalogue.execute(ASK_AGAIN)
        second = measured(command, folder=folder / "work"), warc_bytes(folder / "work/collection")
    return first, second


def warc_bytes(collection: Path) -> int:
    """Bytes of a collection's WARCs."""
    return sum(file.stat().st_size for file in (collection / "archive").glob("*.warc.gz"))


def told(collection: Path, query: str) -> int:
    """The one number a query gives."""
    with closing(sqlite3.connect(collection / "catalogue.db")) as catalogue:
        return int(catalogue.execute(query).fetchone()[0])


def verified(articles: int) -> str:
    """A table: sourcekeep's verify, and warcio's check, which looks at the digests alone."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        crawled_twice(folder, articles)
        collection = folder / "work/collection"
        size, warcs = warc_bytes(collection), sorted((collection / "archive").glob("*.warc.gz"))
        commands = {
            "sourcekeep verify": python("crawler", "verify", "-c", collection, "-q"),
            "warcio check": [str(Path(sys.executable).with_name("warcio")), "check", *map(str, warcs)],
        }
        rows = []
        for name, command in commands.items():
            usage = measured(command, folder=folder / "verify")
            rate = f"{size / usage.wall / 1e6:.1f}"
            rows.append([name, f"{usage.wall:.1f}", f"{usage.cpu:.1f}", mebibytes(usage.memory), rate])
    head = ["", "wall s", "CPU s", "peak MiB", "MB/s of WARC"]
    return f"{size / 1e6:,.0f} MB of WARCs, {2 * articles:,} captures\n\n{table(head, rows)}"


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(second_crawl(number), verified(number), sep="\n\n")
