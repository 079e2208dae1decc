"""Whatever is changed, lost or added in a collection, verify finds it, names the place, and finds nothing else."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.verify import Fault, Looked, Verified, verify
from archive.verify_faults import FaultKind
from tests.archive.exchanges import write_everything
from tests.archive.small_collection import AT, URLS, build, keeping, write_documents

K = FaultKind


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection without a fault, to be copied."""
    return build(tmp_path_factory.mktemp("whole") / "collection").root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it, to be spoilt."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def checked(collection: Collection) -> tuple[list[Fault], Verified]:
    """All faults, and the counts."""
    faults: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        return faults, verify(collection, catalogue, now=AT, report=faults.append)


def kinds(collection: Collection) -> list[FaultKind]:
    """The kinds of all faults, each once, in alphabetical order."""
    return sorted({fault.kind for fault in checked(collection)[0]})


def warc(collection: Collection) -> Path:
    """Its only WARC."""
    [path] = collection.warcs.glob("*.warc.gz")
    return path


def document(collection: Collection) -> Path:
    """Its only document."""
    [path] = collection.events.rglob("*.json")
    return path


def spoil(collection: Collection, statement: str, *values: object) -> None:
    """Change the catalogue behind its back."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        changed = database.execute(statement, values).rowcount
        database.commit()
    assert changed > 0


def place_of(collection: Collection, url: str) -> tuple[int, int]:
    """Offset and length of the first capture of `url`."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        offset, length = database.execute(
            "SELECT offset, length FROM captures WHERE url = ? ORDER BY id", (url,)
        ).fetchone()
    return int(offset), int(length)


def test_a_whole_collection_has_no_fault(collection: Collection) -> None:
    """Nothing to find, and everything looked at."""
    faults, done = checked(collection)
    assert faults == []
    assert done == Verified(
        warcs=1, warc_bytes=warc(collection).stat().st_size, records=28, captures=9, index_lines=9, documents=1,
        problems=0, notes=0,
    )  # fmt: skip


def test_progress_tells_each_phase(collection: Collection) -> None:
    """The catalogue, WARCs by their bytes, index, documents."""
    seen: list[Looked] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=lambda _: None, progress=seen.append)
    assert list(dict.fromkeys(each.phase for each in seen)) == ["catalogue", "WARCs", "index", "documents"]
    bytes_done = [each.done for each in seen if each.phase == "WARCs"]
    assert bytes_done == sorted(bytes_done)
    assert bytes_done[-1] == warc(collection).stat().st_size


# --- WARC files ---


