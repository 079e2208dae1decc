"""Checks for the tests of states: a word and a day make one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.checks import Check, Incident
from archive.verdicts import Evidence, Verdict, VerdictState

START = datetime(2026, 3, 1, 3, tzinfo=UTC)
URL = "http://a.test/story"
COPY = "urn:uuid:our-copy"


def day(number: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=number)


def check(word: str, at: float | datetime, url: str = URL, **rest: object) -> Check:
    """A check by a word: a state, "410", "same" (alive, and compared with our copy); "host:" or "net:" in front."""
    where, _, word = word.rpartition(":")
    state = {"410": "gone", "same": "ok"}.get(word, word)
    status = {"410": 410, "gone": 404, "ok": 200, "same": 200, "server_error": 503}.get(word)
    evidence = Evidence(rule="sample")
    if word == "same":
        evidence = Evidence(rule="sample", compared_with=COPY, numbers=(("containment", 0.9),))
    return Check(
        url=url,
        at=at if isinstance(at, datetime) else day(at),
        verdict=Verdict(state=VerdictState(state), evidence=evidence),
        status=status,
        incident={"host": Incident.HOST, "net": Incident.NETWORK}.get(where),
        **rest,  # type: ignore[arg-type]
    )
