"""Worker processes that may hang, crash or eat all memory over what the web sent, and are killed for it.

Parsers are C code fed by strangers: a page of 200,000 nested elements keeps one busy for minutes, another crashes it.
So such work is done in processes of their own, each task under a time limit and each process under a memory limit.
What goes wrong with one task is a value, a `Failure`, and the others go on.

How each promise is kept:

- time: the worker arms a timer of the kernel, whose signal ends the process whatever it is doing. No clock that
  somebody can set takes part in it.
- memory: RLIMIT_AS. An allocation beyond it fails in the worker, not in the machine.
- no orphans: a thread in each worker waits for the end of the parent, even by kill -9.
- a terminal never sees what a page made a parser say: the workers' output goes nowhere.

The parent has threads, so it is never forked: workers come from a fork server, a small process of its own that has
loaded the parsers already. A new worker then costs milliseconds, not the second that loading takes.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import islice
from multiprocessing import connection, forkserver, resource_tracker, util
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from archive.errors import SourcekeepError

T = TypeVar("T")
R = TypeVar("R")

SECONDS = 10.0
MEMORY = 1 << 30
GRACE = 30.0
PRELOAD = ("trafilatura", "archive.extract", "archive.needs")  # what there is of it

_NICENESS = 10
_TASKS_PER_PROCESS = 500  # then a fresh one takes over, so that leaks in C libraries do not add up
_LONGEST_FOLDER = 60  # bytes; what multiprocessing adds has some 30
_TRIES = 2  # for a task that a broken pool took down with it
_LINE = 200
_SCARCE = "see whether this machine is out of processes or memory, then run the same command again"
_LOST = object()  # in place of a result


class FailureKind(StrEnum):
    """How a task failed."""

    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    RAISED = "raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What came of a task that gave no result. `text` is one printable line."""

    kind: FailureKind
    text: str


@dataclass(frozen=True, slots=True)
class _Job:
    pickled: bytes
    promise: Future[object]
    tries: int = 1


