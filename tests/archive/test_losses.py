"""A WARC lost for good can be closed, and taken in again if it comes back after all."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.accepted_losses import accept_loss
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import UsageError
from archive.frontier import Frontier
from archive.losses import Loss, Losses, LossKind, read_losses, write_losses
from archive.mending import mend
from archive.repairs import Tools, carry_out, plan
from archive.verify import Fault, verify
from crawler.commands.verify import new_writer
from crawler.settlement import settle_again
from tests.archive.small_collection import AT, URLS, build, keeping, write_documents


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection in two WARCs: the captures lie in the first, the event's document in the second."""
    collection = build(tmp_path_factory.mktemp("losses") / "collection")
    first = warc(collection)
    first.rename(first.with_name("TEST-1-first.warc.gz"))
    with closing(sqlite3.connect(collection.catalogue)) as database:
        database.execute("UPDATE warcs SET name = 'TEST-1-first.warc.gz'")
        database.execute("UPDATE events SET dirty = 1")
        database.commit()
    index = collection.indexes / "index.cdxj"
    index.write_text(index.read_text().replace(first.name, "TEST-1-first.warc.gz"))
    with keeping(collection) as (catalogue, keeper):
        write_documents(collection, catalogue, keeper)
    assert faults(collection) == []
    return collection.root


@pytest.fixture
def collection(whole: Path, tmp_path: Path) -> Collection:
    """A copy of it."""
    shutil.copytree(whole, tmp_path / "collection")
    return Collection(tmp_path / "collection")


def warc(collection: Collection) -> Path:
    """The first of its WARCs."""
    return min(collection.warcs.glob("*.warc.gz"))


def faults(collection: Collection) -> list[str]:
    """The kinds of all faults."""
    found: list[Fault] = []
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        verify(collection, catalogue, now=AT, report=found.append)
    return sorted({fault.kind.value for fault in found})


def repaired(collection: Collection) -> tuple[str, ...]:
    """Plan and carry out: the steps."""
    tools = Tools(settle=settle_again, settle_found=lambda _: lambda _: None, writer=new_writer(collection), now=AT)
    return carry_out(plan(collection, now=AT), collection, tools).steps


def accepted(collection: Collection, name: str) -> Loss:
    """Accept the loss, as the command does."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        loss = accept_loss(catalogue, collection, name, who="an operator", why="disk 3 died", now=AT)
    repaired(collection)
    return loss


def mended(collection: Collection) -> list[str]:
    """What the next run does at its start; its problems."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        return list(mend(catalogue, collection, settle=lambda _: None, now=AT))


