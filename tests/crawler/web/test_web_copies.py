"""Copies as they are and as a reader sees them; what no copy can do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import lxml.html
import pytest
from fastapi import FastAPI

from crawler.web.rendering import MOST_FRAMES, Page, render, rewrite_css
from tests.crawler.web.copies_sample import INTERFACE, PAGE, PAGE_URL, PICTURE, REPLAY, STAMP, build, client, serving

POLICY = "sandbox; default-src 'none'"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over the copies."""
    with serving(build(tmp_path_factory.mktemp("copies") / "c")) as app:
        yield app


async def asked(app: FastAPI, path: str, **headers: str) -> httpx.Response:
    """What the replay's site answers."""
    async with client(app, REPLAY) as web:
        return await web.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_as_it_is(app: FastAPI) -> None:
    """The payload, its type and time, a policy that lets it do nothing, and no header of a stranger's."""
    answer = await asked(app, f"/web/{STAMP}id_/{PAGE_URL}")
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["memento-datetime"] == "Wed, 03 Feb 2016 10:00:00 GMT"
    assert 'rel="original"' in answer.headers["link"]


async def test_only_the_head(app: FastAPI) -> None:
    """HEAD has the same head, and no body is read for it."""
    async with client(app, REPLAY) as web:
        answer = await web.head(f"/web/{STAMP}id_/{PAGE_URL}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(PAGE)


async def test_a_revisit_has_the_payload_of_its_original(app: FastAPI) -> None:
    """And its own time."""
    answer = await asked(app, f"/web/20160304100000id_/{PAGE_URL}")
    assert (answer.content, answer.headers["memento-datetime"]) == (PAGE, "Fri, 04 Mar 2016 10:00:00 GMT")


async def test_the_nearest(app: FastAPI) -> None:
    """Another time leads to that of a copy, on the same site and with the same mark."""
    answer = await asked(app, f"/web/2016id_/{PAGE_URL}")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/web/{STAMP}id_/http://news.test/story?a=1&b=x%20y"


async def test_codings(app: FastAPI) -> None:
    """A coded payload goes as it is to who takes it, and decoded to others."""
    path = f"/web/{STAMP}id_/http://news.test/packed"
    coded = await asked(app, path)
    plain = await asked(app, path, accept_encoding="identity")
    assert coded.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert coded.content == plain.content == b"<p>Packed.</p>" * 50
    assert int(coded.headers["content-length"]) < len(gzip.compress(coded.content)) + 50


@pytest.mark.parametrize(
    ("wanted", "part"), [("bytes=2-5", slice(2, 6)), ("bytes=-7", slice(-7, None)), ("bytes=9-", slice(9, None))]
)
async def test_ranges(app: FastAPI, wanted: str, part: slice) -> None:
    """A range of a payload."""
    answer = await asked(app, f"/web/{STAMP}id_/http://news.test/p.png", range=wanted)
    assert (answer.status_code, answer.content) == (206, PICTURE[part])
    assert (await asked(app, f"/web/{STAMP}id_/http://news.test/p.png", range="bytes=99999-")).status_code == 416


async def test_redirects_stay_here(app: FastAPI) -> None:
    """A redirect leads to the copy of where it led, and one to no web address nowhere."""
    moved = await asked(app, f"/web/{STAMP}id_/http://news.test/moved")
    assert (moved.status_code, moved.headers["location"]) == (
        301, f"/web/{STAMP}id_/http://news.test/story?a=1&b=x%20y",
    )  # fmt: skip
    astray = await asked(app, f"/web/{STAMP}/http://news.test/astray")
    assert (astray.status_code, "location" in astray.headers) == (302, False)


async def test_only_harmless_headers(app: FastAPI) -> None:
    """No cookies, no odd types, programs are saved; a cut copy and one of another archive say what they are."""
    program = await asked(app, f"/web/{STAMP}id_/http://news.test/run.exe")
    assert program.headers["content-disposition"] == 'attachment; filename="run.exe"'
    assert "set-cookie" not in program.headers
    odd = await asked(app, f"/web/{STAMP}id_/http://news.test/odd")
    assert odd.headers["content-type"] == "application/octet-stream"
    assert not {"content-language", "x-evil"} & set(odd.headers)
    assert (await asked(app, f"/web/{STAMP}id_/http://news.test/cut")).headers["x-archive-truncated"] == "length"
    other = await asked(app, f"/web/{STAMP}id_/http://old.test/")
    assert other.headers["x-archive-source"] == "http://archive.test/web/2015id_/http://old.test/"


async def test_types_are_guessed_for_readers_alone(app: FastAPI) -> None:
    """A page without a type is shown as one, a picture as what it is; as they are, both have what was given."""
    page = await asked(app, f"/web/{STAMP}/http://news.test/untyped")
    assert (page.headers["content-type"], "onclick" in page.text) == ("text/html; charset=utf-8", False)
    untyped = await asked(app, f"/web/{STAMP}id_/http://news.test/untyped")
    assert untyped.headers["content-type"] == "application/octet-stream"
    assert "content-disposition" in untyped.headers
    picture = f"/web/{STAMP}{{}}/http://news.test/plain.gif"
    assert (await asked(app, picture.format("im_"))).headers["content-type"] == "image/gif"
    assert (await asked(app, picture.format("id_"))).headers["content-type"] == "text/plain"


async def test_a_page_without_its_scripts(app: FastAPI) -> None:
    """What a reader sees: what it needs from the copies, frames that are kept, and nothing that acts."""
    answer = await asked(app, f"/web/{STAMP}/{PAGE_URL}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"sandbox; default-src 'none'; img-src {REPLAY}/web/ data:;")
    assert f"frame-ancestors {INTERFACE} {REPLAY}" in policy
    assert "script-src" not in policy
    text = answer.text
    for kept in (
        f'href="/web/{STAMP}/http://news.test/next?q=1#top"', f'src="/web/{STAMP}im_/http://news.test/p.png"',
        f"/web/{STAMP}im_/http://cdn.test/p2.png 2x", f'src="/web/{STAMP}im_/http://news.test/dir/lazy.png"',
        f'href="/web/{STAMP}cs_/http://news.test/s.css"', f'/web/{STAMP}im_/http://news.test/dir/bg.png',
        f"/web/{STAMP}im_/http://news.test/dir/ns.png", f"/web/{STAMP}im_/http://news.test/dir/d.png",
        f'<iframe sandbox="" src="/web/{STAMP}if_/http://news.test/frame.html" width="300">', 'href="#here"',
        f'background="/web/{STAMP}im_/http://news.test/bg.gif"', "data:image/png;base64,AAAA",
    ):  # fmt: skip
        assert kept in text, kept
    lowered = text.lower()
    for gone in (
        "alert", "<script", "onload", "onclick", "onerror", "javascript", "<form", "<input", "<object", "refresh",
        "<base", "nowhere.test", "evil.test", "srcdoc", "<animate", "<math", "x.js", "target=",
    ):  # fmt: skip
        assert gone not in lowered, gone


async def test_a_style_sheet(app: FastAPI) -> None:
    """A sheet's imports, pictures and fonts are copies."""
    answer = await asked(app, f"/web/{STAMP}cs_/http://news.test/s.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert f'@import "/web/{STAMP}cs_/http://news.test/deep.css"' in answer.text
    assert f'url("/web/{STAMP}im_/http://news.test/p.png")' in answer.text
    assert f'url("/web/{STAMP}im_/http://news.test/f.woff")' in answer.text
    assert "javascript" not in answer.text


@pytest.mark.parametrize("path", ["/cdx?url=news.test", "/timemap/link/http://news.test/s.css", "/api/v1/openapi.json"])
async def test_nothing_of_the_interface_on_the_replays_site(app: FastAPI, path: str) -> None:
    """The other name has copies only, and ours has none."""
    assert (await asked(app, path)).status_code == 404
    async with client(app) as web:
        assert (await web.get(path)).status_code == 200
        assert (await web.get(f"/web/{STAMP}id_/{PAGE_URL}")).status_code == 302  # on to the other


async def test_what_scripts_of_a_replayed_page_try(app: FastAPI) -> None:
    """No copy becomes a service worker, none is read by a script of the same origin, nothing is sent here."""
    script = f"/web/{STAMP}id_/http://news.test/worker.js"
    assert (await asked(app, script)).status_code == 200
    assert (await asked(app, script, service_worker="script")).status_code == 403
    assert (await asked(app, script, sec_fetch_site="same-origin", sec_fetch_mode="cors")).status_code == 403
    async with client(app, REPLAY) as web:
        assert (await web.post(script)).status_code == 405


async def test_what_is_lost(tmp_path: Path) -> None:
    """A record that is damaged or gone is said to be so, and what was sent of none is nothing."""
    collection = build(tmp_path / "c")
    (warc,) = collection.warcs.glob("*.warc.gz")
    with serving(collection) as app:
        offset = (await lines_of(app, "http://news.test/p.png"))[0]["offset"]
        with warc.open("r+b") as file:
            file.seek(int(offset) + 40)
            file.write(bytes(60))
        assert (await asked(app, f"/web/{STAMP}id_/http://news.test/p.png")).status_code == 502
        assert (await asked(app, f"/web/{STAMP}/http://news.test/frame.html")).status_code == 200
        warc.unlink()
        assert (await asked(app, f"/web/{STAMP}/http://news.test/frame.html")).status_code == 502


async def lines_of(app: FastAPI, url: str) -> list[dict[str, str]]:
    """The index lines of an address."""
    async with client(app) as web:
        answer = await web.get("/cdx", params={"url": url, "output": "json"})
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/web/20160203100000/http://nothing.test/", 404),
        ("/web/20160203100000/javascript:alert(1)", 400),
        ("/web/99999999999999/http://news.test/p.png", 302),
        ("/web/2016/urn:sourcekeep:event:x", 400),
    ],
)
async def test_what_is_not_there(app: FastAPI, path: str, status: int) -> None:
    """Addresses of nothing, and of nothing of the web."""
    assert (await asked(app, path)).status_code == status


def test_frames_in_their_order() -> None:
    """A mark in the page's own text is no place of a frame's."""
    page = Page(
        data=b"frame-x-0;<iframe src=/a></iframe>b<iframe src=/c>",
        content_type="",
        url="http://a.test/",
        stamp=STAMP,
        mark="frame-y-",
    )
    made = render(page)
    assert [frame.url for frame in made.frames] == ["http://a.test/a", "http://a.test/c"]
    assert len(made.pieces) == 3


def test_many_frames() -> None:
    """No page has more frames than can be looked up."""
    page = Page(data=b"<iframe src=/a></iframe>" * 5000, content_type="", url="http://a.test/", stamp=STAMP, mark="f-")
    made = render(page)
    assert len(made.frames) == MOST_FRAMES
    assert "iframe" not in "".join(made.pieces)


@pytest.mark.parametrize(
    "page",
    [
        b"<script\0>alert(1)</script\0><img/src=x onerror=alert(1)>",
        b"<svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><style><img src onerror=alert(1)>",
        b'<style>a{b:url("x\\22 ) } </style><script>alert(1)</script>")}</style>',
        b'<base href="javascript:alert(1)//"><a href="x"><a href="data:text/html,<script>alert(1)</script>">',
        b'<img src="data:image/svg+xml,<svg onload=alert(1)>"><a href="java&#9;script:alert(1)">',
        b"<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        b"<style>" + b"a{b:url(x)" + b"[(" * 5_000 + b"</style>",
        b"<div>" * 50_000,
    ],
)
def test_hostile_pages(page: bytes) -> None:
    """Whatever the parsers make of it, no script, handler or address that acts comes out; nor does the worker fail."""
    made = "".join(render(Page(data=page, content_type="", url="http://a.test/", stamp=STAMP)).pieces).lower()
    root = lxml.html.document_fromstring(made)
    assert not root.xpath("//script | //*[@*[starts-with(name(), 'on')]] | //base | //meta")
    assert not [
        each for each in root.xpath("//@href | //@src") if not each.startswith(("/web/", "#", "data:image/png"))
    ]


@pytest.mark.parametrize(
    ("css", "made"),
    [
        ("a{b:url(#x)}", 'a{b:url("#x")}'),
        ("a{b:u\\72l(x.png)}", 'a{b:url("/web/1im_/http://a.test/x.png")}'),
        ("a{b:image-set('x.png' 1x)}", 'a{b:image-set("/web/1im_/http://a.test/x.png" 1x)}'),
        ("a{content:'x.png'}", "a{content:'x.png'}"),
    ],
)
def test_styles(css: str, made: str) -> None:
    """Addresses in style, however they are written."""
    assert rewrite_css(css, "http://a.test/", "1") == made
