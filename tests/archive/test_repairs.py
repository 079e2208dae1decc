"""`verify --repair`: each kind of spoiling put right as far as the WARCs allow, and nothing else touched."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import DamagedCatalogue, NotACollection
from archive.frontier import Frontier
from archive.mark_records import put_off
from archive.mending import mend
from archive.reader import read_records
from archive.repairs import Repaired, Tools, carry_out, plan
from archive.verify import Fault, verify
from crawler.commands.verify import new_writer
from crawler.settlement import settle_again
from tests.archive.small_collection import AT, URLS, build


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection without a fault, to be copied; its catalogue is what its WARCs tell."""
    collection = build(tmp_path_factory.mktemp("repairs") / "collection")
    collection.catalogue.unlink()
    repaired(collection)
    return collection.root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it, to be spoilt."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def repaired(collection: Collection) -> Repaired:
    """Plan and carry out."""
    tools = Tools(settle=settle_again, settle_found=lambda _: lambda _: None, writer=new_writer(collection), now=AT)
    return carry_out(plan(collection, now=AT), collection, tools)


def faults(collection: Collection) -> list[str]:
    """The kinds of all faults."""
    found: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=found.append)
    return sorted({fault.kind.value for fault in found})


def warc(collection: Collection) -> Path:
    """The WARC that was there from the beginning."""
    return min(collection.warcs.glob("TEST-*.warc.gz"))


