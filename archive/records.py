"""WARC/1.1 records as values, ready to be written (pure).

An exchange becomes a `response` (or `revisit`), its `request`, and a `metadata` record that says what HTTP does not:
who referred to it, how long it took, what TLS was worth. An attempt without an answer becomes a `metadata` record with
the error. The block of a response is the bytes that came, head and body, never parsed and written anew.

`head_bytes` is the only road from a value to header bytes, and it lets no value through that could end a line: whatever
a server, a page or a person puts into a URL or a message, it cannot forge a header or a record.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import quote_from_bytes

from archive.model import Capture, Context, Exchange, RecordKind, Resource, Via
from archive.urls import LONGEST, percent

VERSION = "WARC/1.1"
FIELDS = "application/warc-fields"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"

Headers = tuple[tuple[str, str], ...]

_URIS = frozenset({"WARC-Target-URI", "WARC-Refers-To-Target-URI", "WARC-Profile", "WARC-Source-URI"})
_IDS = frozenset({"WARC-Record-ID", "WARC-Concurrent-To", "WARC-Refers-To", "WARC-Warcinfo-ID"})
_LINE_BREAKERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_MOST_TEXT = 2000  # characters of a message
_MOST_IN_HEADER = 500  # characters of a header's text: fastwarc reads no header of more than 32 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record to be written. Its block is `block` and then `body_length` bytes of `body`."""

    kind: str  # WARC-Type
    record_id: str  # "urn:uuid:...", no angle brackets
    headers: Headers  # all others, but for Content-Length and WARC-Warcinfo-ID
    block: bytes
    body: BinaryIO | None = None
    body_length: int = 0
    head: bytes | None = None  # of a record that somebody else made: its header, as it was checked and is kept

    @property
    def length(self) -> int:
        """Content-Length."""
        return len(self.block) + self.body_length

    def header(self, name: str) -> str | None:
        """The first value of a header, as given."""
        return next((value for each, value in self.headers if each == name), None)


def head_bytes(record: NewRecord, *, warcinfo_id: str | None) -> bytes:
    """The record's header from its version line to the blank line, both included (WARC/1.1 section 4)."""
    if record.head is not None:
        return record.head
    lines = [("WARC-Type", record.kind), ("WARC-Record-ID", _bracketed(record.record_id)), *record.headers]
    if warcinfo_id is not None:
        lines.append(("WARC-Warcinfo-ID", _bracketed(warcinfo_id)))
    lines.append(("Content-Length", str(record.length)))
    clean = "".join(f"{name}: {_clean(name, value)}\r\n" for name, value in lines)
    return f"{VERSION}\r\n{clean}\r\n".encode()


def _clean(name: str, value: str) -> str:
    if value.isascii() and value.isprintable() and " " not in value and len(value) < _MOST_IN_HEADER:
        return value if name not in _URIS else clean_uri(value)  # as nearly all are: there is nothing to clean
    if name in _URIS:
        return clean_uri(value)
    if name in _IDS:
        return _bracketed(clean_uri(value[1:-1]))
    return clean_text(value)[:_MOST_IN_HEADER]


def clean_uri(uri: str) -> str:
    """A URI as it stands in a record: visible ASCII, the rest percent-encoded. A canonical URL stays as it is.

    What is longer than any canonical URL keeps its beginning and a digest of the whole.
    """
    uri = percent(uri)
    if uri.startswith("<"):  # readers would take it for a bracket around the URI
        uri = "%3C" + uri[1:]
    return uri if len(uri) <= LONGEST else f"{uri[: LONGEST - 50]}#{sha1(uri.encode('ascii'))}"


def clean_text(text: str) -> str:
    """One line of text: controls, line separators and lone surrogates become U+FFFD; no white space around."""
    if not (text.isascii() and text.isprintable()):
        text = _LINE_BREAKERS.sub("\ufffd", text)
    return text.strip()


def warc_date(at: datetime) -> str:
    """WARC-Date, to the microsecond (section 5.4)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def sha1(data: bytes) -> str:
    """A digest as WARC headers label it (section 5.8): "sha1:" and base32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii")


def warc_fields(fields: Headers) -> bytes:
    """A block of application/warc-fields (section 10.1)."""
    lines = (f"{_NOT_IN_NAMES.sub('-', name)}: {clean_text(value)}\r\n" for name, value in fields)
    return "".join(lines).encode("utf-8")


def warcinfo(fields: Mapping[str, str], *, record_id: str, at: datetime, filename: str) -> NewRecord:
    """The record every file begins with (section 6.2). Empty values are left out."""
    standard = {"format": "WARC File Format 1.1", "conformsTo": CONFORMS_TO}
    block = warc_fields(tuple((name, value) for name, value in {**standard, **fields}.items() if value))
    headers = (("WARC-Date", warc_date(at)), ("WARC-Filename", filename), ("Content-Type", FIELDS))
    return _with_block("warcinfo", record_id, headers, block)