def test_a_flipped_bit_is_found_where_it_is(collection: Collection) -> None:
    """One record is damaged and missing; what follows it is still checked."""
    offset, length = place_of(collection, URLS["chunked"])
    data = bytearray(warc(collection).read_bytes())
    data[offset + length // 2] ^= 0x10
    warc(collection).write_bytes(data)
    faults, done = checked(collection)
    name = warc(collection).name
    assert [(fault.kind, fault.where) for fault in faults[:2]] == [
        (K.DAMAGED_RECORD, f"archive/{name} +{offset}"),
        (K.MISSING_RECORD, f"archive/{name} +{offset}"),
    ]
    assert faults[2:] == []  # that its request and metadata stand alone follows from it
    assert done.captures == 8


def test_a_short_file_is_told(collection: Collection) -> None:
    """Cut in the middle of a record: too short for what was kept, damaged at the end, the rest missing."""
    offset, _ = place_of(collection, URLS["twin"])
    with warc(collection).open("r+b") as file:
        file.truncate(offset + 10)
    found = kinds(collection)
    assert {K.SHORT_WARC, K.DAMAGED_RECORD, K.MISSING_RECORD, K.MISSING_TEXT, K.DOCUMENT_NOT_KEPT} <= set(found)
    assert K.FORGED_LINE not in found


def test_a_lost_file_is_told_once(collection: Collection) -> None:
    """One fault for the file, not one for each of its captures; what lay in it is missed."""
    warc(collection).unlink()
    faults, _ = checked(collection)
    assert [fault.kind for fault in faults] == [K.MISSING_WARC, K.DOCUMENT_NOT_KEPT]
    assert "9 captures" in faults[0].what


def test_a_file_of_somebody_elses(collection: Collection, tmp_path: Path) -> None:
    """A WARC that the catalogue does not know: it, its records, its lines in the index."""
    write_everything(tmp_path / "another")
    shutil.copy(warc(Collection(tmp_path / "another")), collection.warcs / "ZZZ.warc.gz")
    assert kinds(collection) == sorted([K.UNKNOWN_WARC, K.UNKNOWN_RECORD, K.MISSING_LINE])


def test_a_record_nobody_knows(collection: Collection) -> None:
    """A whole record put behind the others is found, in the catalogue's stead and in the index's."""
    path = warc(collection)
    member = path.read_bytes()[slice(*_span(place_of(collection, URLS["article"])))]
    text = gzip.decompress(member).replace(b"/article", b"/forgery")
    path.write_bytes(path.read_bytes() + gzip.compress(text))
    faults, _ = checked(collection)
    assert sorted({fault.kind for fault in faults}) == sorted([K.UNKNOWN_RECORD, K.MISSING_LINE, K.WRONG_HEADER])
    assert "/forgery" in next(fault.what for fault in faults if fault.kind is K.UNKNOWN_RECORD)


def _span(place: tuple[int, int]) -> tuple[int, int]:
    return place[0], place[0] + place[1]


def test_changed_bytes_under_a_good_crc(collection: Collection) -> None:
    """Somebody rewrote an article and repacked it to the same length: its digests give it away."""
    offset, length = place_of(collection, URLS["article"])
    path = warc(collection)
    data = path.read_bytes()
    text = gzip.decompress(data[offset : offset + length]).replace(b"The article, kept.", b"The article, forged")[:-5]
    text += b"\r\n\r\n" if not text.endswith(b"\r\n\r\n") else b""
    path.write_bytes(data[:offset] + gzip.compress(text) + data[offset + length :])
    assert K.WRONG_DIGEST in kinds(collection) or K.DAMAGED_RECORD in kinds(collection)


def test_an_unfinished_file(collection: Collection) -> None:
    """What a killed run left open is told, and what was kept in it counts as there."""
    path = warc(collection)
    path.rename(path.with_name(path.name + ".open"))
    with (path.with_name(path.name + ".open")).open("ab") as file:
        file.write(b"\x1f\x8b torn")
    faults, done = checked(collection)
    assert [fault.kind for fault in faults] == [K.UNFINISHED_WARC]
    assert done.captures == 9


def test_a_torn_tail_is_only_a_note(collection: Collection) -> None:
    """A repair has set it aside: good to know, no problem."""
    (collection.warcs / "x.warc.gz.torn").write_bytes(b"abc")
    faults, done = checked(collection)
    assert [fault.kind for fault in faults] == [K.TORN_TAIL]
    assert (done.problems, done.notes) == (0, 1)


def test_a_link_in_the_place_of_a_file(collection: Collection, tmp_path: Path) -> None:
    """A symbolic link is not followed: the WARC behind it is missing."""
    path = warc(collection)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert {K.UNKNOWN_WARC, K.MISSING_WARC} <= set(kinds(collection))


# --- the catalogue's rows ---


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("url = 'http://a.test/other'", "URL"),
        ("status = 500", "status"),
        ("at = at + 1", "time"),
        ("length = length + 1", "length"),
        ("payload_sha1 = 'sha1:AAAA'", "payload digest"),
        ("record_id = 'urn:uuid:other'", "record id"),
        ("kind = 'resource'", "type"),
        ("truncated = 'length'", "truncation"),
        ("mime = 'image/png'", "mime"),
        ("ip = '192.0.2.1'", "IP address"),
        ("location = '/elsewhere'", "location"),
        ("via = 'memento'", "way it came"),
        ("page_url = 'http://a.test/'", "page"),
        ("referrer = NULL", "referrer"),
        ("hops = 'E'", "hops"),
        ("duration_ms = duration_ms + 1", "duration"),
        ("protocol = 'h2'", "protocol"),
        ("error = 'timeout'", "error"),
        ("request_id = NULL", "request"),
        ("payload_length = 1", "payload's length"),
        ("payload_sha256 = 'ab'", "payload's sha256"),
    ],
)
def test_a_row_that_says_otherwise_than_its_record(collection: Collection, change: str, named: str) -> None:
    """Each thing a row says of a record is held against the record."""
    spoil(collection, f"UPDATE captures SET {change} WHERE url = ?", URLS["chunked"])
    faults, _ = checked(collection)
    assert K.WRONG_ROW in {fault.kind for fault in faults}
    assert f"its {named} is" in next(fault.what for fault in faults if fault.kind is K.WRONG_ROW)


