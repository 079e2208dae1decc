"""Faults of the disk, one at each call that writes: what is to be made fail, how often it comes, and what must be true.

python -m tests.faults.matrix            every call there is, each failing once: minutes to hours
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.end_to_end.warm import Ended, Setting
from tests.faults.bed import Bed, bed, done_without_record, groups, is_whole, records_missing, restricted

CALLS: Mapping[str, tuple[str, ...]] = {
    "warc": ("openat", "flock", "write", "fdatasync", "rename"),
    "archive": ("mkdir", "openat", "fsync"),
    "catalogue": ("openat", "pread64", "pwrite64", "fdatasync", "ftruncate"),
    "index": ("openat", "flock", "write", "fsync", "rename"),
    "events": ("mkdir", "openat", "write", "fsync", "renameat"),
    "crawl log": ("openat", "write"),
    "ledger": ("openat", "write", "rename"),
    "report": ("mkdir", "openat", "write", "fsync", "renameat"),
    "lock": ("openat", "flock", "write"),
}
NO_ROOM = frozenset(
    {"openat", "mkdir", "write", "pwrite64", "renameat", "rename", "ftruncate"}
)  # calls that may say so
SEVERAL, MANY = 4, 10
DONE, PROBLEMS, DISK, USAGE, CATALOGUE = 0, 1, 3, 4, 8

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One thing that goes wrong: the `nth` time that a thread makes this call on a file of this group."""

    group: str
    call: str
    nth: int
    error: str = "EIO"  # or SIGKILL
    for_ever: bool = False  # from then on, each time

    @property
    def injected(self) -> str:
        """As strace's -e takes it."""
        what = f"signal={self.error}" if self.error.startswith("SIG") else f"error={self.error}"
        return f"inject={self.call}:{what}:when={self.nth}{'+' if self.for_ever else ''}"

    def strike(self, bed: Bed, collection: Path, folder: Path, documents: tuple[str, ...]) -> Ended:
        """A crawl that meets it; where this one makes fewer such calls than the last, its last one."""
        paths = restricted(groups(collection, documents)[self.group])
        ended = bed.crawl(collection, folder, Setting(trace=["-e", f"trace={self.call}", "-e", self.injected, *paths]))
        if "(INJECTED)" in ended.calls or ended.code == -signal.SIGKILL:
            return ended
        assert self.nth > 1, f"{self}: not reached, exit {ended.code}\n{ended.err}"
        shutil.rmtree(collection)
        return replace(self, nth=self.nth - 1).strike(bed, collection, folder, documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a crawl without faults does: calls by group and call, and the documents it writes."""

    counts: Counts
    documents: tuple[str, ...]

    def blows(self, group: str, call: str) -> Iterator[Blow]:
        """The first of these calls, where there are several the last, and where there are many one in the middle."""
        count = self.counts.get((group, call), 0)
        assert count, f"a crawl makes no {call} on its {group} any more; see CALLS"
        wanted = {1} if count < SEVERAL and group != "warc" else {1, count}
        for nth in sorted(wanted | {(count + 1) // 2} if count > MANY else wanted):
            full = call in NO_ROOM and nth < max(count, 2)
            yield Blow(group=group, call=call, nth=nth, error="ENOSPC" if full else "EIO", for_ever=full)

    def all_blows(self) -> Iterator[Blow]:
        """Every call, failing once and, where the disk can be full, from then on."""
        for (group, call), count in sorted(self.counts.items()):
            if call in CALLS[group]:
                for nth in range(1, count + 1):
                    yield Blow(group=group, call=call, nth=nth)
                    if call in NO_ROOM:
                        yield Blow(group=group, call=call, nth=nth, error="ENOSPC", for_ever=True)


def survey(bed: Bed, folder: Path) -> Survey:
    """Crawl without faults, and count."""
    plain = folder / "plain"
    assert bed.crawl(plain, folder / "first").code == DONE
    documents = tuple(str(path.relative_to(plain)) for path in sorted((plain / "events").rglob("*.json")))
    shutil.rmtree(plain)
    wanted = groups(plain, documents)
    names = ",".join(sorted({call for calls in CALLS.values() for call in calls}))
    paths = restricted([path for group in wanted.values() for path in group])
    ended = bed.crawl(plain, folder / "second", Setting(trace=["-y", "-s", "0", "-e", f"trace={names}", *paths]))
    assert ended.code == DONE, ended.err
    return Survey(counts=_counted(ended.calls, wanted), documents=documents)


_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_PATH = re.compile(r'[<"](/[^>"]+)[>"]')


def _counted(calls: str, wanted: Mapping[str, list[str]]) -> Counts:
    threads: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for line in calls.splitlines():
        if found := _CALL.match(line):
            thread, call, rest = found.groups()
            named = set(_PATH.findall(rest.partition(") = ")[0]))
            for group, paths in wanted.items():
                if named & set(paths):
                    threads[group, call][thread] += 1
    return {key: max(counter.values()) for key, counter in threads.items()}


def endure(bed: Bed, blow: Blow, folder: Path, documents: tuple[str, ...]) -> int:
    """Strike, look at what is left, go on to the end; the exit code of the run that was struck.

    AssertionError where anything was promised and not kept.
    """
    collection = folder / "c"
    struck = blow.strike(bed, collection, folder / "struck", documents)
    said = f"{blow}: exit {struck.code}\n{struck.err}"
    allowed = (-signal.SIGKILL,) if blow.error == "SIGKILL" else (DONE, PROBLEMS, DISK, USAGE, CATALOGUE)
    assert struck.code in allowed, said
    assert "Traceback" not in struck.err, said
    if struck.code == USAGE:
        assert not (collection / "archive").is_dir() or not any((collection / "archive").iterdir()), said
    assert struck.code != PROBLEMS or (blow.group, blow.call) == ("warc", "openat"), said  # a record read back
    if struck.code in (PROBLEMS, DISK, USAGE, CATALOGUE):
        assert str(collection) in struck.err, said
    assert struck.code != CATALOGUE or blow.group == "catalogue", said
    assert not records_missing(collection), said
    assert not done_without_record(collection), said
    if struck.code == DONE:
        is_whole(bed, collection)
    again = bed.crawl(collection, folder / "again")
    assert again.code == DONE, f"{said}\nand again: exit {again.code}\n{again.err}\n{again.out}"
    is_whole(bed, collection)
    return struck.code


def main() -> int:
    """Every blow there is; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description=__doc__)
    parser.add_argument("--group", choices=CALLS, help="only these files")
    parser.add_argument("--kill", action="store_true", help="kill -9 at each call instead")
    parser.add_argument("--at-once", type=int, default=4, metavar="N")
    options = parser.parse_args()
    broken = 0
    with tempfile.TemporaryDirectory() as name, bed(Path(name)) as ground:
        known = survey(ground, Path(name) / "survey")
        blows = [blow for blow in known.all_blows() if options.group in (None, blow.group)]
        if options.kill:
            blows = [
                Blow(group=blow.group, call=blow.call, nth=blow.nth, error="SIGKILL")
                for blow in blows
                if not blow.for_ever
            ]

        def attempt(number: int) -> str:
            folder = Path(name) / str(number)
            try:
                return f"exit {endure(ground, blows[number], folder, known.documents)}"
            except AssertionError as error:
                return f"BROKEN {error}"
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        with ThreadPoolExecutor(options.at_once) as pool:
            for blow, came in zip(blows, pool.map(attempt, range(len(blows))), strict=True):
                broken += came.startswith("BROKEN")
                sys.stdout.write(f"{blow.group}: {blow.injected}: {came}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(blows)} faults, {broken} promises broken.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
