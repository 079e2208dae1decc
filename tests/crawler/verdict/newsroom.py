"""Articles and the pages of papers that print them, for the tests of what is the same article."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def _prose(text: str) -> tuple[str, ...]:
    """Paragraphs, between which there are blank lines."""
    return tuple(" ".join(each.split("\n")) for each in text.strip().split("\n\n"))


def _wide(text: str) -> tuple[str, ...]:
    """The same, of a script that needs no blank where a line ends."""
    return tuple(each.replace("\n", "") for each in text.strip().split("\n\n"))


BRIDGE_TITLE = "Old Ardle bridge to close for repairs until spring"
BRIDGE = _prose("""
The town council voted on Tuesday to repair the old bridge over the Ardle before the winter floods return,
after two years in which the money for it was promised, withdrawn and promised again.

Engineers found cracks in two of its five arches in May, and lorries have been sent around by the mill since.
The detour adds eleven miles to the way from the quarry to the railway station.

The work will cost four million and take until the spring, the council's surveyor told the meeting. Half of it
is paid by the county; the rest comes out of a fund that was meant for the swimming bath.

Shopkeepers on the north bank said they feared for their trade while the bridge is closed to cars. "Christmas
is what we live on," said Margaret Oyle, who sells shoes in Mill Lane.

A footbridge of timber will be put up beside it, and the ferry will run every half hour, at no charge. Both
should be in place before the first stones are lifted in November.

The bridge was built in 1764 by a mason who could not write; his mark is still to be seen on the keystone of
the third arch. It has been under water four times, the last time in the flood of 1953.

Councillor Thomas Reeve, who voted against, said that a new bridge downstream would have cost less. "We are
mending a thing because it is pretty," he told the meeting, to some applause.

The county's heritage officer disagreed. Of the nine stone bridges that once crossed the river, she said, this
is the only one that still carries a road, and it would be a shame to lose it to arithmetic.
""")
HARVEST_TITLE = "Apple growers count the cost of a May frost"
HARVEST = _prose("""
Growers in the Vale of Ness expect a third of last year's apples after three nights of frost in May took the
blossom off the early trees.

Candles were lit between the rows, and two farms hired helicopters to push warmer air down to the ground, but
at six degrees below zero nothing helped, said Peter Lunn of the growers' union.

Cider makers will feel it first. The largest of them has already asked its customers to accept pears, and a
smaller one, in Upper Ness, will not press at all this autumn.

Insurers pay for hail, but not for frost. A scheme that would have covered it was turned down by parliament
three years ago as too dear for what it brought.

The union now wants help with wind machines, tall fans that stir the air on cold nights. One costs as much as
a tractor and guards about five hectares of trees.

Nurseries report orders for late varieties that have not been seen since the nineties. They bear two weeks
after the others, and taste, as one grower put it, of very little.
""")
CHINESE_TITLE = "老桥封闭维修至明年春天"
CHINESE = _wide("""
市议会星期三表决通过了修复老桥的方案,工程将在冬季洪水到来之前开始,预计明年春天完工,总投资约四百万元。

工程师五月份在五个桥拱中的两个发现了裂缝,此后重型卡车一直被要求绕行旧磨坊一带的公路,单程要多走十八公里。

测量员在会上表示,施工期间桥面对汽车关闭,行人可以使用旁边新搭的木桥,渡船每半小时开一班,不收取任何费用。

北岸的店主们担心封桥会影响他们的生意。在磨坊巷卖鞋的王女士说,一年的收入主要靠春节前的那几个星期。

这座桥建于清代乾隆年间,由一位不识字的石匠主持修建,他刻下的记号至今还留在第三个桥拱的拱顶石上面。

投反对票的议员认为,在下游另建一座新桥花费更少。文物部门则表示,这是河上唯一还在通车的古代石桥,应当保留。
""")
RIVAL_TITLE = "果农估算五月霜冻造成的损失"
RIVAL = _wide("""
受五月连续三个夜晚霜冻的影响,内斯谷地的果农预计今年苹果产量只有去年的三分之一,早熟品种的花几乎全部冻落。

果农们在树行之间点起蜡烛,两家农场还租用了直升机,把较暖的空气压向地面,但在零下六度的低温下没有什么效果。

最先受到影响的是果酒厂。其中最大的一家已经请客户接受梨酒,上内斯的一家小厂今年秋天干脆不再榨汁。

保险公司赔偿冰雹造成的损失,却不赔偿霜冻。三年前议会以费用过高为由,否决了一项覆盖霜冻的保险计划。
""")
MIXED_TITLE = "BBC 报道 Ardle 老桥维修 Old bridge repairs begin"
MIXED = _wide("""
英国广播公司 BBC News 报道,Ardle 河上的 old stone bridge 将于 November 2016 开始维修,工程由 Holt & Sons 公司
承包。

The contractor said in a statement that the first arch would be finished by February. 市议会对此表示欢迎,但
没有公布合同金额。

Local shopkeepers have asked for lower rates while the road is closed. 他们的请求将在下个月的会议上讨论,结果
会在网站上公布。

