"""Literal answers, as odd as the web sends them, and what of each has to be found in the WARC (pure).

An `Answer` is a row of a table: the bytes a server sends, and, as data, all that may differ between them and the record
that keeps them. Whatever a row does not say differs must be equal, byte for byte.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import brotli

TEXT = b"<html><title>A bridge opens</title><p>It was opened on Wednesday.</p></html>"
OK = b"HTTP/1.1 200 OK\r\n"
NOTHING = "nothing"  # of a reader: it gives no such record, or none it can take apart


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent for one request, and what must come of it.

    The record's block is `sent` without `aside` in front and `surplus` behind. `payload` is what lies in the block once
    chunks are undone. `kind` is "metadata" where too little came for a response. The readers of others are given the
    same file; `warcio` and `fastwarc` hold the payload they give where it is another.
    """

    sent: bytes
    close: bool = False  # the server ends the connection behind it
    aside: bytes = b""  # 1xx answers and blank lines: in the metadata record, `interimHeads`
    surplus: bytes = b""  # behind the end of the message: kept nowhere
    payload: bytes = b""
    kind: str = "response"
    outcome: str = "ok"  # the citation's reason in the ledger
    truncated: str | None = None  # WARC-Truncated
    error: str | None = None  # of the metadata record
    note: str | None = None  # of the metadata record
    warcio: bytes | str | None = None
    fastwarc: bytes | str | None = None

    @cached_property
    def block(self) -> bytes:
        """The block of the response record."""
        return self.sent.removeprefix(self.aside).removesuffix(self.surplus)


