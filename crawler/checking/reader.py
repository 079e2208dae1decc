"""The workers that look at answers, as coroutines.

To hand a task to a worker and take its result costs as long as many answers take to read. So what waits is handed over
several at a time; where one of them fails, each is read again by itself.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from archive.workers import Failure, Workers
from crawler.checking.reading import PRELOAD

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2  # lots a process: one is read, one waits; the bodies of all others stay where they are
MOST_IN_LOT = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    work: Callable[[Any], object]
    task: Callable[[], object]
    found: asyncio.Future[object]


class Reader:
    """Killable workers, `seconds` for a task; they start with the first one. End with `stop`."""

    def __init__(self, *, seconds: float, processes: int | None = None) -> None:
        self._seconds = seconds
        self._processes = processes or _processors()
        self._waiting: deque[_Waiting] = deque()
        self._lots: set[asyncio.Task[None]] = set()
        self._workers: Workers | None = None
        self.closing = False  # answers that came are read still, copies are not

    async def read(self, work: Callable[[T], R], task: Callable[[], T]) -> R | Failure:
        """What `work` makes of the task, which is made when there is room for it. Raises SourcekeepError where no
        process can be had."""
        found: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, task, found))
        self._hand_over()
        return cast("R | Failure", await found)

    def stop(self) -> None:
        """End all processes."""
        if self._workers is not None:
            self._workers.stop()

    def _hand_over(self) -> None:
        while self._waiting and len(self._lots) < AHEAD * self._processes:
            lot = [self._waiting.popleft()]
            while self._waiting and len(lot) < MOST_IN_LOT and self._waiting[0].work == lot[0].work:
                lot.append(self._waiting.popleft())
            task = asyncio.get_running_loop().create_task(self._read(lot))
            self._lots.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._lots.discard(task)
        self._hand_over()

    async def _read(self, lot: Sequence[_Waiting]) -> None:
        try:
            tasks = [each.task() for each in lot]
            found = await self._submitted(lot[0].work, tasks)
            if isinstance(found, Failure):
                found = [await self._alone(each.work, task) for each, task in zip(lot, tasks, strict=True)]
            for each, result in zip(lot, found, strict=True):
                if not each.found.done():
                    each.found.set_result(result)
        except BaseException as error:
            for each in lot:
                if not each.found.done():
                    each.found.set_exception(error)
            if not isinstance(error, Exception):
                raise

    async def _alone(self, work: Callable[[Any], object], task: object) -> object:
        found = await self._submitted(work, [task])
        return found if isinstance(found, Failure) else found[0]

    async def _submitted(self, work: Callable[[Any], object], tasks: Sequence[object]) -> Sequence[object] | Failure:
        if self._workers is None:
            self._workers = Workers(processes=self._processes, seconds=self._seconds, preload=PRELOAD)
        return await asyncio.wrap_future(self._workers.submit(partial(_each, work), tasks))


def _processors() -> int:
    """Those this process may run on, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _each(work: Callable[[Any], object], tasks: Sequence[object]) -> Sequence[object]:
    return [work(task) for task in tasks]
