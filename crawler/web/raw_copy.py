"""Copies handed out as they are: the record's own payload, under headers that let it do nothing.

Every byte here is a stranger's. So whatever it is, a browser shows it as a page without scripts, without an origin and
without anything it may load (`sandbox`), never guesses another type, and saves what is neither text nor picture. Of the
answer's own headers three come along, each only if it looks as it should. Nothing is set, nothing is followed: a
redirect leads to the copy of where it led.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from archive.access_rules import Access
from archive.capture_rows import captures_by_record
from archive.cdx_query import Entry
from archive.coding import UnsupportedCodingError, decode_body, decoded
from archive.http_message import Head
from archive.model import Capture, RecordRef
from archive.reader import Record, open_record, unbracketed
from archive.references import resolve
from crawler.web.memento_links import around, copy_path, header_url, http_date, link
from crawler.web.origins import Origins
from crawler.web.sniffing import ENOUGH, picture_type
from crawler.web.supply import Supply

POLICY = "sandbox; default-src 'none'"
_PIECE = 1 << 16
_TYPE = re.compile(
    r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}"
    r"(?:[ \t]*;[ \t]*[a-z0-9_.-]{1,40}=(?:[a-z0-9_.:+-]{1,60}|\"[a-z0-9_.: +-]{0,60}\")){0,4}[ \t]*;?",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}(?:[ \t]*,[ \t]*[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}){0,8}", re.IGNORECASE
)
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
_SHOWN = ("text/", "image/", "audio/", "video/", "font/")
_SHOWN_TOO = frozenset({
    "application/json", "application/xml", "application/xhtml+xml", "application/javascript", "application/rss+xml",
    "application/atom+xml", "application/ld+json", "application/x-javascript", "application/font-woff",
})  # fmt: skip
_NOT_SENT = frozenset({204, 205, 206, 304})  # they say something of the answer that carries them
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})|bytes=-(\d{1,18})", re.ASCII)
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_DECODED = 1 << 40


class NoOriginal(Exception):
    """What a revisit stands for is not held, or nobody may know of it."""


class BlockedOriginal(Exception):
    """The access rules block what a revisit stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A copy, opened: the record it is, and the one that holds its payload, which is the same but for a revisit."""

    entry: Entry
    record: Record
    original: Record
    head: Head | None  # of the answer whose payload it is
    length: int | None  # of the payload, where it is known
    truncated: str | None  # WARC-Truncated

    @property
    def status(self) -> int:
        """The answer's status; 200 of what has none."""
        return 200 if self.head is None or self.head.status is None else self.head.status

    @property
    def content_type(self) -> str:
        """The answer's type with its parameters; that of any bytes where it is none."""
        return self.given_type or "application/octet-stream"

    @property
    def given_type(self) -> str | None:
        """The answer's type; None where it gave none, or what cannot be one."""
        given = self.head.get("content-type") if self.head is not None else self.original.header("Content-Type")
        given = (given or "").strip()
        return given if _TYPE.fullmatch(given) else None

    @property
    def mime(self) -> str:
        """The type without parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """Content-Encoding as it was sent."""
        return ", ".join(self.head.items("content-encoding")) if self.head is not None else ""

    @property
    def source(self) -> str | None:
        """Of a copy that another archive made: its address there."""
        return unbracketed(self.record.header("WARC-Source-URI") or "") or None

    def start(self) -> bytes:
        """The first bytes of the payload, decoded. Raises DamagedRecord."""
        with suppress(UnsupportedCodingError), self.payload() as payload:
            return decode_body(payload, self.encoding, limit=ENOUGH).data
        return b""

    def payload(self) -> BinaryIO:
        """The payload, still coded. Raises DamagedRecord, later too."""
        return self.original.payload()


def held(supply: Supply, entry: Entry) -> Held:
    """The copy of an index line, opened. Raises DamagedRecord, NoOriginal, BlockedOriginal."""
    fields = entry.fields
    where = RecordRef(
        warc=fields.get("filename", ""), offset=_number(fields.get("offset")), length=_number(fields.get("length"))
    )
    record = open_record(supply.collection.warcs, where)
    known = _captures(supply, {record.record_id})
    own = known.get(record.record_id)
    original, of = record, own
    if record.kind == "revisit":
        name = (own.refers_to if own is not None else None) or unbracketed(record.header("WARC-Refers-To") or "")
        of = _captures(supply, {name}).get(name) if name else None
        if of is None:
            raise NoOriginal
        match supply.access(of.url, of.at):
            case Access.EXCLUDE:
                raise NoOriginal
            case Access.BLOCK:
                raise BlockedOriginal
        original = open_record(supply.collection.warcs, of.where)
    return Held(
        entry=entry,
        record=record,
        original=original,
        head=original.head(),
        length=of.payload_length if of is not None else None,
        truncated=original.header("WARC-Truncated") if original.kind != "revisit" else None,
    )


def _captures(supply: Supply, record_ids: set[str]) -> dict[str, Capture]:
    with supply.catalogue.reading() as connection:
        return captures_by_record(connection, record_ids)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else 0


# --- answers ---


def memento_headers(copy: Held, origins: Origins) -> dict[str, str]:
    """What tells that this is a copy, of what, of when, and what is odd about it."""
    links = around(origins.interface, copy.entry.url)
    headers = {"memento-datetime": http_date(copy.entry.at)}
    if copy.source is not None:
        source = header_url(copy.source)
        links.append(link(source, "via"))
        headers["x-archive-source"] = source
    if copy.truncated is not None:
        headers["x-archive-truncated"] = _NOT_IN_NAMES.sub("", copy.truncated)[:40] or "unspecified"
    return {**headers, "link": ", ".join(links)}


def raw_answer(copy: Held, origins: Origins, *, accepts: str, wanted: str | None, mark: str) -> Response:
    """The payload as it is. `accepts` is Accept-Encoding, `wanted` is Range, `mark` that of the address (`id_`).

    A damaged record is told before anything is sent, if its beginning is.
    """
    headers = {**memento_headers(copy, origins), **_own_headers(copy, mark)}
    status = copy.status if 200 <= copy.status < 600 and copy.status not in _NOT_SENT else 200
    if status != copy.status:
        headers["x-archive-orig-status"] = str(copy.status)
    payload = copy.payload()
    if copy.encoding and not _is_accepted(copy.encoding, accepts):
        try:
            pieces = _closing(payload, decoded(payload, copy.encoding, limit=_MOST_DECODED))
        except UnsupportedCodingError:
            pieces = _closing(payload, iter(lambda: payload.read(_PIECE), b""))  # as it is: it is kept so
        return _streamed(pieces, status, headers)
    if copy.encoding:
        headers["content-encoding"] = copy.encoding
    if copy.length is None:
        return _streamed(_closing(payload, iter(lambda: payload.read(_PIECE), b"")), status, headers)
    first, last = 0, copy.length - 1
    if status == 200:
        headers["accept-ranges"] = "bytes"
        if (found := _RANGE.fullmatch(wanted or "")) is not None:
            first, last = _asked_range(found, copy.length)
            if first > last:
                payload.close()
                refused = {"content-range": f"bytes */{copy.length}", "content-security-policy": POLICY}
                return PlainTextResponse("There is no such range.\n", 416, refused)
            status = 206
            headers["content-range"] = f"bytes {first}-{last}/{copy.length}"
    headers["content-length"] = str(last - first + 1)
    return _streamed(_closing(payload, _between(payload, first, last + 1)), status, headers)


def _own_headers(copy: Held, mark: str) -> dict[str, str]:
    """The headers that make it harmless, and those of the answer that come along."""
    kind = copy.content_type
    if mark == "im_" and not copy.mime.startswith("image/"):  # browsers show no picture of another type
        kind = picture_type(copy.start()) or kind
    headers = {
        "content-type": kind,
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "vary": "accept-encoding",
        "cache-control": "private, no-cache",
    }
    mime = kind.partition(";")[0].strip().lower()
    if not (mime.startswith(_SHOWN) or mime in _SHOWN_TOO):
        headers["content-disposition"] = f'attachment; filename="{_file_name(copy.entry.url)}"'
    language = copy.head.get("content-language") if copy.head is not None else None
    if language is not None and _LANGUAGE.fullmatch(language):
        headers["content-language"] = language
    if 300 <= copy.status < 400 and (target := redirect_target(copy)) is not None:
        headers["location"] = copy_path(copy.entry.stamp, target, mark)
    return headers


def redirect_target(copy: Held) -> str | None:
    """The web address that a redirect led to; None where it is none."""
    location = copy.head.get("location") if copy.head is not None else None
    if not location:
        return None
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")  # what many servers send
    found = resolve(location, copy.entry.url)
    return found if isinstance(found, str) and found.startswith(("http://", "https://")) else None


def _file_name(url: str) -> str:
    name = _NOT_IN_NAMES.sub("_", url.partition("?")[0].rstrip("/").rpartition("/")[2]).strip("._")
    return name[-80:] or "copy"


def _is_accepted(encoding: str, accepts: str) -> bool:
    """Whether the client takes all these codings, which are some that browsers know."""
    names = {part.partition(";")[0].strip().lower() for part in accepts.split(",") if _quality(part) != "q=0"}
    codings = {each.strip() for each in encoding.split(",")}
    return codings <= _CODINGS and all(each.removeprefix("x-") in names or "*" in names for each in codings)


def _quality(part: str) -> str:
    return part.partition(";")[2].replace(" ", "").rstrip("0").rstrip(".") or ""


def _asked_range(found: re.Match[str], length: int) -> tuple[int, int]:
    """First and last byte; a range that is not there has its first behind its last (RFC 9110 section 14.1.2)."""
    if found[3] is not None:
        return (max(length - int(found[3]), 0), length - 1) if int(found[3]) else (1, 0)
    return int(found[1]), min(int(found[2]), length - 1) if found[2] else length - 1


def _between(payload: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to `end`, those before it read and thrown away."""
    at = 0
    while at < end and (piece := payload.read(_PIECE)):
        wanted = piece[max(start - at, 0) : end - at]
        at += len(piece)
        if wanted:
            yield wanted


def _closing(payload: BinaryIO, pieces: Iterator[bytes]) -> Iterator[bytes]:
    with payload:
        yield from pieces


def _streamed(pieces: Iterator[bytes], status: int, headers: dict[str, str]) -> Response:
    """Raises DamagedRecord where not even the beginning can be read."""
    first = next(pieces, b"")
    return StreamingResponse(chain([first] if first else [], pieces), status, headers)
