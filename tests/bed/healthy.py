"""Links that are alive, however odd they look: moved, redesigned, corrected, hidden behind notices, badly served."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace

from tests.bed.answers import (
    Answer,
    Asked,
    End,
    Script,
    answer,
    elsewhere,
    ends,
    front,
    html,
    if_cookie,
    made,
    redirect,
    site,
    tagged,
    turns,
)
from tests.bed.articles import Article, article
from tests.bed.behaviour import Behaviour, link, path_of
from tests.bed.pages import Paper, Style, article_page, front_page, notice_page, page, paper, teasers

_COURIER, _ORBIT = paper("The Aldermere Courier"), paper("Meridian", style=Style.MAGAZINE)
_BLOG, _TABLOID = paper("Kelso Point Blog", style=Style.BLOG), paper("The Daily Whistle", style=Style.TABLOID)
_TABLES, _PORTAL = paper("Delta Online", style=Style.TABLES), paper("东岸网", "zh", Style.PORTAL)


def one(
    name: str,
    of: Paper,
    slug: str,
    now: Script | None,
    why: str,
    states: str = "ok",
    *,
    host: dict[str, object] | None = None,
    **more: object,
) -> Behaviour:
    """A living link on a host of its own."""
    return link(name, site(f"{name}.test", of, **(host or {})), slug, now, states, why, **more)  # type: ignore[arg-type]


def shown(of: Paper, slug: str, **more: str) -> Script:
    """The article in the paper's layout."""
    return html(article_page(of, article(slug), **more))


def unchanged() -> list[Behaviour]:
    """Nothing has happened, but for the headlines around the text."""
    looks = [
        ("aldermere", _COURIER, "harbour-ferry-grounding bridge-closure-cables museum-heist-coins"),
        ("meridian", _ORBIT, "telescope-first-light glacier-lake-drained"),
        ("whistle", _TABLOID, "chess-teen-champion marathon-record"),
        ("delta-online", _TABLES, "vaccine-cold-chain river-dolphin-count"),
        ("dong-an", _PORTAL, "gutu-chuban xiongmao-fangsheng gaokao-gaige"),
    ]
    found = []
    for host, of, slugs in looks:
        where = site(f"{host}.test", of)
        for slug in slugs.split():
            now = shown(of, slug, seed="another day")
            found.append(link(f"{host}-{slug}", where, slug, now, "ok", "the same article among today's headlines"))
    told = [
        ("brenz", "de", "stadtbibliothek-wasserschaden"),
        ("brenz-nord", "de", "elbtunnel-vollsperrung"),
        ("saint-aubin", "fr", "marche-aux-fleurs"),
        ("riaza", "es", "sequia-embalses"),
        ("irkutsk", "ru", "ledokol-baikal"),
        ("kanazawa", "ja", "shinkansen-kaitsuu"),
        ("seogwipo", "ko", "jeju-gamgyul"),
        ("madina", "ar", "maktaba-qadima"),
    ]
    for host, language, slug in told:
        of = paper(host.title(), language, Style.BROADSHEET)
        found.append(one(host, of, slug, shown(of, slug, seed="today"), f"{language}: the same article"))
    same = shown(_COURIER, "school-strike-ends")
    found.append(one("etag", _COURIER, "school-strike-ends", tagged(same), "304 to who has it", then=tagged(same)))
    found.append(one("to-the-byte", _COURIER, "orchestra-saved", None, "not a byte is different"))
    return found


