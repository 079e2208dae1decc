"""The catalogue against itself: nothing done without a capture, no reference into the void, a ledger that adds up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.errors import CatalogueUnavailable, SourcekeepError
from archive.ledger import count_citations, ledger_rows, reconcile
from archive.losses import Losses
from archive.mark_records import are_waiting
from archive.model import Reason, RecordKind, Via
from archive.schema import (
    Stage,
    WarcState,
    aliases,
    articles,
    captures,
    checks,
    citations,
    event_versions,
    events,
    links,
    needs,
    pages,
    surveys,
    warcs,
)
from archive.verdicts import VerdictState
from archive.verify_facts import check_facts, check_links_of_needs, check_surveys
from archive.verify_faults import Fault, FaultKind
from archive.verify_scratch import Scratch
from archive.verify_types import check_types

_STREAMED = 1000
_MOST_COMPLAINTS = 100  # of the database about itself


def check_database(catalogue: Catalogue) -> Iterator[Fault]:
    """What the database finds wrong with itself. If anything, nothing else can be asked of it."""
    with catalogue.reading() as connection:
        if connection.dialect.name != "sqlite":
            return
        for (said,) in connection.exec_driver_sql(f"PRAGMA quick_check({_MOST_COMPLAINTS})").all():
            if said != "ok":
                yield Fault(kind=FaultKind.DAMAGED_CATALOGUE, where="catalogue.db", what=str(said))
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST_COMPLAINTS)
        yield from check_types(connection)
    for table, row_id, target, _ in broken:
        what = f"row {row_id} refers to a row of {target} that is not there"
        yield Fault(kind=FaultKind.BROKEN_REFERENCE, where=f"catalogue.db, {table}", what=what)


def check_catalogue(
    catalogue: Catalogue, scratch: Scratch, *, losses: Losses, is_all_there: bool, is_whole: bool, now: datetime
) -> Iterator[Fault]:
    """What contradicts itself in what the catalogue says. `scratch` knows what the WARCs say.

    Texts, surveys and checks are only looked for if `is_all_there`: else they lie in a WARC that is missing, which was
    said. `is_whole`: nor is anything damaged or lost in those that are there.
    """
    marks_wait = are_waiting(catalogue)
    with catalogue.reading() as connection:
        for kind, what, query in _RULES:
            for (where,) in _streamed(connection, query):
                yield Fault(kind=kind, where=str(where), what=what)
        yield from _revisits(connection, losses)
        if is_all_there:
            yield from _texts(connection, scratch)
            yield from check_surveys(connection, scratch, _away)
            yield from check_links_of_needs(connection)
            yield from check_facts(connection, scratch, is_all_there=is_whole, marks_wait=marks_wait)
    try:
        reconcile(ledger_rows(catalogue, now), expected=count_citations(catalogue))
    except CatalogueUnavailable:
        raise
    except SourcekeepError as error:
        yield Fault(kind=FaultKind.LEDGER, where="catalogue.db", what=str(error))


def _streamed(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> Iterator[sa.Row[tuple[object, ...]]]:
    yield from connection.execution_options(yield_per=_STREAMED).execute(query)


def _texts(connection: sa.Connection, scratch: Scratch) -> Iterator[Fault]:
    """Each article's text lies in a conversion record that refers to its capture."""
    query = sa.select(articles.c.record_id, articles.c.conversion_id).where(articles.c.conversion_id.is_not(None))
    query = query.where(articles.c.record_id.not_in(_away))
    for row in _streamed(connection, query):
        if scratch.text(row.conversion_id) != row.record_id:
            what = f"its text is to be in the record {row.conversion_id}, which is not there or of another article"
            yield Fault(
                kind=FaultKind.MISSING_TEXT, where=f"capture {row.record_id}", what=what, record_id=row.record_id
            )


def _revisits(connection: sa.Connection, losses: Losses) -> Iterator[Fault]:
    """What our own revisits stand for is there, or noted as lost."""
    for row in _streamed(connection, broken_revisits(losses)):
        loss = losses.originals.get(row.refers_to or "")
        if loss is None:
            what = "stands for a record that is not there, cut off, or that holds another payload"
            yield Fault(kind=FaultKind.BROKEN_REVISIT, where=row.record_id, what=what, record_id=row.refers_to)
        else:
            what = f"stands for a record that is lost; noted {loss.at:%Y-%m-%d} by {loss.who}: {loss.why}"
            yield Fault(kind=FaultKind.ACCEPTED_LOSS, where=row.record_id, what=what, noted=loss)


