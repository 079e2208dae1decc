"""Queries of a CDX server, in pywb's dialect: what was asked, which part of the index it is, what is answered (pure).

Parameters, defaults and spellings are those of pywb's CDX Server API, so that its clients work unchanged. Unlike pywb a
number that is none is a wrong query, not an error of the server's.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from archive.errors import UsageError
from archive.urls import surt

MOST = 100_000  # lines of an answer
_MOST_FILTERS = 20
_LONGEST_FILTER = 1000  # characters
_LONGEST_URL = 20_000
_STAMP = re.compile(r"\d{1,14}", re.ASCII)
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)
_LATEST = "99991231235959"
_EARLIEST = "00010101000000"
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Match(StrEnum):
    """What of the index a URL stands for."""

    EXACT = "exact"
    PREFIX = "prefix"
    HOST = "host"
    DOMAIN = "domain"  # the host and all below it


class Output(StrEnum):
    """How lines are written."""

    CDXJ = "cdxj"
    JSON = "json"
    TEXT = "text"
    LINK = "link"

    @property
    def media_type(self) -> str:
        """Its Content-Type."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Output.CDXJ: "text/x-cdxj",
    Output.JSON: "text/x-ndjson",
    Output.TEXT: "text/plain",
    Output.LINK: "application/link-format",
}
_OTHER_NAMES = {
    "u": "url", "original": "url", "statuscode": "status", "s": "status", "mimetype": "mime", "m": "mime",
    "l": "length", "o": "offset", "d": "digest", "t": "timestamp", "k": "urlkey", "f": "filename",
}  # fmt: skip


# --- lines ---


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: `fields` holds `urlkey` and `timestamp` first, then those of its JSON."""

    line: str
    fields: dict[str, str]

    @property
    def key(self) -> str:
        """Its SURT."""
        return self.fields["urlkey"]

    @property
    def stamp(self) -> str:
        """Its time, of 14 digits."""
        return self.fields["timestamp"]

    @property
    def url(self) -> str:
        """What was asked for."""
        return self.fields.get("url", "")

    @property
    def at(self) -> datetime:
        """Its time."""
        return instant(self.stamp)

    def having(self, name: str, value: str) -> Entry:
        """The same with one more field."""
        fields = {**self.fields, name: value}
        return Entry(f"{self.key} {self.stamp} {_json(_described(fields))}", fields)


def entry(line: bytes) -> Entry | None:
    """A line read; None for one that is none of ours."""
    try:
        text = line.decode("ascii").rstrip("\n")
        key, stamp, described = text.split(" ", 2)
        found = json.loads(described)
    except ValueError:
        return None
    if not isinstance(found, dict) or not _STAMP.fullmatch(stamp):
        return None
    fields = {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
    return Entry(text, {"urlkey": key, "timestamp": stamp, **fields})


def instant(stamp: str) -> datetime:
    """The first instant that some digits of a timestamp name; what is no date becomes the nearest that is."""
    year, month, day = int(stamp[:4].ljust(4, "0")), int(stamp[4:6] or 1), int(stamp[6:8] or 1)
    month = min(max(month, 1), 12)
    leap = month == 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    day = min(max(day, 1), _DAYS[month - 1] + leap)
    hour, minute, second = (int(stamp[at : at + 2] or 0) for at in (8, 10, 12))
    return datetime(max(year, 1), month, day, min(hour, 23), min(minute, 59), min(second, 59), tzinfo=UTC)


def stamp_of(at: datetime) -> str:
    """A time as 14 digits."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}".rjust(14, "0")


# --- filters ---


class How(StrEnum):
    """How a filter compares."""

    CONTAINS = ""
    EQUAL = "="
    MATCHES = "~"  # a regular expression, at the beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition on one field, or on the whole line where `field` is empty."""

    field: str
    how: How
    text: str
    inverted: bool

    def passes(self, line: Entry) -> bool:
        """Whether a line fulfils it. A regular expression may take very long: see `is_costly`."""
        value = line.fields.get(self.field, "") if self.field else line.line
        match self.how:
            case How.EQUAL:
                found = value == self.text
            case How.CONTAINS:
                found = self.text in value
            case How.MATCHES:
                found = re.match(self.text, value) is not None
        return found is not self.inverted


