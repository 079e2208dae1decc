"""The database under stress: several writers at once, kills, damage, no room."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archive.catalogue import Batch, Catalogue, Settled
from archive.database import Database
from archive.errors import CatalogueUnavailable, DiskFull, NotACollection, SourcekeepError, StorageError
from archive.frontier import Frontier
from archive.ledger import count_citations
from archive.model import Lease, LinkKind, LinkStage, NewLink, Reason, Settlement
from tests.archive.catalogue_samples import NOW, capture, keep_event


def some_links(number: int, name: str = "h") -> list[NewLink]:
    """Links of ten hosts."""
    return [NewLink(url=f"http://{name}{n % 10}.test/{n}", kind=LinkKind.CITATION) for n in range(number)]


def done(leases: list[Lease], start: int) -> Batch:
    """All of `leases` settled, with captures numbered from `start`."""
    kept = [capture(start + n, lease.url) for n, lease in enumerate(leases)]
    settlements = [
        Settled(
            settlement=Settlement(link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=NOW),
            record_id=record.record_id,
        )
        for lease, record in zip(leases, kept, strict=True)
    ]
    return Batch(captures=kept, settlements=settlements)


def crawl(path: Path, number: int) -> int:
    """Lease and settle until nothing is left; how many links that were."""
    catalogue = Catalogue.open(path, create=False)
    frontier = Frontier(catalogue)
    total = 0
    while leases := frontier.lease(run_id=number, now=NOW, limit=10, per_host=3):
        catalogue.commit(done(leases, number * 1_000_000 + total))
        frontier.add(some_links(20, f"p{number}-"))
        total += len(leases)
    catalogue.close()
    return total


def test_four_processes_write_at_once(tmp_path: Path) -> None:
    """No "database is locked", no link given to two, none lost."""
    path = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(path, create=True)
    frontier = Frontier(catalogue)
    frontier.add(some_links(600))
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        totals = pool.starmap(crawl, [(path, number) for number in range(1, 5)], chunksize=1)
        pool.close()
        pool.join()
    assert sum(totals) == 600 + 20 * sum(total > 0 for total in totals)
    assert frontier.counts() == {(LinkStage.DONE, LinkKind.CITATION): sum(totals)}
    with catalogue.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM captures").scalar() == sum(totals)
    catalogue.close()


def test_four_threads_write_at_once(tmp_path: Path) -> None:
    """One catalogue, used by all threads of a process."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    frontier = Frontier(catalogue)
    frontier.add(some_links(400))
    totals: list[int] = []

    def work(number: int) -> None:
        total = 0
        while leases := frontier.lease(run_id=number, now=NOW, limit=7, per_host=3):
            catalogue.commit(done(leases, number * 1_000_000 + total))
            total += len(leases)
        totals.append(total)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(totals) == 4
    assert sum(totals) == 400
    assert frontier.counts() == {(LinkStage.DONE, LinkKind.CITATION): 400}
    catalogue.close()


def test_a_reader_sees_one_state_while_others_write(tmp_path: Path) -> None:
    """A ledger read during a crawl neither blocks it nor changes half-way."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    keep_event(catalogue, "news/a.md", "http://a.test/")
    with catalogue.reading() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM links").scalar()
        keep_event(catalogue, "news/b.md", "http://b.test/")
        assert connection.exec_driver_sql("SELECT count(*) FROM links").scalar() == before == 1
    assert count_citations(catalogue) == 2
    catalogue.close()


_VICTIM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from archive.catalogue import Catalogue
from archive.frontier import Frontier
from tests.archive.catalogue_samples import NOW
from tests.archive.test_database import done, some_links

catalogue = Catalogue.open(Path(sys.argv[1]), create=False)
frontier = Frontier(catalogue)
start = committed = int(sys.argv[3])
while committed < start + 2000:
    leases = frontier.lease(run_id=1, now=NOW, limit=5, per_host=5)
    catalogue.commit(done(leases, committed))
    committed += len(leases)
    frontier.add(some_links(committed + 20))
    print(committed, flush=True)
"""


