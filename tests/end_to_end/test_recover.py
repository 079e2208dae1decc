"""Dead links brought back from a stand-in of the Wayback Machine, by the command, with all its moods."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.check_records import MIME as FACTS
from archive.check_records import facts_payload, facts_uri
from archive.check_rows import insert_checks
from archive.checks import Check
from archive.collection import Collection
from archive.mementos import RecoveryOutcome
from archive.reader import Record, read_records
from archive.stats import stats
from archive.verdicts import Evidence, Verdict, VerdictState
from crawler.cli import run
from crawler.commands.verify import new_writer
from tests.end_to_end.command import FAST, report_of, sourcekeep, start
from tests.end_to_end.test_retry_after import page_with
from tests.web.byte_server import CLOSE, HANG, ByteServer, ok
from tests.web.wayback import PAGE, Wayback, article, unwell

DAY = "20160203"
SOURCES = (
    "story", "held", "wrong", "hop", "far", "homeward", "led-home", "never", "hidden", "cut", "archived", "ill", "soft",
)  # fmt: skip
GONE = ok(b"no such page", status=b"404 Not Found")


@dataclass(frozen=True)
class Bed:
    """A crawled collection whose sources died since, and an archive."""

    root: Path
    web: ByteServer
    archive: Wayback

    @property
    def collection(self) -> Collection:
        return Collection(self.root)

    def url(self, name: str) -> str:
        return self.web.url("/" + name)

    @property
    def archives(self) -> str:
        """The option that names it."""
        table = {"Stand-in": {"kind": "wayback", "base": self.archive.base, "pause": 0}}
        return f"-sSOURCEKEEP_ARCHIVES={json.dumps(table)}"

    def recover(self, *more: str) -> subprocess.CompletedProcess[str]:
        """One run, with this archive alone."""
        return sourcekeep("recover", "-c", self.root, "--json", *FAST, self.archives, *more)

    def document(self) -> dict[str, Any]:
        """The event's JSON."""
        [path] = self.collection.events.rglob("*.json")
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def copies(self, name: str) -> list[dict[str, Any]]:
        """What the event's JSON says of the copies of a source."""
        cited = next(each for each in self.document()["citations"] if each["url"] == self.url(name))
        found: list[dict[str, Any]] = cited["copies"]
        return found


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One source of the event is held whole, one was cut off, all others were gone when the crawl came."""
    root = tmp_path_factory.mktemp("recover")
    with ByteServer() as web, Wayback("127.0.0.2") as archive:
        web.on("/robots.txt", ok(b""))
        web.on("*", GONE)
        web.on("/led-home", ok(b"", b"Location: /", status=b"302 Found"))
        web.on("/", ok(article("What is on today"), b"Content-Type: text/html"))
        web.on("/held", ok(article("The bridge was held"), b"Content-Type: text/html"))
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 90000\r\n\r\n"
        web.on("/cut", [head, article("A cut"), CLOSE])
        _archive(archive, web)
        sourcekeep("crawl", _pages(root, web, archive), "-c", root / "c", *FAST, "-sSOURCEKEEP_TRIES=1", "--json")
        found = Bed(root / "c", web, archive)
        die(found.collection, [found.url(name) for name in SOURCES] + [_pointer(web, archive)])
        yield found


def _pages(root: Path, web: ByteServer, archive: Wayback) -> Path:
    return page_with(root / "pages", *(web.url("/" + name) for name in SOURCES), _pointer(web, archive))


def _pointer(web: ByteServer, archive: Wayback) -> str:
    """A citation that points into the archive, of another source of the event."""
    return f"{archive.base}/web/{DAY}080000/{web.url('/archived')}"


def _archive(archive: Wayback, web: ByteServer) -> None:
    """What is archived of the sources."""
    url = lambda name: web.url("/" + name)  # noqa: E731
    archive.keep(url("story"), "20100101000000", article("Much too early"))
    archive.keep(url("story"), f"{DAY}200000", article("The bridge opened"))
    archive.keep(url("story"), f"{DAY}130000", status=404, body=b"gone")
    archive.keep(
        url("wrong"), f"{DAY}120000", PAGE % (b"Just a moment...", b"Just a moment...", b"<p>Verify you are human</p>")
    )
    archive.keep(url("wrong"), f"{DAY}130000", PAGE % (b"Page not found", b"Page not found", b"<p>Not here.</p>"))
    archive.keep(url("wrong"), "20160209120000", article("At last an article"))
    archive.keep(url("soft"), f"{DAY}130000", PAGE % (b"404 Not found", b"Not found", b"<p>Not here.</p>"))
    archive.keep(url("hop"), f"{DAY}100000", status=301, location=url("hop-target"))
    archive.keep(url("hop-target"), f"{DAY}180000", article("Behind the hop"))
    archive.keep(url("far"), f"{DAY}100000", status=301, location=url("far-target"))
    archive.keep(url("far-target"), "20170101000000", article("A year later"))
    archive.keep(url("homeward"), f"{DAY}100000", status=302, location=web.url("/"))
    archive.keep(web.url("/"), f"{DAY}100000", article("The home page"))
    archive.keep(url("cut"), f"{DAY}100000", article("Quite another thing"))
    archive.keep(url("cut"), "20160301000000", article("A cut"))
    archive.keep(url("archived"), f"{DAY}080000", article("It was archived"))
    archive.keep(url("ill"), f"{DAY}080000", article("The archive was ill"))
    archive.excluded.add(url("hidden"))


def die(collection: Collection, urls: list[str]) -> None:
    """Checks enough to make the links dead, some days after the crawl."""
    now = datetime.now(UTC) + timedelta(days=9)
    verdict = Verdict(state=VerdictState.GONE, evidence=Evidence(rule="gone"))
    made = [
        Check(url=url, at=now - timedelta(days=days), verdict=verdict, status=404) for url in urls for days in (8, 4, 0)
    ]
    _check(collection, made, now)


def records(bed: Bed) -> list[Record]:
    """All that lies in the WARCs."""
    return [each for path in sorted(bed.collection.warcs.glob("*.warc.gz")) for each in read_records(path)]


def outcomes(report: dict[str, Any], bed: Bed) -> dict[str, str]:
    """By the name of the source."""
    return {each["url"].removeprefix(bed.web.url("/")): each["outcome"] for each in report["links"]}


@pytest.fixture(scope="module")
def ill(bed: Bed) -> subprocess.CompletedProcess[str]:
    """A run for one link, while the archive is out of order: it is busy, and what little it says proves nothing."""
    bed.archive.forgetful = True
    bed.archive.mood("cdx", unwell(429, b"Retry-After: 1"), unwell(503), unwell(504))
    bed.archive.mood("timegate", *[unwell(503)] * 3)
    return bed.recover("--url", bed.url("ill"))


@pytest.fixture(scope="module")
def whole(bed: Bed, ill: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """The first whole run, after that; even of its mementos the archive gives some at the second try only."""
    assert ill
    bed.archive.mood("raw", unwell(429, b"Retry-After: 1"), unwell(503))
    return bed.recover()


@pytest.fixture(scope="module")
def report(whole: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What it reported."""
    return report_of(whole)


