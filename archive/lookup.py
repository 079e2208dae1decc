"""Which copy of a link shows it best at a moment, and why the others do not (pure).

A copy is a whole answer of status 2xx that nobody judged to be an error page. Our own go before those of other
archives; among them the last one before the moment goes first, and where there is none the first one after it. What
checks found unfit to compare with is taken where there is nothing else.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from archive.errors import UsageError
from archive.model import Capture, RecordKind, Via
from archive.urls import percent
from archive.verdicts import VerdictClass, VerdictState


class Passed(StrEnum):
    """Why a capture was passed over."""

    # it shows nothing of the work
    LOST = "lost"  # its WARC, or what it stands for, is not there
    NO_ANSWER = "no_answer"
    NOT_WHOLE = "not_whole"
    REDIRECT = "redirect"
    NOT_MODIFIED = "not_modified"  # a 304: says only that an earlier copy still held
    STATUS = "status"
    PART = "part"  # 206
    EMPTY = "empty"
    JUDGED = "judged"  # a check found that this answer is not the work: soft_404, blocked ...
    ASTRAY = "astray"  # of an address where the link was led astray: a home page, a login
    NOT_AN_IMAGE = "not_an_image"
    # it is a copy, and there is a better one
    DOUBTFUL = "doubtful"  # a check found nothing of the work's own in it: a wall, an error page, hardly a word
    MEMENTO = "memento"  # of another archive, and we have our own
    AFTER = "after"  # of after the moment, and there is one of before
    FARTHER = "farther"  # farther from the moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A capture that may be the copy, with what is known of it."""

    capture: Capture
    original: Capture | None = None  # of a revisit: what it stands for
    held: bool = True  # whether the WARC of its payload is there
    verdict: VerdictState | None = None  # of a check that met this answer
    astray: bool = False
    doubtful: bool = False  # unfit to compare later answers with
    picture: bool | None = None  # whether it decodes as an image; None: nobody looked
    source: str | None = None  # of a memento: its address in the other archive

    @property
    def at(self) -> datetime:
        """When the web was like that; of a memento, when the other archive took it."""
        return self.capture.at

    @property
    def is_memento(self) -> bool:
        """Whether another archive took it."""
        return self.capture.via is Via.MEMENTO


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A candidate that was not chosen."""

    candidate: Candidate
    why: Passed
    detail: str = ""  # the status, the verdict, the fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The best copy, if any is one, and all others, oldest first."""

    best: Candidate | None
    moment: datetime | None
    passed: tuple[PassedOver, ...]

    @property
    def reason(self) -> str:
        """Why the best one is the best, for people."""
        if self.best is None:
            return "no copy of it is whole and usable"
        whose = "another archive's, for we have none of our own" if self.best.is_memento else "our own"
        whose += "; a check found little of the work in it" if self.best.doubtful else ""
        if self.moment is None:
            return f"the latest copy ({whose})"
        if self.best.at > self.moment:
            return f"the first copy after {_spelled(self.moment)}, for there is none of before ({whose})"
        return f"the last copy before {_spelled(self.moment)} ({whose})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLink:
    """A link to a copy, as a page may carry it (robustlinks.mementoweb.org)."""

    original_url: str
    version_url: str
    version_day: date


def choose(candidates: Iterable[Candidate], moment: datetime | None, *, image: bool = False) -> Choice:
    """The best copy at `moment` (None: the latest). With `image`, what does not decode as one is no copy.

    Candidates of the same distance go by record id, so that asking again gives the same answer.
    """
    known = sorted(candidates, key=lambda each: (each.at, each.capture.record_id))
    faults = {each.capture.record_id: _fault(each, image=image) for each in known}
    usable = [each for each in known if faults[each.capture.record_id] is None]
    best = min(usable, key=lambda each: _rank(each, moment), default=None)
    passed = tuple(
        _passed(each, faults[each.capture.record_id], best, moment)
        for each in known
        if best is None or each.capture.record_id != best.capture.record_id
    )
    return Choice(best=best, moment=moment, passed=passed)


def version_url(copy: Candidate, base: str | None) -> str | None:
    """Where readers see the copy: a memento in its archive, our own behind `base`; None if there is no such place."""
    if copy.is_memento and copy.source is not None:
        return percent(copy.source)
    if base is None:
        return None
    return f"{base}{copy.capture.at.astimezone(UTC):%Y%m%d%H%M%S}/{percent(copy.capture.url)}"


def replay_base(text: str) -> str:
    """`text` as the address before a timestamp. Raises UsageError if it is none."""
    if not _BASE.fullmatch(text):
        raise UsageError(
            f"{text!r} is no address of a replay server; write it like http://127.0.0.1:8080/collection/ "
            "(a timestamp, a slash and the link follow it)"
        )
    return text if text.endswith("/") else text + "/"


