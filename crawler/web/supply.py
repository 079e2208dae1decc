"""What the APIs and the replay work with beside the catalogue: the index, access rules, workers that may be killed.

One for each collection that is served; any thread may use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from archive.access_rules import Access, load_rules
from archive.capture_index import Asked, CaptureIndex
from archive.catalogue import Catalogue
from archive.cdx_query import Entry
from archive.cdxj import INDEX
from archive.collection import Collection
from archive.workers import Workers

_SECONDS = 8.0  # for a page to be made fit to show, or for a filter's regular expressions
_MEMORY = 768 << 20


class Supply:
    """The index, the rules and the workers of a collection."""

    def __init__(
        self, collection: Collection, catalogue: Catalogue, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raises UsageError where the access rules have a mistake."""
        self.collection = collection
        self.catalogue = catalogue
        self.rules = load_rules(collection.root)
        self.now = now
        self._index = CaptureIndex(collection.indexes / INDEX)
        self._workers: Workers | None = None
        self._lock = threading.Lock()

    def access(self, url: str, at: datetime) -> Access:
        """What becomes of who asks for the copy of `url` of that time."""
        return self.rules.access(url, at, self.now())

    @property
    def workers(self) -> Workers:
        """Processes for what strangers' bytes or patterns may make endless."""
        with self._lock:
            if self._workers is None:
                preload = ("archive.cdx_query", "crawler.web.rendering")
                self._workers = Workers(processes=2, seconds=_SECONDS, memory=_MEMORY, preload=preload)
            return self._workers

    @contextmanager
    def asked(self) -> Iterator[Asked]:
        """The index as it is now. No transaction is held meanwhile."""
        with ExitStack() as stack:
            with self.catalogue.reading() as connection:
                asked = stack.enter_context(self._index.asked(connection))
            yield asked

    def visible(self, lines: Iterator[Entry]) -> Iterator[Entry]:
        """Without what the rules exclude; what they block has a field `access` that says so."""
        if not self.rules.restricts:
            yield from lines
            return
        now = self.now()
        for line in lines:
            match self.rules.access_of_key(line.key, line.at, now):
                case Access.ALLOW:
                    yield line
                case Access.BLOCK:
                    yield line.having("access", "block")
                case Access.EXCLUDE:
                    pass

    def idle_rules(self) -> list[str]:
        """The keys of access rules that no capture is below: slips of the pen, it may be."""
        with self.asked() as asked:
            ranges = self.rules.ranges.items()
            return [key for key, (start, end) in ranges if next(asked.entries(start, end), None) is None]

    def close(self) -> None:
        """End the workers and close the index."""
        with self._lock:
            if self._workers is not None:
                self._workers.stop()
                self._workers = None
        self._index.close()
