"""What checks bring, for the tests of the rules: pages as servers send them, read as the worker reads them."""

# ruff: noqa: E501, ISC004 - prose

from __future__ import annotations

from typing import Any

from crawler.verdict.answer import Answer, Hop, HopKind, Match, MatchKind, ProbeResult
from crawler.verdict.page_facts import kind_of, page_facts

LINK = "http://paper.test/news/2019/flood.html"

STORY = (
    "The river rose by two metres in the night, and by the morning the lower streets of the town were under water. "
    "Firemen brought forty people out of their houses by boat, most of them old and unwilling to leave their dogs behind.",
    "The mayor, who was woken at three, said that the wall built after the last flood had held for longer than anybody "
    "expected. It was planned for a height that was reached twice in a century and has now been passed for the third time.",
    "Insurers sent their people on Tuesday. They walked through the mud with tablets, took photographs of what was left of "
    "kitchens and shops, and promised answers within the month, which few of the shopkeepers were ready to believe.",
    "Upstream, where the dam is, engineers defended their decision to open the gates at midnight. Had they waited until "
    "dawn, they wrote in a statement, the pressure would have been beyond what the old concrete was ever made to bear.",
    "The school stays closed until Monday. Its cellar, in which the archive of the parish was kept, is full to the ceiling, "
    "and divers of the province were still looking on Wednesday for the boxes with the registers of births before 1810.",
    "Rain is forecast again for the weekend, though less of it, and from the west, where the ground can still take it in. "
    "Volunteers were filling sandbags on the market place all the same, two hundred an hour, and stacking them by the bridge.",
)
STORY_ZH = (
    "本报讯 周二凌晨，连续三天的强降雨使河水上涨两米，老城区的低洼街道全部被淹。消防队员划着橡皮艇，从临街的房屋里转移出四十多名居民，其中大部分是老人。",
    "市长在凌晨三点赶到现场指挥。他说，上次洪水之后修建的防洪墙坚持的时间比任何人预想的都要长，但是这次的水位已经超过了百年一遇的设计标准，今后必须重新评估。",
    "保险公司的查勘人员从上午开始逐户登记损失。他们在泥水里走了一整天，拍下厨房和店铺里剩下的东西，并答应在一个月之内答复，不过愿意相信的店主并不多。",
    "上游水库的工程师为午夜开闸的决定作了说明。他们在书面材料中写道，如果等到天亮再泄洪，坝体承受的压力将超过当年设计时所能允许的最大值，后果不堪设想。",
    "学校停课到下周一。学校地下室保存着当地一百多年来的户籍档案，目前已经全部被水淹没，省里派来的潜水员正在打捞装有早期登记册的木箱，进展十分缓慢。",
)


def page(title: str = "", body: str = "", *, head: str = "") -> str:
    """A page with a title."""
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>"
    )


def paragraphs(*texts: str) -> str:
    """Text as paragraphs."""
    return "".join(f"<p>{text}</p>" for text in texts)


def teasers(count: int = 30) -> str:
    """Linked headlines, as stand on every page of a paper."""
    return (
        "<ul>"
        + "".join(f"<li><a href=/a{n}>Headline number {n} of the day about something</a>" for n in range(count))
        + "</ul>"
    )


def answered(
    html: str | bytes = b"", *, url: str = LINK, status: int = 200, mime: str = "text/html", **more: Any
) -> Answer:
    """What came of a GET, its body read."""
    data = html.encode() if isinstance(html, str) else html
    end = more.get("final_url") or url
    kind = kind_of(data, mime)
    facts = page_facts(data, end, mime + "; charset=utf-8") if kind in ("html", "text") and data else None
    given = {"kind": kind, "page": facts, "mime": mime, "payload_length": len(data), **more}
    return Answer(url=url, status=status, **given)


def sent_on(*targets: str, status: int = 301, url: str = LINK, how: HopKind = HopKind.HTTP) -> dict[str, Any]:
    """The way from a link over `targets`, as keywords of an answer."""
    ways = zip((url, *targets[:-1]), targets, strict=True)
    hops = tuple(Hop(url=a, status=status, target=b, location=b, how=how) for a, b in ways)
    return {"url": url, "hops": hops, "final_url": targets[-1]}


def cards(count: int = 4) -> str:
    """What a paper says of its other pages: linked headlines, each with its first sentences."""
    return "".join(
        f"<div class=card><a href=/a{n}><img src={n}.jpg><h3>Headline number {n} of the day</h3></a><p>{text}</p></div>"
        for n, text in enumerate(STORY[:count])
    )


def share(
    value: float | None, *, words: int = 300, digest: bool = False, opening: float = 0.0, title: str = ""
) -> Match:
    """How much of our copy is there, and of its opening."""
    return Match(
        kind=MatchKind.TEXT,
        share=value,
        opening=opening,
        words=words,
        title=title,
        same_digest=digest,
        record_id="urn:uuid:copy",
    )


def probed(
    to_page: float,
    of_siblings: float,
    *,
    own: tuple[float, float] = (0.0, 0.0),
    same: bool = False,
    title: bool = False,
    status: tuple[int, ...] = (200, 200),
) -> ProbeResult:
    """How random neighbours were answered; `own` are the same likenesses of their own words."""
    return ProbeResult(
        same_final_url=same,
        similarity_to_page=to_page,
        similarity_of_siblings=of_siblings,
        own_similarity_to_page=own[0],
        own_similarity_of_siblings=own[1],
        same_title=title,
        sibling_status=status,
    )
