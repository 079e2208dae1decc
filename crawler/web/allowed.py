"""Of captures that are to be handed on, those that the access rules let out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.access_rules import Access
from archive.link_rows import chunks
from archive.schema import captures
from archive.wacz_selection import Chosen, capture_id, ids_of
from crawler.web.supply import Supply


def allowed(supply: Supply, connection: sa.Connection, chosen: Chosen) -> Chosen:
    """What may be given out of `chosen`: no revisit either of a record that may not, for it names that one."""
    if not supply.rules.restricts:
        return chosen
    known = set(_allowed_ids(supply, connection, chosen))
    places = {name: [each for each in some if capture_id(each) in known] for name, some in chosen.places.items()}
    return replace(chosen, places={name: some for name, some in places.items() if some})


def any_named(supply: Supply, connection: sa.Connection, chosen: Chosen) -> bool:
    """Whether any of `chosen` may be named."""
    now = supply.now()
    return any(supply.rules.access(row.url, row.at, now) is not Access.EXCLUDE for row in _rows(connection, chosen))


def _allowed_ids(supply: Supply, connection: sa.Connection, chosen: Chosen) -> Iterator[int]:
    now = supply.now()
    for row in _rows(connection, chosen):
        original = [] if row.original_url is None else [(row.original_url, row.original_at)]
        if all(supply.rules.access(url, at, now) is Access.ALLOW for url, at in [(row.url, row.at), *original]):
            yield row.id


def _rows(connection: sa.Connection, chosen: Chosen) -> Iterator[sa.Row[Any]]:
    for places in chosen.places.values():
        for some in chunks(ids_of(places)):
            yield from connection.execute(_with_originals, {"b_ids": some})


_original = captures.alias("original")
_with_originals: sa.Select[Any] = (
    sa.select(
        captures.c.id,
        captures.c.url,
        captures.c.at,
        _original.c.url.label("original_url"),
        _original.c.at.label("original_at"),
    )
    .select_from(captures)
    .outerjoin(_original, _original.c.record_id == captures.c.refers_to)
    .where(captures.c.id.in_(bindparam("b_ids", expanding=True)))
)
