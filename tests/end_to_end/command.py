"""The real command, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
    """`sourcekeep` with these arguments, run to its end."""
    process = start(*arguments, cwd=cwd)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"sourcekeep hangs: {arguments}\n{out}\n{err}") from None
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def report_of(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The JSON report a run printed."""
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"no report: exit {done.returncode}\n{done.stdout}\n{done.stderr}") from None
    assert isinstance(report, dict)
    return report
