"""The WARC files against the catalogue: both in the order of names and offsets, side by side, each read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa

from archive.catalogue import Catalogue, Warc
from archive.copied_warcs import copied_warcs
from archive.losses import Losses
from archive.schema import WarcState, captures, warcs
from archive.verify_faults import FaultKind, Span
from archive.verify_file import FileCheck, Report, Tally, accepted, warc_fault
from archive.verify_scratch import Row, Scratch
from archive.warc_files import OPEN, SUFFIX, TORN

_STREAMED = 1000


def check_warcs(
    folder: Path,
    catalogue: Catalogue,
    scratch: Scratch,
    *,
    losses: Losses,
    report: Report,
    progress: Callable[[int, int, str], None],
) -> Tally:
    """Read every WARC of `folder`, hold it against the catalogue; what index and documents need goes to `scratch`."""
    tally = Tally()
    known = {warc.name: warc for warc in catalogue.warcs()}
    files = {path.name.removesuffix(OPEN): path for path in _warc_files(folder)}
    total = sum(path.stat().st_size for path in files.values())
    scratch.add_captures(_rows(catalogue))
    copies = copied_warcs(folder, known=known)
    for name, original in sorted(copies.items()):
        what = f"holds the same records as {original}"
        report(warc_fault(FaultKind.COPIED_WARC, files[name].name, what))
    _leftovers(folder, copies, report)
    for name in sorted((known.keys() | files.keys() | losses.warcs.keys()) - copies.keys()):
        warc, path = known.get(name), files.get(name)
        if path is None:
            _absent(name, warc, scratch, losses, tally, report)
            continue
        _check_size(path, name, warc, losses, report)
        if path.name != name:
            tally.unread.add(name)
            tally.unindexed.add(name)
        sure = warc.committed_offset if warc is not None and path.name != name else None
        check = FileCheck(path, name, scratch, tally, report, losses=losses.of_bytes(name), sure=sure)
        for offset in check.through():
            progress(tally.bytes + offset, total, name)
        tally.warcs += 1
        tally.bytes += path.stat().st_size
    progress(total, total, "")
    return tally


def _warc_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.endswith((SUFFIX, SUFFIX + OPEN)) and path.is_file() and not path.is_symlink():
            yield path


def _leftovers(folder: Path, copies: Mapping[str, str], report: Report) -> None:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.removesuffix(OPEN) in copies:
            pass  # which was said
        elif path.name.endswith(OPEN):
            report(warc_fault(FaultKind.UNFINISHED_WARC, path.name, "was being written when its run ended"))
        elif path.name.endswith(TORN):
            report(warc_fault(FaultKind.TORN_TAIL, path.name, f"{path.stat().st_size} bytes"))
        elif not path.name.endswith(SUFFIX) or path.is_symlink() or not path.is_file():
            report(warc_fault(FaultKind.UNKNOWN_WARC, path.name, "is no WARC file of ours"))


def _check_size(path: Path, name: str, warc: Warc | None, losses: Losses, report: Report) -> None:
    size = path.stat().st_size
    if warc is None and path.name == name:
        report(warc_fault(FaultKind.UNKNOWN_WARC, name, "the catalogue does not know it"))
    elif warc is not None and size < warc.committed_offset:
        if not any(loss.covers(size, warc.committed_offset) for loss in losses.of_bytes(name)):
            lost = Span(warc=name, start=size, end=warc.committed_offset)
            what = f"has {size} bytes; {warc.committed_offset} of it were kept"
            report(warc_fault(FaultKind.SHORT_WARC, name, what, lost=lost))
    elif warc is not None and warc.state is WarcState.MISSING:
        report(warc_fault(FaultKind.RETURNED_WARC, name, "was missing and is there again, unnoticed yet"))


def _absent(name: str, warc: Warc | None, scratch: Scratch, losses: Losses, tally: Tally, report: Report) -> None:
    loss = losses.warcs.get(name)
    if loss is not None:
        what = f"is lost, with {loss.captures} captures; {accepted(loss)}"
        report(warc_fault(FaultKind.ACCEPTED_LOSS, name, what, noted=loss))
        return
    tally.unread.add(name)
    tally.unindexed.add(name)
    held = sum(1 for _ in scratch.captures_in(name))
    if held or (warc is not None and warc.state is not WarcState.OPEN):
        # A file begun, and gone before anything in it counted, is nobody's loss.
        tally.missing.add(name)
        report(warc_fault(FaultKind.MISSING_WARC, name, f"is not there; {held} captures lie in it"))


def _rows(catalogue: Catalogue) -> Iterator[Row]:
    """All captures, in any order: the catalogue keeps no index by place, so `scratch` sorts them."""
    with catalogue.reading() as connection:
        for row in connection.execution_options(yield_per=_STREAMED).execute(_placed):
            yield Row._make(row)


def _column(name: str) -> sa.ColumnElement[None]:
    """A column of a capture's row as it lies in the database."""
    if name == "warc":
        return warcs.c.name
    return sa.type_coerce(captures.c[name], sa.types.NULLTYPE).label(name)


_placed = sa.select(*map(_column, Row._fields)).join_from(captures, warcs).order_by(captures.c.id)
