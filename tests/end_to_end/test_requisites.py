"""What a source needs to be shown is kept with it, from other hosts too, within a budget, over crashes and runs."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from warcio.archiveiterator import ArchiveIterator

from tests.end_to_end.command import FAST, report_of, sourcekeep, start
from tests.web.byte_server import ByteServer, Pause, ok

EVENT = """### [2016-02-3](/news/2016/02/3/index.md)

##### Bridges
# A bridge opens

Summary.


### Sources:

{sources}
"""


def picture(kind: str = "PNG") -> bytes:
    """An image that decodes."""
    out = io.BytesIO()
    Image.new("RGB", (12, 8), "teal").save(out, kind)
    return out.getvalue()


def typed(body: str | bytes, mime: str) -> bytes:
    """An answer of that type."""
    return ok(body.encode() if isinstance(body, str) else body, b"Content-Type: " + mime.encode())


@dataclass
class Web:
    """A newspaper and the host its pictures lie on."""

    paper: ByteServer
    cdn: ByteServer

    @property
    def urls(self) -> dict[str, str]:
        return {"paper": self.paper.url("/"), "cdn": self.cdn.url("/")}


@pytest.fixture
def web() -> Iterator[Web]:
    with ByteServer() as paper, ByteServer("127.0.0.2") as cdn:
        found = Web(paper, cdn)
        for host in (paper, cdn):
            host.on("/robots.txt", ok(b""))
        page = """<!doctype html><title>Bridge</title><base href="/static/">
            <link rel=stylesheet href=main.css><script src=app.js></script>
            <img src="{cdn}a.png" srcset="{cdn}a-2x.png 2x"><img data-src="{cdn}lazy.jpg">
            <iframe src="/frame.html"></iframe><p>The bridge opened to traffic on Saturday.</p>"""
        paper.on("/article", typed(page.format(**found.urls), "text/html"))
        other = '<link rel=stylesheet href="/static/main.css"><img src="{cdn}b.png"><p>Another article.</p>'
        paper.on("/other", typed(other.format(**found.urls), "text/html"))
        paper.on("/static/main.css", typed("@import 'deep/one.css'; b { background: url(bg.png) }", "text/css"))
        paper.on("/static/deep/one.css", typed('@import url("two.css");', "text/css"))
        paper.on("/static/deep/two.css", typed("@font-face { src: url(../f.woff2) } @import 'one.css';", "text/css"))
        paper.on("/static/f.woff2", typed(b"wOF2 not really", "font/woff2"))
        paper.on("/static/bg.png", typed(picture(), "image/png"))
        paper.on("/static/app.js", typed("1;", "text/javascript"))
        paper.on("/frame.html", typed('<img src="/static/in-frame.png">', "text/html"))
        paper.on("/static/in-frame.png", typed(picture(), "image/png"))
        for name in ("a.png", "a-2x.png", "b.png"):
            cdn.on("/" + name, typed(picture(), "image/png"))
        cdn.on("/lazy.jpg", typed(picture(), "image/jpeg"))
        yield found


def pages(folder: Path, *sources: str, cover: str | None = None) -> Path:
    """A folder with one event page that cites `sources`."""
    day = folder / "news" / "2016" / "02" / "3"
    day.mkdir(parents=True)
    cited = "\n".join(f"{number}. [Courier]({url})" for number, url in enumerate(sources, 1))
    image = f"\n{len(sources)}. [Cover Image]({cover})" if cover else ""
    (day / "a-bridge-opens.md").write_text(EVENT.format(sources=cited + image))
    return folder


def crawl(site: Path, collection: Path, *more: str) -> dict[str, object]:
    return report_of(sourcekeep("crawl", site, "-c", collection, "--json", *FAST, *more))


def held(collection: Path) -> set[str]:
    """The paths of whole answers in the WARCs."""
    found = set()
    for path in (collection / "archive").glob("*.warc.gz"):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type in ("response", "revisit") and record.http_headers.get_statuscode() == "200":
                    found.add(record.rec_headers["WARC-Target-URI"].split("/", 3)[3])
    return found


NEEDED = {
    "static/main.css", "static/deep/one.css", "static/deep/two.css", "static/f.woff2", "static/bg.png",
    "static/app.js", "frame.html", "static/in-frame.png", "a.png", "a-2x.png", "lazy.jpg",
}  # fmt: skip


def test_all_a_page_needs_is_kept_with_it(web: Web, tmp_path: Path) -> None:
    """Styles three deep (one of them importing itself again), a frame's picture, lazy ones, another host's."""
    site = pages(tmp_path / "pages", web.paper.url("/article"), web.paper.url("/other"))
    report = crawl(site, tmp_path / "c")
    assert held(tmp_path / "c") >= NEEDED | {"b.png", "article", "other"}
    assert len(web.paper.requests("/static/main.css")) == 1  # both pages need it
    needed = report["requisites"]
    assert isinstance(needed, dict)
    assert needed["reasons"] == {"ok": len(NEEDED) + 1, "gone": 1}  # no favicon
    assert (needed["pages"], needed["complete"]) == (2, 2)
    document = json.loads(next((tmp_path / "c" / "events").rglob("*.json")).read_text())
    scores = [copy["requisites"] for citation in document["citations"] for copy in citation["copies"]]
    assert scores[0] == {"needed": len(NEEDED) + 1, "kept": len(NEEDED), "gone": 1}
    assert sourcekeep("verify", "-c", tmp_path / "c").returncode == 0
    again = crawl(site, tmp_path / "c")
    assert (again["captures"], again["requisites"]) == (0, needed)


def test_requisites_name_their_page_in_the_warc(web: Web, tmp_path: Path) -> None:
    """The metadata record of each says what needed it; that of the page lists all it asks for, as outlinks."""
    crawl(pages(tmp_path / "pages", web.paper.url("/article")), tmp_path / "c")
    fields: dict[str, list[str]] = {}
    with next((tmp_path / "c" / "archive").glob("*.warc.gz")).open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "metadata":
                text = record.content_stream().read().decode()
                fields.setdefault(record.rec_headers["WARC-Target-URI"], []).extend(text.splitlines())
    font = fields[web.paper.url("/static/f.woff2")]
    assert f"neededBy: {web.paper.url('/article')}" in font
    assert f"via: {web.paper.url('/static/deep/two.css')}" in font
    assert any(line.startswith("hopsFromSeed:") and line.endswith("CEEEE") for line in font)
    outlinks = [line for line in fields[web.paper.url("/article")] if line.startswith("outlink: ")]
    assert f"outlink: {web.cdn.url('/lazy.jpg')} E img/@data-src role=image" in outlinks


@pytest.mark.parametrize("mode", ["none", "page", "all"])
def test_whose_requisites_are_kept(web: Web, tmp_path: Path, mode: str) -> None:
    """`none`: the source alone; `all`: what the event archive's own pages need, too."""
    web.paper.on("/site/logo.png", typed(picture(), "image/png"))
    link = f'<a href="{web.paper.url("/article")}">Courier</a>'
    event = f"""<html><body><h3><a href="/news/2016/02/3/index.html">2016-02-3</a></h3><h1>A bridge opens</h1>
        <p>Summary.</p><img src="/site/logo.png"><h3>Sources:</h3><ol><li>{link}</li></ol></body></html>"""
    web.paper.on("/news/2016/02/3/a-bridge-opens.html", typed(event, "text/html"))
    done = sourcekeep(
        "crawl", web.paper.url("/news/2016/02/3/a-bridge-opens.html"), "-c", tmp_path / "c", "--json",
        "--requisites", mode, *FAST,
    )  # fmt: skip
    found = held(tmp_path / "c")
    assert "article" in found, done.stderr
    assert ("lazy.jpg" in found) == (mode != "none")
    assert ("site/logo.png" in found) == (mode == "all")


