"""What a page is made of, whatever it was written in: headings, list items, text, rules (pure).

`markdown` and `html` both give these, with texts spelt as Markdown spells them, so that one reader of events and one
of indexes serve both. They are named tuples, not dataclasses: some twenty are built for every page, and a frozen
dataclass takes three times as long to build.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Link(NamedTuple):
    """A link, label and href as written."""

    label: str
    href: str


class Heading(NamedTuple):
    """A heading of level 1 to 6. `text` is without the marks, links spelt `[label](href)`, outer white space off."""

    level: int
    text: str
    links: tuple[Link, ...]


class Item(NamedTuple):
    """An item of a list. `number` is 0 where it has none; `text` is all of it, `tail` what follows its last link."""

    number: int
    text: str
    links: tuple[Link, ...]
    tail: str


class Text(NamedTuple):
    """A paragraph: its lines, each stripped, joined by "\\n"."""

    text: str
    links: tuple[Link, ...]


class Rule(NamedTuple):
    """A horizontal rule."""


Block: TypeAlias = Heading | Item | Text | Rule
