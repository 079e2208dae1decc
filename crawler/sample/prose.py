"""News prose out of lists of sentences (pure).

The articles of the sample web are told apart by their words, as real ones are, yet the repository holds only the lists:
a sentence is picked by the SHA-256 of the article's address and the sentence's place in it, so every machine and every
version of Python writes the same text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an article is about: the names its sentences are filled with."""

    place: str
    person: str
    body: str  # a council, an authority, a club
    thing: str  # what it is about, as a noun: "the bridge"


def paragraphs(seed: str, subject: Subject, *, language: str, count: int) -> list[str]:
    """`count` paragraphs of three to six sentences each; no sentence comes twice before all have come."""
    sentences = _shuffled(seed, _ZH if language == "zh" else _EN)
    joiner = "" if language == "zh" else " "
    out: list[str] = []
    at = 0
    for number in range(count):
        length = 3 + _number(f"{seed}#{number}", 4)
        picked = [sentences[(at + i) % len(sentences)] for i in range(length)]
        out.append(joiner.join(_filled(s, f"{seed}/{at + i}", subject) for i, s in enumerate(picked)))
        at += length
    return out


def _number(seed: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % below


def _shuffled(seed: str, items: Sequence[str]) -> list[str]:
    return sorted(items, key=lambda item: hashlib.sha256(f"{seed}|{item}".encode()).digest())


def _filled(sentence: str, seed: str, subject: Subject) -> str:
    text = sentence.format(
        place=subject.place,
        person=subject.person,
        body=subject.body,
        thing=subject.thing,
        n=3 + _number(seed, 96),
        year=1887 + _number(seed + "y", 120),
    )
    return text[0].upper() + text[1:]


_EN = (
    "{body} said on Thursday that work on {thing} had gone better than anyone had dared to hope.",
    "“We have waited {n} months for this,” said {person}, who has lived in {place} since {year}.",
    "Nobody at {body} would say how much {thing} has cost so far.",
    "The last time {place} saw anything of the kind was in {year}, and few remember it.",
    "About {n} people stood in the rain outside the old customs house and listened.",
    "{person} said that the decision had been made in the open and would be explained in the open.",
    "A report of {n} pages, which this paper has read, tells a rather longer story.",
    "According to the report, three warnings were written down and none of them was passed on.",
    "The harbour master's log for that week records nothing unusual except the fog.",
    "Shopkeepers along the north quay say that trade fell by {n} per cent over the winter.",
    "{body} has promised to publish its figures before the summer.",
    "Two of the {n} members abstained, and one left the room before the vote was taken.",
    "“It is not a matter of money,” {person} told reporters, “it is a matter of who is asked first.”",
    "In {place} the news was met with church bells and with a good deal of doubt.",
    "The measurements were repeated {n} times with instruments borrowed from the Institute of Coastal Studies.",
    "They gave the same answer every time, to within the breadth of a finger.",
    "Older residents recall the winter of {year}, when {thing} was closed for most of a season.",
    "A spokeswoman for the province of Vellmark declined to comment on {thing}.",
    "The tram company will run {n} additional cars a day until the end of the month.",
    "Schoolchildren from {place} had painted a banner, which the wind carried off almost at once.",
    "It was found the next morning in a pear tree, wet but readable.",
    "{person} has written to {body} {n} times since the autumn and has kept the answers in a biscuit tin.",
    "Insurance for {thing} is shared by four companies, none of which has yet been named.",
    "Historians at the college in Lower Isk point out that the idea was first put forward in {year}.",
    "At that time it was thought too dear, too tall and too close to the fish market.",
    "What has changed since then, they say, is mostly the fish market.",
    "The minutes of the meeting run to {n} lines and can be read at the town hall on weekdays.",
    "“You can measure a thing for years and still not have looked at it,” said {person}.",
    "A second hearing has been set for the spring, when the roads over Mount Corrin are open again.",
    "Until then {body} will meet every fortnight, and the public may attend.",
    "The weather office expects light winds from the west and a clear night.",
    "On the evening ferry the talk was of little else than {thing}.",
    "One of the pilots, who asked not to be named, called it the best news in {n} years.",
    "Others were less sure, and pointed to the state of the pumps.",
    "The pumps were built in {year} by a foundry that no longer exists.",
    "Spare parts for them are made by hand in a workshop in {place}, one at a time.",
    "{body} denies that anybody was put under pressure to sign.",
    "A petition with {n} hundred names was handed in on Monday and counted twice.",
    "The figure does not include those who signed with a cross or a drawing of a boat.",
    "{person} laughed when asked about it, and then asked for the question to be put in writing.",
    "By nightfall the lamps along the embankment had been lit for the first time since November.",
    "Few in {place} went to bed early.",
    "The accounts of {body} for the year {year} were lost in a flood, which makes comparison difficult.",
    "Whether {thing} will be finished in time depends on a shipment of steel that left Tarnwick last week.",
    "The ship carrying it is due within {n} days, tides permitting.",
    "“I would rather have it late and right than early and wrong,” said {person}.",
    "A small exhibition about {thing} opens on Saturday in the reading room, and admission is free.",
    "It shows {n} photographs, most of which have never left the family that took them.",
)

_ZH = (
    "{body}星期四表示，{thing}的进展比预想的要顺利得多。",
    "“这件事我们等了{n}个月，”住在{place}的{person}对记者说。",
    "{body}没有透露{thing}到目前为止花了多少钱。",
    "上一次{place}出现类似的情况还是在{year}年，记得的人已经不多了。",
    "当天下着小雨，仍有大约{n}人站在老码头外面听完了说明会。",
    "{person}说，决定是公开作出的，理由也会公开说明。",
    "本报看到的一份{n}页的报告，讲述的是一个更长的故事。",
    "报告写道，此前曾有三次书面提醒，但没有一次送到负责人手里。",
    "港务处那一周的日志里，除了大雾，没有记下任何异常。",
    "北岸的商户说，整个冬天的生意少了百分之{n}。",
    "{body}承诺在夏天之前公布全部数据。",
    "{n}名成员中有两人弃权，一人在表决之前离开了会场。",
    "“问题不在钱，”{person}说，“问题在于应该先问谁。”",
    "消息传到{place}，有人敲钟庆祝，也有人半信半疑。",
    "研究人员用借来的仪器重复测量了{n}次，每一次的结果都相同。",
    "年纪大的居民还记得{year}年的冬天，那一年{thing}停了大半季。",
    "县里的发言人拒绝就{thing}发表评论。",
    "公交公司说，到月底之前每天会加开{n}班车。",
    "{place}的小学生画了一条横幅，刚挂上就被风吹走了。",
    "第二天早上，人们在一棵梨树上找到了它，虽然湿了，字还看得清。",
    "{person}从秋天到现在给{body}写了{n}封信，回信都收在一个饼干盒里。",
    "地方志的编者指出，这个想法最早是在{year}年提出的。",
    "那时候大家觉得它太贵、太高，离鱼市又太近。",
    "会议记录一共{n}行，工作日可以在镇公所查阅。",
    "下一次听证会定在春天，等山路重新开放以后举行。",
    "在那之前，{body}每两个星期开一次会，市民可以旁听。",
    "气象台预计夜间晴朗，有微弱的西风。",
    "晚班渡轮上，人们谈论的几乎都是{thing}。",
    "一位不愿透露姓名的船长说，这是{n}年来最好的消息。",
    "也有人不那么乐观，他们指了指那几台水泵。",
    "水泵是{year}年造的，当年的工厂早已不在了。",
    "配件要在{place}的一间作坊里手工制作，一次只能做一个。",
    "{body}否认有任何人被迫签字。",
    "星期一递交的请愿书上有{n}百个名字，前后数了两遍。",
    "天黑的时候，堤岸上的灯亮了起来，这是入冬以来的第一次。",
    "那天夜里，{place}很少有人早睡。",
    "{thing}能不能按时完成，要看上个星期发出的一批钢材。",
    "“宁可晚一点做好，也不要早一点做坏，”{person}说。",
    "关于{thing}的小型展览星期六在阅览室开幕，免费参观。",
    "展出的{n}张照片，大部分从来没有公开过。",
)
