"""Pages of news sites that are there, or that somebody stands before, and look as if they were gone: none is dead.

They were thought of beside the rules, not out of them. Each is judged as a recheck does: without a copy and with one of
which nothing is left, with random siblings that get a 404, that get no answer, and, for what stands at every address,
that get the same page.
"""

# ruff: noqa: E501 - a page a line

from __future__ import annotations

import pytest

from archive.verdicts import Verdict, VerdictClass
from crawler.verdict.answer import NO_PROBES, Answer, Match, ProbeResult
from crawler.verdict.judge import judge
from tests.crawler.verdict.checks import (
    STORY,
    STORY_ZH,
    answered,
    cards,
    page,
    paragraphs,
    probed,
    sent_on,
    share,
    teasers,
)

NAV = "<nav><ul>" + "".join(f"<li><a href=/s{n}>Section {n}</a></li>" for n in range(8)) + "</ul></nav>"
FOOT = "<footer>Copyright 2016 The Paper. Contact. Terms of use.</footer>"
HONEST = probed(0.0, 1.0, status=(404, 404))
FAILED = probed(0.0, 0.0, status=(0, 0))
SAME = probed(1.0, 1.0, own=(1.0, 1.0))
SAME_TITLE = probed(1.0, 1.0, own=(1.0, 1.0), title=True)
SAME_END = probed(1.0, 1.0, own=(1.0, 1.0), same=True)


def laid_out(title: str, body: str, *, head: str = "") -> str:
    """A page within its site."""
    return page(title, NAV + body + FOOT, head=head)


def brief(title: str, *sentences: str, name: str = "The Paper") -> str:
    """A short item with a headline."""
    return laid_out(f"{title} - {name}", f"<h1>{title}</h1>" + paragraphs(*sentences))


