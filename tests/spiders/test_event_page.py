"""Every oddity of the event pages, each on a small page of its own."""

from __future__ import annotations

from datetime import date

import pytest

from archive.model import CitationKind, Event, HrefReason
from spiders.page import OtherPage, read_page

DATE = "### [2016-02-3](/news/2016/02/3/index.md)\n\n"
PATH = "news/2016/02/3/slug.md"


def event(body: str, path: str = PATH) -> Event:
    """The event that a page with this body tells of."""
    page = read_page((DATE + body).encode(), path)
    assert isinstance(page, Event)
    return page


def cited(body: str) -> list[tuple[str, str, str | HrefReason | None]]:
    """(kind, label, url or reason) of each citation."""
    return [(it.kind.value, it.label, it.url or it.reason) for it in event(body).citations]


def test_the_seed_form():
    """The English form with a cover image numbered like the last source."""
    page = event(
        "#  A title. \n\nA &quot;summary&quot; \n\n\n### Source:\n\n1. [A](http://a.test/1)\n2. [B B](http://b.test/2)\n"
        "2. [Cover Image](//img.test/x.jpg)\n\n### Related:\n\n"
        "1. [ Other ](/news/2016/02/2/other.md) _Context: Lexington, Kentucky_\n"
    )
    assert (page.day, page.language, page.topic) == (date(2016, 2, 3), "en", None)
    assert (page.title, page.summary) == ("A title.", "A &quot;summary&quot;")
    assert [(it.kind, it.label, it.url, it.position) for it in page.citations] == [
        (CitationKind.SOURCE, "A", "http://a.test/1", 1),
        (CitationKind.SOURCE, "B B", "http://b.test/2", 2),
        (CitationKind.COVER_IMAGE, "Cover Image", "http://img.test/x.jpg", 3),
    ]
    assert page.citations[2].href == "//img.test/x.jpg"
    (related,) = page.related
    assert (related.title, related.path) == ("Other", "/news/2016/02/2/other.md")
    assert (related.context_raw, related.contexts) == ("Lexington, Kentucky", ("Lexington", "Kentucky"))


def test_the_chinese_form():
    """The Chinese form: topic, full-width words, an image on the source's line."""
    page = event(
        "##### \n#  標題 \n\n\n\n### 信息来源:\n\n1. [搜狐  ](http://a.test/1) [IMG](/i/x.jpg)\n\n### 有关:\n\n"
        "1. [乙](/zh/news/2016/02/2/乙.md) _消息: 甲, 46,305%_\n2. [丙](/zh/news/2016/02/1/丙.md) _上下文: 丁_\n",
        "zh/news/2016/02/3/標題.md",
    )
    assert (page.language, page.topic, page.title) == ("zh", "", "標題")
    assert [(it.label, it.url) for it in page.citations] == [
        ("搜狐  ", "http://a.test/1"),
        ("IMG", "http://a.test/i/x.jpg"),
    ]
    assert [it.context_raw for it in page.related] == ["甲, 46,305%", "丁"]


@pytest.mark.parametrize("heading", ["### Source", "### SOURCES:", "## sources：", "### 信息来源", "#### 来源 ："])
def test_headings_in_any_spelling(heading):
    """With or without colon, full-width too, in any case and level."""
    assert cited(f"# T\n\n{heading}\n\n1. [A](http://a.test/)\n") == [("source", "A", "http://a.test/")]


def test_no_lists():
    """A page may end after its title."""
    page = event("# T\n\n\n\n")
    assert (page.title, page.summary, page.citations, page.related) == ("T", "", (), ())