# --- an exchange ---


def exchange_records(
    exchange: Exchange, context: Context, *, new_id: Callable[[], str], refers_to: Capture | None = None
) -> tuple[NewRecord, ...]:
    """The records of one capture event, the one that stands for it first.

    With `refers_to` it is a revisit of that capture, if the answer is a 304 or has the same whole payload.
    Raises ValueError where an answer comes without its digests.
    """
    main_id = new_id()
    request_id = new_id() if exchange.request else None
    if not exchange.response_head:
        main = _attempt(exchange, context, main_id, request_id)
        return (main, *_request(exchange, main_id, request_id))
    metadata_id = new_id()
    original = refers_to if refers_to is not None and stands_for(refers_to, exchange) else None
    links = _concurrent_to(request_id, metadata_id)
    main = _response(exchange, main_id, links) if original is None else _revisit(exchange, main_id, links, original)
    fields = exchange_fields(exchange, context, original)
    metadata = _metadata_of(main_id, metadata_id, exchange.url, exchange.started_at, fields)
    return (main, *_request(exchange, main_id, request_id), metadata)


def stands_for(original: Capture, exchange: Exchange) -> bool:
    """Whether a revisit of `original` says all there is: a 304, or the same payload, both whole."""
    if exchange.status == 304:
        return True
    same = original.payload_sha1 is not None and original.payload_sha1 == exchange.payload_sha1
    return same and original.whole and exchange.truncated is None and exchange.error is None


def exchange_fields(exchange: Exchange, context: Context, original: Capture | None) -> Headers:
    """The metadata record's fields: those of section 6.5's example, and ours."""
    not_modified = original is not None and exchange.status == 304
    payload = original if original is not None and not_modified else exchange
    tls, source = exchange.tls, exchange.source
    fields = [
        *_context_fields(context),
        ("fetchTimeMs", str(exchange.duration_ms)),
        ("retrievedVia", exchange.via.value if exchange.via is not Via.HTTP else None),
        ("sourceArchive", source.archive if source is not None else None),
        ("recovers", clean_uri(source.recovers) if source is not None and source.recovers else None),
        ("payloadSha256", payload.payload_sha256 if exchange.response_head else None),
        ("payloadLength", str(payload.payload_length) if exchange.response_head else None),
        ("tlsVerified", str(tls.verified).lower() if tls is not None and tls.verified is not None else None),
        ("tlsProblem", tls.problem if tls is not None else None),
        ("truncated", exchange.truncated.value if exchange.truncated and not exchange.response_head else None),
        ("error", exchange.error.value if exchange.error is not None else None),
        ("errorText", exchange.error_text[:_MOST_TEXT]),
        ("note", exchange.note[:_MOST_TEXT]),
        ("requestHeadersRemoved", ", ".join(exchange.request_removed)),
        ("interimHeads", _octets(exchange.interim)),
        ("responseHead", _octets(exchange.response_head) if not_modified else None),
        *(("outlink", clean_uri(link)) for link in context.outlinks),
    ]
    return tuple((name, value) for name, value in fields if value)


def _context_fields(context: Context) -> tuple[tuple[str, str | None], ...]:
    page_url = clean_uri(context.page_url) if context.page_url else None
    return ("via", context.via), ("hopsFromSeed", context.hops), ("neededBy", page_url), ("page", context.page)


def _octets(data: bytes) -> str:
    """Bytes on one line, every one to be had back: percent-encoded, "%" too."""
    return quote_from_bytes(data, safe="!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~")


def _attempt(exchange: Exchange, context: Context, record_id: str, request_id: str | None) -> NewRecord:
    headers = (*_about_exchange(exchange), *_concurrent_to(request_id), ("Content-Type", FIELDS))
    return _with_block("metadata", record_id, headers, warc_fields(exchange_fields(exchange, context, None)))


def _request(exchange: Exchange, main_id: str, request_id: str | None) -> tuple[NewRecord, ...]:
    if request_id is None:
        return ()
    content_type = ("Content-Type", "application/http; msgtype=request")
    headers = (*_about_exchange(exchange), *_concurrent_to(main_id), content_type)
    return (_with_block("request", request_id, headers, exchange.request),)


def _response(exchange: Exchange, record_id: str, links: Headers) -> NewRecord:
    if exchange.block_sha1 is None or exchange.payload_sha1 is None:
        raise ValueError(f"the answer of {exchange.url} comes without its digests")
    truncated = (("WARC-Truncated", exchange.truncated.value),) if exchange.truncated is not None else ()
    headers = (
        *_about_exchange(exchange),
        *links,
        *truncated,
        ("WARC-Block-Digest", exchange.block_sha1),
        ("WARC-Payload-Digest", exchange.payload_sha1),
        ("Content-Type", "application/http; msgtype=response"),
    )
    return NewRecord(
        kind="response",
        record_id=record_id,
        headers=headers,
        block=exchange.response_head,
        body=exchange.body,
        body_length=exchange.body_length,
    )


