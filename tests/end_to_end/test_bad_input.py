"""Bad input and bad luck: a message that names the thing and what to do, the right exit code, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.command import FAST, report_of, sourcekeep, start
from tests.web.many import ManyProcess, ManySources, Plan

PAGE = """### [2016-02-3](/news/2016/02/3/index.md)

##### Bridges
# A bridge opens

Summary.


### Sources:

1. [Courier](http://127.0.0.1:9/a)
"""


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with one event page whose source refuses connections."""
    folder = tmp_path / "pages" / "news" / "2016" / "02" / "3"
    folder.mkdir(parents=True)
    (folder / "a-bridge-opens.md").write_text(PAGE)
    return tmp_path / "pages"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["crawl", "./nowhere"], 4, "nowhere does not exist"),
        (["crawl", "ftp://a.test/"], 4, "http(s)"),
        (["crawl", "."], 4, "holds no event pages"),
        (["crawl", "--frobnicate", "."], 4, "--frobnicate"),
        (["crawl", ".", "--since", "yesterday"], 4, "yesterday"),
        (["crawl", ".", "-s", "NONSENSE"], 4, "NAME=VALUE"),
        (["crawl", ".", "-s", "SOURCEKEEP_DELAY=fast"], 4, "SOURCEKEEP_DELAY"),
        (["crawl", ".", "--allow-network", "127.0.0.1/8"], 4, "write 127.0.0.0/8"),
        (["frobnicate"], 4, "frobnicate"),
        (["status", "-c", "."], 4, "not a collection"),
        (["verify", "-c", "./nowhere"], 4, "nowhere"),
        (["extract", "-c", "."], 4, "not a collection"),
        (["parse", "./nowhere"], 4, "nowhere"),
    ],
)
def test_usage_errors(arguments: list[str], code: int, says: str, tmp_path: Path) -> None:
    """Each is refused before the first request, in a sentence and without a traceback."""
    done = sourcekeep(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_somebody_elses_is_left_alone(pages: Path, tmp_path: Path) -> None:
    """-c with a folder that holds other things."""
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").write_bytes(b"")
    done = sourcekeep("crawl", pages, "-c", other)
    assert (done.returncode, list(other.iterdir())) == (4, [other / "cat.jpg"])
    assert "photos" in done.stderr


def test_a_collection_where_nothing_can_be_written(pages: Path, tmp_path: Path) -> None:
    """-c below a file."""
    (tmp_path / "file").write_text("")
    done = sourcekeep("crawl", pages, "-c", tmp_path / "file" / "collection")
    assert done.returncode == 4
    assert "cannot be written" in done.stderr


def test_loopback_is_refused_unless_allowed(pages: Path, tmp_path: Path) -> None:
    """The guard: without --allow-network no connection is made, and the reason says so. The last line of the progress
    has the numbers of the report: of citations, which are two here of one link."""
    (pages / "news/2016/02/3/another-bridge-opens.md").write_text(PAGE)
    done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json")
    report = report_of(done)
    assert report["citations"]["reasons"] == {"refused_address": 2}  # type: ignore[index]
    assert report["exit_code"] == 0
    [ended] = [line for line in done.stderr.splitlines() if '"message": "ended"' in line]
    told = json.loads(ended)["details"]
    assert {name: told[name] for name in ("kept", "failed", "excluded", "waiting")} == {
        name: report["citations"][name]
        for name in ("kept", "failed", "excluded", "waiting")  # type: ignore[index]
    }


def test_a_source_that_refuses_connections_is_tried_again_and_reported(pages: Path, tmp_path: Path) -> None:
    """Three attempts, then failed for now; the ledger adds up and the run is a success."""
    report = report_of(sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST))
    assert report["citations"]["reasons"] == {"conn_refused": 1}  # type: ignore[index]
    assert report["exit_code"] == 0


def test_a_site_that_does_not_answer(tmp_path: Path) -> None:
    """Nothing listens there: exit 1, and the message names the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        site = f"http://127.0.0.1:{taken.getsockname()[1]}/index.md"
        done = sourcekeep("crawl", site, "-c", tmp_path / "c", *FAST)
    assert done.returncode == 1
    assert site in done.stdout + done.stderr
    assert "conn_refused" in done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_page_is_named_and_the_others_are_kept(pages: Path, tmp_path: Path) -> None:
    """Exit 1, the page named, the rest done."""
    bad = pages / "news" / "2016" / "02" / "3" / "secret.md"
    bad.write_text(PAGE)
    bad.chmod(0)
    done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "--json", *FAST)
    assert done.returncode == 1
    assert "secret.md" in done.stderr
    assert report_of(done)["events"] == {"total": 1, "read": 1}


SLOWLY = "-sSOURCEKEEP_DELAY=3"


@contextmanager
def slow_crawl(tmp_path: Path) -> Iterator[tuple[list[object], ManyProcess]]:
    """The arguments of a crawl that takes long with SLOWLY and little time without."""
    sources = ManySources(events=40, hosts=8, seed=3)
    with ManyProcess(Plan(hosts=8, seed=3, latency=0.05, smallest=2_000, largest=9_000)) as web:
        sources.write(tmp_path / "pages", port=web.port)
        arguments: list[object] = ["crawl", tmp_path / "pages", "-c", tmp_path / "c", "--no-extract", "--json"]
        yield [*arguments, *FAST], web


def wait_for(found: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a crawl has begun to write."""
    for _ in range(1000):
        if any(found.glob("*.open")):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("the crawl did not begin")


