"""The main job on the bundled sample archive, from outside: the command, the files it leaves, other readers."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from crawler.sample import SampleWeb, materialise
from crawler.sample.expected import expected
from tests.end_to_end.command import FAST, environment, report_of, sourcekeep


@dataclass
class Crawled:
    """The sample archive, crawled once."""

    web: SampleWeb
    pages: Path
    collection: Path
    done: subprocess.CompletedProcess[str]

    @property
    def resolve(self) -> str:
        """The setting that leads the sample's hosts to this machine."""
        return "-sSOURCEKEEP_RESOLVE=" + json.dumps(self.web.resolve_table())

    @property
    def run(self) -> Path:
        """The folder of the first run's reports."""
        return min((self.collection / "runs").iterdir())

    def ledger(self) -> list[dict[str, str]]:
        """The ledger's rows."""
        with (self.run / "ledger.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def warcs(self) -> list[Path]:
        """The finished WARC files."""
        return sorted((self.collection / "archive").glob("*.warc.gz"))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """The sample archive crawled from a folder."""
    folder = tmp_path_factory.mktemp("sample")
    with SampleWeb() as web:
        materialise(folder / "pages", port=web.port)
        collection = folder / "collection"
        it = Crawled(web, folder / "pages", collection, subprocess.CompletedProcess([], 0))
        it.done = sourcekeep("crawl", it.pages, "-c", collection, "--json", it.resolve, *FAST)
        yield it


def test_every_citation_has_the_outcome_it_should(crawled: Crawled) -> None:
    """The whole point: kept what there is, failed with the right reason what is not, excluded what is not ours."""
    assert crawled.done.returncode == 0, crawled.done.stderr
    found = {(row["event"], int(row["position"])): (row["kind"], row["reason"]) for row in crawled.ledger()}
    wanted = {
        (path, position): (str(citation.kind), str(citation.reason))
        for path, citations in expected(crawled.web.port).items()
        for position, citation in enumerate(citations, 1)
    }
    assert found == wanted


def test_the_ledger_adds_up(crawled: Crawled) -> None:
    """Citations = kept + failed + excluded, nothing waits, nothing is unexplained."""
    report = report_of(crawled.done)
    outcomes = Counter(row["outcome"] for row in crawled.ledger())
    citations = report["citations"]
    assert isinstance(citations, dict)
    assert outcomes.total() == citations["total"] == citations["kept"] + citations["failed"] + citations["excluded"]
    assert outcomes["waiting"] == 0


def test_every_warc_passes_other_readers(crawled: Crawled) -> None:
    """gzip, warcio with its digest check, and fastwarc read every file to its end and agree on its records.

    Of chunked answers warcio takes the framing for payload (webrecorder/warcio issue 75); fastwarc checks those.
    """
    assert crawled.warcs()
    for path in crawled.warcs():
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
        with path.open("rb") as file:
            ours = []
            for record in ArchiveIterator(file, check_digests=True):
                chunked = record.http_headers is not None and record.http_headers.get_header("Transfer-Encoding")
                record.content_stream().read()
                passed = record.digest_checker.passed  # None: it looks at no revisit
                assert chunked or passed or (record.rec_type == "revisit" and passed is None), record.rec_headers
                ours.append(record.rec_headers.get_header("WARC-Record-ID"))
        with path.open("rb") as file:
            theirs = []
            for other in FastIterator(file, record_types=WarcRecordType.any_type, parse_http=False):
                assert other.verify_block_digest(consume=True), other.record_id
                theirs.append(other.record_id)
        assert ours == [f"<{each.strip('<>')}>" for each in theirs]
        assert len(ours) == len(set(ours))


def test_records_are_the_bytes_that_went_over_the_wire(crawled: Crawled) -> None:
    """Each exchange the server logged is in a WARC, request and response, byte for byte; and nothing else is.

    Of a payload that two hosts share the second is a revisit if the first was durable by then: its body is the other's.
    """
    sent = Counter((served.request, served.response) for served in crawled.web.traffic.served)
    kept: Counter[tuple[bytes, bytes]] = Counter()
    requests: dict[str, bytes] = {}
    responses: dict[str, bytes] = {}
    for path in crawled.warcs():
        with path.open("rb") as file:
            for record in FastIterator(file, record_types=WarcRecordType.any_type, parse_http=False):
                block = record.reader.read()
                if record.record_type is WarcRecordType.request:
                    requests[record.headers["WARC-Concurrent-To"]] = block
                elif record.record_type is WarcRecordType.response:
                    responses[record.record_id.strip("<>")] = block
                elif record.record_type is WarcRecordType.revisit:
                    original = responses[record.headers["WARC-Refers-To"].strip("<>")]
                    responses[record.record_id.strip("<>")] = block + original.partition(b"\r\n\r\n")[2]
    for about, request in requests.items():
        kept[request, responses.get(about.strip("<>"), b"")] += 1
    assert kept == sent


def test_the_index_is_what_cdxj_indexer_makes(crawled: Crawled, tmp_path: Path) -> None:
    """Our CDXJ, written while crawling, equals the one another tool makes of the finished files."""
    made = tmp_path / "made.cdxj"
    command = [sys.executable, "-m", "cdxj_indexer.main", "--sort", "-o", str(made), *map(str, crawled.warcs())]
    subprocess.run(command, check=True, capture_output=True, env={**environment(), "PYTHONWARNINGS": "ignore"})
    assert (crawled.collection / "indexes" / "index.cdxj").read_text() == made.read_text()


def test_each_event_has_its_json_with_every_copy(crawled: Crawled) -> None:
    """The JSON of an event names each citation's outcome and, for each copy, the very record."""
    documents = [json.loads(path.read_text()) for path in (crawled.collection / "events").rglob("*.json")]
    assert {document["path"] for document in documents} == set(expected(crawled.web.port))
    for document in documents:
        for citation in document["citations"]:
            if citation["outcome"] != "kept":
                continue
            assert citation["copies"], citation
            for copy in citation["copies"]:
                with (crawled.collection / "archive" / copy["warc"]).open("rb") as file:
                    file.seek(copy["offset"])
                    record = next(iter(FastIterator(file, record_types=WarcRecordType.any_type, parse_http=False)))
                assert record.record_id.strip("<>") == copy["record_id"]


def test_the_same_json_is_in_the_warc(crawled: Crawled) -> None:
    """The event's JSON rests as a metadata record beside the captures it speaks of."""
    in_warcs = set()
    for path in crawled.warcs():
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                uri = record.rec_headers.get_header("WARC-Target-URI") or ""
                if record.rec_type == "metadata" and uri.startswith("urn:sourcekeep:event:"):
                    in_warcs.add(record.content_stream().read())
    on_disk = {path.read_bytes() for path in (crawled.collection / "events").rglob("*.json")}
    assert on_disk <= in_warcs


def test_articles_have_their_text(crawled: Crawled) -> None:
    """Extraction ran after the fetch: titles are in the JSON, texts are conversion records."""
    titles = 0
    for path in (crawled.collection / "events").rglob("*.json"):
        for citation in json.loads(path.read_text())["citations"]:
            titles += sum(1 for copy in citation.get("copies", ()) if (copy.get("article") or {}).get("title"))
    assert titles > 20
    kinds: Counter[str] = Counter()
    for path in crawled.warcs():
        with path.open("rb") as file:
            kinds.update(record.rec_type for record in ArchiveIterator(file))
    assert kinds["conversion"] >= 20


def test_it_was_polite(crawled: Crawled) -> None:
    """Never two requests at once to one host, and robots.txt before anything else."""
    traffic = crawled.web.traffic
    hosts = {served.host for served in traffic.served}
    assert {host: traffic.peak(host) for host in hosts} == dict.fromkeys(hosts, 1)
    for host in hosts:
        first = next(served for served in traffic.served if served.host == host)
        assert first.target == "/robots.txt"


def test_verify_finds_nothing(crawled: Crawled) -> None:
    """What a crawl leaves is whole."""
    done = sourcekeep("verify", "-c", crawled.collection, "--json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_crawl_fetches_nothing_that_is_kept(crawled: Crawled) -> None:
    """Kept articles and unchanged pages are not read again; only what failed for the moment is tried."""
    before = len(crawled.web.traffic.served)
    done = sourcekeep("crawl", crawled.pages, "-c", crawled.collection, "--json", crawled.resolve, *FAST)
    assert done.returncode == 0, done.stderr
    again = {served.host + served.target for served in crawled.web.traffic.served[before:]}
    failing = {
        citation.asked
        for citations in expected(crawled.web.port).values()
        for citation in citations
        if citation.reason.temporary
    }
    asked = {f"http://{address}" for address in again if not address.endswith("/robots.txt")}
    assert {url.replace(f":{crawled.web.port}", "") for url in failing if url} == {
        url.replace(f":{crawled.web.port}", "") for url in asked
    }


def test_status_says_what_there_is(crawled: Crawled) -> None:
    """Counts, for people and as JSON."""
    done = sourcekeep("status", "-c", crawled.collection, "--json")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(crawled.collection / "catalogue.db") as database:
        (events,) = database.execute("SELECT count(*) FROM events").fetchone()
    database.close()
    assert json.loads(done.stdout)["events"] == events == len(expected(crawled.web.port))
