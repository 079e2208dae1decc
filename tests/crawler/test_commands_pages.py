"""`sourcekeep pages`: event pages that carry copies of what is dead."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from archive.catalogue import Catalogue
from archive.check_rows import insert_checks
from archive.checks import Check
from archive.collection import Collection
from archive.frontier import Frontier
from archive.keeper import Keeper, Submission
from archive.mementos import Recovery, RecoveryOutcome, Source
from archive.model import (
    Context,
    Event,
    Exchange,
    LinkKind,
    LinkStage,
    NewLink,
    PageKind,
    PageRead,
    Reason,
    Resource,
    Settlement,
    Via,
)
from archive.schema import recoveries
from archive.verdicts import Evidence, Verdict, VerdictState
from crawler.cli import run
from crawler.patched_pages import UnfitPath, file_of
from crawler.unified_diff import unified_diff
from spiders.page import read_page
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import AT, keeping
from tests.end_to_end.command import environment

BASE = "http://127.0.0.1:8080/c/"
STAMP = "20261122140000"
SITE = "http://site.test/"
DEAD, MOVED, TARGET = "http://a.test/dead", "http://b.test/moved", "http://b.test/2016/target"
SUSPECT, ALIVE, GONE = "http://c.test/suspect", "http://c.test/alive", "http://d.test/gone"
MEMENTO = "http://web.test/20160301000000/" + GONE
FERRY, STORM, QUIET = "news/2016/02/3/a ferry.md", "zh/news/2016/02/4/台风.html", "news/2017/01/1/quiet.md"
TITLED = "news/2018/01/1/titled.md"
PAGES = {
    FERRY: (
        f"\ufeff### [2016-02-3](/news/2016/02/3/index.md)\r\n\r\n# A ferry sinks\r\n\r\n### Sources:\r\n\r\n"
        f"1. [BBC]({DEAD})\r\n2. [AP]({MOVED})\r\n3. [CNN]({SUSPECT}) \x0b[IMG](http://e.test/never.jpg)\r\n"
        f"4. [x]({ALIVE})\r\n5. [DW]({GONE})"
    ).encode() + b" \xff",
    STORM: (
        '<html><head><meta charset="gb2312"></head><body>\n<h3><a href="/zh/news/2016/02/4/index.html">2016-02-4</a>'
        f"</h3>\n<h1>台风</h1>\n<h3>来源:</h3>\n<ol><li><A HREF='{DEAD}'\nclass=x>财新网</A></li></ol></body></html>"
    ).encode("gb2312"),
    QUIET: f"# Quiet\n\n### Source:\n\n1. [x]({ALIVE})\n".encode(),
    TITLED: f"# Titled [{DEAD} (BBC)]\n\n### Related:\n\n1. [Quiet](/news/2017/01/1/quiet.md)\n".encode(),
}  # fmt: skip


@dataclass
class Bed:
    """A collection and the folder for pages."""

    place: Collection
    out: Path

    def pages(self, *arguments: str, out: bool = True) -> int:
        """The verb, in this process."""
        where = ["-o", str(self.out)] if out else []
        return run(["pages", "-c", str(self.place.root), *where, *arguments])

    def written(self) -> dict[str, bytes]:
        """What lies in the folder, by path."""
        return {str(file.relative_to(self.out)): file.read_bytes() for file in self.out.rglob("*") if file.is_file()}

    def says(self, url: str, *words: str, begin: datetime = AT) -> None:
        """Checks of a link, four days apart."""
        made = [_check(url, word, begin + timedelta(days=4 * number)) for number, word in enumerate(words, 1)]
        catalogue = Catalogue.open(self.place.catalogue, create=False)
        with catalogue.linking() as (connection, host_ids):
            insert_checks(connection, made, host_ids, now=made[-1].at)
        catalogue.close()


def _check(url: str, word: str, at: datetime) -> Check:
    evidence = Evidence(rule="sample", compared_with="urn:x:copy", numbers=(("containment", 0.9),))
    return Check(url=url, at=at, verdict=Verdict(state=VerdictState(word), evidence=evidence))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Pages from a folder and from a site; what they cite is kept, gone, moved, or only in another archive."""
    place = Collection(tmp_path_factory.mktemp("pages") / "collection")
    with keeping(place) as (catalogue, keeper):
        for path, data in PAGES.items():
            keeper.put(_page(path, data))
        keeper.flush()
        for _ in range(2):
            _settle(catalogue, keeper)
        source = Source(url=MEMENTO, archive="web.test", fetched_at=AT, recovers=GONE)
        took = datetime(2016, 3, 1, tzinfo=UTC)
        recovery = Recovery(
            url=GONE, archive="web.test", asked_at=AT, outcome=RecoveryOutcome.RECOVERED, memento_url=MEMENTO,
            captured_at=took,
        )  # fmt: skip
        brought = make_exchange(b"<p>brought", url=GONE, started_at=took, via=Via.MEMENTO, source=source)
        keeper.put(Submission(exchange=brought, recovery=recovery))
        keeper.flush()
    Bed(place, Path()).says(DEAD, "gone", "gone", "gone")
    Bed(place, Path()).says(MOVED, "gone", "gone", "gone")
    Bed(place, Path()).says(GONE, "gone", "gone", "gone")
    Bed(place, Path()).says(SUSPECT, "gone")
    Bed(place, Path()).says(ALIVE, "ok")
    return place


