"""Copies that may have been made when the link was dead already: what the first check makes of them."""

# ruff: noqa: E501 - a site a line

from __future__ import annotations

import pytest

from archive.verdicts import VerdictClass
from crawler.verdict.redirects import sent_home_then
from tests.crawler.verdict.checks import STORY_ZH, page, paragraphs, teasers
from tests.crawler.verdict.sites import Site, first_checked, rechecked
from tests.crawler.verdict.test_routes import ALIVE, ERROR, GONE, HOME, NAV, article, by_path

LINK = "http://p.test/2016/02/03/flood.html"
LIST = (200, page("News | The Paper", f"{NAV}<h1>News</h1>{teasers(12)}"))
BET = (200, page("Grand Casino", "<h1>Online casino</h1><p>Slots with a bonus, and a jackpot every night.</p>"))
WIDE = (
    200,
    page("新闻中心", "<h1>新闻中心</h1>" + "".join(f"<p><a href=/{n}>老城区第{n}次被水淹没</a></p>" for n in range(6))),
)

WAS_DEAD: dict[str, Site] = {
    "an error for all": by_path({}, ERROR),
    "a list for all": by_path({}, LIST),
    "a Chinese list for all": by_path({}, WIDE),
    "a casino for all": by_path({}, BET),
    "sent home": by_path({"/": HOME}, (302, "/")),
    "sent home, alone": by_path({"/": HOME, "/2016/02/03/flood.html": (301, "/")}, GONE),
    "sent to the news, as all are": by_path({"/news/": LIST}, (301, "/news/")),
}


@pytest.mark.parametrize("name", WAS_DEAD)
def test_a_copy_of_a_dead_link_is_none(name: str) -> None:
    """That it is still there does not make the link alive: its random siblings have all of it, or it is a home page."""
    site = WAS_DEAD[name]
    found = first_checked(LINK, site, site)
    assert found.verdict_class is VerdictClass.DEAD, found


@pytest.mark.parametrize("name", ALIVE)
def test_a_copy_of_a_living_link_is_one(name: str) -> None:
    """However little of its address its server looks at; unsure, at worst, of what stands at every address."""
    url, site = ALIVE[name]
    found = first_checked(url, site, site)
    assert found.verdict_class in (VerdictClass.ALIVE, VerdictClass.UNSURE), found


def test_an_article_among_errors_is_still_there() -> None:
    """What is its own among what its site puts around all pages is enough."""
    for missing in (ERROR, GONE, HOME, LIST):
        site = by_path({"/2016/02/03/flood.html": article(texts=("The river rose by two metres on Friday.",))}, missing)
        found = first_checked(LINK, site, site)
        assert (found.verdict_class, found.evidence.rule) == (VerdictClass.ALIVE, "still_there"), found


@pytest.mark.parametrize(
    ("url", "copied", "then"),
    [
        ("http://p.test/2008/flood.html", "http://p.test/", True),
        ("http://p.test/2008/flood.html", "http://p.test/fr/accueil", True),
        ("http://p.test/2008/flood.html", "http://p.test/2008/flood/", False),
        ("http://p.test/fest", "http://p.test/", False),  # its name, maybe
        ("http://p.test/portal", "http://p.test/", False),
        ("http://p.test/2008/#!/flood", "http://p.test/", False),
    ],
)
def test_a_copy_made_at_a_home_page(url: str, copied: str, then: bool) -> None:
    """It is no copy of what the link was cited for, unless the link was a name of the home page."""
    assert sent_home_then(url, copied) is then


