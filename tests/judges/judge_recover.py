"""Dead links brought back from a real pywb that serves somebody's WARCs: as a CDX server, and by RFC 7089 alone.

Run by `make judges`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from archive.reader import read_records
from tests.end_to_end.command import FAST, report_of, sourcekeep
from tests.end_to_end.test_recover import die
from tests.end_to_end.test_retry_after import page_with
from tests.judges.judge_pywb import get
from tests.judges.programs import judge, pywb
from tests.web.byte_server import ByteServer, ok
from tests.web.wayback import PAGE, article

NAMES = ("story", "moved", "wall", "missing", "never")
GONE = ok(b"gone", status=b"404 Not Found")
HTML = b"Content-Type: text/html"


@dataclass(frozen=True)
class Bed:
    """Somebody's collection, served by pywb, and the addresses of its sources, which are dead by now."""

    port: int
    web: ByteServer
    pages: Path
    theirs: Path


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """Crawled by somebody while the sources lived."""
    root = tmp_path_factory.mktemp("mementos")
    with ByteServer() as web:
        web.on("/robots.txt", ok(b""))
        web.on("*", GONE)
        web.on("/story", ok(article("A bridge"), HTML))
        web.on("/moved", ok(b"", b"Location: /moved/here", status=b"301 Moved"))
        web.on("/moved/here", ok(article("Moved here"), HTML))
        web.on("/wall", ok(PAGE % (b"Just a moment...", b"Just a moment...", b"<p>Verify you are human</p>"), HTML))
        pages = page_with(root / "pages", *(web.url("/" + name) for name in NAMES if name != "never"))
        assert sourcekeep("crawl", pages, "-c", root / "theirs", "--json", *FAST).returncode == 0
        web.on("/story", GONE)
        web.on("/moved", GONE)
        web.on("/wall", GONE)
        ours = page_with(root / "ours", *(web.url("/" + name) for name in NAMES))
        with pywb(root / "theirs", root / "pywb") as port:
            yield Bed(port, web, ours, root / "theirs")


@pytest.fixture(scope="module", params=["pywb", "memento"])
def ours(
    request: pytest.FixtureRequest, bed: Bed, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """Our collection, begun when all was dead, and the report of its recovery."""
    folder = tmp_path_factory.mktemp("ours") / "c"
    sourcekeep("crawl", bed.pages, "-c", folder, "--json", *FAST)
    die(Collection(folder), [bed.web.url("/" + name) for name in NAMES])
    table = {"pywb": {"kind": request.param, "base": f"http://127.0.0.1:{bed.port}/c", "pause": 0}}
    done = sourcekeep("recover", "-c", folder, "--json", *FAST, f"-sSOURCEKEEP_ARCHIVES={json.dumps(table)}")
    return folder, report_of(done)


def test_what_pywb_has_comes_back(ours: tuple[Path, dict[str, Any]], bed: Bed) -> None:
    """The article, and what an archived redirect led to; no archived 404, and no bot wall."""
    _, report = ours
    found = {each["url"].rpartition("/")[2]: each["outcome"] for each in report["links"]}
    lost = dict.fromkeys(("wall", "missing", "never"), "not_archived")
    assert found == {"story": "recovered", "moved": "recovered", **lost}, (report, bed.port)


def test_the_bytes_are_those_they_kept(ours: tuple[Path, dict[str, Any]], bed: Bed) -> None:
    """Payload for payload, at the time of their capture; and other tools find nothing wrong in our WARCs."""
    folder, _ = ours
    brought = {url: (digest, date) for url, digest, date, source in payloads(folder) if source}
    kept = {url: (digest, date) for url, digest, date, _ in payloads(bed.theirs)}
    for name in ("/story", "/moved/here"):
        digest, date = brought[bed.web.url(name)]
        assert digest == kept[bed.web.url(name)][0]
        assert date[:19] == kept[bed.web.url(name)][1][:19]
    for path in (folder / "archive").glob("*.warc.gz"):
        judge("warcio", "check", path)
    assert sourcekeep("verify", "-c", folder).returncode == 0


def payloads(folder: Path) -> list[tuple[str, str, str, str | None]]:
    """Of each response: URL, sha256 of the payload, WARC-Date, WARC-Source-URI."""
    found = []
    for path in sorted((folder / "archive").glob("*.warc.gz")):
        for record in read_records(path):
            if record.kind == "response":
                with record.payload() as payload:
                    digest = hashlib.sha256(payload.read()).hexdigest()
                date, source = record.header("WARC-Date") or "", record.header("WARC-Source-URI")
                found.append((record.url, digest, date, source))
    return found


def test_pywb_replays_what_came_back(ours: tuple[Path, dict[str, Any]], bed: Bed, tmp_path: Path) -> None:
    """From our folder, under the original's address and at the memento's time."""
    folder, _ = ours
    url = bed.web.url("/story")
    stamp = next(date for each, _, date, source in payloads(folder) if each == url and source)
    with pywb(folder, tmp_path / "pywb") as port:
        status, body = get(port, f"/c/{''.join(filter(str.isdigit, stamp))[:14]}id_/{url}")
    assert (status, body) == (200, article("A bridge"))
