"""Each form of href met on the pages, and the URL or the reason it must give."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import HrefReason
from spiders.hrefs import decode_references, resolve_href

SOURCE = "http://www.site.test/world/story.html"

URLS = [
    ("http://a.test/x", "http://a.test/x"),
    ("  https://a.test/x \n", "https://a.test/x"),
    ("http://a.test", "http://a.test"),
    ("http://a.test/x#", "http://a.test/x#"),
    ("http://a.test/x#executive", "http://a.test/x#executive"),
    ("http://a.test:8080/x?__source=rss|access-originals&u=1", None),
    ("http://a.test/story.aspx?guid={C1A2-45}", None),
    ("http://a.test/0,,-7179732,00.html;jsessionid=1", None),
    ("http://a.test/cut%E6%9", "http://a.test/cut%E6%9"),
    ("http://a.test/gbk%BB%DD", "http://a.test/gbk%BB%DD"),
    ("http://a.test/a(3).jpg", "http://a.test/a(3).jpg"),
    ("https://s.test/uu/if0--/aD0-/http://media.test/x.jpg", None),
    ("https://web.archive.org/web/20140719232729/http://a.test/x?y=1", None),
    ("http://a.test/日本-1.html", "http://a.test/%E6%97%A5%E6%9C%AC-1.html"),
    ("http://a.test/a b\"c<d>e\\f", "http://a.test/a%20b%22c%3Cd%3Ee%5Cf"),
    ("http://bücher.test/x", "http://xn--bcher-kva.test/x"),
    ("http://[::1]/x", None),
    ("http://a.test/?w=1200&amp;h=630&amp;q=55", "http://a.test/?w=1200&h=630&q=55"),
    ("http://a.test/?quality&#x3D;85", "http://a.test/?quality=85"),
    ("http://a.test/?a=1&region=2&copy=3&amp;lt;", "http://a.test/?a=1&region=2&copy=3&lt;"),
    ("http://a.test/x.jpg&NCS_modified=\r\n&imageversion=1by1", "http://a.test/x.jpg&NCS_modified=&imageversion=1by1"),
    ("//img.test/x.jpg", "http://img.test/x.jpg"),
    ("/images/logo.jpg", "http://www.site.test/images/logo.jpg"),
    ("logo.jpg", "http://www.site.test/world/logo.jpg"),
    ("?id=1", "http://www.site.test/world/story.html?id=1"),
    ("/web/20121012223906im_/http://a.test/x.jpg", "https://web.archive.org/web/20121012223906im_/http://a.test/x.jpg"),
    ("https:http://img.test/x.jpg", "http://img.test/x.jpg"),
    ("http://https://a.test/x", "https://a.test/x"),
    ("http:/a.test/x", "http://a.test/x"),
    ("HTTP://A.test/X", "http://A.test/X"),
    ("www.a.test/x", "http://www.a.test/x"),
    ("http://a.test/@user", "http://a.test/@user"),
    ("http://my_host.test/x", "http://my_host.test/x"),
]  # fmt: skip

REASONS = [
    ("", HrefReason.EMPTY),
    (" \r\n ", HrefReason.EMPTY),
    ("${mpNews.image}", HrefReason.TEMPLATE),
    ("https://a.test/{{ image }}", HrefReason.TEMPLATE),
    ("http:--a.test-x-y.html", HrefReason.DASHES),
    ("https:--a.test-x", HrefReason.DASHES),
    ("mailto:a@b.test", HrefReason.UNSUPPORTED_SCHEME),
    ("ftp://a.test/x", HrefReason.UNSUPPORTED_SCHEME),
    ("javascript:alert(1)", HrefReason.UNSUPPORTED_SCHEME),
    ("data:text/html,x", HrefReason.UNSUPPORTED_SCHEME),
    ("http://", HrefReason.MALFORMED),
    ("http:", HrefReason.MALFORMED),
    ("//", HrefReason.MALFORMED),
    ("http:///", HrefReason.MALFORMED),
    ("http://user:pass@a.test/x", HrefReason.MALFORMED),
    ("http://user@a.test/x", HrefReason.MALFORMED),
    ("http://a b.test/x", HrefReason.MALFORMED),
    ("http://a.test:99999/", HrefReason.MALFORMED),
    ("http://a.test:x/", HrefReason.MALFORMED),
    ("http://[::1/x", HrefReason.MALFORMED),
    ("http://a.test/\x00", HrefReason.MALFORMED),
    ("http://a.test/\x1b[31m", HrefReason.MALFORMED),
    ("http://a.test/x&#13;y&#7;", HrefReason.MALFORMED),
    ("http://a.test/garbled\ufffd", HrefReason.MALFORMED),
    ("http://%61.test/", HrefReason.MALFORMED),
    ("http:\\\\a.test\\x", HrefReason.MALFORMED),
]


@pytest.mark.parametrize(("href", "url"), URLS)
def test_urls(href, url):
    """An href that can be fetched gives its URL, as written but for repairs."""
    assert resolve_href(href, SOURCE) == (url or href, None)


@pytest.mark.parametrize(("href", "reason"), REASONS)
def test_reasons(href, reason):
    """An href that cannot be fetched says why."""
    assert resolve_href(href, SOURCE) == (None, reason)


def test_without_a_base():
    """Without a source to hang on, `//host` is https, the Wayback Machine's paths are its own, the rest has no base."""
    assert resolve_href("//img.test/x.jpg", None) == ("https://img.test/x.jpg", None)
    assert resolve_href("//img.test/x.jpg", "https://a.test/") == ("https://img.test/x.jpg", None)
    assert resolve_href("/web/2012im_/http://a.test/x", None) == (
        "https://web.archive.org/web/2012im_/http://a.test/x",
        None,
    )
    assert resolve_href("/images/x.jpg", None) == (None, HrefReason.NO_BASE)
    assert resolve_href("images/x.jpg", None) == (None, HrefReason.NO_BASE)


def test_another_archive_keeps_its_own_paths():
    """`/web/..` under a source of another archive of the same make is that archive's."""
    base = "https://arquivo.test/web/20121012223906/http://a.test/x"
    assert resolve_href("/web/20121012223906im_/http://a.test/x.jpg", base) == (
        "https://arquivo.test/web/20121012223906im_/http://a.test/x.jpg",
        None,
    )


@given(st.text(max_size=60) | st.builds("http://a{}".format, st.text(max_size=40)), st.sampled_from([None, SOURCE]))
def test_any_text(href, base):
    """Any href gives exactly one of URL and reason; the URL is ASCII and has a host."""
    url, reason = resolve_href(href, base)
    assert (url is None) != (reason is None)
    if url is not None:
        parts = urlsplit(url)
        assert url.isascii()
        assert url.isprintable()
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert parts.username is None
        assert " " not in url


@given(st.text(alphabet="&#x0123456789abc;ltgp ", max_size=40))
def test_any_reference(text):
    """Decoding never raises and leaves text without references alone."""
    decoded = decode_references(text)
    assert decoded == text or ";" in text
