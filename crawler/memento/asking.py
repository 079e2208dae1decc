"""Asks public archives what they have of a URL: politely, patiently, and never taking an outage for absence.

Each archive has its own pause between two requests, and a Retry-After is obeyed; tenacity does the trying again. What
an archive says comes as candidates; that it has nothing, as none; that it does not show the URL, as `Excluded`; and
everything that leaves the question open, as `Unavailable`. An archive that is out of reach for two links in a row is
left alone for the rest of the run.

Everything here blocks: it is run in threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urljoin

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_when_event_set
from tenacity.nap import sleep_using_event

from archive.workers import line_of
from crawler.memento import wayback
from crawler.memento.archive_links import raw_of, unwrap_once
from crawler.memento.archives import Archive, ArchiveKind
from crawler.memento.choosing import Candidate
from crawler.memento.guarded import RefusedAddress
from crawler.memento.link_format import TimeMap, memento_datetime, parse_timemap

MOST_BYTES = 16 << 20  # of one answer
MOST_PAGES = 20  # of one TimeMap
LONGEST_WAIT = 60.0  # seconds that a Retry-After may ask of a run; for longer the archive is left to the next one
TIMEOUTS = (10.0, 60.0)  # seconds to connect, and between two pieces
MOST_SECONDS = 120.0  # for one answer, however steadily it drips
DOWN_AFTER = 2  # links in a row


class Unavailable(Exception):
    """Nobody knows: the archive did not answer, or not to the question."""


class Excluded(Exception):
    """The archive says that it does not show this URL."""


class _Again(Exception):
    """Worth another try, after so many seconds if the archive said."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer of an archive."""

    url: str  # that gave it
    status: int
    text: str
    headers: Mapping[str, str]


