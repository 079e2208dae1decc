"""Schedules in systemd's words and in cron's mean the same moments; what is neither is refused with the reason."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from archive.errors import UsageError
from crawler.timetables import timetable

CRON = [
    ("15 3 * * *", ("*-*-* 03:15:00",)),
    ("*/20 * * * *", ("*-*-* *:00,20,40:00",)),
    ("0 0-6/3 * jan,7 *", ("*-01,07-* 00,03,06:00:00",)),
    ("5/25 1 * * *", ("*-*-* 01:05,30,55:00",)),
    ("0 4 * * 1-5", ("Mon,Tue,Wed,Thu,Fri *-*-* 04:00:00",)),
    ("0 4 * * 5-7", ("Fri,Sat,Sun *-*-* 04:00:00",)),
    ("0 4 * * 7", ("Sun *-*-* 04:00:00",)),
    ("0 4 1,15 * fri", ("*-*-01,15 04:00:00", "Fri *-*-* 04:00:00")),  # crontab(5): either day will do
    ("@midnight", ("daily",)),
]
CALENDAR = [
    ("daily", "0 0 * * *"),
    ("Weekly", "0 0 * * 1"),
    ("03:15", "15 3 * * *"),
    ("Mon..Fri 03:15", "15 3 * * 1,2,3,4,5"),
    ("Fri..Sun *-*-* 03:15:00", "15 3 * * 0,5,6"),
    ("Sat,Sunday 03:15", "15 3 * * 0,6"),
    ("*-*-01 04:00", "0 4 1 * *"),
    ("*-01,07-02 04:00", "0 4 2 1,7 *"),
    ("*:0/15", "0,15,30,45 * * * *"),
    ("Mon *-*-1..7 04:00", None),  # the first Monday; cron would take any Monday and each of those days
    ("2026-01-01", None),
    ("*-*~3 04:00", None),
    ("04:00:30", None),
    ("daily UTC", None),
    ("04:00 Europe/Berlin", None),
]


@pytest.mark.parametrize(("written", "calendar"), CRON)
def test_cron_is_told_in_systemd_s_words(written: str, calendar: tuple[str, ...]) -> None:
    """Steps, ranges, names, both numbers of Sunday, and the rule of the two days."""
    assert timetable(written).calendar == calendar


@pytest.mark.parametrize(("written", "cron"), CALENDAR)
def test_systemd_s_words_are_told_in_cron_where_it_has_them(written: str, cron: str | None) -> None:
    """The calendar stays as it was written; cron gets it if it means the same there."""
    found = timetable(written)
    assert (found.calendar, found.cron) == ((written,), cron)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "empty"),
        ("now and then", "'now' is no weekday"),
        ("dayly", "'dayly' is no weekday"),
        ("61 3 * * *", "no minute 61"),
        ("0 24 * * *", "no hour 24"),
        ("0 3 0 * *", "no day 0"),
        ("0 3 * 13 *", "no month 13"),
        ("0 3 * * 8", "no weekday 8"),
        ("*/0 * * * *", "'0' is no step"),
        ("9-5 * * * *", "run backwards"),
        ("1 3 *", "one word too many"),
        ("1, 3 * * *", "a minute is missing"),
        ("@reboot", "no word that a timer has"),
        ("Mon 25:00", "no hour 25"),
        ("03:15 03:15", "one word too many"),
        ("*-13-01", "no month 13"),
        ("3.15", "is neither a date"),
        ("٣ * * * *", "is no minute"),
        ("daily\nExecStart=/bin/sh", "no"),
    ],
)
def test_what_is_no_schedule_is_refused(written: str, why: str) -> None:
    """With what is wrong, and with how to write one."""
    with pytest.raises(UsageError, match=why) as caught:
        timetable(written)
    assert "Mon..Fri 03:15" in str(caught.value)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_understands_every_calendar() -> None:
    """Its own words, and those that cron's fields became."""
    calendars = [
        *(each for written, _ in CRON for each in timetable(written).calendar),
        *(text for text, _ in CALENDAR),
    ]
    done = subprocess.run(["systemd-analyze", "calendar", *calendars], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("Normalized form")) == (0, len(calendars)), done.stderr
