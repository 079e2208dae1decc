"""Rates of the frontier: links inserted, leased and settled a second, with N links over H hosts.

    python -m benchmarks.frontier [N] [H]

The database lies in a temporary folder and is removed. Settlements come with a capture each, in groups of 64 (as the
keeper commits under load) and of 1,000.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

from archive.batch import Batch, Settled
from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.model import (
    Capture,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    Reason,
    RecordKind,
    RecordRef,
    Settlement,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSERTED_AT_ONCE = 20_000
LEASED_AT_ONCE = 2_000


def new_links(number: int, hosts: int) -> Iterator[NewLink]:
    """`number` links, spread over `hosts` hosts."""
    for n in range(number):
        url = f"https://host-{n % hosts}.example/news/2016/02/{n % 28 + 1}/an-article-with-a-usual-slug-{n}.html?id={n}"
        yield NewLink(url=url, kind=LinkKind.CITATION, via="news/2016/02/3/an-event.md", hops="C", priority=10)


def capture_of(lease: Lease) -> Capture:
    """A capture of the link, as it would be."""
    digest = sha256(lease.url.encode()).hexdigest()
    return Capture(
        record_id=f"urn:uuid:{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        kind=RecordKind.RESPONSE,
        url=lease.url,
        at=NOW,
        status=200,
        mime="text/html",
        payload_sha1="sha1:" + digest[:32].upper(),
        payload_sha256=digest,
        payload_length=30_000,
        where=RecordRef(warc="bench-00001.warc.gz", offset=lease.link_id * 1000, length=1000),
        hops=lease.hops,
        ip="192.0.2.1",
        protocol="http/1.1",
    )


def settled(lease: Lease) -> Settled:
    """The link, done."""
    settlement = Settlement(link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=NOW, etag='"abc"')
    return Settled(settlement=settlement, record_id=capture_of(lease).record_id)


def settle(catalogue: Catalogue, leases: list[Lease], size: int) -> None:
    """Settle all of `leases` in groups of `size`."""
    batches = [
        Batch(
            captures=[capture_of(lease) for lease in some],
            settlements=[settled(lease) for lease in some],
            warcs={"bench-00001.warc.gz": 1},
        )
        for start in range(0, len(leases), size)
        if (some := leases[start : start + size])
    ]
    began, processor = time.perf_counter(), time.process_time()
    for batch in batches:
        catalogue.commit(batch)
    wall, processor = time.perf_counter() - began, time.process_time() - processor
    rates = f"{len(leases) / wall:,.0f}/s, {len(leases) / processor:,.0f} a CPU second"
    say("settle", f"{len(leases):,} links with their captures, {size:,} in a group: {rates}")


def say(what: str, *results: str) -> None:
    """One line."""
    print(f"{what:<23}{'  '.join(results)}", flush=True)


def insert(frontier: Frontier, number: int, hosts: int) -> None:
    """Add all links."""
    links, wall, processor = new_links(number, hosts), 0.0, 0.0
    while some := list(islice(links, INSERTED_AT_ONCE)):
        began, processor_began = time.perf_counter(), time.process_time()
        frontier.add(some)
        wall += time.perf_counter() - began
        processor += time.process_time() - processor_began
    say(
        "insert",
        f"{number:,} links over {hosts:,} hosts: {number / wall:,.0f}/s, {number / processor:,.0f} a CPU second",
    )


def lease(frontier: Frontier, rounds: int) -> list[Lease]:
    """Lease a few thousand links, LEASED_AT_ONCE at a time."""
    leases: list[Lease] = []
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        leases += frontier.lease(run_id=1, now=NOW, limit=LEASED_AT_ONCE, per_host=8)
        times.append(1000 * (time.perf_counter() - began))
    times.sort()
    median, worst = times[rounds // 2], times[-1]
    say("lease", f"{len(leases):,} links, {LEASED_AT_ONCE:,} at once: median {median:.1f} ms, worst {worst:.1f} ms")
    return leases


def timed(what: str, action: Callable[[], object]) -> None:
    """Print how long `action` takes."""
    began = time.perf_counter()
    action()
    say(what, f"{1000 * (time.perf_counter() - began):.1f} ms")


def main(number: int = 100_000, hosts: int = 800) -> None:
    """Print the rates."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue.open(Path(folder, "catalogue.db"), create=True)
        frontier = Frontier(catalogue)
        insert(frontier, number, hosts)
        leases = lease(frontier, max(1, min(10, number // LEASED_AT_ONCE)))
        busy = {f"host-{n}.example" for n in range(hosts)}
        timed("lease, all hosts busy", lambda: frontier.lease(run_id=1, now=NOW, limit=9, per_host=8, busy_hosts=busy))
        half = len(leases) // 2
        settle(catalogue, leases[:half], 64)
        settle(catalogue, leases[half:], 1_000)
        timed("counts", frontier.counts)
        timed("next_due", lambda: frontier.next_due(NOW))
        timed("reclaim", frontier.reclaim)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        say("in all", f"{size / number:,.0f} bytes a link on disk, peak memory {peak} MiB")
        catalogue.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
