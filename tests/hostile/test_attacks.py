"""Attacks by what pages, servers and collections hold: names, headers, terminals, links on the disk, pickles."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from scrapy.settings import Settings
from scrapy.utils.conf import build_component_list
from warcio.archiveiterator import ArchiveIterator

from archive.collection import Collection
from archive.errors import NotACollection
from archive.reader import read_records
from tests.end_to_end.command import PROJECT, sourcekeep
from tests.hostile.hostile_pages import EAGER, event_page, folder_of
from tests.web.byte_server import ByteServer, ok

ALLOWED = "--allow-network=127.0.0.0/8"

# --- a hostile site, walked ---

STEER = "\x1b]0;owned\x07\x1b[2J\x9b31m\x9d8;;http://evil.test\x9c\u202egnp\u2066\x00\x08\x7f\ufeff<script>x()</script>"
FORGED = "\r\nWARC-Type: response\r\nX-Forged: yes\r\n\r\nWARC/1.1\r\nWARC-Type: forged\r\n\r\n"
SLUGS = (
    "plain", "Plain", "PLAIN", "CON", "nul", "com1.tar", "a.", "a ", "a\\..\\..\\b", "C:x", "x" * 120, "\u202egpj.exe",
    "\u0430\u0440\u0440le", "apple", "e\u0301", "\u00e9", "\x1b[2J", "a\tb", "-rf", "~", "$(id)", "a|b;c",
    "\U000e0041tag", "伊拉克", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fup", "%00", ".hidden", "...",
    "a%0d%0aX-Forged:%20yes",
)  # fmt: skip
HEADERS = {
    "/header": b"Server: " + STEER.encode() + b"\r\nX-\x9b: \xff\xfe\r\nContent-Type: text/html\x1b[31m; charset=\x1b",
    "/reason": b"ETag: \x1b[2J\x07\r\nLast-Modified: \xe2\x80\xae\r\nRetry-After: \x1b[1m",
    "/mime": b"Content-Type: ../../../etc/passwd\x07",
    "/long": b"Content-Type: text/" + b"x" * 60_000 + b"\r\nServer: " + b"\x1b" * 60_000,
    "/bare-cr": b"X-A: 1\rWARC-Type: forged\r\nX-B: \x00\x00",
}
LOCATIONS = (
    b"http://127.0.0.1:PORT/ok\rX-Forged: yes", b"/ok?a=\x00\x1b[2J\x07", b"/ok?\xc3\xa9\xe2\x80\xae\xff",
    b"/" + b"l" * 20_000, b"http://a\x00b.test/", b"//evil.test\\@127.0.0.1:PORT/", b"\x9b31m", b" \t/ok?b \t",
    b"http://127.0.0.1:PORT/ok?\xed\xa0\x80",
)  # fmt: skip
ODD = (
    f"http://127.0.0.1:9/{STEER}", f"http://{STEER}/", f"x{STEER}:y", "http://127.0.0.1:9/\ufffd", "=HYPERLINK(1)",
    "http://127.0.0.1:9/" + "p" * 12_000, "http://127.0.0.1:9/%0d%0aX-Forged:%20yes",
)  # fmt: skip
KNOWN_HEADERS = frozenset({
    "WARC-Type", "WARC-Record-ID", "WARC-Warcinfo-ID", "WARC-Date", "WARC-Filename", "WARC-Target-URI",
    "WARC-IP-Address", "WARC-Protocol", "WARC-Cipher-Suite", "WARC-Concurrent-To", "WARC-Truncated",
    "WARC-Block-Digest", "WARC-Refers-To", "WARC-Payload-Digest", "WARC-Profile", "WARC-Refers-To-Target-URI",
    "WARC-Refers-To-Date", "Content-Type", "Content-Length",
})  # fmt: skip
KINDS = frozenset({"warcinfo", "request", "response", "revisit", "resource", "metadata", "conversion"})


def hostile_site(web: ByteServer) -> None:
    """Pages and answers of an attacker, all of them linked."""
    for path, header in HEADERS.items():
        web.on(
            path,
            ok(f"<html><title>{STEER}</title><p>{STEER}</p></html>".encode(), header, status=b"200 \x1b[31mOK\x07"),
        )
    for number, location in enumerate(LOCATIONS):
        target = location.replace(b"PORT", b"%d" % web.port)
        web.on(f"/to{number}", b"HTTP/1.1 301 \x1b[5mMoved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % target)
    article = (
        f"<html><head><title>{STEER}{FORGED}</title></head><body><h1>{STEER}</h1>{'<p>Some words.</p>' * 60}</body>"
    )
    web.on("/ok", ok(article.encode(), b"Content-Type: text/html; charset=utf-8"))
    web.on("/garbage", b"\x1b[2J\x07 not http at all\r\n\r\n")
    web.on("/error", ok(b"", status=b"500 " + STEER.encode()))
    cited = [*HEADERS, *(f"/to{number}" for number in range(len(LOCATIONS))), "/ok", "/garbage", "/error"]
    links = [(f"{STEER}[{FORGED.replace(chr(13), ' ')}", web.url(path)) for path in cited]
    links += [(STEER, href) for href in ODD]
    related = "".join(f"{n}. [{STEER} {slug}](/news/2016/02/3/{slug})\n" for n, slug in enumerate(SLUGS, 1))
    page = event_page(links, title=f"Bridge {STEER}", summary=f"{STEER} {FORGED}", related=related)
    web.on("/news/2016/02/3/start.md", ok(page.encode("utf-8", "replace"), b"Content-Type: text/markdown"))
    other = event_page([], title=f"Bridge {STEER}").encode()
    web.on(
        "*",
        lambda request: (
            ok(other, b"Content-Type: text/markdown")
            if b" /news/2016/02/3/" in request
            else b"HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n"
        ),
    )


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder in which a hostile site was crawled into `c`, and what each verb said of it, both streams."""
    root = tmp_path_factory.mktemp("hostile")
    said: dict[str, str] = {}
    with ByteServer() as web:
        hostile_site(web)
        site = web.url("/news/2016/02/3/start.md").replace("start.md", "index.md")
        web.on("/news/2016/02/3/index.md", ok(index_page().encode(), b"Content-Type: text/markdown"))
        verbs = {
            "crawl": ("crawl", site, "-c", root / "c", ALLOWED, "-vv", *EAGER),
            "again": ("crawl", site, "-c", root / "c", ALLOWED, "--json", *EAGER),
        }
        for name, arguments in verbs.items():
            done = sourcekeep(*arguments, cwd=root)
            assert done.returncode == 0, done.stderr
            said[name] = done.stdout + done.stderr
        page = bytes(web.log[[each.target for each in web.log].index("/news/2016/02/3/start.md")].sent).partition(
            b"\r\n\r\n"
        )[2]
    (root / "page.md").write_bytes(page)
    later = {
        "status": ("status", "-c", root / "c"),
        "verify": ("verify", "-c", root / "c", "-vv"),
        "parse": ("parse", root / "page.md"),
        "parse --json": ("parse", "--json", root / "page.md"),
        "status --json": ("status", "--json", "-c", root / "c"),
    }
    for name, arguments in later.items():
        done = sourcekeep(*arguments, cwd=root)
        assert done.returncode == 0, done.stdout + done.stderr
        said[name] = done.stdout + done.stderr
    return root, said


