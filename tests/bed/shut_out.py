"""Links that somebody keeps us from: bot walls, log-ins, robots.txt, rates, regions, laws, bills. None of them is dead.

Where a host shuts out everybody it does so at any address; where the wall stands before one page alone, the others are
answered as usual.
"""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from tests.bed.answers import PLAIN_404, Script, answer, elsewhere, html, made, redirect, site
from tests.bed.behaviour import Behaviour, link
from tests.bed.pages import Style, notice_page, paper

_PAPER = paper("The Standish Journal", style=Style.MAGAZINE)
_ZH = paper("南粤观察", "zh", Style.PORTAL)


def walled(
    name: str, slug: str, now: Script, why: str, states: str = "blocked", language: str = "en", **more: object
) -> Behaviour:
    """A link on a host that treats every address so."""
    where = site(f"{name}.test", _PAPER if language == "en" else _ZH, more.pop("unknown", now), home=now, **more)  # type: ignore[arg-type]
    return link(name, where, slug, now, states, why)


CLOUDFLARE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta http-equiv="Content-Type"
content="text/html; charset=UTF-8"><meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390">
</head><body class="no-js"><div class="main-wrapper"><div class="main-content"><noscript><div class="h2"><span
id="challenge-error-text">Enable JavaScript and cookies to continue</span></div></noscript></div></div><script>(function(){
window._cf_chl_opt={cvId:'3',cZone:"x",cType:'managed',cRay:'8a1b'};var a=document.createElement('script');
a.src='/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1?ray=8a1b';document.head.appendChild(a);}());</script>
</body></html>"""
OLD_CLOUDFLARE = """<!DOCTYPE HTML><html><head><title>Just a moment...</title></head><body><table width="100%"><tr><td align="center">
<div class="cf-browser-verification cf-im-under-attack"><noscript><h1>Please turn JavaScript on and reload the page.</h1></noscript>
<h1><span>Checking your browser before accessing</span> the site.</h1><p>This process is automatic. Your browser will redirect to
your requested content shortly.</p><p>Please allow up to 5 seconds&hellip;</p></div><div>DDoS protection by Cloudflare<br>Ray ID:
<code>5f1c</code></div></td></tr></table></body></html>"""
CF_BLOCK = """<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body><div id="cf-wrapper"><h1>Sorry, you
have been blocked</h1><h2>You are unable to access this site</h2><div><h2>Why have I been blocked?</h2><p>This website is using a
security service to protect itself from online attacks. The action you just performed triggered the security solution.</p></div>
<p>Cloudflare Ray ID: <strong>7d00</strong> Your IP: 127.0.0.1</p></div></body></html>"""
AKAMAI = """<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don't have permission to access
"http&#58;&#47;&#47;news&#46;test&#47;story" on this server.<P>Reference&#32;&#35;18&#46;2d7d1602&#46;1700000000&#46;1a2b3c4d</BODY></HTML>"""
INCAPSULA = """<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"><script
src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script></head><body style="margin:0px;height:100%"><iframe
id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&xinfo=4-11&incident_id=1-2" frameborder=0 width="100%">Request unsuccessful.
Incapsula incident ID: 1234000560078-900000</iframe></body></html>"""
PERIMETERX = """<!DOCTYPE html><html lang="en"><head><title>Access to this page has been denied</title></head><body><div class="px-captcha-
container"><div class="px-captcha-header">Before we continue...</div><div class="px-captcha-message">Press & Hold to confirm you
are a human (and not a bot).</div><div id="px-captcha"></div><p>Reference ID 0a1b2c3d</p></div><script>window._pxAppId='PXabc';
</script></body></html>"""
DATADOME = """<html lang="en"><head><title>standish</title><style>#cmsg{animation: A 1.5s;}</style></head><body style="margin:0"><p
id="cmsg">Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','cid':'AHrl','hsh':'2211','t':'bv','host':
'geo.captcha-delivery.com'}</script><script src="https://ct.captcha-delivery.com/c.js"></script></body></html>"""
BLOOMBERG = """<!doctype html><html><head><title>Standish - Are you a robot?</title></head><body><section class="box main"><h1>Standish</h1>
<h2>We've detected unusual activity from your computer network</h2><p>To continue, please click the box below to let us know you're
not a robot.</p><div id="px-captcha"></div><h3>Why did this happen?</h3><p>Please make sure your browser supports JavaScript and
cookies and that you are not blocking them from loading.</p><p>Need help? For inquiries related to this message please contact our
support team and provide the reference ID below.</p></section></body></html>"""
SUCURI = """<html><title>You are being redirected...</title><noscript>Javascript is required. Please enable javascript before you are
allowed to see this page.</noscript><script>var s={},u,c,U,r,i,l=0,a,e=eval,w=String.fromCharCode,sucuri_cloudproxy_js='',
S='dD0i';document.cookie="sucuri_cloudproxy_uuid_x=1";location.reload();</script></html>"""
AMAZON = """<!DOCTYPE html><html><head><title>Robot Check</title></head><body><div><h4>Enter the characters you see below</h4><p>Sorry, we
just need to make sure you're not a robot. For best results, please make sure your browser is accepting cookies.</p><form
action="/errors/validateCaptcha"><img src="/captcha/a.jpg"><input name="field-keywords" placeholder="Type characters"><button>
Continue shopping</button></form></div></body></html>"""
ANUBIS = """<!doctype html><html lang="en"><head><title>Making sure you&#39;re not a bot!</title></head><body><main><h1>Making sure
you&#39;re not a bot!</h1><p id="status">Calculating...</p><details><summary>Why am I seeing this?</summary><p>You are seeing this
because the administrator of this website has set up Anubis to protect the server against the scourge of AI companies aggressively
scraping websites.</p></details><noscript><p>Sadly, you must enable JavaScript to get past this challenge.</p></noscript></main></body></html>"""
AWS = """<!DOCTYPE html><html lang="en"><head><title></title><style>body{font-family:Arial}</style><script>window.awsWafCookieDomainList=[];
window.gokuProps={"key":"AQID","iv":"CgAH","context":"q83"};</script><script src="https://x.token.awswaf.com/x/challenge.js"></script>
</head><body><div id="challenge-container"></div><script>AwsWafIntegration.saveReferrer();</script><noscript><h1>JavaScript is
disabled</h1>In order to continue, we need to verify that you're not a robot. This requires JavaScript.</noscript></body></html>"""
BAIDU = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>百度安全验证</title></head><body><div class="timeout hide"><div
class="timeout-img"></div><div class="timeout-title">网络不给力，请稍后重试</div><button class="timeout-button">返回首页</button></div><div
class="timeout-feedback hide"><div class="timeout-feedback-icon"></div><p class="timeout-feedback-title">问题反馈</p></div></body></html>"""
ALIYUN = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>405</title></head><body><div class="container"><div id="block_message">很
抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</div><div>您的请求ID是: 0b68d5a417000000000000000e</div></div></body></html>"""
SLIDER = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>访问验证</title></head><body><div class="verify"><h3>为了您的账号安全，请完成验证
</h3><p>请按住滑块，拖动到最右边</p><div id="nc_1_wrapper" class="nc-container"></div></div><script src="/AWSC/awsc.js"></script></body></html>"""
TENCENT = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>环境异常</title></head><body><div class="weui-msg"><h2>环境异常</h2><p>当前环境异常，
完成验证后即可继续访问。</p><a class="weui-btn" id="js_verify">去验证</a></div></body></html>"""
LINKEDIN = """<html><head><script type="text/javascript">window.onload=function(){var trk="bf";var domain="/authwall";window.location.href=
"/authwall?trk="+trk+"&sessionRedirect="+encodeURIComponent(window.location.href);}</script></head></html>"""


