"""The CDX server: pywb's parameters over an index on the disk and over a run that has not ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from archive.collection import Collection
from tests.archive.small_collection import keeping
from tests.crawler.web.copies_sample import PAGE_URL, answers, build, client, put, serving


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over the copies."""
    with serving(build(tmp_path_factory.mktemp("cdx") / "c")) as app:
        yield app


async def asked(app: FastAPI, **parameters: object) -> list[dict[str, str]]:
    """The lines of an answer in JSON."""
    async with client(app) as web:
        answer = await web.get("/cdx", params={"output": "json", **parameters})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_exact(app: FastAPI) -> None:
    """An address has its captures in the order of time, the revisit as such."""
    lines = await asked(app, url=PAGE_URL)
    assert [(line["timestamp"], line["mime"], line.get("status")) for line in lines] == [
        ("20160203100000", "text/html", "200"),
        ("20160304100000", "warc/revisit", "200"),
        ("20160403100000", "text/html", "404"),
    ]


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"url": "http://news.test/p", "matchType": "prefix"}, 3),
        ({"url": "http://news.test/p*"}, 3),
        ({"url": "news.test", "matchType": "host", "filter": "=status:301"}, 1),
        ({"url": "*.test", "filter": "!~url:.*news"}, 3),
        ({"url": "*.test", "filter": ["mime:image", "~length:\\d+"]}, 1),
        ({"url": PAGE_URL, "from": "201603", "to": "201603"}, 1),
        ({"url": PAGE_URL, "limit": 2}, 2),
        ({"url": PAGE_URL, "collapseTime": 4, "filter": "!mime:revisit"}, 2),
        ({"url": "http://nothing.test/"}, 0),
    ],
)
async def test_selections(app: FastAPI, parameters: dict[str, object], count: int) -> None:
    """Match types, filters, times and limits choose what they should."""
    assert len(await asked(app, **parameters)) == count


async def test_order(app: FastAPI) -> None:
    """The nearest first, or the latest."""
    nearest = await asked(app, url=PAGE_URL, closest="20160301", sort="closest", limit=2)
    assert [line["timestamp"][:6] for line in nearest] == ["201603", "201602"]
    latest = await asked(app, url=PAGE_URL, sort="reverse", limit=1, fl="timestamp,nothing")
    assert latest == [{"timestamp": "20160403100000"}]


async def test_text(app: FastAPI) -> None:
    """Text has a dash where there is nothing; CDXJ is the index's own line."""
    async with client(app) as web:
        text = await web.get("/cdx", params={"url": PAGE_URL, "output": "text", "fl": "status,x", "limit": 1})
        plain = await web.get("/cdx", params={"url": PAGE_URL})
    assert text.text == "200 -\n"
    index = app.state.served.collection.indexes / "index.cdxj"
    assert plain.text
    assert set(plain.text.splitlines()) < set(index.read_text().splitlines())


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"url": "x", "matchType": "all"},
        {"url": "x", "output": "xml"},
        {"url": "x", "limit": "many"},
        {"url": "x", "filter": "~url:("},
        {"url": "x", "from": "yesterday"},
        {"url": "x", "page": 1},
        {"url": "x", "sort": "closest"},
    ],
)
async def test_wrong_queries(app: FastAPI, parameters: dict[str, object]) -> None:
    """What cannot be understood is told as pywb tells it."""
    async with client(app) as web:
        answer = await web.get("/cdx", params=parameters)
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]


async def test_endless_expressions_end(app: FastAPI) -> None:
    """A regular expression that would take for ever is given up, and the server goes on."""
    app.state.served.supply.workers._seconds = 0.5
    async with client(app) as web:
        answer = await web.get("/cdx", params={"url": "*.test", "filter": r"~url:(([a-z:/.?=&%0-9]+)+)+\$"})
    assert answer.status_code == 400
    assert "given up" in answer.json()["message"]
    assert len(await asked(app, url=PAGE_URL)) == 3


async def test_a_run_in_progress(tmp_path: Path) -> None:
    """What a run has kept but not put into the index yet is found too, each capture once, then and afterwards."""
    collection = Collection(tmp_path / "c")
    with keeping(collection) as (_, keeper):
        put(keeper, answers())
        with serving(collection) as app:
            assert not (collection.indexes / "index.cdxj").exists()
            before = await asked(app, url="*.test")
            keeper.close()
            after = await asked(app, url="*.test")
    assert len(before) == 18
    for line in (*before, *after):
        line.pop("mime", None)  # the catalogue has none where it is none
    assert before == after
