"""Whether what a link gives today is what we hold (pure).

A `Fingerprint` is what is kept of a body to compare it by; crawler.verdict.reading takes it, in a worker. `compare`
says how much of our copy is in the answer, and `usable_baseline` whether our copy is fit to be compared with at all.

Three things make the answer the same article although its text is not the same:

- another layout, comments, a menu more: our article, without what its site puts around it, is looked for in everything
  that can be seen on the page;
- a paywall: of a long article only the beginning is left. So it also counts if our opening is there under our title;
  or all of our opening, and what the page has for an article is mostly ours (`Match.opening`, beside the share);
- a correction: half of our shingles are enough.

And one thing makes another page of the site look like it: what the site puts around all its pages. Reading the article
out does not always get rid of that, so what random siblings of the link have too (`shared`) is taken away where known;
where it is not, little text and a title that has nothing in common with ours are not believed.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace

from crawler.verdict.answer import CONTAINED, ContentKind, Match, MatchKind
from crawler.verdict.image_likeness import ImagePrint, likeness
from crawler.verdict.shingles import SHORT, Shingles, containment, narrowed, shingles_of, similarity, without

LEAD = 60  # tokens of an article's opening
STUB = 25  # tokens without which a page is too little to be the beginning of an article
OPENING = 0.5  # share of our opening that makes a page begin like ours
WHOLE_OPENING = 0.8  # under another title
TITLES_ALIKE = 0.5
BARELY = 0.7  # a share below it is not believed under quite another title
FIRM = 0.8  # share of a whole page, its menus included, from which on it is the same without knowing them
LEFT = 0.15  # of our text must be ours alone; else it is its site's boilerplate
ALIKE_COPIES = 2  # other links of a host with the same copy: it is the host's, not the article's
LIKE_SIBLING = 0.9  # similarity to the answer for a random address

_UNCERTAIN = CONTAINED - 0.01
_SEPARATORS = re.compile(r"\s+[-|–—_·:»«]+\s+|\s*[|_]\s*")
_TEXTS = frozenset({ContentKind.HTML, ContentKind.TEXT, ContentKind.PDF})
_OF_KIND = {ContentKind.IMAGE: MatchKind.IMAGE, ContentKind.PDF: MatchKind.PDF, ContentKind.OTHER: MatchKind.DIGEST}
_VERSION = 1
_HEAD = struct.Struct("<B8s32sQIII")
_NOTHING = Shingles()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What is kept of a body. `article` and `lead` are empty if it has no article, or nobody looked for it."""

    kind: ContentKind
    sha256: str  # hex, of the payload without content codings
    length: int  # bytes
    title: str = ""
    words: int = 0  # of the article, else of all there is; a character of Chinese counts for half a word
    whole: Shingles = _NOTHING  # everything that can be seen
    article: Shingles = _NOTHING  # boilerplate removed
    lead: Shingles = _NOTHING  # its opening
    picture: ImagePrint | None = None
    pages: int = 0  # of a PDF

    @property
    def body(self) -> Shingles:
        """The text that makes it what it is: the article, else all there is."""
        return self.article if self.article.kept else self.whole

    def sample(self) -> Fingerprint:
        """The same, small enough for a catalogue: at most 12 kB."""
        return replace(self, whole=self.whole.sample(512), article=self.article.sample())

    def to_bytes(self) -> bytes:
        """For a catalogue, with `sample` taken."""
        stored = self.sample()
        parts = [
            stored.title.encode("utf-8", "replace"),
            *(text.to_bytes() for text in (stored.whole, stored.article, stored.lead)),
            stored.picture.to_bytes() if stored.picture else b"",
        ]
        head = _HEAD.pack(
            _VERSION, self.kind.encode(), bytes.fromhex(self.sha256), self.length, self.words, self.pages, len(parts)
        )
        return head + struct.pack(f"<{len(parts)}I", *map(len, parts)) + b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """What `to_bytes` wrote. Raises ValueError for anything else, an older version included."""
        try:
            version, kind, digest, length, words, pages, count = _HEAD.unpack_from(data)
            if version != _VERSION or count != 5:
                raise ValueError(f"a fingerprint of version {version}, not {_VERSION}")
            sizes = struct.unpack_from(f"<{count}I", data, _HEAD.size)
        except struct.error as error:
            raise ValueError(f"no fingerprint in {len(data)} bytes") from error
        title, whole, article, lead, picture = _split(data, _HEAD.size + 4 * count, sizes)
        return cls(
            kind=ContentKind(kind.rstrip(b"\0").decode()),
            sha256=digest.hex(),
            length=length,
            title=title.decode(),
            words=words,
            whole=Shingles.from_bytes(whole),
            article=Shingles.from_bytes(article),
            lead=Shingles.from_bytes(lead),
            picture=ImagePrint.from_bytes(picture) if picture else None,
            pages=pages,
        )


