"""What a worker sees on a page, hostile ones too."""

from __future__ import annotations

import pytest

from crawler.verdict.answer import ContentKind, PageFacts
from crawler.verdict.page_facts import kind_of, page_facts
from tests.crawler.verdict.checks import STORY, STORY_ZH, page, paragraphs

URL = "http://paper.test/a/b.html"


def seen(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> PageFacts:
    """The facts of a page."""
    return page_facts(html.encode() if isinstance(html, str) else html, URL, content_type)


def test_what_is_read_and_what_is_beside_it() -> None:
    """Text is what cannot be clicked and is no navigation; the rest is kept apart."""
    facts = seen(
        page(
            " The \n title ",
            "<nav>Menu <a href=/>Home</a></nav><div class='site-footer'>By us</div><h1><b>Big</b> head</h1>"
            "<h2>Small</h2>"
            "<p>One <i>two</i> <a href=x>three</a> four.<br>Five.</p><footer>All rights</footer>",
        )
    )
    assert (facts.title, facts.headings, facts.subheadings) == ("The title", ("Big head",), ("Small",))
    assert facts.text.split("\n") == ["Big head", "Small", "One two four.", "Five."]
    assert facts.beside.split("\n") == ["Menu", "By us", "All rights"]
    assert facts.linked.split("\n") == ["Home", "three"]
    assert (facts.words, facts.main_words, facts.links) == (14, 7, 2)


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>x</div>",
        "<div style='color:red; DISPLAY : none'>x</div>",
        "<p aria-hidden=true>x</p>",
        "<template>x</template>",
        "<noscript>x</noscript>",
        "<script>x</script>",
        "<style>x</style>",
        "<svg><text>x</text></svg>",
        "<!-- x -->",
    ],
)
def test_what_nobody_sees_is_no_text(hidden: str) -> None:
    """And what follows it is."""
    assert seen(f"<body>before {hidden} behind").text.split() == ["before", "behind"]


def test_a_body_that_waits_for_its_script_is_seen() -> None:
    """Pages hide themselves until their fonts are there."""
    assert seen("<body style='visibility:hidden'><p>Text").text == "Text"


def test_paragraphs_are_long_blocks() -> None:
    """Of any element, in any script."""
    facts = seen(page("x", paragraphs(*STORY) + "<div>" + STORY[0] + "<br>short</div>"))
    assert facts.paragraphs == len(STORY) + 1
    assert facts.prose == facts.words - 1
    assert seen(page("x", paragraphs(*STORY_ZH))).paragraphs == len(STORY_ZH)
    assert seen(page("x", f"<p><a href=x>{STORY[0]}</a></p>")).paragraphs == 0


def test_forms() -> None:
    """Who asks for a password, and who for a letter."""
    login = seen("<form id=loginForm><input name=username><input type=PASSWORD></form>")
    assert (login.has_password, login.has_login_form) == (True, True)
    first_step = seen("<form action=/signin><input type=email name=identifier></form>")
    assert (first_step.has_password, first_step.has_login_form) == (False, True)
    letter = seen("<form action=/search><input name=q></form><form><textarea></textarea></form>")
    assert (letter.has_login_form, letter.has_text_form) == (False, True)


@pytest.mark.parametrize(
    ("json", "free"),
    [
        ('{"@type":"NewsArticle","isAccessibleForFree":false}', False),
        ('{"isAccessibleForFree":"False"}', False),
        ('{"isAccessibleForFree":"http://schema.org/False"}', False),
        ('[{"@type":"WebSite"},{"hasPart":[{"isAccessibleForFree":"false"}]}]', False),
        ('{"@graph":[{"isAccessibleForFree":true}]}', True),
        ('{"itemListElement":[{"isAccessibleForFree":false}]}', None),
        ("{", None),
        ("[" * 5000, None),
        ('"isAccessibleForFree"', None),
    ],
)
def test_what_linked_data_says_of_the_price(json: str, free: bool | None) -> None:
    """Of the page, not of those it lists; and never an exception."""
    assert seen(f'<script type="application/ld+json">{json}</script>').free is free


def test_an_article_says_so() -> None:
    """By og:type or JSON-LD."""
    assert seen('<meta property="og:type" content="article">').is_article
    assert seen('<script type="application/ld+json">{"@type":["Thing","NewsArticle"]}</script>').is_article
    assert not seen('<meta property="og:type" content="website">').is_article


