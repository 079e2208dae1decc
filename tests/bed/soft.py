"""Links that are dead and answer 200: the pages of papers, portals and blogs that say so, or do not even say so.

Each site gives the same kind of page to any address it does not know, as such sites do, unless told otherwise.
"""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from tests.bed.answers import Asked, Script, elsewhere, html, made, redirect, site
from tests.bed.articles import article
from tests.bed.behaviour import Behaviour, link
from tests.bed.pages import Paper, Style, article_page, notice_page, paper, teasers

_BROAD, _BLOG, _PORTAL, _TABLES, _MAGAZINE, _TABLOID = Style


def everywhere(
    name: str, of: Paper, slug: str, now: Script, why: str, states: str = "soft_404", **more: object
) -> Behaviour:
    """A dead link on a site that answers so to whatever it does not know."""
    return link(name, site(f"{name}.test", of, now), slug, now, states, why, **more)  # type: ignore[arg-type]


def alone(
    name: str, of: Paper, slug: str, now: Script, why: str, states: str = "soft_404", **more: object
) -> Behaviour:
    """A dead link on a site that answers an honest 404 to made-up addresses."""
    return link(name, site(f"{name}.test", of), slug, now, states, why, **more)  # type: ignore[arg-type]


def notice(of: Paper, title: str, main: str, *, around: int = 0, summaries: bool = False) -> Script:
    """The paper's layout around `main`, other headlines each time, and so many teasers below it."""

    def make(asked: Asked) -> str:
        below = teasers(of, f"below{asked.serial}", around, summaries=summaries) if around else ""
        return notice_page(of, title, main + below, seed=str(asked.serial))

    return made(make)