def test_an_outage_is_no_absence(ill: subprocess.CompletedProcess[str], bed: Bed) -> None:
    """429, 503, 504, an empty availability, a TimeGate out of order: nobody knows, exit 1, nothing is remembered."""
    said = report_of(ill)
    assert (ill.returncode, outcomes(said, bed)) == (1, {"ill": "archive_unavailable"}), ill.stderr
    assert "run the same command again later" in ill.stderr


def test_what_is_archived_well_comes_back(
    whole: subprocess.CompletedProcess[str], report: dict[str, Any], bed: Bed
) -> None:
    """Each link has the outcome it should, the one that was unknown before as well."""
    expected = dict.fromkeys(("story", "wrong", "hop", "cut", "archived", "ill"), "recovered")
    expected |= dict.fromkeys(("far", "homeward", "led-home", "never", "soft"), "not_archived")
    expected |= {"held": "held", "hidden": "excluded", _pointer(bed.web, bed.archive): "recovered"}
    assert outcomes(report, bed) == expected
    assert whole.returncode == 0, whole.stderr
    assert report["recovery"]["recovered"] == 7


def test_the_nearest_good_capture_is_chosen(report: dict[str, Any], bed: Bed) -> None:
    """Nearest to the event's day; no error, bot wall or soft 404, nor what our own torn copy contradicts."""
    found = {name: [copy["at"][:10] for copy in bed.copies(name)] for name in ("story", "wrong", "cut")}
    assert report["links"]
    assert found == {"story": ["2016-02-03"], "wrong": ["2016-02-09"], "cut": ["2016-03-01"]}


