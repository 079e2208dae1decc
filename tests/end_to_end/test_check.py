"""`sourcekeep check` as a whole: lists in, answers out, compared with what the links once were."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from lxml import etree

from crawler.cli import run
from tests.archive.foreign_samples import response
from tests.end_to_end.command import PROJECT, environment, sourcekeep
from tests.web.byte_server import ByteServer, Pause, ok

HTML = b"Content-Type: text/html; charset=utf-8"
QUICK = ("--allow-network=127.0.0.0/8", "-sSOURCEKEEP_DELAY=0", "-sSOURCEKEEP_DELAY_FACTOR=0", "--per-host=2")
BRIDGE = (
    "The council of the old town met on Tuesday evening to speak about the stone bridge over the river. Its engineers "
    "say that the third arch has sunk by four inches since the flood of last spring, and that carts heavier than two "
    "tons must take the long way round by the mill. The mayor promised that the work will begin before the frost."
)
RECIPE = (
    "Peel six large potatoes and cut them into thin slices, then lay these in cold water for half an hour while the "
    "oven gets hot. Butter a deep dish, rub it with garlic, and fill it with layers of potato, salt, pepper and cream. "
    "Bake it slowly until the top is brown and a knife goes through without meeting any resistance at all."
)


def page(title: str, text: str) -> bytes:
    """An article in a page."""
    words = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>" + f"<p>{text}</p>" * 3 + "</body></html>"
    return words.encode()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByteServer]:
    """A site whose articles have gone different ways, over TLS, with an authority nobody knows."""
    authority = trustme.CA()
    with ByteServer(certificate=authority.issue_cert("127.0.0.1")) as server:
        server.on("/story", ok(page("The bridge", BRIDGE), HTML))
        server.on("/sold", ok(page("Potatoes for the poor", RECIPE), HTML))
        server.on("/moved", b"HTTP/1.1 301 Moved\r\nLocation: /story\r\nContent-Length: 0\r\n\r\n")
        server.on("/picture.jpg", ok(page("Gallery", RECIPE), HTML))
        server.on("/broken", ok(b"oops", status=b"500 Internal Server Error"))
        folder = tmp_path_factory.mktemp("once")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        once = [response(n, server.url(path), page(path[1:], BRIDGE)) for n, path in enumerate(OURS)]
        (folder / "once.warc").write_bytes(b"".join(once))
        server.folder = folder  # type: ignore[attr-defined]
        yield server


OURS = ("/story", "/sold", "/moved")


def test_a_list_against_what_the_links_once_were(web: ByteServer, tmp_path: Path) -> None:
    """Each id has its answer, in the words of the vocabulary, as a line; what is asked for twice is asked once; a
    foreign WARC is compared with; nothing stays behind; something is dead: exit code 2."""
    folder: Path = web.folder  # type: ignore[attr-defined]
    asked = [
        {"id": "story", "url": web.url("/story")}, {"id": 2, "url": web.url("/story#end")},
        {"id": "sold", "url": web.url("/sold")}, {"id": "moved", "url": web.url("/moved")},
        {"id": "gone", "url": web.url("/gone")}, {"id": "broken", "url": web.url("/broken")},
        {"id": "picture", "url": web.url("/picture.jpg"), "expect_type": "image/jpeg"},
        {"id": "none", "url": "http://a b.test/"}, {"id": "mail", "url": "mailto:a@b.test"},
        {"id": "private", "url": "http://10.0.0.1/"},
    ]  # fmt: skip
    (tmp_path / "links.json").write_text(json.dumps(asked))
    (tmp_path / "tmp").mkdir()
    before = len(web.log)
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "check", "-i", str(tmp_path / "links.json"), "--baseline",
         str(folder / "once.warc"), "--ca-file", str(folder / "ca.pem"), "--now=2026-03-01", *QUICK,
         "-sSOURCEKEEP_RETRY_WAIT=0.1"],
        cwd=PROJECT, env={**environment(), "TMPDIR": str(tmp_path / "tmp")}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    found = {each["id"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert {name: (each["state"], each["class"]) for name, each in found.items()} == {
        "story": ("ok", "alive"), 2: ("ok", "alive"), "sold": ("content_drifted", "changed"),
        "moved": ("moved", "alive"), "gone": ("gone", "dead"), "broken": ("server_error", "failing"),
        "picture": ("soft_404", "dead"), "none": ("malformed_url", "invalid"),
        "mail": ("unsupported_scheme", "invalid"), "private": ("refused_address", "unsure"),
    }, done.stderr  # fmt: skip
    assert done.returncode == 2
    assert [each["url"] for each in asked] == [found[each["id"]]["url"] for each in asked]
    assert found["moved"]["redirects"] == [web.url("/story")]
    assert found["moved"]["final_url"] == web.url("/story")
    assert found["story"]["evidence"]["compared_with"] == "urn:uuid:00000000-0000-4000-8000-000000000000"
    assert found["sold"]["evidence"]["numbers"]["containment"] < 0.1
    assert found["gone"]["checked_at"].startswith("2026-03-01T")
    assert [logged.target for logged in web.log[before:]].count("/story") == 2  # once for itself, once behind /moved
    assert list((tmp_path / "tmp").iterdir()) == []
    told = "sourcekeep: 10 links: 3 alive, 1 changed, 2 dead, 1 failing, 1 unsure, 2 no URL"
    assert done.stderr.splitlines()[-1] == told


def test_a_collection_is_compared_with_and_not_written(
    web: ByteServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its copies are the baseline; it stays as it is; answers and verdicts are kept where --keep says; nothing is
    dead: exit code 0; the authority is not known here, but the text is ours."""
    folder: Path = web.folder  # type: ignore[attr-defined]
    held = tmp_path / "held"
    assert run(["import", "-q", str(folder / "once.warc"), "-c", str(held)]) == 0
    before = {path: path.read_bytes() for path in held.rglob("*") if path.is_file()}
    kept = tmp_path / "kept"
    done = sourcekeep(
        "check", web.url("/story"), web.url("/sold"), "-c", held, "--keep", kept, "--format=junit", *QUICK
    )
    assert done.returncode == 0, done.stderr
    cases = {case.get("name"): case for case in etree.fromstring(done.stdout.encode()).iter("testcase")}
    assert len(cases[web.url("/story")]) == 0
    [skipped] = cases[web.url("/sold")]
    assert (skipped.get("message") or "").startswith("tls_error: ")
    assert {path: path.read_bytes() for path in before} == before
    assert list((kept / "archive").glob("*.warc.gz"))
    assert run(["links", "-c", str(kept), "--url", web.url("/story")]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "ok_insecure"


def test_who_stops_reading_stops_the_checks(tmp_path: Path) -> None:
    """`sourcekeep check -i many | head -1`: it ends by itself, before all are checked, and says so in its exit code."""
    with ByteServer(host="0.0.0.0") as web, (tmp_path / "err").open("wb") as err:
        web.on("*", [Pause(0.1), ok(b"<p>here</p>", HTML)])
        (tmp_path / "many").write_text("".join(f"http://127.0.1.{n}:{web.port}/\n" for n in range(1, 101)))
        with subprocess.Popen(
            [sys.executable, "-m", "crawler", "check", "-i", str(tmp_path / "many"), "-q", "--concurrency=2", *QUICK],
            cwd=PROJECT, env=environment(), stdout=subprocess.PIPE, stderr=err, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            process.stdout.close()
            assert process.wait(timeout=100) in (1, 11)
        assert first["class"] == "alive"
        assert len({logged.request.split(b"Host: ")[1].split(b"\r\n")[0] for logged in web.log}) < 100


def test_ctrl_c_tells_what_was_judged_and_what_was_not(tmp_path: Path) -> None:
    """Every link has its line: judged, or not checked and why; exit code 11, no traceback, nothing left behind."""
    with ByteServer() as web:
        web.on("*", [Pause(0.2), ok(b"<p>here</p>", HTML)])
        urls = [web.url(f"/{number}") for number in range(40)]
        (tmp_path / "tmp").mkdir()
        with subprocess.Popen(
            [sys.executable, "-m", "crawler", "check", *urls, "--format=jsonl", *QUICK],
            cwd=PROJECT, env={**environment(), "TMPDIR": str(tmp_path / "tmp")}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            first = [process.stdout.readline() for _ in range(2)]
            process.send_signal(signal.SIGINT)
            rest, err = process.communicate(timeout=60)
    found = [json.loads(line) for line in (*first, *rest.splitlines())]
    assert process.returncode == 11, err
    assert sorted(each["url"] for each in found) == sorted(urls)
    judged = [each for each in found if each["state"] == "ok"]
    left = [each for each in found if each["state"] == "not_checked"]
    assert (len(judged) >= 2, len(left) >= 1, len(judged) + len(left)) == (True, True, 40)
    assert {each["why"] for each in left} == {"stopped by a signal"}
    assert "Traceback" not in err
    assert f"{len(judged)} alive, {len(left)} not checked" in err
    assert list((tmp_path / "tmp").iterdir()) == []
