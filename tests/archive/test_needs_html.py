"""What pages ask for: each habit of the web once, and what only looks like one."""

from __future__ import annotations

import pytest

from archive.model import Role
from archive.needs import read
from archive.references import LeftReason
from archive.requisites import MOST_LEFT, MOST_NEEDS, Need, Reading

URL = "http://site.test/a/page.html"
I, S, J, F, M = Role.IMAGE, Role.STYLE, Role.SCRIPT, Role.FRAME, Role.MEDIA  # noqa: E741


def page(html: str | bytes, content_type: str = "text/html; charset=utf-8", role: Role | None = None) -> Reading:
    """A page at URL, read."""
    return read(html if isinstance(html, bytes) else html.encode(), url=URL, content_type=content_type, role=role)


def needs(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> list[Need]:
    """The needs of a page, without the favicon."""
    return [need for need in page(html, content_type).needs if need.how != "favicon"]


def named(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> list[str]:
    """The same, as addresses relative to the page."""
    return [need.url.removeprefix("http://site.test/a/") for need in needs(html, content_type)]


# Each line: markup, and the needs it adds: address relative to the page, role, how.
EVERYTHING: list[tuple[str, list[tuple[str, Role, str]]]] = [
    ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page of everything</title>', []),
    ('<meta property="og:image" content="og.jpg">', [("og.jpg", Role.OTHER, "meta/og:image")]),
    ('<meta name="twitter:image" content="tw.jpg">', [("tw.jpg", Role.OTHER, "meta/twitter:image")]),
    ('<link rel="stylesheet" href="main.css">', [("main.css", S, "link/@href")]),
    ('<link rel="alternate stylesheet" href="dark.css" title="Dark">', [("dark.css", S, "link/@href")]),
    ('<link rel=stylesheet media=print href="print.css">', [("print.css", S, "link/@href")]),
    ('<link rel=preload as=font href="pre.woff2" crossorigin>', [("pre.woff2", Role.FONT, "link/@href")]),
    ('<link rel=preload as=style href="pre.css">', [("pre.css", S, "link/@href")]),
    ('<link rel=preload as=image href="pre.png" imagesrcset="pre2.png 2x">',
     [("pre.png", I, "link/@href"), ("pre2.png", I, "link/@imagesrcset")]),
    ('<link rel=modulepreload href="mod.mjs"><link rel=prefetch as=script href="later.js">',
     [("mod.mjs", J, "link/@href"), ("later.js", J, "link/@href")]),
    ('<link rel="SHORTCUT ICON" href="short.ico">', [("short.ico", Role.ICON, "link/@href")]),
    ('<link rel="apple-touch-icon" href="touch.png">', [("touch.png", Role.ICON, "link/@href")]),
    ('<link rel="mask-icon" href="mask.svg" color=red>', [("mask.svg", Role.ICON, "link/@href")]),
    ('<link rel="manifest" href="app.webmanifest">', [("app.webmanifest", Role.MANIFEST, "link/@href")]),
    ("<style>@import url(imported.css); @font-face{src:url(f.woff2)} b{background:url('in style.png')}</style>",
     [("imported.css", S, "@import"), ("f.woff2", Role.FONT, "style/@font-face/url()"),
      ("in%20style.png", I, "style/url()")]),
    ('<script src="classic.js"></script><script type=module src="module.js"></script>',
     [("classic.js", J, "script/@src"), ("module.js", J, "script/@src")]),
    ('<noscript><link rel=stylesheet href="noscript.css"></noscript></head>', [("noscript.css", S, "link/@href")]),
    ('<body background="body.gif"><table background="table.gif"><tr><td background="td.gif"></table>',
     [("body.gif", I, "body/@background"), ("table.gif", I, "table/@background"), ("td.gif", I, "td/@background")]),
    ('<img src="plain.png" loading=lazy alt=""><IMG SRC=UPPER.PNG>',
     [("plain.png", I, "img/@src"), ("UPPER.PNG", I, "img/@src")]),
    ('<img src="one.png" srcset="two.png 2x, c,d.png 100w, three.png" sizes="100vw">',
     [("one.png", I, "img/@src"), ("two.png", I, "img/@srcset"), ("c,d.png", I, "img/@srcset"),
      ("three.png", I, "img/@srcset")]),
    ('<picture><source srcset="p.avif 1x, p2.avif 2x"><source src="old.png"><img src="p.png"></picture>',
     [("p.avif", I, "source/@srcset"), ("p2.avif", I, "source/@srcset"), ("old.png", I, "source/@src"),
      ("p.png", I, "img/@src")]),
    ('<img src="data:image/gif;base64,R0lGOD" data-src="l1.png" data-srcset="l2.png 2x">',
     [("l1.png", I, "img/@data-src"), ("l2.png", I, "img/@data-srcset")]),
    *((f'<img {name}="{name}.png">', [(f"{name}.png", I, f"img/@{name}")]) for name in (
        "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src", "data-actualsrc", "real_src", "data-echo",
        "data-cfsrc", "data-image-src", "nitro-lazy-src", "file")),
    ('<img data-lazy-srcset="ls1.png 1x,ls2.png 2x">',
     [("ls1.png", I, "img/@data-lazy-srcset"), ("ls2.png", I, "img/@data-lazy-srcset")]),
    ('<div data-bg="bg.png"></div><div data-background="bg2.png"></div><p data-background-image="url(bg3.png)"></p>',
     [("bg.png", I, "div/@data-bg"), ("bg2.png", I, "div/@data-background"),
      ("bg3.png", I, "p/@data-background-image/url()")]),
    ('<div data-gallery=\'[{"src":"http:\\/\\/site.test\\/a\\/json.jpg"},{"n":"not.one.txt"}]\'></div>',
     [("json.jpg", I, "div/@data-gallery")]),
    ('<noscript><img src="noscript.png"></noscript>', [("noscript.png", I, "img/@src")]),
    ('<input type="image" src="button.png"><amp-img src="amp.png"></amp-img>',
     [("button.png", I, "input/@src"), ("amp.png", I, "amp-img/@src")]),
    ('<p style="background:url(&quot;attr.png&quot;);list-style:image-set(\'set.png\' 1x)">x</p>',
     [("attr.png", I, "p/@style/url()"), ("set.png", I, "p/@style/image-set()")]),
    ('<video poster="poster.jpg" src="v.mp4"><source src="v.webm"><track src="v.vtt"></video>',
     [("poster.jpg", Role.POSTER, "video/@poster"), ("v.mp4", M, "video/@src"), ("v.webm", M, "source/@src"),
      ("v.vtt", M, "track/@src")]),
    ('<video data-poster="lazy.jpg"></video><audio src="a.mp3"></audio>',
     [("lazy.jpg", Role.POSTER, "video/@data-poster"), ("a.mp3", M, "audio/@src")]),
    ('<embed src="e.swf"><object data="o.pdf"></object><object codebase="cb/" data="o.swf"></object>',
     [("e.swf", M, "embed/@src"), ("o.pdf", M, "object/@data"), ("cb/o.swf", M, "object/@data")]),
    ('<object classid="clsid:D27CDB6E" codebase="http://x.test/f.cab#v=9"><param name=Movie value="m.swf"></object>',
     [("m.swf", M, "param/@value")]),
    ('<iframe src="frame.html"></iframe><iframe data-src="lazy.html"></iframe>',
     [("frame.html", F, "iframe/@src"), ("lazy.html", F, "iframe/@data-src")]),
    ("<iframe srcdoc=\"<img src='srcdoc.png'><iframe srcdoc='&lt;img src=deeper.png>'></iframe>\"></iframe>",
     [("srcdoc.png", I, "img/@src"), ("deeper.png", I, "img/@src")]),
    ('<svg><image href="s1.png"/><image xlink:href="s2.png"/><use href="sprite.svg#icon"/><use href="#here"/></svg>',
     [("s1.png", I, "image/@href"), ("s2.png", I, "image/@xlink:href"), ("sprite.svg", I, "use/@href")]),
    ('<svg><rect filter="url(f.svg#blur)" fill="url(#gradient)"/></svg>', [("f.svg", I, "rect/@filter/url()")]),
    ('<template><img src="template.png"></template>', [("template.png", I, "img/@src")]),
    # nothing of these
    ('<a href="anchor.html"><area href="area.html"></a><link rel=next href="next.html"><link rel=prefetch href="n2">',
     []),
    ('<link rel="dns-prefetch" href="//x.test"><link rel=alternate type="application/rss+xml" href="rss.xml">', []),
    ('<form action="form.cgi"></form><blockquote cite="cite.html"></blockquote><img src=""><img src="#x"><img>', []),
    ("<!--[if IE]><script src=ie.js></script><![endif]--><textarea><img src=text.png></textarea>", []),
    ("<script>document.write('<img src=written.png>')</script><script type=text/html><img src=tpl.png></script>", []),
    ('<img src="javascript:void(0)"><iframe src="about:blank"></iframe><img src="blob:x"><div data-lazy=true>', []),
    ('<div data-background="dark" data-bg="#fff" data-image="1" data-src="widget" data-url="/share"></div>', []),
]  # fmt: skip


def test_the_page_of_everything() -> None:
    """Each habit of the web once: what it names, for what, and where; and nothing that only looks like one."""
    reading = page("\n".join(markup for markup, _ in EVERYTHING))
    expected = [need for _, needs in EVERYTHING for need in needs]
    found = [(need.url.removeprefix("http://site.test/a/"), need.role, need.how) for need in reading.needs]
    assert found[:-1] == expected
    assert reading.needs[-1] == Need(url="http://site.test/favicon.ico", role=Role.ICON, how="favicon")
    assert reading.left == ()
    assert not reading.cut
    assert reading.title == "Page of everything"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ('<base href="/x/">', "http://site.test/x/i.png"),
        ('<base href="../">', "http://site.test/i.png"),
        ('<base href="//cdn.test/y/z.html">', "http://cdn.test/y/i.png"),
        ('<base href="/x/"><base href="/y/">', "http://site.test/x/i.png"),
        ('<base target="_top"><base href="/x/">', "http://site.test/x/i.png"),
        ('<base href="http://[bad/">', "http://site.test/a/i.png"),
        ('<base href="javascript:alert(1)">', "http://site.test/a/i.png"),
        ('<base href="data:,x">', "http://site.test/a/i.png"),
        ('<base href="">', "http://site.test/a/i.png"),
    ],
)
def test_the_first_base_counts_and_a_bad_one_does_not(base: str, url: str) -> None:
    """References are relative to <base href>, which is relative to the page; favicon.ico is not."""
    reading = page(f"<html><head>{base}</head><img src=i.png></html>")
    assert [need.url for need in reading.needs] == [url, "http://site.test/favicon.ico"]


