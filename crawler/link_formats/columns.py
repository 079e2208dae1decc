"""The columns of lists that are made for people: of the table, the Markdown and the page (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from crawler.link_formats.row import Listing, Row, day, proof

_WEB = re.compile(r"https?://[!#-;=?-_a-z~]+", re.IGNORECASE)  # visible ASCII without " < > ` { | }


def _links(row: Row) -> tuple[str, str, str]:
    """Copies (and mementos), how many events cite it, the mark's words."""
    if row.link is None:
        return "", "", ""
    mark = row.link.state.mark
    held = f"{row.link.copies}+{row.link.mementos}" if row.link.mementos else str(row.link.copies)
    return held, str(len(row.link.cited_by)), f"{mark.who}: {mark.why}" if mark else ""


def _status(row: Row) -> str:
    return "" if row.check is None or row.check.status is None else str(row.check.status)


COLUMNS: Mapping[Listing, Mapping[str, Callable[[Row], str]]] = {
    Listing.LINKS: {
        "state": lambda row: row.word,
        "since": lambda row: day(row.link.state.since) if row.link else "",
        "verdict": lambda row: row.verdict.value if row.verdict else "",
        "status": _status,
        "checked": lambda row: day(row.link.state.last_check) if row.link else "",
        "copies": lambda row: _links(row)[0],
        "cited": lambda row: _links(row)[1],
    },
    Listing.CHECKS: {
        "state": lambda row: row.word,
        "class": lambda row: row.verdict_class.value if row.verdict_class else "",
        "status": _status,
        "id": lambda row: "" if row.id is None else str(row.id),
    },
}


def marked(row: Row) -> str:
    """Who said what of the link, if a mark is in force."""
    return _links(row)[2]


def leads_to(row: Row) -> str | None:
    """Where the link's answer came from, if that is another address."""
    return row.final_url if row.final_url not in (None, row.url) else None


def evidence(row: Row) -> str:
    """The evidence in a line, and the mark."""
    mark = marked(row)
    return proof(row) + (f"; marked by {mark}" if mark else "")


def is_web(url: str) -> bool:
    """Whether an address may be made a link: http(s), and nothing in it that markup could take for its own."""
    return _WEB.fullmatch(url) is not None
