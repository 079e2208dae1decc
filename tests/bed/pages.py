"""How the bed's papers lay out a page: navigation, teasers, sidebars and footers around an article or a notice (pure).

Six layouts as they are met in the wild, in nine languages. What stands around the text depends on a seed, so that two
pages of one paper differ as much as real ones do.
"""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from tests.bed.articles import THEN, Article, some_articles, some_headlines
from tests.bed.words import WORDS, Words


class Style(StrEnum):
    """A layout."""

    BROADSHEET = "broadsheet"
    BLOG = "blog"
    PORTAL = "portal"
    TABLES = "tables"
    MAGAZINE = "magazine"
    TABLOID = "tabloid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A site as its readers see it."""

    name: str
    language: str = "en"
    style: Style = Style.BROADSHEET

    @property
    def words(self) -> Words:
        """The words of its interface."""
        return WORDS[self.language]


def paper(name: str, language: str = "en", style: Style = Style.BROADSHEET) -> Paper:
    """A paper of that name."""
    return Paper(name=name, language=language, style=style)


def article_page(of: Paper, article: Article, *, seed: str = "", head: str = "", extra: str = "", top: str = "") -> str:
    """The article as the paper shows it; `top` stands above it, `extra` below."""
    byline = f"{article.author} · {article.day.isoformat()}"
    main = f"{top}{_ARTICLES[of.style](article, byline)}{extra}"
    title = f"{article.headline} - {of.name}"
    return page(of, title, main, seed=seed or f"{THEN}{article.slug}", head=head + _about(of, article))


def notice_page(of: Paper, title: str, main: str, *, seed: str = "notice", head: str = "") -> str:
    """A page that is no article: `main` as it is within the paper's layout."""
    return page(of, title, f'<div class="content">{main}</div>', seed=seed, head=head)


def front_page(of: Paper, seed: str) -> str:
    """The paper's home page on the day of that seed."""
    blocks = "".join(
        f'<section><h2><a href="{_address(each.headline)}">{escape(each.headline)}</a></h2>'
        f"<p>{escape(each.paragraphs[0])}</p></section>"
        for each in some_articles(of.language, f"front{seed}", 5)
    )
    return page(of, of.name, f"<h1>{escape(of.name)}</h1>{blocks}{teasers(of, f'more{seed}', 10)}", seed=seed)


def page(of: Paper, title: str, main: str, *, seed: str, head: str = "") -> str:
    """A whole page in the paper's layout."""
    return _FRAMES[of.style](of, escape(title), main, head, seed)


def teasers(of: Paper, seed: str, count: int, *, summaries: bool = False) -> str:
    """A list of links to other articles, with their first sentences on request."""
    if summaries:
        return "".join(_card(each) for each in some_articles(of.language, seed, count))
    lines = some_headlines(of.language, seed, count)
    return "<ul>" + "".join(f'<li><a href="{_address(each)}">{escape(each)}</a></li>' for each in lines) + "</ul>"


def _card(article: Article) -> str:
    return (
        f'<div class="card"><a href="{_address(article.headline)}"><img src="/img/{article.slug}-320.jpg" alt="">'
        f"<h3>{escape(article.headline)}</h3></a><p>{escape(article.paragraphs[0])}</p></div>"
    )


def _address(headline: str) -> str:
    return f"/a/{random.Random(headline).randrange(10**7, 10**8)}.html"


def _about(of: Paper, article: Article) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "datePublished": article.day.isoformat(),
        "author": {"@type": "Person", "name": article.author},
        "publisher": {"@type": "Organization", "name": of.name},
    }
    graph = (
        f'<meta property="og:title" content="{escape(article.headline)}"><meta property="og:type" content="article">'
    )
    if of.style in {Style.MAGAZINE, Style.TABLOID}:
        return f'{graph}<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
    return graph if of.style is Style.BROADSHEET else ""


# --- how each layout shows an article ---


def _paragraphs(article: Article, tag: str = "p") -> str:
    return "\n".join(f"<{tag}>{escape(each, quote=False)}</{tag}>" for each in article.paragraphs)


