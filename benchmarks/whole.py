"""Runs a command to its end and to that of all processes it leaves, so that what they cost is counted as well.

    python -m benchmarks.whole COMMAND...

Of orphans nobody hears otherwise, and readers in processes of their own come from a fork server that is one.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans become ours


def main() -> int:
    """The command's exit code."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    code = subprocess.run(sys.argv[1:], check=False).returncode
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return code


if __name__ == "__main__":
    sys.exit(main())
