"""The HTML form of the pages, what stands around them, and what is too much."""

from __future__ import annotations

import pytest

from archive.model import Event, IndexPage
from spiders.html import MAX_DEPTH, MAX_TAGS, hostile, read_html
from spiders.page import OtherPage, read_page
from tests.spiders.rendering import as_html

PATH = "news/2016/02/3/slug.html"
MARKDOWN = """### [2016-02-3](/news/2016/02/3/index.html)

##### Topic & "more"
#  A <title> [http:--a.test-x (BBC)] with ''marks''

First line
second line

### Sources:

1. [The  "A"](http://a.test/?x=1&amp;y=(2)) [IMG](//i.test/x.jpg)
1. [Cover Image](${x})

### Related:

1. [ Other [http:--b.test] ](/news/2016/02/2/other.html) _Context: A_b, C_
"""


def event(html: str) -> Event:
    """The event an HTML page tells of."""
    page = read_page(html.encode(), PATH, mime="text/html")
    assert isinstance(page, Event)
    return page


def test_same_as_markdown():
    """One text, two forms, one event."""
    written = read_page(MARKDOWN.encode(), PATH.replace("html", "md"))
    rendered = event(as_html(MARKDOWN))
    assert isinstance(written, Event)
    for name in ("day", "topic", "title", "summary", "citations", "related", "date_link"):
        assert getattr(rendered, name) == getattr(written, name), name
    assert [it.href for it in rendered.citations][1:] == ["http://a.test/?x=1&amp;y=(2)", "//i.test/x.jpg", "${x}"]


def test_other_habits_of_markup():
    """Loose lists, layout tables, links made of addresses, pretty printing and a site's own h1 make no difference."""
    page = event("""<html><body><header><h1>The Archive</h1><p>Since 2003</p></header>
      <table><tr><td><div>
        <h3>
          <a href="/news/2016/02/3/index.html">2016-02-3</a>
        </h3>
        <h5>Topic</h5>
        <h1>
          A title
          in two lines [<a href="http://t.test/">http://t.test/</a> (T)]
        </h1>
        <p>A summary<br>in two lines</p>
        <h3>Source</h3>
        <ol start="1"><li><p><a href="http://a.test/">A</a> <img src="/x.jpg"></p></li><li>B</li></ol>
        <h3>Related:</h3>
        <ul><li><div><a href="../2/o.html">O</a> <i>Context: X</i></div></li></ul>
      </div></td></tr></table>
      <table><tr><td><h3>Source</h3><ol><li><a href="http://aside.test/">Aside</a></li></ol></td></tr></table>
      </body></html>""")
    assert (page.title, page.topic) == ("A title in two lines [http://t.test/ (T)]", "Topic")
    assert page.summary == "A summary\nin two lines"
    assert [(it.label, it.url) for it in page.citations] == [
        ("(T)", "http://t.test/"),
        ("A", "http://a.test/"),
        ("IMG", "http://a.test/x.jpg"),
        ("B", None),
    ]
    assert [(it.title, it.context_raw) for it in page.related] == [("O", "X")]


def test_index():
    """A day's index in HTML."""
    text = (
        "## [2016-02-3](/news/2016/02/3/index.html)\n\n##### T\n### [a](/news/2016/02/3/a.html)\nS\n\n"
        "## [Previous Day...](/news/2016/02/2/index.html)\n"
    )
    page = read_page(as_html(text).encode(), "news/2016/02/3/index.html")
    assert isinstance(page, IndexPage)
    assert [(it.title, it.topic, it.summary) for it in page.items] == [("a", "T", "S")]
    assert page.previous == "/news/2016/02/2/index.html"


def test_which_form_a_page_has():
    """The content tells, whatever name and type say."""
    html = as_html(MARKDOWN).encode()
    for data, path, mime in [
        (html, "news/2016/02/3/slug.md", "text/markdown"),
        (html, "news/2016/02/3/slug", None),
        (MARKDOWN.encode(), "news/2016/02/3/slug.md", "text/html"),
        (MARKDOWN.encode(), "news/2016/02/3/slug.html", "text/html"),
        (b"\xef\xbb\xbf" + html, PATH, None),
        (b"\xef\xbb\xbf" + MARKDOWN.encode(), "news/2016/02/3/slug.md", None),
    ]:
        assert isinstance(read_page(data, path, mime=mime), Event)


def test_charset():
    """A page that is no UTF-8 is read by the charset it declares; an unknown one does no harm."""
    html = '<meta charset="{}"><h3><a href="/news/2016/02/3/index.html">2016-02-3</a></h3><h1>中文</h1>'
    assert event_title(html.format("GBK").encode("gbk")) == "中文"
    assert "\ufffd" in event_title(html.format("unicode_escape").encode("gbk"))


def event_title(data: bytes) -> str:
    """The title of the page in these bytes."""
    page = read_page(data, PATH)
    assert isinstance(page, Event)
    return page.title


def test_an_error_page_is_no_event():
    """What a server answers at an event's path need not be the event."""
    page = read_page(b"<html><title>Gone\n away</title><body><h1>404</h1><p>Sorry</p></body></html>", PATH)
    assert isinstance(page, OtherPage)
    assert page.title == "404"
    assert read_page(b"<html><title>Gone\n away</title></html>", PATH).title == "Gone away"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<div>" * (MAX_DEPTH + 1) + "x",
        "<a href=x>y</a>" * 500_000,
        "<b>" * (MAX_TAGS + 1),
        "<div " + " ".join(f"a{n}=1" for n in range(200_000)) + ">",
        "<div a='" + "x" * (1 << 17) + "'>",
        "<" * 3_000_000,
        "x" * (5 << 20),
        "<h2><a href=/news/2016/02/3/index.html>" + "<b></x>" * 9_000,
        "<h2><a href=/news/2016/02/3/index.html>" + "<b><i></b>" * 6_000,
        "<h2><a href=/news/2016/02/3/index.html>" + "<p><li>" * 9_000,
        "<div/>" * 19_000,
        "<h2><div>" * 150 + "<a href=x>y</a>",
        "<!DOCTYPE x [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><p>&c;</p>",
        "<p" + " " * 100_000,
        "<![CDATA[" * 1000,
        "<h1>\x00<a href='\x00'>" + "</p>" * 5000,
    ],
    ids=lambda html: html[:12],
)
def test_hostile_pages(html):
    """Pages made to choke a parser are read or refused at once, and are no events."""
    assert isinstance(read_page(html.encode(), PATH), OtherPage)


def test_what_is_refused():
    """Depth, attributes and size are measured before a tree is built; ordinary pages pass."""
    assert not hostile(as_html(MARKDOWN * 40))
    assert not hostile("<p>" * 5000)
    assert not hostile("<svg>" + "<path d='M0'/>" * 5000 + "</svg>")
    assert hostile("<div>" * (MAX_DEPTH + 1))
    assert read_html("<div>" * 200_000) == []
