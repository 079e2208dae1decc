"""Links whose text has been dressed anew, corrected, continued, cut, or hidden behind notices: alive all the same."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

import json
import random
from dataclasses import replace

from tests.bed.answers import (
    html,
)
from tests.bed.articles import Article, article
from tests.bed.behaviour import Behaviour
from tests.bed.healthy import one, shown
from tests.bed.pages import Paper, Style, article_page, notice_page, paper

_COURIER, _ORBIT = paper("The Aldermere Courier"), paper("Meridian", style=Style.MAGAZINE)
_BLOG, _TABLOID = paper("Kelso Point Blog", style=Style.BLOG), paper("The Daily Whistle", style=Style.TABLOID)
_TABLES, _PORTAL = paper("Delta Online", style=Style.TABLES), paper("东岸网", "zh", Style.PORTAL)


def _corrected(of: Article) -> Article:
    note = "Correction: An earlier version of this article misstated a figure and the spelling of a name. Both have been put right."
    first, second, *rest = of.paragraphs
    return replace(
        of,
        headline=f"{of.headline} (corrected)",
        paragraphs=(first, second.replace("the", "that", 1), *rest[:-1], note),
    )


def rewritten() -> list[Behaviour]:
    """The text has been dressed anew, corrected, continued, cut into pages."""

    def dressed(name: str, slug: str, before: Paper, after: Paper) -> Behaviour:
        return one(
            name,
            before,
            slug,
            shown(after, slug, seed="new"),
            "a redesign from the ground up",
            host={"unknown": html(notice_page(after, "404", "<p>404</p>"), status=404)},
        )

    swim, ash = article("water-main-flood"), article("volcano-evacuation")
    live = "".join(
        f"<p><b>{hour}:00</b> {line}</p>" for hour, line in enumerate(article("rail-cyber-outage").paragraphs, 9)
    )
    comments = "".join(
        f"<div class=comment><b>reader{n}</b> {line}</div>"
        for n, line in enumerate(article("paywall-trial").paragraphs + article("captcha-study").paragraphs)
    )
    half = replace(ash, paragraphs=ash.paragraphs[:5])
    pager = '<p class="pager">Page 1 of 2 <a href="?page=2">Continue reading on the next page</a></p>'
    big = "<!-- " + "".join(random.Random(8).choices("abcdefghij klmnop", k=1 << 20)) * 8 + " -->"
    return [
        dressed("redesign-magazine", "vaccine-cold-chain", _TABLES, _ORBIT),
        dressed("redesign-blog", "school-strike-ends", _COURIER, _BLOG),
        dressed("redesign-tabloid", "museum-heist-coins", _BLOG, _TABLOID),
        dressed("redesign-zh", "chaye-jiage", _PORTAL, paper("东岸网", "zh", Style.MAGAZINE)),
        one(
            "corrected",
            _COURIER,
            swim.slug,
            html(article_page(_COURIER, _corrected(swim))),
            "a correction and a new headline",
        ),
        one(
            "corrected-zh",
            _PORTAL,
            "ditie-kaitong",
            html(article_page(_PORTAL, _corrected(article("ditie-kaitong")))),
            "a Chinese correction",
        ),
        one(
            "live-blog",
            _COURIER,
            "river-dolphin-count",
            html(article_page(_COURIER, article("river-dolphin-count"), extra=live)),
            "twice as long as it was",
        ),
        one(
            "many-comments",
            _BLOG,
            "wheat-rust-valley",
            html(article_page(_BLOG, article("wheat-rust-valley"), extra=comments)),
            "three times as many words of readers as of the author",
        ),
        one("first-page", _ORBIT, ash.slug, html(article_page(_ORBIT, half, extra=pager)), "cut into two pages since"),
        one(
            "eight-mebibytes",
            _COURIER,
            "tram-line-opening",
            html(article_page(_COURIER, article("tram-line-opening"), extra=big)),
            "a page of 8 MiB",
        ),
    ]


def _free(of: Article, *, value: bool | str = False) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": of.headline,
        "isAccessibleForFree": value,
        "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": value, "cssSelector": ".paywall"},
    }
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'


def behind_notices() -> list[Behaviour]:
    """Paywalls, consent, banners: the article is there, or its beginning is."""
    offer = (
        '<div class="paywall"><h2>Subscribe to continue reading</h2><p>You have read your last free article this month. Get'
        ' unlimited access for 1 a week.</p><button>See my options</button> Already a subscriber? <a href="/login">Log in</a></div>'
    )
    zh_offer = '<div class="pay"><p>本文为付费内容，剩余 1,020 字。</p><button>开通会员阅读全文</button> 已是会员？<a href="/login">登录</a></div>'
    wall = (
        '<div id="sp_message" role="dialog"><h2>Your privacy, your choice</h2><p>We and our 842 partners store and access'
        " personal data, like browsing data, on your device. Selecting I Accept enables tracking technologies to support the"
        " purposes shown. You must accept or subscribe to use this website.</p><button>I accept</button><button>Subscribe"
        " without tracking</button></div>" * 2
    )
    banner = "<div class=banner>We are moving! From March our new domain will be kelso.example. Please update your bookmarks.</div>"
    video = '<div class="player"><p>Sorry, this video is no longer available.</p></div>'
    ads = (
        "<div class=ads><h4>Sponsored listings</h4><ul><li>Buy this domain before somebody else does</li><li>Related searches:"
        " car insurance, dental implants</li></ul></div>"
    )
    beacon = (
        "<script>(function(){var a=document.createElement('script');a.innerHTML=\"window.__CF$cv$params={r:'8a1b',t:'MTcw'};\";"
        "a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';document.body.appendChild(a)})();</script>"
    )
    robots = (
        '<form class=comments><h3>Leave a comment</h3><p>Please verify that you are human.</p><div class="g-recaptcha"></div>'
        '<script src="https://www.recaptcha.test/api.js"></script><input type="password" name="p"><button>Log in</button></form>'
    )
    hidden = '<script type="text/template" id="e404"><h1>404 Page not found</h1><p>The page you are looking for does not exist.</p></script>'

    def above(name: str, of: Paper, slug: str, top: str, why: str, **more: object) -> Behaviour:
        return one(name, of, slug, html(article_page(of, article(slug), seed="n", top=top)), why, **more)  # type: ignore[arg-type]

    def below(name: str, of: Paper, slug: str, extra: str, why: str, **more: object) -> Behaviour:
        return one(name, of, slug, html(article_page(of, article(slug), seed="n", extra=extra)), why, **more)  # type: ignore[arg-type]

    def stub(
        name: str, of: Paper, slug: str, count: int, extra: str, head: str, states: str, why: str, **more: object
    ) -> Behaviour:
        text = article_page(of, article(slug).only(count), seed="p", extra=extra, head=head)
        return one(name, of, slug, html(text), why, states, **more)  # type: ignore[arg-type]

    bank, tea, coins = article("bank-merger-blocked"), article("chaye-jiage"), article("museum-heist-coins")
    return [
        stub(
            "paywall-stub",
            _ORBIT,
            bank.slug,
            1,
            offer,
            _free(bank),
            "paywalled",
            "one paragraph, and the bill",
        ),
        stub(
            "paywall-text",
            _ORBIT,
            coins.slug,
            2,
            offer,
            _free(coins, value="False"),
            "paywalled",
            "false written as text",
        ),
        stub("paywall-zh", _PORTAL, tea.slug, 1, zh_offer, _free(tea), "paywalled", "the same in Chinese"),
        stub(
            "paywall-unheld",
            _ORBIT,
            "insulin-price-hearing",
            1,
            offer,
            _free(article("insulin-price-hearing")),
            "paywalled",
            "a stub, and no copy of ours",
            captured=False,
        ),
        stub(
            "paywall-unsaid",
            _COURIER,
            "parliament-budget-night",
            2,
            offer,
            "",
            "ok paywalled",
            "two paragraphs and the offer, without a word to machines",
        ),
        below(
            "metered",
            _ORBIT,
            "telescope-first-light",
            offer + _free(article("telescope-first-light")),
            "all of the text is there, and the offer hides it from readers only",
            states="paywalled ok",
        ),
        above("consent-dialog", _ORBIT, "glacier-lake-drained", wall, "a dialog about cookies before the text"),
        above("consent-unheld", _TABLOID, "marathon-record", wall, "the same, and no copy of ours", captured=False),
        above("moving-banner", _BLOG, "harbour-ferry-grounding", banner, "a banner about a new domain"),
        above("dead-video", _TABLOID, "volcano-evacuation", video, "the video on top is gone, the article is not"),
        above("dead-video-unheld", _ORBIT, "orchestra-saved", video, "the same, and no copy of ours", captured=False),
        below("domain-ads", _TABLES, "tram-line-opening", ads, "advertisements for domains"),
        below(
            "challenge-beacon",
            _COURIER,
            "bridge-closure-cables",
            beacon,
            "a bot wall's script in a page that it lets through",
        ),
        below("comment-captcha", _BLOG, "apple-orchard-frost", robots, "a captcha and a password in the comment form"),
        below(
            "comment-captcha-unheld",
            _BLOG,
            "chess-teen-champion",
            robots,
            "the same, and no copy of ours",
            captured=False,
        ),
        below("hidden-404", _COURIER, "oil-spill-cleanup", hidden, "an error page as a template for scripts"),
    ]


BEHAVIOURS = [*rewritten(), *behind_notices()]
