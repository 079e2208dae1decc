"""The command under Python's own eyes (sys.audit, no strace): killed at every rename, or asked which files it opened.

Python tells before it renames, and before it opens the WARCs' folder to make names durable.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("archive", "indexes")  # of a collection: where renames count

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.faults.loaded"])


def run_killed(arguments: Sequence[str | Path], *, at: int) -> bool:
    """Run `sourcekeep` and kill it at its `at`-th such moment; whether it came so far."""
    code = _run_audited(arguments, _Killer(at))
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def names_opened(arguments: Sequence[str | Path], log: Path) -> set[str]:
    """Run `sourcekeep`; the names of the files it opened. `log` is for the telling."""
    assert _run_audited(arguments, _Opened(log)) == 0
    return set(log.read_text().splitlines())


@dataclass(slots=True)
class _Killer:
    left: int

    def __call__(self, event: str, details: tuple[object, ...]) -> None:
        if _is_moment(event, details):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class _Opened:
    log: Path
    _fd: int = -1

    def __call__(self, event: str, details: tuple[object, ...]) -> None:
        if event == "open" and details[0] != str(self.log):
            if self._fd < 0:
                self._fd = os.open(str(self.log), os.O_WRONLY | os.O_CREAT)
            os.write(self._fd, Path(str(details[0])).name.encode("utf-8", "surrogateescape") + b"\n")


def _run_audited(arguments: Sequence[str | Path], heard: Callable[[str, tuple[object, ...]], None]) -> int | None:
    process = _context.Process(target=_run, args=([*map(str, arguments)], heard))
    process.start()
    process.join(60)
    return process.exitcode


def _run(arguments: list[str], heard: Callable[[str, tuple[object, ...]], None]) -> None:
    from crawler.cli import run as command  # noqa: PLC0415 - loaded long since

    sys.addaudithook(heard)
    sys.exit(command(arguments))


def _is_moment(event: str, details: tuple[object, ...]) -> bool:
    if event == "os.rename":
        return any(Path(str(each)).parent.name in FOLDERS for each in details[:2])
    is_folder = event == "open" and isinstance(details[2], int) and bool(details[2] & os.O_DIRECTORY)
    return is_folder and Path(str(details[0])).name == "archive"
