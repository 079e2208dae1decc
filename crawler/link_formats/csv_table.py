"""Rows as CSV (RFC 4180): no cell is a formula to a spreadsheet, none holds a control (pure)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping

from archive.checks import Check, Mark
from archive.ledger import cell
from archive.link_list import ListedLink
from crawler.link_formats.row import Listing, Row, instant

_Cell = str | int | float | None
_Column = Callable[[Row], _Cell]


def _of_check(take: Callable[[Check], _Cell]) -> _Column:
    return lambda row: None if row.check is None else take(row.check)


def _of_link(take: Callable[[ListedLink], _Cell]) -> _Column:
    return lambda row: None if row.link is None else take(row.link)


def _of_mark(take: Callable[[Mark], _Cell]) -> _Column:
    return lambda row: None if row.link is None or row.link.state.mark is None else take(row.link.state.mark)


def _numbers(check: Check) -> str:
    return " ".join(f"{name}={number:g}" for name, number in check.verdict.evidence.numbers)


_CHECK: Mapping[str, _Column] = {
    "status": _of_check(lambda check: check.status),
    "final_url": lambda row: row.final_url,
    "redirects": _of_check(lambda check: " ".join(check.redirects)),
    "rule": _of_check(lambda check: check.verdict.evidence.rule),
    "words": _of_check(lambda check: " | ".join(check.verdict.evidence.words)),
    "numbers": _of_check(_numbers),
    "record_id": _of_check(lambda check: check.verdict.evidence.record_id),
    "compared_with": _of_check(lambda check: check.verdict.evidence.compared_with),
}
_LINK: Mapping[str, _Column] = {
    "since": _of_link(lambda link: instant(link.state.since)),
    "verdict": lambda row: row.verdict,
    "points": _of_link(lambda link: link.state.points),
    "last_check": _of_link(lambda link: instant(link.state.last_check)),
    "last_alive": _of_link(lambda link: instant(link.state.last_alive)),
    "next_due": _of_link(lambda link: instant(link.state.next_due)),
    "copies": _of_link(lambda link: link.copies),
    "mementos": _of_link(lambda link: link.mementos),
    "cited_by": _of_link(lambda link: " ".join(each.event for each in link.cited_by)),
    "mark": _of_mark(lambda mark: mark.state),
    "mark_who": _of_mark(lambda mark: mark.who),
    "mark_why": _of_mark(lambda mark: mark.why),
}
_STATE: Mapping[str, _Column] = {
    "url": lambda row: row.url,
    "state": lambda row: row.word,
    "class": lambda row: row.verdict_class,
}
COLUMNS: Mapping[Listing, Mapping[str, _Column]] = {
    Listing.LINKS: {**_STATE, **_LINK, **_CHECK},
    Listing.CHECKS: {
        "id": lambda row: row.id,
        **_STATE,
        "checked_at": _of_check(lambda check: instant(check.at)),
        **_CHECK,
        "why": lambda row: row.why,
    },
}


class Csv:
    """A line of column names, then a line for each row. Several values in a cell are apart by blanks."""

    def __init__(self, listing: Listing) -> None:
        self._columns = COLUMNS[listing]

    def begin(self) -> str:
        """The names."""
        return csv_line(self._columns)

    def row(self, row: Row) -> str:
        """The cells."""
        return csv_line(column(row) for column in self._columns.values())

    def end(self) -> str:
        """Nothing."""
        return ""


def csv_line(values: Iterable[_Cell]) -> str:
    """A line of CSV, its end included; texts are made harmless, numbers stay numbers."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow([cell(value) if isinstance(value, str) else value for value in values])
    return line.getvalue()
