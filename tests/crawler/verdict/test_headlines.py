"""Articles under a headline that has the words of an error, of maintenance or of a gate: every phrase of the tables'
tests is one, in whatever language, and a few sentences of something else stand below it. None is dead.
"""

from __future__ import annotations

import pytest

from archive.verdicts import Verdict, VerdictClass
from crawler.verdict.answer import NO_PROBES, Answer, ProbeResult
from crawler.verdict.judge import judge
from tests.crawler.verdict.checks import STORY, STORY_ZH, answered, page, paragraphs, probed
from tests.crawler.verdict.test_phrases import AT_THE_GATE, ERROR_SAYINGS

NAV = "<nav>" + "".join(f"<a href=/s{n}>Section {n}</a> " for n in range(8)) + "</nav>"
STORY_AR = (
    "قال رئيس البلدية إن الجدار الذي بني بعد الفيضان الاخير صمد اطول مما كان متوقعا في المدينة القديمة.",
    "واخرج رجال الاطفاء اربعين شخصا من منازلهم بالقوارب، معظمهم من كبار السن الذين رفضوا ترك حيواناتهم.",
    "وتتوقع الارصاد الجوية هطول المطر مجددا في نهاية الاسبوع وان كان اقل من السابق بحسب بيان صدر امس.",
)
STORIES = {"en": STORY[:1], "zh": STORY_ZH[:1], "ar": STORY_AR, "longer": STORY[:3]}
HONEST = probed(0.0, 1.0, status=(404, 404))
ANOTHER = probed(0.05, 1.0, own=(0.02, 1.0))
SAYINGS = [*ERROR_SAYINGS, *(line.split("|")[1] for line in AT_THE_GATE if line.startswith("blocked|"))]


def article(title: str, texts: tuple[str, ...]) -> Answer:
    """A short article within its site."""
    return answered(page(f"{title} | The Paper", f"{NAV}<h1>{title}</h1>{paragraphs(*texts)}"))


@pytest.mark.parametrize(("story", "probes"), [("en", HONEST), ("en", ANOTHER), ("ar", HONEST)])
def test_words_of_a_headline_kill_no_article(story: str, probes: ProbeResult) -> None:
    """Random siblings get an honest 404, or another page: no death, and no evidence of one."""
    dead: list[tuple[str, str]] = []
    for saying in SAYINGS:
        found = judge(article(saying, STORIES[story]), None, probes)
        assert isinstance(found, Verdict)
        if found.verdict_class not in (VerdictClass.ALIVE, VerdictClass.UNSURE):
            dead.append((saying, found.evidence.rule))
    assert not dead


@pytest.mark.parametrize("story", STORIES)
def test_nor_where_nobody_asks_its_neighbours(story: str) -> None:
    """A phrase of each language of the tables."""
    for saying in SAYINGS[::9]:
        found = judge(article(saying, STORIES[story]), None, NO_PROBES)
        assert isinstance(found, Verdict)
        assert found.verdict_class in (VerdictClass.ALIVE, VerdictClass.UNSURE), (saying, found.evidence)
