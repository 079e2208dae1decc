"""A real Scrapyd takes our egg, and its events and recheck spiders do their work there."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from crawler.sample import SampleWeb, materialise
from crawler.sample.expected import expected
from tests.end_to_end.command import FAST, PROJECT, sourcekeep

_PATIENCE = 120.0  # seconds
_VERSION = "0.1.0+egg"  # what runs tell of themselves that come out of the egg, and not out of this checkout


@pytest.fixture
def scrapyd(tmp_path: Path) -> Iterator[str]:
    """A Scrapyd of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path / "scrapyd"
    folder.mkdir()
    folders = "".join(f"{name}_dir = {folder / name}\n" for name in ("eggs", "logs", "dbs"))
    text = f"[scrapyd]\n{folders}bind_address = 127.0.0.1\nhttp_port = {port}\npoll_interval = 0.2\n"
    (folder / "scrapyd.conf").write_text(text)
    python = _python_without_us(tmp_path / "python")
    command = [str(python), "-W", "ignore", "-c", "from scrapyd.__main__ import main; main()"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as running:
        address = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + _PATIENCE
            while not _answers(address):
                assert running.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            yield address
        finally:
            running.terminate()


def _python_without_us(folder: Path) -> Path:
    """A Python with all packages that are installed here but ours: so that only the egg can have it."""
    venv.create(folder, symlinks=True)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "those-of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/daemonstatus.json", timeout=5).ok
    except requests.ConnectionError:
        return False


def _egg(folder: Path) -> bytes:
    """The egg as `scrapyd-deploy` builds it."""
    folder.mkdir()
    for name in ("archive", "crawler", "spiders"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "scrapy.cfg", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, folder)
    package = folder / "crawler" / "__init__.py"
    package.write_text(f"{package.read_text()}__version__ = {_VERSION!r}\n")
    command = [sys.executable, "-W", "ignore", "setup.py", "-q", "clean", "-a", "bdist_egg", "-d", "eggs"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_PATIENCE)
    [egg] = (folder / "eggs").iterdir()
    return egg.read_bytes()


def _said(answer: requests.Response) -> dict[str, object]:
    said: dict[str, object] = answer.json()
    assert said["status"] == "ok", said
    return said


def _run(address: str, spider: str, **arguments: object) -> None:
    """Schedule a spider, and wait for its end."""
    data = {"project": "sourcekeep", "spider": spider, **arguments}
    job = _said(requests.post(f"{address}/schedule.json", data=data, timeout=30))["jobid"]
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        listed = _said(requests.get(f"{address}/listjobs.json", params={"project": "sourcekeep"}, timeout=30))
        finished = listed["finished"]
        assert isinstance(finished, list)
        if job in [each["id"] for each in finished]:
            return
        time.sleep(0.2)
    raise AssertionError(f"{spider} did not end")


def test_an_egg_crawls_and_rechecks(tmp_path: Path, scrapyd: str) -> None:
    """Deployed by addversion.json, run by schedule.json; what it leaves is what the command leaves."""
    files = {"egg": _egg(tmp_path / "project")}
    version = {"project": "sourcekeep", "version": "1"}
    added = _said(requests.post(f"{scrapyd}/addversion.json", data=version, files=files, timeout=_PATIENCE))
    assert added["spiders"] == 3
    collection = tmp_path / "collection"
    with SampleWeb() as web:
        materialise(tmp_path / "pages", port=web.port)
        setting = [f"SOURCEKEEP_RESOLVE={json.dumps(web.resolve_table())}", "SOURCEKEEP_ALLOW_NETWORKS=127.0.0.0/8"]
        setting += [each.removeprefix("-s") for each in FAST[1:]]
        _run(scrapyd, "events", site=str(tmp_path / "pages"), collection=str(collection), setting=setting)
        _run(scrapyd, "recheck", collection=str(collection), setting=setting)
    with closing(sqlite3.connect(collection / "catalogue.db")) as catalogue:
        runs = catalogue.execute("SELECT job, version, exit_code FROM runs ORDER BY id").fetchall()
        (cited,) = catalogue.execute("SELECT count(*) FROM citations").fetchone()
        (checked,) = catalogue.execute("SELECT count(*) FROM checks").fetchone()
    assert runs == [("crawl", _VERSION, 0), ("recheck", _VERSION, 0)]
    assert cited == sum(len(cited) for cited in expected(web.port).values())
    assert checked
    assert sourcekeep("verify", "-c", collection, "-q").returncode == 0
