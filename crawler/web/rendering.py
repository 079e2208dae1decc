"""A page made fit to be shown without its scripts: what it needs comes from the collection, the rest is gone (pure).

To be run in a worker (archive.workers): libxml2 and tinycss2 read what strangers wrote. What comes out is shown in a
sandbox without scripts, by a policy that allows pictures, styles, fonts and media of the replay's site and nothing
else; so what is removed here (scripts, handlers, `javascript:`, forms, refreshes, objects) is removed twice.

Frames are left out, with a mark in their place: whether there is a copy to show is for the caller to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import islice

import tinycss2
from lxml import etree
from lxml import html as lxml_html

from archive.charset import decode
from archive.needs_html import parse_html
from archive.needs_markup import LAZY, SRCSETS, srcset_urls
from archive.references import resolve
from crawler.web.memento_links import copy_path

INPUT_LIMIT = 8 << 20  # bytes of a page or a sheet that are read
MOST_FRAMES = 20
_SHEET_LIMIT = 1 << 20  # characters of style that are rewritten; tokens are dear
_DATA = re.compile(r"\s*data:(?:image/(?!svg)|font/|application/(?:x-)?font)", re.IGNORECASE)
_CHARSET_RULE = re.compile(rb'@charset "([\w:.-]{1,40})";')
_DROPPED = (
    "script", "template", "object", "embed", "applet", "param", "portal", "fencedframe", "input", "select", "textarea",
    "keygen", "datalist", "base", "meta", "math", "bgsound", "dialog",
)  # fmt: skip
_UNWRAPPED = ("noscript", "form", "button", "frameset", "noframes", "fieldset")
_SVG_KEPT = frozenset({
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
    "defs", "lineargradient", "radialgradient", "stop", "clippath", "symbol", "use",
})  # fmt: skip
_LOADERS = {"img": "im_", "image": "im_", "source": "oe_", "video": "oe_", "audio": "oe_", "track": "oe_"}
_LINKS = frozenset({"a", "area"})
_HARMLESS = frozenset({
    "abbr", "align", "alt", "axis", "bgcolor", "border", "bordercolor", "cellpadding", "cellspacing", "char", "charoff",
    "class", "clear", "color", "cols", "colspan", "compact", "controls", "coords", "datetime", "dir", "face", "frame",
    "headers", "height", "hreflang", "hspace", "id", "ismap", "kind", "label", "lang", "link", "loop", "media", "muted",
    "name", "noshade", "nowrap", "open", "reversed", "role", "rows", "rowspan", "rules", "scope", "shape", "size",
    "span", "srclang", "start", "summary", "text", "title", "translate", "type", "valign", "value", "vlink", "vspace",
    "width",
})  # fmt: skip
_SVG_HARMLESS = frozenset({
    "clip-path", "clip-rule", "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "fill-rule", "fx", "fy",
    "gradienttransform", "gradientunits", "offset", "opacity", "pathlength", "points", "preserveaspectratio", "r", "rx",
    "ry", "spreadmethod", "stop-color", "stop-opacity", "stroke", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor", "transform", "version", "viewbox", "x", "x1",
    "x2", "y", "y1", "y2",
})  # fmt: skip
_OUTSIDE = re.compile(r"url\(\s*[\"']?(?!#)|\\", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page or a sheet to be made fit. `mark` stands for frames in what comes out; nobody can guess it."""

    data: bytes
    content_type: str
    url: str
    stamp: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that was left out."""

    url: str
    width: str  # digits and perhaps %, or nothing
    height: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A page made fit: its HTML in pieces, between which the frames belong, one fewer than pieces."""

    pieces: tuple[str, ...]
    frames: tuple[Frame, ...]


def render(page: Page) -> Rendered:
    """The page made fit to be shown."""
    root, _ = parse_html(decode(page.data[:INPUT_LIMIT], page.content_type))
    if root is None:
        return Rendered(pieces=("<!DOCTYPE html><title></title>",), frames=())
    return _Renderer(page, root).rendered()


def render_sheet(page: Page) -> str:
    """The style sheet with addresses of copies in it."""
    label = _CHARSET_RULE.match(page.data)
    labelled = f"text/css; charset={label[1].decode('ascii')}" if label else page.content_type
    return rewrite_css(decode(page.data[:INPUT_LIMIT], labelled), page.url, page.stamp)


