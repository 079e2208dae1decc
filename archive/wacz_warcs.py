"""The WARCs of a WACZ: of each source WARC the records that are wanted, gzip member by gzip member as they are.

With a capture go the records that belong to it (request and metadata, which lie right behind it), and before all the
warcinfo records that the file begins with. Nothing is packed anew: a `Part` is a list of stretches of the source, and
where each wanted record lies in what comes of them.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from archive.errors import DamagedRecord
from archive.gzip_members import MemberReader, TornMember
from archive.model import RecordKind
from archive.warc_files import OPEN, is_warc_name

_PIECE = 1 << 18
_BUFFER = 1 << 12  # bytes: read anew for every member that is looked at
_GAP = 1 << 14  # bytes; the records that belong to a capture take less, nearly always
_MAGIC = b"\x1f\x8b\x08"
_HEAD = re.compile(
    rb"^(WARC-Type|WARC-Record-ID|WARC-Concurrent-To|WARC-Refers-To|Content-Type)[ \t]*:[ \t]*<?([^>\r\n]*)",
    re.MULTILINE | re.IGNORECASE,
)


class Wanted(NamedTuple):
    """A capture's record, where the catalogue has it."""

    record_id: str
    offset: int
    length: int
    request_id: str | None
    followers: int  # records that may belong to it, right behind it
    next_main: int | None = None  # where the next record lies that the catalogue knows, if anybody looked


class Member(NamedTuple):
    """A gzip member and the record in it, as far as its header tells."""

    length: int  # in the file
    kind: str  # WARC-Type
    record_id: str
    concurrent: tuple[str, ...]  # records it belongs to
    refers_to: str  # the record it is about, "" for none
    content_type: str
    content: bytes  # up to 64 kB of the record


class End(NamedTuple):
    """What the catalogue knows of a WARC's end."""

    committed: int  # offset
    is_finished: bool
    is_ours: bool  # not imported

    def of(self, size: int) -> int:
        """Where its last whole record ends, in a file of that size."""
        return size if self.is_finished else min(size, self.committed)


@dataclass(slots=True)
class Part:
    """What of one WARC goes into the WACZ."""

    name: str
    stretches: array[int] = field(default_factory=lambda: array("q"))  # offset, length, offset, length ...
    length: int = 0

    def take(self, offset: int, length: int) -> int:
        """Have a stretch of the source go in; where it will lie."""
        came_to = self.length
        if self.stretches and self.stretches[-2] + self.stretches[-1] == offset:
            self.stretches[-1] += length
        else:
            self.stretches.extend((offset, length))
        self.length += length
        return came_to

    def pieces(self, file: BinaryIO) -> Iterator[memoryview]:
        """The bytes, out of the source. Raises DamagedRecord where it is shorter. Each piece is gone with the next."""
        room = memoryview(bytearray(_PIECE))
        for offset, length in zip(self.stretches[::2], self.stretches[1::2], strict=True):
            file.seek(offset)
            left = length
            while left:
                count = file.readinto(room[: min(left, _PIECE)])  # type: ignore[attr-defined]
                if not count:
                    raise DamagedRecord(f"{self.name}: ends {left} bytes too soon; see: sourcekeep verify")
                yield room[:count]
                left -= count


