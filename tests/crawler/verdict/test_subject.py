"""When a page with another text is still about what our copy was about."""

from __future__ import annotations

import pytest

from crawler.verdict.answer import Answer
from crawler.verdict.page_facts import page_facts
from crawler.verdict.subject import same_subject, translated
from tests.crawler.verdict.checks import STORY, STORY_ZH, page, paragraphs, sent_on, share

FLOOD = page("Twelve rescued by boat | The Paper", "<h1>Twelve rescued by boat</h1>" + paragraphs(*STORY))
BRIEF = page("The Paper", "<h1>The Paper</h1><p>The dam above the lower town held, engineers said after the flood.</p>")
OTHER = page(
    "Choir wins prize | The Paper",
    "<h1>Choir wins prize</h1><p>The children's choir of the valley won the prize of the festival on Sunday.</p>",
)
ZH = page("消防队转移四十多名居民 - 日报", "<h1>消防队转移四十多名居民</h1>" + paragraphs(*STORY_ZH))


@pytest.mark.parametrize(
    ("title", "html", "same"),
    [
        ("Twelve rescued by boat - The Paper", FLOOD, True),
        ("Twelve people rescued by a boat", FLOOD, True),
        ("Flood in the lower town | The Paper", BRIEF, True),
        ("School archive under water, divers looking for registers | The Paper", FLOOD, True),
        ("Flood in the lower town | The Paper", OTHER, False),
        ("Choir wins prize | The Paper", FLOOD, False),
        ("Parliament puts off its vote on the budget | The Paper", FLOOD, False),
        ("", FLOOD, False),
        ("The Paper", OTHER, False),
        ("连续强降雨使河水上涨，老城区低洼街道被淹 - 日报", ZH, True),
        ("议会推迟预算表决 - 日报", ZH, False),
        ("Flood in the lower town", ZH, False),
    ],
)
def test_same_subject(title: str, html: str, *, same: bool) -> None:
    """By its headline, or by the words of ours in what it says itself; the name of the site proves nothing."""
    facts = page_facts(html.encode(), "http://p.test/x", "text/html; charset=utf-8")
    assert same_subject(share(0.0, title=title), facts) is same
    assert not same_subject(None, facts)


@pytest.mark.parametrize(
    ("url", "end", "same"),
    [
        ("http://p.test/en/news/7", "http://p.test/de/news/7", True),
        ("http://p.test/news/7", "http://p.test/de-at/news/7", True),
        ("http://p.test/news/7?lang=en", "http://p.test/news/7?lang=de", True),
        ("http://www.p.test/en/news/7", "http://de.p.test/news/7", True),
        ("http://p.test/en/news/7", "http://p.test/de/news/8", False),
        ("http://p.test/en/news/7", "http://p.test/de/", False),
        ("http://p.test/en/news/7", "http://p.test/en/news/7", False),
    ],
)
def test_translated(url: str, end: str, *, same: bool) -> None:
    """The same address but for what names a language or a country."""
    assert translated(Answer(status=200, **sent_on(end, url=url))) is same
