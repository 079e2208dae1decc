"""What proves that two addresses are one work (pure): a redirect, pages that name one another, equal bytes, equal text.

All of it is in answers that are kept. A lie costs an archive more than a gap: where an answer can be read in two ways
(a home page in place of what is gone, a canonical link that every page of a site has), it proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from archive.alias_traps import differ_in_query, is_same_site, leads_astray

LEAST_PAYLOAD = 512  # bytes: shorter answers are alike for no reason
LEAST_TEXT = 200  # characters
MOST_CLAIMS = 2  # different pages that may have one canonical address, or redirect to one, before it means nothing
_LEAST_TITLE = 15  # characters
_NEAR = 0.8  # of the longer text's length


class Proof(StrEnum):
    """How it is known that two addresses are one work, the strongest first."""

    REDIRECT = "redirect"
    IDENTICAL = "identical"
    SAME_TEXT = "same_text"
    CANONICAL = "canonical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was last kept, whole."""

    url: str
    key: str  # its plainest spelling
    record_id: str
    sha256: str | None = None
    length: int = 0
    title: str | None = None
    text_sha256: str | None = None
    text_chars: int = 0
    canonical: str | None = None
    amphtml: str | None = None
    og_url: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The addresses it gives itself."""
        return frozenset(filter(None, (self.canonical, self.og_url)))


def alike(one: Page, other: Page) -> Proof | None:
    """What proves that two pages whose spellings have the same key are one work."""
    if one.key != other.key:
        return None
    if one.sha256 is not None and one.sha256 == other.sha256 and one.length >= LEAST_PAYLOAD:
        return Proof.IDENTICAL
    return Proof.SAME_TEXT if has_same_text(one, other) else None


def agrees(claiming: Page, claimed: Page) -> bool:
    """Whether the page that is named as the canonical or AMP version of another has nothing against it.

    It names that other in turn, or has the same text; or names itself, on the same site. A page of another site cannot
    take a work for its own by naming it.
    """
    if leads_astray(claiming.url, claimed.url):
        return False
    if is_near(claiming, claimed):
        return True
    if _is_another(claiming, claimed):
        return False
    if claiming.url in claimed.names or claimed.amphtml == claiming.url:
        return True
    named = claimed.url in claiming.names  # only an AMP version: that one has to say of what
    return named and claimed.url in claimed.names and is_same_site(claiming.url, claimed.url)


def is_broken(claimed: Page, claiming: Sequence[Page]) -> bool:
    """Whether a canonical address means nothing, because too many different pages have it.

    Two are too many if they only differ by query: a site that forgot `?id=` in what it calls canonical.
    """
    strange = {_content(page): page for page in claiming if page.key != claimed.key and not is_near(page, claimed)}
    pages = list(strange.values())
    if len(pages) > MOST_CLAIMS:
        return True
    return any(differ_in_query(a.url, b.url) for a in pages for b in pages)


def _content(page: Page) -> str:
    return page.text_sha256 or page.sha256 or page.record_id


def has_same_text(one: Page, other: Page) -> bool:
    """Whether the articles read from two pages are equal."""
    return _is_read(one) and one.text_sha256 == other.text_sha256 and one.text_chars >= LEAST_TEXT


def is_near(one: Page, other: Page) -> bool:
    """Whether the articles read from two pages are equal, or have one title and nearly one length."""
    if has_same_text(one, other):
        return True
    if not (_is_read(one) and _is_read(other)):
        return False
    short, long = sorted((one.text_chars, other.text_chars))
    title = _title(one)
    return len(title) >= _LEAST_TITLE and title == _title(other) and short >= LEAST_TEXT and short >= _NEAR * long


def _is_another(one: Page, other: Page) -> bool:
    """Whether two pages were read and are plainly two articles."""
    first, second = _title(one), _title(other)
    if not (_is_read(one) and _is_read(other) and first and second) or has_same_text(one, other):
        return False
    return first not in second and second not in first


def _is_read(page: Page) -> bool:
    return page.text_sha256 is not None


def _title(page: Page) -> str:
    return " ".join((page.title or "").split()).casefold()
