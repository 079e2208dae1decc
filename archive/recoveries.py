"""What was tried to bring dead links back, and what came of it: the table `recoveries`.

Everything here takes the caller's connection and begins no transaction of its own. Rows are only added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from archive.captures import metadata_fields
from archive.link_rows import chunks
from archive.mementos import Recovery, RecoveryOutcome
from archive.reader import Record
from archive.schema import WarcState, captures, links, recoveries, warcs
from archive.upsert import upsert

_COLUMNS = tuple(recoveries.c[name] for name in Recovery.__slots__)


def insert_recoveries(connection: sa.Connection, made: Sequence[Recovery]) -> set[int]:
    """Add what came of asking, each once; the ids of the links that have another copy now."""
    if not made:
        return set()
    add = upsert(connection.dialect.name, recoveries).on_conflict_do_nothing()
    connection.execute(add, [asdict(each) for each in made])
    found: set[int] = set()
    for some in chunks(sorted({each.url for each in made if each.outcome is RecoveryOutcome.RECOVERED})):
        found.update(connection.execute(sa.select(links.c.id).where(links.c.url.in_(some))).scalars())
    return found


def recoveries_of(connection: sa.Connection, url: str | None = None) -> Iterator[Recovery]:
    """All that was tried, or all for one link; by link, then by time."""
    query = sa.select(*_COLUMNS).order_by(recoveries.c.url, recoveries.c.asked_at, recoveries.c.id)
    if url is not None:
        query = query.where(recoveries.c.url == url)
    for row in connection.execution_options(yield_per=500).execute(query):
        yield _recovery(row)


def last_asked(connection: sa.Connection, url: str, *, since: datetime) -> dict[str, Recovery]:
    """What came of a link by archive, the last time since then; what was brought back before counts as well, as long as
    the record of it is there."""
    query = sa.select(*_COLUMNS).where(recoveries.c.url == url).order_by(recoveries.c.asked_at, recoveries.c.id)
    query = query.where(
        sa.or_(
            sa.and_(recoveries.c.asked_at >= since, recoveries.c.outcome != RecoveryOutcome.RECOVERED),
            sa.and_(recoveries.c.outcome == RecoveryOutcome.RECOVERED, _is_held),
        )
    )
    return {row.archive: _recovery(row) for row in connection.execute(query)}


def recovered_records(connection: sa.Connection, urls: Collection[str]) -> dict[str, list[Recovery]]:
    """Of these links, the recoveries that have a record, by link, oldest first."""
    found: dict[str, list[Recovery]] = {}
    query = sa.select(*_COLUMNS).where(recoveries.c.record_id.is_not(None)).order_by(recoveries.c.id)
    for some in chunks(sorted(urls)):
        for row in connection.execute(query.where(recoveries.c.url.in_(some))):
            found.setdefault(row.url, []).append(_recovery(row))
    return found


def recovery_of(event: Sequence[Record]) -> Recovery | None:
    """What a capture event says that it brought back (pure), the record that stands for it first; None for all others.

    Archived redirects on the way to a memento say nothing. Raises DamagedRecord.
    """
    fields = dict(metadata_fields(event))
    main, link = event[0], fields.get("recovers")
    if link is None:
        return None
    return Recovery(
        url=link,
        archive=fields.get("sourceArchive", ""),
        asked_at=_creation_date(main),
        outcome=RecoveryOutcome.RECOVERED,
        memento_url=main.header("WARC-Source-URI"),
        captured_at=main.at,
        record_id=main.record_id,
    )


def _creation_date(record: Record) -> datetime:
    """When we fetched it. What is no date is taken for that of the record."""
    try:
        at = datetime.fromisoformat(record.header("WARC-Creation-Date") or "")
    except ValueError:
        return record.at
    return at if at.tzinfo is not None else record.at


def recovery_counts(connection: sa.Connection) -> dict[RecoveryOutcome, int]:
    """How many links have each outcome, by what each archive said last."""
    pairs = sa.select(recoveries.c.url, recoveries.c.archive, recoveries.c.outcome).order_by(recoveries.c.id)
    last = {(row.url, row.archive): row.outcome for row in connection.execute(pairs)}
    said: dict[str, list[RecoveryOutcome]] = {}
    for (url, _), outcome in last.items():
        said.setdefault(url, []).append(outcome)
    counts = Counter(summed_up(outcomes) for outcomes in said.values())
    return {outcome: counts[outcome] for outcome in _RANK if counts[outcome]}


# Best first. What one archive could not tell another may know: an outage weighs more than an absence.
_RANK = (
    RecoveryOutcome.RECOVERED,
    RecoveryOutcome.SAVED,
    RecoveryOutcome.ARCHIVE_UNAVAILABLE,
    RecoveryOutcome.EXCLUDED,
    RecoveryOutcome.NOT_ARCHIVED,
)


def summed_up(outcomes: Collection[RecoveryOutcome]) -> RecoveryOutcome | None:
    """What several archives come to for one link (pure); None if none was asked."""
    return min(outcomes, key=_RANK.index, default=None)


_is_held = sa.exists().where(
    captures.c.record_id == recoveries.c.record_id,
    warcs.c.id == captures.c.warc_id,
    warcs.c.state != WarcState.MISSING,
)


def _recovery(row: sa.Row[tuple[object, ...]]) -> Recovery:
    return Recovery(**row._mapping)  # noqa: SLF001  (its public name, says SQLAlchemy)
