"""A package: a selection of a collection as a BagIt bag that others can check, look at and go on with.

    data/warcs/*.warc.gz       the captures, every record as it is, in WARCs of the package's own
    data/indexes/index.cdxj    where each lies
    data/metadata/             events, citations, links, captures, checks; datapackage.json says what they mean
    data/ledger.csv            what came of each citation
    data/premis/*.xml          PREMIS 3, a file for each WARC
    data/logs/, configuration/ what was fetched when, and how the crawls were set up
    README.txt                 for whoever receives it

Revisits come with the records they stand for. Besides the records that are copied, the package has some of its own: the
document of each event, with the places in the package, and the checks and marks of the links that were chosen. So a
collection can be made of its WARCs alone. The same collection, packed at the same `now`, gives the same bytes.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
from pathlib import Path
from typing import TextIO, cast
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from archive import wacz
from archive.errors import SourcekeepError
from archive.ledger import ledger_rows, write_csv
from archive.link_rows import chunks
from archive.package_bag import Bag, bagit, check_bag
from archive.package_copies import add_warcs
from archive.package_folder import PROFILE, new_folder, refuse, require_room
from archive.package_notes import LEDGER, METADATA, Contents, datapackage, event_schema, readme
from archive.package_settings import configuration, crawl_logs
from archive.package_warcs import Places
from archive.package_work import Origin, Progress, Work
from archive.schema import captures
from archive.table_rows import (
    capture_rows,
    chosen_captures,
    chosen_links,
    citation_rows,
    event_ids,
    event_rows,
    is_chosen,
    link_rows,
)
from archive.tables import CAPTURES, CITATIONS, EVENTS, LINKS, Table, Values
from archive.wacz import NothingKept
from archive.wacz_selection import Chosen, Selection, choose, ids_of

VERSION = "1"
MAX_WARC_SIZE = 1 << 30
_AROUND = 1200  # bytes of the records that belong to a capture, packed
_SPARE = 1 << 24  # bytes of what is no WARC, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a package is made."""

    sha512: bool = False
    wacz: bool = False
    replace: bool = False
    max_warc_size: int = MAX_WARC_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a package would hold."""

    captures: int
    events: int
    citations: int
    links: int
    warcs: int  # that records are copied from
    length: int  # bytes of the records, about
    lost: int  # captures in WARCs that are missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaged:
    """What a package holds."""

    identifier: str
    length: int  # bytes of the payload
    files: int  # of the payload
    warcs: int
    captures: int
    events: int
    citations: int
    links: int
    lost: int
    problems: tuple[str, ...]  # records that could not be read and were left out


def plan(origin: Origin, selection: Selection) -> Plan:
    """What a package of this selection would hold. Raises UsageError, NothingKept."""
    connection = origin.connection
    chosen = _choose(connection, selection)
    return Plan(
        captures=len(chosen),
        events=len(event_ids(connection, chosen)),
        citations=sum(is_chosen(row, chosen) for row in ledger_rows(origin.catalogue, origin.now)),
        links=sum(1 for _ in chosen_links(connection, chosen)),
        warcs=len(chosen.places),
        length=_length(connection, chosen),
        lost=chosen.lost,
    )


def export(
    origin: Origin, selection: Selection, target: Path, options: Options, progress: Progress = lambda _w, _d, _t: None
) -> Packaged:
    """Write a selection of a collection as a package to the folder `target`.

    Raises UsageError for an event or a link that is not known, for a place where no package can be put, and where
    bagit is not installed; NothingKept, CollectionBusy, StorageError, DiskFull.
    """
    bagit()
    refuse(target, origin.collection.root, replace=options.replace)
    chosen = _choose(origin.connection, selection)
    length = _length(origin.connection, chosen)
    require_room(target.parent, _SPARE + length * (2 if options.wacz else 1))
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder(target))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix=".scratch-")))
        places = stack.enter_context(closing(Places(scratch / "places.db")))
        bag = Bag(folder, algorithms=("sha256", "sha512") if options.sha512 else ("sha256",))
        work = Work(
            origin=origin, selection=selection, chosen=chosen, bag=bag, places=places, scratch=scratch,
            progress=progress, total=length,
        )  # fmt: skip
        return _fill(work, options)


def _choose(connection: sa.Connection, selection: Selection) -> Chosen:
    chosen = choose(connection, selection)
    if not chosen.places:
        raise NothingKept(f"nothing is kept of {selection.title}" + (": its WARCs are missing" if chosen.lost else ""))
    return chosen


def _length(connection: sa.Connection, chosen: Chosen) -> int:
    """Bytes of the captures' records and, about, of what belongs to each: its request, its metadata."""
    lengths = sa.select(sa.func.sum(captures.c.length))
    found = 0
    for places in chosen.places.values():
        for some in chunks(ids_of(places)):
            found += connection.execute(lengths.where(captures.c.id.in_(some))).scalar() or 0
    return found + _AROUND * len(chosen)


