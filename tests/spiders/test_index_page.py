"""Day indexes and home pages, on small pages."""

from __future__ import annotations

from datetime import date

from archive.model import IndexPage, PageKind
from spiders.page import read_page


def index(body: str, path: str) -> IndexPage:
    """The index that a page is."""
    page = read_page(body.encode(), path)
    assert isinstance(page, IndexPage)
    return page


def test_groups_and_previous_day():
    """One topic heads all events up to the next; an empty topic is one; the previous day is the last section."""
    page = index(
        "## [2012-07-4](/zh/news/2012/07/4/index.md)\n\n##### 甲\n### [ a ](/zh/news/2012/07/4/a.md)\n"
        "### [b](/zh/news/2012/07/4/b.md)\n##### \n### [c](/zh/news/2012/07/4/c.md)\n"
        "## [前一天...](/zh/news/2012/07/2/index.md)\n",
        "zh/news/2012/07/4/README.md",
    )
    assert (page.kind, page.day, page.language) == (PageKind.INDEX, date(2012, 7, 4), "zh")
    assert [(it.title, it.topic, it.section) for it in page.items] == [
        ("a", "甲", "2012-07-4"),
        ("b", "甲", "2012-07-4"),
        ("c", "", "2012-07-4"),
    ]
    assert page.previous == "/zh/news/2012/07/2/index.md"


def test_summaries_and_contexts():
    """Under an item stands a summary or its context."""
    page = index(
        "\nFormats: [HTML](2016/02/3/index.html)  \n\n## [2016-02-3](/news/2016/02/3/index.md)\n\n"
        "### [a](/news/2016/02/3/a.md)\nA summary...\n\n### [b](/news/2016/02/3/b.md)\n_Context: X, Y_\n\n",
        "news/2016/02/3/index.md",
    )
    assert [(it.summary, it.context_raw, it.topic) for it in page.items] == [
        ("A summary...", "", None),
        ("", "X, Y", None),
    ]
    assert (page.previous, page.formats) == (None, ("2016/02/3/index.html",))


def test_home():
    """A home page has several days, sections without a link, and no day of its own."""
    page = index(
        "## [News](/news/2017/10/18/index.md)\n\n### [a](/news/2017/10/18/a.md)\n\n## Opinion\n"
        "### [o](/opinion/x.md)\n\n"
        "---\n\n## [Day Before Yesterday](/news/2017/10/16/index.md)\n\n"
        "## [Previous Day...](/news/2017/10/15/index.md)\n",
        "index.md",
    )
    assert (page.kind, page.day, page.previous) == (PageKind.HOME, None, "/news/2017/10/15/index.md")
    assert page.sections[:2] == (("News", "/news/2017/10/18/index.md"), ("Opinion", ""))
    assert [it.section for it in page.items] == ["News", "Opinion"]


def test_previous_day_in_a_language_without_a_row():
    """On a day's index, another section's link to an earlier day is the previous day."""
    page = index(
        "## [2016-02-3](/news/2016/02/3/index.md)\n\n## [Vortag](/news/2016/01/31/index.md)\n",
        "news/2016/02/3/index.md",
    )
    assert (page.items, page.previous) == ((), "/news/2016/01/31/index.md")