def moved() -> list[Behaviour]:
    """The text is elsewhere, and the old address leads there."""

    def target(of: Paper, slug: str) -> dict[str, Script]:
        return {"/stories/" + slug: shown(of, slug, seed="now")}

    def moves(name: str, of: Paper, slug: str, status: int, states: str, why: str) -> Behaviour:
        where = {"pages": target(of, slug)}
        return one(name, of, slug, redirect(f"/stories/{slug}", status), why, states, host=where)

    def https(slug: str) -> Script:
        return lambda asked: (
            shown(_ORBIT, slug)
            if asked.scheme == "https"
            else redirect(asked.at(asked.host, asked.target, "https"), 301)
        )(asked)

    def hop(slug: str, last: int) -> Script:
        def script(asked: Asked) -> Answer:
            number = int(asked.target.partition("hop=")[2] or 0)
            return (shown(_COURIER, slug) if number == last else redirect(f"{asked.path}?hop={number + 1}"))(asked)

        return script

    new_home = site(
        "new-name.test",
        _TABLOID,
        pages={path_of(article("volcano-evacuation")): shown(_TABLOID, "volcano-evacuation", seed="x")},
    )
    old = site("old-name.test", _COURIER, elsewhere("new-name.test", "/", 301))
    mobile = site("m-dot.test", _ORBIT, pages={"/amp/rail": shown(_ORBIT, "rail-cyber-outage", seed="m")})
    wants = article("prison-library")
    bounce = if_cookie(
        "seen=1", shown(_ORBIT, wants.slug), redirect(path_of(wants), 302, ("Set-Cookie", "seen=1; Path=/"))
    )
    meta = '<html><head><meta http-equiv="refresh" content="0; url=/stories/oil-spill-cleanup"></head><body>This page has moved.</body></html>'
    script = '<html><head><script>window.location = "/stories/apple-orchard-frost";</script></head><body></body></html>'
    refresh = html("<p>One moment</p>", ("Refresh", "0; url=/stories/lighthouse-automation"))
    return [
        moves("moved-301", _COURIER, "harbour-ferry-grounding", 301, "moved", "a new address, permanently"),
        moves("moved-308", _ORBIT, "wheat-rust-valley", 308, "moved", "the same by 308"),
        moves("moved-302", _COURIER, "museum-heist-coins", 302, "ok", "for the time being"),
        moves("moved-307", _TABLOID, "tram-line-opening", 307, "ok", "for the time being, by 307"),
        moves("moved-303", _BLOG, "glacier-lake-drained", 303, "ok", "see other"),
        one(
            "to-https", _ORBIT, "bank-merger-blocked", https("bank-merger-blocked"), "everything went to https", "moved"
        ),
        link(
            "new-name",
            old,
            "volcano-evacuation",
            elsewhere("new-name.test", path_of(article("volcano-evacuation")), 301),
            "moved",
            "the paper has a new name and layout; made-up addresses go home there",
        ),
        link("new-name-own", new_home, "insulin-price-hearing", None, "ok", "an address of the new name's own"),
        link(
            "to-mobile",
            site("www-dot.test", _ORBIT),
            "rail-cyber-outage",
            elsewhere("m-dot.test", "/amp/rail"),
            "ok",
            "sent to the mobile edition",
        ),
        link("mobile-own", mobile, "domain-sale-record", None, "ok", "the mobile edition itself, about a domain sale"),
        one(
            "twelve-hops",
            _COURIER,
            "parliament-budget-night",
            hop("parliament-budget-night", 12),
            "twelve hops, and there it is",
        ),
        one("cookie-bounce", _ORBIT, wants.slug, bounce, "leads to itself until the cookie is sent back"),
        one(
            "meta-refresh",
            _BLOG,
            "oil-spill-cleanup",
            html(meta),
            "moved by a meta refresh",
            "ok moved",
            host={"pages": target(_BLOG, "oil-spill-cleanup")},
        ),
        one(
            "script-location",
            _BLOG,
            "apple-orchard-frost",
            html(script),
            "moved by a script",
            "ok moved",
            host={"pages": target(_BLOG, "apple-orchard-frost")},
        ),
        one(
            "refresh-header",
            _BLOG,
            "lighthouse-automation",
            refresh,
            "moved by a Refresh header",
            "ok moved",
            host={"pages": target(_BLOG, "lighthouse-automation")},
        ),
    ]


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


