"""The catalogue, the index and the events' documents made again from the WARCs alone, after a real crawl."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.ledger import ledger_rows, write_csv
from crawler.sample import SampleWeb, materialise
from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.web.byte_server import CLOSE, HANG, RESET, ByteServer, ok

RESOLVE = "-sSOURCEKEEP_RESOLVE=" + json.dumps({"busy.test": "127.0.0.1"})
HOME = "/index.md"
EVENT = "/news/2016/02/03/what-the-web-is-like.md"
OTHER = "/news/2016/02/03/another-one.md"
ROBOTS = b"User-agent: *\nDisallow: /private\n"


@dataclass
class Held:
    """A collection as it was before it lost everything but its WARCs."""

    collection: Collection
    arguments: tuple[str | Path, ...]  # of the crawl that made it
    ledger: str
    documents: dict[str, bytes]
    index: bytes

    @classmethod
    def of(cls, root: Path, *arguments: str | Path) -> Held:
        """What is there now."""
        collection = Collection(root)
        documents = {each.relative_to(collection.events).as_posix(): each.read_bytes()
                     for each in collection.events.rglob("*.json")}  # fmt: skip
        index = (collection.indexes / "index.cdxj").read_bytes()
        return cls(collection, arguments, ledger_of(collection), documents, index)

    def lose_all_but_warcs(self) -> None:
        """Delete the catalogue, the index and the documents."""
        for part in ("", "-wal", "-shm"):
            self.collection.catalogue.with_name("catalogue.db" + part).unlink(missing_ok=True)
        shutil.rmtree(self.collection.indexes)
        shutil.rmtree(self.collection.events)


def ledger_of(collection: Collection) -> str:
    """The ledger, computed from the catalogue now."""
    out = StringIO(newline="")
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        write_csv(ledger_rows(catalogue, datetime.now(UTC)), out)
    return out.getvalue()


def assert_made_again(held: Held) -> None:
    """Lose all but the WARCs, repair, and find every byte as it was."""
    held.lose_all_but_warcs()
    done = sourcekeep("verify", "--repair", "--json", "-c", held.collection.root)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(line) for line in lines] == [{"repair"}, {"verified"}]  # not one fault is left
    assert lines[0]["repair"]["problems"] == []
    after = Held.of(held.collection.root)
    assert after.ledger == held.ledger
    assert after.documents == held.documents
    assert after.index == held.index


# --- the sample archive, from a folder ---


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SampleWeb, Held]]:
    """The sample archive, crawled twice: the second run asks again what failed for the moment."""
    folder = tmp_path_factory.mktemp("sample")
    with SampleWeb() as web:
        materialise(folder / "pages", port=web.port)
        resolve = "-sSOURCEKEEP_RESOLVE=" + json.dumps(web.resolve_table())
        arguments = ("crawl", folder / "pages", "-c", folder / "c", "--json", resolve, *FAST)
        for _ in range(2):
            done = sourcekeep(*arguments)
            assert done.returncode == 0, done.stderr
        yield web, Held.of(folder / "c", *arguments)


def test_a_catalogue_made_anew_is_no_different(sample: tuple[SampleWeb, Held]) -> None:
    """Without it a crawl asks nobody anything and names the remedy. Then ledger, documents and index are equal to the
    byte, verify is content, and the next crawl fetches nothing that was kept."""
    web, held = sample
    served = len(web.traffic.served)
    held.collection.catalogue.unlink()
    refused = sourcekeep(*held.arguments)
    assert (refused.returncode, len(web.traffic.served)) == (4, served)
    assert f"sourcekeep verify --repair -c {held.collection.root}" in refused.stderr
    assert_made_again(held)
    kept = {row.split(",")[5] for row in held.ledger.splitlines() if ",kept," in row}
    served = len(web.traffic.served)
    done = sourcekeep(*held.arguments)
    assert done.returncode == 0, done.stderr
    again = {each.request.split(b" ")[1].decode() for each in web.traffic.served[served:]}
    assert kept
    paths = {"/" + url.split("/", 3)[3] for url in kept if url.count("/") > 2}
    assert not again & paths - {"/robots.txt"}
    assert report_of(done)["citations"] is not None


# --- a hostile little site ---


def test_what_a_hostile_site_left_is_made_again(tmp_path: Path) -> None:
    """Redirects, a loop, a 404, what robots.txt forbids, refused addresses, hrefs that are none, a body cut off, a
    server that says nothing, a 503 with Retry-After: each is told again as it was, from the WARCs alone."""
    with ByteServer() as server:
        _fill(server)
        arguments = ("crawl", server.url(HOME), "-c", tmp_path / "c", "--json", *FAST, "-sDOWNLOAD_TIMEOUT=1",
                     "-sSOURCEKEEP_PATIENCE=1", RESOLVE)  # fmt: skip
        for _ in range(2):
            done = sourcekeep(*arguments)
            assert done.returncode in (0, 1), done.stderr
        held = Held.of(tmp_path / "c", *arguments)
        reasons = {row.split(",")[7] for row in held.ledger.splitlines()[1:]}
        assert reasons >= {
            "ok", "moved", "gone", "robots_excluded", "refused_address", "template", "unsupported_scheme",
            "redirect_loop", "truncated", "timeout", "conn_reset", "blocked", "empty", "rate_limited",
        }  # fmt: skip
        assert any(b"If-None-Match" in request for request in server.requests(HOME))
        assert_made_again(held)
        _fill(server)
        asked = len(server.log)
        assert sourcekeep(*arguments).returncode in (0, 1)
        targets = [entry.target for entry in server.log[asked:]]
        assert targets.count(HOME) == 1
        assert server.log[asked:][targets.index(HOME)].request.lower().count(b'if-none-match: "home"') == 1
        assert "/cut" in targets  # what failed for the moment
        assert not {"/article", "/target", "/gone", "/forbidden"} & set(targets)


def _fill(server: ByteServer) -> None:
    markdown = (b"Content-Type: text/markdown",)
    server.on("/robots.txt", ok(ROBOTS, b"Content-Type: text/plain"))
    server.on(HOME, _page(_home(), "home"))
    server.on(EVENT, _page(_event(server), "event"))
    server.on(OTHER, ok(_another(server), *markdown))
    server.on("/article", ok(b"<p>An article, kept.</p>", b"Content-Type: text/html", b'ETag: "a"'))
    server.on("/moved", b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n")
    server.on("/on", b"HTTP/1.1 301 Moved\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n")
    server.on("/target", ok(b"<p>The target.</p>", b"Content-Type: text/html"))
    server.on("/a", b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    server.on("/b", b"HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n")
    server.on("/to-private", b"HTTP/1.1 302 Found\r\nLocation: /private/x\r\nContent-Length: 0\r\n\r\n")
    server.on("/gone", ok(b"gone", status=b"404 Not Found"))
    server.on("/forbidden", ok(b"no", status=b"403 Forbidden"))
    server.on("/empty", ok(b"", b"Content-Type: text/html"))
    server.on("/cut", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning", CLOSE])
    server.on("/silent", [HANG])
    server.on("/reset", [RESET])
    server.on("/busy", ok(b"later", b"Retry-After: 3600", status=b"503 Busy"))


def _page(body: bytes, tag: str) -> Callable[[bytes], bytes]:
    def answer(request: bytes) -> bytes:
        if f'if-none-match: "{tag}"'.encode() in request.lower():
            return f'HTTP/1.1 304 Not Modified\r\nETag: "{tag}"\r\n\r\n'.encode()
        return ok(body, b"Content-Type: text/markdown", f'ETag: "{tag}"'.encode())

    return answer


def _home() -> bytes:
    items = "".join(f"### [An event]({path})\n" for path in (EVENT, OTHER, "/news/2016/02/03/not-there.md"))
    return f"## [2016-02-03](/news/2016/02/03/index.md)\n\n{items}".encode()


def _event(server: ByteServer) -> bytes:
    paths = ("article", "moved", "a", "to-private", "private/y", "gone", "forbidden", "empty", "cut", "silent", "reset")
    hrefs = [server.url(f"/{path}") for path in paths]
    hrefs += ["http://10.0.0.1/intern", "${link}", "javascript:alert(1)", "http://", "http://a b/", ""]
    return _markdown(hrefs)


def _another(server: ByteServer) -> bytes:
    busy = server.url("/busy", host="busy.test")  # a host of its own: the others are not to wait with it
    return _markdown([server.url("/article"), server.url("/target"), busy])


def _markdown(hrefs: list[str]) -> bytes:
    sources = "".join(f"{number}. [源 {number}]({href})\n" for number, href in enumerate(hrefs, 1))
    return (
        f"### [2016-02-03](/news/2016/02/03/index.md)\n\n# What the web is like\n\n### Sources:\n\n{sources}".encode()
    )


# --- damage ---


def test_a_catalogue_of_noise_is_put_aside(sample: tuple[SampleWeb, Held], tmp_path: Path) -> None:
    """What cannot be read is renamed, never deleted, and a new one made."""
    root = tmp_path / "c"
    shutil.copytree(sample[1].collection.root, root)
    (root / "catalogue.db").write_bytes(b"SQLite format 3\0" + b"noise" * 5000)
    done = sourcekeep("verify", "--repair", "--json", "-c", root)
    assert done.returncode == 0, done.stdout + done.stderr
    aside = json.loads(done.stdout.splitlines()[0])["repair"]["aside"]
    assert aside.startswith("catalogue.db.damaged-")
    assert (root / aside).read_bytes().endswith(b"noise")
    with closing(sqlite3.connect(root / "catalogue.db")) as database:
        assert database.execute("SELECT count(*) FROM captures").fetchone()[0] > 50


def test_a_lost_warc_is_closed_and_what_it_held_is_fetched_again(
    sample: tuple[SampleWeb, Held], tmp_path: Path
) -> None:
    """Once its loss is accepted, the next crawl fetches all that can still be had, and verify is content."""
    _, held = sample
    collection = Collection(tmp_path / "c")
    shutil.copytree(held.collection.root, collection.root)
    lost = max(collection.warcs.glob("*.warc.gz"), key=lambda path: path.stat().st_size)
    lost.unlink()
    accepted = sourcekeep("verify", "--accept-loss", lost.name, "--why", "a test", "-q", "-c", collection.root)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    arguments = [collection.root if each == held.collection.root else each for each in held.arguments]
    again = sourcekeep(*arguments)
    assert again.returncode == 0, again.stderr
    assert _reasons(ledger_of(collection)) == _reasons(held.ledger)
    done = sourcekeep("verify", "--json", "-c", collection.root)
    assert done.returncode == 0, done.stdout
    faults = [json.loads(line) for line in done.stdout.splitlines()[:-1]]
    assert {fault["kind"] for fault in faults} == {"accepted_loss"}


def _reasons(ledger: str) -> list[str]:
    return [row.split(",")[7] for row in ledger.splitlines()]
