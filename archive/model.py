"""The nouns of the archive: frozen values, without I/O (pure).

An `Event` cites sources; a `Citation` is one such link as it stands on the page; an `Exchange` is one request and what
came back; a `Capture` is an exchange (or a page read from disk) that rests in a WARC at a `RecordRef`. A `Settlement`
says what came of a link. Facts are only ever added; opinions (outcomes, states) are drawn from them.

All datetimes are aware and in UTC. URLs are absolute and http(s) unless a field says "as written".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO

from archive.mementos import Source

# --- event pages ---


class CitationKind(StrEnum):
    """What a link on an event page is."""

    SOURCE = "source"
    COVER_IMAGE = "cover_image"
    INLINE = "inline"


class PageKind(StrEnum):
    """What a page of the site is."""

    EVENT = "event"
    INDEX = "index"
    HOME = "home"
    OTHER = "other"


class HrefReason(StrEnum):
    """Why an href as written gives no URL that can be fetched. Such a citation is kept, with this."""

    EMPTY = "empty"
    TEMPLATE = "template"  # ${mpNews.image}: a template nobody filled in
    DASHES = "dashes_for_slashes"  # http:--host-path: which dash was a slash is not known
    NO_BASE = "no_base"  # a relative reference with nothing to resolve it against
    UNSUPPORTED_SCHEME = "unsupported_scheme"
    MALFORMED = "malformed_url"
    OVER_BUDGET = "over_budget"  # beyond what is fetched of one event


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A link on an event page. `href` is as written; exactly one of `url` and `reason` is None."""

    kind: CitationKind
    label: str
    href: str
    url: str | None
    reason: HrefReason | None
    position: int  # 1-based, in page order, unique on the page


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedEvent:
    """A link to another event. `contexts` is a lossy split of `context_raw` on ", "."""

    title: str
    path: str
    contexts: tuple[str, ...]
    context_raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An older version of the same event, as its page lists it."""

    number: int
    title: str
    path: str
    stamp: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event page as read. `title` and `summary` are as written, outer white space off, entities not decoded."""

    path: str  # site path, no leading slash: "zh/news/2019/04/13/slug.md"
    language: str  # "en", "zh", ...
    day: date | None
    title: str
    summary: str
    topic: str | None  # None: the page has no topic line; "": it has an empty one
    citations: tuple[Citation, ...]
    related: tuple[RelatedEvent, ...]
    changes: tuple[Change, ...]
    formats: tuple[str, ...]  # hrefs of the same page in other formats, as written
    date_link: str | None  # href of the day's index, as written
    sha256: str  # hex, of the page's bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexItem:
    """An event as an index lists it."""

    title: str
    path: str
    topic: str | None  # the topic in force, inherited from the item before where it has no line of its own
    summary: str
    context_raw: str
    section: str  # heading of the section it stands in ("Yesterday", "2012-07-24")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """A day index or a home page."""

    path: str
    kind: PageKind  # INDEX or HOME
    language: str
    day: date | None
    items: tuple[IndexItem, ...]
    sections: tuple[tuple[str, str], ...]  # (label, href) of every "## " heading with a link
    previous: str | None  # href of the previous day that exists
    formats: tuple[str, ...]
    sha256: str


# --- what came of it ---


class Outcome(StrEnum):
    """What the ledger says of a citation. The four add up to all citations; WAITING is 0 after a whole run."""

    KEPT = "kept"
    FAILED = "failed"
    EXCLUDED = "excluded"
    WAITING = "waiting"


