"""Links to which nothing has happened, however they are served; home pages; what all living links are made with."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from zlib import crc32

from tests.bed.answers import (
    Answer,
    End,
    Script,
    Site,
    answer,
    ends,
    front,
    html,
    made,
    redirect,
    site,
    tagged,
    turns,
)
from tests.bed.articles import article
from tests.bed.behaviour import Behaviour, link, path_of
from tests.bed.pages import Paper, Style, article_page, front_page, notice_page, paper, teasers

_COURIER, _ORBIT = paper("The Aldermere Courier"), paper("Meridian", style=Style.MAGAZINE)
_BLOG, _TABLOID = paper("Kelso Point Blog", style=Style.BLOG), paper("The Daily Whistle", style=Style.TABLOID)
_TABLES, _PORTAL = paper("Delta Online", style=Style.TABLES), paper("东岸网", "zh", Style.PORTAL)


def one(
    name: str,
    of: Paper,
    slug: str,
    now: Script | None,
    why: str,
    states: str = "ok",
    *,
    host: Mapping[str, object] | None = None,
    **more: object,
) -> Behaviour:
    """A living link: among others of its paper, or on a host of its own if something is said of that."""
    if host is None:
        path = path_of(article(slug)).replace(".html", f"-{crc32(name.encode()) % 10_000}.html")
        return link(name, shared(of), slug, now, states, why, path=path, **more)  # type: ignore[arg-type]
    return link(name, site(f"{name}.test", of, **host), slug, now, states, why, **more)  # type: ignore[arg-type]


@cache
def shared(of: Paper) -> Site:
    """The host of a paper, which is in good order."""
    letters = "".join(each for each in of.name.lower() if each.isascii() and each.isalpha())
    return site(f"{letters}{of.style}{crc32(of.name.encode()) % 100}.test", of)


def shown(of: Paper, slug: str, **more: str) -> Script:
    """The article in the paper's layout."""
    return html(article_page(of, article(slug), **more))


def unchanged() -> list[Behaviour]:
    """Nothing has happened, but for the headlines around the text."""
    looks = [
        ("aldermere", _COURIER, "harbour-ferry-grounding bridge-closure-cables museum-heist-coins"),
        ("meridian", _ORBIT, "telescope-first-light glacier-lake-drained"),
        ("whistle", _TABLOID, "chess-teen-champion marathon-record"),
        ("delta-online", _TABLES, "vaccine-cold-chain river-dolphin-count"),
        ("dong-an", _PORTAL, "gutu-chuban xiongmao-fangsheng gaokao-gaige"),
    ]
    found = []
    for host, of, slugs in looks:
        where = shared(of)
        for slug in slugs.split():
            now = shown(of, slug, seed="another day")
            found.append(link(f"{host}-{slug}", where, slug, now, "ok", "the same article among today's headlines"))
    told = [
        ("brenz", "de", "stadtbibliothek-wasserschaden"),
        ("brenz-nord", "de", "elbtunnel-vollsperrung"),
        ("saint-aubin", "fr", "marche-aux-fleurs"),
        ("riaza", "es", "sequia-embalses"),
        ("irkutsk", "ru", "ledokol-baikal"),
        ("kanazawa", "ja", "shinkansen-kaitsuu"),
        ("seogwipo", "ko", "jeju-gamgyul"),
        ("madina", "ar", "maktaba-qadima"),
    ]
    for host, language, slug in told:
        of = paper(host.title(), language, Style.BROADSHEET)
        found.append(one(host, of, slug, shown(of, slug, seed="today"), f"{language}: the same article"))
    same = shown(_COURIER, "school-strike-ends")
    found.append(one("etag", _COURIER, "school-strike-ends", tagged(same), "304 to who has it", then=tagged(same)))
    found.append(one("to-the-byte", _COURIER, "orchestra-saved", None, "not a byte is different"))
    return found


def homes() -> list[Behaviour]:
    """Home and section pages that were the link: they are another every day, and alive."""
    of, zh = paper("Harrow Vale Weekly", style=Style.TABLOID), paper("海湾日报", "zh", Style.PORTAL)
    intl = paper("Harrow International", style=Style.MAGAZINE)
    section = made(
        lambda asked: notice_page(
            of,
            "Science - Harrow Vale Weekly",
            "<h1>Science</h1>" + teasers(of, str(asked.serial), 8, summaries=True),
            seed=str(asked.serial),
        )
    )

    def home(
        name: str, look: Paper, now: Script | None, why: str, states: str = "ok", path: str = "/", **pages: Script
    ) -> Behaviour:
        where = site(f"{name}.test", look, pages={"/" + key.replace("__", "/"): value for key, value in pages.items()})
        then = html(front_page(look, "then at home"))
        return link(name, where, "marathon-record", now or front(look), states, why, then=then, path=path)

    return [
        home("weekly-home", of, None, "the home page was the link", "ok content_drifted"),
        home("haiwan-home", zh, None, "a Chinese home page was the link", "ok content_drifted"),
        home(
            "intl-home",
            intl,
            redirect("/en/"),
            "the home page was the link, and leads to its English edition",
            "ok content_drifted",
            en__=front(intl),
        ),
        link(
            "section-front",
            site("section-front.test", of),
            "marathon-record",
            section,
            "ok content_drifted",
            "a section's front was the link",
            then=html(
                notice_page(
                    of,
                    "Science - Harrow Vale Weekly",
                    "<h1>Science</h1>" + teasers(of, "then in science", 8, summaries=True),
                )
            ),
            path="/science/",
        ),
    ]