FIRE = "A fire broke out at the market on Friday, police said."
BRIEFS = {
    # words of errors for a headline
    "a film": page(
        "Not Found | Film | Daily",
        "<h1>Not Found</h1><p>A film by Jane Doe. Cast: Ann Li, Bo Kay. Opens Friday in selected cinemas.</p><p>Rated 12. 97 minutes.",
    ),
    "another film": page(
        "Gone (2012) - Reviews",
        "<h1>Gone</h1><p>Thriller directed by Heitor Dhalia, with Amanda Seyfried. 94 minutes.</p>",
    ),
    "a bus": brief("404", "Bus 404 now runs on Sundays too. The council has said so."),
    "an exhibition": brief(
        "Error 404", "An exhibition of lost web pages opens on Friday at the museum. Entry is free."
    ),
    "a ministry": brief(
        "Website suspended",
        "KABUL, Feb 3 - The ministry suspended the website of the paper on Friday, its editor said.",
    ),
    "a diary": brief("Page missing", "A page of the diary is missing, the museum said."),
    "an account": brief("Account deleted", "The president deleted his account on Friday, his office said."),
    "an army": page(
        "Content removed - press release",
        "<h1>Facebook: content removed</h1><p>Facebook said on Friday that it has removed content of the army.</p>",
    ),
    "a map": brief("Page not found", "The library has lost one page of its oldest map, and looks for who took it."),
    "关闭": page(
        "网站已关闭 - 新闻", "<h1>网站已关闭</h1><p>路透社报道，当局周五下令关闭该新闻网站，编辑部表示将上诉。</p>"
    ),
    "歌": page(
        "页面不存在 - 歌词",
        "<h1>页面不存在</h1><p>作词：李雷 作曲：韩梅梅</p><p>我在深夜里翻开那一页，字迹已经模糊，只剩下雨声陪着我</p>",
    ),
    "删除": brief(
        "视频已被删除", "据新华社报道，该平台周五删除了两百多条涉及选举的视频，并封停了相关账号。", name="日报"
    ),
    "немецкий": page(
        "Gelöscht | Zeitung",
        "<h1>Gelöscht</h1><p>Der Minister hat seine Nachrichten vom Mai gelöscht, wie sein Büro am Freitag bestätigte.</p>",
    ),
    "русский": page(
        "Сайт заблокирован - Газета",
        "<h1>Сайт удалён</h1><p>Суд в Москве в пятницу постановил удалить сайт организации, сообщил её адвокат.</p>",
    ),
    "español": page(
        "No encontrado | Diario",
        "<h1>No encontrado</h1><p>El cuerpo del pescador sigue sin aparecer tras cinco días de búsqueda en el lago.</p>",
    ),
    "français": page(
        "Introuvable | Journal",
        "<h1>Introuvable</h1><p>Le suspect de l'attaque de vendredi reste recherché par deux cents gendarmes dans la vallée.</p>",
    ),
    "عربي": page(
        "محذوف - الجريدة",
        "<h1>الموقع غير متاح</h1><p>قالت الوزارة يوم الجمعة إنها حجبت موقع الصحيفة لمدة شهرين بسبب تقريرها عن الانتخابات.</p>",
    ),
    "废止": page(
        "此网页已被删除 - 论坛",
        "<h1>关于旧版网页停用的通知</h1><p>自五月一日起，本市旧版政务网页停止更新，相关内容迁移到新版门户网站。</p>",
    ),
    "a question": laid_out(
        "404 page not found in nginx - Forum",
        "<h1>404 page not found in nginx</h1><p>I moved my site to another machine and now all images give this error. What can I do?</p>",
    ),
    # words of errors for a part of the page
    "a video": brief("Fire at the market", FIRE, "This video has been removed."),
    "a player": laid_out(
        "Fire at the market | The Paper",
        f"<h1>Fire at the market</h1><p>{FIRE}</p><section><h2>This video is no longer available</h2></section>",
    ),
    "comments": brief(
        "Fire at the market",
        FIRE,
        "Comments: This comment has been deleted. This post has been removed by a moderator.",
    ),
    "an embedded post": laid_out(
        "Minister resigns | The Paper",
        "<h1>Minister resigns</h1><p>The minister of finance resigned on Friday, saying on Facebook that he was tired.</p><blockquote><h2>This content isn't available anymore</h2></blockquote>",
    ),
    "an image": brief(
        "Eclipse seen over the islands",
        "Hundreds came to the beach on Friday to see the moon cover the sun.",
        "Image not available.",
    ),
    "图片": brief(
        "市场发生火灾", "周五上午，城东市场发生火灾，消防部门出动十二辆消防车，无人伤亡。", "图片已被删除", name="日报"
    ),
    "an advertisement": laid_out(
        "Used bikes | Classifieds",
        "<h1>Used bikes</h1><p>Red city bike, seven gears, bought in 2012, one careful owner, new tyres.</p><p>This ad has been removed.</p>",
    ),
    "a related story": brief(
        "Vote put off again", "Parliament put off its vote on the budget to Monday.", "See also: Page not found."
    ),
    "a tweet": brief(
        "Singer says sorry",
        "The singer said sorry on Friday for what she wrote about her band.",
        "This Tweet has been deleted.",
    ),
    # what newspapers are made of
    "a live blog": laid_out(
        "Election night, live | The Paper",
        "<h1>Election night, live</h1>"
        + "".join(
            f"<p>2{n}:0{n} Results from district {n} are in, turnout is higher than four years ago." for n in range(4)
        ),
    ),
    "a tag page": laid_out("Syria - Latest news", "<h1>Syria</h1>" + cards(3)),
    "a forum": laid_out(
        "Who saw the lights? - Forum",
        "<h1>Who saw the lights?</h1><p>anna: I saw three of them over the bridge at nine, going north.</p><p>This post has been deleted.</p>",
    ),
    "a table": laid_out(
        "Table 4: exports by month",
        "<h1>Table 4: exports by month</h1><table><tr><td>May</td><td>4,711</td></tr><tr><td>June</td><td>n/a, not available</td></tr></table>",
    ),
    "a wiki": laid_out(
        "Lost in translation - Wiki",
        "<h1>Lost in translation</h1><p>This article needs more sources. You can help by adding them to the article's page.</p>",
    ),
    "a PDF's landing page": laid_out(
        "Annual report 2015",
        "<h1>Annual report 2015</h1><p>Published by the ministry in March 2016, 240 pages, in two languages.</p><a href=/r.pdf>Download</a>",
    ),
    "an encyclopedia's entry": laid_out(
        "Error 404 - Encyclopedia",
        "<h1>Error 404</h1><p>Number by which a server says that it has no page at an address, since 1992.</p>",
    ),
    "a redirect notice": page(
        "Redirecting",
        "<p>You are leaving the site of the ministry and will be taken to http://other.test/story in ten seconds. The ministry answers for nothing there.</p><a href=http://other.test/story>Go on</a>",
    ),
    "a printed article": page(
        "Fire at the market", f"<h1>Fire at the market</h1><p>{FIRE}</p><p>Printed from paper.test</p>"
    ),
    "an AMP page": page(
        "Fire at the market",
        f"<amp-sidebar><a href=/>Home</a></amp-sidebar><h1>Fire at the market</h1><p>{FIRE}</p>",
        head="<script async src=https://cdn.ampproject.org/v0.js></script>",
    ),
    "lyrics": page(
        "Deleted - lyrics",
        "<h1>Deleted</h1><p>I wrote you once and then I wrote no more<br>the letters all came back to my own door",
    ),
    "a withdrawn drug": brief(
        "No longer available", "The pill will be no longer available from May, its maker said on Friday."
    ),
    "a closed station": brief(
        "Link removed", "The railway has removed the last link between the two towns, passengers said."
    ),
}
GALLERY = laid_out("Gone | In pictures", "<h1>Gone</h1>" + "".join(f"<img src={n}.jpg>" for n in range(6)))
LETTER = "Dear reader, for as long as we can we give away what we write; but paper and people cost money."
GATES = {
    # accounts, money
    "register": page(
        "The Paper",
        "<h1>Create a free account to read this article</h1><form action=/register><input type=email></form>",
    ),
    "metered": page(
        "The Paper",
        "<h1>You've read your last free article</h1><p>Subscribe for one euro a month to keep reading. Cancel anytime.</p>",
    ),
    "metered in German": page(
        "Zeitung",
        "<h1>Weiterlesen mit Plus</h1><p>Dieser Artikel ist exklusiv für Abonnenten. Jetzt testen: ein Monat gratis, jederzeit kündbar.</p>",
    ),
    "metered in French": page(
        "Journal",
        "<h1>Article réservé aux abonnés</h1><p>Il vous reste 80 % de cet article à lire. Abonnez-vous : un euro le premier mois.</p>",
    ),
    "metered in Spanish": page(
        "Diario", "<h1>Contenido exclusivo para suscriptores</h1><p>Suscríbete por un euro al mes y sigue leyendo.</p>"
    ),
    "metered in Russian": page(
        "Газета", "<h1>Материал доступен только подписчикам</h1><p>Оформите подписку, чтобы читать дальше.</p>"
    ),
    "付费": page("财经周刊", "<h1>本文为付费内容</h1><p>订阅后继续阅读全文，首月仅需六元。</p>"),
    "اشتراك": page(
        "الجريدة", "<h1>هذا المحتوى للمشتركين فقط</h1><p>اشترك الآن لمتابعة القراءة بسعر دولار واحد في الشهر.</p>"
    ),
    "a log-in in Russian": page("Вход", "<h1>Вход на сайт</h1><form><input name=login><input type=password></form>"),
    "a log-in in Arabic": page(
        "تسجيل الدخول", "<h1>تسجيل الدخول</h1><form><input name=user><input type=password></form>"
    ),
    "a post for friends": page(
        "Facebook",
        "<h2>You must log in to continue.</h2><form action=/login><input name=email><input type=password></form>",
    ),
    "a post for some": page(
        "Facebook",
        "<h2>This content isn't available right now</h2><p>When this happens, it's usually because the owner only shared it with a small group of people, changed who can see it or it's been deleted.</p>",
    ),
    "a tweet to be scripted": page(
        "X", "<h1>JavaScript is not available.</h1><p>We've detected that JavaScript is disabled in this browser."
    ),
    "a donor's plea, then the wall": page(
        "The Paper", f"<h1>Support us</h1><p>{LETTER}</p><form><input type=email></form>"
    ),
    # consent, age, region
    "cookies in German": page(
        "Zustimmung",
        "<h1>Wir brauchen Ihre Zustimmung</h1><p>Wir und unsere 180 Partner verarbeiten Daten. Alle akzeptieren oder Einstellungen.</p><button>Akzeptieren</button>",
    ),
    "cookies in French": page(
        "Le Journal",
        "<h1>Votre vie privée compte</h1><p>Nos partenaires et nous déposons des traceurs. Tout accepter, ou s'abonner pour deux euros.</p>",
    ),
    "cookies in Dutch": page(
        "Krant",
        "<h1>Cookies op deze site</h1><p>Wij gebruiken cookies om u beter van dienst te zijn. Cookies accepteren</p>",
    ),
    "an age gate": page("Age check", "<h1>Are you over 18?</h1><a href='?a=1'>Yes</a> <a href='?a=0'>No</a>"),
    "an age gate in Spanish": page(
        "Mayores de edad",
        "<h1>¿Eres mayor de edad?</h1><p>Debes tener más de 18 años para entrar.</p><a href='?a=1'>Sí</a>",
    ),
    "a region": page(
        "Video unavailable",
        "<h1>Video unavailable</h1><p>The uploader has not made this video available in your country.</p>",
    ),
    "a region in German": page(
        "Nicht verfügbar", "<h1>Dieser Inhalt ist in Ihrem Land nicht verfügbar</h1><p>Aus rechtlichen Gründen.</p>"
    ),
    "a region in Russian": page("Недоступно", "<h1>Видео недоступно</h1><p>Просмотр невозможен в вашем регионе.</p>"),
    "a region in Arabic": page("غير متاح", "<h1>هذا المحتوى غير متاح في بلدك</h1>"),
    "地区": page("提示", "<h1>该视频无法播放</h1><p>由于版权原因，您所在的地区无法观看。</p>"),
    # machines
    "hCaptcha": page(
        "paper.test",
        "<p>Complete the puzzle to go on.</p><script src=https://js.hcaptcha.com/1/api.js></script><div class=h-captcha></div>",
    ),
    "a slider": page("验证中心", "<h1>请完成安全验证</h1><p>拖动滑块补全拼图</p>"),
    "Yandex": page(
        "Ой!",
        "<h1>Подтвердите, что запросы отправляли вы, а не робот</h1><p>Нам очень жаль, но запросы с вашего устройства похожи на автоматические.</p>",
    ),
    "a firewall": page(
        "Request Rejected",
        "The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 123456789",
    ),
    "a Chinese firewall": page(
        "访问被拒绝", "<h1>您的访问请求被拒绝</h1><p>您的请求疑似攻击行为，已被网站防火墙拦截。</p>"
    ),
    "unusual traffic": page(
        "Sorry...",
        "<h1>We're sorry...</h1><p>... but your computer or network may be sending automated queries. To protect our users, we can't process your request right now.</p>",
    ),
    "too many": page("Slow down", "<h1>Too many requests</h1><p>Come back in a minute.</p>"),
    "DDoS protection in German": page(
        "Bitte warten",
        "<h1>Ihr Browser wird geprüft</h1><p>Dies dauert nur wenige Sekunden. Danach werden Sie weitergeleitet.</p>",
    ),
    "a graphic warning": page(
        "Warning",
        "<h1>Warning: graphic content</h1><p>This story contains images that some readers may find disturbing.</p><button>View</button>",
    ),
    "posts for followers": page(
        "X", "<h1>These posts are protected</h1><p>Only approved followers can see these posts.</p>"
    ),
    "a queue": page(
        "Queue",
        "<h1>You are now in line</h1><p>Lots of people want to read this. Your number is 4711. Estimated wait: 3 minutes.</p>",
    ),
    "only by telephone": page(
        "The App", "<h1>Open in the app</h1><p>Get the whole story in our app, free for all phones.</p><a>Download</a>"
    ),
    "a survey": page(
        "The Paper",
        "<h1>Answer one question to go on reading</h1><p>Which of these brands have you seen this week?</p><form><input type=checkbox></form>",
    ),
    "ad blocker in German": page(
        "Zeitung", "<h1>Werbeblocker aktiv</h1><p>Bitte schalten Sie den Adblocker aus, um weiterzulesen.</p>"
    ),
    "a ministry's block in Turkish": page(
        "Engellendi",
        "<p>5651 sayılı kanun uyarınca bu internet sitesi hakkında erişimin engellenmesi kararı bulunmaktadır.</p>",
    ),
    "a ministry's block in Russian": page(
        "Доступ ограничен",
        "<h1>Доступ к информационному ресурсу ограничен</h1><p>на основании Федерального закона от 27 июля 2006 г.</p>",
    ),
    "a hotel": page(
        "Hotel WiFi", "<h1>Welcome to Hotel WiFi</h1><p>Accept the terms to get online.</p><button>Connect</button>"
    ),
    "扫码": page("微博", "<h1>扫描二维码登录</h1><p>登录后查看更多内容</p>"),
    "浏览器": page("提示", "<p>您的浏览器版本过低，请升级浏览器后访问。</p>"),
    "環境異常": page("环境异常", "<h2>环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p><a>去验证</a>"),
    # out of order
    "maintenance in French": page(
        "Maintenance", "<h1>Site en maintenance</h1><p>Nous revenons très vite. Merci de réessayer plus tard.</p>"
    ),
    "维护": page("系统维护", "<h1>网站维护中</h1><p>给您带来不便，敬请谅解，请稍后再试。</p>"),
    "a database": page("Database Error", "<h1>Error establishing a database connection</h1>"),
    "unavailable for now": page(
        "Page unavailable",
        "<h1>Page unavailable</h1><p>We are experiencing technical difficulties. Please try again later.</p>",
    ),
    # nobody knows who: in a tongue or with words that no table has
    "in Georgian": page(
        "გაზეთი",
        "<h1>გაიარეთ ავტორიზაცია</h1><p>სტატიის წასაკითხად საჭიროა რეგისტრაცია, გთხოვთ შეიყვანოთ მონაცემები.</p><form><input type=email></form>",
    ),
    "a riddle": page(
        "The Paper",
        "<h1>Quick question</h1><p>Which of these pictures shows a boat? Pick one and read on.</p><img src=1.jpg><img src=2.jpg>",
    ),
    "a menu for scripts": laid_out(
        "The Daily - news, weather, sport",
        "<div id=app>Loading the latest news for you, please wait a moment...</div><script src=/main.js></script>",
    ),
}
WHOLE = laid_out("Flood in the lower town - The Paper", "<h1>Flood in the lower town</h1>" + paragraphs(*STORY))
WHOLE_ZH = laid_out("老城区被淹 - 日报", "<h1>老城区被淹</h1>" + paragraphs(*STORY_ZH))
OTHER_COPY = share(0.02, title="Quite another thing altogether | The Paper")