class Reason(StrEnum):
    """The closed list of reasons behind an outcome. `outcome`, `temporary` say what follows from each."""

    # kept
    OK = "ok"
    MOVED = "moved"  # kept behind one redirect or more
    NOT_MODIFIED = "not_modified"
    # failed, and will stay so
    GONE = "gone"  # 404, 410
    CLIENT_ERROR = "client_error"
    EMPTY = "empty"  # 204, or no bytes
    BLOCKED = "blocked"  # 403, 999
    LOGIN_REQUIRED = "login_required"  # 401
    PAYMENT = "payment"  # 402
    LEGAL_BLOCK = "legal_block"  # 451
    REDIRECT_LOOP = "redirect_loop"  # the same URL again, or more than 20 hops
    BAD_REDIRECT = "bad_redirect"  # a redirect without a usable Location
    DNS_GONE = "dns_gone"
    TOO_LARGE = "too_large"  # kept up to the limit, marked truncated
    NOT_AN_IMAGE = "not_an_image"  # kept, but what came as a cover image does not decode
    # failed, tried again in this run and by the next
    DNS_TEMP = "dns_temp"
    UNREACHABLE = "unreachable"  # this machine has no way there: says nothing of the host
    CONN_REFUSED = "conn_refused"
    CONN_RESET = "conn_reset"
    TIMEOUT = "timeout"
    TLS_ERROR = "tls_error"
    PROTOCOL_ERROR = "protocol_error"
    TRUNCATED = "truncated"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    INTERNAL_ERROR = "internal_error"  # a fault of ours; its traceback is in the log
    # excluded: not ours to fetch
    ROBOTS_EXCLUDED = "robots_excluded"
    REFUSED_ADDRESS = "refused_address"
    UNSUPPORTED_SCHEME = "unsupported_scheme"
    MALFORMED_URL = "malformed_url"
    TEMPLATE = "template"
    DASHES = "dashes_for_slashes"
    NO_BASE = "no_base"
    NO_HREF = "no_href"
    OVER_BUDGET = "over_budget"  # a requisite beyond what one page may cost
    # waiting
    PENDING = "pending"

    @property
    def outcome(self) -> Outcome:
        """The outcome a citation with this reason has."""
        if self in _KEPT:
            return Outcome.KEPT
        if self in _EXCLUDED:
            return Outcome.EXCLUDED
        return Outcome.WAITING if self is Reason.PENDING else Outcome.FAILED

    @property
    def temporary(self) -> bool:
        """Whether it is worth another try, later in this run or in the next one."""
        return self in _TEMPORARY

    @property
    def passing(self) -> bool:
        """Whether each run asks again: temporary, or ours or the host's to allow by then."""
        return self in _TEMPORARY or self in _MAY_BE_ALLOWED


_KEPT = frozenset({Reason.OK, Reason.MOVED, Reason.NOT_MODIFIED})
_TEMPORARY = frozenset({
    Reason.DNS_TEMP, Reason.UNREACHABLE, Reason.CONN_REFUSED, Reason.CONN_RESET, Reason.TIMEOUT, Reason.TLS_ERROR,
    Reason.PROTOCOL_ERROR, Reason.TRUNCATED, Reason.SERVER_ERROR, Reason.RATE_LIMITED, Reason.INTERNAL_ERROR,
})  # fmt: skip
_MAY_BE_ALLOWED = frozenset({Reason.ROBOTS_EXCLUDED, Reason.OVER_BUDGET, Reason.REFUSED_ADDRESS})
_EXCLUDED = frozenset({
    Reason.ROBOTS_EXCLUDED, Reason.REFUSED_ADDRESS, Reason.UNSUPPORTED_SCHEME, Reason.MALFORMED_URL,
    Reason.TEMPLATE, Reason.DASHES, Reason.NO_BASE, Reason.NO_HREF, Reason.OVER_BUDGET,
})  # fmt: skip

# --- exchanges, captures ---


class Via(StrEnum):
    """By which road a capture came."""

    HTTP = "http"
    FILE = "file"  # a page read from a folder
    BROWSER = "browser"
    MEMENTO = "memento"
    IMPORT = "import"  # out of a WARC that somebody else made
    CHECK = "check"  # an answer to a recheck: a copy of the link's page only where the check says that it lives