def about_it() -> list[Behaviour]:
    """Articles about dead links, domains, captchas: with a copy of ours, in a new dress, and without any."""
    found = []
    subjects = [
        ("error-page-history", _COURIER),
        ("domain-sale-record", _ORBIT),
        ("captcha-study", _TABLOID),
        ("paywall-trial", _BLOG),
        ("si-ling-si", _PORTAL),
        ("yuming-jiaoyi", paper("财经周报", "zh", Style.MAGAZINE)),
    ]
    for slug, of in subjects:
        other = replace(of, style=Style.BROADSHEET)
        found.append(
            one(f"about-{slug}", of, slug, shown(other, slug, seed="d"), "the subject is not the state of the page")
        )
        found.append(one(f"about-{slug}-unheld", of, slug, None, "the same, and no copy of ours", captured=False))
    briefs = [
        (
            "brief-charter",
            _COURIER,
            "Page not found for 300 years turns up in a bishop's attic",
            (
                "A leaf missing from the town charter since the fire of 1715 has been discovered in an attic at Wells. Scholars who had"
                " been looking for the page for decades said that it fits the gap to a hair. It grants the weavers a fair on the second"
                " Monday of May, which the council intends to hold again."
            ),
            "en",
        ),
        (
            "brief-access",
            _COURIER,
            "Access denied: reporters locked out of inquest",
            (
                "Journalists were refused entry to the inquest into the ferry accident on Monday after the coroner ruled that the room was"
                " full. Two newspapers have lodged an appeal. A spokesman for the court apologised for the error and said that a larger"
                " hall had been booked for the rest of the week."
            ),
            "en",
        ),
        (
            "brief-gone",
            _BLOG,
            "Gone: the last cinema in Kelso Point has closed",
            (
                "The Regal showed its final film on Sunday to an audience of sixty-one. No longer available are the red seats, which were"
                " sold for ten pounds each; the projector goes to a museum. The building has been sold and will become flats with a view"
                " of the harbour by the end of next year."
            ),
            "en",
        ),
        (
            "brief-zh",
            _PORTAL,
            "诗集《对不起，您访问的页面不存在》获奖",
            (
                "青年诗人陆小满的新诗集《对不起，您访问的页面不存在》昨天获得本年度江南文学奖。评委会认为，这部作品用网络时代的提示语写出了乡村的消失。陆小满在"
                "颁奖典礼上说，书名来自她想查找老家地名时看到的一行字，那个村子已经在地图上找不到了。诗集首印三千册，目前已经加印两次。"
            ),
            "zh",
        ),
        (
            "brief-de",
            paper("Fenbote", "de", Style.BROADSHEET),
            "Kloster vermisst Seite 404 seines Stundenbuchs",
            (
                "Im Kloster Brenz fehlt seit der Inventur im Herbst das Blatt 404 eines Stundenbuchs aus dem fünfzehnten Jahrhundert. „Die"
                " Seite wurde nicht gefunden, und wir haben überall gesucht“, sagte die Bibliothekarin. Die Polizei geht von einem Diebstahl"
                " aus und bittet Antiquare um Hinweise. Das Blatt zeigt die Flucht nach Ägypten."
            ),
            "de",
        ),
    ]
    day = article("error-page-history").day
    for name, of, headline, text, language in briefs:
        brief = Article(slug=name, author="Staff", day=day, language=language, headline=headline, paragraphs=(text,))
        for suffix, held in (("", True), ("-unheld", False)):
            where = site(f"{name}{suffix}.test", of)
            shows = html(article_page(of, brief))
            found.append(
                link(
                    name + suffix,
                    where,
                    "error-page-history",
                    None,
                    "ok",
                    "a short report with an unlucky headline",
                    then=shows,
                    captured=held,
                    path=f"/{name}.html",
                )
            )
    return found


