"""Whether what came is what we hold: pages in every dress, and pages that only wear the same one."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from html import escape
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from crawler.verdict.answer import DRIFTED, ContentKind, Match, MatchKind
from crawler.verdict.content import CopyFacts, Fingerprint, compare, titles_alike, usable_baseline
from crawler.verdict.image_likeness import ImagePrint, image_print, likeness
from crawler.verdict.pdf_text import UNPACKED_LIMIT, read_pdf
from crawler.verdict.reading import Body, compare_body, fingerprint, visible_text
from crawler.verdict.shingles import Shingles, in_common
from tests.crawler.verdict.newsroom import (
    BRIDGE,
    BRIDGE_TITLE,
    CHINESE,
    CHINESE_TITLE,
    HARVEST,
    HARVEST_TITLE,
    MIXED,
    MIXED_TITLE,
    RIVAL,
    RIVAL_TITLE,
    amp,
    by_script,
    chinese_site,
    paper,
    plain_site,
)

HTML = "text/html; charset=utf-8"
COMMENTS = "".join(f"<div class=comment><p>Reader {n}: {text}</p></div>" for n, text in enumerate(HARVEST * 3))
PAYWALL = "<p>Subscribe to read on. A year costs forty pounds and can be ended at any time before it is over.</p>"
CORRECTED = tuple(
    each.replace("four million", "five million").replace("eleven miles", "about nine miles").replace("1764", "1746")
    for each in BRIDGE
)
NOT_FOUND = ("We are sorry, but the page you asked for is not here any more.", "Try the search, or start at the front.")
REWORDED = (BRIDGE[0], "The surveyor's report was not published.", *BRIDGE[3:6], "More follows.", BRIDGE[7])
DOMAIN = ("This domain may be for sale.", "Sponsored listings: bridges, apples, insurance, holidays, hotels, loans.")


def body(data: bytes, content_type: str | None = HTML, url: str = "https://paper.test/news/1") -> Body:
    return Body(data=data, content_type=content_type, url=url)


def took(data: bytes, content_type: str | None = HTML) -> Fingerprint:
    return fingerprint(body(data, content_type))


def compared(ours: bytes, theirs: bytes, *, stored: bool = True) -> Match:
    """Our copy, as it comes back out of a catalogue, against an answer."""
    own = took(ours)
    match, _ = compare_body(Fingerprint.from_bytes(own.to_bytes()) if stored else own, body(theirs))
    return match


OURS = paper(BRIDGE_TITLE, BRIDGE)
OURS_ZH = chinese_site(CHINESE_TITLE, CHINESE)
OURS_MIXED = chinese_site(MIXED_TITLE, MIXED)

SAME = {
    "not a byte more or less": (OURS, OURS),
    "a date in the foot": (OURS, OURS.replace(b"Complaints go", b"Printed at 12:31. Complaints go")),
    "an older layout": (OURS, plain_site(BRIDGE_TITLE, BRIDGE)),
    "a newer layout": (plain_site(BRIDGE_TITLE, BRIDGE), OURS),
    "the AMP version": (OURS, amp(BRIDGE_TITLE, BRIDGE)),
    "from the AMP version": (amp(BRIDGE_TITLE, BRIDGE), OURS),
    "written by scripts": (OURS, by_script(BRIDGE_TITLE, BRIDGE)),
    "another paper of the same house": (OURS, paper(BRIDGE_TITLE, BRIDGE, site="The Nessbury Star")),
    "corrected numbers": (OURS, paper(BRIDGE_TITLE, CORRECTED)),
    "a corrected title": (OURS, paper("Correction: how the bridge will be mended", BRIDGE)),
    "another title and corrected": (OURS, paper("River crossing shut", CORRECTED)),
    "a rewritten third": (OURS, paper(BRIDGE_TITLE, REWORDED)),
    "comments": (OURS, paper(BRIDGE_TITLE, BRIDGE, after=COMMENTS)),
    "the first two paragraphs, then pay": (OURS, paper(BRIDGE_TITLE, BRIDGE[:2], after=PAYWALL)),
    "the first paragraph, then pay": (OURS, paper(BRIDGE_TITLE, BRIDGE[:1], after=PAYWALL)),
    "two paragraphs under another title": (OURS, paper("Ardle crossing: what we know", BRIDGE[:2])),
    "three paragraphs in the old layout": (OURS, plain_site(BRIDGE_TITLE, BRIDGE[:3])),
    "more was added below": (OURS, paper(BRIDGE_TITLE, (*BRIDGE, *HARVEST[:3]))),
    "more was added above": (OURS, paper(BRIDGE_TITLE, (*HARVEST[:2], *BRIDGE))),
    "printed as text": (OURS, ("\n\n".join(BRIDGE)).encode()),
    "soft hyphens": (OURS, paper(BRIDGE_TITLE, [each.replace("council", "coun\u00adcil") for each in BRIDGE])),
    "typographer's quotes": (OURS, paper(BRIDGE_TITLE, [each.replace("'", "’") for each in BRIDGE])),
    "Chinese, a hot list less": (OURS_ZH, OURS_ZH.replace("采石场因粉尘污染被处以罚款".encode(), b"")),
    "Chinese, in another layout": (OURS_ZH, plain_site(CHINESE_TITLE, CHINESE)),
    "Chinese, full-width commas": (OURS_ZH, chinese_site(CHINESE_TITLE, [p.replace(",", ",") for p in CHINESE])),
    "Chinese, full-width digits": (OURS_ZH, chinese_site(CHINESE_TITLE, [p.replace("400", "400") for p in CHINESE])),
    "Chinese, the beginning": (OURS_ZH, chinese_site(CHINESE_TITLE, CHINESE[:2], after="<p>登录后阅读全文</p>")),
    "Chinese, a sentence corrected": (OURS_ZH, chinese_site(CHINESE_TITLE, [p.replace("五", "六") for p in CHINESE])),
    "Chinese, spaced by an editor": (OURS_ZH, chinese_site(CHINESE_TITLE, [" ".join(p) for p in CHINESE])),
    "mixed, in another layout": (OURS_MIXED, plain_site(MIXED_TITLE, MIXED)),
    "mixed, upper case": (OURS_MIXED, chinese_site(MIXED_TITLE, [p.replace("BBC", "bbc") for p in MIXED])),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_article(case: str) -> None:
    """A redesign, a correction, comments, the AMP version, the free beginning: still what we hold."""
    ours, theirs = SAME[case]
    match = compared(ours, theirs)
    assert match.contained, match


@pytest.mark.parametrize("case", ["the first paragraph, then pay", "two paragraphs under another title"])
def test_a_beginning_is_told_from_the_whole(case: str) -> None:
    """The share is what is left of our text; that it is the beginning is said beside it."""
    match = compared(*SAME[case])
    assert match.share is not None
    assert 0.1 < match.share < 0.35
    assert match.opening >= 0.5
    assert match.begins


def test_a_whole_article_is_no_beginning() -> None:
    """Nor is one of which half is left."""
    assert not compared(*SAME["three paragraphs in the old layout"]).same_digest
    assert not compared(OURS, plain_site(BRIDGE_TITLE, BRIDGE)).begins


OTHER = {
    "another article of the site": (OURS, paper(HARVEST_TITLE, HARVEST)),
    "a short one": (OURS, paper(HARVEST_TITLE, HARVEST[:1])),
    "ours is short": (paper(HARVEST_TITLE, HARVEST[:2]), OURS),
    "ours is short, and so is theirs": (paper(HARVEST_TITLE, HARVEST[:1]), paper(BRIDGE_TITLE, BRIDGE[:1])),
    "another of the plain site": (plain_site(BRIDGE_TITLE, BRIDGE), plain_site(HARVEST_TITLE, HARVEST)),
    "a soft 404 of the site": (OURS, paper("Page not found", NOT_FOUND)),
    "a soft 404, ours is short": (paper(HARVEST_TITLE, HARVEST[:1]), paper("Page not found", NOT_FOUND)),
    "a soft 404 under our title": (OURS, paper(BRIDGE_TITLE, NOT_FOUND)),
    "a parking page": (OURS, plain_site("paper.test", DOMAIN)),
    "a parking page, ours is short": (paper(HARVEST_TITLE, HARVEST[:1]), plain_site("paper.test", DOMAIN)),
    "the front page": (OURS, paper("The Ardle Paper", [f"{BRIDGE_TITLE}. {BRIDGE[0]}", HARVEST[0]])),
    "the front page with our title": (OURS, paper("The Ardle Paper", [BRIDGE_TITLE, HARVEST_TITLE, *HARVEST])),
    "a front page of beginnings": (OURS, paper("Latest news", [BRIDGE[0], *HARVEST[:4]])),
    "the section": (OURS, paper("News from the valley", [each[:80] for each in (*BRIDGE[:1], *HARVEST)])),
    "a login": (OURS, paper("Sign in", ["Sign in with your address and password to go on."])),
    "a page about the same, in other words": (OURS, paper(BRIDGE_TITLE, [HARVEST[4], "The bridge shuts today."])),
    "Chinese, another article": (OURS_ZH, chinese_site(RIVAL_TITLE, RIVAL)),
    "Chinese, ours is short": (chinese_site(RIVAL_TITLE, RIVAL[:1]), chinese_site(CHINESE_TITLE, CHINESE[:1])),
    "Chinese, a soft 404": (
        OURS_ZH,
        chinese_site("页面不存在", ["抱歉,您访问的页面不存在或者已经被删除,请返回首页。"]),
    ),
    "Chinese, the front page": (OURS_ZH, chinese_site("河谷新闻网", [CHINESE_TITLE, CHINESE[0][:30], *RIVAL])),
    "mixed, another article": (OURS_MIXED, chinese_site(CHINESE_TITLE, CHINESE)),
    "mixed, an English page": (OURS_MIXED, paper(HARVEST_TITLE, HARVEST)),
}


@pytest.mark.parametrize("case", OTHER)
def test_another_page(case: str) -> None:
    """Other articles of the site, its error pages, its front page and a parking page are not what we hold."""
    ours, theirs = OTHER[case]
    match = compared(ours, theirs)
    assert match.share is not None
    assert not match.contained, match


@pytest.mark.parametrize("case", ["another article of the site", "a soft 404 of the site", "a parking page"])
def test_quite_another_page_has_drifted(case: str) -> None:
    """Nothing of a long article in the answer is a share that counts as drifted."""
    ours, theirs = OTHER[case]
    share = compared(ours, theirs).share
    assert share is not None
    assert share < DRIFTED


def test_the_digest_comes_first() -> None:
    """The same bytes are the same, whatever they are; no text is looked at."""
    match = compared(OURS, OURS)
    assert (match.kind, match.same_digest, match.share) == (MatchKind.DIGEST, True, 1.0)
    assert 200 < match.words < 400
    zipped = took(b"PK\3\4 something", "application/zip")
    assert compare(zipped, zipped).same_digest
    assert compare(zipped, took(b"PK\3\4 something else", "application/zip")).share is None


def test_partly() -> None:
    """A quarter of the article, from its middle, is neither the same nor drifted."""
    share = compared(OURS, paper("What else we know", [*BRIDGE[4:6], *HARVEST])).share
    assert share is not None
    assert DRIFTED < share < 0.5


def test_an_article_is_only_read_out_where_it_decides() -> None:
    """The costly half is done where only our opening is found, under another title."""
    own = took(OURS)
    assert not compare_body(own, body(paper(HARVEST_TITLE, HARVEST)))[1].article.kept
    assert not compare_body(own, body(plain_site(BRIDGE_TITLE, BRIDGE)))[1].article.kept
    assert compare_body(own, body(paper("Ardle crossing: what we know", BRIDGE[:2])))[1].article.kept


def test_what_siblings_have_too_is_no_proof() -> None:
    """Where our text is boilerplate mostly, pages of the site are told apart by their siblings."""
    notice = "".join(f"<p>{escape(each)}</p>" for each in HARVEST)
    ours, theirs, sibling = (
        paper(title, text, after=notice) for title, text in (("A", BRIDGE[:2]), ("A", BRIDGE[4:6]), ("A", NOT_FOUND))
    )
    own = took(ours)
    shared = in_common([took(theirs).whole, took(sibling).whole])
    assert compare_body(own, body(theirs))[0].contained
    assert not compare_body(own, body(theirs), shared=shared)[0].contained
    assert compare_body(own, body(plain_site("A", BRIDGE[:2])), shared=shared)[0].contained


def test_a_copy_that_is_nothing_but_boilerplate_proves_nothing() -> None:
    """If all of our copy stands on the site's random pages too, nobody can say what the link once gave."""
    wall = paper("Access", NOT_FOUND)
    shared = took(wall).whole
    assert compare(took(wall), took(paper("Access", (*NOT_FOUND, "Today."))), shared=shared).share is None