def test_a_row_that_points_elsewhere(collection: Collection) -> None:
    """No record where the row says, no row where the record is."""
    spoil(collection, "UPDATE captures SET offset = offset + 1 WHERE url = ?", URLS["chunked"])
    assert {K.MISSING_RECORD, K.UNKNOWN_RECORD} <= set(kinds(collection))


def test_a_lost_row(collection: Collection) -> None:
    """A record that has no row, and what referred to it."""
    spoil(collection, "DELETE FROM captures WHERE url = ?", URLS["gone"])
    assert {K.UNKNOWN_RECORD, K.BROKEN_REFERENCE} <= set(kinds(collection))


def test_an_attempt_without_answer_is_missed_too(collection: Collection) -> None:
    """Its metadata record stands for the attempt: the catalogue must have it."""
    spoil(collection, "UPDATE links SET capture_id = NULL WHERE url = ?", URLS["silent"])
    spoil(collection, "DELETE FROM captures WHERE url = ?", URLS["silent"])
    faults = [fault for fault in checked(collection)[0] if fault.kind is K.UNKNOWN_RECORD]
    assert [URLS["silent"] in fault.what for fault in faults] == [True]


def test_a_revisit_of_nothing(collection: Collection) -> None:
    """It must stand for a record that is there and holds the payload."""
    spoil(collection, "UPDATE captures SET refers_to = 'urn:uuid:none' WHERE kind = 'revisit'")
    assert {K.BROKEN_REVISIT, K.WRONG_ROW} <= set(kinds(collection))


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE links SET capture_id = NULL WHERE stage = 'done' AND url LIKE '%/article'", K.DONE_WITHOUT_CAPTURE),
        ("UPDATE links SET reason = NULL WHERE url LIKE '%/gone'", K.BROKEN_REFERENCE),
        ("UPDATE links SET redirect_id = NULL WHERE url LIKE '%/moved'", K.BROKEN_REFERENCE),
        ("UPDATE pages SET record_id = 'urn:uuid:none'", K.BROKEN_REFERENCE),
        ("UPDATE event_versions SET page_record_id = 'urn:uuid:none'", K.BROKEN_REFERENCE),
        ("UPDATE events SET version = 9", K.BROKEN_REFERENCE),
        ("UPDATE citations SET link_id = NULL WHERE position = 1", K.BROKEN_REFERENCE),
        ("UPDATE citations SET link_id = 999 WHERE position = 1", K.BROKEN_REFERENCE),
        ("UPDATE articles SET record_id = 'urn:uuid:none'", K.BROKEN_REFERENCE),
        ("UPDATE articles SET conversion_id = 'urn:uuid:none'", K.MISSING_TEXT),
    ],
)
def test_references_into_the_void(collection: Collection, statement: str, kind: FaultKind) -> None:
    """Whatever refers to something must find it."""
    spoil(collection, statement)
    assert kind in kinds(collection)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE captures SET at = 'garbage' WHERE id = 1", "captures"),
        ("UPDATE captures SET at = 9e18 WHERE id = 1", "captures"),
        ("UPDATE links SET stage = 'lost' WHERE id = 1", "links"),
        ("UPDATE links SET settled_at = 9000000000000000000 WHERE id = 1", "links"),
        ("UPDATE event_versions SET document = '{' WHERE id = 1", "event_versions"),
        ("UPDATE runs SET configuration = 'none' WHERE id = 1", "runs"),
    ],
)
def test_values_of_another_type(collection: Collection, statement: str, table: str) -> None:
    """What no column of its kind can hold is a fault with its place, not the end of the check."""
    spoil(collection, statement)
    [fault] = [fault for fault in checked(collection)[0] if fault.kind is K.DAMAGED_CATALOGUE]
    assert fault.where == f"catalogue.db, {table}"


