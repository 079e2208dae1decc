"""The words of the site, one row a language (pure).

To read a further language, add a row. Words are compared without case, outer white space, colon (also full-width) and
trailing dots, so `Sources`, `SOURCE:` and `来源：` need no rows of their own beyond the bare word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """The lists of an event page."""

    SOURCES = "sources"
    RELATED = "related"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How one language says it. `script`: a regular expression of letters that only pages of this language have."""

    language: str
    sources: tuple[str, ...]
    related: tuple[str, ...]
    changes: tuple[str, ...]
    cover_image: tuple[str, ...]
    context: tuple[str, ...]
    formats: tuple[str, ...]
    previous_day: tuple[str, ...]
    days: tuple[str, ...]  # today, yesterday, ...: sections of the home page
    script: str | None = None


WORDINGS = (
    Wording(
        language="en",
        sources=("Source", "Sources"),
        related=("Related",),
        changes=("Changes", "Change"),
        cover_image=("Cover Image", "IMG"),
        context=("Context",),
        formats=("Formats", "Format"),
        previous_day=("Previous Day",),
        days=("News", "Today", "Yesterday", "Day Before Yesterday", "Opinion"),
    ),
    Wording(
        language="zh",
        sources=("信息来源", "信息來源", "来源", "來源", "资料来源", "資料來源"),
        related=("有关", "有關", "相关", "相關"),
        changes=("更改", "变更", "變更", "修改"),
        cover_image=("IMG", "封面图片", "封面圖片"),
        context=("消息", "上下文"),
        formats=("格式",),
        previous_day=("前一天",),
        days=("今天", "昨天", "昨天前一天", "前天"),
        script="[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]",
    ),
)


def bare(word: str) -> str:
    """A word as it is compared: no outer white space, colon or trailing dots; one blank between; no case."""
    return " ".join(word.strip().rstrip(":：.… \t").split()).casefold()


def _sections() -> dict[str, Section]:
    lists = ((section, getattr(row, section.value)) for row in WORDINGS for section in Section)
    return {bare(word): section for section, words in lists for word in words}


def _words(*fields: str) -> frozenset[str]:
    return frozenset(bare(word) for row in WORDINGS for field in fields for word in getattr(row, field))


_SECTIONS = _sections()
_COVER_IMAGE = _words("cover_image")
_CONTEXT = _words("context")
_FORMATS = _words("formats")
_PREVIOUS_DAY = _words("previous_day")
_LANGUAGE_FIELDS = ("sources", "related", "changes", "context", "formats", "previous_day", "days")
_LANGUAGES = {
    bare(word): row.language for row in WORDINGS for field in _LANGUAGE_FIELDS for word in getattr(row, field)
}
_SCRIPTS = tuple((re.compile(row.script), row.language) for row in WORDINGS if row.script)
_CONTEXT_AS_WRITTEN = frozenset(word for row in WORDINGS for word in row.context)
_CONTEXT_LINE = re.compile(r"([^:：]{1,40}+)[:：]")


def section_of(heading: str) -> Section | None:
    """The list a heading stands over."""
    return _SECTIONS.get(bare(heading)) if len(heading) < 80 else None


def is_cover_image(label: str) -> bool:
    """Whether a link with this label is a cover image."""
    return label == "IMG" or (len(label) < 80 and bare(label) in _COVER_IMAGE)


def is_previous_day(label: str) -> bool:
    """Whether a link with this label leads to the previous day."""
    return len(label) < 80 and bare(label) in _PREVIOUS_DAY


def is_formats_line(text: str) -> bool:
    """Whether a line begins with "Formats:"."""
    return bare(text[:40].partition(":")[0].partition("：")[0]) in _FORMATS


def context_of(text: str) -> str | None:
    """What stands after the word in `_Context: A, B_` (all of it where no known word leads it); None: no such line."""
    line = text.strip()
    if len(line) < 2 or line[0] != "_" or line[-1] != "_":
        return None
    inner = line[1:-1]
    match = _CONTEXT_LINE.match(inner)
    if match and (match[1] in _CONTEXT_AS_WRITTEN or bare(match[1]) in _CONTEXT):
        return inner[match.end() :].strip()
    return inner.strip()


def language_of_word(word: str) -> str | None:
    """The language of a heading, a label, or a line led by a word and a colon; None if the word is none of ours."""
    head = word[:80].partition(":")[0].partition("：")[0].strip(" \t_")
    return _LANGUAGES.get(bare(head))


def language_of_script(text: str) -> str | None:
    """The language that the letters of a text give away."""
    return next((language for script, language in _SCRIPTS if script.search(text)), None)
