"""Living articles about dead links, sold domains and captchas: held, in a new dress, and met for the first time."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from dataclasses import replace

from tests.bed.answers import (
    html,
    site,
)
from tests.bed.articles import Article, article
from tests.bed.behaviour import Behaviour, link
from tests.bed.healthy import one, shown
from tests.bed.pages import Style, article_page, paper

_COURIER, _ORBIT = paper("The Aldermere Courier"), paper("Meridian", style=Style.MAGAZINE)
_BLOG, _TABLOID = paper("Kelso Point Blog", style=Style.BLOG), paper("The Daily Whistle", style=Style.TABLOID)
_TABLES, _PORTAL = paper("Delta Online", style=Style.TABLES), paper("东岸网", "zh", Style.PORTAL)


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


BEHAVIOURS = about_it()
