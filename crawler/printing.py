"""Printing in a thread of its own: who reads our output slowly, or not at all, does not hold up the work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], object]


class Printer:
    """Does what it is given, in order, until something fails (the reader has gone): then it says so, once."""

    def __init__(self, on_failure: Callable[[], object]) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._on_failure = on_failure
        self._failure: Exception | None = None
        self._thread: threading.Thread | None = None

    def put(self, job: Job) -> None:
        """Have something printed. Returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def close(self) -> None:
        """Wait until all is printed. Raises what printing raised."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._failure is not None:
                continue
            try:
                job()
            except Exception as error:  # noqa: BLE001 - told in `close`
                self._failure = error
                self._on_failure()
