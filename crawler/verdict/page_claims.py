"""What a page says of itself beside its text: title, log-in forms, JSON-LD, and where it sends its readers (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from lxml import etree

from archive.needs_markup import refresh_target
from archive.references import LeftReason, resolve
from crawler.verdict.script_target import script_targets

TELLING = (
    "script",
    "meta",
    "input",
    "form",
    "title",
    "embed",
    "object",
    "iframe",
)  # elements that `Claims.note` wants to see
_TITLE_LIMIT = 500
_LINE_LIMIT = 2_000
_SCRIPT_LIMIT = 20_000
_JSON_LIMIT = 200_000
_JSON_DEEPEST = 4
_LOGIN_NAMES = re.compile(r"log-?_?in|sign-?_?in|log-?_?on|denglu|anmeld", re.IGNORECASE)
_USER_NAMES = re.compile(r"user(?:_?name)?|login|account|userid|uname|log", re.IGNORECASE)
_NO_FIELDS = ("hidden", "submit", "search", "button", "image", "reset")
_SEARCH_NAMES = re.compile(
    r"q|s|k|wd|kw|t|w|word|query|term|text|find|keys?|such\w*|\w*(?:search|keyword|recherche|busc|cerca|zoek|suche)\w*"
)
_ARTICLE_TYPE = re.compile(r"(?:\w*Article|BlogPosting|Report|LiveBlogPosting|Review|ScholarlyArticle|Recipe)$")
_DOCUMENT = re.compile(r"\.pdf(?:[?#&]|$)", re.IGNORECASE)
ALERT_ONLY = "alert:only"  # a mark: there is nothing to be seen but what a script says in a box
_ALERT = re.compile(r"\balert\(\s{0,9}(?P<quote>[\"'])(?P<said>[^\"'\n\\]{4,300})(?P=quote)\s{0,9}\)")
_PAYWALL_PATHS = ("@graph", "hasPart", "mainEntity", "isPartOf")


class Claims:
    """What the elements of a page say, one after the other. `base` is what its addresses are relative to."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._code: list[str] = []
        self.title = ""
        self.scripts = 0
        self.password = self.login = self.article = self.document = self.field = False
        self.free: bool | None = None
        self.refresh: tuple[str, float] | None = None

    def note(self, element: etree._Element, tag: str) -> None:
        """One of the elements that say something."""
        match tag:
            case "script":
                self._script(element)
            case "meta":
                self._meta(element)
            case "title" if not self.title:
                self.title = " ".join("".join(_texts(element)).split())[:_TITLE_LIMIT]
            case "input":
                self.password |= element.get("type", "").strip().lower() == "password"
                self.field |= _is_field(element)
            case "form":
                self.login |= _is_login_form(element)
            case "embed" | "object" | "iframe":
                self.document |= _shows_document(element)

    def _script(self, element: etree._Element) -> None:
        self.scripts += 1
        text = element.text or ""
        if element.get("type", "").strip().lower() == "application/ld+json":
            self._linked_data(text[:_JSON_LIMIT])
        elif text and sum(map(len, self._code)) < _SCRIPT_LIMIT:
            self._code.append(text[:_SCRIPT_LIMIT])

    def _meta(self, element: etree._Element) -> None:
        content = element.get("content", "")
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        if name == "og:type":
            self.article |= content.strip().lower() in ("article", "news.article")
        elif name in ("article:published_time", "datepublished", "og:article:published_time"):
            self.article = True
        elif name == "isaccessibleforfree" and _is_no(content):
            self.free = False
        refreshes = element.get("http-equiv", "").strip().lower() == "refresh" and self.refresh is None
        if refreshes and next(element.iterancestors("noscript"), None) is None:
            self._note_refresh(content[:_LINE_LIMIT])

    def _note_refresh(self, content: str) -> None:
        found = refresh_target(content)
        if found and found[0] and (target := address(found[0], self._base)):
            self.refresh = target, found[1]

    def _linked_data(self, text: str) -> None:
        try:
            found: object = json.loads(text.strip().removesuffix(";"), strict=False)
        except (ValueError, RecursionError):
            return
        for node in _nodes(found, 0):
            kinds = node.get("@type")
            names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
            self.article |= any(
                isinstance(name, str) and _ARTICLE_TYPE.search(name[:100]) is not None for name in names
            )
            if "isAccessibleForFree" in node:
                self.free = False if self.free is False else not _is_no(node["isAccessibleForFree"])

    def alerts(self) -> str:
        """What the scripts of a page say to everybody who opens it, a line each."""
        return "\n".join(found["said"] for code in self._code for found in _ALERT.finditer(code))[:_LINE_LIMIT]

    def script_target(self, url: str) -> str | None:
        """Where the scripts of a near-empty page send everybody. Two addresses are a choice we cannot make."""
        targets = script_targets("\n".join(self._code), url)
        if len(targets) != 1:
            return None
        target = address(next(iter(targets)), self._base)
        return target if target != url else None


def address(reference: str, base: str) -> str | None:
    """An address in a page, absolute and canonical; None for what is none."""
    found = resolve(reference, base)
    return None if isinstance(found, LeftReason) else found


def _texts(element: etree._Element) -> Iterator[str]:
    return cast("Iterator[str]", element.itertext())


def _is_field(element: etree._Element) -> bool:
    """Whether something is to be filled in that is no search, and no newsletter's at the foot of every page."""
    kind, name = (element.get(each, "").strip().lower()[:50] for each in ("type", "name"))
    if kind in _NO_FIELDS or _SEARCH_NAMES.fullmatch(name) is not None:
        return False
    return next(element.iterancestors("footer", "aside", "nav", "header"), None) is None


def _is_login_form(form: etree._Element) -> bool:
    about = " ".join(form.get(name, "")[:200] for name in ("action", "id", "class", "name"))
    if _LOGIN_NAMES.search(about) is None:
        return False
    return any(
        _USER_NAMES.fullmatch(field.get("name", "")[:50]) or field.get("type") == "email"
        for field in form.iter("input")
    )


def _shows_document(element: etree._Element) -> bool:
    if element.get("type", "").strip().lower() == "application/pdf":
        return True
    source = (element.get("src") or element.get("data") or "")[:_LINE_LIMIT]
    return _DOCUMENT.search(source) is not None


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
