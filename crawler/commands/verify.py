"""`sourcekeep verify`: whether a collection is what it says it is."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

import click

from crawler import __version__
from crawler.command_line import command_line
from crawler.commands import collection_option, say, verb
from crawler.terminal import aligned, count, json_line, printable, shortened, spell_bytes, spell_seconds

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from archive.collection import Collection
    from archive.mending import Settle
    from archive.model import Capture, Settlement
    from archive.repairs import Tools
    from archive.verify import Looked, Verified
    from archive.verify_faults import Fault, FaultKind
    from archive.writer import WarcWriter

PROBLEMS = 2
_SHOWN = 20  # faults of a kind that are listed, without -v


@verb(
    examples=(
        "sourcekeep verify -c ./collection",
        "sourcekeep verify --json > faults.jsonl",
        "sourcekeep verify --repair -c ./collection",
        "sourcekeep verify --accept-loss NAME.warc.gz --why 'disk 3 died' -c ./collection",
    ),
    exits=(0, 2, 3, 4, 5, 8),
)
@collection_option
@click.option("--repair", is_flag=True, help="Put right what the WARCs allow: catalogue, index, documents.")
@click.option("--dry-run", is_flag=True, help="With --repair: say what would be done, and do nothing.")
@click.option(
    "--accept-loss",
    "lost",
    multiple=True,
    metavar="NAME",
    help="Note for good that the WARC NAME is lost, and repair. Refused while it is there.",
)
@click.option("--why", default="", metavar="TEXT", help="With --accept-loss: what became of it, for the record.")
def verify(
    collection: Path,
    *,
    repair: bool,
    dry_run: bool,
    lost: tuple[str, ...],
    why: str,
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Check all of a collection: every record's digests, every row of the catalogue, index line and event document.

    Reads every WARC whole and changes nothing, unless --repair is given. With --json each fault is a JSON object on a
    line of its own: kind, where, what, advice, grave; the last line holds the counts under "verified". A repair comes
    first, under "repair": steps, problems, accepted, events, documents.

    What a repair finds lost, and what --accept-loss says is, stands in losses.json from then on; it is shown as an
    accepted loss, which is no problem, and the next crawl fetches again what can still be had. A WARC that comes back
    is taken in again by the next crawl or repair.
    """
    from archive.catalogue import Catalogue  # noqa: PLC0415 - not for help
    from archive.collection import Collection  # noqa: PLC0415
    from archive.verify import verify as check  # noqa: PLC0415

    place = Collection(collection.expanduser().absolute())
    if dry_run and (lost or not repair):
        raise click.UsageError("--dry-run goes with --repair, and not with --accept-loss")
    if why and not lost:
        raise click.UsageError("--why goes with --accept-loss")
    ticker = _Ticker(sys.stderr, silent=quiet)
    if lost and not why.strip():
        raise click.UsageError("--accept-loss takes --why TEXT, what became of the file: it is kept for good")
    if repair or lost:
        given_up = _GivenUp(names=lost, why=why.strip())
        _repair(place, ticker, given_up, dry_run=dry_run, as_json=as_json, quiet=quiet)
        if dry_run:
            return 0
    place.require()
    faults = _Faults(as_json=as_json, most=sys.maxsize if verbose else _SHOWN)
    with _alone(place), contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        done = check(place, catalogue, now=datetime.now(UTC), report=faults, progress=ticker)
    ticker.clear()
    if as_json:
        click.echo(json_line({"verified": _counts(done)}))
    elif not quiet:
        click.echo("\n".join(faults.ending(done)))
    return PROBLEMS if done.problems else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _GivenUp:
    """WARCs that are said to be lost."""

    names: tuple[str, ...]
    why: str


def _repair(
    place: Collection, ticker: _Ticker, given_up: _GivenUp, *, dry_run: bool, as_json: bool, quiet: bool
) -> None:
    """Plan a repair, carry it out, say what was done."""
    from archive.collection import CollectionLock  # noqa: PLC0415
    from archive.repairs import Plan, carry_out, plan  # noqa: PLC0415
    from archive.verify import Looked  # noqa: PLC0415

    def told(what: str, done: int, total: int) -> None:
        ticker(Looked(phase=what, done=done, total=total))

    now = datetime.now(UTC)
    planned: Plan
    if not place.root.is_dir():
        place.require()
    lock = CollectionLock(place)
    lock.take(since=now, command=command_line(sys.argv))
    try:
        accepted = _accept(place, given_up, now)
        planned = plan(place, now=now, progress=told)
        repaired = None if dry_run else carry_out(planned, place, tools(place), progress=told)
    finally:
        lock.release()
    ticker.clear()
    steps = [*accepted, *(planned.steps() if repaired is None else repaired.steps)]
    problems = list(repaired.problems) if repaired is not None else []
    if as_json:
        rebuilt = repaired.rebuilt if repaired is not None else None
        about = {
            "dry_run": dry_run,
            "steps": steps,
            "problems": problems,
            "accepted": list(given_up.names),
            "aside": rebuilt.aside if rebuilt is not None else None,
            "captures": rebuilt.captures if rebuilt is not None else None,
            "events": rebuilt.events if rebuilt is not None else None,
            "documents": repaired.documents if repaired is not None else 0,
        }
        click.echo(json_line({"repair": about}))
    elif not quiet:
        for problem in problems:
            say(problem)
        would = "would " if dry_run else "repaired: "
        click.echo("\n".join(printable(would + step) for step in steps) or "nothing to repair")