class Source:
    """A WARC of the collection, open. A context manager; raises DamagedRecord where it is not there."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self.file = _open(folder, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    @property
    def size(self) -> int:
        """Bytes in the file, now."""
        return os.fstat(self.file.fileno()).st_size

    def whole(self, length: int) -> Part:
        """All of it up to `length`."""
        part = Part(self.name)
        part.take(0, length)
        return part

    def take_warcinfo(self, part: Part) -> None:
        """Have the warcinfo records go in that the file begins with. Raises DamagedRecord."""
        offset = 0
        while (member := self.member(offset)).kind == "warcinfo":
            part.take(offset, member.length)
            offset += member.length

    def take_event(self, part: Part, wanted: Wanted, *, end: int) -> int:
        """Have a capture's record go in with those that belong to it; where it will lie. Raises DamagedRecord.

        The record itself is looked at only as far as to see that it is the one: it is copied as it is. What belongs to
        it and is damaged is left out, and noted in `problems`.
        """
        if self.member(wanted.offset, whole=False).record_id != wanted.record_id:
            raise self._damage(wanted.offset, f"is not {wanted.record_id}")
        came_to = part.take(wanted.offset, wanted.length)
        offset = wanted.offset + wanted.length
        if wanted.next_main is not None and self.most_members(offset, wanted.next_main) <= wanted.followers:
            part.take(offset, wanted.next_main - offset)  # no room for any other record
            return came_to
        try:
            for _ in range(wanted.followers):
                if offset >= end or not _belongs(member := self.member(offset), wanted):
                    break
                part.take(offset, member.length)
                offset += member.length
        except DamagedRecord as error:
            self.problems.append(str(error))
        return came_to

    def member(self, offset: int, *, whole: bool = True) -> Member:
        """The member at an offset. Raises DamagedRecord. Its `length` is known only with `whole`."""
        reader = MemberReader(self.file, offset)
        try:
            content = next(reader, b"")
            if whole:
                for _ in reader:
                    pass
        except TornMember as error:
            raise self._damage(offset, f"no whole gzip member: {error}") from error
        head = content.partition(b"\r\n\r\n")[0]
        fields = [(name.lower(), value.strip().decode("utf-8", "replace")) for name, value in _HEAD.findall(head)]
        first = dict(reversed(fields))
        return Member(
            length=reader.length,
            kind=first.get(b"warc-type", ""),
            record_id=first.get(b"warc-record-id", ""),
            concurrent=tuple(value for name, value in fields if name == b"warc-concurrent-to"),
            refers_to=first.get(b"warc-refers-to", ""),
            content_type=first.get(b"content-type", ""),
            content=content,
        )

    def most_members(self, offset: int, end: int) -> int:
        """How many gzip members may begin there, at most."""
        if end - offset > _GAP:
            return end - offset
        return os.pread(self.file.fileno(), max(end - offset, 0), offset).count(_MAGIC)

    def _damage(self, offset: int, what: str) -> DamagedRecord:
        return DamagedRecord(f"{self.name}, offset {offset}: {what}; run `sourcekeep verify` to see what else is")


def followers(kind: RecordKind, request_id: str | None) -> int:
    """How many records the writer puts right behind a capture's: its request, and metadata if there was an answer."""
    return (request_id is not None) + (kind is not RecordKind.METADATA)


class Main(NamedTuple):
    """A record the catalogue has the place of, and how many of our own lie right behind it that belong to it."""

    offset: int
    length: int
    followers: int


def texts_in(source: Source, mains: Iterable[Main], *, end: int) -> Iterator[tuple[str, int, int]]:
    """The conversion records of a WARC: record id, offset and length. `mains` come by offset."""
    for offset, member in between(source, mains, end=end):
        if member.kind == "conversion":
            yield member.record_id, offset, member.length


def between(source: Source, mains: Iterable[Main], *, end: int) -> Iterator[tuple[int, Member]]:
    """The records of a WARC that the catalogue has no place of, each with its offset. `mains` come by offset.

    These are stepped over, and so are the records that belong to them where no others can be between them and the next:
    a gzip member begins with three bytes that are rarely found by chance. Behind damage it goes on at the next of them.
    """
    offset = known = 0
    for main in (*mains, Main(end, 0, 0)):
        if source.most_members(offset, main.offset) > known:
            yield from _members(source, offset, main.offset)
        offset, known = main.offset + main.length, main.followers


def _members(source: Source, offset: int, end: int) -> Iterator[tuple[int, Member]]:
    with suppress(DamagedRecord):
        while offset < end:
            member = source.member(offset)
            yield offset, member
            offset += member.length


def _belongs(member: Member, to: Wanted) -> bool:
    return member.record_id == to.request_id or (
        to.record_id in member.concurrent and member.kind in ("request", "metadata")
    )


def _open(folder: Path, name: str) -> BinaryIO:
    for each in (name, name + OPEN, name) if is_warc_name(name) else ():  # it may get its final name while we look
        try:
            return os.fdopen(os.open(folder / each, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", _BUFFER)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise DamagedRecord(f"{folder / each}: cannot be opened: {error.strerror}") from error
    raise DamagedRecord(f"{folder / name}: the file is not there; run `sourcekeep verify`")
