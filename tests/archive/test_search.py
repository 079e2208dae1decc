"""The index of the search: what is found, that it keeps up, and that it can always be made again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.database import Database
from archive.errors import CatalogueUnavailable
from archive.schema import ArticleState, WarcState, articles, event_versions, events, warcs
from archive.search import Kind, SearchIndex
from archive.search_text import indexed, marked, query_of, snippet
from archive.search_update import Document, Updated, add, text_of, update
from tests.archive.small_collection import PATH, build


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return build(tmp_path / "c")


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    made = SearchIndex(tmp_path / "search.db")
    made.prepare()
    return made


def _titles(index: SearchIndex, words: str) -> list[str]:
    return [hit.title for hit in index.find(query_of(words))]


def test_events_and_articles_are_found(collection: Collection, index: SearchIndex) -> None:
    """An event by its title, an article by its text, which is read back where it lies."""
    with closing(Catalogue(Database.read_only(collection.catalogue))) as catalogue:
        assert update(index, catalogue, collection) == Updated(added=2)
        assert update(index, catalogue, collection) == Updated()
    (event,) = index.find(query_of("event"))
    (article,) = index.find(query_of("kept"))
    assert (event.kind, event.key, event.day) == (Kind.EVENT, PATH, "2016-02-03")
    assert article.kind is Kind.ARTICLE
    assert article.text is not None
    assert text_of(collection.warcs, article.text) == "kept"


def test_it_keeps_up(collection: Collection, index: SearchIndex) -> None:
    """A new version takes the place of the one before; what is gone from the catalogue is found no more."""
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        update(index, catalogue, collection)
        with catalogue.writing() as connection:
            row = connection.execute(sa.select(event_versions)).mappings().one()
            newer = {**row, "id": 2, "version": 2, "sha256": "x", "title": "Another title", "document": "{}"}
            connection.execute(sa.insert(event_versions), newer)
            connection.execute(sa.update(events).values(version=2))
            connection.execute(sa.update(articles).values(state=ArticleState.NOTHING))
        assert update(index, catalogue, collection) == Updated(added=1, removed=1)
    assert _titles(index, "event") == []
    assert _titles(index, "another") == ["Another title"]
    assert _titles(index, "kept") == []


def test_a_warc_that_is_not_there_costs_its_texts(collection: Collection, index: SearchIndex) -> None:
    """They are found once it is back."""
    (warc,) = collection.warcs.iterdir()
    aside = warc.rename(collection.root / "aside")
    with closing(Catalogue.open(collection.catalogue, create=False)) as catalogue:
        assert update(index, catalogue, collection) == Updated(added=1, missing=1)
        with catalogue.writing() as connection:
            connection.execute(sa.update(warcs).values(state=WarcState.MISSING))
        assert update(index, catalogue, collection) == Updated(missing=1)
        aside.rename(warc)
        with catalogue.writing() as connection:
            connection.execute(sa.update(warcs).values(state=WarcState.FINISHED))
        assert update(index, catalogue, collection) == Updated(added=1)


def test_it_is_made_again_where_it_is_not_ours(tmp_path: Path) -> None:
    """Damaged, of another version, with a trigger in it, a link to elsewhere: a collection may come from anybody."""
    path, elsewhere = tmp_path / "search.db", tmp_path / "elsewhere.db"
    index = SearchIndex(path)
    index.prepare()
    with index.writing() as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM walked; END")
    index.prepare()
    with index.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone() == (0,)
    path.write_bytes(b"no database" * 1_000)
    index.prepare()
    assert index.find(query_of("x")) == []
    path.unlink()
    sqlite3.connect(elsewhere).close()
    elsewhere.write_bytes(b"theirs")
    path.symlink_to(elsewhere)
    index.prepare()
    assert (elsewhere.read_bytes(), path.is_symlink()) == (b"theirs", False)
    log = tmp_path / "search.db-wal"
    log.unlink(missing_ok=True)
    log.symlink_to(elsewhere)
    index.prepare()
    add(index, iter([Document(Kind.EVENT, "e", "1", "T", "word")]))
    assert (elsewhere.read_bytes(), _titles(index, "word")) == (b"theirs", ["T"])


def test_a_worn_index_is_made_anew(index: SearchIndex) -> None:
    """What was replaced many times over takes room, until the next start."""
    for stamp in range(6):
        add(index, (Document(Kind.EVENT, f"e{n}", str(stamp), "T", "word") for n in range(300)))
    index.prepare()
    assert len(_titles(index, "word")) == 0
    add(index, iter([Document(Kind.EVENT, "e", "1", "T", "word")]))
    index.prepare()
    assert _titles(index, "word") == ["T"]


def test_damage_is_told(index: SearchIndex) -> None:
    """A search in what is no index says what to do."""
    index.path.write_bytes(b"x" * 100)
    for each in ("-wal", "-shm"):
        index.path.with_name(index.path.name + each).unlink(missing_ok=True)
    with pytest.raises(CatalogueUnavailable, match="delete it"):
        index.find(query_of("word"))


def test_words_of_any_script(index: SearchIndex) -> None:
    """Whole words, blind to case and accents; Chinese, Japanese and Korean by character; titles weigh more."""
    texts = ["澄湾市海底隧道全线贯通", "Über die Brücke", "東京タワーの下で", "서울의 다리", "the naïve bridge over"]
    add(index, (Document(Kind.EVENT, f"e{n}", "1", f"T{n}", text) for n, text in enumerate(texts)))
    add(index, iter([Document(Kind.ARTICLE, "a", "1", "Bridge", "other", day="2016-01-01")]))
    expected = {
        "隧道": ["T0"], "道隧": [], "湾": ["T0"], "bruecke": [], "brucke": ["T1"], "BRÜCKE": ["T1"], "タワー": ["T2"],
        "다리": ["T3"], "naive -over": [], "bri": [], "bri*": ["Bridge", "T4"], "bridge": ["Bridge", "T4"],
        "event": [], "article": [],
    }  # fmt: skip
    assert {words: _titles(index, words) for words in expected} == expected
    assert [hit.key for hit in index.find(query_of("bridge"), kind=Kind.ARTICLE)] == ["a"]


def test_a_piece_with_what_was_asked_for() -> None:
    """Around the first hit, hits told apart, no word cut; nothing that is typed is an error."""
    text = "one " * 100 + "the Bridge is open 隧道贯通 " + "two " * 100
    pieces = snippet(text, query_of("bridge 隧道"))
    assert [piece.text for piece in pieces if piece.is_hit] == ["Bridge", "隧道"]
    shown = "".join(piece.text for piece in pieces)
    assert shown.startswith("…one ")
    assert shown.endswith(" two…")
    assert "".join(piece.text for piece in marked("a [b] (c", query_of("[b] (c"))) == "a [b] (c"
    assert query_of('" -( AND * NEAR/2 : ^').expression == '"AND" AND "NEAR 2"'
    assert query_of("").expression is None
    assert indexed("a隧道b") == "a 隧  道 b"
