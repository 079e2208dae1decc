"""From checks to states: timelines of days, each day with the state it must have, and what holds for all of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.checks import Check, LinkState, Mark, Pace, Standing
from archive.link_state import advance, points_of, state_after
from archive.schedule import APART
from archive.verdicts import Evidence, Verdict, VerdictClass, VerdictState
from tests.archive.check_samples import COPY, START, URL, check, day

# A line is a day, what a check of that day came to ("-": none was made), and the state at its end.
TIMELINES = {
    "it dies": """
         0 ok            alive
         7 gone          suspect
        10 gone          suspect
        12.9 gone        suspect
        13 gone          dead
        43 gone          dead""",
    "410 is meant": """
         0 410           suspect
         2.9 410         suspect
         3 410           dead""",
    "it revives by its text": """
         0 gone          suspect
         3 gone          suspect
         6 gone          dead
        36 same          alive
        43 same          alive
        50 gone          suspect""",
    "it revives, nothing to compare with": """
         0 gone          suspect
         3 gone          suspect
         6 gone          dead
        36 ok            dead
        38 ok            dead
        39 ok            alive""",
    "it seemed to revive": """
         0 410           suspect
         3 410           dead
        33 ok            dead
        36 gone          dead
        39 ok            dead
        40 blocked       dead
        42 ok            alive""",
    "it flickers": """
         0 gone          suspect
         3 ok            alive
         6 gone          suspect
         9 gone          suspect
        12 ok            alive
        15 gone          suspect
        18 gone          suspect
        21 ok            alive""",
    "it flickers between two answers of one day": """
         0 gone          suspect
         3 gone          suspect
         5.9 ok          alive
         6 gone          suspect
         9 gone          suspect
        12 gone          dead""",
    "its host is out for two days": """
         0 ok            alive
         7 host:timeout  alive
         8 host:timeout  alive
         9 ok            alive""",
    "it is suspect when its host goes out": """
         0 gone          suspect
         3 host:dns_gone suspect
         6 gone          suspect
         9 host:dns_gone suspect
        12 gone          dead""",
    "it is blocked for ever": """
         0 ok            alive
         7 blocked       unsure
        14 blocked       unsure
        25 rate_limited  unsure
        41 legal_block   unsure
        65 login_required unsure
       101 blocked       unsure
       191 robots_excluded unsure
       999 geo_blocked   unsure
      4000 payment       unsure
      8000 refused_address unsure
      8090 ok            alive""",
    "503 for two weeks": """
         0 server_error  failing
         1 server_error  failing
         4 server_error  failing
         7 server_error  failing
        10 server_error  failing
        13 server_error  failing
        14 ok            alive""",
    "503 for ever": """
         0 server_error  failing
         3 server_error  failing
         6 server_error  failing
         9 server_error  failing
        12 server_error  failing
        14.9 server_error failing
        15 server_error  dead""",
    "moved, then gone": """
         0 ok            alive
         7 moved         alive
        17 moved         alive
        33 moved_to_home suspect
        36 gone          suspect
        39 gone          dead""",
    "changed thrice": """
         0 same          alive
         7 content_drifted changed
        10 content_drifted changed
        13 content_drifted dead""",
    "changed, and changed back": """
         0 content_drifted changed
         3 content_drifted changed
         6 same          alive
         9 content_drifted changed""",
    "changed, then gone": """
         0 content_drifted changed
         3 gone          suspect
         6 content_drifted dead""",
    "parked after its name was gone": """
         0 dns_gone      suspect
         3 dns_temp      suspect
         6 dns_gone      suspect
         9 parked        dead
        39 content_drifted dead
       100 blocked       dead""",
    "a week without runs": """
         0 gone          suspect
         3 gone          suspect
         4 -             suspect
         9 -             suspect
        10 gone          dead""",
    "years without runs": """
         0 gone          suspect
      1500 gone          suspect
      3000 same          alive""",
    "our network is down": """
         0 ok            alive
         7 net:dns_gone  alive
         8 net:dns_gone  alive
        11 net:dns_gone  alive
        14 net:dns_gone  alive
        15 ok            alive""",
    "nothing but our network down": """
         0 -             new
         1 net:timeout   new
         4 net:timeout   new""",
    "blocked while it dies": """
         0 gone          suspect
         3 blocked       suspect
         6 gone          suspect
         9 blocked       suspect
        12 gone          dead""",
    "asked too often": """
         0.0 gone        suspect
         0.1 gone        suspect
         0.2 gone        suspect
         1.0 gone        suspect
         2.0 gone        suspect
         3.0 gone        suspect
         3.1 gone        suspect
         5.9 gone        suspect
         6.0 gone        dead""",
    "the stronger one of two that are close": """
         0 timeout       failing
         1 gone          suspect
         2 timeout       suspect
         3.9 gone        suspect
         4 gone          suspect
         7 gone          dead""",
    "no address, then one": """
         0 malformed_url invalid
         9 malformed_url invalid
        10 gone          suspect
        11 ok            alive""",
}  # fmt: skip


def lines(timeline: str) -> list[tuple[float, str, str]]:
    """The days of a timeline."""
    split = [line.split() for line in timeline.strip().splitlines()]
    return [(float(number), word, state) for number, word, state in split]


@pytest.mark.parametrize("name", TIMELINES)
def test_every_day_has_its_state(name: str) -> None:
    """What is known at the end of each day comes to the state written beside it."""
    known: list[Check] = []
    for number, word, state in lines(TIMELINES[name]):
        if word != "-":
            known.append(check(word, number))
        assert state_after(URL, known, now=day(number)).state == state, f"day {number:g}"


@pytest.mark.parametrize("name", TIMELINES)
def test_the_order_in_which_checks_become_known_does_not_matter(name: str) -> None:
    """An older check that is imported later, or twice, leaves the state as it would have been."""
    days = lines(TIMELINES[name])
    known = [check(word, number) for number, word, _ in days if word != "-"]
    shuffled = random.Random(name).sample(known * 2, len(known) * 2)
    now = day(days[-1][0])
    assert state_after(URL, shuffled, now=now) == state_after(URL, known, now=now)


def test_an_imported_older_check_takes_part() -> None:
    """Dead by two checks of ours and an older one; alive again by an older one that lay between."""
    ours = [check("gone", 6), check("gone", 9)]
    assert state_after(URL, ours, now=day(9)).state is Standing.SUSPECT
    assert state_after(URL, [*ours, check("gone", 0)], now=day(9)).state is Standing.DEAD
    assert state_after(URL, [*ours, check("gone", 0), check("ok", 5)], now=day(9)).state is Standing.SUSPECT


def test_the_deciding_checks_are_told() -> None:
    """The state of a dead link names the checks that made it so, with their records, and since when."""
    word = Evidence(rule="status", record_id="urn:uuid:1")
    gone = Verdict(state=VerdictState.GONE, evidence=word)
    known = [check("same", 0), check("gone", 7), check("timeout", 8), replace(check("gone", 10), verdict=gone)]
    known += [check("gone", 13), check("gone", 43)]
    state = state_after(URL, known, now=day(50))
    assert [(each.at, each.state, each.points) for each in state.evidence] == [
        (day(number), VerdictState.GONE, 1.0) for number in (7, 10, 13)
    ]
    assert [each.record_id for each in state.evidence] == [None, "urn:uuid:1", None]
    assert (state.points, state.since, state.last_alive, state.last_check) == (3.0, day(13), day(0), day(43))


def test_since_when_does_not_move_while_the_state_stays() -> None:
    """Alive since the first live answer of the row, suspect since the first bad one."""
    known = [check("ok", 0), check("ok", 7), check("gone", 14), check("gone", 17)]
    assert state_after(URL, known[:2], now=day(7)).since == day(0)
    assert state_after(URL, known, now=day(17)).since == day(14)


@pytest.mark.parametrize(
    ("numbers", "copy", "state"),
    [
        ([("containment", 0.5)], COPY, Standing.ALIVE),
        ([("containment", 0.49)], COPY, Standing.DEAD),
        ([("containment", 0.9)], None, Standing.DEAD),
        ([("same_digest", 1.0)], COPY, Standing.ALIVE),
        ([("same_digest", 0.0)], COPY, Standing.DEAD),
        ([], COPY, Standing.DEAD),
    ],
)
def test_a_dead_link_is_revived_by_what_our_copy_says(
    numbers: list[tuple[str, float]], copy: str | None, state: Standing
) -> None:
    """A live answer that holds too little of our copy, or could not be measured by it, is no proof of life yet."""
    evidence = Evidence(rule="text", numbers=tuple(numbers), compared_with=copy)
    back = replace(check("ok", 33), verdict=Verdict(state=VerdictState.OK, evidence=evidence))
    assert state_after(URL, [check("410", 0), check("410", 3), back], now=day(33)).state is state


def test_three_local_days_are_an_hour_short_in_spring() -> None:
    """Clocks put forward: three checks at the same local hour are not six days; by UTC nothing is counted early."""
    berlin = ZoneInfo("Europe/Berlin")
    local = [datetime(2026, 3, number, 3, tzinfo=berlin) for number in (27, 30, 31)]
    spring = [check("410", local[0]), check("410", local[1])]
    assert state_after(URL, spring, now=local[1]).state is Standing.SUSPECT
    assert state_after(URL, [*spring, check("410", local[2])], now=local[2]).state is Standing.DEAD
    autumn = [check("410", datetime(2026, 10, number, 3, tzinfo=berlin)) for number in (23, 26)]
    assert state_after(URL, autumn, now=autumn[1].at).state is Standing.DEAD
    assert all(each.at.tzinfo is UTC for each in spring)


def test_a_time_without_a_zone_is_refused() -> None:
    """Its meaning would be a guess."""
    with pytest.raises(ValueError, match="without a zone"):
        check("ok", datetime(2026, 3, 1))  # noqa: DTZ001


# --- clocks that jump ---


@pytest.mark.parametrize("jump", [-3650, 3650])
def test_a_run_with_a_wrong_clock_changes_nothing_for_good(jump: float) -> None:
    """One run ten years ahead or behind: afterwards the states are what they would have been, the checks are kept."""
    right = [check("ok", 0), check("gone", 7), check("gone", 10)]
    wrong = check("410", 10.5 + jump)
    after = state_after(URL, [*right, wrong], now=day(11))
    assert after == state_after(URL, right, now=day(11))
    assert after.next_due is not None
    assert day(13) <= after.next_due <= day(13.3)


def test_a_check_of_a_clock_that_was_ahead_counts_when_its_time_has_come() -> None:
    """Until then it is as if it had not been made; a clock some hours ahead is believed."""
    ahead = check("gone", 20)
    assert state_after(URL, [ahead], now=day(18.9)).state is Standing.NEW
    assert state_after(URL, [ahead], now=day(19.1)).state is Standing.SUSPECT


# --- people's words ---


def mark(number: float, state: str | None, *, until_contradicted: bool = False) -> Mark:
    """Somebody's word of that day."""
    word = Standing(state) if state else None
    return Mark(url=URL, state=word, why="seen", who="an editor", at=day(number), until_contradicted=until_contradicted)


