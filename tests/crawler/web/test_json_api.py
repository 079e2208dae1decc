"""The JSON API: lists in parts, one of each, and what it says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from archive.collection import Collection
from tests.archive.small_collection import PATH as EVENT
from tests.archive.small_collection import URLS
from tests.crawler.web.hostile_sample import LONG, PATH, TITLE, build, client, served


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection's folder."""
    return build(tmp_path_factory.mktemp("api") / "c").root


@pytest.fixture(scope="module")
def app(root: Path) -> Iterator[FastAPI]:
    """The application."""
    with served(Collection(root)) as app:
        yield app


async def _all(app: FastAPI, what: str, **asked: str | int) -> list[dict[str, object]]:
    """A whole list, read part by part."""
    found: list[dict[str, object]] = []
    cursor: str | None = ""
    async with client(app) as web:
        while cursor is not None:
            part = (await web.get(f"/api/v1/{what}", params={**asked, "cursor": cursor})).json()
            found += part["items"]
            cursor = part["next"]
    return found


@pytest.mark.parametrize(
    ("what", "name", "least"),
    [("events", "path", 2), ("citations", "href", 12), ("links", "url", 2), ("captures", "record_id", 10),
     ("runs", "id", 1)],
)  # fmt: skip
async def test_parts_add_up(app: FastAPI, what: str, name: str, least: int) -> None:
    """One by one a list gives what it gives at once, in the same order."""
    whole = await _all(app, what, limit=1000)
    assert await _all(app, what, limit=1) == whole
    assert len(whole) >= least
    assert all(name in each for each in whole)


async def test_what_an_event_is(app: FastAPI, root: Path) -> None:
    """Its document as it lies in the collection; what is in it cannot break out of JSON."""
    async with client(app) as web:
        document = await web.get("/api/v1/event", params={"path": EVENT})
        hostile = (await web.get("/api/v1/event", params={"path": PATH})).json()
    (file,) = (root / "events").rglob("*.json")
    kept = json.loads(file.read_bytes())
    assert [each["outcome"] for each in document.json()["citations"]] == [each["outcome"] for each in kept["citations"]]
    assert hostile["title"] == TITLE


async def test_what_came_of_citations(app: FastAPI) -> None:
    """Outcome, reason and record of each citation of an event, and how its link is."""
    found = {str(each["href"]): each for each in await _all(app, "citations", event=EVENT)}
    assert (found[URLS["gone"]]["outcome"], found[URLS["gone"]]["reason"]) == ("failed", "gone")
    assert found[URLS["gone"]]["state"] == "dead"
    assert found[URLS["moved"]]["final_url"] == URLS["target"]
    assert found["${x}"]["record_id"] is None


async def test_a_link_with_all(app: FastAPI) -> None:
    """Its checks, its captures, the best of them and why."""
    async with client(app) as web:
        dead = (await web.get("/api/v1/link", params={"url": URLS["gone"]})).json()
        long = (await web.get("/api/v1/link", params={"url": LONG})).json()
    assert [each["verdict"] for each in dead["checks"]] == ["gone"] * 4
    assert (dead["link"]["state"], dead["best"]) == ("dead", None)
    assert len(long["captures"]) == 2
    assert long["best"] == long["captures"][1]["record_id"]


async def test_the_search(app: FastAPI) -> None:
    """Words, parts of Chinese ones, words in a row, begin*, -not; nothing that is typed is an error."""
    async with client(app) as web:

        async def hits(words: str) -> int:
            return len((await web.get("/api/v1/search", params={"q": words})).json()["items"])

        found = {words: await hits(words) for words in (
            "harbour", "HARBOUR", "naive", "道", "隧道", "道隧", "harb", "harb*", '"naïve harbour"', '"harbour naïve"',
            "harbour -naive", "-harbour", '" AND (', "kind:event", "",
        )}  # fmt: skip
    assert [words for words, number in found.items() if number] == [
        "harbour", "HARBOUR", "naive", "道", "隧道", "harb*", '"naïve harbour"',
    ]  # fmt: skip


async def test_it_says_what_it_is(app: FastAPI) -> None:
    """OpenAPI has every path; what is asked wrongly is told in JSON."""
    async with client(app) as web:
        document = (await web.get("/api/v1/openapi.json")).json()
        wrong = await web.get("/api/v1/events", params={"cursor": "x"})
        far = await web.get("/api/v1/links", params={"limit": 100_000})
        none = await web.get("/api/v1/event", params={"path": "none"})
    assert await _all(app, "events", undated="true") == []
    assert {"/api/v1/events", "/api/v1/citations", "/api/v1/captures"} <= document["paths"].keys()
    assert (wrong.status_code, far.status_code, none.status_code) == (422, 422, 404)
    assert none.json()["error"] == "Not found"


async def test_every_part_of_a_path_is_described(app: FastAPI) -> None:
    """What stands in braces in a path is one of its parameters (OpenAPI 3.1, path templating)."""
    async with client(app) as web:
        document = (await web.get("/api/v1/openapi.json")).json()
    told = {
        path: {each["name"] for each in method.get("parameters", ()) if each["in"] == "path" and each["required"]}
        for path, methods in document["paths"].items()
        for method in methods.values()
    }
    assert told == {path: set(re.findall(r"{(\w+)}", path)) for path in document["paths"]}
    assert told["/timegate/{url}"] == {"url"}