class Workers:
    """A pool of killable processes, and a context manager that leaves none behind.

    with Workers(processes=2, seconds=5) as workers:
        for page, result in workers.map_unordered(parse, pages): ...

    `seconds` limits one task, `memory` (bytes of address space) one process. Processes start with the first task.
    A pool that gives no result for `grace` seconds past the time limit is taken for broken, and replaced. `preload`
    names modules the work needs, for the fork server to load; they count for the first pool of a process.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        grace: float = GRACE,
        preload: Sequence[str] = (),
    ) -> None:
        self.processes = processes
        self._seconds = seconds
        self._memory = memory
        self._grace = grace
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*PRELOAD, *preload])
        self._pool = self._new_pool()
        self._lock = threading.Lock()
        self._stopped = False
        self._ending = threading.Lock()
        self._ended = False
        self._minder: threading.Thread | None = None
        self._inbox: SimpleQueue[_Job | Future[bytes | Failure] | None] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def submit(self, work: Callable[[T], R], task: T) -> Future[R | Failure]:
        """A future of what `work` makes of `task`, or of a `Failure`; for a consumer that lives long. From any thread.

        It returns at once: processes are started elsewhere. The future never raises for what the task did, but
        SourcekeepError where no process can be kept running at all; it is cancelled if the workers are stopped first,
        and to cancel it ends the task. `work`, `task` and the result must be picklable: PicklingError (or
        AttributeError, TypeError) is raised if the first two are not. RuntimeError after `stop`. asyncio.wrap_future
        makes it one that can be awaited.
        """
        pickled = pickle.dumps((work, task))
        promise: Future[R | Failure] = Future()
        with self._lock:
            if self._stopped:
                raise RuntimeError("these workers were stopped")
            if self._minder is None:
                self._minder = threading.Thread(target=self._mind, name="workers", daemon=True)
                self._minder.start()
            self._inbox.put(_Job(pickled, cast("Future[object]", promise)))
        return promise

    def map_unordered(
        self, work: Callable[[T], R], tasks: Iterable[T], *, window: int | None = None
    ) -> Generator[tuple[T, R | Failure], None, None]:
        """Each task with what `work` made of it, or with a `Failure`, in the order of completion.

        At most `window` tasks (default: three a process) are taken from `tasks` ahead of the results. Whatever
        iterating over `tasks` raises passes through, and what `submit` does.
        """
        source = iter(tasks)
        size = window or 3 * self.processes
        running: dict[Future[R | Failure], T] = {}
        try:
            while True:
                for task in islice(source, size - len(running)):
                    running[self.submit(work, task)] = task
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            for future in running:
                future.cancel()

    def stop(self) -> None:
        """End all processes now, whatever they are doing. From any thread, and as often as one likes."""
        with self._lock:
            self._stopped = True
        with self._ending:  # who comes second waits until it is done
            if self._minder is not None:
                self._inbox.put(None)
                self._minder.join()
                self._minder = None
            if not self._ended:
                self._end_pool()
                self._ended = True

    # --- in the thread that minds the pool ---

    def _mind(self) -> None:
        """Starts jobs, takes what came of them, and replaces a pool that broke, until told to stop."""
        running: dict[Future[bytes | Failure], _Job] = {}
        heard = monotonic()
        while True:
            patience = heard + self._seconds + self._grace - monotonic()
            try:
                news = self._inbox.get(timeout=max(patience, 0) if running else None)
            except Empty:
                self._renew()  # makes no process yet
                lost, running = running, {}
                for job in lost.values():
                    self._again(job, running)
                heard = monotonic()
                continue
            match news:
                case None:
                    _cancel(self._left(running))
                    return
                case _Job():
                    heard = heard if running else monotonic()
                    self._start(news, running)
                case _ if news in running:
                    heard = monotonic()
                    self._settle(running.pop(news), news, running)

    def _start(self, job: _Job, running: dict[Future[bytes | Failure], _Job]) -> None:
        if job.promise.cancelled():
            return
        try:
            future = self._scheduled(job)
        except (RuntimeError, OSError) as error:
            _break(
                job.promise, SourcekeepError(f"no process that reads pages can be kept running ({error}); {_SCARCE}")
            )
            return
        running[future] = job
        future.add_done_callback(self._inbox.put)
        job.promise.add_done_callback(partial(_cancel_too, future))

    def _scheduled(self, job: _Job) -> Future[bytes | Failure]:
        """The job, begun by this pool or by a new one. Raises RuntimeError where that breaks as well, and OSError where
        the system gives no process, pipe or semaphore."""
        _start_fork_server()
        try:
            return self._pool.schedule(_do, args=(job.pickled, self._seconds))
        except RuntimeError:  # pebble's word for a pool that broke since
            self._renew()
            return self._pool.schedule(_do, args=(job.pickled, self._seconds))

    def _settle(self, job: _Job, future: Future[bytes | Failure], running: dict[Future[bytes | Failure], _Job]) -> None:
        result = _outcome(future, self._seconds)
        if result is _LOST:
            self._again(job, running)
        else:
            _fulfil(job.promise, result)

    def _again(self, job: _Job, running: dict[Future[bytes | Failure], _Job]) -> None:
        """Another try for a job that a broken pool took down with it."""
        if job.tries < _TRIES:
            self._start(replace(job, tries=job.tries + 1), running)
        else:
            text = "its worker was killed from outside, or all of them, twice"
            _fulfil(job.promise, Failure(kind=FailureKind.CRASHED, text=text))

    def _left(self, running: dict[Future[bytes | Failure], _Job]) -> list[_Job]:
        """The jobs that nobody will do any more."""
        left = list(running.values())
        while not self._inbox.empty():
            if isinstance(news := self._inbox.get(), _Job):
                left.append(news)
        return left

    def _renew(self) -> None:
        self._end_pool()
        self._pool = self._new_pool()

    def _end_pool(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self.processes,
            max_tasks=_TASKS_PER_PROCESS,
            initializer=_prepare,
            initargs=(self._memory,),
            context=self._context,
        )


def _start_fork_server() -> None:
    """Have the fork server run, and deaf to Ctrl-C from its first moment: whom the terminal signals is its parent."""
    _have_a_short_folder()
    resource_tracker.ensure_running()  # else the fork server starts it, and it unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _have_a_short_folder() -> None:
    """The fork server listens on a socket in the system's temporary folder, and a socket's path is short: 108 bytes on
    Linux, 104 elsewhere. multiprocessing takes what stands in its configuration before it makes a folder itself.
    """
    configured = multiprocessing.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    if configured.get("tempdir") is None and len(os.fsencode(tempfile.gettempdir())) > _LONGEST_FOLDER:
        folder = tempfile.mkdtemp(prefix="pymp-", dir="/tmp")  # a fresh one, ours alone
        util.Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-100)
        configured["tempdir"] = folder


def _break(promise: Future[object], error: SourcekeepError) -> None:
    if promise.set_running_or_notify_cancel():
        promise.set_exception(error)


def _fulfil(promise: Future[object], result: object) -> None:
    if promise.set_running_or_notify_cancel():
        promise.set_result(result)


def _cancel_too(future: Future[bytes | Failure], promise: Future[object]) -> None:
    if promise.cancelled():
        future.cancel()


def _cancel(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        job.promise.cancel()
        job.promise.set_running_or_notify_cancel()  # tells those who wait


def _outcome(future: Future[bytes | Failure], seconds: float) -> object:
    """The result of a task, or a `Failure`; `_LOST` if the pool broke, which need not be this task's fault."""
    try:
        result = future.result()
        return result if isinstance(result, Failure) else pickle.loads(result)  # noqa: S301 - from our own process
    except BrokenProcessPool:
        return _LOST
    except ProcessExpired as expired:
        if expired.exitcode == -signal.SIGKILL:
            return _LOST  # by somebody else, for want of memory most likely; the next try tells
        return _death(expired.exitcode, seconds)
    except Exception as error:  # noqa: BLE001 - whatever a worker sent is this task's failure
        return Failure(kind=FailureKind.RAISED, text=line_about(error))


