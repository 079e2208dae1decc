"""A package in the making: what it is made of, and what is known of it so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.ledger import LedgerRow, ledger_rows
from archive.package_bag import Bag
from archive.package_warcs import Places
from archive.table_rows import is_chosen, moved
from archive.wacz_selection import Chosen, Selection

Progress = Callable[[str, int, int], object]  # what, bytes done, bytes in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a package is made of: a collection, as `connection` sees its catalogue; when, and by what program."""

    connection: sa.Connection
    catalogue: Catalogue
    collection: Collection
    now: datetime
    software: str  # "sourcekeep 0.1.0"


@dataclass(slots=True, kw_only=True)
class Work:
    """A package so far."""

    origin: Origin
    selection: Selection
    chosen: Chosen
    bag: Bag
    places: Places
    scratch: Path
    progress: Progress
    done: int = 0  # bytes of records
    total: int = 0
    problems: list[str] = field(default_factory=list)

    def ledger(self) -> Iterator[LedgerRow]:
        """The chosen citations, with the places their records have in the package."""
        rows = ledger_rows(self.origin.catalogue, self.origin.now)
        return (moved(row, self.places.of) for row in rows if is_chosen(row, self.chosen))

    def record_id(self, what: str) -> str:
        """The name of a record that the package alone has: the same whenever it is made again."""
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self.selection.title} {self.origin.now.isoformat()} {what}')}"
