"""The pages of the interface on a large collection: milliseconds a page, with N captures.

    python -m benchmarks.browsing [N]

The collection is a catalogue alone, filled row by row: N captures, a citation each, a third as many events, links in
every state with three checks each, and the index of the search over texts of 400 words. No WARC is behind it, so
nothing is measured that reads one. Each page is asked for some times; the middle one counts.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from archive.catalogue import Catalogue
from archive.checks import Standing
from archive.collection import Collection
from archive.event_codec import event_to_json
from archive.model import (
    Citation,
    CitationKind,
    Event,
    LinkKind,
    PageKind,
    Reason,
    RecordKind,
    Via,
)
from archive.schema import (
    ArticleState,
    Stage,
    WarcState,
    articles,
    captures,
    checks,
    citations,
    event_versions,
    events,
    hosts,
    link_states,
    links,
    pages,
    runs,
    warcs,
)
from archive.search import Kind
from archive.search_update import Document, add
from archive.verdicts import VerdictState
from crawler.web.app import create_app
from crawler.web.options import Options
from crawler.web.served import Served

AT = datetime(2026, 1, 1, tzinfo=UTC)
PER_EVENT = 3
TIMES = 7
WORDS = 400  # of an article
_CHUNK = 20_000
_STATES = (
    (Standing.ALIVE, VerdictState.OK, 60), (Standing.DEAD, VerdictState.GONE, 14),
    (Standing.UNSURE, VerdictState.BLOCKED, 9), (Standing.NEW, None, 6),
    (Standing.CHANGED, VerdictState.CONTENT_DRIFTED, 5), (Standing.FAILING, VerdictState.SERVER_ERROR, 3),
    (Standing.SUSPECT, VerdictState.SOFT_404, 3),
)  # fmt: skip

Row = dict[str, Any]


def fill(collection: Collection, number: int) -> None:
    """A catalogue of `number` captures."""
    collection.prepare()
    catalogue = Catalogue.open(collection.catalogue, create=True)
    chance = random.Random(5)
    number_of_hosts = max(10, number // 50)
    weights = list(accumulate(1 / (n + 2) for n in range(number_of_hosts)))
    of_host = [chance.choices(range(number_of_hosts), cum_weights=weights)[0] for _ in range(number)]
    states = chance.choices(_STATES, [weight for *_, weight in _STATES], k=number)
    with catalogue.writing() as connection:
        _insert(connection, hosts, ({"id": n + 1, "key": f"host-{n}.example"} for n in range(number_of_hosts)))
        _insert(connection, warcs, [{"id": 1, "name": "BENCH-1.warc.gz", "committed_offset": 1 << 40,
                                     "state": WarcState.FINISHED}])  # fmt: skip
        _insert(connection, runs, (_run(n) for n in range(400)))
        _insert(connection, captures, (_capture(n, of_host[n]) for n in range(number)))
        _insert(connection, links, (_link(n, of_host[n]) for n in range(number)))
        _insert(connection, link_states, (_state(n, of_host[n], states[n]) for n in range(number)))
        _insert(connection, checks, (each for n in range(number) for each in _checks(n, of_host[n], states[n])))
        found = [_event(n, of_host) for n in range(number // PER_EVENT)]
        for event_id, event in enumerate(found, 1):
            found[event_id - 1] = event
        _insert(connection, events, (_event_row(n, event) for n, event in enumerate(found, 1)))
        _insert(connection, event_versions, (_version(n, event) for n, event in enumerate(found, 1)))
        _insert(connection, citations, (row for n, event in enumerate(found, 1) for row in _citations(n, event)))
        _insert(connection, pages, ({"key": event.path, "kind": PageKind.EVENT, "sha256": "0" * 64} for event in found))
        _insert(connection, articles, (_article(n) for n in range(0, number, 2)))
    catalogue.close()


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[Row] | list[Row]) -> None:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == _CHUNK:
            connection.execute(sa.insert(table), some)
            some = []
    if some:
        connection.execute(sa.insert(table), some)


def _url(n: int, host: int) -> str:
    return f"https://host-{host}.example/news/2016/02/{n % 28 + 1}/an-article-with-a-usual-slug-{n}.html"


def _record(n: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{n:012x}"


def _run(n: int) -> Row:
    at = AT - timedelta(days=400 - n)
    return {"job": "crawl", "site": "https://site.example/", "started_at": at, "ended_at": at + timedelta(minutes=9),
            "pid": 1, "host": "here", "version": "0", "configuration": "{}", "exit_code": 0, "reason": "finished",
            "counts": "{}"}  # fmt: skip


def _capture(n: int, host: int) -> Row:
    return {"id": n + 1, "record_id": _record(n), "kind": RecordKind.RESPONSE, "url": _url(n, host),
            "at": AT + timedelta(seconds=n), "status": 200, "mime": "text/html", "payload_sha256": f"{n:064x}",
            "payload_length": 30_000, "warc_id": 1, "offset": n * 9_000, "length": 9_000, "hops": "C", "via": Via.HTTP,
            "duration_ms": 100}  # fmt: skip


def _link(n: int, host: int) -> Row:
    return {"id": n + 1, "url": _url(n, host), "host_id": host + 1, "kind": LinkKind.CITATION, "stage": Stage.DONE,
            "priority": 10, "hops": "C", "redirects": 0, "reason": Reason.OK, "settled_at": AT,
            "capture_id": n + 1}  # fmt: skip


def _state(n: int, host: int, state: tuple[Standing, VerdictState | None, int]) -> Row:
    standing, last, _ = state
    at = None if last is None else AT + timedelta(minutes=n)
    return {"url": _url(n, host), "link_id": n + 1, "host_id": host + 1, "kind": LinkKind.CITATION, "state": standing,
            "since": at, "found": standing, "found_at": at, "points": 0.0, "last_check": at, "last": last,
            "last_at": at, "streak": 1, "interval": 0, "next_due": AT, "replay": 0, "weekday": n % 7}  # fmt: skip


def _checks(n: int, host: int, state: tuple[Standing, VerdictState | None, int]) -> Iterator[Row]:
    verdict = state[1]
    for step in range(3) if verdict is not None else ():
        yield {"url": _url(n, host), "at": AT + timedelta(minutes=n, days=-step), "link_id": n + 1, "state": verdict,
               "verdict_class": verdict.verdict_class, "rule": "a_rule", "status": 200}  # fmt: skip


def _event(n: int, of_host: list[int]) -> Event:
    day = date(2006, 1, 1) + timedelta(days=n * 3650 // (len(of_host) // PER_EVENT + 1))
    cited = [
        Citation(kind=CitationKind.SOURCE, label=f"Source {k}", href=(url := _url(k, of_host[k])), url=url, reason=None,
                 position=place)
        for place, k in enumerate(range(n * PER_EVENT, (n + 1) * PER_EVENT), 1)
    ]  # fmt: skip
    return Event(
        path=f"news/{day:%Y/%m/%d}/an-event-{n}.md", language="en", day=day, title=f"Event {n}: {_text(n, 12)}",
        summary=_text(n + 1, 30), topic=f"Topic {n % 500}", citations=tuple(cited), related=(), changes=(), formats=(),
        date_link=None, sha256=f"{n:064x}",
    )  # fmt: skip


def _event_row(n: int, event: Event) -> Row:
    name = event.path.removesuffix(".md") + ".json"
    return {"id": n, "path": event.path, "json_name": name, "json_fold": name, "version": 1, "dirty": 0}


def _version(n: int, event: Event) -> Row:
    return {"id": n, "event_id": n, "version": 1, "sha256": event.sha256, "language": "en",
            "day": event.day.isoformat() if event.day else None, "title": event.title, "summary": event.summary,
            "topic": event.topic, "document": event_to_json(event), "read_at": AT}  # fmt: skip


def _citations(n: int, event: Event) -> Iterator[Row]:
    for each in event.citations:
        yield {"event_version_id": n, "position": each.position, "kind": each.kind, "label": each.label,
               "href": each.href, "url": each.url, "link_id": (n - 1) * PER_EVENT + each.position}  # fmt: skip


def _article(n: int) -> Row:
    return {"record_id": _record(n), "state": ArticleState.READ, "title": f"Article {n}", "at": AT,
            "conversion_id": f"urn:uuid:text-{n}"}  # fmt: skip


_VOCABULARY = [f"word{n}" for n in range(30_000)]
_OFTEN = list(accumulate(1 / (n + 3) for n in range(len(_VOCABULARY))))


def _text(seed: int, length: int) -> str:
    return " ".join(random.Random(seed).choices(_VOCABULARY, cum_weights=_OFTEN, k=length))


def index(served: Served, number: int) -> float:
    """Fill the index of the search; seconds."""
    made = served.refresher.prepared()
    began = time.perf_counter()
    add(made, (_document(n, _url(n, 0)) for n in range(0, number, 2)))
    took = time.perf_counter() - began
    with made.writing() as connection:
        connection.execute("INSERT INTO walked (warc, until) VALUES ('BENCH-1.warc.gz', ?)", (1 << 40,))
    return took


def _document(n: int, url: str) -> Document:
    return Document(Kind.ARTICLE, _record(n), f"urn:uuid:text-{n}", f"Article {n}", _text(n, WORDS), url, "2026-01-01")


def addresses(served: Served) -> dict[str, str]:
    """Each page with one of its addresses."""
    with served.reading() as connection:
        query = sa.select(events.c.path, citations.c.url).join_from(events, citations, sa.true())
        query = query.where(citations.c.event_version_id == events.c.id, citations.c.position == 1)
        path, url = connection.execute(query.where(events.c.id == 9)).one()
    return {
        "overview": "/", "events by date": "/events", "a year": "/events/2010", "a month": "/events/2010/06",
        "a day": "/events/2010/06/11", "topics": "/topics", "a topic": "/events/with?topic=Topic+7",
        "events with dead links": "/events/with?state=dead", "events with living links": "/events/with?state=alive",
        "events of the largest host": "/events/with?host=host-0.example", "an event": f"/event?path={path}",
        "links": "/links", "dead links": "/links?state=dead", "new links": "/links?state=new",
        "links of the largest host": "/links?host=host-0.example",
        "dead ones of it": "/links?host=host-0.example&state=dead", "a link": f"/link?url={url}", "hosts": "/hosts",
        "the largest host": "/host?host=host-0.example", "a small host": "/host?host=host-7.example", "runs": "/runs",
        "a run": "/runs/7", "search: a rare word": "/search?q=word20000", "search: a common word": "/search?q=word3",
        "search: two words": "/search?q=word30+word77", "API: events": "/api/v1/events",
        "API: citations": "/api/v1/citations", "API: links": "/api/v1/links", "API: captures": "/api/v1/captures",
    }  # fmt: skip


async def measure(number: int, times: int = TIMES) -> Iterator[tuple[str, float]]:
    """Milliseconds for each page."""
    with tempfile.TemporaryDirectory(prefix="sourcekeep-bench-") as folder:
        collection = Collection(Path(folder) / "collection")
        fill(collection, number)
        app = create_app(collection, Options())
        served: Served = app.state.served
        took = index(served, number)
        size = served.refresher.prepared().path.stat().st_size
        began = time.perf_counter()
        served.refresher.refresh()
        found = [("(the index of the search, each document)", 2_000 * took / number),
                 ("(the figures and the search, looked over)", 1_000 * (time.perf_counter() - began)),
                 ("(the index, MB)", size / 1e6)]  # fmt: skip
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for name, address in addresses(served).items():
                found.append((name, await _middle(client, address, times)))
        served.close()
    return iter(found)


async def _middle(client: httpx.AsyncClient, address: str, times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        answer = await client.get(address)
        took.append(1_000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
    return statistics.median(took)


def main() -> None:
    """Print a table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"| page, of {number:,} captures | ms |\n|---|---|")
    for name, ms in asyncio.run(measure(number)):
        print(f"| {name} | {ms:.1f} |")


if __name__ == "__main__":
    main()
