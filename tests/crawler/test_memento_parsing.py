"""What archives say, in every dialect: indexes, availability, TimeMaps; and nothing they send raises."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.memento.archive_links import raw_of, unwrap, unwrap_once
from crawler.memento.choosing import Candidate, in_order, moment, stamp
from crawler.memento.link_format import memento_datetime, parse_links, parse_timemap
from crawler.memento.wayback import parse_availability, parse_index, says_excluded, says_nothing_found

BASE = "http://ar.test/timemap/link/http://a.test/"
URL = "http://a.test/story"
DAY = datetime(2016, 2, 3, 12, tzinfo=UTC)

# RFC 7089 figure 28 in spirit: commas in dates and URLs, parameters in any order, several relations at once
TIMEMAP = """<http://a.test/?a,b>;rel="original",
<http://ar.test/timemap/http://a.test/>
 ; rel="self";type="application/link-format"
 ; from="Tue, 20 Jun 2000 18:02:59 GMT"; until="Wed, 09 Apr 2008 20:30:51 GMT",
<http://ar.test/timegate/http://a.test/> ; rel="timegate",
<http://ar.test/20000620180259/http://a.test/> ; rel="first memento";datetime="Tue, 20 Jun 2000 18:02:59 GMT"
 ; license="http://creativecommons.org/publicdomain/zero/1.0/",
<http://ar.test/20091027204954/http://a.test/>; datetime="Tue, 27 Oct 2009 20:49:54 GMT";rel="last memento",
</20100101000000/http://a.test/>;rel=memento;datetime="Fri, 01 Jan 2010 00:00:00 GMT"
"""


def test_a_timemap_in_link_format() -> None:
    """Every memento with its time; original and TimeGate; relative addresses made absolute."""
    found = parse_timemap(TIMEMAP, BASE)
    assert found is not None
    assert (found.original, found.timegate) == ("http://a.test/?a,b", "http://ar.test/timegate/http://a.test/")
    assert [(url.split("/")[3], at.year) for url, at in found.mementos] == [
        ("20000620180259", 2000), ("20091027204954", 2009), ("20100101000000", 2010),
    ]  # fmt: skip
    assert found.pages == ()


def test_a_paged_timemap_names_its_pages() -> None:
    """An index of TimeMaps, or a page that names the next ones; itself is none of them."""
    first = '<http://ar.test/tm/1/x>;rel="timemap";from="Tue, 20 Jun 2000 18:02:59 GMT"'
    text = f'<{BASE}>;rel="self", {first}, </tm/2/x>;rel=timemap'
    found = parse_timemap(text, BASE)
    assert found is not None
    assert found.pages == ("http://ar.test/tm/1/x", "http://ar.test/tm/2/x")


def test_a_timemap_in_json() -> None:
    """MemGator's form, paged as well."""
    text = json.dumps({
        "original_uri": URL, "timegate_uri": "http://ar.test/tg",
        "mementos": {"list": [{"datetime": "2016-02-03T08:00:00Z", "uri": "http://ar.test/1"}, {"uri": "no time"}]},
        "timemap_index": [{"uri": "http://ar.test/tm/2"}],
    })  # fmt: skip
    found = parse_timemap(text, BASE)
    assert found is not None
    assert found.mementos == (("http://ar.test/1", datetime(2016, 2, 3, 8, tzinfo=UTC)),)
    assert (found.original, found.pages) == (URL, ("http://ar.test/tm/2",))


@pytest.mark.parametrize("text", ["", "<html><a href=x>rel</a></html>", "{", "[1]", '{"error": "busy"}', "<x"])
def test_what_is_no_timemap(text: str) -> None:
    """An error page of an archive is not taken for an empty TimeMap."""
    assert parse_timemap(text, BASE) is None


def test_broken_links_cost_only_themselves() -> None:
    """What stands between two good links is skipped."""
    text = '<http://a.test/1>;rel=memento, rubbish;;; "<", <http://a.test/2>;rel="memento";title="a \\"quoted, one\\""'
    links = list(parse_links(text, BASE))
    assert [link.target for link in links] == ["http://a.test/1", "http://a.test/2"]
    assert links[1].attribute("title") == 'a "quoted, one"'


