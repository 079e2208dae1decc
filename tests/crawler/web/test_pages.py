"""The pages of the interface, over a collection in which strangers tried everything."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI
from PIL import Image

from archive.reader import read_records
from tests.crawler.web.hostile_sample import COVER, LONG, NO_COVER, PATH, SCRIPT, TOPIC, build, client, served

HOME = "http://127.0.0.1:8400/"
STARTS = (
    "/", f"/event?path={quote(PATH, safe='')}", f"/link?url={quote(LONG, safe='')}", "/search?q=harbour",
    "/search?q=%E9%9A%A7%E9%81%93&kind=article", f"/events/with?topic={quote(TOPIC)}", "/events/with?state=dead",
    "/events/undated", "/links?state=dead", "/links?state=new&host=b.test", "/hosts?number=2", "/events/2016/02/04",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application."""
    with served(build(tmp_path_factory.mktemp("pages") / "c")) as app:
        yield app


@pytest.fixture(scope="module")
def answers(app: FastAPI) -> dict[str, httpx.Response]:
    """What came of a walk over all that links lead to on this server, by address."""
    return asyncio.run(_walk(app))


async def _walk(app: FastAPI) -> dict[str, httpx.Response]:
    waiting, found = list(STARTS), {}
    async with client(app) as web:
        while waiting:
            address = waiting.pop()
            if address not in found:
                answer = found[address] = await web.get(address)
                if "html" in answer.headers["content-type"]:
                    waiting.extend(own for each in _links(address, answer.text) if (own := _own(each)) is not None)
    return found


@pytest.fixture(scope="module")
def soups(answers: dict[str, httpx.Response]) -> dict[str, BeautifulSoup]:
    """The pages among the answers."""
    return {
        address: BeautifulSoup(answer.text, "lxml")
        for address, answer in answers.items()
        if "html" in answer.headers["content-type"]
    }


def test_every_link_leads_somewhere(app: FastAPI, answers: dict[str, httpx.Response]) -> None:
    """To a page or a file: nothing that is not there."""
    broken = {address for address, answer in answers.items() if answer.status_code != 200}
    assert broken == {_no_picture(app)}
    assert len(answers) > 60


def _links(address: str, text: str) -> Iterator[str]:
    for each in BeautifulSoup(text, "lxml").find_all(_leads):
        yield urljoin(HOME[:-1] + address, str(each.get("href") or each.get("src")))


def _leads(element: Tag) -> bool:
    return element.has_attr("href") or element.has_attr("src")


def _own(address: str) -> str | None:
    """The path on this server; replay has tests of its own."""
    parts = urlsplit(address)
    if parts.netloc != urlsplit(HOME).netloc or parts.path.startswith("/web/"):
        return None
    return parts.path + ("?" + parts.query if parts.query else "")


def _no_picture(app: FastAPI) -> str:
    """Of what came as a cover image and is none."""
    return "/capture/" + _record_of(app, NO_COVER).removeprefix("urn:uuid:") + "/thumbnail.jpg"


def _record_of(app: FastAPI, url: str) -> str:
    capture = app.state.served.catalogue.latest_capture(url)
    assert capture is not None
    return str(capture.record_id)


def test_nothing_of_a_stranger_is_markup(soups: dict[str, BeautifulSoup]) -> None:
    """No element, handler, address or style that was not ours; what they wrote stands there as text."""
    assert len(soups) > 40
    for address, soup in soups.items():
        assert soup.find_all(["script", "iframe", "object", "embed", "base", "style"]) == [], address
        for element in soup.find_all(True):
            assert not [name for name in element.attrs if name.startswith("on") or name == "style"], address
            for name in ("href", "src", "action"):
                target = str(element.get(name) or "")
                assert not target or target.startswith(("/", "#", "http://", "https://")), (address, target)
    texts = [soup.get_text() for soup in soups.values()]
    assert sum(SCRIPT in text for text in texts) > 5
    assert sum("<img src=x onerror=alert(1)>" in text for text in texts) > 2


def test_nothing_steers_a_reader(answers: dict[str, httpx.Response]) -> None:
    """No control character and no override of the writing direction is in any page."""
    for address, answer in answers.items():
        if "html" in answer.headers["content-type"]:
            assert not set(answer.text) & set("\x00\x1b\x07\u202a\u202b\u202d\u202e\u2066\u2067\u2068"), address


def test_every_page_can_be_found_about_in(soups: dict[str, BeautifulSoup]) -> None:
    """A title, a language, one main part with one heading, a way around the head, names for all that can be used."""
    for address, soup in soups.items():
        assert soup.html is not None
        assert soup.html["lang"] == "en"
        assert soup.title is not None, address
        assert [len(soup.find_all(name)) for name in ("main", "h1")] == [1, 1], address
        assert soup.select_one('a.skip[href="#main"]') is not None
        assert soup.select_one('nav[aria-label="Main"]') is not None
        for image in soup.find_all("img"):
            assert image.has_attr("alt"), address
        named = {str(label["for"]) for label in soup.find_all("label")}
        for field in soup.find_all(["input", "select"]):
            assert field.get("aria-label") or field.get("id") in named, (address, field)
        ids = [str(each["id"]) for each in soup.find_all(id=True)]
        assert len(ids) == len(set(ids)), address


