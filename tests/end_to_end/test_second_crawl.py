"""A crawl of what was crawled before: little is added, all of it resolves, and what got lost comes back whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.web.byte_server import ByteServer, ok

WORDS = Path(__file__).read_text(encoding="utf-8").split()
HTML = b"Content-Type: text/html; charset=utf-8"


def prose(seed: int, words: int) -> bytes:
    """Text that packs as text does, never twice the same."""
    pick = random.Random(seed)
    return " ".join(f"{pick.choice(WORDS)}{pick.randrange(10**6)}" for _ in range(words)).encode()


@pytest.fixture
def web() -> Iterator[ByteServer]:
    """A site of three events with three sources each, no validators anywhere, one article under two addresses."""
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        items = []
        for event in range(3):
            cited = []
            for number in range(3):
                path = f"/story-{event}-{number}"
                web.on(path, ok(b"<html><body><p>" + prose(10 * event + number, 2500) + b"</p></body></html>", HTML))
                cited.append(f"{number + 1}. [Courier]({web.url(path)})")
            page = f"### [2016-02-3](/news/2016/02/3/index.md)\n\n##### Bridges\n# Event {event}\n\nSummary.\n\n\n"
            page += "### Sources:\n\n" + "\n".join(cited) + "\n"
            web.on(f"/news/2016/02/3/event-{event}.md", ok(page.encode(), b"Content-Type: text/markdown"))
            items.append(f"### [Event {event}](/news/2016/02/3/event-{event}.md)\nSummary.\n")
        index = "## [2016-02-3](/news/2016/02/3/index.md)\n\n" + "\n".join(items)
        web.on("/news/2016/02/3/index.md", ok(index.encode(), b"Content-Type: text/markdown"))
        web.on("/index.md", ok(index.replace("2016-02-3]", "News]").encode(), b"Content-Type: text/markdown"))
        yield web


def crawl(web: ByteServer, collection: Path) -> dict[str, object]:
    return report_of(sourcekeep("crawl", web.url("/index.md"), "-c", collection, "--json", *FAST))


def size(collection: Path) -> int:
    """Bytes of all WARCs."""
    return sum(path.stat().st_size for path in (collection / "archive").glob("*.warc.gz"))


def kinds(collection: Path) -> list[tuple[str, str]]:
    """Type and URL of every answer in the WARCs, as warcio reads them."""
    found = []
    for path in sorted((collection / "archive").glob("*.warc.gz")):
        with path.open("rb") as file:
            found += [(record.rec_type, record.rec_headers["WARC-Target-URI"]) for record in ArchiveIterator(file)]
    return [(kind, url) for kind, url in found if kind in ("response", "revisit")]


def test_an_unchanged_site_adds_next_to_nothing(web: ByteServer, tmp_path: Path) -> None:
    """Pages that cannot say that they are unchanged come whole, and are kept as revisits: under 5 % of the bytes."""
    first = crawl(web, tmp_path / "c")
    before, held = size(tmp_path / "c"), len(kinds(tmp_path / "c"))
    second = crawl(web, tmp_path / "c")
    assert (first["exit_code"], second["exit_code"]) == (0, 0)
    assert second["citations"] == first["citations"]
    added = kinds(tmp_path / "c")[held:]
    pages = {url for kind, url in added if kind == "revisit"}
    assert {web.url("/index.md"), web.url("/news/2016/02/3/event-0.md")} <= pages
    assert size(tmp_path / "c") - before < 0.05 * before
    assert sourcekeep("verify", "-c", tmp_path / "c").returncode == 0


def test_a_lost_original_is_stored_whole_again(web: ByteServer, tmp_path: Path) -> None:
    """The WARC with the first copies is deleted: the next crawl says so and stores full copies, no dangling revisit."""
    crawl(web, tmp_path / "c")
    (lost,) = (tmp_path / "c" / "archive").glob("*.warc.gz")
    lost.unlink()
    report = crawl(web, tmp_path / "c")
    assert any(lost.name in str(problem) for problem in report["problems"])  # type: ignore[attr-defined]
    stored = [url for kind, url in kinds(tmp_path / "c") if kind == "response"]
    assert {web.url(f"/story-{event}-{number}") for event in range(3) for number in range(3)} <= set(stored)
    assert not [url for kind, url in kinds(tmp_path / "c") if kind == "revisit"]
    assert crawl(web, tmp_path / "c")["exit_code"] in (0, 1)
