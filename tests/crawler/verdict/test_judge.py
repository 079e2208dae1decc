"""One check, one verdict: a case a line, from the answer to the state."""

# ruff: noqa: E501 - a case a line

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Reason, Truncation
from archive.requisites import Picture
from archive.verdicts import Verdict, VerdictClass
from crawler.verdict.answer import (
    NO_PROBES,
    Answer,
    ContentKind,
    Hop,
    HopKind,
    Match,
    NeedsProbes,
    PageFacts,
    ProbeResult,
    Robots,
)
from crawler.verdict.gates import challenge, legal_gate, login_page, login_redirect, region_gate
from crawler.verdict.judge import judge
from tests.crawler.verdict.checks import (
    LINK,
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

ARTICLE = page("Flood in the lower town | The Paper", "<h1>Flood in the lower town</h1>" + paragraphs(*STORY))
ARTICLE_ZH = page("老城区被淹 - 日报", "<h1>老城区被淹</h1>" + paragraphs(*STORY_ZH))
HOME = page("The Paper", "<h1>The Paper</h1>" + teasers())
STUB = page("Item", "<p>See the picture.</p><img src=x.png>")
PDF = b"%PDF-1.4\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SIGN_IN = (
    "<h1>Sign in to read on</h1><form action=/session><input name=user><input type=password><button>Go</button></form>"
)
LOGIN = page("Sign in", "<h1>Sign in</h1><form action=/login><input name=user><input type=password></form>")

OWN = share(0.8)
GONE_FROM_IT = share(0.02)
HALF = share(0.3)
BEGINS = share(0.3, opening=1.0)
ALIKE = probed(0.95, 0.97)
UNLIKE = probed(0.2, 0.97)


def failed(reason: Reason, **more: object) -> Answer:
    """A check that brought no answer."""
    return replace(Answer(url=LINK, error=reason), **more)


