"""Error pages that are sent with a good status (pure)."""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict.answer import Answer, ContentKind, Match, PageFacts
from crawler.verdict.error_phrases import Said, error_said, story
from crawler.verdict.ruling import ruled

# Words of paragraphs from which on a page is an article in spite of a phrase ...
_AGREED = 200  # that title and heading have, and nothing else could be meant
_ALONE = 60  # that one of them has, or that is bare: "404", "Not found"
_IN_TEXT = 40  # that stands in the text only
_LONG_PARAGRAPH = 40  # words; the teasers of other articles are shorter


def error_phrase(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Dead: title, heading or short page say that the page is no more, and there is no article."""
    page = answer.page
    said = error_said(page) if page is not None else None
    if page is None or said is None or is_article(page, said):
        return None
    return ruled(
        VerdictState.SOFT_404,
        "error_phrase",
        answer,
        words=(said.words, said.where),
        numbers=(("words", page.main_words), ("story", story(page))),
    )


def is_article(page: PageFacts, said: Said) -> bool:
    """Whether a page that holds an error phrase tells a story all the same."""
    if said.where == "text":
        return story(page) >= _IN_TEXT
    if said.plain and said.agreed:
        return story(page, least=_LONG_PARAGRAPH) >= (_AGREED // 2 if page.is_article else _AGREED)
    return story(page) >= _ALONE


def wrong_kind(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Dead: an image or a PDF was expected, and a page came."""
    if answer.expected not in (ContentKind.IMAGE, ContentKind.PDF):
        return None
    if answer.kind not in (ContentKind.HTML, ContentKind.TEXT):
        return None
    words = (f"expected {answer.expected}", f"came {answer.kind}")
    return ruled(VerdictState.SOFT_404, "wrong_kind", answer, words=words)