def verdict(answer: Answer, match: Match | None, probes: ProbeResult) -> Verdict:
    """What a check came to."""
    found = judge(answer, match, None)
    found = found if isinstance(found, Verdict) else judge(answer, match, probes)
    assert isinstance(found, Verdict)
    return found


@pytest.mark.parametrize("name", BRIEFS)
@pytest.mark.parametrize("probes", [HONEST, FAILED], ids=["404", "no answer"])
def test_a_short_page_that_is_there(name: str, probes: ProbeResult) -> None:
    """It has words of its own: alive, where its server says no to what is not there; unsure at worst."""
    found = verdict(answered(BRIEFS[name]), None, probes)
    assert found.verdict_class in (
        (VerdictClass.ALIVE, VerdictClass.UNSURE) if probes is FAILED else (VerdictClass.ALIVE,)
    ), found


@pytest.mark.parametrize("name", BRIEFS)
def test_a_short_page_that_was_written_anew(name: str) -> None:
    """Under its headline, whatever became of its text: not even changed."""
    html = BRIEFS[name]
    title = html.partition("<title>")[2].partition("</title>")[0]
    found = verdict(answered(html), share(0.03, title=title), HONEST)
    assert found.verdict_class in (VerdictClass.ALIVE, VerdictClass.UNSURE), found


