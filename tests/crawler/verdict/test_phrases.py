"""What servers say, told from what people write: many sayings, and headlines that only look like them."""

# ruff: noqa: E501 - a saying a line

from __future__ import annotations

import time

import pytest

from crawler.verdict.answer import NO_PROBES
from crawler.verdict.error_phrases import ERRORS, error_said, story
from crawler.verdict.guard_words import CHALLENGE, REGION
from crawler.verdict.judge import judge
from crawler.verdict.page_facts import page_facts
from crawler.verdict.phrases import Phrases, count_words, fold, is_bare_code, sentences, without_ornaments
from tests.crawler.verdict.checks import STORY, STORY_ZH, answered, page, paragraphs

ERROR_SAYINGS = """
Sorry, this page isn't available.
The link you followed may be broken, or the page may have been removed.
Hmm... We couldn't find that page.
We're sorry. The Web address you entered is not a functioning page on our site.
Whoops! We couldn't find the page you're looking for.
This page could not be found.
The page cannot be found
We looked everywhere but couldn't find that page.
Looks like you've followed a broken link or entered a URL that doesn't exist on this site.
That page doesn't exist!
Sorry, there's nothing at this address.
Ooops, page not found
The story you are looking for has been removed or is no longer available
We have recently redesigned our website; the page you requested may have moved.
This content is no longer available.
We can't seem to find the page you're looking for.
Your requested page could not be found
There is no page here.
The requested document was not found on this server.
You have reached a page that does not exist
The article you requested has expired.
Content not found
Oops! We can't find the page you're looking for
Sorry! Page not available.
Article unavailable
The page has been deleted
This item has been removed from our site
This post has been deleted by its author
Story not found
No such article
Document not found
Sorry, that page is missing
The page you tried to visit does not exist
Sorry, but the page you were trying to view does not exist.
It looks like the page you're trying to reach has moved or no longer exists.
Error - page could not be located
Invalid URL
Bad link
The news item you were looking for cannot be found
Unfortunately the page you were looking for couldn't be found
You are looking for something that does not exist.
Nothing found for this URL
This is somewhat embarrassing, isn't it? It seems we can't find what you're looking for.
Archived story is no longer online
The specified URL cannot be found.
The page you are trying to access has been removed.
The page you're after isn't here
We couldn't locate the article
Sorry, the article you are trying to read is no longer on our site
There has been an error: the page was not found
404. That's an error. The requested URL was not found on this server. That's all we know.
The product you were looking for has been discontinued
This webpage has vanished
Page Unavailable
The page you've requested is no longer here
您所访问的页面不存在或者已删除
抱歉！页面无法访问，可能的原因：页面已删除
您要找的页面丢失了
对不起，您请求的文件不存在
该新闻已被删除
该页面不存在(404)
很抱歉，您查看的页面找不到了
很抱歉，您访问的内容已下线
亲，您访问的页面不存在哦
啊哦~ 你要看的内容不存在或者被删除了
呀，页面不见了！
此文章已被作者删除
抱歉，该文章已下架
此链接已失效
您访问的网页已过期或不存在
没有找到相关页面
没有您要找的页面
404 Not Found 抱歉，找不到此页面
系统找不到您请求的页面
抱歉，没有找到该新闻
内容不存在
信息已被删除
稿件不存在或已被撤下
您访问的网址有误
你访问的页面跑丢了
页面走丢啦
非常抱歉，您访问的页面暂时找不到了
文章不存在
新闻不存在
您浏览的文章不存在
对不起，该内容已过期
抱歉，您输入的网址不存在
抱歉，此網頁已不存在
您要瀏覽的網頁不存在或已移除
糟糕！找不到這個頁面
此新聞已移除
抱歉，您所瀏覽的文章已下架
頁面遺失
無法找到您要的網頁
您查詢的新聞已刪除
查無此頁
查無資料
Die angeforderte Seite existiert nicht
Diese Seite konnte nicht gefunden werden
Der gewünschte Artikel ist nicht mehr verfügbar
Leider ist diese Seite nicht mehr verfügbar.
Die Seite wurde nicht gefunden
Hier ist leider nichts zu finden
Ups, diese Seite gibt es nicht (mehr)
Der Inhalt, den Sie suchen, ist nicht mehr verfügbar
Die von Ihnen gesuchte Seite wurde verschoben oder gelöscht
Seite konnte nicht gefunden werden
Wir können die Seite nicht finden, die Sie suchen
Cette page n'est plus disponible
Désolé, cette page est introuvable.
La page que vous avez demandée n'a pas été trouvée
La page que vous cherchez est introuvable
Contenu indisponible
Cet article n'existe plus
Oups, cette page n'existe pas
Nous sommes désolés, la page que vous cherchez n'existe pas
Esta página no está disponible
La página solicitada no pudo ser encontrada
No se pudo encontrar la página
La noticia que busca ya no está disponible
Vaya, no encontramos esta página
Ups! La página que estás buscando no existe
El contenido que buscas no existe
Esta página não foi encontrada
Ops! Página não encontrada
Não foi possível encontrar a página
A página que procura não existe ou foi removida
O conteúdo que você procura não está disponível
Página inexistente
La pagina cercata non esiste
Ops, pagina non trovata
La pagina non è stata trovata
Questo contenuto non è più disponibile
Siamo spiacenti, la pagina che cerchi non esiste
Такая страница не существует
Страница удалена
Извините, страница не найдена
Запрошенная страница не найдена
Страница, которую вы запросили, не существует
Новость не найдена
Материал удалён
Мы не нашли такую страницу
Упс! Страница не найдена
Статья удалена или не существует
指定されたページは存在しません
お探しのページは存在しないか、移動した可能性があります
ページが見つかりませんでした
ご指定のURLは見つかりませんでした
該当するページが見つかりません
記事が見つかりません
この記事は掲載を終了しました
お探しの情報は見つかりませんでした
الصفحة المطلوبة غير موجودة
عفوا، الصفحة غير موجودة
الصفحة التي طلبتها غير موجودة
لم نتمكن من العثور على الصفحة
هذا المحتوى غير متوفر
المقال غير موجود
De pagina die u zoekt bestaat niet
De pagina is niet gevonden
Oeps! Deze pagina is niet gevonden
Dit artikel is niet meer beschikbaar
De gevraagde pagina bestaat niet
Sorry, we kunnen deze pagina niet vinden
""".strip().splitlines()
HEADLINES = """
Body of missing hiker found|Rescuers found the body of a hiker missing since Sunday.
Company removes product from shelves|The company said the product was removed after complaints.
Minister's page on Facebook deleted|The minister's Facebook page was deleted on Monday, his office said.
Video of the incident removed by YouTube|YouTube has removed the video, saying that it broke its rules.
Website of the bank unavailable after attack|The bank's website was unavailable for hours on Tuesday.
Court: documents could not be found|The court was told that the documents could not be found.
Lost: one cat|If you have found our cat please call.
Suspended: the strange case of an account|Twitter suspended the account on Friday.
Link between diet and cancer not found|Researchers did not find a link between sugar and cancer.
Story of a lifetime|He told his story to nobody.
No evidence found|No evidence was found, police said.
Nothing found at search site|Police searched the site and found nothing.
Two articles of the treaty expired|The articles expired in May.
Content creators fear the ban|They say content will vanish.
The site of the old factory is gone|The site has been cleared.
Address not known|She lived at an address that is not known to the court.
Documents deleted, inquiry hears|Officials deleted the documents in March.
Files missing from archive|Some 300 files are missing from the state archive.
Photo of the day|Photo: no longer available for licensing.
Event cancelled|The event has been cancelled.
Page 404 of the report|Page 404 of the report names three ministers.
Flight 404 lands safely|Flight 404 landed at noon.
Peugeot 404|The Peugeot 404 is a car that was produced from 1960 to 1975.
Area code 410|Area code 410 serves Maryland.
Bill 404 passed|Bill 404 has passed the house.
We could not find a better word|An editor explains.
What you are looking for in a leader|Poll results.
Section closed|Section of road closed for repairs.
Sorry|Justin Bieber's single Sorry is out.
Error 404: democracy not found|Protesters carried signs on Sunday.
Oops, she did it again|The singer was seen in Paris.
President sorry for story|The president apologised for the story.
Google removes links to article|Google removed links to the article under the right to be forgotten.
The page turner|A novel of 300 pages.
Access to the site|Take the bus.
Missing|A poem.
Gone fishing|The shop is closed.
法院：证据不存在|法院周一表示，相关证据不存在。
警方寻找失踪儿童|警方仍未找到失踪儿童。
平台已下架相关产品|平台表示，已下架相关产品，并向消费者道歉。
微博大V账号被封|该大V的微博账号周二被封。
公司否认删除内容|公司否认曾删除内容。
专家：该说法不存在|专家称，这种情况不存在。
网站被黑|某政府网站周三被黑，数小时无法访问。
找不到工作的年轻人|越来越多的年轻人找不到工作。
消失的村庄|这个村庄已经不存在了。
失踪客机残骸仍未找到|搜救人员仍未找到残骸。
签证过期怎么办|签证过期后应尽快补办。
合同无效|法院判定合同无效。
文章作者道歉|文章作者周五道歉。
本报讯|本报讯 记者周五从市政府获悉，新桥将于年底通车。
关于404错误|404错误是一种常见的错误。
新闻发布会取消|原定周三举行的新闻发布会取消。
商品房预售|商品房预售制度将取消。
专题：两会|两会专题报道。
产品召回|该产品已被召回。
链接中国与世界|一带一路链接中国与世界。
视频：洪水|请看视频。
Die Akte fehlt|Die Akte ist verschwunden, sagte der Anwalt.
Kein Beitrag zur Lösung|Der Text wurde abgelehnt.
Le site archéologique a disparu|Le site a été détruit.
El artículo 155 no existe|El artículo 155 ya no se aplica.
Seite 3|Die Seite wurde neu gestaltet.
Материал собран|Материал собран следствием.
Документ подписан|Документ подписан в Москве.
""".strip().splitlines()
AT_THE_GATE = """
blocked|Please verify you are a human|Press and hold the button below
blocked|Human Verification|
blocked|Checking your browser before accessing example.com|This process is automatic. Your browser will redirect to your requested content shortly.
blocked||Please enable JS and disable any ad blocker
blocked|Robot or human?|Activate and hold the button to confirm that you're human. Thank You!
blocked|Are you a robot?|Please confirm you are not a robot to continue
blocked|Bloomberg - Are you a robot?|We've detected unusual activity from your computer network
blocked|Pardon Our Interruption|As you were browsing something about your browser made us think you were a bot.
blocked|paper.test|Please complete the CAPTCHA below to continue
blocked|Verification|Slide to verify
blocked|Security Check|Please wait while we check your connection
blocked||Our systems have detected unusual traffic from your computer network.
blocked|访问验证|请滑动滑块完成验证
blocked|验证码|请输入图中的验证码
blocked|提示|系统检测到您的访问存在异常，请完成验证
blocked|人机验证|点击按钮进行验证
blocked|安全检查|正在检查您的浏览器，请稍候
blocked|网站防火墙|您的请求带有不合法参数，已被网站管理员设置拦截！
blocked|403|您的IP访问过于频繁
blocked|驗證您是人類|請完成以下驗證
blocked|Access denied|Your IP address has been blocked
blocked|Sorry, you have been blocked|You are unable to access paper.test
blocked|Too Many Requests|You have sent too many requests
geo_blocked|Unavailable|This content is not available in your location
geo_blocked|Sorry|Our website is unavailable in most European countries due to GDPR
geo_blocked|提示|该内容在您所在的国家或地区不可用
geo_blocked|Video|Dieses Video ist in Ihrem Land nicht verfügbar
geo_blocked|451|We recognize you are attempting to access this website from a country belonging to the European Economic Area (EEA) including the EU which enforces the GDPR and therefore access cannot be granted at this time.
ok|Cookies|This site uses cookies. Accept all cookies to continue.
blocked|Error|Error establishing a database connection
blocked|Site Maintenance|We are performing scheduled maintenance. Please check back soon.
blocked|网站维护|网站正在维护，请稍后访问
blocked|Oops|Something went wrong. Please try again later.
blocked|500 Internal Server Error|
parked|paper.test|The domain paper.test is for sale. Click here to inquire about this domain.
parked|paper.test is available for purchase|Get this domain. Price: $2,500. Buy now
parked|Welcome to paper.test|This domain is parked free, courtesy of GoDaddy.com. Is this your domain? Get this domain
parked|paper.test|This Web page is parked for FREE. Related Searches: Car insurance, Loans. Buy this domain.
parked|paper.test|该域名正在出售，如需购买请联系我们
parked|域名已过期|您访问的域名已过期，请联系域名注册商续费
parked|paper.test|此域名可转让 出价 联系QQ 123456
parked|paper.test|Ce domaine est à vendre. Acheter ce domaine
parked|paper.test|Dieser Domainname steht zum Verkauf. Gesponserte Links
parked|HugeDomains.com - paper.test is for sale|Buy now: $3,995 or start payment plan. This domain is for sale.
parked|paper.test domain name is for sale|Interested? Inquire now. Make an offer
""".strip().splitlines()


