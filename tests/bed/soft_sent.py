"""Links that are dead and lead to where the article is not: home, sections, searches, error pages, other stories."""

from __future__ import annotations

from archive.verdicts import VerdictState
from tests.bed.answers import (
    Asked,
    Script,
    elsewhere,
    html,
    made,
    redirect,
    site,
)
from tests.bed.articles import article
from tests.bed.behaviour import Behaviour, link
from tests.bed.pages import Paper, Style, article_page, notice_page, paper, teasers
from tests.bed.soft import everywhere, notice

_BROAD, _BLOG, _PORTAL, _TABLES, _MAGAZINE, _TABLOID = Style


def sent_away() -> list[Behaviour]:
    """Redirects to where the article is not."""
    post, post2 = paper("Ridgeway Post"), paper("Ridgeway Post International", style=_MAGAZINE)
    sections, error = paper("Tidewater Times", style=_MAGAZINE), paper("The Northern Clarion")
    searching = paper("Pinehurst Sentinel", style=_BLOG)
    newest, zh = paper("Riverside Reporter", style=_BLOG), paper("海港在线", "zh", _PORTAL)
    lost = notice(
        error,
        "The Northern Clarion",
        "<h1>We looked everywhere</h1><p>The link you followed doesn't lead anywhere on our site any longer.</p>",
        around=8,
    )
    hits = made(
        lambda asked: notice_page(
            searching,
            "Search results - Pinehurst Sentinel",
            "<h1 class='page-title'>"
            f"Search results for: {asked.target.partition('=')[2].replace('+', ' ')}</h1><p>0 results.</p>"
            + teasers(searching, str(asked.serial), 8),
            seed=str(asked.serial),
        )
    )
    section = made(
        lambda asked: notice_page(
            sections,
            "World - Tidewater Times",
            "<h1>World</h1>" + teasers(sections, str(asked.serial), 10, summaries=True),
            seed=str(asked.serial),
        )
    )
    latest = article("oil-spill-cleanup")

    def to_search(asked: Asked) -> str:
        return "/search?q=" + asked.path.rsplit("/", 1)[-1].partition(".")[0].replace("-", "+")

    def away(name: str, of: Paper, slug: str, now: Script, why: str, states: str, **pages: Script) -> Behaviour:
        where = {"/" + key.replace("__", "/"): value for key, value in pages.items()}
        return link(name, site(f"{name}.test", of, now, pages=where), slug, now, states, why)

    group = link(
        "group-home",
        site(
            "old-gazette.test",
            paper("Old Gazette"),
            elsewhere("group-home.test", "/", 301),
            home=elsewhere("group-home.test", "/", 301),
        ),
        "lighthouse-automation",
        elsewhere("group-home.test", "/", 301),
        "moved_to_home",
        "the paper was bought and every address leads to the group's home page",
    )
    return [
        away(
            "ridgeway", post, "water-main-flood", redirect("/"), "every unknown address goes home, 302", "moved_to_home"
        ),
        away(
            "ridgeway-intl",
            post2,
            "chess-teen-champion",
            redirect("/en/", 301),
            "home in the reader's language, permanently",
            "moved_to_home soft_404",
            en__=made(
                lambda asked: notice_page(
                    post2, post2.name, teasers(post2, str(asked.serial), 14, summaries=True), seed=str(asked.serial)
                )
            ),
        ),
        away(
            "tidewater",
            sections,
            "oil-spill-cleanup",
            redirect("/world/", 301),
            "all old articles go to the front of the section",
            "moved_to_home soft_404",
            world__=section,
        ),
        away(
            "clarion",
            error,
            "satellite-broadband-islands",
            redirect("/404.html"),
            "a redirect to an error page that answers 200",
            "soft_404 moved_to_home",
            **{"404.html": lost},
        ),
        away(
            "clarion-asp",
            error,
            "harbour-ferry-grounding",
            redirect(lambda asked: f"/Error.aspx?aspxerrorpath={asked.path}"),
            "ASP.NET's error page with the path in its query",
            "soft_404 moved_to_home",
            **{"Error.aspx": lost},
        ),
        away(
            "pinehurst",
            searching,
            "wheat-rust-valley",
            redirect(to_search),
            "the words of the address are searched for, and nothing is found",
            "soft_404 moved_to_home",
            search=hits,
        ),
        away(
            "riverside",
            newest,
            "glacier-lake-drained",
            redirect("/2026/11/20/beaches.html"),
            "unknown addresses lead to the newest story, whole and in order",
            "moved_to_home soft_404",
            **{"2026/11/20/beaches.html": html(article_page(newest, latest))},
        ),
        away("haigang", zh, "chaye-jiage", redirect("/", 302), "a Chinese portal sends home", "moved_to_home"),
        away(
            "haigang-index",
            zh,
            "gaokao-gaige",
            redirect("/index.html", 301),
            "home has a file name here",
            "moved_to_home soft_404",
            **{
                "index.html": made(
                    lambda asked: notice_page(zh, zh.name, teasers(zh, str(asked.serial), 20), seed=str(asked.serial))
                )
            },
        ),
        everywhere(
            "meta-home",
            paper("Saltmarsh Herald"),
            "museum-heist-coins",
            html('<html><head><meta http-equiv="refresh" content="0;url=/"></head><body></body></html>'),
            "a meta refresh to the home page",
            "moved_to_home soft_404",
        ),
        everywhere(
            "script-home",
            paper("Saltmarsh Echo"),
            "tram-line-opening",
            html("<html><body><script>window.location.replace('/');</script></body></html>"),
            "a script that leads home",
            "moved_to_home soft_404",
        ),
        group,
    ]


def group_home() -> Behaviour:
    """Where the group's home page is: a link of its own, which is a home page and alive."""
    of = paper("Consolidated Media Group", style=_MAGAZINE)
    home = notice(
        of,
        "Consolidated Media Group",
        "<h1>Local news, national reach</h1><p>We publish 46 titles in eleven"
        " states and reach nine million readers a week with print, digital and events.</p>",
    )
    return Behaviour(
        name="corporate-home",
        site=site("group-home.test", of, home=home),
        path="/",
        then=home,
        now=home,
        states=(VerdictState.OK,),
        why="the home page was what was cited",
    )


BEHAVIOURS = [*sent_away(), group_home()]
