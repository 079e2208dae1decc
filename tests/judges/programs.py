"""The judges: programs of others, each in a process of its own, out of the environment that `make judges` sets up."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.end_to_end.command import PROJECT

JUDGES = PROJECT / ".venv-judges"
WARCIO_JS = JUDGES / "node_modules" / "warcio" / "dist" / "cli.js"


def judge(name: str, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A program of the judges' environment, run to its end. Raises AssertionError if it fails and `check`."""
    return run(JUDGES / "bin" / name, *arguments, check=check)


def run(program: str | Path, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Any program, run to its end in a bare environment. Raises AssertionError if it fails and `check`."""
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=bare_environment(), timeout=120)
    assert done.returncode == 0 or not check, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def bare_environment() -> dict[str, str]:
    """Ours, without what could lead a judge to our code or out of the machine."""
    proxies = {"http_proxy", "https_proxy", "all_proxy"}
    return {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH" and name.lower() not in proxies
    } | {"PYTHONWARNINGS": "ignore"}


PYWB_CONFIG = """
debug: false
framed_replay: false
enable_auto_fetch: false
collections:
  c:
    index_paths: {root}/indexes/
    archive_paths: {root}/archive/
"""


@contextlib.contextmanager
def pywb(collection: Path, scratch: Path, *flags: str) -> Iterator[int]:
    """pywb over the collection's folder, unchanged, as the collection `c`: its port. No live web behind it."""
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "config.yaml").write_text(PYWB_CONFIG.format(root=collection))
    port = free_port()
    command = [str(JUDGES / "bin" / "wayback"), "--bind", "127.0.0.1", "--port", str(port), *flags]
    with (scratch / "pywb.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=scratch, env=bare_environment(), stdout=log, stderr=log)
        try:
            wait_for(port, process, scratch / "pywb.log")
            yield port
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until something answers there. Raises AssertionError if the process ends or a minute goes by."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing answers on the port\n{log.read_text()}")
