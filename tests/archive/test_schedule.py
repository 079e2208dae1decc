"""When links are checked again: the intervals of every pace, and that nothing comes due all at once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from archive.checks import Check, LinkState, Pace
from archive.link_state import advance, state_after
from archive.schedule import TOMORROW, by_hash, jittered, next_interval
from tests.archive.check_samples import START, URL, check, day


def middle(_url: str, _at: object) -> float:
    """No spread, but where it only lengthens."""
    return 0.0


def lowest(_url: str, _at: object) -> float:
    """The earliest there is."""
    return -1.0


def followed(word: str, times: int) -> list[float]:
    """The intervals in days between checks that all come to `word`, each made when it is due."""
    state = LinkState(url=URL, next_due=START)
    days = []
    for _ in range(times):
        at = state.next_due
        assert at is not None
        state = advance(state, check(word, at), lowest)
        days.append(state.interval / timedelta(days=1))
    return days


@pytest.mark.parametrize(
    ("word", "days"),
    [
        ("ok", [7, 10.5, 15.75, 23.625, 35.4375, 53.15625, 79.734375, 90, 90]),
        ("moved", [7, 10.5, 15.75]),
        ("blocked", [7, 10.5, 15.75, 23.625, 35.4375, 53.15625, 79.734375, 90, 90]),
        ("gone", [3, 3, 30, 45, 67.5, 101.25, 151.875, 180, 180]),
        ("content_drifted", [3, 3, 30, 45]),
        ("server_error", [1, 3, 3, 3, 3, 3, 30, 45]),
    ],
)
def test_every_pace_has_its_steps(word: str, days: list[float]) -> None:
    """The intervals of the table, from the first check to the longest that holds for ever."""
    assert followed(word, len(days)) == pytest.approx(days)


@pytest.mark.parametrize(("word", "days"), [("410", 3), ("gone", 6), ("server_error", 16), ("blocked", None)])
def test_checks_on_time_prove_a_death_as_soon_as_it_may_be(word: str, days: float | None) -> None:
    """Whatever the spread, a check that is due brings a piece of evidence of its own: 6 days for a 404 (up to a tenth
    more); a 5xx is looked at again after a day, which counts with the first.
    """
    for spread in (lowest, middle, by_hash):
        state = LinkState(url=URL, next_due=START)
        while state.found != "dead" and state.next_due is not None and state.next_due < day(60):
            state = advance(state, check(word, state.next_due), spread)
        if days is None:
            assert state.found == "unsure"
        else:
            assert state.found_at is not None
            assert days - 0.1 <= (state.found_at - START) / timedelta(days=1) <= days * 1.1


def test_a_change_of_pace_begins_anew() -> None:
    """After a long good time a 404 is looked at again in 3 days, and the next live answer in 7."""
    known = [check("ok", 0), check("ok", 8), check("ok", 20), check("gone", 37)]
    suspect = state_after(URL, known, now=day(37), spread=middle)
    assert (suspect.pace, suspect.streak, suspect.interval) == (Pace.PROVING, 1, timedelta(days=3))
    alive = state_after(URL, [*known, check("ok", 40.5)], now=day(41), spread=middle)
    assert (alive.pace, alive.streak, alive.next_due) == (Pace.ALIVE, 1, day(47.5))


def test_an_interval_that_was_not_waited_for_does_not_grow() -> None:
    """All links checked by hand thrice in an hour: the next check is no later for it."""
    often = state_after(URL, [check("ok", hours / 24) for hours in (0, 0.5, 1)], now=day(1), spread=middle)
    assert (often.interval, often.streak) == (timedelta(days=7), 3)
    assert next_interval(Pace.ALIVE, timedelta(days=7), timedelta(days=6)) == timedelta(days=10.5)


def test_a_suspect_that_shuts_us_out_is_not_asked_every_three_days() -> None:
    """What was found stays, the pace is that of the unsure."""
    state = state_after(URL, [check("gone", 0), check("blocked", 3), check("blocked", 11)], now=day(11), spread=middle)
    assert (state.found, state.pace, state.interval) == ("suspect", Pace.UNSURE, timedelta(days=10.5))


def test_a_dead_link_that_answers_is_looked_at_again_soon() -> None:
    """In 3 days, to see whether it is back."""
    state = state_after(URL, [check("410", 0), check("410", 3), check("ok", 33)], now=day(33), spread=middle)
    assert (state.found, state.next_due) == ("dead", day(36) + timedelta(days=3 * 0.05))


@pytest.mark.parametrize("word", ["server_error", "rate_limited", "host:server_error", "ok"])
def test_retry_after_is_not_before(word: str) -> None:
    """A later Retry-After moves the check; an earlier one does not."""
    plain = state_after(URL, [check(word, 0)], now=day(0)).next_due
    assert plain is not None
    for wished in (timedelta(days=20), timedelta(hours=1)):
        asked = state_after(URL, [check(word, 0, not_before=day(0) + wished)], now=day(0))
        assert asked.next_due == max(plain, day(0) + wished)


@pytest.mark.parametrize(
    ("word", "due"),
    [("host:timeout", day(20) + TOMORROW), ("net:timeout", day(14 + 10.5))],
)
def test_incidents_move_only_the_next_check(word: str, due: object) -> None:
    """Tomorrow after one of the host, as before after one of our own network; the interval goes on where it was."""
    known = [check("ok", 0), check("ok", 7), check("ok", 14), check(word, 20)]
    before = state_after(URL, known[:3], now=day(14), spread=middle)
    state = state_after(URL, known, now=day(20), spread=middle)
    assert (state.interval, state.streak, state.found) == (before.interval, 3, "alive")
    assert state.next_due == (before.next_due if word.startswith("net") else due)
    after = state_after(URL, [*known, check("ok", 30)], now=day(30), spread=middle)
    assert after.interval == timedelta(days=15.75)


def test_a_dead_link_is_not_asked_daily_because_its_host_is_down() -> None:
    """An incident leaves it at its own pace."""
    known = [check("410", 0), check("410", 3), check("host:timeout", 33)]
    assert state_after(URL, known, now=day(33), spread=middle).next_due == day(63)


def test_jitter_is_a_tenth_and_never_spoils_evidence() -> None:
    """From 0.9 to 1.1 of the interval; what keeps evidence apart is only lengthened."""
    week, apart = timedelta(days=7), timedelta(days=3)
    assert (jittered(week, -1), jittered(week, 0), jittered(week, 1)) == (week * 0.9, week, week * 1.1)
    assert (jittered(apart, -1), jittered(apart, 1)) == (apart, apart * 1.1)
    dice = random.Random(1)

    def thrown(_url: str, _at: object) -> float:
        return dice.uniform(-1, 1)

    dues = [advance(LinkState(url=URL, next_due=START), check("ok", 0), thrown).next_due for _ in range(500)]
    days = [(due - START) / timedelta(days=1) for due in dues if due]
    assert 6.3 <= min(days) < 6.5
    assert 7.5 < max(days) <= 7.7


def test_what_was_checked_in_one_minute_does_not_stay_together() -> None:
    """Ten thousand links checked at once: no hour of the days they come due has more than a twentieth of them."""
    at = START
    spread = Counter(
        int(jittered(timedelta(days=7), by_hash(f"{URL}/{n}", at)) / timedelta(hours=1)) for n in range(10_000)
    )
    assert sum(spread.values()) == 10_000
    assert len(spread) >= 33
    assert max(spread.values()) < 500
    assert by_hash(URL, at) == by_hash(URL, at)
    assert by_hash("http://a.test/\ud800", at) != by_hash(URL, at)


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_jumps_neither_stalls_nor_hurries(years: int) -> None:
    """A run with a clock ten years off: the next check is due when it would have been without it."""
    known: list[Check] = [check("ok", 0), check("ok", 7)]
    wrong = replace(check("ok", 8), at=day(8 + years * 365))
    right = state_after(URL, known, now=day(9))
    assert state_after(URL, [*known, wrong], now=day(9)).next_due == right.next_due
