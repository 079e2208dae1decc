"""Tasks that hang, crash, eat memory or raise: each is a value, and the others go on."""

from __future__ import annotations

import asyncio
import operator
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from archive.workers import Failure, FailureKind, Workers

# The work is always operator.call and the task what it calls: the workers then need not import this file.
Task = partial[Any]

HANG: Task = partial(time.sleep, 60)
HANG_IN_C: Task = partial(pow, 7, 10**8)  # holds the interpreter's lock for minutes: no handler in Python ever runs
ABORT: Task = partial(os.abort)
KILL: Task = partial(signal.raise_signal, signal.SIGKILL)
EXIT: Task = partial(os._exit, 7)
EAT: Task = partial(bytearray, 1 << 40)
RAISE: Task = partial(int, "not\na\x1bnumber")
LEAVE: Task = partial(sys.exit, 3)
FINE: Task = partial(pow, 2, 10)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(processes=2, seconds=1.0, memory=1 << 29) as pool:
        yield pool


@pytest.mark.parametrize(
    ("task", "kind", "words"),
    [
        (HANG, FailureKind.TIMED_OUT, "after 1 s"),
        (HANG_IN_C, FailureKind.TIMED_OUT, "after 1 s"),
        (ABORT, FailureKind.CRASHED, "SIGABRT"),
        (KILL, FailureKind.CRASHED, "from outside"),
        (EXIT, FailureKind.CRASHED, "status 7"),
        (EAT, FailureKind.OUT_OF_MEMORY, "memory"),
        (RAISE, FailureKind.RAISED, "ValueError"),
        (LEAVE, FailureKind.RAISED, "SystemExit"),
    ],
)
def test_a_bad_task_is_a_failure_and_the_others_succeed(
    workers: Workers, task: Task, kind: FailureKind, words: str
) -> None:
    """Whatever one task does to its process, it comes back named, and its neighbours come back whole."""
    tasks = [FINE, FINE, task, FINE, FINE]
    started = time.monotonic()
    results = list(workers.map_unordered(operator.call, tasks))

    assert sorted(r for _, r in results if isinstance(r, int)) == [1024] * 4
    [(failed, failure)] = [(t, r) for t, r in results if isinstance(r, Failure)]
    assert failed is task
    assert failure.kind is kind
    assert words in failure.text
    assert failure.text.isprintable()
    assert time.monotonic() - started < 10


def test_many_bad_tasks_in_a_row(workers: Workers) -> None:
    """A pool that lost more processes than it has still does the work."""
    tasks = [ABORT, EXIT, KILL, FINE] * 5
    results = [result for _, result in workers.map_unordered(operator.call, tasks)]
    assert results.count(1024) == 5
    assert sum(isinstance(r, Failure) and r.kind is FailureKind.CRASHED for r in results) == 15


def test_results_stream_through_a_bounded_window(workers: Workers) -> None:
    """No more tasks are drawn ahead of the results than the window allows."""
    drawn = 0

    def tasks() -> Iterator[Task]:
        nonlocal drawn
        for number in range(50):
            drawn += 1
            yield partial(abs, -number)

    seen: list[Any] = []
    for _, result in workers.map_unordered(operator.call, tasks(), window=4):
        seen.append(result)
        assert drawn <= len(seen) + 4
    assert sorted(seen) == list(range(50))


def test_an_idle_process_that_is_killed_is_replaced() -> None:
    """The machine's memory killer may take a process between two tasks; the next map does not notice."""
    with Workers(processes=1, seconds=5) as pool:
        [(_, pid)] = pool.map_unordered(operator.call, [partial(os.getpid)])
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        assert [r for _, r in pool.map_unordered(operator.call, [FINE, FINE])] == [1024, 1024]


def test_a_task_whose_worker_is_killed_from_outside_is_tried_again() -> None:
    """As the system does that is short of memory: it says nothing of the page that was being read."""
    with Workers(processes=1, seconds=20) as pool:
        [(_, pid)] = pool.map_unordered(operator.call, [partial(os.getpid)])
        assert isinstance(pid, int)
        under_way = pool.submit(time.sleep, 2)
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        assert under_way.result(timeout=30) is None


def test_a_process_that_stands_still_is_replaced() -> None:
    """A process stopped from outside hears no timer: the whole pool is renewed, and the task done again."""
    with Workers(processes=1, seconds=0.5, grace=1) as pool:
        [(_, pid)] = pool.map_unordered(operator.call, [partial(os.getpid)])
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGSTOP)
        assert [r for _, r in pool.map_unordered(operator.call, [FINE, FINE])] == [1024, 1024]
        assert not psutil.pid_exists(pid)


def test_a_consumer_gets_a_future_for_each_task(workers: Workers) -> None:
    """Whatever becomes of a task is the result of its future, never an exception; the pool is used from any thread."""
    tasks = [FINE, HANG, ABORT, EAT, RAISE, FINE]
    with ThreadPoolExecutor(3) as threads:
        futures = list(threads.map(lambda task: workers.submit(operator.call, task), tasks))
    results = [future.result(20) for future in futures]
    assert [result.kind if isinstance(result, Failure) else result for result in results] == [
        1024, FailureKind.TIMED_OUT, FailureKind.CRASHED, FailureKind.OUT_OF_MEMORY, FailureKind.RAISED, 1024,
    ]  # fmt: skip


