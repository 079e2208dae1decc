"""The payload of a capture, opened in its WARC for those who read it."""

from __future__ import annotations

from pathlib import Path

from archive.extract import Payload
from archive.model import Capture
from archive.reader import open_record


def payload_of(folder: Path, capture: Capture) -> Payload:
    """The payload of a capture's record, open. Raises DamagedRecord, OSError. Called in a worker."""
    record = open_record(folder, capture.where)
    head = record.head()
    encoding = ", ".join(head.items("content-encoding")) if head is not None else None
    types = head.items("content-type") if head is not None else []
    return Payload(body=record.payload(), content_type=types[0] if types else capture.mime, content_encoding=encoding)
