"""What a repair cannot make whole: noted as lost, no longer counted on, and what was drawn from it drawn again."""

from __future__ import annotations

from collections.abc import Collection as Group
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.link_rows import chunks, mark_dirty
from archive.losses import Loss, LossKind, read_losses, write_losses
from archive.schema import articles, captures, links, needs, surveys, warcs
from archive.verify_faults import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who lets go, and when."""

    who: str
    at: datetime


def span_of(loss: Loss) -> Span:
    """The bytes that a loss is about."""
    return Span(warc=loss.warc, start=loss.start, end=loss.end)


def note_losses(collection: Collection, lost: Mapping[Span, str], originals: Iterable[str], by: By) -> None:
    """Have losses.json say what cannot be read, and which records that revisits stand for. `lost` says why, each.

    Raises UsageError, StorageError.
    """
    new = [
        Loss(kind=LossKind.BYTES, at=by.at, who=by.who, why=why, warc=span.warc, start=span.start, end=span.end)
        for span, why in lost.items()
    ]
    if ids := tuple(sorted(originals)):
        why = "what revisits stand for cannot be read"
        new.append(Loss(kind=LossKind.ORIGINALS, at=by.at, who=by.who, why=why, record_ids=ids))
    if new:
        write_losses(collection.root, read_losses(collection.root).plus(new))


def note_found_again(collection: Collection, still_lost: Group[Span], now: datetime) -> None:
    """Have losses.json say so of bytes that are lost in it and there again, as in a file out of a backup."""
    losses = read_losses(collection.root)
    back = [
        loss
        for loss in losses.noted
        if loss.kind is LossKind.BYTES
        and loss.is_open
        and span_of(loss) not in still_lost
        and (collection.warcs / loss.warc).is_file()
    ]
    if back:
        write_losses(collection.root, losses.returned(back, now))


def count_on_less(catalogue: Catalogue, collection: Collection, lost: Iterable[Span]) -> int:
    """Of files whose end is lost, count on what is there; how many there are."""
    number = 0
    for span in lost:
        path = collection.warcs / span.warc
        if path.is_file() and path.stat().st_size == span.start < span.end:
            shorter = sa.update(warcs).where(warcs.c.name == span.warc, warcs.c.committed_offset == span.end)
            with catalogue.writing() as connection:
                number += connection.execute(shorter.values(committed_offset=span.start)).rowcount
    return number


def read_again(catalogue: Catalogue, texts: Sequence[str], looked: Sequence[str]) -> None:
    """Forget articles whose text is lost, and surveys that are not what a record says: the next run makes others.

    `texts` and `looked` are record ids of captures.
    """
    with catalogue.writing() as connection:
        for some in chunks(texts):
            connection.execute(sa.delete(articles).where(articles.c.record_id.in_(some)))
        for some in chunks(looked):
            connection.execute(sa.delete(needs).where(needs.c.record_id.in_(some)))
            connection.execute(sa.delete(surveys).where(surveys.c.record_id.in_(some)))
        for some in chunks([*texts, *looked]):
            told = sa.or_(captures.c.record_id.in_(some), captures.c.refers_to.in_(some))
            of_them = sa.select(links.c.id).join(captures, captures.c.url == links.c.url).where(told)
            mark_dirty(connection, connection.execute(of_them).scalars().all())
