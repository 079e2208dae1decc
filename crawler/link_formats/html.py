"""Rows as a page of its own: no script, nothing loaded from anywhere, only http(s) links, all else text (pure)."""

from __future__ import annotations

from collections import Counter
from html import escape

from crawler.link_formats.columns import COLUMNS, evidence, is_web, leads_to
from crawler.link_formats.row import Listing, Row
from crawler.terminal import printable

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}"
    "th{border-bottom:2px solid #888;overflow-wrap:normal}"
    ".good{color:#17692c}.dead,.broken{color:#b00020;font-weight:600}.open{color:#8a5a00}.not_made{color:#666}"
    "ul{margin:0;padding-left:1rem}"
)
_HEAD = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    '<meta name="referrer" content="no-referrer">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    f"<title>{{title}}</title>\n<style>{_STYLE.replace('{', '{{').replace('}', '}}')}</style>\n</head>\n<body>\n"
    "<h1>{title}</h1>\n<table>\n<thead><tr>{names}</tr></thead>\n<tbody>\n"
)
_TITLES = {Listing.LINKS: "Links", Listing.CHECKS: "Links checked"}


class Html:
    """One table; how many rows of each state stand under it."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._columns = COLUMNS[listing]
        self._counts: Counter[str] = Counter()

    def begin(self) -> str:
        """The page up to the first row."""
        names = [*self._columns, "url", "leads to", "evidence", *self._last]
        return _HEAD.format(title=_TITLES[self._listing], names="".join(f"<th>{escape(name)}</th>" for name in names))

    @property
    def _last(self) -> list[str]:
        return ["cited by"] if self._listing is Listing.LINKS else []

    def row(self, row: Row) -> str:
        """The row of the table."""
        self._counts[row.word] += 1
        state, *others = (text(column(row)) for column in self._columns.values())
        cells = [f'<td class="{row.outcome.value}">{state}</td>', *(f"<td>{each}</td>" for each in others)]
        cells += [f"<td>{_address(row.url)}</td>", f"<td>{_address(leads_to(row))}</td>"]
        cells += [f"<td>{text(evidence(row))}</td>", *(f"<td>{_cited(row)}</td>" for _ in self._last)]
        return f"<tr>{''.join(cells)}</tr>\n"

    def end(self) -> str:
        """The sums, and the rest of the page."""
        sums = ", ".join(f"{number:,} {word}" for word, number in self._counts.most_common())
        said = f"{self._counts.total():,} in all" + (f": {text(sums)}" if sums else "")
        return f"</tbody>\n</table>\n<p>{said}</p>\n</body>\n</html>\n"


def text(of: str) -> str:
    """`of` as text of a page, on one line."""
    return escape(printable(of))


def _address(url: str | None) -> str:
    if url is None:
        return ""
    if not is_web(url):
        return text(url)
    return f'<a href="{escape(url)}" rel="nofollow noopener noreferrer">{text(url)}</a>'


def _cited(row: Row) -> str:
    cited = row.link.cited_by if row.link else ()
    items = "".join(f"<li>{text(each.event)} ({text(each.label)})</li>" for each in cited)
    return f"<ul>{items}</ul>" if items else ""
