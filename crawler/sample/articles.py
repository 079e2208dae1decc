"""The articles of the sample web (`articles.json`) and the HTML they are served as.

Four papers with four layouts: JSON-LD, meta tags, both, and a bare old one. Text extraction has to find the words in
each, and page requisites (style sheet, script, pictures, another host's picture) have to be found in the rest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path

from crawler.sample.prose import Subject, paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article: where it lies and what it says."""

    host: str
    target: str  # path, with its query if it has one, as it is asked for
    headline: str
    author: str
    published: str  # ISO date
    subject: Subject
    length: int  # paragraphs

    @property
    def language(self) -> str:
        """ "zh" or "en", by its paper."""
        return "zh" if self.host in {"chenxi.test", "haibin.test"} else "en"


def _table() -> tuple[Article, ...]:
    data = json.loads(Path(__file__).with_name("articles.json").read_text(encoding="utf-8"))
    subjects = {name: Subject(**fields) for name, fields in data["subjects"].items()}
    return tuple(Article(**{**row, "subject": subjects[row["subject"]]}) for row in data["articles"])


ARTICLES = _table()

_PAPERS = {
    "courier.test": "The Harbour Courier",
    "lantern.test": "The Evening Lantern",
    "wire.test": "Northwind Wire",
    "tides.test": "Tides and Weather",
    "chenxi.test": "晨溪日报",
    "haibin.test": "海滨新闻网",
}


def html_of(article: Article, port: int) -> bytes:
    """The article's page, 5 to 40 kB; in GB 18030 for haibin.test, else in UTF-8."""
    text = paragraphs(article.target, article.subject, language=article.language, count=article.length)
    page = _LAYOUTS[article.host](article, text, port)
    return page.encode("gb18030" if article.host == "haibin.test" else "utf-8")


def _json_ld(article: Article, port: int) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "datePublished": f"{article.published}T06:30:00+00:00",
        "author": [{"@type": "Person", "name": article.author}],
        "publisher": {"@type": "Organization", "name": _PAPERS[article.host]},
        "image": [_picture(article, port)],
        "isAccessibleForFree": True,
    }
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>\n'


def _meta(article: Article, port: int) -> str:
    pairs = (
        ("og:type", "article"),
        ("og:title", article.headline),
        ("og:site_name", _PAPERS[article.host]),
        ("og:image", _picture(article, port)),
        ("article:published_time", f"{article.published}T06:30:00+00:00"),
        ("article:author", article.author),
    )
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in pairs]
    return "\n".join([*lines, f'<meta name="author" content="{escape(article.author)}">', ""])


def _picture(article: Article, port: int) -> str:
    return f"http://images.test:{port}/site/{article.host}.jpg"


def _time(article: Article) -> str:
    return f'<time datetime="{article.published}">{article.published}</time>'


def _body(text: list[str]) -> str:
    return "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in text)


def _frame(article: Article, extra_head: str, body: str, *, charset: str = "utf-8") -> str:
    paper, language = _PAPERS[article.host], "zh-Hans" if article.language == "zh" else "en"
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="{charset}">
<title>{escape(article.headline, quote=False)} - {paper}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/style.css">
<link rel="icon" href="/static/logo.png">
{extra_head}</head>
<body>
<header><a href="/"><img src="/static/logo.png" alt="{paper}" width="96" height="64"></a>
{_nav(article)}</header>
{body}
{_footer(article)}<script src="/static/site.js"></script>
</body>
</html>
"""


def _nav(article: Article) -> str:
    names = ("首页", "本地", "海港", "气象", "读者来信") if article.language == "zh" else (
        "Home", "City", "Harbour", "Weather", "Letters")  # fmt: skip
    items = "".join(f'<li><a href="/section/{n}">{name}</a></li>' for n, name in enumerate(names))
    return f"<nav><ul>{items}</ul></nav>\n"


def _footer(article: Article) -> str:
    others = [a for a in ARTICLES if a.host == article.host and a.target != article.target][:6]
    title = "相关阅读" if article.language == "zh" else "More from this paper"
    items = "\n".join(f'<li><a href="{escape(a.target)}">{escape(a.headline)}</a></li>' for a in others)
    return f"<aside><h3>{title}</h3>\n<ul>\n{items}\n</ul></aside>\n<footer>© {_PAPERS[article.host]}</footer>\n"


def _with_json_ld(article: Article, text: list[str], port: int) -> str:
    body = f"""<main><article>
<h1>{escape(article.headline, quote=False)}</h1>
<p class="byline">By <span rel="author">{escape(article.author)}</span>, {_time(article)}</p>
<figure><img src="{_picture(article, port)}" alt="" srcset="{_picture(article, port)} 1x"></figure>
{_body(text)}
</article></main>"""
    return _frame(article, _json_ld(article, port), body)


def _with_meta(article: Article, text: list[str], port: int) -> str:
    body = f"""<div id="content"><h1 class="headline">{escape(article.headline, quote=False)}</h1>
<div class="meta"><span class="author">{escape(article.author)}</span>
<span class="date">{article.published}</span></div>
<div class="story-body">
{_body(text)}
</div></div>"""
    return _frame(article, _meta(article, port), body)


def _with_both(article: Article, text: list[str], port: int) -> str:
    lead, rest = text[:2], text[2:]
    body = f"""<main><article><header><h1>{escape(article.headline, quote=False)}</h1>
<address>{escape(article.author)}</address> {_time(article)}</header>
{_body(lead)}
<figure><img data-src="{_picture(article, port)}" src="/static/logo.png" alt=""></figure>
{_body(rest)}
</article></main>"""
    return _frame(article, _meta(article, port) + _json_ld(article, port), body)


def _old(article: Article, text: list[str], port: int) -> str:
    byline = f"{_PAPERS[article.host]} {article.published} {article.author}"
    body = f"""<table width="760" align="center"><tr><td><center>
<h1><font color="#003366">{article.headline}</font></h1>
{byline}<br><img src="{_picture(article, port)}"></center>
{_body(text)}
</td></tr></table>"""
    return _frame(article, "", body, charset="gb2312" if article.host == "haibin.test" else "utf-8")


_LAYOUTS = {
    "courier.test": _with_json_ld,
    "lantern.test": _with_both,
    "wire.test": _with_meta,
    "tides.test": _old,
    "chenxi.test": _with_both,
    "haibin.test": _old,
}
