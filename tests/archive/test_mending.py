"""The catalogue and the files brought together again: every capture has its row, what is gone goes again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.batch import Batch
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.mending import mend
from archive.model import Capture, Settlement
from archive.schema import WarcState
from tests.archive.exchanges import write_everything


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """An empty collection."""
    collection = Collection(tmp_path)
    collection.prepare()
    return collection


@pytest.fixture
def catalogue(collection: Collection) -> Iterator[Catalogue]:
    """Its catalogue."""
    catalogue = Catalogue.open(collection.catalogue, create=True)
    yield catalogue
    catalogue.close()


def nothing(_: Capture) -> Settlement | None:
    """No link was leased for it."""
    return None


def test_a_finished_file_that_no_commit_told_of_is_taken_in(collection: Collection, catalogue: Catalogue) -> None:
    """A repair was killed between a file's final name and its commit, or somebody put the file here: the next run notes
    every capture in it, once, and gives it its lines in the index."""
    written = write_everything(collection.root)
    index = collection.indexes / "index.cdxj"
    lines = index.read_bytes()
    index.unlink()
    seen: list[Capture] = []
    for _ in range(2):
        assert list(mend(catalogue, collection, settle=seen.append)) == []
    assert seen == written
    assert lines
    assert index.read_bytes() == lines
    assert [catalogue.capture(each.record_id) for each in written] == written
    assert [(warc.name, warc.state) for warc in catalogue.warcs()] == [(written[0].where.warc, WarcState.FINISHED)]


def test_a_file_that_is_gone_is_told_of(collection: Collection, catalogue: Catalogue) -> None:
    """What it held is fetched again; the state is noted, so it is told once."""
    catalogue.commit(Batch(warcs={"sourcekeep-20261122140000-00000-vm.warc.gz": 10}))
    (problem,) = mend(catalogue, collection, settle=nothing)
    assert "is gone" in problem
    assert list(mend(catalogue, collection, settle=nothing)) == []


@pytest.mark.parametrize("ending", [".open", ""], ids=["left open", "finished and not noted"])
def test_damage_costs_what_it_hit(collection: Collection, catalogue: Catalogue, ending: str) -> None:
    """The captures before and behind it are taken in where they lie, and it is told with the remedy."""
    written = write_everything(collection.root)
    path = collection.warcs / written[0].where.warc
    data, hit = bytearray(path.read_bytes()), written[1].where
    data[hit.offset + hit.length // 2] ^= 0xFF
    path.unlink()
    path.with_name(path.name + ending).write_bytes(data)
    seen: list[Capture] = []
    (problem,) = mend(catalogue, collection, settle=seen.append)
    assert "damaged in a place" in problem
    assert "`sourcekeep verify --repair`" in problem
    assert [each.where for each in seen] == [each.where for each in written if each.where != hit]
    assert path.read_bytes() == data