async def test_to_submit_never_holds_the_loop_up() -> None:
    """The fork server takes a second to load: that is waited for elsewhere, while the loop goes on."""
    with Workers(processes=1, seconds=5) as pool:
        began = time.monotonic()
        future = pool.submit(operator.call, FINE)
        assert time.monotonic() - began < 0.3
        assert await asyncio.wrap_future(future) == 1024


def test_a_future_survives_a_broken_pool() -> None:
    """A worker that stands still is found out, and its task done again by the pool that takes its place."""
    with Workers(processes=1, seconds=0.5, grace=1) as pool:
        pid = pool.submit(operator.call, partial(os.getpid)).result(20)
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGSTOP)
        assert [pool.submit(operator.call, FINE).result(30) for _ in range(2)] == [1024, 1024]


def test_a_cancelled_future_frees_its_process() -> None:
    """Who no longer wants a result ends the task, and the next one does not wait for it."""
    with Workers(processes=1, seconds=60) as pool:
        assert pool.submit(operator.call, FINE).result(20) == 1024
        unwanted = pool.submit(operator.call, HANG)
        time.sleep(0.3)
        assert unwanted.cancel()
        assert pool.submit(operator.call, FINE).result(10) == 1024


def test_to_stop_cancels_what_is_under_way() -> None:
    """Nobody waits for ever for workers that were stopped, and nothing can be given to them any more."""
    pool = Workers(processes=1, seconds=60)
    futures = [pool.submit(operator.call, HANG) for _ in range(3)]
    time.sleep(0.3)
    pool.stop()
    assert all(future.cancelled() for future in futures)
    with pytest.raises(RuntimeError, match="stopped"):
        pool.submit(operator.call, FINE)


def test_what_cannot_travel_is_refused_at_once(workers: Workers) -> None:
    """A task that cannot be pickled is a fault of the caller's."""
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        workers.submit(operator.call, lambda: None)


def test_a_pool_that_was_never_used_ends() -> None:
    """No task, no process, no fuss."""
    code = (
        "import psutil; from archive.workers import Workers\n"
        "with Workers(processes=2): print(psutil.Process().children(recursive=True))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_temporary_folder_may_lie_deep(tmp_path: Path) -> None:
    """A path too long for a socket is none for workers, and nothing of them is left."""
    deep = tmp_path / ("deep" * 20) / ("down" * 20)
    deep.mkdir(parents=True)
    code = (
        "import multiprocessing.util as u, operator; from functools import partial\n"
        "from archive.workers import Workers\n"
        "with Workers(processes=1, preload=()) as w: print(*w.map_unordered(operator.call, [partial(pow, 2, 10)]))\n"
        "print(u.get_temp_dir())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(deep)}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    result, folder = done.stdout.splitlines()
    assert result.endswith(", 1024)")
    assert not Path(folder).exists()


def test_what_the_tasks_raise_passes_through(workers: Workers) -> None:
    """A fault of the source of tasks is the caller's, and the pool is usable afterwards."""

    def tasks() -> Iterator[Task]:
        yield FINE
        raise LookupError("the source is dry")

    with pytest.raises(LookupError, match="dry"):
        list(workers.map_unordered(operator.call, tasks()))
    assert [r for _, r in workers.map_unordered(operator.call, [FINE])] == [1024]


def test_a_worker_is_nice_limited_silent_and_deaf_to_ctrl_c(
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    """The process is set up so that it disturbs nobody."""
    import resource  # noqa: PLC0415

    tasks: list[Task] = [
        partial(os.nice, 0),
        partial(resource.getrlimit, resource.RLIMIT_AS),
        partial(signal.getsignal, signal.SIGINT),
        partial(os.write, 2, b"\x1b[2J"),
    ]
    results = [result for _, result in workers.map_unordered(operator.call, tasks)]
    assert min(10 + os.nice(0), 19) in results
    assert (1 << 29, 1 << 29) in results
    assert signal.SIG_IGN in results
    assert "\x1b" not in capfd.readouterr().err


PARENT = """
import operator, signal, sys, time
from functools import partial
from archive.workers import Workers
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background of a shell are started deaf to it
with Workers(processes=2, seconds=30) as pool:
    for task, result in pool.map_unordered(operator.call, [partial(pow, 2, 10)] + [partial(time.sleep, 60)] * 4):
        print("ready", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_parent_leaves_no_process_behind(number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and even kill -9 of the parent end the workers at once, though their tasks hang."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        family = psutil.Process(parent.pid).children(recursive=True)
        assert len(family) >= 3
        parent.send_signal(number)
        parent.wait(10)
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    assert len(gone) == len(family)


def test_workers_are_stopped_by_several_at_once() -> None:
    """Whoever runs the tasks and whoever ends the job may both stop them; the tasks under way are cancelled."""
    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            workers = Workers(processes=2)
            futures = [workers.submit(time.sleep, 30) for _ in range(3)]
            for stopped in [threads.submit(workers.stop) for _ in range(8)]:
                stopped.result(timeout=20)
            assert all(future.cancelled() for future in futures)


def test_a_machine_without_a_process_to_spare_is_told(tmp_path: Path) -> None:
    """The system gives nobody a process more: tasks fail with a message, and nobody waits for ever."""
    code = (
        "import operator, resource\n"
        "from functools import partial\n"
        "from archive.errors import SourcekeepError\n"
        "from archive.workers import Workers\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))\n"
        "workers = Workers()\n"
        "try: workers.submit(operator.call, partial(pow, 2, 3)).result(timeout=30)\n"
        "except SourcekeepError as error: print('told:', 'no process' in str(error))\n"
        "workers.stop()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "told: True\n", done.stderr
