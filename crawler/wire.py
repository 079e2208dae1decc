"""HTTP/1.x on the wire: requests to bytes, and where an answer's head and body end (pure).

Built like h11: bytes in, events out, no I/O. It frames and never rewrites: `interim` + `head` + the raw bodies are what
the server sent, byte for byte, so a WARC record can hold them. What to make of a broken answer follows browsers rather
than RFC 9112, since the page is wanted: only where the end of a message cannot be known is it left unfinished.

The grammar of heads and chunks is `archive.http_message`'s: what is recorded is read back by the same rules.

What is set aside: 1xx answers and blank lines before the status line (`interim`), bytes after the end (`surplus`).
A body that is cut short *inside* its Content-Encoding while its framing is whole (a truncated gzip with a right
Content-Length) is no matter of framing; `crawler.intake` notices it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from archive.http_message import BLANK_LINE, STATUS_LINE, Dechunker, ends_in_chunks, list_members, read_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEAD_LIMIT = 512 * 1024  # bytes of head (1xx answers counted in)
MOST_INTERIM = 1000  # 1xx answers before one answer; reading each costs as much as the answer's own head
DEFAULT_PORTS = {"http": 80, "https": 443}


class WireError(ValueError):
    """A request that must not go out: it would not be one request any more, or not the one that was meant."""


# --- requests ---


_PLAIN_URL = re.compile(r"(https?)://([a-z0-9.-]+)(?::(\d{1,4}|[1-5]\d{4}))?(/[!\"$-~]*)?(?:#.*)?").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes, taken from its URL. `host` is lower case and without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # path and query: the origin form (RFC 9112 section 3.2.1)

    @classmethod
    def of(cls, url: str) -> Target:
        """The target of an absolute http(s) URL. Raises WireError where there is none."""
        if plain := _PLAIN_URL(url):  # nearly all; a quarter of the time
            scheme, host, port = plain[1], plain[2], int(plain[3] or 0)
            return cls(scheme=scheme, host=host, port=port or DEFAULT_PORTS[scheme], path=plain[4] or "/")
        return cls._of_odd(url)

    @classmethod
    def _of_odd(cls, url: str) -> Target:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise WireError(f"no target in {url!r}: {error}") from error
        if not parts.hostname or parts.scheme not in DEFAULT_PORTS:
            raise WireError(f"no target in {url!r}")
        path = f"{parts.path or '/'}?{parts.query}" if parts.query or _ends_in_question(url) else parts.path or "/"
        return cls(scheme=parts.scheme, host=parts.hostname, port=port or DEFAULT_PORTS[parts.scheme], path=path)

    @property
    def authority(self) -> str:
        """host[:port], the port only if it is not the scheme's; an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def absolute(self) -> str:
        """The absolute form, for proxies (RFC 9112 section 3.2.2)."""
        path = "" if self.path == "/" else self.path
        return f"{self.scheme}://{self.authority}{path}"


def _ends_in_question(url: str) -> bool:
    """Whether the URL has an empty query: "/a?" and "/a" are two resources."""
    return url.partition("#")[0].endswith("?")


_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch  # RFC 9110 section 5.6.2
_FORBIDDEN = re.compile(rb"[\r\n\x00]").search
_TARGET = re.compile(rb"[\x21-\x7e]+").fullmatch
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})  # methods that say Content-Length: 0 for an empty body
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


def build_request(
    method: str, target: Target, headers: Iterable[tuple[bytes, bytes]], body: bytes = b"", *, absolute: bool = False
) -> bytes:
    """The request's bytes: Host first, then the headers as given, then Content-Length where the message needs one.

    The framing headers are ours alone; given ones are left out. Raises WireError for a CR, LF or NUL anywhere, a method
    or header name that is no token, a target with blanks, controls or non-ASCII: the one place where such things stop.
    """
    host, others = target.authority.encode("latin-1", "replace"), []
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"host":
            host = value
        elif lowered not in _FRAMING:
            others.append((name, value))
    if body or method in _WITH_BODY:
        others.append((b"Content-Length", b"%d" % len(body)))
    where = (target.absolute if absolute else target.path).encode("utf-8", "surrogatepass")
    lines = [_request_line(method, where), _header_line(b"Host", host)]
    lines += [_header_line(name, value) for name, value in others]
    return b"\r\n".join((*lines, b"", body))


