"""The ledger: what came of every citation of every event, with the record that proves it.

Each citation of an event's current version gives one row with one outcome and one reason; the outcomes add up to the
citations. A ledger that does not add up, or that calls kept what has no record, is refused: `reconcile` raises.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.chains import Chain, find_hops, follow
from archive.errors import SourcekeepError
from archive.judgement import judge
from archive.model import Capture, CitationKind, Outcome, Reason
from archive.schema import citations, event_versions, events

_STREAMED = 1000  # citations judged at once


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One citation of one event."""

    event_path: str
    position: int
    kind: CitationKind
    label: str
    href: str
    url: str | None
    outcome: Outcome
    reason: Reason
    capture: Capture | None  # the copy if kept, else the record of the attempt
    final_url: str | None  # where the redirects end
    redirects: tuple[str, ...]  # every URL on the way, the first and the last included; () without any redirect


# --- the rows ---

_every_citation = (
    sa.select(events.c.path, citations)
    .join_from(
        events,
        event_versions,
        sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
    )
    .join(citations, citations.c.event_version_id == event_versions.c.id)
    .order_by(events.c.path, citations.c.position)
)


def ledger_rows(catalogue: Catalogue, now: datetime) -> Iterator[LedgerRow]:
    """A row for every citation, by event path and position; memory stays flat. All of it is one state of the catalogue.

    A link whose next try lies behind `now` is put off: it counts as failed, for the reason of its last attempt.
    """
    with catalogue.reading() as connection:
        found = connection.execution_options(yield_per=_STREAMED).execute(_every_citation)
        for some in found.partitions():
            hops = find_hops(connection, {row.link_id for row in some if row.link_id is not None})
            for row in some:
                yield _ledger_row(row, None if row.link_id is None else follow(row.link_id, hops), now)


def _ledger_row(row: sa.Row[tuple[object, ...]], chain: Chain | None, now: datetime) -> LedgerRow:
    judgement = judge(row.reason, chain, now, kind=row.kind)
    urls = tuple(hop.url for hop in chain.hops) if chain else ()
    return LedgerRow(
        event_path=row.path,
        position=row.position,
        kind=row.kind,
        label=row.label,
        href=row.href,
        url=row.url,
        outcome=judgement.outcome,
        reason=judgement.reason,
        capture=judgement.capture,
        final_url=urls[-1] if urls else None,
        redirects=urls if len(urls) > 1 else (),
    )


# --- the totals ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The ledger's sums. `total` is kept + failed + excluded + waiting."""

    total: int
    kept: int
    failed: int
    excluded: int
    waiting: int
    reasons: Mapping[Reason, int]


def reconcile(rows: Iterable[LedgerRow], *, expected: int | None = None) -> Totals:
    """The sums over `rows`.

    Raises SourcekeepError if a row is called kept and has no record, or if there are not `expected` rows.
    """
    reasons: Counter[Reason] = Counter()
    unexplained = 0
    first: LedgerRow | None = None
    for row in rows:
        reasons[row.reason] += 1
        if row.outcome is Outcome.KEPT and row.capture is None:
            unexplained += 1
            first = first or row
    sums: Counter[Outcome] = Counter()
    for reason, number in reasons.items():
        sums[reason.outcome] += number
    total = reasons.total()
    if first is not None:
        raise SourcekeepError(
            f"the ledger does not reconcile: {unexplained} citations are called kept and have no record, the "
            f"first is no. {first.position} of {first.event_path}; run verify"
        )
    if expected is not None and expected != total:
        raise SourcekeepError(f"the ledger does not reconcile: {expected} citations, {total} rows; run verify")
    return Totals(
        total=total,
        kept=sums[Outcome.KEPT],
        failed=sums[Outcome.FAILED],
        excluded=sums[Outcome.EXCLUDED],
        waiting=sums[Outcome.WAITING],
        reasons=dict(reasons),
    )


def count_citations(catalogue: Catalogue) -> int:
    """How many citations the current versions of all events have: what the ledger has to account for."""
    with catalogue.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(_every_citation.subquery())).scalar_one())


# --- the CSV file ---

COLUMNS = (
    "event", "position", "kind", "label", "href", "url", "outcome", "reason",
    "warc", "offset", "length", "record_id", "status", "final_url", "redirects",
)  # fmt: skip
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


def write_csv(rows: Iterable[LedgerRow], file: TextIO, *, expected: int | None = None) -> Totals:
    """Write all of `rows` to `file` (opened with newline="") as RFC 4180 has it; their sums, as `reconcile` gives them.

    No cell is a formula to a spreadsheet, and none holds a control. What does not reconcile is written, then raises.
    """
    return reconcile(_written(rows, file), expected=expected)


def _written(rows: Iterable[LedgerRow], file: TextIO) -> Iterator[LedgerRow]:
    out = csv.writer(file)
    out.writerow(COLUMNS)
    for row in rows:
        out.writerow(_cells(row))
        yield row


def _cells(row: LedgerRow) -> tuple[str | int | None, ...]:
    capture = row.capture
    where = capture.where if capture else None
    return (
        cell(row.event_path),
        row.position,
        row.kind.value,
        cell(row.label),
        cell(row.href),
        cell(row.url),
        row.outcome.value,
        row.reason.value,
        where.warc if where else None,
        where.offset if where else None,
        where.length if where else None,
        capture.record_id if capture else None,
        capture.status if capture else None,
        cell(row.final_url),
        cell(" ".join(row.redirects)),
    )


def cell(text: str | None) -> str:
    """`text` for a cell of a table: controls spelled out, and an apostrophe before what a spreadsheet would compute."""
    seen = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text or "")
    return "'" + seen if _FORMULA.match(seen) else seen
