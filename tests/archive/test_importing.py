"""WARC files of others in a collection: taken in whole, believed in nothing, and no worse for being damaged."""

from __future__ import annotations

import base64
import gzip
import hashlib
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import UsageError
from archive.importing import STAGE, Imported, Importer, Trouble, warc_files
from archive.model import Via
from archive.rebuild import rebuild
from archive.verify import Fault, verify
from archive.writer import WarcWriter
from crawler.settlement import settle_again
from tests.archive.foreign_samples import HTML, browsertrix_like, members, record, response, warcio_file
from tests.archive.small_collection import AT, build
from tests.web.byte_server import ByteServer, ok

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of our own."""
    return build(tmp_path_factory.mktemp("import") / "collection").root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def new_writer(folder: Path, prefix: str, about: dict[str, str]) -> WarcWriter:
    """As the command makes one."""
    return WarcWriter(
        folder, indexes=folder, prefix=prefix, warcinfo=about, now=lambda: NOW,
        new_id=lambda: f"urn:uuid:{uuid4()}", host="here",
    )  # fmt: skip


def take(collection: Collection, *paths: Path, mended: int = 0) -> tuple[list[Imported], list[Trouble]]:
    """Import files: what became of each, and all troubles. `mended`: how many problems are found before."""
    troubles: list[Trouble] = []
    with closing(Catalogue.open(collection.catalogue, create=True)) as catalogue:
        importer = Importer(collection, catalogue, new_writer=new_writer, now=NOW, report=troubles.append)
        assert len(importer.begin(lambda _capture: None)) == mended
        imported = [importer.take(path) for path in paths]
        importer.finish()
        return imported, troubles


def faults(collection: Collection) -> list[Fault]:
    """What verify finds, but for documents that wait to be written."""
    found: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=found.append)
    return [fault for fault in found if fault.kind != "stale_document"]


def test_what_was_refused_can_be_imported_later(collection: Collection, tmp_path: Path) -> None:
    """A file of which a record was refused is read again: what is refused still is said again, nothing is taken twice,
    and what can be taken by now is, though the rest is there."""
    (tmp_path / "bad.warc.gz").write_bytes(_BAD_DIGEST)
    path = tmp_path / "bad.warc.gz"
    [first, again], troubles = take(collection, path, path)
    assert (first.captures, first.refused, len(troubles)) == (2, 1, 2)
    assert (again.known, again.records, again.skipped, again.refused) == (False, 0, 2, 1)
    copy = collection.warcs / first.warcs[0]
    good = tmp_path / "good.warc.gz"
    good.write_bytes(members(_three()))
    about = hashlib.sha256(good.read_bytes()).hexdigest()
    with closing(sqlite3.connect(collection.catalogue)) as database:  # as if the same file had had the digest refused
        database.execute("UPDATE warcs SET origin_sha256 = ? WHERE name = ?", (about, copy.name))
        database.commit()
    [later, known], troubles = take(collection, good, good)
    assert (later.known, later.records, later.captures, troubles) == (False, 1, 1, [])
    assert known.known
    assert faults(collection) == []


def ids(path: Path) -> list[str]:
    """The record ids of a file, as warcio reads it."""
    with path.open("rb") as file:
        return [each.rec_headers.get_header("WARC-Record-ID") for each in ArchiveIterator(file)]


@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
@pytest.mark.parametrize("form", ["members", "plain", "one stream"])
def test_what_warcio_wrote(collection: Collection, tmp_path: Path, version: str, form: str) -> None:
    """Every record is there with its id and its header, in each form a file may have; verify and other readers are
    content, the file is behind a warcinfo of ours, and its captures serve lookups."""
    path = warcio_file(tmp_path / "theirs.warc", version=version, gzipped=form == "members")
    theirs = ids(path)
    if form == "one stream":
        path.write_bytes(gzip.compress(path.read_bytes()))
    [done], troubles = take(collection, path)
    assert troubles == []
    assert (done.records, done.captures) == (4, 2)
    [name] = done.warcs
    ours = collection.warcs / name
    assert ids(ours)[1:] == theirs
    with ours.open("rb") as file:
        for each in FastIterator(file, record_types=WarcRecordType.any_type, parse_http=False):
            assert each.verify_block_digest(consume=True)
    assert faults(collection) == []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        held = catalogue.latest_capture("http://a.test/x")
    assert held is not None
    assert (held.via, held.status, held.where.warc) == (Via.IMPORT, 200, name)


def test_headers_are_kept_byte_for_byte(collection: Collection, tmp_path: Path) -> None:
    """What others put into a header stays as it was, unknown names and odd spellings too."""
    odd = response(
        1,
        "http://b.test/y",
        b"body",
        "X-Theirs:   odd  value\t;ü",
        "WARC-Json-Metadata: {}",
        "warc-ip-address: 1.2.3.4",
    )
    (tmp_path / "odd.warc").write_bytes(odd)
    [done], _ = take(collection, tmp_path / "odd.warc")
    content = gzip.decompress((collection.warcs / done.warcs[0]).read_bytes())
    assert content.endswith(odd.replace(b"X-Theirs:   odd", b"X-Theirs: odd"))


def test_twice_is_once(collection: Collection, tmp_path: Path) -> None:
    """The same file again, under another name too, is known; its records in another file are passed over."""
    path = warcio_file(tmp_path / "theirs.warc.gz")
    take(collection, path)
    copy = shutil.copy(path, tmp_path / "copy.warc.gz")
    before = sorted(each.name for each in collection.warcs.iterdir())
    [again, renamed], _ = take(collection, path, copy)
    assert again.known
    assert renamed.known
    joined = tmp_path / "joined.warc.gz"
    joined.write_bytes(path.read_bytes() + gzip.compress(response(9, "http://new.test/")))
    [done], troubles = take(collection, joined)
    assert (done.captures, troubles) == (1, [])
    assert done.skipped >= 3
    assert len(before) + 1 == len(list(collection.warcs.iterdir()))
    assert faults(collection) == []


def test_what_was_lost_can_be_imported_again(collection: Collection, tmp_path: Path) -> None:
    """A copy of ours that is gone from the disk does not keep its file from being taken in once more."""
    path = warcio_file(tmp_path / "theirs.warc.gz")
    [lost], _ = take(collection, path)
    rows = [row[:-1] for row in captures(collection)]
    (collection.warcs / lost.warcs[0]).unlink()
    [done], problems = take(collection, path, mended=1)
    assert (done.known, done.captures, problems) == (False, lost.captures, [])
    assert [row[:-1] for row in captures(collection)] == rows  # but for the offset
    assert {fault.kind for fault in faults(collection)} == {"forged_line"}  # of the copy that is gone


def test_records_of_browsertrix_and_heritrix(collection: Collection, tmp_path: Path) -> None:
    """urn:pageinfo: resources and crawl metadata are kept; of what the metadata claims nothing is believed."""
    (tmp_path / "b.warc.gz").write_bytes(members(browsertrix_like()))
    [done], troubles = take(collection, tmp_path / "b.warc.gz")
    assert (done.records, done.captures, troubles) == (3, 2, [])
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        held = catalogue.latest_capture("http://h.test/page")
    assert held is not None
    assert held.payload_sha256 is not None
    assert len(held.payload_sha256) == 64  # not what the metadata record says
    assert held.hops == ""
    assert faults(collection) == []


def test_a_repair_knows_imported_captures_again(collection: Collection, tmp_path: Path) -> None:
    """A catalogue made anew from the WARCs has them as imported, and knows the file: it is not taken twice."""
    path = warcio_file(tmp_path / "theirs.warc.gz")
    take(collection, path)
    rows = captures(collection)
    rebuild(collection, settle=settle_again, now=NOW, report=pytest.fail)
    assert captures(collection) == rows
    [again], _ = take(collection, path)
    assert again.known


def captures(collection: Collection) -> list[tuple[object, ...]]:
    """All captures, but for the ids of rows."""
    query = "SELECT record_id, kind, url, at, status, mime, payload_sha1, payload_sha256, via, offset FROM captures"
    with closing(sqlite3.connect(collection.catalogue)) as database:
        return sorted(database.execute(query).fetchall())


def _flipped(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _three() -> list[bytes]:
    return [response(number, f"http://d.test/{number}", b"%d" % number * 500) for number in (1, 2, 3)]


_TORN = members(_three())[:-40]
_NOISE = gzip.compress(_three()[0]) + b"noise" * 10 + members(_three()[1:])
_BAD_DIGEST = members([_three()[0].replace(b"1" * 500, b"9" * 500), *_three()[1:]])
_NO_DATE = members([_three()[0].replace(b"WARC-Date: 2020", b"WARC-Date: last"), *_three()[1:]])
_HUGE = members([record("response", 1, b"x", "WARC-Target-URI: http://d.test/1").replace(
    b"Content-Length: 1\r", b"Content-Length: 99999999999999\r"), *_three()[1:]])  # fmt: skip
_ENDLESS = members([b"WARC/1.1\r\nX: " + b"x" * 5_000_000, *_three()[1:]])
_SEGMENT = members([response(1, "http://d.test/1", b"1", "WARC-Segment-Number: 1"), *_three()[1:]])


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        pytest.param(_TORN, 2, id="torn tail"),
        pytest.param(_NOISE, 3, id="noise between"),
        pytest.param(_flipped(members(_three())), 2, id="flipped byte"),
        pytest.param(_BAD_DIGEST, 2, id="payload is not its digest's"),
        pytest.param(_NO_DATE, 2, id="no date"),
        pytest.param(_HUGE, 2, id="huge Content-Length"),
        pytest.param(_ENDLESS, 2, id="endless header"),
        pytest.param(_SEGMENT, 2, id="a segment"),
        pytest.param(b"".join(_three())[:-300], 2, id="plain, torn"),
        pytest.param(_three()[0] + b"noise\r\n" + b"".join(_three()[1:]), 3, id="plain, noise"),
        pytest.param(b"", 0, id="empty"),
        pytest.param(b"<html>no WARC</html>", 0, id="something else"),
        pytest.param(gzip.compress(b"\r\n" * 5_000_000), 0, id="bomb of blank lines"),
    ],
)
def test_damage_costs_what_is_damaged(collection: Collection, tmp_path: Path, data: bytes, kept: int) -> None:
    """Whole records are taken in, the rest is told with its place, and the collection stays without fault."""
    (tmp_path / "bad.warc").write_bytes(data)
    [done], troubles = take(collection, tmp_path / "bad.warc")
    assert done.captures == kept
    assert done.refused == len(troubles)
    assert bool(troubles) == (data != b"")
    assert all("offset" in trouble.place for trouble in troubles)
    assert faults(collection) == []
    assert not (collection.spool / STAGE).exists()


def test_a_revisit_without_its_original(collection: Collection, tmp_path: Path) -> None:
    """It is kept and noted; once its original is imported as well, nothing is left to note."""
    original = "WARC-Refers-To: <urn:uuid:00000000-0000-4000-8000-000000000001>"
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    revisit = record("revisit", 2, b"", "WARC-Target-URI: http://d.test/1", original, profile)
    (tmp_path / "revisit.warc").write_bytes(revisit)
    (tmp_path / "original.warc").write_bytes(response(1, "http://d.test/1"))
    take(collection, tmp_path / "revisit.warc")
    [fault] = faults(collection)
    assert fault.kind == "dangling_import"
    assert not fault.is_grave
    take(collection, tmp_path / "original.warc")
    assert faults(collection) == []


@pytest.mark.parametrize("says", ["url and time", "payload"])
@pytest.mark.parametrize("first", ["original", "revisit"])
def test_a_revisit_that_names_no_record(collection: Collection, tmp_path: Path, first: str, says: str) -> None:
    """One without WARC-Refers-To finds its original by WARC-Refers-To-Target-URI and -Date, or by the payload it had
    before, whichever of the two comes first, and after a rebuild as well; with another payload's digest it does not."""
    digest = base64.b32encode(hashlib.sha1(HTML).digest()).decode()
    about = (
        "WARC-Target-URI: http://d.test/2",
        "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC-Refers-To-Target-URI: <http://d.test/1>",
        "WARC-Refers-To-Date: 2020-02-03T04:05:06.5Z",
    )
    if says == "payload":
        about = ("WARC-Target-URI: http://d.test/1", about[1])
    fitting = record("revisit", 2, b"", *about, f"WARC-Payload-Digest: sha1:{digest}")
    other = record("revisit", 3, b"", *about, f"WARC-Payload-Digest: sha1:{'A' * 32}")
    forged = record("revisit", 4, b"", about[0], "WARC-Refers-To: <urn:sourcekeep:captured:9999-12-31T23:59:59:x>")
    (tmp_path / "revisit.warc").write_bytes(fitting + other + forged)
    (tmp_path / "original.warc").write_bytes(response(1, "http://d.test/1"))
    second = {"original": "revisit", "revisit": "original"}[first]
    take(collection, tmp_path / f"{first}.warc")
    take(collection, tmp_path / f"{second}.warc")
    for _ in range(2):
        assert [(fault.kind, fault.where[-1]) for fault in faults(collection)] == [
            ("dangling_import", each) for each in "34"
        ]
        with closing(sqlite3.connect(collection.catalogue)) as database:
            query = "SELECT refers_to FROM captures WHERE record_id LIKE 'urn:uuid:00000000-%2'"
            [(refers_to,)] = database.execute(query).fetchall()
        assert refers_to == "urn:uuid:00000000-0000-4000-8000-000000000001"
        rebuild(collection, settle=settle_again, now=NOW, report=pytest.fail)


