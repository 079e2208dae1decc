"""Captures from records: what the writer returned, read back out of a WARC.

The repair needs those the catalogue never heard of; and all of them together are the catalogue made anew.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from archive.foreign_names import IMPORTED_FROM, IMPORTED_SHA256, is_import_name
from archive.http_message import Head, parse_head
from archive.model import Capture, Reason, RecordKind, Truncation, Via
from archive.reader import Record, unbracketed
from archive.records import FIELDS
from archive.revisit_targets import named_target
from archive.urls import without_userinfo

_Enum = TypeVar("_Enum", bound=StrEnum)
_PIECE = 1 << 18
_SHA1 = re.compile("sha1:[A-Z2-7]{32}")


def captures(records: Iterable[Record]) -> Iterator[Capture]:
    """A capture for every capture event among records in the order they were written.

    Those of a file that says, in the warcinfo record it begins with, that it was imported, are somebody else's.
    """
    rest = iter(records)
    first = next(rest, None)
    if first is None:
        return
    is_foreign = origin_of(first) is not None or is_import_name(first.where.warc)
    for event in capture_events(chain([first], rest)):
        if not is_foreign:
            yield capture_of(event)
        elif event[0].kind != RecordKind.METADATA:
            yield foreign_capture_of(event)


def origin_of(record: Record) -> tuple[str, str] | None:
    """Of the warcinfo record that begins an imported file: the name it came by and its sha256; None for others."""
    about = dict(record.fields()) if record.kind == "warcinfo" else {}
    return (about[IMPORTED_FROM], about.get(IMPORTED_SHA256, "")) if IMPORTED_FROM in about else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What is known of a payload that was read already."""

    sha1: str | None
    sha256: str | None
    length: int


def foreign_capture_of(event: Sequence[Record], *, payload: Payload | None = None) -> Capture:
    """The capture of an event that somebody else recorded: nothing but the record itself is believed."""
    capture = capture_of(event[:1], payload=payload)
    request = next((each.record_id for each in event if each.kind == "request"), None)
    given = capture.payload_sha1 or ""
    spelled = given if _SHA1.fullmatch(given) is not None else None
    if capture.kind is RecordKind.REVISIT:  # its payload lies elsewhere
        stands_for = capture.refers_to or named_target(event[0], spelled)
        return replace(capture, via=Via.IMPORT, request_id=request, refers_to=stands_for, payload_sha1=spelled)
    return replace(
        capture, via=Via.IMPORT, request_id=request, payload_sha1=payload.sha1 if payload else _sha1(event[0])
    )


def _sha1(record: Record) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    with record.payload() as payload:
        while piece := payload.read(_PIECE):
            digest.update(piece)
    return "sha1:" + base64.b32encode(digest.digest()).decode("ascii")


def capture_events(
    records: Iterable[Record], *, others: Callable[[Record], object] = lambda _: None
) -> Iterator[list[Record]]:
    """The records of each capture event, the one that stands for it first; all other records go to `others`."""
    event: list[Record] = []
    for record in records:
        if event and event[0].record_id in map(unbracketed, record.values("WARC-Concurrent-To")):
            event.append(record)
            continue
        if event:
            yield event
        event = []
        if _begins_event(record):
            event = [record]
        else:
            others(record)
    if event:
        yield event


def capture_of(event: Sequence[Record], *, payload: Payload | None = None) -> Capture:
    """The capture of one event: the record that stands for it first, its request and metadata after it, if whole.

    What a lost metadata record would have said of the payload is found by reading it, or in `payload`.
    """
    main = event[0]
    kind = RecordKind(main.kind)
    fields = dict(metadata_fields(event))
    head = head_of(event)
    sha256, length = _payload(main, kind, fields, payload)
    via = Via.FILE if kind is RecordKind.RESOURCE else _known(Via, fields.get("retrievedVia"), Via.HTTP) or Via.HTTP
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
        via=via,
        duration_ms=_number(fields.get("fetchTimeMs")),
        ip=main.header("WARC-IP-Address"),
        protocol=protocols[0] if protocols else None,
        truncated=_truncated(main, kind, fields),
        error=_known(Reason, fields.get("error"), Reason.INTERNAL_ERROR),
        location=_location(head) if via is not Via.MEMENTO else None,  # the archive's own addresses
    )


def _begins_event(record: Record) -> bool:
    if record.kind == "metadata":  # an attempt without an answer; a document of our own is no capture
        is_about = record.header("Content-Type") != FIELDS or record.values("WARC-Refers-To")
        return not is_about and "payloadSha256" not in dict(record.fields())  # that is of an answer that is lost
    return record.kind in ("response", "revisit", "resource")


def metadata_fields(event: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    """What the metadata record of a capture event says."""
    return next((each.fields() for each in event if each.kind == "metadata"), ())


def head_of(event: Sequence[Record]) -> Head | None:
    """The head of the answer; None where there was none. That of a 304 is in the metadata record."""
    main = event[0]
    if main.kind not in (RecordKind.RESPONSE, RecordKind.REVISIT):
        return None
    fields = dict(metadata_fields(event))
    if "responseHead" in fields:
        return parse_head(unquote_to_bytes(fields["responseHead"]))
    return main.head()


def _location(head: Head | None) -> str | None:
    value = head.get("location") if head is not None else None
    return None if value is None else without_userinfo(value)


def _payload(main: Record, kind: RecordKind, fields: dict[str, str], known: Payload | None) -> tuple[str | None, int]:
    """sha256 and length of the payload."""
    if kind is RecordKind.METADATA:
        return None, 0
    if kind is RecordKind.REVISIT or ("payloadSha256" in fields and "payloadLength" in fields):
        return fields.get("payloadSha256"), _number(fields.get("payloadLength"))
    if known is not None:
        return known.sha256, known.length
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
