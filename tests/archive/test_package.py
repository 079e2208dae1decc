"""Packages of a real collection: judged by bagit, read back record by record, and made a collection again."""

from __future__ import annotations

import csv
import errno
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import bagit
import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import CollectionBusy, DiskFull, UsageError
from archive.keeper import Submission
from archive.ledger import ledger_rows, write_csv
from archive.model import Context
from archive.package import Options, plan
from archive.package_folder import new_folder, refuse, require_room
from archive.package_import import become, can_become, is_bag, read_package
from archive.package_notes import Contents, readme
from archive.package_settings import without_secrets
from archive.package_work import Origin
from archive.reader import Record, read_records
from archive.recovery import index_line
from archive.tables import LINKS, TABLES
from archive.verify import Fault, verify
from archive.wacz import NothingKept
from archive.wacz_selection import Selection
from crawler.link_formats import Listing
from crawler.link_formats.csv_table import COLUMNS as LINK_COLUMNS
from tests.archive.exchanges import make_exchange
from tests.archive.package_samples import EVENT, NOW, PICTURE, SECRET, STRANGER, pack, rich, tools
from tests.archive.small_collection import PATH, URLS, build, keeping

# All that is told of events and links, but for ids of rows and where records lie.
_EVENTS = "SELECT path, json_name, events.version, v.version, sha256, title, day, page_record_id FROM events JOIN "
_EVENTS += "event_versions v ON v.event_id = events.id ORDER BY path"
_CITATIONS = (
    "SELECT position, c.kind, label, href, c.url, c.reason, l.url, l.stage, l.reason FROM citations c LEFT JOIN "
)
_CITATIONS += "links l ON l.id = c.link_id ORDER BY position"
_STATES = "SELECT url, state, since, found, points, last, last_at, mark_at FROM link_states WHERE url IN (SELECT "
_STATES += "url FROM checks UNION SELECT url FROM marks) ORDER BY url"
_CHECKS = "SELECT url, at, state, verdict_class, evidence, status, record_id, incident FROM checks ORDER BY url, at"
_MARKS = "SELECT * FROM marks ORDER BY url"
_INCIDENTS = "SELECT key, began, until, alike FROM host_incidents JOIN hosts ON hosts.id = host_id"
_CAPTURES = (
    "SELECT record_id, kind, url, at, status, mime, payload_sha1, payload_sha256, payload_length, request_id,"
    " refers_to, referrer, hops, page_url, via, duration_ms, ip, truncated, error, location"
    " FROM captures ORDER BY record_id"
)
_NEEDS = "SELECT n.record_id, url, role, how FROM needs n ORDER BY n.record_id, url"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection with some of everything."""
    return rich(tmp_path_factory.mktemp("package") / "c")


@pytest.fixture(scope="module")
def whole(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of all of it."""
    target = tmp_path_factory.mktemp("whole") / "bag"
    assert pack(collection, Selection(), target, options=Options(sha512=True)).problems == ()
    return target


@pytest.fixture(scope="module")
def event(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of its event, with a WACZ."""
    target = tmp_path_factory.mktemp("event") / "bag"
    assert pack(collection, EVENT, target, options=Options(wacz=True)).problems == ()
    return target


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    """What a catalogue has."""
    with closing(sqlite3.connect(database)) as opened:
        return opened.execute(query).fetchall()


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def records(folder: Path) -> dict[str, Record]:
    """Every record by its id, each checked to its end."""
    return {record.record_id: record for warc in sorted(folder.iterdir()) for record in read_records(warc)}


def raw(record: Record) -> bytes:
    """A record as it lies there."""
    with record.path.open("rb") as file:
        file.seek(record.where.offset)
        return file.read(record.where.length)


def ledger(place: Collection) -> list[dict[str, str]]:
    """The rows of a collection's ledger."""
    text = io.StringIO(newline="")
    with closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        write_csv(ledger_rows(catalogue, NOW), text)
    return list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))


