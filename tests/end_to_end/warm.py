"""The real command in a process forked from one that has loaded it, under strace if wanted.

A run costs half a second instead of two, so hundreds of them fit into the time of the tests. What runs is
`crawler.cli.main` with real arguments, in a process of its own; only the loading of its modules is shared.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "crawler" / "__main__.py"
_ANY_TRACER = (0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)  # PR_SET_PTRACER, PR_SET_PTRACER_ANY

_turn = threading.Lock()  # multiprocessing reads a child's exit code twice if two threads look at once
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.end_to_end.loaded"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a run finds: options for strace (none: it is not traced), environment, and the user it runs as."""

    trace: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    user: int | None = None
    folder: Path | None = None  # where it runs
    most_bytes: int | None = None  # RLIMIT_FSIZE: no file may be longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended. `code` is negative for a signal; `calls` is strace's log."""

    code: int
    out: str
    err: str
    calls: str


class Running:
    """A run under way. Its process is ended by `wait`, whatever happens."""

    def __init__(self, arguments: Sequence[str | Path], folder: Path, setting: Setting | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._process = _context.Process(target=_run, args=([*map(str, arguments)], folder, setting or Setting()))
        with _turn:
            self._process.start()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        with _turn:
            return self._process.is_alive()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = 60) -> Ended:
        """How it ended. AssertionError if it hangs."""
        hangs = not self._ends(timeout)
        if hangs:
            self._process.kill()
            self._ends(10)
        code = self._process.exitcode
        ended = Ended(code=-1 if code is None else code, out=self._text("out"), err=self._text("err"), calls="")
        if hangs:
            raise AssertionError(f"it hangs\n{ended.out}\n{ended.err}\n{self._text('calls')[-3000:]}")
        return Ended(code=ended.code, out=ended.out, err=ended.err, calls=self._calls())

    def _ends(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self.is_alive and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.is_alive

    def _calls(self) -> str:
        """strace's log, whole once strace is gone."""
        tracer = self._text("tracer")
        for _ in range(200):
            if not tracer or not Path(f"/proc/{tracer}").exists():
                break
            time.sleep(0.01)
        return self._text("calls")

    def _text(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def run(arguments: Sequence[str | Path], folder: Path, setting: Setting | None = None, *, timeout: float = 60) -> Ended:
    """`sourcekeep` with these arguments, run to its end; what it says goes into `folder`."""
    return Running(arguments, folder, setting).wait(timeout)


def _run(arguments: list[str], folder: Path, setting: Setting) -> None:
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    _settle_in(setting)
    sys.argv = [str(PROGRAM), *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the fork server ignores it, or even blocks it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from crawler.cli import main  # noqa: PLC0415 - loaded long since

    if setting.trace:
        _be_traced(setting.trace, folder)
    _limit(setting)
    sys.exit(main())


def _settle_in(setting: Setting) -> None:
    """What the fork server was started with is that of the test that happened to be the first."""
    os.environ.clear()
    os.environ.update(setting.environment)
    time.tzset()
    warnings.resetwarnings()
    warnings.simplefilter("default")
    if setting.folder is not None:
        os.chdir(setting.folder)


def _limit(setting: Setting) -> None:
    if setting.most_bytes is not None:
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_FSIZE, (setting.most_bytes, resource.RLIM_INFINITY))
    if setting.user is not None:
        os.setgroups([])
        os.setgid(setting.user)
        os.setuid(setting.user)


def _be_traced(options: Sequence[str], folder: Path) -> None:
    """Return when strace has this process."""
    ctypes.CDLL(None).prctl(*_ANY_TRACER)
    command = ["strace", "-f", "-qq", "-o", str(folder / "calls"), *options, "-p", str(os.getpid())]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    (folder / "tracer").write_text(str(tracer.pid))
    globals()["_tracer"] = tracer  # else its end would be waited for
    for _ in range(1000):
        if "TracerPid:\t0\n" not in Path("/proc/self/status").read_text(encoding="ascii"):
            return
        if tracer.poll() is not None:
            break
        time.sleep(0.01)
    sys.stderr.write("strace does not trace\n")
    os._exit(99)
