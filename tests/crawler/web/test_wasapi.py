"""WASAPI: the list of files, the files, and what there is not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from archive.collection import Collection
from tests.archive.small_collection import keeping
from tests.crawler.web.copies_sample import answers, build, client, put, serving


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over a collection of two WARCs."""
    root = tmp_path_factory.mktemp("wasapi") / "c"
    build(root)
    with keeping(Collection(root)) as (_, keeper):
        put(keeper, answers())
    with serving(Collection(root)) as app:
        yield app


async def asked(app: FastAPI, **parameters: object) -> httpx.Response:
    """The list."""
    async with client(app) as web:
        return await web.get("/wasapi/v1/webdata", params=parameters)


async def test_files_with_their_digests(app: FastAPI) -> None:
    """Each finished WARC with its size and digests, and at its address; a range of it, too."""
    folder: Path = app.state.served.collection.warcs
    listed = (await asked(app)).json()
    assert listed["count"] == len(listed["files"]) == 2
    for file in listed["files"]:
        content = (folder / file["filename"]).read_bytes()
        assert file["size"] == len(content)
        assert file["checksums"] == {
            "sha1": hashlib.sha1(content).hexdigest(), "sha256": hashlib.sha256(content).hexdigest(),
        }  # fmt: skip
        assert file["crawl-start"] == "2026-11-22T14:00:00Z"
        async with client(app) as web:
            assert (await web.get(file["locations"][0])).content == content
            part = await web.get(file["locations"][0], headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, content[10:20])


async def test_pages_and_selections(app: FastAPI) -> None:
    """Page by page; by name and by time."""
    first = (await asked(app, page_size=1)).json()
    async with client(app) as web:
        second = (await web.get(first["next"])).json()
    assert (len(second["files"]), second["next"]) == (1, None)
    assert second["previous"].endswith("page=1")
    for parameters, count in (
        ({"filename": "*-00001-*"}, 1),
        ({"filename": "other*"}, 0),
        ({"crawl-start-after": "2026-11-23"}, 0),
        ({"crawl-start-before": "2026-11-23T00:00:00Z"}, 2),
    ):
        assert (await asked(app, **parameters)).json()["count"] == count
    assert (await asked(app, **{"crawl-start-after": "soon"})).status_code == 400


async def test_only_finished_warcs(tmp_path: Path) -> None:
    """A WARC that is being written is not there yet, nor is any other file."""
    collection = Collection(tmp_path / "c")
    with keeping(collection) as (_, keeper):
        put(keeper, answers())
        with serving(collection) as app:
            assert (await asked(app)).json()["files"] == []
            async with client(app) as web:
                for name in ("../catalogue.db", "..%2Fcatalogue.db", next(collection.warcs.iterdir()).name):
                    assert (await web.get(f"/wasapi/v1/files/{name}")).status_code == 404


async def test_nothing_where_rules_withhold_something(tmp_path: Path) -> None:
    """A whole file would give out what the rules hide."""
    collection = build(tmp_path / "c")
    (collection.root / "access.aclj").write_text('test,secret)/ - {"access": "block"}\n')
    with serving(collection) as app:
        assert (await asked(app)).status_code == 403
        name = next(collection.warcs.iterdir()).name
        async with client(app) as web:
            assert (await web.get(f"/wasapi/v1/files/{name}")).status_code == 403
