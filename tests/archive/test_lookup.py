"""Which copy of a link is the best, and why the others are not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.aliases import update_aliases
from archive.baselines import insert_baselines
from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.check_rows import insert_checks
from archive.checks import Check
from archive.copies import Baseline
from archive.errors import UsageError
from archive.frontier import Frontier
from archive.lookup import Candidate, Passed, choose, end_of, moment_of, replay_base, version_url
from archive.lookup_rows import candidates
from archive.mementos import Recovery, RecoveryOutcome
from archive.model import Capture, LinkKind, NewLink, Reason, RecordKind, Truncation, Via
from archive.verdicts import Evidence, Verdict, VerdictState
from tests.archive.catalogue_samples import NOW, capture, lease_all, settle

DAY = date(2016, 2, 3)
MOMENT = end_of(DAY)
URL = "http://a.test/story"


def made(number: int, days: float, **rest: object) -> Candidate:
    """A candidate whose capture is of so many days after the event's; `candidate` fields go to it."""
    own = {
        name: rest.pop(name)
        for name in ("original", "held", "verdict", "astray", "doubtful", "picture", "source")
        if name in rest
    }
    known = {"url": URL, "at": MOMENT + timedelta(days=days)} | rest
    return Candidate(capture=capture(number, **known), **own)  # type: ignore[arg-type]


def best_of(*some: Candidate) -> str | None:
    """The record id of the best of them."""
    best = choose(some, MOMENT).best
    return best.capture.record_id[-1] if best else None


def test_the_last_copy_before_goes_before_the_first_after() -> None:
    """Nearest before, else nearest after; the day itself is not after; without a moment the latest."""
    assert best_of(made(1, -90), made(2, -30), made(3, 1)) == "2"
    assert best_of(made(1, 90), made(2, 30)) == "2"
    assert best_of(made(1, 0), made(2, -0.5)) == "1"
    latest = choose([made(1, 90), made(2, 30)], None).best
    assert latest is not None
    assert latest.capture.record_id.endswith("1")
    assert best_of() is None


def test_our_own_go_before_those_of_other_archives() -> None:
    """Even where these are nearer; imported ones are our own."""
    own, memento, imported = made(1, 900), made(2, 0, via=Via.MEMENTO), made(3, 800, via=Via.IMPORT)
    assert best_of(own, memento, imported) == "3"
    assert best_of(memento) == "2"
    why = {each.candidate.capture.record_id[-1]: each.why for each in choose([own, memento, imported], MOMENT).passed}
    assert why == {"1": Passed.FARTHER, "2": Passed.MEMENTO}


def test_what_nobody_can_tell_the_work_by_is_the_last_choice() -> None:
    """A copy that checks found unfit to compare with: after a memento even; but better than nothing, and it is said."""
    wall, memento = made(1, 0, doubtful=True), made(2, 50, via=Via.MEMENTO)
    assert best_of(wall, memento) == "2"
    assert [each.why for each in choose([wall, memento], MOMENT).passed] == [Passed.DOUBTFUL]
    assert choose([wall], MOMENT).reason.endswith("(our own; a check found little of the work in it)")


ORIGINAL = capture(99, URL, at=MOMENT)
REVISIT = {"kind": RecordKind.REVISIT, "refers_to": ORIGINAL.record_id}


