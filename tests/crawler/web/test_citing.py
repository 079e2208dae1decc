"""Words and addresses that the interface makes of values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.batch import ArticleRead
from archive.event_document import Copy
from archive.link_parts import Place
from archive.mementos import Recovery, RecoveryOutcome
from archive.model import Capture, RecordKind, RecordRef, Via
from archive.schema import ArticleState
from crawler.web import paths
from crawler.web.citing import citation_text, pwid_of
from crawler.web.events_pages import heat, month_of
from crawler.web.links_pages import place_from, place_text, years_of

AT = datetime(2016, 2, 3, 10, 20, 30, tzinfo=UTC)
URL = "http://a.test/一?q=a b#x"


def _copy(via: Via = Via.HTTP, mime: str = "text/html") -> Copy:
    capture = Capture(
        record_id="urn:uuid:1", kind=RecordKind.RESPONSE, url=URL, at=AT, status=200, mime=mime, payload_sha1=None,
        payload_sha256="ab" * 32, payload_length=1, where=RecordRef(warc="w", offset=0, length=1), via=via,
    )  # fmt: skip
    article = ArticleRead(record_id="urn:uuid:1", state=ArticleState.READ, at=AT, title="A story", author="A. Writer")
    recovery = Recovery(url=URL, archive="archive.test", asked_at=AT, outcome=RecoveryOutcome.RECOVERED)
    return Copy(capture=capture, article=article, recovery=recovery if via is Via.MEMENTO else None)


def test_a_copy_is_cited_with_hash_and_time() -> None:
    """Author, title, address, archive, time to the second, digest."""
    text = citation_text(_copy(), "keep.example")
    assert text == (f"A. Writer. “A story”. {URL}. Archived 2016-02-03T10:20:30Z by keep.example. SHA-256 {'ab' * 32}.")
    assert "by archive.test, brought back to keep.example" in citation_text(_copy(Via.MEMENTO), "keep.example")


def test_a_pwid_names_archive_time_part_and_address() -> None:
    """urn:pwid:archive:time:precision:address, blanks and other scripts encoded; a memento is its own archive's."""
    assert pwid_of(_copy(), "keep.example") == (
        "urn:pwid:keep.example:2016-02-03T10:20:30Z:page:http://a.test/%E4%B8%80?q=a%20b#x"
    )
    assert pwid_of(_copy(Via.MEMENTO, "image/png"), "keep.example").startswith("urn:pwid:archive.test:2016")
    assert ":part:" in pwid_of(_copy(mime="image/png"), "keep.example")


@pytest.mark.parametrize(
    ("url", "may"),
    [("http://a.test/", True), ("https://a.test/<script>", True), ("HTTPS://a.test", True),
     ("javascript:alert(1)", False), (" javascript:alert(1)", False), ("data:text/html,x", False), ("//a.test/", False),
     ("http:a.test", False), ("http://[", False), ("http://a.test/" + "a" * 9_000, False), (None, False)],
)  # fmt: skip
def test_what_may_become_a_link(url: str | None, may: bool) -> None:
    """An http(s) address with a host, and no other."""
    assert (paths.outside(url) == url) is may or url is None


def test_paths_hold_whatever_they_carry() -> None:
    """Behind the question mark nothing is rewritten by a browser."""
    assert paths.event("../a?b#c&d=é") == "/event?path=..%2Fa%3Fb%23c%26d%3D%C3%A9"
    assert paths.capture("urn:uuid:ab-1") == "/capture/ab-1"
    assert paths.record_id("ab-1") == "urn:uuid:ab-1"
    assert paths.record_id(paths.capture("urn:x/y").removeprefix("/capture/").replace("%3A", ":")) == "urn:x%2Fy"
    assert paths.replay(AT, URL).startswith("/web/20160203102030/http://a.test/%E4%B8%80?q=a%20b")


def test_places_come_back() -> None:
    """A place in a list is the same after its way through an address; what is none is none."""
    for place in (Place(AT, 7), Place(None, 1), Place(AT + timedelta(microseconds=1), 10**17)):
        assert place_from(place_text(place)) == place
    assert [place_from(text) for text in ("", "x", "1", "-1.2", "999999999999999999.1", "1.1;")] == [None] * 6


def test_calendars() -> None:
    """Weeks begin on Monday, every day is there once, and each has its number and heat."""
    month = month_of(2016, 2, {"2016-02-03": 7, "2016-03-01": 9})
    days = [day for week in month.weeks for day, _, _ in week if day]
    assert days == list(range(1, 30))
    assert (month.weeks[0][2], month.number) == ((3, 7, 3), 7)
    assert [heat(number) for number in (0, 1, 2, 5, 15, 10**6)] == [0, 1, 2, 3, 4, 4]
    (year,) = years_of([AT, AT, AT + timedelta(days=1)])
    assert (year.year, year.number, len(year.days)) == (2016, 3, 366)
    assert [(day.day, day.number) for day in year.days if day.number] == [("2016-02-03", 2), ("2016-02-04", 1)]
