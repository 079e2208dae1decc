"""A reference as a document writes it -> the URL a browser would ask for, or why there is none (pure).

This is the URL parser of browsers (WHATWG URL Standard, section 4.4) as far as http(s) goes: line ends and tabs inside
are dropped, backslashes are slashes, any number of slashes begins a host, dot segments go, `http:x` is relative. The
standard library's `urljoin` does none of that. What comes out is in the archive's canonical form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import quote

from archive.urls import DEFAULT_PORTS, canonical

LONGEST_TEXT = 500  # characters of a reference that are kept of one that cannot be fetched
_LONGEST_REFERENCE = 20_000  # longer ones need no parsing to be too long

_AROUND = "".join(map(chr, range(0x21)))
_DROPPED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+):")
_BASE = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?")
_DOT = re.compile(r"\.|%2e", re.IGNORECASE)
_DOTS = re.compile(r"\.\.|\.%2e|%2e\.|%2e%2e", re.IGNORECASE)
_MAYBE_DOTS = re.compile(r"/(?:\.|%2e)", re.IGNORECASE)
_ENCODED_IN_PATH = re.compile(r'["<>^`{}]')  # beyond what `canonical` encodes
_ENCODED_IN_QUERY = re.compile(r"[\"<>']")
_SIMPLE = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_.~-]*+/?)*+")  # most of them: nothing in it that needs a rule
_TEMPLATE = re.compile(r"\$\{|\{\{|\$%7B|%7B%7B", re.IGNORECASE)
_NEVER_FETCHED = frozenset({
    "about", "android-app", "blob", "cid", "data", "intent", "ios-app", "javascript", "mailto", "mhtml", "sms", "tel",
    "vbscript", "view-source", "whatsapp",
})  # fmt: skip


class LeftReason(StrEnum):
    """Why something that was named cannot be fetched. Where the model's `HrefReason` has the word, it is the same."""

    UNSUPPORTED_SCHEME = "unsupported_scheme"
    MALFORMED = "malformed_url"
    NO_BASE = "no_base"  # relative, in a document whose own address is none
    TEMPLATE = "template"  # {{ image }}: a template nobody filled in
    OVER_LIMIT = "over_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a document names and nobody can fetch. `text` is as written, cut; `count` is how many were left alike."""

    text: str
    why: LeftReason
    how: str = ""
    count: int = 1


Resolved: TypeAlias = str | LeftReason | None


def resolve(reference: str, base: str | None) -> Resolved:
    """The canonical http(s) URL that a reference means; or why it means none; or None where it asks for nothing.

    It asks for nothing if it is empty, a place in the same document (`#top`), or of a scheme that carries its own
    content or that no server answers (`data:`, `javascript:`, `mailto:` ...). `base` is an absolute http(s) URL.
    """
    if base and _SIMPLE.fullmatch(reference) and (parts := _BASE.match(base)):
        return _spelled(parts["scheme"], parts["authority"], reference)
    text = _DROPPED.sub("", reference[:_LONGEST_REFERENCE].strip(_AROUND))
    if not text or text.startswith("#"):
        return None
    if len(reference) > _LONGEST_REFERENCE:
        return None if _scheme_of(text) in _NEVER_FETCHED else LeftReason.MALFORMED
    if _TEMPLATE.search(text) and not text.lower().startswith(("data:", "javascript:")):
        return LeftReason.TEMPLATE
    text = text.partition("#")[0]
    match _scheme_of(text):
        case "http" | "https" as scheme:
            return _web(scheme, text[len(scheme) + 1 :], base)
        case "":
            return _relative(text, base)
        case scheme:
            return None if scheme in _NEVER_FETCHED else LeftReason.UNSUPPORTED_SCHEME


def _scheme_of(text: str) -> str:
    scheme = _SCHEME.match(text)
    return scheme[1].lower() if scheme else ""


def _web(scheme: str, rest: str, base: str | None) -> Resolved:
    """What stands behind `http:`. Without slashes it is relative to a base of the same scheme (section 4.4)."""
    slashed = _with_slashes(rest)
    if slashed.startswith("//") or base is None or not base.startswith(scheme + ":"):
        return _absolute(scheme, slashed.lstrip("/"))
    return _relative(rest, base)


def _relative(text: str, base: str | None) -> Resolved:
    parts = _BASE.match(base) if base else None
    if parts is None:
        return LeftReason.NO_BASE
    text = _with_slashes(text)
    if text.startswith("//"):
        return _absolute(parts["scheme"], text.lstrip("/"))
    if text.startswith("/"):
        path = text
    elif text.startswith("?"):
        path = parts["path"] + text
    elif text:
        path = parts["path"].rpartition("/")[0] + "/" + text
    else:
        path = parts["path"] + (parts["query"] or "")
    return _spelled(parts["scheme"], parts["authority"], path)


def _absolute(scheme: str, rest: str) -> Resolved:
    cut = min((i for mark in "/?" if (i := rest.find(mark)) >= 0), default=len(rest))
    return _spelled(scheme, rest[:cut], rest[cut:])


def _spelled(scheme: str, authority: str, rest: str) -> Resolved:
    path, mark, query = rest.partition("?")
    path = _ENCODED_IN_PATH.sub(_encoded, _without_dots(path))
    query = _ENCODED_IN_QUERY.sub(_encoded, query)
    try:
        return canonical(f"{scheme}://{authority}{path}{mark}{query}")
    except ValueError:
        return LeftReason.MALFORMED


def _encoded(found: re.Match[str]) -> str:
    return quote(found[0], safe="")


def _with_slashes(text: str) -> str:
    """Backslashes as slashes, but not in the query, where they are what they are."""
    if "\\" not in text:
        return text
    path, mark, query = text.partition("?")
    return path.replace("\\", "/") + mark + query


def _without_dots(path: str) -> str:
    """The path without its "." and ".." segments, also in their percent-encoded spellings."""
    if not _MAYBE_DOTS.search(path):
        return path
    kept: list[str] = []
    *folders, last = path.split("/")[1:]
    for segment in folders:
        if _DOTS.fullmatch(segment):
            kept[-1:] = []
        elif not _DOT.fullmatch(segment):
            kept.append(segment)
    if _DOTS.fullmatch(last):
        kept[-1:] = []
    name = "" if _DOTS.fullmatch(last) or _DOT.fullmatch(last) else last
    return "/" + "".join(segment + "/" for segment in kept) + name


def is_web(url: str) -> bool:
    """Whether a URL in canonical form is http(s)."""
    return url.partition(":")[0] in DEFAULT_PORTS
