"""An href as written -> a URL that can be fetched, or the reason why it gives none (pure).

Hrefs of event pages come out of wiki text and of `og:image` fields of forgotten templates. What a browser would repair
is repaired (references, line ends inside, `https:http://..`, one slash, a missing scheme before `//` or `www.`); what
can only be guessed is not: the citation then keeps its href and gets a reason.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from typing import TypeAlias
from urllib.parse import quote, urljoin, urlsplit

from archive.model import HrefReason

Resolved: TypeAlias = tuple[str, None] | tuple[None, HrefReason]

_PLAIN = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?+(?:[/?#][!#-;=?-\[\]-z|}~]*+)?"
)  # no \ " < > ^ ` {
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LINE_END = re.compile(r"[ \t]*[\r\n][\r\n \t]*")
_TEMPLATE = re.compile(r"\$\{|\{\{|\$%7B|%7B%7B", re.IGNORECASE)
_DASHED = re.compile(r"https?:--", re.IGNORECASE)
_DOUBLE_SCHEME = re.compile(r"(?:https?:/{0,2})+(?=https?:/)", re.IGNORECASE)
_HTTP = re.compile(r"(https?):/*+", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*+:", re.IGNORECASE | re.ASCII)
_WAYBACK_PATH = re.compile(r"/web/[0-9]{4,14}(?:[a-z]{2}_)?/")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")
_BAD_HOST = re.compile(r"[\s\x00-\x20\"#%/<>?@\[\\\]^`{|}]")
_PORT = re.compile(r"[0-9]{0,5}")
_SAFE = "!#$%&'()*+,/:;=?@[]^`{|}~-._"  # left as they stand: only blanks, quotes, <, >, \ and non-ASCII are encoded


def resolve_href(href: str, base: str | None) -> Resolved:
    """The absolute http(s) URL an href means, or why it means none; exactly one of the two.

    `base` is the URL of the source the href belongs to: a relative cover image hangs on it. The URL is as written but
    for repairs and the percent-encoding (UTF-8) of blanks, quotes, angle brackets and non-ASCII letters; the fragment
    stays. User information and control characters make it malformed.
    """
    if _PLAIN.fullmatch(href) and "&" not in href and "%7" not in href and not _DOUBLE_SCHEME.match(href):
        return href, None
    text = decode_references(_LINE_END.sub("", href.strip())).strip()
    if not text:
        return None, HrefReason.EMPTY
    if _TEMPLATE.search(text):
        return None, HrefReason.TEMPLATE
    if match := _DOUBLE_SCHEME.match(text):
        text = text[match.end() :]
    if _DASHED.match(text):
        return None, HrefReason.DASHES
    if _CONTROL.search(text):
        return None, HrefReason.MALFORMED
    return _absolute(text, base)


def decode_references(text: str) -> str:
    """Text with its character references decoded, once. Only those with a semicolon: in a URL, `&region=` is none."""
    return _REFERENCE.sub(_decoded, text) if "&" in text else text


def _decoded(match: re.Match[str]) -> str:
    reference = match[0]
    known = reference[1] == "#" or reference[1:] in html5
    return unescape(reference) if known else reference


def _absolute(text: str, base: str | None) -> Resolved:
    if match := _HTTP.match(text):
        return _checked(match[1].lower(), text[match.end() :])
    if text.startswith("//"):
        scheme = "http" if base is not None and base.startswith("http:") else "https"
        return _checked(scheme, text.lstrip("/"))
    if text.lower().startswith("www."):
        return _checked("http", text)
    if _SCHEME.match(text):
        return None, HrefReason.UNSUPPORTED_SCHEME
    if _WAYBACK_PATH.match(text) and (base is None or not _WAYBACK_PATH.search(base)):
        return _checked("https", "web.archive.org" + text)
    return _joined(text, base)


def _joined(text: str, base: str | None) -> Resolved:
    if base is None:
        return None, HrefReason.NO_BASE
    try:
        joined = urljoin(base, text)
    except ValueError:
        return None, HrefReason.MALFORMED
    scheme, _, rest = joined.partition("://")
    return _checked(scheme, rest)


def _checked(scheme: str, rest: str) -> Resolved:
    """The URL of a scheme and what follows its slashes, if its authority holds (RFC 3986 section 3.2)."""
    try:
        parts = urlsplit(f"{scheme}://{rest}")
    except ValueError:
        return None, HrefReason.MALFORMED
    host = _host(parts.netloc)
    if host is None:
        return None, HrefReason.MALFORMED
    return f"{scheme}://{host}{quote(rest[len(parts.netloc) :], safe=_SAFE)}", None


def _host(authority: str) -> str | None:
    """The authority, an international name as punycode; None if it is no host[:port]."""
    if authority.startswith("["):  # an IPv6 literal, checked by urlsplit
        name, _, rest = authority.partition("]")
        return authority if _PORT.fullmatch(rest.removeprefix(":")) and rest[:1] in ("", ":") else None
    name, colon, port = authority.partition(":")
    if not name.strip(".") or len(name) > 253 or not _PORT.fullmatch(port):
        return None
    if port and int(port) > 65535:
        return None
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return None if _BAD_HOST.search(ascii_name) else ascii_name + colon + port