@pytest.mark.parametrize("setting", ["SOURCEKEEP_REQUISITE_COUNT=3", "SOURCEKEEP_REQUISITE_BYTES=250"])
def test_a_page_has_a_budget(web: Web, tmp_path: Path, setting: str) -> None:
    """What is beyond it is counted with its reason, counts against the page, and comes when the budget is larger."""
    site = pages(tmp_path / "pages", web.paper.url("/article"))
    report = crawl(site, tmp_path / "c", f"-s{setting}")
    assert report["exit_code"] == 0
    needed = report["requisites"]
    assert isinstance(needed, dict)
    assert (needed["pages"], needed["complete"]) == (1, 0)
    assert needed["excluded"] == needed["reasons"]["over_budget"] > 0
    later = crawl(site, tmp_path / "c")["requisites"]
    assert isinstance(later, dict)
    assert (later["complete"], later["reasons"]) == (1, {"ok": len(NEEDED), "gone": 1})


def test_a_cover_image_must_decode(web: Web, tmp_path: Path) -> None:
    """An error page that answers 200 for an image is kept and reported, not called kept; a redirected one is looked at
    where it ends."""
    web.cdn.on("/cover.jpg", ok(b"", b"Location: /new-cover.jpg", status=b"301 Moved Permanently"))
    web.cdn.on("/new-cover.jpg", typed("<html><title>Not found</title></html>", "image/jpeg"))
    site = pages(tmp_path / "pages", web.paper.url("/other"), cover=web.cdn.url("/cover.jpg"))
    report = crawl(site, tmp_path / "c", "--requisites", "none")
    citations = report["citations"]
    assert isinstance(citations, dict)
    assert (citations["reasons"], report["exit_code"]) == ({"ok": 1, "not_an_image": 1}, 0)
    web.cdn.on("/fine.jpg", typed(picture("JPEG"), "image/jpeg"))
    fine = pages(tmp_path / "fine", web.paper.url("/other"), cover=web.cdn.url("/fine.jpg"))
    citations = crawl(fine, tmp_path / "d", "--requisites", "none")["citations"]
    assert isinstance(citations, dict)
    assert citations["reasons"] == {"ok": 2}


