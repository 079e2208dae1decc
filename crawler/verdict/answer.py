"""All that one check brought, as values (pure).

An `Answer` is what the rules of this package look at: the way there, the last answer's head, and the facts that a
worker drew from its body (`PageFacts`, a `Picture`). A `Match` says how much of our own copy is still there, a
`ProbeResult` how two random neighbours of the link were answered. Nothing here holds a body or an open file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from archive.model import Reason, Truncation
from archive.requisites import Picture

CONTAINED = 0.5  # share of our copy's shingles from which on its text is still there
DRIFTED = 0.1  # share below which the page says something else


class ContentKind(StrEnum):
    """What the bytes of an answer are, whatever its header claims."""

    HTML = "html"
    TEXT = "text"
    IMAGE = "image"
    PDF = "pdf"
    OTHER = "other"


class HopKind(StrEnum):
    """How an answer sends its reader on."""

    HTTP = "http"  # 3xx with Location
    META = "meta"  # <meta http-equiv=refresh>
    REFRESH_HEADER = "refresh_header"
    SCRIPT = "script"  # a near-empty page that sets location


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One answer that was not the last: asked for `url` with `cookies`, and sent on to `target`."""

    url: str
    status: int
    target: str  # absolute and canonical
    location: str = ""  # as written, fragment included
    how: HopKind = HopKind.HTTP
    cookies: str = ""  # those sent with the request, in any one spelling

    @property
    def permanent(self) -> bool:
        """Whether the server says that the new address replaces the old one (RFC 9110 sections 15.4.2, 15.4.9)."""
        return self.how is HopKind.HTTP and self.status in (301, 308)


class Robots(StrEnum):
    """What robots.txt says of the link."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    UNREACHABLE = "unreachable"  # it answers 5xx: nothing is allowed (RFC 9309 section 2.3.1.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a worker saw on a page. Words: a CJK character counts for half a word, as it does in reading time.

    `text` is what a reader reads and cannot click, outside of navigation, footers and what is said of other pages: a
    block a line. `prose` counts the words of its paragraphs, blocks of at least 25 words.
    """

    title: str = ""
    headings: tuple[str, ...] = ()  # h1
    subheadings: tuple[str, ...] = ()  # h2
    text: str = ""  # bounded
    beside: str = ""  # what stands in buttons, navigation, footers and teasers, a piece a line; bounded
    linked: str = ""  # what stands in links, a piece a line; bounded
    words: int = 0  # all that can be seen, links and navigation too
    main_words: int = 0  # of the whole of what `text` is the beginning of
    prose: int = 0
    paragraphs: int = 0
    links: int = 0
    has_password: bool = False
    has_login_form: bool = False
    has_text_form: bool = False  # a <textarea>: somebody may write to them here
    has_field: bool = False  # something else to be filled in, that is no search
    is_article: bool = False  # says so of itself: og:type, JSON-LD
    has_document: bool = False  # shows a PDF in a frame
    free: bool | None = None  # JSON-LD isAccessibleForFree
    refresh: tuple[str, float] | None = None  # the meta's address (absolute, canonical), and seconds
    script_target: str | None = None  # absolute, canonical: where the script of a near-empty page sends everybody
    scripts: int = 0
    pictures: int = 0  # images, video, frames, objects, canvases
    marks: tuple[str, ...] = ()  # of the machines behind it, found in the code: "challenge:…", "parking:…"
    cut: bool = False  # the parser gave up before the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that a check of `url` brought. The status, headers and facts are those of the last answer."""

    url: str  # as asked for
    final_url: str | None = None  # None: `url`
    hops: tuple[Hop, ...] = ()
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()  # Latin-1, as sent
    mime: str | None = None  # Content-Type without parameters, lower case
    kind: ContentKind | None = None
    page: PageFacts | None = None
    picture: Picture | None = None
    payload_sha256: str | None = None  # hex
    payload_length: int = 0  # bytes, after transfer-decoding
    error: Reason | None = None  # what went wrong in transport, if anything did
    error_text: str = ""
    truncated: Truncation | None = None
    robots: Robots = Robots.ALLOWED
    tls_verified: bool | None = None  # None: no TLS, or nobody looked
    tls_problem: str | None = None
    control_name_resolves: bool = False  # a name that is known to exist was looked up, and found
    expected: ContentKind | None = None  # what the link was once, or is said to be
    cookies: str = ""  # those sent with the last request, spelled as in `Hop`
    record_id: str | None = None  # of the last answer

    @property
    def end(self) -> str:
        """The address that gave the last answer."""
        return self.final_url or self.url

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its letter case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class MatchKind(StrEnum):
    """By what an answer was compared with our copy."""

    TEXT = "text"
    IMAGE = "image"
    PDF = "pdf"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How much of our own copy is in the answer. `share` is None where there was nothing to compare."""

    kind: MatchKind
    share: float | None  # 0..1, of our copy's shingles
    opening: float = 0.0  # 0..1, of our opening's, where the beginning of our article is all that is left of it
    same_digest: bool = False
    words: int = 0  # of our copy, boilerplate removed
    title: str = ""  # of our copy
    record_id: str | None = None  # of our copy

    @property
    def contained(self) -> bool:
        """Whether our copy is still there, or at least the beginning of our article as that of theirs."""
        return self.same_digest or self.begins or (self.share is not None and self.share >= CONTAINED)

    @property
    def begins(self) -> bool:
        """Whether only the beginning of our article is there: a free sample, or its first page."""
        return self.opening >= CONTAINED and not self.same_digest and (self.share or 0.0) < CONTAINED


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """How two random addresses beside the link were answered. Similarities are 0..1; a failed probe has status 0."""

    same_final_url: bool  # both ended at the very address the link did
    similarity_to_page: float  # of the siblings to the link's page: the mean
    similarity_of_siblings: float  # to each other
    own_similarity_to_page: float = 0.0  # the same of their own words, without links and what is said of other pages
    own_similarity_of_siblings: float = 0.0
    same_title: bool = False  # the link's page and both siblings, sent with a good status, are called the same
    sibling_status: tuple[int, ...] = ()


NO_PROBES = ProbeResult(same_final_url=False, similarity_to_page=0.0, similarity_of_siblings=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsProbes:
    """No verdict yet: how random neighbours of the link are answered decides. `why` names what made it necessary."""

    why: str