def test_an_imported_file_cannot_speak_for_us(collection: Collection, tmp_path: Path) -> None:
    """Events' documents and warcinfo records in it are only records: no document is replaced, no link settled."""
    uri = next(
        line for line in (collection.indexes / "index.cdxj").read_text().splitlines() if "urn:sourcekeep:event" in line
    )
    name = uri.split('"url": "')[1].split('"')[0]
    forged = record("metadata", 5, b"{}", f"WARC-Target-URI: {name}", "Content-Type: application/json")
    warcinfo = record("warcinfo", 6, b"software: sourcekeep/9\r\n", "Content-Type: application/warc-fields")
    (tmp_path / "forged.warc").write_bytes(warcinfo + forged.replace(b"2020-02-03", b"2099-02-03"))
    [done], troubles = take(collection, tmp_path / "forged.warc")
    assert (done.records, troubles) == (2, [])
    assert faults(collection) == []


def test_a_killed_import_leaves_nothing(collection: Collection, tmp_path: Path) -> None:
    """What lies in the stage from before is thrown away, and the file is imported whole."""
    stage = collection.spool / STAGE
    stage.mkdir()
    (stage / "IMPORT-old.warc.gz.open").write_bytes(b"half")
    [done], troubles = take(collection, warcio_file(tmp_path / "theirs.warc.gz"))
    assert (done.captures, troubles) == (2, [])
    assert faults(collection) == []