@pytest.mark.parametrize(
    ("fields", "why", "detail"),
    [
        ({"status": 404}, Passed.STATUS, "404"),
        ({"status": 503}, Passed.STATUS, "503"),
        ({"status": 301, "location": "/x"}, Passed.REDIRECT, "301 /x"),
        ({"status": 304, **REVISIT, "original": ORIGINAL}, Passed.NOT_MODIFIED, "304"),
        ({"status": 206}, Passed.PART, "206"),
        ({"status": 204, "payload_length": 0}, Passed.EMPTY, ""),
        ({"payload_length": 0}, Passed.EMPTY, ""),
        ({"truncated": Truncation.TIME}, Passed.NOT_WHOLE, "time"),
        ({"error": Reason.TIMEOUT}, Passed.NOT_WHOLE, "timeout"),
        ({**REVISIT, "original": replace(ORIGINAL, truncated=Truncation.LENGTH)}, Passed.NOT_WHOLE, "length"),
        ({"kind": RecordKind.METADATA, "status": None, "error": Reason.DNS_GONE}, Passed.NO_ANSWER, "dns_gone"),
        (REVISIT, Passed.LOST, "x-1.warc.gz"),
        ({"held": False}, Passed.LOST, "x-1.warc.gz"),
        ({"verdict": VerdictState.SOFT_404}, Passed.JUDGED, "soft_404"),
        ({"verdict": VerdictState.BLOCKED}, Passed.JUDGED, "blocked"),
        ({"astray": True}, Passed.ASTRAY, URL),
    ],
)
def test_what_shows_nothing_is_no_copy(fields: dict[str, object], why: Passed, detail: str) -> None:
    """It is passed over with the reason, however near it is, and chosen in no case."""
    found = choose([made(1, 0, **dict(fields)), made(2, 500)], MOMENT)
    assert found.best is not None
    assert found.best.capture.record_id.endswith("2")
    assert [(each.why, each.detail) for each in found.passed] == [(why, detail)]
    alone = choose([made(1, 0, **dict(fields))], MOMENT)
    assert (alone.best, alone.reason) == (None, "no copy of it is whole and usable")


def test_what_is_whole_and_alive_is_a_copy() -> None:
    """Revisits with their original, resources without a status, answers that a check found alive, 203."""
    fine: list[dict[str, object]] = [
        {**REVISIT, "original": ORIGINAL, "payload_length": 0},
        {"kind": RecordKind.RESOURCE, "status": None},
        {"verdict": VerdictState.PAYWALLED},
        {"status": 203},
        {"picture": False},
    ]
    assert [best_of(made(1, 3, **fields)) for fields in fine] == ["1"] * len(fine)
    image = choose([made(1, 0, picture=False), made(2, 9, picture=None), made(3, 8, picture=True)], MOMENT, image=True)
    assert [each.why for each in image.passed] == [Passed.NOT_AN_IMAGE, Passed.FARTHER]


def test_why_is_said_for_people() -> None:
    """Before, after, latest; whose it is."""
    assert choose([made(1, -1)], MOMENT).reason == "the last copy before 2016-02-03's end (our own)"
    after = choose([made(1, 1, via=Via.MEMENTO)], MOMENT)
    assert after.reason.startswith("the first copy after 2016-02-03's end, for there is none of before (another")
    assert choose([made(1, 1)], None).reason == "the latest copy (our own)"
    passed = choose([made(1, -1), made(2, 1), made(3, -2)], MOMENT).passed
    assert [each.why for each in passed] == [Passed.FARTHER, Passed.AFTER]


@given(st.lists(st.tuples(st.integers(-50, 50), st.sampled_from([200, 404]), st.booleans()), max_size=8), st.randoms())
def test_the_choice_does_not_depend_on_the_order(some: list[tuple[int, int, bool]], random: object) -> None:
    """The same captures in any order give the same best one, and every other one has its reason."""
    known = [
        made(number, days, status=status, via=Via.MEMENTO if other else Via.HTTP)
        for number, (days, status, other) in enumerate(some, 1)
    ]
    mixed = list(known)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, two = choose(known, MOMENT), choose(mixed, MOMENT)
    assert one == two
    assert len(one.passed) == len(known) - (one.best is not None)
    assert (one.best is None) == all(status == 404 for _, status, _ in some)


