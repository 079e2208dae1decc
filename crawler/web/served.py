"""What the routes work with: a collection, its catalogue open for reading alone, and how it is served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.database import Database
from crawler.web.options import Options
from crawler.web.refresher import Refresher
from crawler.web.replay_page import Viewer
from crawler.web.supply import Supply


class Served:
    """A collection that is served. Any thread may use it."""

    def __init__(self, collection: Collection, options: Options) -> None:
        """An older catalogue is brought up to this version first.

        Raises UsageError for wrong access rules, NotACollection, CatalogueUnavailable.
        """
        collection.require()
        self.collection = collection
        self.options = options
        Catalogue.open(collection.catalogue, create=False).close()
        self.catalogue = Catalogue(Database.read_only(collection.catalogue))
        try:
            self.supply = Supply(collection, self.catalogue)
        except BaseException:
            self.catalogue.close()
            raise
        self.viewer = Viewer(self.supply)
        self.refresher = Refresher(collection, self.catalogue, now=self.now)
        self._file = self._which()

    @staticmethod
    def now() -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the catalogue, over a connection that cannot write."""
        file = self._which()
        if file != self._file:  # made anew from the WARCs: connections that are open still read the old one
            self._file = file
            self.catalogue.close()
        with self.catalogue.reading() as connection:
            yield connection

    def close(self) -> None:
        """Close what is open."""
        self.refresher.stop()
        self.viewer.packages.close()
        self.supply.close()
        self.catalogue.close()

    def _which(self) -> int | None:
        with suppress(OSError):
            return os.stat(self.collection.catalogue).st_ino  # noqa: PTH116 - at each request
        return None