def test_hostile_timemaps_cost_no_more_than_their_length() -> None:
    """Half a million blanks, quotes that never end, links within links: a second or two, not for ever."""
    began = time.monotonic()
    for text in ("<x>" + ";a  " * 100_000 + "!", '<x>;a="' * 50_000, "<" * 300_000, "<x>;a=" + " " * 300_000 + "<"):
        list(parse_links(text, BASE))
    assert time.monotonic() - began < 20


HEADED = [
    ["timestamp", "original", "statuscode", "mimetype", "digest"],
    ["20160203080000", URL, "200", "text/html", "AAA"],
    ["20160204", URL, "-", "warc/revisit", "BBB"],
]
LINES = (
    f'{{"urlkey": "test,a)/", "timestamp": "20160203080000", "url": "{URL}", "status": "200", "digest": "sha1:AAA"}}\n'
    f'{{"urlkey": "test,a)/", "timestamp": "20160204", "url": "{URL}", "mime": "warc/revisit", "digest": "BBB"}}\n'
)
CDXJ = (
    f'test,a)/story 20160203080000 {{"url": "{URL}", "status": "200", "digest": "AAA"}}\n'
    f'test,a)/story 20160204 {{"url": "{URL}", "digest": "BBB"}}\n'
)
CDX = f"test,a)/story 20160203080000 {URL} text/html 200 AAA 12\ntest,a)/story 20160204 {URL} warc/revisit - BBB 9\n"


@pytest.mark.parametrize("text", [json.dumps(HEADED), LINES, CDXJ, CDX], ids=["table", "lines", "cdxj", "cdx"])
def test_every_form_of_an_index_says_the_same(text: str) -> None:
    """Two captures; of the revisit no status is known."""
    lines = parse_index(text)
    assert lines is not None
    assert [(line.url, line.stamp, line.status, line.digest) for line in lines] == [
        (URL, "20160203080000", 200, "AAA"), (URL, "20160204", None, "BBB"),
    ]  # fmt: skip


def test_an_empty_index_is_not_nothing() -> None:
    """[] says that there is no capture; no bytes at all, or an error page, say nothing."""
    assert parse_index("[]") == []
    assert parse_index(json.dumps(HEADED[:1])) == []
    assert [parse_index(text) for text in ("", "  \n", "<html>503</html>", "[1, 2]", "[")] == [None] * 5


def test_words_of_archives() -> None:
    """Excluded is not absent, absent is not busy."""
    assert says_excluded("org.archive.wayback.exception.RobotAccessControlException: x")
    assert says_nothing_found('{"message": "No Captures found for: http://a.test/"}')
    assert not says_excluded("<h1>503 Service Unavailable</h1>")


def test_availability() -> None:
    """The nearest capture; an empty answer is None, which proves nothing."""
    closest = {"available": True, "url": f"http://web.test/web/20160203080000/{URL}", "timestamp": "20160203080000"}
    found = parse_availability(json.dumps({"archived_snapshots": {"closest": {**closest, "status": "200"}}}))
    assert found is not None
    assert (found[0].url, found[0].status, found[0].stamp) == (URL, 200, "20160203080000")
    assert parse_availability('{"archived_snapshots": {}}') is None
    assert parse_availability("busy") is None


@given(st.text(max_size=300))
def test_nothing_raises(text: str) -> None:
    """Whatever an archive, or somebody in its place, sends."""
    parse_index(text)
    parse_availability(text)
    parse_timemap(text, BASE)
    memento_datetime(text)
    moment(text)
    unwrap("https://web.archive.org/web/" + text)


# --- links into archives ---

