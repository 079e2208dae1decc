"""How gently a host is treated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness import LONGEST_RETRY_AFTER, Politeness, pause_after, retry_after, retry_wait

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("duration", "crawl_delay", "pause"),
    [
        (0.1, None, 1.0),  # the floor
        (2.0, None, 4.0),  # a slow answer earns a longer pause
        (100.0, None, 30.0),  # up to the ceiling
        (0.1, 10.0, 10.0),  # robots.txt asks for more
        (0.1, 3600.0, 60.0),  # more than we grant
        (0.1, 0.2, 1.0),  # less than we do anyway
    ],
)
def test_the_pause_lies_between_floor_and_ceiling(duration: float, crawl_delay: float | None, pause: float) -> None:
    """A slow server is left alone longer, a Crawl-delay is honoured up to its bound."""
    assert pause_after(Politeness(), duration=duration, crawl_delay=crawl_delay) == pause


def test_no_delay_means_none() -> None:
    """An operator of an own server can switch pauses off altogether."""
    assert pause_after(Politeness(delay=0), duration=5.0) == 0


def test_waits_between_tries_double() -> None:
    """What failed for a moment is tried again later and later."""
    policy = Politeness(retry_wait=5)
    assert [retry_wait(policy, tries=tries) for tries in (1, 2, 3)] == [timedelta(seconds=s) for s in (5, 10, 20)]


@pytest.mark.parametrize(
    ("value", "when"),
    [
        ("0", NOW),
        (" 120 ", NOW + timedelta(seconds=120)),
        ("Sun, 22 Nov 2026 14:01:00 GMT", NOW + timedelta(seconds=60)),
        ("Sun, 22 Nov 2026 14:01:00 -0000", NOW + timedelta(seconds=60)),
        ("Mon, 23 Nov 2026 14:00:00 GMT", NOW + timedelta(days=1)),
        ("Fri, 01 Jan 2016 00:00:00 GMT", NOW),  # in the past: now
        ("999999999999999999999", NOW + LONGEST_RETRY_AFTER),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("Sun, 99 Nov 2026 14:01:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, when: datetime | None) -> None:
    """Seconds and HTTP-dates are both in use; nonsense is no wait."""
    assert retry_after(value, NOW) == when


@given(st.text(max_size=60))
def test_no_retry_after_breaks_anything(value: str) -> None:
    """Whatever a server sends there, it is a time within bounds or None."""
    when = retry_after(value, NOW)
    assert when is None or NOW <= when <= NOW + LONGEST_RETRY_AFTER
