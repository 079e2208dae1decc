"""Checks and incidents as lines of a metadata record, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from archive.check_records import facts_from, facts_payload
from archive.checks import Alike, Check, HostIncident, Incident
from archive.verdicts import Evidence, Verdict, VerdictState
from tests.archive.check_samples import START, check, day

WHOLE = Check(
    url="http://a.test/zh/新闻",
    at=day(3) + timedelta(microseconds=7),
    verdict=Verdict(
        state=VerdictState.SOFT_404,
        evidence=Evidence(
            rule="like_any_other",
            words=("not found\u2028", 'a "quote"'),
            numbers=(("similarity_to_page", 0.25), ("sibling_status_1", 200.0)),
            record_id="urn:uuid:answer",
            compared_with="urn:uuid:copy",
        ),
    ),
    status=200,
    final_url="http://a.test/end",
    redirects=("http://a.test/way", "http://a.test/end"),
    not_before=day(4),
    incident=Incident.HOST,
    run_id=12,
)
DOWN = HostIncident(host="a.test:81", began=START, until=day(1), alike=Alike.SERVER, run_id=None)


def test_what_is_written_is_read_back() -> None:
    """Every field, in order, of checks and incidents; a lone surrogate in a URL harms nothing."""
    odd = replace(check("ok", 1), url="http://a.test/\ud800")
    assert list(facts_from(facts_payload([WHOLE, DOWN, odd]))) == [WHOLE, DOWN, odd]


def test_the_record_referred_to_is_the_answers() -> None:
    """A check beside its answer says so by WARC-Refers-To, whatever its line says."""
    (found,) = facts_from(facts_payload([WHOLE]), about="urn:uuid:other")
    assert isinstance(found, Check)
    assert found.verdict.evidence.record_id == "urn:uuid:other"


def test_what_is_no_fact_is_left_out() -> None:
    """Lines written by hand, cut, nested or of another version cost only themselves."""
    good = facts_payload([WHOLE])
    lines = [
        b"", b"{", b"[]", b"null", b'{"check": 1}', b'{"incident_of": "a"}', b"[" * 100_000, good[:50],
        good.replace(b"soft_404", b"soft_405"), good.replace(b'"status":200', b'"status":"200"'),
    ]  # fmt: skip
    assert list(facts_from(b"\n".join([*lines, good]))) == [WHOLE]
