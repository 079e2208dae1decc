"""A small crawl to break: event pages, a web that serves their sources, and what must be true after each fault."""

from __future__ import annotations

import csv
import json
import socket
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.gzip_members import MemberReader, TornMember
from archive.verify import Fault, verify
from archive.warc_files import OPEN, warc_name
from tests.end_to_end.command import FAST
from tests.end_to_end.warm import Ended, Setting, run
from tests.web.many import ManyProcess, ManySources, Plan

SECONDS_AHEAD = 40  # a file may be named after any of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """Event pages whose sources a web of ours serves, and the command that keeps them."""

    pages: Path
    web: ManyProcess
    urls: frozenset[str]  # of the sources, as the web's log spells them

    def command(self, collection: Path, *more: str) -> list[str | Path]:
        """The arguments of the crawl."""
        options = [*FAST, "-sSOURCEKEEP_DELAY=0", "--no-extract", "--requisites=none", "-q", "--json", *more]
        return ["crawl", self.pages, "-c", collection, *options]

    def crawl(self, collection: Path, folder: Path, setting: Setting | None = None, *more: str) -> Ended:
        """One run of it."""
        return run(self.command(collection, *more), folder, setting)


@contextmanager
def bed(folder: Path, *, events: int = 3, hosts: int = 3, latency: float = 0.0) -> Iterator[Bed]:
    """A bed in `folder`."""
    sources = ManySources(events=events, hosts=hosts, seed=3)
    plan = Plan(hosts=hosts, seed=3, smallest=1_000, largest=4_000, latency=latency)
    with ManyProcess(plan) as web:
        sources.write(folder / "pages", port=web.port)
        urls = frozenset(url.split("//")[1].replace(f":{web.port}", "") for url in sources.urls(web.port))
        yield Bed(pages=folder / "pages", web=web, urls=urls)


# --- the files of a collection, by what they are for ---


def groups(root: Path, documents: Sequence[str] = ()) -> dict[str, list[str]]:
    """The paths of a collection that is about to be made, in groups of what they are for, as strace's -P takes them.

    `documents` are the paths of the events' files below `root`.
    """
    now = datetime.now(UTC)
    instants = [now + timedelta(seconds=n) for n in range(-1, SECONDS_AHEAD)]
    warcs = [warc_name("sourcekeep", at, serial, socket.gethostname()) for at in instants for serial in (0, 1)]
    runs = [root / "runs" / f"{at:%Y%m%dT%H%M%SZ}-1" for at in instants]
    written = [root / name for name in documents]
    folders = {folder for path in written for folder in path.parents if folder.is_relative_to(root / "events")}
    found: dict[str, list[Path]] = {
        "warc": [root / "archive" / (name + end) for name in warcs for end in (OPEN, "")],
        "archive": [root / "archive"],
        "catalogue": [root / f"catalogue.db{end}" for end in ("", "-wal", "-journal")],
        "index": [root / "indexes" / "index.cdxj.new", root / "indexes" / "index.cdxj", root / "indexes"],
        "events": [*sorted(folders), *written, *(path.with_name(f".{path.name}.tmp") for path in written)],
        "crawl log": [run / "crawl.log" for run in runs],
        "ledger": [run / name for run in runs for name in ("ledger.csv", "ledger.csv.new")],
        "report": [*runs, *(run / ".report.json.tmp" for run in runs)],
        "lock": [root / "run.json", root / ".run.json.tmp", root / ".lock"],
    }
    return {name: [str(path) for path in paths] for name, paths in found.items()}


def restricted(paths: Sequence[str]) -> list[str]:
    """strace's options that restrict it to these paths."""
    return [word for path in paths for word in ("-P", path)]


# --- what must be true ---


def records_missing(collection: Path) -> list[str]:
    """Captures of the catalogue whose record is not whole on the disk, in a finished file or one left open."""
    if not (collection / "catalogue.db").exists():
        return []
    query = "SELECT record_id, warcs.name, offset, length FROM captures JOIN warcs ON warcs.id = warc_id"
    with closing(sqlite3.connect(collection / "catalogue.db")) as database:
        try:
            rows = database.execute(query).fetchall()
        except sqlite3.OperationalError:  # killed before it had tables
            return []
    return [
        str(record_id) for record_id, *where in rows if not _is_there(collection / "archive", str(record_id), *where)
    ]


def _is_there(folder: Path, record_id: str, name: str, offset: int, length: int) -> bool:
    for path in (folder / name, folder / (name + OPEN)):
        if path.exists():
            with path.open("rb") as file, suppress(TornMember):
                reader = MemberReader(file, offset)
                content = b"".join(reader)
                return reader.length == length and record_id.encode() in content
    return False


def done_without_record(collection: Path) -> int:
    """Links marked done that name no capture."""
    query = "SELECT count(*) FROM links WHERE stage = 'done' AND capture_id IS NULL AND kind = 'citation'"
    with closing(sqlite3.connect(collection / "catalogue.db")) as database:
        try:
            return int(database.execute(query).fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def faults_of(collection: Path) -> list[Fault]:
    """What verify says of a collection nobody works on, without mere notes."""
    found: list[Fault] = []
    kept = Collection(collection)
    with closing(Catalogue.open(kept.catalogue, create=False)) as catalogue:
        verify(kept, catalogue, now=datetime.now(UTC), report=found.append)
    return [fault for fault in found if fault.is_grave]


def ledger(collection: Path) -> Counter[str]:
    """Outcomes in the ledger of the last run."""
    last = max((collection / "runs").iterdir(), key=lambda run: int(run.name.rpartition("-")[2]))
    with (last / "ledger.csv").open(encoding="utf-8", newline="") as file:
        return Counter(row["outcome"] for row in csv.DictReader(file))


def report(ended: Ended) -> dict[str, object]:
    """The report a run printed."""
    found = json.loads(ended.out)
    assert isinstance(found, dict)
    return found


def is_whole(bed: Bed, collection: Path) -> None:
    """Every source is kept, every record proven, and nothing was asked for that is not in the ledger."""
    outcomes = ledger(collection)
    assert outcomes == {"kept": len(bed.urls)}, f"{dict(outcomes)}, not {len(bed.urls)} kept"
    assert not (found := faults_of(collection)), found
    assert not (missing := records_missing(collection)), missing
    assert not list((collection / "archive").glob("*.open")), "a file left open"
    assert not list((collection / "spool").iterdir()), "a body left in the spool"
