"""What comes in for one request: framed, counted, digested and kept, as it arrives.

Memory stays flat whatever the body's size: beyond 256 KiB it lies in an unnamed file. Nothing here waits; the
writes are synchronous, so what arrives faster than the disk takes it waits in the kernel's buffers.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from archive.coding_end import CodedPayload, CodingEnd
from archive.errors import DiskFull, StorageError
from archive.http_message import Dechunker
from archive.model import Reason, Truncation
from crawler.connection import UncleanClose
from crawler.disk_guard import room_at
from crawler.wire import Body, Ending, Framing, Head, ResponseFramer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Base32 (RFC 4648 section 6), two letters at a time: a fifth of the time of base64.b32encode, twice a page.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = tuple(one + two for one in _LETTERS for two in _LETTERS)
_SHIFTS = range(150, -1, -10)  # of the 160 bits of a SHA-1
_PIECE = 256 * 1024  # bytes read at once from a spooled body
_MEASURED = 4 << 20  # bytes of a body between two looks at the disk
_RANGE = re.compile(rb"bytes 0-(\d{1,18})/(\d{1,18})").fullmatch  # RFC 9110 section 14.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How bodies are kept. All in bytes; None: no limit."""

    folder: Path | None = None  # for spooled bodies; the system's temporary folder if None
    in_memory: int = 256 << 10  # longer bodies go to disk; sixty-four may come at once, each held twice
    for_response: int | None = 16 << 20  # longer payloads are not given to Scrapy
    leave_free: int = 0  # of the folder's disk: a body that would take it ends in DiskFull


class Watcher(Protocol):
    """Looks at an answer as it comes. What it raises ends the exchange."""

    def head(self, framer: ResponseFramer) -> None:
        """The head has come; the framer knows it."""

    def body(self, payload: bytes) -> None:
        """This piece of payload has come."""