IN_PLACE = {
    "German": "<h1>Da ist leider nichts mehr</h1><p>Der Verlag hat den Text nach Ablauf der Rechte herausgenommen.</p>",
    "Japanese": "<h1>公開期間について</h1><p>この話題は弊社の都合により取り下げました。</p>",
    "Korean": "<h1>서비스 종료</h1><p>언론사 사정으로 제공이 끝난 글입니다.</p>",
    "Portuguese": "<h1>Eita, sumiu!</h1><p>O que procura saiu do ar.</p>",
    "nothing at all": "<h1>Press</h1><h2></h2><div></div>",
}
STANDS_BEFORE = {
    "waits": "<h1>Un attimo</h1><p>Stiamo preparando la pagina, ancora qualche secondo.</p>",
    "asks who we are": "<h1>Bitte kurz</h1><p>Wir möchten wissen, ob Sie ein Mensch sind.</p>",
    "wants an address": "<h1>Read on</h1><p>Tell us where to write to.</p><form><input name=mail type=email></form>",
    "by region": "<h1>Oj</h1><p>Denna sida visas inte i ditt land eller din region.</p>",
    "will be back": "<h1>サイトについて</h1><p>ただいま準備中です。</p>",
    "by hand": "<h1>잠시만요</h1><p>아래 단추를 클릭해 주세요.</p>",
}


def in_layout(body: str) -> Site:
    """A site that sends this for every address."""
    return by_path({}, (200, page("The Paper", f"{NAV}{body}<footer>© The Paper. All rights reserved.</footer>")))


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_asks_nothing_in_place_of_our_copy(name: str) -> None:
    """In whatever words: dead, if all siblings say the same and a long text is gone; unsure without a copy."""
    site = in_layout(IN_PLACE[name])
    then = by_path({}, article("老城区被淹", STORY_ZH))
    assert rechecked(LINK, site, then).verdict_class is VerdictClass.DEAD
    assert rechecked(LINK, site).verdict_class in (VerdictClass.UNSURE, VerdictClass.DEAD)


@pytest.mark.parametrize("name", STANDS_BEFORE)
def test_what_asks_something_is_no_death(name: str) -> None:
    """Though it stands at every address, in words that no table of gates knows, and with its site around it."""
    found = rechecked(LINK, in_layout(STANDS_BEFORE[name]), by_path({}, article("老城区被淹", STORY_ZH)))
    assert found.verdict_class in (VerdictClass.UNSURE, VerdictClass.FAILING), found


ABOUT = {
    "a phrase, and who said it": ("此文章已被刪除:作家告上法院", ("「此文章已被刪除」,三年前寫下的四十萬字一夜之間消失。", "法院判決平台恢復資料。")),
    "a sale": ("This domain may be for sale, but who would pay for it", ("The owner of a domain with three letters has turned down nine million, his broker told us on Monday.", "\"Buy this domain,\" says the page, between sponsored listings that earn him four hundred dollars a day.")),
    "works": ("Under construction: the bridge will be back soon enough", ("We'll be back soon, says the poster at the old bridge, which has been closed since the spring of 2006.", "Engineers who were down there in March now speak of next year at best.")),
    "a refusal": ("Access denied", ("Students who wanted to read the minutes found two words on the screen: access denied.", "The college says that the minutes were never meant for them, and the union has gone to court about it.")),
}  # fmt: skip


@pytest.mark.parametrize("name", ABOUT)
@pytest.mark.parametrize("missing", [GONE, ERROR], ids=["404", "an error of 200"])
def test_articles_about_such_things(name: str, missing: tuple[int, str]) -> None:
    """Short ones, with the words of an error, a seller or a gate for a headline: no death, and alive beside a 404."""
    title, texts = ABOUT[name]
    text = page(f"{title} - The Paper", f"{NAV}<article><h1>{title}</h1>{paragraphs(*texts)}</article>")
    site = by_path({"/2016/02/03/flood.html": (200, text)}, missing)
    for found in (rechecked(LINK, site), first_checked(LINK, site, site)):
        assert found.verdict_class in (VerdictClass.ALIVE, VerdictClass.UNSURE), found
        assert missing is ERROR or found.verdict_class is VerdictClass.ALIVE, found


def test_a_frame_alone_in_place_of_our_copy() -> None:
    """Nobody can tell what it shows: unsure."""
    frame = page("p.test", "", head='<frameset rows="100%"><frame src="http://lot.test/?d=p.test"></frameset>')
    site = by_path({}, (200, frame.replace("<body></body>", "")))
    assert rechecked(LINK, site, by_path({}, article())).verdict_class is VerdictClass.UNSURE
