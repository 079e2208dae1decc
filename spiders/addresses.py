"""The addresses of the site: which day a path is of, which page a link means, what makes two paths one page (pure).

A *site path* is the part after the host without its leading slash, percent-decoded: "zh/news/2019/04/13/slug.md". The
site writes months in two digits and days without padding. Its Chinese pages stand at `zh/news/` on the live site and
at `news/` in their repository, and in both of them link now to `/zh/news/X` and now to `/news/X`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import unquote

from archive.model import PageKind
from spiders.hrefs import decode_references
from spiders.wording import WORDINGS

PAGE_EXTENSIONS = frozenset({"md", "markdown", "html", "htm", "xhtml", "json", "xml"})
_FILE_EXTENSIONS = frozenset({
    "css", "js", "ico", "png", "jpg", "jpeg", "gif", "svg", "webp", "pdf", "txt", "zip", "gz", "woff", "woff2", "mp4",
})  # fmt: skip
_OTHER_ROOTS = frozenset({"api", "faq", "opinion"})
_LANGUAGES = frozenset(row.language for row in WORDINGS)
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]{2,4})?", re.IGNORECASE | re.ASCII)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*+:", re.IGNORECASE | re.ASCII)
_YEAR = re.compile(r"[0-9]{4}")
_MONTH_OR_DAY = re.compile(r"[0-9]{1,2}")


def day_of(path: str) -> date | None:
    """The day of an event or day-index path; None for any other, and for a day that no calendar has."""
    segments = path_segments(path)
    return _day(segments, _news_at(segments))


def page_kind_of(path: str) -> PageKind:
    """What kind of page stands at a path, as far as the path tells."""
    segments = path_segments(path)
    at = _news_at(segments)
    if is_beside_the_news(path):
        return PageKind.OTHER
    if at is None:
        home = len(segments) == 1 or (len(segments) == 2 and _is_language(segments[0]))
        return PageKind.HOME if home and _is_index(segments[-1]) else PageKind.OTHER
    if _day(segments, at) is None or len(segments) > at + 5:
        return PageKind.OTHER
    if len(segments) == at + 4 or _is_index(segments[-1]):
        return PageKind.INDEX
    return PageKind.OTHER if _extension(segments[-1]) in _FILE_EXTENSIONS else PageKind.EVENT


def is_beside_the_news(path: str) -> bool:
    """Whether a path is of the FAQ, the API's manual or the opinion pages, which may quote whole event pages."""
    segments = path_segments(path)
    if len(segments) > 1 and _is_language(segments[0]):
        del segments[0]
    return segments[0] in _OTHER_ROOTS


def language_prefix(path: str) -> str | None:
    """The language a path begins with ("zh" of zh/news/..), or None."""
    segments = path_segments(path)
    at = _news_at(segments)
    if at is not None:
        return segments[at - 1].lower() if at and _is_language(segments[at - 1]) else None
    first = segments[0].lower()
    return first if len(segments) > 1 and _is_language(first) else None


def site_key(path: str) -> str:
    """What makes a page one page, whatever the spelling of its path: no extension, README and folder as `index`, no
    leading slash, percent-decoded, NFC, month padded and day not.
    """
    segments = path_segments(path)
    at = _news_at(segments)
    if at is not None and _day(segments, at) is not None:
        segments[at + 2 : at + 4] = [segments[at + 2].zfill(2), str(int(segments[at + 3]))]
        if len(segments) == at + 4:
            segments.append("index")
    last = segments[-1]
    segments[-1] = "index" if _is_index(last) else _stem(last)
    return unicodedata.normalize("NFC", "/".join(segments))


def resolve_site_path(href: str, page_path: str, page_language: str) -> str | None:
    """The site path that an href on a page means, or None when it leaves the site (any scheme, `//host`) or is no path.

    A link to `news/X` without a prefix, or with the page's own language as prefix, gets the prefix the page itself
    has: so both a Chinese repository (pages at news/) and the live site (pages at zh/news/) can be walked. A link to
    another language keeps its prefix. `2016/02/3/index.html`, as indexes write it, is a path under news/.
    """
    reference = decode_references(href.strip())
    if _UNSAFE.search(reference) or _SCHEME.match(reference) or reference.startswith("//"):
        return None
    path = reference.partition("#")[0].partition("?")[0]
    page = path_segments(page_path)
    if not path:
        return "/".join(page)
    segments = path_segments(path)
    if _UNSAFE.search("".join(segments)):
        return None
    if not path.startswith("/") and _is_relative(segments):
        segments = path_segments("/".join([*page[:-1], path]))
    elif _YEAR.fullmatch(segments[0]) and _day(["news", *segments], 0):
        segments = ["news", *segments]
    return "/".join(_with_prefix(segments, page, page_language))


def path_segments(path: str) -> list[str]:
    """The segments of a path, decoded, dots resolved and never above the root; [""] for the root, a last "" for a
    folder. A percent sign or slash that was encoded stays so.
    """
    raw = path.split("/")
    folder = raw[-1] in ("", ".", "..")
    segments: list[str] = []
    for segment in raw:
        plain = _decoded(segment) if "%" in segment else segment
        if plain == "..":
            del segments[-1:]
        elif plain not in ("", "."):
            segments.append(plain)
    return [*segments, ""] if folder or not segments else segments


def _decoded(segment: str) -> str:
    try:
        plain = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return segment
    return plain.replace("%", "%25").replace("/", "%2F")


def _with_prefix(segments: list[str], page: list[str], page_language: str) -> list[str]:
    at = _news_at(segments)
    if at is None or (at == 1 and segments[0] != page_language) or at > 1:
        return segments
    return [*_prefix(page), *segments[at:]]


def _prefix(page: list[str]) -> list[str]:
    """What stands before news/ on a page, or would if the page stood there."""
    at = _news_at(page)
    if at is not None:
        return page[:at]
    return page[:1] if len(page) > 1 and _is_language(page[0]) else []


def _is_relative(segments: list[str]) -> bool:
    """Whether an href without leading slash is relative to its page, not to the root as the site's own are."""
    at = _news_at(segments)
    if at is not None:
        return at > 1 or (at == 1 and not _is_language(segments[0]))
    return not (_YEAR.fullmatch(segments[0]) and _day(["news", *segments], 0))


def _news_at(segments: list[str]) -> int | None:
    return segments.index("news") if "news" in segments else None


def _day(segments: list[str], at: int | None) -> date | None:
    if at is None or len(segments) < at + 4:
        return None
    year, month, day = segments[at + 1 : at + 4]
    if not (_YEAR.fullmatch(year) and _MONTH_OR_DAY.fullmatch(month) and _MONTH_OR_DAY.fullmatch(day)):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _is_language(segment: str) -> bool:
    return segment in _LANGUAGES or _LANGUAGE.fullmatch(segment) is not None


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _stem(name: str) -> str:
    return name.rpartition(".")[0] if _extension(name) in PAGE_EXTENSIONS else name


def _is_index(name: str) -> bool:
    return _stem(name).lower() in ("", "index", "readme")
