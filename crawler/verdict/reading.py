"""Fingerprints taken of what servers send (pure).

Reading the article out of a page is what costs: trafilatura takes ten times as long as everything else. So the answer
is read in two steps. First all that can be seen on it, by one pass of the parser; if our article is in that, it is the
same, and no more is done. Its own article is only read out if there is but our opening, under another title: it may be
a stub of ours, or a page of many beginnings.

To be run in a worker (archive.workers): a hostile page can keep parsers busy for minutes, or crash them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from archive.article import INPUT_LIMIT, TEXT_LIMIT, read_article
from archive.charset import decode
from archive.needs import kind_of
from archive.needs_html import parse_html
from archive.requisites import Kind
from crawler.verdict.answer import ContentKind, Match
from crawler.verdict.content import LEAD, Fingerprint, begins_alike, compare
from crawler.verdict.image_likeness import image_print
from crawler.verdict.pdf_text import is_pdf, read_pdf
from crawler.verdict.shingles import SHORT, Shingles, shingles_of, words_of

MOST_ON_A_PAGE = 1 << 17  # shingles
_TITLE_LIMIT = 300
_MISREAD = 10  # times as much on the page as in its article: then that is a cookie notice

_UNSEEN = ("script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "select", "textarea")
_BLOCK = re.compile(  # all but the elements that stand within words
    r"<(?!/?(?:[abiqsu]|s(?:pan|trong|mall|amp|trike|u[bp])|em|font|mark|time|code|wbr|abbr|cite|del|ins|big|tt|kbd"
    r"|var|dfn|bd[io]|ruby|r[bpt])[\s/>])(?=[/a-z])",
    re.IGNORECASE,
)
_ARTICLE_BODY = re.compile(r'"articleBody"\s*+:\s*+"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What came: the payload without content codings, and what it takes to read it."""

    data: bytes
    content_type: str | None  # with its parameters
    url: str


def fingerprint(body: Body, *, article: bool = True) -> Fingerprint:
    """What is kept of a body to compare it by. Without `article` the quick half only: no article is read out.

    Raises nothing for what a body holds, MemoryError at most; but see the module about how long it may take.
    """
    digest = hashlib.sha256(body.data).hexdigest()
    plain = Fingerprint(kind=ContentKind.OTHER, sha256=digest, length=len(body.data))
    if is_pdf(body.data):
        return _of_pdf(plain, body.data)
    mime = (body.content_type or "").partition(";")[0].strip().lower()
    match kind_of(body.data, body.content_type, None):
        case Kind.IMAGE:
            return replace(plain, kind=ContentKind.IMAGE, picture=image_print(body.data))
        case Kind.SVG:
            return replace(plain, kind=ContentKind.IMAGE)
        case Kind.HTML:
            quick = _of_page(plain, body)
            return with_article(quick, body) if article else quick
        case _ if mime.startswith("text/"):
            return _of_text(plain, decode(body.data[:INPUT_LIMIT], body.content_type))
    return plain


def compare_body(
    ours: Fingerprint, body: Body, *, shared: Shingles | None = None, record_id: str | None = None
) -> tuple[Match, Fingerprint]:
    """How much of our copy is in a body, as `crawler.verdict.content.compare` says it, and the body's fingerprint.

    The fingerprint has the article only if that was needed.
    """
    quick = fingerprint(body, article=False)
    match = compare(ours, quick, shared=shared, record_id=record_id)
    if match.contained or quick.kind is not ContentKind.HTML or not begins_alike(ours, quick):
        return match, quick
    theirs = with_article(quick, body)
    return compare(ours, theirs, shared=shared, record_id=record_id), theirs


def with_article(quick: Fingerprint, body: Body) -> Fingerprint:
    """The fingerprint of a page with its article, if it has one that can be read out."""
    found = read_article(body.data, body.url, body.content_type, details=not quick.title)
    if found is None:
        return quick
    article = shingles_of(found.text, most=MOST_ON_A_PAGE)
    if article.tokens < 2 * SHORT and quick.whole.tokens > _MISREAD * article.tokens:
        return quick
    words = words_of(found.text, article.tokens)
    return replace(
        quick,
        article=article,
        lead=shingles_of(found.text, first=LEAD),
        words=words,
        title=quick.title or found.title or "",
    )


def visible_text(body: Body) -> tuple[str, str]:
    """The title of a page and all that can be read on it: blocks on lines of their own, at most 4 million characters.

    What its machine-readable part gives as the article's body counts too: pages written by scripts have it only there.
    """
    html = decode(body.data[:INPUT_LIMIT], body.content_type)
    root, _ = parse_html(_BLOCK.sub("\n<", html))
    if root is None:
        return "", ""
    title = _title(root)
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    text = "".join(map(str, root.itertext()))[:TEXT_LIMIT]
    return title, text + "".join(_machine_readable(html))


def _machine_readable(html: str) -> Iterator[str]:
    if '"articleBody"' not in html:
        return
    for found in _ARTICLE_BODY.finditer(html):
        try:
            text = json.loads(f'"{found[1]}"', strict=False)
        except ValueError:
            continue
        yield "\n" + _TAG.sub(" ", text[:TEXT_LIMIT])


def _title(root: etree._Element) -> str:
    """What the page calls itself: for other sites, else its one headline, else in the window's title."""
    named = (meta.get("content", "") for meta in root.iter("meta") if meta.get("property", "").lower() == "og:title")
    headlines = [" ".join("".join(map(str, h1.itertext())).split()) for h1 in root.iter("h1")]
    windows = (element.text or "" for element in root.iter("title"))
    candidates = (next(named, ""), headlines[0] if len(headlines) == 1 else "", next(windows, ""))
    return next((" ".join(each.split())[:_TITLE_LIMIT] for each in candidates if each.strip()), "")


def _of_page(plain: Fingerprint, body: Body) -> Fingerprint:
    title, text = visible_text(body)
    return replace(_of_text(plain, text), kind=ContentKind.HTML, title=title, article=Shingles(), lead=Shingles())


def _of_text(plain: Fingerprint, text: str) -> Fingerprint:
    whole = shingles_of(text, most=MOST_ON_A_PAGE)
    return replace(
        plain,
        kind=ContentKind.TEXT,
        whole=whole,
        article=whole,
        lead=shingles_of(text, first=LEAD),
        words=words_of(text, whole.tokens),
    )


def _of_pdf(plain: Fingerprint, data: bytes) -> Fingerprint:
    pdf = read_pdf(data)
    return replace(_of_text(plain, pdf.text), kind=ContentKind.PDF, title=pdf.title, pages=pdf.pages)
