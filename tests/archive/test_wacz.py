"""WACZ files of real collections, read back with what reads zips and WARCs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import cdxj
from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import UsageError
from archive.keeper import Submission, Text
from archive.model import Context, RecordRef, Role
from archive.reader import Record, open_record, read_records
from archive.schema import SurveyState
from archive.surveys import Needed, Survey
from archive.wacz import Exported, NothingKept, export
from archive.wacz_index import META, blocks
from archive.wacz_selection import Selection
from archive.wacz_zip import Package, refuse
from tests.archive.exchanges import make_exchange
from tests.archive.small_collection import AT, PATH, URLS, build, keeping

PICTURE, SHEET, STRANGER = "http://a.test/picture.png", "http://s.test/shared.css", "http://z.test/stranger"
EVENT = Selection(event=PATH)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The small collection; in a second WARC a picture of its article, a sheet that it shares, and a stranger."""
    place = build(tmp_path_factory.mktemp("wacz") / "c")
    with keeping(place) as (catalogue, keeper):
        article = catalogue.latest_capture(URLS["article"])
        assert article is not None
        need = Needed(url=SHEET, role=Role.STYLE, how="link/@href")
        record = article.refers_to or article.record_id
        catalogue.commit(
            Batch(surveys=[Survey(record_id=record, state=SurveyState.READ, at=AT, kind="html", needs=(need,),
                                  url=URLS["article"], page_url=URLS["article"])])
        )  # fmt: skip
        for n, (url, page) in enumerate({PICTURE: URLS["article"], SHEET: STRANGER, STRANGER: None}.items()):
            at = AT + timedelta(hours=2, seconds=n)
            exchange = make_exchange(url.encode(), url=url, started_at=at)
            keeper.put(Submission(exchange=exchange, context=Context(via=PATH, hops="E", page_url=page)))
    return place


@dataclass(frozen=True, slots=True)
class Wacz:
    """A WACZ, unpacked in memory; its WARCs in a folder."""

    said: Exported
    files: dict[str, bytes]
    warcs: Path

    @property
    def index(self) -> list[str]:
        """The index's lines."""
        return gzip.decompress(self.files["indexes/index.cdx.gz"]).decode("ascii").splitlines()

    @property
    def pages(self) -> list[dict[str, object]]:
        """The list of pages, without its header."""
        return [json.loads(line) for line in self.files["pages/pages.jsonl"].splitlines()[1:]]

    def records(self) -> dict[str, Record]:
        """Every record by its id, each checked to its end."""
        return {record.record_id: record for warc in self.warcs.iterdir() for record in read_records(warc)}


def wacz(collection: Collection, selection: Selection, folder: Path) -> Wacz:
    """The selection, written and read back."""
    target = folder / "c.wacz"
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue, catalogue.reading() as connection:
        said = export(connection, collection, selection, target, now=AT, software="sourcekeep")
    with ZipFile(target) as opened:
        assert opened.testzip() is None
        assert {each.compress_type for each in opened.infolist()} == {ZIP_STORED}
        assert all(not each.extra for each in opened.infolist())  # no zip64
        files = {name: opened.read(name) for name in opened.namelist()}
        opened.extractall(folder / "unpacked")
    assert said.length == target.stat().st_size
    assert list(folder.glob(".*")) == []
    return Wacz(said, files, folder / "unpacked" / "archive")


def test_all_is_every_warc_as_it_is(collection: Collection, tmp_path: Path) -> None:
    """The same files, and of each capture the line that the collection's own index has."""
    made = wacz(collection, Selection(), tmp_path)
    held = {f"archive/{warc.name}": warc.read_bytes() for warc in collection.warcs.iterdir()}
    assert len(held) == 2
    assert {name: made.files[name] for name in made.files if name.startswith("archive/")} == held
    lines = (collection.indexes / cdxj.INDEX).read_text().splitlines()
    assert made.index == [line for line in lines if not line.startswith("urn:sourcekeep:event:")]
    assert (made.said.problems, made.said.lost, made.said.captures) == ((), 0, 12)


