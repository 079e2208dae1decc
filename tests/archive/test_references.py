"""References resolved as browsers do (WHATWG URL Standard), not as urljoin does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.references import LeftReason, is_web, resolve
from archive.urls import canonical

BASE = "http://site.test/a/b/page.html?q=1"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("x.png", "http://site.test/a/b/x.png"),
        ("../x.png", "http://site.test/a/x.png"),
        ("../../../../x.png", "http://site.test/x.png"),
        ("./x/./y/../z.png", "http://site.test/a/b/x/z.png"),
        ("%2e%2E/x.png", "http://site.test/a/x.png"),
        ("..", "http://site.test/a/"),
        ("/x.png", "http://site.test/x.png"),
        ("/..", "http://site.test/"),
        ("//cdn.test/x.png", "http://cdn.test/x.png"),
        ("///cdn.test/x.png", "http://cdn.test/x.png"),
        ("\\\\cdn.test\\x.png", "http://cdn.test/x.png"),
        ("x\\y.png?back\\slash", "http://site.test/a/b/x/y.png?back\\slash"),
        ("HTTPS://CDN.test/X.png", "https://cdn.test/X.png"),
        ("https:/cdn.test/x.png", "https://cdn.test/x.png"),
        ("https:cdn.test/x.png", "https://cdn.test/x.png"),
        ("http:x.png", "http://site.test/a/b/x.png"),
        ("http:\\\\cdn.test\\x.png", "http://cdn.test/x.png"),
        (" \n x.png\t ", "http://site.test/a/b/x.png"),
        ("/long/\n\tname.png", "http://site.test/long/name.png"),
        ("two words.png", "http://site.test/a/b/two%20words.png"),
        ('"<{x}>`^.png', "http://site.test/a/b/%22%3C%7Bx%7D%3E%60%5E.png"),
        ("x?a='\"<b>{|}", "http://site.test/a/b/x?a=%27%22%3Cb%3E{|}"),
        ("桥.png", "http://site.test/a/b/%E6%A1%A5.png"),
        ("x.png#part", "http://site.test/a/b/x.png"),
        ("?other", "http://site.test/a/b/page.html?other"),
        ("http://user:secret@cdn.test:80/x.png", "http://cdn.test/x.png"),
        ("http://site.test/a/../b/x.png", "http://site.test/b/x.png"),
        ("a:b.png".replace(":", "%3A"), "http://site.test/a/b/a%3Ab.png"),
    ],
)
def test_a_reference_means_what_browsers_take_it_for(reference: str, url: str) -> None:
    """Slashes, dots, blanks, letter case, schemes without slashes: the URL that a browser asks for."""
    assert resolve(reference, BASE) == url


@pytest.mark.parametrize(
    "reference",
    ["", "  ", "#top", "data:image/gif;base64,R0", "DATA:x", "data:," + "x" * 100_000, "data:{{x}}", "about:blank",
     "java\nscript:void(0)", "blob:http://site.test/1", "mailto:a@b.test", "tel:1"],
)  # fmt: skip
def test_some_references_ask_for_nothing(reference: str) -> None:
    """Neither needed nor missing."""
    assert resolve(reference, BASE) is None


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("ftp://site.test/x.png", LeftReason.UNSUPPORTED_SCHEME),
        ("file:///etc/passwd", LeftReason.UNSUPPORTED_SCHEME),
        ("s3://bucket/x.png", LeftReason.UNSUPPORTED_SCHEME),
        ("C:\\My Documents\\x.png", LeftReason.UNSUPPORTED_SCHEME),
        ("http://", LeftReason.MALFORMED),
        ("http://[::1/x.png", LeftReason.MALFORMED),
        ("http://site.test:99999/x.png", LeftReason.MALFORMED),
        ("http://two words/x.png", LeftReason.MALFORMED),
        ("x" * 30_000, LeftReason.MALFORMED),
        ("{{ image.url }}", LeftReason.TEMPLATE),
        ("/img/${name}.png", LeftReason.TEMPLATE),
    ],
)
def test_what_cannot_be_fetched_has_a_reason(reference: str, why: LeftReason) -> None:
    """A reference that means something, but nothing we could ask for."""
    assert resolve(reference, BASE) is why


def test_without_a_base_only_absolute_references_mean_something() -> None:
    """A document whose own address is none, as a urn: in somebody's WARC."""
    assert resolve("x.png", None) is LeftReason.NO_BASE
    assert resolve("//cdn.test/x.png", None) is LeftReason.NO_BASE
    assert resolve("http://cdn.test/x.png", None) == "http://cdn.test/x.png"


@given(st.text(alphabet=st.characters() | st.sampled_from("/\\.:?#%&@[]{}$ht p\n\t"), max_size=60))
def test_any_text_gives_a_canonical_url_or_a_reason(reference: str) -> None:
    """Nothing is raised, and what comes out is what the archive would call it."""
    match resolve(reference, BASE):
        case LeftReason() | None:
            pass
        case url:
            assert is_web(url)
            assert canonical(url) == url
            assert "/../" not in url.partition("?")[0]