DEAD = [check("410", 0), check("410", 3)]


def test_a_mark_wins_until_it_is_lifted() -> None:
    """It is shown with its time, the checks go on beneath it, and the last of several counts."""
    marks = [mark(4, "alive"), mark(8, "unsure")]
    known = [*DEAD, check("gone", 33), check("gone", 78)]
    state = state_after(URL, known, marks=marks, now=day(80))
    assert (state.state, state.found, state.since, state.mark) == (Standing.UNSURE, Standing.DEAD, day(8), marks[1])
    assert state.next_due == state_after(URL, known, now=day(80)).next_due
    lifted = state_after(URL, known, marks=[*marks, mark(79, None)], now=day(80))
    assert (lifted.state, lifted.mark, lifted.since) == (Standing.DEAD, None, day(3))
    assert state_after(URL, known, marks=marks, now=day(4.5)).state is Standing.ALIVE


@pytest.mark.parametrize(
    ("word", "after", "state"),
    [
        ("alive", ["gone"], "alive"),
        ("alive", ["gone", "gone"], "alive"),
        ("alive", ["gone", "gone", "gone"], "dead"),
        ("alive", ["blocked", "blocked", "blocked"], "alive"),
        ("dead", ["gone", "blocked"], "dead"),
        ("dead", ["host:timeout", "net:timeout"], "dead"),
        ("dead", ["same"], "alive"),
        ("unsure", ["content_drifted"], "unsure"),
        ("changed", ["gone", "gone", "gone", "gone"], "dead"),
    ],
)
def test_a_mark_may_hold_only_until_later_checks_contradict_it(word: str, after: list[str], state: str) -> None:
    """What came before it does not contradict; what comes after must be proof by itself."""
    known = DEAD + [check(each, 10 + 3 * number) for number, each in enumerate(after)]
    marked = [mark(9, word, until_contradicted=True)]
    assert state_after(URL, known, marks=marked, now=day(30)).state == state
    assert state_after(URL, known, marks=[mark(9, word)], now=day(30)).state == word


