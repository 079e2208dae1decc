"""Captures, citations and events for the tests of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from archive.catalogue import Batch, Catalogue, PageKept, Settled
from archive.frontier import Frontier
from archive.model import (
    Capture,
    Citation,
    CitationKind,
    Event,
    HrefReason,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    PageKind,
    PageRead,
    Reason,
    RecordKind,
    RecordRef,
    Settlement,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def capture(number: int, url: str = "http://a.test/", warc: str = "x-1.warc.gz", **rest: object) -> Capture:
    """A capture; `number` makes it one of its own."""
    made = Capture(
        record_id=f"urn:uuid:{number:032}",
        kind=RecordKind.RESPONSE,
        url=url,
        at=NOW + timedelta(seconds=number),
        status=200,
        mime="text/html",
        payload_sha1="sha1:" + "A" * 32,
        payload_sha256=f"{number:064}",
        payload_length=12,
        where=RecordRef(warc=warc, offset=number * 100, length=100),
    )
    return replace(made, **rest)  # type: ignore[arg-type]


def citation(position: int, url: str | None, reason: HrefReason | None = None) -> Citation:
    """A citation of a source."""
    return Citation(kind=CitationKind.SOURCE, label="BBC", href=url or "", url=url, reason=reason, position=position)


def event(path: str, *cited: Citation, sha256: str = "a" * 64, title: str = "A title") -> Event:
    """An event page as read."""
    return Event(
        path=path,
        language="en",
        day=date(2016, 2, 3),
        title=title,
        summary="",
        topic=None,
        citations=cited,
        related=(),
        changes=(),
        formats=(),
        date_link=None,
        sha256=sha256,
    )


def page(read: Event, *, url: str | None = None, gives: tuple[NewLink, ...] = ()) -> PageRead:
    """The page the event stands on."""
    return PageRead(key=read.path, url=url, kind=PageKind.EVENT, sha256=read.sha256, event=read, links=gives)


def keep_event(catalogue: Catalogue, path: str, *urls: str) -> None:
    """Commit an event that cites `urls`."""
    cited = [citation(position, url) for position, url in enumerate(urls, start=1)]
    catalogue.commit(Batch(pages=[PageKept(page=page(event(path, *cited)))]))


def lease_all(catalogue: Catalogue, now: datetime = NOW) -> dict[str, Lease]:
    """Everything that can go, by URL."""
    leases = Frontier(catalogue).lease(run_id=1, now=now, limit=1000, per_host=1000)
    return {lease.url: lease for lease in leases}


def settle(
    catalogue: Catalogue,
    lease: Lease,
    reason: Reason,
    stage: LinkStage = LinkStage.DONE,
    *,
    record: Capture | None = None,
    to: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Commit what came of a lease: with its capture, and where it redirects to."""
    target = NewLink(url=to, kind=LinkKind.CITATION, redirects=lease.redirects + 1) if to else None
    settlement = Settlement(
        link_id=lease.link_id, stage=stage, reason=reason, at=NOW, redirect_to=target, not_before=not_before
    )
    settled = Settled(settlement=settlement, record_id=record.record_id if record else None)
    catalogue.commit(Batch(captures=[record] if record else [], settlements=[settled]))
