"""Markdown as the archive's generator writes it -> blocks (pure).

Not CommonMark: a generator wrote these pages from wiki text, and its links are what CommonMark loses. Labels hold
unbalanced brackets and whole wiki links, hrefs hold parentheses, blanks and line ends. Each line is read once, and each
choice between two readings of a link is made at most once a line, so the time is linear for any text (50,000 "[" too).
"""

from __future__ import annotations

import re

from spiders.blocks import Block, Heading, Item, Link, Rule, Text

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*)|)$", re.DOTALL)
_MARKER = re.compile(r"(?:([0-9]{1,9})[.)]|[-*+])[ \t]+")
_ITEM = re.compile(  # nearly every item of the site: a number, one link without brackets in it, and a rest
    r"([0-9]{1,9})[.)][ \t]+\[([^\[\]]*+)\]\(([^()\s]*+)\)((?:[\s,;][^\[]*)?+)$"
)
_RULE = re.compile(r"(?:-[ \t]*){3,}+$|(?:\*[ \t]*){3,}+$|(?:_[ \t]*){3,}+$")
_MARKS = frozenset("#-*+_0123456789")  # what a line that is not plain text may begin with
_LINK = re.compile(r"\[([^\[\]]*+)\]\(([^()\s]*+)\)(?=[\s,;]|$)")  # nearly every link of the site
_BRACKET = re.compile(r"\[|\]\(?")
_HREF = re.compile(r"(?:[^()\s]|\((?:[^()\s]|\([^()\s]*+\))*+\))*+")  # parentheses balanced, two deep
_MORE_HREF = re.compile(r"[A-Za-z0-9%&=?./~#-][^\s()\[\]]*+\)")  # "b.jpg)" in "/a)b.jpg)": the first ")" was no end
_CLOSE = re.compile(r"\)(?=\s|$)")
_WORD = re.compile(r"\S+")
_LINES_OF_A_LINK = 8  # a link broken by line ends spans so many lines at most


def read_markdown(text: str) -> list[Block]:
    """The blocks of a Markdown page, in order. Lines end in LF or CR LF; never raises."""
    blocks: list[Block] = []
    paragraph: list[str] = []
    lines = text.split("\n")
    skip = 0
    for at, raw in enumerate(lines):
        if skip:
            skip -= 1
            continue
        line = raw.strip()
        if line and line[0] not in _MARKS:
            paragraph.append(line)
            continue
        block, skip = _marked(line, lines, at) if line else (None, 0)
        if line and block is None:
            paragraph.append(line)
            continue
        if paragraph:
            blocks.append(_text(paragraph))
            paragraph = []
        if block is not None:
            blocks.append(block)
    if paragraph:
        blocks.append(_text(paragraph))
    return blocks


def _marked(line: str, lines: list[str], at: int) -> tuple[Block | None, int]:
    """The heading, item or rule that begins on a line, and how many further lines it takes. None: plain text."""
    if match := _ITEM.match(line):
        number, label, href, tail = match.groups()
        return Item(int(number), line, (Link(label, href),), tail), 0
    if match := _HEADING.match(line):
        return _heading(len(match[1]), match[2] or "", lines, at)
    if _RULE.match(line):
        return Rule(), 0
    if match := _MARKER.match(line):
        return _item(int(match[1] or 0), match.end(), line, lines, at)
    return None, 0


def _heading(level: int, text: str, lines: list[str], at: int) -> tuple[Heading, int]:
    if "](" not in text:
        return Heading(level, text, ()), 0
    links, _, whole = scan_links(text)
    if whole or level == 1:
        return Heading(level, text, links), 0
    longer, more = _joined(text, lines, at)
    return Heading(level, longer, scan_links(longer)[0]), more


def _item(number: int, start: int, line: str, lines: list[str], at: int) -> tuple[Item, int]:
    links, tail, whole = scan_links(line, start)
    if whole:
        return Item(number, line, links, tail), 0
    longer, more = _joined(line, lines, at)
    links, tail, _ = scan_links(longer, start)
    return Item(number, longer, links, tail), more


def _joined(text: str, lines: list[str], at: int) -> tuple[str, int]:
    """A link that its line does not end, with the lines that end it, as written; without any if none does."""
    longer = lines[at].lstrip()
    longer = longer[longer.find(text) :]
    for count, following in enumerate(lines[at + 1 : at + _LINES_OF_A_LINK], 1):
        if not following.strip() or _HEADING.match(following) or _MARKER.match(following):
            break
        longer += "\n" + following
        if scan_links(longer)[2]:
            return longer.rstrip(), count
    return text, 0


def _text(lines: list[str]) -> Text:
    text = "\n".join(lines)
    return Text(text, scan_links(text)[0] if "](" in text else ())


def scan_links(text: str, start: int = 0) -> tuple[tuple[Link, ...], str, bool]:
    """The links of a text from `start` on, what follows the last of them, and whether the text ends none too early.

    A label ends at the first "](" where its brackets balance, else at the first "](" at all. An href ends at the first
    ")" where its parentheses balance, unless the URL plainly goes on; else at the first ")" before white space; a
    link that is never closed has the href up to the next white space.
    """
    links: list[Link] = []
    tail_at, at = start, text.find("[", start)
    balanced = whole = True
    while at >= 0:
        if match := _LINK.match(text, at):
            links.append(Link(match[1], match[2]))
            tail_at = match.end()
        else:
            middle, after, balanced = _label_end(text, at, balanced=balanced)
            if middle is None:
                whole = whole and balanced
                at = text.find("[", after)
                continue
            end = _href_end(text, middle + 2) if whole else None
            whole = whole and end is not None
            href = text[middle + 2 : end] if end is not None else _to_white_space(text, middle + 2)
            links.append(Link(text[at + 1 : middle], href))
            tail_at = end + 1 if end is not None else middle + 2 + len(href)
        at = text.find("[", tail_at)
    return tuple(links), text[tail_at:], whole


def _label_end(text: str, at: int, *, balanced: bool) -> tuple[int | None, int, bool]:
    """Where the label that begins at `at` ends ("]("), or None and where to look on, and whether brackets balance.

    Once they did not, the rest of the text is read without counting: that keeps the time linear.
    """
    if not balanced:
        middle = text.find("](", at)
        return (middle, middle, False) if middle >= 0 else (None, len(text), False)
    depth = 0
    for bracket in _BRACKET.finditer(text, at):
        if bracket[0] == "[":
            if depth < 0:  # "[note] [BBC](..)": the first brackets were no link
                return None, bracket.start(), True
            depth += 1
        elif bracket[0] == "](" and depth <= 1:
            return bracket.start(), 0, True
        elif (depth := depth - 1) == 0:
            depth = -1  # closed without "(": a link only if a "](" comes before the next "["
    return (None, len(text), True) if depth < 0 else _label_end(text, at, balanced=False)


def _href_end(text: str, at: int) -> int | None:
    """Where the href that begins at `at` ends (its ")"), or None."""
    match = _HREF.match(text, at)
    end = match.end() if match else at
    if text.startswith(")", end):
        while more := _MORE_HREF.match(text, end + 1):
            end = more.end() - 1
        return end
    following = text.find("](", at)
    limit = len(text) if following < 0 else text.rfind("[", at, following)
    limit = limit if limit > 0 else following
    close = _CLOSE.search(text, end, limit) or _CLOSE.search(text, at, end)
    return close.start() if close else None


def _to_white_space(text: str, at: int) -> str:
    match = _WORD.match(text, at)
    return match[0] if match else ""
