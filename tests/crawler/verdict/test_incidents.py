"""Host incidents and our own network: what of a run's checks is evidence, and what is not the links' doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from archive.checks import Alike, Check, HostIncident, Incident, LinkState, Standing
from archive.link_state import state_after
from archive.schedule import TOMORROW
from crawler.verdict.incidents import FURTHER_HOSTS, LONGEST_INCIDENT, SILENT_HOSTS, Decision, Incidents, canary_first
from tests.archive.check_samples import check, day

HOST = "a.test"
SECOND = 1 / 86400


def note_all(incidents: Incidents, words: str, host: str = HOST, at: float = 0) -> list[Decision]:
    """The decisions on checks of links of one host, one a second."""
    made = [check(word, at + number * SECOND, f"http://{host}/{number}") for number, word in enumerate(words.split())]
    return [incidents.note(host, each) for each in made]


def discarded(decisions: list[Decision]) -> set[str]:
    """The links whose checks carry nothing."""
    return {each.url.rpartition("/")[2] for decision in decisions for each in decision.discard}


# --- one host ---


@pytest.mark.parametrize(
    ("words", "alike"),
    [
        ("timeout conn_refused conn_reset", Alike.CONNECTION),
        ("unreachable timeout unreachable", Alike.CONNECTION),
        ("dns_gone dns_temp dns_gone", Alike.NAME),
        ("server_error server_error server_error", Alike.SERVER),
        ("tls_error protocol_error truncated", Alike.CONNECTION),
    ],
)
def test_three_that_fail_alike_are_an_incident(words: str, alike: Alike) -> None:
    """The host is left alone until tomorrow, and the two made before count as little as the third."""
    first, second, third = note_all(Incidents(run_id=7), words)
    assert (first, second) == (Decision(), Decision())
    assert third.hold_until == day(2 * SECOND) + TOMORROW
    assert {each.incident for each in third.discard} == {Incident.HOST}
    assert discarded([third]) == {"0", "1", "2"}
    assert third.incident == HostIncident(
        host=HOST, began=day(0), until=day(2 * SECOND) + TOMORROW, alike=alike, run_id=7
    )


def test_what_was_under_way_belongs_to_the_incident() -> None:
    """A fourth that fails is discarded by itself, and the incident lasts from its first check on."""
    *_, third, fourth = note_all(Incidents(), "timeout timeout timeout timeout")
    assert discarded([fourth]) == {"3"}
    assert third.incident is not None
    assert fourth.incident is not None
    assert fourth.incident.began == third.incident.began == day(0)
    assert fourth.incident.until > third.incident.until


@pytest.mark.parametrize(
    "words",
    [
        "timeout timeout",
        "timeout timeout ok timeout",
        "ok timeout timeout timeout",
        "gone timeout timeout timeout",
        "timeout dns_temp server_error timeout",
        "gone gone gone gone",
        "soft_404 soft_404 soft_404",
        "parked parked parked parked",
        "client_error client_error client_error",
        "content_drifted content_drifted content_drifted",
        "malformed_url malformed_url malformed_url",
    ],
)
def test_these_are_no_incident(words: str) -> None:
    """Too few, not alike, an answer between or before, or the server's word about each link: all of it counts."""
    decisions = note_all(Incidents(), words)
    assert not discarded(decisions)
    assert not [each for each in decisions if each.incident]


def test_a_host_that_went_down_in_the_run_is_left_alone_all_the_same() -> None:
    """It answered before: what fails now counts a little, but no more is asked of it today."""
    *_, last = note_all(Incidents(), "ok timeout timeout timeout")
    assert last == Decision(hold_until=day(3 * SECOND) + TOMORROW)


def test_a_host_that_shuts_us_out_is_left_alone_and_its_links_stay_unsure() -> None:
    """Three 403 in a row: it wants no more of us, and what it said is kept as said."""
    *_, last = note_all(Incidents(), "blocked rate_limited blocked")
    assert last == Decision(hold_until=day(2 * SECOND) + TOMORROW)


def test_retry_after_holds_the_host_at_the_first_check() -> None:
    """And for longer than until tomorrow where it says so."""
    incidents = Incidents()
    asked = check("rate_limited", 0, not_before=day(4))
    assert incidents.note(HOST, asked) == Decision(hold_until=day(4))
    incidents.note(HOST, check("rate_limited", 0.1))
    assert incidents.note(HOST, replace(asked, at=day(0.2))).hold_until == day(4)


def test_hosts_are_judged_one_by_one() -> None:
    """Two failures at each of two hosts are no incident of either."""
    incidents = Incidents()
    assert not discarded(note_all(incidents, "timeout timeout") + note_all(incidents, "timeout timeout", "b.test"))


def test_one_link_at_a_time_until_the_canary_has_answered() -> None:
    """And again as soon as one fails."""
    incidents = Incidents()
    seen = [incidents.one_by_one(HOST)]
    for word in ("timeout", "ok", "timeout", "gone"):
        note_all(incidents, word)
        seen.append(incidents.one_by_one(HOST))
    assert seen == [True, True, False, True, False]


