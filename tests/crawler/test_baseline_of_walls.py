"""A copy that shows who kept us out is no copy of what the link gave."""

from __future__ import annotations

from pathlib import Path

from archive.copies import Baseline, Copy
from archive.verdicts import VerdictClass
from crawler.checking.reading import CopyToRead, read_copy
from tests.crawler.check_bed import CheckBed, day, story
from tests.web.byte_server import ByteServer, ok

HTML = b"Content-Type: text/html"
WALLS = {
    "region": b"<title>Sorry</title><p>You seem to be reading from a country of the European Economic Area, for which"
    b" we have no lawyers. Access is not available in your country, nor is it known when it will be, so be patient.",
    "law": b"<title>451</title><h1>Unavailable for legal reasons</h1><p>This page is withheld in response to a court"
    b" order, the text of which can be read in our register by anybody who writes to us and says who he is.",
}


def read(bed: CheckBed, url: str) -> Baseline:
    """What a recheck would make of the answer that the last one kept."""
    record_id = bed.history(url)[0].verdict.evidence.record_id
    assert record_id is not None
    with bed.catalogue() as catalogue:
        capture = catalogue.capture(record_id)
    assert capture is not None
    copy = Copy(record_id=record_id, capture_id=record_id, payload_url=url, url=url, at=day(0), sha256=None)
    made = read_copy(bed.root / "archive", CopyToRead(copy=copy, where=capture.where, alike=0))
    assert isinstance(made, Baseline), made
    return made


def test_a_wall_is_no_copy(tmp_path: Path) -> None:
    """What a region or a court is told, with 200, is nothing to compare an article with; the article is."""
    bed = CheckBed(tmp_path)
    with ByteServer() as web:
        urls = {name: web.url(f"/{name}") for name in (*WALLS, "story")}
        for name, wall in WALLS.items():
            web.on(f"/{name}", ok(wall, HTML))
        web.on("/story", story("harbour"))
        bed.check(*urls.values())
    for name in WALLS:
        assert bed.verdict(urls[name]).verdict.verdict_class is VerdictClass.UNSURE
        assert not read(bed, urls[name]).usable
    assert read(bed, urls["story"]).usable
