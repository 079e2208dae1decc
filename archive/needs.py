"""Reading a capture for what it needs to be shown (pure).

`read` is for the payload as bytes, `read_payload` for that of a record, still content-encoded. Both are for workers
(archive.workers): they raise nothing over bad content, but a hostile page may keep its parser busy, or eat its memory.
Callers that only want the nouns import archive.requisites, which loads no parser.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.charset import decode
from archive.coding import decode_body
from archive.model import Role
from archive.needs_css import gather_sheet
from archive.needs_html import INPUT_LIMIT, Document, favicon, problem_of_xml
from archive.pictures import is_picture, look, look_at_svg
from archive.references import is_web
from archive.requisites import Gathering, Kind, Picture, Reading
from archive.urls import canonical
from archive.workers import line_of

if TYPE_CHECKING:
    from archive.extract import Payload  # which loads trafilatura

PAYLOAD_LIMIT = 48 << 20  # bytes, decoded: an image has to be read to its end

_SNIFFED = 4096
_BEFORE = rb"(?:\xef\xbb\xbf)?(?:\s|<\?.{0,500}?\?>|<!--.{0,2000}?-->)*+"
_SVG = re.compile(_BEFORE + rb"(?:<!DOCTYPE\s+svg\b|<(?:\w{1,20}:)?svg[\s>/])", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(
    _BEFORE + rb"<(?:!DOCTYPE\s+html\b|(?:html|head|body|title|meta|script|style|iframe|table|div|h1|h2|p|br|a|b|font"
    rb"|link|img|center|frameset|noscript|form|ul|span|article|section|main|header|nav)[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_PICTURED = frozenset({Role.IMAGE, Role.ICON, Role.POSTER})
_NOT_PAGES = frozenset({Role.IMAGE, Role.ICON, Role.POSTER, Role.STYLE, Role.SCRIPT, Role.FONT, Role.MANIFEST})


def read_payload(payload: Payload, *, url: str, role: Role | None = None) -> Reading:
    """`read` for the payload of a record, whose content codings are taken off first.

    Raises UnsupportedCodingError, and what reading the record raises (SourcekeepError, OSError).
    """
    with payload.body:
        body = decode_body(payload.body, payload.content_encoding, limit=PAYLOAD_LIMIT)
    reading = read(body.data, url=url, content_type=payload.content_type, role=role, cut=body.cut)
    if reading.kind is Kind.IMAGE and reading.picture is not None and body.cut and len(body.data) >= PAYLOAD_LIMIT:
        return replace(reading, picture=replace(reading.picture, too_large=True))
    return reading


def read(payload: bytes, *, url: str, content_type: str | None, role: Role | None = None, cut: bool = False) -> Reading:
    """What a capture of `url` needs to be shown, and whether it is an image that decodes.

    `payload` is decoded (no gzip); `cut` says that it is not all there was. `content_type` is the header's value with
    its parameters. `role` is what the capture is to the page that asked for it, None for a page itself: a page that
    came in place of an image, a style or a script is not asked for its needs.
    """
    base = _address(url)
    match kind_of(payload, content_type, role):
        case Kind.HTML:
            reading = _page(payload, base, content_type, role)
        case Kind.CSS:
            gathering = Gathering(base)
            more = gather_sheet(payload, content_type, gathering)
            picture = _no_picture(payload, content_type, role)
            reading = Reading(kind=Kind.CSS, needs=gathering.needs(), left=gathering.left(), picture=picture, cut=more)
        case Kind.SVG:
            reading = _svg(payload, base, content_type)
        case Kind.IMAGE:
            reading = Reading(kind=Kind.IMAGE, picture=_whole(look(payload), cut=cut))
        case Kind.OTHER:
            reading = Reading(kind=Kind.OTHER, picture=_no_picture(payload, content_type, role))
    return replace(reading, cut=reading.cut or cut)


def _address(url: str) -> str | None:
    """The document's address, if anything can be relative to it."""
    try:
        spelled = canonical(url)
    except ValueError:
        return None
    return spelled if is_web(spelled) else None


def kind_of(payload: bytes, content_type: str | None, role: Role | None) -> Kind:
    """What a payload is: by its first bytes, else by its label, else by what it was asked for as."""
    head = payload[:_SNIFFED]
    mime = _mime(content_type)
    if is_picture(head):
        return Kind.IMAGE
    if _SVG.match(head):
        return Kind.SVG
    if _HTML.match(head):
        return Kind.HTML
    if mime in _HTML_TYPES and role not in _NOT_PAGES:
        return Kind.HTML
    if mime == "text/css" or role is Role.STYLE:
        return Kind.CSS
    if mime == "image/svg+xml":
        return Kind.SVG
    return Kind.IMAGE if mime.startswith("image/") else Kind.OTHER


def _mime(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _page(payload: bytes, base: str | None, content_type: str | None, role: Role | None) -> Reading:
    picture = _no_picture(payload, content_type, role, what="a page in place of an image")
    if role in _NOT_PAGES:
        return Reading(kind=Kind.HTML, picture=picture)
    gathering = Gathering(base)
    page = Document(base or "", gathering)
    page.read(decode(payload[:INPUT_LIMIT], content_type), xml=_mime(content_type) == "application/xhtml+xml")
    if base and role is None and (icon := favicon(base)):
        gathering.add_last(icon)
    target, seconds = page.refresh or (None, None)
    return Reading(
        kind=Kind.HTML,
        needs=gathering.needs(),
        left=gathering.left(),
        picture=picture,
        canonical=page.canonical,
        amphtml=page.amphtml,
        og_url=page.og_url,
        alternates=tuple(page.alternates),
        title=page.title,
        refresh=target or None,
        refresh_seconds=seconds,
        cut=page.cut or len(payload) > INPUT_LIMIT,
    )


def _svg(payload: bytes, base: str | None, content_type: str | None) -> Reading:
    gathering = Gathering(base)
    image = Document(base or "", gathering)
    text = decode(payload[:INPUT_LIMIT], content_type)
    root = image.read(text, xml=True)
    cut = image.cut or len(payload) > INPUT_LIMIT
    picture = _whole(look_at_svg(root, _line(problem_of_xml(text))), cut=cut)
    return Reading(kind=Kind.SVG, needs=gathering.needs(), left=gathering.left(), picture=picture, cut=cut)


def _line(text: str | None) -> str | None:
    return line_of(text) if text else None


def _whole(picture: Picture, *, cut: bool) -> Picture:
    """The picture, with the cut as its problem if it shows no other."""
    if not cut or picture.problem is not None:
        return picture
    return replace(picture, problem="only a part could be read")


def _no_picture(
    payload: bytes, content_type: str | None, role: Role | None, *, what: str = "no image of a known format"
) -> Picture | None:
    """What to say of a payload that should have been an image and is none."""
    if role not in _PICTURED and not _mime(content_type).startswith("image/"):
        return None
    return Picture(format=None, problem=what if payload else "empty")