class _Renderer:
    """One page at work."""

    def __init__(self, page: Page, root: etree._Element) -> None:
        self._page = page
        self._root = root
        self._base = self._base_of(root)
        self._frames: list[Frame] = []

    def rendered(self) -> Rendered:
        """The page, cleaned and rewritten."""
        self._take_frames()
        etree.strip_elements(self._root, *_DROPPED, with_tail=False)
        etree.strip_tags(self._root, *_UNWRAPPED)
        self._without_odd_svg()
        for element in list(self._root.iter(etree.Element)):
            self._rewrite(element)
        text = str(lxml_html.tostring(self._root, encoding="unicode", method="html"))
        pieces = re.split(re.escape(self._page.mark) + r"\d+;", text) if self._page.mark else [text]
        order = [int(number) for number in re.findall(re.escape(self._page.mark) + r"(\d+);", text)]
        frames = tuple(self._frames[each] for each in order) if self._page.mark else ()
        return Rendered(pieces=("<!DOCTYPE html>\n" + pieces[0], *pieces[1:]), frames=frames)

    def _base_of(self, root: etree._Element) -> str:
        href = next((href for base in root.iter("base") if (href := base.get("href")) is not None), None)
        found = resolve(href, self._page.url) if href is not None else None
        return found if isinstance(found, str) and found.startswith("http") else self._page.url

    def _take_frames(self) -> None:
        for element in list(islice(self._root.iter("iframe", "frame"), MOST_FRAMES)):
            target = self._resolved(element.get("src") or element.get("data-src") or "")
            mark = ""
            if target is not None and self._page.mark:
                mark = f"{self._page.mark}{len(self._frames)};"
                self._frames.append(Frame(target, _size(element.get("width")), _size(element.get("height"))))
            _replace(element, mark)
        etree.strip_elements(self._root, "iframe", "frame", with_tail=False)

    def _without_odd_svg(self) -> None:
        """Of SVG in the page nothing is left that animates, embeds or links."""
        for drawing in list(self._root.iter("svg")):
            for element in list(drawing.iter(etree.Element)):
                if str(element.tag).lower() not in _SVG_KEPT and element.getparent() is not None:
                    _replace(element, "")

    def _rewrite(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag == "link":
            self._rewrite_link(element)
            return
        if tag == "style":
            element.text = self._css(element.text or "")
            return
        placed = self._placed(tag, element)
        for name in list(element.attrib):
            if not _is_harmless(str(name).lower(), str(element.get(name))):
                del element.attrib[name]
        for name, value in placed.items():
            if value:
                element.set(name, value)

    def _placed(self, tag: str, element: etree._Element) -> dict[str, str | None]:
        """The attributes that lead somewhere, as they are to be."""
        get = element.get
        placed: dict[str, str | None] = {"style": self._css(get("style") or "")}
        placed["background"] = self._copy(get("background") or "", "im_")
        if tag in _LINKS:
            placed["href"] = self._link_to(get("href") or "")
        if tag == "use":
            href = get("href") or get("xlink:href") or ""
            placed["href"] = href if href.startswith("#") else None
        if tag in ("img", "source"):
            placed["srcset"] = self._srcset(element)
        if tag in _LOADERS:
            placed["src"] = self._copy(self._lazy(element) or get("src") or "", _LOADERS[tag])
        if tag == "video":
            placed["poster"] = self._copy(get("poster") or "", "im_")
        return placed

    def _rewrite_link(self, element: etree._Element) -> None:
        rels = (element.get("rel") or "").lower().split()
        place = self._copy(element.get("href") or "", "cs_") if "stylesheet" in rels else None
        media = element.get("media")
        element.attrib.clear()
        if place is None or "alternate" in rels:
            _replace(element, "")
            return
        element.set("rel", "stylesheet")
        element.set("href", place)
        if media is not None:
            element.set("media", media)

    def _lazy(self, element: etree._Element) -> str | None:
        """The picture that a script would put in the place of a placeholder."""
        src = (element.get("src") or "").strip()
        if src and not src.lower().startswith("data:"):
            return None
        return next((value for name in sorted(LAZY) if (value := element.get(name)) and self._resolved(value)), None)

    def _srcset(self, element: etree._Element) -> str:
        text = element.get("srcset") or next((value for name in sorted(SRCSETS) if (value := element.get(name))), "")
        spelled = []
        for url in srcset_urls(text):
            behind = re.match(r"\s+(\d{1,6}(?:\.\d{1,4})?[wx])", text.partition(url)[2])
            if (place := self._copy(url, "im_")) is not None:
                spelled.append(place.replace(",", "%2C") + (f" {behind[1]}" if behind else ""))
        return ", ".join(spelled)

    def _css(self, text: str) -> str:
        return rewrite_css(text, self._base, self._page.stamp).replace("</", "<\\/")

    def _resolved(self, reference: str) -> str | None:
        found = resolve(reference, self._base)
        return found if isinstance(found, str) and found.startswith(("http://", "https://")) else None

    def _copy(self, reference: str, mark: str) -> str | None:
        """Where the copy of what is referred to lies; what carries its own content stays."""
        if _DATA.match(reference):
            return reference
        found = self._resolved(reference)
        return None if found is None else copy_path(self._page.stamp, found, mark)

    def _link_to(self, href: str) -> str | None:
        text = href.strip()
        if text.startswith("#"):
            return text
        found = self._resolved(text)
        if found is None:
            return None
        fragment = text.partition("#")[2]
        return copy_path(self._page.stamp, found) + (f"#{fragment}" if fragment else "")


def _replace(element: etree._Element, text: str) -> None:
    """Take an element out, and put a text in its place."""
    parent = element.getparent()
    if parent is None:
        return
    behind = text + (element.tail or "")
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + behind
    else:
        parent.text = (parent.text or "") + behind
    element.tail = None
    parent.remove(element)


def _is_harmless(name: str, value: str) -> bool:
    """Whether an attribute may stay as it is: it leads nowhere and does nothing."""
    if name in _SVG_HARMLESS:
        return _OUTSIDE.search(value) is None
    return name in _HARMLESS or name.startswith("aria-")


def _size(text: str | None) -> str:
    found = re.fullmatch(r"\s*(\d{1,4}%?)(?:px)?\s*", text or "")
    return found[1] if found else ""


def frame_html(frame: Frame, stamp: str) -> str:
    """A frame with the copy of what was in it, as shut off as the page."""
    size = "".join(f' {name}="{value}"' for name, value in (("width", frame.width), ("height", frame.height)) if value)
    return f'<iframe sandbox="" src="{escape(copy_path(stamp, frame.url, "if_"))}"{size}></iframe>'


# --- styles ---


def rewrite_css(text: str, base: str, stamp: str) -> str:
    """Style rules or declarations with addresses of copies in them; what leads nowhere of the web leads nowhere."""
    if not re.search(r"url|src|image-set|import|\\", text, re.IGNORECASE):
        return text
    try:
        tokens = tinycss2.parse_component_value_list(text[:_SHEET_LIMIT])
        _Sheet(base, stamp).go_through(tokens)
        return str(tinycss2.serialize(tokens))
    except RecursionError:  # brackets within brackets: no sheet that a person wrote
        return ""


class _Sheet:
    """The tokens of a style sheet at work."""

    def __init__(self, base: str, stamp: str) -> None:
        self._base = base
        self._stamp = stamp

    def go_through(self, tokens: Iterable[tinycss2.ast.Node]) -> None:
        """Rewrite every address, however deep."""
        waiting = [(iter(tokens), False)]
        imports = False
        while waiting:
            level, strings = waiting[-1]
            token = next(level, None)
            if token is None:
                waiting.pop()
                continue
            if token.type == "at-keyword":
                imports = token.lower_value == "import"
            elif token.type == "url" or (token.type == "string" and (imports or strings)):
                self._lead(token, imports=imports)
                imports = False
            elif token.type == "function" and token.lower_name in ("url", "src"):
                for each in token.arguments:
                    if each.type == "string":
                        self._lead(each, imports=imports)
                imports = False
            elif token.type == "function":
                waiting.append((iter(token.arguments), token.lower_name.endswith("image-set")))
            elif token.type in ("{} block", "() block", "[] block"):
                imports = False
                waiting.append((iter(token.content), False))
            elif token.type == "literal" and token.value == ";":
                imports = False

    def _lead(self, token: tinycss2.ast.Node, *, imports: bool) -> None:
        place = self._place(token.value, "cs_" if imports else "im_")
        token.value = place
        token.representation = f'url("{place}")' if token.type == "url" else f'"{place}"'

    def _place(self, reference: str, mark: str) -> str:
        if reference.startswith("#") and '"' not in reference and reference.isprintable() and "\\" not in reference:
            return reference
        if _DATA.match(reference) and not set('"\\\n\r\f') & set(reference):
            return reference
        found = resolve(reference, self._base)
        is_web = isinstance(found, str) and found.startswith(("http://", "https://"))
        return copy_path(self._stamp, str(found), mark) if is_web else "about:invalid"