@pytest.mark.parametrize("name", GATES)
def test_who_stands_before_a_page(name: str) -> None:
    """Whoever it is, and though he stands at every address: no death, and no change."""
    answer = answered(GATES[name])
    for match in (None, OTHER_COPY):
        for probes in (HONEST, FAILED, SAME, SAME_TITLE):
            found = verdict(answer, match, probes)
            assert found.verdict_class not in (VerdictClass.DEAD, VerdictClass.CHANGED), found


@pytest.mark.parametrize("where", ["/subscribe?from=/x", "/abo/angebote", "/paywall.html", "/suscripcion/"])
def test_where_reading_is_paid_for(where: str) -> None:
    """All are sent there, those too who ask for what is."""
    html = laid_out("Our offers", "<h1>Choose</h1><p>Digital: one euro a month.</p>" + teasers())
    answer = answered(html, **sent_on(f"http://paper.test{where}", status=302))
    for match in (None, OTHER_COPY):
        for probes in (SAME_END, HONEST):
            assert verdict(answer, match, probes).state == "payment"


@pytest.mark.parametrize("html", [WHOLE, WHOLE_ZH], ids=["en", "zh"])
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_an_article_that_siblings_get_too(html: str, where: str) -> None:
    """It is found by something that random siblings have in common with the link: alive, with what was measured."""
    way = {} if where == "here" else sent_on("http://paper.test/questions/4711/new-name")
    title = html.partition("<title>")[2].partition("</title>")[0]
    for match in (None, share(0.02, title=title)):
        found = verdict(answered(html, **way), match, SAME if where == "here" else SAME_END)
        assert found.verdict_class is VerdictClass.ALIVE, found


