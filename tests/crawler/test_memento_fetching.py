"""From a candidate to what it comes to: archived redirects, an archive's own, errors; and whether a copy is one."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest

from archive.model import Exchange, Truncation
from crawler.memento.asking import Excluded, Unavailable
from crawler.memento.choosing import Candidate
from crawler.memento.fetching import Fetched, Unusable, Way
from crawler.memento.judging import Opinion, Task, answer_of, expected_of, look, opinion
from crawler.verdict.answer import ContentKind
from crawler.verdict.reading import Body, fingerprint
from tests.archive.exchanges import make_exchange
from tests.web.wayback import PAGE, article

URL = "http://a.test/story"
AR = "http://ar.test/web"
AT = datetime(2016, 2, 3, 8, tzinfo=UTC)
BACK = f"/web/20160203080000id_/{URL}"
SAME_DAY, YEAR_ON = "Wed, 03 Feb 2016 18:00:00 GMT", "Sun, 01 Jan 2017 00:00:00 GMT"


def way(url: str = URL, *, home_is_fine: bool = False) -> Way:
    """A way from a capture of `url` at AT."""
    raw = f"{AR}/20160203080000id_/{url}"
    return Way(Candidate(archive="x", url=url, at=AT, memento_url=raw, raw_url=raw), home_is_fine=home_is_fine)


def answer(
    status: int = 200, *, at: str | None = SAME_DAY, location: str | None = None, truncated: Truncation | None = None
) -> Exchange:
    """What an archive sends."""
    lines = [f"HTTP/1.1 {status} X", "Content-Length: 4"]
    lines += [f"Memento-Datetime: {at}"] if at is not None else []
    lines += [f"Location: {location}"] if location is not None else []
    head = "\r\n".join([*lines, "", ""]).encode()
    return make_exchange(b"body", head=head, status=status, location=location, truncated=truncated)


def taken(start: Way, *answers: Exchange) -> Fetched:
    """Where the answers lead."""
    for each in answers[:-1]:
        assert start.take(each) is None
    done = start.take(answers[-1])
    assert done is not None
    return done


def test_a_memento_has_its_own_time() -> None:
    """Memento-Datetime counts, not what the index said."""
    done = taken(way(), answer())
    assert (done.final.url, done.final.at.hour, done.hops) == (URL, 18, ())
    assert done.final.body(100).data == b"body"


def test_an_archived_redirect_is_part_of_it() -> None:
    """To what was archived on the same day, by the archive's address or as it was archived; both are kept."""
    for location in (f"{BACK}/2", f"{AR}/20160203170000/{URL}/2", f"{URL}/2", "/story/2"):  # the last two are pywb's
        start = way()
        assert start.take(answer(301, location=location)) is None
        assert start.next_url.startswith(AR)
        assert start.next_url.endswith(f"id_/{URL}/2")
        done = taken(start, answer())
        assert ([step.url for step in done.hops], done.final.url) == ([URL], f"{URL}/2")


def test_the_archives_own_redirects_are_followed() -> None:
    """To a capture within a day: it is the same original, and nothing of it is kept."""
    done = taken(way(), answer(302, at=None, location=f"/web/20160203180000id_/{URL}"), answer())
    assert (done.final.url, done.hops) == (URL, ())


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([answer(404)], "archived 404"),
        ([answer(503)], "archived 503"),
        ([answer(404, at=None)], "not got it"),
        ([answer(200, at=None)], "no memento"),
        ([answer(200, at=YEAR_ON)], "of 2017-01-01"),
        ([answer(301, location=f"/web/20160203080000id_/{URL}/2"), answer(at=YEAR_ON)], "of 2017-01-01"),
        ([answer(302, at=None, location=BACK.replace("2016", "2017")), answer(at=YEAR_ON)], "of 2017-01-01"),
        ([answer(302, location="/web/20160203080000id_/http://a.test/")], "home page"),
        ([answer(302, location=f"{BACK}/2"), answer(302, location=BACK)], "circle"),
    ],
)  # fmt: skip
def test_what_is_no_copy(answers: list[Exchange], why: str) -> None:
    """Archived errors, what was archived another year, redirects to home and in circles."""
    start = way()
    for each in answers[:-1]:
        start.take(each)
    with pytest.raises(Unusable, match=why):
        start.take(answers[-1])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://a:0/", "data:text/html,x", "http://a b/"])