def run_sql(collection: Collection, statement: str) -> None:
    """Change the catalogue behind its back."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        assert database.execute(statement).rowcount > 0
        database.commit()


def _no_index(collection: Collection) -> None:
    shutil.rmtree(collection.indexes)


def _wrong_index(collection: Collection) -> None:
    index = collection.indexes / "index.cdxj"
    lines = index.read_text().splitlines(keepends=True)
    index.write_text("".join([*reversed(lines[1:]), lines[1].replace('"offset": "', '"offset": "9')]))


def _no_documents(collection: Collection) -> None:
    shutil.rmtree(collection.events)


def _forged_document(collection: Collection) -> None:
    [path] = collection.events.rglob("*.json")
    path.write_text(path.read_text().replace("An event", "Another event"))


def _forged_row(collection: Collection) -> None:
    run_sql(collection, "UPDATE captures SET status = 200 WHERE status = 404")


def _row_too_many(collection: Collection) -> None:
    run_sql(
        collection,
        "INSERT INTO captures"
        " (record_id, kind, url, at, payload_length, warc_id, offset, length, hops, via, duration_ms)"
        " VALUES ('urn:uuid:x', 'response', 'http://x.test/', 0, 0, 1, 5, 5, '', 'http', 0)",
    )


def _row_missing(collection: Collection) -> None:
    run_sql(collection, f"UPDATE links SET capture_id = NULL WHERE url = '{URLS['gone']}'")
    run_sql(collection, f"DELETE FROM captures WHERE url = '{URLS['gone']}'")


def _reference_into_the_void(collection: Collection) -> None:
    run_sql(collection, "UPDATE links SET capture_id = 99999 WHERE capture_id IS NOT NULL")


def _forged_survey(collection: Collection) -> None:
    run_sql(collection, "INSERT INTO surveys (record_id, state, at) VALUES ('urn:uuid:none', 'read', 0)")


def _forged_need(collection: Collection) -> None:
    run_sql(
        collection,
        "INSERT INTO needs (record_id, position, url, role, how)"
        " VALUES ('urn:uuid:none', 1, 'http://x/', 'image', 'x')",
    )


def _forged_alias(collection: Collection) -> None:
    run_sql(
        collection,
        "INSERT INTO aliases (url, work, rule, proof, at) VALUES ('http://x/', 'http://y/', 'utm', 'urn:uuid:none', 0)",
    )


def _no_catalogue(collection: Collection) -> None:
    collection.catalogue.unlink()


def _empty_catalogue(collection: Collection) -> None:
    collection.catalogue.write_bytes(b"")


def _catalogue_without_tables(collection: Collection) -> None:
    collection.catalogue.unlink()
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute("PRAGMA journal_mode = WAL")


def _only_views_left(collection: Collection) -> None:
    with closing(sqlite3.connect(collection.catalogue)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            database.execute(f"DROP TABLE {name}")
        database.commit()


def _rows_deleted(collection: Collection) -> None:
    with closing(sqlite3.connect(collection.catalogue)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if name not in ("alembic_version", "collection_meta"):
                database.execute(f"DELETE FROM {name}")
        database.commit()


def _noise_in_catalogue(collection: Collection) -> None:
    data = bytearray(collection.catalogue.read_bytes())
    data[4096:40960] = b"\xa5" * (40960 - 4096)
    collection.catalogue.write_bytes(data)


@pytest.mark.parametrize(
    "spoil",
    [
        _no_index, _wrong_index, _no_documents, _forged_document, _forged_row, _row_too_many, _row_missing,
        _reference_into_the_void, _forged_survey, _forged_need, _forged_alias, _no_catalogue, _empty_catalogue,
        _catalogue_without_tables, _only_views_left, _rows_deleted, _noise_in_catalogue,
    ],
)  # fmt: skip
def test_what_the_warcs_tell_is_put_right(collection: Collection, spoil: Callable[[Collection], None]) -> None:
    """After the repair verify finds nothing, index and documents are what they were, WARCs were not touched, and a
    second repair has nothing to do."""
    index = (collection.indexes / "index.cdxj").read_bytes()
    documents = {each.name: each.read_bytes() for each in collection.events.rglob("*.json")}
    warcs = {each.name: each.read_bytes() for each in collection.warcs.iterdir()}
    spoil(collection)
    assert repaired(collection).steps
    assert faults(collection) == []
    assert (collection.indexes / "index.cdxj").read_bytes() == index
    assert {each.name: each.read_bytes() for each in collection.events.rglob("*.json")} == documents
    assert {each.name: each.read_bytes() for each in collection.warcs.iterdir()} == warcs
    assert repaired(collection).steps == ()


_SCHEMA = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET {}; PRAGMA writable_schema = RESET"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE links SET url = CAST(X'687474ff' AS TEXT) WHERE id = 2",
        "UPDATE hosts SET key = CAST(X'687474ff' AS TEXT) WHERE id = 1",
        "UPDATE event_versions SET document = CAST(X'7b22ff227d' AS TEXT)",
        "UPDATE event_versions SET document = 'no JSON'",
        "UPDATE event_versions SET document = replace(document, '\"citations\"', '\"citatioms\"')",
        "UPDATE warcs SET state = 'x'",
        "UPDATE warcs SET name = CAST(X'ff' AS TEXT) WHERE id = 1",
        "UPDATE captures SET at = -9223372036854775807 WHERE id = 3",
        "UPDATE alembic_version SET version_num = '0008_brows\u00efng'",
        "DELETE FROM alembic_version",
        _SCHEMA.format("name = 'alembic_versiom', tbl_name = 'alembic_versiom', "
                       "sql = replace(sql, 'alembic_version', 'alembic_versiom') WHERE name = 'alembic_version'"),
        _SCHEMA.format("sql = replace(sql, 'committed_offset', 'committed_offseu') WHERE name = 'warcs'"),
    ],
)  # fmt: skip
def test_a_catalogue_that_makes_no_sense_is_made_anew(collection: Collection, statement: str) -> None:
    """Whatever a flipped byte may do to it: verify names the remedy, and the repair is one."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.executescript(statement)
    assert any("verify --repair" in advice for advice in _advice(collection))
    assert repaired(collection).rebuilt is not None
    assert faults(collection) == []


