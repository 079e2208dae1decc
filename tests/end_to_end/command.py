"""The real command, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.end_to_end.warm import Setting, run

PROJECT = Path(__file__).resolve().parents[2]
FAST = (
    "--allow-network=127.0.0.0/8",
    "-sSOURCEKEEP_DELAY=0.01",
    "-sSOURCEKEEP_DELAY_FACTOR=0",
    "-sSOURCEKEEP_RETRY_WAIT=0.1",
)


def environment() -> dict[str, str]:
    """The environment of a child: ours, with the project on the path."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "default"}


def start(*arguments: str | Path, cwd: Path | None = None) -> subprocess.Popen[str]:
    """`sourcekeep` with these arguments, started."""
    return subprocess.Popen(
        [sys.executable, "-m", "crawler", *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def sourcekeep(
    *arguments: str | Path, cwd: Path | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """`sourcekeep` with these arguments, run to its end, in a process that need not load it."""
    with tempfile.TemporaryDirectory(prefix="said-") as said:
        ended = run(arguments, Path(said), Setting(environment=environment(), folder=cwd), timeout=timeout)
    return subprocess.CompletedProcess(list(arguments), ended.code, ended.out, ended.err)


def report_of(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The JSON report a run printed."""
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"no report: exit {done.returncode}\n{done.stdout}\n{done.stderr}") from None
    assert isinstance(report, dict)
    return report