def test_odd_source_lines():
    """Bare URLs, missing hrefs, bullets and unnumbered links are citations too; nothing is dropped."""
    assert cited(
        "# T\n\n### Sources:\n\n1. http://a.test/x\n2. [BBC]()\n3. BBC\n4. [BBC]\n* [C](http://c.test/)\n"
        "[D](http://d.test/) [E](mailto:e@e.test)\n5. [F](http:--f.test-x)\n6. [G](${g})\n7. <http://h.test/> http://i.test/\n"
    ) == [
        ("source", "", "http://a.test/x"),
        ("source", "BBC", HrefReason.EMPTY),
        ("source", "BBC", HrefReason.EMPTY),
        ("source", "BBC", HrefReason.EMPTY),
        ("source", "C", "http://c.test/"),
        ("source", "D", "http://d.test/"),
        ("source", "E", HrefReason.UNSUPPORTED_SCHEME),
        ("source", "F", HrefReason.DASHES),
        ("source", "G", HrefReason.TEMPLATE),
        ("source", "", "http://h.test/"),
        ("source", "", "http://i.test/"),
    ]


def test_prose_is_no_source():
    """A paragraph after the list, links and all, is none of it."""
    body = "# T\n\n### Source:\n\n1. [A](http://a.test/)\n\nShare this on [S](http://s.test/) or http://t.test/\n"
    assert cited(body) == [("source", "A", "http://a.test/")]


def test_an_image_without_a_usable_source():
    """A relative image after a source that is no URL has nothing to hang on."""
    assert cited("# T\n\n### Source:\n\n1. [A](ftp://a.test/)\n1. [Cover Image](/x.jpg)\n") == [
        ("source", "A", HrefReason.UNSUPPORTED_SCHEME),
        ("cover_image", "Cover Image", HrefReason.NO_BASE),
    ]


def test_a_url_broken_by_a_line_end():
    """The href keeps the line end, the URL does not."""
    page = event(
        "# T\n\n### Source:\n\n1. [A](http://a.test/)\n1. [Cover Image](http://i.test/?m=\r\n&v=1)\n\n### Related:\n"
    )
    assert [(it.href, it.url) for it in page.citations[1:]] == [("http://i.test/?m=\r\n&v=1", "http://i.test/?m=&v=1")]


def test_names_that_hold_addresses():
    """A name may hold the address of a preserved copy: the link's own href counts."""
    name = "url=https://web.archive.org/web/20131214093301/http://a.test/x |date= "
    assert cited(f"# T\n\n### 信息来源:\n\n1. [{name}](http://a.test/x)\n") == [("source", name, "http://a.test/x")]


def test_links_in_the_title():
    """Wiki links in the title are citations: dashed ones with a reason, real ones with their URL."""
    title = (
        'T [http:--a.test-x (BBC)] u [http://b.test/y accidents "z" (G)]、[http://c.test/] v。http:--d.test-pr, '
        "[E](http://e.test/(1)) w [http:--f.test (url=https:--web.archive.org-web-1-http:--f.test )]"
    )
    page = event(f"#  {title} \n")
    assert page.title == title
    assert [(it.kind.value, it.label, it.href, it.url) for it in page.citations] == [
        ("inline", "(BBC)", "http:--a.test-x", None),
        ("inline", 'accidents "z" (G)', "http://b.test/y", "http://b.test/y"),
        ("inline", "", "http://c.test/", "http://c.test/"),
        ("inline", "", "http:--d.test-pr", None),
        ("inline", "E", "http://e.test/(1)", "http://e.test/(1)"),
        ("inline", "(url=https:--web.archive.org-web-1-http:--f.test )", "http:--f.test", None),
    ]
    assert {it.reason for it in page.citations if it.url is None} == {HrefReason.DASHES}
    assert [it.position for it in page.citations] == [1, 2, 3, 4, 5, 6]


def test_an_unclosed_link_in_the_title():
    """Without its bracket a link ends where a URL would."""
    assert cited("# T [http:--a.test-x (BBC\n") == [("inline", "", HrefReason.DASHES)]
    assert cited("# 標題http://a.test/x。\n") == [("inline", "", "http://a.test/x")]


def test_language_variants_stay():
    """`-{zh-hans:..}-` is kept in topics, titles and contexts."""
    page = event(
        "##### -{zh-hans:沙龙; zh-hant:夏隆;}-\n# 甲-{zh-hans:乙;}-\n\n### 有关:\n\n1. [x](/x.md) _消息: -{a;}-_\n"
    )
    assert page.topic == "-{zh-hans:沙龙; zh-hant:夏隆;}-"
    assert page.title == "甲-{zh-hans:乙;}-"
    assert page.related[0].context_raw == "-{a;}-"