def without_places(ledger_rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows but for the WARC, and the offset in it: the length of a record stays."""
    return [{name: row[name] for name in row if name not in ("warc", "offset")} for row in ledger_rows]


def imported(package: Path, root: Path) -> Collection:
    """The collection that a package becomes, in which `verify` finds nothing wrong."""
    place = Collection(root)
    read = read_package(package)
    assert can_become(read, place)
    place.prepare()
    assert become(read, place, tools(place)).problems == ()
    faults: list[Fault] = []
    with closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        verify(place, catalogue, now=NOW, report=faults.append)
    assert [fault for fault in faults if fault.is_grave] == []
    return place


# --- there and back ---


def test_all_of_a_collection_comes_back(collection: Collection, whole: Path, tmp_path: Path) -> None:
    """Imported into an empty place: events, citations, captures, checks, marks, states of links, and the ledger."""
    again = imported(whole, tmp_path / "again")
    for query in (_EVENTS, _CITATIONS, _CAPTURES, _CHECKS, _MARKS, _INCIDENTS, _STATES, _NEEDS):
        before = rows(collection.catalogue, query)
        assert before
        assert rows(again.catalogue, query) == before
    assert without_places(ledger(again)) == without_places(ledger(collection))
    said = table(whole / "data/ledger.csv")
    assert ledger(again) == said  # places included
    origins = "SELECT origin, origin_sha256 FROM warcs WHERE origin IS NOT NULL"
    assert rows(again.catalogue, origins) == rows(collection.catalogue, origins)


def test_an_event_comes_back(collection: Collection, event: Path, tmp_path: Path) -> None:
    """The same of what belongs to one event; of nothing else."""
    again = imported(event, tmp_path / "again")
    for query in (_EVENTS, _CITATIONS, _MARKS, _INCIDENTS, _NEEDS):
        assert rows(again.catalogue, query) == rows(collection.catalogue, query)
    for query in (_CHECKS, _STATES):
        assert rows(again.catalogue, query) == [row for row in rows(collection.catalogue, query) if row[0] != STRANGER]
    strange = (STRANGER, "http://elsewhere.test/")
    assert rows(again.catalogue, _CAPTURES) == [
        row for row in rows(collection.catalogue, _CAPTURES) if row[2] not in strange
    ]
    assert without_places(ledger(again)) == without_places(ledger(collection))


def test_what_is_there_already_is_not_replaced(whole: Path, collection: Collection, tmp_path: Path) -> None:
    """A package becomes a collection only where there is none, and only if a version of it is known."""
    package = read_package(whole)
    assert not can_become(package, collection)
    other = tmp_path / "newer"
    shutil.copytree(whole, other)
    info = other / "bag-info.txt"
    info.write_text(info.read_text().replace("Sourcekeep-Package-Version: 1", "Sourcekeep-Package-Version: 2"))
    bagit.Bag(str(other)).save(manifests=True)
    with pytest.raises(UsageError, match="version 2"):
        can_become(read_package(other), Collection(tmp_path / "none"))


# --- what is in it ---


def test_every_record_is_as_it_was(collection: Collection, event: Path) -> None:
    """Byte for byte, with all that belongs to it and what revisits stand for; and the picture, but no stranger."""
    before, now = records(collection.warcs), records(event / "data/warcs")
    own = [record for name, record in now.items() if name not in before]
    assert {record.kind for record in own} == {"warcinfo", "metadata"}
    assert all(raw(now[name]) == raw(before[name]) for name in now.keys() & before.keys())
    assert sum(record.kind == "revisit" for record in now.values()) == 2
    for record in now.values():
        around = [*record.values("WARC-Concurrent-To"), *record.values("WARC-Warcinfo-ID")]
        around += record.values("WARC-Refers-To") if record.kind in ("revisit", "conversion") else []
        assert {each.strip("<>") for each in around} <= now.keys()
    urls = {record.url for record in now.values()}
    assert {PICTURE, *URLS.values()} <= urls
    assert STRANGER not in urls
    sources = {warc.name for warc in collection.warcs.iterdir()}
    assert {record.header("WARC-Filename") for record in now.values() if record.kind == "warcinfo"} & sources


def test_the_index_leads_to_each_record(event: Path) -> None:
    """A line for each record that has one, sorted: what an index made of the WARCs would be."""
    made = [index_line(record) for warc in (event / "data/warcs").iterdir() for record in read_records(warc)]
    assert (event / "data/indexes/index.cdxj").read_text().splitlines() == sorted(filter(None, made))


def test_others_take_it_for_a_bag(whole: Path, event: Path) -> None:
    """bagit finds every digest right; both algorithms where they were asked for; sizes and identifier are told."""
    for folder, algorithms in ((whole, ["sha256", "sha512"]), (event, ["sha256"])):
        bag = bagit.Bag(str(folder))
        bag.validate(processes=1)
        assert (bag.version_info, sorted(bag.algorithms)) == ((1, 0), algorithms)
        files = [path for path in (folder / "data").rglob("*") if path.is_file()]
        assert bag.info["Payload-Oxum"] == f"{sum(path.stat().st_size for path in files)}.{len(files)}"
        assert bag.info["Bagging-Date"] == "2026-12-24"
        assert bag.info["External-Identifier"].startswith("urn:uuid:")
    assert (event / "data/wacz/package.wacz").stat().st_size > 1000


def test_the_same_again_is_the_same(collection: Collection, event: Path, tmp_path: Path) -> None:
    """Packed once more at the same time: every file of it, byte for byte."""
    pack(collection, EVENT, tmp_path / "bag", options=Options(wacz=True))
    made = {path.relative_to(event): path.read_bytes() for path in event.rglob("*") if path.is_file()}
    again = {path.relative_to(tmp_path / "bag"): path for path in (tmp_path / "bag").rglob("*") if path.is_file()}
    assert again.keys() == made.keys()
    assert [str(name) for name, path in again.items() if path.read_bytes() != made[name]] == []
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


def test_the_tables_are_as_the_dictionary_says(whole: Path) -> None:
    """Each CSV file has the columns of datapackage.json, a row for each thing, no formula; sizes and digests agree."""
    metadata = whole / "data/metadata"
    about = json.loads((metadata / "datapackage.json").read_text())
    assert {each["path"] for each in about["resources"]} == {
        path.name for path in metadata.iterdir() if path.suffix in (".csv", ".jsonl")
    }
    manifest = (whole / "manifest-sha256.txt").read_text()
    found = {}
    for each in about["resources"]:
        content = (metadata / each["path"]).read_bytes()
        assert each["bytes"] == len(content)
        assert f"{each['hash'].removeprefix('sha256:')}  data/metadata/{each['path']}" in manifest
        assert (each["format"] == "csv") != (each.get("type") == "file")  # else others take its lines for rows
        if each["format"] == "csv":
            lines = list(csv.reader(io.StringIO(content.decode(), newline="")))
            assert lines[0] == [field["name"] for field in each["schema"]["fields"]]
            assert set(each["schema"]["primaryKey"]) <= set(lines[0])
            found[each["path"]] = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    assert {name: len(some) for name, some in found.items()} == {
        "events.csv": 1, "citations.csv": 7, "captures.csv": 14, "links.csv": 6,
    }  # fmt: skip
    gone = next(row for row in found["citations.csv"] if row["url"] == URLS["gone"])
    assert (gone["outcome"], gone["reason"], gone["state"]) == ("failed", "gone", "dead")
    assert [row["mark_why"] for row in found["links.csv"] if row["mark"]] == ["'=seen"]


def test_links_have_the_columns_they_have_elsewhere() -> None:
    """What `links --format csv` calls them, in that order."""
    assert TABLES["links"] is LINKS
    assert LINKS.names == tuple(LINK_COLUMNS[Listing.LINKS])


def test_events_are_as_the_schema_says(event: Path) -> None:
    """A line for each event; the keys that the JSON Schema asks for; places are those in the package."""
    schema = json.loads((event / "data/metadata/event.schema.json").read_text())
    (document,) = map(json.loads, (event / "data/metadata/events.jsonl").read_text().splitlines())
    assert set(schema["required"]) == document.keys()
    assert set(schema["properties"]["citations"]["items"]["required"]) == document["citations"][0].keys()
    copies = [copy for citation in document["citations"] for copy in citation["copies"]]
    assert (
        set(schema["properties"]["citations"]["items"]["properties"]["copies"]["items"]["required"]) <= copies[0].keys()
    )
    now = records(event / "data/warcs")
    assert {(copy["warc"], copy["offset"]) for copy in copies} == {
        (now[copy["record_id"]].where.warc, now[copy["record_id"]].where.offset) for copy in copies
    }


def test_links_alone_come_with_their_citations(collection: Collection, tmp_path: Path) -> None:
    """Of a host, of a state, of one link: their captures, and the rows of ledger and lists that tell of them."""
    for number, (selection, cited) in enumerate(
        {
            Selection(host="b.test"): {URLS["moved"], URLS["gone"]},
            Selection(url=URLS["target"]): {URLS["moved"]},
        }.items()
    ):
        target = tmp_path / str(number)
        pack(collection, selection, target)
        said = table(target / "data/ledger.csv")
        assert {row["url"] for row in said} == cited
        assert (target / "data/metadata/events.jsonl").read_bytes() == b""
        again = imported(target, tmp_path / f"again-{number}")
        assert {row[2] for row in rows(again.catalogue, _CAPTURES)} >= {URLS["target"]}
    with pytest.raises(UsageError, match=r"there are no links to nowhere\.test"):
        pack(collection, Selection(host="nowhere.test"), tmp_path / "none")


def test_secrets_stay_at_home(event: Path, whole: Path) -> None:
    """Neither what is called a secret nor a password in an address is anywhere in it; what else is set is."""
    for folder in (event, whole):
        assert not [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    settings = (event / "data/configuration/sourcekeep.toml").read_text()
    assert 'spn_secret = "[removed]"' in settings
    assert "most_pages = 7" in settings
    assert (
        without_secrets("[x]\napi-key = 3\nAPI_KEY = 'q'\nkey = 2")
        == '[x]\napi-key = "[removed]"\nAPI_KEY = "[removed]"\nkey = 2'
    )


def test_logs_tell_of_what_is_in_it(event: Path, whole: Path) -> None:
    """Of a selection its lines, of everything all."""
    name = "data/logs/20261122T140000Z-1-crawl.log"
    assert [STRANGER in (folder / name).read_text() for folder in (event, whole)] == [False, True]
    assert URLS["article"] in (event / name).read_text()


def test_a_full_warc_is_followed_by_another(collection: Collection, tmp_path: Path) -> None:
    """Each begins with a warcinfo record, has a PREMIS file, and keeps a capture and its request together."""
    pack(collection, Selection(), tmp_path / "bag", options=Options(max_warc_size=1500))
    warcs = sorted((tmp_path / "bag/data/warcs").iterdir())
    assert len(warcs) > 6
    for warc in warcs:
        found = {record.record_id: record for record in read_records(warc)}
        assert next(iter(found.values())).kind == "warcinfo"
        assert (tmp_path / f"bag/data/premis/{warc.name}.xml").is_file()
        for record in found.values():
            assert {each.strip("<>") for each in record.values("WARC-Concurrent-To")} <= found.keys()
            assert {each.strip("<>") for each in record.values("WARC-Warcinfo-ID")} <= found.keys()
    imported(tmp_path / "bag", tmp_path / "again")


# --- what goes wrong ---


def test_damage_is_left_out_and_told(collection: Collection, tmp_path: Path) -> None:
    """A record overwritten: the rest goes in, the ledger names no record that is not there, and it is said."""
    broken = Collection(tmp_path / "c")
    shutil.copytree(collection.root, broken.root)
    (name, offset), = rows(
        collection.catalogue,
        f"SELECT name, offset FROM captures JOIN warcs ON warcs.id = warc_id WHERE url = '{URLS['chunked']}'",
    )  # fmt: skip
    with (broken.warcs / str(name)).open("r+b") as file:
        file.seek(int(str(offset)))
        file.write(b"\0" * 20)
    for number, selection in enumerate((EVENT, Selection())):
        done = pack(broken, selection, tmp_path / str(number))
        assert [str(name) in problem and str(offset) in problem for problem in done.problems] == [True]
        said = table(tmp_path / str(number) / "data/ledger.csv")
        assert {row["url"]: row["warc"] for row in said}[URLS["chunked"]] == ""
        assert "1 record could not be read, and left out" in (tmp_path / str(number) / "README.txt").read_text()


def test_a_crawl_may_be_at_work(tmp_path: Path) -> None:
    """Of a WARC that is being written, what is committed goes in, and nothing is said of what is half written."""
    place = Collection(tmp_path / "c")
    with keeping(place) as (_, keeper):
        keeper.put(Submission(exchange=make_exchange(b"one", url=STRANGER, started_at=NOW), context=Context()))
        keeper.flush()
        (warc,) = place.warcs.iterdir()
        with warc.open("ab") as file:
            file.write(b"\x1f\x8b\x08half")
        for number, selection in enumerate((Selection(), Selection(url=STRANGER))):
            done = pack(place, selection, tmp_path / str(number))
            assert (done.captures, done.problems) == (1, ())
            kinds = [record.kind for record in records(tmp_path / str(number) / "data/warcs").values()]
            assert kinds == ["warcinfo", "warcinfo", "response", "request", "metadata"]


def test_nothing_is_written_over(collection: Collection, tmp_path: Path) -> None:
    """Neither what is there, nor the collection; with `replace` a package of ours, and nothing else."""
    pack(collection, Selection(url=URLS["gone"]), tmp_path / "bag")
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "bag")
    for name, replace in (("bag", False), ("other", True), ("link", True), ("no/bag", False)):
        with pytest.raises(UsageError):
            refuse(tmp_path / name, collection.root, replace=replace)
    with pytest.raises(UsageError, match="lies in the collection"):
        refuse(collection.root / "bag", collection.root, replace=False)
    before = (tmp_path / "bag/manifest-sha256.txt").read_bytes()
    pack(collection, Selection(url=URLS["article"]), tmp_path / "bag", options=Options(replace=True))
    assert (tmp_path / "bag/manifest-sha256.txt").read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bag", "link", "other"]


def test_what_a_killed_run_left_is_made_anew(tmp_path: Path) -> None:
    """Known by its mark; a folder of that name without one is somebody's; one that is at work is left alone."""
    target, partial = tmp_path / "bag", tmp_path / "bag.partial"
    partial.mkdir()
    (partial / "mine").touch()
    with pytest.raises(UsageError, match="none of ours"), new_folder(target):
        pass
    (partial / ".sourcekeep-partial").touch()
    with new_folder(target) as folder:
        assert [path.name for path in folder.iterdir()] == [".sourcekeep-partial"]
        with pytest.raises(CollectionBusy), new_folder(target):
            pass
        (folder / "x").touch()
    assert [path.name for path in target.iterdir()] == ["x"]
    assert not partial.exists()


def test_nothing_is_left_of_what_failed(collection: Collection, tmp_path: Path) -> None:
    """Where nothing can be read no package is made, and no part of one stays."""
    broken = Collection(tmp_path / "c")
    shutil.copytree(collection.root, broken.root)
    for warc in broken.warcs.iterdir():
        warc.write_bytes(b"")
    with pytest.raises(NothingKept):
        pack(broken, EVENT, tmp_path / "bag")
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_room_is_asked_for_first(tmp_path: Path) -> None:
    """With what is missing; and where it is used up all the same, nothing stays."""
    with pytest.raises(DiskFull, match="too few"):
        require_room(tmp_path, 1 << 60)
    for refusal in (OSError(errno.ENOSPC, "no room"), sqlite3.OperationalError("database or disk is full")):
        with pytest.raises(DiskFull), new_folder(tmp_path / "bag"):
            raise refusal
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_counts(collection: Collection, tmp_path: Path) -> None:
    """Captures, events, citations, checked links and about how many bytes."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue, catalogue.reading() as connection:
        origin = Origin(connection=connection, catalogue=catalogue, collection=collection, now=NOW, software="x")
        planned = plan(origin, EVENT)
    made = pack(collection, EVENT, tmp_path / "bag")
    assert (planned.captures, planned.events, planned.citations, planned.links) == (
        made.captures, made.events, made.citations, made.links,
    )  # fmt: skip
    length = sum(path.stat().st_size for path in (tmp_path / "bag/data/warcs").iterdir())
    assert length / 2 < planned.length < length * 2


def test_a_bag_that_was_changed_is_refused(event: Path, tmp_path: Path) -> None:
    """A byte more, a file less, a file more, a link out of it: nothing is taken of any of them."""
    changes = {
        "byte": lambda bag: (bag / "data/ledger.csv").write_bytes(b"x"),
        "less": lambda bag: (bag / "data/ledger.csv").unlink(),
        "more": lambda bag: (bag / "data/more").touch(),
        "link": lambda bag: (bag / "data/warcs/x.warc.gz").symlink_to("/etc/passwd"),
        "manifest": lambda bag: (bag / "manifest-sha256.txt").write_text(f"{'0' * 64}  ../../../etc/passwd\n"),
    }
    for name, change in changes.items():
        shutil.copytree(event, tmp_path / name)
        change(tmp_path / name)
        assert is_bag(tmp_path / name)
        with pytest.raises(UsageError):
            read_package(tmp_path / name)


def test_a_collection_of_nothing_but_files_is_packed_too(tmp_path: Path) -> None:
    """Without logs, settings, checks or others' copies."""
    place = build(tmp_path / "c")
    assert pack(place, Selection(since=None), tmp_path / "bag").events == 1
    assert imported(tmp_path / "bag", tmp_path / "again").events.is_dir()
    assert PATH in (tmp_path / "bag/data/metadata/events.csv").read_text()


def test_a_title_is_text() -> None:
    """Whatever an event's path holds, the README shows no control and its lines stay lines."""
    contents = Contents(
        title="a\x1b[2J\nb\u202ec", made_at=NOW, software="x", warcs=1, captures=1, events=1, citations=1, links=0,
        lost=2, left_out=1, has_wacz=False, is_of_links=False,
    )  # fmt: skip
    text = readme(contents)
    assert text.splitlines()[0] == "a\ufffd[2J\ufffdb\ufffdc"
    assert "2 captures of it lay in WARCs that are missing" in text
    assert all(each.isprintable() for line in text.split("\n") for each in line)