def _page(path: str, data: bytes) -> Submission:
    mime = "text/html" if path.endswith("html") else "text/markdown"
    event = read_page(data, path, mime=mime)
    assert isinstance(event, Event)
    url = SITE + quote(path) if mime == "text/html" else None
    read = PageRead(key=path, url=url, kind=PageKind.EVENT, sha256=hashlib.sha256(data).hexdigest(), event=event)
    if url is None:
        resource = Resource(uri="urn:sourcekeep:page:" + quote(path), mime=mime, payload=data, at=AT)
        return Submission(resource=resource, page=read)
    packed = gzip.compress(data)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    return Submission(exchange=make_exchange(packed, head=head % len(packed), url=url), page=read)


def _settle(catalogue: Catalogue, keeper: Keeper) -> None:
    for lease in Frontier(catalogue).lease(run_id=1, now=AT, limit=100, per_host=100):
        exchange, reason, target = _answer(lease.url)
        stage = LinkStage.FAILED if reason is Reason.GONE else LinkStage.DONE
        settlement = Settlement(link_id=lease.link_id, stage=stage, reason=reason, at=AT, redirect_to=target)
        keeper.put(Submission(exchange=exchange, context=Context(hops="C"), settlement=settlement))
    keeper.flush()


def _answer(url: str) -> tuple[Exchange, Reason, NewLink | None]:
    if url == MOVED:
        head = b"HTTP/1.1 301 Moved\r\nLocation: /2016/target\r\nContent-Length: 0\r\n\r\n"
        target = NewLink(url=TARGET, kind=LinkKind.CITATION, hops="CR", redirects=1)
        return make_exchange(head=head, status=301, mime=None, url=url, started_at=AT), Reason.MOVED, target
    if url in (GONE, "http://e.test/never.jpg"):
        head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n"
        return make_exchange(b"gone", head=head, status=404, url=url, started_at=AT), Reason.GONE, None
    return make_exchange(f"<p>{url}".encode(), url=url, started_at=AT), Reason.OK, None


@pytest.fixture
def bed(built: Collection, tmp_path: Path) -> Bed:
    """The collection, a copy of it."""
    root = tmp_path / "collection"
    shutil.copytree(built.root, root)
    return Bed(Collection(root), tmp_path / "patched")


def mark(url: str, captured: str = STAMP, base: str = BASE) -> bytes:
    """The second link to a copy."""
    day = f"{captured[:4]}-{captured[4:6]}-{captured[6:8]}"
    return f" (archived {day}: <{base}{captured}/{url}>)".encode()


def patched_ferry() -> bytes:
    """FERRY with its copies."""
    page = PAGES[FERRY].replace(f"]({DEAD})".encode(), f"]({DEAD})".encode() + mark(DEAD))
    page = page.replace(f"]({MOVED})".encode(), f"]({MOVED})".encode() + mark(TARGET))
    taken = f" (archived 2016-03-01: <{MEMENTO}>)".encode()
    return page.replace(f"]({GONE})".encode(), f"]({GONE})".encode() + taken)


