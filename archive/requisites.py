"""What a page needs to be shown, as values (pure).

A `Need` is one thing a document asks for. A `Reading` is all that was found in one capture: its needs, what it names
and nobody can fetch, whether it is an image and decodes, and by which other addresses it calls itself. `Gathering`
collects them in page order and within bounds.

Light on purpose: the crawler's process imports these nouns, and only the workers import what makes them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from archive.model import Role
from archive.references import LONGEST_TEXT, Left, LeftReason, resolve

MOST_NEEDS = 2_000  # of a document
MOST_LEFT = 200

_WEIGHTS = {Role.OTHER: 0, Role.STYLE: 2, Role.SCRIPT: 2, Role.FRAME: 2}


def weight(role: Role) -> int:
    """Who wins if a document asks twice for the same URL: the heavier role, then the first."""
    return _WEIGHTS.get(role, 1)


class Kind(StrEnum):
    """What a payload is, by its first bytes before its label."""

    HTML = "html"
    CSS = "css"
    SVG = "svg"
    IMAGE = "image"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing a document asks for. `url` is http(s), canonical, without a fragment; `how` is as Heritrix says it."""

    url: str
    role: Role
    how: str  # "img/@src", "style/url()", "@import", "meta/og:image", "favicon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image as decoded. `problem` is None if it decodes wholly; width, height (pixels), frames as far as known."""

    format: str | None  # "JPEG", "PNG", "SVG" ...
    width: int | None = None
    height: int | None = None
    frames: int = 0  # that decoded
    problem: str | None = None  # one printable line
    too_large: bool = False  # the problem is its size: whether it is whole, nobody looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found in one capture. URLs are canonical and http(s)."""

    kind: Kind
    needs: tuple[Need, ...] = ()  # page order, each URL once, at most MOST_NEEDS
    left: tuple[Left, ...] = ()
    picture: Picture | None = None  # of an image, and of what should have been one
    canonical: str | None = None  # <link rel=canonical>
    amphtml: str | None = None
    og_url: str | None = None
    alternates: tuple[str, ...] = ()  # the same page for other screens: <link rel=alternate media=...>
    title: str | None = None  # one line
    refresh: str | None = None  # where <meta http-equiv=refresh> leads; the page itself if it only reloads
    refresh_seconds: float | None = None
    cut: bool = False  # only a part could be read: needs may be missing


class Gathering:
    """Collects what one document asks for. `base` is what its references are relative to, if it is http(s)."""

    def __init__(self, base: str | None) -> None:
        self.base = base
        self._needs: dict[str, Need] = {}
        self._known: dict[tuple[str | None, str], str | LeftReason | None] = {}
        self._left: list[Left] = []
        self._over = 0

    def add(self, reference: str | None, role: Role, how: str) -> None:
        """Note one reference as written. Beyond the bounds references are counted, and no longer looked at."""
        if not reference:
            return
        key = (self.base, reference)
        if key not in self._known:
            if len(self._needs) >= MOST_NEEDS or len(self._known) >= 4 * MOST_NEEDS:
                self._over += 1
                return
            self._known[key] = self._resolved(reference, how)
        match self._known[key]:
            case LeftReason() | None:
                return
            case url:
                self._note(Need(url=url, role=role, how=how))

    def resolved(self, reference: str | None) -> str | None:
        """The URL of a reference that is no need, or None."""
        match resolve(reference or "", self.base):
            case LeftReason():
                return None
            case url:
                return url

    def add_last(self, need: Need) -> None:
        """Note what comes behind all others, unless it is among them. It has its place in a full list too."""
        if need.url in self._needs:
            return
        if len(self._needs) >= MOST_NEEDS:
            self._needs.popitem()
            self._over += 1
        self._needs[need.url] = need

    def needs(self) -> tuple[Need, ...]:
        """In page order."""
        return tuple(self._needs.values())

    def left(self) -> tuple[Left, ...]:
        """What was named and cannot be fetched, in page order; then how many were not looked at."""
        if not self._over:
            return tuple(self._left)
        return (*self._left, Left(text="", why=LeftReason.OVER_LIMIT, count=self._over))

    def _resolved(self, reference: str, how: str) -> str | LeftReason | None:
        found = resolve(reference, self.base)
        if isinstance(found, LeftReason):
            self._leave(Left(text=reference.strip()[:LONGEST_TEXT], why=found, how=how))
        return found

    def _leave(self, left: Left) -> None:
        if len(self._left) < MOST_LEFT:
            self._left.append(left)
        else:
            self._over += 1

    def _note(self, need: Need) -> None:
        before = self._needs.get(need.url)
        if before is None and len(self._needs) >= MOST_NEEDS:
            self._over += 1
        elif before is None:
            self._needs[need.url] = need
        elif weight(need.role) > weight(before.role):
            self._needs[need.url] = replace(before, role=need.role, how=need.how)
