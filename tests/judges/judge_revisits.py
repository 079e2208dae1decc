"""What revisits look like to a reader: a site walked three times, in ReplayWeb.page, with no other network.

Run by `make judges`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urljoin

import pytest

from archive.reader import Record, read_records
from tests.end_to_end.test_coming_back import EVENT, INDEX
from tests.judges.replay import Replayed, by_replaywebpage, by_replaywebpage_and_index, replayed
from tests.judges.samples import ARTICLE, DAY, Row, answers, event_page, revisited

FACTS = """() => ({
    text: document.body.innerText,
    colours: [...document.querySelectorAll('p')].map(p => getComputedStyle(p).color),
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection."""
    return revisited(tmp_path_factory.mktemp("revisited") / "c")


@pytest.fixture(scope="module")
def rows(site: Path) -> list[Row]:
    """The captures of its pages."""
    return [row for row in answers(site) if row.url.endswith((".md", "/article", "/copy"))]


@pytest.fixture(scope="module", params=[by_replaywebpage, by_replaywebpage_and_index])
def shown(
    request: pytest.FixtureRequest, site: Path, rows: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Row, Replayed]]:
    """Each page at each of its times."""
    captures = [(row.url, row.stamp) for row in rows]
    pages = replayed(request.param, site, captures, tmp_path_factory.mktemp("shown"), facts=FACTS)
    return list(zip(rows, pages, strict=True))


def test_each_sort_is_among_them(site: Path) -> None:
    """A 304, the same bytes at the same URL, and the same at another."""
    records = [record for warc in sorted((site / "archive").glob("*.warc.gz")) for record in read_records(warc)]
    found = {sort_of(record) for record in records if record.kind == "revisit"}
    assert found == {
        ("server-not-modified", True),
        ("identical-payload-digest", True),
        ("identical-payload-digest", False),
    }


def sort_of(record: Record) -> tuple[str, bool]:
    """Its profile, and whether it refers to its own URL."""
    profile = record.header("WARC-Profile") or ""
    return profile.rpartition("/")[2], record.header("WARC-Refers-To-Target-URI") == record.url


def test_one_reaches_past_the_latest_original(rows: list[Row]) -> None:
    """The event page changed and changed back: its third capture stands for the first, not for the second."""
    captures = [(row.kind, row.sha256) for row in rows if row.url.endswith(EVENT)]
    assert [kind for kind, _ in captures] == ["response", "response", "revisit"]
    assert captures[2][1] == captures[0][1] != captures[1][1]


def test_each_page_shows_what_was_sent(shown: list[tuple[Row, Replayed]]) -> None:
    """With status 200, and the text of its own time."""
    home = shown[0][0].url
    article, copy = urljoin(home, "/article"), urljoin(home, "/copy")
    sent = {
        hashlib.sha256(page).hexdigest(): page for page in (INDEX, DAY, event_page(article), event_page(article, copy))
    }
    sent[hashlib.sha256(ARTICLE).hexdigest()] = b"It was opened on Wednesday."
    assert [page.status(row.url) for row, page in shown] == [200] * len(shown)
    texts = [page.facts["text"].split() for _, page in shown]
    assert texts == [sent[row.sha256].decode().split() for row, _ in shown]


def test_pictures_decode_and_styles_hold(shown: list[tuple[Row, Replayed]]) -> None:
    """In the article, and in its copy, which was found a run later: by then both were in the archive."""
    articles = [page for row, page in shown if row.url.endswith(("/article", "/copy"))]
    assert len(articles) == 2
    for page in articles:
        assert [image["width"] for image in page.images] == [43]
        assert page.facts["colours"] == ["rgb(1, 2, 3)"]


def test_nothing_is_missing_and_nothing_else_asked(shown: list[tuple[Row, Replayed]]) -> None:
    """No request ends in the archive without an answer, and none goes past it."""
    assert {url for _, page in shown for url in page.missing} == set()
    assert {url for _, page in shown for url in page.outside} == set()