def test_what_is_no_address_is_never_asked(url: str) -> None:
    """Whatever an archive gives for a memento, or for where one leads."""
    with pytest.raises(Unusable, match="address"):
        Way(Candidate(archive="x", url=URL, at=AT, memento_url=url, raw_url=url), home_is_fine=False)
    with pytest.raises(Unusable):
        way().take(answer(301, location=url))


def test_a_home_page_that_was_the_link_is_fine() -> None:
    """A redirect from one to another."""
    done = taken(
        way("http://a.test/", home_is_fine=True),
        answer(301, location="/web/20160203080000id_/http://www.a.test/"),
        answer(),
    )
    assert done.final.url == "http://www.a.test/"


def test_what_the_archive_says_of_itself() -> None:
    """Refusals and outages are no word on the original."""
    with pytest.raises(Excluded):
        way().take(answer(451, at=None))
    with pytest.raises(Unavailable):
        way().take(answer(400, at=None))
    with pytest.raises(Unavailable, match="not whole"):
        way().take(answer(truncated=Truncation.DISCONNECT))


def test_bodies_of_what_is_passed_over_are_closed() -> None:
    """None is left open."""
    body = BytesIO(b"body")
    exchange = make_exchange(b"body", head=b"HTTP/1.1 404 X\r\n\r\n", status=404)
    object.__setattr__(exchange, "body", body)
    with pytest.raises(Unusable):
        way().take(exchange)
    assert body.closed


# --- judging ---


def judged(
    data: bytes,
    *,
    expected: ContentKind | None = None,
    ours: bytes | None = None,
    header: tuple[str, str] = ("", ""),
) -> Opinion:
    """What is thought of a body."""
    kept = fingerprint(Body(data=ours, content_type="text/html", url=URL)) if ours is not None else None
    seen = look(Task(body=Body(data=data, content_type="text/html", url=URL), ours=kept))
    return opinion(seen, answer_of(seen, url=URL, status=200, headers=[header], expected=expected))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (PAGE % (b"Just a moment...", b"Just a moment...", b"<p>Verify you are human</p>"), "blocked"),
        (PAGE % (b"404 Not Found", b"Not Found", b"<p>It is not here.</p>"), "soft_404"),
        (PAGE % (b"a.test", b"a.test is for sale", b"<p>Buy this domain. Sponsored listings.</p>"), "parked"),
        (b"", "empty"),
        (b"<p>Two words</p>", "hardly a word"),
    ],
)
def test_archived_walls_and_error_pages_are_no_copies(data: bytes, why: str) -> None:
    """The rules of a check hold for what was archived."""
    found = judged(data)
    assert not found.usable
    assert why in found.why


def test_an_article_is_a_copy() -> None:
    """Unless what we hold of it says otherwise, a challenge stood in its header, or it should be an image."""
    page = article("A bridge")
    assert judged(page).usable
    assert judged(page, ours=article("A bridge", words=60)).usable
    assert "content_drifted" in judged(page, ours=article("A river", words=60)).why
    assert "blocked" in judged(page, header=("X-Archive-Orig-cf-mitigated", "challenge")).why
    assert not judged(page, expected=ContentKind.IMAGE).usable


def test_a_cover_image_must_decode() -> None:
    """A torn one is no copy."""
    torn = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40
    assert "decode" in judged(torn, expected=ContentKind.IMAGE).why


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://a.test/papers/report.PDF?x=1", ContentKind.PDF),
        ("http://a.test/a%2Epdf", ContentKind.PDF),
        ("http://a.test/photos/flood.jpeg", ContentKind.IMAGE),
        ("http://a.test/story.html", None),
        ("http://a.test/pdf", None),
        ("http://code.test/who/what/blob/main/report.pdf", None),
        ("http://wiki.test/w/index.php/File:Flood.jpg", None),
        ("http://wiki.test/wiki/Datei:Flood.jpg", None),
    ],
)
def test_a_page_is_no_copy_of_a_file(url: str, kind: ContentKind | None) -> None:
    """What a dead link gave is told by its address, where nothing better is known: the page that a paper was announced
    on is not the paper."""
    assert expected_of(url, is_cover=False) is kind
    assert judged(article("Our report"), expected=kind).usable == (kind is None)


def test_what_we_hold_a_part_of_goes_before_its_address() -> None:
    """A page under the name of a paper stays a page; an event's picture is one whatever its name."""
    part = fingerprint(Body(data=article("Our report"), content_type="text/html", url=URL))
    assert expected_of("http://a.test/report.pdf", is_cover=False, ours=part) is None
    assert expected_of("http://a.test/report.pdf", is_cover=True, ours=part) is ContentKind.IMAGE