def test_a_page_of_images_only_is_compared_as_a_whole() -> None:
    """Without an article, menus count: half of them prove nothing, nearly all of the page does."""
    gallery = b"<html><title>Gallery</title>" + b"".join(
        b"<a href=/%d>Picture number %d of the spring show</a>" % (n, n) for n in range(1, 30)
    )
    own = replace(took(gallery), article=Shingles(), lead=Shingles())
    rest = gallery[: 2 * len(gallery) // 3]
    share = compare(own, took(rest)).share
    assert share is not None
    assert 0.1 < share < 0.5
    assert compare(own, took(gallery + b"<p>New</p>")).contained


def test_a_page_without_a_word_says_nothing() -> None:
    """What scripts will write is not seen by us, so it has not drifted."""
    shell = b"<!doctype html><html><head><title>App</title></head><body><div id=app></div><script src=/a.js></script>"
    assert compared(OURS, shell).share is None


@pytest.mark.parametrize("kind", ["image/png", "application/pdf"])
def test_a_page_in_place_of_a_file(kind: str) -> None:
    """A page is no image and no PDF."""
    data = png(scene(1)) if kind == "image/png" else pdf(BRIDGE)
    match, theirs = compare_body(took(data, kind), body(paper("Page not found", NOT_FOUND)))
    assert theirs.kind is ContentKind.HTML
    assert not match.contained


def test_visible_text() -> None:
    """Words of neighbouring blocks stay apart, of inline elements together; scripts, styles and titles are not read."""
    page = (
        b"<title>T</title><style>p{}</style><p>one</p><p>t<b>w</b>o</p><script>x</script><div>three<br>four</div>"
        b"<noscript>No</noscript><td>five<td>six<!-- hidden -->"
    )
    title, text = visible_text(body(page))
    assert title == "T"
    assert text.split() == ["one", "two", "three", "four", "five", "six"]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<meta property='og:title' content='A &amp; B'><title>A - Site</title>", "A & B"),
        ("<title>\n A\n - Site </title>", "A - Site"),
        ("<title>Site</title><h1>A <i>B</i></h1>", "A B"),
        ("<title>Site</title><h1>A</h1><h1>B</h1>", "Site"),
        ("<p>no title", ""),
    ],
)
def test_titles(head: str, title: str) -> None:
    """A page's title is what it calls itself for others, its one headline, or its window's title."""
    assert visible_text(body(head.encode()))[0] == title