def test_an_event_tells_recovered_copies_from_our_own(report: dict[str, Any], bed: Bed) -> None:
    """The document names archive, memento and time; the citation stays failed, our own copy is without it."""
    assert report["links"]
    [copy] = bed.copies("hop")  # what the archived redirect led to
    memento = f"{bed.archive.base}/web/{DAY}180000id_/{bed.url('hop-target')}"
    assert (copy["via"], copy["url"]) == ("memento", bed.url("hop-target"))
    assert copy["article"]["title"] == "Behind the hop"
    assert (copy["memento"]["url"], copy["memento"]["archive"]) == (memento, "Stand-in")
    ours = {bed.url("held"), bed.url("led-home")}
    assert {each["outcome"] for each in bed.document()["citations"] if each["url"] not in ours} == {"failed"}
    [own] = bed.copies("held")
    assert own["via"] == "http"
    assert "memento" not in own


def test_records_say_where_they_come_from(report: dict[str, Any], bed: Bed) -> None:
    """The original's URL at the memento's time, its source, when we fetched it; the block is what the archive sent."""
    assert report["links"]
    brought = [each for each in records(bed) if each.kind == "response" and each.header("WARC-Source-URI")]
    story = next(each for each in brought if each.url == bed.url("story"))
    assert story.header("WARC-Date") == "2016-02-03T20:00:00.000000Z"
    assert story.header("WARC-Source-URI") == f"{bed.archive.base}/web/{DAY}200000id_/{bed.url('story')}"
    assert (story.header("WARC-Creation-Date") or "") > "2020"
    with story.block() as block:
        assert block.read() == bytes(
            next(e.sent for e in bed.archive.entries(f"/web/{DAY}200000id_/{bed.url('story')}"))
        )
    hops = [each for each in brought if each.url == bed.url("hop")]
    assert [(head.status) for each in hops if (head := each.head()) is not None] == [301]


def test_nobody_is_asked_again_too_soon(report: dict[str, Any], bed: Bed) -> None:
    """A second run has nothing to ask: what came, came; what was not there is remembered for 30 days."""
    assert report["links"]
    before = len(bed.archive.asked(""))
    again = bed.recover()
    assert (again.returncode, len(bed.archive.asked("")) - before) == (0, 0), again.stderr
    assert set(outcomes(report_of(again), bed).values()) == {"asked_lately", "held", "recovered_before"}


def test_the_catalogue_knows_what_was_tried(report: dict[str, Any], bed: Bed) -> None:
    """Counts by link; `verify` finds nothing wrong, a revisit of a memento least of all."""
    assert report["links"]
    with closing(Catalogue.open(bed.collection.catalogue, create=False)) as catalogue:
        found = stats(catalogue, datetime.now(UTC))
    counts = found.recoveries
    assert found.mementos == 8  # an archived redirect among them
    assert (counts[RecoveryOutcome.RECOVERED], counts[RecoveryOutcome.NOT_ARCHIVED]) == (7, 5)
    assert not [each for each in records(bed) if each.kind == "revisit"]
    verified = sourcekeep("verify", "-c", bed.root)
    assert verified.returncode == 0, verified.stdout