def test_a_table_of_files_that_makes_no_sense(collection: Collection) -> None:
    """Without it nothing can be checked: told with the remedy."""
    spoil(collection, "UPDATE warcs SET state = 'x'")
    faults, _ = checked(collection)
    assert {fault.kind for fault in faults} == {K.DAMAGED_CATALOGUE}
    assert "--repair" in faults[0].advice


# --- the index ---


def _edit_index(collection: Collection, change: Callable[[list[str]], list[str]]) -> None:
    index = collection.indexes / "index.cdxj"
    index.write_text("".join(change(index.read_text().splitlines(keepends=True))))


def test_a_missing_line(collection: Collection) -> None:
    """The line is named."""
    _edit_index(collection, lambda lines: [line for line in lines if "/chunked" not in line])
    faults, _ = checked(collection)
    assert [fault.kind for fault in faults] == [K.MISSING_LINE]
    assert "/chunked" in faults[0].what


def test_a_forged_line(collection: Collection) -> None:
    """So is one too many; an altered one is both."""
    _edit_index(collection, lambda lines: [*lines, 'zz,zz)/ 2020 {"url": "http://zz.zz/", "filename": "f"}\n'])
    assert kinds(collection) == [K.FORGED_LINE]
    _edit_index(collection, lambda lines: [line.replace('"404"', '"200"') for line in lines[:-1]])
    assert kinds(collection) == sorted([K.MISSING_LINE, K.FORGED_LINE])


def test_lines_out_of_order(collection: Collection) -> None:
    """An index out of order finds nothing: one fault, and its lines are compared all the same."""
    _edit_index(collection, lambda lines: [lines[-1], *lines[:-1]])
    faults, done = checked(collection)
    assert [(fault.kind, fault.where) for fault in faults] == [(K.UNSORTED_INDEX, "indexes/index.cdxj:2")]
    assert done.index_lines == 9


def test_a_line_twice(collection: Collection) -> None:
    """A line that is there twice stands in the wrong place once."""
    _edit_index(collection, lambda lines: [lines[0], *lines])
    assert kinds(collection) == [K.UNSORTED_INDEX]


def test_no_index(collection: Collection) -> None:
    """One fault, not one for each line; what a crash left of a new one is told."""
    (collection.indexes / "index.cdxj").rename(collection.indexes / "index.cdxj.new")
    assert kinds(collection) == sorted([K.LEFTOVER, K.MISSING_INDEX])


def test_an_index_of_garbage(collection: Collection) -> None:
    """Bytes of any kind are lines nobody stands behind."""
    (collection.indexes / "index.cdxj").write_bytes(b"\xff\x00{[\n\xfe{}\n")
    assert {K.FORGED_LINE, K.MISSING_LINE} <= set(kinds(collection))


# --- documents ---


def _edit_document(collection: Collection, change: Callable[[dict[str, object]], object]) -> None:
    path = document(collection)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _citation(document: dict[str, object], position: int) -> dict[str, object]:
    citations = document["citations"]
    assert isinstance(citations, list)
    found = citations[position - 1]
    assert isinstance(found, dict)
    return found


