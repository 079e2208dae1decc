"""A job's steps carried out, each as a process of its own: its memory is gone with it, its crash is not ours.

A signal is handed on to the step at work, which stops as it does by itself; the job then ends as interrupted, and the
next run goes on at that step. Steps are in a process group of their own, so that Ctrl-C reaches them once, not twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from archive.collection import Collection, is_held
from archive.errors import StorageError
from archive.warc_files import storage_error
from crawler.disk_guard import room_at
from crawler.job_folder import JobFolder
from crawler.job_sequence import STOPPED, JobRun, Next, StepRun, after, exit_code
from crawler.job_steps import Command
from crawler.terminal import spell_seconds

POLL = 2.0  # seconds between two looks whether a collection is free
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PACKAGES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWait:
    """How long a job waits for room on the disk, and how much of it is enough."""

    seconds: float
    enough: int  # bytes


class Execution:
    """Carries out a job. `tell` is given a line for people at each turn; `waits`: for other runs to end.

    `perform` runs one command, its output into a new file, and returns its exit code; by default a process does.
    """

    def __init__(
        self,
        collection: Collection,
        *,
        now: Callable[[], datetime],
        tell: Callable[[str], object],
        waits: bool,
        quiet: bool,
        room: RoomWait | None = None,
        perform: Callable[[Command, Path], int] | None = None,
    ) -> None:
        self.stopping = False
        self._collection = collection
        self._now = now
        self._tell = tell
        self._waits = waits
        self._quiet = quiet
        self._room = room
        self._perform = perform or self._process
        self._child: subprocess.Popen[bytes] | None = None

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Within, a signal to stop ends the step at work and then the job. For the main thread."""
        heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup
        before = {number: signal.signal(number, self._signalled) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, _: object) -> None:
        self.stopping = True
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    def wait_until(self, is_free: Callable[[], bool], *, whom: str) -> bool:
        """Wait until `is_free`, and say for `whom`; False if a signal came first."""
        told = False
        while not self.stopping:
            if is_free():
                return True
            if not told:
                self._tell(f"{whom} is at work on the collection; waiting for it to end")
                told = True
            time.sleep(POLL)
        return False

    def _wait_for_room(self) -> bool:
        """Whether there is room on the disk, after waiting for it as long as the job says."""
        assert self._room is not None
        wait, began = self._room, time.monotonic()
        self._tell(f"waiting up to {spell_seconds(wait.seconds)} for room on the disk")
        while not self.stopping and time.monotonic() < began + wait.seconds:
            with suppress(StorageError):
                if room_at(self._collection.root).free >= wait.enough:
                    return True
            time.sleep(min(POLL, max(0.0, began + wait.seconds - time.monotonic())))
        return False

    def is_free(self) -> bool:
        """Whether no run holds the collection."""
        return not is_held(self._collection)

    def carry_out(self, run: JobRun, commands: Sequence[Command], folder: JobFolder) -> JobRun:
        """Run what is left of the job's commands; the run as it ended, recorded. Raises StorageError."""
        folder.save(run)
        while not run.is_whole and not self.stopping:
            command = commands[run.number_done]
            self._tell(f"step {run.number_done + 1} of {len(commands)}: {command.text}")
            step = self._step(command, folder, number=len(run.steps) + 1)
            run = run.with_step(step)
            folder.save(run)
            self._tell(f"{command.verb} ended with exit code {step.code}")
            following = after(
                step.code, waits=self._waits, stopping=self.stopping, waits_for_room=self._room is not None
            )
            if following is Next.HALT or (following is Next.WAIT_FOR_ROOM and not self._wait_for_room()):
                break
            if following is Next.WAIT:
                self.wait_until(self.is_free, whom="another run")
        run = replace(run, ended=self._now(), stopped=self.stopping and not run.is_whole)
        folder.save(run)
        return run

    def _step(self, command: Command, folder: JobFolder, *, number: int) -> StepRun:
        while os.path.lexists(folder.path / f"{number}-{command.output_name}"):
            number += 1  # of an attempt that was killed with the job
        name = f"{number}-{command.output_name}"
        started = self._now()
        code = self._perform(command, folder.path / name)
        return StepRun(command=command.text, started=started, ended=self._now(), code=code, output=name)

    def _process(self, command: Command, output: Path) -> int:
        """Its exit code."""
        program = [sys.executable, "-P", "-m", "crawler", *command.typed(self._collection.root, quiet=self._quiet)]
        try:
            with output.open("xb") as file:
                self._child = subprocess.Popen(  # noqa: S603 - our own program, verbs and flags checked, and no shell
                    program,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    cwd=self._collection.root,
                    env=_environment(self._collection),
                    process_group=0,
                )
        except OSError as error:
            raise storage_error(error, output, "writing") from error
        if self.stopping:  # the signal came while it was being started
            self._child.send_signal(signal.SIGTERM)
        code = self._child.wait()
        return STOPPED if self.stopping and code < 0 else exit_code(code)


def _environment(collection: Collection) -> dict[str, str]:
    """Ours, so that the step finds the same program: its folder is the collection's, which may hold anything."""
    path = os.pathsep.join([str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "SOURCEKEEP_COLLECTION": str(collection.root)}