def bots() -> list[Behaviour]:
    """Walls against machines, with all kinds of statuses."""
    mitigated = ("cf-mitigated", "challenge")
    return [
        walled(
            "cf-managed",
            "harbour-ferry-grounding",
            html(CLOUDFLARE, mitigated, ("Server", "cloudflare"), status=403),
            "Cloudflare, 403",
        ),
        walled("cf-200", "wheat-rust-valley", html(CLOUDFLARE), "the same page through a proxy that makes it 200"),
        walled(
            "cf-old",
            "museum-heist-coins",
            html(OLD_CLOUDFLARE, ("Server", "cloudflare"), status=503),
            "Cloudflare of old, 503",
        ),
        walled("cf-block", "tram-line-opening", html(CF_BLOCK, status=403), "Cloudflare's block"),
        walled("akamai", "glacier-lake-drained", html(AKAMAI, ("Server", "AkamaiGHost"), status=403), "Akamai"),
        walled("akamai-200", "bank-merger-blocked", html(AKAMAI), "Akamai's page, status 200"),
        walled("incapsula", "bridge-closure-cables", html(INCAPSULA), "Incapsula's frame, 200"),
        walled("perimeterx", "marathon-record", html(PERIMETERX, status=403), "press and hold, 403"),
        walled("perimeterx-200", "vaccine-cold-chain", html(PERIMETERX), "press and hold, 200"),
        walled("datadome", "telescope-first-light", html(DATADOME, status=403), "DataDome, 403"),
        walled("datadome-200", "school-strike-ends", html(DATADOME), "DataDome, 200: hardly a word in it"),
        walled(
            "are-you-a-robot",
            "volcano-evacuation",
            redirect(lambda asked: f"/tosv2.html?vid=&url={asked.path}"),
            "leads to a page that asks whether we are a robot",
            unknown=redirect(lambda asked: f"/tosv2.html?url={asked.path}"),
            pages={"/tosv2.html": html(BLOOMBERG)},
        ),
        walled("sucuri", "orchestra-saved", html(SUCURI), "a script that sets a cookie and reloads, 200"),
        walled("robot-check", "rail-cyber-outage", html(AMAZON), "letters to be typed, 200"),
        walled("anubis", "river-dolphin-count", html(ANUBIS), "Anubis, 200"),
        walled(
            "aws-waf", "parliament-budget-night", html(AWS, ("x-amzn-waf-action", "challenge"), status=202), "AWS, 202"
        ),
        walled("baidu", "ditie-kaitong", html(BAIDU), "Baidu's check, 200", language="zh"),
        walled("aliyun", "dizhen-jiuyuan", html(ALIYUN, status=405), "Aliyun's firewall, 405", language="zh"),
        walled("slider", "chaye-jiage", html(SLIDER), "a slider to be dragged, 200", language="zh"),
        walled("tencent", "aoyun-tiaoshui", html(TENCENT), "environment abnormal, 200", language="zh"),
        walled("linkedin", "apple-orchard-frost", html(LINKEDIN, status=999), "status 999", "blocked login_required"),
        walled("forbidden", "prison-library", html("<h1>403 Forbidden</h1><hr>nginx", status=403), "a bare 403"),
        walled(
            "forbidden-alone",
            "oil-spill-cleanup",
            html("<h1>403 Forbidden</h1>", status=403),
            "a 403 for this page alone",
            unknown=PLAIN_404,
        ),
    ]