@pytest.mark.parametrize(
    ("markup", "refresh"),
    [
        ("<meta http-equiv=refresh content='0;url=/new'>", ("http://paper.test/new", 0.0)),
        ("<META HTTP-EQUIV=Refresh CONTENT=\"5; URL='c.html'\">", ("http://paper.test/a/c.html", 5.0)),
        ("<base href=http://b.test/x/><meta http-equiv=refresh content='1;url=y'>", ("http://b.test/x/y", 1.0)),
        ("<meta http-equiv=refresh content=30>", None),
        ("<noscript><meta http-equiv=refresh content='0;url=/nojs'></noscript>", None),
        ("<meta http-equiv=refresh content='0;url=javascript:void(0)'>", None),
        ("<meta http-equiv=refresh content='0;url=ftp://b.test/'>", None),
    ],
)
def test_refresh(markup: str, refresh: tuple[str, float] | None) -> None:
    """Where a page sends its reader, against its base."""
    assert seen(markup).refresh == refresh


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ("location='/new'", "http://paper.test/new"),
        ('window.location.href = "https://b.test/x?y=1";', "https://b.test/x?y=1"),
        ("window.top.location.replace('/new')", "http://paper.test/new"),
        ("setTimeout(function(){document.location.assign(`/new`)}, 10)", "http://paper.test/new"),
        (r'window.onload=function(){window.location.href="\/lander"}', "http://paper.test/lander"),
        ("location.href='/a'; location.href='/a';", "http://paper.test/a"),
        ("// location='/old'\nlocation='/new'", "http://paper.test/new"),
        ("/* location='/old' */", None),
        ("if (mobile) location='/m'; else location='/d'", None),
        ("location = '/x' + id", None),
        ("var mylocation='/x'", None),
        ("location.hash = '#x'", None),
        ("location == '/x'", None),
        ("location = target", None),
        (f"location = '{URL}'", None),
        ('var to="/for?name="+document.domain;top.location.replace(to)', "http://paper.test/for?name=paper.test"),
        (
            "const host = location.host\nlocation.href = `https://` + host + location.pathname",
            "https://paper.test/a/b.html",
        ),
        (
            "location = '/wall?u=' + encodeURIComponent(window.location.href)",
            "http://paper.test/wall?u=http%3A%2F%2Fpaper.test%2Fa%2Fb.html",
        ),
        ("var to='/a'; var to='/b'; location=to", None),
        ("var to=to+to; location=to", None),
        ("location = '/x'.concat(id)", None),
        (r"location = '\x2fhidden'", None),
        ("location = mobile ? '/m' : '/d'", None),
        ("location = '/x' + (id || 1)", None),
    ],
)
def test_where_a_script_sends_everybody(script: str, target: str | None) -> None:
    """One address, written out; a choice between two is not ours."""
    assert seen(f"<html><script>{script}</script>Please wait.</html>").script_target == target


CARD = "<div><a href=/other><h3>{0} of another page</h3></a><p>" + STORY[0] + "</p></div>"


@pytest.mark.parametrize(
    "cards",
    [
        CARD.format("One") + CARD.format("Two"),
        "<ul><li><h4><a href=/1>One</a></h4>" + STORY[0] + "<li><h4><a href=/2>Two</a></h4>" + STORY[1] + "</ul>",
        "<h2><a href=/1>One</a></h2><p>" + STORY[0] + "</p><h2><a href=/2>Two</a></h2><p>" + STORY[1],
        2 * ("<div><div><h3><a href=/1>One</a></h3></div><div><p>3 May</p><p>" + STORY[0] + "</p></div></div>"),
        "<section><h2><a href=/1>一</a></h2><p>" + STORY_ZH[0] + "</p></section>"
        "<section><h2><a href=/2>二</a></h2><p>" + STORY_ZH[1] + "</p></section>",
    ],
)
def test_what_is_said_of_other_pages_is_no_text(cards: str) -> None:
    """Summaries below headlines that are links stand beside the page's own words, however long they are."""
    facts = seen(page("Closed", f"<main><h1>Closed</h1><p>Nothing here today.</p>{cards}</main>"))
    assert facts.text.split("\n") == ["Closed", "Nothing here today."]
    assert (facts.main_words, facts.prose, facts.paragraphs) == (4, 0, 0)
    assert facts.words > 50
    assert facts.beside