def waiting(collection: Collection) -> set[str]:
    """The links that the next crawl fetches."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        left = Frontier(catalogue).lease(run_id=9, now=AT, limit=100, per_host=100)
        Frontier(catalogue).reclaim()
    return {lease.url for lease in left}


def test_a_loss_that_is_accepted_is_closed(collection: Collection) -> None:
    """Verify is content and shows who accepted it; its links go again; neither index nor documents list what is gone;
    a second repair has nothing to do, and a catalogue made anew knows of it still."""
    name = warc(collection).name
    warc(collection).unlink()
    assert "missing_warc" in faults(collection)
    assert accepted(collection, name).captures == 9
    for _ in range(2):
        assert faults(collection) == ["accepted_loss"]
        assert repaired(collection) == ()
        assert set(URLS.values()) - {URLS["target"]} <= waiting(collection)
        assert name not in (collection.indexes / "index.cdxj").read_text()
        assert all(name not in each.read_text() for each in collection.events.rglob("*.json"))
        collection.catalogue.unlink()
        repaired(collection)


def test_a_file_lost_together_with_the_catalogue(collection: Collection) -> None:
    """Index and documents name it: it is missing until it is put back, which another repair takes in, or accepted."""
    path, kept = warc(collection), warc(collection).read_bytes()
    before = _written(collection)[0]
    path.unlink()
    collection.catalogue.unlink()
    assert any(path.name in step for step in plan(collection, now=AT).steps())
    repaired(collection)
    assert faults(collection) == ["missing_warc"]
    path.write_bytes(kept)
    assert "verify --repair" in " ".join(mended(collection))
    repaired(collection)
    assert faults(collection) == []
    assert set(before) <= set(_written(collection)[0])
    path.unlink()
    collection.catalogue.write_bytes(b"")
    repaired(collection)
    accepted(collection, path.name)
    assert faults(collection) == ["accepted_loss"]
    assert repaired(collection) == ()


def test_a_file_that_is_there_is_not_given_up(collection: Collection) -> None:
    """Nor one that nobody knows; one that is given up already is not noted twice, but a new reason is added."""
    path = warc(collection)
    with pytest.raises(UsageError, match="is there"):
        accepted(collection, path.name)
    with pytest.raises(UsageError, match="no WARC that the catalogue knows"):
        accepted(collection, "another.warc.gz")
    path.unlink()
    assert accepted(collection, path.name) == accepted(collection, path.name)
    assert len(read_losses(collection.root).noted) == 1
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        accept_loss(catalogue, collection, path.name, who="another", why="it was disk 4", now=AT)
    [loss] = read_losses(collection.root).noted
    assert (loss.why, loss.who, loss.captures) == ("disk 3 died; it was disk 4", "an operator", 9)


@pytest.mark.parametrize("road", ["missing", "accepted", "accepted, and the catalogue made anew"])
def test_a_file_that_comes_back_is_taken_in(collection: Collection, road: str) -> None:
    """As if it had never been away: nothing it holds is fetched again, and all of it is listed where it was."""
    path, kept, before = warc(collection), warc(collection).read_bytes(), waiting(collection)
    index, document = _written(collection)
    path.unlink()
    mended(collection)
    if road != "missing":
        accepted(collection, path.name)
    if road.endswith("anew"):
        collection.catalogue.unlink()
        repaired(collection)
    path.write_bytes(kept)
    if road == "missing":
        assert "returned_warc" in faults(collection)
        assert mended(collection) == []  # a crawl's beginning is enough
    repaired(collection)
    assert faults(collection) == []
    asked_again = {URLS[name] for name in ("article", "gone", "silent")}  # the last answers were no copies
    assert waiting(collection) <= (before | asked_again if road.endswith("anew") else before)
    index_now, document_now = _written(collection)
    assert set(index) <= set(index_now)
    assert document_now.count(path.name) >= document.count(path.name) - 1  # the article's text may be read anew
    assert not read_losses(collection.root).warcs


def _written(collection: Collection) -> tuple[list[str], str]:
    [document] = collection.events.rglob("*.json")
    return (collection.indexes / "index.cdxj").read_text().splitlines(), document.read_text()


def test_a_file_that_comes_back_as_another_is_not_taken_in(collection: Collection) -> None:
    """A record fewer, a byte flipped: the run says so, and verify names what is wrong."""
    path, kept = warc(collection), bytearray(warc(collection).read_bytes())
    path.unlink()
    mended(collection)
    kept[len(kept) // 2] ^= 0xFF
    path.write_bytes(kept)
    [problem] = mended(collection)
    assert "is not what it was" in problem
    assert {"returned_warc", "damaged_record"} <= set(faults(collection))


def test_revisits_of_what_is_lost_are_no_news(collection: Collection) -> None:
    """A revisit elsewhere whose original is lost: its link goes again, and it is shown as a part of the loss."""
    name = warc(collection).name
    with closing(sqlite3.connect(collection.catalogue)) as database:
        [last] = database.execute("SELECT max(id) FROM warcs").fetchone()
        [refers_to] = database.execute("SELECT refers_to FROM captures WHERE kind = 'revisit'").fetchone()
        database.execute(
            "INSERT INTO captures (record_id, kind, url, at, payload_length, warc_id, offset, length, hops, via,"
            " duration_ms, refers_to, status) VALUES ('urn:uuid:r', 'revisit', 'http://r.test/', 0, 0, ?, 9, 9, '',"
            " 'http', 0, ?, 200)", (last, refers_to),
        )  # fmt: skip
        database.commit()
    warc(collection).unlink()
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        accept_loss(catalogue, collection, name, who="an operator", why="", now=AT)
    found: list[Fault] = []
    for _ in range(2):
        with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
            verify(collection, catalogue, now=AT, report=found.append)
        write_losses(
            collection.root,
            read_losses(collection.root).plus(
                [Loss(kind=LossKind.ORIGINALS, at=AT, who="x", why="y", record_ids=(refers_to,))]
            ),
        )
    assert [fault.kind.value for fault in found if fault.where == "urn:uuid:r"] == ["broken_revisit", "accepted_loss"]


def test_losses_are_read_back_as_they_were_noted(tmp_path: Path) -> None:
    """All kinds, in the order they were noted; noted again, they are not doubled."""
    noted = [
        Loss(kind=LossKind.WARC, at=AT, who="\x1b[2J", why="伊", warc="a.warc.gz", captures=3),
        Loss(kind=LossKind.BYTES, at=AT, who="x", why="y", warc="b.warc.gz", start=5, end=9, returned_at=AT),
        Loss(kind=LossKind.ORIGINALS, at=AT, who="x", why="y", record_ids=("urn:a", "urn:b")),
    ]
    write_losses(tmp_path, Losses(noted).plus([noted[0], noted[2]]))
    assert list(read_losses(tmp_path).noted) == noted
    assert "\x1b" not in (tmp_path / "losses.json").read_text()


@pytest.mark.parametrize("content", ["", "[]", '{"losses": [1]}', '{"losses": [{"kind": "all"}]}', "[" * 100_000])
def test_losses_that_cannot_be_read_are_a_fault(collection: Collection, content: str) -> None:
    """Verify says so and goes on; a repair writes over nothing that it does not understand."""
    (collection.root / "losses.json").write_text(content)
    assert faults(collection) == ["damaged_losses"]
    with pytest.raises(UsageError, match=r"losses\.json"):
        repaired(collection)
    assert (collection.root / "losses.json").read_text() == content
