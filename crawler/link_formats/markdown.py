"""Rows as a table in Markdown (GFM section 4.10): what stands in a cell is text, and only http(s) is a link (pure)."""

from __future__ import annotations

import re

from crawler.link_formats.columns import COLUMNS, evidence, is_web, leads_to
from crawler.link_formats.row import Listing, Row
from crawler.terminal import printable

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&!#$@:]")  # "@" and ":" keep GFM from making links of its own


class Markdown:
    """A table with the columns of the terminal's, and the evidence."""

    def __init__(self, listing: Listing) -> None:
        self._columns = COLUMNS[listing]

    def begin(self) -> str:
        """Headings and the rule under them."""
        names = [*self._columns, "url", "leads to", "evidence"]
        return _line(names) + _line(["---"] * len(names))

    def row(self, row: Row) -> str:
        """The row's line."""
        cells = [escaped(column(row)) for column in self._columns.values()]
        return _line([*cells, _address(row.url), _address(leads_to(row)), escaped(evidence(row))])

    def end(self) -> str:
        """Nothing."""
        return ""


def escaped(text: str) -> str:
    """`text` on one line, with no markup in it."""
    return _MARKUP.sub(lambda found: "\\" + found[0], printable(text))


def _address(url: str | None) -> str:
    if url is None:
        return ""
    return f"<{url}>" if is_web(url) and "|" not in url else escaped(url)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