def end_of(day: date) -> datetime:
    """The last instant of a day, UTC: what is of that day is not after it."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def moment_of(text: str) -> datetime:
    """The last instant of what `text` names: a year, month or day, an ISO time, or 4 to 14 digits as archives write.

    Without a zone it is UTC. Raises UsageError for anything else.
    """
    try:
        if match := _DIGITS.fullmatch(text):
            return _last_of([int(part) for part in match.groups() if part])
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is no date; write it like 2016-02-03, or 2016-02-03T12:00:00Z") from error


# --- rules ---

_Fault = tuple[Passed, str]


def _fault(each: Candidate, *, image: bool) -> _Fault | None:
    """Why a capture shows nothing of the work; the first rule that fits."""
    return next((fault for rule in _RULES if (fault := rule(each)) is not None), _no_image(each) if image else None)


def _lost(each: Candidate) -> _Fault | None:
    stands_for_nothing = each.capture.kind is RecordKind.REVISIT and each.original is None
    return (Passed.LOST, each.capture.where.warc) if stands_for_nothing or not each.held else None


def _no_answer(each: Candidate) -> _Fault | None:
    capture = each.capture
    silent = capture.kind is RecordKind.METADATA or (capture.status is None and capture.kind is not RecordKind.RESOURCE)
    return (Passed.NO_ANSWER, capture.error.value if capture.error else "") if silent else None


def _not_whole(each: Candidate) -> _Fault | None:
    for capture in filter(None, (each.capture, each.original)):
        if not capture.whole:
            fault = capture.truncated or capture.error
            return Passed.NOT_WHOLE, fault.value if fault else ""
    return None


def _status(each: Candidate) -> _Fault | None:
    match each.capture.status:
        case None | 200:
            return None
        case 304:
            return Passed.NOT_MODIFIED, "304"
        case 206:
            return Passed.PART, "206"
        case status if 200 <= status < 300:
            return None
        case status:
            redirects = 300 <= status < 400
            return Passed.REDIRECT if redirects else Passed.STATUS, f"{status} {each.capture.location or ''}".strip()


def _empty(each: Candidate) -> _Fault | None:
    capture = each.original or each.capture
    return (Passed.EMPTY, "") if capture.status == 204 or capture.payload_length == 0 else None


def _judged(each: Candidate) -> _Fault | None:
    alive = each.verdict is None or each.verdict.verdict_class is VerdictClass.ALIVE
    return None if alive or each.verdict is None else (Passed.JUDGED, each.verdict.value)


def _astray(each: Candidate) -> _Fault | None:
    return (Passed.ASTRAY, each.capture.url) if each.astray else None


def _no_image(each: Candidate) -> _Fault | None:
    return (Passed.NOT_AN_IMAGE, each.capture.mime or "") if each.picture is False else None


_RULES: tuple[Callable[[Candidate], _Fault | None], ...] = (
    _no_answer, _status, _not_whole, _lost, _empty, _judged, _astray,
)  # fmt: skip


def _rank(each: Candidate, moment: datetime | None) -> tuple[bool, bool, bool, timedelta, str]:
    after = moment is not None and each.at > moment
    distance = datetime.max.replace(tzinfo=UTC) - each.at if moment is None else abs(each.at - moment)
    return each.doubtful, each.is_memento, after, distance, each.capture.record_id


def _passed(each: Candidate, fault: _Fault | None, best: Candidate | None, moment: datetime | None) -> PassedOver:
    if fault is not None:
        return PassedOver(candidate=each, why=fault[0], detail=fault[1])
    return PassedOver(candidate=each, why=Passed.FARTHER if best is None else _second(each, best, moment))


def _second(each: Candidate, best: Candidate, moment: datetime | None) -> Passed:
    """Why a copy is not as good as the best one: where they differ first."""
    if each.doubtful and not best.doubtful:
        return Passed.DOUBTFUL
    if each.is_memento and not best.is_memento:
        return Passed.MEMENTO
    if moment is not None and best.at <= moment < each.at:
        return Passed.AFTER
    return Passed.FARTHER


# --- spelling ---

_BASE = re.compile(r"https?://[!#-;=?-Z^_a-z~%]+", re.IGNORECASE)
_DIGITS = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d))?)?)?)?)?", re.ASCII)


def _spelled(moment: datetime) -> str:
    """A moment for people: a day where it is the end of one."""
    return f"{moment:%Y-%m-%d}'s end" if moment.time() == time.max else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _last_of(parts: list[int]) -> datetime:
    """The last instant of a year, a month, a day ... a second."""
    if len(parts) > 3:
        year, month, day, hour, minute, second = [*parts, 0, 0][:6]
        units = (timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))
        start = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return start + units[len(parts) - 4] - timedelta.resolution
    year, month, day = [*parts, 12, 0][:3] if len(parts) == 1 else [*parts, 0][:3]
    return end_of(date(year, month, day or monthrange(year, month)[1]))
