"""The WARC writer: exchanges and pages in, records on the disk out.

Files are begun when there is something to write, hold a warcinfo record first and one gzip member a record, and get
their final name when they are finished; their CDXJ lines are in the index by then. All records of one call are written
or none: what a full disk cut short is taken back, and the file stays valid. Bodies pass in blocks, whatever their size.

Nothing is durable before `sync` (or `close`) returns. One writer belongs to one thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from archive import cdxj
from archive.errors import StorageError
from archive.gzip_members import is_packed
from archive.model import Capture, Context, Exchange, RecordKind, RecordRef, Resource, Via
from archive.records import (
    NewRecord,
    clean_uri,
    conversion_record,
    exchange_records,
    head_bytes,
    metadata_record,
    resource_records,
    warcinfo,
)
from archive.warc_files import SPOOL, OpenWarc, rename_to_final, storage_error, sync_folder, warc_name

_BLOCK = 1 << 18
_MOST_SERIALS = 100_000


class WarcWriter:
    """Writes into `folder`, indexes into `indexes`. `now` gives aware UTC times, `new_id` "urn:uuid:..." ids.

    Every method that writes raises DiskFull or StorageError, and then nothing of that call is in the file.
    """

    def __init__(
        self,
        folder: Path,
        *,
        indexes: Path,
        prefix: str,
        warcinfo: Mapping[str, str],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        host: str,
        max_size: int = 1 << 30,
    ) -> None:
        self.folder = folder
        self._indexes = indexes
        self._prefix = prefix
        self._warcinfo = warcinfo
        self._now = now
        self._new_id = new_id
        self._host = host
        self._max_size = max_size
        self._serial = 0
        self._file: OpenWarc | None = None
        self._spool: cdxj.Spool | None = None
        self._warcinfo_id = ""
        self._begins_at = 0  # where the first record after the warcinfo begins

    @property
    def position(self) -> tuple[str, int] | None:
        """Final name of the open file, and where its next record will begin; None if no file is open."""
        return None if self._file is None else (self._file.name, self._file.offset)

    # --- records ---

    def write_exchange(self, exchange: Exchange, context: Context, *, refers_to: Capture | None = None) -> Capture:
        """Keep an exchange: response or revisit, request, metadata; an attempt without answer: metadata and request.

        `refers_to` is the capture whose payload a 304, or an equal payload, stands for; it is asked, not believed.
        Raises ValueError for an answer without digests.
        """
        records = exchange_records(exchange, context, new_id=self._new_id, refers_to=refers_to)
        where = self._write(records)[0]
        return _capture_of_exchange(exchange, context, records, where, refers_to)

    def write_resource(self, resource: Resource, context: Context) -> Capture:
        """Keep a page read from disk."""
        records = resource_records(resource, context, new_id=self._new_id)
        where = self._write(records)[0]
        return _capture_of_resource(resource, context, records, where)

    def write_metadata(
        self, uri: str, mime: str, payload: bytes, *, about: str | None = None, at: datetime | None = None
    ) -> tuple[str, RecordRef]:
        """Keep a text about the record `about`, or about none: its record id and place."""
        text = Resource(uri=uri, mime=mime, payload=payload, at=at or self._now())
        record = metadata_record(text, record_id=self._new_id(), about=about)
        return record.record_id, self._write([record])[0]

    def write_conversion(
        self, uri: str, mime: str, payload: bytes, *, refers_to: str, at: datetime | None = None
    ) -> tuple[str, RecordRef]:
        """Keep another form of the payload of record `refers_to`, under a urn:. Raises ValueError for another URI."""
        text = Resource(uri=uri, mime=mime, payload=payload, at=at or self._now())
        record = conversion_record(text, record_id=self._new_id(), refers_to=refers_to)
        return record.record_id, self._write([record])[0]

    def write_kept(self, record: NewRecord) -> RecordRef:
        """Keep a record that somebody else made, with its own header."""
        return self._write([record])[0]

    # --- files ---

    def sync(self) -> None:
        """Make all that was written durable."""
        if self._file is None:
            return
        try:
            self._file.sync()
        except OSError as error:
            raise storage_error(error, self._file.path, "making durable") from error

    def rotate_if_full(self) -> list[str]:
        """Finish the open file if it has reached its size: the names finished, none or one."""
        return self.close() if self._file is not None and self._file.offset >= self._max_size else []

    def close(self) -> list[str]:
        """Finish the open file: durable, indexed, under its final name, which is returned. The writer may go on.

        A file with nothing but its warcinfo is removed. One that a failed write left in doubt stays `.open`.
        """
        file, spool = self._file, self._spool
        if file is None or spool is None:
            return []
        try:
            return self._finish(file, spool)
        except OSError as error:
            raise storage_error(error, file.path, "finishing") from error
        finally:
            self._leave()

    def _finish(self, file: OpenWarc, spool: cdxj.Spool) -> list[str]:
        if file.broken:
            return []
        if file.offset <= self._begins_at:
            file.discard()
            return []
        file.sync()
        # The index first: a crash between the two leaves an `.open`, whose repair merges the same lines again.
        cdxj.merge(self._indexes / cdxj.INDEX, spool.lines())
        rename_to_final(self.folder, file.name)
        spool.remove()
        return [file.name]

    # --- the inside ---

    def _write(self, records: Sequence[NewRecord]) -> list[RecordRef]:
        file, spool = self._opened()
        began = file.offset
        try:
            places = [self._append(file, record) for record in records]
            file.flush()
            lines = [cdxj.new_record_line(record, where) for record, where in zip(records, places, strict=True)]
            spool.add(each for each in lines if each is not None)
        except BaseException as error:
            self._take_back(file, began)
            if isinstance(error, OSError):
                raise storage_error(error, file.path, "writing") from error
            raise
        return places

    def _append(self, file: OpenWarc, record: NewRecord) -> RecordRef:
        packed = is_packed(record.header("Content-Type") or "", record.block, record.length)
        offset, length = file.write_member(self._pieces(record), packed=packed)
        return RecordRef(warc=file.name, offset=offset, length=length)

    def _pieces(self, record: NewRecord) -> Iterator[bytes]:
        yield head_bytes(record, warcinfo_id=self._warcinfo_id if record.kind != "warcinfo" else None) + record.block
        left = record.body_length
        while left:
            piece = record.body.read(min(left, _BLOCK)) if record.body is not None else b""
            if not piece:
                raise StorageError(
                    f"the body of {record.header('WARC-Target-URI')} is {left} bytes short of its length"
                )
            left -= len(piece)
            yield piece
        yield b"\r\n\r\n"

    def _take_back(self, file: OpenWarc, offset: int) -> None:
        try:
            file.cut(offset)
        except OSError:  # it stays `.open` and broken: the repair at the next start cuts it
            self._leave()

    def _leave(self) -> None:
        if self._file is not None and self._spool is not None:
            self._file.close()
            self._spool.close()
        self._file = self._spool = None

    def _opened(self) -> tuple[OpenWarc, cdxj.Spool]:
        if self._file is None or self._spool is None or self._file.broken:
            self._leave()
            try:
                self._file = self._new_file()
            except OSError as error:
                raise storage_error(error, self.folder, "beginning a file in") from error
            self._spool = cdxj.Spool(self._indexes / (self._file.name + SPOOL))
            self._begin(self._file)
        return self._file, self._spool

    def _new_file(self) -> OpenWarc:
        self.folder.mkdir(exist_ok=True)
        self._indexes.mkdir(exist_ok=True)
        for _ in range(_MOST_SERIALS):
            name = warc_name(self._prefix, self._now(), self._serial, self._host)
            self._serial = (self._serial + 1) % _MOST_SERIALS
            try:
                file = OpenWarc(self.folder, name)
            except FileExistsError:  # another process, or the clock was set back
                continue
            sync_folder(self.folder)  # else a power cut could take the name from a file whose content is durable
            return file
        raise FileExistsError(f"every name for {self._prefix} is taken")

    def _begin(self, file: OpenWarc) -> None:
        record_id = self._new_id()
        record = warcinfo(self._warcinfo, record_id=record_id, at=self._now(), filename=file.name)
        try:
            self._append(file, record)
            file.flush()
        except OSError as error:
            file.discard()
            self._file = self._spool = None
            raise storage_error(error, file.path, "beginning") from error
        self._warcinfo_id, self._begins_at = record_id, file.offset


def _capture_of_exchange(
    exchange: Exchange,
    context: Context,
    records: Sequence[NewRecord],
    where: RecordRef,
    original: Capture | None,
) -> Capture:
    main = records[0]
    kind = RecordKind(main.kind)
    revisited = original if kind is RecordKind.REVISIT else None
    payload: Exchange | Capture | None = revisited if revisited is not None and exchange.status == 304 else exchange
    if kind is RecordKind.METADATA:
        payload = None
    return Capture(
        record_id=main.record_id,
        kind=kind,
        url=clean_uri(exchange.url),
        at=exchange.started_at,
        status=exchange.status,
        mime=exchange.mime,
        payload_sha1=payload.payload_sha1 if payload is not None else None,
        payload_sha256=payload.payload_sha256 if payload is not None else None,
        payload_length=payload.payload_length if payload is not None else 0,
        where=where,
        request_id=next((record.record_id for record in records if record.kind == "request"), None),
        refers_to=(revisited.refers_to or revisited.record_id) if revisited is not None else None,
        referrer=context.via,
        hops=context.hops,
        page_url=clean_uri(context.page_url) if context.page_url else None,
        via=exchange.via,
        duration_ms=exchange.duration_ms,
        ip=exchange.ip,
        protocol=exchange.protocol,
        truncated=exchange.truncated,
        error=exchange.error,
        location=exchange.location,
    )


def _capture_of_resource(
    resource: Resource, context: Context, records: Sequence[NewRecord], where: RecordRef
) -> Capture:
    main = records[0]
    return Capture(
        record_id=main.record_id,
        kind=RecordKind.RESOURCE,
        url=clean_uri(resource.uri),
        at=resource.at,
        status=None,
        mime=resource.mime,
        payload_sha1=main.header("WARC-Payload-Digest"),
        payload_sha256=hashlib.sha256(resource.payload).hexdigest(),
        payload_length=len(resource.payload),
        where=where,
        referrer=context.via,
        hops=context.hops,
        page_url=clean_uri(context.page_url) if context.page_url else None,
        via=Via.FILE,
    )
