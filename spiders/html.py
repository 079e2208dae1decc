"""HTML as the archive's site renders its pages -> the blocks its Markdown would give (pure).

BeautifulSoup (lxml) builds the tree; everything after walks it without recursion. What stands aside (nav, footer,
tables, ...) is left out, unless the page's own headings stand in it. `hostile` looks first, in linear time: the tree of
a page of a hundred thousand tags would take seconds, and no event page has a hundredth of that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from warnings import catch_warnings, simplefilter

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString
from bs4.exceptions import ParserRejectedMarkup

from spiders.blocks import Block, Heading, Item, Link, Rule, Text
from spiders.event_page import is_day_link

MAX_TAGS = 20_000
MAX_DEPTH = 200
MAX_TAG_LENGTH = 64 << 10
MAX_ATTRIBUTES = 1_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>?")
_CHARSETS = {  # the label of a <meta> -> Python's codec; the rest is not worth the risk of Python's odder codecs
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932",
    "euc-jp": "euc_jp", "euc-kr": "cp949", "iso-8859-1": "cp1252", "windows-1252": "cp1252",
    "windows-1251": "cp1251", "koi8-r": "koi8_r",
}  # fmt: skip
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([a-zA-Z0-9_-]{1,40})""", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t\f]*[\r\n][ \t\f\r\n]*")
_FLAT = frozenset({  # elements that end themselves: they say nothing about depth
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup",
})  # fmt: skip
_NEVER = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object", "select", "textarea", "head"})
_ASIDE = frozenset({"nav", "aside", "footer", "table", "form", "dialog", "menu", "header", "figure"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "figure", "footer", "form", "header", "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody",
    "td", "th", "thead", "tr", "ul", *_HEADINGS,
})  # fmt: skip
_Step: TypeAlias = tuple[bool, Tag] | str  # (whether it begins, element), or a text


def read_html(text: str) -> list[Block]:
    """The blocks of an HTML page in order; [] if it is `hostile` or the parser gives up. Never raises."""
    if hostile(text):
        return []
    try:
        with catch_warnings():
            simplefilter("ignore", XMLParsedAsHTMLWarning)
            soup = BeautifulSoup(text, "lxml")
    except ParserRejectedMarkup:
        return []
    writer = _Writer()
    for step in _steps(soup, _around_headings(soup)):
        writer.take(step)
    writer.end_block()
    return writer.blocks


def title_of(text: str) -> str:
    """What the page's <title> says, "" if nothing."""
    match = re.search(r"<title[^>]{0,200}>([^<]{0,2000})", text, re.IGNORECASE)
    return " ".join(match[1].split()) if match else ""


def declared_codec(data: bytes) -> str:
    """Python's codec for the charset a <meta> in the first 1,024 bytes declares (WHATWG HTML, section 13.2.3.2)."""
    match = _CHARSET.search(data[:1024])
    return _CHARSETS.get(match[1].decode("ascii").lower(), "utf-8") if match else "utf-8"


