"""Site paths: kinds, days, keys, and which page a link means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import PageKind
from spiders.addresses import day_of, is_beside_the_news, language_prefix, page_kind_of, resolve_site_path, site_key

KINDS = [
    ("news/2016/02/3/slug.md", PageKind.EVENT),
    ("/zh/news/2019/04/13/世上-Roc.html", PageKind.EVENT),
    ("news/2016/02/3/slug", PageKind.EVENT),
    ("deep/down/zh/news/2016/02/3/slug.md", PageKind.EVENT),
    ("news/2016/02/3/index.md", PageKind.INDEX),
    ("news/2016/02/03/README.md", PageKind.INDEX),
    ("news/2016/02/3/", PageKind.INDEX),
    ("news/2016/02/3", PageKind.INDEX),
    ("index.html", PageKind.HOME),
    ("README.md", PageKind.HOME),
    ("", PageKind.HOME),
    ("/", PageKind.HOME),
    ("zh/", PageKind.HOME),
    ("zh/index.md", PageKind.HOME),
    ("zh-tw/index.md", PageKind.HOME),
    ("faq/index.md", PageKind.OTHER),
    ("api/README.md", PageKind.OTHER),
    ("opinion/2017/04/4/title/index.md", PageKind.OTHER),
    ("zh/opinion/2017/04/4/title/index.md", PageKind.OTHER),
    ("api/news/2016/02/3/slug.md", PageKind.OTHER),
    ("news/2016/02/index.md", PageKind.OTHER),
    ("news/2016/02/31/slug.md", PageKind.OTHER),
    ("news/2016/02/3/more/slug.md", PageKind.OTHER),
    ("news/2016/02/3/style.css", PageKind.OTHER),
    ("news/index.md", PageKind.OTHER),
    ("about.md", PageKind.OTHER),
]


@pytest.mark.parametrize(("path", "kind"), KINDS)
def test_kinds(path, kind):
    """A path tells what may stand there."""
    assert page_kind_of(path) is kind


def test_days():
    """The day is the path's, padded or not; no calendar's day is None."""
    assert day_of("news/2016/02/3/x.md") == day_of("/zh/news/2016/02/03/index.md") == date(2016, 2, 3)
    assert day_of("news/1999/12/31/index.md") == date(1999, 12, 31)
    assert day_of("news/2016/02/30/x.md") is None
    assert day_of("news/٢٠١٦/02/3/x.md") is None
    assert day_of("opinion/2017/04/4/x/index.md") is None


def test_language_prefix():
    """Only what looks like a language is one."""
    assert language_prefix("zh/news/2019/04/13/x.md") == language_prefix("/zh/index.md") == "zh"
    assert language_prefix("news/2019/04/13/x.md") is None
    assert language_prefix("faq/index.md") is None
    assert language_prefix("index.md") is None


def test_beside_the_news():
    """The manual, the FAQ and opinions are known by their first segment, behind a language too."""
    assert is_beside_the_news("api/README.md")
    assert is_beside_the_news("zh/faq/")
    assert not is_beside_the_news("zh/news/2016/02/3/api.md")


SAME_PAGE = [
    "/zh/news/2019/04/3/世上-Roc.md",
    "zh/news/2019/04/3/世上-Roc.html",
    "zh/news/2019/4/03/世上-Roc.json",
    "zh/news/2019/04/3/%E4%B8%96%E4%B8%8A-Roc.xml",
    "zh//news/./2019/04/3/x/../世上-Roc",
]


def test_keys():
    """All spellings of a page's path have one key; other pages have others."""
    assert {site_key(path) for path in SAME_PAGE} == {"zh/news/2019/04/3/世上-Roc"}
    days = ["news/2016/02/3", "news/2016/02/3/", "news/2016/02/03/README.md", "/news/2016/02/3/index.html"]
    assert {site_key(path) for path in days} == {"news/2016/02/3/index"}
    assert {site_key(path) for path in ["", "/", "index.md", "README.md"]} == {"index"}
    assert site_key("news/2016/02/3/café.md") == site_key("news/2016/02/3/cafe\u0301.md")
    assert site_key("news/2016/02/3/a.md") != site_key("zh/news/2016/02/3/a.md")
    assert site_key("news/2016/02/3/a%2Fb.md") != site_key("news/2016/02/3/a/b.md")