def _split(data: bytes, at: int, sizes: tuple[int, ...]) -> list[bytes]:
    if at + sum(sizes) != len(data):
        raise ValueError(f"a fingerprint of {len(data)} bytes, not {at + sum(sizes)}")
    parts = []
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What else is known of a copy of ours, by which it may be no copy of the article."""

    status: int | None
    whole: bool = True  # nothing is missing from it
    challenge: bool = False  # somebody kept us out: a bot wall, a region's or a court's notice
    error_page: bool = False  # by its words
    login: bool = False
    copies_alike: int = 0  # links of the same host whose copies have the same digest or text, this one not counted
    sibling: Shingles | None = None  # what a random address beside the link gives, if anybody asked


def usable_baseline(copy: Fingerprint, facts: CopyFacts) -> bool:
    """Whether a copy of ours says what the link once gave: a whole answer with something in it that is the link's own.

    A bot wall, a region's notice, an error page sent with 200, and whatever the host sends for every address are not.
    """
    if facts.status is None or not 200 <= facts.status < 300 or not facts.whole or not copy.length:
        return False
    if facts.challenge or facts.error_page or facts.login or facts.copies_alike >= ALIKE_COPIES:
        return False
    if copy.kind not in (ContentKind.HTML, ContentKind.TEXT):
        return True
    if copy.body.tokens < SHORT:
        return False
    return facts.sibling is None or similarity(copy.whole, facts.sibling) < LIKE_SIBLING


def compare(
    ours: Fingerprint, theirs: Fingerprint, *, shared: Shingles | None = None, record_id: str | None = None
) -> Match:
    """How much of our copy is in the answer: a share from 0.5 on is the same, below 0.1 something else, unless our
    opening is what they have of it.

    `shared` is what random siblings of the link have in common with it: boilerplate. `record_id` is our copy's. The
    share is None where nothing can be told: both images of one colour, nothing in our copy but what its siblings have,
    not a word on the page.
    """
    kind = _OF_KIND.get(ours.kind, MatchKind.TEXT)
    known = Match(kind=kind, share=None, words=ours.words, title=ours.title, record_id=record_id)
    if ours.sha256 == theirs.sha256:
        return replace(known, kind=MatchKind.DIGEST, share=1.0, same_digest=True)
    share = _share(ours, theirs, shared)
    opening = 0.0
    if share is not None and share < CONTAINED and ours.kind in _TEXTS and theirs.kind in _TEXTS:
        opening = _opening(ours, theirs, shared)
    return replace(known, share=share, opening=opening)


def _share(ours: Fingerprint, theirs: Fingerprint, shared: Shingles | None) -> float | None:
    if ours.kind in _TEXTS and theirs.kind in _TEXTS:
        return _text_share(ours, theirs, shared)
    if ours.kind is not theirs.kind:
        return 0.0
    if ours.picture is None or theirs.picture is None:
        return None  # an archive or a film packed anew, an SVG, what does not decode: other bytes alone prove nothing
    return likeness(ours.picture, theirs.picture)


def _text_share(ours: Fingerprint, theirs: Fingerprint, shared: Shingles | None) -> float | None:
    text = own_part(ours.body, shared)
    if text is None or not theirs.whole.kept:
        return None  # a page without a word may be written by its scripts
    share = max(containment(text, theirs.whole), containment(text, theirs.article))
    return share if _believed(share, ours, theirs, shared) else min(share, _UNCERTAIN)


def own_part(text: Shingles, shared: Shingles | None) -> Shingles | None:
    """A text without what its siblings have too; None if it has next to nothing else."""
    if not text.kept:
        return None
    if shared is None or not shared.kept:
        return text
    left = without(text, shared)
    return left if len(left.kept) >= max(LEFT * len(text.kept), min(SHORT, len(text.kept))) else None


def _believed(share: float, ours: Fingerprint, theirs: Fingerprint, shared: Shingles | None) -> bool:
    """Whether a share can be the article's, or only that of what its site puts around every page."""
    if shared is not None and shared.kept:
        return True
    if not ours.article.kept:
        return share >= FIRM
    return share >= BARELY or not ours.title or not theirs.title or titles_alike(ours.title, theirs.title) > 0


def begins_alike(ours: Fingerprint, theirs: Fingerprint) -> bool:
    """Whether the opening of our article is to be seen on a page: else its own article need not be read out."""
    return containment(ours.lead, theirs.whole) >= OPENING


def _opening(ours: Fingerprint, theirs: Fingerprint, shared: Shingles | None) -> float:
    """How much of our article's opening is there, if that is the beginning of theirs; else 0."""
    opening = containment(ours.lead, theirs.whole)
    text = own_part(ours.body, shared)
    if text is None or not begins_alike(ours, theirs):
        return 0.0
    if _telling(ours.title) and titles_alike(ours.title, theirs.title) >= TITLES_ALIKE:
        return opening
    remnant = own_part(theirs.article, shared)
    if opening < WHOLE_OPENING or remnant is None or remnant.tokens < STUB:
        return 0.0  # a teaser among those of other articles
    return opening if containment(remnant, text) >= CONTAINED else 0.0


# --- titles ---


def titles_alike(one: str, other: str) -> float:
    """The share of words (characters of Chinese) that two titles have in common, the site's name left out: 0 to 1.

    What stands in both between bars or dashes is the site's name, unless it is the longer part of the title.
    """
    first, second = _title_parts(one), _title_parts(other)
    both = max(map(len, first & second), default=0)
    rest = max(first - second, key=len, default=frozenset()), max(second - first, key=len, default=frozenset())
    if min(map(len, rest)) == 0:
        return 1.0 if both and both >= max(map(len, rest)) else 0.0
    return len(rest[0] & rest[1]) / len(rest[0] | rest[1])


def _telling(title: str) -> bool:
    """Whether a title is one article's, and not its whole site's."""
    return max(map(len, _title_parts(title)), default=0) >= 4


def _title_parts(title: str) -> frozenset[frozenset[int]]:
    parts = (narrowed(shingles_of(part), 1).kept for part in _SEPARATORS.split(title))
    return frozenset(part for part in parts if part)