def english() -> list[Behaviour]:
    """Sites in English that say it, each in its own words."""
    wexmoor, mercury = paper("The Wexmoor Courier"), paper("Bay Mercury News", style=_TABLOID)
    lantern, inkwell = paper("The Lantern", style=_MAGAZINE), paper("Inkwell & Oak", style=_BLOG)
    stream, wire = paper("Hooli News", style=_TABLOID), paper("Continental Press Hosted", style=_TABLES)
    county, forum = paper("Marlow County Council"), paper("Harbour Talk Forum", style=_TABLES)
    video, star = paper("ViewTube", style=_MAGAZINE), paper("Evening Star-Gazette", style=_PORTAL)
    return [
        everywhere(
            "wexmoor",
            wexmoor,
            "harbour-ferry-grounding",
            notice(
                wexmoor,
                "Page not found | The Wexmoor Courier",
                "<h1>Sorry, we can&rsquo;t find that page</h1><p>You may have followed an old link or typed the"
                " address wrongly. Try the search above, or one of these.</p>",
                around=8,
            ),
            "the classic: a friendly page that says so and goes on with headlines",
        ),
        everywhere(
            "bay-mercury",
            mercury,
            "wheat-rust-valley",
            notice(
                mercury,
                "Bay Mercury News: breaking news, sport, weather",
                "<p>We can't seem to find what you're after. It may have been archived, or its address may have"
                " changed since you saved it.</p>",
                around=10,
                summaries=True,
            ),
            "one small sentence among ten teasers with their first paragraphs; the title is the paper's",
        ),
        alone(
            "lantern-rights",
            lantern,
            "museum-heist-coins",
            notice(
                lantern,
                "Removed: article - The Lantern",
                "<h1 class='c-headline'>Thieves take Roman coins from provincial museum in four minutes</h1>"
                "<div class='c-body'><p>This article has been removed as our copyright for it has expired.</p></div>",
            ),
            "the headline still stands, the text is withdrawn; made-up addresses get an honest 404",
        ),
        everywhere(
            "hooli-news",
            stream,
            "tram-line-opening",
            notice(
                stream,
                "Hooli News - Latest News & Headlines",
                "<p>Sorry, the page you requested was not found. Please check the URL for proper spelling and"
                " capitalization. If you're having trouble locating a destination on Hooli, try visiting the home"
                " page or look through a list of our online services.</p><h2>Top stories</h2>",
                around=12,
                summaries=True,
            ),
            "a portal's error above its endless stream of stories",
        ),
        everywhere(
            "hosted-wire",
            wire,
            "glacier-lake-drained",
            notice(
                wire,
                "Hosted news",
                "<b>The story you have requested is no longer available.</b><br><br>"
                "Wire stories are kept for thirty days. Please visit our members' sites for current reports.",
            ),
            "agency stories hosted for a month, then this",
        ),
        everywhere(
            "inkwell",
            inkwell,
            "bank-merger-blocked",
            notice(
                inkwell,
                "Page not found &#8211; Inkwell & Oak",
                '<section class="no-results not-found"><header class="page-header"><h1 class="page-title">Oops! That'
                " page can&rsquo;t be found.</h1></header><p>It looks like nothing was found at this location. Maybe"
                " try one of the links below or a search?</p></section>",
                around=6,
            ),
            "WordPress behind a proxy that turns 404 into 200",
        ),
        everywhere(
            "inkwell-search",
            paper("Salt & Vinegar Review", style=_BLOG),
            "bridge-closure-cables",
            notice(
                paper("Salt & Vinegar Review", style=_BLOG),
                "Salt & Vinegar Review",
                '<section class="no-results"><h1 class="page-title">Nothing Found</h1><p>It seems we can&rsquo;t find'
                " what you&rsquo;re looking for. Perhaps searching can help.</p></section>",
            ),
            "a theme without a 404 template shows its empty search",
        ),
        everywhere(
            "marlow-council",
            county,
            "marathon-record",
            notice(
                county,
                "Welcome to our new website - Marlow County Council",
                "<h1>We've launched a new website</h1><p>Following the launch of our new site in April, bookmarks and"
                " links to our old site will no longer work. Please use the search or the A to Z of services to find"
                " what you need, and remember to update your favourites.</p>",
                around=6,
            ),
            "a relaunch without redirects: every old address greets you",
        ),
        everywhere(
            "harbour-talk",
            forum,
            "vaccine-cold-chain",
            notice(
                forum,
                "Harbour Talk - Information",
                '<table class="tablebg"><tr><th>Information</th></tr><tr><td align='
                '"center"><br>The requested topic does not exist.<br><br></td></tr></table>',
            ),
            "phpBB's words",
        ),
        everywhere(
            "vbulletin",
            paper("Angling Times Boards", style=_TABLES),
            "telescope-first-light",
            notice(
                paper("Angling Times Boards", style=_TABLES),
                "Angling Times Boards - vBulletin Message",
                "<b>vBulletin Message</b><br><br>No Thread specified. If you followed a valid link, please notify the"
                " <a href='/contact'>administrator</a>",
            ),
            "vBulletin's words for a thread that was pruned",
        ),
        everywhere(
            "viewtube",
            video,
            "school-strike-ends",
            notice(
                video,
                "ViewTube",
                "<div class='player'><h1>Video unavailable</h1><p>This video is no longer available"
                " because the uploader has closed their account.</p></div><h2>Up next</h2>",
                around=10,
                summaries=True,
            ),
            "the player says so, ten other videos follow",
        ),
        everywhere(
            "star-gazette",
            star,
            "volcano-evacuation",
            notice(
                star,
                "Evening Star-Gazette | Archive",
                "<div class='tit'>Archived story</div><p>Stories older than 90"
                " days are moved to our paid archive, which is at present being rebuilt by our partner. We apologise"
                " for the inconvenience.</p>",
                around=5,
            ),
            "the paid archive that is never rebuilt",
        ),
        alone(
            "syndicate-withdrawn",
            paper("Morning Ledger"),
            "insulin-price-hearing",
            notice(
                paper("Morning Ledger"),
                "Morning Ledger",
                "<h1>This content is no longer on our site</h1><p>It was"
                " provided by a third party and our agreement to show it has come to an end.</p>",
                around=6,
            ),
            "a partner's story taken off; all else on the site is in order",
        ),
        everywhere(
            "error-frame",
            paper("Daily Dispatch", style=_TABLOID),
            "rail-cyber-outage",
            notice(
                paper("Daily Dispatch", style=_TABLOID),
                "Error - Daily Dispatch",
                "<h2>Well, this is embarrassing</h2><p>There used to be something here. Our interns are looking for it"
                " under the sofa. Meanwhile, enjoy these.</p>",
                around=8,
                summaries=True,
            ),
            "jokes instead of a status",
        ),
    ]


