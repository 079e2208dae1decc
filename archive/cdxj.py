"""The CDXJ index: one line a capture, sorted by SURT and time, so that replay finds a record without reading WARCs.

Lines equal what `cdxj-indexer --sort` prints for our files, byte for byte: the folder can be served by pywb as it is,
and an index made anew is no different. So HTTP heads are read here as warcio reads them, odd ones too, and not as we
would.

While a WARC is written its lines wait in a `Spool` beside the index; when it is finished they are merged in: a new file
is written, made durable, and put in place of the old one. Merging the same lines again changes nothing.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO

from warcio.statusandheaders import StatusAndHeadersParser

from archive.model import Capture, RecordKind, RecordRef, Via
from archive.records import FIELDS, NewRecord, clean_text, clean_uri
from archive.urls import surt
from archive.warc_files import storage_error, sync_folder

INDEX = "index.cdxj"

_MIME_ENDS = re.compile(r"[;\s]")
_PLAIN_HEAD = re.compile(
    rb"HTTP/1\.[01] (\d{3})(?: [ -~]*)?\r\n(?:[!-9;-~]+:[ -~]*\r\n)*\r\n"
)  # nothing to argue about
_PLAIN_TYPE = re.compile(rb"^content-type:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_IN_MEMORY = 4096  # lines of a spool
_RUN = 100_000  # lines sorted at once
_HTTP = StatusAndHeadersParser([], verify=False)


# --- lines ---


def line(capture: Capture) -> str | None:
    """The line of a capture as the catalogue knows it, without newline; None for an attempt that gave no answer.

    Equal to the index's, but for a type that the server did not write in lower case. A 304 of ours lies in the WARC
    without its head, so the index has no status of it; others keep the head, and the index its 304.
    """
    if capture.kind is RecordKind.METADATA:
        return None
    is_revisit = capture.kind is RecordKind.REVISIT
    is_headless = is_revisit and capture.status == HTTPStatus.NOT_MODIFIED and capture.via is not Via.IMPORT
    mime = "warc/revisit" if is_revisit else capture.mime
    status = None if capture.status is None or is_headless else str(capture.status)
    return _line(capture.url, capture.at.strftime("%Y%m%d%H%M%S"), (mime, status), capture.payload_sha1, capture.where)


def record_line(
    kind: str, *, url: str, date: str, content_type: str, digest: str | None, block_start: bytes, where: RecordRef
) -> str | None:
    """The line of a record, without newline; None for a kind that is not indexed.

    `date` is its WARC-Date; `block_start` holds the HTTP head of a response or revisit.
    """
    if not is_indexed(kind, content_type):
        return None
    match kind:
        case "response":
            described = _http(block_start)
        case "revisit":
            described = ("warc/revisit", _http(block_start)[1])
        case _:
            described = (_mime(content_type), None)
    return _line(url, re.sub(r"[^0-9]", "", date)[:14], described, digest, where)


def new_record_line(record: NewRecord, where: RecordRef) -> str | None:
    """The line of a record just written, without newline; None for a kind that is not indexed."""
    content_type = clean_text(record.header("Content-Type") or "")
    if not is_indexed(record.kind, content_type):
        return None
    return record_line(
        record.kind,
        url=clean_uri(record.header("WARC-Target-URI") or ""),
        date=record.header("WARC-Date") or "",
        content_type=content_type,
        digest=record.header("WARC-Payload-Digest"),
        block_start=record.block,
        where=where,
    )


def is_indexed(kind: str, content_type: str) -> bool:
    """Whether the index has a line for such a record: what can be replayed, and metadata that is a document."""
    return kind in ("response", "revisit") or (kind in ("resource", "metadata") and content_type != FIELDS)


def _line(url: str, stamp: str, described: tuple[str | None, str | None], digest: str | None, where: RecordRef) -> str:
    mime, status = described
    fields = {
        "url": url,
        "mime": mime,
        "status": status,
        "digest": digest,
        "length": str(where.length),
        "offset": str(where.offset),
        "filename": where.warc,
    }
    return f"{surt(url)} {stamp} {json.dumps({name: value for name, value in fields.items() if value is not None})}"


def _http(head: bytes) -> tuple[str | None, str | None]:
    """Type and status of an HTTP head, as warcio reads it."""
    if plain := _PLAIN_HEAD.fullmatch(head):
        kind = _PLAIN_TYPE.search(head)
        return (_mime(kind[1].decode("ascii").strip()) if kind else None), plain[1].decode("ascii")
    http = _HTTP.parse(BytesIO(head)) if head else None
    if not http:
        return None, None
    return _mime(http.get_header("content-type")), http.get_statuscode()


def _mime(content_type: str | None) -> str | None:
    return _MIME_ENDS.split(content_type, maxsplit=1)[0].strip() if content_type else content_type


# --- the index ---


class Spool:
    """The lines of a WARC that is being written. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = []
        self._file: IO[bytes] | None = None

    def add(self, lines: Iterable[str]) -> None:
        """Take lines; all of them, or none if it raises."""
        if len(self._lines) >= _IN_MEMORY:
            self._write_out()
        self._lines.extend(lines)

    def lines(self) -> Iterator[str]:
        """All lines, in the order they came."""
        if self._file is not None:
            self._file.seek(0)
            with os.fdopen(os.dup(self._file.fileno()), "rb", 1 << 18) as written:
                yield from (each.decode("ascii").rstrip("\n") for each in written)
        yield from self._lines

    def close(self) -> None:
        """Let go of the file, which stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def remove(self) -> None:
        """Forget them and remove the file."""
        self.close()
        self._path.unlink(missing_ok=True)
        self._lines.clear()

    def _write_out(self) -> None:
        if self._file is None:
            self._path.unlink(missing_ok=True)
            self._file = self._path.open("x+b", buffering=0)
        end = self._file.seek(0, os.SEEK_END)
        data = memoryview("".join(each + "\n" for each in self._lines).encode("ascii"))
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError:
            self._file.truncate(end)
            raise
        self._lines.clear()


def merge(index: Path, new_lines: Iterable[str]) -> None:
    """Put lines into a sorted index, each once. Raises StorageError; the old index is there until the new one is.

    Flat in memory. Several processes may merge into one index: they take turns.
    """
    try:
        with _turn(index.parent):
            _replace(index, new_lines, keep=True)
    except OSError as error:
        raise storage_error(error, index, "writing the index") from error


def write_sorted(path: Path, lines: Iterable[str]) -> None:
    """Write lines, sorted and each once, in place of what `path` held. Raises StorageError."""
    try:
        _replace(path, lines, keep=False)
    except OSError as error:
        raise storage_error(error, path, "writing the index") from error


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _replace(path: Path, lines: Iterable[str], *, keep: bool) -> None:
    fresh = path.with_name(path.name + ".new")
    with ExitStack() as stack:
        runs = [stack.enter_context(run) for run in _sorted_runs(lines, path.parent)]
        if keep and os.path.lexists(path):
            runs.append(stack.enter_context(_opened(path, os.O_RDONLY)))
        out = stack.enter_context(_opened(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        _write_unique(out, heapq.merge(*runs))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def _opened(path: Path, flags: int) -> IO[bytes]:
    return os.fdopen(os.open(path, flags | os.O_NOFOLLOW, 0o644), "wb" if flags & os.O_WRONLY else "rb", 1 << 18)


def _sorted_runs(lines: Iterable[str], folder: Path) -> Iterator[IO[bytes]]:
    remaining = iter(lines)
    while some := sorted(each.encode("ascii") + b"\n" for each in islice(remaining, _RUN)):
        run = tempfile.TemporaryFile(dir=folder, buffering=1 << 18)  # noqa: SIM115 (its user closes it)
        run.writelines(some)
        run.seek(0)
        yield run


def _write_unique(out: IO[bytes], lines: Iterable[bytes]) -> None:
    last = b""
    for each in lines:
        if each != last:
            out.write(each)
        last = each
