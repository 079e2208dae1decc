"""Lists of links to check, as people and programs write them (pure).

A list is one of three: a URL a line (blank lines, and lines that begin with "#", are passed over), one JSON array, or
JSON lines. Members of JSON are objects with `url`, and `id` and `expect_type` if they like, or bare URLs. Which it is
shows in the first character. A URL that is none is no mistake of the list: its verdict is "malformed_url". A member
that is no link has a fault, which is its answer: one slip in a list of thousands costs the one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.errors import UsageError
from crawler.checking.sources import spelled
from crawler.verdict.answer import ContentKind

MOST_BYTES = 64 << 20
_MOST_SHOWN = 200  # characters of a line that is no JSON

_MIMES = {
    "text/html": ContentKind.HTML,
    "application/xhtml+xml": ContentKind.HTML,
    "application/pdf": ContentKind.PDF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A link somebody asks about. The same URL may be asked for under several ids, or twice."""

    url: str  # as written, blanks around it off
    id: str | int | None = None
    expected: ContentKind | None = None
    fault: str | None = None  # why this member is no link: it is told, and not asked for

    @property
    def spelled(self) -> str:
        """The URL as its check will have it."""
        return spelled(self.url)


def read_list(data: bytes, name: str) -> list[Asked]:
    """What a list asks for, in its order. `name` is the list's, for messages.

    Raises UsageError for a list that is too long, no UTF-8, or no JSON where it begins as such; naming the line.
    """
    if len(data) > MOST_BYTES:
        raise UsageError(f"{name} is longer than {MOST_BYTES >> 20} MiB; check it in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}, line {line}: not UTF-8; convert the list and try again") from None
    if text.lstrip().startswith("["):
        return _from_array(text, name)
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    told = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if told and told[0][1].startswith("{"):
        return _from_lines(told, name)
    return [Asked(url=line) for _, line in told]


def by_url(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    """Who asks for each URL, the URLs as checks have them, in the order they were first asked for."""
    found: dict[str, list[Asked]] = {}
    for each in asked:
        if each.fault is None:
            found.setdefault(each.spelled, []).append(each)
    return found


def expectations(found: Mapping[str, list[Asked]]) -> dict[str, ContentKind]:
    """What is expected of each URL, by the first that says."""
    said = {url: next((each.expected for each in some if each.expected), None) for url, some in found.items()}
    return {url: kind for url, kind in said.items() if kind is not None}


def _from_array(text: str, name: str) -> list[Asked]:
    try:
        members = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}, line {error.lineno}: no JSON ({error.msg}); a list may be an array of "
                         "objects with id and url, such objects a line each, or a URL a line") from None  # fmt: skip
    except (ValueError, RecursionError):  # numbers of thousands of digits, brackets of thousands of levels
        raise UsageError(f"{name}: no list of links, though JSON") from None
    return list(_members(members, name))


def _members(members: list[object], name: str) -> Iterator[Asked]:
    for number, member in enumerate(members, start=1):
        yield _member(member, f"{name}, member {number}")


def _from_lines(lines: Sequence[tuple[int, str]], name: str) -> list[Asked]:
    """Raises UsageError if no line is JSON."""
    found: list[Asked] = []
    unread = 0
    for number, line in lines:
        where = f"{name}, line {number}"
        try:
            found.append(_member(json.loads(line), where))
            continue
        except json.JSONDecodeError as error:
            fault = f"{where}: no JSON ({error.msg}, column {error.colno})"
        except (ValueError, RecursionError):
            fault = f"{where}: no link, though JSON"
        unread += 1
        found.append(Asked(url=line[:_MOST_SHOWN], fault=fault))
    if unread == len(found):
        raise UsageError(found[0].fault or name)
    return found


def _member(member: object, where: str) -> Asked:
    if isinstance(member, str):
        return Asked(url=member.strip())
    if not isinstance(member, dict):
        return Asked(url="", fault=f"{where}: not an object with a url")
    url, name, expected = member.get("url"), member.get("id"), member.get("expect_type")
    shown = url.strip() if isinstance(url, str) else ""
    if not isinstance(name, str | int | None) or isinstance(name, bool):
        return Asked(url=shown, fault=f"{where}: its id is neither text nor a whole number")
    if not isinstance(url, str):
        return Asked(url="", id=name, fault=f"{where}: has no url" if url is None else f"{where}: its url is no text")
    kind = None if expected is None else _kind(expected)
    if expected is not None and kind is None:
        said = f"expect_type is {str(expected)[:80]!r}; it takes {', '.join(ContentKind)}, or a media type"
        return Asked(url=shown, id=name, fault=f"{where}: {said}")
    return Asked(url=shown, id=name, expected=kind)


def _kind(expected: object) -> ContentKind | None:
    """What a link is expected to give: a word of ours, or a media type; None for anything else."""
    word = expected.partition(";")[0].strip().lower() if isinstance(expected, str) else ""
    if word in list(ContentKind):
        return ContentKind(word)
    if word in _MIMES:
        return _MIMES[word]
    family, slash, _ = word.partition("/")
    if slash and family in ("image", "text"):
        return ContentKind(family)
    if slash and family in ("application", "audio", "video", "font", "model", "multipart"):
        return ContentKind.OTHER
    return None