def test_an_event_comes_with_all_that_belongs_to_it(collection: Collection, tmp_path: Path) -> None:
    """Its page, sources, redirects, failures, what they need, directly or by name; and no stranger."""
    made = wacz(collection, EVENT, tmp_path)
    indexed = {json.loads(line.split(" ", 2)[2])["url"] for line in made.index}
    assert indexed == {*URLS.values(), PICTURE, SHEET, "urn:sourcekeep:page:news/2016/02/3/%E4%B8%80-event.md"} - {
        URLS["silent"]
    }
    urls = {record.url for record in made.records().values()}
    assert URLS["silent"] in urls
    assert STRANGER not in urls


@pytest.mark.parametrize("selection", [EVENT, Selection(url=URLS["twin"]), Selection(url=URLS["moved"])])
def test_each_line_leads_to_its_record_with_all_around_it(
    collection: Collection, selection: Selection, tmp_path: Path
) -> None:
    """Request, metadata, warcinfo, and what a revisit stands for are there, every byte as in the collection."""
    made = wacz(collection, selection, tmp_path)
    records = made.records()
    original = {record.record_id: record for warc in collection.warcs.iterdir() for record in read_records(warc)}
    assert made.index
    for line in made.index:
        about = json.loads(line.split(" ", 2)[2])
        where = RecordRef(warc=about["filename"], offset=int(about["offset"]), length=int(about["length"]))
        assert open_record(made.warcs, where).url == about["url"]
    for name, record in records.items():
        source = original[name]
        assert _bytes(record) == _bytes(source)
        around = [*record.values("WARC-Concurrent-To"), *record.values("WARC-Warcinfo-ID")]
        if record.kind == "revisit":
            around += record.values("WARC-Refers-To")
        assert {each.strip("<>") for each in around} <= records.keys()


def _bytes(record: Record) -> bytes:
    with record.path.open("rb") as file:
        file.seek(record.where.offset)
        return file.read(record.where.length)


def test_a_redirect_leads_on(collection: Collection, tmp_path: Path) -> None:
    """Asked for the link, one gets where it leads to as well."""
    made = wacz(collection, Selection(url=URLS["moved"]), tmp_path)
    assert [line.split()[0] for line in made.index] == ["test,b)/moved", "test,b)/target"]


def test_pages_have_titles_texts_and_events(collection: Collection, tmp_path: Path) -> None:
    """Of what is cited, that is kept, and no more: what pages need is no page."""
    made = wacz(collection, EVENT, tmp_path)
    assert json.loads(made.files["pages/pages.jsonl"].splitlines()[0])["hasText"] is True
    pages = {(page["url"], page["ts"]): page for page in made.pages}
    article = pages[URLS["article"], "2026-11-22T14:00:00Z"]
    assert (article["title"], article["text"], article["events"]) == ("The article", "kept", [PATH])
    assert {url for url, _ in pages} == {URLS[name] for name in ("article", "chunked", "target", "twin")}
    assert pages[URLS["target"], "2026-11-22T14:00:04Z"]["events"] == [PATH]  # behind a redirect
    again = pages[URLS["article"], "2026-11-22T15:00:00Z"]
    assert "text" not in again  # it is that of the copy before
    assert (made.said.pages, made.said.texts) == (5, 2)


