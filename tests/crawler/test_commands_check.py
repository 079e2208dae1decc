"""`sourcekeep check`, by itself: what is wrong with a request is said before anything is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.reader import read_records
from crawler.cli import run
from tests.web.byte_server import ByteServer, ok


@pytest.fixture
def web() -> Iterator[ByteServer]:
    """A server that nobody should ask."""
    with ByteServer() as server:
        server.on("/", ok(b"here"))
        yield server


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "nothing to check"),
        (["-i", "{folder}/none.txt"], "none.txt cannot be read"),
        (["-i", "{folder}/bad.jsonl"], "bad.jsonl, line 1: no JSON"),
        (["{url}", "-i", "{folder}"], "cannot be read"),
        (["{url}", "--now", "soon"], "'soon' is no time"),
        (["{url}", "--now", "9999-12-31"], "between 1970 and 2200"),
        (["{url}", "--now", "0001-01-01T00:00:00+14:00"], "is no time"),
        (["{url}", "--ca-file", "{folder}/bad.jsonl"], "bad.jsonl gives no certificate authorities"),
        (["{url}", "--ca-file", "{folder}/none.pem"], "none.pem gives no certificate authorities"),
        (["{url}", "--baseline", "{folder}/none.warc"], "none.warc is neither"),
        (["{url}", "--baseline", "{folder}/noise.warc"], "without a sound record"),
        (["{url}", "-c", "{folder}/none"], "none is not a collection"),
        (["{url}", "--keep", "{folder}"], "is not empty"),
        (["{url}", "--per-host", "0"], "--per-host"),
        (["{url}", "--per-host", "5"], "--per-host"),
        (["{url}", "--format", "xml"], "--format"),
        (["{url}", "--allow-network", "somewhere"], "somewhere"),
        (["{url}", "-s", "SOURCEKEEP_DELY=1"], "SOURCEKEEP_DELAY"),
    ],
)
def test_a_request_that_makes_no_sense(
    arguments: list[str], named: str, web: ByteServer, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Exit code 4, the thing named, nothing on standard output, nothing fetched, nothing left behind."""
    (tmp_path / "bad.jsonl").write_text('{"url": "http://a.test/\n{"id": 1\n')
    (tmp_path / "noise.warc").write_bytes(b"noise\n" * 100)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    filled = [each.format(folder=tmp_path, url=web.url("/")) for each in arguments]
    assert run(["check", *filled]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
    assert web.log == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("form", ["jsonl", "csv", "junit", "html"])
def test_a_password_in_a_url_is_neither_sent_nor_told(
    form: str, web: ByteServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A URL with one is no address, as for a crawl; stars stand in its place."""
    url = web.url("/").replace("://", "://me:secret@")
    assert run(["check", url, "--format", form, "--allow-network", "127.0.0.0/8"]) == 0
    out, err = capsys.readouterr()
    assert "***@" in out
    assert "malformed_url" in out
    assert "secret" not in out + err
    assert web.log == []


def test_a_member_that_is_no_link_is_told_and_the_others_are_checked(
    web: ByteServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its line says invalid and why; exit code 1, for the list is not as it should be."""
    (tmp_path / "links.json").write_text(json.dumps([{"id": 1}, {"id": 2, "url": web.url("/")}]))
    assert run(["check", "-i", str(tmp_path / "links.json"), "--allow-network", "127.0.0.0/8"]) == 1
    out, err = capsys.readouterr()
    faulty, good = map(json.loads, out.splitlines())
    assert (faulty["id"], faulty["class"], faulty["url"]) == (1, "invalid", "")
    assert faulty["why"].endswith("links.json, member 1: has no url")
    assert faulty["evidence"]["words"] == [faulty["why"]]
    assert (good["id"], good["class"]) == (2, "alive")
    assert "1 alive, 1 no URL" in err


def test_what_is_kept_is_named(web: ByteServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --keep each answer names the record that proves it; without, there is none to name."""
    web.on("/gone", ok(b"gone", status=b"404 Not Found"))
    asked = ["check", web.url("/"), web.url("/gone"), "http://a b.test/", "--allow-network", "127.0.0.0/8"]
    assert run([*asked, "--keep", str(tmp_path / "kept")]) == 2
    found = {each["state"]: each["evidence"]["record_id"] for each in map(json.loads, _lines(capsys))}
    records = {
        record.record_id: (record.kind, record.header("WARC-Target-URI"))
        for path in (tmp_path / "kept" / "archive").glob("*.warc.gz")
        for record in read_records(path)
    }
    assert [records[found[state]] for state in ("ok", "gone")] == [
        ("response", web.url("/")), ("response", web.url("/gone")),
    ]  # fmt: skip
    assert found["malformed_url"] is None
    assert run(asked) == 2
    assert {each["evidence"]["record_id"] for each in map(json.loads, _lines(capsys))} == {None}


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()
