"""The facts that the rules want to know of a page, drawn from its bytes (pure).

To be run in a worker (archive.workers): the page is hostile, and libxml2 may take minutes over it. What comes out is
small and bounded, so that judging it is safe anywhere.

A *block* is a run of text between two elements that begin a line. What stands in links, navigation, footers, hidden
elements and cookie banners is no text of the page, nor is what it says of other pages below their headlines
(crawler.verdict.teasers): an error page with forty headlines on it is a short page.
"""

from __future__ import annotations

import re

from lxml import etree

from archive import needs
from archive.article import INPUT_LIMIT
from archive.charset import decode
from archive.needs_html import parse_html
from archive.requisites import Kind
from crawler.verdict.answer import ContentKind, PageFacts
from crawler.verdict.guard_words import CHALLENGE_CODE
from crawler.verdict.page_claims import ALERT_ONLY, TELLING, Claims, address
from crawler.verdict.parking_words import CODE as PARKING_CODE
from crawler.verdict.parking_words import LONGEST_NAME, PROVIDER_END, PROVIDER_NAME
from crawler.verdict.pdf_text import is_pdf
from crawler.verdict.phrases import count_words
from crawler.verdict.teasers import PARAGRAPH, Flow

NEAR_EMPTY = 30  # words up to which a page's script speaks for it
_TITLE_LIMIT = 500
_HEADINGS_LIMIT = 20
_TEXT_LIMIT = 16_000
_BESIDE_LIMIT = 4_000
_LINE_LIMIT = 2_000
_CODE_LIMIT = 300_000

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
    found = [f"{table}:{name}" for table, each in tables.items() for name, mark in each.items() if mark.search(code)]
    ends = (each.start() for each in PROVIDER_END.finditer(code))
    if any(PROVIDER_NAME.search(code, max(0, end - LONGEST_NAME), end) for end in ends):
        found.append("parking:provider")
    return tuple(dict.fromkeys(found))


def _base(root: etree._Element, url: str) -> str:
    href = next((href for base in root.iter("base") if (href := base.get("href")) is not None), "")
    return address(href, url) or url


class _Reading:
    """One walk through a page."""

    def __init__(self, base: str) -> None:
        self._claims = Claims(base)
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
        self._counts = dict.fromkeys(("links", "pictures"), 0)
        self._textarea = False

    def walk(self, root: etree._Element) -> None:
        """Reads all that is seen."""
        for element in root.iter(*TELLING):
            self._claims.note(element, str(element.tag))
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
        own, others, claims = self._flow.own, self._flow.others.lines, self._claims
        if not self._words and (alerts := claims.alerts()):  # all that its readers see
            self._words = count_words(alerts)
            own.add(alerts, self._words, 0)
            marks = (*marks, ALERT_ONLY)
        return PageFacts(
            title=claims.title,
            headings=tuple(filter(None, self._headings["h1"])),
            subheadings=tuple(filter(None, self._headings["h2"])),
            text=own.text,
            beside="\n".join((*self._beside, *others))[:_BESIDE_LIMIT],
            linked="\n".join(self._links)[:_BESIDE_LIMIT],
            words=self._words,
            main_words=own.words,
            prose=own.prose,
            paragraphs=own.paragraphs,
            has_password=claims.password,
            has_login_form=claims.login or claims.password,
            has_text_form=self._textarea,
            has_field=claims.field,
            is_article=claims.article,
            has_document=claims.document,
            free=claims.free,
            refresh=claims.refresh,
            script_target=claims.script_target(url) if self._words <= NEAR_EMPTY else None,
            scripts=claims.scripts,
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


def _is_aside(element: etree._Element, tag: str) -> bool:
    if tag in _ASIDE:
        return True
    if tag in _EXEMPT:
        return False
    if not element.attrib:
        return False
    names = f"{element.get('class', '')[:300]} {element.get('id', '')[:100]}"
    return element.get("role", "").lower() in _ASIDE_ROLES or _ASIDE_NAMES.search(names) is not None
