"""Exchanges made by hand, and writers with a clock and ids of their own."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from archive.model import Capture, Context, Exchange, Reason, Resource
from archive.writer import WarcWriter

AT = datetime(2024, 2, 29, 12, 34, 56, 789012, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
NAME = "TEST-20240229123456-00000-here.warc.gz"  # of a writer's first file
REQUEST = b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"


def sha1(data: bytes) -> str:
    """A digest as WARC headers label it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def make_exchange(
    body: bytes = b"", *, head: bytes | None = None, payload: bytes | None = None, **fields: object
) -> Exchange:
    """An exchange of `head` and `body` as transferred; `payload` where it is not the body."""
    head = HEAD % len(body) if head is None else head
    payload = body if payload is None else payload
    known: dict[str, object] = {
        "url": "http://example.test/",
        "started_at": AT,
        "duration_ms": 12,
        "request": REQUEST,
        "response_head": head,
        "body": BytesIO(body),
        "body_length": len(body),
        "block_sha1": sha1(head + body),
        "payload_sha1": sha1(payload),
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "payload_length": len(payload),
        "status": 200,
        "mime": "text/html",
        "ip": "127.0.0.1",
        "protocol": "http/1.1",
    }
    return Exchange(**(known | fields))  # type: ignore[arg-type]


def failed_exchange(**fields: object) -> Exchange:
    """An attempt of which no answer came."""
    nothing = {"body": None, "block_sha1": None, "payload_sha1": None, "payload_sha256": None, "status": None}
    known: dict[str, object] = nothing | {"mime": None, "protocol": None} | fields
    return dataclasses.replace(make_exchange(head=b""), **known)  # type: ignore[arg-type]


def make_writer(folder: Path, **fields: object) -> WarcWriter:
    """A writer into `folder`/archive, with counted ids and a clock that stands still; close it."""
    folder.mkdir(exist_ok=True)
    known: dict[str, object] = {
        "indexes": folder / "indexes",
        "prefix": "TEST",
        "warcinfo": {"software": "sourcekeep", "robots": "obey", "empty": ""},
        "now": lambda: AT,
        "new_id": counted_ids(),
        "host": "here",
    }
    return WarcWriter(folder / "archive", **(known | fields))  # type: ignore[arg-type]


_WRITERS = itertools.count()


def counted_ids() -> Callable[[], str]:
    """Record ids that are never given twice in a process."""
    ids, number = itertools.count(1), next(_WRITERS) % 65536
    return lambda: f"urn:uuid:00000000-0000-4000-{number:04x}-{next(ids):012x}"


def write_everything(folder: Path) -> list[Capture]:
    """One of each kind of record, in a finished file."""
    writer = make_writer(folder)
    first = writer.write_exchange(make_exchange(b"<p>hello</p>" * 1000), Context(via="page.md", hops="C"))
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
    captures = [
        first,
        writer.write_exchange(make_exchange(b"<p>hello</p>" * 1000), Context(), refers_to=first),
        writer.write_exchange(
            make_exchange(head=b"HTTP/1.1 304 x\r\n\r\n", status=304, mime=None), Context(), refers_to=first
        ),
        writer.write_exchange(
            make_exchange(b"2\r\nhi\r\n0\r\n\r\n", head=chunked, payload=b"hi", mime="text/plain"), Context()
        ),
        writer.write_exchange(failed_exchange(error=Reason.TIMEOUT), Context()),
        writer.write_resource(Resource(uri="urn:x:page:a", mime="text/markdown", payload=b"# a", at=AT), Context()),
    ]
    writer.write_metadata("urn:x:event:a", "application/json", b'{"a": 1}', about=first.record_id)
    writer.write_conversion("urn:x:text:a", "text/plain", b"hello", refers_to=first.record_id)
    writer.close()
    return captures
