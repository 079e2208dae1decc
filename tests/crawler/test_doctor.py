"""Each thing that can be wrong is found, with what to do; where nothing is, nothing is said to be."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.collection import Collection, CollectionLock
from crawler.commands.doctor import doctor
from crawler.doctor import Finding, Level
from crawler.doctor.collection import collection_findings, disk_finding, revision_finding
from crawler.doctor.machine import files_finding, machine_findings, names_finding, package_findings, python_finding
from crawler.doctor.network import Place, network_findings
from crawler.guard import AddressGuard, allowed_networks
from crawler.memento.guarded import Directory
from tests.archive.small_collection import AT, build

NOW = AT + timedelta(days=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection without a fault."""
    return build(tmp_path_factory.mktemp("whole") / "collection").root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it, to be spoilt."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def of(collection: Collection, check: str, *, now: datetime = NOW, reserve: int = 0) -> Finding:
    """The one finding of a check."""
    [found] = [each for each in collection_findings(collection, now=now, reserve=reserve) if each.check == check]
    return found


def spoil(collection: Collection, statement: str) -> None:
    """Change the catalogue behind its back."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute(statement)
        database.commit()


def test_a_sound_collection_on_a_sound_machine(collection: Collection) -> None:
    """Nothing to do, and nothing changed by asking."""
    before = {path: path.stat().st_mtime_ns for path in collection.root.rglob("*.*") if path.is_file()}
    found = [*machine_findings(), *collection_findings(collection, now=NOW, reserve=0)]
    assert {each.level for each in found} == {Level.FINE}
    checks = {"permissions", "lock", "disk", "database", "WARC files", "newest record", "clock"}
    assert checks <= {each.check for each in found}
    after = {path: path.stat().st_mtime_ns for path in collection.root.rglob("*.*") if path.is_file()}
    new = {".lock", "catalogue.db-wal", "catalogue.db-shm"}  # empty, as any reader leaves them
    assert {path: at for path, at in after.items() if path.name not in new} == before


def test_no_collection(tmp_path: Path) -> None:
    """Said once, and nothing else is asked."""
    [found] = collection_findings(Collection(tmp_path), now=NOW, reserve=0)
    assert found.level is Level.FAULT
    assert "not a collection" in found.said


def test_a_damaged_database(collection: Collection) -> None:
    """The remedy is named."""
    data = bytearray(collection.catalogue.read_bytes())
    data[8192:65536] = b"\xa5" * (65536 - 8192)
    collection.catalogue.write_bytes(data)
    found = of(collection, "database")
    assert found.level is Level.FAULT
    assert "verify --repair" in found.advice


def test_schemas_of_other_versions() -> None:
    """An older one is renewed by the next command, a newer one is not for us."""
    assert revision_finding("0001", size=1).level is Level.WARNING
    assert revision_finding("9999", size=1).level is Level.FAULT


def test_a_torn_end_and_a_lost_file(collection: Collection) -> None:
    """A finished WARC whose last record is not whole; one that is gone."""
    [warc] = collection.warcs.glob("*.warc.gz")
    os.truncate(warc, warc.stat().st_size - 1)
    found = of(collection, "newest record")
    assert found.level is Level.FAULT
    assert warc.name in found.said
    warc.unlink()
    assert of(collection, "newest record").level is Level.FAULT
    spoil(collection, "UPDATE warcs SET state = 'missing'")
    assert of(collection, "WARC files").level is Level.WARNING


def test_an_open_file_may_end_anywhere(collection: Collection) -> None:
    """It is being written, or the next run mends it."""
    [warc] = collection.warcs.glob("*.warc.gz")
    os.truncate(warc, warc.stat().st_size - 1)
    warc.rename(warc.with_name(warc.name + ".open"))
    spoil(collection, "UPDATE warcs SET state = 'open'")
    assert of(collection, "newest record").level is Level.FINE


def test_a_clock_that_went_back(collection: Collection) -> None:
    """By the time of the last run."""
    assert of(collection, "clock", now=AT - timedelta(hours=1)).level is Level.FAULT
    assert of(collection, "clock", now=AT - timedelta(minutes=1)).level is Level.FINE


def test_who_is_at_work(collection: Collection) -> None:
    """Is named."""
    lock = CollectionLock(collection)
    lock.take(since=AT, command="crawl")
    assert f"pid {os.getpid()}" in of(collection, "lock").said
    lock.release()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written(collection: Collection) -> None:
    """Each folder is named."""
    collection.events.chmod(0o555)
    assert str(collection.events) in of(collection, "permissions").said


@pytest.mark.parametrize(
    ("free", "names", "level"),
    [
        (500, 9, Level.FAULT),
        (1500, 9, Level.WARNING),
        (2500, 9, Level.FINE),
        (2500, 0, Level.FAULT),
        (2500, -1, Level.FINE),
    ],
)
def test_room(free: int, names: int, level: Level) -> None:
    """Below the reserve runs end; a disk may also be out of names."""
    assert disk_finding(Path("/c"), free, 10_000, names, reserve=1000).level is level


def test_the_machine() -> None:
    """An old Python, missing and old packages, few files, names that are not UTF-8."""
    assert python_finding((3, 10), "CPython").level is Level.FAULT
    found = list(package_findings(["no-such-thing>=1", "click>=9999", 'no-web; extra == "web"']))
    assert [each.level for each in found] == [Level.FAULT, Level.FINE]
    assert "no-such-thing is missing" in found[0].said
    assert "click is" in found[0].said
    assert "sourcekeep[web]" in found[1].advice
    assert files_finding(256, 4096).level is Level.WARNING
    assert files_finding(-1, -1).level is Level.FINE
    assert names_finding("ascii").level is Level.WARNING


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    """A server whose clock is an hour ahead, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(503 if self.path == "/down/" else 301)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            del timestamp
            return super().date_time_string((datetime.now(UTC) + timedelta(hours=1)).timestamp())

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_network(site: tuple[str, list[str]]) -> None:
    """Who answers, who does not, who must not be asked; and what time it is by those that answered."""
    base, asked = site
    places = [Place("up", f"{base}/"), Place("down", f"{base}/down/"), Place("gone", "http://gone.invalid/"),
              Place("inside", "http://10.1.2.3/")]  # fmt: skip
    directory = Directory(AddressGuard(allowed_networks(["127.0.0.0/8"])), {"gone.invalid": "127.0.0.9"})
    *found, clock = network_findings(places, directory, user_agent="test", now=datetime.now(UTC), timeout=2)
    assert [each.level for each in found] == [Level.FINE, *[Level.WARNING] * 3]
    assert sorted(asked) == ["/", "/down/"]  # once each, no redirect followed
    assert clock.level is Level.WARNING
    assert "behind" in clock.said


def test_the_verb(collection: Collection, site: tuple[str, list[str]]) -> None:
    """Reads the collection's file for site and archives; faults make the exit code 2; JSON a line each."""
    base, asked = site
    text = f'site = "{base}/index.md"\ncontact = "ops@news.example"\n'
    text += f'[archives.ours]\nkind = "pywb"\nbase = "{base}/coll"\n'
    (collection.root / "sourcekeep.toml").write_text(text)
    arguments = ["-c", str(collection.root), "--allow-network", "127.0.0.0/8", "--json"]
    done = CliRunner().invoke(doctor, arguments, standalone_mode=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.return_value == 0
    assert sorted(asked) == ["/coll/", "/index.md"]
    assert {each["check"] for each in found if each["level"] == "warning"} == {"clock"}
    collection.catalogue.write_bytes(b"")
    done = CliRunner().invoke(doctor, [*arguments, "--offline"], standalone_mode=False)
    assert done.return_value == 2
    assert len(asked) == 2
