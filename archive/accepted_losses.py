"""A WARC given up: whoever keeps the collection says that it does not come back."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import UsageError
from archive.losses import Loss, LossKind, read_losses, write_losses
from archive.returned_warcs import lose
from archive.schema import captures, warcs
from archive.warc_files import OPEN


def accept_loss(catalogue: Catalogue, collection: Collection, name: str, *, who: str, why: str, now: datetime) -> Loss:
    """Note for good that the WARC `name` is lost, and have fetched again what it held. Again, it adds to
    the reason what is new of `why`, and changes nothing else.

    Raises UsageError where it is there, or was never one of the collection's; StorageError, CatalogueUnavailable.
    """
    losses = read_losses(collection.root)
    if any(os.path.lexists(collection.warcs / each) for each in (name, name + OPEN)):
        raise UsageError(
            f"{collection.warcs / name} is there: a loss is only accepted of a file that is not; "
            "see what `sourcekeep verify` says of it"
        )
    if name in losses.warcs:
        loss = _with_reason(losses.warcs[name], why)
    elif name in {warc.name for warc in catalogue.warcs()}:
        loss = Loss(kind=LossKind.WARC, at=now, who=who, why=why, warc=name, captures=_held(catalogue, name))
    else:
        raise UsageError(f"{name} is no WARC that the catalogue knows: there is nothing to accept")
    write_losses(collection.root, losses.plus([loss]).told_anew(loss))
    lose(catalogue, name)
    return loss


def _with_reason(loss: Loss, why: str) -> Loss:
    is_new = f"; {why}; " not in f"; {loss.why}; "
    return replace(loss, why=f"{loss.why}; {why}") if is_new else loss


def _held(catalogue: Catalogue, name: str) -> int:
    query = sa.select(sa.func.count()).select_from(captures).join(warcs).where(warcs.c.name == name)
    with catalogue.reading() as connection:
        return int(connection.execute(query).scalar_one())