def _copy(document: dict[str, object]) -> dict[str, object]:
    copies = _citation(document, 2)["copies"]
    assert isinstance(copies, list)
    copy = copies[0]
    assert isinstance(copy, dict)
    return copy


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda it: it.update(title="Another"), '"title"'),
        (lambda it: it.update(path="news/other.md"), '"path"'),
        (lambda it: it.update(page={"offset": 1}), '"page"'),
        (lambda it: it.update(citations=[]), "citations"),
        (lambda it: _citation(it, 1).update(reason="gone"), "citation 1: it is said to be gone, and is ok"),
        (lambda it: _citation(it, 1).update(outcome="failed"), "citation 1: its outcome"),
        (lambda it: _citation(it, 1).update(record_id="urn:uuid:x"), "citation 1: its record"),
        (lambda it: _citation(it, 1).update(copies=[]), "citation 1: it is kept, and no copy"),
        (lambda it: _copy(it).update(offset=3), "offset is not what"),
        (lambda it: _copy(it).update(record_id="urn:uuid:x"), "its copy urn:uuid:x is not known"),
        (lambda it: _citation(it, 3).update(redirects=[]), "citation 3: its redirects"),
        (lambda it: _citation(it, 4).update(url="http://elsewhere.test/"), 'citation 4: "url"'),
        (lambda it: it.update(citations=[1, 2, 3, 4, 5, 6, 7]), "citation 1 is no JSON object"),
    ],
)
def test_a_changed_document(collection: Collection, change: Callable[[dict[str, object]], object], named: str) -> None:
    """Whatever is changed in it is named; and no WARC holds it like that."""
    _edit_document(collection, change)
    faults, _ = checked(collection)
    assert {fault.kind for fault in faults} == {K.WRONG_DOCUMENT, K.DOCUMENT_NOT_KEPT}
    assert named in faults[0].what


@pytest.mark.parametrize("data", [b"", b"[1]", b"\xff{", b'{"citations": ' + b"[" * 100_000])
def test_a_document_that_is_none(collection: Collection, data: bytes) -> None:
    """No JSON object, no crash."""
    document(collection).write_bytes(data)
    assert kinds(collection) == [K.WRONG_DOCUMENT]


def test_documents_lost_strange_and_left_over(collection: Collection) -> None:
    """One that is not there, one of no event, one a crash left."""
    path = document(collection)
    path.rename(path.with_name("stranger.json"))
    path.with_name(".x.json.tmp").write_bytes(b"")
    assert kinds(collection) == sorted([K.LEFTOVER, K.MISSING_DOCUMENT, K.UNKNOWN_DOCUMENT])


def test_a_document_out_of_date_is_only_a_note(collection: Collection) -> None:
    """The catalogue knows: the next run writes it."""
    spoil(collection, "UPDATE events SET dirty = 1")
    faults, done = checked(collection)
    assert [fault.kind for fault in faults] == [K.STALE_DOCUMENT]
    assert done.problems == 0


def test_a_document_that_no_warc_holds(collection: Collection) -> None:
    """The same content in other bytes: it must be the one that was kept."""
    path = document(collection)
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert kinds(collection) == [K.DOCUMENT_NOT_KEPT]


def test_the_latest_version_of_a_document_counts(collection: Collection) -> None:
    """Written again, the newer record is the one that is compared; the older is history."""
    spoil(collection, "UPDATE links SET reason = 'client_error' WHERE url = ?", URLS["gone"])
    spoil(collection, "UPDATE events SET dirty = dirty + 1")
    with keeping(collection) as (catalogue, keeper):
        write_documents(collection, catalogue, keeper)
    assert kinds(collection) == []


@pytest.mark.parametrize("reason", ["timeout", "robots_excluded", "refused_address", "over_budget"])
def test_time_alone_makes_no_document_wrong(collection: Collection, reason: str) -> None:
    """A link that came to nothing for now and one that waits for its next try are the same link at two times."""
    spoil(collection, "UPDATE links SET reason = ?, stage = 'failed' WHERE url = ?", reason, URLS["gone"])
    spoil(collection, "UPDATE events SET dirty = dirty + 1")
    with keeping(collection) as (catalogue, keeper):
        write_documents(collection, catalogue, keeper)
    spoil(collection, "UPDATE links SET stage = 'pending' WHERE url = ?", URLS["gone"])
    assert kinds(collection) == []


def test_a_forged_reason_is_no_passing_of_time(collection: Collection) -> None:
    """Both come to nothing for now; but only a new attempt makes another of one, and that marks the document."""
    spoil(collection, "UPDATE links SET reason = 'timeout', stage = 'failed' WHERE url = ?", URLS["gone"])
    spoil(collection, "UPDATE events SET dirty = dirty + 1")
    with keeping(collection) as (catalogue, keeper):
        write_documents(collection, catalogue, keeper)
    spoil(collection, "UPDATE links SET reason = 'conn_refused' WHERE url = ?", URLS["gone"])
    assert kinds(collection) == [K.WRONG_ROW]
