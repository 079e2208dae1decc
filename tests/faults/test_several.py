"""Several at once on one collection: a second run, readers beside a run, writers of one catalogue; and signals."""

from __future__ import annotations

import json
import multiprocessing
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.model import LinkKind, LinkStage
from tests.archive.catalogue_samples import NOW
from tests.archive.test_database import done, some_links
from tests.end_to_end.warm import Running, run
from tests.faults.bed import Bed, bed, is_whole, records_missing

WRITERS, LINKS = 4, 60


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A bed whose crawl takes some seconds."""
    with bed(tmp_path_factory.mktemp("bed"), events=12, hosts=4) as found:
        yield found


@contextmanager
def crawling(ground: Bed, folder: Path) -> Iterator[Running]:
    """A slow crawl that has begun to write; ended whatever happens."""
    crawl = Running(ground.command(folder / "c", "-sSOURCEKEEP_DELAY=2"), folder / "first")
    try:
        for _ in range(600):
            if any((folder / "c" / "archive").glob("*.open")):
                break
            assert crawl.is_alive, crawl.wait()
            time.sleep(0.02)
        yield crawl
    finally:
        if crawl.is_alive:
            crawl.signal(signal.SIGKILL)
            crawl.wait()


def test_a_second_run_says_who_holds_the_collection(ground: Bed, tmp_path: Path) -> None:
    """Exit 5 with pid and since when; readers are let in; after a kill -9 the lock is taken over, its note is stale."""
    began = datetime.now(UTC)
    with crawling(ground, tmp_path) as first:
        second = ground.crawl(tmp_path / "c", tmp_path / "second")
        assert second.code == 5
        assert f"pid {first.pid}" in second.err
        assert f"since {began:%Y-%m-%dT}" in second.err
        status = run(["status", "-c", tmp_path / "c", "--json"], tmp_path / "status")
        assert (status.code, json.loads(status.out)["citations"]["total"] >= 0) == (0, True), status.err
        assert run(["parse", ground.pages], tmp_path / "parse").code == 0
        dry = run(["crawl", ground.pages, "-c", tmp_path / "c", "--dry-run", "-q"], tmp_path / "dry")
        assert dry.code == 0, dry.err
        verify = run(["verify", "-c", tmp_path / "c"], tmp_path / "verify")
        assert verify.code == 5, verify.err
        assert first.is_alive
        first.signal(signal.SIGKILL)
        assert first.wait().code == -signal.SIGKILL
    assert (tmp_path / "c" / "run.json").exists()
    assert not records_missing(tmp_path / "c")
    last = ground.crawl(tmp_path / "c", tmp_path / "last")
    assert last.code == 0, last.err
    is_whole(ground, tmp_path / "c")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_finishes_what_is_in_flight(number: int, tmp_path: Path) -> None:
    """Exit 11, every file finished, nothing leased; the same command goes on and asks for nothing twice."""
    with bed(tmp_path / "bed", events=60, hosts=4) as many:
        with crawling(many, tmp_path) as crawl:
            crawl.signal(number)
            ended = crawl.wait()
        assert ended.code == 11, ended.err
        assert not list((tmp_path / "c" / "archive").glob("*.open"))
        assert many.crawl(tmp_path / "c", tmp_path / "last").code == 0
        is_whole(many, tmp_path / "c")
        assert many.web.seen().repeats == 0


def test_a_signal_while_pages_are_read_from_disk(tmp_path: Path) -> None:
    """An item of the spider's start is under way when the stop begins: the run ends all the same."""
    with bed(tmp_path, events=60, hosts=4) as many:
        for number in range(6):
            with crawling(many, tmp_path / str(number)) as crawl:
                crawl.signal(signal.SIGINT)
                ended = crawl.wait(30)
            assert ended.code == 11, ended.err


def test_a_second_signal_stops_now(ground: Bed, tmp_path: Path) -> None:
    """SIGTERM twice: over within seconds, exit 11, with valid files."""
    with crawling(ground, tmp_path) as crawl:
        began = time.monotonic()
        crawl.signal(signal.SIGTERM)
        time.sleep(0.05)
        crawl.signal(signal.SIGTERM)
        ended = crawl.wait()
        assert time.monotonic() - began < 20
    assert ended.code == 11, ended.err
    assert not records_missing(tmp_path / "c")
    assert ground.crawl(tmp_path / "c", tmp_path / "last").code == 0
    is_whole(ground, tmp_path / "c")


def test_a_terminal_that_hangs_up_is_a_kill(ground: Bed, tmp_path: Path) -> None:
    """SIGHUP is not caught (nohup and setsid work as ever): the run ends at once, and the next one goes on."""
    with crawling(ground, tmp_path) as crawl:
        crawl.signal(signal.SIGHUP)
        assert crawl.wait().code == -signal.SIGHUP
    assert not records_missing(tmp_path / "c")
    assert ground.crawl(tmp_path / "c", tmp_path / "last").code == 0
    is_whole(ground, tmp_path / "c")


def write(path: Path, number: int) -> str:
    """One writer: leases and settles its links in many small transactions. What it raised, or nothing."""
    try:
        with closing(Catalogue.open(path, create=True)) as catalogue:
            frontier = Frontier(catalogue)
            frontier.add(some_links(LINKS, name=f"w{number}"))
            for turn in range(LINKS):
                leases = frontier.lease(run_id=number, now=NOW, limit=2, per_host=2)
                catalogue.commit(done(leases, number * 1_000_000 + 10 * turn))
    except Exception as error:  # noqa: BLE001 - whatever reaches a user is the finding
        return repr(error)
    return ""


def test_four_writers_at_once(tmp_path: Path) -> None:
    """Four processes commit to one catalogue: no "database is locked" reaches anybody, and no link is settled twice."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(WRITERS) as pool:
        told = pool.starmap_async(write, [(tmp_path / "catalogue.db", n) for n in range(1, WRITERS + 1)]).get(120)
        pool.close()
        pool.join()
    assert told == [""] * WRITERS
    with closing(Catalogue.open(tmp_path / "catalogue.db", create=False)) as catalogue:
        assert Frontier(catalogue).counts() == {(LinkStage.DONE, LinkKind.CITATION): WRITERS * LINKS}
    with closing(sqlite3.connect(tmp_path / "catalogue.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM captures").fetchone() == (WRITERS * LINKS,)
