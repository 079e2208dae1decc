"""The bytes of any page of the site -> Event, IndexPage or OtherPage, and those as JSON (pure).

A page is what its content says, within what its path allows: an error page at an event's path is no event, and an
example of an event page in the API's manual is none either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from typing import TypeAlias

from archive.model import Event, IndexPage, PageKind
from spiders.addresses import is_beside_the_news, language_prefix, page_kind_of
from spiders.blocks import Block, Heading, Item, Text
from spiders.event_page import date_of_label, read_event
from spiders.html import declared_codec, hostile, read_html, title_of
from spiders.index_page import read_index
from spiders.markdown import read_markdown
from spiders.wording import language_of_script, language_of_word

DEFAULT_LANGUAGE = "en"
MAX_BYTES = 1 << 20  # the archive's largest page has 21 kB
TOO_LARGE = f"it has more than {MAX_BYTES:,} bytes"

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_HTML_START = re.compile(r"\s*+<(?:!doctype\b|!--|\?xml\b|html\b|head\b|body\b|[a-z][a-z0-9]*[\s>])", re.IGNORECASE)
_ABSURD_REFERENCE = re.compile(r"&#[0-9]{12}")  # Python refuses to read a number of 4,300 digits
_HTML_MIMES = frozenset({"text/html", "application/xhtml+xml"})
_HTML_PATH = re.compile(r"\.x?html?$", re.IGNORECASE)
_DATA_PATH = re.compile(r"\.(?:json|xml)$", re.IGNORECASE)
_DATA_MIME = re.compile(r"(?:application|text)/(?:[^;]*\+)?(?:json|xml)$|image/|audio/|video/|font/")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPage:
    """A page that is neither an event nor an index: FAQ, manual, opinion, error page, JSON, anything."""

    path: str  # site path, no leading slash
    language: str
    title: str  # "" if it has none
    sha256: str  # hex, of the page's bytes
    unread: str = ""  # why it was not read, though it may be a page of the archive


Page: TypeAlias = Event | IndexPage | OtherPage


def read_page(data: bytes, path: str, *, mime: str | None = None) -> Page:
    """The page that `data` holds. `path` is its site path, with or without a leading slash.

    Never raises; the time is linear in the length. Beyond 1 MiB a page is an OtherPage unread, and so is HTML of more
    than 20,000 tags, a depth of 200, or with a tag of 1,000 attributes or 64 KiB (`spiders.html.hostile`). Bytes that
    are no UTF-8 are read by the charset an HTML page declares, else replaced by U+FFFD. JSON and XML forms of a page
    are OtherPages: they say no more.
    """
    path = path.lstrip("/")
    digest = sha256(data).hexdigest()
    if _is_data(path, mime):
        return OtherPage(path=path, language=language_prefix(path) or DEFAULT_LANGUAGE, title="", sha256=digest)
    if len(data) > MAX_BYTES:
        return unread_page(data, path, TOO_LARGE)
    text = _decoded(data)
    markup = _is_html(text, path, mime)
    blocks = read_html(text) if markup else read_markdown(text)
    if markup and not blocks and hostile(text):
        return unread_page(data, path, "its HTML is deeper or more crowded than a page of the archive")
    language = language_prefix(path) or _language_of(blocks)
    page = _event_or_index(blocks, path, language, digest)
    if page is not None:
        return page
    title = next((block.text for block in blocks if isinstance(block, Heading) and block.level == 1), None)
    return OtherPage(path=path, language=language, title=title or (title_of(text) if markup else ""), sha256=digest)


def is_markup(data: bytes, path: str, *, mime: str | None = None) -> bool:
    """Whether `read_page` reads the page as HTML, not as Markdown."""
    return _is_html(_decoded(data), path, mime)


def unread_page(data: bytes, path: str, why: str) -> OtherPage:
    """A page that is kept and not read."""
    path = path.lstrip("/")
    language = language_prefix(path) or DEFAULT_LANGUAGE
    return OtherPage(path=path, language=language, title="", sha256=sha256(data).hexdigest(), unread=why)


def _event_or_index(blocks: Sequence[Block], path: str, language: str, digest: str) -> Event | IndexPage | None:
    """What the blocks are, among what may stand at the path; a path of no known form may hold anything."""
    kind = page_kind_of(path)
    if kind is PageKind.EVENT:
        return read_event(blocks, path=path, language=language, sha256=digest)
    if kind is not PageKind.OTHER:
        return read_index(blocks, path=path, kind=kind, language=language, sha256=digest)
    if is_beside_the_news(path):
        return None
    event = read_event(blocks, path=path, language=language, sha256=digest)
    if event is not None and event.date_link is not None:
        return event
    return read_index(blocks, path=path, kind=PageKind.INDEX, language=language, sha256=digest)


def _is_data(path: str, mime: str | None) -> bool:
    kind = (mime or "").lower()
    return _DATA_PATH.search(path) is not None or (kind not in _HTML_MIMES and _DATA_MIME.match(kind) is not None)


def _decoded(data: bytes) -> str:
    """The text, without what no text holds: NUL, and the lone surrogates that some codecs give."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(declared_codec(data), "replace")
    return _NO_TEXT.sub("\ufffd", text)


