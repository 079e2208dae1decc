"""Secrets: a canary of every kind goes into a crawl, and comes out nowhere but where it was meant to go."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.command import PROJECT, environment, report_of, sourcekeep, start
from tests.hostile.hostile_pages import EAGER, QUICK, event_page, everything, folder_of, holders
from tests.web.byte_server import HANG, ByteServer, ok

ALLOWED = "--allow-network=127.0.0.0/8"
AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def test_passwords_in_urls_are_dropped(tmp_path: Path) -> None:
    """Of cited URLs, redirects, related pages: not sent, and kept nowhere but in the very bytes that came."""
    cited, moved, slashed = "canary-cited", "canary-moved", "canary-slashed"
    with ByteServer() as web:
        web.on("/moves", redirect(f"http://me:{moved}@127.0.0.1:{web.port}/a"))
        web.on("/robots.txt", redirect(f"//me:{moved}@127.0.0.1:{web.port}/robots"))
        web.on("/a", ok(b"here"))
        hrefs = [
            f"http://me:{cited}@127.0.0.1:{web.port}/x",
            f"http://{cited}@127.0.0.1:{web.port}/y",
            web.url("/moves"),
        ]
        hrefs += [f"http:/me:{slashed}@127.0.0.1/", f"//me:{slashed}@a.test/", f"ftp://me:{slashed}@a.test/"]
        page = event_page([(f"see http://me:{cited}@a.test/", href) for href in hrefs])
        web.on("/news/2016/02/3/a.md", ok(page.encode(), b"Content-Type: text/markdown"))
        site = web.url("/news/2016/02/3/a.md")
        crawl = sourcekeep("crawl", site, "-c", tmp_path / "c", "-vv", ALLOWED, *QUICK)
        sent = b"".join(entry.request for entry in web.log)
        (tmp_path / "page.md").write_text(page)
    assert crawl.returncode == 0, crawl.stderr
    assert b"canary" not in sent
    assert b"GET /a " in sent
    for arguments in (
        ("parse", tmp_path / "page.md"),
        ("parse", "--json", tmp_path / "page.md"),
        ("status", "-c", tmp_path / "c"),
    ):
        said = sourcekeep(*arguments)
        assert "canary" not in said.stdout + said.stderr
    assert "canary" not in crawl.stdout + crawl.stderr
    (warc,) = (tmp_path / "c" / "archive").glob("*.warc.gz")
    assert holders(tmp_path / "c", cited, moved, slashed) == {f"archive/{warc.name}"}
    held = dict(everything(tmp_path / "c"))[f"archive/{warc.name}"]
    assert held.count(cited.encode()) == page.count(cited)
    assert held.count(moved.encode()) == 2  # the two answers' own heads


def redirect(target: str) -> bytes:
    """A redirect to the target."""
    return f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_site_with_a_password_is_refused(tmp_path: Path) -> None:
    """It would end up in every record: exit 4, and the message does not say it again."""
    done = sourcekeep("crawl", "https://me:canary-site@127.0.0.1:9/index.md", "-c", tmp_path / "c", "-vv", ALLOWED)
    assert done.returncode == 4
    assert "password" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert not (tmp_path / "c").exists()


def test_a_cookie_is_never_sent_back(tmp_path: Path) -> None:
    """The server's Set-Cookie is kept in its own answer, as it came; it goes into no request and no other output."""
    with ByteServer() as web:
        setting = b"Set-Cookie: id=canary-cookie; Path=/"
        web.on("/robots.txt", ok(b"", setting))
        web.on("/a", ok(b"a", setting))
        web.on("/b", b"HTTP/1.1 302 F\r\nLocation: /c\r\nContent-Length: 0\r\n%b\r\n\r\n" % setting)
        web.on("/c", ok(b"c"))
        pages = folder_of(tmp_path, web.url("/a"), web.url("/b"))
        for _ in range(2):
            done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "-vv", ALLOWED, *QUICK)
            assert done.returncode == 0, done.stderr
            assert "canary" not in done.stdout + done.stderr
        answers = sum(entry.sent.count(b"canary-cookie") for entry in web.log)
        assert not [entry for entry in web.log if b"canary" in entry.request or b"\r\nCookie:" in entry.request]
    assert all(name.startswith("archive/") for name in holders(tmp_path / "c", "canary"))
    held = b"".join(data for name, data in everything(tmp_path / "c") if name.startswith("archive/"))
    assert held.count(b"canary-cookie") == answers > 0


