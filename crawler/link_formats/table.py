"""Rows as lines for a terminal: columns of fixed width, so that the first line is there before the last (pure)."""

from __future__ import annotations

from crawler.link_formats.columns import COLUMNS, leads_to
from crawler.link_formats.row import Listing, Outcome, Row
from crawler.terminal import printable, shortened, width

_WIDTHS = {
    "state": 15, "class": 8, "since": 10, "verdict": 15, "status": 6, "checked": 10, "copies": 6, "cited": 5, "id": 12,
}  # fmt: skip
_NUMBERS = {"status", "copies", "cited"}
STYLES = {
    Outcome.GOOD: "green",
    Outcome.DEAD: "bold red",
    Outcome.BROKEN: "red",
    Outcome.OPEN: "yellow",
    Outcome.NOT_MADE: "dim",
}


class Table:
    """A line of headings, then one for each row, its address last and whole."""

    def __init__(self, listing: Listing) -> None:
        self._columns = COLUMNS[listing]

    def begin(self) -> str:
        """The headings."""
        return self._line({name: name for name in self._columns}, "url")

    def row(self, row: Row) -> str:
        """The row's line."""
        target = leads_to(row)
        address = printable(row.url) + (f" → {printable(target)}" if target else "")
        return self._line({name: column(row) for name, column in self._columns.items()}, address)

    def end(self) -> str:
        """Nothing."""
        return ""

    def _line(self, cells: dict[str, str], address: str) -> str:
        return "  ".join([*(_padded(name, text) for name, text in cells.items()), address]) + "\n"


def _padded(name: str, text: str) -> str:
    shown = shortened(text, _WIDTHS[name])
    blanks = " " * (_WIDTHS[name] - width(shown))
    return blanks + shown if name in _NUMBERS else shown + blanks
