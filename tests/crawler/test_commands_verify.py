"""`sourcekeep verify`."""

from __future__ import annotations

import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.collection import Collection, CollectionLock, is_held
from archive.verify import Looked
from crawler.cli import run
from crawler.commands.verify import _Ticker
from tests.archive.small_collection import build


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection without a fault."""
    return build(tmp_path_factory.mktemp("verify") / "collection").root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def test_a_whole_collection(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, what was looked at, no problems; and nothing is left locked."""
    assert run(["verify", "-c", str(collection.root)]) == 0
    out, err = capsys.readouterr()
    assert "28 records, 9 captures, 9 index lines, 1 event document" in out
    assert out.endswith("no problems\n")
    assert err == ""
    assert not is_held(collection)
    assert not collection.run_note.exists()


def test_problems_have_exit_code_2_and_advice(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Each on a line with its kind and place; what to do once a kind."""
    next(collection.events.rglob("*.json")).unlink()
    (collection.indexes / "index.cdxj").write_text("")
    assert run(["verify", "-c", str(collection.root)]) == 2
    out = capsys.readouterr().out
    assert "missing_document  events/2016/02/03/" in out
    assert out.count("missing_line  indexes/index.cdxj: ") == 9
    assert "What to do:\n  missing_line      9  `sourcekeep verify --repair` writes the index anew" in out
    assert out.endswith("10 problems\n")


def test_a_note_is_no_problem(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """A torn tail that a repair has set aside: exit code 0."""
    (collection.warcs / "x.warc.gz.torn").write_bytes(b"abc")
    assert run(["verify", "-c", str(collection.root)]) == 0
    assert capsys.readouterr().out.endswith("no problems, 1 note\n")


def test_a_loss_is_closed_from_the_command_line(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """verify says how; refused while the file is there; then exit code 0, and who accepted it and why is shown."""
    [warc] = collection.warcs.glob("*.warc.gz")
    accept = ["verify", "-c", str(collection.root), "--accept-loss", warc.name, "--why", "disk 3 \x1b[2J died"]
    assert run(accept) == 4
    assert "is there" in capsys.readouterr().err
    warc.unlink()
    assert run(["verify", "-c", str(collection.root)]) == 2
    assert "sourcekeep verify --accept-loss NAME" in capsys.readouterr().out
    assert run(accept) == 0
    out = capsys.readouterr().out
    assert f"repaired: note that {warc.name} is lost, with 9 captures\n" in out
    assert f"accepted_loss  archive/{warc.name}: is lost, with 9 captures; accepted 20" in out
    assert "died" in out
    assert "\x1b" not in out
    assert run(["verify", "-q", "-c", str(collection.root)]) == 0
    assert run([*accept, "--dry-run"]) == 4
    for without in (accept[:-2], [*accept[:-1], "  "]):
        assert run(without) == 4
        assert "--why" in capsys.readouterr().err


def test_json_lines(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each fault, and the counts last."""
    next(collection.events.rglob("*.json")).unlink()
    assert run(["verify", "--json", "-c", str(collection.root)]) == 2
    fault, counts = map(json.loads, capsys.readouterr().out.splitlines())
    assert (fault["kind"], fault["grave"]) == ("missing_document", True)
    assert fault["advice"]
    assert counts["verified"]["problems"] == 1
    assert counts["verified"]["records"] == 28


def test_many_faults_of_a_kind_are_cut_short(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty of a kind are shown, all are counted; -v shows all."""
    for number in range(30):
        (collection.events / f"{number}.json").write_text("{}")
    assert run(["verify", "-c", str(collection.root)]) == 2
    out = capsys.readouterr().out
    assert out.count("unknown_document  ") == 21  # and once under what to do
    assert "30 problems" in out
    run(["verify", "-v", "-c", str(collection.root)])
    assert capsys.readouterr().out.count("unknown_document  ") == 31


def test_hostile_names_do_not_steer_the_terminal(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of files, and URLs in the index, are shown without their power."""
    (collection.events / "\x1b]0;x\x07.json").write_text("{}")
    with (collection.indexes / "index.cdxj").open("a") as index:
        index.write("zz \x1b[2J {}\n")
    for flags in ([], ["--json"]):
        assert run(["verify", "-c", str(collection.root), *flags]) == 2
        out, err = capsys.readouterr()
        assert "\x1b" not in out + err


def test_a_run_at_work_keeps_verify_out(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 5, naming who holds it; its note stays."""
    lock = CollectionLock(collection)
    lock.take(since=datetime(2026, 11, 22, tzinfo=UTC), command="sourcekeep crawl x")
    try:
        assert run(["verify", "-c", str(collection.root)]) == 5
        assert "sourcekeep crawl x" in capsys.readouterr().err
        assert collection.run_note.exists()
    finally:
        lock.release()


def test_quiet_says_only_what_is_wrong(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    """-q: nothing at all about a whole collection."""
    assert run(["verify", "-q", "-c", str(collection.root)]) == 0
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_is_one_line() -> None:
    """Written over, no wider than a terminal, taken away at the end."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    ticker = _Ticker(stream, silent=False)
    ticker._due = 0
    ticker(Looked(phase="WARCs", done=1, total=4, what="x" * 200))
    ticker.clear()
    assert stream.getvalue().startswith("\r\x1b[Kverify: WARCs 25 %, 0 s xxx")
    assert stream.getvalue().endswith("…\r\x1b[K")
    assert "\n" not in stream.getvalue()
