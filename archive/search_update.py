"""Brings the index of the search up to date with the catalogue and the WARCs.

The collection's lock is not taken: this only reads there, in short transactions, while a run may be at work. What
changed is found by comparing what the index holds with what the catalogue has; the texts of articles are conversion
records, which the catalogue knows by name alone: WARCs are walked for them, each only beyond where that ended before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import bindparam

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.errors import CatalogueUnavailable, DamagedRecord
from archive.model import RecordRef
from archive.reader import open_record
from archive.schema import ArticleState, WarcState, articles, captures, event_versions, events, warcs
from archive.search import Kind, SearchIndex
from archive.search_text import indexed
from archive.wacz_texts import mains_of
from archive.wacz_warcs import End, Main, Source, texts_in

MOST_CHARACTERS = 400_000  # of one text that are indexed
_CHUNK = 200  # documents in a transaction
_CHUNK_IDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What an update did."""

    added: int = 0
    removed: int = 0
    missing: int = 0  # articles whose text was not found


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of an event or an article."""

    kind: Kind
    key: str
    stamp: str  # what it is the index's state of: another one is indexed anew
    title: str
    body: str
    url: str | None = None
    day: str = ""
    where: RecordRef | None = None


def update(
    index: SearchIndex, catalogue: Catalogue, collection: Collection, *, stop: Callable[[], bool] = lambda: False
) -> Updated:
    """Bring `index` (prepared) up to date; ends early, at a consistent point, once `stop` says so.

    Raises CatalogueUnavailable, also where another process has been updating the index for long.
    """
    try:
        return _update(index, catalogue, collection, stop)
    except sqlite3.Error as error:
        raise CatalogueUnavailable(f"{index.path}: {error}") from error


def _update(index: SearchIndex, catalogue: Catalogue, collection: Collection, stop: Callable[[], bool]) -> Updated:
    ends = _ends(catalogue)  # before the articles: the text of any article up to there is known as one
    known = _known(index)
    now = {Kind.EVENT: _events(catalogue), Kind.ARTICLE: _articles(catalogue)}
    gone = [(kind, key) for kind in Kind for key in known[kind].keys() - now[kind].keys()]
    wanted = {kind: {key for key, stamp in now[kind].items() if known[kind].get(key) != stamp} for kind in Kind}
    with index.writing() as connection:
        connection.executemany("DELETE FROM documents WHERE kind = ? AND key = ?", gone)
    added = add(index, _event_documents(catalogue, wanted[Kind.EVENT]), stop)
    missing = {now[Kind.ARTICLE][key]: key for key in wanted[Kind.ARTICLE]}
    walked = _walked(index)
    for name, end in ends.items():
        if not missing or stop():
            break
        added += _take_texts(index, catalogue, collection.warcs, _Walk(name, end, walked.get(name, 0), missing), stop)
    return Updated(added=added, removed=len(gone), missing=len(missing))


# --- what there is ---


def _known(index: SearchIndex) -> dict[Kind, dict[str, str]]:
    found: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
    with index.reading() as connection:
        for kind, key, stamp in connection.execute("SELECT kind, key, stamp FROM documents"):
            found[Kind(kind)][key] = stamp
    return found


def _walked(index: SearchIndex) -> dict[str, int]:
    with index.reading() as connection:
        return dict(connection.execute("SELECT warc, until FROM walked"))


def _events(catalogue: Catalogue) -> dict[str, str]:
    """Of each event the version that is the current one."""
    with catalogue.reading() as connection:
        return {row.path: str(row.id) for row in connection.execute(_current_versions)}


def _articles(catalogue: Catalogue) -> dict[str, str]:
    """Of each capture that an article was read from the conversion record with its text."""
    with catalogue.reading() as connection:
        return {row.record_id: row.conversion_id for row in connection.execute(_read_articles)}


def _ends(catalogue: Catalogue) -> dict[str, End]:
    """The WARCs of ours that are there, the latest first."""
    with catalogue.reading() as connection:
        rows = connection.execute(_our_warcs).all()
    return {row.name: End(row.committed_offset, row.state is WarcState.FINISHED, is_ours=True) for row in rows}


# --- documents ---


def _event_documents(catalogue: Catalogue, paths: set[str]) -> Iterator[Document]:
    waiting = iter(sorted(paths))
    while some := list(islice(waiting, _CHUNK_IDS)):
        with catalogue.reading() as connection:
            rows = connection.execute(_versions, {"b_paths": some}).all()
        for row in rows:
            body = "\n".join(unescape(each) for each in (row.summary, row.topic) if each)
            yield Document(Kind.EVENT, row.path, str(row.id), unescape(row.title), body, day=row.day or "")


@dataclass(frozen=True, slots=True)
class _Walk:
    """A WARC to be walked from `begin` for the texts that are `missing`: conversion id to the article's record id."""

    name: str
    end: End
    begin: int
    missing: dict[str, str]