@pytest.mark.parametrize("saying", ERROR_SAYINGS)
def test_an_error_is_understood(saying: str) -> None:
    """Whatever its language: on a page that says nothing else, and in a title beside the name of the paper."""
    assert error_said(page_facts(page("The Paper", f"<p>{saying}</p>").encode(), "http://p.test/x", "text/html"))


@pytest.mark.parametrize("line", HEADLINES)
def test_a_headline_is_no_error(line: str) -> None:
    """The shortest of news items, title and a sentence, with the words of error pages in it: alive."""
    title, _, text = line.partition("|")
    found = judge(answered(page(f"{title} - The Paper", f"<h1>{title}</h1><p>{text}</p>")), None, NO_PROBES)
    assert found.state == "ok", found.evidence


@pytest.mark.parametrize("line", AT_THE_GATE)
def test_who_stands_before_the_page(line: str) -> None:
    """Challenges, regions, maintenance and sellers of domains, as they put it."""
    state, title, text = line.split("|")
    found = judge(answered(page(title, f"<h1>{title}</h1><p>{text}</p>")), None, NO_PROBES)
    assert found.state == state, found.evidence


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＰＡＧＥ　ＮＯＴ　ＦＯＵＮＤ", "page not found"),
        ("Can’t", "can't"),
        ("Página  não\tencontrada", "pagina nao encontrada"),
        ("Größe", "grosse"),
        ("«Page»", '"page"'),
        ("页面 不存在", "页面不存在"),
        ("“页面”", '"页面"'),
        ("صفحة أُخرى", "صفحه اخري"),
        ("soft\u00adhy\u200bphen", "softhyphen"),
        ("お探しのペｰジ", "お探しのページ"),
    ],
)
def test_one_spelling_of_many(one: str, other: str) -> None:
    """Width, case, accents, quotes, blanks and invisible signs make no difference."""
    assert fold(one) == other