def index_page() -> str:
    """The day's index: it leads to the attacker's events."""
    items = "".join(f"### [{STEER} {slug}](/news/2016/02/3/{slug})\n\n" for slug in ("start.md", *SLUGS))
    return f"## [2016-02-3](/news/2016/02/3/index.md)\n\n##### Bridges {STEER}\n{items}"


def test_no_record_is_forged(crawled: tuple[Path, dict[str, str]]) -> None:
    """Read back by two other readers and by ours: the same records, known headers alone, of one line each."""
    for warc in sorted((crawled[0] / "c" / "archive").glob("*.warc.gz")):
        ours = [(record.kind, record.record_id) for record in read_records(warc)]
        with warc.open("rb") as file:
            theirs = []
            for record in ArchiveIterator(file):
                assert {name for name, _ in record.rec_headers.headers} <= KNOWN_HEADERS
                assert all(value.isprintable() and len(value) < 33_000 for _, value in record.rec_headers.headers)
                theirs.append((record.rec_type, record.rec_headers["WARC-Record-ID"].strip("<>")))
                record.content_stream().read()
        with warc.open("rb") as file:
            fast = []
            for record in FastIterator(file, parse_http=False):
                assert {name for name, _ in record.headers.items()} <= KNOWN_HEADERS
                fast.append((record.headers["WARC-Type"], record.record_id.strip("<>")))
        assert ours == theirs == fast
        assert {kind for kind, _ in ours} <= KINDS
        assert len(ours) > 20