def test_every_file_has_its_digest(collection: Collection, tmp_path: Path) -> None:
    """datapackage.json of all others, datapackage-digest.json of that, to be signed."""
    made = wacz(collection, Selection(since=date(2016, 2, 3), until=date(2016, 2, 3)), tmp_path)
    about = json.loads(made.files["datapackage.json"])
    told = {each["path"]: (each["hash"], each["bytes"]) for each in about["resources"]}
    own = {"datapackage.json", "datapackage-digest.json"}
    assert told == {
        name: ("sha256:" + hashlib.sha256(content).hexdigest(), len(content))
        for name, content in made.files.items()
        if name not in own
    }
    assert about["wacz_version"] == "1.1.1"
    digest = json.loads(made.files["datapackage-digest.json"])
    assert digest["hash"] == "sha256:" + hashlib.sha256(made.files["datapackage.json"]).hexdigest()
    assert digest["hash"] == f"sha256:{made.said.sha256}"


def test_damage_is_left_out_and_told(collection: Collection, tmp_path: Path) -> None:
    """A record overwritten, a WARC gone from the disk: the rest goes in; neither line nor page speaks of them."""
    broken = Collection(tmp_path / "broken")
    shutil.copytree(collection.root, broken.root)
    first, second = sorted(broken.warcs.iterdir())
    second.unlink()
    index = (collection.indexes / cdxj.INDEX).read_text().splitlines()
    place = next(json.loads(line.split(" ", 2)[2]) for line in index if line.startswith("test,a)/chunked"))
    with first.open("r+b") as file:
        file.seek(int(place["offset"]))
        file.write(b"\0" * 20)
    made = wacz(broken, EVENT, tmp_path)
    assert [problem.split(":")[0].rpartition("/")[2] for problem in made.said.problems] == [
        f"{first.name}, offset {place['offset']}",
        second.name,
    ]
    told = b"".join([*map(str.encode, made.index), made.files["pages/pages.jsonl"]])
    assert not [url for url in (URLS["chunked"], PICTURE, SHEET) if url.encode() in told]
    assert URLS["article"].encode() in told


def test_an_index_that_lacks_lines_is_no_matter(collection: Collection, tmp_path: Path) -> None:
    """What goes in is decided by the catalogue: the lines are made anew."""
    poor = Collection(tmp_path / "poor")
    shutil.copytree(collection.root, poor.root)
    index = poor.indexes / cdxj.INDEX
    whole = index.read_text().splitlines(keepends=True)
    index.write_text("".join([*whole[::3], 'junk {"offset": "1", "filename": "x"}\n', whole[0]]))
    made = wacz(poor, Selection(), tmp_path)
    assert [f"{line}\n" for line in made.index] == [line for line in whole if not line.startswith("urn:sourcekeep:e")]


def test_a_crawl_may_be_at_work(tmp_path: Path) -> None:
    """Of a WARC that is being written, what is committed goes in, and under its final name."""
    place = Collection(tmp_path / "c")
    with keeping(place) as (_, keeper):
        keeper.put(Submission(exchange=make_exchange(b"one", url=STRANGER, started_at=AT), context=Context()))
        keeper.flush()
        made = wacz(place, Selection(), tmp_path)
        assert [record.kind for record in made.records().values()] == ["warcinfo", "response", "request", "metadata"]
        assert [line.split()[0] for line in made.index] == ["test,z)/stranger"]


def test_many_captures_of_a_warc_are_taken_the_quick_way(tmp_path: Path) -> None:
    """Each with its request and metadata, and nothing of what was written between them."""
    place = Collection(tmp_path / "c")
    with keeping(place) as (_, keeper):
        for n in range(250):
            at = AT + timedelta(seconds=n)
            keeper.put(Submission(exchange=make_exchange(b"%d" % n, url=STRANGER, started_at=at), context=Context()))
            if n % 50 == 7:
                keeper.put(Submission(metadata=Text(uri="urn:sourcekeep:x", mime="text/plain", payload=b"{}")))
                keeper.put(Submission(exchange=make_exchange(b"z", url=PICTURE, started_at=at), context=Context()))
    made = wacz(place, Selection(url=STRANGER), tmp_path)
    records = made.records().values()
    assert len(made.index) == 250
    assert Counter(record.kind for record in records) == {"warcinfo": 1} | dict.fromkeys(
        ("response", "request", "metadata"), 250
    )
    assert {record.url for record in records} == {"", STRANGER}