def test_changes_and_formats():
    """Older versions are neither sources nor related events; formats stand before the date line."""
    data = (
        "\nFormats: [HTML](/news/2016/02/3/x.html)  [JSON](/news/2016/02/3/x.json)  \n\n" + DATE + "# T\n\n"
        "### Sources:\n\n1. [A](http://a.test/)\n\n### Changes:\n\n"
        "1. [T0 ](/news/2016/02/3/t0.md) _2018-01-01 12:30:05 (First version)_\n"
        "2. [T1](/news/2016/02/3/t1.md) _2018-01-02 00:00:00 (Update)_\n"
        "2. [T](/news/2016/02/3/t.md) _(Current version)_\n"
    )
    page = read_page(data.encode(), PATH)
    assert isinstance(page, Event)
    assert page.formats == ("/news/2016/02/3/x.html", "/news/2016/02/3/x.json")
    assert [(it.number, it.title, it.path, it.stamp, it.label) for it in page.changes] == [
        (1, "T0", "/news/2016/02/3/t0.md", "2018-01-01 12:30:05", "First version"),
        (2, "T1", "/news/2016/02/3/t1.md", "2018-01-02 00:00:00", "Update"),
        (2, "T", "/news/2016/02/3/t.md", "", "Current version"),
    ]
    assert (len(page.citations), page.related) == (1, ())


def test_related_titles_hold_links():
    """Brackets in a related title belong to it."""
    title = 'x [http://a.test/ "y" (Guardian)] z [http:--b.test (BBC)]'
    page = event(
        f"# T\n\n### Related:\n\n1. [ {title} ](/news/2016/02/1/x.md) _Context: A_\n2. [y](/news/2016/02/1/y.md)\n"
    )
    assert [(it.title, it.path, it.contexts) for it in page.related] == [
        (title, "/news/2016/02/1/x.md", ("A",)),
        ("y", "/news/2016/02/1/y.md", ()),
    ]
    assert page.citations == ()


def test_a_language_without_a_row():
    """Under headings we do not know, links to days of the site are related events, the others sources."""
    page = event(
        "# T\n\nS\n\n### Quellen:\n\n1. [A](http://a.test/)\n\n### Verwandt:\n\n1. [B](/news/2016/02/1/b.md)\n"
    )
    assert ([it.url for it in page.citations], [it.path for it in page.related], page.summary) == (
        ["http://a.test/"],
        ["/news/2016/02/1/b.md"],
        "S",
    )


def test_a_summary_of_several_lines():
    """Lines, paragraphs and what looks like a list belong to the summary up to the first heading."""
    assert event("# T\n\na\nb \n\nc\n\n### Source:\n").summary == "a\nb\n\nc"
    assert event("# T\n\n1. FC Köln wins\n\n### Source:\n").summary == "1. FC Köln wins"


def test_a_date_no_calendar_has():
    """The path's day stands in."""
    page = read_page(b"### [2016-02-31](/news/2016/02/31/index.md)\n\n# T\n", PATH)
    assert isinstance(page, Event)
    assert page.day == date(2016, 2, 3)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("api/README.md", DATE + "# T\n\n### Source:\n\n1. [A](http://a.test/)\n"),
        ("opinion/2017/04/4/x/index.md", "# T\n\n#### by X\n\nProse with [a link](http://a.test/).\n"),
        ("faq/index.md", "# FAQ\n\n### Sources:\n\n1. [A](http://a.test/)\n"),
        (PATH, "# 404\n\nNot found\n"),
        (PATH, ""),
        ("news/2016/02/3/index.md", "# 404\n"),
        ("news/2016/02/3/slug.json", DATE + "# T\n"),
    ],
)
def test_other_pages(path, body):
    """Manuals, opinions, error pages and data are no events."""
    assert isinstance(read_page(body.encode(), path), OtherPage)


def test_a_page_out_of_its_place():
    """A file by any name is an event if it says so."""
    page = read_page((DATE + "# T\n").encode(), "downloads/page.md")
    assert isinstance(page, Event)
    assert page.day == date(2016, 2, 3)