def test_names_decide_nothing(collection: Collection, tmp_path: Path) -> None:
    """A hostile file name, or WARC-Filename, names nothing on our disk; it is only noted."""
    path = warcio_file(tmp_path / "..%2F\n=cmd.warc.gz")
    [done], _ = take(collection, path)
    assert all(name.startswith("import_") for name in done.warcs)
    assert faults(collection) == []


def test_folders_and_what_is_none(tmp_path: Path) -> None:
    """A folder gives its WARC files, each once; a name that leads nowhere is bad usage."""
    (tmp_path / "sub").mkdir()
    one, two = warcio_file(tmp_path / "one.warc.gz"), warcio_file(tmp_path / "sub" / "two.warc", gzipped=False)
    assert list(warc_files([tmp_path, one])) == [one, two]
    for wrong in (tmp_path / "nothing", Path("/dev/null")):
        with pytest.raises(UsageError):
            list(warc_files([wrong]))


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
def test_what_wget_wrote_of_what_it_had(collection: Collection, tmp_path: Path) -> None:
    """GNU Wget's revisits (--warc-dedup), whose block digest is that of nothing: taken in and noted, whole for verify,
    each standing for its original."""
    with ByteServer() as server:
        server.on("/plain", ok(b"plain", b"Content-Type: text/html"))
        for name, flags in (("one", ()), ("two", ("--warc-dedup=one.cdx",))):
            command = ["wget", "-q", "--no-proxy", "-O", "out", f"--warc-file={name}", "--warc-cdx", *flags]
            subprocess.run([*command, server.url("/plain")], cwd=tmp_path, check=False, timeout=30)
    files = [tmp_path / "one.warc.gz", tmp_path / "two.warc.gz"]
    [one, two], troubles = take(collection, *files)
    assert troubles == []
    assert (one.tolerated, two.tolerated) == (0, 1)
    assert faults(collection) == []
    [known], _ = take(collection, files[1])
    assert known.known


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
@pytest.mark.parametrize("flags", [(), ("--no-warc-compression",)])
def test_what_wget_wrote(collection: Collection, tmp_path: Path, flags: tuple[str, ...]) -> None:
    """GNU Wget's WARCs, chunked answers included."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with ByteServer() as server:
        server.on("/plain", ok(b"plain", b"Content-Type: text/html"))
        server.on("/chunked", chunked)
        urls = [server.url("/plain"), server.url("/chunked"), server.url("/gone")]
        command = ["wget", "-q", "--no-proxy", "--tries=1", "-O", "out", "--warc-file=theirs", *flags, *urls]
        subprocess.run(command, cwd=tmp_path, check=False, timeout=30)
    [path] = warc_files([tmp_path / ("theirs.warc" if flags else "theirs.warc.gz")])
    [done], troubles = take(collection, path)
    assert troubles == []
    assert done.captures >= 3
    assert faults(collection) == []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        held = catalogue.latest_capture(urls[1])
    assert held is not None
    assert held.payload_length == 5