def _is_html(text: str, path: str, mime: str | None) -> bool:
    """By the look of it first: servers give Markdown as text/html and answer for .md with an HTML page."""
    if _HTML_START.match(text):
        return True
    named = (mime or "").lower() in _HTML_MIMES or _HTML_PATH.search(path) is not None
    return named and re.search(r"<(?:h[1-6]|p|div|body|a)\b", text, re.IGNORECASE) is not None


def _language_of(blocks: Sequence[Block]) -> str:
    """The language of a page whose path does not tell: by its words, by where its links lead, by its letters."""
    return _by_words(blocks) or _by_links(blocks) or _by_letters(blocks) or DEFAULT_LANGUAGE


def _by_words(blocks: Sequence[Block]) -> str | None:
    for block in blocks:
        match block:
            case Heading(2, text, links):
                language = language_of_word(links[0].label if links else text)
            case Heading(3, text, ()):
                language = language_of_word(text)
            case Item(_, _, _, tail):
                language = language_of_word(tail) if tail else None
            case Text(text):
                language = language_of_word(text)
            case _:
                continue
        if language:
            return language
    return None


def _by_links(blocks: Sequence[Block]) -> str | None:
    hrefs = (block.links[0].href for block in blocks if isinstance(block, Heading | Item) and block.links)
    return next((prefix for href in hrefs if "/news/" in href and (prefix := language_prefix(href))), None)


def _by_letters(blocks: Sequence[Block]) -> str | None:
    titles = (block.text for block in blocks if isinstance(block, Heading) and block.level in (1, 3))
    return next((language for title in titles if (language := language_of_script(title))), None)


def page_json(page: Page) -> dict[str, object]:
    """A page as JSON values, the same keys for every kind: what a kind has not is null, "" or []."""
    match page:
        case Event():
            return _frame(page, PageKind.EVENT, page.title) | _event_json(page)
        case IndexPage():
            return _frame(page, page.kind, "") | _index_json(page)
        case OtherPage():
            return _frame(page, PageKind.OTHER, page.title)


def _frame(page: Page, kind: PageKind, title: str) -> dict[str, object]:
    return {
        "path": page.path, "kind": kind.value, "date": None, "date_link": None, "language": page.language,
        "topic": None, "title": title, "title_text": _plain(title), "summary": "", "summary_text": "",
        "citations": [], "related": [], "changes": [], "formats": [], "sha256": page.sha256,
    }  # fmt: skip


def _plain(text: str) -> str:
    """Text with its character references decoded (as HTML decodes text), none of them absurdly long."""
    return text if _ABSURD_REFERENCE.search(text) else unescape(text)


def _event_json(event: Event) -> dict[str, object]:
    return {
        "date": event.day.isoformat() if event.day else None,
        "date_link": event.date_link,
        "topic": event.topic,
        "summary": event.summary,
        "summary_text": _plain(event.summary),
        "citations": [
            {"kind": it.kind.value, "label": it.label, "href": it.href, "url": it.url,
             "reason": it.reason.value if it.reason else None, "position": it.position}
            for it in event.citations
        ],
        "related": [
            {"title": it.title, "path": it.path, "contexts": list(it.contexts), "context_raw": it.context_raw}
            for it in event.related
        ],
        "changes": [
            {"number": it.number, "title": it.title, "path": it.path, "stamp": it.stamp, "label": it.label}
            for it in event.changes
        ],
        "formats": list(event.formats),
    }  # fmt: skip


def _index_json(page: IndexPage) -> dict[str, object]:
    own = next((href for label, href in page.sections[:1] if date_of_label(label)), None)
    return {
        "date": page.day.isoformat() if page.day else None,
        "date_link": own,
        "formats": list(page.formats),
        "items": [
            {"topic": it.topic, "title": it.title, "path": it.path, "summary": it.summary,
             "context_raw": it.context_raw, "section": it.section}
            for it in page.items
        ],
        "sections": [{"label": label, "path": href} for label, href in page.sections],
        "previous": page.previous,
    }  # fmt: skip
