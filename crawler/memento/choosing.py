"""Which of an archive's captures are worth fetching, and in what order (pure).

Nearest to the day of the event first: what a page said then is what was cited. An archived error is no copy, nor is a
redirect to a home page; a redirect counts only if what it leads to was archived within a day of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WITHIN = timedelta(hours=24)  # between an archived redirect and the memento it leads to
MOST_TRIED = 6  # mementos of one archive that are fetched for a link

_STAMP = re.compile(r"[0-9]{4,14}").fullmatch
_LEAST = "00000101000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A capture that an archive says it has."""

    archive: str
    url: str  # of the original, as the archive has it
    at: datetime
    memento_url: str  # for people to look at
    raw_url: str  # gives the bytes as they were archived
    status: int | None = None  # None: it does not say
    mime: str | None = None
    digest: str | None = None  # of the payload, in whatever spelling


def in_order(
    candidates: Iterable[Candidate], around: datetime, *, most: int = MOST_TRIED, digests: Sequence[str] = ()
) -> list[Candidate]:
    """At most `most` candidates worth fetching, nearest to `around` first.

    Archived errors are left out, the same content comes once, and none with one of `digests`. What was archived at one
    time goes before a redirect of that time.
    """
    seen = set(digests)
    chosen: list[Candidate] = []
    for each in sorted(candidates, key=lambda it: (abs(it.at - around), is_redirect(it.status), it.raw_url)):
        if is_error(each.status) or (each.digest is not None and each.digest in seen):
            continue
        if each.digest is not None and not is_redirect(each.status):  # redirects mostly have the same empty body
            seen.add(each.digest)
        chosen.append(each)
    return chosen[:most]


def is_redirect(status: int | None) -> bool:
    """Whether a capture sends its reader on."""
    return status is not None and 300 <= status < 400 and status != 304


def is_error(status: int | None) -> bool:
    """Whether a capture is no copy and leads to none."""
    return status is not None and not 200 <= status < 300 and not is_redirect(status)


def stamp(at: datetime) -> str:
    """`at` as archives spell it: 14 digits, in UTC."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S").rjust(14, "0")


def moment(text: str) -> datetime | None:
    """The time that 4 to 14 digits mean, what is missing taken as its beginning; None if they mean none.

    A day that no calendar has (31 June, as archives hold some) is taken for the last one of its month.
    """
    if not _STAMP(text):
        return None
    digits = text + _LEAST[len(text) :]
    if len(text) % 2:  # half a number
        digits = text[:-1] + _LEAST[len(text) - 1 :]
    year, month, day, hour, minute, second = (
        int(digits[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
    )
    for last in (day, 30, 29, 28):
        try:
            return datetime(year, month, min(day, last), hour, minute, min(second, 59), tzinfo=UTC)
        except ValueError:
            continue
    return None
