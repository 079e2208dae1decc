"""Links that are alive elsewhere, or at addresses that look wrong or are written wrongly."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from tests.bed.answers import (
    Answer,
    Asked,
    Script,
    elsewhere,
    html,
    if_cookie,
    made,
    redirect,
    site,
)
from tests.bed.articles import article
from tests.bed.behaviour import Behaviour, link, path_of
from tests.bed.healthy import one, shown
from tests.bed.pages import Paper, Style, article_page, notice_page, page, paper, teasers

_COURIER, _ORBIT = paper("The Aldermere Courier"), paper("Meridian", style=Style.MAGAZINE)
_BLOG, _TABLOID = paper("Kelso Point Blog", style=Style.BLOG), paper("The Daily Whistle", style=Style.TABLOID)
_TABLES, _PORTAL = paper("Delta Online", style=Style.TABLES), paper("东岸网", "zh", Style.PORTAL)


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
        one("cookie-bounce", _ORBIT, wants.slug, bounce, "leads to itself until the cookie is sent back", host={}),
        one(
            "meta-chain",
            _BLOG,
            "captcha-study",
            html('<meta http-equiv="refresh" content="0; url=/step/2">'),
            "a meta refresh, a redirect, and another meta refresh",
            "ok moved",
            host={
                "pages": {
                    "/step/2": redirect("/step/3"),
                    "/step/3": html('<meta http-equiv="refresh" content="0; url=/stories/captcha-study">'),
                    **target(_BLOG, "captcha-study"),
                }
            },
        ),
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


BEHAVIOURS = [*moved(), *odd_addresses()]