def broken_revisits(losses: Losses) -> sa.Select[tuple[object, ...]]:
    """Our own revisits that stand for nothing that can be read: `record_id`, `refers_to`. One whose original lies in a
    WARC that is missing is none, unless that is lost for good: the file may come back."""
    lost = sa.select(warcs.c.id).where(warcs.c.name.in_(sorted(losses.warcs)), warcs.c.state == WarcState.MISSING)
    return (
        sa.select(captures.c.record_id, captures.c.refers_to)
        .outerjoin(_original, _original.c.record_id == captures.c.refers_to)
        .where(
            captures.c.kind == RecordKind.REVISIT,
            captures.c.via != Via.IMPORT,
            captures.c.warc_id.not_in(lost),
            sa.or_(_is_wrong, _original.c.warc_id.in_(lost)),
        )
    )


# Captures in WARCs that are missing: what was drawn from them counts again when they come back.
_away = sa.select(captures.c.record_id).join_from(captures, warcs).where(warcs.c.state == WarcState.MISSING)
_original = captures.alias("original")
_is_wrong = sa.or_(
    _original.c.id.is_(None),
    _original.c.kind.not_in((RecordKind.RESPONSE, RecordKind.RESOURCE)),
    _original.c.truncated.is_not(None),
    sa.and_(
        _original.c.payload_sha1.is_not(None),
        captures.c.payload_sha1.is_not(None),
        _original.c.payload_sha1 != captures.c.payload_sha1,
    ),
)
_RULES: tuple[tuple[FaultKind, str, sa.Select[tuple[object, ...]]], ...] = (
    (
        FaultKind.DONE_WITHOUT_CAPTURE,
        "is marked done, and no record of it is known",
        sa.select(links.c.url).where(links.c.stage == Stage.DONE, links.c.capture_id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "is settled, and nobody knows why",
        sa.select(links.c.url).where(links.c.stage.in_((Stage.DONE, Stage.FAILED)), links.c.reason.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "is settled by the record of another address",
        sa.select(links.c.url)
        .join_from(links, captures, captures.c.id == links.c.capture_id)
        .where(captures.c.url != links.c.url),
    ),
    (
        FaultKind.WRONG_CHECK,
        "has a check of a class that is not its state's",
        sa.select(checks.c.url).where(
            sa.or_(
                *(
                    sa.and_(checks.c.state == state, checks.c.verdict_class != state.verdict_class)
                    for state in VerdictState
                )
            )
        ),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "has a check that is noted of another link",
        sa.select(checks.c.url)
        .join_from(checks, links, links.c.id == checks.c.link_id)
        .where(checks.c.url != links.c.url),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "redirects to a link that is not known",
        sa.select(links.c.url).where(
            links.c.stage == Stage.DONE, links.c.reason == Reason.MOVED, links.c.redirect_id.is_(None)
        ),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "was read from a record that is not known",
        sa.select(pages.c.key)
        .outerjoin(captures, captures.c.record_id == pages.c.record_id)
        .where(pages.c.record_id.is_not(None), captures.c.id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "has a version read from a record that is not known",
        sa.select(events.c.path)
        .join_from(events, event_versions, event_versions.c.event_id == events.c.id)
        .outerjoin(captures, captures.c.record_id == event_versions.c.page_record_id)
        .where(event_versions.c.page_record_id.is_not(None), captures.c.id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "has no version that is current",
        sa.select(events.c.path)
        .outerjoin(
            event_versions,
            sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version),
        )
        .where(event_versions.c.id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "has a citation that is neither a link nor has a reason why not, or both",
        sa.select(events.c.path)
        .join_from(events, event_versions, event_versions.c.event_id == events.c.id)
        .join(citations, citations.c.event_version_id == event_versions.c.id)
        .where(citations.c.link_id.is_(None) == citations.c.reason.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "has an article, and is not known itself",
        sa.select(articles.c.record_id)
        .outerjoin(captures, captures.c.record_id == articles.c.record_id)
        .where(captures.c.id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "has a survey, and is not known itself",
        sa.select(surveys.c.record_id)
        .outerjoin(captures, captures.c.record_id == surveys.c.record_id)
        .where(captures.c.id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "needs something, and was never surveyed",
        sa.select(needs.c.record_id)
        .distinct()
        .outerjoin(surveys, surveys.c.record_id == needs.c.record_id)
        .where(surveys.c.record_id.is_(None)),
    ),
    (
        FaultKind.BROKEN_REFERENCE,
        "is an alias proven by a record that is not known",
        sa.select(aliases.c.url)
        .outerjoin(captures, captures.c.record_id == aliases.c.proof)
        .where(aliases.c.proof.is_not(None), captures.c.id.is_(None)),
    ),
    (
        FaultKind.DANGLING_IMPORT,
        "stands for a record that is not here, or that holds another payload",
        sa.select(captures.c.record_id)
        .outerjoin(_original, _original.c.record_id == captures.c.refers_to)
        .where(captures.c.kind == RecordKind.REVISIT, captures.c.via == Via.IMPORT, _is_wrong),
    ),
)
