"""The third step of a rebuild: what rechecks found becomes checks, incidents and the states of links again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from archive.catalogue import Catalogue
from archive.check_records import Fact, facts_from
from archive.check_rows import insert_checks, insert_incidents, insert_marks, note_incident
from archive.checks import Check, HostIncident, Mark
from archive.errors import SourcekeepError
from archive.model import RecordRef
from archive.reader import open_record
from archive.rebuild_documents import DocumentsFound

_AT_ONCE = 100  # records in one transaction
_LARGEST = 64 << 20  # bytes of a record


def read_checks(
    catalogue: Catalogue, folder: Path, found: DocumentsFound, *, now: datetime, report: Callable[[str], object]
) -> int:
    """Take in all that the records in `found` tell of checks, into a catalogue that has the links; how many checks.

    A check is told of once more when it turns out to be part of an incident: that is all the second telling adds.
    Raises CatalogueUnavailable.
    """
    number = 0
    places = found.facts()
    while some := list(islice(places, _AT_ONCE)):
        facts = [fact for about, where in some for fact in _facts(folder, where, about, report)]
        number += _store(catalogue, facts, now)
    return number


def _facts(folder: Path, where: RecordRef, about: str | None, report: Callable[[str], object]) -> Iterator[Fact]:
    try:
        with open_record(folder, where).block() as block:
            payload = block.read(_LARGEST)
    except SourcekeepError as error:
        report(str(error))
        return
    yield from facts_from(payload, about=about)


def _store(catalogue: Catalogue, facts: Sequence[Fact], now: datetime) -> int:
    told = [fact for fact in facts if isinstance(fact, Check)]
    checks = list({(check.url, check.at): check for check in reversed(told)}.values())
    incidents = [fact for fact in facts if isinstance(fact, HostIncident)]
    marks = [fact for fact in facts if isinstance(fact, Mark)]
    with catalogue.linking() as (connection, host_ids):
        insert_incidents(connection, incidents, host_ids)
        insert_checks(connection, checks, host_ids, now=now)
        note_incident(connection, [check for check in told if check.incident is not None], host_ids, now=now)
        insert_marks(connection, marks, host_ids, now=now)
    return len(checks)