根据合同,承包商如果延期,每个星期要支付 five thousand pounds 的罚金,这笔钱将用于学校的 school bus 服务。
""")

_SECTIONS = ("Home", "News", "Sport", "Business", "Weather", "Opinion", "Culture", "Travel", "Motoring", "Property")
_CHINESE_SECTIONS = ("首页", "国内", "国际", "财经", "体育", "娱乐", "科技", "汽车", "房产")
_PROMISES = _prose("""
We and our partners store and access information on your device to choose advertisements and to count readers.
You can change your mind at any time under Privacy at the foot of every page.

Sign up for our morning letter and get the five stories that matter in the valley before your first cup of
tea.

The Ardle Paper is published by Ardle Valley Newspapers Limited, registered in Nessbury, and keeps to the code
of the press council. Complaints go to the readers' editor, who answers each of them.
""")
_TEASERS = (
    "Swimming bath to stay shut for another winter",
    "Ferryman, 81, says he will row on",
    "Quarry owners fined over dust in Nessbury",
    "School bus timetable changes from Monday",
    "Three hurt as hay cart overturns on mill road",
    "Bell ringers seek younger arms",
    "Post office in Upper Ness to open on two days only",
    "Otters return to the lower Ardle after sixty years",
)


def paper(
    title: str,
    paragraphs: Sequence[str],
    *,
    after: str = "",
    aside: str = "",
    site: str = "The Ardle Paper",
    window: str | None = None,
) -> bytes:
    """A page of a paper with much around its article: menus, teasers, a cookie notice, a newsletter, an imprint."""
    menu = "".join(f"<li><a href='/{name.lower()}/'>{name}</a></li>" for name in _SECTIONS)
    teasers = "".join(f"<li><a href='/n/{n}'>{each}</a></li>" for n, each in enumerate(_TEASERS))
    return f"""<!DOCTYPE html><html lang="en"><head><title>{escape(window or f"{title} - {site}")}</title>
<style>body {{ color: black }}</style><script>var page = {{"section": "news", "text": "Otters return"}};</script></head>
<body><header><div class="logo">{site}</div><nav><ul>{menu}</ul></nav></header>
<div class="cookies"><p>{_PROMISES[0]}</p><button>Agree</button></div>
<main><article><h1>{escape(title)}</h1>{_html(paragraphs)}</article>{after}</main>
<aside><h3>Most read</h3><ul>{teasers}</ul>{aside}<h3>Letters</h3><p>{_PROMISES[1]}</p></aside>
<footer><p>{_PROMISES[2]}</p><ul>{menu}</ul></footer></body></html>""".encode()


def plain_site(title: str, paragraphs: Sequence[str]) -> bytes:
    """The same article in the layout of another decade, without any of that."""
    cells = "<br><br>".join(escape(each) for each in paragraphs)
    return f"""<html><head><title>{escape(title)}</title></head>
<body bgcolor=white><table width=700><tr>
<td width=120><a href=/>Front page</a><br><a href=/archive>Archive</a><br><a href=/contact>Write to us</a></td>
<td><font size=5><b>{escape(title)}</b></font><p><font face=Times>{cells}</font></td></tr></table>
</body></html>""".encode()


def amp(title: str, paragraphs: Sequence[str]) -> bytes:
    """The article's AMP version."""
    return f"""<!doctype html><html amp><head><meta charset="utf-8"><title>{escape(title)}</title>
<script async src="https://cdn.test/v0.js"></script><style amp-custom>p{{margin:0}}</style></head><body>
<amp-sidebar id="s" layout="nodisplay"><ul><li>News</li></ul></amp-sidebar><h1>{escape(title)}</h1>
<amp-ad width=300 height=250 type="x"></amp-ad>{_html(paragraphs)}<amp-social-share type="email"></amp-social-share>
</body></html>""".encode()


def by_script(title: str, paragraphs: Sequence[str]) -> bytes:
    """A page that its scripts write; the article stands in its machine-readable part only."""
    body = "\\n".join(each.replace('"', '\\"') for each in paragraphs)
    return f"""<!DOCTYPE html><html><head><title>{escape(title)}</title><script type="application/ld+json">
{{"@type": "NewsArticle", "headline": "x", "articleBody": "{body}"}}</script></head><body><div id="root">Loading
</div><script src="/app.js"></script></body></html>""".encode()


def chinese_site(title: str, paragraphs: Sequence[str], *, after: str = "") -> bytes:
    """A Chinese news site, labels and all."""
    menu = "".join(f"<a href='/{n}/'>{name}</a> " for n, name in enumerate(_CHINESE_SECTIONS))
    return f"""<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}_河谷新闻网</title></head><body>
<div class="nav">{menu}</div><div class="content"><h1>{title}</h1><p class="info">来源:河谷新闻网 责任编辑:李明</p>
{_html(paragraphs)}</div>{after}<div class="hot"><h3>热门推荐</h3><ul><li><a href="/1">游泳馆今年冬天继续关闭</a></li>
<li><a href="/2">八十一岁的摆渡人说还要继续划船</a></li><li><a href="/3">采石场因粉尘污染被处以罚款</a></li></ul></div>
<div class="foot"><p>河谷新闻网版权所有,未经书面授权不得转载。
违法和不良信息举报电话请见联系我们页面,客服时间为工作日。</p></div>
</body></html>""".encode()


def _html(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(each)}</p>\n" for each in paragraphs)