def test_dead_citations_carry_their_copies(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own at the base, those of other archives there; where a redirect led; all pages are copied, byte for byte."""
    assert bed.pages("--base", BASE.rstrip("/")) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "4 pages, 2 changed, 4 written; 4 dead citations with a copy, 1 without"
    assert f"{TITLED}: {DEAD}: it stands in the title" in said.out
    attributes = (
        f' data-originalurl="{DEAD}" data-versionurl="{BASE}{STAMP}/{DEAD}" data-versiondate="2026-11-22"'
    ).encode()
    storm = PAGES[STORM].replace(b"<A HREF", b"<A" + attributes + b" HREF")
    assert bed.written() == {**PAGES, FERRY: patched_ferry(), STORM: storm}
    assert said.err == ""


def test_a_second_run_brings_pages_up_to_date(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """The same again writes nothing; a link that lives again loses its copy; --only-changed touches no other."""
    bed.pages("--base", BASE)
    before = {name: (bed.out / name).stat().st_mtime_ns for name in bed.written()}
    bed.pages("--base", BASE)
    assert "2 changed, 0 written" in capsys.readouterr().out
    assert before == {name: (bed.out / name).stat().st_mtime_ns for name in bed.written()}
    bed.says(DEAD, "ok", begin=AT + timedelta(days=30))
    (bed.out / QUIET).write_bytes(b"edited since")
    assert bed.pages("--base", BASE, "--only-changed") == 0
    assert bed.written()[STORM] == PAGES[STORM]
    assert bed.written()[QUIET] == b"edited since"
    assert bed.written()[FERRY] == patched_ferry().replace(mark(DEAD), b"")


def test_a_kept_page_that_carries_our_links_is_brought_up_to_date(bed: Bed) -> None:
    """A site that shows patched pages is crawled: old copies are replaced, not doubled."""
    catalogue_page = PAGES[FERRY].replace(
        f"]({DEAD})".encode(), f"]({DEAD})".encode() + mark(DEAD, "20200101000000", "http://old.test/")
    )
    alive = catalogue_page.replace(f"]({ALIVE})".encode(), f"]({ALIVE})".encode() + mark(ALIVE))
    with keeping(bed.place) as (_, keeper):
        keeper.put(_page(FERRY, alive))
    assert bed.pages("--base", BASE, "--event", FERRY) == 0
    assert bed.written() == {FERRY: patched_ferry()}


def test_without_a_base_readers_would_find_nothing(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 4 with what to do, and nothing is written; where every copy is another archive's, none is needed."""
    assert bed.pages() == 4
    assert "of 4 dead citations the only copy is in this collection" in (said := capsys.readouterr().err)
    assert "--base" in said
    assert bed.written() == {}
    assert bed.pages("--base", "collection/") == 4
    bed.says(DEAD, "ok", begin=AT + timedelta(days=30))
    bed.says(MOVED, "ok", begin=AT + timedelta(days=30))
    assert bed.pages("--only-changed") == 0
    taken = f" (archived 2016-03-01: <{MEMENTO}>)".encode()
    assert bed.written() == {FERRY: PAGES[FERRY].replace(f"]({GONE})".encode(), f"]({GONE})".encode() + taken)}
    catalogue = Catalogue.open(bed.place.catalogue, create=False)
    with catalogue.writing() as connection:  # then the record itself tells where it was taken from
        connection.execute(recoveries.delete())
    catalogue.close()
    shutil.rmtree(bed.out)
    assert bed.pages("--only-changed") == 0
    assert set(bed.written()) == {FERRY}


def test_json_says_of_each_page_what_was_done(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a page: each dead citation with its copy, where that lies, what was passed over; suspects if asked."""
    assert bed.pages("--base", BASE, "--json", "--state", "dead,suspect", "--until", "2016-02-03") == 0
    [page] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (page["path"], page["changed"], page["written"]) == (FERRY, True, str(bed.out / FERRY))
    dead = {each["url"]: each for each in page["dead"]}
    assert {url: each["state"] for url, each in dead.items()} == {
        DEAD: "dead", MOVED: "dead", GONE: "dead", SUSPECT: "suspect",
    }  # fmt: skip
    assert dead[GONE]["best"]["source"] == dead[GONE]["version_url"] == MEMENTO
    assert [each["why"] for each in dead[GONE]["passed_over"]] == ["status"]
    assert dead[MOVED]["best"]["url"] == TARGET
    assert dead[DEAD]["best"]["warc"].endswith(".warc.gz")
    assert (dead[DEAD]["carried"], dead[DEAD]["why"], dead[DEAD]["version_date"]) == (True, None, "2026-11-22")


def test_only_what_is_asked_for(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """By path, by day; an unknown page and days without one between them are refused."""
    bed.pages("--base", BASE, "--since", "2016-02-04", "--until", "2017-06-30")
    assert set(bed.written()) == {STORM, QUIET}
    assert bed.pages("--base", BASE, "--event", "/" + FERRY, "--event", "news/none.md") == 4
    assert "news/none.md" in capsys.readouterr().err
    assert bed.pages("--since", "2017-01-01", "--until", "2016-01-01") == 4


def test_what_cannot_be_is_refused(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """No place given, one in the collection, one that is a file, two streams on one output."""
    for arguments in ([], ["-o", str(bed.place.root / "patched")], ["-o", str(bed.place.catalogue)]):
        assert bed.pages("--base", BASE, *arguments, out=False) == 4
    bed.out.write_text("a file")
    assert bed.pages("--base", BASE) == 4
    assert bed.pages("--base", BASE, "--diff", "--json", out=False) == 4
    assert "-o" in capsys.readouterr().err


def test_nothing_is_written_through_links_that_lie_in_the_folder(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """A file's place that is a link is replaced, a folder's is refused: that page alone is not written, exit 1."""
    elsewhere = bed.out.parent / "elsewhere"
    (elsewhere / "2017").mkdir(parents=True)
    (elsewhere / "there.md").write_text("theirs")
    for path, target in ((STORM, elsewhere / "there.md"), ("news/2017", elsewhere / "2017")):
        (bed.out / path).parent.mkdir(parents=True, exist_ok=True)
        (bed.out / path).symlink_to(target)
    assert bed.pages("--base", BASE) == 1
    assert "something else lies in its place" in capsys.readouterr().err
    assert sorted(file.name for file in elsewhere.rglob("*")) == ["2017", "there.md"]
    assert (elsewhere / "there.md").read_text() == "theirs"
    assert set(bed.written()) == {FERRY, STORM, TITLED}


def test_a_page_that_is_damaged_costs_only_itself(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the page is named, the others are written."""
    [warc] = bed.place.warcs.glob("*.warc.gz")
    data = bytearray(warc.read_bytes())
    at = bytes(data).index(b"\x1f\x8b\x08", 100)  # the first record behind the warcinfo: a page's
    data[at + 30 : at + 40] = bytes(10)
    warc.write_bytes(data)
    assert bed.pages("--base", BASE) == 1
    assert "offset" in capsys.readouterr().err
    assert set(PAGES) - set(bed.written()) == {FERRY}


def test_a_diff_brings_a_checkout_up_to_date(bed: Bed, tmp_path: Path) -> None:
    """From the command itself, on its standard output: git takes it, and the pages are then as -o writes them."""
    checkout = tmp_path / "checkout"
    for path, data in PAGES.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_bytes(data)
    command = [sys.executable, "-m", "crawler", "pages", "-c", str(bed.place.root), "--base", BASE]
    done = subprocess.run([*command, "--diff"], env=environment(), capture_output=True, check=True)
    assert b"4 pages, 2 changed, 0 written" in done.stderr
    git = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    subprocess.run(["git", "apply", "-"], cwd=checkout, input=done.stdout, env=git, check=True)
    bed.pages("--base", BASE)
    assert {str(file.relative_to(checkout)): file.read_bytes() for file in checkout.rglob("*.*")} == bed.written()
    file = tmp_path / "new" / "pages.diff"
    assert bed.pages("--base", BASE, "--diff", "-o", str(file), out=False) == 0
    assert file.read_bytes() == done.stdout


# --- parts of it ---


def test_a_diff_has_hunks_of_three_lines_around() -> None:
    """Changes nearby share one; names with blanks, quotes and controls as git writes them; no line end is told."""
    before = b"".join(b"%d\n" % number for number in range(30)) + b"end"
    after = before.replace(b"\n5\n", b"\n5!\n").replace(b"\n11\n", b"\n11!\n").replace(b"end", b"end!")
    lines = unified_diff('a "b"\t.md', before, after).split(b"\n")
    assert lines[:3] == [rb'--- "a/a \"b\"\t.md"', rb'+++ "b/a \"b\"\t.md"', b"@@ -3,13 +3,13 @@"]
    assert lines[-8:] == [
        b" 27", b" 28", b" 29",
        b"-end", b"\\ No newline at end of file", b"+end!", b"\\ No newline at end of file", b"",
    ]  # fmt: skip
    assert unified_diff("a", before, before) == b""
    assert unified_diff("a b", b"x", b"y").startswith(b"--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-x\n")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/x.md",
        "a/../b.md",
        "a//b.md",
        ".git/hooks/x.md",
        "a/.x.md",
        "a/b\x00.md",
        "a\\b.md",
        "x.php",
        "a" * 260,
    ],
)
def test_no_path_from_the_web_names_a_file_that_does_harm(path: str) -> None:
    """Outside of the folder, hidden, of a kind that something else would run, too long."""
    with pytest.raises(UnfitPath):
        file_of(path)


def test_a_page_lies_at_its_site_path() -> None:
    """In any script, without an ending too; what is served for a folder is its index.html."""
    for path in ("zh/news/2016/02/3/台风.md", "news/2016/02/3/storm", "news/2016/02/3/storm.HTML"):
        assert str(file_of(path)) == path
    assert str(file_of("news/2016/02/3/storm/")) == "news/2016/02/3/storm/index.html"
