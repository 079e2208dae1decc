"""What the Wayback Machine's and pywb's APIs say (pure).

An index of captures comes as an array of arrays whose first row names the fields (the Wayback Machine's `output=json`),
as JSON lines or CDXJ lines (pywb), or as plain CDX lines. The availability API names the nearest capture; that it names
none proves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.memento.choosing import moment

MOST_LINES = 20_000
_CDX = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_NAMES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_EXCLUDED = re.compile(
    r"AccessControl(?:Setting)?Exception|RobotAccessControl|Blocked Site Error|blocked by robots"
    r"|has been excluded from the Wayback|access (?:to this resource )?(?:is )?(?:blocked|denied)",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"no captures found", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an archive's index."""

    url: str
    at: datetime
    stamp: str  # as the archive spells it: what its addresses are made of
    status: int | None = None  # None: it does not say, as for a revisit
    mime: str | None = None
    digest: str | None = None


def parse_index(text: str) -> list[Line] | None:
    """The lines of an index in any of its forms, those that cannot be read left out; None if it is no index at all.

    Nothing at all is no index: a Wayback Machine sends that when it has no time for us. An empty index is "[]".
    """
    text = text.strip("\ufeff \t\r\n")
    if not text:
        return None
    rows = _rows(text)
    if rows is None:
        return None
    return [line for row in rows if (line := _line(row)) is not None][:MOST_LINES]


def says_nothing_found(text: str) -> bool:
    """Whether an error page of an index says that it has no such URL."""
    return _NOTHING.search(text[:2000]) is not None


def says_excluded(text: str) -> bool:
    """Whether an archive says that it does not show a URL."""
    return _EXCLUDED.search(text[:5000]) is not None


def parse_availability(text: str) -> tuple[Line, str] | None:
    """The nearest capture that the availability API names, and its address; None if it names none.

    An empty answer (`{"archived_snapshots": {}}`) also comes for URLs that are archived: it is no proof of absence.
    """
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for name in ("archived_snapshots", "closest"):
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("available") is False:
        return None
    url, stamp = found.get("url"), str(found.get("timestamp", ""))
    at = moment(stamp)
    if not isinstance(url, str) or at is None:
        return None
    original = re.sub(r"^.*?/\d{4,14}(?:[a-z]{2}_)?/", "", url)
    return Line(url=original, at=at, stamp=stamp, status=_number(found.get("status"))), url


# --- rows ---


def _rows(text: str) -> Iterable[dict[str, object]] | None:
    if text.startswith("["):
        return _table(text)
    lines = text.splitlines()
    if _row(lines[0]) is None:
        return None
    return (row for line in lines if (row := _row(line)) is not None)


def _table(text: str) -> Iterable[dict[str, object]] | None:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    if found and all(isinstance(each, dict) for each in found):
        return [{_NAMES.get(name, name): value for name, value in each.items()} for each in found]
    if not found or not all(isinstance(each, list) for each in found):
        return [] if not found else None
    return _named([str(name) for name in found[0]], found[1:])


def _named(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[dict[str, object]]:
    spelled = [_NAMES.get(name, name) for name in names]
    for row in rows:
        yield dict(zip(spelled, row, strict=False))


def _row(line: str) -> dict[str, object] | None:
    """A line of JSON, of CDXJ (SURT, time, JSON), or of CDX."""
    stamp, body = "", line.strip()
    if not body.startswith("{") and "{" in body:
        key, _, rest = body.partition(" ")
        stamp, _, body = rest.partition(" ")
        if not key or moment(stamp) is None:
            return None
    if body.startswith("{"):
        return _object(body, stamp)
    fields = body.split(" ")
    return dict(zip([_NAMES.get(name, name) for name in _CDX], fields, strict=False)) if len(fields) >= 6 else None


def _object(body: str, stamp: str) -> dict[str, object] | None:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    row = {_NAMES.get(str(name), str(name)): value for name, value in found.items()}
    return {"timestamp": stamp, **row} if stamp else row


def _line(row: dict[str, object]) -> Line | None:
    url, stamp = row.get("url"), str(row.get("timestamp", ""))
    at = moment(stamp)
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or at is None:
        return None
    digest, mime = row.get("digest"), row.get("mime")
    return Line(
        url=url,
        at=at,
        stamp=stamp,
        status=_number(row.get("status")),
        mime=mime if isinstance(mime, str) and mime not in ("-", "warc/revisit") else None,
        digest=digest.removeprefix("sha1:") if isinstance(digest, str) and digest != "-" else None,
    )


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None
