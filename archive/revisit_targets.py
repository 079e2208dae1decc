"""Revisits that name no record, but the URL and the time of their original (WARC/1.1 section 6.7.2).

Many tools write WARC-Refers-To-Target-URI and WARC-Refers-To-Date and leave WARC-Refers-To out; older ones write the
digest of the payload alone, and mean an earlier record of the same URL. Such a revisit is noted as standing for
`target_name(url, date)` or `payload_name(url, digest)`; when both are in the catalogue, whichever came first, it stands
for the record. So it costs nothing to look for an original that comes with a later file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.link_rows import chunks
from archive.model import Capture, RecordKind, Via
from archive.reader import Record, unbracketed
from archive.records import clean_uri
from archive.schema import captures, links

_AT = "urn:sourcekeep:captured:"
_HOLDING = "urn:sourcekeep:payload:"
_STAMP = len("2020-02-03T04:05:06")
_DIGEST = len("sha1:") + 32
_EVER = datetime.min.replace(tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_ANSWERS = (RecordKind.RESPONSE, RecordKind.REVISIT)


def target_name(url: str, at: datetime) -> str:
    """What stands for "the record of `url` at `at`" until that record is there. To the second: tools round."""
    return f"{_AT}{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}:{url}"


def payload_name(url: str, payload_sha1: str) -> str:
    """What stands for "the record of `url` with that payload" until that record is there."""
    return f"{_HOLDING}{payload_sha1}:{url}"


def named_target(record: Record, payload_sha1: str | None) -> str | None:
    """The name of what a revisit stands for by WARC-Refers-To-Target-URI and -Date, else by its payload's digest; None
    if it says neither."""
    url = clean_uri(unbracketed(record.header("WARC-Refers-To-Target-URI") or ""))
    try:
        at = datetime.fromisoformat(record.header("WARC-Refers-To-Date") or "")
        if url and at.tzinfo is not None:
            return target_name(url, at)
    except (ValueError, OverflowError):
        pass
    return payload_name(url or record.url, payload_sha1) if payload_sha1 is not None else None


def find_originals(connection: sa.Connection, added: Sequence[Capture]) -> set[int]:
    """Have imported revisits stand for their originals where one of the two is among `added`.

    The ids of the links of which there is another copy now, or one that can be shown at last. Captures of our own are
    left alone: our revisits name their record, and who settles their links tells of these.
    """
    found = {each.url for each in added if each.via is Via.IMPORT and _is_copy(each)}
    for some in chunks(sorted(set(_names(added)))):
        for revisit in connection.execute(_waiting, {"b_names": some}).all():
            meant = _meant(revisit.refers_to, revisit.at, revisit.payload_sha1)
            original = connection.execute(_original, meant).scalar()
            if original is not None:
                connection.execute(_stands_for, {"b_id": revisit.id, "b_record": original})
                found.add(revisit.url)
    return _links(connection, sorted(found))


def _is_copy(capture: Capture) -> bool:
    return capture.kind in _ANSWERS and capture.status is not None and 200 <= capture.status < 300


def _links(connection: sa.Connection, urls: Sequence[str]) -> set[int]:
    return {
        link_id
        for some in chunks(urls)
        for link_id in connection.execute(sa.select(links.c.id).where(links.c.url.in_(some))).scalars()
    }


def _names(added: Sequence[Capture]) -> Iterator[str]:
    for capture in added:
        if capture.via is not Via.IMPORT:
            continue
        if capture.kind is not RecordKind.REVISIT:
            yield target_name(capture.url, capture.at)
            if capture.payload_sha1 is not None:
                yield payload_name(capture.url, capture.payload_sha1)
        elif capture.refers_to is not None and capture.refers_to.startswith((_AT, _HOLDING)):
            yield capture.refers_to


def _meant(name: str, seen_at: datetime, payload_sha1: str | None) -> dict[str, str | datetime | None]:
    """What a revisit's name means, as values of `_original`; what a stranger made up means nothing."""
    try:
        if name.startswith(_HOLDING):
            begins, ends = _EVER, seen_at + _SECOND
            url = name[len(_HOLDING) + _DIGEST + 1 :] if payload_sha1 is not None else None
        else:
            begins = datetime.fromisoformat(name[len(_AT) :][:_STAMP]).replace(tzinfo=UTC)
            url, ends = name[len(_AT) + _STAMP + 1 :], begins + _SECOND
    except (ValueError, OverflowError):
        begins, ends, url = _EVER, _EVER, None
    return {"b_url": url, "b_from": begins, "b_to": ends, "b_sha1": payload_sha1}


_waiting = sa.select(captures.c.id, captures.c.url, captures.c.at, captures.c.refers_to, captures.c.payload_sha1).where(
    captures.c.refers_to.in_(bindparam("b_names", expanding=True)), captures.c.kind == RecordKind.REVISIT
)
_sha1 = bindparam("b_sha1", type_=captures.c.payload_sha1.type)
_original = (
    sa.select(captures.c.record_id)
    .where(
        captures.c.url == bindparam("b_url"),
        captures.c.at >= bindparam("b_from", type_=captures.c.at.type),
        captures.c.at < bindparam("b_to", type_=captures.c.at.type),
        captures.c.kind.in_((RecordKind.RESPONSE, RecordKind.RESOURCE)),
        captures.c.truncated.is_(None),
        sa.or_(_sha1.is_(None), captures.c.payload_sha1.is_(None), captures.c.payload_sha1 == _sha1),
    )
    .order_by(captures.c.at, captures.c.record_id)
    .limit(1)
)
_stands_for = sa.update(captures).where(captures.c.id == bindparam("b_id")).values(refers_to=bindparam("b_record"))