def test_what_is_lost_is_counted(collection: Collection, tmp_path: Path) -> None:
    """Captures in a WARC that is known to be missing; nothing is written where nothing is left."""
    poor = Collection(tmp_path / "poor")
    shutil.copytree(collection.root, poor.root)
    first, second = sorted(each.name for each in poor.warcs.iterdir())
    with closing(Catalogue.open(poor.catalogue, create=False)) as catalogue:
        catalogue.lose_warc(second)
    assert wacz(poor, EVENT, tmp_path).said.lost == 2
    before = (tmp_path / "c.wacz").read_bytes()
    with closing(Catalogue.open(poor.catalogue, create=False)) as catalogue:
        catalogue.lose_warc(first)
    with pytest.raises(NothingKept, match="WARCs are missing"):
        wacz(poor, EVENT, tmp_path)
    assert (tmp_path / "c.wacz").read_bytes() == before


@pytest.mark.parametrize(
    "unknown", [Selection(event="x"), Selection(until=date(1999, 1, 1)), Selection(url="http://x.test/")]
)
def test_what_is_not_known_is_refused(collection: Collection, tmp_path: Path, unknown: Selection) -> None:
    """An event, days, a link that the collection has nothing of; no file is made."""
    with pytest.raises(UsageError, match=r"event|link"):
        wacz(collection, unknown, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_lies_behind_four_gigabytes_is_found(tmp_path: Path) -> None:
    """Places in the directory and the directory's own are zip64 then; an entry that is not as long as said is none."""
    with (tmp_path / "large.zip").open("wb") as file:
        file.seek(5 << 30)  # a hole: it takes no room
        package = Package(file, AT)
        package.add("one", [b"first", memoryview(b" half")], 10)
        package.add_bytes("two", b"2")
        package.close()
    with ZipFile(tmp_path / "large.zip") as made:
        assert made.testzip() is None
        assert {each.filename: made.read(each) for each in made.infolist()} == {"one": b"first half", "two": b"2"}
        assert all(each.header_offset >= 5 << 30 for each in made.infolist())
    with (tmp_path / "short.zip").open("wb") as file, pytest.raises(ValueError, match="was to be 3"):
        Package(file, AT).add("one", [b"12"], 3)


def test_the_collection_is_no_place_for_it(collection: Collection, tmp_path: Path) -> None:
    """Nor is a folder, nor a file in a folder that is not there, nor the collection by a link that leads there."""
    (tmp_path / "way").symlink_to(collection.warcs)
    for target in (collection.warcs / "c.wacz", tmp_path / "way" / "c.wacz", tmp_path, tmp_path / "no" / "c.wacz"):
        with pytest.raises(UsageError):
            refuse(target, collection.root)
    refuse(tmp_path / "c.wacz", collection.root)


@given(keys=st.lists(st.integers(0, 9999), min_size=1), size=st.integers(1, 5))
def test_blocks_hold_all_lines_and_are_found_by_key(keys: list[int], size: int) -> None:
    """Each guide leads to its block, begins with its first key, and has its digest; together they are the lines."""
    lines = [b'test,a)/%d 20261122140000 {"url": "http://a.test/%d"}\n' % (key, key) for key in keys]
    lines.sort()
    made = list(blocks(lines, size=size))
    packed = b"".join(block.packed for block in made)
    read: list[bytes] = []
    for block in made:
        key, _, about = block.guide.partition(b" {")
        place = json.loads(b"{" + about)
        member = packed[place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == "sha256:" + hashlib.sha256(member).hexdigest()
        some = io.BytesIO(gzip.decompress(member)).readlines()
        assert some[0].startswith(key + b" {")
        assert len(some) <= size
        read += some
    assert read == lines
    assert json.loads(META.split(b" ", 2)[2])["filename"] == place["filename"]
