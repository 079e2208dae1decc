"""Articles read out of pages: what they say, and nothing they do not say."""

from __future__ import annotations

import unicodedata
from datetime import date
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.article import TEXT_LIMIT, Article, clean_text, language_of, read_article

URL = "https://paper.test/a"

ENGLISH = (
    "The town council voted on Tuesday to repair the old bridge over the Ardle before the winter floods return.",
    "Engineers found cracks in two of its five arches in May, and lorries have been sent around by the mill since.",
    "The work will cost four million and take until the spring, the council's surveyor told the meeting.",
    "Shopkeepers on the north bank said they feared for their trade while the bridge is closed to cars.",
    "A footbridge of timber will be put up beside it, and the ferry will run every half hour, at no charge.",
)
CHINESE = (
    "市议会星期三表决通过了修复老桥的方案,工程将在冬季洪水到来之前开始,预计明年春天完工。",
    "工程师五月份在五个桥拱中的两个发现了裂缝,此后重型卡车一直被要求绕行旧磨坊一带的公路。",
    "测量员在会上表示,整个工程将耗资四百万元,施工期间桥面对汽车关闭,行人可以使用旁边的木桥。",
    "北岸的店主们担心封桥会影响他们的生意,议会答应渡船每半小时开一班,并且不收取任何费用。",
)
MENU = "<nav><ul>" + "".join(f"<li><a href='/s{n}'>Section {n}</a></li>" for n in range(12)) + "</ul></nav>"


def page(paragraphs: tuple[str, ...], *, head: str = "", top: str = "", foot: str = "", lang: str = "") -> bytes:
    body = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
    opening = f"<html lang='{lang}'>" if lang else "<html>"
    body = f"<body>{MENU}<article>{top}{body}</article>{foot}</body>"
    return f"<!DOCTYPE html>{opening}<head>{head}</head>{body}</html>".encode()


def read(data: bytes, content_type: str | None = "text/html", captured: date | None = None) -> Article:
    article = read_article(data, URL, content_type, captured=captured)
    assert article is not None
    return article


def test_an_english_article() -> None:
    """A page as papers make them gives its text, title, author, day, language and site, and not its menu."""
    head = """<title>Old bridge to be repaired - The Ardle Paper</title>
        <meta property="og:site_name" content="The Ardle Paper">
        <meta name="author" content="Anna Holt"><meta property="article:published_time" content="2016-02-03T22:10:00Z">
        <meta property="article:modified_time" content="2019-07-01T10:00:00Z">"""
    article = read(page(ENGLISH, head=head, top="<h1>Old bridge to be repaired</h1>", lang="en-GB"))

    assert article.title == "Old bridge to be repaired"
    assert article.author == "Anna Holt"
    assert article.published == "2016-02-03"
    assert article.language == "en"
    assert article.site_name == "The Ardle Paper"
    assert all(paragraph in article.text for paragraph in ENGLISH)
    assert "Section 7" not in article.text


@pytest.mark.parametrize("paragraphs", [ENGLISH, CHINESE])
def test_the_text_alone_is_the_same_text(paragraphs: tuple[str, ...]) -> None:
    """Who compares texts needs no details, and pays for none."""
    data = page(paragraphs, head="<title>Old bridge</title>", top="<h1>Old bridge</h1><p>3 February 2016</p>")
    alone = read_article(data, URL, "text/html", details=False)
    assert alone is not None
    assert (alone.text, alone.title, alone.published) == (read(data).text, None, None)


def test_a_chinese_article_of_the_old_kind() -> None:
    """GBK bytes, no markup for the date, a template that declares English: still read right."""
    top = "<h1>老桥将于冬季前修复</h1><div>2016年2月3日 08:30 来源:河岸晨报</div>"
    data = page(CHINESE, head="<meta charset='gb2312'><title>老桥将于冬季前修复</title>", top=top, lang="en")
    article = read(data.decode().encode("gb18030"), "text/html")

    assert article.title == "老桥将于冬季前修复"
    assert article.published == "2016-02-03"
    assert article.language == "zh"
    assert all(paragraph in article.text for paragraph in CHINESE)


def test_json_ld_names_the_author_and_the_day() -> None:
    """The facts of schema.org are used where a page has them."""
    head = """<title>Bridge</title><script type="application/ld+json">{"@context": "https://schema.org",
        "@type": "NewsArticle", "headline": "Bridge to be repaired", "datePublished": "2014-11-30T08:00:00+02:00",
        "author": [{"@type": "Person", "name": "Anna Holt"}, {"@type": "Person", "name": "Li Wen"}]}</script>"""
    article = read(page(ENGLISH, head=head))
    assert (article.author, article.published) == ("Anna Holt; Li Wen", "2014-11-30")


@pytest.mark.parametrize(
    ("top", "foot"),
    [
        ("", ""),
        ("", "<footer>Copyright © 2009-2024 The Ardle Paper</footer>"),
        ("<p>Copyright 2012 The Ardle Paper</p>", ""),
        ("<span class='date'>2 hours ago</span>", ""),
        ("<time class='date'>yesterday</time>", ""),
        ("<div class='date'>今天 10:00</div>", ""),
        ("<p class='date'>March 3</p>", ""),
    ],
)
def test_a_page_without_a_day_gives_none(top: str, foot: str) -> None:
    """No day is guessed: not from the clock, not from a copyright line, not from a relative or partial date."""
    heading = "<h1>Old bridge to be repaired</h1>"
    assert read(page(ENGLISH, head="<title>Bridge</title>", top=heading + top, foot=foot)).published is None


