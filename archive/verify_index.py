"""The index against the records: every line there, none too many, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from archive import cdxj
from archive.verify_faults import Fault, FaultKind
from archive.verify_scratch import Scratch

_LONGEST = 1 << 20  # bytes of a line; ours are far shorter
_SHOWN = 300  # characters of a line


def check_index(folder: Path, scratch: Scratch, *, skip: Collection[str], report: Callable[[Fault], None]) -> int:
    """Hold indexes/index.cdxj against the lines in `scratch`; how many lines it has.

    Lines that name a WARC in `skip` are passed over: it could not be read whole.
    """
    for left in sorted(folder.glob("*.new")) if folder.is_dir() else ():
        report(Fault(kind=FaultKind.LEFTOVER, where=f"indexes/{left.name}", what="an index that was never finished"))
    expected = scratch.sorted_lines()
    index = folder / cdxj.INDEX
    where = f"indexes/{cdxj.INDEX}"
    if not index.is_file() or index.is_symlink():
        if expected.stat().st_size:
            report(Fault(kind=FaultKind.MISSING_INDEX, where=where, what="is not there"))
        return 0
    count, unsorted_at = _order(index)
    if unsorted_at:
        report(Fault(kind=FaultKind.UNSORTED_INDEX, where=f"{where}:{unsorted_at}", what="stands in the wrong place"))
        index = scratch.sort(index)
    for line, missing in _differences(index, expected):
        if _warc_of(line) in skip:
            continue
        kind = FaultKind.MISSING_LINE if missing else FaultKind.FORGED_LINE
        what = "lacks the line of a record: " if missing else "has a line that no record stands behind: "
        report(Fault(kind=kind, where=where, what=what + line[:_SHOWN].decode("utf-8", "backslashreplace")))
    return count


def _order(index: Path) -> tuple[int, int]:
    """How many lines there are, and the number of the first that is not behind the one before it (0: none)."""
    last, number, wrong = b"", 0, 0
    for number, line in enumerate(_lines(index), 1):
        if line <= last and not wrong:
            wrong = number
        last = line
    return number, wrong


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(_LONGEST):
            yield line.rstrip(b"\n")


def _differences(index: Path, expected: Path) -> Iterator[tuple[bytes, bool]]:
    """Lines of only one of two sorted files: (line, True) if the index lacks it."""
    found, wanted = _lines(index), _lines(expected)
    one, other = next(found, None), next(wanted, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(found, None), next(wanted, None)
        elif other is None or (one is not None and one < other):
            yield one or b"", False
            one = next(found, None)
        else:
            yield other, True
            other = next(wanted, None)


def _warc_of(line: bytes) -> str:
    """The WARC a line names."""
    try:
        fields = json.loads(line[line.index(b"{") :])
    except ValueError:
        return ""
    return str(fields.get("filename", "")) if isinstance(fields, dict) else ""
