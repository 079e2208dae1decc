"""The watch over a run, on a thread of its own: its limits, the disk, its metrics.

Once a second it looks; whatever it finds ends the run as the first SIGTERM would: what is in flight is finished. What
goes wrong here never harms the run: it is logged, and the run goes on unwatched.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from archive.errors import SourcekeepError
from crawler.disk_guard import Room, room_at, room_short
from crawler.limits import Reached, Taken, reached

if TYPE_CHECKING:
    from crawler.jobs import Job

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two looks


class Oversight:
    """Watches one job from `start` to `stop`. `end` is called, once, with the limit that was reached."""

    def __init__(self, job: Job, *, end: Callable[[Reached], object]) -> None:
        self.room: Room | None = None  # as it was last seen
        self._job = job
        self._end = end
        self._options = job.options.oversight
        self._began = monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="oversight", daemon=True)

    def start(self) -> None:
        """From now on there is a look every second."""
        self._thread.start()

    def stop(self) -> None:
        """No more of them."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> Reached | None:
        """The limit that is reached now, if any; it ends the run. Cheap: for after each commit, too."""
        limits = self._options.limits
        found = reached(limits, self._taken())
        if found is None and self.room is not None:
            found = room_short(self.room, limits.reserve, self._job.collection.root)
        if found is not None:
            self._end(found)
        return found

    def _taken(self) -> Taken:
        job = self._job
        pages = max(job.tally.captures, job.checks.checks)
        return Taken(pages=pages, bytes=job.tally.bytes, seconds=monotonic() - self._began)

    def _run(self) -> None:
        try:
            while not self._over.wait(EVERY):
                self._look_at_disk()
                self.look()
        except Exception:
            logger.exception("Nobody watches over limits and disk any more; the run goes on without")

    def _look_at_disk(self) -> None:
        try:
            self.room = room_at(self._job.collection.root)
        except SourcekeepError:  # whoever writes there will say so
            logger.debug("The disk cannot be measured", exc_info=True)