def silent() -> list[Behaviour]:
    """Sites that do not say so at all."""
    random_teasers = paper("Metro Pulse", style=_TABLOID)
    empty_shell, broken = paper("Valley Tribune", style=_PORTAL), paper("Gazeta 24", style=_TABLES)
    cards, tags = paper("The Daily Scroll", style=_MAGAZINE), paper("Coastline Live", style=_BLOG)

    def shell(asked: Asked) -> str:
        main = (
            '<div class="crumb"><a href="/">Home</a> &gt; News</div><div class="tit"></div><div class="info">By '
            ' · Published </div><div id="artibody"></div><div id="cmt"><h3>Comments (0)</h3><p>Be the first to'
            " comment.</p></div>"
        )
        return notice_page(empty_shell, " - Valley Tribune", main, seed=str(asked.serial))

    def echo(asked: Asked) -> str:
        words = asked.path.rsplit("/", 1)[-1].partition(".")[0].replace("-", " ").title()
        main = (
            f"<h1>{words}</h1><p>Read the latest about {words}. Pictures, videos and background on {words}, updated"
            " around the clock.</p>"
        )
        return notice_page(
            tags,
            f"{words} | Coastline Live",
            main + teasers(tags, str(asked.serial), 6, summaries=True),
            seed=str(asked.serial),
        )

    return [
        everywhere(
            "metro-pulse",
            random_teasers,
            "orchestra-saved",
            notice(random_teasers, "Metro Pulse", "<h1>Stories you may like</h1>", around=18, summaries=True),
            "nothing but recommendations, others each time; not a word of what is missing",
        ),
        everywhere(
            "valley-tribune",
            empty_shell,
            "river-dolphin-count",
            made(shell),
            "the article template with an empty article in it",
        ),
        everywhere(
            "gazeta24",
            broken,
            "parliament-budget-night",
            notice(
                broken,
                "Gazeta 24",
                "<b>Warning</b>: mysql_fetch_array() expects parameter 1 to be resource, boolean"
                " given in <b>/home/g24/public_html/story.php</b> on line <b>61</b><br><br><h1></h1>",
            ),
            "the database of old stories is gone, the template runs on",
        ),
        everywhere(
            "daily-scroll",
            cards,
            "apple-orchard-frost",
            made(
                lambda asked: notice_page(
                    cards,
                    "The Daily Scroll - Trending now",
                    "<h1 class='c-headline'>Trending now</h1>" + teasers(cards, str(asked.serial), 14, summaries=True),
                    seed=str(asked.serial),
                )
            ),
            "an endless feed in place of whatever was asked for",
        ),
        everywhere(
            "coastline",
            tags,
            "prison-library",
            made(echo),
            "a tag page made of the words of the address: it has all words of the headline and nothing of the story",
        ),
    ]


def chinese() -> list[Behaviour]:
    """Chinese portals, papers and platforms."""
    wangjing, xinlan = paper("望京网", "zh", _PORTAL), paper("新澜新闻", "zh", _PORTAL)
    chenbao, ditie = paper("江城晨报", "zh", _TABLOID), paper("都市快线", "zh", _BROAD)
    weixun, zhengwu = paper("微讯平台", "zh", _MAGAZINE), paper("云溪区人民政府", "zh", _TABLES)
    return [
        everywhere(
            "wangjing",
            wangjing,
            "ditie-kaitong",
            notice(
                wangjing,
                "望京网",
                '<div class="err"><p>您访问的页面不存在或已删除!</p><p>您可以：检查网址是否正确，或者<a href="/">'
                "返回望京网首页</a>、<a href='/fb'>意见反馈</a></p></div>",
                around=12,
            ),
            "a portal's small box among forty headlines",
        ),
        everywhere(
            "xinlan",
            xinlan,
            "dizhen-jiuyuan",
            made(
                lambda asked: notice_page(
                    xinlan,
                    "页面没有找到 5秒钟之后将会带您进入新澜首页!",
                    '<div class="p404">页面没有找到 <span id="sec">5</span>秒钟之后将会带您进入<a href="/">新澜首页</a>!</div>'
                    '<script>setTimeout(function(){location.href="/"},5000)</script>',
                    seed=str(asked.serial),
                )
            ),
            "says so and sends the reader home after five seconds",
            "soft_404 moved_to_home",
        ),
        everywhere(
            "chenbao",
            chenbao,
            "chaye-jiage",
            notice(
                chenbao, "江城晨报网", "<h1>抱歉，您要看的稿件已经下线</h1><p>为您推荐：</p>", around=8, summaries=True
            ),
            "taken offline, with eight stories recommended in its place",
        ),
        everywhere(
            "kuaixian",
            ditie,
            "aoyun-tiaoshui",
            notice(
                ditie,
                "都市快线 - 出错啦",
                "<h1>哎呀，迷路了</h1><p>这个链接可能过期了，也可能从来没有存在过。去别处逛逛吧。</p>",
                around=6,
            ),
            "a joking error page",
        ),
        alone(
            "weixun",
            weixun,
            "waimai-anquan",
            html(
                '<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head><body><div class="weui-msg"><i'
                ' class="weui-icon_warn"></i><h2>该内容已被发布者删除</h2></div></body></html>'
            ),
            "a platform's post deleted by whoever posted it; the page has hardly anything else",
        ),
        alone(
            "weixun-violation",
            weixun,
            "gutu-chuban",
            html(
                '<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head><body><div class="weui-msg"><i'
                ' class="weui-icon_warn"></i><h2>此内容因违规无法查看</h2><p>由用户投诉并经平台审核，涉嫌违反相关法律法规和政策，查看对应规则'
                "</p></div></body></html>"
            ),
            "a post that the platform took down",
            "soft_404 gone legal_block",
        ),
        everywhere(
            "zhengwu",
            zhengwu,
            "xiongmao-fangsheng",
            notice(
                zhengwu,
                "提示信息",
                "<font size=2>系统提示：该信息未审核或已被管理员删除！<a href='javascript:history.go(-1)'>返回上一页</a></font>",
            ),
            "an old government CMS",
        ),
        everywhere(
            "discuz",
            paper("西山论坛", "zh", _TABLES),
            "gaokao-gaige",
            notice(
                paper("西山论坛", "zh", _TABLES),
                "提示信息 - 西山论坛 - Powered by Discuz!",
                '<div id="messagetext"><p>抱歉，指定的主题不存在或已被删除或正在被审核</p></div>',
            ),
            "Discuz's words for a thread that is gone",
        ),
    ]