def test_titles_without_their_site() -> None:
    """The site's name makes two titles no more alike, and its lack not less."""
    assert titles_alike(f"{BRIDGE_TITLE} - The Ardle Paper", BRIDGE_TITLE) == 1.0
    assert titles_alike("Page not found - The Ardle Valley Paper", f"{BRIDGE_TITLE} | The Ardle Valley Paper") == 0.0
    assert titles_alike(f"{CHINESE_TITLE}_河谷新闻网", CHINESE_TITLE) == 1.0
    assert titles_alike("", "") == 0.0


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 500, b"<" * 500, b"<p" * 300, b"\xff\xfe<\0p\0>\0", b"<html><body></body></html>",
     b"%PDF-1.4 stream\n", b"\x89PNG\r\n\x1a\n broken", b'<p>"articleBody": "never closed \\', b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
)  # fmt: skip
def test_rubbish(data: bytes) -> None:
    """Whatever came, it has a fingerprint, which comes back from bytes, and is no match for an article."""
    for kind in (HTML, "application/pdf", "image/png", None):
        own = took(data, kind)
        assert Fingerprint.from_bytes(own.to_bytes()) == own.sample()
        assert not compare(took(OURS), own).contained


def test_a_foreign_fingerprint_is_refused() -> None:
    """Bytes of another version, or cut, are an error that says so."""
    data = took(OURS).to_bytes()
    for bad in (b"", data[:-1], b"\x09" + data[1:], data[:30]):
        with pytest.raises(ValueError, match="fingerprint"):
            Fingerprint.from_bytes(bad)
    assert len(data) < 12_000