@pytest.mark.parametrize(
    ("html", "role", "how"),
    [
        ("<img src=x><img src=x data-src=x>", I, "img/@src"),
        ("<img src=x><iframe src=x></iframe>", F, "iframe/@src"),
        ("<img src=x><script src=x></script>", J, "script/@src"),
        ("<script src=x></script><link rel=stylesheet href=x>", J, "script/@src"),
        ("<meta property=og:image content=x><img src=x>", I, "img/@src"),
        ("<img src=x><meta property=og:image content=x>", I, "img/@src"),
        ("<link rel=icon href=x><img src=x>", Role.ICON, "link/@href"),
    ],
)
def test_an_address_asked_for_twice_has_its_heavier_role(html: str, role: Role, how: str) -> None:
    """What is fetched once is fetched as what matters more: a style before an image, an image before a preview."""
    assert needs("<html>" + html) == [Need(url="http://site.test/a/x", role=role, how=how)]


XHTML = """<?xml version="1.0" encoding="utf-8"?><?xml-stylesheet type="text/css" href="pi.css"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><script src="empty.js"/><style><![CDATA[b{background:url(cdata.png)}]]>
</style></head><body><p>caf&eacute;</p><img src="i.png?a=1&amp;b=2"/><svg xmlns="http://www.w3.org/2000/svg"
xmlns:x="http://www.w3.org/1999/xlink"><image x:href="svg.png"/></svg></body></html>"""