@pytest.mark.parametrize(
    ("byline", "day"),
    [
        ("By Anna Holt, 3 February 2016", "2016-02-03"),
        ("February 3, 2016", "2016-02-03"),
        ("2016-02-03 10:00", "2016-02-03"),
        ("发布时间:2016年12月13日 来源:晨报", "2016-12-13"),
        ("2016年13月33日", None),
    ],
)
def test_a_day_in_the_byline(byline: str, day: str | None) -> None:
    """Between title and text a plain line with a whole date is the day."""
    top = f"<h1>Old bridge to be repaired</h1><p>{byline}</p>"
    assert read(page(ENGLISH, head="<title>Old bridge to be repaired</title>", top=top)).published == day


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2016/02/03/bridge", "2016-02-03"),
        ("/n1/2016/0203/c1001-28105.html", "2016-02-03"),
        ("/english/2016-02/03/c_135.htm", "2016-02-03"),
        ("/gn/201602/t20160203_77.html", "2016-02-03"),
        ("/2016/02/bridge", None),
        ("/story-20161350", None),
        ("/2016020312", None),
    ],
)
def test_a_day_in_the_path(path: str, day: str | None) -> None:
    """The ways news sites put the day into their addresses; a month alone is no day."""
    article = read_article(page(ENGLISH), f"https://paper.test{path}", "text/html")
    assert article is not None
    assert article.published == day


def test_no_day_after_the_capture() -> None:
    """A page cannot have been published after it was captured."""
    data = page(ENGLISH, head='<meta property="article:published_time" content="2020-05-06T00:00:00Z">')
    assert read(data, captured=date(2020, 5, 5)).published == "2020-05-06"  # time zones
    assert read(data, captured=date(2020, 5, 3)).published is None


def test_the_clock_in_a_header_is_not_the_day() -> None:
    """The day of the capture counts only where machines wrote it; the byline goes before a site's own clock."""
    clock = "<div class='date'>Tuesday, December 1, 2020</div>"
    heading = "<h1>Old bridge to be repaired</h1>"
    head = "<title>Old bridge to be repaired</title>"
    today = date(2020, 12, 1)
    assert read(page(ENGLISH, head=head, top=clock + heading), captured=today).published is None
    dated = page(ENGLISH, head=head, top=clock + heading + "<p>By Anna Holt, 3 February 2016</p>")
    assert read(dated, captured=today).published == "2016-02-03"
    fresh = page(ENGLISH, head=head, top=heading + "<time datetime='2020-12-01T08:00:00Z'>today</time>")
    assert read(fresh, captured=today).published == "2020-12-01"


def test_title_author_and_site_are_one_printable_line() -> None:
    """Terminal escapes, marks that turn the reading direction, NUL and new lines do not get through."""
    nasty = "Old&#27;[2J bridge&#10;&#8238;to be\x00 repaired&#7;"
    head = f"<title>{nasty}</title><meta name='author' content='Anna&#8238; Holt'>"
    head += "".join(f"<meta property='og:{name}' content='{nasty}'>" for name in ("title", "site_name"))
    article = read(page(ENGLISH, head=head))
    for value in (article.title, article.author, article.site_name):
        assert value
        assert value.isprintable()
        assert "\u202e" not in value


def test_sizes_are_bounded() -> None:
    """A title of five million letters is cut, and a text stays within its limit."""
    article = read(page(ENGLISH, head=f"<title>{'T' * 5_000_000}</title>"))
    assert article.title is not None
    assert len(article.title) <= 500
    assert len(clean_text("x" * (TEXT_LIMIT + 9))) == TEXT_LIMIT


@pytest.mark.parametrize(
    "data", [b"", b" ", b"\x00", b"<", b"<html>", b"<html></html>", b"\xff\xfe", b"<!--", b"plain"]
)
def test_nothing_to_read_gives_none(data: bytes) -> None:
    """Empty and broken pages are no articles, and no errors."""
    assert read_article(data, URL, "text/html") is None


def test_plain_text_is_its_own_article() -> None:
    """text/plain has no title; its lines are kept."""
    article = read("\n".join(CHINESE).encode("gb18030"), "text/plain; charset=gbk")
    assert article == Article(
        text="\n".join(CHINESE), title=None, author=None, published=None, language="zh", site_name=None
    )


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (CHINESE[0], None, "zh"),
        (CHINESE[0], "en", "zh"),
        (CHINESE[0], "yue", "yue"),
        ("議会は新しい計画を可決した", None, "ja"),
        ("의회는 새로운 계획을 통과시켰다", "en", "ko"),
        (ENGLISH[0], "en", "en"),
        (ENGLISH[0], "zh", None),
        (ENGLISH[0], None, None),
        ("", None, None),
    ],
)
def test_the_script_overrules_the_label(text: str, declared: str | None, language: str | None) -> None:
    """A declared language that the script contradicts is not believed."""
    assert language_of(text, declared) == language


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=400), max_size=6), st.text(max_size=60))
def test_any_text_in_a_page_is_read_without_an_error(paragraphs: list[str], title: str) -> None:
    """Whatever characters a page holds, it is an article in NFC without controls, or none."""
    data = page(
        tuple(p.encode("utf-8", "replace").decode() for p in paragraphs), head=f"<title>{escape(title)}</title>"
    )
    article = read_article(data, URL, "text/html; charset=utf-8")
    if article is not None:
        assert unicodedata.is_normalized("NFC", article.text)
        assert all(c.isprintable() or unicodedata.category(c) != "Cc" or c in "\n\t" for c in article.text)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    """Content is never a reason to raise, and noise behind an article costs nothing of it."""
    assert ENGLISH[0] in read(page(ENGLISH).replace(b"</article>", b"<p>" + data + b"</article>")).text
    alone = read_article(b"<html><body><p>" + data, URL, None)
    assert alone is None or (alone.text and not [c for c in alone.text if ord(c) < 0x20 and c not in "\n\t"])
