"""A message given to a command of the operator's."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from crawler.notifications.channels import Program
from crawler.notifications.sent import Refused


def run(to: Program, body: bytes, *, folder: Path, timeout: float) -> str:
    """Run it once, in `folder`, no shell; what came of it. Raises Refused. After `timeout` its group is killed."""
    try:
        child = subprocess.Popen(  # noqa: S603 - the operator's own words, as a list
            to.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Refused(f"it cannot be started: {why}") from None
    with child:
        try:
            child.communicate(body, timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(child)
            raise Refused(f"it was killed after {timeout:g} s") from None
    if child.returncode:
        raise Refused(f"exit code {child.returncode}")
    return "exit code 0"


def _kill(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
