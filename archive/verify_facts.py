"""What records beside the captures tell of (surveys, checks, marks), against the rows drawn from them, both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from archive.check_codec import check_from, mark_from
from archive.check_records import fact_json, facts_from
from archive.checks import Check, Mark
from archive.link_rows import fetchable
from archive.model import Reason
from archive.records import FIELDS, Headers, clean_text
from archive.schema import EPOCH, SurveyState, captures, checks, links, marks, needs, runs, storable, surveys
from archive.survey_rows import may_be_kept
from archive.surveys import Needed, Survey, survey_fields, survey_from_fields, worth_keeping
from archive.verify_faults import Fault, FaultKind
from archive.verify_records import Seen
from archive.verify_scratch import Said, Scratch, Told

_STREAMED = 1000
_MICROSECOND = timedelta(microseconds=1)

# --- records ---


def note_survey(scratch: Scratch, seen: Seen) -> None:
    """Remember a record of what was seen in a capture."""
    if seen.header("Content-Type") != FIELDS or not seen.about.startswith(b"surveyed:"):
        return
    fields = tuple(_fields(seen.about))
    for about in seen.ids("WARC-Refers-To"):
        said = _said(fields)
        if said is not None:
            scratch.note_survey(about, said)


def note_facts(scratch: Scratch, seen: Seen) -> None:
    """Remember the checks and marks that a record tells of."""
    about = next(iter(seen.ids("WARC-Refers-To")), None)
    for fact in facts_from(seen.about, about=about):
        if isinstance(fact, Check | Mark):
            scratch.note_fact(_told(fact))


def _fields(block: bytes) -> Iterator[tuple[str, str]]:
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def _said(fields: Headers) -> Said | None:
    survey = survey_from_fields("", EPOCH, fields)
    if survey is None:
        return None
    own = (survey.state, survey.kind, survey.why, survey.picture, survey.picture_problem)
    names = (survey.canonical, survey.amphtml, survey.og_url)
    said = (*own, *names, [(need.url, need.role, need.how, _left(need)) for need in survey.needs])
    failed = survey.state is SurveyState.FAILED
    return Said(_digest(storable(json.dumps(said, ensure_ascii=False))), failed, len(survey.needs))


def _left(need: Needed) -> Reason | None:
    """Why it was left; what a budget left out may have been taken in since, by a larger one."""
    return None if need.reason is Reason.OVER_BUDGET and not need.is_rest else need.reason


def _told(fact: Check | Mark) -> Told:
    said = fact_json(fact)
    said.pop("incident", None)
    if isinstance(fact, Check):
        said["numbers"] = [(name, float(number)) for name, number in fact.verdict.evidence.numbers]
    digest = _digest(storable(json.dumps(said, ensure_ascii=False)))
    incident = fact.incident.value if isinstance(fact, Check) and fact.incident else None
    run_id = fact.run_id if isinstance(fact, Check) else None
    return Told(_kind(fact), storable(fact.url), _micros(fact.at), digest, incident, run_id)


def _kind(fact: Check | Mark) -> str:
    return "check" if isinstance(fact, Check) else "mark"


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _micros(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


# --- surveys ---


def check_surveys(connection: sa.Connection, scratch: Scratch, away: sa.Select[tuple[str]]) -> Iterator[Fault]:
    """What captures need is what the records say that tell of it; those of captures in `away` are left alone."""
    of_capture = _needs(connection, away)
    following = next(of_capture, None)
    query = sa.select(surveys).where(surveys.c.record_id.not_in(away)).order_by(surveys.c.record_id)
    for row in connection.execution_options(yield_per=_STREAMED).execute(query):
        needed: list[Needed] = []
        while following is not None and following[0] <= row.record_id:
            if following[0] == row.record_id:
                needed.append(following[1])
            following = next(of_capture, None)
        yield from _survey_faults(_survey(row, needed), scratch.surveys(row.record_id))
    yield from _unknown_surveys(connection, scratch)


def check_links_of_needs(connection: sa.Connection) -> Iterator[Fault]:
    """Each thing that a capture needs is fetched as the link of its address, or not at all, for a reason."""
    query = sa.select(needs.c.record_id, needs.c.position, needs.c.url, needs.c.role, needs.c.how, needs.c.reason,
                      links.c.url.label("link")).outerjoin(links, links.c.id == needs.c.link_id)  # fmt: skip
    # Most are written as their links are; only of the others the address has to be worked out.
    query = query.where(sa.or_(links.c.id.is_(None), links.c.url != needs.c.url, needs.c.reason.is_not(None)))
    for row in connection.execution_options(yield_per=_STREAMED).execute(query):
        need = Needed(url=row.url, role=row.role, how=row.how, reason=row.reason)
        wanted = fetchable(need.url) if may_be_kept(need) else None
        if row.link != wanted and (row.link is not None or need.reason is None):
            what = f"what it needs, number {row.position}, is fetched as {row.link}, not as {wanted}"
            yield Fault(
                kind=FaultKind.WRONG_SURVEY, where=f"capture {row.record_id}", what=what, record_id=row.record_id
            )


def _needs(connection: sa.Connection, away: sa.Select[tuple[str]]) -> Iterator[tuple[str, Needed]]:
    query = sa.select(needs).where(needs.c.record_id.not_in(away)).order_by(needs.c.record_id, needs.c.position)
    for row in connection.execution_options(yield_per=_STREAMED).execute(query):
        yield row.record_id, Needed(url=row.url, role=row.role, how=row.how, reason=row.reason)


def _survey(row: sa.Row[tuple[object, ...]], needed: Iterable[Needed]) -> Survey:
    return Survey(
        record_id=row.record_id,
        state=row.state,
        at=row.at,
        kind=row.kind,
        why=row.why,
        picture=row.picture,
        picture_problem=row.picture_problem,
        canonical=row.canonical,
        amphtml=row.amphtml,
        og_url=row.og_url,
        needs=tuple(needed),
    )


def _survey_faults(survey: Survey, kept: list[Said]) -> Iterator[Fault]:
    where, record_id = f"capture {survey.record_id}", survey.record_id
    read = [each for each in kept if each.failed == (survey.state is SurveyState.FAILED)]
    if not worth_keeping(survey):
        if any(not each.failed for each in kept):
            what = "says nothing of what it needs; a record does"
            yield Fault(kind=FaultKind.WRONG_SURVEY, where=where, what=what, record_id=record_id)
        return
    said = _said(tuple((name, clean_text(value)) for name, value in survey_fields(survey)))
    if not read:
        what = f"needs {len(survey.needs)} things, says the catalogue; no record tells of it"
        yield Fault(kind=FaultKind.MISSING_SURVEY, where=where, what=what, record_id=record_id)
    elif said is None or said.digest not in [each.digest for each in read]:
        counts = " or ".join(str(each.needs) for each in read)
        what = f"needs {len(survey.needs)} things, says the catalogue; its record says otherwise, of {counts}"
        yield Fault(kind=FaultKind.WRONG_SURVEY, where=where, what=what, record_id=record_id)


def _unknown_surveys(connection: sa.Connection, scratch: Scratch) -> Iterator[Fault]:
    """Captures of which a record says what they need, and no row."""
    kind = FaultKind.UNTAKEN if None in _ends(connection).values() else FaultKind.WRONG_SURVEY
    known = sa.select(captures.c.record_id, surveys.c.record_id.label("survey")).outerjoin(
        surveys, surveys.c.record_id == captures.c.record_id
    )
    by_record = known.where(captures.c.record_id == sa.bindparam("b_record"))
    for record_id in scratch.surveyed():
        row = connection.execute(by_record, {"b_record": record_id}).first()
        if row is not None and row.survey is None:
            what = "a record says what it needs, and the catalogue has not that it was looked at"
            yield Fault(kind=kind, where=f"capture {record_id}", what=what, record_id=record_id)


# --- checks and marks ---


def check_facts(
    connection: sa.Connection, scratch: Scratch, *, is_all_there: bool, marks_wait: bool
) -> Iterator[Fault]:
    """Checks and marks are what the records say that tell of them.

    Rows that no record tells of are only faults if `is_all_there`: else what told of them may be lost. `marks_wait`:
    some marks are in no WARC yet.
    """
    for fact in _facts(connection):
        told, row = scratch.take_fact(_kind(fact), storable(fact.url), _micros(fact.at)), _told(fact)
        if told is None and is_all_there and not (marks_wait and isinstance(fact, Mark)):
            yield _fault(row, "is in the catalogue, and no record tells of it")
        elif told is not None and (told.digest, told.incident) != (row.digest, row.incident):
            yield _fault(row, "is not what its record says")
    ends = _ends(connection)
    for told in scratch.facts_left():
        was_killed = told.run_id is not None and told.run_id in ends and ends[told.run_id] is None
        what = "is in a record, and not in the catalogue"
        yield _fault(told, what, FaultKind.UNTAKEN if was_killed else None)


def _facts(connection: sa.Connection) -> Iterator[Check | Mark]:
    streamed = connection.execution_options(yield_per=_STREAMED)
    for row in streamed.execute(sa.select(checks).order_by(checks.c.id)):
        yield check_from(row)
    for row in streamed.execute(sa.select(marks).order_by(marks.c.url, marks.c.at)):
        yield mark_from(row)


def _fault(fact: Told, what: str, kind: FaultKind | None = None) -> Fault:
    if kind is None:
        kind = FaultKind.WRONG_CHECK if fact.kind == "check" else FaultKind.WRONG_MARK
    at = EPOCH + fact.at * _MICROSECOND
    return Fault(kind=kind, where=fact.url, what=f"its {fact.kind} of {at:%Y-%m-%d %H:%M:%S} {what}")


def _ends(connection: sa.Connection) -> dict[int, datetime | None]:
    """When each run ended; None: it was killed, between a record and its row perhaps."""
    return {row.id: row.ended_at for row in connection.execute(sa.select(runs.c.id, runs.c.ended_at))}