LINKS = [
    # (href, page, its language, site path)
    ("/zh/news/2019/04/13/x.md", "zh/news/2019/04/14/y.md", "zh", "zh/news/2019/04/13/x.md"),
    ("/news/2019/04/13/index.md", "zh/news/2019/04/13/y.md", "zh", "zh/news/2019/04/13/index.md"),
    ("news/2019/04/13/index.md", "zh/news/2019/04/13/y.md", "zh", "zh/news/2019/04/13/index.md"),
    ("/zh/news/2019/04/13/x.md", "news/2019/04/14/y.md", "zh", "news/2019/04/13/x.md"),
    ("/news/2019/04/13/x.md", "news/2019/04/14/y.md", "zh", "news/2019/04/13/x.md"),
    ("/news/2019/04/13/x.md", "mirror/zh/news/2019/04/14/y.md", "zh", "mirror/zh/news/2019/04/13/x.md"),
    ("/news/2019/12/22/index.md", "zh/index.md", "zh", "zh/news/2019/12/22/index.md"),
    ("/zh/news/2019/12/22/x.md", "index.md", "zh", "news/2019/12/22/x.md"),
    ("/news/2016/02/3/x.md", "news/2016/02/3/y.md", "en", "news/2016/02/3/x.md"),
    ("/zh/news/2016/02/3/x.md", "news/2016/02/3/y.md", "en", "zh/news/2016/02/3/x.md"),
    ("2016/02/3/index.html", "news/2016/02/3/README.md", "en", "news/2016/02/3/index.html"),
    ("2016/02/3/index.html", "zh/news/2016/02/3/README.md", "zh", "zh/news/2016/02/3/index.html"),
    ("other.html", "news/2016/02/3/y.html", "en", "news/2016/02/3/other.html"),
    ("./other.html", "news/2016/02/3/y.html", "en", "news/2016/02/3/other.html"),
    ("../2/index.html", "news/2016/02/3/y.html", "en", "news/2016/02/2/index.html"),
    ("#top", "news/2016/02/3/y.html", "en", "news/2016/02/3/y.html"),
    ("/news/2016/02/3/x.md?a=1#b", "news/2016/02/3/y.md", "en", "news/2016/02/3/x.md"),
    ("/zh/news/2019/04/13/%E4%B8%96.md", "zh/news/2019/04/14/y.md", "zh", "zh/news/2019/04/13/世.md"),
    ("/opinion/2017/04/4/x/index.md", "index.md", "en", "opinion/2017/04/4/x/index.md"),
    ("../../../../../../etc/passwd", "news/2016/02/3/y.md", "en", "etc/passwd"),
    ("/news/%2e%2e/%2e%2e/etc/passwd", "news/2016/02/3/y.md", "en", "etc/passwd"),
    ("http://other.test/news/2016/02/3/x.md", "news/2016/02/3/y.md", "en", None),
    ("//other.test/news/2016/02/3/x.md", "news/2016/02/3/y.md", "en", None),
    ("mailto:a@b.test", "news/2016/02/3/y.md", "en", None),
    ("/news/2016/02/3/x%00.md", "news/2016/02/3/y.md", "en", None),
    ("..\\..\\x", "news/2016/02/3/y.md", "en", None),
]


@pytest.mark.parametrize(("href", "page", "language", "path"), LINKS)
def test_links(href, page, language, path):
    """A link means one page, in the repository's layout and in the live site's."""
    assert resolve_site_path(href, page, language) == path


@given(st.text(alphabet="./%2eE0fnews164\\:?#世 zh-", max_size=60))
def test_any_link_stays_inside(href):
    """No link leads above the root, to a device of the system, or to a name with control characters."""
    path = resolve_site_path(href, "zh/news/2016/02/3/x.md", "zh")
    if path is not None:
        assert not path.startswith("/")
        assert not {"..", "."} & set(path.split("/"))
        assert "\\" not in path
        assert site_key(site_key(path)) == site_key(path)
        page_kind_of(path)


@given(st.text(max_size=60))
def test_any_path(path):
    """Any text is a path of some kind."""
    assert isinstance(site_key(path), str)
    assert page_kind_of(path) in PageKind
    assert day_of(path) is None or page_kind_of(path) is not PageKind.HOME
