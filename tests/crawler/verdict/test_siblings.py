"""Which addresses random neighbours of a link have, and which links share them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.urls import canonical, host_key
from crawler.verdict.siblings import probe_key, sibling_urls

URL = "https://paper.test/news/2016/02/03/old-bridge-to-be-repaired.html"


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        (URL, r"/news/2016/02/03/[a-z]{3}-[a-z]{6}-[a-z]{2}-[a-z]{2}-[a-z]{8}\.html"),
        ("http://a.test/", r"/[a-z]{12,}"),
        ("http://a.test", r"/[a-z]{12,}"),
        ("http://a.test/news/", r"/[a-z]{12,}/"),
        ("http://a.test/news", r"/[a-z]{12,}"),
        ("http://a.test/a/b/Title-Here/", r"/a/b/[A-Z][a-z]{4}-[A-Z][a-z]{3}[a-z]+/"),
        ("http://a.test/n/1234.shtml", r"/n/\d{10}\.shtml"),
        ("http://a.test/n/7", r"/n/\d{10}"),
        ("http://a.test/n/12345678901", r"/n/9\d{12}"),
        ("http://a.test/t20160203_12345.htm", r"/t20160203_\d{10}\.htm"),
        ("http://a.test/content_77.htm", r"/content_\d{10}\.htm"),
        ("http://a.test/old-bridge-4711", r"/[a-z]{3}-[a-z]{6}-\d{10}[a-z]*"),
        ("http://a.test/4711-the-old-stone-bridge", r"/\d{10}-[a-z]{3}-[a-z]{3}-[a-z]{5}-[a-z]{6}"),
        ("http://a.test/2016-02-03-the-old-stone-bridge", r"/2016-\d\d-\d\d-[a-z]{3}-[a-z]{3}-[a-z]{5}-[a-z]{6}"),
        (
            "http://a.test/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            r"/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\w{12}",
        ),
        ("http://a.test/%E6%96%B0%E9%97%BB/%E6%A1%A5.html", r"/%E6%96%B0%E9%97%BB/[a-z]{24}\.html"),
        ("http://a.test/?id=123", r"/\?id=\d{10}"),
        ("http://a.test/view.php?cat=news&id=7&x=%B1%B1", r"/view\.php\?cat=news&id=\d{10}&x=%B1%B1"),
        ("http://a.test/show.aspx?title=old-bridge", r"/show\.aspx\?title=[a-z]{3}-[a-z]{6}[a-z]+"),
        ("http://a.test/?abc", r"/\?[a-z]{12,}"),
        ("http://a.test/story.html?from=rss#top", r"/[a-z]{12,}\.html"),
        ("http://a.test/index.php/news/old-bridge", r"/index\.php/news/[a-z]{3}-[a-z]{6}[a-z]+"),
        # what stands before the name may be what the page is found by
        ("http://a.test/questions/4711/any-words", r"/questions/\d{10}/[a-z]{3}-[a-z]{5}[a-z]+"),
        ("http://a.test/questions/4711/any-words/amp", r"/questions/\d{10}/[a-z]{3}-[a-z]{5}[a-z]+/amp"),
        ("http://a.test/article/123/comments", r"/article/\d{10}/comments"),
        ("http://a.test/news/story-12345678/print", r"/news/story-\d{10}/print"),
        ("http://a.test/n/3f2504e04f8911d3/x-ray-of-it", r"/n/[0-9a-f]{16}/[a-z]-[a-z]{3}-[a-z]{2}-[a-z]+"),
        ("http://a.test/2016/02/03/123456-slug.html", r"/2016/02/03/\d{10}-[a-z]{12,}\.html"),
        ("http://a.test/2016/0203/c1001-28104532.html", r"/2016/0203/c1001-\d{10}\.html"),
        ("http://a.test/2016/feb/03/the-old-stone-bridge", r"/2016/feb/03/[a-z]{3}-[a-z]{3}-[a-z]{5}-[a-z]{6}"),
        (
            "http://a.test/2016/02/03/world/old-bridge/index.html",
            r"/2016/02/03/world/[a-z]{3}-[a-z]{6}[a-z]+/index\.html",
        ),
        ("http://a.test/the-old-stone-bridge/2", r"/[a-z]{3}-[a-z]{3}-[a-z]{5}-[a-z]{6}/2"),
        ("http://a.test/the-old-stone-bridge/photo-3", r"/[a-z]{3}-[a-z]{3}-[a-z]{5}-[a-z]{6}/photo-3"),
        ("http://a.test/sport/rio2016/men-win-gold", r"/sport/rio2016/[a-z]{3}-[a-z]{3}-[a-z]{4}[a-z]*"),
        ("http://a.test/world/index.html", r"/world/[a-z]{12,}\.html"),
        # a page of a page, its language and where one came from choose nothing
        ("http://a.test/s.asp?page=1&story=7", r"/s\.asp\?page=1&story=\d{10}"),
        ("http://a.test/s.asp?page=1&story=old-bridge", r"/s\.asp\?page=1&story=[a-z]{3}-[a-z]{6}[a-z]+"),
        ("http://a.test/s.php?page=old-bridge&lang=en", r"/s\.php\?page=[a-z]{3}-[a-z]{6}[a-z]+&lang=en"),
        ("http://a.test/s.php?catid=3&id=77", r"/s\.php\?catid=\d{10}&id=\d{10}"),
        ("http://a.test/s.php?page=4711", r"/s\.php\?page=\d{10}"),
        ("http://a.test/watch?v=abcDEF_x-y", r"/watch\?v=[a-zA-Z]{6}_[a-z]-[a-z]+"),
        ("http://a.test/article/old-bridge?ref=4711", r"/article/[a-z]{3}-[a-z]{6}[a-z]+"),
    ],
)
def test_the_shape_of_siblings(url: str, shape: str) -> None:
    """Same folder, extension and make-up; what chooses the page is nobody's."""
    for sibling in sibling_urls(url, b"seed"):
        parts = urlsplit(sibling)
        assert re.fullmatch(shape, parts.path + (f"?{parts.query}" if parts.query else "")), sibling


