"""A page saved with all it needs replays in a real browser with the network off, by pywb and by ReplayWeb.page.

Run by `make judges`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import report_of, sourcekeep
from tests.end_to_end.test_retry_after import page_with
from tests.judges import page_of_everything as everything
from tests.judges.replay import Replayed, Replayer, by_pywb, by_replaywebpage, replayed
from tests.judges.samples import ONCE, answers
from tests.web.byte_server import ByteServer, ok

FACTS = """() => {
    const of = (id, name) => getComputedStyle(document.getElementById(id))[name];
    const frame = document.getElementById('frame').contentDocument;
    return {
        body: of('inline', 'color'), one: of('one', 'color'), two: of('two', 'color'), three: of('three', 'color'),
        framed: frame.defaultView.getComputedStyle(frame.querySelector('p')).color,
        framePicture: frame.images[0].naturalWidth,
        added: document.querySelector('#added img').naturalWidth,
        fonts: [...document.fonts].map(font => font.family.replaceAll('"', '') + ' ' + font.status).sort(),
        pictures: Object.fromEntries([...document.images].filter(i => i.id).map(i => [i.id, i.naturalWidth])),
    };
}"""


@pytest.fixture(scope="module", params=[by_pywb, by_replaywebpage])
def by(request: pytest.FixtureRequest) -> Replayer:
    """Each replayer."""
    replayer: Replayer = request.param
    return replayer


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The page of everything, crawled, and its servers gone: the collection and the URL."""
    folder = tmp_path_factory.mktemp("replay")
    with ByteServer() as web, ByteServer("127.0.0.2") as other:
        url = everything.serve(web, other)
        crawl(folder, url)
    return folder / "c", url


@pytest.fixture(scope="module")
def shown(saved: tuple[Path, str], by: Replayer, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The page of everything, replayed."""
    return only(by, *saved, tmp_path_factory.mktemp("shown"), facts=FACTS)


def only(by: Replayer, collection: Path, url: str, scratch: Path, *, facts: str = "() => ({})") -> Replayed:
    """The first capture of the URL, replayed."""
    stamp = next(row.stamp for row in answers(collection) if row.url == url)
    (page,) = replayed(by, collection, [(url, stamp)], scratch, facts=facts)
    return page


def crawl(folder: Path, url: str) -> None:
    """The page as the source of an event, with its requisites."""
    pages = page_with(folder / "pages", url)
    done = sourcekeep("crawl", pages, "-c", folder / "c", "--requisites", "page", "--no-extract", *ONCE)
    assert report_of(done)["exit_code"] == 0, done.stderr


def test_all_that_exists_is_there(shown: Replayed) -> None:
    """Whatever the page asks for in the browser answers 200, but for the picture that the live web lacked too."""
    assert {url.rpartition("/")[2] for url in shown.missing} == {"gone.png"}


def test_nothing_else_is_asked(shown: Replayed) -> None:
    """No request goes past the archive."""
    assert shown.outside == ()


def test_it_asked_for_a_lot(shown: Replayed) -> None:
    """The browser did load the page: styles, scripts, fonts, pictures, a frame."""
    kinds = {each.kind for each in shown.requests if each.archived}
    assert {"document", "stylesheet", "script", "font", "image"} <= kinds


def test_every_picture_decodes(shown: Replayed) -> None:
    """Those in the page, the ones scripts put there, and the one in the frame."""
    pictures = shown.facts["pictures"]
    assert {name for name in everything.SHOWN if not pictures[name]} == set()
    assert shown.facts["added"]
    assert shown.facts["framePicture"]


def test_styles_and_fonts_hold(shown: Replayed) -> None:
    """Sheets imported three deep, one in the frame, and fonts of both hosts."""
    facts = shown.facts
    colours = [facts[name] for name in ("body", "one", "two", "three", "framed")]
    assert colours == [f"rgb({rgb})" for rgb in ("1, 2, 3", "1, 1, 1", "2, 2, 2", "3, 3, 3", "4, 4, 4")]
    assert facts["fonts"] == ["Letters loaded", "Other loaded"]


def test_a_hole_is_seen(by: Replayer, tmp_path: Path) -> None:
    """An address that only a running script knows is not kept: the browser asks for it, and this tool says so."""
    body = b"<!doctype html><title>Hole</title><p>x<script>new Image().src = ['ho', 'le.png'].join('')</script>"
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("/page.html", ok(body, b"Content-Type: text/html"))
        web.on("/hole.png", ok(everything.picture(1), b"Content-Type: image/png"))
        url = web.url("/page.html")
        crawl(tmp_path, url)
    seen = only(by, tmp_path / "c", url, tmp_path)
    assert {each.rpartition("/")[2] for each in seen.missing} == {"hole.png"}
    assert seen.outside == ()
