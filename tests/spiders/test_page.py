"""Any bytes at any path give a page, in linear time; its JSON has the same keys whatever it is."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.model import CitationKind, Event, IndexPage
from spiders.page import MAX_BYTES, OtherPage, page_json, read_page
from tests.spiders.rendering import as_html

EVENT = f"""
Formats: [HTML](/news/2016/02/3/t.html)  [JSON](/news/2016/02/3/t.json)  {""}

### [2016-02-3](/news/2016/02/3/index.md)

##### Topic
#  Title [http:--a.test-x (BBC)] &amp; more {""}

Summary &#x27;s

### Sources:

1. [A](http://a.test/x(1).html) [IMG](//i.test/x.jpg)
1. [Cover Image](http://i.test/?a=1&amp;b=\r
&c=2)

### Changes:

1. [T](/news/2016/02/3/t0.md) _2018-01-01 12:30:05 (First version)_

### Related:

1. [R [x] (y)](/zh/news/2016/02/2/r.md) _消息: A, B_
"""
INDEX = """## [2016-02-3](/news/2016/02/3/index.md)

##### Topic
### [ a ](/news/2016/02/3/a.md)
_Context: A, B_

### [b](/news/2016/02/3/b.md)
Summary

## [Previous Day...](/news/2016/02/2/index.md)
"""
PATHS = ["news/2016/02/3/t.md", "zh/news/2016/02/3/t.html", "news/2016/02/3/index.md", "index.md", "faq/", "", "x.json"]
PIECES = [
    "[", "]", "(", ")", "](", "# ", "\n", "\r\n", "1. ", "_", "http:--", "http://", "&#x0;", "&#99999999999;", "<", ">",
    "<div>", "</li>", "<a href=", '"', "\x00", "\ufeff", "\u3000", "${", "//", "@", "%", "世", "---", "2016-02-31",
]  # fmt: skip
COMMON = {
    "path", "kind", "date", "date_link", "language", "topic", "title", "title_text", "summary", "summary_text",
    "citations", "related", "changes", "formats", "sha256",
}  # fmt: skip

paths = st.sampled_from(PATHS) | st.text(max_size=30)
mimes = st.sampled_from([None, "text/html", "text/markdown", "application/json", "text/plain", "x"])


def check(data: bytes, path: str, mime: str | None) -> None:
    """Whatever the page is, it is whole."""
    page = read_page(data, path, mime=mime)
    json.dumps(page_json(page)).encode("utf-8")
    if isinstance(page, Event):
        assert [it.position for it in page.citations] == list(range(1, len(page.citations) + 1))
        assert all((it.url is None) != (it.reason is None) for it in page.citations)
        assert all(it.kind in CitationKind for it in page.citations)
        assert page.title == page.title.strip()


@given(st.binary(max_size=300), paths, mimes)
def test_any_bytes(data, path, mime):
    """No bytes raise."""
    check(data, path, mime)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join), paths, mimes)
def test_any_pieces(text, path, mime):
    """No jumble of marks raises."""
    check(text.encode("utf-8", "replace"), path, mime)


@given(
    st.sampled_from([EVENT, INDEX, as_html(EVENT), as_html(INDEX)]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 30), st.sampled_from(PIECES)), min_size=1, max_size=6),
    paths,
)
def test_mutated_pages(text, changes, path):
    """No damage to a page raises: pieces cut out, others put in."""
    for at, length, piece in changes:
        start = at % (len(text) + 1)
        text = text[:start] + piece + text[start + length :]
    check(text.encode("utf-8", "replace"), path, None)


@pytest.mark.parametrize("cut", range(0, len(EVENT.encode()), 7))
def test_torn_pages(cut):
    """A page cut off anywhere is read as far as it goes."""
    check(EVENT.encode()[:cut], PATHS[0], None)
    check(as_html(EVENT).encode()[: cut * 4], PATHS[0], None)


def test_json_of_each_kind():
    """The keys are those promised, for every kind."""
    event = read_page(EVENT.encode(), "/news/2016/02/3/t.md")
    index = read_page(INDEX.encode(), "news/2016/02/3/index.md")
    other = read_page(b"# FAQ &amp; more\n", "faq/index.md")
    assert isinstance(event, Event)
    assert isinstance(index, IndexPage)
    assert isinstance(other, OtherPage)
    assert page_json(event).keys() == page_json(other).keys() == COMMON
    assert page_json(index).keys() == COMMON | {"items", "sections", "previous"}
    assert [page_json(page)["kind"] for page in (event, index, other)] == ["event", "index", "other"]
    assert page_json(other)["title_text"] == "FAQ & more"


def test_json_of_an_event():
    """Values are those of the event, plain; texts also with their references decoded."""
    page = page_json(read_page(EVENT.encode(), "/news/2016/02/3/t.md"))
    assert (page["path"], page["date"], page["language"]) == ("news/2016/02/3/t.md", "2016-02-03", "en")
    assert (page["title"], page["title_text"]) == (
        "Title [http:--a.test-x (BBC)] &amp; more",
        "Title [http:--a.test-x (BBC)] & more",
    )
    assert page["summary_text"] == "Summary 's"
    assert page["citations"] == [
        {"kind": "inline", "label": "(BBC)", "href": "http:--a.test-x", "url": None, "reason": "dashes_for_slashes",
         "position": 1},
        {"kind": "source", "label": "A", "href": "http://a.test/x(1).html", "url": "http://a.test/x(1).html",
         "reason": None, "position": 2},
        {"kind": "cover_image", "label": "IMG", "href": "//i.test/x.jpg", "url": "http://i.test/x.jpg", "reason": None,
         "position": 3},
        {"kind": "cover_image", "label": "Cover Image", "href": "http://i.test/?a=1&amp;b=\r\n&c=2",
         "url": "http://i.test/?a=1&b=&c=2", "reason": None, "position": 4},
    ]  # fmt: skip
    assert page["related"] == [
        {"title": "R [x] (y)", "path": "/zh/news/2016/02/2/r.md", "contexts": ["A", "B"], "context_raw": "A, B"}
    ]
    assert page["formats"] == ["/news/2016/02/3/t.html", "/news/2016/02/3/t.json"]


def test_too_large():
    """A page beyond the limit is not read; one just within it is."""
    filler = "x" * (MAX_BYTES - len(EVENT.encode()))
    assert isinstance(read_page((EVENT + filler).encode(), PATHS[0]), Event)
    assert isinstance(read_page((EVENT + filler + "x").encode(), PATHS[0]), OtherPage)


def test_language():
    """The path tells first, then words, then where links lead, then letters; else it is English."""
    date = "### [2016-02-3](/news/2016/02/3/index.md)\n\n"
    path = "news/2016/02/3/t.md"
    pages = {
        ("zh/" + path, date + "# T\n"): "zh",
        ("fr/" + path, date + "# T\n"): "fr",
        (path, date + "# T\n\n### 信息来源:\n"): "zh",
        (path, date + "# 世界\n\n### Related:\n"): "en",
        (path, "### [2016-02-3](/zh/news/2016/02/3/index.md)\n\n# T\n"): "zh",
        (path, date + "# 世界\n"): "zh",
        (path, date + "# T\n"): "en",
        ("faq/", "# T\n"): "en",
    }
    assert [read_page(text.encode(), path).language for path, text in pages] == list(pages.values())


HEAD = "### [2016-02-3](/news/2016/02/3/index.md)\n\n"
GROWING = {
    "[": HEAD + "# T\n\n### Source:\n\n1. {}\n",
    "[a](": HEAD + "# T\n\n### Source:\n\n1. {}\n",
    "[[a](u ": HEAD + "# T\n\n### Source:\n\n1. {}\n",
    "](": HEAD + "# T\n\n### Source:\n\n1. [{}\n",
    "(": HEAD + "# T\n\n### Source:\n\n1. [a](http://a.test/{}\n",
    "a)": HEAD + "# T\n\n### Source:\n\n1. [a](http://a.test/{}\n",
    "[a] ": HEAD + "# T\n\n### Source:\n\n1. {}\n",
    "1. [a](b\n": HEAD + "# T\n\n### Source:\n\n{}\n",
    "1. [\nx\n": HEAD + "# T\n\n### Source:\n\n{}\n",
    "[http://a ": HEAD + "# T {}\n",
    "http:--)": HEAD + "# T {}\n",
    "http:": HEAD + "# T\n\n### Source:\n\n1. [a]({}x)\n",
    "&amp": HEAD + "# T\n\n### Source:\n\n1. [a](http://a.test/{}x)\n",
    ")": HEAD + "# T http://a.test/{}\n",
    "_": HEAD + "# T\n\n### Related:\n\n1. [a](b) {}\n",
    "- ": HEAD + "# T\n\n{}x\n",
    "#": "{}\n",
    "\r": HEAD + "{}\n",
    " ": HEAD + "# T\n\n### Source{}x\n",
    "a:": "{}\n",
    "<a ": "<p>{}",
    "<meta ": "<p>{}",
    "</div>": "<p>{}",
    "news/2000/1/1/": HEAD + "# T\n\n### Related:\n\n1. [a](/{}\n",
}


def seconds(piece: str, template: str, times: int) -> float:
    """The least processor time, of three, that a page with a piece so many times takes."""
    data = template.format(piece * times).encode()
    taken = []
    for _ in range(3):
        begin = time.process_time()
        check(data, PATHS[0], None)
        taken.append(time.process_time() - begin)
    return min(taken)


@pytest.mark.parametrize("piece", GROWING)
def test_linear_time(piece):
    """A page eight times as long takes not much more than eight times as long (quadratic would be 64)."""
    small, large = (seconds(piece, GROWING[piece], 20_000 // len(piece) * factor) for factor in (1, 8))
    assert large < 24 * max(small, 0.002)


def test_what_no_text_holds_is_replaced() -> None:
    """NUL, which a database cuts texts at, and lone surrogates, which UTF-8 has not: no field of an event has them."""
    page = (
        b"### [2016-02-3](/news/2016/02/3/index.md)\n# A\0B &#0; &#xD800;\n\nC\0D\n\n### Sources:\n\n"
        b"1. [E\0F](http://a.test/\0g)\n"
    )
    html = b"<meta charset=utf-7><h1>A+2D0-\0B &#0; &#xD800;</h1>\xff"
    for data, path in ((page, "news/2016/02/3/a.md"), (html, "news/2016/02/3/b.html")):
        text = str(page_json(read_page(data, path)))
        assert "\ufffd" in text
        assert not re.search(r"\\x00|\\ud[89a-f]", text)
