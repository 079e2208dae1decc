"""Captures from records: what the writer returned, read back out of a WARC.

The repair needs those the catalogue never heard of; and all of them together are the catalogue made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from archive.http_message import Head, parse_head
from archive.model import Capture, Reason, RecordKind, Truncation, Via
from archive.reader import Record, unbracketed
from archive.records import FIELDS
from archive.urls import without_userinfo

_Enum = TypeVar("_Enum", bound=StrEnum)
_PIECE = 1 << 18


def captures(records: Iterable[Record]) -> Iterator[Capture]:
    """A capture for every capture event among records in the order they were written."""
    event: list[Record] = []
    for record in records:
        if event and event[0].record_id in map(unbracketed, record.values("WARC-Concurrent-To")):
            event.append(record)
            continue
        if event:
            yield capture_of(event)
        event = [record] if _begins_event(record) else []
    if event:
        yield capture_of(event)


def capture_of(event: Sequence[Record]) -> Capture:
    """The capture of one event: the record that stands for it first, its request and metadata after it, if whole.

    What a lost metadata record would have said of the payload is found by reading it.
    """
    main = event[0]
    kind = RecordKind(main.kind)
    fields = dict(_metadata(event))
    head = _head(main, kind, fields)
    sha256, length = _payload(main, kind, fields)
    protocols = [each for each in main.values("WARC-Protocol") if not each.startswith("tls/")]
    return Capture(
        record_id=main.record_id,
        kind=kind,
        url=main.url,
        at=main.at,
        status=head.status if head is not None else None,
        mime=main.header("Content-Type") if kind is RecordKind.RESOURCE else head.mime if head is not None else None,
        payload_sha1=main.header("WARC-Payload-Digest"),
        payload_sha256=sha256,
        payload_length=length,
        where=main.where,
        request_id=next((each.record_id for each in event if each.kind == "request"), None),
        refers_to=unbracketed(main.header("WARC-Refers-To") or "") or None if kind is RecordKind.REVISIT else None,
        referrer=fields.get("via"),
        hops=fields.get("hopsFromSeed", ""),
        page_url=fields.get("neededBy"),
        via=Via.FILE if kind is RecordKind.RESOURCE else _known(Via, fields.get("retrievedVia"), Via.HTTP) or Via.HTTP,
        duration_ms=_number(fields.get("fetchTimeMs")),
        ip=main.header("WARC-IP-Address"),
        protocol=protocols[0] if protocols else None,
        truncated=_truncated(main, kind, fields),
        error=_known(Reason, fields.get("error"), Reason.INTERNAL_ERROR),
        location=_location(head),
    )


def _begins_event(record: Record) -> bool:
    if record.kind == "metadata":  # an attempt without an answer; a document of our own is no capture
        return record.header("Content-Type") == FIELDS and not record.values("WARC-Refers-To")
    return record.kind in ("response", "revisit", "resource")


def _metadata(event: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    return next((each.fields() for each in event if each.kind == "metadata"), ())


def _head(main: Record, kind: RecordKind, fields: dict[str, str]) -> Head | None:
    if kind not in (RecordKind.RESPONSE, RecordKind.REVISIT):
        return None
    if "responseHead" in fields:
        return parse_head(unquote_to_bytes(fields["responseHead"]))
    return main.head()


def _location(head: Head | None) -> str | None:
    value = head.get("location") if head is not None else None
    return None if value is None else without_userinfo(value)


def _payload(main: Record, kind: RecordKind, fields: dict[str, str]) -> tuple[str | None, int]:
    """sha256 and length of the payload."""
    if kind is RecordKind.METADATA:
        return None, 0
    if kind is RecordKind.REVISIT or ("payloadSha256" in fields and "payloadLength" in fields):
        return fields.get("payloadSha256"), _number(fields.get("payloadLength"))
    digest, length = hashlib.sha256(), 0
    with main.payload() as payload:
        while piece := payload.read(_PIECE):
            digest.update(piece)
            length += len(piece)
    return digest.hexdigest(), length


def _truncated(main: Record, kind: RecordKind, fields: dict[str, str]) -> Truncation | None:
    if kind is RecordKind.REVISIT:  # there it says that the payload was left out
        return None
    return _known(Truncation, main.header("WARC-Truncated") or fields.get("truncated"), Truncation.UNSPECIFIED)


def _known(kind: type[_Enum], value: str | None, otherwise: _Enum) -> _Enum | None:
    if value is None:
        return None
    return kind(value) if value in kind._value2member_map_ else otherwise


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0