def hostile(text: str) -> bool:
    """Whether a page is deeper or more crowded than any of the archive; found in one pass, without a tree."""
    if text.count("<") > MAX_TAGS:
        return True
    open_tags: Counter[str] = Counter()  # an end tag without its start tag ends nothing
    depth = 0
    for match in _TAG.finditer(text):
        closing, name, rest = match[1], match[2].lower(), match[3]
        if len(rest) > 1000 and (len(rest) > MAX_TAG_LENGTH or len(rest.split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES):
            return True
        if name not in _FLAT and not rest.endswith("/") and (not closing or open_tags[name]):
            step = -1 if closing else 1
            open_tags[name] += step
            depth += step
            if depth > MAX_DEPTH:
                return True
    return False


def _around_headings(soup: BeautifulSoup) -> set[int]:
    """The ids of the elements that hold the page's title or date line: what is aside does not hold them."""
    around: set[int] = set()
    for tag in soup.find_all(["h1", "h2", "h3"]):
        if tag.name == "h1" or _is_day_line(tag):
            for parent in tag.parents:
                if id(parent) in around:
                    break
                around.add(id(parent))
    return around


def _is_day_line(tag: Tag) -> bool:
    # Only children and their own text: headings may stand in headings, and each is looked at once. Not `Tag.string`,
    # which recurses.
    anchors = tag.find_all("a", href=True, recursive=False, limit=2)
    links = tuple(Link("".join(text for text in a.contents if isinstance(text, str)), _href(a)) for a in anchors)
    return is_day_link(Heading(3, "", links))


def _steps(root: Tag, around: set[int]) -> Iterator[_Step]:
    """The tree in document order, without what stands aside and without recursion."""
    open_tags: list[tuple[Tag, Iterator[object]]] = [(root, iter(root.contents))]
    while open_tags:
        tag, children = open_tags[-1]
        child = next(children, None)
        if child is None:
            open_tags.pop()
            yield False, tag
        elif isinstance(child, Tag):
            if child.name not in _NEVER and (child.name not in _ASIDE or id(child) in around):
                yield True, child
                open_tags.append((child, iter(child.contents)))
        elif type(child) is NavigableString:  # not its subclasses: comments, declarations
            yield str(child)


def _href(anchor: Tag) -> str:
    value = anchor.get("href")
    return value if isinstance(value, str) else ""


@dataclass(slots=True)
class _Writer:
    """Turns the walk into blocks; holds the block that is being read."""

    blocks: list[Block] = field(default_factory=list)
    kind: str = ""  # "h1".."h6", "li", or "" for text
    number: int = 0
    pieces: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    tail_at: int = 0  # pieces that stand before the end of the last link
    anchor: Tag | None = None
    label: list[str] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)  # of the open lists; -1 for an unordered one

    def take(self, step: _Step) -> None:
        match step:
            case str():
                (self.pieces if self.anchor is None else self.label).append(step)
            case (True, tag):
                self._begin(tag)
            case (_, tag):
                self._end(tag)

    def _begin(self, tag: Tag) -> None:
        name = tag.name
        if name in _BLOCKS:
            self.end_block()
            self._begin_block(tag)
        elif name == "a" and self.anchor is None and tag.has_attr("href"):
            self.anchor, self.label = tag, []
        elif name == "br":
            self.take("\n")
        elif name == "hr":
            self.end_block()
            self.blocks.append(Rule())
        elif name in ("em", "i"):
            self._emphasis()
        elif name == "img" and self.kind == "li" and self.anchor is None and tag.get("src"):
            self._link(str(tag.get("alt") or "IMG"), str(tag["src"]))

    def _begin_block(self, tag: Tag) -> None:
        name = tag.name
        if name in ("ol", "ul"):
            self.counters.append(_number(tag, "start", 1) - 1 if name == "ol" else -1)
        elif name == "li":
            self.kind, self.number = "li", self._next_number(tag)
        elif name in _HEADINGS or (name == "p" and self.kind != "li"):
            self.kind = name

    def _next_number(self, tag: Tag) -> int:
        if not self.counters or self.counters[-1] < 0:
            return 0
        self.counters[-1] = _number(tag, "value", self.counters[-1] + 1)
        return self.counters[-1]

    def _end(self, tag: Tag) -> None:
        if tag is self.anchor:
            self.anchor = None
            self._link(_LINE_END.sub(" ", "".join(self.label)), _href(tag))
        elif tag.name in ("em", "i"):
            self._emphasis()
        elif tag.name in _BLOCKS:
            self.end_block()
            if tag.name in ("ol", "ul") and self.counters:
                self.counters.pop()
            if tag.name in _HEADINGS or tag.name in ("li", "p"):
                self.kind = ""

    def _emphasis(self) -> None:
        if self.anchor is None and self.kind not in _HEADINGS:
            self.pieces.append("_")

    def _link(self, label: str, href: str) -> None:
        written = label.strip() == href.strip() and self.kind in _HEADINGS  # an address that was made a link
        self.pieces.append(label if written else f"[{label}]({href})")
        self.links.append(Link(label, href))
        self.tail_at = len(self.pieces)

    def end_block(self) -> None:
        """Ends the block that is being read, an unfinished link with it, and keeps it if it holds anything."""
        if self.anchor is not None:
            anchor, self.anchor = self.anchor, None
            self._link(_LINE_END.sub(" ", "".join(self.label)), _href(anchor))
        text = "".join(self.pieces)
        if text.strip() or self.kind in _HEADINGS:
            self.blocks.append(self._block(text))
        self.pieces, self.links, self.tail_at = [], [], 0

    def _block(self, text: str) -> Block:
        links = tuple(self.links)
        if self.kind in _HEADINGS:
            return Heading(_HEADINGS[self.kind], _LINE_END.sub(" ", text).strip(), links)
        if self.kind == "li":
            tail = "".join(self.pieces[self.tail_at :])
            return Item(self.number, text.strip(), links, _LINE_END.sub(" ", tail))
        return Text("\n".join(line.strip() for line in text.strip().splitlines()), links)


def _number(tag: Tag, attribute: str, default: int) -> int:
    value = str(tag.get(attribute, ""))
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else default