def test_nothing_is_made_outside_the_collection(crawled: tuple[Path, dict[str, str]]) -> None:
    """Nothing beside it, and in it names that are ours: visible, short, none of them twice for a blind file system."""
    root = crawled[0]
    assert sorted(entry.name for entry in root.iterdir()) == ["c", "page.md"]
    allowed = {"catalogue.db", "archive", "indexes", "events", "runs", "spool", ".lock", "sourcekeep.toml"}
    assert {entry.name for entry in (root / "c").iterdir()} <= allowed
    documents = sorted((root / "c" / "events").rglob("*"))
    assert not any(path.is_symlink() for path in (root / "c").rglob("*"))
    names = [path.name for path in documents if path.is_file()]
    assert len(names) >= 20
    assert {path.parent.relative_to(root / "c" / "events").as_posix() for path in documents if path.is_file()} <= {
        "2016/02/03",
        "undated",
    }
    for name in names:
        assert name.isprintable()
        assert len(name.encode()) <= 155
        assert not re.match(r"(?i)(con|nul|com1)\.", name)
        assert not name.startswith(".")
        assert not re.search(r'[\\/:*?"<>|]', name)
    folded = {unicodedata.normalize("NFC", name).casefold() for name in names}
    assert len(folded) == len(names)
    for path in documents:
        if path.is_file():
            json.loads(path.read_text())


STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@pytest.mark.parametrize("verb", ["crawl", "again", "status", "verify", "parse", "parse --json", "status --json"])
def test_no_verb_prints_what_steers_a_terminal(crawled: tuple[Path, dict[str, str]], verb: str) -> None:
    """Titles, link texts, URLs, headers and error texts come out as visible text, the debugging log included."""
    said = crawled[1][verb]
    assert said.strip()
    assert [found[0] for found in STEERING.finditer(said)] == []


@pytest.mark.parametrize("name", ["crawl.log", "ledger.csv", "report.json"])
def test_no_report_holds_what_steers_a_terminal(crawled: tuple[Path, dict[str, str]], name: str) -> None:
    """`cat` is a terminal's program too."""
    for file in (crawled[0] / "c" / "runs").glob(f"*/{name}"):
        text = file.read_bytes().decode().replace("\r\n", "\n")
        assert text
        assert [found[0] for found in STEERING.finditer(text)] == []


def test_planted_names_do_not_steer_a_terminal(tmp_path: Path) -> None:
    """Files of strange names in the collection, and event pages of strange names on the disk."""
    pages = folder_of(tmp_path)
    day = pages / "news/2016/02/3"
    (day / f"b{STEER.replace(chr(0), '').replace('/', '')}.md").write_text(event_page([]))
    (Path(os.fsdecode(os.fsencode(day) + b"/\xff\xfe.md"))).write_text(event_page([]))
    assert sourcekeep("crawl", pages, "-c", tmp_path / "c", "-q").returncode == 0
    for name in ("\x1b]0;x\x07.warc.gz.open", "\x9b2J.warc.gz", "\u202e.torn"):
        (tmp_path / "c" / "archive" / name).write_bytes(b"")
    (tmp_path / "c" / "events" / "\x1b[2J.json").write_bytes(b"\x1b[2J")
    for arguments in (("crawl", pages, "-vv"), ("verify",)):
        done = sourcekeep(*arguments, "-c", tmp_path / "c")
        assert done.returncode in (0, 1, 2)
        assert "Traceback" not in done.stderr
        assert STEERING.findall(done.stdout + done.stderr) == []


# --- links planted in a collection ---

FILES = ("catalogue.db", "catalogue.db-wal", "catalogue.db-shm", "run.json", ".lock", "indexes/index.cdxj")
FOLDERS = ("archive", "events", "indexes", "runs", "spool")


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of one event, its page not touched by the tests."""
    root = tmp_path_factory.mktemp("made")
    assert sourcekeep("crawl", folder_of(root), "-c", root / "c", "-q").returncode == 0
    return root


def copied(collection: Path, to: Path) -> Path:
    """A copy, to be tampered with."""
    shutil.copytree(collection, to, dirs_exist_ok=True)
    return to / "c"


def elsewhere(root: Path) -> Path:
    """A folder of somebody else's."""
    folder = root / "elsewhere"
    folder.mkdir()
    (folder / "precious").write_bytes(b"untouched")
    return folder


def untouched(folder: Path) -> bool:
    """Whether all is as it was."""
    return [entry.name for entry in folder.iterdir()] == ["precious"] and (
        folder / "precious"
    ).read_bytes() == b"untouched"


def plant(place: Path, name: str, other: Path) -> Path:
    """A link to `other`, or to the file in it, in the place of a part of a collection."""
    part = place / name
    if part.is_dir():
        part.rename(place.parent / "moved")
    else:
        part.unlink(missing_ok=True)
    part.symlink_to(other if name in FOLDERS else other / "precious")
    return part