def _take_texts(index: SearchIndex, catalogue: Catalogue, folder: Path, walk: _Walk, stop: Callable[[], bool]) -> int:
    """Index the texts in a WARC that are missing, and note how far it was walked; how many there were."""
    added = 0
    with suppress(DamagedRecord), Source(folder, walk.name) as source:
        until = walk.end.of(source.size)
        begin = walk.begin if walk.begin <= until else 0  # mended since, and shorter
        if begin == until:
            return 0
        with catalogue.reading() as connection:
            mains = [main for main in mains_of(connection, walk.name) if main.offset >= begin]
        found = texts_in(source, [Main(0, begin, 0), *mains], end=until)
        places = {
            walk.missing[record_id]: RecordRef(warc=walk.name, offset=offset, length=length)
            for record_id, offset, length in found
            if record_id in walk.missing
        }
        added = add(index, _article_documents(catalogue, folder, places), stop)
        for key in list(walk.missing):
            if walk.missing[key] in places:
                del walk.missing[key]
        if not stop():
            with index.writing() as writing:
                writing.execute("INSERT OR REPLACE INTO walked (warc, until) VALUES (?, ?)", (walk.name, until))
    return added


def _article_documents(catalogue: Catalogue, folder: Path, places: Mapping[str, RecordRef]) -> Iterator[Document]:
    waiting = iter(places)
    while some := list(islice(waiting, _CHUNK_IDS)):
        with catalogue.reading() as connection:
            rows = connection.execute(_captured, {"b_ids": some}).all()
        for row in rows:
            where = places[row.record_id]
            text = text_of(folder, where)
            if text is not None:
                title, day = row.title or "", row.at.date().isoformat()
                yield Document(Kind.ARTICLE, row.record_id, row.conversion_id, title, text, row.url, day, where)


def text_of(folder: Path, where: RecordRef, limit: int = MOST_CHARACTERS) -> str | None:
    """At most the first `limit` characters of the text in a conversion record; None where it cannot be read."""
    with suppress(DamagedRecord, OSError), open_record(folder, where).block() as block:
        return block.read(4 * limit).decode("utf-8", "replace")[:limit]
    return None


def add(index: SearchIndex, documents: Iterator[Document], stop: Callable[[], bool] = lambda: False) -> int:
    """Put these in, in place of what there was of them; how many."""
    added = 0
    while not stop() and (some := list(islice(documents, _CHUNK))):
        with index.writing() as connection:
            for each in some:
                _put(connection, each)
        added += len(some)
    return added


def _put(connection: sqlite3.Connection, each: Document) -> None:
    connection.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (each.kind.value, each.key))
    where = (each.where.warc, each.where.offset, each.where.length) if each.where else (None, None, None)
    row = (each.kind.value, each.key, each.stamp, each.title, each.url, each.day, *where)
    document_id = connection.execute(
        "INSERT INTO documents (kind, key, stamp, title, url, day, warc, place, length) VALUES (?,?,?,?,?,?,?,?,?)",
        row,
    ).lastrowid
    connection.execute(
        "INSERT INTO words (rowid, kind, title, body) VALUES (?, ?, ?, ?)",
        (document_id, each.kind.value, indexed(each.title), indexed(each.body)),
    )


# --- statements ---

_current = sa.and_(event_versions.c.event_id == events.c.id, event_versions.c.version == events.c.version)
_current_versions = sa.select(events.c.path, event_versions.c.id).join_from(events, event_versions, _current)
_versions = (
    sa.select(
        events.c.path,
        event_versions.c.id,
        event_versions.c.title,
        event_versions.c.summary,
        event_versions.c.topic,
        event_versions.c.day,
    )
    .join_from(events, event_versions, _current)
    .where(events.c.path.in_(bindparam("b_paths", expanding=True)))
)
_read_articles = sa.select(articles.c.record_id, articles.c.conversion_id).where(
    articles.c.state == ArticleState.READ, articles.c.conversion_id.is_not(None)
)
_captured = (
    sa.select(articles.c.record_id, articles.c.title, articles.c.conversion_id, captures.c.url, captures.c.at)
    .join_from(articles, captures, captures.c.record_id == articles.c.record_id)
    .where(articles.c.record_id.in_(bindparam("b_ids", expanding=True)))
)
_our_warcs = (
    sa.select(warcs.c.name, warcs.c.committed_offset, warcs.c.state)
    .where(warcs.c.state != WarcState.MISSING, warcs.c.origin.is_(None))
    .order_by(warcs.c.name.desc())
)