@pytest.mark.parametrize("way", ["sourcekeep", "scrapy"])
def test_the_environment_stays_where_it_is(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloud keys, a proxy's password, whatever else lies there: the proxy hears its own, nobody hears the rest."""
    secret = "canary-password"
    spelled = base64.b64encode(f"me:{secret}".encode()).decode()
    with ByteServer() as proxy:
        proxy.on("*", ok(b"<html><title>T</title><p>by proxy</p></html>", b"Content-Type: text/html"))
        monkeypatch.setenv("http_proxy", proxy.url("").replace("://", f"://me:{secret}@"))
        monkeypatch.setenv("no_proxy", "")
        for number, name in enumerate((*AWS, "SOURCEKEEP_TOKEN", "SCRAPY_TOKEN", "GITHUB_TOKEN")):
            monkeypatch.setenv(name, f"canary-{number}")
        pages = folder_of(tmp_path, "http://news.test/a?token=kept")
        done = crawled(way, pages, tmp_path / "c")
        assert all(spelled.encode() in entry.request for entry in proxy.log)
        assert not [entry for entry in proxy.log if b"canary" in entry.request]
        assert proxy.requests("http://news.test/a?token=kept")
    assert "canary" not in done.stdout + done.stderr
    assert spelled not in done.stdout + done.stderr
    assert holders(tmp_path / "c", "canary", spelled) == set()
    assert holders(tmp_path / "c", "token=kept")  # part of the address, and no secret of ours


def crawled(way: str, pages: Path, collection: Path) -> subprocess.CompletedProcess[str]:
    """A whole crawl that says all it can, by our command or by Scrapy's."""
    if way == "sourcekeep":
        return sourcekeep("crawl", pages, "-c", collection, "-vv", *EAGER)
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "events",
        "-a",
        f"site={pages}",
        "-a",
        f"collection={collection}",
    ]
    command += ["-sLOG_LEVEL=DEBUG", *EAGER]
    return subprocess.run(
        command, cwd=PROJECT, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "canary-key",
    "HTTPPROXY_TOKEN": "canary-setting",
    "DEFAULT_REQUEST_HEADERS": json.dumps({"Authorization": "Bearer canary-bearer", "Cookie": "id=canary-cookie"}),
}


def test_secrets_of_the_operator_are_sent_and_not_kept(tmp_path: Path) -> None:
    """Headers and keys given as settings: they go out as told, and into no record, catalogue, log or report."""
    with ByteServer() as web:
        web.on("/a", ok(b"for members"))
        web.on("/robots.txt", ok(b""))
        pages = folder_of(tmp_path, web.url("/a"))
        settings = [f"-s{name}={value}" for name, value in SECRETS.items()]
        done = sourcekeep("crawl", pages, "-c", tmp_path / "c", "-vv", "--json", ALLOWED, *settings, *QUICK)
        report_of(done)
        (request,) = web.requests("/a")
        assert b"Authorization: Bearer canary-bearer\r\n" in request
        assert b"Cookie: id=canary-cookie\r\n" in request
    status = sourcekeep("status", "-c", tmp_path / "c")
    assert "canary" not in done.stdout + done.stderr + status.stdout
    assert holders(tmp_path / "c", "canary") == set()


def test_a_run_that_was_killed_leaves_no_secret(tmp_path: Path) -> None:
    """Who is at work is noted for others to read, without what the settings said; also where the note stays behind."""
    with ByteServer() as web:
        web.on("*", [HANG])
        pages = folder_of(tmp_path, web.url("/a"))
        settings = [f"-s{name}={value}" for name, value in SECRETS.items()]
        process = start("crawl", pages, "-c", tmp_path / "c", ALLOWED, *settings, *QUICK)
        limit = time.monotonic() + 60
        while not web.log and time.monotonic() < limit:
            time.sleep(0.05)
        status = sourcekeep("status", "-c", tmp_path / "c")
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
    note = json.loads((tmp_path / "c" / "run.json").read_text())
    assert "AWS_SECRET_ACCESS_KEY=..." in note["command"]
    assert "At work:" in status.stdout
    assert "canary" not in status.stdout + status.stderr + out + err
    assert holders(tmp_path / "c", "canary") == set()
