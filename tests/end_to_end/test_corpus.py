"""The sample of real pages, read as a folder and as a site. No source is asked: dry runs."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from archive.model import Event, IndexPage, PageKind
from spiders.addresses import page_kind_of, resolve_site_path
from spiders.page import read_page
from tests.end_to_end.command import FAST, PROJECT, report_of, sourcekeep

CORPUS = PROJECT.parent / "shared" / "corpus"
EVENT = re.compile(r"(zh/)?news/\d{4}/\d{2}/\d{1,2}/(?!index\.md$|README\.md$)[^/]+\.md")

pytestmark = [
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample of real pages is not beside the project"),
    pytest.mark.skipif(bool(os.environ.get("CI")), reason="CI does not rely on what lies beside the project"),
]


def pages() -> dict[str, bytes]:
    """Site path -> bytes of every page of the sample."""
    return {file.relative_to(CORPUS).as_posix(): file.read_bytes() for file in CORPUS.rglob("*.md")}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The sample as a document root."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(CORPUS)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_dry_run_of_the_folder_finds_every_event_and_citation(tmp_path: Path) -> None:
    """As many events as there are files of events, as many citations as their pages give."""
    report = report_of(sourcekeep("crawl", CORPUS, "-c", tmp_path / "x", "--dry-run", "--json"))
    events = {path: read_page(data, path) for path, data in pages().items() if EVENT.fullmatch(path)}
    assert all(isinstance(page, Event) for page in events.values())
    cited = sum(len(page.citations) for page in events.values() if isinstance(page, Event))
    assert report["events"] == {"total": len(events), "read": len(events)}
    assert report["citations"]["total"] == cited  # type: ignore[index]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("seed", ["zh/index.md", "index.md", "news/2016/02/3/index.md", "news/2018/03/1/index.md"])
def test_over_http_the_links_reach_the_same_events(seed: str, site: str, tmp_path: Path) -> None:
    """Served as a site, a crawl reads just the events that the links of its pages reach from the seed."""
    files = pages()
    if seed not in files:
        pytest.skip(f"the sample has no {seed}")
    reached, left = {seed}, [seed]
    while left:
        path = left.pop()
        page = read_page(files[path], path)
        for target in _links(page):
            if target in files and target not in reached:
                reached.add(target)
                left.append(target)
    events = [path for path in reached if EVENT.fullmatch(path)]
    done = sourcekeep(
        "crawl", site + quote(seed), "-c", tmp_path / "x", "--dry-run", "--json", *FAST, "-sSOURCEKEEP_DELAY=0"
    )
    assert report_of(done)["events"] == {"total": len(events), "read": len(events)}


def _links(page: object) -> Iterator[str]:
    """Every event and index a page links to, by its own words."""
    if not isinstance(page, Event | IndexPage):
        return
    if isinstance(page, Event):
        hrefs = [related.path for related in page.related] + [page.date_link or ""]
    else:
        hrefs = [item.path for item in page.items] + [href for _, href in page.sections] + [page.previous or ""]
    for href in hrefs:
        path = resolve_site_path(href, page.path, page.language) if href else None
        if path is not None and page_kind_of(path) in (PageKind.EVENT, PageKind.INDEX, PageKind.HOME):
            yield path