def test_a_host_down_for_two_weeks_is_no_incident_any_more() -> None:
    """From then on its links die by what they show; a day earlier it was still an incident."""
    for short, found in ((timedelta(0), set()), (timedelta(days=1), {"0", "1", "2"})):
        began = day(0) - LONGEST_INCIDENT + short
        decisions = note_all(Incidents(down_since={HOST: began}), "dns_gone dns_gone dns_gone")
        assert discarded(decisions) == found
        assert (decisions[-1].hold_until is None) == (not found)
    learned = dict[str, datetime]()  # slice by slice, as links are taken up
    incidents = Incidents(down_since=learned)
    learned[HOST] = day(0) - LONGEST_INCIDENT
    assert not discarded(note_all(incidents, "dns_gone dns_gone dns_gone"))


def test_the_canary_is_the_link_seen_alive_last() -> None:
    """Where none was alive the order stays."""
    links = [
        LinkState(url="http://a.test/1", next_due=None, found=Standing.DEAD, last_alive=day(9)),
        LinkState(url="http://a.test/2", next_due=None, found=Standing.ALIVE, last_alive=day(3)),
        LinkState(url="http://a.test/3", next_due=None, found=Standing.ALIVE, last_alive=day(5)),
        LinkState(url="http://a.test/4", next_due=None),
    ]
    assert [each.url[-1] for each in canary_first(links)] == ["3", "1", "2", "4"]
    assert canary_first([links[3], links[0]]) == [links[3], links[0]]


# --- our own network ---


def silence(incidents: Incidents, hosts: int, word: str = "timeout", start: int = 0) -> list[Decision]:
    """One silent link at each of so many hosts."""
    return [
        incidents.note(f"h{number}.test", check(word, number * SECOND, f"http://h{number}.test/{number}"))
        for number in range(start, start + hosts)
    ]


def test_many_silent_hosts_and_no_control_name_are_our_own_network() -> None:
    """At the fifth the control name is asked for; it does not resolve: nothing of the silence counts."""
    incidents = Incidents()
    decisions = silence(incidents, SILENT_HOSTS)
    assert [each.ask_control for each in decisions] == [False] * (SILENT_HOSTS - 1) + [True]
    down = incidents.control(resolves=False)
    assert down.network_down
    assert {each.incident for each in down.discard} == {Incident.NETWORK}
    assert discarded([down]) == {str(number) for number in range(SILENT_HOSTS)}
    (late,) = silence(incidents, 1, start=SILENT_HOSTS)
    assert late.network_down
    assert discarded([late]) == {str(SILENT_HOSTS)}


def test_a_control_name_that_resolves_lets_the_silence_count() -> None:
    """It is asked for again only when the silent hosts have doubled."""
    incidents = Incidents()
    assert silence(incidents, SILENT_HOSTS)[-1].ask_control
    assert incidents.control(resolves=True) == Decision()
    later = silence(incidents, SILENT_HOSTS, start=SILENT_HOSTS)
    assert [each.ask_control for each in later] == [False] * (SILENT_HOSTS - 1) + [True]


def test_without_a_control_name_silence_takes_its_time() -> None:
    """Five silent hosts are a doubt only; twenty more of them, and nobody left who may answer, are our own network."""
    incidents = Incidents()
    silence(incidents, SILENT_HOSTS)
    assert incidents.control(resolves=None) == Decision()
    assert (incidents.in_doubt, incidents.out_of_patience) == (True, False)
    silence(incidents, FURTHER_HOSTS, start=SILENT_HOSTS)
    assert incidents.out_of_patience
    down = incidents.give_up()
    assert down.network_down
    assert len(down.discard) == SILENT_HOSTS + FURTHER_HOSTS


@pytest.mark.parametrize("word", ["ok", "gone", "conn_refused", "conn_reset"])
def test_one_answer_in_a_run_settles_it(word: str) -> None:
    """However many are silent before it and after it: without a control name all of that counts."""
    incidents = Incidents()
    silence(incidents, SILENT_HOSTS)
    incidents.control(resolves=None)
    note_all(incidents, word)
    silence(incidents, 3 * FURTHER_HOSTS, start=SILENT_HOSTS)
    incidents.control(resolves=None)
    assert (incidents.in_doubt, incidents.out_of_patience, incidents.settled) == (False, False, True)
    assert incidents.give_up() == Decision()


def test_a_way_that_is_missing_is_no_answer() -> None:
    """That our network leads nowhere is no sign of life: the network is taken for down."""
    incidents = Incidents()
    for number in range(SILENT_HOSTS):
        note_all(incidents, "unreachable", host=f"h{number}.test")
    assert incidents.control(resolves=False).network_down


def test_few_silent_hosts_and_no_control_name_count() -> None:
    """A list of four dead links is no network that is down."""
    incidents = Incidents()
    silence(incidents, SILENT_HOSTS - 1)
    assert incidents.give_up() == Decision()


