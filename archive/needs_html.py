"""What a page or an SVG image asks for (pure).

libxml2 parses, by lxml: fast, and it reads what stands in <noscript> and <template>, which a page needs as soon as its
scripts ran or did not run. A document nested deeper than libxml2 goes loses what stands deeper, and says so. XML is
read without its DTD: no entity is expanded, no file and no network is touched.

The elements are met in the order of the page. Anchors are no needs. To be run in a worker (archive.workers): libxml2
takes quadratic time over a tag of 200,000 attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import cast

from lxml import etree

from archive import needs_markup as markup
from archive.model import Role
from archive.needs_css import gather_css
from archive.references import LeftReason, resolve
from archive.requisites import Gathering, Need

INPUT_LIMIT = 8 << 20  # bytes of a document that are read
_DEEPEST_SRCDOC = 4
_TITLE_LIMIT = 500
_MOST_ALTERNATES = 20
_MOST_SOURCES = 50
_CUT_SHORT = frozenset({"ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", "ERR_NO_MEMORY"})
_STYLE_SHEETS_BEFORE = etree.XPath("preceding-sibling::processing-instruction('xml-stylesheet')")
_SPECIAL = frozenset({"link", "meta", "style", "object", "applet", "param", "title"})
_XLINK = "{http://www.w3.org/1999/xlink}"

Attributes = Mapping[str, str]


class Document:
    """What is gathered from one page, and what it says about itself."""

    def __init__(self, url: str, gathering: Gathering) -> None:
        self.url = url
        self.gathering = gathering
        self.canonical: str | None = None
        self.amphtml: str | None = None
        self.og_url: str | None = None
        self.alternates: list[str] = []
        self.title: str | None = None
        self.refresh: tuple[str, float] | None = None
        self.cut = False

    def read(self, text: str, *, xml: bool, depth: int = 0) -> etree._Element | None:
        """Go through a document. Returns its root element; None if there is none."""
        root, cut = parse_xml(text) if xml else parse_html(text)
        self.cut |= cut
        if root is not None:
            before = self.gathering.base
            self.gathering.base = self._base(root)
            self._walk(root, depth, xml=xml)
            self.gathering.base = before
        return root

    def _base(self, root: etree._Element) -> str | None:
        """What references are relative to: the first <base href>, if it is of the web (HTML section 2.4.3)."""
        href = next((href for base in root.iter("{*}base") if (href := base.get("href")) is not None), None)
        found = resolve(href, self.gathering.base) if href is not None else None
        return self.gathering.base if found is None or isinstance(found, LeftReason) else found

    def _walk(self, root: etree._Element, depth: int, *, xml: bool) -> None:
        if xml:
            self._style_sheets_before(root)
        for element in root.iter(etree.Element):
            tag, attributes = _plain_names(element) if xml else _names(element)
            if attributes:
                self._attributes(tag, attributes, element)
            if tag in _SPECIAL:
                self._special(tag, element, attributes)
            if tag == "iframe" and depth < _DEEPEST_SRCDOC and (srcdoc := attributes.get("srcdoc")):
                self.read(srcdoc, xml=False, depth=depth + 1)

    def _special(self, tag: str, element: etree._Element, attributes: Attributes) -> None:
        """Elements whose attributes are to be read together, or that have a text."""
        match tag:
            case "link":
                self._link(attributes)
            case "meta":
                self._meta(element, attributes)
            case "style":
                gather_css(_text(element), self.gathering, within="style/")
            case "object" | "applet":
                self._object(tag, attributes)
            case "param" if attributes.get("name", "").strip().lower() in markup.MOVIE_PARAMS:
                self.gathering.add(attributes.get("value"), Role.MEDIA, "param/@value")
            case "title":
                self._title(element)

    def _style_sheets_before(self, root: etree._Element) -> None:
        """<?xml-stylesheet href="..."?> before the root element (Associating Style Sheets with XML, section 4)."""
        for instruction in cast("list[etree._Element]", _STYLE_SHEETS_BEFORE(root)):  # noqa: SLF001 - a type
            self.gathering.add(instruction.get("href"), Role.STYLE, "xml-stylesheet/@href")

    def _attributes(self, tag: str, attributes: Attributes, element: etree._Element) -> None:
        add = self.gathering.add
        for name, value in attributes.items():
            if name not in markup.NAMES and not (value[:1] in ("{", "[") and name.startswith("data-")):
                continue
            how = f"{tag}/@{name}"
            if (tag, name) in markup.PLAIN:
                add(value, _role(tag, name, element), how)
            elif name in markup.SRCSETS:
                for url in markup.srcset_urls(value):
                    add(url, Role.IMAGE, how)
            elif name in markup.PAINTED:
                if "(" in value or "\\" in value:
                    gather_css(value, self.gathering, within=how + "/")
            elif name == markup.ANY_BACKGROUND:
                add(value, Role.IMAGE, how)
            elif name in markup.LAZY or name in markup.LAZY_BACKGROUNDS:
                self._lazy(tag, name, value, element)
            elif value[:1] in ("{", "["):
                for url in markup.images_in_json(value):
                    add(url, Role.IMAGE, how)

    def _lazy(self, tag: str, name: str, value: str, element: etree._Element) -> None:
        """The address that a script keeps for later. On elements that load nothing it may be anything."""
        how = f"{tag}/@{name}"
        if "url(" in value:
            gather_css(value, self.gathering, within=how + "/")
        elif value[:1] in ("{", "["):
            for url in markup.images_in_json(value):
                self.gathering.add(url, Role.IMAGE, how)
        elif tag in markup.LOADERS and name in markup.LAZY and (name == "data-src" or markup.is_address(value)):
            self.gathering.add(value, _role(tag, name, element), how)
        elif name in markup.LAZY_BACKGROUNDS and markup.is_address(value):
            self.gathering.add(value, Role.IMAGE if markup.names_an_image(value) else Role.OTHER, how)

    def _link(self, attributes: Attributes) -> None:
        rels = set(attributes.get("rel", "").lower().split())
        href = attributes.get("href")
        if role := _role_of_link(rels, attributes):
            self.gathering.add(href, role, "link/@href")
            for url in markup.srcset_urls(attributes.get("imagesrcset", "")):
                self.gathering.add(url, Role.IMAGE, "link/@imagesrcset")
        if "canonical" in rels:
            self.canonical = self.canonical or self.gathering.resolved(href)
        if "amphtml" in rels:
            self.amphtml = self.amphtml or self.gathering.resolved(href)
        if "alternate" in rels and "media" in attributes and not {"stylesheet", "icon"} & rels:
            other = self.gathering.resolved(href)
            if other and other not in self.alternates and len(self.alternates) < _MOST_ALTERNATES:
                self.alternates.append(other)

    def _meta(self, element: etree._Element, attributes: Attributes) -> None:
        content = attributes.get("content", "")
        name = (
            (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").strip().lower()
        )
        if role := markup.METAS.get(name):
            self.gathering.add(content, role, f"meta/{name}")
        elif name == "og:url":
            self.og_url = self.og_url or self.gathering.resolved(content)
        if attributes.get("http-equiv", "").strip().lower() == "refresh" and self.refresh is None:
            self._refresh(element, content)

    def _refresh(self, element: etree._Element, content: str) -> None:
        found = markup.refresh_target(content)
        if found is None or next(element.iterancestors("{*}noscript"), None) is not None:
            return  # what is in <noscript> is for browsers that run no scripts
        target, seconds = found
        url = self.gathering.resolved(target) if target else self.url
        if url:
            self.refresh = url, seconds

    def _object(self, tag: str, attributes: Attributes) -> None:
        """<object> and <applet>, whose addresses are relative to their codebase (HTML 4.01, section 13.3)."""
        before = self.gathering.base
        self.gathering.base = self.gathering.resolved(attributes.get("codebase")) or before
        self.gathering.add(attributes.get("data"), Role.MEDIA, "object/@data")
        for archive in re.split(r"[\s,]+", attributes.get("archive", "")):
            self.gathering.add(archive, Role.MEDIA, f"{tag}/@archive")
        if attributes.get("code", "").endswith(".class"):
            self.gathering.add(attributes["code"], Role.MEDIA, "applet/@code")
        self.gathering.base = before

    def _title(self, element: etree._Element) -> None:
        parent = element.getparent()
        if self.title is None and (parent is None or _plain_name(parent.tag) != "svg"):
            self.title = " ".join(_text(element).split())[:_TITLE_LIMIT] or None


def _role(tag: str, name: str, element: etree._Element) -> Role:
    if name in markup.POSTERS and tag in ("video", "audio"):
        return Role.POSTER
    if tag == "source" and _in_picture(element):
        return Role.IMAGE
    return markup.PLAIN.get((tag, name)) or markup.LOADERS[tag]


def _in_picture(element: etree._Element) -> bool:
    """Whether a <source> is one of a <picture>. libxml2 does not know that it is empty and nests them."""
    outer = (_plain_name(ancestor.tag) for ancestor in islice(element.iterancestors(), _MOST_SOURCES))
    return next((tag for tag in outer if tag != "source"), "") == "picture"


def _role_of_link(rels: set[str], attributes: Attributes) -> Role | None:
    """What a <link> loads (HTML section 4.6.7); None if it only points somewhere."""
    if "stylesheet" in rels:
        return Role.STYLE
    if rels & markup.ICONS:
        return Role.ICON
    if "modulepreload" in rels:
        return Role.SCRIPT
    if "manifest" in rels:
        return Role.MANIFEST
    if "preload" in rels or ("prefetch" in rels and attributes.get("as")):
        return markup.PRELOADED.get(attributes.get("as", "").strip().lower())
    return Role.OTHER if "image_src" in rels else None


def _text(element: etree._Element) -> str:
    return "".join(cast("Iterator[str]", element.itertext()))


def _plain_name(name: object) -> str:
    return name.rpartition("}")[2].lower() if isinstance(name, str) else ""


def _names(element: etree._Element) -> tuple[str, Attributes]:
    """An element's name and attributes as the HTML parser gives them: in lower case, without namespaces."""
    return element.tag, cast("Attributes", element.attrib)  # the stubs think of bytes


