"""`sourcekeep serve`: it answers, says when it cannot, and ends when it is told."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from archive.search import NAME
from crawler.cli import run
from tests.archive.small_collection import build
from tests.end_to_end.command import start


def test_it_serves_and_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a free port, its search made beside a catalogue it does not change; SIGTERM ends it with 0."""
    collection = build(tmp_path / "c")
    before = _dump(collection.catalogue)
    process = start("serve", "-c", collection.root, "--port", "0", "--json")
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert "An event" in httpx.get(told["url"] + "events/2016/02/03", timeout=30).text
        assert run(["serve", "-c", str(collection.root), "--port", str(told["port"])]) == 4
        assert "is in use" in capsys.readouterr().err
        deadline = time.monotonic() + 60
        while httpx.get(told["url"] + "api/v1/search?q=kept", timeout=30).status_code == 503:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
    assert (collection.indexes / NAME).is_file()
    assert _dump(collection.catalogue) == before


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_the_extra_is_asked_for() -> None:
    """Where FastAPI is not installed, what to install is said."""
    program = "import sys; sys.modules['fastapi'] = None; from crawler.cli import run; sys.exit(run(['serve']))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert (done.returncode, 'pip install "sourcekeep[web]"' in done.stderr) == (4, True)
    assert "Traceback" not in done.stderr


def test_others_need_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address that others reach, a token nobody can read, a folder that is no collection: 4, and why."""
    short = tmp_path / "token"
    short.write_text("short\n")
    for arguments, why in (
        (("--host", "0.0.0.0"), "give a token"),
        (("--token-file", short), "16 or more"),
        ((), "is not a collection"),
    ):
        assert run(["serve", "-c", str(tmp_path), "--port", "0", *map(str, arguments)]) == 4
        assert why in capsys.readouterr().err
