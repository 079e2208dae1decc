"""The rows of the tables that are handed on, read from a catalogue; of everything or of a selection.

Everything here only reads. With `place_of`, a record lies where that says (in a package), and nowhere if it is not
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.capture_rows import CAPTURE_COLUMNS, capture_from
from archive.check_codec import check_from, incident_from, mark_from
from archive.check_records import Fact
from archive.checks import Check
from archive.ledger import LedgerRow
from archive.link_list import ListedLink, listed_link, listed_links
from archive.link_rows import chunks
from archive.model import Capture, RecordRef
from archive.schema import (
    captures,
    checks,
    citations,
    event_versions,
    events,
    host_incidents,
    hosts,
    link_states,
    marks,
    warcs,
)
from archive.tables import Value, Values
from archive.verdicts import VerdictState
from archive.wacz_selection import Chosen, ids_of

PlaceOf = Callable[[str], RecordRef | None]

_AT_ONCE = 500


def instant(at: datetime | None) -> str | None:
    """A time in UTC, to the second: "2026-03-01T12:00:00Z"."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# --- events ---


def event_rows(connection: sa.Connection, chosen: Chosen) -> Iterator[Values]:
    """The events, by path."""
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(_events):
        if chosen.events is None or row.path in chosen.events:
            yield {
                "path": row.path,
                "date": row.day,
                "language": row.language,
                "title": row.title,
                "summary": row.summary,
                "topic": row.topic,
                "version": row.version,
                "citations": row.citations,
                "page_record_id": row.page_record_id,
            }


def event_ids(connection: sa.Connection, chosen: Chosen) -> list[int]:
    """The chosen events, by their id in the catalogue."""
    rows = connection.execute(sa.select(events.c.id, events.c.path).order_by(events.c.id))
    return [row.id for row in rows if chosen.events is None or row.path in chosen.events]


# --- citations ---


def is_chosen(row: LedgerRow, chosen: Chosen) -> bool:
    """Whether a row of the ledger belongs to what was chosen: to one of the events, or by its redirects to a link."""
    if chosen.events is None or row.event_path in chosen.events:
        return True
    return not chosen.events and chosen.asked is not None and bool(chosen.asked & {row.final_url, *row.redirects})


def moved(row: LedgerRow, place_of: PlaceOf) -> LedgerRow:
    """The row with the place its record has now; without a record, if that is not there."""
    if row.capture is None:
        return row
    where = place_of(row.capture.record_id)
    return replace(row, capture=None if where is None else replace(row.capture, where=where))


def citation_rows(connection: sa.Connection, ledger: Iterable[LedgerRow]) -> Iterator[Values]:
    """The citations of the ledger's rows, in their order."""
    rows = iter(ledger)
    while some := list(islice(rows, _AT_ONCE)):
        about = {
            row.path: row
            for paths in chunks(sorted({each.event_path for each in some}))
            for row in connection.execute(_about, {"b_keys": paths})
        }
        states = {
            row.url: row
            for urls in chunks(sorted({_own(each) for each in some} - {""}))
            for row in connection.execute(_states, {"b_keys": urls})
        }
        for each in some:
            yield _citation(each, about[each.event_path], states.get(_own(each)))


def _own(row: LedgerRow) -> str:
    """The link of a citation, as the catalogue spells it."""
    return row.redirects[0] if row.redirects else row.final_url or ""


def _citation(row: LedgerRow, about: sa.Row[Any], state: sa.Row[Any] | None) -> Values:
    capture = row.capture
    return {
        "event": row.event_path,
        "date": about.day,
        "language": about.language,
        "title": about.title,
        "position": row.position,
        "kind": row.kind.value,
        "label": row.label,
        "href": row.href,
        "url": row.url,
        "outcome": row.outcome.value,
        "reason": row.reason.value,
        "state": state.state.value if state is not None else None,
        "since": instant(state.since) if state is not None else None,
        **_where(capture.where if capture else None),
        "record_id": capture.record_id if capture else None,
        "status": capture.status if capture else None,
        "final_url": row.final_url,
        "redirects": " ".join(row.redirects),
    }


def _where(where: RecordRef | None) -> dict[str, Value]:
    return {
        "warc": where.warc if where else None,
        "offset": where.offset if where else None,
        "length": where.length if where else None,
    }


# --- captures ---


def chosen_captures(connection: sa.Connection, chosen: Chosen) -> Iterator[Capture]:
    """The captures as they lie in the collection: by WARC and offset."""
    for places in chosen.places.values():
        for some in chunks(ids_of(places)):
            rows = connection.execute(_captures, {"b_ids": some})
            yield from map(capture_from, sorted(rows, key=lambda row: int(row.offset)))


def capture_rows(found: Iterable[Capture], place_of: PlaceOf | None = None) -> Iterator[Values]:
    """The rows of captures; with `place_of`, of those that have a place."""
    for capture in found:
        where = capture.where if place_of is None else place_of(capture.record_id)
        if where is not None:
            yield _capture(capture, where)


def _capture(capture: Capture, where: RecordRef) -> Values:
    return {
        "record_id": capture.record_id,
        "kind": capture.kind.value,
        "url": capture.url,
        "at": capture.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "status": capture.status,
        "mime": capture.mime,
        "payload_sha1": capture.payload_sha1,
        "payload_sha256": capture.payload_sha256,
        "payload_length": capture.payload_length,
        **_where(where),
        "refers_to": capture.refers_to,
        "referrer": capture.referrer,
        "hops": capture.hops,
        "page_url": capture.page_url,
        "via": capture.via.value,
        "duration_ms": capture.duration_ms,
        "ip": capture.ip,
        "truncated": capture.truncated.value if capture.truncated else None,
        "error": capture.error.value if capture.error else None,
        "location": capture.location,
    }