def test_xhtml_is_read_as_xml() -> None:
    """An empty script element ends where it says so, CDATA is text, prefixes are free, a missing DTD is not missed."""
    expected = ["pi.css", "empty.js", "cdata.png", "i.png?a=1&b=2", "svg.png"]
    assert named(XHTML, "application/xhtml+xml") == expected


@pytest.mark.parametrize(
    ("html", "content_type", "url"),
    [
        (b"<html><img src='a?x=1&amp;y=2&copy=3&#x2F;z'>", "text/html", "a?x=1&y=2&copy=3/z"),
        (b'<html><img src="\n two\n\twords ">', "text/html", "twowords"),
        ("<html><img src=老.png>".encode("gbk"), "text/html; charset=gbk", "%E8%80%81.png"),
        ("<html><img src=é.png>".encode("latin-1"), "text/html; charset=iso-8859-1", "%C3%A9.png"),
        ("<html><img src=x.png>".encode("utf-16"), "text/html", "x.png"),
        (b"<html><img src='a\0b.png'>", "text/html", "a%EF%BF%BDb.png"),
        (b"<html><img src=first src=second>", "text/html", "first"),
        (b"<html><p <img src=x.png><img src=y.png", "text/html", None),
    ],
)  # fmt: skip
def test_bytes_become_the_address_browsers_see(html: bytes, content_type: str, url: str | None) -> None:
    """Entities, line ends, charsets, NUL, attributes given twice, tags not closed."""
    assert named(html, content_type) == ([url] if url else [])


