"""TimeGate and TimeMap after RFC 7089."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from crawler.web import timemap
from crawler.web.memento_links import asked_url
from tests.crawler.web.copies_sample import INTERFACE, REPLAY, build, client, serving

SPELLED = "http://news.test/story?a=1&b=x%20y"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over the copies."""
    with serving(build(tmp_path_factory.mktemp("memento") / "c")) as app:
        yield app


def links(text: str) -> dict[str, tuple[str, str | None]]:
    """Links by their relations: the address, and the time if there is one."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; datetime="([^"]*)")?', text)
    return {rel: (address, at or None) for address, rel, at in found}


@pytest.mark.parametrize(
    ("when", "stamp"),
    [
        ("Mon, 01 Jan 2001 00:00:00 GMT", "20160203100000"),
        ("Fri, 04 Mar 2016 09:00:00 GMT", "20160304100000"),
        ("Sat, 01 Jan 2033 00:00:00 GMT", "20160304100000"),  # the 404 after it is no copy worth showing
        (None, "20160304100000"),
    ],
)
async def test_the_nearest_copy(app: FastAPI, when: str | None, stamp: str) -> None:
    """A TimeGate leads to the copy nearest to the moment, without one to the latest."""
    async with client(app) as web:
        answer = await web.get(f"/timegate/{SPELLED}", headers={"accept-datetime": when} if when else {})
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{REPLAY}/web/{stamp}/{SPELLED}"
    assert answer.headers["vary"] == "accept-datetime"
    assert "memento-datetime" not in answer.headers


async def test_links_around_a_copy(app: FastAPI) -> None:
    """Original, TimeMap, and the copies first, last, before and after, each with its time."""
    async with client(app) as web:
        answer = await web.get(f"/timegate/{SPELLED}", headers={"accept-datetime": "Fri, 04 Mar 2016 10:00:00 GMT"})
    found = links(answer.headers["link"])
    assert found["original"][0] == SPELLED
    assert found["timemap"][0] == f"{INTERFACE}/timemap/link/{SPELLED}"
    assert found["first prev memento"] == (f"{REPLAY}/web/20160203100000/{SPELLED}", "Wed, 03 Feb 2016 10:00:00 GMT")
    assert found["memento"] == (f"{REPLAY}/web/20160304100000/{SPELLED}", "Fri, 04 Mar 2016 10:00:00 GMT")
    assert found["last next memento"][1] == "Sun, 03 Apr 2016 10:00:00 GMT"


@pytest.mark.parametrize(
    "path",
    ["/timegate/http://nothing.test/", "/timemap/link/http://nothing.test/", f"/timemap/link/{'9' * 5000}/x.test"],
)
async def test_no_copy(app: FastAPI, path: str) -> None:
    """404 where there is no copy."""
    async with client(app) as web:
        assert (await web.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/timegate/javascript:alert(1)", "/timegate/http://[", "/timemap/json/mailto:a@b"])
async def test_no_address(app: FastAPI, path: str) -> None:
    """400 where there is no web address."""
    async with client(app) as web:
        assert (await web.get(path)).status_code == 400


@pytest.mark.parametrize("when", ["yesterday", "Fri, 31 Dec 9999 23:00:00 -2300"])
async def test_a_wrong_date(app: FastAPI, when: str) -> None:
    """400 for a date that is none (section 4.5.3)."""
    async with client(app) as web:
        answer = await web.get(f"/timegate/{SPELLED}", headers={"accept-datetime": when})
    assert answer.status_code == 400


async def test_timemaps(app: FastAPI) -> None:
    """Both forms list every copy; a copy made by another archive says by which."""
    async with client(app) as web:
        listed = await web.get(f"/timemap/link/{SPELLED}")
        other = await web.get("/timemap/link/http://old.test/")
        spelled = (await web.get("/timemap/json/http://old.test/")).json()
    assert listed.headers["content-type"].startswith("application/link-format")
    assert listed.text.count("memento") == 3
    assert 'from="Wed, 03 Feb 2016 10:00:00 GMT"; until="Sun, 03 Apr 2016 10:00:00 GMT"' in listed.text
    assert "archive=" not in listed.text
    assert 'archive="archive.test"; source="http://archive.test/web/2015id_/http://old.test/"' in other.text
    assert spelled["mementos"]["list"][0]["uri"] == f"{REPLAY}/web/20160203100000/http://old.test/"


async def test_pages_of_a_timemap(app: FastAPI) -> None:
    """A long list comes in pages that lead to one another."""
    before, timemap.PAGE = timemap.PAGE, 2
    try:
        async with client(app) as web:
            first = await web.get(f"/timemap/link/{SPELLED}")
            second = await web.get(links(first.text)["timemap"][0])
    finally:
        timemap.PAGE = before
    assert first.text.count("memento") == 2
    assert links(second.text)["last memento"][1] == "Sun, 03 Apr 2016 10:00:00 GMT"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http:/a.test/x", "http://a.test/x"),
        ("a.test/x?y=http://b.test/", "http://a.test/x?y=http://b.test/"),
        ("a.test:81/", "http://a.test:81/"),
        ("HTTPS://u:p@A.test", "https://a.test/"),
        ("http%3A//a.test/x%3Fy%3D%2541", "http://a.test/x?y=%41"),
        ("https%3a%2F%2Fa.test%2F", "https://a.test/"),
        ("//evil.test/", "http://evil.test/"),
    ],
)
def test_addresses(written: str, meant: str) -> None:
    """Addresses at the end of ours, as servers in between leave them."""
    assert asked_url(written) == meant