@pytest.mark.parametrize(
    "text", ["404", "Error 404", "HTTP 404", "错误 404", "404!", "Fehler 404", "- 410 -", "HTTP Status 404"]
)
def test_a_bare_code(text: str) -> None:
    """A number and what goes with it, and nothing else."""
    assert is_bare_code(text)


@pytest.mark.parametrize("text", ["Peugeot 404", "1404", "404 metres", "Error 500", "", "Flight 404 lands"])
def test_no_bare_code(text: str) -> None:
    """A number that means something is none."""
    assert not is_bare_code(text)


def test_ornaments_come_off() -> None:
    """What is left is what was said."""
    said = "Oops! We're sorry, but – Error 404: the page is gone (404)"
    assert [without_ornaments(each) for each in sentences(fold(said))] == ["", "the page is gone"]


def test_words_are_counted_alike_in_all_scripts() -> None:
    """Two Chinese characters take as long to read as a word."""
    assert count_words("It's a well-known fact, of 2019") == 7
    assert count_words("老城区被淹没") == 3
    assert count_words("") == 0


def test_titles_are_more_than_their_parts() -> None:
    """A site's name may stand beside the phrase; a headline that begins with it is none."""
    table = Phrases(whole=("page not found",))
    for title in (
        "Page not found",
        "The Paper | Page Not Found",
        "Page not found – The Paper",
        "The Paper: Page not found",
        "Page not found: Paper",
    ):
        assert table.in_title(title), title
    for title in ("Page not found: the lost diaries of a king", "Why page not found is a poem", "Pages not found", ""):
        assert not table.in_title(title), title