def with_length(body: bytes, *lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer with these header lines, a right Content-Length and the body."""
    return b"\r\n".join((status, *lines, b"Content-Length: %d" % len(body), b"", body))


def chunked(*pieces: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    """Pieces in chunked coding."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + last


def sha1(data: bytes) -> str:
    """A digest as WARC headers label it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def gz(data: bytes) -> bytes:
    """A gzip file of one member."""
    return gzip.compress(data, mtime=0)


def length(text: bytes) -> bytes:
    """The end of a head, with a Content-Length, and the text."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(text), text)


def big(text: bytes) -> bytes:
    """A body of 1.5 MB, which is spooled to disk."""
    return text + bytes(range(256)) * 6000


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
NO_UTF8 = b"<p>\xff\xfe caf\xe9 \x00 \xed\xa0\x80 \xf8</p>"
BLANKS = b"\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
LAST = b"0\r\n\r\n"
Row: TypeAlias = Callable[[bytes], Answer]  # the answer with this text in it


def _whole(*lines: bytes, body: Callable[[bytes], bytes] = bytes, **more: str) -> Row:
    """An answer that is right but for its header lines; `body` packs the text."""
    return lambda t: Answer(sent=with_length(body(t), *lines), payload=body(t), **more)  # type: ignore[arg-type]


HEADS: dict[str, Row] = {
    "plain": _whole(b"Content-Type: text/html"),
    "case-and-order": _whole(b"zULU: 1", b"CONTENT-TYPE: text/html", b"alpha: 2", b"Alpha: 3", b"ZULU: 4"),
    "duplicates": _whole(b"Set-Cookie: a=1", b"X: 1", b"set-cookie: b=2", b"X: 1"),
    "odd-reason": lambda t: Answer(sent=b"HTTP/1.1 200 \xe9t\xe9 \xf0\x9f\x98\x80 ;-)\r\n" + length(t), payload=t),
    "no-reason": lambda t: Answer(sent=b"HTTP/1.1 200 \r\n" + length(t), payload=t),
    "no-reason-no-blank": lambda t: Answer(sent=b"HTTP/1.1 200\r\n" + length(t), payload=t),
    "reason-glued-on": lambda t: Answer(sent=b"HTTP/1.1 200OK\r\n" + length(t), payload=t),
    "blanks-in-status-line": lambda t: Answer(sent=b"HTTP/1.1   200 \t OK  \r\n" + length(t), payload=t),
    "lower-case-version": lambda t: Answer(sent=b"http/1.1 200 ok\r\n" + length(t), payload=t),
    "latin-1": _whole(b"X-Cafe: caf\xe9", b"Content-Disposition: inline; filename=\xfcber.html"),
    "raw-utf-8": _whole("X-News: 消息".encode()),
    "folded": _whole(b"X-Folded: one", b"\ttwo", b"   three", b"Content-Type: text/html"),
    "folded-first": _whole(b" X-Indented: 1", b"Content-Type: text/html"),
    "no-colon": _whole(b"this line has no colon", b"Content-Type: text/html"),
    "line-feeds": lambda t: Answer(
        sent=b"HTTP/1.1 200 OK\nContent-Length: %d\n\n%b" % (len(t), t), payload=t, fastwarc=b""
    ),
    "mixed-line-ends": lambda t: Answer(
        sent=b"HTTP/1.1 200 OK\r\nX: 1\nContent-Length: %d\r\nY: 2\n\r\n%b" % (len(t), t), payload=t, fastwarc=b""
    ),
    "bare-returns": _whole(b"X: one\rY: two"),
    "blank-before-colon": lambda t: Answer(
        sent=OK + b"Content-Type : text/html\r\nContent-Length : %d\r\n\r\n%b" % (len(t), t), payload=t
    ),
    "empty-values": _whole(b"X:", b"Y: ", b"Content-Type:"),
    "blanks-around-values": _whole(b"X:    1   ", b"Y:\t2\t"),
    "nameless": _whole(b": nothing", b":"),
    "bad-names": _whole(b"Bad Name: 1", b"B\xe4d: 2", b"(x)[y]{z}: 3", b'"q": 4'),
    "nul-in-headers": _whole(b"X-Nul: a\x00b", b"X\x00Y: c"),
    "100-kB-line": _whole(b"X-Long: " + b"x" * 100_000, fastwarc=NOTHING),
    "2000-lines": _whole(*(b"X-%d: %d" % (each, each) for each in range(2000))),
    "no-headers": lambda t: Answer(sent=OK + b"\r\n" + t, close=True, payload=t),
    "leading-blank-lines": lambda t: Answer(sent=BLANKS + OK + length(t), aside=BLANKS, payload=t),
    "100-before": lambda t: Answer(sent=CONTINUE + OK + length(t), aside=CONTINUE, payload=t),
    "several-1xx-before": lambda t: Answer(
        sent=HINTS + CONTINUE + HINTS + OK + length(t), aside=HINTS + CONTINUE + HINTS, payload=t
    ),
    "http-1.0": lambda t: Answer(sent=b"HTTP/1.0 200 OK\r\n" + length(t), payload=t),
    "http-1.0-until-close": lambda t: Answer(
        sent=b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + t, close=True, payload=t
    ),
    "icy": lambda t: Answer(sent=b"ICY 200 OK\r\n\r\n" + t, close=True, payload=t),
    "until-close": lambda t: Answer(sent=OK + b"Content-Type: text/html\r\n\r\n" + t, close=True, payload=t),
}

BODIES: dict[str, Row] = {
    "chunked": lambda t: Answer(sent=OK + CHUNKED + chunked(t[:9], t[9:]), payload=t),
    "one-byte-chunks": lambda t: Answer(
        sent=OK + CHUNKED + chunked(*(t[each : each + 1] for each in range(len(t)))), payload=t
    ),
    "chunk-extensions": lambda t: Answer(
        sent=OK + CHUNKED + b'5;a="b;c"\r\n%b\r\n6 ; x\r\n world\r\n0;last\r\n\r\n' % t[:5],
        payload=t[:5] + b" world",
        fastwarc=NOTHING,
    ),
    "trailers": lambda t: Answer(
        sent=OK + CHUNKED + chunked(t, last=b"0\r\nExpires: never\r\nX-Trailer: 1\r\n\r\n"),
        payload=t,
        warcio=t + b"0\r\npires: never\r\nX-Trailer: 1\r\n\r\n",
    ),
    "upper-case-hex": lambda t: Answer(sent=OK + CHUNKED + b"1A\r\n%b\r\n0\r\n\r\n" % t[:26], payload=t[:26]),
    "leading-zeros": lambda t: Answer(
        sent=OK + CHUNKED + b"0000000000000000000005\r\n%b\r\n000\r\n\r\n" % t[:5], payload=t[:5]
    ),
    "Chunked": lambda t: Answer(sent=OK + b"transfer-encoding:  Chunked \r\n\r\n" + chunked(t), payload=t),
    "chunks-with-line-feeds": lambda t: Answer(
        sent=OK + CHUNKED + b"5\n%b\n0\n\n" % t[:5], payload=t[:5], warcio=b"5\n%b\n0\n\n" % t[:5], fastwarc=NOTHING
    ),
    "chunked-http-1.0": lambda t: Answer(sent=b"HTTP/1.0 200 OK\r\n" + CHUNKED + chunked(t), payload=t),
    "chunked-but-for-a-blank": lambda t: Answer(  # U+00A0 is no blank of HTTP's: not chunked, so until close
        sent=OK + b"Transfer-Encoding: chunked\xa0\r\n\r\n" + chunked(t),
        close=True,
        payload=chunked(t),
        warcio=t,
        fastwarc=NOTHING,
    ),
    "chunked-behind-a-tab": lambda t: Answer(  # nor is a vertical tab
        sent=OK + b"Transfer-Encoding: x,\x0bchunked\r\n\r\n" + chunked(t),
        close=True,
        payload=chunked(t),
        fastwarc=NOTHING,
    ),
    "chunked-and-empty": lambda t: Answer(sent=OK + CHUNKED + LAST, outcome="empty"),
    "gzip-then-chunked": lambda t: Answer(
        sent=OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(gz(t)),
        payload=gz(t),
        warcio=chunked(gz(t)),
        fastwarc=t,
    ),
    "transfer-gzip-alone": lambda t: Answer(
        sent=OK + b"Transfer-Encoding: gzip\r\n\r\n" + gz(t), close=True, payload=gz(t), fastwarc=t
    ),
    "length-and-chunked": lambda t: Answer(sent=OK + b"Content-Length: 3\r\n" + CHUNKED + chunked(t), payload=t),
    "same-length-twice": lambda t: Answer(sent=OK + b"Content-length: %d\r\n" % len(t) + length(t), payload=t),
    "same-length-in-a-list": lambda t: Answer(sent=OK + b"Content-Length: 5, 5\r\n\r\n" + t[:5], payload=t[:5]),
    "lengths-that-differ": lambda t: Answer(
        sent=OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\n" + t, close=True, payload=t
    ),
    "length-with-junk": lambda t: Answer(sent=OK + b"Content-Length: 5 bytes\r\n\r\n" + t, close=True, payload=t),
    "negative-length": lambda t: Answer(sent=OK + b"Content-Length: -5\r\n\r\n" + t, close=True, payload=t),
    "length-with-plus": lambda t: Answer(sent=OK + b"Content-Length: +5\r\n\r\n" + t, close=True, payload=t),
    "beyond-the-length": lambda t: Answer(
        sent=OK + b"Content-Length: 5\r\n\r\n" + t[:5] + b" and more", close=True, surplus=b" and more", payload=t[:5]
    ),
    "beyond-the-last-chunk": lambda t: Answer(
        sent=OK + CHUNKED + chunked(t) + b"HTTP/1.1 200 Forged\r\n\r\n",
        close=True,
        surplus=b"HTTP/1.1 200 Forged\r\n\r\n",
        payload=t,
    ),
    "empty-body": lambda t: Answer(sent=OK + b"Content-Length: 0\r\n\r\n", outcome="empty"),
    "204-with-a-body": lambda t: Answer(
        sent=b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        close=True,
        surplus=b"hello",
        outcome="empty",
    ),
    "304-with-a-body": lambda t: Answer(
        sent=b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
        close=True,
        surplus=b"hello",
        outcome="protocol_error",  # nobody asked on condition
    ),
    "404-with-a-body": lambda t: Answer(
        sent=with_length(t, status=b"HTTP/1.1 404 Not Found"), payload=t, outcome="gone"
    ),
    "spooled": lambda t: Answer(sent=with_length(big(t), b"Content-Type: application/pdf"), payload=big(t)),
    "spooled-chunks": lambda t: Answer(sent=OK + CHUNKED + chunked(big(t)[:700_001], big(t)[700_001:]), payload=big(t)),
    "invalid-utf-8-and-nul": _whole(b"Content-Type: text/html; charset=utf-8", body=lambda t: t + NO_UTF8),
    "lying-charset": _whole(b"Content-Type: text/html; charset=utf-16"),
    "unheard-of-charset": _whole(b"Content-Type: text/html; charset=\xff\x00klingon"),
    "utf-7": _whole(b"Content-Type: text/html; charset=utf-7", body=lambda t: b"+ADw-script+AD4-" + t),
    "gzip": _whole(b"Content-Encoding: gzip", body=gz),
    "x-gzip": _whole(b"Content-Encoding: X-GZip", body=gz),
    "gzip-twice": _whole(b"Content-Encoding: gzip, gzip", body=lambda t: gz(gz(t))),
    "gzip-chunked": lambda t: Answer(
        sent=OK + b"Content-Encoding: gzip\r\n" + CHUNKED + chunked(gz(t)[:7], gz(t)[7:]), payload=gz(t)
    ),
    "gzip-of-two-members": _whole(b"Content-Encoding: gzip", body=lambda t: gz(t) + gz(b"more")),
    "gzip-and-garbage": _whole(b"Content-Encoding: gzip", body=lambda t: gz(t) + b"\x00\x00garbage"),
    "deflate": _whole(b"Content-Encoding: deflate", body=zlib.compress),
    "deflate-raw": _whole(b"Content-Encoding: deflate", body=_raw_deflate),
    "br": _whole(b"Content-Encoding: br", body=brotli.compress),
    "zstd": _whole(b"Content-Encoding: zstd", body=lambda t: b"\x28\xb5\x2f\xfd\x00" + t),
    "unknown-coding": _whole(b"Content-Encoding: sdch, \xff"),
    "gzip-that-is-none": _whole(b"Content-Encoding: gzip", note="no gzip in spite of its Content-Encoding"),
    "deflate-that-is-none": _whole(b"Content-Encoding: deflate", note="no deflate in spite of its Content-Encoding"),
    "gzip-of-nothing": lambda t: Answer(
        sent=OK + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", outcome="empty"
    ),
}

STATUSES: dict[str, Row] = {
    "999": lambda t: Answer(sent=with_length(t, status=b"HTTP/1.1 999 Denied"), payload=t, outcome="blocked"),
    "600": lambda t: Answer(sent=with_length(t, status=b"HTTP/1.1 600 What"), payload=t, outcome="server_error"),
    "101": lambda t: Answer(
        sent=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\x00\x00\x06\x04",
        close=True,
        surplus=b"\x00\x00\x06\x04",
        outcome="client_error",
    ),
    "99": lambda t: Answer(
        sent=with_length(t, status=b"HTTP/1.1 99 Few"),
        close=True,
        kind="metadata",
        outcome="protocol_error",
        error="protocol_error",
    ),
    "1000": lambda t: Answer(
        sent=with_length(t, status=b"HTTP/1.1 1000 Many"),
        close=True,
        kind="metadata",
        outcome="protocol_error",
        error="protocol_error",
    ),
    "no-status": lambda t: Answer(
        sent=b"HTTP/1.1 OK\r\n" + length(t),
        close=True,
        kind="metadata",
        outcome="protocol_error",
        error="protocol_error",
    ),
    "http-0.9": lambda t: Answer(sent=t, close=True, kind="metadata", outcome="protocol_error", error="protocol_error"),
    "no-http": lambda t: Answer(
        sent=b"SSH-2.0-OpenSSH_9.9\r\n", close=True, kind="metadata", outcome="protocol_error", error="protocol_error"
    ),
    "nothing-at-all": lambda t: Answer(sent=b"", close=True, kind="metadata", outcome="conn_reset", error="conn_reset"),
    "1xx-and-nothing-more": lambda t: Answer(
        sent=HINTS, close=True, aside=HINTS, kind="metadata", outcome="conn_reset", error="conn_reset"
    ),
    "bad-chunk-size": lambda t: Answer(
        sent=OK + CHUNKED + b"5\r\n%b\r\nzz\r\n" % t[:5],
        close=True,
        payload=t[:5],
        warcio=t[:5] + b"zz\r\n",
        fastwarc=NOTHING,
        truncated="unspecified",
        outcome="protocol_error",
        error="protocol_error",
    ),
    "chunk-longer-than-said": lambda t: Answer(
        sent=OK + CHUNKED + b"5\r\n%b world\r\n0\r\n\r\n" % t[:5],
        close=True,
        payload=t[:5],
        warcio=b"5\r\n%borld\r\n0\r\n\r\n" % t[:5],
        fastwarc=NOTHING,
        truncated="unspecified",
        outcome="protocol_error",
        error="protocol_error",
    ),
}

ROWS: dict[str, Row] = HEADS | BODIES | STATUSES


def answer_to(name: str, scheme: str) -> Answer:
    """The row's answer, with a text no other answer has: what is the same twice is kept once."""
    number = list(ROWS).index(name) + (500 if scheme == "https" else 0)
    return ROWS[name](b"%05d %b" % (number, TEXT))
