"""Revisits that name no record, but the URL and the time of their original (WARC/1.1 section 6.7.2).

Many tools write WARC-Refers-To-Target-URI and WARC-Refers-To-Date and leave WARC-Refers-To out. Such a revisit is
noted as standing for `target_name(url, date)`; when both are in the catalogue, whichever came first, it stands for the
record. So it costs nothing to look for an original that comes with a later file.
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

_PREFIX = "urn:sourcekeep:captured:"
_STAMP = len("2020-02-03T04:05:06")
_SECOND = timedelta(seconds=1)
_ANSWERS = (RecordKind.RESPONSE, RecordKind.REVISIT)


def target_name(url: str, at: datetime) -> str:
    """What stands for "the record of `url` at `at`" until that record is there. To the second: tools round."""
    return f"{_PREFIX}{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}:{url}"


def named_target(record: Record) -> str | None:
    """The name of what a revisit stands for by its WARC-Refers-To-Target-URI and -Date; None if it does not say."""
    url = clean_uri(unbracketed(record.header("WARC-Refers-To-Target-URI") or ""))
    try:
        at = datetime.fromisoformat(record.header("WARC-Refers-To-Date") or "")
        return target_name(url, at) if url and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def find_originals(connection: sa.Connection, added: Sequence[Capture]) -> set[int]:
    """Have imported revisits stand for their originals where one of the two is among `added`.

    The ids of the links of which there is another copy now, or one that can be shown at last. Captures of our own are
    left alone: our revisits name their record, and who settles their links tells of these.
    """
    found = {each.url for each in added if each.via is Via.IMPORT and _is_copy(each)}
    for some in chunks(sorted(set(_names(added)))):
        for revisit in connection.execute(_waiting, {"b_names": some}).all():
            meant = _parsed(revisit.refers_to)
            original = connection.execute(_original, {**meant, "b_sha1": revisit.payload_sha1}).scalar()
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
        elif capture.refers_to is not None and capture.refers_to.startswith(_PREFIX):
            yield capture.refers_to


def _parsed(name: str) -> dict[str, str | datetime | None]:
    """What a name means, as values of `_original`; what a stranger made up means nothing."""
    stamp, url = name[len(_PREFIX) :][:_STAMP], name[len(_PREFIX) + _STAMP + 1 :]
    try:
        begins = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
        return {"b_url": url, "b_from": begins, "b_to": begins + _SECOND}
    except (ValueError, OverflowError):
        return {"b_url": None, "b_from": None, "b_to": None}


_waiting = sa.select(captures.c.id, captures.c.url, captures.c.refers_to, captures.c.payload_sha1).where(
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
