"""When a job runs: words of systemd's OnCalendar, or the five fields of cron, each told in the other's (pure).

Both say which minutes, hours, days, months and weekdays are meant; what only one can say (seconds, years, time zones,
days from a month's end) stays in it. After systemd.time(7) and crontab(5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archive.errors import UsageError

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_LONG_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDS = {
    "minutely": "* * * * *",
    "hourly": "0 * * * *",
    "daily": "0 0 * * *",
    "weekly": "0 0 * * 1",
    "monthly": "0 0 1 * *",
    "quarterly": "0 0 1 1,4,7,10 *",
    "semiannually": "0 0 1 1,7 *",
    "yearly": "0 0 1 1 *",
    "annually": "0 0 1 1 *",
}
_CRON_WORDS = {"@midnight": "daily"} | {f"@{word}": word for word in ("hourly", "daily", "weekly", "monthly", "yearly")}
_ZONE = re.compile(r"UTC|[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_+\-0-9]+){1,2}")
_TIME = re.compile(r"([^:]+):([^:]+)(?::([^:]+))?")
_DATE = re.compile(r"(?:([^\-]+)-)?([^\-]+)([\-~])([^\-~]+)")

HINT = 'write it like "daily", "Mon..Fri 03:15", "*-*-01 04:00" (systemd\'s OnCalendar) or "15 3 * * *" (cron)'


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When a job runs, as it was written and in both languages."""

    written: str
    calendar: tuple[str, ...]  # of OnCalendar=; a run is due when any of them is
    cron: str | None  # five fields; None where cron has no words for it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()  # of `least` and the numbers after it
    wraps: bool = False  # whether the number after `most` is `least` again

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(range(self.least, self.most + 1))


