"""Rows as a JUnit report, for machines that build and show tests (pure).

A link is a test case: dead ones fail, what is no address is an error, and so is a check that could not be made. What
is not proven (no answer for now, kept out, another text) is skipped, with the reason: a build does not break over it.
Rows go in suites of a thousand, for a suite begins with its sums.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from crawler.link_formats.columns import evidence
from crawler.link_formats.row import Listing, Outcome, Row
from crawler.terminal import printable

_LOT = 1000
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 section 2.2
_ELEMENTS = {
    Outcome.DEAD: "failure",
    Outcome.BROKEN: "error",
    Outcome.NOT_MADE: "error",
    Outcome.OPEN: "skipped",
}


class JUnit:
    """`testsuites`, each suite with its sums, each link a `testcase` of its host."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._cases: list[str] = []
        self._counts: Counter[str] = Counter()
        self._first = 1

    def begin(self) -> str:
        """The document up to the first suite."""
        return '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sourcekeep">\n'

    def row(self, row: Row) -> str:
        """A suite whenever one is full."""
        element = self._element(row)
        self._counts[element or "passed"] += 1
        self._cases.append(_case(row, element))
        return self._suite() if len(self._cases) == _LOT else ""

    def _element(self, row: Row) -> str | None:
        if self._listing is Listing.LINKS and row.outcome is Outcome.NOT_MADE:
            return "skipped"  # its turn has not come yet
        return _ELEMENTS.get(row.outcome)

    def _suite(self) -> str:
        last = self._first + len(self._cases) - 1
        sums = {"tests": len(self._cases)} | {f"{name}s": self._counts[name] for name in ("failure", "error")}
        shown = " ".join(f'{name}="{number}"' for name, number in sums.items())
        name = f"{self._listing.value} {self._first}-{last}"
        cases, self._cases = "".join(self._cases), []
        skipped, self._first = self._counts["skipped"], last + 1
        self._counts.clear()
        return f'<testsuite name="{name}" {shown} skipped="{skipped}">\n{cases}</testsuite>\n'

    def end(self) -> str:
        """The last suite, and the end."""
        return (self._suite() if self._cases else "") + "</testsuites>\n"


def _case(row: Row, element: str | None) -> str:
    name = row.url if row.id is None else f"{row.id}: {row.url}"
    said = f"{row.word}: {evidence(row)}" if evidence(row) else row.word
    inside = f"<{element} message={_attribute(said)}{_type(element, row)}/>" if element else ""
    return f"<testcase name={_attribute(name)} classname={_attribute(_host(row.url))}>{inside}</testcase>\n"


def _type(element: str, row: Row) -> str:
    return "" if element == "skipped" else f" type={_attribute(row.word)}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "-"
    except ValueError:
        return "-"


def _attribute(text: str) -> str:
    return quoteattr(xml_text(printable(text)))


def xml_text(text: str) -> str:
    """`text` with U+FFFD for what XML 1.0 forbids."""
    return _NOT_XML.sub("\ufffd", text)
