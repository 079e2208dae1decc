"""Checks, marks and states as rows, and back (pure)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from archive.checks import Check, Counted, HostIncident, LinkState, Mark
from archive.link_rows import Row
from archive.schema import EPOCH, storable
from archive.verdicts import Evidence, Verdict, VerdictState

_MICROSECOND = timedelta(microseconds=1)
AnyRow = sa.Row[Any]

# --- checks ---


def check_row(check: Check, link_id: int | None) -> Row:
    """The row of `checks`, its values as the database holds them: there are many, and binding types costs more than
    writing.
    """
    evidence = check.verdict.evidence
    return {
        "url": storable(check.url),
        "at": _micros(check.at),
        "link_id": link_id,
        "state": check.verdict.state,
        "verdict_class": check.verdict.verdict_class,
        "rule": evidence.rule,
        "evidence": _evidence_json(evidence),
        "status": check.status,
        "final_url": None if check.final_url is None else storable(check.final_url),
        "redirects": json.dumps(check.redirects) if check.redirects else None,
        "record_id": evidence.record_id,
        "compared_with": evidence.compared_with,
        "not_before": _micros(check.not_before),
        "incident": check.incident,
        "run_id": check.run_id,
    }


def check_from(row: AnyRow) -> Check:
    """The check of a row of `checks`."""
    found = json.loads(row.evidence) if row.evidence else {"words": (), "numbers": ()}
    evidence = Evidence(
        rule=row.rule,
        words=tuple(found["words"]),
        numbers=tuple((name, number) for name, number in found["numbers"]),
        record_id=row.record_id,
        compared_with=row.compared_with,
    )
    return Check(
        url=row.url,
        at=row.at,
        verdict=Verdict(state=row.state, evidence=evidence),
        status=row.status,
        final_url=row.final_url,
        redirects=tuple(json.loads(row.redirects)) if row.redirects else (),
        not_before=row.not_before,
        incident=row.incident,
        run_id=row.run_id,
    )


def _evidence_json(evidence: Evidence) -> str | None:
    if not evidence.words and not evidence.numbers:
        return None
    return json.dumps({"words": evidence.words, "numbers": evidence.numbers})


# --- marks, incidents ---


def mark_row(mark: Mark) -> Row:
    """The row of `marks`."""
    return {
        "url": mark.url,
        "at": mark.at,
        "state": mark.state,
        "why": mark.why,
        "who": mark.who,
        "until_contradicted": int(mark.until_contradicted),
    }


def mark_from(row: AnyRow) -> Mark:
    """The mark of a row of `marks`."""
    return Mark(
        url=row.url,
        state=row.state,
        why=row.why,
        who=row.who,
        at=row.at,
        until_contradicted=bool(row.until_contradicted),
    )


def incident_from(row: AnyRow) -> HostIncident:
    """The incident of a row of `host_incidents` with its host's `key`."""
    return HostIncident(host=row.key, began=row.began, until=row.until, alike=row.alike, run_id=row.run_id)


# --- states ---


def state_row(state: LinkState, *, replay: bool) -> Row:
    """The row of `link_states` as the database holds it, but for what the link's own row knows: its id, host, kind."""
    last_check = _micros(state.last_check)
    return {
        "url": storable(state.url),
        "state": state.state,
        "since": _micros(state.since),
        "found": state.found,
        "found_at": _micros(state.found_at),
        "points": state.points,
        "evidence": _counted_json(state.evidence),
        "last_check": last_check,
        "last": state.last,
        "last_at": last_check if state.last_at is state.last_check else _micros(state.last_at),
        "last_alive": last_check if state.last_alive is state.last_check else _micros(state.last_alive),
        "returned_at": _micros(state.returned_at),
        "pace": state.pace,
        "streak": state.streak,
        "interval": state.interval // _MICROSECOND,
        "next_due": _micros(state.next_due),
        "mark_at": _micros(state.mark.at) if state.mark else None,
        "replay": int(replay),
        "weekday": weekday(state.url),
    }


def state_from(row: AnyRow, mark: Mark | None) -> LinkState:
    """The state of a row of `link_states`; `mark` is the one its `mark_at` names."""
    return LinkState(
        url=row.url,
        next_due=row.next_due,
        found=row.found,
        found_at=row.found_at,
        evidence=_counted(row.evidence) if row.evidence else (),
        last_check=row.last_check,
        last=row.last,
        last_at=row.last_at,
        last_alive=row.last_alive,
        returned_at=row.returned_at,
        pace=row.pace,
        streak=row.streak,
        interval=row.interval * _MICROSECOND,
        mark=mark,
    )


def weekday(url: str) -> int:
    """A day of the week for a link, 0 to 6, the same for ever."""
    return blake2b(storable(url).encode("utf-8"), digest_size=4).digest()[0] % 7


def _counted_json(evidence: tuple[Counted, ...]) -> str | None:
    if not evidence:
        return None
    return json.dumps([[_micros(each.at), each.state.value, each.points, each.record_id] for each in evidence])


def _counted(text: str) -> tuple[Counted, ...]:
    return tuple(
        Counted(at=_time(at), state=VerdictState(state), points=points, record_id=record_id)
        for at, state, points, record_id in json.loads(text)
    )


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return EPOCH + microseconds * _MICROSECOND