# Each: its name, the answer, the match, the probes, the state.
URLS = [
    ("no scheme", Answer(url="paper.test/x"), None, None, "malformed_url"),
    ("nothing", Answer(url="  "), None, None, "malformed_url"),
    ("a path", Answer(url="/news/x.html"), None, None, "malformed_url"),
    ("two slashes", Answer(url="//paper.test/x"), None, None, "malformed_url"),
    ("no host", Answer(url="http://"), None, None, "malformed_url"),
    ("no host but a path", Answer(url="http:///x"), None, None, "malformed_url"),
    ("a port that is none", Answer(url="http://paper.test:99999/"), None, None, "malformed_url"),
    ("a port of letters", Answer(url="http://paper.test:http/"), None, None, "malformed_url"),
    ("a blank in the host", Answer(url="http://pa per.test/"), None, None, "malformed_url"),
    ("brackets in the host", Answer(url="http://[paper].test/"), None, None, "malformed_url"),
    ("a host and port alone", Answer(url="paper.test:8080/x"), None, None, "malformed_url"),
    ("a template", Answer(url="http://${host}/x"), None, None, "malformed_url"),
    ("ftp", Answer(url="ftp://paper.test/x"), None, None, "unsupported_scheme"),
    ("mail", Answer(url="mailto:editor@paper.test"), None, None, "unsupported_scheme"),
    ("script", Answer(url="javascript:void(0)"), None, None, "unsupported_scheme"),
    ("a misspelt scheme", Answer(url="htp://paper.test/"), None, None, "unsupported_scheme"),
    ("repaired and fine", answered(ARTICLE, url=" http:/paper.test/a b?x=1&amp;y=2 "), OWN, None, "ok"),
    ("not ASCII", answered(ARTICLE_ZH, url="http://日报.test/新闻/1"), OWN, None, "ok"),
]
TRANSPORT = [
    ("robots forbid", Answer(url=LINK, robots=Robots.DISALLOWED), None, None, "robots_excluded"),
    ("robots answer 5xx", Answer(url=LINK, robots=Robots.UNREACHABLE), None, None, "robots_excluded"),
    ("robots before transport", failed(Reason.DNS_GONE, robots=Robots.DISALLOWED), None, None, "robots_excluded"),
    ("no such name", failed(Reason.DNS_GONE, control_name_resolves=True), None, None, "dns_gone"),
    ("no name resolves at all", failed(Reason.DNS_GONE), None, None, "dns_temp"),
    ("names fail for now", failed(Reason.DNS_TEMP, control_name_resolves=True), None, None, "dns_temp"),
    ("no way there", failed(Reason.UNREACHABLE), None, None, "unreachable"),
    ("refused", failed(Reason.CONN_REFUSED), None, None, "conn_refused"),
    ("reset", failed(Reason.CONN_RESET), None, None, "conn_reset"),
    ("timeout", failed(Reason.TIMEOUT), None, None, "timeout"),
    ("tls", failed(Reason.TLS_ERROR), None, None, "tls_error"),
    ("no http", failed(Reason.PROTOCOL_ERROR), None, None, "protocol_error"),
    ("an address of ours", failed(Reason.REFUSED_ADDRESS), None, None, "refused_address"),
    ("our own fault", failed(Reason.INTERNAL_ERROR), None, None, "internal_error"),
    ("nobody said anything", Answer(url=LINK), None, None, "internal_error"),
    ("cut off", answered(ARTICLE, truncated=Truncation.DISCONNECT), None, None, "truncated"),
    ("too slow", answered(ARTICLE, truncated=Truncation.TIME), None, None, "timeout"),
    ("a 40 MiB body, cut by ourselves", answered(ARTICLE, truncated=Truncation.LENGTH), None, None, "ok"),
    ("a 404 cut off", answered(b"x", status=404, truncated=Truncation.DISCONNECT), None, None, "gone"),
    ("bad certificate, our text", answered(ARTICLE, tls_verified=False), OWN, None, "ok_insecure"),
    ("bad certificate, our bytes", answered(ARTICLE, tls_verified=False), share(1.0, digest=True), None, "ok_insecure"),
    ("bad certificate, another text", answered(ARTICLE, tls_verified=False), GONE_FROM_IT, None, "tls_error"),
    ("bad certificate, no copy", answered(ARTICLE, tls_verified=False), None, None, "tls_error"),
    ("bad certificate, 404", answered(b"x", status=404, tls_verified=False), None, None, "tls_error"),
]
LOOPING = tuple(
    Hop(url=f"http://paper.test/{n % 2}", status=302, target=f"http://paper.test/{(n + 1) % 2}") for n in range(3)
)
LONG_WAY = tuple(Hop(url=f"http://paper.test/{n}", status=302, target=f"http://paper.test/{n + 1}") for n in range(21))
ROUND = (Hop(url=LINK, status=302, target=LINK, cookies=""),)
REDIRECTS = [
    ("in a circle", Answer(url=LINK, status=302, hops=LOOPING, final_url="http://paper.test/1"), None, None, "redirect_loop"),
    ("to itself", Answer(url=LINK, hops=ROUND), None, None, "redirect_loop"),
    ("21 hops", Answer(url=LINK, status=302, hops=LONG_WAY, final_url="http://paper.test/21"), None, None, "redirect_loop"),
    ("a circle that the fetcher saw", failed(Reason.REDIRECT_LOOP), None, None, "redirect_loop"),
    ("itself with a cookie", answered(ARTICLE, hops=ROUND, cookies="seen=1"), OWN, None, "ok"),
    ("12 hops", answered(ARTICLE, hops=LONG_WAY[:12], final_url="http://paper.test/12"), OWN, None, "ok"),
    ("moved for good", answered(ARTICLE, **sent_on("https://paper.test/flood")), OWN, None, "moved"),
    ("moved over two hops", answered(ARTICLE, **sent_on("http://paper.test/a", "http://b.test/b", status=308)), OWN, None, "moved"),
    ("found elsewhere", answered(ARTICLE, **sent_on("http://paper.test/flood", status=302)), OWN, None, "ok"),
    ("by meta refresh", answered(ARTICLE, **sent_on("http://paper.test/f", how=HopKind.META, status=200)), OWN, None, "ok"),
    ("no Location", Answer(url=LINK, status=302, payload_length=9), None, None, "protocol_error"),
    ("to a scheme of no use", Answer(url=LINK, status=301, headers=(("Location", "app://x"),)), None, None, "protocol_error"),
    ("to the login", answered(LOGIN, **sent_on("http://paper.test/login?next=/x", status=302)), None, None, "login_required"),
    ("to another host's login", answered(LOGIN, **sent_on("http://sso.test/sso/start", status=302)), None, None, "login_required"),
    ("登录", answered(page("用户登录", "<form><input type=password></form>"), **sent_on("http://p.test/u/denglu")), None, None, "login_required"),
    ("home by way of the login", answered(HOME, **sent_on("http://paper.test/login", "http://paper.test/")), None, None, "login_required"),
    ("home", answered(HOME, **sent_on("http://paper.test/")), None, None, "moved_to_home"),
    ("home over www", answered(HOME, **sent_on("https://www.paper.test/", status=302)), None, None, "moved_to_home"),
    ("home, and ours is not there", answered(HOME, **sent_on("http://other.test/")), GONE_FROM_IT, None, "moved_to_home"),
    ("home, and ours is there", answered(HOME, **sent_on("http://paper.test/")), OWN, None, "moved"),
    ("home with a message", answered(HOME, **sent_on("http://paper.test/?error=404")), None, None, "moved_to_home"),
    ("the home of a language", answered(HOME, **sent_on("http://paper.test/en/")), None, None, "moved_to_home"),
    ("the home page was the link", answered(HOME, **sent_on("http://paper.test/", url="http://paper.test/index.html")), None, None, "moved"),
    ("a login that scripts write", answered("<title>SSO</title><script src=a.js></script>", **sent_on("http://paper.test/sso/start", status=302)), None, probed(1, 1, same=True), "login_required"),
    ("all are sent to a check for cookies", answered(HOME, **sent_on("http://paper.test/cookie-check", "http://paper.test/all")), None, probed(1, 1, same=True), "ok"),
    ("only the query is gone", answered(HOME, **sent_on("http://paper.test/", url="http://paper.test/?p=12")), None, None, "?"),
    ("only the query is gone, of all", answered(HOME, **sent_on("http://paper.test/", url="http://paper.test/?p=12")), None, probed(1, 1, same=True), "moved_to_home"),
    ("another site's home", answered(HOME, **sent_on("http://event.test/")), None, None, "?"),
    ("that all neighbours land at", answered(HOME, **sent_on("http://event.test/")), None, probed(1, 1, same=True), "moved_to_home"),
    ("that is a short link's target", answered(HOME, **sent_on("http://event.test/", url="http://sho.test/x1")), None, probed(0, 1, status=(404, 404)), "moved"),
    ("an article by its number", answered(ARTICLE, **sent_on("http://paper.test/?p=12", status=302)), None, NO_PROBES, "ok"),
    ("an article by a route", answered(STUB, hops=(Hop(url=LINK, status=302, target="http://paper.test/", location="/#/news/12"),), final_url="http://paper.test/"), None, NO_PROBES, "ok"),
    ("a section all neighbours land at", answered(HOME, **sent_on("http://paper.test/news/")), None, probed(1, 1, same=True), "moved_to_home"),
    ("a section that was the link", answered(HOME, url="http://paper.test/news/"), None, probed(1, 1, same=True), "ok"),
]  # fmt: skip
STATUS = [
    ("429", answered(b"slow down", status=429), None, None, "rate_limited"),
    ("503 and when to come", answered(b"busy", status=503, headers=(("Retry-After", "60"),)), None, None, "rate_limited"),
    ("503", answered(b"busy", status=503), None, None, "server_error"),
    ("500", answered(b"oh", status=500), None, None, "server_error"),
    ("502 that says not found", answered(page("Page not found"), status=502), None, None, "server_error"),
    ("403", answered(page("Forbidden"), status=403), None, None, "blocked"),
    ("403 that says not found", answered(page("Page not found"), status=403), None, None, "blocked"),
    ("999", answered(b"x", status=999), None, None, "blocked"),
    ("401", answered(b"x", status=401), None, None, "login_required"),
    ("402", answered(b"x", status=402), None, None, "payment"),
    ("451", answered(page("Unavailable for legal reasons"), status=451), None, None, "legal_block"),
    ("403 of a region", answered(page("Sorry", "<p>This content is not available in your country."), status=403), None, None, "geo_blocked"),
    ("403 of Europe", answered(page("Access denied", "<p>We cannot grant access to visitors from the European Economic Area, where the GDPR applies."), status=403), None, None, "geo_blocked"),
    ("403 地区", answered(page("提示", "<p>抱歉，您所在的地区无法访问该内容。"), status=403), None, None, "geo_blocked"),
    ("404", answered(ARTICLE, status=404), None, None, "gone"),
    ("404 with our text", answered(ARTICLE, status=404), OWN, None, "gone"),
    ("410", answered(b"", status=410), None, None, "gone"),
    ("405", answered(b"x", status=405), None, None, "client_error"),
    ("418", answered(b"x", status=418), None, None, "client_error"),
    ("204", answered(b"", status=204), None, None, "empty"),
    ("no bytes", answered(b""), OWN, None, "empty"),
    ("only blanks", answered(b"  \n "), None, None, "empty"),
    ("an empty page", answered("<html><body></body></html>"), None, None, "empty"),
    ("304 of what we hold", Answer(url=LINK, status=304), share(1.0, digest=True), None, "ok"),
    ("304 that nobody asked for", Answer(url=LINK, status=304), None, None, "protocol_error"),
    ("101", Answer(url=LINK, status=101), None, None, "protocol_error"),
]  # fmt: skip
CF = page("Just a moment...", "<h1>paper.test</h1><p>Verifying you are human. This may take a few seconds.</p><p>paper.test needs to review the security of your connection before proceeding.</p>")  # fmt: skip
CHALLENGES = [
    ("a challenge, 403", answered(CF, status=403), None, None, "blocked"),
    ("a challenge, 503", answered(CF, status=503), None, None, "blocked"),
    ("a challenge, 200", answered(CF), GONE_FROM_IT, None, "blocked"),
    ("a challenge, 404", answered(CF, status=404), None, None, "blocked"),
    ("by its header", answered(b"<html>x", status=404, headers=(("CF-Mitigated", "challenge"),)), None, None, "blocked"),
    ("by AWS's header", answered(b"", status=202, headers=(("x-amzn-waf-action", "challenge"),)), None, None, "blocked"),
    ("安全验证", answered(page("百度安全验证", "<p>请完成下方验证后继续操作")), None, None, "blocked"),
    ("滑块", answered(page("", "<p>访问过于频繁，请拖动滑块完成验证")), None, None, "blocked"),
    ("環境", answered(page("驗證", "<p>請輸入驗證碼以繼續瀏覽本站")), None, None, "blocked"),
    ("an old captcha page", answered(page("Attention Required! | Cloudflare", "<h1>One more step</h1><h2>Please complete the security check to access paper.test</h2><h2>Why do I have to complete a CAPTCHA?</h2><p>Completing the CAPTCHA proves you are a human and gives you temporary access to the web property.</p><p>If you are on a personal connection, like at home, you can run an anti-virus scan on your device to make sure it is not infected with malware.</p>")), None, None, "blocked"),
    ("access denied, 200", answered(page("Access Denied", "<h1>Access Denied</h1>You don't have permission to access this page on this server. Reference #18.2d351ab8")), None, None, "blocked"),
    ("only machinery", answered("<html><script>var arg1='A';document.cookie='acw_sc__v2=1';location.reload()</script></html>"), None, None, "blocked"),
    ("German", answered(page("Sicherheitsüberprüfung", "<p>Bitte bestätigen Sie, dass Sie ein Mensch sind.")), None, None, "blocked"),
    ("Russian", answered(page("Проверка браузера", "<p>Подтвердите, что вы не робот")), None, None, "blocked"),
    ("an article about captchas", answered(page("Verify you are human: how captchas lost", "<h1>Are you a robot?</h1>" + paragraphs(*STORY))), None, None, "ok"),
    ("a form with a captcha", answered(page("Contact us", "<p>Write to the editors.</p><form><textarea></textarea></form><script src=https://www.google.com/recaptcha/api.js></script>")), None, NO_PROBES, "ok"),
    ("a region, 200", answered(page("Not here", "<p>This video is not available in your region.")), None, None, "geo_blocked"),
    ("a login in place of the page", answered(page("The Paper", "<h1>Log in</h1><p>Please log in to continue reading.</p><form><input name=user><input type=password></form>")), GONE_FROM_IT, None, "login_required"),
    ("请登录", answered(page("论坛", "<p>您需要登录后才可以查看本帖</p><form><input type=password></form>")), None, None, "login_required"),
    ("a login among summaries of others", answered(page("Sign in - The Paper", SIGN_IN + cards())), GONE_FROM_IT, ALIKE, "login_required"),
    ("a login among sixty headlines", answered(page("The Paper", SIGN_IN + teasers(60))), None, ALIKE, "login_required"),
    ("登录，头条环绕", answered(page("会员登录 - 日报", "<h1>会员登录</h1><form action=/login><input name=user><input type=password></form>" + teasers(60))), GONE_FROM_IT, ALIKE, "login_required"),
    ("a login in a forum's corner", answered(page("The flood: what we saw", "<h2>Log in</h2><form><input type=password></form><h1>The flood</h1><p>I stood on the bridge.</p>" + teasers(60))), None, NO_PROBES, "ok"),
    ("Europe, 200, at any address", answered(page("Not for you", "<p>You seem to be reading from a country of the European Economic Area, in which the General Data Protection Regulation is the law. We are a small paper and have not found the time to see what that means for us, so until then access is unavailable to you. Write to the editor if you think that this is wrong.")), GONE_FROM_IT, ALIKE, "geo_blocked"),
    ("legal reasons, 200, at any address", answered(page("451", "<h1>Unavailable for legal reasons</h1>" + cards())), GONE_FROM_IT, ALIKE, "legal_block"),
    ("by order of a court, 200", answered(page("The Paper", "<p>This page is blocked in response to a court order.")), None, ALIKE, "legal_block"),
    ("an article about regions", answered(page("Paper shuts out Europe", "<h1>Paper shuts out Europe</h1><p>Readers learn that the site is not available in your country.</p>" + paragraphs(*STORY))), None, None, "ok"),
    ("an article about the law", answered(page("Unavailable for legal reasons: how a page got a number", paragraphs(*STORY))), None, None, "ok"),
    ("a cookie wall", answered(page("Before you continue", "<p>We and our partners use cookies.</p><button>Accept all</button>"), **sent_on("http://consent.test/collect?return=x", status=302)), GONE_FROM_IT, None, "ok"),
    ("a cookie wall in place", answered(page("Your privacy", "<p>We value your privacy. Please accept cookies to go on.")), None, None, "ok"),
    ("a cookie wall for an image", answered(page("Cookies", "<p>Please accept all cookies."), expected=ContentKind.IMAGE), None, None, "ok"),
    ("maintenance, 200", answered(page("The Paper", "<h1>We'll be back soon</h1><p>The site is down for maintenance.")), GONE_FROM_IT, None, "blocked"),
    ("维护", answered(page("系统维护中", "<p>系统正在升级维护，请稍后再试。")), None, None, "blocked"),
    ("unavailable for now", answered(page("The Paper", "<p>The page you requested is temporarily unavailable. Please try again later.")), None, None, "blocked"),
]  # fmt: skip
PAID = page(
    "Flood",
    f"<h1>Flood</h1><p>{STORY[0]}</p><p>Subscribe.",
    head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>',
)
NOT_FOUND = "<h1>Page not found</h1>"
OURS = [
    ("our text", answered(ARTICLE), OWN, None, "ok"),
    ("our text, corrected", answered(ARTICLE), share(0.55), None, "ok"),
    ("our bytes", answered(ARTICLE), share(None, digest=True), None, "ok"),
    ("our text under an error's title", answered(page("Page not found", NOT_FOUND + paragraphs(*STORY))), OWN, None, "ok"),
    ("our beginning", answered(ARTICLE), BEGINS, None, "ok"),
    ("our beginning, moved", answered(ARTICLE, **sent_on("https://paper.test/flood")), BEGINS, None, "moved"),
    ("our beginning, then pay", answered(PAID), BEGINS, None, "paywalled"),
    ("our beginning, bad certificate", answered(PAID, tls_verified=False), BEGINS, None, "ok_insecure"),
    ("our text, then pay", answered(PAID), OWN, None, "ok"),
    ("a script alone, where we hold a text", answered("<html><body><script>go(where())</script></body></html>"), share(None), None, "empty"),
    ("a script alone, and no copy", answered("<html><body><script>go(where())</script></body></html>"), None, None, "ok"),
    ("a shell, where we hold a text", answered("<html><title>App</title><body><div id=root></div><script src=app.js></script></body></html>"), share(None), ALIKE, "ok"),
    ("our short text of an error", answered(page("404", NOT_FOUND)), share(1.0, words=12), None, "ok"),
    ("our PDF", answered(PDF, mime="application/pdf"), share(1.0, digest=True), None, "ok"),
    ("another text, real neighbours", answered(ARTICLE), GONE_FROM_IT, probed(0, 1, status=(404, 404)), "content_drifted"),
    ("another text, no probes to be had", answered(ARTICLE), GONE_FROM_IT, NO_PROBES, "content_drifted"),
    ("another text, probes wanted", answered(ARTICLE), GONE_FROM_IT, None, "?"),
    ("a part of our text", answered(ARTICLE), HALF, UNLIKE, "ok"),
    ("a few words we cannot miss", answered(ARTICLE), share(0.0, words=4), UNLIKE, "ok"),
    ("paid", answered(page("Flood", "<p>Subscribe.", head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>')), GONE_FROM_IT, None, "paywalled"),
    ("paid in parts", answered(page("Flood", "<p>Subscribe.", head='<script type="application/ld+json">{"@graph":[{"@type":["NewsArticle"],"hasPart":{"isAccessibleForFree":false}}]}</script>')), None, None, "paywalled"),
    ("others are paid", answered(page("Flood", paragraphs(*STORY), head='<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"isAccessibleForFree":false}]}</script>')), None, None, "ok"),
    ("free", answered(page("Flood", paragraphs(*STORY), head='<script type="application/ld+json">{"isAccessibleForFree":true}</script>')), None, None, "ok"),
]  # fmt: skip
SOFT = [
    ("title", answered(page("Page not found | The Paper", "<p>Try the search.")), None, None, "soft_404"),
    ("title and many headlines", answered(page("Page not found", NOT_FOUND + teasers(60))), GONE_FROM_IT, None, "soft_404"),
    ("heading", answered(page("The Paper", "<h1>Oops! That page can’t be found.</h1>" + teasers())), None, None, "soft_404"),
    ("h2", answered(page("The Paper", "<h2>404 - File or directory not found.</h2>")), None, None, "soft_404"),
    ("short text", answered(page("The Paper", "<nav>a b c</nav><p>Sorry, the page you are looking for doesn't exist.")), None, None, "soft_404"),
    ("bare number", answered(page("404")), None, None, "soft_404"),
    ("bare words", answered(page("Not Found", "<h1>Not Found</h1><p>The requested URL /x.html was not found on this server.")), None, None, "soft_404"),
    ("removed", answered(page("The Paper", "<p>This article is no longer available.")), None, None, "soft_404"),
    ("IIS", answered(page("The Paper", "<p>The page you are looking for might have been removed, had its name changed, or is temporarily unavailable.")), None, None, "soft_404"),
    ("text/plain", answered(b"File not found.", mime="text/plain"), None, None, "soft_404"),
    ("页面不存在", answered(page("页面不存在")), None, None, "soft_404"),
    ("抱歉", answered(page("日报", "<p>抱歉，您访问的页面不存在或已被删除！</p><a href=/>返回首页</a>")), None, None, "soft_404"),
    ("全角", answered(page("４０４　错误", "<p>您要找的内容飞走了")), None, None, "soft_404"),
    ("作者删除", answered(page("公众号", "<p>该内容已被发布者删除")), None, None, "soft_404"),
    ("繁體", answered(page("找不到網頁", "<p>很抱歉，您要找的頁面不存在。")), None, None, "soft_404"),
    ("日本語", answered(page("ニュース", "<p>お探しのページは見つかりませんでした。")), None, None, "soft_404"),
    ("Deutsch", answered(page("Zeitung", "<h1>Seite nicht gefunden</h1>")), None, None, "soft_404"),
    ("français", answered(page("Oups ! Page introuvable – Journal")), None, None, "soft_404"),
    ("español", answered(page("Diario", "<p>Lo sentimos, la página que busca no existe.")), None, None, "soft_404"),
    ("português", answered(page("Jornal", "<h1>Página não encontrada</h1>")), None, None, "soft_404"),
    ("italiano", answered(page("Giornale", "<p>La pagina richiesta non è stata trovata.")), None, None, "soft_404"),
    ("русский", answered(page("Газета", "<h1>Страница не найдена</h1>")), None, None, "soft_404"),
    ("عربي", answered(page("الجريدة", "<p>عذراً، الصفحة التي تبحث عنها غير موجودة")), None, None, "soft_404"),
    ("Nederlands", answered(page("Krant", "<p>Deze pagina bestaat niet meer.")), None, None, "soft_404"),
    ("an image became a page", answered(HOME, expected=ContentKind.IMAGE), None, None, "soft_404"),
    ("a page that says it is an image", answered(HOME, mime="image/png", expected=ContentKind.IMAGE), None, None, "soft_404"),
    ("a PDF became a page", answered(ARTICLE, expected=ContentKind.PDF), None, None, "soft_404"),
    ("a PDF in a frame", answered(page("report.pdf", "<embed src=/raw/report.pdf?v=2>"), expected=ContentKind.PDF), GONE_FROM_IT, NO_PROBES, "blocked"),
    ("a PDF in a frame, no copy", answered(page("Report", "<p>Annual report</p><object data=x type=application/pdf></object>"), expected=ContentKind.PDF), None, NO_PROBES, "ok"),
    ("a title of an error over the paper's name", answered(page("Page not found - The Paper", "<h1>The Paper</h1>" + paragraphs(*(each[:150] for each in STORY)))), None, None, "?"),
    ("a title of an error over the paper's name, as of siblings", answered(page("Page not found - The Paper", "<h1>The Paper</h1>" + paragraphs(*(each[:150] for each in STORY)))), None, probed(0.1, 0.1, title=True), "soft_404"),
    ("an image that others may not show", answered(page("Image", "<p>Hotlinking is not allowed."), expected=ContentKind.IMAGE), None, None, "blocked"),
    ("an image is an image", answered(PNG, mime="image/png", expected=ContentKind.IMAGE, picture=Picture(format="PNG")), None, None, "ok"),
    ("a PDF is a PDF", answered(PDF, mime="text/html", expected=ContentKind.PDF), None, None, "ok"),
    ("like its neighbours", answered(HOME), GONE_FROM_IT, ALIKE, "soft_404"),
    ("like its neighbours, no copy", answered(page("The Paper", "<p>Read on with these.</p>" + teasers())), None, ALIKE, "soft_404"),
    ("the same words among other headlines", answered(page("The Paper", "<h1>More from us</h1>" + teasers())), GONE_FROM_IT, probed(0.05, 0.1, own=(1, 1)), "soft_404"),
    ("other words among other headlines", answered(page("The Paper", "<h1>The bridge</h1>" + teasers())), None, probed(0.05, 0.1, own=(0.4, 1)), "ok"),
    ("a list where its neighbours' are empty", answered(page("The Paper", "<h1>More from us</h1>" + teasers())), None, probed(0.5, 1, own=(1, 1)), "ok"),
    ("the same words, but they are 404", answered(page("The Paper", "<h1>More from us</h1>" + teasers())), None, probed(0.05, 0.1, own=(1, 1), status=(404, 404)), "ok"),
    ("removed, among summaries of others", answered(page("Gone: article", "<h1>The flood of May</h1><p>This article has been removed.</p>" + cards(6))), GONE_FROM_IT, probed(0, 0, status=(404, 404)), "soft_404"),
    ("a forum's message", answered(page("Message", "<p>No thread specified. If you followed a valid link, please notify the administrator.")), None, None, "soft_404"),
    ("a topic of another forum", answered(page("Information", "<p>The topic or post you requested does not exist.")), None, None, "soft_404"),
    ("主题", answered(page("提示信息", "<p>抱歉，指定的主题不存在或已被删除或正在被审核</p>")), None, None, "soft_404"),
    ("unlike its neighbours", answered(page("Photo of the day", "<p>The bridge at dawn.</p>" + teasers())), None, UNLIKE, "ok"),
    ("like those that are 404", answered(HOME), None, probed(0.95, 0.97, status=(404, 404)), "ok"),
    ("neighbours unlike each other", answered(HOME), None, probed(0.02, 0.04), "ok"),
    ("one neighbour failed", answered(HOME), None, probed(0.9, 0.9, status=(200, 0)), "ok"),
    ("a shell for scripts", answered("<html><title>App</title><div id=root></div><script src=app.js></script>"), None, ALIKE, "ok"),
]  # fmt: skip
PARKED = [
    ("for sale", answered(page("paper.test", "<h1>paper.test is for sale!</h1><p>Buy this domain. Make an offer.</p>")), None, None, "parked"),
    ("listings", answered(page("paper.test", "<p>This domain may be for sale.</p><h2>Related searches</h2>" + teasers(8) + "<footer>The Sponsored Listings displayed above are served automatically by a third party. Neither the service provider nor the domain owner maintain any relationship with the advertisers.</footer>")), GONE_FROM_IT, None, "parked"),
    ("a provider's code", answered(page("paper.test", "<p>This domain is parked.</p><script src=https://img.sedoparking.com/x.js></script>")), None, None, "parked"),
    ("a lander", answered("<html><head><title></title><script>window.LANDER_SYSTEM='PW'</script><script src=https://img1.wsimg.com/parking-lander/static/js/main.js></script></head><body><div id=root></div></body></html>", **sent_on("http://paper.test/lander", how=HopKind.SCRIPT, status=200)), None, None, "parked"),
    ("域名出售", answered(page("paper.test 域名出售", "<p>您访问的域名正在出售</p><p>有意者请联系 QQ：12345678</p>")), None, None, "parked"),
    ("域名转让", answered(page("域名转让", "<h1>本域名可转让</h1><p>一口价：8000元</p>")), None, None, "parked"),
    ("expired", answered(page("paper.test", "<p>This domain has expired. Is this your domain? Renew now.</p>")), None, None, "parked"),
    ("German", answered(page("paper.test", "<p>Diese Domain steht zum Verkauf.</p><p>Jetzt diese Domain kaufen</p>")), None, None, "parked"),
    ("in links alone", answered(page("paper.test", "<a href=/buy>Buy this domain</a> <a href=/o>Make an offer</a><h2>Related searches</h2>" + teasers(8))), None, None, "parked"),
    ("a name in quotes", answered(page("Sale", "<p>The domain “paper.test” is for sale. Make an offer.</p>")), None, None, "parked"),
    ("a name in German", answered(page("paper.test steht zum Verkauf", "<h1>paper.test</h1><p>Gebote ab 500 EUR nimmt der Inhaber entgegen.</p>")), None, ALIKE, "parked"),
    ("a name in French", answered(page("paper.test est à vendre", "<p>Faire une offre</p>")), None, None, "parked"),
    ("a name in Spanish", answered(page("paper.test está en venta", "<p>Hacer una oferta</p>")), None, None, "parked"),
    ("a name in Dutch", answered(page("paper.test", "<h1>paper.test is te koop</h1><p>Doe een bod</p>")), None, None, "parked"),
    ("头条里的域名出售", answered(page("日报", "<p>您访问的页面不存在</p><p>联系我们 | 关于我们</p><a href=/9>此域名出售：一个米农的十年</a>" + teasers(30))), GONE_FROM_IT, None, "soft_404"),
    ("a headline on a sale", answered(page("The Paper", "<p>The bridge at dawn. Price: none.</p><a href=/9>This domain is for sale</a>" + teasers(30))), None, NO_PROBES, "ok"),
    ("a quotation on a sale", answered(page("Sign on a door", "<h1>“This domain is for sale”</h1><p>“Make an offer”, it says. Photo of the day.</p>")), None, NO_PROBES, "ok"),
    ("an article on a sale", answered(page("Voice.test domain for sale again", "<h1>Who will buy this domain?</h1>" + paragraphs(*STORY))), None, None, "ok"),
    ("一则新闻", answered(page("天价域名转让引发争议", "<h1>天价域名转让引发争议</h1>" + paragraphs(*STORY_ZH))), None, None, "ok"),
    ("a shop", answered(page("Chair", "<h1>Oak chair for sale</h1><p>Buy it now or make an offer.</p><h2>Related searches</h2>" + teasers())), None, NO_PROBES, "ok"),
    ("a seller of domains, as linked", answered(page("Names", "<p>Domains for sale. Buy this domain.</p>"), url="https://sedo.com/search"), None, NO_PROBES, "ok"),
]  # fmt: skip
ABOUT = "A page that is not there is answered with the number 404, a habit of the first servers which nobody has seen a reason to give up since."
TRAPS = [
    ("about 404s", answered(page("What does 404 Not Found mean?", "<h1>What does 404 Not Found mean?</h1>" + paragraphs(ABOUT, *STORY[:2]))), None, NO_PROBES, "ok"),
    ("HTTP 404 in an encyclopedia", answered(page("HTTP 404 - Encyclopedia", "<h1>HTTP 404</h1>" + paragraphs(ABOUT, *STORY[:2]))), None, NO_PROBES, "ok"),
    ("the lost diaries", answered(page("Page Not Found: the lost diaries of a king", "<h1>Page Not Found: the lost diaries of a king</h1>" + paragraphs(*STORY))), None, None, "ok"),
    ("the lost diaries, probed", answered(page("Page Not Found: the lost diaries of a king", "<h1>Page not found</h1>" + paragraphs(*STORY))), None, UNLIKE, "ok"),
    ("a missing plane", answered(page("Missing plane not found after a week", "<h1>Missing plane not found after a week</h1><p>The search goes on.")), None, NO_PROBES, "ok"),
    ("a quotation", answered(page("Ministry's site down", "<p>Visitors read “Page not found” on Monday.")), None, NO_PROBES, "ok"),
    ("引用", answered(page("部委网站无法打开", "<p>记者登录后看到的是“页面不存在”的提示。")), None, NO_PROBES, "ok"),
    ("失踪客机", answered(page("失踪客机仍未找到", "<h1>失踪客机仍未找到</h1><p>搜救工作仍在继续。")), None, NO_PROBES, "ok"),
    ("a phrase in a long article", answered(page("Flood", paragraphs(*STORY, "Sorry, the page you requested was not found."))), None, None, "ok"),
    ("an article with a video gone", answered(page("Flood", paragraphs(*STORY[:2]) + "<p>This video is no longer available.")), None, NO_PROBES, "ok"),
    ("a path of 404", answered(ARTICLE, url="http://paper.test/404/notfound.html"), OWN, None, "ok"),
    ("a path of 404, no copy", answered(ARTICLE, url="http://paper.test/404/notfound.html"), None, None, "ok"),
    ("a home page as the link", answered(HOME, url="http://paper.test/"), None, ALIKE, "ok"),
    ("a host that answers all with 200", answered(ARTICLE), HALF, UNLIKE, "ok"),
    ("a page that no parser could read", answered(ARTICLE, page=None), None, None, "ok"),
    ("a fragment that is missing", answered(ARTICLE, url=LINK + "#nowhere"), OWN, None, "ok"),
    ("a domain's sale, in brief", answered(page("Voice domain sold", "<p>" + STORY[0].replace("The river", "The price of the domain, for sale since May,") + "</p><p>" + STORY[1] + "</p>")), None, NO_PROBES, "ok"),
    ("a hidden error", answered(page("Photo of the day", "<div style='display:none'><h1>Page not found</h1></div><p>The bridge at dawn, from the mill.")), None, NO_PROBES, "ok"),
    ("an error in a template", answered(page("Photo of the day", "<template><h1>Page not found</h1></template><p>The bridge at dawn, from the mill.")), None, NO_PROBES, "ok"),
]  # fmt: skip
CASES = [*URLS, *TRANSPORT, *REDIRECTS, *STATUS, *CHALLENGES, *OURS, *SOFT, *PARKED, *TRAPS]


@pytest.mark.parametrize(
    ("answer", "match", "probes", "state"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_state(answer, match, probes, state) -> None:  # type: ignore[no-untyped-def]
    """Each answer comes to the state that its line says; "?" is a verdict that takes probes."""
    found = judge(answer, match, probes)
    if isinstance(found, NeedsProbes):
        assert state == "?", found.why
    else:
        assert (found.state, found.evidence) == (state, found.evidence)
        assert found.evidence.rule


TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "Page not found",
            "404",
            "Just a moment...",
            "登录",
            "抱歉，您访问的页面不存在",
            "This domain is for sale",
            "x" * 500,
        ]
    ),
    st.text(max_size=60),
)
FACTS = st.builds(
    PageFacts,
    title=TEXTS,
    headings=st.lists(TEXTS, max_size=2).map(tuple),
    subheadings=st.lists(TEXTS, max_size=2).map(tuple),
    text=st.lists(TEXTS, max_size=4).map("\n".join),
    beside=TEXTS,
    linked=TEXTS,
    words=st.integers(0, 400),
    main_words=st.integers(0, 400),
    prose=st.integers(0, 400),
    links=st.integers(0, 60),
    scripts=st.integers(0, 3),
    has_password=st.booleans(),
    has_login_form=st.booleans(),
    free=st.sampled_from([None, True, False]),
    marks=st.lists(st.sampled_from(["challenge:cloudflare", "parking:provider", "challenge:captcha"]), max_size=2).map(
        tuple
    ),
)
URLS_OF_ALL_SORTS = st.one_of(
    st.sampled_from(
        [LINK, "http://paper.test/", "http://paper.test/login?next=/x", "http://other.test/", "http://h.test/lander"]
    ),
    st.text(max_size=30),
    st.text(max_size=30).map("http://paper.test/".__add__),
)
HOPS = st.builds(
    Hop,
    url=URLS_OF_ALL_SORTS,
    status=st.sampled_from([200, 301, 302, 308]),
    target=URLS_OF_ALL_SORTS,
    location=st.text(max_size=20),
    how=st.sampled_from(HopKind),
)
ANSWERS = st.builds(
    Answer,
    url=URLS_OF_ALL_SORTS,
    final_url=st.none() | URLS_OF_ALL_SORTS,
    hops=st.lists(HOPS, max_size=3).map(tuple),
    status=st.none()
    | st.sampled_from([200, 202, 204, 301, 304, 401, 402, 403, 404, 410, 429, 451, 500, 503, 999])
    | st.integers(100, 1000),
    headers=st.lists(
        st.tuples(st.sampled_from(["Retry-After", "Location", "cf-mitigated", "Refresh"]), st.text(max_size=20)),
        max_size=3,
    ).map(tuple),
    kind=st.none() | st.sampled_from(ContentKind),
    page=st.none() | FACTS,
    payload_length=st.integers(0, 5000),
    error=st.none() | st.sampled_from(Reason),
    truncated=st.none() | st.sampled_from(Truncation),
    robots=st.sampled_from(Robots),
    tls_verified=st.sampled_from([None, True, False]),
    control_name_resolves=st.booleans(),
    expected=st.none() | st.sampled_from(ContentKind),
).map(lambda answer: replace(answer, status=None, page=None) if answer.error is Reason.DNS_GONE else answer)
# A name that is gone has given no answer.
SHARES = st.none() | st.builds(share, st.none() | st.floats(0, 1), words=st.integers(0, 500), digest=st.booleans())
PROBES = st.none() | st.builds(
    probed,
    st.floats(0, 1),
    st.floats(0, 1),
    same=st.booleans(),
    status=st.sampled_from([(200, 200), (404, 404), (200, 0), ()]),
)


@given(answer=ANSWERS, match=SHARES, probes=PROBES)
def test_never_raises_and_never_kills_who_is_kept_out(
    answer: Answer, match: Match | None, probes: ProbeResult | None
) -> None:
    """Whatever comes, there is a verdict; and no death where anything says that we were kept out."""
    found = judge(answer, match, probes)
    assert isinstance(found, Verdict) or probes is None
    if isinstance(found, Verdict) and found.verdict_class is VerdictClass.DEAD:
        assert answer.robots is Robots.ALLOWED
        assert answer.status not in (401, 402, 403, 429, 451, 999)
        assert answer.status in (404, 410, None) or match is None or not match.contained
        assert not (answer.status or 0) >= 500
        assert challenge(answer) is None
        if answer.error is None and answer.status not in (404, 410, None):
            assert not any(gate(answer, match) for gate in (login_redirect, login_page, region_gate, legal_gate))


@given(answer=ANSWERS, match=SHARES)
def test_probes_decide_at_once(answer: Answer, match: Match | None) -> None:
    """Whoever has no probes to give says so, and gets the verdict that is left: never a death by them."""
    found = judge(answer, match, NO_PROBES)
    assert isinstance(found, Verdict)
    assert found.evidence.rule not in ("same_end", "like_any_other")


def test_there_are_cases_enough() -> None:
    """A rule without a case is a guess."""
    assert len(CASES) >= 120