def _accept(place: Collection, given_up: _GivenUp, now: datetime) -> list[str]:
    """Note that WARCs are lost; what was noted, in words."""
    from archive.accepted_losses import accept_loss  # noqa: PLC0415
    from archive.catalogue import Catalogue  # noqa: PLC0415

    if not given_up.names:
        return []
    place.require()
    with contextlib.closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        losses = [accept_loss(catalogue, place, name, who=_who(), why=given_up.why, now=now) for name in given_up.names]
    return [f"note that {loss.warc} is lost, with {count(loss.captures, 'capture')}" for loss in losses]


def _who() -> str:
    """Who is at work here, for the record."""
    try:
        name = getpass.getuser()
    except (KeyError, ImportError, OSError):
        name = f"user {os.getuid()}"
    return f"{name}@{socket.gethostname()}"


def tools(place: Collection) -> Tools:
    """What a repair, or an import, of this collection needs."""
    from archive.frontier import Frontier  # noqa: PLC0415
    from archive.repairs import Tools  # noqa: PLC0415
    from crawler.politeness import Politeness  # noqa: PLC0415
    from crawler.settlement import settle_again, settle_found  # noqa: PLC0415

    now = datetime.now(UTC)

    def settle_left(catalogue: Catalogue) -> Settle:
        frontier, policy = Frontier(catalogue), Politeness()

        def settle(capture: Capture) -> Settlement | None:
            lease = frontier.leased(capture.url)
            return None if lease is None else settle_found(lease, capture, now=now, policy=policy)

        return settle

    return Tools(settle=settle_again, settle_found=settle_left, writer=new_writer(place), now=now, who=_who())


def new_writer(place: Collection, about: Mapping[str, str] | None = None) -> WarcWriter:
    """A writer into the collection; no file is begun before there is something to write."""
    from archive.writer import WarcWriter  # noqa: PLC0415

    return WarcWriter(
        place.warcs,
        indexes=place.indexes,
        prefix="sourcekeep",
        warcinfo={"software": f"sourcekeep/{__version__}", **(about or {})},
        now=lambda: datetime.now(UTC),
        new_id=lambda: f"urn:uuid:{uuid4()}",
        host=socket.gethostname(),
    )


@contextlib.contextmanager
def _alone(place: Collection) -> Iterator[None]:
    """Keep runs out while we look. A collection on a disk that cannot be written needs no lock."""
    from archive.collection import CollectionLock  # noqa: PLC0415
    from archive.errors import StorageError  # noqa: PLC0415

    lock = CollectionLock(place)
    try:
        lock.take(since=datetime.now(UTC), command=command_line(["sourcekeep", *sys.argv[1:]]))
    except (StorageError, OSError) as error:
        say(f"going on without a lock, so let no run begin meanwhile ({error})")
        yield
        return
    try:
        yield
    finally:
        lock.release()


class _Faults:
    """Prints faults as they are found; of each kind the first few."""

    def __init__(self, *, as_json: bool, most: int) -> None:
        self._as_json = as_json
        self._most = most
        self._seen: Counter[FaultKind] = Counter()
        self._advice: dict[FaultKind, str] = {}

    def __call__(self, fault: Fault) -> None:
        if self._as_json:
            click.echo(json_line(_fault_json(fault)))
            return
        self._seen[fault.kind] += 1
        self._advice[fault.kind] = fault.advice
        if self._seen[fault.kind] <= self._most:
            click.echo(printable(f"{fault.kind}  {fault.where}: {fault.what}"))

    def ending(self, done: Verified) -> Iterator[str]:
        """What was looked at, what was found, what to do."""
        if self._seen:
            yield ""
            yield "What to do:"
            rows = ((kind.value, f"{number:,}", self._advice[kind]) for kind, number in self._seen.most_common())
            yield from aligned(rows, indent="  ", numbers=(1,))
            yield ""
        looked = f"{count(done.warcs, 'WARC file')} ({spell_bytes(done.warc_bytes)}), {count(done.records, 'record')}, "
        looked += f"{count(done.captures, 'capture')}, {count(done.index_lines, 'index line')}, "
        yield looked + count(done.documents, "event document")
        notes = f", {count(done.notes, 'note')}" if done.notes else ""
        yield (count(done.problems, "problem") if done.problems else "no problems") + notes


def _fault_json(fault: Fault) -> dict[str, object]:
    return {
        "kind": fault.kind.value,
        "where": fault.where,
        "what": fault.what,
        "advice": fault.advice,
        "grave": fault.is_grave,
    }


def _counts(done: Verified) -> dict[str, int]:
    return {name: getattr(done, name) for name in done.__slots__}


class _Ticker:
    """How far the check is: a line that is written over on a terminal, one every ten seconds elsewhere."""

    def __init__(self, stream: TextIO, *, silent: bool) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._silent = silent
        self._began = time.monotonic()
        self._due = self._began + (0.2 if self._live else 10.0)

    def __call__(self, looked: Looked) -> None:
        now = time.monotonic()
        if self._silent or now < self._due:
            return
        self._due = now + (0.2 if self._live else 10.0)
        share = f" {100 * looked.done // looked.total} %" if looked.total else ""
        text = f"verify: {looked.phase}{share}, {spell_seconds(now - self._began)} {looked.what}"
        if self._live:
            self._stream.write(f"\r\x1b[K{shortened(text, 78)}")
        else:
            self._stream.write(printable(text).rstrip() + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._live and not self._silent:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
