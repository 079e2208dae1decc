"""`sourcekeep demo`, the whole of it: the sample served, crawled, kept, summed up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, Run
from archive.collection import Collection, CollectionLock
from archive.errors import UsageError
from crawler.cli import run
from crawler.commands.demo import _demos

ROOT = Path(__file__).parents[2]


def demo(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """`sourcekeep demo` in a process of its own, in the folder's parent."""
    return subprocess.run(
        [sys.executable, "-m", "crawler.cli", "demo", "--folder", str(folder), *flags],
        cwd=folder.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_demo_from_nothing_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve events and all that is said of their citations; a summary, the tree, what next. Again: nothing is new."""
    folder = tmp_path / "demo-collection"
    first = demo(folder)
    assert first.returncode == 0, first.stderr
    words = " ".join(first.stdout.split())
    assert "events 12 4 of them new or changed in this run" in words
    assert "citations 47 kept 36 ok 32, moved 4 failed 8" in words
    assert "demo-collection/ archive/ 2 files" in words
    assert " status -c demo-collection" in first.stdout
    assert run(["verify", "-q", "-c", str(folder)]) == 0
    assert run(["parse", str(folder / "pages")]) == 0
    capsys.readouterr()
    again = demo(folder, "--json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["events"] == {"total": 12, "read": 0}
    assert (report["citations"]["kept"], report["citations"]["waiting"]) == (36, 0)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo writes into no folder that holds other things, with --fresh neither."""
    (tmp_path / "thesis.tex").write_text("years of work")
    for flags in ([], ["--fresh"]):
        assert run(["demo", "--folder", str(tmp_path), *flags]) == 4
        assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_demo_at_work_is_not_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--fresh while a run holds the collection: exit code 5, nothing removed."""
    collection = Collection(tmp_path)
    collection.prepare()
    Catalogue.open(collection.catalogue, create=True).close()
    lock = CollectionLock(collection)
    lock.take(since=datetime(2026, 11, 22, tzinfo=UTC), command="sourcekeep crawl x")
    try:
        assert run(["demo", "--folder", str(tmp_path), "--fresh"]) == 5
    finally:
        lock.release()
    assert str(tmp_path) in capsys.readouterr().err
    assert collection.catalogue.exists()


def test_a_real_collection_is_left_alone(tmp_path: Path) -> None:
    """Nor into a collection of real sources."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    begun = datetime(2026, 11, 22, tzinfo=UTC)
    for site in ("http://archive.test:1234/index.md", "https://site.example/index.md"):
        catalogue.start_run(
            Run(job="crawl", site=site, started_at=begun, pid=1, host="h", version="0", configuration={})
        )
        if site.startswith("http:"):
            assert _demos(tmp_path) == [site]
    catalogue.close()
    with pytest.raises(UsageError, match="no demo"):
        _demos(tmp_path)