def stumbling() -> list[Behaviour]:
    """It takes more than one attempt, or an odd one."""
    busy = html("<h1>503 Service Unavailable</h1>", status=503)
    slow = html("<h1>429</h1>", ("Retry-After", "1"), status=429)

    def no_head(slug: str) -> Script:
        shows = shown(_COURIER, slug, seed="h")
        return lambda asked: (html("<h1>405</h1>", status=405) if asked.method == "HEAD" else shows)(asked)

    def packed(slug: str) -> Script:
        return answer(
            gzip.compress(article_page(_ORBIT, article(slug)).encode(), mtime=0),
            "text/html; charset=utf-8",
            ("Content-Encoding", "gzip"),
        )

    def closing(slug: str) -> Script:
        text = article_page(_TABLES, article(slug)).encode()
        return lambda _: Answer(raw=b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + text, end=End.CLOSE)

    return [
        one(
            "third-time",
            _COURIER,
            "harbour-ferry-grounding",
            turns(busy, busy, shown(_COURIER, "harbour-ferry-grounding", seed="3")),
            "503, 503, 200",
            host={},
        ),
        one(
            "second-reset",
            _COURIER,
            "glacier-lake-drained",
            turns(ends(End.RESET), shown(_COURIER, "glacier-lake-drained", seed="2")),
            "reset once, then there",
            host={},
        ),
        one(
            "after-a-second",
            _ORBIT,
            "telescope-first-light",
            turns(slow, shown(_ORBIT, "telescope-first-light", seed="w")),
            "429, a second later 200",
            host={},
        ),
        one(
            "head-refused", _COURIER, "chess-teen-champion", no_head("chess-teen-champion"), "HEAD is refused", host={}
        ),
        one("gzip", _ORBIT, "vaccine-cold-chain", packed("vaccine-cold-chain"), "packed since"),
        one(
            "http-1-0",
            _TABLES,
            "apple-orchard-frost",
            closing("apple-orchard-frost"),
            "HTTP/1.0, until the connection closes",
        ),
    ]


def charsets() -> list[Behaviour]:
    """Encodings declared in the page alone, wrongly, or changed since."""

    def coded(
        name: str,
        slug: str,
        of: Paper,
        charset: str,
        label: str,
        why: str,
        *,
        header: str = "text/html",
        now: Script | None = None,
    ) -> Behaviour:
        text = (
            article_page(of, article(slug))
            .replace('charset="utf-8"', f'charset="{label}"')
            .replace("charset=utf-8", f"charset={label}")
        )
        return one(name, of, slug, now, why, then=answer(text.encode(charset, "xmlcharrefreplace"), header))

    zh_new = shown(replace(_PORTAL, style=Style.MAGAZINE), "waimai-anquan", seed="u")
    ru, ja, ko = (
        paper("Вестник", "ru", Style.TABLES),
        paper("日報", "ja", Style.TABLES),
        paper("일보", "ko", Style.PORTAL),
    )
    return [
        coded("big5", "gangqu-xianglian", replace(_PORTAL, name="海港晚報"), "big5", "big5", "Big5"),
        coded("gbk", "dizhen-jiuyuan", _PORTAL, "gbk", "gb2312", "GBK, called gb2312 in the page alone"),
        coded(
            "gbk-to-utf8", "waimai-anquan", _PORTAL, "gbk", "gbk", "GBK then, UTF-8 and a new layout now", now=zh_new
        ),
        coded(
            "gbk-lying",
            "aoyun-tiaoshui",
            _PORTAL,
            "gbk",
            "gbk",
            "GBK, and the header says UTF-8",
            header="text/html; charset=utf-8",
        ),
        coded("gb18030", "gaokao-gaige", _PORTAL, "gb18030", "gb18030", "GB 18030"),
        coded("shift-jis", "shinkansen-kaitsuu", ja, "cp932", "Shift_JIS", "Shift_JIS"),
        coded("windows-1251", "ledokol-baikal", ru, "cp1251", "windows-1251", "windows-1251"),
        coded("euc-kr", "jeju-gamgyul", ko, "cp949", "euc-kr", "EUC-KR"),
        coded("latin-1", "marche-aux-fleurs", paper("Le Quai", "fr", Style.TABLES), "cp1252", "iso-8859-1", "Latin-1"),
        coded(
            "latin-1-unsaid",
            "sequia-embalses",
            paper("El Faro", "es", Style.TABLES),
            "cp1252",
            "utf-8",
            "Latin-1 that calls itself UTF-8",
        ),
    ]


BEHAVIOURS = [*unchanged(), *homes(), *stumbling(), *charsets()]