def test_what_cannot_be_fetched_is_listed_as_written() -> None:
    """With where it stood and why; cut if it is long."""
    written = ["ftp://old.test/x.gif", "http://[::1", "file:///" + "x" * 900, "{{x}}"]
    left = page("<html>" + "".join(f"<img src='{one}'>" for one in written)).left
    assert [(one.why, one.how, one.count) for one in left] == [
        (LeftReason.UNSUPPORTED_SCHEME, "img/@src", 1),
        (LeftReason.MALFORMED, "img/@src", 1),
        (LeftReason.UNSUPPORTED_SCHEME, "img/@src", 1),
        (LeftReason.TEMPLATE, "img/@src", 1),
    ]
    assert left[0].text == "ftp://old.test/x.gif"
    assert len(left[2].text) == 500


def test_more_than_the_limit_is_counted() -> None:
    """The first MOST_NEEDS are needs, the favicon among them; of the others only the number is known."""
    count = MOST_NEEDS + 500
    reading = page("<html>" + "".join(f"<img src={n}>" for n in range(count)) + "<img src=0>")
    assert len(reading.needs) == MOST_NEEDS
    assert reading.needs[-1].how == "favicon"
    assert [(one.why, one.count) for one in reading.left] == [(LeftReason.OVER_LIMIT, count - MOST_NEEDS + 1)]


def test_what_cannot_be_fetched_is_bounded_too() -> None:
    """A page of bad references is no way to fill the catalogue."""
    left = page("<html>" + "".join(f"<img src=ftp://x/{n}>" for n in range(MOST_LEFT + 7))).left
    assert len(left) == MOST_LEFT + 1
    assert left[-1].count == 7


def test_a_page_says_by_which_other_addresses_it_goes() -> None:
    """For the alias map: canonical, AMP, og:url, other screens; the first of each."""
    reading = page("""<html><head><link rel="canonical" href="/news/1"><link rel=canonical href=/no>
        <meta property="og:url" content="http://SITE.test/news/1#x"><link rel=amphtml href="//amp.test/news/1">
        <link rel="alternate" media="only screen and (max-width: 640px)" href="http://m.site.test/1">
        <link rel=alternate hreflang=fr href=/fr>""")
    assert reading.canonical == "http://site.test/news/1"
    assert reading.amphtml == "http://amp.test/news/1"
    assert reading.og_url == "http://site.test/news/1"
    assert reading.alternates == ("http://m.site.test/1",)


@pytest.mark.parametrize(
    ("meta", "target", "seconds"),
    [
        ('<meta http-equiv="refresh" content="0; url=/next">', "http://site.test/next", 0),
        ("<meta http-equiv=REFRESH content=\"5;URL='next'\">", "http://site.test/a/next", 5),
        ("<meta http-equiv=refresh content='3, next'>", "http://site.test/a/next", 3),
        ("<meta http-equiv=refresh content='.5;next'>", "http://site.test/a/next", 0),
        ("<meta http-equiv=refresh content='300'>", URL, 300),
        ("<meta http-equiv=refresh content='soon'>", None, None),
        ("<meta http-equiv=refresh content='0;url=javascript:x'>", None, None),
        ("<noscript><meta http-equiv=refresh content='0;url=/no'></noscript>", None, None),
    ],
)
def test_a_refresh_leads_somewhere(meta: str, target: str | None, seconds: float | None) -> None:
    """A page that sends its reader on says where to, and when."""
    reading = page(f"<html><head>{meta}</head></html>")
    assert (reading.refresh, reading.refresh_seconds) == (target, seconds)


def test_a_title_is_one_line_and_not_that_of_a_drawing() -> None:
    """The first title that is the page's."""
    assert page("<html><body><svg><title>Icon</title></svg><title> A\n title </title>").title == "A title"
    assert page(f"<html><title>{'x' * 900}</title>").title == "x" * 500


def test_a_frame_has_no_favicon() -> None:
    """Browsers ask for the icon of the page alone."""
    assert page("<html><img src=x>", role=Role.FRAME).needs == (
        Need(url="http://site.test/a/x", role=Role.IMAGE, how="img/@src"),
    )
