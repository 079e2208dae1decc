"""The walk over http: what links reach, what is read again, what changed; and crawls within bounds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.sample import SampleWeb, materialise
from crawler.sample.answers import plain
from crawler.sample.expected import expected
from crawler.sample.site import ARCHIVE_HOST
from tests.end_to_end.command import FAST, report_of, sourcekeep


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    """The sample's internet."""
    with SampleWeb() as web:
        yield web


def crawl(web: SampleWeb, site: object, collection: Path, *more: str) -> dict[str, object]:
    """A crawl of `site`; its report."""
    resolve = "-sSOURCEKEEP_RESOLVE=" + json.dumps(web.resolve_table())
    done = sourcekeep("crawl", str(site), "-c", collection, "--json", "--no-extract", resolve, *FAST, *more)
    assert done.returncode == 0, done.stderr
    return report_of(done)


def events_in(collection: Path) -> set[str]:
    """The paths of the events a collection holds."""
    return {json.loads(path.read_text())["path"] for path in (collection / "events").rglob("*.json")}


def asked_of_archive(web: SampleWeb, since: int) -> list[tuple[str, int]]:
    """Target and status of every request to the event site from the `since`th on."""
    return [(each.target, each.status) for each in web.traffic.served[since:] if each.host.startswith(ARCHIVE_HOST)]


def test_links_reach_what_the_folder_holds(web: SampleWeb, tmp_path: Path) -> None:
    """Home, day indexes, previous days, Related and date links together reach every event of the language."""
    for language in ("en", "zh"):
        crawl(web, web.home(language), tmp_path / language)
        assert events_in(tmp_path / language) == set(expected(web.port, language=language))


def test_the_second_crawl_asks_on_condition_and_a_changed_page_adds_a_version(web: SampleWeb, tmp_path: Path) -> None:
    """Unchanged pages answer 304; a changed one becomes a new version of its event, and the old one is kept."""
    collection = tmp_path / "collection"
    crawl(web, web.home(), collection)
    began = len(web.traffic.served)
    again = crawl(web, web.home(), collection)
    statuses = {status for target, status in asked_of_archive(web, began) if target.endswith(".md")}
    assert statuses <= {304, 404}
    assert again["events"] == {"total": 8, "read": 0}

    path = min(expected(web.port, language="en"))
    page = next(each for each in web.traffic.served if each.target == f"/{path}" and each.status == 200)
    _, _, body = page.response.partition(b"\r\n\r\n")
    web.put(ARCHIVE_HOST, f"/{path}", plain(body + b"\n", mime="text/markdown; charset=utf-8"))
    third = crawl(web, web.home(), collection)
    assert third["events"] == {"total": 8, "read": 1}
    database = sqlite3.connect(collection / "catalogue.db")
    query = "SELECT v.version FROM event_versions v JOIN events e ON e.id = v.event_id WHERE e.path = ? ORDER BY 1"
    versions = database.execute(query, (path,)).fetchall()
    database.close()
    assert versions == [(1,), (2,)]


def test_bounds_by_day(web: SampleWeb, tmp_path: Path) -> None:
    """--since and --until hold for a site and for a folder alike; a wider crawl later reads the rest."""
    pages = tmp_path / "pages"
    materialise(pages, port=web.port)
    for number, site in enumerate((web.home(), pages)):
        collection = tmp_path / f"bounded{number}"
        crawl(web, site, collection, "--since=2016-02-01", "--until=2016-02-28", "--lang=en")
        days = {path.split("/")[1:3][0] + "-" + path.split("/")[2] for path in events_in(collection)}
        assert days == {"2016-02"}
        crawl(web, site, collection, "--lang=en")
        assert events_in(collection) == set(expected(web.port, language="en"))


def test_limit_and_going_on(web: SampleWeb, tmp_path: Path) -> None:
    """--limit reads so many events and keeps all they cite; the next run goes on with others."""
    pages = tmp_path / "pages"
    materialise(pages, port=web.port)
    for number, site in enumerate((web.home(), pages)):
        collection = tmp_path / f"limited{number}"
        first = crawl(web, site, collection, "--limit=3", "--lang=en")
        assert first["events"] == {"total": 3, "read": 3}
        citations = first["citations"]
        assert isinstance(citations, dict)
        assert citations["waiting"] == 0
        second = crawl(web, site, collection, "--limit=2", "--lang=en")
        assert second["events"] == {"total": 5, "read": 2}


def test_a_single_page_is_a_crawl(web: SampleWeb, tmp_path: Path) -> None:
    """One event page, by address or as a file: its sources and no other event."""
    path = min(expected(web.port, language="en"))
    pages = tmp_path / "pages"
    materialise(pages, port=web.port)
    address = web.home().rsplit("/", 1)[0] + "/" + path
    for number, site in enumerate((address, pages / path)):
        crawl(web, site, tmp_path / str(number))
        assert events_in(tmp_path / str(number)) == {path}


def test_a_dry_run_writes_nothing_and_asks_no_source(web: SampleWeb, tmp_path: Path) -> None:
    """It says what would be fetched: from a folder without a single request."""
    pages = tmp_path / "pages"
    materialise(pages, port=web.port)
    began = len(web.traffic.served)
    report = crawl(web, pages, tmp_path / "none", "--dry-run")
    assert len(web.traffic.served) == began
    assert not (tmp_path / "none").exists()
    citations = report["citations"]
    assert isinstance(citations, dict)
    assert citations["total"] == sum(len(cited) for cited in expected(web.port).values())