def read_filter(text: str) -> Filter:
    """`[!][=|~][field:]text`. Raises UsageError for a regular expression that is none, and for a very long one."""
    if len(text) > _LONGEST_FILTER:
        raise UsageError(f"a filter of {len(text):,} characters; {_LONGEST_FILTER} are taken")
    inverted, rest = text.startswith("!"), text.removeprefix("!")
    how = How(rest[0]) if rest[:1] in ("=", "~") else How.CONTAINS
    rest = rest[len(how.value) :]
    name, colon, value = rest.partition(":")
    name, value = (name, value) if colon else ("", rest)
    if how is How.MATCHES:
        try:
            re.compile(value)
        except (re.error, RecursionError, OverflowError) as error:
            raise UsageError(f"filter {text[:200]!r} is no regular expression: {error}") from error
    return Filter(field=_OTHER_NAMES.get(name, name), how=how, text=value, inverted=inverted)


def passing(task: tuple[Sequence[Filter], Sequence[Entry]]) -> list[Entry]:
    """The lines that fulfil every condition; for a worker, which may be killed over it."""
    filters, lines = task
    return [line for line in lines if all(each.passes(line) for each in filters)]


# --- queries ---


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxQuery:
    """A query, understood. `start` and `end` (not included) are keys of the index."""

    url: str
    match: Match
    start: bytes
    end: bytes
    output: Output = Output.CDXJ
    limit: int = MOST
    since: str | None = None  # of 14 digits, as `until` and `closest`
    until: str | None = None
    closest: str | None = None
    reverse: bool = False
    filters: tuple[Filter, ...] = ()
    fields: tuple[str, ...] | None = None
    collapse: int | None = None  # digits of the timestamp that make two captures of one status one
    page: int | None = None
    page_size: int = 1
    counts_pages: bool = False

    @property
    def is_costly(self) -> bool:
        """Whether regular expressions of a stranger are in it."""
        return any(each.how is How.MATCHES for each in self.filters)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Parameters as they came."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, *names: str) -> str | None:
        """The last value of the first of these that is given."""
        return next((self.values[name][-1] for name in names if self.values.get(name) and self.values[name][-1]), None)

    def number(self, name: str, *, least: int = 0) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        if not _DIGITS.fullmatch(text) or int(text) < least:
            raise UsageError(f"Invalid value for {name}= param: {text[:50]}")
        return int(text)

    def stamp(self, *names: str, end: bool = False) -> str | None:
        text = self.text(*names)
        if text is None:
            return None
        if not _STAMP.fullmatch(text):
            raise UsageError(f"Invalid value for {names[0]}= param: {text[:50]}")
        return text + (_LATEST if end else _EARLIEST)[len(text) :]

    def flag(self, name: str) -> bool:
        return (self.text(name) or "").lower() in ("true", "1", "y", "yes")


def read_query(parameters: Mapping[str, Sequence[str]]) -> CdxQuery:
    """The query that these parameters spell. Raises UsageError, whose message is for whoever asked."""
    asked = _Asked(parameters)
    url = asked.text("url")
    if url is None or len(url) > _LONGEST_URL:
        raise UsageError('The "url" param is required' if url is None else "The url is too long")
    url, match = _matched(url, asked.text("matchType"))
    start, end = search_range(url, match)
    output = asked.text("output") or "cdxj"
    if output not in Output._value2member_map_:
        raise UsageError(f"output={output[:50]} not supported")
    filters = [each for each in parameters.get("filter", ()) if each]
    if len(filters) > _MOST_FILTERS:
        raise UsageError(f"{len(filters)} filters; {_MOST_FILTERS} are taken")
    fields = asked.text("fields", "fl")
    limit = asked.number("limit", least=1)
    sort = asked.text("sort")
    closest = asked.stamp("closest")
    if sort not in (None, "closest", "reverse") or (sort == "closest" and closest is None):
        raise UsageError(f"Invalid value for sort= param: {sort}; closest wants closest=, a timestamp")
    return CdxQuery(
        url=url,
        match=match,
        start=start,
        end=end,
        output=Output(output),
        limit=MOST if limit is None else min(limit, MOST),
        since=asked.stamp("from", "from_ts"),
        until=asked.stamp("to", end=True),
        closest=closest,
        reverse=asked.flag("reverse") or sort == "reverse",
        filters=tuple(map(read_filter, filters)),
        fields=None if fields is None else tuple(_OTHER_NAMES.get(each, each) for each in fields.split(",")[:50]),
        collapse=asked.number("collapseTime", least=1),
        page=asked.number("page"),
        page_size=min(asked.number("pageSize", least=1) or 1, 100),
        counts_pages=asked.flag("showNumPages"),
    )


