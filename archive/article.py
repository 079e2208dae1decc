"""An article read out of a page: text, title, author, day (pure).

trafilatura does the reading. This module gives it text whose charset is settled, keeps what it says within bounds, and
refuses two of its habits: no date is ever taken from the clock, and none from a lone year such as that of a copyright
line, which htmldate's extensive search turns into a first of January. To be run in a worker (archive.workers): a
hostile page can keep it busy for minutes, or crash it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import islice
from typing import TypedDict, cast

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction, load_html

from archive.charset import decode


class _DateSearch(TypedDict):
    original_date: bool
    extensive_search: bool
    max_date: str


INPUT_LIMIT = 8 << 20  # bytes of a page that are read
TEXT_LIMIT = 4 << 20  # characters of text that are kept
_TITLE_LIMIT = 500
_NAME_LIMIT = 300

_DATE_SEARCH: _DateSearch = {
    "original_date": True,  # the first, not the last change
    "extensive_search": False,
    "max_date": "2100-01-01",  # its default is the clock
}
_TIME_ZONES = timedelta(days=1)
_BYLINE_LINES = 10
_BYLINE_LENGTH = 120  # a longer line is the article's text
_ELEMENTS_SEARCHED = 5000
_LETTERS = 20_000  # of a text, to tell its script by

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CJK_DAY = re.compile(r"([12]\d{3})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]")
_DAY_IN_PATH = re.compile(r"(?<!\d)(199\d|20\d\d)[-/_]?([01]\d)[-/_]?([0-3]\d)(?!\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=$|[-_])", re.IGNORECASE)
_KANA, _HANGUL, _HAN = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7a3]"), re.compile("[\u3400-\u9fff]")
_CJK_FAMILIES = {"zh": {"zh", "yue", "wuu", "cmn", "lzh"}, "ja": {"ja"}, "ko": {"ko"}}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE_METAS = etree.XPath(
    "//meta[translate(@http-equiv, 'CLANGUTE', 'clangute') = 'content-language']/@content"
    " | //meta[@property = 'og:locale']/@content"
)
_MARKUP = re.compile(r"^\s*<", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says. `text` is in Unicode's NFC, paragraphs on lines of their own; the rest is one line or None."""

    text: str
    title: str | None
    author: str | None  # several are separated by "; "
    published: str | None  # YYYY-MM-DD
    language: str | None  # ISO 639 code, lower case: "en", "zh"
    site_name: str | None


def read_article(
    page: bytes, url: str, content_type: str | None, *, captured: date | None = None, details: bool = True
) -> Article | None:
    """The article on a page, or None if there is no text worth the name.

    `page` is decoded already (no gzip); past 8 MiB it is not read. `content_type` is the header's value with its
    parameters. A day after `captured` (and time zones) is not believed. Without `details` only the text is read out, in
    half the time. Raises nothing for what the page holds, but see the module about how long it may take.
    """
    text = decode(page[:INPUT_LIMIT], content_type)
    if (content_type or "").partition(";")[0].strip().lower() == "text/plain" and not _MARKUP.match(text):
        return _plain(text)
    try:
        return _read(text, url, captured) if details else _text_alone(text, url)
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
        AssertionError,
        ArithmeticError,
        etree.LxmlError,
    ):
        return None  # what a parser throws over a page it cannot make sense of


def _plain(text: str) -> Article | None:
    body = clean_text(text)
    if not body:
        return None
    return Article(text=body, title=None, author=None, published=None, language=language_of(body, None), site_name=None)


def _text_alone(html: str, url: str) -> Article | None:
    tree = load_html(html, 4 * INPUT_LIMIT)
    found = None if tree is None else bare_extraction(tree, url=url, with_metadata=False, include_comments=False)
    if found is None or isinstance(found, dict) or not (text := clean_text(found.text or "")):
        return None
    return Article(text=text, title=None, author=None, published=None, language=None, site_name=None)


def _read(html: str, url: str, captured: date | None) -> Article | None:
    tree = load_html(html, 4 * INPUT_LIMIT)
    if tree is None:
        return None
    found = bare_extraction(
        tree, url=url, with_metadata=True, include_comments=False, date_extraction_params=dict(_DATE_SEARCH)
    )
    if found is None or isinstance(found, dict) or not (text := clean_text(found.text or "")):
        return None
    title = _one_line(found.title, _TITLE_LIMIT)
    return Article(
        text=text,
        title=title,
        author=_one_line(found.author, _NAME_LIMIT),
        published=_url_day(url) or _believed(found.date, html, captured) or _byline_day(tree, title, captured),
        language=language_of(text, _declared_language(tree)),
        site_name=_one_line(found.sitename, _NAME_LIMIT),
    )