DEATHS = {
    "an error": answered(laid_out("Page not found - The Paper", "<h1>Page not found</h1><p>We could not find it.</p>")),
    "an error among headlines": answered(laid_out("The Paper", "<h1>Hm.</h1><p>That did not work.</p>" + teasers())),
    "home at every address": answered(laid_out("The Paper", cards() + teasers())),
    "another trade": answered(page("Online casino", "<h1>Best online casino</h1><p>Play now and take the bonus of the week, paid out in three minutes.</p>")),
    "a server without a site": answered(page("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p>")),
    "a host that was not paid": answered(page("Account suspended", "<h1>This Account has been suspended.</h1><p>Contact your hosting provider for more information.</p>")),
    "next to nothing": answered("<html><body><p>oops</p></body></html>"),
    "a list at the end of every way": answered(laid_out("Archive", teasers()), **sent_on("http://paper.test/archive")),
    "home at the end of every way": answered(laid_out("The Paper", paragraphs(*STORY)), **sent_on("http://paper.test/")),
    "a page of errors at the end of every way": answered(page("Hm", "<p>Let us start again.</p>"), **sent_on("http://paper.test/error/404.html")),
}  # fmt: skip


@pytest.mark.parametrize("name", DEATHS)
def test_what_is_sent_instead_of_a_page(name: str) -> None:
    """What siblings get too and looks like an error, a list, home or nothing at all: dead, with a copy or without."""
    answer = DEATHS[name]
    for match in (None, OTHER_COPY):
        found = verdict(answer, match, SAME_END if answer.hops else SAME_TITLE)
        assert found.verdict_class is VerdictClass.DEAD, found