def search_range(url: str, match: Match) -> tuple[bytes, bytes]:
    """The keys of the index that a URL stands for: the first, and the first that is behind them."""
    key = surt(url)
    host = key.partition(")/")[0]
    match match:
        case Match.EXACT:
            start, end = key + " ", key + "!"
        case Match.PREFIX:
            start = key + next((mark for mark in "/?" if url.endswith(mark) and not key.endswith(mark)), "")
            end = _next(start)
        case Match.HOST:
            start, end = host + ")/", host + "*"
        case Match.DOMAIN:
            start, end = host + (")/" if "," in host else ","), host + "-"
    return start.encode("ascii", "replace"), end.encode("ascii", "replace")


def _matched(url: str, named: str | None) -> tuple[str, Match]:
    if named is not None:
        if named not in Match._value2member_map_:
            raise UsageError(f"Invalid match_type: {named[:50]}")
        return url, Match(named)
    if url.startswith("*."):
        return url[2:], Match.DOMAIN
    return (url[:-1], Match.PREFIX) if url.endswith("*") else (url, Match.EXACT)


def _next(key: str) -> str:
    return key[:-1] + chr(ord(key[-1]) + 1)


# --- answers ---


def within(query: CdxQuery, lines: Iterable[Entry]) -> Iterator[Entry]:
    """The lines between `since` and `until`."""
    for line in lines:
        if (query.since or "") <= line.stamp <= (query.until or _LATEST):
            yield line


def ordered(query: CdxQuery, lines: Iterable[Entry]) -> Iterator[Entry]:
    """What is left of filtered lines, in the order asked for and no more than `limit`; never more of them are held."""
    lines = lines if query.collapse is None else _collapsed(lines, query.collapse)
    if query.closest is not None:
        moment = instant(query.closest)
        return iter(heapq.nsmallest(query.limit, lines, key=lambda line: abs(line.at - moment)))
    if query.reverse:
        last: deque[Entry] = deque(maxlen=query.limit)
        last.extendleft(lines)  # the oldest fall out on the right
        return iter(last)
    return islice(lines, query.limit)


def _collapsed(lines: Iterable[Entry], digits: int) -> Iterator[Entry]:
    last: tuple[str, str] | None = None
    for line in lines:
        token = (line.stamp[:digits], line.fields.get("status", ""))
        if token != last:
            yield line
        last = token


def written(query: CdxQuery, line: Entry) -> str:
    """A line as the answer has it, with newline. Not for LINK, which is a whole."""
    wanted = query.fields
    match query.output:
        case Output.JSON:
            return _json(_picked(line.fields, wanted)) + "\n"
        case Output.TEXT if wanted is not None:
            return " ".join(line.fields.get(name, "-") for name in wanted) + "\n"
        case Output.CDXJ if wanted is not None:
            return f"{line.key} {line.stamp} {_json(_picked(_described(line.fields), wanted))}\n"
    return line.line + "\n"


def _described(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in ("urlkey", "timestamp")}


def _picked(fields: Mapping[str, str], wanted: Sequence[str] | None) -> Mapping[str, str]:
    return fields if wanted is None else {name: fields[name] for name in wanted if name in fields}


def _json(fields: Mapping[str, str]) -> str:
    return json.dumps(fields)