def test_one_row_that_cannot_be_read_costs_no_other(collection: Collection) -> None:
    """Of marks that no WARC has yet, and of runs: the sound one is taken over from the damaged catalogue, the other is
    told of."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        put_off(catalogue)
    for url, why in ((URLS["gone"], "'I know'"), (URLS["silent"], "CAST(X'ff' AS TEXT)")):
        run_sql(collection, f"INSERT INTO marks (url, at, state, why, who, until_contradicted) "
                            f"VALUES ('{url}', 0, 'dead', {why}, 'ann', 0)")  # fmt: skip
    run_sql(collection, "INSERT INTO runs (job, started_at, pid, host, version, configuration) "
                        "VALUES ('a', 0, 1, 'h', '0', '{}'), ('b', 0, 1, 'h', '0', 'no JSON')")  # fmt: skip
    done = repaired(collection)
    assert any("of its marks 1 cannot be read" in problem for problem in done.problems)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        assert database.execute("SELECT url, why FROM marks").fetchall() == [(URLS["gone"], "I know")]
        assert database.execute("SELECT job FROM runs").fetchall() == [("a",)]
    assert faults(collection) == []


def _advice(collection: Collection) -> list[str]:
    found: list[Fault] = []
    try:
        with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
            verify(collection, catalogue, now=AT, report=found.append)
    except DamagedCatalogue as error:
        return [str(error)]
    return [fault.advice for fault in found]


@pytest.mark.parametrize("spoil", [_catalogue_without_tables, _only_views_left, _rows_deleted])
def test_nothing_begins_afresh_beside_what_is_known(
    collection: Collection, spoil: Callable[[Collection], None]
) -> None:
    """A crawl would take the captures for new, and lose what the WARCs tell of checks and marks."""
    spoil(collection)
    with pytest.raises(NotACollection, match="verify --repair"):
        collection.prepare()


def test_an_old_catalogue_is_never_deleted(collection: Collection) -> None:
    """It lies beside the new one, byte for byte."""
    _noise_in_catalogue(collection)
    before = collection.catalogue.read_bytes()
    done = repaired(collection)
    assert done.rebuilt is not None
    assert done.rebuilt.aside is not None
    assert (collection.root / done.rebuilt.aside).read_bytes() == before
    collection.catalogue.write_bytes(b"noise again")
    again = repaired(collection)  # in the same second
    assert again.rebuilt is not None
    assert again.rebuilt.aside not in (None, done.rebuilt.aside)
    assert (collection.root / done.rebuilt.aside).read_bytes() == before


def _offset(collection: Collection, kind: str, number: int) -> int:
    """The middle of the record of that kind, the first, second ... in the file."""
    found = [record.where for record in read_records(warc(collection)) if record.kind == kind]
    return found[number].offset + found[number].length // 2


def _flip(collection: Collection, offset: int) -> None:
    data = bytearray(warc(collection).read_bytes())
    data[offset] ^= 0xFF
    warc(collection).write_bytes(data)


def _is_closed(collection: Collection, *also: str) -> None:
    """What was lost is noted; verify names nothing else, and another repair does nothing and leaves nothing."""
    assert set(faults(collection)) == {"accepted_loss", *also}
    files = sorted(collection.root.rglob("*"))
    losses = (collection.root / "losses.json").read_bytes()
    assert repaired(collection).steps == ()
    assert sorted(collection.root.rglob("*")) == files
    assert (collection.root / "losses.json").read_bytes() == losses
    assert len([each for each in files if each.name.endswith("Z")]) <= 1  # catalogues put aside


@pytest.mark.parametrize(
    ("kind", "number"),
    [("warcinfo", 0), ("resource", 0), ("response", 0), ("request", 0), ("metadata", 1), ("revisit", 0),
     ("conversion", 0)],
)  # fmt: skip
def test_one_flipped_byte_is_let_go_of_once(collection: Collection, kind: str, number: int) -> None:
    """Whichever record it hits: one repair, then verify is content and says what was lost."""
    _flip(collection, _offset(collection, kind, number))
    repaired(collection)
    _is_closed(collection)


def test_one_flipped_byte_and_no_catalogue(collection: Collection) -> None:
    """Nobody knows what lay there: what can be read becomes a catalogue, and what cannot is noted all the same."""
    _flip(collection, _offset(collection, "metadata", 1))
    collection.catalogue.unlink()
    repaired(collection)
    _is_closed(collection)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        kinds = dict(database.execute("SELECT url, kind FROM links").fetchall())
    assert set(kinds.values()) == {"citation"}  # also of the capture whose metadata is lost


@pytest.mark.parametrize("ending", ["", ".open"])
def test_a_lost_end_is_let_go_of_once(collection: Collection, ending: str) -> None:
    """A file cut between a response and its request, finished or left open, its loss confirmed."""
    path = warc(collection)
    cut = [record.where.offset for record in read_records(path) if record.kind == "request"][3]
    os.truncate(path, cut)
    path.rename(path.with_name(path.name + ending))
    repaired(collection)
    _is_closed(collection)


@pytest.mark.parametrize("has_catalogue", [True, False], ids=["known", "no catalogue"])
def test_damage_in_a_file_left_open_is_let_go_of_once(collection: Collection, *, has_catalogue: bool) -> None:
    """Like damage in a finished one: the records behind it stay, where they were, with and without a catalogue."""
    path, size = warc(collection), warc(collection).stat().st_size
    with closing(sqlite3.connect(collection.catalogue)) as database:
        behind = set(database.execute("SELECT offset, record_id FROM captures JOIN warcs ON warcs.id = warc_id"
                                      " WHERE name = ?", (path.name,)))  # fmt: skip
    hit = [record for record in read_records(path) if record.kind == "response"][1]
    _flip(collection, hit.where.offset + hit.where.length // 2)
    path.rename(path.with_name(path.name + ".open"))
    run_sql(collection, f"UPDATE warcs SET state = 'open' WHERE name = '{path.name}'")
    if not has_catalogue:
        collection.catalogue.unlink()
    repaired(collection)
    _is_closed(collection)
    assert path.stat().st_size == size
    with closing(sqlite3.connect(collection.catalogue)) as database:
        found = set(database.execute("SELECT offset, record_id FROM captures JOIN warcs ON warcs.id = warc_id"
                                     " WHERE name = ?", (path.name,)))  # fmt: skip
    assert found == behind - {(hit.where.offset, hit.record_id)}


def test_an_event_whose_document_is_lost_stays(tmp_path: Path) -> None:
    """The catalogue is made anew; the event comes from the old one, and is kept in a WARC again."""
    collection = build(tmp_path / "collection")
    [path] = collection.events.rglob("*.json")
    cut = [record.where.offset for record in read_records(warc(collection)) if record.kind == "request"][-2]
    os.truncate(warc(collection), cut)
    assert repaired(collection).rebuilt is not None
    _is_closed(collection)
    assert path.is_file()


def test_a_damaged_catalogue_beside_noted_losses(collection: Collection) -> None:
    """The old catalogue is asked for events that no WARC has any more: what it cannot say ends no repair."""
    _flip(collection, _offset(collection, "response", 0))
    repaired(collection)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        [size] = database.execute("PRAGMA page_size").fetchone()
        [page] = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_events_3'"
        ).fetchone()
    data = bytearray(collection.catalogue.read_bytes())
    data[(page - 1) * size : page * size] = b"\xa5" * size
    collection.catalogue.write_bytes(data)
    assert repaired(collection).rebuilt is not None
    _is_closed(collection)
    assert not list(collection.root.glob("catalogue.db.rebuilding*"))


def test_bytes_out_of_a_backup_are_no_loss_any_more(collection: Collection) -> None:
    """The damaged file is replaced by a whole one: all is taken in again, and the loss is history."""
    whole = warc(collection).read_bytes()
    _flip(collection, _offset(collection, "response", 0))
    repaired(collection)
    warc(collection).write_bytes(whole)
    repaired(collection)
    assert faults(collection) == []
    assert '"returned_at"' in (collection.root / "losses.json").read_text()


def test_what_was_kept_as_a_body_never_becomes_ours(collection: Collection) -> None:
    """A page that is a WARC itself, in a record that is damaged: what is in it is no record of the collection."""
    path = warc(collection)
    data = path.read_bytes()
    forged = b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:forged>\r\n"
    forged += b"WARC-Warcinfo-ID: <urn:uuid:another>\r\nWARC-Target-URI: http://forged.test/\r\n"
    forged += b"WARC-Date: 2026-11-22T14:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
    forged += b"Content-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"
    path.write_bytes(data + b"\x1f\x8b\x08 the head of a record whose body is this: " + gzip.compress(forged))
    repaired(collection)
    collection.catalogue.unlink()
    repaired(collection)
    _is_closed(collection)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        assert database.execute("SELECT count(*) FROM captures WHERE url LIKE '%forged%'").fetchone() == (0,)
    assert "forged" not in (collection.indexes / "index.cdxj").read_text()


def test_an_imported_file_stays_one_whatever_is_damaged(collection: Collection) -> None:
    """The record that says that it was imported cannot be read: nothing in it is believed all the same."""
    _flip(collection, _offset(collection, "warcinfo", 0))
    path = warc(collection)
    for other in set(collection.warcs.iterdir()) - {path}:
        other.unlink()
    path.rename(path.with_name("import_0123abcd-20261122140000-00000-here.warc.gz"))
    collection.catalogue.unlink()
    repaired(collection)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        assert set(database.execute("SELECT via FROM captures").fetchall()) == {("import",)}
        assert database.execute("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM links)").fetchone() == (
            0,
        )


def test_aliases_are_there_after_a_rebuild(collection: Collection) -> None:
    """Not only when the next crawl has ended."""
    collection.catalogue.unlink()
    repaired(collection)
    with closing(sqlite3.connect(collection.catalogue)) as database:
        assert (URLS["moved"],) in database.execute("SELECT url FROM aliases").fetchall()


def test_a_survey_that_no_record_tells_of_is_made_again(collection: Collection) -> None:
    """What a capture needs is held against the records; what is made up is forgotten, and the capture looked at."""
    needs = "SELECT record_id, 1, 'http://x/', 'image', 'x', 'over_budget' FROM captures WHERE url LIKE '%/target'"
    run_sql(collection, "INSERT INTO surveys (record_id, state, at) SELECT record_id, 'read', 0 FROM captures"
                        " WHERE url LIKE '%/target'")  # fmt: skip
    run_sql(collection, f"INSERT INTO needs (record_id, position, url, role, how, reason) {needs}")
    assert faults(collection) == ["missing_survey"]
    repaired(collection)
    assert faults(collection) == []


def test_a_damaged_record_goes_again(collection: Collection) -> None:
    """The WARC stays as it is; records before and behind the damage count; the link of the lost one is pending."""
    with closing(sqlite3.connect(collection.catalogue)) as database:
        offset, length = database.execute(
            "SELECT offset, length FROM captures WHERE url = ?", (URLS["target"],)
        ).fetchone()
    data = bytearray(warc(collection).read_bytes())
    data[offset + length // 2] ^= 0xFF
    warc(collection).write_bytes(data)
    done = repaired(collection)
    assert any(f"offset {offset}" in problem for problem in done.problems)
    assert warc(collection).read_bytes() == data
    assert faults(collection) == ["accepted_loss"]
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        left = Frontier(catalogue).lease(run_id=9, now=AT, limit=100, per_host=100)
    assert [lease.url for lease in left] == [URLS["target"]]
    assert repaired(collection).steps == ()


def test_a_missing_warc_goes_again(collection: Collection) -> None:
    """With the catalogue at hand its rows stay, for the file may come back; its links are fetched again."""
    kept = warc(collection).read_bytes()
    name = warc(collection).name
    warc(collection).unlink()
    repaired(collection)
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        left = Frontier(catalogue).lease(run_id=9, now=AT, limit=100, per_host=100)
    assert {URLS["target"], URLS["twin"]} <= {lease.url for lease in left}
    (collection.warcs / name).write_bytes(kept)


@pytest.mark.parametrize("ending", ["", ".open"])
def test_a_copy_under_another_name_is_left_alone(collection: Collection, ending: str) -> None:
    """Whatever is made anew is made of the file that was there first; the copy is named, and moving it out is all."""
    original, rows = warc(collection), "SELECT record_id, name, offset FROM captures JOIN warcs ON warcs.id = warc_id"
    index = (collection.indexes / "index.cdxj").read_bytes()
    with closing(sqlite3.connect(collection.catalogue)) as database:
        before = sorted(database.execute(rows))
    copy = collection.warcs / f"a-copy-of-it.warc.gz{ending}"
    shutil.copy(original, copy)
    assert faults(collection) == ["copied_warc"]
    assert repaired(collection).steps == ()
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        [problem] = mend(catalogue, collection, settle=lambda _: None, now=AT)
    assert f"the same records as {original.name}" in problem
    for gone in (collection.catalogue, collection.indexes / "index.cdxj"):
        gone.unlink()
        repaired(collection)
        assert faults(collection) == ["copied_warc"]
        with closing(sqlite3.connect(collection.catalogue)) as database:
            assert sorted(database.execute(rows)) == before
        assert (collection.indexes / "index.cdxj").read_bytes() == index
    assert copy.read_bytes() == original.read_bytes()
    copy.unlink()
    assert faults(collection) == []
    assert repaired(collection).steps == ()


def test_rows_that_lie_in_a_copy_come_back(collection: Collection) -> None:
    """As a repair left them that did not know copies: both files stand in the catalogue, and in the index."""
    original, copy = warc(collection), collection.warcs / "a-copy-of-it.warc.gz"
    shutil.copy(original, copy)
    run_sql(collection, f"INSERT INTO warcs (name, committed_offset, state) SELECT '{copy.name}', committed_offset, "
                        f"state FROM warcs WHERE name = '{original.name}'")  # fmt: skip
    run_sql(collection, f"UPDATE captures SET warc_id = (SELECT id FROM warcs WHERE name = '{copy.name}') "
                        f"WHERE warc_id = (SELECT id FROM warcs WHERE name = '{original.name}')")  # fmt: skip
    repaired(collection)
    assert faults(collection) == ["copied_warc"]
    copy.unlink()
    assert faults(collection) == []


def test_warcs_and_catalogue_are_gone_together(collection: Collection) -> None:
    """Index and documents tell which there were: they are named as missing, and taken in when they come back."""
    kept = {path: path.read_bytes() for path in collection.warcs.iterdir()}
    documents = {each.name: each.read_bytes() for each in collection.events.rglob("*.json")}
    for path in [*kept, collection.catalogue]:
        path.unlink()
    done = repaired(collection)
    assert all(any(path.name in step for step in done.steps) for path in kept)
    found: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=found.append)
    assert {f"archive/{path.name}" for path in kept} == {each.where for each in found if each.kind == "missing_warc"}
    for path, data in kept.items():
        path.write_bytes(data)
    repaired(collection)
    assert faults(collection) == []
    assert {each.name: each.read_bytes() for each in collection.events.rglob("*.json")} == documents


def test_a_folder_without_anything_of_ours(tmp_path: Path) -> None:
    """No catalogue and no WARCs: it is no collection, and nothing is made there."""
    with pytest.raises(NotACollection):
        plan(Collection(tmp_path), now=AT)
    assert list(tmp_path.iterdir()) == []


_MEASURE = """
import sys
from contextlib import closing
from pathlib import Path
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.verify import verify
from tests.archive.small_collection import AT
collection = Collection(Path(sys.argv[1]))
faults = []
with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
    done = verify(collection, catalogue, now=AT, report=faults.append)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(done.records, len(faults), int(peak.split()[1]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="VmHWM is read from /proc")
def test_memory_is_flat(collection: Collection) -> None:
    """A collection of 50,000 records more takes hardly more memory to check."""
    small = _measured(collection)
    _grow(collection, 50_000)
    large = _measured(collection)
    assert large[0] == small[0] + 50_000
    assert large[1] == 0
    assert large[2] - small[2] < 30_000  # kB


def _measured(collection: Collection) -> tuple[int, int, int]:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(collection.root)], check=True, capture_output=True, text=True
    )
    records, faults, peak = map(int, done.stdout.split())
    return records, faults, peak


def _grow(collection: Collection, number: int) -> None:
    """Add records that no row and no line stands for: conversions, as many as it takes."""
    path = warc(collection)
    head = (
        b"WARC/1.1\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:uuid:%032d>\r\nWARC-Date: 2026-11-22T14:00:00Z\r\n"
    )
    head += b"WARC-Warcinfo-ID: <%s>\r\nContent-Length: 4\r\n\r\ntext\r\n\r\n"
    content = gzip.decompress(path.read_bytes()[:2000].split(b"\x1f\x8b\x08")[1].join([b"\x1f\x8b\x08", b""]))
    warcinfo = content.split(b"WARC-Record-ID: <")[1].split(b">")[0]
    with path.open("ab") as file:
        for each in range(number):
            file.write(gzip.compress(head % (each, warcinfo), 1))