# --- links ---


def chosen_links(connection: sa.Connection, chosen: Chosen) -> Iterator[ListedLink]:
    """The links that were enrolled, checked or marked, by URL where they were chosen."""
    if chosen.asked is None:
        yield from listed_links(connection)
        return
    found = (listed_link(connection, url) for url in sorted(chosen.asked))
    yield from (each for each in found if each is not None)


def link_rows(found: Iterable[ListedLink]) -> Iterator[Values]:
    """The rows of links."""
    yield from map(_link, found)


def _link(link: ListedLink) -> Values:
    state, mark = link.state, link.state.mark
    verdict = _verdict(link.last)
    return {
        "url": state.url,
        "state": state.state.value,
        "class": verdict.verdict_class.value if verdict else None,
        "since": instant(state.since),
        "verdict": verdict.value if verdict else None,
        "points": state.points,
        "last_check": instant(state.last_check),
        "last_alive": instant(state.last_alive),
        "next_due": instant(state.next_due),
        "copies": link.copies,
        "mementos": link.mementos,
        "cited_by": " ".join(each.event for each in link.cited_by),
        "mark": mark.state.value if mark and mark.state else None,
        "mark_who": mark.who if mark else None,
        "mark_why": mark.why if mark else None,
        **_check(link.last, state.url),
    }


def _verdict(check: Check | None) -> VerdictState | None:
    return None if check is None else check.verdict.state


def _check(check: Check | None, url: str) -> dict[str, Value]:
    names = ("status", "final_url", "redirects", "rule", "words", "numbers", "record_id", "compared_with")
    if check is None:
        return dict.fromkeys(names)
    evidence = check.verdict.evidence
    numbers = (f"{name}={number:g}" for name, number in evidence.numbers if math.isfinite(number))
    values: tuple[Value, ...] = (
        check.status,
        check.final_url or (url if check.status is not None else None),
        " ".join(check.redirects),
        evidence.rule,
        " | ".join(evidence.words),
        " ".join(numbers),
        evidence.record_id,
        evidence.compared_with,
    )
    return dict(zip(names, values, strict=True))


# --- what checks found ---


def facts_of(connection: sa.Connection, chosen: Chosen) -> Iterator[Fact]:
    """Every check of the chosen links, every mark, and the incidents of their hosts."""
    if chosen.links is None:
        yield from map(incident_from, connection.execute(_incidents.order_by(hosts.c.key, host_incidents.c.began)))
        yield from map(check_from, connection.execution_options(yield_per=_AT_ONCE).execute(_checks))
        yield from map(mark_from, connection.execute(_marks))
        return
    some_links = list(chunks(sorted(chosen.links)))
    keys = {key for some in some_links for key in connection.execute(_hosts_of, {"b_keys": some}).scalars()}
    for some in chunks(sorted(keys)):
        of_hosts = _incidents.where(hosts.c.key.in_(bindparam("b_keys", expanding=True)))
        rows = connection.execute(of_hosts.order_by(hosts.c.key, host_incidents.c.began), {"b_keys": some})
        yield from map(incident_from, rows)
    for table, take in ((_checks, check_from), (_marks, mark_from)):
        column = table.selected_columns["url"]
        for some in some_links:
            yield from map(take, connection.execute(table.where(column.in_(some))))


_keys: sa.BindParameter[object] = bindparam("b_keys", expanding=True)
_current = sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version)
_number = (
    sa.select(sa.func.count())
    .where(citations.c.event_version_id == event_versions.c.id)
    .scalar_subquery()
    .label("citations")
)
_events: sa.Select[Any] = (
    sa.select(
        events.c.path,
        events.c.version,
        event_versions.c.day,
        event_versions.c.language,
        event_versions.c.title,
        event_versions.c.summary,
        event_versions.c.topic,
        event_versions.c.page_record_id,
        _number,
    )
    .join_from(events, event_versions, _current)
    .order_by(events.c.path)
)
_about: sa.Select[Any] = (
    sa.select(events.c.path, event_versions.c.day, event_versions.c.language, event_versions.c.title)
    .join_from(events, event_versions, _current)
    .where(events.c.path.in_(_keys))
)
_states: sa.Select[Any] = sa.select(link_states.c.url, link_states.c.state, link_states.c.since).where(
    link_states.c.url.in_(_keys)
)
_captures: sa.Select[Any] = (
    sa.select(*CAPTURE_COLUMNS).join_from(captures, warcs).where(captures.c.id.in_(bindparam("b_ids", expanding=True)))
)
_checks: sa.Select[Any] = sa.select(checks).order_by(checks.c.url, checks.c.at)
_marks: sa.Select[Any] = sa.select(marks).order_by(marks.c.at, marks.c.url)
_incidents: sa.Select[Any] = sa.select(host_incidents, hosts.c.key).join_from(host_incidents, hosts)
_hosts_of: sa.Select[Any] = (
    sa.select(hosts.c.key)
    .join_from(link_states, hosts, hosts.c.id == link_states.c.host_id)
    .where(link_states.c.url.in_(_keys))
    .distinct()
)
