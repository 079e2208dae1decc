"""What a page says of other pages: a headline that is a link, and a sentence or two below it (pure).

Error pages, log-in forms and home pages stand among such cards, other ones each time. Their summaries are as long as
paragraphs and cannot be clicked, but they are not what the page has to say. A *card* begins with a headline (h2 to h6)
that is nothing but a link to elsewhere, and ends with the element around it. It is a teaser if there is one long block
in it at most, and one more like it on the page: what has several paragraphs below a linked headline is an article of an
old weblog, and a single one may be the page's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PARAGRAPH = 25  # words from which on a block is a paragraph
_LONG = 12  # words: longer than a date, a byline, a rubric
_MOST_BLOCKS = 4
_LIFTS = 2  # elements around a headline that may end before its summary begins
_LIMIT = 16_000  # characters that are kept of a text
_LINE = 2_000


@dataclass(slots=True, eq=False)
class Passage:
    """Blocks of text, counted whole and kept in part."""

    lines: list[str] = field(default_factory=list)
    kept: int = 0  # characters
    blocks: int = 0
    long: int = 0  # blocks
    words: int = 0
    prose: int = 0  # words of paragraphs
    paragraphs: int = 0

    def add(self, text: str, words: int, linked: int) -> None:
        """One more block; `linked` are the words in links within it."""
        self.blocks += 1
        self.words += words
        self.long += words >= _LONG
        if words >= PARAGRAPH and linked <= words:
            self.prose += words
            self.paragraphs += 1
        if self.kept < _LIMIT:
            self.lines.append(text[:_LINE])
            self.kept += len(self.lines[-1]) + 1

    def take(self, other: Passage, at: int) -> None:
        """Another's blocks, before the line `at`."""
        self.lines[at:at] = other.lines
        self.kept += other.kept
        self.blocks += other.blocks
        self.long += other.long
        self.words += other.words
        self.prose += other.prose
        self.paragraphs += other.paragraphs

    @property
    def text(self) -> str:
        """What is kept, a block a line."""
        return "\n".join(self.lines)[:_LIMIT]


@dataclass(slots=True, eq=False)
class _Card:
    depth: int  # of the element around it
    at: int  # line of the page's own text before which it stands
    lifts: int = 0
    said: Passage = field(default_factory=Passage)


@dataclass(slots=True, eq=False)
class Flow:
    """A page's blocks as they come, and the cards among them."""

    own: Passage = field(default_factory=Passage)
    others: Passage = field(default_factory=Passage)  # teasers
    _open: _Card | None = None
    _only: _Card | None = None  # the first teaser
    _teasers: int = 0

    def block(self, text: str, words: int, linked: int) -> None:
        """One more block."""
        (self.own if self._open is None else self._open.said).add(text, words, linked)

    def headline(self, depth: int) -> None:
        """A headline that is a link has ended, within the element of that depth."""
        self._close()
        self._open = _Card(depth=depth, at=len(self.own.lines))

    def leave(self, depth: int) -> None:
        """The element of that depth has ended."""
        card = self._open
        if card is None or depth > card.depth:
            return
        if not card.said.blocks and card.lifts < _LIFTS:
            card.depth, card.lifts = depth - 1, card.lifts + 1
            return
        self._close()

    def end(self) -> None:
        """The page has ended."""
        self._close()
        if self._teasers == 1 and self._only is not None:
            self.own.take(self._only.said, self._only.at)
            self.others = Passage()

    def _close(self) -> None:
        card, self._open = self._open, None
        if card is None or not card.said.blocks:
            return
        if card.said.blocks > _MOST_BLOCKS or card.said.long != 1:
            self.own.take(card.said, len(self.own.lines))
            return
        self._teasers += 1
        self._only = card if self._teasers == 1 else self._only
        self.others.take(card.said, len(self.others.lines))