def _death(code: int, seconds: float) -> Failure:
    """What the exit code of a worker says: the negative number of the signal that ended it, or a status."""
    if code == -signal.SIGALRM:
        return Failure(kind=FailureKind.TIMED_OUT, text=f"killed after {seconds:g} s")
    try:
        text = f"killed by {signal.Signals(-code).name}"
    except ValueError:
        text = f"exit status {code}"
    return Failure(kind=FailureKind.CRASHED, text=text)


def line_about(error: BaseException) -> str:
    """One printable line about an exception, whose message may quote a page. At most 200 characters."""
    return line_of(f"{type(error).__name__}: {error}")


def line_of(text: str) -> str:
    """Any text as one printable line of at most 200 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * _LINE]).split())[:_LINE]


# --- in the worker ---


def _prepare(memory: int) -> None:
    """Make a fresh process one that may be killed and that cannot do harm."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler in Python would wait for the C code to come back
    os.nice(_NICENESS)
    threading.Thread(target=_follow_parent, daemon=True).start()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    _silence()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # not every system limits address space
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGKILL)


def _silence() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(null, stream.fileno())
    os.close(null)


def _do(pickled: bytes, seconds: float) -> bytes | Failure:
    """Do one task under the timer: the pickled result, or why there is none."""
    try:
        work, task = pickle.loads(pickled)  # noqa: S301 - from our own parent; may import, which is not the task's time
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return pickle.dumps(work(task))
    except MemoryError:
        return Failure(kind=FailureKind.OUT_OF_MEMORY, text="beyond the memory limit")
    except BaseException as error:  # noqa: BLE001 - sys.exit() in a task is no more than its failure
        return Failure(kind=FailureKind.RAISED, text=line_about(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
