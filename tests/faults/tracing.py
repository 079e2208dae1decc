"""Whether strace can be used here. In CI it must be."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def _why_not() -> str | None:
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else None


_missing = _why_not()
needs_strace = pytest.mark.skipif(_missing is not None and not os.environ.get("CI"), reason=_missing or "")
