"""Keeps what is drawn from the catalogue up to date: the figures at a glance, and the index of the search.

A thread of its own looks now and then whether the catalogue changed. It takes no lock of the collection, and rests ten
times as long as it worked: beside a crawl that commits every second it costs at most a tenth of a core.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import CatalogueUnavailable, SourcekeepError
from archive.figures import Figures, figures
from archive.search import NAME, SearchIndex
from archive.search_update import update

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
_REST = 10  # times as long as the work took

Mark = tuple[int, int]


class Refresher:
    """The figures and the search of a collection. `current` and `index` may be used from any thread."""

    def __init__(self, collection: Collection, catalogue: Catalogue, *, now: Callable[[], datetime]) -> None:
        self.current: Figures | None = None  # none have been drawn yet
        self.index: SearchIndex | None = None  # there is none yet
        self.problem: str | None = None  # why these are not up to date
        self._collection = collection
        self._catalogue = catalogue
        self._now = now
        self._seen: Mark | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)
        self._prepared: SearchIndex | None = None
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Begin, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End. What was half done is done again by the next."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        if self._own_folder is not None:
            self._own_folder.cleanup()

    def refresh(self) -> None:
        """Draw the figures and bring the search up to date, now. Raises SourcekeepError."""
        index = self.prepared()
        self.current = figures(self._catalogue, self._now())
        update(index, self._catalogue, self._collection, stop=self._stopped.is_set)
        self.index = index

    def prepared(self) -> SearchIndex:
        """The index, in the collection if it may be written there, else in a folder that goes with us."""
        if self._prepared is None:
            try:
                self._prepared = _ready(SearchIndex(self._collection.indexes / NAME))
            except CatalogueUnavailable:
                self._own_folder = tempfile.TemporaryDirectory(prefix="sourcekeep-search-")
                self._prepared = _ready(SearchIndex(Path(self._own_folder.name) / NAME))
        return self._prepared

    def _run(self) -> None:
        rest = 0.0
        while not self._stopped.wait(rest):
            rest = LOOK_EVERY_S
            mark = _mark(self._collection.catalogue)
            if mark == self._seen and mark is not None:
                continue
            began = time.monotonic()
            try:
                self.refresh()
                self._seen, self.problem = mark, None
            except (SourcekeepError, OSError) as error:
                self.problem = str(error)
                logger.warning("the figures and the search are not up to date: %s", error)
            rest = max(LOOK_EVERY_S, _REST * (time.monotonic() - began))


def _ready(index: SearchIndex) -> SearchIndex:
    index.prepare()
    return index


def _mark(path: Path) -> Mark | None:
    """What changes with each commit to the catalogue: which file it is, and SQLite's count in its log and itself."""
    with suppress(OSError):
        files = [path.with_name(path.name + each) for each in ("", "-wal")]
        found = [each.stat() for each in files if each.exists()]
        return found[0].st_ino, hash(tuple((each.st_size, each.st_mtime_ns) for each in found))
    return None