def test_reported_speech_is_nobodys() -> None:
    """What stands in quotation marks was said by somebody else."""
    assert ERRORS.in_text("Sorry, the page you requested was not found.")
    assert not ERRORS.in_text('Visitors were told "the page you requested was not found" on Monday.')
    assert not ERRORS.in_text("网友看到“您访问的页面不存在”的字样")


def told_by(*texts: str) -> int:
    """The words of a page's story."""
    return story(page_facts(page("x", paragraphs(*texts)).encode(), "http://p.test/", "text/html; charset=utf-8"))


def test_talk_is_no_story() -> None:
    """An error's explanation is left out of the count of what a page tells, an article's paragraphs are not."""
    talk = "Sorry, the page you are looking for cannot be found. It may have been moved or deleted. Please check the URL in your browser, go back to the home page, or try the search above."
    assert told_by(talk) == 0
    assert told_by(*STORY) == told_by(talk, *STORY) > 200
    assert told_by(*STORY_ZH) > 150


def test_time_is_bounded() -> None:
    """Long and nasty lines take no time to speak of: nothing backtracks without end."""
    nasty = [
        "the page you " * 2000,
        "页面" * 5000,
        "sorry, " * 3000,
        "404 " * 5000,
        '"' * 9000,
        "a" * 16000,
        "请" * 9000,
        "- " * 8000,
        "the " * 4000 + "page",
    ]
    start = time.process_time()
    for line in nasty:
        for table in (ERRORS, CHALLENGE, REGION):
            table.in_text(line[:16000])
            table.in_title(line[:500])
    assert time.process_time() - start < 5