def odd_addresses() -> list[Behaviour]:
    """The address looks wrong, or is written wrongly, and works."""

    def at(
        name: str,
        slug: str,
        path: str,
        why: str,
        href: str | None = None,
        of: Paper = _COURIER,
        host: str | None = None,
    ) -> Behaviour:
        where = site(host or f"{name}.test", of)
        return link(name, where, slug, shown(of, slug, seed="o"), "ok", why, path=path, href=href)

    catch_all = made(
        lambda asked: notice_page(
            _TABLOID,
            "The Daily Whistle",
            teasers(_TABLOID, str(asked.serial), 15, summaries=True),
            seed=str(asked.serial),
        )
    )
    return [
        at("path-404", "harbour-ferry-grounding", "/404/harbour-ferry", "a path of /404/"),
        at(
            "path-notfound",
            "lighthouse-automation",
            "/notfound/page-not-found-lighthouse.html",
            "a path with notfound in it",
        ),
        at("path-error", "water-main-flood", "/error.php?id=404", "a script called error"),
        at("query-id", "prison-library", "/article?id=4711&sid=9", "an address that is all query"),
        at("tracking", "rail-cyber-outage", "/rail?utm_source=rss&utm_medium=feed", "tracking parameters"),
        at(
            "fragment",
            "bank-merger-blocked",
            "/bank",
            "an anchor that is no longer in the page",
            href="http://{at}/bank#comment-1178",
        ),
        at(
            "ampersand",
            "museum-heist-coins",
            "/story?a=1&b=2",
            "an ampersand written as in HTML",
            href="http://{at}/story?a=1&amp;b=2",
        ),
        at(
            "blanks",
            "school-strike-ends",
            "/news/school%20strike%20ends.html",
            "blanks in the path",
            href="http://{at}/news/school%20strike%20ends.html",
        ),
        at("raw-chinese", "dizhen-jiuyuan", "/新闻/地震.html", "a path in Chinese, unencoded", of=_PORTAL),
        at(
            "umlaut-host",
            "elbtunnel-vollsperrung",
            "/artikel/99",
            "a host name with an umlaut",
            href="http://münstertal-zeitung.test:{port}/artikel/99",
            of=paper("Münstertal-Zeitung", "de"),
            host="xn--mnstertal-zeitung-22b.test",
        ),
        link(
            "catch-all",
            site("catch-all.test", _TABLOID, catch_all),
            "insulin-price-hearing",
            shown(_TABLOID, "insulin-price-hearing", seed="c"),
            "ok",
            "a host that answers everything with 200",
        ),
        link(
            "catch-all-unheld",
            site("catch-all-unheld.test", _TABLOID, catch_all),
            "river-dolphin-count",
            None,
            "ok",
            "a host that answers everything with 200, and no copy of ours",
            captured=False,
        ),
        link(
            "home-301-others",
            site("home-others.test", _COURIER, redirect("/")),
            "wheat-rust-valley",
            shown(_COURIER, "wheat-rust-valley"),
            "ok",
            "unknown addresses go home, this one is known",
        ),
        link(
            "title-404",
            site("title-404.test", _BLOG),
            "vaccine-cold-chain",
            html(
                page(
                    _BLOG,
                    "404 Not Found - Kelso Point Blog",
                    article_page(_BLOG, article("vaccine-cold-chain"))
                    .partition('<main id="main" class="site-main">')[2]
                    .partition("</main>")[0],
                    seed="t",
                )
            ),
            "ok",
            "a broken plug-in: the title says 404 and the article is there",
        ),
    ]


def homes() -> list[Behaviour]:
    """Home and section pages that were the link: they are another every day, and alive."""
    of, zh = paper("Harrow Vale Weekly", style=Style.TABLOID), paper("海湾日报", "zh", Style.PORTAL)
    intl = paper("Harrow International", style=Style.MAGAZINE)
    section = made(
        lambda asked: notice_page(
            of,
            "Science - Harrow Vale Weekly",
            "<h1>Science</h1>" + teasers(of, str(asked.serial), 8, summaries=True),
            seed=str(asked.serial),
        )
    )

    def home(
        name: str, look: Paper, now: Script | None, why: str, states: str = "ok", path: str = "/", **pages: Script
    ) -> Behaviour:
        where = site(f"{name}.test", look, pages={"/" + key.replace("__", "/"): value for key, value in pages.items()})
        then = html(front_page(look, "then"))
        return link(name, where, "marathon-record", now or front(look), states, why, then=then, path=path)

    return [
        home("weekly-home", of, None, "the home page was the link", "ok content_drifted"),
        home("haiwan-home", zh, None, "a Chinese home page was the link", "ok content_drifted"),
        home(
            "intl-home",
            intl,
            redirect("/en/"),
            "the home page was the link, and leads to its English edition",
            "ok content_drifted",
            en__=front(intl),
        ),
        link(
            "section-front",
            site("section-front.test", of),
            "marathon-record",
            section,
            "ok content_drifted",
            "a section's front was the link",
            then=html(
                notice_page(
                    of, "Science - Harrow Vale Weekly", "<h1>Science</h1>" + teasers(of, "then", 8, summaries=True)
                )
            ),
            path="/science/",
        ),
    ]


