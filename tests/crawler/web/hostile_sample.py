"""A small whole collection in which strangers tried everything: markup, addresses, writing directions, controls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from PIL import Image

from archive.batch import ArticleRead, Batch
from archive.catalogue import Catalogue
from archive.checks import Mark
from archive.collection import Collection
from archive.frontier import Frontier
from archive.keeper import Keeper, Submission, Text
from archive.model import (
    Citation,
    CitationKind,
    Context,
    Event,
    Exchange,
    HrefReason,
    LinkStage,
    PageKind,
    PageRead,
    Reason,
    RelatedEvent,
    Resource,
    Settlement,
)
from archive.schema import ArticleState, captures, marks
from crawler.web.app import create_app
from crawler.web.options import Options
from tests.archive.check_samples import check
from tests.archive.exchanges import HEAD, make_exchange
from tests.archive.small_collection import AT, URLS, fill, keeping

SCRIPT = "<script>alert('x')</script>"
TITLE = f"{SCRIPT} \x1b[31mred \u202egnp.exe \x00 &lt;b&gt; عنوان"
TOPIC = '"><img src=x onerror=alert(1)>'
PATH = "news/2016/02/04/a?b#c\"'<script>../../x.md"
LONG = "http://long.test/" + "a" * 1_983 + "?q=<script>"
COVER, NO_COVER = "http://pics.test/cover.png", "http://pics.test/bomb.png"
WORDS = "海底隧道 全线贯通 naïve harbour <script>alert(2)</script> \x1b]0;owned\x07 end"
PAGE = b"# hostile\n"
HOSTILE_TYPE = 'text/html"><script>alert(3)</script>'


def build(root: Path) -> Collection:
    """The small collection, and a hostile event in it, checked and marked."""
    collection = Collection(root)
    with keeping(collection) as (catalogue, keeper):
        fill(collection, catalogue, keeper)
        keeper.put(Submission(resource=_resource(), page=_page()))
        keeper.flush()
        for lease in Frontier(catalogue).lease(run_id=1, now=AT, limit=100, per_host=100):
            settlement = Settlement(link_id=lease.link_id, stage=LinkStage.DONE, reason=Reason.OK, at=AT)
            context = Context(via=PATH, hops="C")
            keeper.put(Submission(exchange=_answer(lease.url), context=context, settlement=settlement))
        keeper.put(Submission(exchange=_later(), context=Context(via=PATH, hops="C")))
        keeper.flush()
        _extract(catalogue, keeper)
        _check(catalogue)
    return collection


@contextmanager
def served(collection: Collection, options: Options | None = None) -> Iterator[FastAPI]:
    """The application over it, its figures drawn and its search made."""
    app = create_app(collection, options or Options())
    app.state.served.refresher.refresh()
    yield app
    app.state.served.close()


def client(app: FastAPI, base: str = "http://127.0.0.1:8400") -> httpx.AsyncClient:
    """Who asks it."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base)


def picture() -> bytes:
    """A PNG with a comment that says it is markup."""
    out = BytesIO()
    Image.new("RGBA", (900, 300), (200, 30, 30, 128)).save(out, "PNG")
    return out.getvalue() + SCRIPT.encode()


def _resource() -> Resource:
    return Resource(uri="urn:sourcekeep:page:hostile", mime="text/markdown", payload=PAGE, at=AT)


def _page() -> PageRead:
    sha256 = hashlib.sha256(PAGE).hexdigest()
    return PageRead(key=PATH, url=None, kind=PageKind.EVENT, sha256=sha256, event=_event(sha256))


def _event(sha256: str) -> Event:
    cited = [
        (CitationKind.SOURCE, SCRIPT, LONG, LONG, None),
        (CitationKind.SOURCE, "javascript", "javascript:alert(1)", None, HrefReason.UNSUPPORTED_SCHEME),
        (CitationKind.SOURCE, "article", URLS["article"], URLS["article"], None),
        (CitationKind.COVER_IMAGE, "Cover Image", COVER, COVER, None),
        (CitationKind.COVER_IMAGE, "Cover Image", NO_COVER, NO_COVER, None),
    ]
    return Event(
        path=PATH, language='en" onload="x', day=date(2016, 2, 4), title=TITLE, summary=f"\u202esummary {SCRIPT}\nline",
        topic=TOPIC, related=(RelatedEvent(title=SCRIPT, path="javascript:alert(4)", contexts=(), context_raw=TOPIC),),
        citations=tuple(
            Citation(kind=kind, label=label, href=href, url=url, reason=reason, position=position)
            for position, (kind, label, href, url, reason) in enumerate(cited, 1)
        ),
        changes=(), formats=(), date_link=None, sha256=sha256,
    )  # fmt: skip


def _answer(url: str) -> Exchange:
    if url == COVER:
        body = picture()
        return make_exchange(body, head=HEAD % len(body), url=url, started_at=AT, mime="image/png")
    if url == NO_COVER:
        body = b"\x89PNG\r\n\x1a\n" + b"\0" * 500
        return make_exchange(body, head=HEAD % len(body), url=url, started_at=AT, mime="image/png")
    body = f"<html><title>{SCRIPT}</title><p>First paragraph of the story, as it was.<p>{WORDS}</html>".encode()
    return make_exchange(body, url=url, started_at=AT, mime=HOSTILE_TYPE)


def _later() -> Exchange:
    body = f"<html><title>x</title><p>First paragraph of the story, as it is now.<p>{WORDS}<p>More.</html>".encode()
    return make_exchange(body, url=LONG, started_at=AT + timedelta(days=40))


def _extract(catalogue: Catalogue, keeper: Keeper) -> None:
    with catalogue.reading() as connection:
        record_id = connection.execute(
            sa.select(captures.c.record_id).where(captures.c.url.like("http://long.test/%")).order_by(captures.c.at)
        ).scalars().first()  # fmt: skip
    assert record_id is not None
    article = ArticleRead(record_id=record_id, state=ArticleState.READ, at=AT, title=TITLE, author=SCRIPT)
    text = Text(uri="urn:sourcekeep:text:2", mime="text/plain", payload=WORDS.encode(), refers_to=record_id)
    keeper.put(Submission(conversion=text, article=article))
    keeper.flush()


def _check(catalogue: Catalogue) -> None:
    url = URLS["gone"]
    found = [check("410", day, url) for day in (0, 3, 8, 16)] + [check("ok", 1, URLS["article"])]
    catalogue.commit(Batch(checks=found))
    mark = Mark(url=url, state=None, why=SCRIPT, who="\x1b[2J<b>me</b>", at=AT)
    with catalogue.writing() as connection:
        row = {"url": url, "at": mark.at, "why": mark.why, "who": mark.who, "until_contradicted": 0}
        connection.execute(sa.insert(marks), row)