def test_numbers_no_site_has_come_to() -> None:
    """A made-up number is beyond those in use and still one that servers can count to."""
    for url in ("http://a.test/?id=123", "http://a.test/news?x", "http://a.test/a.php?id=99999"):
        for sibling in sibling_urls(url, b"x"):
            for value in parse_qs(urlsplit(sibling).query).get("id", []):
                assert 1_900_000_000 <= int(value) < 1 << 31


@pytest.mark.parametrize("url", ["", "/news/1", "mailto:a@b.test", "file:///etc/passwd", "http://"])
def test_no_siblings(url: str) -> None:
    """What is no address of the web has no neighbours."""
    with pytest.raises(ValueError, match=r".+"):
        sibling_urls(url, b"")


PATHS = st.text(alphabet="abcXYZ0123456789-_./%桥 ~", max_size=40)
QUERIES = st.text(alphabet="abc0123=&%;桥", max_size=20)


@given(PATHS, QUERIES, st.binary(max_size=8))
@settings(max_examples=150)
def test_siblings_of_any_address(path: str, query: str, randomness: bytes) -> None:
    """Two addresses, canonical, of the same host, the same each time, neither the link nor each other."""
    url = f"http://a.test/{path}" + (f"?{query}" if query else "")
    siblings = sibling_urls(url, randomness)
    assert siblings == sibling_urls(url, randomness)
    assert len({canonical(url), *siblings}) == 3
    for sibling in siblings:
        assert canonical(sibling) == sibling
        assert host_key(sibling) == "a.test"
    assert probe_key(url).startswith("http://a.test/")


def test_other_randomness_gives_others() -> None:
    """Who does not know the randomness does not know what will be asked."""
    assert not set(sibling_urls(URL, b"1")) & set(sibling_urls(URL, b"2"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (URL, "https://paper.test/news/2017/11/30/other.html", True),
        (URL, "https://paper.test/news/2016/02/03/other", False),
        (URL, "https://paper.test/sport/2016/02/03/other.html", False),
        (URL, URL.replace("https:", "http:"), False),
        (URL, URL.replace("paper.test", "other.test"), False),
        ("http://a.test/v.php?id=1&s=2", "http://a.test/v.php?s=9&id=5", True),
        ("http://a.test/v.php?id=1", "http://a.test/w.php?id=1", False),
        ("http://a.test/", "http://a.test/news", True),
        ("http://a.test/a/", "http://a.test/a", False),
        ("http://a.test/A.HTML", "http://a.test/b.html", True),
        ("http://a.test/q/1/one", "http://a.test/q/2/two", True),
        ("http://a.test/q/1/one", "http://a.test/q/1/one/amp", False),
        ("http://a.test/2016/one", "http://a.test/4711/one", False),
        ("http://a.test/n/4711", "http://a.test/n/one", False),
        ("http://a.test/v.php?id=1&do=show", "http://a.test/v.php?id=2&do=list", False),
        ("http://a.test/v.php?id=1&page=2", "http://a.test/v.php?id=2&page=1&utm_source=x", True),
    ],
)
def test_what_shares_probes(one: str, other: str, *, same: bool) -> None:
    """Links of a host, folder and make share their probes, whatever the day; others do not."""
    assert (probe_key(one) == probe_key(other)) is same
