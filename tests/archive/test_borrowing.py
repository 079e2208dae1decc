"""Copies taken out of a collection, to be compared with."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archive.batch import Batch, PageKept
from archive.borrowing import Borrowed, borrow, covers_among
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.model import CitationKind
from archive.reader import read_records
from tests.archive.catalogue_samples import citation, event, page
from tests.archive.small_collection import URLS, build


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A small collection, whole."""
    return build(tmp_path_factory.mktemp("borrowing") / "collection")


def borrowed(collection: Collection, target: Path, *names: str, folder: Path | None = None) -> Borrowed:
    """What is copied for some of its links."""
    urls = {URLS[name] for name in names}
    with (
        closing(Catalogue.open(collection.catalogue, create=False)) as catalogue,
        catalogue.reading() as connection,
        target.open("wb") as file,
    ):
        return borrow(connection, folder or collection.warcs, urls, file)


def test_copies_redirects_and_originals_come_along(collection: Collection, tmp_path: Path) -> None:
    """The redirect and where it leads; for a revisit the record it stands for; nothing of what failed; all readable."""
    done = borrowed(collection, tmp_path / "b.warc.gz", "moved", "twin", "gone", "silent")
    records = list(read_records(tmp_path / "b.warc.gz"))
    assert {record.header("WARC-Target-URI") for record in records} == {
        URLS["moved"], URLS["target"], URLS["twin"], URLS["article"],
    }  # fmt: skip
    assert (done.records, done.unreadable) == (len(records), ())
    kinds = {record.header("WARC-Target-URI"): record.header("WARC-Type") for record in records}
    assert sorted([kinds[URLS["twin"]], kinds[URLS["article"]]]) == ["response", "revisit"]


def test_the_collection_is_only_read(collection: Collection, tmp_path: Path) -> None:
    """Its WARCs, catalogue and index stay as they are."""
    before = {path: path.read_bytes() for path in collection.root.rglob("*") if path.is_file() and "-" not in path.name}
    borrowed(collection, tmp_path / "b.warc.gz", "article")
    assert before == {path: path.read_bytes() for path in before}


def test_what_is_missing_or_a_link_is_named(collection: Collection, tmp_path: Path) -> None:
    """A WARC that is gone, cut off, or a link out of the collection costs its copies, no more."""
    [warc] = list(collection.warcs.glob("*.warc.gz"))
    empty, cut, linked = (tmp_path / name for name in ("empty", "cut", "linked"))
    for folder in (empty, cut, linked):
        folder.mkdir()
    (linked / warc.name).symlink_to(warc)
    shutil.copy(warc, cut)
    with (cut / warc.name).open("r+b") as file:
        file.truncate(10)
    for folder in (empty, cut, linked):
        done = borrowed(collection, tmp_path / "b.warc.gz", "article", folder=folder)
        assert (done.records, done.unreadable) == (0, (warc.name,))


def test_pictures_of_events_are_told(tmp_path: Path) -> None:
    """A link that an event has for its cover image, and no other."""
    cover = replace(citation(1, "http://a.test/cover"), kind=CitationKind.COVER_IMAGE)
    with closing(Catalogue.open(tmp_path / "catalogue.db", create=True)) as catalogue:
        read = event("news/x.md", cover, citation(2, "http://a.test/story"))
        catalogue.commit(Batch(pages=[PageKept(page=page(read))]))
        with catalogue.reading() as connection:
            found = covers_among(connection, ["http://a.test/cover", "http://a.test/story", "http://b.test/"])
    assert found == {"http://a.test/cover"}