def test_a_kill_at_any_moment_leaves_whole_transactions(tmp_path: Path) -> None:
    """After each kill -9: what was said to be committed is there, every capture with its link, and the rest goes on."""
    path = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(path, create=True)
    frontier = Frontier(catalogue)
    frontier.add(some_links(20))
    root = str(Path(__file__).parents[2])
    held = 0
    for moment in range(4):
        command = [sys.executable, "-c", _VICTIM, str(path), root, str(held)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            told = [int(victim.stdout.readline()) for _ in range(3 + 5 * moment)]
            time.sleep(0.003 * moment)
            victim.send_signal(signal.SIGKILL)
            told += [int(line) for line in victim.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        with catalogue.reading() as connection:
            settled = "SELECT count(*) FROM links JOIN captures ON captures.id = links.capture_id WHERE stage = 'done'"
            held = int(connection.exec_driver_sql(settled).scalar_one())
            assert held == connection.exec_driver_sql("SELECT count(*) FROM captures").scalar_one()
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert told[-1] <= held <= told[-1] + 5
        assert frontier.reclaim() <= 5
    catalogue.close()


def test_a_transaction_that_is_dropped_never_was(tmp_path: Path) -> None:
    """A connection that breaks off in mid-transaction leaves nothing of it, and blocks nobody."""
    path = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(path, create=True)
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    stranger.execute("INSERT INTO hosts (key) VALUES ('half.test')")
    stranger.close()
    Frontier(catalogue).add(some_links(1))
    assert Frontier(catalogue).host("half.test") is None
    catalogue.close()


def test_a_long_writer_is_waited_for(tmp_path: Path) -> None:
    """Another process's transaction of a second delays ours, no more."""
    path = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(path, create=True)
    stranger = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    stranger.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(1.0, stranger.rollback)
    timer.start()
    began = time.monotonic()
    Frontier(catalogue).add(some_links(1))
    assert time.monotonic() - began > 0.8
    timer.join()
    stranger.close()
    catalogue.close()


def test_a_writer_that_never_ends_is_named(tmp_path: Path) -> None:
    """Past the time we wait, the message says what to do, and it is the house's exception."""
    path = tmp_path / "catalogue.db"
    Database.open(path, create=True).close()
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    database = Database(path, busy_timeout_s=0.1)
    with pytest.raises(CatalogueUnavailable, match="another process has been writing"), database.writing():
        pytest.fail("wrote while another did")
    stranger.close()
    database.close()


@pytest.mark.parametrize(
    "damage", [b"not a database, whatever its name says" * 100, b"SQLite format 3\0" + b"\xff" * 8000]
)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, damage: bytes) -> None:
    """The path, and what to do now."""
    path = tmp_path / "catalogue.db"
    path.write_bytes(damage)
    with pytest.raises(CatalogueUnavailable, match="sourcekeep verify --repair -c FOLDER") as raised:
        Catalogue.open(path, create=False)
    assert str(path) in str(raised.value)
    assert path.read_bytes() == damage


def test_a_database_damaged_in_the_middle_is_named(tmp_path: Path) -> None:
    """Pages overwritten by something else are found when they are read."""
    path = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(path, create=True)
    Frontier(catalogue).add(some_links(5000))
    catalogue.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 8192 * 4096)  # the page in the middle, and 60 more
        file.write(b"\xa5" * 4096 * 60)
    catalogue = Catalogue.open(path, create=False)
    with pytest.raises(CatalogueUnavailable, match="damaged"):
        Frontier(catalogue).lease(run_id=1, now=NOW, limit=5000, per_host=5000)
    catalogue.close()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere."""
    with pytest.raises(CatalogueUnavailable, match="see that the folder exists"):
        Catalogue.open(tmp_path / "none" / "catalogue.db", create=True)
    with pytest.raises(NotACollection):
        Catalogue.open(tmp_path / "none" / "catalogue.db", create=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    """Nothing may be written here."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CatalogueUnavailable, match=r"may be written|exists"):
            Catalogue.open(tmp_path / "catalogue.db", create=True)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_that_may_not_grow_says_there_is_no_room(tmp_path: Path) -> None:
    """A write refused by the system: nothing of the batch is there, and the same batch goes through later."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    frontier = Frontier(catalogue)
    frontier.add(some_links(10))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (tmp_path / "catalogue.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, limits[1]))
    try:
        with pytest.raises(StorageError) as raised:
            frontier.add(some_links(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(raised.value, SourcekeepError)
    assert str(tmp_path) in str(raised.value)
    assert frontier.counts() == {(LinkStage.PENDING, LinkKind.CITATION): 10}
    frontier.add(some_links(2000))
    assert frontier.counts() == {(LinkStage.PENDING, LinkKind.CITATION): 2000}
    catalogue.close()


def test_a_database_that_is_full_says_so(tmp_path: Path) -> None:
    """SQLite's own "database or disk is full" is the disk's exit code, 3."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    with catalogue.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 60")  # of this connection, which the next one reuses
    with pytest.raises(DiskFull, match="make room"):
        catalogue.set_meta("a", "x" * 1_000_000)
    assert catalogue.meta() == {}
    catalogue.close()


def test_how_each_connection_is_set(tmp_path: Path) -> None:
    """The settings durability rests on."""
    database = Database.open(tmp_path / "catalogue.db", create=True)
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    for durable in (False, True):
        with database.writing(durable=durable) as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
        assert found == expected | ({} if durable else {"synchronous": 1})
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()