def _plain_names(element: etree._Element) -> tuple[str, Attributes]:
    """The same of XML: without their namespaces, in lower case, but those of XLink with the usual prefix."""
    attributes = cast("Attributes", element.attrib)
    return _plain_name(element.tag), {
        name.replace(_XLINK, "xlink:").lower(): value for name, value in attributes.items()
    }


# --- the parsers ---


def parse_html(text: str) -> tuple[etree._Element | None, bool]:
    """The root element of a page, None if there is none; and whether the parser gave up before the end."""
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    return _parse(text.replace("\0", "\ufffd"), parser)


def parse_xml(text: str, *, recover: bool = True) -> tuple[etree._Element | None, bool]:
    """The root element of an XML document, read as far as it can be. No DTD, no entities, no network."""
    parser = etree.XMLParser(
        encoding="utf-8", recover=recover, resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True
    )
    return _parse(text, parser)


def _parse(text: str, parser: etree.HTMLParser | etree.XMLParser) -> tuple[etree._Element | None, bool]:
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None, False
    return root, any(entry.type_name in _CUT_SHORT for entry in parser.error_log)


def problem_of_xml(text: str) -> str | None:
    """Why browsers would refuse an XML document: the first place where it is not well-formed."""
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True)
    try:
        etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as fault:
        return f"not well-formed: {fault}"
    return None


def favicon(url: str) -> Need | None:
    """What browsers ask for with every page, whatever it says."""
    found = resolve("/favicon.ico", url)
    return Need(url=found, role=Role.ICON, how="favicon") if found and not isinstance(found, LeftReason) else None
