"""The sample web: which host answers what to which request (pure).

Every fault a crawl has to live with has one address here; `expected` says what must come of each. Answers are scripts
(`crawler.sample.answers`), so this module does no I/O and two webs with one port are the same to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from crawler.sample import site
from crawler.sample.answers import (
    Answer,
    chunked,
    cut_off,
    gzipped,
    not_modified,
    plain,
    redirect,
    refusal,
    reset,
    slowly,
    tagged,
    until_close,
)
from crawler.sample.articles import ARTICLES, Article, html_of
from crawler.sample.images import jpeg, png

Routes = dict[tuple[str, str], tuple[Answer, ...]]  # (host, target) -> answers in turn; the last one repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as far as an answer depends on it. `visit` counts the earlier ones for the same host and target."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    visit: int = 0


def answer(asked: Asked, routes: Routes) -> Answer:
    """What the sample web answers. An unknown host gets 421, an unknown path 404, another method 405."""
    if asked.host not in site.HOSTS:
        return refusal(421, "No such host here")
    if asked.method not in {"GET", "HEAD"}:
        return refusal(405, "Only GET and HEAD", extra=(("Allow", "GET, HEAD"),))
    turns = routes.get(key(asked.host, asked.target)) or (refusal(404, "Nothing here any more"),)
    chosen = turns[min(asked.visit, len(turns) - 1)]
    if _unchanged(asked.headers, chosen):
        chosen = not_modified(chosen)
    return chosen.for_head() if asked.method == "HEAD" else chosen


def read(request: bytes) -> Asked:
    """A request head, read leniently. Raises ValueError if it is none (RFC 9112 section 3)."""
    line, *fields = request.decode("utf-8", "surrogateescape").split("\r\n")
    method, target, _version = line.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (f.partition(":") for f in fields if f)}
    host = headers.get("host", "").partition(":")[0].lower()
    return Asked(method=method, host=host, target=target, headers=headers)


def key(host: str, target: str) -> tuple[str, str]:
    """How routes are kept: percent-encoding and its absence are one path."""
    return host, unquote(target)


def _unchanged(headers: Mapping[str, str], chosen: Answer) -> bool:
    """RFC 9110 section 13.1: If-None-Match goes before If-Modified-Since."""
    if chosen.etag is None:
        return False
    if "if-none-match" in headers:
        tags = [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
        return "*" in tags or chosen.etag in tags
    return headers.get("if-modified-since") == chosen.last_modified


def routes(port: int) -> Routes:
    """The whole sample web for hosts reached at `port`."""
    table: Routes = {}
    for part in (_archive(port), _furniture(), _pictures(), _articles(port), _redirects(port), _robots()):
        table.update({key(host, target): turns for (host, target), turns in part.items()})
    return table


# --- the news archive itself ---


def _archive(port: int) -> Routes:
    out: Routes = {}
    for path, data in site.pages(port).items():
        language = "zh" if path.startswith("zh/") else "en"
        html = site.html_of(data.decode(), language=language).encode()
        page = (_tagged(data, "text/markdown; charset=utf-8"),)
        view = (_tagged(html, "text/html; charset=utf-8"),)
        out["archive.test", f"/{path}"] = page
        out["archive.test", f"/{path.removesuffix('.md')}.html"] = view
        if path in {"index.md", "zh/index.md"}:
            out["archive.test", f"/{path.removesuffix('index.md')}"] = view
    return out


def _tagged(data: bytes, mime: str) -> Answer:
    etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    return tagged(data, mime=mime, etag=etag, last_modified="Sat, 12 Mar 2016 18:00:00 GMT")


# --- the papers ---


def _articles(port: int) -> Routes:
    out: Routes = {}
    for article in ARTICLES:
        out[article.host, article.target] = _served(article, html_of(article, port))
    out["courier.test", "/2015/06/regatta-results.html"] = (_soft_404(),)
    out["lantern.test", "/2015/regatta-live"] = (refusal(410, "This live report has been taken down"),)
    out["lantern.test", "/2015/court-records"] = (reset(),)
    return out


def _served(article: Article, page: bytes) -> tuple[Answer, ...]:
    """How an article comes: the faulty ones first, the others by their paper's habit."""
    if faulty := _faulty(article.host + article.target, page):
        return faulty
    match article.host:
        case "courier.test":
            return (_tagged(page, "text/html; charset=UTF-8"),)
        case "lantern.test":
            return (gzipped(page),)
        case "wire.test":
            return (chunked(page),)
        case "haibin.test":
            return (plain(page, mime="text/html"),)  # its charset stands in the page alone
    return (plain(page),)