class Intake:
    """Receives one answer. `done` is set when there is no more to wait for, however it went.

    With `judge`, an answer whose framing is whole is doubted too: a payload that ends before its Content-Encoding does,
    a part of a resource that nobody asked to have in parts, a body that TLS ended without a word.
    """

    def __init__(
        self, method: str, keeping: Keeping, watcher: Watcher, *, body_limit: int | None = None, judge: bool = False
    ) -> None:
        self.framer = ResponseFramer(method, body_limit=body_limit)  # a longer body is cut, exactly there
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.body_length = 0
        self.payload_length = 0
        self.failure: BaseException | None = None  # a watcher's, or the disk's
        self.timed_out = False
        self.reset: str | None = None  # what the system said when the connection broke
        self.flaw = ""  # what is missing from an answer whose framing is whole
        self.note = ""  # what is odd about it
        self._judge = judge
        self._coded: CodedPayload | None = None
        self._keeping = keeping
        self._watcher = watcher
        self._measured = 0  # how long the body was at the last look at the disk
        self._small: list[bytes] | None = []  # the payload, while it is small
        self._file: BinaryIO | None = None
        self._block = hashlib.sha1(usedforsecurity=False)
        self._payload_sha1 = hashlib.sha1(usedforsecurity=False)
        self._payload_sha256 = hashlib.sha256()

    # --- from the connection ---

    def feed(self, data: bytes) -> None:
        """Bytes from the connection."""
        events = self.framer.receive(data)
        if self.done.done():
            return  # what comes after the end only tells that the connection is not to be used again
        try:
            for event in events:
                if isinstance(event, Head):
                    self._block.update(event.raw)
                    if self._judge:
                        self._expect(event)
                    self._watcher.head(self.framer)
                else:
                    self._keep(event)
        except OSError as error:
            self._stop(_storage_error(error))
        except Exception as error:  # noqa: BLE001  a watcher's: it goes to whoever waits
            self._stop(error)
        if self.framer.ending is not None:
            self._finish()

    def feed_eof(self) -> None:
        """The far end will say no more."""
        if self.done.done():
            return
        known = self.framer.head
        self.framer.receive_eof()
        if known is None and self.framer.head is not None:  # a head cut off
            self._block.update(self.framer.head.raw)
        self._finish()

    def lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        if self.done.done():
            return
        if isinstance(error, UncleanClose) and not self._is_doubtful:
            error = None
        self.reset = str(error) if error is not None else None
        if error is not None and self.framer.ending is None:
            self.framer.ending = Ending.CUT  # until-close bodies end with a FIN, not with a reset
        self.feed_eof()

    def expire(self) -> None:
        """The time is up."""
        if not self.done.done():
            self.timed_out = True
            self.feed_eof()

    @property
    def wants_more(self) -> bool:
        """Whether the connection is worth keeping open."""
        return not self.done.done() or self.framer.reusable

    # --- for whoever waited ---

    @property
    def head(self) -> Head | None:
        """The answer's head; not `whole` if it was cut off."""
        return self.framer.head

    @property
    def unanswered(self) -> bool:
        """Whether the connection ended before any byte came: the sign of a connection closed while at rest."""
        return not self.framer.started and not self.timed_out

    @property
    def truncated(self) -> Truncation | None:
        """Why the answer is not whole."""
        if self.timed_out:
            return Truncation.TIME
        if self.failure is not None and self.framer.ending is None:
            return Truncation.UNSPECIFIED
        match self.framer.ending:
            case Ending.LIMIT:
                return Truncation.LENGTH
            case Ending.CUT:
                return Truncation.DISCONNECT
            case Ending.BROKEN:
                return Truncation.UNSPECIFIED
            case _:
                return Truncation.UNSPECIFIED if self.flaw else None

    @property
    def trouble(self) -> tuple[Reason, str] | None:
        """What went wrong in transport."""
        if self.timed_out:
            return Reason.TIMEOUT, "the time was up"
        match self.framer.ending:
            case Ending.LIMIT:
                return Reason.TOO_LARGE, self.framer.fault
            case Ending.BROKEN:
                came = f": {self.framer.beginning!r}" if self.framer.head is None else ""
                return Reason.PROTOCOL_ERROR, f"{self.framer.fault}{came}"
            case Ending.CUT:
                return self._cut()
            case _:
                return (Reason.TRUNCATED, self.flaw) if self.flaw else None

    def _cut(self) -> tuple[Reason, str]:
        how = self.reset or "closed"
        if self.head is not None:
            where = "body" if self.head.whole else "head"
            return Reason.TRUNCATED, f"connection ended within the {where} ({how})"
        return Reason.CONN_RESET, f"connection ended before an answer ({how}), after {self.framer.beginning!r}"

    @property
    def block_sha1(self) -> str:
        """Of head and raw body, as WARC-Block-Digest has it."""
        return _labelled(self._block.digest())

    @property
    def payload_sha1(self) -> str:
        """Of the payload, as WARC-Payload-Digest has it."""
        return _labelled(self._payload_sha1.digest())

    @property
    def payload_sha256(self) -> str:
        """Of the payload, in hex."""
        return self._payload_sha256.hexdigest()

    @property
    def is_spooled(self) -> bool:
        """Whether the payload is too long to be given to Scrapy."""
        limit = self._keeping.for_response
        return limit is not None and self.payload_length > limit

    def payload(self) -> bytes:
        """The payload; b"" if it is spooled."""
        if self._small is not None:
            return b"".join(self._small) if len(self._small) != 1 else self._small[0]
        if self.is_spooled:
            return b""
        pieces = self._raw_pieces()
        if self.framer.framing is Framing.CHUNKED:
            dechunker = Dechunker()
            pieces = map(dechunker.feed, pieces)
        return b"".join(pieces)

    def take_body(self) -> BinaryIO:
        """The raw body as an open file at position 0; closing it is the taker's business from here on."""
        file = self._file or _new_file(self._keeping)
        self._file = None
        file.seek(0)
        return file

    def close(self) -> None:
        """Drop the body, if nobody took it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # --- within ---

    def _keep(self, piece: Body) -> None:
        raw, payload = piece
        if self._file is None:
            self._file = _new_file(self._keeping)
        self._file.write(raw)
        self.body_length += len(raw)
        if self.body_length - self._measured >= _MEASURED:
            self._measured = self.body_length
            _look_for_room(self._keeping)
        self.payload_length += len(payload)
        self._block.update(raw)
        self._payload_sha1.update(payload)
        self._payload_sha256.update(payload)
        if self._small is not None:
            self._small.append(payload)
            if self.payload_length > self._keeping.in_memory:
                self._small = None
        if self._coded is not None:
            self._coded.feed(payload)
        self._watcher.body(payload)

    def _expect(self, head: Head) -> None:
        """What the head says of the payload that a look at its end can hold against it."""
        if head.status == 206:
            self.flaw = _part_of(head)
        else:
            self._coded = CodedPayload.of([each.decode("latin-1") for each in head.items(b"content-encoding")])

    @property
    def _is_doubtful(self) -> bool:
        """Whether only the end of the connection could say that all has come (RFC 9112 section 9.8)."""
        return self._judge and (self._coded is None or self._coded.finish() is not CodingEnd.WHOLE)

    def _conclude(self) -> None:
        """Judges an answer whose framing is whole by its payload."""
        if self._coded is None or self.framer.ending is not Ending.WHOLE or self.failure is not None:
            return
        if self._coded.finish() is CodingEnd.OTHER:
            self.note = f"no {self._coded.name} in spite of its Content-Encoding"
        self.flaw = self._coded.flaw

    def _raw_pieces(self) -> Iterator[bytes]:
        assert self._file is not None
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def _stop(self, error: BaseException) -> None:
        self.failure = error
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self._conclude()
            self.done.set_result(None)


def _part_of(head: Head) -> str:
    """What a 206 leaves out; "" where the part is all there is. We never ask for parts."""
    said = head.get(b"content-range") or b""
    found = _RANGE(said.strip())
    if found and int(found[1]) + 1 == int(found[2]):
        return ""
    return f"a part that nobody asked for: Content-Range {said[:80].decode('latin-1')!r}"


def _new_file(keeping: Keeping) -> BinaryIO:
    folder = str(keeping.folder) if keeping.folder else None
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(keeping.in_memory, dir=folder))


def _look_for_room(keeping: Keeping) -> None:
    """Raises DiskFull where a body may go on no longer: a run that ends by its reserve finishes what is in flight."""
    if keeping.leave_free and keeping.folder is not None:
        room = room_at(keeping.folder)
        if room.free < keeping.leave_free:
            raise DiskFull(f"cannot spool a body: {keeping.folder} has {room.free:,} bytes left, and is to keep them")


def _labelled(digest: bytes) -> str:
    number = int.from_bytes(digest)
    return "sha1:" + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def _storage_error(error: OSError) -> StorageError:
    """A failed write of the spool, in our words."""
    kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageError
    return kind(f"cannot spool a body: {error}")
