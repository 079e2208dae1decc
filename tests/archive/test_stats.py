"""The counts of a collection."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from archive.catalogue import Batch, Catalogue
from archive.model import LinkKind, LinkStage, Reason
from archive.schema import ArticleState, WarcState, articles, warcs
from archive.stats import stats
from tests.archive.catalogue_samples import NOW, capture, keep_event, lease_all, settle
from tests.archive.small_collection import build


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


def test_what_is_lost_is_told_apart(tmp_path: Path) -> None:
    """Captures, their bytes, whole pages and articles of a WARC that is gone are not counted as held, but as lost; an
    article is counted where it was read."""
    place = build(tmp_path / "collection")
    with closing(Catalogue.open(place.catalogue, create=False)) as catalogue:
        before = stats(catalogue, NOW)
        with catalogue.writing() as connection:
            connection.execute(sa.update(warcs).values(state=WarcState.MISSING))
        after = stats(catalogue, NOW)
        with catalogue.writing() as connection:
            connection.execute(sa.update(warcs).values(state=WarcState.FINISHED))
            connection.execute(sa.update(articles).values(state=ArticleState.NOTHING))
        unread = stats(catalogue, NOW)
    assert (before.captures, before.lost, before.articles) == (9, 0, 1)
    assert (after.captures, after.lost, after.articles, after.capture_bytes, after.payload_bytes) == (0, 9, 0, 0, 0)
    assert (after.pages_shown.pages, after.pages_shown.complete, after.mementos) == (0, 0, 0)
    assert (unread.captures, unread.articles) == (9, 0)