def _faulty(where: str, page: bytes) -> tuple[Answer, ...]:
    return {
        "courier.test/subscribers/court-records.html": (refusal(403, "For subscribers of the Courier"),),
        "wire.test/story/20150620-0033": (cut_off(page),),
        "wire.test/story/20160203-0101": (refusal(500, "The wire is down for a moment"), plain(page)),
        "tides.test/warnings/2016-02-03.html": (
            refusal(429, "Too many at once", extra=(("Retry-After", "1"),)),
            plain(page),
        ),
        "tides.test/2015/06/regatta-weather.html": (slowly(page),),
        "tides.test/harbours/tarnwick.html": (until_close(page),),
        "chenxi.test/2015/0618/c9.html": (gzipped(page),),
    }.get(where, ())


def _soft_404() -> Answer:
    body = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Page not found - The Harbour Courier</title></head>
<body><h1>Page not found</h1><p>Sorry, the page you are looking for is no longer here. Try the search.</p></body></html>
"""
    return plain(body.encode())


def _redirects(port: int) -> Routes:
    def at(host: str, path: str) -> str:
        return f"http://{host}:{port}{path}"

    return {
        ("courier.test", "/news/tarnwick-strike-over"): (redirect(301, "/2016/03/tarnwick-strike-over.html"),),
        ("old.test", "/cgi-bin/article?id=4711"): (redirect(301, at("old.test", "/article/4711")),),
        ("old.test", "/article/4711"): (redirect(302, at("courier.test", "/r/4711")),),
        ("courier.test", "/r/4711"): (redirect(301, "/2016/03/tram-depot.html"),),
        ("old.test", "/loop/court"): (redirect(302, "/loop/records"),),
        ("old.test", "/loop/records"): (redirect(302, at("old.test", "/loop/court")),),
        ("old.test", "/today"): (redirect(302, at("lantern.test", "/2015/court-diary")),),
        ("chenxi.test", "/a/2016/museum.htm"): (redirect(308, "/2016/0312/c102.html"),),
    }


# --- what the pages need, and who may ask ---


def _pictures() -> Routes:
    jpegs = ["/2016/03/harbour-bridge.jpg?w=1200&h=630", "/api/1.2/x9--/http://media.images.test/bridge-pylon.jpg",
             "/2015/06/regatta.jpg?NCS_modified=&imageversion=1by1&exif=.jpg", "/zh/tunnel.jpg",
             *(f"/site/{host}.jpg" for host in site.HOSTS)]  # fmt: skip
    out: Routes = {("images.test", target): (plain(jpeg(target), mime="image/jpeg"),) for target in jpegs}
    for target in ("/2016/03/tarnwick-boats.png", "/zh/logo.png"):
        out["images.test", target] = (plain(png(target), mime="image/png"),)
    out["images.test", "/2016/02/lightship.png"] = (_tagged(png("lightship", width=320, height=200), "image/png"),)
    out["haibin.test", "/images/logo.png"] = (plain(png("haibin"), mime="image/png"),)
    return out


_CSS = b"""body{font:16px/1.5 Georgia,serif;max-width:44em;margin:auto;background:url(/static/paper.png)}
nav li{display:inline}
"""
_JS = b'document.documentElement.className += " js";\n'


def _furniture() -> Routes:
    out: Routes = {}
    for host in sorted({article.host for article in ARTICLES}):
        out[host, "/"] = (_front_page(host),)
        out[host, "/static/style.css"] = (plain(_CSS, mime="text/css"),)
        out[host, "/static/site.js"] = (plain(_JS, mime="text/javascript"),)
        for name in ("logo", "paper"):
            out[host, f"/static/{name}.png"] = (plain(png(f"{host}/{name}"), mime="image/png"),)
    return out


def _front_page(host: str) -> Answer:
    items = "".join(f'<li><a href="{a.target}">{a.headline}</a></li>' for a in ARTICLES if a.host == host)
    return plain(f"<!DOCTYPE html><meta charset=utf-8><title>{host}</title><ul>{items}</ul>\n".encode())


def _robots() -> Routes:
    rules = {
        "archive.test": "User-agent: *\nDisallow:\n",
        "courier.test": "# Welcome.\nUser-agent: *\nDisallow: /search\n",
        "tides.test": "User-agent: *\nDisallow: /members/\n",
        "wire.test": "User-agent: *\nAllow: /\n",
    }  # the others have none, and answer 404
    return {(host, "/robots.txt"): (plain(text.encode(), mime="text/plain"),) for host, text in rules.items()}
