"""What the checker asks of the catalogue and the WARCs: copies to compare with, and what is kept of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from archive.baselines import fingerprints_of, urls_alike
from archive.catalogue import Catalogue
from archive.copies import Baseline, Copy
from archive.keeper import Findings, Keeper, Submission
from archive.model import Capture
from archive.surveying import Unread
from archive.workers import Failure
from crawler.checking.reader import Reader
from crawler.checking.reading import CopyToRead, read_copy
from crawler.hosts import Withdrawn

logger = logging.getLogger(__name__)

TOGETHER = 0.005  # seconds in which fingerprints are asked for together
MOST_FRESH = 1000  # baselines made in this run that are remembered; by then the catalogue has them


class CatalogueMemory:
    """Makes the baseline of a copy on first need, from its WARC, and keeps it."""

    def __init__(
        self,
        catalogue: Catalogue,
        keeper: Keeper,
        folder: Path,
        reader: Reader,
        *,
        on_problem: Callable[[str], object],
    ) -> None:
        self._catalogue = catalogue
        self._keeper = keeper
        self._folder = folder
        self._reader = reader
        self._on_problem = on_problem
        self._fresh: dict[str, Baseline] = {}
        self._read_copy = partial(read_copy, folder)
        self._wanted: dict[str, asyncio.Future[bytes]] = {}  # fingerprints asked for, until they are looked up together

    async def baseline(self, copies: Sequence[Copy]) -> Copy | None:
        """The first copy that is fit to be compared with."""
        for copy in copies:
            looked_at = copy if copy.usable is not None else await self._look_at(copy)
            if looked_at is not None and looked_at.usable:
                return looked_at
        return None

    async def fingerprint(self, copy: Copy) -> bytes:
        """What is kept of a copy to compare by."""
        fresh = self._fresh.get(copy.record_id)
        if fresh is not None:
            return fresh.fingerprint
        wanted = self._wanted.get(copy.record_id)
        if wanted is None:
            loop = asyncio.get_running_loop()
            if not self._wanted:
                self._looking = loop.create_task(self._look_up())
            wanted = self._wanted[copy.record_id] = loop.create_future()
        return await asyncio.shield(wanted)

    async def _look_up(self) -> None:
        """All fingerprints that are asked for by now."""
        await asyncio.sleep(TOGETHER)
        wanted, self._wanted = self._wanted, {}
        try:
            found = await asyncio.to_thread(self._stored, list(wanted))
        except Exception as error:  # noqa: BLE001 - it is those who asked who have to know
            for future in wanted.values():
                future.set_exception(error)
            return
        for record_id, future in wanted.items():
            future.set_result(found.get(record_id, b""))

    async def capture(self, copy: Copy) -> Capture | None:
        """The record of a copy."""
        return await asyncio.to_thread(self._catalogue.capture, copy.record_id)

    async def _look_at(self, copy: Copy) -> Copy | None:
        """The copy, once somebody has looked at it; None if it cannot be read back."""
        made = self._fresh.get(copy.record_id)
        if made is None:
            made = await self._make(copy)
        if made is None:
            return None
        return replace(copy, usable=made.usable, etag=made.etag, last_modified=made.last_modified)

    async def _make(self, copy: Copy) -> Baseline | None:
        capture, alike = await asyncio.to_thread(self._found, copy)
        if capture is None:
            return None
        task = CopyToRead(copy=copy, where=capture.where, alike=alike)
        if self._reader.closing:
            raise Withdrawn
        made = await self._reader.read(self._read_copy, lambda: task)
        if isinstance(made, Unread):
            self._on_problem(f"our copy of {copy.url} cannot be read back: {made.why}; see what verify says")
            return None
        if isinstance(made, Failure):  # what no parser gets through cannot be compared with
            made = Baseline(record_id=copy.record_id, url=copy.url, usable=False)
        if len(self._fresh) >= MOST_FRESH:
            self._fresh.pop(next(iter(self._fresh)))
        self._fresh[copy.record_id] = made
        self._keeper.put(Submission(findings=Findings(baseline=made)))
        return made

    def _found(self, copy: Copy) -> tuple[Capture | None, int]:
        with self._catalogue.reading() as connection:
            alike = urls_alike(connection, copy.sha256) if copy.sha256 is not None else set()
        return self._catalogue.capture(copy.record_id), _others(copy.url, alike)

    def _stored(self, record_ids: Sequence[str]) -> dict[str, bytes]:
        with self._catalogue.reading() as connection:
            return fingerprints_of(connection, record_ids)


def _others(url: str, alike: set[str]) -> int:
    """How many other addresses of the same host gave the same payload, whatever the scheme."""
    own = url.partition("://")[2]
    host = own.partition("/")[0]
    spelled = {other.partition("://")[2] for other in alike} - {own}
    return sum(other.partition("/")[0] == host for other in spelled)