# --- baselines ---

FETCHED = CopyFacts(status=200)


@pytest.mark.parametrize(
    ("facts", "usable"),
    [
        (FETCHED, True),
        (replace(FETCHED, copies_alike=1), True),
        (replace(FETCHED, status=404), False),
        (replace(FETCHED, status=None), False),
        (replace(FETCHED, status=302), False),
        (replace(FETCHED, whole=False), False),
        (replace(FETCHED, challenge=True), False),
        (replace(FETCHED, error_page=True), False),
        (replace(FETCHED, login=True), False),
        (replace(FETCHED, copies_alike=2), False),
        (replace(FETCHED, sibling=took(OURS).whole), False),
        (replace(FETCHED, sibling=took(paper("Page not found", NOT_FOUND)).whole), True),
    ],
)
def test_what_a_baseline_must_be(facts: CopyFacts, *, usable: bool) -> None:
    """A whole 2xx answer that is no bot wall, no error page, and not what the host sends for everything."""
    assert usable_baseline(took(OURS), facts) is usable


@pytest.mark.parametrize(
    ("page", "usable"),
    [
        (b"<title>Just a moment...</title><p>Checking your browser before you go on.</p>", False),
        (b"<html><body></body></html>", False),
        (b"", False),
        (OURS_ZH, True),
        (paper(HARVEST_TITLE, HARVEST[:1]), True),
    ],
)
def test_a_baseline_needs_a_text(page: bytes, *, usable: bool) -> None:
    """A page of a dozen words is nothing to compare with."""
    assert usable_baseline(took(page), FETCHED) is usable