ORIGINAL = "http://a.test/x?y=1"
POINTERS = [
    (f"https://web.archive.org/web/20160203120000/{ORIGINAL}", ORIGINAL, DAY),
    (f"http://web.archive.org/web/20160203120000im_/{ORIGINAL}", ORIGINAL, DAY),
    ("https://web.archive.org/web/20160203120000/http:/a.test/x?y=1", ORIGINAL, DAY),
    ("https://web.archive.org/web/20160203120000/a.test/x?y=1", ORIGINAL, DAY),
    ("https://web.archive.org/web/20160203120000/http%3A%2F%2Fa.test%2Fx%3Fy=1", ORIGINAL, DAY),
    (f"https://web.archive.org/web/{ORIGINAL}", ORIGINAL, None),
    (f"https://archive.ph/2016.02.03-120000/{ORIGINAL}", ORIGINAL, DAY),
    (f"https://archive.today/20160203120000/{ORIGINAL}", ORIGINAL, DAY),
    (f"http://archive.is/newest/{ORIGINAL}", ORIGINAL, None),
    ("https://archive.md/AbC12", None, None),
    ("https://perma.cc/AB12-CD34", None, None),
    ("http://www.webcitation.org/query?url=http%3A%2F%2Fa.test%2Fx%3Fy%3D1&date=2016-02-03T12:00:00", ORIGINAL, DAY),
    ("http://www.webcitation.org/6fA1b2C3d", None, None),
    (f"https://arquivo.pt/noFrame/replay/20160203120000id_/{ORIGINAL}", ORIGINAL, DAY),
    (f"https://wayback.some-library.test/123/20160203120000/{ORIGINAL}", ORIGINAL, DAY),
    ("https://webcache.googleusercontent.com/search?q=cache:AbCdEfGhIjkJ:a.test/x?y%3D1+words&hl=en", ORIGINAL, None),
    (f"https://web.archive.org/web/20170101000000/https://archive.ph/2016.02.03-120000/{ORIGINAL}", ORIGINAL, DAY),
]


@pytest.mark.parametrize(("url", "original", "at"), POINTERS)
def test_links_into_archives_are_unwrapped(url: str, original: str | None, at: datetime | None) -> None:
    """Where the address holds the original it is given, with its time; a short id is left to its archive."""
    found = unwrap(url)
    assert found is not None
    assert (found.original, found.at) == (original, at)


@pytest.mark.parametrize("url", [
    "http://news.test/2016/02/03/story", "http://news.test/20160203120000/story", "https://archive.org/details/x",
    "http://a.test/?u=https://web.archive.org/web/2016/http://b.test/", "http://[x/web/20160203120000/http://a.test/",
])  # fmt: skip
def test_other_links_are_left_alone(url: str) -> None:
    """Dates in paths of newspapers are no archives."""
    assert unwrap(url) is None


def test_a_script_is_no_original() -> None:
    """What is no http(s) address is not unwrapped to one."""
    found = unwrap_once("https://web.archive.org/web/20160203120000/javascript:alert(1)")
    assert found is not None
    assert found.original is None


def test_the_raw_form_of_a_memento() -> None:
    """id_ takes the place of any other modifier; an address without a time stays as it is."""
    assert raw_of(f"http://ar.test/c/20160203120000mp_/{URL}") == f"http://ar.test/c/20160203120000id_/{URL}"
    assert raw_of("https://archive.ph/AbC12") == "https://archive.ph/AbC12"


# --- which, and when ---


def candidate(text: str, status: int | None = 200, digest: str | None = None) -> Candidate:
    """A capture of that time."""
    at = moment(text)
    assert at is not None
    return Candidate(archive="x", url=URL, at=at, memento_url=text, raw_url=text, status=status, digest=digest)


def test_the_nearest_good_captures_go_first() -> None:
    """By distance, before and after; no errors; the same content once; a redirect after what is of the same time."""
    found = [
        candidate("20160301", digest="a"), candidate("20160202", 301), candidate("20160203130000", 404),
        candidate("20160204", None, "b"), candidate("20160205", 200, "b"), candidate("20160202", 200, "c"),
        candidate("2010", 200, "known"),
    ]  # fmt: skip
    order = [(each.memento_url, each.status) for each in in_order(found, DAY, digests=["known"])]
    assert order == [("20160204", None), ("20160202", 200), ("20160202", 301), ("20160301", 200)]
    assert len(in_order([candidate(f"2016{month:02}01") for month in range(1, 13)], DAY)) == 6


def test_times_of_archives() -> None:
    """Short ones begin their year, month or day; a day no calendar has is the last of its month."""
    assert moment("2016") == datetime(2016, 1, 1, tzinfo=UTC)
    assert moment("20160631120000") == datetime(2016, 6, 30, 12, tzinfo=UTC)
    assert [moment(text) for text in ("", "99", "20161301", "2016-02-03", "２０１６")] == [None] * 5
    assert stamp(DAY) == "20160203120000"
    assert memento_datetime("Wed, 03 Feb 2016 12:00:00 GMT") == DAY
