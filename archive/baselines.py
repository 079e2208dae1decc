"""What links once gave, found and kept in the catalogue: see `archive.copies`.

Everything here takes the caller's connection and begins no transaction of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urljoin

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.copies import Baseline, Copy, Known
from archive.link_rows import MAX_REDIRECTS, Row, chunks, fetchable
from archive.model import CitationKind, RecordKind, Via
from archive.schema import Stage, WarcState, baselines, captures, checks, citations, event_versions, links, warcs
from archive.upsert import upsert
from archive.verdicts import VerdictClass

MOST_COPIES = 8  # of one link, the oldest: one of them is fit to be compared with, or hardly any is


def insert_baselines(connection: sa.Connection, made: Sequence[Baseline]) -> None:
    """Keep what was made of copies. One known already stays."""
    if made:
        rows: list[Row] = [
            {
                "record_id": each.record_id,
                "url": each.url,
                "usable": int(each.usable),
                "etag": each.etag,
                "last_modified": each.last_modified,
                "fingerprint": each.fingerprint or None,
            }
            for each in made
        ]
        connection.execute(upsert(connection.dialect.name, baselines).on_conflict_do_nothing(), rows)


def fingerprints_of(connection: sa.Connection, record_ids: Sequence[str]) -> dict[str, bytes]:
    """The fingerprints of those of these copies that have one."""
    return {
        row.record_id: row.fingerprint
        for some in chunks(record_ids)
        for row in connection.execute(_fingerprints, {"b_ids": some})
        if row.fingerprint
    }


def urls_alike(connection: sa.Connection, sha256: str) -> set[str]:
    """URLs whose captures have the same payload, some of them."""
    return set(connection.execute(_alike, {"b_sha256": sha256}).scalars())


def known_of(connection: sa.Connection, urls: Collection[str]) -> dict[str, Known]:
    """What is known of each of these links (by URL)."""
    ways = _ways(connection, urls)
    found = _copies(connection, {each for way in ways.values() for each in way})
    days, covers = _cited(connection, urls)
    return {
        url: Known(
            copies=_ranked([copy for each in way for copy in found.get(each, ())], days.get(url)),
            is_cover=url in covers,
        )
        for url, way in ways.items()
    }


def _ranked(copies: Iterable[Copy], day: date | None) -> tuple[Copy, ...]:
    """The earliest since the event first, then those from before it, the latest of them first."""
    once = {copy.record_id: copy for copy in sorted(copies, key=lambda copy: copy.at, reverse=True)}
    oldest = sorted(once.values(), key=lambda copy: (copy.at, copy.record_id))
    if day is None:
        return tuple(oldest[:MOST_COPIES])
    since = [copy for copy in oldest if copy.at.date() >= day]
    before = [copy for copy in reversed(oldest) if copy.at.date() < day]
    return tuple([*since, *before][:MOST_COPIES])


# --- where links lead ---


def _ways(connection: sa.Connection, urls: Collection[str]) -> dict[str, list[str]]:
    """For each URL all that its redirects lead through, itself first: by links, else by captures of redirects."""
    ways = {url: [url] for url in urls}
    going = dict(ways)
    for _ in range(MAX_REDIRECTS):
        ends = sorted({way[-1] for way in going.values()})
        targets = _targets(connection, ends)
        going = {url: way for url, way in going.items() if way[-1] in targets and targets[way[-1]] not in way}
        if not going:
            break
        for way in going.values():
            way.append(targets[way[-1]])
    return ways


def _targets(connection: sa.Connection, urls: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(urls):
        found.update((row.url, row.target) for row in connection.execute(_redirected, {"b_urls": some}))
        rest = [url for url in some if url not in found]
        for row in connection.execute(_redirects_held, {"b_urls": rest}) if rest else ():
            target = _absolute(row.url, row.location)
            if target is not None:
                found.setdefault(row.url, target)
    return found


def _absolute(url: str, location: str) -> str | None:
    try:
        return fetchable(urljoin(url, location.strip()))
    except ValueError:
        return None


# --- copies ---


def _copies(connection: sa.Connection, urls: Collection[str]) -> Mapping[str, list[Copy]]:
    """The copies of each URL: what it gave, and what checks found alive behind it."""
    found: dict[str, list[Copy]] = defaultdict(list)
    for some in chunks(sorted(urls)):
        queries: tuple[sa.Select[Any], ...] = (_held, _found_alive)
        for query in queries:
            for row in connection.execute(query, {"b_urls": some}):
                if len(copies := found[row.of_url]) < 2 * MOST_COPIES:
                    copies.append(_copy_from(row))
    return found


def _copy_from(row: sa.Row[Any]) -> Copy:
    return Copy(
        record_id=row.payload_id,
        capture_id=row.capture_id,
        payload_url=row.payload_url,
        url=row.url,
        at=row.at,
        sha256=row.payload_sha256,
        usable=None if row.usable is None else bool(row.usable),
        etag=row.etag,
        last_modified=row.last_modified,
    )


def _cited(connection: sa.Connection, urls: Collection[str]) -> tuple[dict[str, date], set[str]]:
    """When the first event that cites a URL was, and the URLs that are pictures of events."""
    days: dict[str, date] = {}
    covers: set[str] = set()
    for some in chunks(sorted(urls)):
        for row in connection.execute(_citing, {"b_urls": some}):
            if row.kind is CitationKind.COVER_IMAGE:
                covers.add(row.url)
            if row.day and (day := _day(row.day)) is not None:
                days[row.url] = min(day, days.get(row.url, day))
    return days, covers


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- statements ---


def is_copy() -> sa.ColumnElement[bool]:
    """A condition on `captures`: a recheck's answer is a copy only if it was found alive."""
    alive = sa.exists().where(
        checks.c.record_id == captures.c.record_id,
        checks.c.verdict_class == VerdictClass.ALIVE,
    )
    return sa.or_(captures.c.via != Via.CHECK, alive)


