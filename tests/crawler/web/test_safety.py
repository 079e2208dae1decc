"""Who may ask, who may change, and that nothing is written where it is only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from archive.catalogue import Catalogue
from archive.collection import Collection, CollectionLock
from archive.database import Database
from archive.errors import CatalogueUnavailable, UsageError
from archive.event_lists import topics
from archive.search_text import query_of
from crawler.web.options import Options, checked
from crawler.web.refresher import Refresher
from tests.archive.small_collection import AT, PATH, URLS, build
from tests.crawler.web.hostile_sample import client, served

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A small one."""
    return build(tmp_path_factory.mktemp("safety") / "c")


@pytest.fixture(scope="module")
def app(collection: Collection) -> Iterator[FastAPI]:
    """The application, with a token and a name."""
    with served(collection, Options(token=TOKEN, names=("archive.example",))) as app:
        yield app


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8400", 200), ("localhost.:1", 200), ("[::1]:8400", 200), ("ARCHIVE.example", 200),
     ("evil.test", 421), ("127.0.0.1.evil.test:8400", 421), ("archive.example@evil.test", 421), ("", 421),
     ("127.0.0.1:80:80", 421)],
)  # fmt: skip
async def test_a_name_of_somebody_elses_gets_nothing(app: FastAPI, host: str, status: int) -> None:
    """Else a page elsewhere could have its name lead here and read it all."""
    async with client(app) as web:
        answer = await web.get("/runs", headers={"host": host})
    if host.startswith("localhost"):  # the other site, of replay
        status = answer.status_code
        assert "<h1>Runs" not in answer.text
    assert answer.status_code == status


