"""What a capture needs to be shown: which kind it is, what comes of hostile ones, and that nothing is ever raised."""

from __future__ import annotations

import gzip
import operator
from functools import partial
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract import Payload
from archive.model import Role
from archive.needs import PAYLOAD_LIMIT, read, read_payload
from archive.references import LeftReason
from archive.requisites import MOST_NEEDS, Kind, Reading
from archive.urls import canonical
from archive.workers import Failure, Workers

URL = "http://site.test/news/1"
PAGE = b"<html><link rel=stylesheet href=a.css><img src=b.png><script src=/c.js></script><img src=b.png></html>"


def test_a_page_names_what_it_needs_in_its_own_order() -> None:
    """Each address once, in page order, relative to the page, the favicon last."""
    reading = read(PAGE, url=URL, content_type="text/html")
    assert reading.kind is Kind.HTML
    assert [(need.url, need.role, need.how) for need in reading.needs] == [
        ("http://site.test/news/a.css", Role.STYLE, "link/@href"),
        ("http://site.test/news/b.png", Role.IMAGE, "img/@src"),
        ("http://site.test/c.js", Role.SCRIPT, "script/@src"),
        ("http://site.test/favicon.ico", Role.ICON, "favicon"),
    ]


@pytest.mark.parametrize(
    ("payload", "content_type", "role", "kind"),
    [
        (PAGE, None, None, Kind.HTML),
        (PAGE, "image/jpeg", Role.IMAGE, Kind.HTML),
        (PAGE, "text/plain", None, Kind.HTML),
        (b"\xef\xbb\xbf \n<!-- x -->\n<!doctype HTML>", None, None, Kind.HTML),
        (b"words without a tag", "text/html", None, Kind.HTML),
        (b"words without a tag", "text/html", Role.STYLE, Kind.CSS),
        (b"words without a tag", None, None, Kind.OTHER),
        (b"", "text/html", None, Kind.HTML),
        (b"", None, None, Kind.OTHER),
        (b"a{background:url(x)}", "text/css; charset=utf-8", None, Kind.CSS),
        (b"a{background:url(x)}", None, Role.STYLE, Kind.CSS),
        (b"<!-- a{background:url(x)}", "text/css", None, Kind.CSS),
        (b"<?xml version='1.0'?><!-- x --><svg></svg>", "text/xml", None, Kind.SVG),
        (b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg/>", None, None, Kind.SVG),
        (b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>", "image/svg+xml", None, Kind.SVG),
        (b"\x89PNG\r\n\x1a\n", "text/html", None, Kind.IMAGE),
        (b"GIF89a", None, None, Kind.IMAGE),
        (b"whatever", "image/png", None, Kind.IMAGE),
        (b"%PDF-1.4", "application/pdf", None, Kind.OTHER),
        (b"{}", "application/json", None, Kind.OTHER),
    ],
)
def test_the_first_bytes_say_what_a_payload_is_before_its_label(
    payload: bytes, content_type: str | None, role: Role | None, kind: Kind
) -> None:
    """Servers mislabel; what was asked for decides last."""
    assert read(payload, url=URL, content_type=content_type, role=role).kind is kind


@pytest.mark.parametrize("role", [Role.IMAGE, Role.STYLE, Role.SCRIPT, Role.FONT, Role.ICON])
def test_an_error_page_in_place_of_a_requisite_asks_for_nothing(role: Role) -> None:
    """Else every missing image would drag in the styles of "not found"."""
    assert read(PAGE, url=URL, content_type="text/html", role=role).needs == ()


def test_a_payload_is_read_without_its_content_coding() -> None:
    """As the record has it: gzip; and a truncated one is known for it."""
    coded = gzip.compress(PAGE)

    def read_coded(data: bytes) -> Reading:
        payload = Payload(body=BytesIO(data), content_type="text/html", content_encoding="gzip")
        return read_payload(payload, url=URL)

    whole, torn = read_coded(coded), read_coded(coded[:-8])
    assert whole == read(PAGE, url=URL, content_type="text/html")
    assert (whole.cut, torn.cut) == (False, True)


@pytest.mark.parametrize("url", ["urn:uuid:1", "dns:site.test", "", "file:///x.html"])
def test_a_document_without_an_address_of_the_web_still_names_absolute_ones(url: str) -> None:
    """Records of other tools' WARCs have such targets."""
    reading = read(b"<html><img src=x.png><img src=//c.test/x><img src=http://c.test/y>", url=url, content_type=None)
    assert [need.url for need in reading.needs] == ["http://c.test/y"]
    assert {left.why for left in reading.left} == {LeftReason.NO_BASE}


# --- what strangers send ---

NESTED = b"<html><body>" + b"<div>" * 200_000 + b"<img src=x>" + b"</div>" * 200_000
ATTRIBUTES = b"<html><body><p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b"><img src=x>"
LINKS = b"<html><body>" + b"".join(b"<a href=/%d><img src=%d>" % (n % 9, n) for n in range(500_000))
STYLED = b"<html><body>" + b"<p style='background:url(%d)'>" * 100_000
ENTITIES = b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
LAUGHS = b"<?xml version='1.0'?><!DOCTYPE %s [<!ENTITY l0 'lol'>" + ENTITIES + b"]><%s a='&l11;'>&l11;</%s>"
OUTSIDE = (
    b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><svg><style>@import '&x;';</style><a href='&x;'/></svg>"
)
SRCDOCS = b"<html>" + b"<iframe srcdoc='<iframe srcdoc=x><img src=y>'></iframe>" * 20_000
SRCSET = b"<html><img srcset='" + b"a(," * 500_000 + b"'><img srcset='" + b"," * 500_000 + b"'>"
JSON = b"<html><p data-x='[" + b'"/.jpg' * 100_000 + b"'><p data-bg='" + b".jpg!" * 100_000 + b"'>"
DOTS = b"<html><img src='/" + b"../" * 6_000 + b"x'><p data-bg='" + b"./" * 200_000 + b"'>"
HOSTILE = [
    (NESTED, "text/html"),
    (ATTRIBUTES, "text/html"),
    (LINKS, "text/html"),
    (STYLED, "text/html"),
    (LAUGHS.replace(b"%s", b"html"), "application/xhtml+xml"),
    (LAUGHS.replace(b"%s", b"svg"), "image/svg+xml"),
    (OUTSIDE, "image/svg+xml"),
    (b"<svg>" + b"<g>" * 200_000, "image/svg+xml"),
    (b"<svg " + b" ".join(b"a%d='1'" % n for n in range(100_000)) + b"/>", "image/svg+xml"),
    (SRCDOCS, "text/html"),
    (SRCSET, "text/html"),
    (JSON, "text/html"),
    (DOTS, "text/html"),
    (b"a{" * 500_000, "text/css"),
    (b"<!--" * 500_000, None),
]


@pytest.fixture(scope="module")
def hostile() -> list[tuple[bytes, Reading | Failure]]:
    """Every hostile payload read by a worker under a limit of 5 s, and a good page after them."""
    tasks = [(partial(read, data, url=URL, content_type=label), data) for data, label in [*HOSTILE, (PAGE, None)]]
    with Workers(processes=2, seconds=5.0) as workers:
        by_data = {id(work): data for work, data in tasks}
        results = workers.map_unordered(operator.call, [work for work, _ in tasks])
        return [(by_data[id(work)], result) for work, result in results]


def test_every_hostile_payload_comes_back_or_is_killed(hostile: list[tuple[bytes, Reading | Failure]]) -> None:
    """Bombs of nesting, of attributes, of links, of entities: a value each, and the pool goes on."""
    assert len(hostile) == len(HOSTILE) + 1
    [good] = [result for data, result in hostile if data is PAGE]
    assert isinstance(good, Reading)
    assert len(good.needs) == 4
    assert all(isinstance(result, Reading | Failure) for _, result in hostile)


def test_a_nested_page_says_that_it_was_not_read_to_its_end(hostile: list[tuple[bytes, Reading | Failure]]) -> None:
    """The parser stops at its depth, and the image behind it is not said to be all there was."""
    [nested] = [result for data, result in hostile if data is NESTED]
    assert isinstance(nested, Reading)
    assert nested.cut


def test_a_flood_of_links_is_bounded(hostile: list[tuple[bytes, Reading | Failure]]) -> None:
    """Half a million images: the first of them, and a number."""
    [flood] = [result for data, result in hostile if data is LINKS]
    assert isinstance(flood, Failure) or (len(flood.needs) == MOST_NEEDS and flood.left[-1].count > 200_000)


def test_entities_are_neither_expanded_nor_fetched(hostile: list[tuple[bytes, Reading | Failure]]) -> None:
    """A billion laughs stay one entity, and no file of ours gets into what is read."""
    laughs = [result for data, result in hostile if b"l11" in data]
    assert len(laughs) == 2
    assert all(isinstance(result, Failure) or len(str(result)) < 5_000 for result in laughs)
    [outside] = [result for data, result in hostile if data is OUTSIDE]
    assert isinstance(outside, Reading)
    assert {need.url for need in outside.needs} <= {"http://site.test/news/&x;"}


PIECES = [
    "<img src=", "<svg>", "<base href=", "url(", "@import '", "<link rel=stylesheet href=", "<iframe srcdoc=",
    "data-bg=", " srcset=", "http://", "//", "\\", "'", '"', ">", "{", "}", ")", "&#x", ";", "<style>", "</",
    "<!DOCTYPE html>", "<?xml-stylesheet href='", "\0", "é", "桥", "[", "]", " ", ",",
]  # fmt: skip
MARKUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=40).map(
    lambda parts: "".join(parts).encode("utf-8", "replace")
)
TYPES = st.sampled_from(["text/html", "text/css", "image/svg+xml", "application/xhtml+xml", "image/png"])


@given(
    st.binary(max_size=200) | MARKUP,
    st.none() | TYPES | st.text(max_size=20),
    st.none() | st.sampled_from(Role),
    st.sampled_from([URL, "https://[::1]:8/a/", "urn:x", ""]) | st.text(max_size=20),
)
def test_any_bytes_under_any_label_are_read(
    payload: bytes, content_type: str | None, role: Role | None, url: str
) -> None:
    """Nothing is raised, and every need is an address that can be fetched, in its one spelling."""
    reading = read(payload, url=url, content_type=content_type, role=role)
    assert len({need.url for need in reading.needs}) == len(reading.needs)
    for need in reading.needs:
        assert canonical(need.url) == need.url
        assert need.url.startswith(("http://", "https://"))
        assert need.url.isascii()
        assert "#" not in need.url


@pytest.mark.parametrize("size", [PAYLOAD_LIMIT + 1, 5000])
def test_an_image_larger_than_we_read_is_not_called_broken(size: int) -> None:
    """Nobody saw its end; one that is cut because its coding is broken has none."""
    data = b"\x89PNG\r\n\x1a\n".ljust(size, b"\0")
    body = data if size > PAYLOAD_LIMIT else gzip.compress(data)[:-20]
    coding = None if size > PAYLOAD_LIMIT else "gzip"
    payload = Payload(body=BytesIO(body), content_type="image/jpeg", content_encoding=coding)
    picture = read_payload(payload, url=URL, role=Role.IMAGE).picture
    assert picture is not None
    assert picture.problem is not None
    assert picture.too_large == (size > PAYLOAD_LIMIT)
