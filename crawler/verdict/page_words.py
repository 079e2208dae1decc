"""Words by which an error speaks of the very page that was asked for, and not of a thing upon it (pure data).

"This video has been removed" may stand in a living article, and "Gone" is the title of a film; but only a server says
that the page you requested was not found. Patterns of folded text (crawler.verdict.phrases), looked for in what a
phrase of an error was found to be.
"""

# ruff: noqa: E501 - tables

from __future__ import annotations

import re

PAGE = re.compile(
    r"\b(?:(?:web|sub)?pages?|articles?|stor(?:y|ies)|ur[li]s?|address|document|link|news item|press release|"
    r"(?:web|unter|ziel)?seiten?|artikels?|beitrag\w*|adresse|dokuments?|meldung|nachricht|lien|"
    r"paginas?|articulos?|direccion|enlace|noticias?|artigos?|endereco|materias?|pagin[ae]|articol[oi]|indirizzo|notizi[ae]|collegamento|"
    r"pagina's|artikel|adres|nieuwsbericht|sidan?|siden|artiklen|artikkelen|artikeln|sivua?|oldal|halaman|trang|sayfa|stron[aey]|strank[ay]|stranica)\b|"
    r"страниц|стать[яюи]|адрес|ссылк|публикаци|новост[ьи]|сторінк|σελιδα|הדף|העמוד|דף|"
    r"页|頁|文章|新闻|新聞|网址|網址|链接|連結|鏈接|鏈結|稿件|报道|報導|本文|此文|该文|該文|帖子|主题|主題|"
    r"ページ|記事|url|リンク|페이지|기사|게시물|게시글|주소|صفحه|مقال|رابط|خبر|पृष्ठ|पेज|หน้า"
)
_YOU = r"\byou(?:'\w+)?\b|\byour\b|\b(?:sie|ihnen|du)\b|\bvous\b|\b(?:busca|buscas)\b|\bvoce\b|\bcerchi\b|\bu zoekt\b|\bвы\b|\bвами\b|您|你"
YOU = re.compile(_YOU)
ASKED = re.compile(
    rf"{_YOU}|\brequested\b|angefordert|gesucht|gewunscht|aufgerufen|angefragt|demande|recherche|solicitad|buscad|requerid|procurad|"
    r"richiest|cercat|opgevraagd|gevraagd|gezocht|запрашив|запрошен|иском|请求|請求|访问|訪問|造访|"
    r"お探し|ご指定|指定され|アクセス|요청|찾으시|المطلوب|تبحث|طلبت"
)
THIS = re.compile(
    r"\bthat (?:page|article|story|link|url)\b|\b(?:we|wir|nous|noi|wij|мы)\b|我们|我們|"
    r"\b(?:this|these|diese[rsnm]?|cet(?:te)?|ce|est[ea]|ess[ea]|quest[ao]|deze|dit|эт(?:а|от|ои|у)|данн\w+|bu|هذه|هذا)\b|该|該|此|这|這|本(?:页|頁|文|网|網)|この|当該|이 |해당"
)
# Two of these in a breath are an error's advice: what went wrong, and where to go now.
ADVICE = re.compile(
    r"search|home ?page|\burl\b|web address|\blinks?\b|bookmark|spelling|mistyped|typed|apologi[sz]e|sorry|inconvenience|contact us|"
    r"site ?map|looking for|back button|previous page|suche\b|startseite|adresse|verweis|recherche|accueil|lien\b|buscar|buscador|inicio|"
    r"enlace|direccion|procurar|pagina inicial|\bcerca\b|indirizzo|collegamento|поиск|главн|адрес|ссылк|\bzoek|startpagina|"
    r"搜索|搜尋|首页|首頁|返回|网址|網址|链接|連結|抱歉|对不起|對不起|トップページ|検索|リンク|お探し|申し訳|البحث|الرئيسيه|الرابط|عذرا"
)
TURN = re.compile(
    r"\b(?:try|use|go|return|visit|please|check|click|head|bitte|versuchen|nutzen|zuruck|veuillez|essayez|utilisez|retour|por favor|intente|"
    r"prueb\w+|utilice|volver|tente|voltar|prova|torna|probeer|gebruik|ga)\b|пожалуиста|попробу|вернит|верн[уи]т|воспольз|请|請|返回|可以|ください|مراجعه|يرجي"
)
# What stands on any page, and is nothing of its own.
SMALL_PRINT = re.compile(
    r"copyright|©|\(c\) ?(?:19|20)\d\d|all rights reserved|terms (?:of|and)|privacy policy|newsletter|sign up|subscribe|follow us|"
    r"advertis|cookies|javascript|powered by|alle rechte|impressum|datenschutz|tous droits|mentions legales|todos los derechos|"
    r"aviso legal|diritti riservati|все права|версия сайта|版权所有|版權所有|备案|icp|联系我们|聯絡我們|隐私|著作権|개인정보|حقوق"
)
# What a server shows where nobody has put a page yet.
DEFAULT_PAGE = re.compile(
    r"^welcome to (?:nginx|caddy|openresty|tengine|centos)|\bit works!|apache2? (?:\w+ )?(?:default|test) page|\btest page for the|"
    r"\biis windows server|internet information services|default (?:web ?site|server) page|\bplesk\b|\bcpanel\b|"
    r"(?:nginx|web|apache|http) ?server is successfully installed|^(?:index of|directory listing for) /|this account has been suspended|"
    r"恭喜,?站点创建成功|宝塔|没有找到站点|站点(?:已)?(?:停用|暂停|关闭)",
    re.MULTILINE,
)
# Who buys the names that papers gave up, for the links that lead to them.
ANOTHER_TRADE = re.compile(
    r"\b(?:online )?casinos?\b|\bslots?\b.{0,40}\b(?:bonus|jackpot)|\bsports ?betting|\bbetting (?:site|bonus)|\bpoker (?:online|room)|\bjackpot\b|"
    r"\breplica (?:watch|handbag|bag|shoe)|\b(?:buy|order|cheap|generic) (?:\w+ )?(?:viagra|cialis|levitra|pills|meds)|\bonline pharmacy|\bno prescription|"
    r"\bpayday loans?|\bessay writing service|\bwrite my essay|\bescort (?:girls?|service)|\blive sex\b|\bfree porn|\bxxx\b|"
    r"\bcheap [^.!?\n]{0,40}\b(?:free shipping|outlet|sale)\b|\bup to \d\d% off\b[^!?]{0,120}\bfree shipping|\bjersey(?:s)? (?:wholesale|outlet)|"
    r"\bspielbank\b|\bonline-?casino|\bsportwetten|казино|игровые автоматы|ставки на спорт|\bapuestas\b|\btragaperras|"
    r"葡京|百家乐|百家樂|真人娱乐|博彩|彩票(?:投注|平台|app)|时时彩|老虎机|体育投注|棋牌|赌场|首存|成人(?:视频|电影)|色情|代开发票"
)