# What checks kept is a copy where they say so; what a public archive sent is never one of ours.
_NOT_OURS = (Via.CHECK, Via.MEMENTO)
_urls: sa.BindParameter[object] = bindparam("b_urls", expanding=True)
_target = links.alias("target")
_redirected = (
    sa.select(links.c.url, _target.c.url.label("target"))
    .join(_target, _target.c.id == links.c.redirect_id)
    .where(links.c.url.in_(_urls), links.c.stage == Stage.DONE)
)
_redirects_held = (
    sa.select(captures.c.url, captures.c.location)
    .where(captures.c.url.in_(_urls), captures.c.status.between(300, 399), captures.c.location.is_not(None))
    .where(captures.c.via.not_in(_NOT_OURS))
    .order_by(captures.c.url, captures.c.at)
)
_original = captures.alias("original")
_payload_id = sa.case((captures.c.kind == RecordKind.REVISIT, captures.c.refers_to), else_=captures.c.record_id)
_copy_columns = (
    captures.c.url,
    captures.c.at,
    captures.c.payload_sha256,
    captures.c.record_id.label("capture_id"),
    _original.c.record_id.label("payload_id"),
    _original.c.url.label("payload_url"),
    baselines.c.usable,
    baselines.c.etag,
    baselines.c.last_modified,
)
_with_payload = (
    captures.join(_original, _original.c.record_id == _payload_id)
    .join(warcs, warcs.c.id == _original.c.warc_id)
    .outerjoin(baselines, baselines.c.record_id == _original.c.record_id)
)
_is_whole = sa.and_(
    captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.REVISIT)),
    _original.c.kind == RecordKind.RESPONSE,
    captures.c.status.between(200, 299),
    captures.c.status != 206,
    captures.c.truncated.is_(None),
    captures.c.error.is_(None),
    _original.c.truncated.is_(None),
    _original.c.error.is_(None),
    warcs.c.state != WarcState.MISSING,
)
_held = (
    sa.select(captures.c.url.label("of_url"), *_copy_columns)
    .select_from(_with_payload)
    .where(captures.c.url.in_(_urls), captures.c.via.not_in(_NOT_OURS), _is_whole)
    .order_by(captures.c.url, captures.c.at)
)
_found_alive = (
    sa.select(checks.c.url.label("of_url"), *_copy_columns)
    .select_from(_with_payload.join(checks, checks.c.record_id == captures.c.record_id))
    .where(checks.c.url.in_(_urls), checks.c.verdict_class == VerdictClass.ALIVE, _is_whole)
    .order_by(checks.c.url, checks.c.at)
)
_citing = (
    sa.select(links.c.url, citations.c.kind, event_versions.c.day)
    .join_from(links, citations, citations.c.link_id == links.c.id)
    .join(event_versions, event_versions.c.id == citations.c.event_version_id)
    .where(links.c.url.in_(_urls))
    .distinct()
)
_fingerprints = sa.select(baselines.c.record_id, baselines.c.fingerprint).where(
    baselines.c.record_id.in_(bindparam("b_ids", expanding=True))
)
_alike = sa.select(captures.c.url).where(captures.c.payload_sha256 == bindparam("b_sha256")).distinct().limit(50)