# --- images ---


def scene(seed: int) -> Image.Image:
    """A landscape: sky, hills and a house, at other places for every seed."""
    dice = random.Random(seed)
    image = Image.linear_gradient("L").resize((640, 400)).convert("RGB")
    draw = ImageDraw.Draw(image)
    for size in range(60, 190, 14):
        x, y = dice.randrange(560), dice.randrange(330)
        draw.ellipse((x, y, x + size, y + size), fill=(dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    return image


def encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    return encoded(image, "PNG")


def stamped(image: Image.Image) -> Image.Image:
    ImageDraw.Draw(image).text((20, 380), "The Ardle Paper", fill="white")
    return image


@pytest.mark.parametrize(
    "made",
    [
        encoded(scene(1), "JPEG", quality=90),
        encoded(scene(1), "JPEG", quality=25),
        encoded(scene(1), "WEBP", quality=60),
        encoded(scene(1), "GIF"),
        encoded(scene(1).resize((320, 200)), "JPEG", quality=80),
        encoded(scene(1).resize((97, 61)), "PNG"),
        encoded(scene(1).resize((1600, 1000)), "JPEG"),
        encoded(scene(1).convert("L"), "JPEG"),
        encoded(scene(1).convert("RGBA"), "PNG"),
        encoded(stamped(scene(1)), "PNG"),
    ],
)
def test_the_same_image(made: bytes) -> None:
    """Saved again, smaller, larger, in grey, in another format, with a small stamp: the same image."""
    match = compare(took(png(scene(1)), "image/png"), took(made, "image/jpeg"))
    assert match.kind is MatchKind.IMAGE
    assert match.contained, match


@pytest.mark.parametrize("seed", range(2, 12))
def test_another_image(seed: int) -> None:
    """Another picture of the same kind and size is another."""
    share = compare(took(png(scene(1))), took(png(scene(seed)))).share
    assert share is not None
    assert share < 0.5


def test_a_cut_out_is_not_the_image() -> None:
    """A picture of another shape is not the same, however alike."""
    whole = image_print(png(scene(1)))
    square = image_print(png(scene(1).resize((400, 400))))
    assert whole is not None
    assert square is not None
    assert (likeness(whole, square) or 0) < 0.5


def test_images_of_one_colour_are_not_told_apart() -> None:
    """Two blank pictures may be anything; a blank one in place of a picture is not it."""
    white, grey = (png(Image.new("RGB", (64, 40), colour)) for colour in ("white", "grey"))
    assert compare(took(white), took(grey)).share is None
    share = compare(took(png(scene(1))), took(grey)).share
    assert share is not None
    assert share < 0.5


def test_half_an_image_is_none() -> None:
    """What does not decode has no print, and says nothing but its digest."""
    cut = png(scene(1))[:4000]
    assert image_print(cut) is None
    assert compare(took(png(scene(1))), took(cut)).share is None


@given(st.binary(min_size=33, max_size=33))
@settings(max_examples=20)
def test_prints_and_back(data: bytes) -> None:
    """An image's print survives the catalogue."""
    own = ImagePrint.from_bytes(data)
    assert ImagePrint.from_bytes(own.to_bytes()) == own


# --- PDFs ---


def pdf(paragraphs: tuple[str, ...], *, date: str = "20160203", title: str = "Report", packed: int = 6) -> bytes:
    """A PDF as report generators make them: a page a paragraph, a date, an /ID that is new every time."""
    objects = [b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Count %d>>" % len(paragraphs)]
    for each in paragraphs:
        shown = "".join(f"[({_escaped(word)})-20( )] TJ\n" for word in each.split())
        content = zlib.compress(f"BT /F1 12 Tf 72 700 Td\n{shown}ET".encode("cp1252"), packed)
        objects.append(b"<</Type /Page /Parent 2 0 R>>")
        objects.append(b"<</Length %d/Filter /FlateDecode>>stream\n%b\nendstream" % (len(content), content))
    objects.append(f"<</Title ({title}) /CreationDate (D:{date})>>".encode())
    body_ = b"".join(b"%d 0 obj\n%b\nendobj\n" % (n, each) for n, each in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body_ + f"trailer <</ID [<{date * 4}>]>>\n%%EOF".encode()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def test_what_is_read_of_a_pdf() -> None:
    """Pages, title and the words in their order."""
    read = read_pdf(pdf(BRIDGE))
    assert (read.pages, read.title) == (len(BRIDGE), "Report")
    assert read.text.split() == " ".join(BRIDGE).split()


@pytest.mark.parametrize(
    ("theirs", "contained"),
    [
        (pdf(BRIDGE, date="20260101", packed=1), True),
        (pdf((*BRIDGE, *HARVEST[:2])), True),
        (pdf(CORRECTED), True),
        (pdf(HARVEST, title="Report"), False),
        (pdf(BRIDGE[:1]), False),
    ],
)
def test_pdfs(theirs: bytes, *, contained: bool) -> None:
    """A PDF made anew, with another date and packing, is the same; another report of the same make is not."""
    match = compare(took(pdf(BRIDGE)), took(theirs))
    assert match.kind is MatchKind.PDF
    assert match.contained is contained


def test_a_pdf_of_numbered_glyphs() -> None:
    """A font that numbers its glyphs gives no words, but the same numbers for the same text."""

    def coded(text: str) -> bytes:
        content = "".join(f"<{ord(c) + 7:04X}> Tj " for c in text).encode()
        return b"%PDF-1.5\n1 0 obj\n<<>>stream\n" + content + b"\nendstream"

    own = took(coded(" ".join(CHINESE)))
    assert own.whole.tokens > 200
    assert compare(own, took(coded(" ".join(CHINESE)) + b"\n%%EOF")).contained
    assert not compare(own, took(coded(" ".join(RIVAL)))).contained


def test_a_pdf_bomb_is_unpacked_within_bounds() -> None:
    """Streams that unpack to gigabytes are read to the limit, all together."""
    bomb = zlib.compress(b"(word) Tj " + b" " * (UNPACKED_LIMIT // 4), 9)
    data = b"%PDF-1.4\n" + b"".join(b"1 0 obj <<>>stream\n%b\nendstream\n" % bomb for _ in range(1000))
    assert 3 <= read_pdf(data).text.count("word") <= 4