def test_an_article_for_all_that_is_not_ours() -> None:
    """Every address gets this one, and what we hold had another headline and another subject: dead."""
    found = verdict(answered(WHOLE), OTHER_COPY, SAME)
    assert found.verdict_class is VerdictClass.DEAD, found


def test_words_that_may_mean_a_headline_and_no_copy_of_it() -> None:
    """An announced death where our text was: dead; the same words over a text on our subject: not."""
    html = brief("Account deleted", "The president deleted his account on Friday, his office said.")
    assert verdict(answered(html), OTHER_COPY, HONEST).verdict_class is VerdictClass.DEAD
    assert (
        verdict(answered(html), share(0.0, title="President deletes account"), HONEST).verdict_class
        is not VerdictClass.DEAD
    )


def test_words_of_siblings_tell_what_is_meant() -> None:
    """A headline that the pages of random siblings have, too, is an error's."""
    html = brief("Page not found", "The people of this paper went for a walk along the river instead.")
    assert verdict(answered(html), None, SAME_TITLE).verdict_class is VerdictClass.DEAD
    assert verdict(answered(html), None, HONEST).verdict_class is VerdictClass.ALIVE
    assert verdict(answered(html), None, NO_PROBES).verdict_class is VerdictClass.UNSURE


def test_pictures_under_a_word_that_may_mean_an_error() -> None:
    """Nobody can tell what they are, but they are something."""
    for match in (None, share(0.0, title="Gone | In pictures")):
        for probes in (HONEST, FAILED):
            assert verdict(answered(GALLERY), match, probes).verdict_class is VerdictClass.UNSURE