@pytest.mark.parametrize("name", [*FILES, *FOLDERS])
def test_a_link_in_the_place_of_a_part_is_refused(collection: Path, tmp_path: Path, name: str) -> None:
    """Whether it is to be written or only read; nothing elsewhere is written or deleted."""
    place, other = copied(collection, tmp_path), elsewhere(tmp_path)
    part = plant(place, name, other)
    for use in (Collection(place).prepare, Collection(place).require):
        with pytest.raises(NotACollection, match=f"{re.escape(str(part))} is a symbolic link"):
            use()
    assert untouched(other)


def test_a_planted_link_ends_a_run_before_it_begins(collection: Path, tmp_path: Path) -> None:
    """Exit 4 and the name of the link. The folder it leads to would have been emptied."""
    place, other = copied(collection, tmp_path), elsewhere(tmp_path)
    part = plant(place, "spool", other)
    for arguments in (("crawl", tmp_path / "pages"), ("verify",)):
        done = sourcekeep(*arguments, "-c", place)
        assert done.returncode == 4, done.stdout + done.stderr
        assert f"{part} is a symbolic link" in done.stderr
    assert untouched(other)


def test_a_new_collection_on_planted_links(tmp_path: Path) -> None:
    """A folder that holds nothing but a link of a name of ours."""
    other = elsewhere(tmp_path)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "spool").symlink_to(other)
    with pytest.raises(NotACollection, match="spool is a symbolic link"):
        Collection(tmp_path / "c").prepare()
    assert untouched(other)


def test_a_link_on_the_way_to_a_document_is_not_followed(collection: Path, tmp_path: Path) -> None:
    """events/2016 leads elsewhere: the run fails over it, by name, and keeps what it fetched."""
    place, other = copied(collection, tmp_path), elsewhere(tmp_path)
    (place / "events" / "2016").rename(tmp_path / "moved")
    (place / "events" / "2016").symlink_to(other)
    (tmp_path / "pages/news/2016/02/3/second.md").write_text(event_page([], title="Second"))
    done = sourcekeep("crawl", tmp_path / "pages", "-c", place)
    assert done.returncode == 3
    assert "a link or a file" in done.stderr
    assert untouched(other)


def test_links_among_the_warcs_are_left_alone(collection: Path, tmp_path: Path) -> None:
    """A WARC of ours that became a link, one that is unfinished, an index being written, a temporary file."""
    place, other = copied(collection, tmp_path), elsewhere(tmp_path)
    (warc,) = (place / "archive").glob("*.warc.gz")
    warc.rename(tmp_path / "moved.warc.gz")
    warc.symlink_to(tmp_path / "moved.warc.gz")
    (place / "archive" / "x-20160203000000-00000-h.warc.gz.open").symlink_to(other / "precious")
    (place / "indexes" / "index.cdxj.new").symlink_to(other / "precious")
    (place / "events/2016/02/03/.second.json.tmp").symlink_to(other / "precious")
    before = (tmp_path / "moved.warc.gz").read_bytes()
    found = sourcekeep("verify", "-c", place)
    assert found.returncode == 2
    assert "missing" in found.stdout
    (tmp_path / "pages/news/2016/02/3/second.md").write_text(event_page([], title="Second"))
    sourcekeep("crawl", tmp_path / "pages", "-c", place)
    assert untouched(other)
    assert (tmp_path / "moved.warc.gz").read_bytes() == before


# --- what the program is made of ---


def test_no_module_unpickles() -> None:
    """Nothing read from disk or network is ever unpickled; workers of ours talk to their parent so, and nobody else."""
    loaders = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "joblib", "jsonpickle"}
    found = set()
    for package in ("archive", "crawler", "spiders"):
        for file in (PROJECT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                named = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
                named += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
                called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                if loaders & {name.partition(".")[0] for name in named} or called in ("eval", "exec", "__import__"):
                    found.add(file.relative_to(PROJECT).as_posix())
    assert found == {"archive/workers.py"}


def test_scrapys_doors_are_shut() -> None:
    """Its settings as the project has them: http and https alone, no extension but ours, no console, no cache."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    handlers = {scheme for scheme, handler in settings.getwithbase("DOWNLOAD_HANDLERS").items() if handler}
    assert handlers == {"http", "https"}
    assert build_component_list(settings.getwithbase("EXTENSIONS")) == ["crawler.extensions.JobExtension"]
    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "COOKIES_ENABLED", "HTTPCACHE_ENABLED", "FEEDS"):
        assert not settings.get(name)
    assert build_component_list(settings.getwithbase("SPIDER_MIDDLEWARES")) == []
    assert not [
        each for each in build_component_list(settings.getwithbase("DOWNLOADER_MIDDLEWARES")) if "cookies" in each
    ]