# --- the day ---


def _believed(day: str | None, html: str, captured: date | None) -> str | None:
    """The day htmldate found, unless it is after the capture (one day more is for time zones).

    The day of the capture itself is also what the clock in a page's header says: it must stand there as machines
    write it. htmldate could be told the limit, but when it hits it makes up another day of the month.
    """
    if day is None or captured is None:
        return day
    late = date.fromisoformat(day) - captured
    if late > _TIME_ZONES:
        return None
    return day if late < -_TIME_ZONES or day in html else None


def _url_day(url: str) -> str | None:
    """The day in a path such as /2016/02/03/, /2016/0203/, /2016-02/03/ or /t20160203_12.html."""
    path = url.partition("?")[0].split("/", 3)[-1]
    match = _DAY_IN_PATH.search(path)
    return _iso_day(match) if match else None


def _byline_day(tree: HtmlElement, title: str | None, captured: date | None) -> str | None:
    """A day written out between the title and the text, where old sites put it without markup to find it by."""
    for line in _byline(tree, title or ""):
        written = escape(_CJK_DAY.sub(lambda match: _iso_day(match) or "", line))
        found = find_date(f"<html><body><div class='date'>{written}</div></body></html>", **_DATE_SEARCH)
        if found and (captured is None or date.fromisoformat(found) <= captured + _TIME_ZONES):
            return found
    return None


def _byline(tree: HtmlElement, title: str) -> Iterator[str]:
    """The short lines that follow each line with the title, up to the first long one."""
    left = 0
    for line in _lines(tree):
        if _is_title(line, title):
            left = _BYLINE_LINES
        elif len(line) > _BYLINE_LENGTH:
            left = 0
        elif left > 0:
            left -= 1
            yield line


def _is_title(line: str, title: str) -> bool:
    """Whether a line is the title, or the title with little more or less, such as the site's name."""
    return (line in title and 2 * len(line) >= len(title)) or (title in line and len(line) <= 2 * len(title))


def _lines(tree: HtmlElement) -> Iterator[str]:
    """The page's pieces of text in their order, blanks folded, scripts left out."""
    for element in islice(tree.iter(etree.Element), _ELEMENTS_SEARCHED):
        own = None if element.tag in ("script", "style", "head", "title") else element.text
        for text in (own, element.tail):
            if text and (line := " ".join(text[: 2 * _BYLINE_LENGTH].split())):
                yield line


def _iso_day(match: re.Match[str]) -> str | None:
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None


# --- the language ---


def language_of(text: str, declared: str | None) -> str | None:
    """The language of a text: what the page declares, unless its script shows otherwise; None if nobody says.

    Templates made for English declare "en" over Chinese articles too often to be believed.
    """
    script = _cjk_language(text[:_LETTERS])
    if script is None:
        return None if declared in _CJK_FAMILIES else declared
    return declared if declared in _CJK_FAMILIES[script] else script


def _cjk_language(text: str) -> str | None:
    """zh, ja or ko by the share of their letters, or None."""
    letters = sum(map(str.isalpha, text)) or 1
    kana, hangul, han = (len(letter.findall(text)) / letters for letter in (_KANA, _HANGUL, _HAN))
    if kana > 0.1:
        return "ja"
    if hangul > 0.2:
        return "ko"
    return "zh" if han > 0.2 else None


def _declared_language(tree: HtmlElement) -> str | None:
    for value in (
        tree.get("lang"),
        tree.get(_XML_LANG),
        tree.get("xml:lang"),
        *map(str, cast("list[object]", _LANGUAGE_METAS(tree))),
    ):
        if match := _LANGUAGE.match((value or "").strip()):
            return match[0].lower()
    return None


# --- cleaning ---


def clean_text(text: str) -> str:
    """Text in NFC without control characters, at most `TEXT_LIMIT` characters."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text[:TEXT_LIMIT])).strip()


def _one_line(text: str | None, limit: int) -> str | None:
    """A name or title that can be shown anywhere: one line, no controls, no marks that turn the reading direction."""
    folded = " ".join(_BIDI.sub("", _CONTROLS.sub(" ", (text or "")[: 4 * limit])).split())
    return unicodedata.normalize("NFC", folded)[:limit].strip() or None