def stumbling() -> list[Behaviour]:
    """It takes more than one attempt, or an odd one."""
    busy = html("<h1>503 Service Unavailable</h1>", status=503)
    slow = html("<h1>429</h1>", ("Retry-After", "1"), status=429)

    def no_head(slug: str) -> Script:
        shows = shown(_COURIER, slug, seed="h")
        return lambda asked: (html("<h1>405</h1>", status=405) if asked.method == "HEAD" else shows)(asked)

    def packed(slug: str) -> Script:
        return answer(
            gzip.compress(article_page(_ORBIT, article(slug)).encode(), mtime=0),
            "text/html; charset=utf-8",
            ("Content-Encoding", "gzip"),
        )

    def closing(slug: str) -> Script:
        text = article_page(_TABLES, article(slug)).encode()
        return lambda _: Answer(raw=b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + text, end=End.CLOSE)

    return [
        one(
            "third-time",
            _COURIER,
            "harbour-ferry-grounding",
            turns(busy, busy, shown(_COURIER, "harbour-ferry-grounding", seed="3")),
            "503, 503, 200",
        ),
        one(
            "second-reset",
            _COURIER,
            "glacier-lake-drained",
            turns(ends(End.RESET), shown(_COURIER, "glacier-lake-drained", seed="2")),
            "reset once, then there",
        ),
        one(
            "after-a-second",
            _ORBIT,
            "telescope-first-light",
            turns(slow, shown(_ORBIT, "telescope-first-light", seed="w")),
            "429, a second later 200",
        ),
        one("head-refused", _COURIER, "chess-teen-champion", no_head("chess-teen-champion"), "HEAD is refused"),
        one("gzip", _ORBIT, "vaccine-cold-chain", packed("vaccine-cold-chain"), "packed since"),
        one(
            "http-1-0",
            _TABLES,
            "apple-orchard-frost",
            closing("apple-orchard-frost"),
            "HTTP/1.0, until the connection closes",
        ),
    ]


def charsets() -> list[Behaviour]:
    """Encodings declared in the page alone, wrongly, or changed since."""

    def coded(
        name: str,
        slug: str,
        of: Paper,
        charset: str,
        label: str,
        why: str,
        *,
        header: str = "text/html",
        now: Script | None = None,
    ) -> Behaviour:
        text = (
            article_page(of, article(slug))
            .replace('charset="utf-8"', f'charset="{label}"')
            .replace("charset=utf-8", f"charset={label}")
        )
        return one(name, of, slug, now, why, then=answer(text.encode(charset, "xmlcharrefreplace"), header))

    zh_new = shown(replace(_PORTAL, style=Style.MAGAZINE), "waimai-anquan", seed="u")
    ru, ja, ko = (
        paper("Вестник", "ru", Style.TABLES),
        paper("日報", "ja", Style.TABLES),
        paper("일보", "ko", Style.PORTAL),
    )
    return [
        coded("gbk", "dizhen-jiuyuan", _PORTAL, "gbk", "gb2312", "GBK, called gb2312 in the page alone"),
        coded(
            "gbk-to-utf8", "waimai-anquan", _PORTAL, "gbk", "gbk", "GBK then, UTF-8 and a new layout now", now=zh_new
        ),
        coded(
            "gbk-lying",
            "aoyun-tiaoshui",
            _PORTAL,
            "gbk",
            "gbk",
            "GBK, and the header says UTF-8",
            header="text/html; charset=utf-8",
        ),
        coded("gb18030", "gaokao-gaige", _PORTAL, "gb18030", "gb18030", "GB 18030"),
        coded("shift-jis", "shinkansen-kaitsuu", ja, "cp932", "Shift_JIS", "Shift_JIS"),
        coded("windows-1251", "ledokol-baikal", ru, "cp1251", "windows-1251", "windows-1251"),
        coded("euc-kr", "jeju-gamgyul", ko, "cp949", "euc-kr", "EUC-KR"),
        coded("latin-1", "marche-aux-fleurs", paper("Le Quai", "fr", Style.TABLES), "cp1252", "iso-8859-1", "Latin-1"),
        coded(
            "latin-1-unsaid",
            "sequia-embalses",
            paper("El Faro", "es", Style.TABLES),
            "cp1252",
            "utf-8",
            "Latin-1 that calls itself UTF-8",
        ),
    ]


BEHAVIOURS = [
    *unchanged(),
    *moved(),
    *rewritten(),
    *behind_notices(),
    *about_it(),
    *odd_addresses(),
    *homes(),
    *stumbling(),
    *charsets(),
]