def test_the_warcs_alone_tell_what_was_brought_back(bed: Bed, report: dict[str, Any], tmp_path: Path) -> None:
    """Without catalogue and documents a repair makes both again: every recovery is there, the event's JSON the same."""
    assert report["links"]
    copy = Bed(tmp_path / "c", bed.web, bed.archive)
    shutil.copytree(bed.root, copy.root)
    copy.collection.catalogue.unlink()
    shutil.rmtree(copy.collection.events)
    assert sourcekeep("verify", "--repair", "-c", copy.root).returncode == 0
    assert copy.document() == bed.document()
    with closing(Catalogue.open(copy.collection.catalogue, create=False)) as catalogue:
        assert stats(catalogue, datetime.now(UTC)).recoveries == {RecoveryOutcome.RECOVERED: 7}


def test_what_asks_nobody(bed: Bed, report: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """--list tells what was tried, --dry-run what would be asked, told apart from what is held; wrong use is exit 4."""
    assert report["links"]
    before = len(bed.archive.asked(""))
    assert run(["recover", "--list", "--url", bed.url("story"), "-c", str(bed.root)]) == 0
    assert f"recovered  {bed.url('story')}  Stand-in" in capsys.readouterr().out
    assert run(["recover", "--dry-run", "-c", str(bed.root)]) == 0
    said = capsys.readouterr().out
    assert f"held  {bed.url('held')}" in said
    assert f"would ask for  {bed.url('never')}" in said
    assert bed.recover("--url", "http://nobody.test/").returncode == 4
    assert run(["recover", "--archive", "x=y", "-c", str(bed.root)]) == 4
    assert run(["recover", "--list", "--save", "-c", str(bed.root)]) == 4
    assert len(bed.archive.asked("")) == before


def test_a_stop_does_not_wait_for_an_archive(bed: Bed, report: dict[str, Any]) -> None:
    """The first signal ends a run whose archive says nothing: exit 11, and the same command goes on."""
    assert report["links"]
    bed.archive.mood("cdx", [HANG])
    before = len(bed.archive.asked("cdx"))
    process = start("recover", "-c", bed.root, *FAST, bed.archives, "--url", bed.url("never"))
    while len(bed.archive.asked("cdx")) == before and process.poll() is None:
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, time.monotonic() - began < 30) == (11, True), err


def test_live_links_are_saved(bed: Bed, report: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--save` asks Save Page Now with the keys of the environment, polls the job, and writes the keys nowhere."""
    assert report["links"]
    _live(bed, [bed.url("alive")])
    without = sourcekeep("recover", "--save", "-c", bed.root)
    assert without.returncode == 4
    monkeypatch.setenv("SOURCEKEEP_SPN_ACCESS", "the-access-key")
    monkeypatch.setenv("SOURCEKEEP_SPN_SECRET", "the-secret-key")
    bed.archive.mood("status", ok(b'{"status": "pending"}'))
    save = ("--save", f"-sSOURCEKEEP_SAVE_BASE={bed.archive.base}", "-sSOURCEKEEP_SAVE_PAUSE=0")
    done = bed.recover(*save)
    assert (done.returncode, bed.archive.saved) == (0, [bed.url("alive")]), done.stderr
    assert b"LOW the-access-key:the-secret-key" in bed.archive.requests("/save")[0]
    assert report_of(done)["saved"] == 1
    written = [path.read_bytes() for path in bed.root.rglob("*") if path.is_file()]
    assert not any(b"the-secret-key" in data for data in (*written, done.stdout.encode(), done.stderr.encode()))


def _live(bed: Bed, urls: list[str]) -> None:
    now = datetime.now(UTC)
    verdict = Verdict(state=VerdictState.OK, evidence=Evidence(rule="nothing_against_it"))
    _check(bed.collection, [Check(url=url, at=now, verdict=verdict, status=200) for url in urls], now)


def _check(collection: Collection, made: list[Check], now: datetime) -> None:
    """Checks as a run keeps them: in a WARC, and in the catalogue."""
    writer = new_writer(collection)
    writer.write_metadata(facts_uri(1), FACTS, facts_payload(made))
    names = writer.close()
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        sizes = {name: (collection.warcs / name).stat().st_size for name in names}
        catalogue.commit(Batch(warcs=sizes, finished_warcs=names))
    with (
        closing(Catalogue.open(collection.catalogue, create=False)) as catalogue,
        catalogue.linking() as (connection, host_ids),
    ):
        insert_checks(connection, made, host_ids, now=now)