class Pacer:
    """Lets one request through at a time, so many seconds apart."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._free_at = 0.0

    def take(self, stopped: threading.Event) -> None:
        """Wait for a turn, or until `stopped`."""
        with self._lock:
            stopped.wait(max(0.0, self._free_at - time.monotonic()))
            self._free_at = time.monotonic() + self._seconds

    def hold(self, seconds: float) -> None:
        """Nobody goes for so long."""
        self._free_at = max(self._free_at, time.monotonic() + seconds)


class ArchiveClient:
    """Asks one archive. `stopped` ends all waiting."""

    def __init__(
        self,
        archive: Archive,
        session: requests.Session,
        *,
        tries: int,
        retry_wait: float,
        stopped: threading.Event,
    ) -> None:
        self.archive = archive
        self.down: str | None = None  # why it is left alone for the rest of the run
        self._session = session
        self._tries = tries
        self._retry_wait = retry_wait
        self._stopped = stopped
        self.pacer = Pacer(archive.pause)  # for mementos, too
        self._failed = 0  # links in a row

    def captures(self, url: str, around: datetime) -> list[Candidate]:
        """What the archive has of a URL, as far as it says, in no order. Raises Unavailable, Excluded."""
        if self.down is not None:
            raise Unavailable(self.down)
        try:
            found = self._captures(url, around)
        except Unavailable as error:
            self.note_failure(str(error))
            raise
        if not found:
            self.note_success()  # else it is one when a memento comes
        return found

    def note_success(self) -> None:
        """The archive does what it is there for."""
        self._failed = 0

    def note_failure(self, why: str) -> None:
        """The archive was out of reach once more; so too when it was asked for a memento."""
        self._failed += 1
        if self._failed >= DOWN_AFTER and self.down is None:
            self.down = f"left alone in this run: {why}"

    def _captures(self, url: str, around: datetime) -> list[Candidate]:
        """By the interface that says most, else by one that says less."""
        why: Unavailable | None = None
        for ask in self._ways():
            try:
                return ask(url, around)
            except Unavailable as error:
                why = why or error
                if self.down is not None or self._stopped.is_set():
                    break
        raise why or Unavailable("it has no interface")

    def _ways(self) -> list[Callable[[str, datetime], list[Candidate]]]:
        match self.archive.kind:
            case ArchiveKind.WAYBACK:
                return [self._by_index, self._by_availability, self._by_timegate]
            case ArchiveKind.PYWB:
                return [self._by_index, self._by_timemap, self._by_timegate]
            case ArchiveKind.MEMENTO:
                return [self._by_timemap, self._by_timegate]

    # --- the index ---

    def _by_index(self, url: str, around: datetime) -> list[Candidate]:
        said = self._ask(self.archive.index_url(url, around))
        if said.status == 404 and wayback.says_nothing_found(said.text):
            return []
        self._check(said)
        lines = wayback.parse_index(said.text)
        if lines is None:
            raise Unavailable(f"no index: {line_of(said.text[:100])}")
        return [self._candidate(line) for line in lines]

    def _candidate(self, line: wayback.Line) -> Candidate:
        return Candidate(
            archive=self.archive.name,
            url=line.url,
            at=line.at,
            memento_url=self.archive.memento_url(line.url, line.stamp),
            raw_url=self.archive.raw_url(line.url, line.stamp),
            status=line.status,
            mime=line.mime,
            digest=line.digest,
        )

    def _by_availability(self, url: str, around: datetime) -> list[Candidate]:
        said = self._ask(self.archive.availability_url(url, around))
        self._check(said)
        found = wayback.parse_availability(said.text)
        if found is None:
            raise Unavailable("its index is out of reach, and its availability names nothing, which proves nothing")
        return [self._candidate(found[0])]

    # --- RFC 7089 ---

    def _by_timemap(self, url: str, around: datetime) -> list[Candidate]:  # noqa: ARG002 - as the others
        """Raises Unavailable also where a page of it does not come: half a TimeMap is no answer."""
        found: list[Candidate] = []
        left, seen = [self.archive.timemap_url(url)], set[str]()
        while left and len(seen) < MOST_PAGES:
            page = left.pop(0)
            seen.add(page)
            said = self._ask(page)
            if said.status == 404:
                continue
            timemap = self._timemap(said)
            original = _spelled(timemap.original, url)
            found.extend(self.of_memento(memento, at, original) for memento, at in timemap.mementos)
            left.extend(each for each in timemap.pages if each not in seen and each not in left)
        return found

    def _timemap(self, said: Said) -> TimeMap:
        self._check(said)
        timemap = parse_timemap(said.text, said.url)
        if timemap is None:
            raise Unavailable(f"no TimeMap: {line_of(said.text[:100])}")
        return timemap

    def _by_timegate(self, url: str, around: datetime) -> list[Candidate]:
        """What it redirects to, with 302 or 307; or the memento it answers with itself (RFC 7089 section 4.2)."""
        wanted = {"Accept-Datetime": format_datetime(around.astimezone(UTC), usegmt=True)}
        said = self._ask(self.archive.timegate_url(url), wanted, follow=False)
        if said.status == 404 and self.archive.kind is not ArchiveKind.WAYBACK:
            return []
        target = said.headers.get("location")
        if said.status in (301, 302, 303, 307, 308) and target:
            memento = urljoin(said.url, target)
            link = unwrap_once(memento)
            if link is not None and link.at is not None:
                return [self.of_memento(memento, link.at, link.original or url)]
            raise Unavailable(f"its TimeGate leads to {line_of(memento)}, which names no time")
        self._check(said)
        if (at := _memento_at(said)) is not None:
            place = urljoin(said.url, said.headers.get("content-location", ""))
            return [self.of_memento(place, at, url)]
        raise Unavailable("its TimeGate names no memento")

    def of_memento(self, memento: str, at: datetime, original: str) -> Candidate:
        """A candidate by its address: asked for raw where the address shows how, else as it is."""
        return Candidate(archive=self.archive.name, url=original, at=at, memento_url=memento, raw_url=raw_of(memento))

    # --- one question ---

    def _check(self, said: Said) -> None:
        """Raises for an answer that is none to the question."""
        if said.status == 451 or (said.status >= 400 and wayback.says_excluded(said.text)):
            raise Excluded(line_of(said.text[:150]) or f"status {said.status}")
        if said.status != 200:
            raise Unavailable(f"it says {said.status}")

    def _ask(self, url: str, headers: Mapping[str, str] | None = None, *, follow: bool = True) -> Said:
        """An answer that is worth reading. Raises Unavailable."""
        retrying = Retrying(
            stop=stop_after_attempt(self._tries) | stop_when_event_set(self._stopped),
            wait=self._wait,
            sleep=sleep_using_event(self._stopped),
            retry=retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            said: Said = retrying(self._ask_once, url, headers or {}, follow)
        except _Again as error:
            raise Unavailable(str(error)) from error
        except RefusedAddress as error:
            self.down = f"we never connect to it: {error}"
            raise Unavailable(self.down) from error
        return said

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.wait if isinstance(error, _Again) else None
        return asked if asked is not None else self._retry_wait * 2.0 ** (state.attempt_number - 1)

    def _ask_once(self, url: str, headers: Mapping[str, str], follow: bool) -> Said:
        self.pacer.take(self._stopped)
        if self._stopped.is_set():
            raise Unavailable("stopped")
        try:
            said = self._fetch(url, headers, follow=follow)
        except requests.RequestException as error:
            raise _Again(line_of(f"{type(error).__name__}: {error}")) from error
        except UnicodeError as error:
            raise Unavailable(line_of(f"it cannot be asked for that URL: {error}")) from error
        if said.status == 429 or said.status >= 500:
            raise self._put_off(said)
        return said

    def _put_off(self, said: Said) -> Exception:
        """What to do about an archive that does not want to answer now."""
        if wayback.says_excluded(said.text):
            return Excluded(line_of(said.text[:150]))
        wait = retry_after(said.headers.get("retry-after"), datetime.now(UTC))
        text = f"it says {said.status}" + (f", and to come back in {wait:.0f} s" if wait is not None else "")
        if wait is None:
            return _Again(text)
        if wait > LONGEST_WAIT:
            self.down = text
            return Unavailable(text)
        self.pacer.hold(wait)
        return _Again(text, wait)

    def _fetch(self, url: str, headers: Mapping[str, str], *, follow: bool) -> Said:
        with self._session.get(
            url, headers=dict(headers), stream=True, timeout=TIMEOUTS, allow_redirects=follow
        ) as answer:
            data = b"".join(_bounded(answer))
            given = {name.lower(): value for name, value in answer.headers.items()}
            return Said(url=answer.url, status=answer.status_code, text=data.decode("utf-8", "replace"), headers=given)


def retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds a Retry-After header asks for (RFC 9110 section 10.2.3); None where there is none to be read."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _bounded(answer: requests.Response) -> Iterator[bytes]:
    """The body, as far as it is read. Raises requests' ReadTimeout for one that takes too long."""
    until, left = time.monotonic() + MOST_SECONDS, MOST_BYTES
    for piece in answer.iter_content(1 << 16):
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return
        if time.monotonic() > until:
            raise requests.ReadTimeout("the answer takes too long")


def _memento_at(said: Said) -> datetime | None:
    return memento_datetime(said.headers.get("memento-datetime"))


def _spelled(original: str | None, url: str) -> str:
    """The original as the archive has it: a TimeMap may speak of http where https was asked for, or of www."""
    return original if original is not None and original.startswith(("http://", "https://")) else url