def _revisit(exchange: Exchange, record_id: str, links: Headers, original: Capture) -> NewRecord:
    """A revisit (section 6.7): the head alone, or nothing at all for a 304, whose head replay tools would trip over."""
    not_modified = exchange.status == 304
    headers = (
        *_about_exchange(exchange),
        *links,
        ("WARC-Profile", NOT_MODIFIED if not_modified else IDENTICAL),
        *_refers_to(original),
        *(() if not_modified else (("WARC-Truncated", "length"),)),  # section 6.7.2 asks for it
        *((("WARC-Payload-Digest", original.payload_sha1),) if original.payload_sha1 is not None else ()),
        ("Content-Type", "application/http; msgtype=response"),
    )
    return _with_block("revisit", record_id, headers, b"" if not_modified else exchange.response_head)


def _refers_to(original: Capture) -> Headers:
    # A revisit must point at the payload, not at another revisit, and of that one we know only the name.
    if original.kind is RecordKind.REVISIT and original.refers_to is not None:
        return (("WARC-Refers-To", _bracketed(original.refers_to)),)
    return (
        ("WARC-Refers-To", _bracketed(original.record_id)),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", warc_date(original.at)),
    )


def _about_exchange(exchange: Exchange) -> Headers:
    protocols = (exchange.protocol, exchange.tls.version if exchange.tls is not None else None)
    headers = [("WARC-Target-URI", exchange.url), ("WARC-Date", warc_date(exchange.started_at))]
    if exchange.ip is not None:
        headers.append(("WARC-IP-Address", exchange.ip))
    headers += [("WARC-Protocol", protocol) for protocol in protocols if protocol]
    if exchange.tls is not None and exchange.tls.cipher:
        headers.append(("WARC-Cipher-Suite", exchange.tls.cipher))
    if exchange.source is not None:  # no standard has these two; pywb's recorder writes them for the same purpose
        headers.append(("WARC-Source-URI", exchange.source.url))
        headers.append(("WARC-Creation-Date", warc_date(exchange.source.fetched_at)))
    return tuple(headers)


# --- texts of our own ---


def resource_records(resource: Resource, context: Context, *, new_id: Callable[[], str]) -> tuple[NewRecord, ...]:
    """A page read from disk (section 6.3), and what is known of it."""
    main_id, metadata_id = new_id(), new_id()
    main = _text("resource", main_id, resource, _concurrent_to(metadata_id))
    ours = (("payloadSha256", hashlib.sha256(resource.payload).hexdigest()),)
    outlinks = tuple(("outlink", clean_uri(link)) for link in context.outlinks)
    known = tuple((name, value) for name, value in _context_fields(context) if value)
    metadata = _metadata_of(main_id, metadata_id, resource.uri, resource.at, (*known, *ours, *outlinks))
    return main, metadata


def metadata_record(text: Resource, *, record_id: str, about: str | None) -> NewRecord:
    """A text about another record, or about nothing in the file (section 6.5)."""
    return _text("metadata", record_id, text, (("WARC-Refers-To", _bracketed(about)),) if about is not None else ())


def conversion_record(text: Resource, *, record_id: str, refers_to: str) -> NewRecord:
    """Another form of a record's payload (section 6.8), under a urn: so that it never passes for what was published.

    Raises ValueError for a URI that is no urn:.
    """
    if not text.uri.startswith("urn:"):
        raise ValueError(f"a conversion is named by a urn:, not {text.uri[:200]!r}")
    return _text("conversion", record_id, text, (("WARC-Refers-To", _bracketed(refers_to)),))


def _text(kind: str, record_id: str, text: Resource, links: Headers) -> NewRecord:
    digest = ("WARC-Payload-Digest", sha1(text.payload))
    about = (("WARC-Target-URI", text.uri), ("WARC-Date", warc_date(text.at)))
    return _with_block(kind, record_id, (*about, *links, digest, ("Content-Type", text.mime)), text.payload)


def _metadata_of(main_id: str, record_id: str, url: str, at: datetime, fields: Headers) -> NewRecord:
    about = (("WARC-Target-URI", url), ("WARC-Date", warc_date(at)), *_concurrent_to(main_id))
    return _with_block("metadata", record_id, (*about, ("Content-Type", FIELDS)), warc_fields(fields))


def _with_block(kind: str, record_id: str, headers: Headers, block: bytes) -> NewRecord:
    digest = ("WARC-Block-Digest", sha1(block))
    return NewRecord(kind=kind, record_id=record_id, headers=(*headers, digest), block=block)


def _concurrent_to(*record_ids: str | None) -> Headers:
    return tuple(("WARC-Concurrent-To", _bracketed(each)) for each in record_ids if each is not None)


def _bracketed(record_id: str) -> str:
    return f"<{record_id}>"
