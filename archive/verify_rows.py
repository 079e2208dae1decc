"""A capture's row against its records: the capture they make, by the code a rebuild makes it with, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from archive.captures import Payload, capture_of, foreign_capture_of
from archive.errors import DamagedRecord
from archive.model import Capture, RecordKind, RecordRef, Via
from archive.reader import Record
from archive.records import clean_text
from archive.schema import EPOCH, storable
from archive.verify_records import Seen
from archive.verify_scratch import Row

_MICROSECOND = timedelta(microseconds=1)
# Columns of `captures`, by what tells of them.
_OF_RECORD = ("record_id", "kind", "url", "at", "length")
_OF_HEADER = ("ip", "protocol", "truncated")
_OF_HEAD = ("status", "mime", "location")
_OF_EVENT = ("request_id", "referrer", "hops", "page_url", "via", "duration_ms", "error")
_NAMES = {
    "record_id": "record id",
    "kind": "type",
    "url": "URL",
    "at": "time",
    "payload_sha1": "payload digest",
    "payload_sha256": "payload's sha256",
    "payload_length": "payload's length",
    "request_id": "request",
    "refers_to": "original",
    "referrer": "referrer",
    "page_url": "page",
    "via": "way it came",
    "duration_ms": "duration",
    "ip": "IP address",
    "truncated": "truncation",
}


def row_differences(row: Row, event: Sequence[Seen], path: Path, *, is_foreign: bool) -> Iterator[str]:
    """What the catalogue says otherwise than the records of a capture event, the one that stands for it first.

    A text is compared as a record can hold it. `is_foreign`: of a file that somebody else made.
    """
    main = event[0]
    found = _capture(event, path, row.warc, is_foreign=is_foreign)
    if found is None:  # no record of a capture
        yield f"its {_NAMES['kind']} is {main.kind}; the catalogue says {_shown(row.kind)}"
        return
    for column in _compared(row, event, found, is_foreign=is_foreign):
        said, is_so = getattr(row, column), _as_stored(found, main, column)
        if said != is_so and _plain(said) != _plain(is_so):
            yield f"its {_NAMES.get(column, column)} is {_shown(is_so)}; the catalogue says {_shown(said)}"


def is_of(seen: Seen, main: Seen) -> bool:
    """Whether a record belongs to the capture event that `main` stands for."""
    return main.record_id in seen.ids("WARC-Concurrent-To")


def _capture(event: Sequence[Seen], path: Path, name: str, *, is_foreign: bool) -> Capture | None:
    main = event[0]
    payload = Payload(sha1=None, sha256=None, length=main.payload_length)
    records = [_record(seen, path, name) for seen in event if seen is main or seen.kind in ("request", "metadata")]
    try:
        return (foreign_capture_of if is_foreign else capture_of)(records, payload=payload)
    except (DamagedRecord, ValueError):
        return None


class _Told(Record):
    """A record whose headers' names are in lower case: each is asked for a dozen headers."""

    @cached_property
    def _first(self) -> dict[str, str]:
        return dict(reversed(self.headers))

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return self._first.get(name.lower())


def _record(seen: Seen, path: Path, name: str) -> Record:
    """The record as the reader would give it, without its payload."""
    start = seen.http_head or seen.about
    where = RecordRef(warc=name, offset=seen.offset, length=seen.length)
    return _Told(path=path, where=where, headers=seen.headers, length=len(start), block_at=0, start=start)


def _compared(row: Row, event: Sequence[Seen], found: Capture, *, is_foreign: bool) -> Iterator[str]:
    """The columns that these records tell of."""
    main = event[0]
    is_whole = {*main.ids("WARC-Concurrent-To")} <= {each.record_id for each in event}
    yield from _OF_RECORD
    if is_foreign and row.via != Via.IMPORT:
        return  # a copy of ours that was lost and came back in a file of somebody else's
    yield from _OF_HEADER
    if main.http_head or is_whole:  # the head of a 304 is in its metadata record
        yield from _OF_HEAD
    if not is_foreign or main.kind != RecordKind.REVISIT or main.ids("WARC-Refers-To"):
        yield "refers_to"  # others name their original by URL and time, or not at all
    if is_foreign:
        yield "via"
        return
    if main.header("WARC-Payload-Digest") or found.kind is RecordKind.METADATA:
        yield "payload_sha1"
    if is_whole:
        yield from _OF_EVENT
        yield from _of_payload(event, found)


def _of_payload(event: Sequence[Seen], found: Capture) -> Iterator[str]:
    if found.kind is not RecordKind.REVISIT or any(b"payloadLength:" in each.about for each in event):
        yield "payload_length"
    if found.kind is RecordKind.METADATA or found.payload_sha256 is not None:
        yield "payload_sha256"


def _as_stored(found: Capture, main: Seen, column: str) -> object:
    match column:
        case "at":
            return _micros(found.at)
        case "length":
            return main.length
        case _:
            return getattr(found, column)


def _micros(at: datetime) -> int:
    return (at.astimezone(UTC) - EPOCH) // _MICROSECOND


def _plain(value: object) -> object:
    return clean_text(storable(value)) or None if isinstance(value, str) else value


def _shown(value: object) -> str:
    return str(value)[:200]