def rates() -> list[Behaviour]:
    """Not so fast, and not at all."""
    later = ("Retry-After", "86400")
    disallow = answer(b"User-agent: *\nDisallow: /2018/\n", "text/plain")
    return [
        walled(
            "too-many", "chess-teen-champion", html("<h1>429 Too Many Requests</h1>", status=429), "429", "rate_limited"
        ),
        walled(
            "too-many-later",
            "water-main-flood",
            html("<h1>Slow down</h1>", later, status=429),
            "429, come back tomorrow",
            "rate_limited",
        ),
        walled(
            "busy-later",
            "lighthouse-automation",
            html("<h1>Overloaded</h1>", later, status=503),
            "503, come back tomorrow",
            "rate_limited",
        ),
        walled(
            "robots-no",
            "satellite-broadband-islands",
            PLAIN_404,
            "robots.txt forbids it now",
            "robots_excluded",
            robots=disallow,
        ),
        walled(
            "robots-broken",
            "insulin-price-hearing",
            PLAIN_404,
            "robots.txt answers 503: as good as forbidden",
            "robots_excluded",
            robots=html("busy", status=503),
        ),
    ]


def doors() -> list[Behaviour]:
    """Log-ins, regions, laws, bills, consent."""
    form = (
        '<h1>Log in to continue</h1><form method="post" action="/session"><label>Email or username <input name="user"></label>'
        '<label>Password <input type="password" name="pass"></label><button>Log in</button></form><p><a href="/forgot">Forgot your'
        ' password?</a> New here? <a href="/join">Create an account</a></p>'
    )
    login = html(notice_page(_PAPER, "Log in | The Standish Journal", form))
    social = html("""<!DOCTYPE html><html><head><title>Log into Friendface</title></head><body><div class="_9axz">Log into Friendface</div>
<form id="login_form" action="/login/device-based/regular/login/"><input type="text" name="email" placeholder="Email address or phone
number"><input type="password" name="pass" placeholder="Password"><button name="login">Log in</button></form><div>You must log in to
continue.</div></body></html>""")
    member = made(
        lambda asked: notice_page(
            _ZH,
            "用户登录",
            "<form action='/passport/login'><h3>请先登录后再访问</h3><input name='mobile'"
            " placeholder='手机号'><input type='password' name='pw'><button>登录</button></form>",
            seed=str(asked.serial),
        )
    )
    gdpr = """<!DOCTYPE html><html><head><title>Unavailable due to legal reasons</title></head><body><h1>451: Unavailable due to legal
reasons</h1><p>We recognize you are attempting to access this website from a country belonging to the European Economic Area (EEA)
including the EU which enforces the General Data Protection Regulation (GDPR) and therefore access cannot be granted at this time.
For any issues, contact web@standish.test or call 555-0100.</p></body></html>"""
    region = """<html><head><title>The Standish Journal</title></head><body><img src="/logo.png"><h2>Sorry, this content is not available in
your region.</h2><p>Due to licensing restrictions we can only show it to visitors from certain countries.</p></body></html>"""
    forbidden = html(
        "<html><body><h1>403</h1><p>This service is not available in your country.</p></body></html>", status=403
    )
    consent = html("""<!DOCTYPE html><html><head><title>Hooli is part of the Hooli family of brands</title></head><body><div
class="consent-form"><h1>We value your privacy</h1><p>We, Hooli, are part of the Hooli family of brands. When you use our sites and
apps, we use cookies to provide them to you, to authenticate users and to measure your use.</p><form><button name="agree">Accept
all</button><button name="reject">Reject all</button><a href="/manage">Manage privacy settings</a></form></div></body></html>""")
    bill = html(
        "<h1>Payment required</h1><p>The owner of this site has exceeded the bandwidth of the free plan.</p>",
        status=402,
    )
    return [
        walled(
            "login-redirect",
            "harbour-ferry-grounding",
            redirect(lambda asked: f"/login?next={asked.path}"),
            "leads to a log-in form",
            "login_required",
            pages={"/login": login},
        ),
        walled(
            "login-other-host",
            "wheat-rust-valley",
            elsewhere("sso.test", "/oauth/authorize?client_id=standish&response_type=code"),
            "leads to a log-in form on another host",
            "login_required",
        ),
        walled(
            "login-social",
            "museum-heist-coins",
            redirect(lambda asked: f"/login/?next={asked.path}"),
            "a social network",
            "login_required",
            pages={"/login/": social},
        ),
        walled("login-inline", "tram-line-opening", login, "the form stands where the article stood", "login_required"),
        walled(
            "login-zh",
            "waimai-anquan",
            redirect("/passport/login?back=1"),
            "a Chinese log-in form",
            "login_required",
            language="zh",
            pages={"/passport/login": member},
        ),
        walled(
            "basic-auth",
            "glacier-lake-drained",
            html("<h1>401</h1>", ("WWW-Authenticate", 'Basic realm="staging"'), status=401),
            "401",
            "login_required",
        ),
        walled(
            "gdpr-451",
            "bank-merger-blocked",
            html(gdpr, status=451),
            "451 for readers in Europe",
            "legal_block geo_blocked",
        ),
        walled(
            "court-451",
            "bridge-closure-cables",
            html("<h1>Blocked by court order</h1>", status=451),
            "451",
            "legal_block",
            unknown=PLAIN_404,
        ),
        walled("region-403", "marathon-record", forbidden, "403 that names a country", "geo_blocked"),
        walled("region-200", "vaccine-cold-chain", html(region), "the same with status 200", "geo_blocked blocked"),
        walled(
            "gdpr-200",
            "telescope-first-light",
            html(gdpr),
            "the legal page with status 200",
            "geo_blocked legal_block blocked",
        ),
        walled("bandwidth-402", "school-strike-ends", bill, "402", "payment"),
        walled(
            "consent-host",
            "volcano-evacuation",
            elsewhere("consent.test", "/v2/collectConsent?sessionId=3_cc-session"),
            "leads to another host that wants consent first: no word of the article, and a cookie wall is no death",
            "blocked login_required ok",
        ),
        link(
            "sso-home",
            site("sso.test", _PAPER, login, home=login),
            "captcha-study",
            None,
            "ok",
            "an open page on the log-in host",
        ),
        link(
            "consent-help",
            site("consent.test", _PAPER, consent, home=consent),
            "error-page-history",
            None,
            "ok",
            "an open page on the consent host",
        ),
    ]


def scripted() -> list[Behaviour]:
    """Shells that only a browser can fill. What is behind them we cannot know, and must not call it dead."""
    react = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The Standish Journal</title><script defer'
        ' src="/static/js/main.8f3c1a.js"></script></head><body><noscript>You need to enable JavaScript to run this app.'
        '</noscript><div id="root"></div></body></html>'
    )
    vue = (
        '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>南粤观察</title></head><body><noscript><strong>We\'re sorry but'
        ' h5 doesn\'t work properly without JavaScript enabled. Please enable it to continue.</strong></noscript><div id="app">'
        '</div><script src="/js/chunk-vendors.7d1f.js"></script><script src="/js/app.02ee.js"></script></body></html>'
    )
    unsure = "blocked content_drifted empty ok"
    return [
        walled("react-shell", "lighthouse-automation", html(react), "one empty shell for every address", unsure),
        walled(
            "vue-shell", "xiongmao-fangsheng", html(vue), "one empty shell for every address", unsure, language="zh"
        ),
    ]


BEHAVIOURS = [*bots(), *rates(), *doors(), *scripted()]
