"""Lists of links and of checks in the forms that people and programs read: one file per form (pure).

A form is a `Writer`: what it gives for the beginning, for each `Row`, and for the end, put together, is the document.
None of them holds more than a lot of rows, but for lychee's, which is one object by nature. Each makes texts of the web
harmless in its own way: escapes for a terminal, formulas for a spreadsheet, markup for a page, what XML forbids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from crawler.link_formats.csv_table import Csv
from crawler.link_formats.html import Html
from crawler.link_formats.json_rows import JsonArray, JsonLines
from crawler.link_formats.junit import JUnit
from crawler.link_formats.lychee import LycheeJson
from crawler.link_formats.markdown import Markdown
from crawler.link_formats.row import Listing, Outcome, Row, Writer
from crawler.link_formats.table import Table

__all__ = ["CHECK_FORMATS", "LINK_FORMATS", "Listing", "Outcome", "Row", "Writer", "written"]

_FOR_BOTH: Mapping[str, Callable[[Listing], Writer]] = {
    "table": Table,
    "json": JsonArray,
    "jsonl": JsonLines,
    "csv": Csv,
    "markdown": Markdown,
    "junit": JUnit,
}
LINK_FORMATS = {**_FOR_BOTH, "html": Html}
CHECK_FORMATS = {**_FOR_BOTH, "html": Html, "lychee-json": LycheeJson}


def written(writer: Writer, rows: Iterable[Row]) -> Iterator[str]:
    """The document, piece by piece."""
    yield writer.begin()
    for row in rows:
        yield writer.row(row)
    yield writer.end()