def others() -> list[Behaviour]:
    """Other languages, full pages around one sentence."""
    said = {
        "stadtanzeiger": (
            "Stadtanzeiger Brenz",
            "de",
            _BROAD,
            "stadtbibliothek-wasserschaden",
            "Seite nicht gefunden",
            (
                "<h1>Diese Seite gibt es nicht (mehr)</h1><p>Der gewünschte Beitrag ist leider nicht mehr"
                " verfügbar. Möglicherweise wurde er verschoben oder aus rechtlichen Gründen gelöscht.</p>"
            ),
        ),
        "elbblatt": (
            "Elbblatt",
            "de",
            _TABLOID,
            "elbtunnel-vollsperrung",
            "Elbblatt – Nachrichten aus dem Norden",
            "<p>Hier ist leider nichts zu finden. Vielleicht interessiert Sie das?</p>",
        ),
        "echo-du-val": (
            "L'Écho du Val",
            "fr",
            _BROAD,
            "marche-aux-fleurs",
            "L'Écho du Val",
            (
                "<h1>Oups !</h1><p>La page que vous recherchez est introuvable. Elle a peut-être été supprimée ou"
                " déplacée.</p>"
            ),
        ),
        "correo-norte": (
            "El Correo del Norte",
            "es",
            _PORTAL,
            "sequia-embalses",
            "El Correo del Norte",
            "<h1>Lo sentimos</h1><p>El contenido que busca ya no está disponible o ha cambiado de dirección.</p>",
        ),
        "baikal-vesti": (
            "Байкал Вести",
            "ru",
            _PORTAL,
            "ledokol-baikal",
            "Байкал Вести",
            (
                "<div class='tit'>Ошибка</div><p>Запрашиваемая вами страница не найдена. Возможно, материал был"
                " удалён или перенесён в архив.</p>"
            ),
        ),
        "hokuriku": (
            "北陸日日新聞",
            "ja",
            _PORTAL,
            "shinkansen-kaitsuu",
            "北陸日日新聞",
            "<div class='tit'>お探しの記事は見つかりませんでした</div><p>掲載期間が終了したか、URLが変更された可能性があります。</p>",
        ),
        "tamna": (
            "탐나일보",
            "ko",
            _PORTAL,
            "jeju-gamgyul",
            "탐나일보",
            "<div class='tit'>알림</div><p>삭제되었거나 존재하지 않는 기사입니다. 주소를 다시 확인해 주세요.</p>",
        ),
        "alwaha": (
            "صحيفة الواحة",
            "ar",
            _BROAD,
            "maktaba-qadima",
            "صحيفة الواحة",
            "<h1>عذرا</h1><p>الصفحة التي تبحث عنها غير موجودة أو تم حذفها</p>",
        ),
    }
    found = []
    for host, (name, language, style, slug, title, main) in said.items():
        of = paper(name, language, style)
        now = notice(of, title, main, around=8)
        found.append(everywhere(host, of, slug, now, f"{language}: one sentence among the paper's headlines"))
    return found


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
        states=link("x", site("x.test", of), "marathon-record", None, "ok", "").states,
        why="the home page was what was cited",
    )


BEHAVIOURS = [*english(), *silent(), *chinese(), *others(), *sent_away(), group_home()]
