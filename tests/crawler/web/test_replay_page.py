"""The page around a replayed copy, and the packages that ReplayWeb.page reads."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from gzip import decompress

import lxml.html
import pytest
from fastapi import FastAPI

from archive.errors import UsageError
from crawler.web import replay_packages
from crawler.web.assets import FILES
from crawler.web.options import Options
from crawler.web.origins import checked_origin, origins
from crawler.web.replay_page import Viewer
from tests.crawler.web.copies_sample import INTERFACE, PAGE_URL, REPLAY, STAMP, build, client, serving

SECRET = "http://secret.test/"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over the copies, some of which may not be shown."""
    collection = build(tmp_path_factory.mktemp("replay") / "c")
    (collection.root / "access.aclj").write_text(
        'test,secret)/ - {"access": "block"}\ntest,hidden)/ - {"access": "exclude"}\n'
        'test,news)/p.png### - {"access": "exclude"}\ntest,old)/ - {"access": "block"}\n'
    )
    with serving(collection) as app:
        yield app


async def test_the_interfaces_page_frames_the_other_site(app: FastAPI) -> None:
    """Without ReplayWeb.page: a frame without any right, of a page without scripts."""
    async with client(app) as web:
        answer = await web.get(f"/web/{STAMP}/{PAGE_URL}")
        nearest = await web.get(f"/web/2016/{PAGE_URL}")
        raw = await web.get(f"/web/{STAMP}id_/{PAGE_URL}")
    assert answer.status_code == 200
    assert f"frame-src {REPLAY}" in answer.headers["content-security-policy"]
    assert 'sandbox=""' in answer.text
    assert f'src="{REPLAY}/web/{STAMP}mp_/http://news.test/story?a=1&amp;b=x%20y"' in answer.text
    assert nearest.headers["location"] == f"/web/{STAMP}/http://news.test/story?a=1&b=x%20y"
    assert raw.headers["location"] == f"{REPLAY}/web/{STAMP}id_/http://news.test/story?a=1&b=x%20y"


@pytest.mark.parametrize(("url", "status"), [(SECRET, 451), ("http://hidden.test/", 404)])
async def test_access_rules_hold_everywhere(app: FastAPI, url: str, status: int) -> None:
    """What is blocked is 451 and what is excluded 404, on both sites; lists name the one and not the other."""
    for origin, path in ((INTERFACE, "web"), (REPLAY, "web")):
        async with client(app, origin) as web:
            answer = await web.get(f"/{path}/{STAMP}{'id_' if origin == REPLAY else ''}/{url}")
            assert answer.status_code == status
    async with client(app) as web:
        listed = (await web.get("/cdx", params={"url": url})).text
        timemap = await web.get(f"/timemap/link/{url}")
    assert ('"access": "block"' in listed) is (status == 451)
    assert timemap.status_code == (200 if status == 451 else 404)


async def test_a_blocked_memento_is_named_as_blocked(app: FastAPI) -> None:
    """Where another archive has it is not told."""
    async with client(app) as web:
        listed = (await web.get("/timemap/json/http://old.test/")).json()["mementos"]["list"]
    assert [(each["access"], "source" in each) for each in listed] == [("block", False)]


async def test_pages_are_signed(app: FastAPI) -> None:
    """Nobody but the interface makes the address of a page that replays."""
    async with client(app, REPLAY) as web:
        assert (await web.get("/view", params={"url": SECRET, "ts": STAMP, "by": "0" * 64})).status_code == 404
        assert (await web.get("/wacz/0000.wacz")).status_code == 404
        assert (await web.get("/replay/sw.js", headers={"service-worker": "script"})).status_code == 404
    viewer: Viewer = app.state.served.viewer
    path = viewer.path(PAGE_URL, STAMP)
    signature = path.rpartition("=")[2]
    assert viewer.is_ours(signature, PAGE_URL, STAMP)
    assert not viewer.is_ours(signature, SECRET, STAMP)


async def test_packages(app: FastAPI) -> None:
    """A WACZ of a page's copies, by ranges, without what the rules withhold; it goes with the server."""
    viewer: Viewer = app.state.served.viewer
    async with client(app, REPLAY) as web:
        whole = await web.get(viewer.source(PAGE_URL))
        part = await web.get(viewer.source(PAGE_URL), headers={"range": "bytes=-22"})
        none = await web.get(viewer.source(SECRET))
    assert (part.status_code, part.content) == (206, whole.content[-22:])
    with zipfile.ZipFile(io.BytesIO(whole.content)) as package:
        index = decompress(package.read("indexes/index.cdx.gz")).decode()
    assert "news.test/story" in index
    assert "p.png" not in index
    assert none.status_code == 404
    folder = app.state.served.collection.root / "cache"
    assert folder.is_dir()
    viewer.packages.close()
    assert not folder.exists()


async def test_few_packages_are_kept(app: FastAPI) -> None:
    """The ones asked for longest ago go."""
    viewer: Viewer = app.state.served.viewer
    before, replay_packages._MOST_FILES = replay_packages._MOST_FILES, 2
    try:
        paths = [viewer.package(viewer.source(f"http://news.test/{name}")[6:-5]) for name in ("s.css", "cut", "packed")]
    finally:
        replay_packages._MOST_FILES = before
    assert [path is not None and path.exists() for path in paths] == [False, True, True]


def test_only_what_is_pinned_is_installed(app: FastAPI) -> None:
    """Without ReplayWeb.page, or with another, nothing of it is served."""
    viewer: Viewer = app.state.served.viewer
    folder = app.state.served.collection.root
    for name in FILES:
        (folder / name).write_text("// another")
    assert not Viewer(app.state.served.supply, folder).installed
    assert viewer.folder != folder


@pytest.mark.parametrize(
    ("options", "host", "expected"),
    [
        (Options(), "127.0.0.1:8400", (INTERFACE, REPLAY)),
        (Options(), "localhost:8400", (INTERFACE, REPLAY)),
        (Options(host="10.0.0.1"), "10.0.0.1:8400", ("http://10.0.0.1:8400", None)),
        (
            Options(names=("keep.test",), replay="https://shown.test"),
            "shown.test",
            ("http://keep.test", "https://shown.test"),
        ),
    ],
)
def test_origins(options: Options, host: str, expected: tuple[str, str | None]) -> None:
    """Two names, of which each knows the other."""
    found = origins(options, scheme="http", host=host)
    assert (found.interface, found.replay) == expected


@pytest.mark.parametrize("text", ["shown.test", "ftp://shown.test", "http://127.0.0.1:81", "https://shown.test/x"])
def test_no_origin_for_replay(text: str) -> None:
    """An origin it must be, and another site's."""
    with pytest.raises(UsageError):
        checked_origin(text, Options())


async def test_with_scripts_there_is_a_way_without(app: FastAPI) -> None:
    """With ReplayWeb.page the page leads to the copy without scripts, and says so to who has them off."""
    viewer: Viewer = app.state.served.viewer
    viewer.installed = True
    try:
        async with client(app) as web:
            page = lxml.html.fromstring((await web.get(f"/web/{STAMP}/{PAGE_URL}")).text)
        async with client(app, REPLAY) as web:
            framed = await web.get(viewer.path(PAGE_URL, STAMP))
            (plain,) = {str(each) for each in page.xpath("//a[contains(., 'ithout')]/@href")}
            shown = await web.get(plain)
    finally:
        viewer.installed = False
    assert page.xpath("//noscript//a/@href") == [plain]
    assert "<noscript>" in framed.text
    assert (shown.status_code, "alert(1)" in shown.text) == (200, False)