def test_a_copy_has_an_address_where_it_is_served() -> None:
    """A memento its own; our own behind a base, by its time and its own URL; none without one."""
    ours = made(1, 0, url="http://a.test/ü")
    theirs = made(2, 0, via=Via.MEMENTO, source="http://web.test/2016/http://a.test/")
    base = replay_base("http://127.0.0.1:8080/c")
    assert version_url(ours, base) == "http://127.0.0.1:8080/c/20160203235959/http://a.test/%C3%BC"
    assert version_url(ours, None) is None
    assert version_url(theirs, None) == version_url(theirs, base) == "http://web.test/2016/http://a.test/"
    assert version_url(replace(theirs, source=None), None) is None
    for text in ("", "c/", "ftp://a.test/", "http://a.test/ b/", 'http://a.test/"', "http://a.test/<"):
        with pytest.raises(UsageError, match="replay server"):
            replay_base(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016-02-03", MOMENT),
        ("20160203", MOMENT),
        ("2016-02", end_of(date(2016, 2, 29))),
        ("2016", end_of(date(2016, 12, 31))),
        ("201612", end_of(date(2016, 12, 31))),
        ("20160203120000", datetime(2016, 2, 3, 12, 0, 0, 999999, tzinfo=UTC)),
        ("2016020312", datetime(2016, 2, 3, 12, 59, 59, 999999, tzinfo=UTC)),
        ("2016-02-03T12:00:00", datetime(2016, 2, 3, 12, tzinfo=UTC)),
        ("2016-02-03T12:00:00+08:00", datetime(2016, 2, 3, 4, tzinfo=UTC)),
    ],
)
def test_a_date_means_its_end(text: str, moment: datetime) -> None:
    """A year, month or day up to its last instant; a time as it is, in UTC."""
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2016-02-30", "2016-13", "0000", "9999-12-31T23:59:59-01:00", "20160203250000"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """With a message that shows how to write one."""
    with pytest.raises(UsageError, match="2016-02-03"):
        moment_of(text)


# --- out of the catalogue ---


def verdict(state: VerdictState, record: Capture | None = None, final_url: str | None = None) -> Check:
    """A check of URL, after all captures."""
    evidence = Evidence(rule="sample", record_id=record.record_id if record else None)
    return Check(url=URL, at=NOW, verdict=Verdict(state=state, evidence=evidence), final_url=final_url)


@pytest.fixture
def catalogue(tmp_path: Path):
    """An empty one."""
    with closing(Catalogue.open(tmp_path / "catalogue.db", create=True)) as opened:
        yield opened


def found(catalogue: Catalogue, url: str = URL) -> dict[str, str]:
    """What is said of each capture: its number, and the reason or "best"."""
    with catalogue.reading() as connection:
        choice = choose(candidates(connection, url), None)
    said = {str(int(each.candidate.capture.record_id[-4:])): each.why.value for each in choice.passed}
    return said | ({str(int(choice.best.capture.record_id[-4:])): "best"} if choice.best else {})


def test_copies_of_all_addresses_count(catalogue: Catalogue) -> None:
    """Of the link, of where its redirect led, of its other addresses; a revisit with what it stands for."""
    target, alias = "http://a.test/moved", "https://a.test/story"
    Frontier(catalogue).add([NewLink(url=URL, kind=LinkKind.CITATION)])
    hop = capture(1, URL, status=301, location=target)
    settle(catalogue, lease_all(catalogue)[URL], Reason.MOVED, record=hop, to=target)
    settle(catalogue, lease_all(catalogue)[target], Reason.OK, record=capture(2, target))
    alike = {"payload_sha256": f"{2:064}", "payload_length": 4096}
    again = capture(3, target, kind=RecordKind.REVISIT, refers_to=capture(2).record_id)
    catalogue.commit(Batch(captures=[again, capture(4, alias, **alike), capture(5, "http://a.test/other")]))
    catalogue.commit(Batch(captures=[capture(6, target, **alike), capture(7, "https://a.test/moved", **alike)]))
    update_aliases(catalogue, NOW)
    assert found(catalogue, "HTTP://A.test:80/story#top") == {
        "1": "redirect", "2": "farther", "3": "farther", "6": "farther", "7": "best",
    }  # fmt: skip
    assert found(catalogue, alias) == {"4": "best"}
    assert found(catalogue, "no address") == {}


def test_where_a_link_ever_led_counts(catalogue: Catalogue) -> None:
    """Though it is gone by now: what its redirects led to then, step by step, in circles too; not what led astray."""
    hops = [
        capture(1, URL, status=302, location="/moved?\xc3\xbc"),
        capture(2, URL, status=302, location="http://a.test/login?next=/story"),
        capture(3, "http://a.test/moved?%C3%BC", status=301, location="http://b.test/end"),
        capture(4, "http://b.test/end", status=301, location=URL),
        capture(5, "http://b.test/end"),
        capture(6, "http://a.test/login?next=/story"),
        capture(7, URL, status=404),
        capture(8, URL, status=302, location="http://[", via=Via.IMPORT),
    ]
    catalogue.commit(Batch(captures=hops))
    said = found(catalogue)
    assert (said["5"], said["6"], said["7"], said["8"]) == ("best", "astray", "status", "redirect")


def test_a_home_page_is_no_copy_of_what_led_there(catalogue: Catalogue) -> None:
    """Neither by the look of the redirect, nor where a check found it out."""
    Frontier(catalogue).add([NewLink(url=URL, kind=LinkKind.CITATION)])
    settle(
        catalogue,
        lease_all(catalogue)[URL],
        Reason.MOVED,
        record=capture(1, URL, status=302),
        to="http://a.test/en/hub",
    )
    settle(
        catalogue, lease_all(catalogue)["http://a.test/en/hub"], Reason.OK, record=capture(2, "http://a.test/en/hub")
    )
    assert found(catalogue)["2"] == "best"
    with catalogue.linking() as (connection, host_ids):
        check = verdict(VerdictState.MOVED_TO_HOME, capture(9), "http://a.test/en/hub")
        insert_checks(connection, [check], host_ids, now=NOW)
    assert found(catalogue)["2"] == "astray"


def test_an_answer_that_a_check_called_an_error_page_is_no_copy(catalogue: Catalogue) -> None:
    """Nor is another one with the same bytes; one of before, with other bytes, is."""
    soft = {"payload_sha256": "e" * 64}
    kept = [capture(1, URL), capture(2, URL, **soft), capture(3, URL, **soft)]
    catalogue.commit(Batch(captures=kept))
    assert found(catalogue)["3"] == "best"
    with catalogue.linking() as (connection, host_ids):
        insert_checks(connection, [verdict(VerdictState.SOFT_404, kept[2])], host_ids, now=NOW)
    assert found(catalogue) == {"1": "best", "2": "judged", "3": "judged"}


def test_what_a_check_could_not_compare_with_comes_last(catalogue: Catalogue) -> None:
    """A revisit of it as well."""
    wall = capture(2, URL)
    again = capture(3, URL, kind=RecordKind.REVISIT, refers_to=wall.record_id)
    catalogue.commit(Batch(captures=[capture(1, URL), wall, again]))
    with catalogue.writing() as connection:
        insert_baselines(connection, [Baseline(record_id=wall.record_id, url=URL, usable=False)])
    assert found(catalogue) == {"1": "best", "2": "doubtful", "3": "doubtful"}


def test_a_copy_in_a_warc_that_is_gone_is_none(catalogue: Catalogue) -> None:
    """Nor is a revisit of what lies in one."""
    lost = capture(1, URL, warc="x-2.warc.gz")
    again = capture(2, URL, kind=RecordKind.REVISIT, refers_to=lost.record_id)
    catalogue.commit(Batch(captures=[lost, again, capture(3, URL, status=404)]))
    assert found(catalogue)["2"] == "best"
    catalogue.lose_warc("x-2.warc.gz")
    assert found(catalogue) == {"1": "lost", "2": "lost", "3": "status"}


def test_what_was_brought_back_is_a_copy_with_its_address(catalogue: Catalogue) -> None:
    """Also where the other archive has it under another URL; one that nobody noted is asked for in its record."""
    noted = capture(1, "http://www.a.test/story", via=Via.MEMENTO)
    recovery = Recovery(
        url=URL, archive="web.test", asked_at=NOW, outcome=RecoveryOutcome.RECOVERED, record_id=noted.record_id,
        memento_url="http://web.test/2016/http://www.a.test/story",
    )  # fmt: skip
    catalogue.commit(Batch(captures=[noted, capture(2, URL, via=Via.MEMENTO)], recoveries=[recovery]))
    with catalogue.reading() as connection:
        known = candidates(connection, URL, lambda _: "http://web.test/asked")
    assert {each.capture.record_id[-1]: each.source for each in known} == {
        "1": "http://web.test/2016/http://www.a.test/story",
        "2": "http://web.test/asked",
    }