def test_links_that_lead_away_tell_nobody_whence(soups: dict[str, BeautifulSoup]) -> None:
    """Only http(s) ones are links, without an opener or a referrer."""
    away = [
        each
        for soup in soups.values()
        for each in soup.find_all("a", href=re.compile("^http"))
        if not str(each["href"]).startswith(HOME)
    ]
    assert away
    assert all({"noopener", "noreferrer"} <= set(each["rel"]) for each in away)


def test_a_policy_that_lets_nothing_in(answers: dict[str, httpx.Response]) -> None:
    """Each answer has it; downloads have one that lets them do nothing."""
    for address, answer in answers.items():
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), address
        assert "unsafe" not in policy or "sandbox" in policy, address
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        is_ours = "html" in answer.headers["content-type"] or address.startswith(("/static/", "/api/"))
        if not is_ours and not address.endswith("/thumbnail.jpg"):
            assert answer.headers["content-disposition"].startswith("attachment"), address


async def test_a_cover_is_drawn_anew(app: FastAPI) -> None:
    """A small JPEG without a byte of what came; what does not decode gives none."""
    async with client(app) as web:
        drawn = await web.get(f"/capture/{_record_of(app, COVER)}/thumbnail.jpg")
        none = await web.get(f"/capture/{_record_of(app, NO_COVER)}/thumbnail.jpg")
    with Image.open(BytesIO(drawn.content)) as image:
        assert (image.format, image.size) == ("JPEG", (480, 160))
    assert SCRIPT.encode() not in drawn.content
    assert none.status_code == 404


async def test_what_changed_between_two_captures(app: FastAPI) -> None:
    """Paragraphs that went and came, the words that differ told apart."""
    async with client(app) as web:
        link = BeautifulSoup((await web.get("/link", params={"url": LONG})).text, "lxml")
        newest, oldest = (str(each["value"]) for each in link.select('input[name="a"]'))
        page = BeautifulSoup((await web.get("/diff", params={"a": newest, "b": oldest})).text, "lxml")
    assert [each.get_text() for each in page.select(".diff del")] == ["was"]
    assert "".join(each.get_text() for each in page.select(".diff ins")) == "is now"
    assert any("More." in each.get_text() for each in page.select(".diff .come"))


async def test_a_record_is_a_warc_by_itself(app: FastAPI, tmp_path: Path) -> None:
    """What is taken along is the record, whole, and the original is what the server sent."""
    record_id = _record_of(app, COVER)
    async with client(app) as web:
        record = await web.get(f"/capture/{record_id}/record.warc.gz")
        original = await web.get(f"/capture/{record_id}/original")
    file = tmp_path / "one.warc.gz"
    file.write_bytes(record.content)
    (read,) = read_records(file)
    with read.payload() as payload:
        assert (read.record_id, payload.read()) == (record_id, original.content)
    assert original.headers["content-type"] == "application/octet-stream"


async def test_what_is_not_there(app: FastAPI) -> None:
    """Is told by a page with the right status, whatever was asked for."""
    addresses = {
        "/event?path=nothing": 404, "/link?url=http://nowhere.test/": 404, "/capture/x": 404, "/runs/99": 404,
        "/runs/99999999999999999999": 404, "/runs/1/..%2f..%2fcatalogue.db": 404, "/events/2016/13/01": 404,
        "/events/2016/02/31": 404, "/events/0": 404, "/nothing": 404, "/static/..%2fapp.py": 404,
        "/links?state=odd": 404, "/export.wacz": 404, "/host?host=%00": 404, "/search?q=a&number=0": 422,
        "/events/with": 404, "/diff?a=x&b=y": 404, "/events/2016/02?after=x": 200,
        "/links?after=9999999999999999999.1": 200,
        "/search?q=%22%20AND%20NEAR(": 200, "/search?q=%ff": 200, "/link?url=%00": 404, "/export.wacz?event=none": 404,
    }  # fmt: skip
    async with client(app) as web:
        found = {address: (await web.get(address)).status_code for address in addresses}
    assert found == addresses


async def test_what_is_no_web_page_is_not_offered_to_be_viewed(app: FastAPI) -> None:
    """A page of the site that was read from a disk has no address to be replayed at."""
    name = _record_of(app, "urn:sourcekeep:page:hostile")
    async with client(app) as web:
        found = [
            BeautifulSoup((await web.get(f"/capture/{each}")).text, "lxml").select('a[href^="/web/"]')
            for each in (name, _record_of(app, COVER))
        ]
    assert [len(each) for each in found] == [0, 1]
