"""Jobs of sourcekeep.toml, run by the real command: steps in order, stopped, taken up, turned away."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

from archive.collection import CollectionLock
from tests.archive.small_collection import build
from tests.end_to_end.command import environment, sourcekeep
from tests.end_to_end.warm import Running, Setting
from tests.web.byte_server import ByteServer, Pause, ok

PAGE = "# A bridge opens\n\nSummary.\n\n\n### Sources:\n\n1. [Courier]({url})\n"


def record_of(collection: Path) -> dict[str, object]:
    """The only record of a job's run."""
    (path,) = collection.glob("runs/*/job.json")
    record = json.loads(path.read_text())
    assert isinstance(record, dict)
    return record


def codes_of(record: dict[str, object]) -> list[int]:
    """The exit codes of its steps."""
    steps = record["steps"]
    assert isinstance(steps, list)
    return [step["exit_code"] for step in steps]


def test_every_step_is_run_and_the_worst_code_is_the_job_s(tmp_path: Path) -> None:
    """Problems that one step finds keep no later one from its work; what each printed lies beside the record."""
    collection = build(tmp_path / "collection")
    (collection.indexes / "index.cdxj").write_text("")
    (collection.root / "sourcekeep.toml").write_text(
        '[jobs.look]\nsteps = ["verify", "links --format csv", "status"]\n'
        '[metrics]\nmetrics_file = "m.prom"\n'
        '[notifications.ops]\ncommand = ["tee", "told.json"]\n'
    )
    (collection.root / "crawler.py").write_text("raise SystemExit('a step ran what lies in the collection')\n")
    done = sourcekeep("run", "look", "-c", collection.root, "--json", "-q")
    assert done.returncode == 2, done.stderr
    said = json.loads(done.stdout)
    assert record_of(collection.root) == {key: value for key, value in said.items() if key != "record"}
    assert (codes_of(said), said["complete"], said["exit_code"]) == ([2, 0, 0], True, 2)
    folder = Path(said["record"])
    assert json.loads((folder / "3-status.json").read_text())["collection"] == str(collection.root)
    assert (folder / "2-links.txt").read_text().startswith("url,state,")
    assert "verify: exit code 2" in (folder / "report.html").read_text()
    assert json.loads((collection.root / "told.json").read_text())["happened"] == ["failure"]
    assert 'exit_code{collection="collection",job="look"} 2.0' in (collection.root / "m-jobs.prom").read_text()


def test_a_job_is_left_out_while_another_run_holds_the_collection(tmp_path: Path) -> None:
    """Exit code 5, who runs, and no record: nothing was begun."""
    collection = build(tmp_path / "collection")
    (collection.root / "sourcekeep.toml").write_text('[jobs.look]\nsteps = ["status"]\n')
    lock = CollectionLock(collection)
    lock.take(since=datetime.now(UTC), command="sourcekeep crawl https://a.test/")
    done = sourcekeep("run", "look", "-c", collection.root)
    lock.release()
    assert done.returncode == 5
    assert "sourcekeep crawl https://a.test/" in done.stderr
    assert not list(collection.runs.glob("*/job.json"))


def test_a_stopped_job_goes_on_at_the_step_that_was_not_finished(tmp_path: Path) -> None:
    """SIGTERM reaches the step, which stops cleanly; the next run skips what was done. The crawl goes by the file."""
    collection, pages = tmp_path / "collection", tmp_path / "pages" / "news" / "2016" / "02" / "3"
    pages.mkdir(parents=True)
    with ByteServer() as web:
        web.on("/a", (Pause(2), ok(b"<p>An article")), ok(b"<p>An article"))
        (pages / "a-bridge-opens.md").write_text(PAGE.format(url=web.url("/a")))
        assert sourcekeep("init", collection, "--site", tmp_path / "pages").returncode == 0
        text = (collection / "sourcekeep.toml").read_text()
        for key, value in (("allow_networks", '["127.0.0.0/8"]'), ("delay", "0")):
            text = text.replace(f"# {key} = ", f"{key} = {value}  # ", 1)
        text += '[jobs.two]\nsteps = ["status", "crawl --no-extract", "status"]\n'  # no collection yet for the first
        (collection / "sourcekeep.toml").write_text(text)
        job = Running(
            ["run", "two", "-c", collection], tmp_path / "said", Setting(environment=environment(), folder=tmp_path)
        )
        deadline = time.monotonic() + 60
        while not web.requests("/a") and job.is_alive and time.monotonic() < deadline:
            time.sleep(0.05)
        job.signal(signal.SIGTERM)
        ended = job.wait()
        assert ended.code == 11, ended
        stopped = record_of(collection)
        assert (codes_of(stopped), stopped["stopped"], stopped["complete"]) == ([4, 11], True, False)
        again = sourcekeep("run", "two", "-c", collection, "-q")
    assert again.returncode == 4, again.stderr
    record = record_of(collection)
    assert (codes_of(record), record["exit_code"], record["complete"]) == ([4, 11, 0, 0], 4, True)
    assert len(record["resumed"]) == 1  # type: ignore[arg-type]
    assert record["started"] == stopped["started"]