_MINUTE = _Field(name="minute", least=0, most=59)
_HOUR = _Field(name="hour", least=0, most=23)
_DAY = _Field(name="day", least=1, most=31)
_MONTH = _Field(name="month", least=1, most=12, names=_MONTHS)
_WEEKDAY = _Field(name="weekday", least=0, most=6, names=tuple(day.lower() for day in _DAYS), wraps=True)
_SECOND = _Field(name="second", least=0, most=59)
_YEAR = _Field(name="year", least=1970, most=2199)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """Which minutes are meant. `either`: a day counts if its date or its weekday is right, not only if both are."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool = False


def timetable(text: str) -> Timetable:
    """The timetable that `text` spells. Raises UsageError, which says what is wrong and how to write it."""
    written = " ".join(text.split())
    try:
        if not written:
            raise ValueError("it is empty")
        written = _CRON_WORDS.get(written.lower(), written)
        if len(written.split()) == 5:
            return Timetable(written=text, calendar=tuple(_calendar(_of_cron(written))), cron=written)
        if written.startswith("@"):
            raise ValueError(f"{written} is no word that a timer has")
        meant = _of_calendar(written)
        return Timetable(written=text, calendar=(written,), cron=None if meant is None else _cron(meant))
    except ValueError as error:
        raise UsageError(f"{text!r} is no schedule ({error}); {HINT}") from None


# --- cron ---


def _of_cron(text: str) -> _Moments:
    minute, hour, day, month, weekday = text.split()
    return _Moments(
        minutes=_values(minute, _MINUTE, _cron_range),
        hours=_values(hour, _HOUR, _cron_range),
        days=_values(day, _DAY, _cron_range),
        months=_values(month, _MONTH, _cron_range),
        weekdays=_values(weekday, _WEEKDAY, _cron_range),
        either=not day.startswith("*") and not weekday.startswith("*"),
    )


def _cron(meant: _Moments) -> str | None:
    if meant.days != _DAY.all and meant.weekdays != _WEEKDAY.all:
        return None  # in cron either of them would do
    pairs = (
        (meant.minutes, _MINUTE),
        (meant.hours, _HOUR),
        (meant.days, _DAY),
        (meant.months, _MONTH),
        (meant.weekdays, _WEEKDAY),
    )
    return " ".join("*" if values == field.all else ",".join(map(str, values)) for values, field in pairs)


def _cron_range(text: str, field: _Field) -> Iterator[int]:
    span, slash, step = text.partition("/")
    first, dash, last = span.partition("-")
    if span == "*":
        begin, end = field.least, field.most
    else:
        begin = _number(first, field)
        end = _number(last, field, last=True) if dash else field.most if slash else begin
    if begin > end:
        raise ValueError(f"the {field.name}s {span!r} run backwards")
    return _stepped(range(begin, end + 1), _step(step, field) if slash else 1, field)


# --- OnCalendar ---


def _of_calendar(text: str) -> _Moments | None:
    """What is meant; None for what is right and has more to it than minutes, hours, days, months and weekdays."""
    if text.lower() in _WORDS:
        return _of_cron(_WORDS[text.lower()])
    *parts, last = text.split()
    zone = bool(parts) and _ZONE.fullmatch(last) is not None
    parts = parts if zone else [*parts, last]
    if len(parts) == 1 and parts[0].lower() in _WORDS:
        return None
    weekdays = _WEEKDAY.all
    if parts and parts[0][0].isalpha():
        weekdays = _values(parts.pop(0).rstrip(","), _WEEKDAY, _calendar_range)
    date = parts.pop(0) if parts and ":" not in parts[0] else None
    time = parts.pop(0) if parts else None
    if parts:
        raise ValueError(f"{parts[0]!r} is one word too many")
    months, days, plain_date = _dates(date)
    hours, minutes, plain_time = _times(time)
    meant = _Moments(minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays)
    return meant if plain_date and plain_time and not zone else None


def _dates(text: str | None) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    if text is None:
        return _MONTH.all, _DAY.all, True
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is neither a date like *-*-01 nor a time like 03:15")
    year, month, mark, day = found.groups()
    if year is not None and year != "*":
        _values(year, _YEAR, _calendar_range)
    months, days = _values(month, _MONTH, _calendar_range), _values(day, _DAY, _calendar_range)
    return months, days, year in (None, "*") and mark == "-"


def _times(text: str | None) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    if text is None:
        return (0,), (0,), True
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time like 03:15")
    hour, minute, second = found.groups()
    seconds = _values(second, _SECOND, _calendar_range) if second is not None else (0,)
    return _values(hour, _HOUR, _calendar_range), _values(minute, _MINUTE, _calendar_range), seconds == (0,)


def _calendar_range(text: str, field: _Field) -> Iterator[int]:
    span, slash, step = text.partition("/")
    first, dots, last = span.partition("..")
    if span == "*":
        return _stepped(range(field.least, field.most + 1), _step(step, field) if slash else 1, field)
    begin = _number(first, field)
    end = _number(last, field, last=True) if dots else field.most if slash else begin
    if begin > end and not field.wraps:
        raise ValueError(f"the {field.name}s {span!r} run backwards")
    if begin > end:
        end += len(field.all)
    return _stepped(range(begin, end + 1), _step(step, field) if slash else 1, field)


def _calendar(meant: _Moments) -> Iterator[str]:
    times = f"{_listed(meant.hours, _HOUR)}:{_listed(meant.minutes, _MINUTE)}:00"
    date = f"*-{_listed(meant.months, _MONTH)}-{_listed(meant.days, _DAY)}"
    weekdays = "" if meant.weekdays == _WEEKDAY.all else ",".join(_DAYS[day] for day in _from_monday(meant.weekdays))
    if meant.either:
        yield f"{date} {times}"
        date = f"*-{_listed(meant.months, _MONTH)}-*"
    yield f"{weekdays} {date} {times}".lstrip()


def _from_monday(days: Iterable[int]) -> list[int]:
    return sorted(days, key=lambda day: (day - 1) % 7)


def _listed(values: tuple[int, ...], field: _Field) -> str:
    return "*" if values == field.all else ",".join(f"{value:02}" for value in values)


# --- both ---


def _values(text: str, field: _Field, read: Callable[[str, _Field], Iterator[int]]) -> tuple[int, ...]:
    return tuple(sorted({value for part in text.split(",") for value in read(part, field)}))


def _stepped(span: range, step: int, field: _Field) -> Iterator[int]:
    return ((value - field.least) % len(field.all) + field.least for value in span[::step])


def _step(text: str, field: _Field) -> int:
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text[:5]) <= field.most:
        raise ValueError(f"{text!r} is no step between {field.name}s")
    return int(text[:5])


def _number(text: str, field: _Field, *, last: bool = False) -> int:
    names = field.names
    if text.lower() in names:
        return names.index(text.lower()) + field.least + (7 if last and field.wraps and text.lower() == "sun" else 0)
    if field.wraps and text.lower() in _LONG_DAYS:
        return _LONG_DAYS.index(text.lower()) + (7 if last and text.lower() == "sunday" else 0)
    if not text.isdecimal() or not text.isascii() or len(text) > 4:
        raise ValueError(f"{text!r} is no {field.name}" if text else f"a {field.name} is missing")
    number = int(text)
    if field.wraps and number == 7:  # cron's other number for Sunday
        return 7 if last else 0
    if not field.least <= number <= field.most:
        raise ValueError(f"there is no {field.name} {text}")
    return number
