"""Error pages that are sent with a good status (pure)."""

from __future__ import annotations

from archive.verdicts import Verdict, VerdictState
from crawler.verdict import subject
from crawler.verdict.answer import Answer, ContentKind, Match, PageFacts, ProbeResult
from crawler.verdict.error_phrases import (
    SENTENCE,
    Plainness,
    Said,
    error_said,
    headline,
    is_advised,
    story,
    substance,
)
from crawler.verdict.page_words import THIS
from crawler.verdict.ruling import ruled
from crawler.verdict.subject import is_missed

# Words of paragraphs from which on a page is an article in spite of a phrase ...
_AGREED = 200  # that title and heading have, and nothing else could be meant
_ALONE = 60  # that one of them has, or that is bare: "404", "Not found"
_IN_TEXT = 40  # that stands in the text only
_LONG_PARAGRAPH = 40  # words; the teasers of other articles are shorter
_GALLERY = 3  # pictures that may be all that a page has to show
_REFUSING = (404, 410)


def error_phrase(answer: Answer, match: Match | None = None) -> Verdict | None:
    """Dead: title, heading or short page say that the page is no more, there is no article, and no doubt."""
    page = answer.page
    said = error_said(page) if page is not None else None
    if page is None or said is None or is_article(page, said) or _in_doubt(page, said, match):
        return None
    return _dead("error_phrase", answer, page, said)


def _dead(rule: str, answer: Answer, page: PageFacts, said: Said) -> Verdict:
    return ruled(
        VerdictState.SOFT_404,
        rule,
        answer,
        words=(said.words, said.where),
        numbers=(("words", page.main_words), ("story", story(page)), ("substance", substance(page))),
    )


def is_article(page: PageFacts, said: Said) -> bool:
    """Whether a page that holds an error phrase tells a story all the same."""
    if said.where == "text":
        return story(page) >= _IN_TEXT
    if said.plain and said.agreed and said.aloud:
        return story(page, least=_LONG_PARAGRAPH) >= (_AGREED // 2 if page.is_article else _AGREED)
    return story(page) >= _ALONE


def _in_doubt(page: PageFacts, said: Said, match: Match | None) -> bool:
    """Whether a page may mean something else by its words, for it has something of its own beside them.

    Not where our copy is missed, and the page is not about the same.
    """
    own = substance(page) >= SENTENCE
    if is_missed(match) and (not own or said.aloud) and not subject.same_subject(match, page):
        return False
    if said.plainness is Plainness.ADDRESSED:
        return own and not (said.aloud and is_advised(page))
    if (not own or is_missed(match)) and _is_all_there_is(page, said):
        return False
    if said.plainness is Plainness.NAMED:
        return own and not is_advised(page)
    return own or ((bool(headline(page)) or page.pictures >= _GALLERY) and not is_advised(page))


def _is_all_there_is(page: PageFacts, said: Said) -> bool:
    """Whether "this video", "this content" is what the page has for a headline, so that it is the page itself."""
    if THIS.search(said.words) is None or headline(page):
        return False
    return said.aloud or (said.where == "h2" and not page.title and not page.headings)


def same_words(answer: Answer, _: Match | None, probes: ProbeResult) -> Verdict | None:
    """Dead: the error phrase in title or heading stands in those of random siblings, too."""
    page = answer.page
    said = error_said(page) if page is not None else None
    if page is None or said is None or not said.aloud or not probes.same_title or story(page) >= _AGREED:
        return None
    return _dead("same_words", answer, page, said)


def doubtful_phrase(answer: Answer, _: Match | None, probes: ProbeResult) -> Verdict | None:
    """Unsure: the words of an error, and nothing else by which to tell.

    A page that tells something, on a server that says 404 to random siblings, is not what its words may mean.
    """
    page = answer.page
    said = error_said(page) if page is not None else None
    if page is None or said is None or is_article(page, said):
        return None
    known = bool(probes.sibling_status) and all(
        200 <= each < 300 or each in _REFUSING for each in probes.sibling_status
    )
    if known and substance(page) >= SENTENCE:
        return None
    return ruled(VerdictState.BLOCKED, "doubtful_phrase", answer, words=(said.words, said.where))


def wrong_kind(answer: Answer, _: Match | None = None) -> Verdict | None:
    """Dead: an image or a PDF was expected, and a page came. Not one that shows a PDF: it has only got a frame."""
    if answer.expected not in (ContentKind.IMAGE, ContentKind.PDF):
        return None
    if answer.kind not in (ContentKind.HTML, ContentKind.TEXT):
        return None
    if answer.expected is ContentKind.PDF and answer.page is not None and answer.page.has_document:
        return None
    words = (f"expected {answer.expected}", f"came {answer.kind}")
    return ruled(VerdictState.SOFT_404, "wrong_kind", answer, words=words)