async def test_who_changes_needs_the_token(app: FastAPI) -> None:
    """Any method but those that only read; without it 401, with it on to what there is: nothing, yet."""
    async with client(app) as web:
        without = await web.post("/")
        wrong = await web.delete("/events", headers={"authorization": "Bearer 0123456789abcdeX"})
        right = await web.post("/", headers={"authorization": f"Bearer {TOKEN}"})
        reading = await web.head("/runs/1")
    assert (without.status_code, wrong.status_code, right.status_code) == (401, 401, 405)
    assert (reading.status_code, reading.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_without_a_token_nobody_changes_anything(collection: Collection) -> None:
    """Whatever is sent along."""
    with served(collection) as app:
        async with client(app) as web:
            answer = await web.post("/", headers={"authorization": "Bearer "})
    assert answer.status_code == 403


def test_others_reach_it_with_a_token_only() -> None:
    """An address that others reach asks for one, and for one that cannot be guessed."""
    for host in ("0.0.0.0", "::", "192.0.2.1", "archive.example"):
        with pytest.raises(UsageError):
            checked(Options(host=host))
        assert checked(Options(host=host, token=TOKEN)).host == host
    assert [checked(Options(host=host)).host for host in ("127.0.0.9", "::1", "localhost")]
    for token in ("short", "with a blank in it all", "naïve-but-long-enough"):
        with pytest.raises(UsageError):
            checked(Options(token=token))
    assert TOKEN not in repr(Options(token=TOKEN))


def test_it_cannot_write(collection: Collection) -> None:
    """The connection itself refuses, whatever is asked of it."""
    catalogue = Catalogue(Database.read_only(collection.catalogue))
    with pytest.raises(CatalogueUnavailable), catalogue.reading() as connection:
        connection.execute(sa.text("DELETE FROM events"))
    with catalogue.reading() as connection:
        assert topics(connection) == {"": 1}
    catalogue.close()


async def test_what_the_rules_keep_back(tmp_path: Path) -> None:
    """A copy that is blocked is named and not given out, one that is excluded is not there, in the API neither."""
    own = build(tmp_path / "c")
    rules = {"test,a)/article###": "block", "test,b)/target###": "exclude"}
    lines = [f'{key} - {{"access": "{rule}"}}' for key, rule in sorted(rules.items(), reverse=True)]
    (own.root / "access.aclj").write_text("\n".join(lines) + "\n")
    with served(own) as app:
        catalogue = app.state.served.catalogue
        names = {}
        for name in ("article", "target", "chunked"):
            capture = catalogue.latest_capture(URLS[name])
            names[name] = "/capture/" + capture.record_id.removeprefix("urn:uuid:")
        parts = ("", "/original", "/record.warc.gz", "/text")
        async with client(app) as web:
            found = {name: [(await web.get(path + part)).status_code for part in parts] for name, path in names.items()}
            hits = (await web.get("/api/v1/search", params={"q": "kept"})).json()["items"]
            listed = [each["url"] for each in (await web.get("/api/v1/captures")).json()["items"]]
            event = (await web.get("/api/v1/event", params={"path": PATH})).json()
            pages = [(await web.get("/event", params={"path": PATH})).text,
                     (await web.get("/link", params={"url": URLS["target"]})).text]  # fmt: skip
            wacz = (await web.get("/export.wacz", params={"url": URLS["article"]})).status_code
    assert found == {"article": [200, 451, 451, 451], "target": [404] * 4, "chunked": [200] * 4}
    assert not any(names["target"] in page for page in pages)
    assert [len(each["copies"]) for each in event["citations"] if each["url"] == URLS["moved"]] == [0]
    assert (hits, wacz) == ([], 451)
    assert (URLS["target"] in listed, URLS["article"] in listed) == (False, True)


async def test_a_catalogue_made_anew_is_read(collection: Collection) -> None:
    """What `verify --repair` puts in its place is what the next page shows."""
    with served(collection) as app:
        async with client(app) as web:
            assert (await web.get("/runs/1")).status_code == 200
            other = collection.catalogue.with_name("other.db")
            Catalogue.open(other, create=True).close()
            before = collection.catalogue.with_name("before.db")
            collection.catalogue.rename(before)
            other.rename(collection.catalogue)
            assert (await web.get("/runs/1")).status_code == 404
            before.rename(collection.catalogue)
            assert (await web.get("/runs/1")).status_code == 200


async def test_a_run_at_work_is_not_in_the_way(tmp_path: Path) -> None:
    """Nor are we in its: pages, figures and the search while it holds the collection and writes to the catalogue."""
    own = build(tmp_path / "c")
    lock = CollectionLock(own)
    lock.take(since=AT, command="sourcekeep crawl <x>")
    with closing(Catalogue.open(own.catalogue, create=False)) as catalogue, catalogue.writing() as connection:
        connection.execute(sa.text("UPDATE runs SET reason = 'not committed'"))
        with served(own) as app:
            async with client(app) as web:
                overview = await web.get("/")
                run = await web.get("/runs/1")
    lock.release()
    assert "A run is at work" in overview.text
    assert "sourcekeep crawl &lt;x&gt;" in overview.text
    assert "not committed" not in run.text


def test_the_search_needs_no_room_in_the_collection(tmp_path: Path) -> None:
    """Where nothing can be written, as on a disc that is read-only, its index lies elsewhere and goes with us."""
    own = build(tmp_path / "c")
    shutil.rmtree(own.indexes)
    own.indexes.write_text("no folder")
    with closing(Catalogue(Database.read_only(own.catalogue))) as catalogue:
        refresher = Refresher(own, catalogue, now=lambda: AT)
        refresher.refresh()
        assert refresher.index is not None
        where = refresher.index.path
        assert [hit.key for hit in refresher.index.find(query_of("event"))] == [PATH]
        refresher.stop()
    assert not where.exists()


async def test_a_record_that_is_gone_is_told(tmp_path: Path) -> None:
    """By a page with 410, without the folders of this machine; the others are shown as before."""
    own = build(tmp_path / "c")
    with served(own) as app:
        (warc,) = own.warcs.iterdir()
        warc.write_bytes(b"\0" * warc.stat().st_size)
        capture = app.state.served.catalogue.latest_capture(URLS["article"])
        path = "/capture/" + capture.record_id.removeprefix("urn:uuid:")
        async with client(app) as web:
            found = {part: await web.get(path + part) for part in ("", "/original", "/record.warc.gz", "/text")}
            event = await web.get("/event", params={"path": PATH})
    assert [answer.status_code for answer in found.values()] == [200, 410, 410, 200]
    assert event.status_code == 200
    assert not any(str(tmp_path) in answer.text for answer in (*found.values(), event))


async def test_replay_does_not_tell_where_it_lies(tmp_path: Path) -> None:
    """Where the catalogue cannot be read, the other site says so without the folders of this machine."""
    own = build(tmp_path / "c")
    with served(own) as app:
        app.state.served.catalogue.close()
        own.catalogue.write_bytes(b"\0" * 100_000)
        for more in ("-wal", "-shm"):
            own.catalogue.with_name(own.catalogue.name + more).unlink(missing_ok=True)
        async with client(app, "http://localhost:8400") as web:
            answer = await web.get(f"/web/2026id_/{URLS['article']}")
    assert answer.status_code == 503
    assert "catalogue" in answer.text
    assert str(tmp_path) not in answer.text
