"""What a right crawl of the sample archive finds: every citation of every event, and what must come of it.

`expected.json` was written by hand, from the pages and the faults of the sample web, never by the code it judges.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archive.model import CitationKind, Outcome, Reason
from crawler.sample.site import with_port


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCitation:
    """A citation in page order. `final` is where its copy comes from, if that is not `url`."""

    kind: CitationKind
    href: str  # as written on the page
    url: str | None  # absolute, entities and line ends undone; None: it gives no URL
    reason: Reason
    final: str | None = None

    @property
    def asked(self) -> str | None:
        """`url` as a server is asked for it: without a fragment."""
        return None if self.url is None else self.url.partition("#")[0]

    @property
    def outcome(self) -> Outcome:
        """KEPT, FAILED or EXCLUDED."""
        return self.reason.outcome


def expected(port: int, *, language: str | None = None) -> dict[str, tuple[ExpectedCitation, ...]]:
    """Site path of each event ("en", "zh" or all) -> its citations, with the hosts at `port`."""
    return {
        path: tuple(_citation(row, port) for row in rows)
        for path, rows in _DATA["events"].items()
        if language in {None, "zh" if path.startswith("zh/") else "en"}
    }


def totals(events: Iterable[tuple[ExpectedCitation, ...]]) -> Counter[Outcome]:
    """How many citations have each outcome: `totals(expected(port).values())`."""
    return Counter(citation.outcome for citations in events for citation in citations)


def reasons(events: Iterable[tuple[ExpectedCitation, ...]]) -> Counter[Reason]:
    """How many citations have each reason."""
    return Counter(citation.reason for citations in events for citation in citations)


def _citation(row: dict[str, str], port: int) -> ExpectedCitation:
    reason = Reason(row["reason"])
    url = None if reason in _NO_URL else with_port(row.get("url", row["href"]), port)
    return ExpectedCitation(
        kind=CitationKind(row["kind"]),
        href=with_port(row["href"], port),
        url=url,
        reason=reason,
        final=with_port(row["final"], port) if "final" in row else None,
    )


_DATA = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
_NO_URL = {Reason.TEMPLATE, Reason.DASHES}

DEAD_PAGES: tuple[str, ...] = tuple(_DATA["dead_pages"])
"""Pages that Related or Changes name and that are not there."""

OTHER_PAGES: tuple[str, ...] = tuple(_DATA["other_pages"])
"""Pages that are neither events nor indexes."""


def never_cited(port: int) -> tuple[str, ...]:
    """Articles that only other pages link to: a crawl of the events' sources must not ask for them."""
    return tuple(with_port(url, port) for url in _DATA["never_cited"])