def test_a_cover_image_kept_before_anybody_cited_it(web: Web, tmp_path: Path) -> None:
    """Found as a picture on a page, cited by an event of the next run: looked at in that run, behind a redirect too."""
    web.cdn.on("/a.png", ok(b"", b"Location: /a-new.png", status=b"301 Moved Permanently"))
    web.cdn.on("/a-new.png", typed("<html><title>Not found</title></html>", "image/png"))
    site = pages(tmp_path / "pages", web.paper.url("/article"))
    crawl(site, tmp_path / "c")
    event = EVENT.format(sources=f"1. [Cover Image]({web.cdn.url('/a.png')})")
    (site / "news" / "2016" / "02" / "3" / "another-opens.md").write_text(event)
    citations = crawl(site, tmp_path / "c")["citations"]
    assert isinstance(citations, dict)
    assert citations["reasons"] == {"ok": 1, "not_an_image": 1}
    assert len(web.cdn.requests("/a-new.png")) == 1


def test_a_crawl_without_them_is_made_up_for(web: Web, tmp_path: Path) -> None:
    """What an earlier run fetched without its requisites gets them from the WARCs, without being asked for again."""
    site = pages(tmp_path / "pages", web.paper.url("/article"))
    crawl(site, tmp_path / "c", "--requisites", "none")
    assert "lazy.jpg" not in held(tmp_path / "c")
    crawl(site, tmp_path / "c")
    assert held(tmp_path / "c") >= NEEDED
    assert len(web.paper.requests("/article")) == 1


def test_a_killed_crawl_gets_the_rest(web: Web, tmp_path: Path) -> None:
    """kill -9 while requisites are under way: the next run ends with all of them."""
    slow = typed(picture(), "image/png")
    web.cdn.on("/a.png", [Pause(3), slow])
    site = pages(tmp_path / "pages", web.paper.url("/article"))
    process = start("crawl", site, "-c", tmp_path / "c", "-q", *FAST)
    deadline = time.monotonic() + 30
    while not web.cdn.requests("/a.png") and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    web.cdn.on("/a.png", slow)
    report = crawl(site, tmp_path / "c")
    assert held(tmp_path / "c") >= NEEDED
    needed = report["requisites"]
    assert isinstance(needed, dict)
    assert (needed["pages"], needed["complete"]) == (1, 1)


def test_a_style_that_hangs_its_parser_holds_nothing_up(web: Web, tmp_path: Path) -> None:
    """A page of 200,000 attributes and nested elements is kept, and its survey says what came of it or lists it."""
    bomb = "<div " + " ".join(f"a{number}=1" for number in range(200_000)) + ">" + "<div>" * 200_000
    web.paper.on("/bomb", typed(bomb, "text/html"))
    site = pages(tmp_path / "pages", web.paper.url("/bomb"), web.paper.url("/article"))
    report = crawl(site, tmp_path / "c", "--no-extract")
    assert held(tmp_path / "c") >= NEEDED | {"bomb"}
    assert report["exit_code"] == 0
    needed = report["requisites"]
    assert isinstance(needed, dict)
    said = sourcekeep("requisites", "-c", tmp_path / "c").stdout
    assert web.paper.url("/bomb") in said  # what it needs is not known, or not all of it
    assert ("Could not be looked through" in said) == (needed["unseen"] == 1)
