"""Checks as metadata records, and back: so the WARCs alone tell the history of every link (pure).

A check whose answer was kept has a record beside that answer (WARC-Refers-To names it). The others of a commit, the
incidents of hosts, and checks that turned out to be part of one stand together in one record, a JSON object a line. The
URI of both is `urn:sourcekeep:checks:RUN`; people's marks stand in such records of their own (`...:marks`). A check
told of twice is one; what is told of it last counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from archive.checks import Alike, Check, HostIncident, Incident, Mark, Standing
from archive.verdicts import Evidence, Verdict, VerdictState

PREFIX = "urn:sourcekeep:checks:"
MIME = "application/x-ndjson"

MARKS = f"{PREFIX}marks"

Fact = Check | HostIncident | Mark


def facts_uri(run_id: int) -> str:
    """The URI of the records of a run's checks."""
    return f"{PREFIX}{run_id}"


def facts_payload(facts: Iterable[Fact]) -> bytes:
    """The payload of a record that holds these."""
    lines = (json.dumps(fact_json(each), separators=(",", ":")) for each in facts)
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def facts_from(payload: bytes, *, about: str | None = None) -> Iterator[Fact]:
    """What a record holds; `about` is the record it refers to, the answer. Lines that are none of ours are left out."""
    for line in payload.splitlines():
        try:
            fact = fact_from(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if about is not None and isinstance(fact, Check):
            fact = with_record(fact, about)
        yield fact


def with_record(check: Check, record_id: str) -> Check:
    """The check, with the record of its answer."""
    evidence = replace(check.verdict.evidence, record_id=record_id)
    return replace(check, verdict=replace(check.verdict, evidence=evidence))


def fact_json(fact: Fact) -> dict[str, object]:
    """A check, a mark or an incident as JSON values: `check` and `mark` hold the link's URL, `incident_of` the host."""
    match fact:
        case Check():
            return _check_json(fact)
        case Mark():
            return _mark_json(fact)
        case HostIncident():
            return _incident_json(fact)


def fact_from(value: Mapping[str, object]) -> Fact:
    """What `fact_json` wrote. Raises ValueError, KeyError, TypeError or AttributeError for anything else."""
    if "mark" in value:
        return _mark_from(value)
    return _incident_from(value) if "incident_of" in value else _check_from(value)


def _check_json(check: Check) -> dict[str, object]:
    evidence = check.verdict.evidence
    fields: dict[str, object] = {
        "check": check.url,
        "at": check.at.isoformat(),
        "state": check.verdict.state.value,
        "class": check.verdict.verdict_class.value,
        "rule": evidence.rule,
        "words": list(evidence.words),
        "numbers": [list(each) for each in evidence.numbers],
        "record_id": evidence.record_id,
        "compared_with": evidence.compared_with,
        "status": check.status,
        "final_url": check.final_url,
        "redirects": list(check.redirects),
        "not_before": check.not_before.isoformat() if check.not_before else None,
        "incident": check.incident.value if check.incident else None,
        "run_id": check.run_id,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _incident_json(incident: HostIncident) -> dict[str, object]:
    return {
        "incident_of": incident.host,
        "began": incident.began.isoformat(),
        "until": incident.until.isoformat(),
        "alike": incident.alike.value,
        "run_id": incident.run_id,
    }


def _mark_json(mark: Mark) -> dict[str, object]:
    return {
        "mark": mark.url,
        "at": mark.at.isoformat(),
        "state": mark.state.value if mark.state else None,
        "why": mark.why,
        "who": mark.who,
        "until_contradicted": mark.until_contradicted,
    }


def _mark_from(value: Mapping[str, object]) -> Mark:
    state = _text_or_none(value["state"])
    return Mark(
        url=_text(value["mark"]),
        at=_time(value["at"]),
        state=None if state is None else Standing(state),
        why=_text(value["why"]),
        who=_text(value["who"]),
        until_contradicted=value.get("until_contradicted") is True,
    )


def _check_from(value: Mapping[str, object]) -> Check:
    evidence = Evidence(
        rule=_text(value["rule"]),
        words=tuple(_texts(value.get("words", []))),
        numbers=tuple(_numbers(value.get("numbers", []))),
        record_id=_text_or_none(value.get("record_id")),
        compared_with=_text_or_none(value.get("compared_with")),
    )
    incident = value.get("incident")
    not_before = value.get("not_before")
    return Check(
        url=_text(value["check"]),
        at=_time(value["at"]),
        verdict=Verdict(state=VerdictState(_text(value["state"])), evidence=evidence),
        status=_number_or_none(value.get("status")),
        final_url=_text_or_none(value.get("final_url")),
        redirects=tuple(_texts(value.get("redirects", []))),
        not_before=None if not_before is None else _time(not_before),
        incident=None if incident is None else Incident(_text(incident)),
        run_id=_number_or_none(value.get("run_id")),
    )


def _incident_from(value: Mapping[str, object]) -> HostIncident:
    return HostIncident(
        host=_text(value["incident_of"]),
        began=_time(value["began"]),
        until=_time(value["until"]),
        alike=Alike(_text(value["alike"])),
        run_id=_number_or_none(value.get("run_id")),
    )


# --- values of a file that somebody may have written by hand ---


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no text: {value!r}")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _texts(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        raise TypeError(f"no list: {value!r}")
    return (_text(each) for each in value)


def _numbers(value: object) -> Iterator[tuple[str, float]]:
    if not isinstance(value, list):
        raise TypeError(f"no list: {value!r}")
    return ((_text(name), float(number)) for name, number in value)


def _number_or_none(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError(f"no whole number: {value!r}")


def _time(value: object) -> datetime:
    return datetime.fromisoformat(_text(value))
