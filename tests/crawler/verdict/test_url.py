"""URLs as people spoil them, repaired or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import canonical
from archive.verdicts import VerdictClass, VerdictState
from crawler.verdict.url import repair


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://h.test/", "http://h.test/"),
        (" \t http://h.test/a \n", "http://h.test/a"),
        ("\u3000http://h.test/a\u200b", "http://h.test/a"),
        ("http://h.test/?a=1&amp;b=2", "http://h.test/?a=1&b=2"),
        ("http://h.test/?a=1&amp;amp;b=2", "http://h.test/?a=1&amp;b=2"),
        ("http:/h.test/a", "http://h.test/a"),
        ("HTTPS:/H.test", "https://h.test/"),
        ("http://h.test/a b", "http://h.test/a%20b"),
        ("http://h.test/a%20b", "http://h.test/a%20b"),
        ("http://h.test/é?ü", "http://h.test/%C3%A9?%C3%BC"),
        ("http://bücher.test/", "http://xn--bcher-kva.test/"),
        ("http://新闻.test/要闻", "http://xn--efvy88h.test/%E8%A6%81%E9%97%BB"),
        ("http://h.test:80/a#b", "http://h.test/a"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://h.test/[a]", "http://h.test/[a]"),
    ],
)
def test_repaired(written: str, meant: str) -> None:
    """Blanks around it, one `&amp;`, a slash, what has to be encoded, the host's ASCII form."""
    assert repair(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "", "h.test", "www.h.test/a", "//h.test/a", "/a", "http://", "http:///a", "http://?a", "http://h.test:0/",
        "http://h.test:70000/", "http://h.test:8a/", "http://h test/", "http://h%20.test/", "http://h\t.test/",
        "http://[h].test/", "http://[::1/", "http://a..b/", "http://.test/", "localhost:80/a", "h.test:80",
        "http://{{host}}/a", "#top", "http://" + "a" * 64 + ".test/", "http://999.1.1.1/",
    ],
)  # fmt: skip
def test_malformed(written: str) -> None:
    """No scheme, no host, a bad port, blanks or brackets in the host."""
    assert repair(written) is VerdictState.MALFORMED_URL


@pytest.mark.parametrize(
    "written", ["ftp://h.test/", "file:///etc/passwd", "mailto:a@h.test", "data:,x", "tel:123", "s3://b/k"]
)
def test_unsupported(written: str) -> None:
    """Not http(s)."""
    assert repair(written) is VerdictState.UNSUPPORTED_SCHEME


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=40).map("http://".__add__),
        st.text(max_size=40).map("http://h.test/".__add__),
    )
)
def test_whatever_is_written(written: str) -> None:
    """A canonical URL or a state that says it is none; repairing it again changes nothing but another `&amp;`."""
    found = repair(written)
    if isinstance(found, VerdictState):
        assert found.verdict_class is VerdictClass.INVALID
    else:
        assert canonical(found) == found
        assert "&amp;" in found or repair(found) == found
