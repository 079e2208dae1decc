"""The facts that the rules want to know of a page, drawn from its bytes (pure).

To be run in a worker (archive.workers): the page is hostile, and libxml2 may take minutes over it. What comes out is
small and bounded, so that judging it is safe anywhere.

A *block* is a run of text between two elements that begin a line. What stands in links, navigation, footers, hidden
elements and cookie banners is no text of the page, nor is what it says of other pages below their headlines
(crawler.verdict.teasers): an error page with forty headlines on it is a short page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from lxml import etree

from archive import needs
from archive.article import INPUT_LIMIT
from archive.charset import decode
from archive.needs_html import parse_html
from archive.needs_markup import refresh_target
from archive.references import LeftReason, resolve
from archive.requisites import Kind
from crawler.verdict.answer import ContentKind, PageFacts
from crawler.verdict.guard_words import CHALLENGE_CODE
from crawler.verdict.parking_words import CODE as PARKING_CODE
from crawler.verdict.pdf_text import is_pdf
from crawler.verdict.phrases import count_words
from crawler.verdict.script_target import script_targets
from crawler.verdict.teasers import PARAGRAPH, Flow

NEAR_EMPTY = 30  # words up to which a page's script speaks for it
_TITLE_LIMIT = 500
_HEADINGS_LIMIT = 20
_TEXT_LIMIT = 16_000
_BESIDE_LIMIT = 4_000
_LINE_LIMIT = 2_000
_CODE_LIMIT = 300_000
_SCRIPT_LIMIT = 20_000
_JSON_LIMIT = 200_000
_JSON_DEEPEST = 4

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset(
    {"script", "style", "template", "noscript", "svg", "math", "object", "iframe", "noframes", "head", "textarea"}
)
_HEADLINES = frozenset({"h2", "h3", "h4", "h5", "h6"})
_ASIDE = frozenset({"nav", "footer", "aside", "select", "button", "menu"})
_ASIDE_ROLES = frozenset(
    {"navigation", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu", "menubar"}
)
_ASIDE_NAMES = re.compile(
    r"(?:^|\s)(?:(?:site-?|page-?|main-?|global-?)?(?:nav|navbar|navigation|menu|footer|sidebar|breadcrumbs?)|cookies?|consent|gdpr|"
    r"(?:cookie|consent|gdpr|footer|sidebar|breadcrumb|navbar)[-_][\w-]+|[\w-]+[-_](?:footer|sidebar|navbar|breadcrumbs?)|copyright|"
    r"share|social|related|recommended|newsletter)(?=\s|$)",
    re.IGNORECASE,
)
_EXEMPT = frozenset({"html", "body", "main", "article"})  # they carry the names of a layout
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PICTURES = frozenset({"img", "video", "iframe", "frame", "object", "embed", "canvas", "picture", "audio"})
_LOGIN_NAMES = re.compile(r"log-?_?in|sign-?_?in|log-?_?on|denglu|anmeld", re.IGNORECASE)
_USER_NAMES = re.compile(r"user(?:_?name)?|login|account|userid|uname|log", re.IGNORECASE)

_ARTICLE_TYPE = re.compile(r"(?:\w*Article|BlogPosting|Report|LiveBlogPosting|Review|ScholarlyArticle|Recipe)$")
_PAYWALL_PATHS = ("@graph", "hasPart", "mainEntity", "isPartOf")


def kind_of(data: bytes, content_type: str | None) -> ContentKind:
    """What the bytes of a payload are: by themselves first, then by what the header claims."""
    if is_pdf(data):
        return ContentKind.PDF
    match needs.kind_of(data, content_type, None):
        case Kind.HTML:
            return ContentKind.HTML
        case Kind.IMAGE | Kind.SVG:
            return ContentKind.IMAGE
        case _:
            return ContentKind.TEXT if (content_type or "").strip().lower().startswith("text/") else ContentKind.OTHER


def page_facts(data: bytes, url: str, content_type: str | None) -> PageFacts:
    """What is seen on a page. `data` is content-decoded; past 8 MiB it is not read. Never raises over what it holds."""
    text = decode(data[:INPUT_LIMIT], content_type)
    if (content_type or "").partition(";")[0].strip().lower() == "text/plain" and not text.lstrip().startswith("<"):
        return _plain(text)
    root, cut = parse_html(text)
    if root is None:
        return PageFacts(cut=cut)
    reading = _Reading(_base(root, url))
    reading.walk(root)
    return reading.facts(url, _marks(text[:_CODE_LIMIT].lower()), cut=cut)


def _plain(text: str) -> PageFacts:
    lines = [" ".join(line.split())[:_LINE_LIMIT] for line in text[: 4 * _TEXT_LIMIT].splitlines()]
    paragraphs = [
        count for count in map(count_words, re.split(r"\n\s*\n", text[: 4 * _TEXT_LIMIT])) if count >= PARAGRAPH
    ]
    words = count_words(text[: 16 * _TEXT_LIMIT])
    return PageFacts(
        text="\n".join(filter(None, lines))[:_TEXT_LIMIT],
        words=words,
        main_words=words,
        prose=sum(paragraphs),
        paragraphs=len(paragraphs),
    )


def _marks(code: str) -> tuple[str, ...]:
    tables = {"challenge": CHALLENGE_CODE, "parking": PARKING_CODE}
    return tuple(
        f"{table}:{name}" for table, each in tables.items() for name, mark in each.items() if mark.search(code)
    )


def _base(root: etree._Element, url: str) -> str:
    href = next((href for base in root.iter("base") if (href := base.get("href")) is not None), "")
    return _address(href, url) or url


def _address(reference: str, base: str) -> str | None:
    found = resolve(reference, base)
    return None if isinstance(found, LeftReason) else found


class _Reading:
    """One walk through a page."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._title = ""
        self._headings: dict[str, list[str]] = {"h1": [], "h2": []}
        self._open_heading: list[str] | None = None
        self._flow = Flow()
        self._beside: list[str] = []
        self._links: list[str] = []  # their texts
        self._kept_beside = self._kept_links = 0  # characters
        self._block: list[str] = []
        self._link_depth = 0  # of the outermost open link
        self._elsewhere = False  # it leads to another page
        self._headline = [0, 0]  # words of an open h2 to h6: in the link, and not
        self._asides: list[bool] = []  # of the open elements, innermost last
        self._links_in = self._asides_in = 0
        self._words = self._linked = 0
        self._counts = dict.fromkeys(("links", "scripts", "pictures"), 0)
        self._password = self._login = self._textarea = self._article = False
        self._free: bool | None = None
        self._refresh: tuple[str, float] | None = None
        self._scripts: list[str] = []

    def walk(self, root: etree._Element) -> None:
        """Reads all that is seen."""
        for element in root.iter("script", "meta", "input", "form", "title"):
            self._note(element, str(element.tag))
        steps = etree.iterwalk(root, events=("start", "end"))
        for event, element in steps:
            tag = str(element.tag)
            if event == "start":
                self._enter(element, tag)
                if self._is_unseen(element, tag):
                    steps.skip_subtree()
                else:
                    self._say(element.text)
            else:
                self._leave(tag)
                self._say(element.tail)
        self._end_block()
        self._flow.end()

    def facts(self, url: str, marks: tuple[str, ...], *, cut: bool) -> PageFacts:
        """What was seen."""
        own, others = self._flow.own, self._flow.others.lines
        return PageFacts(
            title=self._title,
            headings=tuple(filter(None, self._headings["h1"])),
            subheadings=tuple(filter(None, self._headings["h2"])),
            text=own.text,
            beside="\n".join((*self._beside, *others))[:_BESIDE_LIMIT],
            linked="\n".join(self._links)[:_BESIDE_LIMIT],
            words=self._words,
            main_words=own.words,
            prose=own.prose,
            paragraphs=own.paragraphs,
            has_password=self._password,
            has_login_form=self._login or self._password,
            has_text_form=self._textarea,
            is_article=self._article,
            free=self._free,
            refresh=self._refresh,
            script_target=self._script_target(url) if self._words <= NEAR_EMPTY else None,
            marks=marks,
            cut=cut,
            **self._counts,
        )

    # --- text ---

    def _enter(self, element: etree._Element, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
        if tag in ("h1", "h2") and len(self._headings[tag]) < _HEADINGS_LIMIT and not self._asides_in:
            self._open_heading = []
        self._asides.append(_is_aside(element, tag))
        self._asides_in += self._asides[-1]
        if tag == "a":
            self._enter_link(element)
        elif tag in _HEADLINES:
            self._headline = [0, 0]
        self._counts["links"] += tag == "a"
        self._counts["pictures"] += tag in _PICTURES

    def _enter_link(self, element: etree._Element) -> None:
        if not self._links_in:
            self._link_depth = len(self._asides)
            self._elsewhere = not element.get("href", "#").lstrip().startswith("#")
        self._links_in += 1

    def _leave(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
        depth = len(self._asides)
        if tag in _HEADLINES and self._is_linked_headline():
            self._flow.headline((self._link_depth if self._links_in else depth) - 1)
        self._flow.leave(depth)
        if tag in ("h1", "h2") and self._open_heading is not None:
            self._headings[tag].append(" ".join(" ".join(self._open_heading).split())[:_TITLE_LIMIT])
            self._open_heading = None
        self._links_in -= tag == "a"
        self._asides_in -= self._asides.pop()

    def _is_linked_headline(self) -> bool:
        linked, plain = self._headline
        return bool(linked) and not plain and self._elsewhere and not self._asides_in

    def _say(self, text: str | None) -> None:
        if not text or text.isspace():
            return
        self._headline[not self._links_in] += 1
        if self._links_in or self._asides_in:
            words = count_words(text)
            self._words += words
            self._linked += words
            self._say_beside(" ".join(text[:_TITLE_LIMIT].split()))
            return
        self._block.append(text)
        if self._open_heading is not None:
            self._open_heading.append(text[:_TITLE_LIMIT])

    def _say_beside(self, text: str) -> None:
        if self._links_in and self._kept_links < _BESIDE_LIMIT:
            self._links.append(text)
            self._kept_links += len(text) + 1
        elif not self._links_in and self._kept_beside < _BESIDE_LIMIT:
            self._beside.append(text)
            self._kept_beside += len(text) + 1

    def _end_block(self) -> None:
        text, self._block = " ".join("".join(self._block).split()), []
        linked, self._linked = self._linked, 0
        if not text:
            return
        words = count_words(text)
        self._words += words
        self._flow.block(text, words, linked)

    def _is_unseen(self, element: etree._Element, tag: str) -> bool:
        if tag in _UNSEEN:
            self._counts["pictures"] += tag == "svg"
            self._textarea |= tag == "textarea"
            return True
        if tag in _EXEMPT:
            return False
        style = element.get("style")
        hidden = element.get("hidden") is not None or element.get("aria-hidden", "").strip().lower() == "true"
        return hidden or (style is not None and _HIDDEN.search(style[:500]) is not None)

    # --- what else a page says of itself ---

    def _note(self, element: etree._Element, tag: str) -> None:
        match tag:
            case "script":
                self._script(element)
            case "meta":
                self._meta(element)
            case "title" if not self._title:
                self._title = " ".join("".join(_texts(element)).split())[:_TITLE_LIMIT]
            case "input":
                self._password |= element.get("type", "").strip().lower() == "password"
            case "form":
                self._login |= _is_login_form(element)

    def _script(self, element: etree._Element) -> None:
        self._counts["scripts"] += 1
        text = element.text or ""
        if element.get("type", "").strip().lower() == "application/ld+json":
            self._linked_data(text[:_JSON_LIMIT])
        elif text and sum(map(len, self._scripts)) < _SCRIPT_LIMIT:
            self._scripts.append(text[:_SCRIPT_LIMIT])

    def _meta(self, element: etree._Element) -> None:
        content = element.get("content", "")
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        if name == "og:type":
            self._article |= content.strip().lower() in ("article", "news.article")
        elif name in ("article:published_time", "datepublished", "og:article:published_time"):
            self._article = True
        elif name == "isaccessibleforfree" and _is_no(content):
            self._free = False
        refreshes = element.get("http-equiv", "").strip().lower() == "refresh" and self._refresh is None
        if refreshes and next(element.iterancestors("noscript"), None) is None:
            self._note_refresh(content[:_LINE_LIMIT])

    def _note_refresh(self, content: str) -> None:
        found = refresh_target(content)
        if found and found[0] and (target := _address(found[0], self._base)):
            self._refresh = target, found[1]

    def _linked_data(self, text: str) -> None:
        try:
            found: object = json.loads(text.strip().removesuffix(";"), strict=False)
        except (ValueError, RecursionError):
            return
        for node in _nodes(found, 0):
            kinds = node.get("@type")
            names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
            self._article |= any(
                isinstance(name, str) and _ARTICLE_TYPE.search(name[:100]) is not None for name in names
            )
            if "isAccessibleForFree" in node:
                self._free = False if self._free is False else not _is_no(node["isAccessibleForFree"])

    def _script_target(self, url: str) -> str | None:
        """Where the scripts of a near-empty page send everybody. Two addresses are a choice we cannot make."""
        targets = script_targets("\n".join(self._scripts), url)
        if len(targets) != 1:
            return None
        target = _address(next(iter(targets)), self._base)
        return target if target != url else None


def _texts(element: etree._Element) -> Iterator[str]:
    return cast("Iterator[str]", element.itertext())


def _is_aside(element: etree._Element, tag: str) -> bool:
    if tag in _ASIDE:
        return True
    if tag in _EXEMPT:
        return False
    if not element.attrib:
        return False
    names = f"{element.get('class', '')[:300]} {element.get('id', '')[:100]}"
    return element.get("role", "").lower() in _ASIDE_ROLES or _ASIDE_NAMES.search(names) is not None


def _is_login_form(form: etree._Element) -> bool:
    about = " ".join(form.get(name, "")[:200] for name in ("action", "id", "class", "name"))
    if _LOGIN_NAMES.search(about) is None:
        return False
    return any(
        _USER_NAMES.fullmatch(field.get("name", "")[:50]) or field.get("type") == "email"
        for field in form.iter("input")
    )


def _nodes(found: object, depth: int) -> Iterator[dict[str, object]]:
    """The things a page's JSON-LD is about; not those it lists."""
    if depth > _JSON_DEEPEST:
        return
    if isinstance(found, list):
        for each in found[:50]:
            yield from _nodes(each, depth + 1)
    elif isinstance(found, dict):
        yield found
        for name in _PAYWALL_PATHS:
            yield from _nodes(found.get(name), depth + 1)


def _is_no(value: object) -> bool:
    return value is False or (
        isinstance(value, str) and value.strip().lower().rpartition("/")[2] in ("false", "no", "0")
    )
