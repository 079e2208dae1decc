"""The network: the names of the site and the archives, whether these answer, and what time they think it is.

Each is asked for one page, guarded as a crawl is; nobody is asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from archive.workers import line_of
from crawler.doctor import Finding, fine, warning
from crawler.memento.guarded import Directory, RefusedAddress, session

TIMEOUT = 10.0  # seconds, for the connection and for each part of the answer
_MOST_OFF = timedelta(minutes=2)
_THREADS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Something a run will ask. `name` is for people."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What came of asking. `status` 0: nothing came, and `why` says what did."""

    place: Place
    status: int = 0
    date: str | None = None  # its Date header
    why: str = ""


def network_findings(
    places: Sequence[Place], directory: Directory, *, user_agent: str, now: datetime, timeout: float = TIMEOUT
) -> Iterator[Finding]:
    """What is found of each place, in their order, and of our clock by theirs."""
    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(threads.map(lambda place: _ask(place, directory, user_agent, timeout), places))
    for each in found:
        yield place_finding(each)
    if (clock := clock_by(found, now)) is not None:
        yield clock


def _ask(place: Place, directory: Directory, user_agent: str, timeout: float) -> Reached:
    host = urlsplit(place.url).hostname or ""
    try:
        directory.permitted(host)
        with session(directory, user_agent) as asking:
            answer = asking.get(place.url, timeout=timeout, stream=True, allow_redirects=False)
            answer.close()
            return Reached(place=place, status=answer.status_code, date=answer.headers.get("Date"))
    except (RefusedAddress, OSError, UnicodeError, requests.RequestException) as error:
        return Reached(place=place, why=line_of(str(error))[:200])


def place_finding(reached: Reached) -> Finding:
    """Whether a place answers (pure). A refusal is an answer: it is there."""
    name, url = reached.place.name, reached.place.url
    if not reached.status:
        return warning("network", f"{name} ({url}): {reached.why}", "see to DNS, routes, proxies and --allow-network")
    if reached.status >= 500:
        return warning("network", f"{name} ({url}) answers {reached.status}", "try again later; runs wait and go on")
    return fine("network", f"{name} ({url}) answers {reached.status}")


def clock_by(found: Sequence[Reached], now: datetime) -> Finding | None:
    """Our clock by the Date of those that answered (pure); None where none said. One that is wrong is outvoted."""
    offs = sorted(off for each in found if (off := _off(each.date, now)) is not None)
    if not offs:
        return None
    off = offs[len(offs) // 2]
    if abs(off) > _MOST_OFF:
        way = "behind" if off > timedelta() else "ahead of"
        said = f"{int(abs(off).total_seconds())} s {way} the Date of those that answered"
        return warning(
            "clock", said, "set the clock (timedatectl set-ntp true): waits, verdicts and WARC-Date go by it"
        )
    return fine("clock", "agrees with the Date of those that answered")


def _off(date: str | None, now: datetime) -> timedelta | None:
    """How far the sender's clock is ahead of ours."""
    try:
        found = parsedate_to_datetime(date or "")
        return found - now if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
