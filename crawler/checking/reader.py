"""The workers that look at answers, as coroutines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

from archive.workers import Failure, Workers
from crawler.checking.reading import PRELOAD

T = TypeVar("T")
R = TypeVar("R")

WAITING = 2  # tasks a process that are handed over ahead; the bodies of the others stay where they are


class Reader:
    """Killable workers, `seconds` for a task; they start with the first one. End with `stop`."""

    def __init__(self, *, seconds: float, processes: int | None = None) -> None:
        self._seconds = seconds
        self._processes = processes or os.cpu_count() or 1
        self._room = asyncio.Semaphore(self._processes * (1 + WAITING))
        self._workers: Workers | None = None
        self.closing = False  # answers that came are read still, copies are not

    async def read(self, work: Callable[[T], R], task: Callable[[], T]) -> R | Failure:
        """What `work` makes of the task, which is made when there is room for it. Raises SourcekeepError where no
        process can be had."""
        async with self._room:
            if self._workers is None:
                self._workers = Workers(processes=self._processes, seconds=self._seconds, preload=PRELOAD)
            return await asyncio.wrap_future(self._workers.submit(work, task()))

    def stop(self) -> None:
        """End all processes."""
        if self._workers is not None:
            self._workers.stop()
