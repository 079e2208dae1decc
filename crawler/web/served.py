"""What the routes work with: a collection, its catalogue open for reading alone, and how it is served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.database import Database
from crawler.web.options import Options
from crawler.web.replay_page import Viewer
from crawler.web.supply import Supply


class Served:
    """A collection that is served. Any thread may use it."""

    def __init__(self, collection: Collection, options: Options) -> None:
        """Raises NotACollection, CatalogueUnavailable. An older catalogue is brought up to this version first."""
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

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the catalogue, over a connection that cannot write."""
        with self.catalogue.reading() as connection:
            yield connection

    def close(self) -> None:
        """Close what is open."""
        self.viewer.packages.close()
        self.supply.close()
        self.catalogue.close()