def _broadsheet_article(article: Article, byline: str) -> str:
    return (
        f"<article><header><h1>{escape(article.headline)}</h1><p class=byline>{byline}</p></header>\n"
        f'<figure><img src="/img/{article.slug}.jpg" alt=""><figcaption>Photo: agency</figcaption></figure>\n'
        f"{_paragraphs(article)}</article>"
    )


def _blog_article(article: Article, byline: str) -> str:
    return (
        f'<article class="post type-post hentry"><h1 class="entry-title">{escape(article.headline)}</h1>'
        f'<div class="entry-meta">{byline}</div><div class="entry-content">{_paragraphs(article)}</div>'
        '<div class="sharedaddy"><a href="#">Facebook</a> <a href="#">Twitter</a></div></article>'
    )


def _portal_article(article: Article, byline: str) -> str:
    return (
        f'<div class="crumb"><a href="/">Home</a> &gt; <a href="/news/">News</a></div><div id="artibody_wrap">'
        f'<div class="tit">{escape(article.headline)}</div><div class="info">{byline}</div>'
        f'<div id="artibody">{_paragraphs(article)}</div></div>'
    )


def _tables_article(article: Article, byline: str) -> str:
    body = "<br><br>\n".join(escape(each, quote=False) for each in article.paragraphs)
    return f'<font size="5"><b>{escape(article.headline)}</b></font><br><i>{byline}</i><br><br>{body}'


def _magazine_article(article: Article, byline: str) -> str:
    body = "".join(
        f'<div class="c-block"><p class="c-text">{escape(p, quote=False)}</p></div>' for p in article.paragraphs
    )
    return (
        f'<div class="c-article"><h1 class="c-headline">{escape(article.headline)}</h1>'
        f'<div class="c-byline"><span>{byline}</span></div><div class="c-body">{body}</div></div>'
    )


_ARTICLES: dict[Style, Callable[[Article, str], str]] = {
    Style.BROADSHEET: _broadsheet_article,
    Style.BLOG: _blog_article,
    Style.PORTAL: _portal_article,
    Style.TABLES: _tables_article,
    Style.MAGAZINE: _magazine_article,
    Style.TABLOID: _magazine_article,
}


# --- the frames ---


def _menu(of: Paper, glue: str = "") -> str:
    return glue.join(
        f'<a href="/{number}/">{escape(section)}</a>' for number, section in enumerate(of.words.sections, 1)
    )


def _top(of: Paper, title: str, head: str) -> str:
    direction = ' dir="rtl"' if of.language == "ar" else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{of.language}"{direction}><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/main.css">{head}</head>'
    )


def _broadsheet(of: Paper, title: str, main: str, head: str, seed: str) -> str:
    words = of.words
    return f"""{_top(of, title, head)}
<body><header><a class="logo" href="/">{escape(of.name)}</a><form action="/search"><input name="q"
placeholder="{words.search}"></form><nav>{_menu(of)}</nav></header>
<main>{main}</main>
<aside><h2>{words.most_read}</h2>{teasers(of, "most" + seed, 8)}<h2>{words.latest}</h2>{teasers(of, "late" + seed, 8)}
<div class="newsletter"><h3>{words.newsletter}</h3><form><input type="email"><button>{words.subscribe}</button></form></div>
</aside><footer><p>© 2026 {escape(of.name)}. {words.rights}</p><p>{words.legal}</p></footer></body></html>
"""


def _blog(of: Paper, title: str, main: str, head: str, seed: str) -> str:
    words = of.words
    return f"""{_top(of, title, '<meta name="generator" content="WordPress 6.4.3">' + head)}
<body class="wp-custom-logo"><div id="page" class="site"><header id="masthead"><h2 class="site-title">
<a href="/" rel="home">{escape(of.name)}</a></h2><nav id="site-navigation">{_menu(of)}</nav></header>
<div id="content"><main id="main" class="site-main">{main}</main>
<div id="secondary" class="widget-area"><section class="widget widget_search"><form><input type="search"
placeholder="{words.search} &hellip;"></form></section><section class="widget"><h2>{words.latest}</h2>
{teasers(of, "w" + seed, 5)}</section><section class="widget"><h2>{words.archive}</h2><ul><li>2018</li><li>2017</li>
<li>2016</li></ul></section></div></div><footer id="colophon">{words.rights} WordPress</footer></div></body></html>
"""