def test_a_second_run_is_turned_away_and_a_signal_ends_the_first_cleanly(tmp_path: Path) -> None:
    """Exit 5 names who runs; SIGINT finishes what is in flight, exit 11; the same command then goes on to the end."""
    with slow_crawl(tmp_path) as (arguments, web):
        first = start(*map(str, arguments), SLOWLY)
        wait_for(tmp_path / "c" / "archive", first)
        second = sourcekeep(*map(str, arguments))
        assert second.returncode == 5
        assert f"pid {first.pid}" in second.stderr
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=30)
        assert first.returncode == 11, err
        assert not list((tmp_path / "c" / "archive").glob("*.open"))
        assert json.loads(out)["citations"]["waiting"] > 0
        last = sourcekeep(*map(str, arguments))
        assert last.returncode == 0, last.stderr
        assert report_of(last)["citations"]["waiting"] == 0  # type: ignore[index]
        repeats = {url: hits for url, hits in web.seen().hits.items() if hits > 1 and "robots" not in url}
        assert not repeats


def test_two_signals_stop_at_once_with_valid_files(tmp_path: Path) -> None:
    """The second SIGTERM does not wait for what is in flight; what is on disk is whole."""
    with slow_crawl(tmp_path) as (arguments, _):
        crawl = start(*map(str, arguments), SLOWLY)
        wait_for(tmp_path / "c" / "archive", crawl)
        crawl.send_signal(signal.SIGTERM)
        time.sleep(0.02)
        crawl.send_signal(signal.SIGTERM)
        _, err = crawl.communicate(timeout=20)
        assert crawl.returncode == 11, err
        assert sourcekeep("verify", "-c", tmp_path / "c").returncode == 0
        assert sourcekeep(*map(str, arguments)).returncode == 0


def test_a_signal_while_articles_are_read_is_heeded(tmp_path: Path) -> None:
    """SIGTERM behind the fetch: the stage ends, exit 11; `extract` goes on with the articles that are left."""
    sources = ManySources(events=150, hosts=8, seed=4)
    with ManyProcess(Plan(hosts=8, seed=4, smallest=60_000, largest=90_000)) as web:
        sources.write(tmp_path / "pages", port=web.port)
        fast = [*FAST, "-sSOURCEKEEP_DELAY=0"]
        crawl = start("crawl", tmp_path / "pages", "-c", tmp_path / "c", "--json", *fast)
        database = tmp_path / "c" / "catalogue.db"
        for _ in range(600):
            if database.exists() and count(database, "articles") > 3:
                break
            assert crawl.poll() is None, crawl.communicate()
            time.sleep(0.05)
        crawl.send_signal(signal.SIGTERM)
        _, err = crawl.communicate(timeout=60)
    assert crawl.returncode == 11, err
    assert "Traceback" not in err
    read = count(database, "articles")
    done = sourcekeep("extract", "-c", tmp_path / "c", "--json")
    assert done.returncode == 0, done.stderr
    assert count(database, "articles") > read
    assert sourcekeep("verify", "-c", tmp_path / "c").returncode == 0


def count(database: Path, table: str) -> int:
    """How many rows a table has by now; 0 while there is no such table."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root to be mounted")
def test_a_full_disk_ends_the_run_and_room_ends_the_trouble(tmp_path: Path) -> None:
    """Exit 3 with the amount missing; nothing is marked done without its record; with room it goes on to 100 %."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small file system here: {mounted.stderr}")
    try:
        with slow_crawl(tmp_path) as (arguments, _):
            arguments[3] = small / "c"
            arguments.append("--disk-reserve=0")  # with one, a run ends before it is full
            full = sourcekeep(*map(str, arguments))
            assert full.returncode == 3, full.stderr
            assert "small" in full.stderr + full.stdout
            subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
            done = sourcekeep(*map(str, arguments))
            assert done.returncode == 0, done.stderr
            assert report_of(done)["citations"]["kept"] == report_of(done)["citations"]["total"]  # type: ignore[index]
            assert sourcekeep("verify", "-c", small / "c").returncode == 0
    finally:
        subprocess.run(["umount", str(small)], check=False)