def _fill(work: Work, options: Options) -> Packaged:
    made = add_warcs(work, options.max_warc_size)
    if not any(each.captures for each in made):
        raise NothingKept(f"nothing of {work.selection.title} can be read: {work.problems[0]}")
    work.progress("writing the metadata", work.total, work.total)
    counts = _add_metadata(work)
    for path, pieces in chain(crawl_logs(work.origin, work.chosen), configuration(work.origin)):
        work.bag.add(path, pieces)
    if options.wacz:
        _add_wacz(work)
    contents = Contents(
        title=work.selection.title, made_at=work.origin.now, software=work.origin.software, warcs=len(made),
        captures=counts[CAPTURES.name], events=counts[EVENTS.name], citations=counts[CITATIONS.name],
        links=counts[LINKS.name], lost=work.chosen.lost, left_out=len(work.problems), has_wacz=options.wacz,
        is_of_links=work.selection.is_of_links,
    )  # fmt: skip
    work.bag.add(f"{METADATA}/event.schema.json", [event_schema()])
    work.bag.add(f"{METADATA}/datapackage.json", [datapackage(contents, work.bag.files)])
    work.bag.add("README.txt", [readme(contents).encode()])
    identifier = f"urn:uuid:{uuid5(NAMESPACE_URL, work.bag.manifest('sha256').decode())}"
    work.bag.finish(_info(work, contents, identifier))
    check_bag(work.bag.root, digests=False)
    payload = work.bag.payload()
    return Packaged(
        identifier=identifier, length=sum(each.length for each in payload), files=len(payload), warcs=len(made),
        captures=contents.captures, events=contents.events, citations=contents.citations, links=contents.links,
        lost=contents.lost, problems=tuple(work.problems),
    )  # fmt: skip


def _info(work: Work, contents: Contents, identifier: str) -> list[tuple[str, str]]:
    """bag-info.txt (section 2.2.2)."""
    size = sum(each.length for each in work.bag.payload())
    return [
        ("Bagging-Date", f"{work.origin.now.astimezone(UTC):%Y-%m-%d}"),
        ("Bag-Software-Agent", work.origin.software),
        (PROFILE, VERSION),
        ("External-Identifier", identifier),
        ("External-Description", f"{contents.title}: {contents.captures} captures of web pages, as WARC"),
        ("Bag-Size", f"{size / 1e6:.1f} MB"),
        ("Payload-Oxum", work.bag.oxum()),
    ]


# --- the metadata ---


def _add_metadata(work: Work) -> dict[str, int]:
    """The tables and the ledger; how many rows each table has."""
    found: dict[str, int] = {}
    of = work.origin.connection, work.chosen
    _add_table(work, EVENTS, event_rows(*of), found)
    _add_table(work, CITATIONS, citation_rows(work.origin.connection, work.ledger()), found)
    _add_table(work, LINKS, link_rows(chosen_links(*of)), found)
    _add_table(work, CAPTURES, capture_rows(chosen_captures(*of), work.places.of), found)
    is_less = found[CAPTURES.name] < len(work.chosen) or work.chosen.lost
    with _text(work.bag, LEDGER) as out:
        try:
            write_csv(work.ledger(), out)
        except SourcekeepError:
            if not is_less:  # what was left out was told
                raise
    return found


def _add_table(work: Work, table: Table, rows: Iterable[Values], found: dict[str, int]) -> None:
    lines = table.csv(rows)
    with _text(work.bag, f"{METADATA}/{table.name}.csv") as out:
        found[table.name] = sum(1 for line in lines if out.write(line)) - 1


@contextmanager
def _text(bag: Bag, path: str) -> Iterator[TextIO]:
    with bag.writing(path) as file:
        out = io.TextIOWrapper(cast("io.BufferedIOBase", file), encoding="utf-8", newline="")  # type: ignore[type-var]
        try:
            yield out
        finally:
            with suppress(ValueError):
                out.flush()
                out.detach()


def _add_wacz(work: Work) -> None:
    work.progress("writing the WACZ", work.total, work.total)
    path = "data/wacz/package.wacz"
    (work.bag.root / path).parent.mkdir()
    done = wacz.export(
        work.origin.connection,
        work.origin.collection,
        work.selection,
        work.bag.root / path,
        now=work.origin.now,
        software=work.origin.software,
    )
    work.problems += [each for each in done.problems if each not in work.problems]
    work.bag.take_in(path)
