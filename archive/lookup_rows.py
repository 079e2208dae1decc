"""The captures that may be a copy of a link, read from the catalogue: those of the link itself, of where its redirects
lead, and of its other addresses.

Everything here only reads, over the caller's connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.alias_traps import is_same_site, leads_astray
from archive.aliases import aliases_of
from archive.capture_rows import CAPTURE_COLUMNS, capture_from, captures_by_record
from archive.checks import Check
from archive.errors import DamagedRecord
from archive.link_rows import MAX_REDIRECTS, chunks
from archive.lookup import Candidate
from archive.model import Capture, Via
from archive.reader import open_record, unbracketed
from archive.recoveries import recovered_records
from archive.references import resolve
from archive.schema import WarcState, baselines, captures, links, surveys, warcs
from archive.state_rows import history
from archive.urls import canonical
from archive.verdicts import VerdictState

_MOST_ADDRESSES = 100  # of one link, by its redirects

SourceOf = Callable[[Capture], str | None]


def candidates(connection: sa.Connection, url: str, source_of: SourceOf = lambda _: None) -> list[Candidate]:
    """Every capture of a link's addresses, and what was brought back for it, in no order.

    `source_of` is asked where a memento was taken from that the catalogue knows no recovery of.
    """
    own = spelled(url)
    checks = history(connection, own)
    addresses = _addresses(connection, url, checks)
    sources = _recovered(connection, addresses)
    found = list(_captures(connection, addresses, sources))
    originals = captures_by_record(connection, {each.refers_to for each, _ in found if each.refers_to})
    missing = _missing_warcs(connection)
    checks += [check for each in addresses if each not in (url, own) for check in history(connection, each)]
    verdicts = _verdicts(checks, (capture for capture, _ in found))
    return [
        Candidate(
            capture=capture,
            original=(original := originals.get(capture.refers_to or "")),
            held=not missing & {each.where.warc for each in (capture, original) if each},
            verdict=verdicts.get(capture.record_id) or verdicts.get(capture.payload_sha256 or ""),
            astray=addresses.get(capture.url, False) and capture.record_id not in sources,
            doubtful=seen.usable == 0,
            picture=seen.picture is not None if seen.surveyed else None,
            source=(sources.get(capture.record_id) or source_of(capture)) if capture.via is Via.MEMENTO else None,
        )
        for capture, seen in found
    ]


def source_in(folder: Path) -> SourceOf:
    """Reads where a memento was taken from out of its record in the WARCs of `folder`; a damaged one says nothing."""

    def source_of(capture: Capture) -> str | None:
        with contextlib.suppress(DamagedRecord):
            return unbracketed(open_record(folder, capture.where).header("WARC-Source-URI") or "") or None
        return None

    return source_of


def spelled(url: str) -> str:
    """The canonical form of a URL, or the URL itself where it has none."""
    try:
        return canonical(url)
    except ValueError:
        return url


def _addresses(connection: sa.Connection, url: str, checks: Iterable[Check]) -> dict[str, bool]:
    """The addresses a link's copies may have, each with whether the link was led astray there."""
    own = spelled(url)
    wrong = _led_astray(own, checks)
    addresses = {url: False, own: False}
    going = [own]
    for _ in range(MAX_REDIRECTS):
        targets = set(_targets(connection, going)) - addresses.keys()
        addresses.update((target, target in wrong or leads_astray(own, target)) for target in sorted(targets))
        going = [target for target in targets if not addresses[target]]
        if not going or len(addresses) > _MOST_ADDRESSES:
            break
    for address in [each for each, astray in addresses.items() if not astray]:
        for alias in aliases_of(connection, address):
            addresses.setdefault(alias.url, alias.url in wrong)
    return addresses


def _led_astray(url: str, checks: Iterable[Check]) -> frozenset[str]:
    """Where a link was led that is another page: a home page, or a stranger's for sale; the last check there counts."""
    last = {check.final_url: check.verdict.state for check in checks if check.final_url is not None}
    return frozenset(
        target
        for target, state in last.items()
        if state is VerdictState.MOVED_TO_HOME or (state is VerdictState.PARKED and not is_same_site(url, target))
    )


def _targets(connection: sa.Connection, urls: Sequence[str]) -> Iterator[str]:
    """Where these addresses ever redirected to: as links followed them, and as any answer that is kept says."""
    for some in chunks(sorted(urls)):
        yield from connection.execute(_followed, {"b_keys": some}).scalars()
        for row in connection.execute(_redirects, {"b_keys": some}):
            target = resolve(_as_sent(row.location), row.url)
            if isinstance(target, str):
                yield target


def _as_sent(location: str) -> str:
    """A Location as it was meant: many servers send UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _recovered(connection: sa.Connection, urls: Iterable[str]) -> dict[str, str | None]:
    """Where what was brought back for these links was taken from, by record id: it may be kept under another URL."""
    tried = recovered_records(connection, list(urls)).values()
    return {each.record_id: each.memento_url for some in tried for each in some if each.record_id is not None}


def _captures(
    connection: sa.Connection, addresses: Iterable[str], record_ids: Iterable[str]
) -> Iterator[tuple[Capture, sa.Row[Any]]]:
    """The captures of these addresses and records, each once, with what was seen in them."""
    seen: set[str] = set()
    for query, keys in ((_of_urls, addresses), (_of_records, record_ids)):
        for some in chunks(sorted(keys)):
            for row in connection.execute(query, {"b_keys": some}):
                if row.record_id not in seen:
                    seen.add(row.record_id)
                    yield capture_from(row), row


def _missing_warcs(connection: sa.Connection) -> frozenset[str]:
    return frozenset(connection.execute(_missing).scalars())


def _verdicts(checks: Iterable[Check], found: Iterable[Capture]) -> dict[str, VerdictState]:
    """What checks said of answers, by record id and by the payload's digest; the last word counts."""
    digests = {capture.record_id: capture.payload_sha256 for capture in found}
    verdicts: dict[str, VerdictState] = {}
    for check in sorted(checks, key=lambda check: check.at):
        record_id = check.verdict.evidence.record_id
        if record_id is not None:
            verdicts[record_id] = check.verdict.state
            verdicts[digests.get(record_id) or record_id] = check.verdict.state
    return verdicts


_missing = sa.select(warcs.c.name).where(warcs.c.state == WarcState.MISSING)
_keys: sa.BindParameter[object] = bindparam("b_keys", expanding=True)
_target_links = links.alias("target_links")
_followed = (
    sa.select(_target_links.c.url)
    .join_from(links, _target_links, _target_links.c.id == links.c.redirect_id)
    .where(links.c.url.in_(_keys))
)
_redirects = (
    sa.select(captures.c.url, captures.c.location)
    .where(
        captures.c.url.in_(_keys),
        captures.c.status.between(301, 308),
        captures.c.location.is_not(None),
        captures.c.via != Via.MEMENTO,  # an archive's word says where the archive has it
    )
    .distinct()
)
_payload = sa.func.coalesce(captures.c.refers_to, captures.c.record_id)
_looked_at: sa.Select[Any] = (
    sa.select(*CAPTURE_COLUMNS, surveys.c.record_id.label("surveyed"), surveys.c.picture, baselines.c.usable)
    .join_from(captures, warcs)
    .outerjoin(surveys, surveys.c.record_id == _payload)
    .outerjoin(baselines, baselines.c.record_id == _payload)
)
_of_urls = _looked_at.where(captures.c.url.in_(_keys))
_of_records = _looked_at.where(captures.c.record_id.in_(_keys))
