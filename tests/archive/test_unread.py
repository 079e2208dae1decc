"""Which captures have an article to be read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archive.batch import ArticleRead, Batch
from archive.catalogue import Catalogue
from archive.frontier import Frontier
from archive.model import LinkKind, NewLink
from archive.schema import ArticleState
from archive.unread import MOST_TRIES, unread_captures
from tests.archive.catalogue_samples import NOW, capture

URL = "http://a.test/story"


def _unread(catalogue: Catalogue) -> int:
    with catalogue.reading() as connection:
        return len(unread_captures(connection, after=0, limit=10))


def test_reading_that_failed_is_tried_again_a_few_times(tmp_path: Path) -> None:
    """A machine with too much to do fails a page that is fine; a page that hangs its parser is let be in the end."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    Frontier(catalogue).add([NewLink(url=URL, kind=LinkKind.CITATION)])
    story = capture(1, URL)
    catalogue.commit(Batch(captures=[story]))
    for run in range(MOST_TRIES):
        assert _unread(catalogue) == 1
        failed = ArticleRead(
            record_id=story.record_id, state=ArticleState.FAILED, at=NOW + timedelta(days=run), why="timed_out"
        )
        catalogue.commit(Batch(articles=[failed]))
        catalogue.commit(Batch(articles=[failed]))  # a batch written twice is no second try
    assert _unread(catalogue) == 0
    catalogue.close()


def test_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    """On the second try it was there."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db", create=True)
    Frontier(catalogue).add([NewLink(url=URL, kind=LinkKind.CITATION)])
    story = capture(1, URL)
    catalogue.commit(Batch(captures=[story]))
    for state in (ArticleState.FAILED, ArticleState.READ):
        assert _unread(catalogue) == 1
        catalogue.commit(Batch(articles=[ArticleRead(record_id=story.record_id, state=state, at=NOW)]))
    assert _unread(catalogue) == 0
    catalogue.close()