@pytest.mark.parametrize("word", ["ok", "gone", "blocked", "server_error"])
def test_any_answer_shows_that_our_network_is_up(word: str) -> None:
    """What failed before it stays as it was, and the silence is counted anew."""
    incidents = Incidents()
    silence(incidents, SILENT_HOSTS - 1)
    note_all(incidents, word)
    assert not [each for each in silence(incidents, SILENT_HOSTS - 1) if each.ask_control]


@pytest.mark.parametrize("word", ["malformed_url", "refused_address", "robots_excluded"])
def test_what_nobody_was_asked_for_shows_nothing(word: str) -> None:
    """A verdict of our own rules is no sign of life."""
    incidents = Incidents()
    silence(incidents, SILENT_HOSTS - 1)
    note_all(incidents, word)
    assert silence(incidents, 1, start=9)[-1].ask_control
    assert incidents.one_by_one(HOST)


def test_incidents_of_hosts_are_lifted_when_it_was_our_network() -> None:
    """What looked like a host's outage ends where it began; its checks are marked as the network's."""
    incidents = Incidents()
    *_, third = note_all(incidents, "timeout timeout timeout")
    assert third.incident is not None
    silence(incidents, SILENT_HOSTS - 1)
    down = incidents.control(resolves=False)
    assert down.lifted == (replace(third.incident, until=third.incident.began),)
    assert len(down.discard) == 3 + SILENT_HOSTS - 1
    assert {each.incident for each in down.discard} == {Incident.NETWORK}


def test_few_hosts_and_none_that_answered_want_the_control_name_at_the_end() -> None:
    """A collection of two hosts can lose its network as well; with one answer nothing is doubted."""
    incidents = Incidents()
    assert not incidents.end().ask_control
    silence(incidents, 2)
    assert incidents.end().ask_control
    assert discarded([incidents.control(resolves=False)]) == {"0", "1"}
    note_all(incidents, "ok")
    silence(incidents, 2)
    assert not incidents.end().ask_control


# --- weeks of it ---

Answers = Callable[[int], str]  # what every link of a host comes to on a day


def weeks(answers: Answers, *, links: int, days: int) -> list[set[str]]:
    """The states of a host's links at the end of each day, checked by one run a day of what is due."""
    urls = [f"http://{HOST}/{number}" for number in range(links)]
    history: dict[str, list[Check]] = {url: [] for url in urls}
    held, down_since, found = day(-1), None, []
    for today in range(days):
        now = day(today)
        states = [state_after(url, history[url], now=now) for url in urls]
        incidents = Incidents(down_since={HOST: down_since} if down_since else {})
        for state in canary_first(
            state for state in states if held <= now and state.next_due and state.next_due <= now
        ):
            if held > now:
                break
            made = check(answers(today), now + timedelta(seconds=len(history)), state.url)
            history[state.url].append(made)
            decision = incidents.note(HOST, made)
            held = decision.hold_until or held
            for each in decision.discard:
                history[each.url] = [each if old.at == each.at else old for old in history[each.url]]
            if decision.incident:
                down_since = min(down_since or decision.incident.began, decision.incident.began)
            elif made.verdict.state == "ok":
                down_since = None
        found.append({state_after(url, history[url], now=now + timedelta(hours=1)).state.value for url in urls})
    return found


def down(start: int, stop: int, word: str) -> Answers:
    """A host that fails on these days, and is well on all others."""
    return lambda today: word if start <= today < stop else "ok"


@pytest.mark.parametrize("word", ["timeout", "dns_gone", "server_error"])
def test_an_outage_of_ten_days_leaves_no_trace(word: str) -> None:
    """Six links of one host: alive on every day of it, and after it."""
    assert weeks(down(7, 17, word), links=6, days=40) == [{"alive"}] * 40


def test_a_host_that_never_comes_back_does_die() -> None:
    """Alive while it may be an incident, then suspect, then dead, all of them within five weeks."""
    states = weeks(down(3, 999, "dns_gone"), links=5, days=60)
    assert states[19] == {"alive"}
    assert "suspect" in states[27]
    assert states[45] == {"dead"}
    assert states[-1] == {"dead"}


def test_a_host_that_shuts_us_out_for_ever_kills_nothing() -> None:
    """Each of its links becomes unsure in its turn, and none is suspected."""
    states = weeks(down(5, 999, "blocked"), links=5, days=90)
    assert states[-1] == {"unsure"}
    assert set.union(*states) == {"alive", "unsure"}


def test_a_link_that_is_alone_at_its_host_needs_no_canary() -> None:
    """A dead host with one link: proven like any other death."""
    states = weeks(down(3, 999, "dns_gone"), links=1, days=30)
    assert states[-1] == {"dead"}


def test_tomorrow_is_the_run_of_the_next_day() -> None:
    """A daily job that begins a little earlier than yesterday's third failure finds the host free again."""
    *_, third = note_all(Incidents(), "timeout timeout timeout")
    assert third.hold_until is not None
    assert third.hold_until < day(1)
