"""The counts of a collection."""

from __future__ import annotations

from pathlib import Path

from archive.catalogue import Batch, Catalogue
from archive.model import LinkKind, LinkStage, Reason
from archive.schema import WarcState
from archive.stats import stats
from tests.archive.catalogue_samples import NOW, capture, keep_event, lease_all, settle


def test_an_empty_collection_counts_nothing(tmp_path: Path) -> None:
    """Nought everywhere, and no error."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    found = stats(catalogue, NOW)
    assert (found.events, found.citations.total, found.captures, found.capture_bytes, found.runs) == (0, 0, 0, 0, ())
    catalogue.close()


def test_everything_is_counted(tmp_path: Path) -> None:
    """Events, citations by outcome, links by stage, hosts, captures with their bytes, WARCs by state."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    keep_event(catalogue, "news/a.md", "http://a.test/", "http://b.test/")
    keep_event(catalogue, "news/b.md", "http://a.test/")
    settle(catalogue, lease_all(catalogue)["http://a.test/"], Reason.OK, record=capture(1))
    catalogue.commit(Batch(captures=[capture(2)], finished_warcs=["x-1.warc.gz"], warcs={"x-2.warc.gz": 0}))
    found = stats(catalogue, NOW)
    assert (found.events, found.pages, found.hosts, found.captures, found.articles) == (2, 2, 2, 2, 0)
    assert (found.capture_bytes, found.payload_bytes) == (200, 24)
    assert (found.citations.total, found.citations.kept, found.citations.waiting) == (3, 2, 1)
    assert found.links == {(LinkStage.DONE, LinkKind.CITATION): 1, (LinkStage.LEASED, LinkKind.CITATION): 1}
    assert found.warcs == {WarcState.FINISHED: 1, WarcState.OPEN: 1}
    catalogue.close()