def test_a_contradicted_mark_stays_contradicted() -> None:
    """It does not come back when the checks change their mind."""
    known = [*DEAD, check("same", 33), check("410", 40), check("410", 43), check("ok", 90)]
    marked = [mark(9, "dead", until_contradicted=True)]
    assert state_after(URL, known, marks=marked, now=day(90)).mark is None


# --- what holds for all histories ---

WORDS = [state.value for state in VerdictState] + ["410", "same", "host:timeout", "net:timeout", "gone", "gone", "ok"]
STEPS = st.integers(1, 24 * 60).map(lambda hours: timedelta(hours=hours))
HISTORIES = st.lists(st.tuples(st.sampled_from(WORDS), STEPS), max_size=30)


def made(steps: list[tuple[str, timedelta]]) -> list[Check]:
    """The checks of a history given by what came and how long after the one before."""
    at, found = START, []
    for word, later in steps:
        at += later
        found.append(check(word, at))
    return found


def end(history: list[Check]) -> datetime:
    """The time of the last check."""
    return max((each.at for each in history), default=START)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_step_by_step_is_the_same_as_at_once(steps: list[tuple[str, timedelta]], order: random.Random) -> None:
    """Advancing by each check gives what replaying all of them gives, in any order and with any of them twice."""
    history = made(steps)
    now = end(history)
    state = LinkState(url=URL, next_due=now)
    for each in history:
        state = advance(state, each)
    again = history + order.sample(history, len(history) // 2)
    order.shuffle(again)
    assert state_after(URL, again, now=now) == state


@given(HISTORIES)
def test_dead_means_three_points_three_days_apart_and_no_life_between(steps: list[tuple[str, timedelta]]) -> None:
    """No history makes a link dead but by checks that spoke against it, each three days from the next."""
    history = made(steps)
    state = state_after(URL, history, now=end(history))
    times = [each.at for each in state.evidence]
    assert all(later - earlier >= APART for earlier, later in pairwise(times))
    assert set(times) <= {each.at for each in history if each.incident is None and points_of(each) > 0}
    assert (state.found is Standing.DEAD) == (state.points >= 3.0)
    if state.found is Standing.DEAD:
        assert times[-1] - times[0] >= APART
        alive = [each.at for each in history if each.verdict.verdict_class is VerdictClass.ALIVE]
        assert not [at for at in alive if times[0] <= at <= times[-1]]


@given(st.lists(st.tuples(st.sampled_from([state.value for state in VerdictState]), STEPS), max_size=40))
def test_who_keeps_us_out_never_kills(steps: list[tuple[str, timedelta]]) -> None:
    """Of answers that are alive or unsure, however many, none is dead or suspect."""
    harmless = (VerdictClass.ALIVE, VerdictClass.UNSURE)
    history = [each for each in made(steps) if each.verdict.verdict_class in harmless]
    assert state_after(URL, history, now=end(history)).state in (Standing.NEW, Standing.ALIVE, Standing.UNSURE)


@given(HISTORIES)
def test_every_link_comes_up_again(steps: list[tuple[str, timedelta]]) -> None:
    """The next check lies after the last one and within 198 days of it, for all but what is no address."""
    history = made(steps)
    state = state_after(URL, history, now=end(history))
    if state.pace is Pace.NEVER:
        assert state.next_due is None
    elif state.last_check is not None:
        assert state.next_due is not None
        assert timedelta(0) < state.next_due - state.last_check <= timedelta(days=198)


def test_a_check_before_the_last_one_has_to_be_replayed() -> None:
    """A step can only go forward."""
    state = state_after(URL, [check("ok", 5)], now=day(5))
    for number in (4, 5):
        with pytest.raises(ValueError, match="after one at"):
            advance(state, check("gone", number))