def _portal(of: Paper, title: str, main: str, head: str, seed: str) -> str:
    words = of.words
    hot = "".join(
        f'<div class="mod"><div class="hd">{words.latest}</div>{teasers(of, f"p{seed}{n}", 9)}</div>' for n in "ab"
    )
    return f"""{_top(of, title, head)}
<body><div id="topbar"><a href="/login">{words.login}</a> | <a href="/reg">{words.register}</a> | <a href="/map">Map</a></div>
<div class="logo"><a href="/">{escape(of.name)}</a></div><div id="nav">{_menu(of, " | ")}</div>
<div class="wrap"><div class="left">{main}</div><div class="right"><div class="mod"><div class="hd">{words.most_read}</div>
{teasers(of, "h" + seed, 10)}</div>{hot}</div></div>
<div id="foot">{words.legal}<br>{words.rights} {escape(of.name)} 1998-2026</div>
<script>var _pv = _pv || []; _pv.push(["t", 17]);</script></body></html>
"""


def _tables(of: Paper, title: str, main: str, head: str, seed: str) -> str:
    return f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{title}</title>{head}</head>
<body bgcolor="#ffffff"><table width="760" border="0" cellpadding="0"><tr><td colspan="3"><img src="/logo.gif"
alt="{escape(of.name)}"></td></tr><tr><td width="120" valign="top"><font size="2">{_menu(of, "<br>")}</font></td>
<td width="460" valign="top">{main}</td><td width="180" valign="top"><font size="1">{teasers(of, "t" + seed, 6)}</font>
</td></tr><tr><td colspan="3"><font size="1">&copy; {escape(of.name)}. {of.words.rights}</font></td></tr></table></body></html>
"""


def _magazine(of: Paper, title: str, main: str, head: str, seed: str) -> str:
    words = of.words
    return f"""{_top(of, title, head)}
<body class="t-light"><div class="c-consent" hidden>{words.cookies} <button>OK</button></div>
<div class="o-head"><a href="/">{escape(of.name)}</a><div class="o-nav">{_menu(of)}</div></div>
<div class="o-main">{main}</div>
<div class="o-recirc"><h2>{words.related}</h2>{teasers(of, "r" + seed, 4, summaries=True)}</div>
<div class="o-foot"><div>{words.newsletter}</div><div>{words.legal}</div><div>{words.rights}</div></div>
<script>window.__STATE__={{"ab":"B","seed":"{escape(seed)}"}};</script></body></html>
"""


def _tabloid(of: Paper, title: str, main: str, head: str, seed: str) -> str:
    words = of.words
    return f"""{_top(of, title, head)}
<body><div class="ticker">{teasers(of, "tick" + seed, 6)}</div><div class="brand"><a href="/">{escape(of.name)}</a></div>
<div class="menu">{_menu(of)}</div><div class="grid"><div class="col-8">{main}</div>
<div class="col-4"><h4>{words.most_read}</h4>{teasers(of, "m" + seed, 12)}</div></div>
<div class="wall"><h4>{words.related}</h4>{teasers(of, "wall" + seed, 6, summaries=True)}</div>
<div class="foot">{words.legal} {words.rights}</div></body></html>
"""


_FRAMES: dict[Style, Callable[[Paper, str, str, str, str], str]] = {
    Style.BROADSHEET: _broadsheet,
    Style.BLOG: _blog,
    Style.PORTAL: _portal,
    Style.TABLES: _tables,
    Style.MAGAZINE: _magazine,
    Style.TABLOID: _tabloid,
}
