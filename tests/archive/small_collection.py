"""A small whole collection, made by the real keeper: an event, its sources, and what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import sqlalchemy as sa

from archive.atomic_file import write_atomically
from archive.batch import ArticleRead, DocumentWritten
from archive.catalogue import Catalogue, Run
from archive.collection import Collection
from archive.event_document import document_bytes, event_document
from archive.event_states import dirty_events
from archive.frontier import Frontier
from archive.keeper import Keeper, Submission, Text
from archive.model import (
    Citation,
    CitationKind,
    Context,
    Event,
    Exchange,
    HrefReason,
    Lease,
    LinkKind,
    LinkStage,
    NewLink,
    PageKind,
    PageRead,
    Reason,
    Resource,
    Settlement,
)
from archive.schema import ArticleState, captures
from archive.writer import WarcWriter
from tests.archive.exchanges import failed_exchange, make_exchange

AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
PATH = "news/2016/02/3/一-event.md"
PAGE = b"# An event\n"
ARTICLE = b"<p>The article, kept.</p>"
URLS = {
    "article": "http://a.test/article",
    "chunked": "http://a.test/chunked",
    "moved": "http://b.test/moved",
    "target": "http://b.test/target",
    "gone": "http://b.test/gone",
    "silent": "http://c.test/silent",
    "twin": "http://c.test/twin",  # the same bytes as the article
}


@contextmanager
def keeping(collection: Collection) -> Iterator[tuple[Catalogue, Keeper]]:
    """The collection's catalogue and a keeper at work on it."""
    collection.prepare()
    with closing(Catalogue.open(collection.catalogue, create=True)) as catalogue:
        run = Run(job="crawl", site="", started_at=AT, pid=1, host="here", version="0", configuration={})
        writer = WarcWriter(
            collection.warcs, indexes=collection.indexes, prefix="TEST", warcinfo={}, host="here", now=lambda: AT,
            new_id=lambda: f"urn:uuid:{uuid4()}",
        )  # fmt: skip
        keeper = Keeper(writer, catalogue, run_id=catalogue.start_run(run))
        keeper.start()
        yield catalogue, keeper
        keeper.close()


def build(root: Path) -> Collection:
    """A collection without a fault."""
    collection = Collection(root)
    with keeping(collection) as (catalogue, keeper):
        fill(collection, catalogue, keeper)
    return collection


def fill(collection: Collection, catalogue: Catalogue, keeper: Keeper) -> None:
    """An event, the answers of what it cites, a text and its document, all committed."""
    keeper.put(Submission(resource=_resource(), page=PageRead(key=PATH, url=None, kind=PageKind.EVENT,
               sha256=hashlib.sha256(PAGE).hexdigest(), event=_event())))  # fmt: skip
    keeper.flush()
    frontier = Frontier(catalogue)
    for _ in range(2):  # the second time, where the redirect leads
        for lease in frontier.lease(run_id=1, now=AT, limit=100, per_host=100):
            keeper.put(_fetched(lease))
            keeper.flush()
    keeper.put(Submission(exchange=_unchanged(), context=Context(via=PATH, hops="C")))
    _extract(catalogue, keeper)
    write_documents(collection, catalogue, keeper)


def write_documents(collection: Collection, catalogue: Catalogue, keeper: Keeper) -> None:
    """The documents of all events in which something changed."""
    with catalogue.reading() as connection:
        states = list(dirty_events(connection, 100, AT))
    for state in states:
        data = document_bytes(event_document(state))
        write_atomically(collection.events / state.json_name, data, within=collection.events)
        uri = "urn:sourcekeep:event:" + quote(state.event.path, safe="/")
        written = DocumentWritten(event_id=state.event_id, dirty=state.dirty)
        keeper.put(Submission(metadata=Text(uri=uri, mime="application/json", payload=data), document=written))
    keeper.flush()


def _resource() -> Resource:
    uri = "urn:sourcekeep:page:" + quote(PATH, safe="/")
    return Resource(uri=uri, mime="text/markdown", payload=PAGE, at=AT)


def _event() -> Event:
    cited = [URLS[name] for name in ("article", "chunked", "moved", "gone", "silent", "twin")]
    citations = [
        Citation(kind=CitationKind.SOURCE, label=f"源 {n}", href=url, url=url, reason=None, position=n)
        for n, url in enumerate(cited, 1)
    ]
    template = Citation(
        kind=CitationKind.COVER_IMAGE,
        label="Cover Image",
        href="${x}",
        url=None,
        reason=HrefReason.TEMPLATE,
        position=7,
    )
    return Event(
        path=PATH, language="en", day=date(2016, 2, 3), title="An event", summary="", topic=None,
        citations=(*citations, template), related=(), changes=(), formats=(), date_link=None,
        sha256=hashlib.sha256(PAGE).hexdigest(),
    )  # fmt: skip


def _fetched(lease: Lease) -> Submission:
    exchange, stage, reason, target = _answer(lease.url)
    settlement = Settlement(link_id=lease.link_id, stage=stage, reason=reason, at=AT, redirect_to=target)
    return Submission(exchange=exchange, context=Context(via=PATH, hops="C"), settlement=settlement)


def _answer(url: str) -> tuple[Exchange, LinkStage, Reason, NewLink | None]:
    at = AT + timedelta(seconds=sorted(URLS.values()).index(url))
    done, failed = LinkStage.DONE, LinkStage.FAILED
    if url == URLS["chunked"]:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        body = b"5;x=y\r\nThe c\r\n6\r\nhunked\r\n0\r\nTrailer: 1\r\n\r\n"
        return make_exchange(body, head=head, payload=b"The chunked", url=url, started_at=at), done, Reason.OK, None
    if url == URLS["moved"]:
        head = b"HTTP/1.1 301 Moved\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n"
        exchange = make_exchange(head=head, status=301, location="/target", mime=None, url=url, started_at=at)
        return exchange, done, Reason.MOVED, NewLink(url=URLS["target"], kind=LinkKind.CITATION, hops="CR", redirects=1)
    if url == URLS["gone"]:
        head = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n"
        return make_exchange(b"gone", head=head, status=404, url=url, started_at=at), failed, Reason.GONE, None
    if url == URLS["silent"]:
        return failed_exchange(url=url, error=Reason.DNS_GONE, started_at=at), failed, Reason.DNS_GONE, None
    body = ARTICLE if url in (URLS["article"], URLS["twin"]) else b"<p>Moved here.</p>"
    return make_exchange(body, url=url, started_at=at), done, Reason.OK, None


def _unchanged() -> Exchange:
    """The article, asked for again on condition that it changed: becomes a revisit."""
    head = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    return make_exchange(head=head, status=304, mime=None, url=URLS["article"], started_at=AT + timedelta(hours=1))


def _extract(catalogue: Catalogue, keeper: Keeper) -> None:
    with catalogue.reading() as connection:
        [record_id] = connection.execute(
            sa.select(captures.c.record_id).where(captures.c.url == URLS["article"], captures.c.status == 200)
        ).scalars()
    article = ArticleRead(record_id=record_id, state=ArticleState.READ, at=AT, title="The article")
    text = Text(uri="urn:sourcekeep:text:1", mime="text/plain", payload=b"kept", refers_to=record_id)
    keeper.put(Submission(conversion=text, article=article))
    keeper.flush()