def build_connect(host: str, port: int, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """A CONNECT for a tunnel to the host (RFC 9110 section 9.3.6)."""
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    where = authority.encode("latin-1", "replace")
    lines = [_request_line("CONNECT", where), _header_line(b"Host", where)]
    return b"\r\n".join((*lines, *(_header_line(name, value) for name, value in headers), b"", b""))


def _request_line(method: str, where: bytes) -> bytes:
    verb = method.encode("utf-8", "replace")
    if not _TOKEN(verb):
        raise WireError(f"bad method {method!r}")
    if not _TARGET(where):
        raise WireError(f"bad request target {where[:200]!r}")
    return b"%b %b HTTP/1.1" % (verb, where)


def _header_line(name: bytes, value: bytes) -> bytes:
    if not _TOKEN(name):
        raise WireError(f"bad header name {name[:200]!r}")
    if _FORBIDDEN(value):
        raise WireError(f"CR, LF or NUL in header {name.decode('ascii')}")
    return b"%b: %b" % (name, value)


# --- heads ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """An answer's head. `raw` is exact; `headers` are for reading: unfolded, trimmed, colon-less lines left out."""

    raw: bytes
    version: tuple[int, int]
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    values: Mapping[bytes, tuple[bytes, ...]]  # the same by name in lower case
    whole: bool = True  # False: cut off, by HEAD_LIMIT or by the end of the connection

    @property
    def protocol(self) -> str:
        """As WARC-Protocol spells it: "http/1.1"."""
        return f"http/{self.version[0]}.{self.version[1]}"

    def get(self, name: bytes) -> bytes | None:
        """The first value of a header; `name` in lower case."""
        values = self.values.get(name)
        return values[0] if values else None

    def items(self, name: bytes) -> list[bytes]:
        """The members of a list header, over all its lines, in lower case (RFC 9110 section 5.6.1)."""
        return list_members(self.values.get(name, ()))


_STARTS = (b"http/", b"icy ")


def parse_head(raw: bytes, *, whole: bool = True) -> Head | None:
    """The head in these bytes, read as browsers do; None if it has no status line (RFC 9112 section 4)."""
    first, *lines = raw.split(b"\n")
    match = STATUS_LINE.match(first)
    if match is None:
        return None
    version = (int(match[1]), int(match[2])) if match[1] else (1, 0)
    headers = read_headers(lines)
    found: dict[bytes, list[bytes]] = {}  # lists, for a head may hold a hundred thousand lines of one name
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    values = {key: tuple(each) for key, each in found.items()}
    return Head(raw=raw, version=version, status=int(match[3]), headers=headers, values=values, whole=whole)


# --- framing ---


class Framing(StrEnum):
    """How the end of a body is found (RFC 9112 section 6.3)."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


_LENGTH = re.compile(rb"\d{1,18}").fullmatch


def framing_of(method: str, head: Head) -> tuple[Framing, int]:
    """How the body of this answer to `method` ends, and its length where that is LENGTH.

    Chunked wins over a length, whatever the version. Several lengths that agree are one; lengths that contradict each
    other, or are no number below 10**18, are none, and the body goes on until the connection closes.
    """
    if method == "HEAD" or head.status < 200 or head.status in (204, 304):
        return Framing.NONE, 0
    if method == "CONNECT" and head.status < 300:
        return Framing.NONE, 0
    if codings := head.items(b"transfer-encoding"):
        return (Framing.CHUNKED if ends_in_chunks(codings) else Framing.CLOSE), 0
    lengths = set(head.items(b"content-length"))
    if len(lengths) == 1 and _LENGTH(length := lengths.pop()):
        return Framing.LENGTH, int(length)
    return Framing.CLOSE, 0


def persists(head: Head) -> bool:
    """Whether the connection may carry another request after this answer (RFC 9112 section 9.3)."""
    options = head.items(b"connection")
    if b"close" in options or (head.get(b"transfer-encoding") and head.get(b"content-length")):
        return False
    return head.version >= (1, 1) or b"keep-alive" in options


class Ending(StrEnum):
    """How a message ended."""

    WHOLE = "whole"
    LIMIT = "limit"  # cut by us: the head or the body is longer than allowed
    BROKEN = "broken"  # its framing cannot be understood
    CUT = "cut"  # the connection ended before it did


class Body(NamedTuple):
    """A piece of body: as transferred, and with the chunked coding taken off. The same object where nothing was."""

    raw: bytes
    payload: bytes


class ResponseFramer:
    """Finds the parts of one answer in the bytes of a connection.

        framer = ResponseFramer("GET")
        for data in connection:
            for event in framer.receive(data):  # one Head, then Body events
                ...
            if framer.ending: break
        else:
            framer.receive_eof()

    `body_limit` is the most bytes of raw body to take; a longer body ends as LIMIT, exactly there.
    """

    __slots__ = (
        "_announced", "_aside", "_buffer", "_dechunker", "_due", "_interims", "_method", "_room",
        "ending", "fault", "framing", "head", "surplus",
    )  # fmt: skip

    def __init__(self, method: str, *, body_limit: int | None = None) -> None:
        self.head: Head | None = None
        self.framing = Framing.NONE
        self.ending: Ending | None = None
        self.fault = ""  # with BROKEN and LIMIT: what is wrong
        self.surplus = False  # bytes came after the end
        self._aside = bytearray()
        self._interims = 0
        self._method = method
        self._buffer = bytearray()  # of a head whose end has not come
        self._dechunker = Dechunker()
        self._announced = 0  # Content-Length
        self._due = 0  # bytes of Content-Length still to come
        self._room = body_limit  # raw bytes we may still take

    @property
    def started(self) -> bool:
        """Whether any byte of an answer has come."""
        return bool(self.head or self._buffer or self._aside)

    @property
    def interim(self) -> bytes:
        """1xx answers and blank lines before the head, set aside."""
        return bytes(self._aside)

    @property
    def length(self) -> int | None:
        """The length the head announces, if the body goes by one."""
        return self._announced if self.framing is Framing.LENGTH else None

    @property
    def beginning(self) -> bytes:
        """What came of a head that is not there yet, for messages."""
        return bytes(self._buffer[:200])

    @property
    def reusable(self) -> bool:
        """Whether the connection may be used again."""
        if self.head is None or self.ending is not Ending.WHOLE or self.surplus or self.head.status == 101:
            return False
        return self.framing is not Framing.CLOSE and persists(self.head)

    def receive(self, data: bytes) -> list[Head | Body]:
        """What these bytes hold."""
        if self.head is not None:
            return self._receive_body(data)
        rest = b"" if self.ending else self._take_head(data)
        return [*self._head_found(), *self._receive_body(rest)]

    def _head_found(self) -> list[Head | Body]:
        return [] if self.head is None else [self.head]

    def _receive_body(self, data: bytes) -> list[Head | Body]:
        if not data:
            return []
        if self.ending is None:
            return [self._take_body(data)]
        self.surplus = True
        return []

    def receive_eof(self) -> None:
        """The connection has ended: so has the message, one way or the other."""
        if self.ending is None:
            until_close = self.head is not None and self.framing is Framing.CLOSE
            self.ending = Ending.WHOLE if until_close else Ending.CUT
        if self.head is None and b"\n" in self._buffer:
            self.head = parse_head(bytes(self._buffer), whole=False)

    @property
    def _awaits_head(self) -> bool:
        return self.head is None and self.ending is None

    def _take_head(self, data: bytes) -> bytes:
        """Reads up to the end of the head; returns what comes after it."""
        known = len(self._buffer)
        if (
            not known
            and (end := BLANK_LINE.search(data))
            and (head := parse_head(data[: end.end()]))
            and head.status >= 200
        ):
            self.head = head  # all at once, as it mostly comes
            self._begin_body(head)
            return data[end.end() :]
        self._buffer += data  # in place: a head may come in a hundred thousand pieces
        while self._awaits_head:
            self._set_aside_blanks()
            end = BLANK_LINE.search(self._buffer, max(0, known - 2))
            if end is None:
                self._wait_for_head()
                return b""
            known = 0
            self._end_head(end.end())
        if self.head is None:
            return b""
        rest, self._buffer = bytes(self._buffer), bytearray()
        return rest

    def _set_aside_blanks(self) -> None:
        """Blank lines before a status line (RFC 9112 section 2.2) go to `interim`."""
        if self._buffer.startswith((b"\r", b"\n")):
            rest = self._buffer.lstrip(b"\r\n")
            self._aside += self._buffer[: len(self._buffer) - len(rest)]
            self._buffer = rest

    def _wait_for_head(self) -> None:
        """Goes on waiting, unless what came is no head or too long for one."""
        beginning = bytes(self._buffer[:5]).lower()
        if beginning and not any(beginning.startswith(start[: len(beginning)]) for start in _STARTS):
            self._break("no HTTP status line")
        elif len(self._buffer) + len(self._aside) > HEAD_LIMIT:
            self.ending, self.fault = Ending.LIMIT, f"head longer than {HEAD_LIMIT} bytes"
            del self._buffer[max(0, HEAD_LIMIT - len(self._aside)) :]
            self.head = parse_head(bytes(self._buffer), whole=False)

    def _end_head(self, end: int) -> None:
        """Takes the head that ends there out of the buffer."""
        head = parse_head(bytes(self._buffer[:end]))
        if head is None:
            self._break("no HTTP status line")
            return
        del self._buffer[:end]
        if head.status < 200 and head.status != 101:
            self._aside += head.raw
            self._interims += 1
            if self._interims > MOST_INTERIM:
                self.ending, self.fault = Ending.LIMIT, f"more than {MOST_INTERIM} answers of 1xx before the answer"
        else:
            self.head = head
            self._begin_body(head)

    def _begin_body(self, head: Head) -> None:
        self.framing, self._announced = framing_of(self._method, head)
        self._due = self._announced
        if self.framing is Framing.NONE or (self.framing is Framing.LENGTH and not self._due):
            self.ending = Ending.WHOLE

    def _take_body(self, data: bytes) -> Body:
        """The body in these bytes; marks its end."""
        if self._room is None or len(data) <= self._room:
            body = self._frame_body(data)
        else:
            body = self._frame_body(data[: self._room])
            if self.ending is None:
                self.ending, self.fault = Ending.LIMIT, "body longer than allowed"
        if self._room is not None:
            self._room -= len(body.raw)
        return body

    def _frame_body(self, data: bytes) -> Body:
        match self.framing:
            case Framing.LENGTH:
                return self._frame_length(data)
            case Framing.CHUNKED:
                return self._frame_chunks(data)
            case _:
                return Body(data, data)

    def _frame_length(self, data: bytes) -> Body:
        if len(data) > self._due:
            data, self.surplus = data[: self._due], True
        self._due -= len(data)
        if not self._due:
            self.ending = Ending.WHOLE
        return Body(data, data)

    def _frame_chunks(self, data: bytes) -> Body:
        payload = self._dechunker.feed(data)
        if self._dechunker.fault:
            self._break(self._dechunker.fault)
            return Body(data, payload)
        if self._dechunker.done:
            self.ending = Ending.WHOLE
            self.surplus = self._dechunker.used < len(data)
            data = data[: self._dechunker.used]
        return Body(data, payload)

    def _break(self, fault: str) -> None:
        self.ending, self.fault = Ending.BROKEN, fault
