"""Links that are dead and answer 200: sites in Chinese and seven other languages that say so."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from tests.bed.answers import (
    html,
    made,
)
from tests.bed.behaviour import Behaviour
from tests.bed.pages import Style, notice_page, paper
from tests.bed.soft import alone, everywhere, notice

_BROAD, _BLOG, _PORTAL, _TABLES, _MAGAZINE, _TABLOID = Style


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


BEHAVIOURS = [*chinese(), *others()]
