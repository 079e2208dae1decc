"""Links inside a title: what the generator left of the wiki's references (pure).

`[http:--host-path (BBC)]` (it wrote "-" for "/"), `[http://host/path (BBC)]`, a bare URL of either kind, and
`[label](http://..)`. Href and label are as written; the title keeps them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spiders.blocks import Link

_START = re.compile(r"https?:(?://|--)", re.IGNORECASE)
_BARE = re.compile(r"[!#-;=?-Z^_a-z~%]+")  # stops at blanks, brackets, quotes, "|" and any letter that is not ASCII
_TO_BLANK = re.compile(r"[^\s\]]+")
_TRAILING = ".,;:!?'"


def inline_links(title: str) -> Iterator[Link]:
    """The links of a title in order; each character is looked at a fixed number of times."""
    if "http" not in title and "HTTP" not in title:
        return
    at, closed = 0, True
    while match := _START.search(title, at):
        start = match.start()
        bracketed = closed and title[start - 1 : start] == "["
        end = title.find("]", start) if bracketed else -1
        closed = closed and (end >= 0 or not bracketed)  # no "]" to the end: never look for one again
        if end >= 0:
            href = _match(_TO_BLANK, title, start)
            yield Link(title[start + len(href) : end].strip(), href)
            at = end + 1
        else:
            label = _markdown_label(title, at, start)
            href = _without_tail(_match(_BARE, title, start))
            yield Link(label, href)
            at = start + max(len(href), len(match[0]))


def _match(pattern: re.Pattern[str], text: str, at: int) -> str:
    match = pattern.match(text, at)
    return match[0] if match else ""


def _markdown_label(title: str, since: int, start: int) -> str:
    """The label of `[label](http..`, or ""."""
    if not title.startswith("](", start - 2) or start < 2:
        return ""
    opening = title.rfind("[", since, start - 2)
    return title[opening + 1 : start - 2].strip() if opening >= 0 else ""


def _without_tail(href: str) -> str:
    """A bare URL without the punctuation of the sentence around it."""
    end, unopened = len(href), href.count(")") - href.count("(")
    while end and (href[end - 1] in _TRAILING or (href[end - 1] == ")" and unopened > 0)):
        end -= 1
        unopened -= href[end] == ")"
    return href[:end]