class Truncation(StrEnum):
    """WARC-Truncated (WARC/1.1 section 5.13): why a body is not whole."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"
    UNSPECIFIED = "unspecified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The TLS session of an exchange. `verified` is None where nobody looked; else `problem` says what failed."""

    version: str  # "tls/1.3", as WARC-Protocol spells it
    cipher: str
    verified: bool | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back, byte for byte. Not for keeping: `body` is an open file, and whoever records the
    exchange closes it.

    The response record's block is `response_head` + `body` (as transferred, chunked framing included); the payload is
    the body after transfer-decoding (RFC 9112 section 7), still content-encoded.
    """

    url: str
    started_at: datetime
    duration_ms: int
    request: bytes  # as sent, but for `request_removed`; b"" if none was
    response_head: bytes = b""  # from the status line to the blank line, both included; b"" if none came
    interim: bytes = b""  # 1xx answers before it, set aside
    body: BinaryIO | None = None  # at position 0
    body_length: int = 0
    block_sha1: str | None = None  # "sha1:BASE32", of head + body
    payload_sha1: str | None = None
    payload_sha256: str | None = None  # hex
    payload_length: int = 0
    status: int | None = None
    mime: str | None = None  # Content-Type without parameters, lower case
    location: str | None = None  # Location as written (Latin-1), if any
    retry_after: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    ip: str | None = None
    protocol: str | None = None  # "http/1.1", "http/1.0"
    tls: Tls | None = None
    truncated: Truncation | None = None
    error: Reason | None = None  # what went wrong in transport, if anything did
    error_text: str = ""
    note: str = ""  # what is odd about an answer of which nothing is missing
    request_removed: tuple[str, ...] = ()  # names of request headers, in lower case, whose values were not kept
    via: Via = Via.HTTP
    source: Source | None = None  # of a memento, whose `url` and `started_at` are the original's


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where an exchange comes from: the metadata record's fields (WARC/1.1 section 6.5; `via`, `hopsFromSeed`)."""

    via: str | None = None  # the URL or path that referred to it
    hops: str = ""  # discovery path: P page, C citation, R redirect, E requisite
    page_url: str | None = None  # of a requisite: the page that needs it
    outlinks: tuple[str, ...] = ()
    page: str | None = None  # of a page of the site: what was read in it, as archive.page_note spells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A page read from disk, to be kept as a `resource` record."""

    uri: str  # "file:..."-less: urn:sourcekeep:page:<percent-encoded site path>
    mime: str
    payload: bytes
    at: datetime


class RecordKind(StrEnum):
    """The record that stands for a capture."""

    RESPONSE = "response"
    REVISIT = "revisit"
    RESOURCE = "resource"
    METADATA = "metadata"  # an attempt that gave no response: its record says what went wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRef:
    """Where a record lies: `warc` is the file's final name (no folder, no `.open`), bytes in the compressed file."""

    warc: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A record in a WARC, and what is known of it. Natural key: `record_id`."""

    record_id: str  # "urn:uuid:...", no angle brackets
    kind: RecordKind
    url: str
    at: datetime  # to the microsecond, as WARC-Date has it
    status: int | None
    mime: str | None
    payload_sha1: str | None
    payload_sha256: str | None
    payload_length: int
    where: RecordRef
    request_id: str | None = None
    refers_to: str | None = None  # revisit: the record id it stands for
    referrer: str | None = None
    hops: str = ""
    page_url: str | None = None
    via: Via = Via.HTTP
    duration_ms: int = 0
    ip: str | None = None
    protocol: str | None = None
    truncated: Truncation | None = None
    error: Reason | None = None
    location: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is missing from it."""
        return self.truncated is None and self.error is None


# --- the frontier ---


class LinkKind(StrEnum):
    """Why a link is fetched."""

    PAGE = "page"  # of the event site itself
    CITATION = "citation"
    REQUISITE = "requisite"


class Role(StrEnum):
    """What a page needs a requisite for."""

    IMAGE = "image"
    STYLE = "style"
    SCRIPT = "script"
    FONT = "font"
    ICON = "icon"
    POSTER = "poster"
    FRAME = "frame"
    MEDIA = "media"
    MANIFEST = "manifest"
    OTHER = "other"


class LinkStage(StrEnum):
    """A link's place in the frontier."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link found. The frontier takes each URL once."""

    url: str
    kind: LinkKind
    via: str | None = None
    hops: str = ""
    redirects: int = 0  # redirects followed to get here
    priority: int = 0  # smaller goes first
    role: Role | None = None  # of a requisite
    page_url: str | None = None  # of a requisite: the page that needs it


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A link handed out to be fetched."""

    link_id: int
    url: str
    kind: LinkKind
    host: str  # politeness key: host[:port], port only if not the scheme's
    via: str | None
    hops: str
    redirects: int
    tries: int  # attempts made before this one, in this run
    not_before: datetime | None
    etag: str | None  # of the last good answer, for a conditional request
    last_modified: str | None
    role: Role | None = None
    page_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one attempt makes of a link; written in the same transaction as the attempt's capture."""

    link_id: int
    stage: LinkStage  # DONE, FAILED, or PENDING for another try
    reason: Reason
    at: datetime
    redirect_to: NewLink | None = None
    not_before: datetime | None = None  # with PENDING
    host_not_before: datetime | None = None  # the server's Retry-After: the whole host waits
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A page of the site, read: what it says and the links it gives."""

    key: str  # what makes it one page, whatever the spelling of its address
    url: str | None  # None for a page from disk
    kind: PageKind
    sha256: str
    event: Event | None = None
    links: tuple[NewLink, ...] = field(default=())