@pytest.mark.parametrize(
    "article",
    [
        "<div><h2><a href=/self>The flood</a></h2>" + paragraphs(*STORY) + "</div>" + 3 * CARD.format("One"),
        "<h2><a href='#1'>One</a></h2><p>" + STORY[0] + "</p><h2><a href='#2'>Two</a></h2>" + paragraphs(*STORY[1:]),
        "<h2>One</h2>" + paragraphs(*STORY[:3]) + "<h2>Two <a href=/x>more</a></h2>" + paragraphs(*STORY[3:]),
        CARD.format("One") + paragraphs(*STORY[1:]),
    ],
)
def test_an_article_below_a_link_is_text(article: str) -> None:
    """Old weblogs link an article's headline to itself, manuals to their chapters; and one card proves nothing."""
    facts = seen(page("The flood", f"<main>{article}</main>"))
    assert facts.paragraphs == len(STORY)
    assert [line for line in facts.text.split("\n") if line in STORY] == list(STORY)


def test_a_page_with_a_text_speaks_for_itself() -> None:
    """What its script would do, nobody asks."""
    assert seen(page("x", paragraphs(*STORY) + "<script>location='/new'</script>")).script_target is None


def test_marks_of_machines() -> None:
    """What the code gives away; what Cloudflare adds to any page is no challenge."""
    assert seen("<script>window._cf_chl_opt={}</script>").marks == ("challenge:cloudflare",)
    assert seen("<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script>").marks == ()
    assert seen("<script src='https://cdn.parkingcrew.net/x.js'></script>").marks == ("parking:provider",)
    assert not seen("<a href=https://www.jordan.com/>x</a> <a href='//red-atom.io/x'>y</a>").marks  # Dan's? Atom's?
    assert seen("<a href=//parkingpage.namecheap.com/>x</a>").marks == ("parking:provider",)
    assert seen("<script src=/caf.js></script><img src='//img.sedoparking.com/x'>").marks == ("parking:provider",)
    assert seen("<p>above.companies, dan.com and more of parkingcrew<a href='//parkingcrew.example/'>x</a>").marks == ()


@pytest.mark.parametrize(
    ("data", "content_type", "kind"),
    [
        (b"%PDF-1.7\n", "text/html", "pdf"),
        (b"\x89PNG\r\n\x1a\n....", "text/html", "image"),
        (b"<!DOCTYPE html><title>x", "image/png", "html"),
        (b"hello", "text/html; charset=utf-8", "html"),
        (b"hello", "text/plain", "text"),
        (b"{}", "application/json", "other"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "image"),
        (b"", None, "other"),
    ],
)
def test_kinds(data: bytes, content_type: str | None, kind: str) -> None:
    """Bytes before labels."""
    assert kind_of(data, content_type) is ContentKind(kind)


def test_plain_text() -> None:
    """Lines as they are."""
    facts = seen("Not found.\n\n" + STORY[0], "text/plain; charset=utf-8")
    assert facts.text.split("\n")[0] == "Not found."
    assert facts.paragraphs == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        b"\xff\xfe<\0",
        b"<" * 50_000,
        b"<div>" * 20_000,
        b"<a href=x>l</a> " * 20_000,
        b"<h1>" * 2_000 + b"x" * 100_000,
        b"<title>" + b"x" * 1_000_000,
        "页".encode() * 200_000,
        b"<script>" + b"location='" * 20_000,
        b"<script>/*" + b"/*" * 20_000,
        b"<script>" + b"var a=" + b"a+" * 18 + b"a;location=a",
        b"<script>" + b"location=a;" * 2_000 + b"var a=" + b"location+" * 5_000,
        b"<h3><a href=/>x</a></h3><p>" * 20_000,
        b"<p hidden>" + b"word " * 50_000,
        b"<meta http-equiv=refresh content='" + b"0;" * 50_000 + b"'>",
        b"<div class='" + b"nav- " * 20_000 + b"'>x",
    ],
)
def test_hostile_pages_give_small_facts(data: bytes) -> None:
    """Nothing raises, and what comes out is bounded."""
    facts = seen(data)
    assert len(facts.text) <= 16_000
    assert len(facts.beside) <= 4_000
    assert len(facts.title) <= 500
    assert sum(map(len, facts.headings)) <= 20 * 500
