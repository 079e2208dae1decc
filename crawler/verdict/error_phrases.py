"""Error phrases of all languages, and how much of a page is something else than such talk (pure).

Few words are an error's alone. What only a server says ("the page you requested was not found") is told from what
names a page and may be a headline ("Page missing"), and both from what may be said of anything ("Gone", "404", "This
video has been removed"): the less plain, the more there must be to it than the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from crawler.verdict.answer import PageFacts
from crawler.verdict.error_words import BARE, EUROPEAN_SAID, EUROPEAN_WHOLE, HELP
from crawler.verdict.error_words_far import FAR_SAID, FAR_WHOLE
from crawler.verdict.guard_words import CHALLENGE
from crawler.verdict.page_words import ADVICE, ASKED, PAGE, SMALL_PRINT, THIS, TURN, YOU
from crawler.verdict.parking_words import DISCLAIMER
from crawler.verdict.phrases import Phrases, count_words, fold, is_bare_code, sentences

ERRORS = Phrases(whole=(*EUROPEAN_WHOLE, *FAR_WHOLE), said=(*EUROPEAN_SAID, *FAR_SAID))
_SAID = Phrases(said=(*EUROPEAN_SAID, *FAR_SAID))

SHORT = 150  # words of a page that is read for phrases
_PARAGRAPH = 25
_TALK = 70  # words: no server talks longer in one breath
SENTENCE = 8  # words of a block that tells something
ENOUGH = 250  # words of a story: more than any rule asks for
_NAME = 3  # words
_PARTS = re.compile(r"\s[|–—-]\s|\|")


class Plainness(IntEnum):
    """How sure one may be that a phrase is an error's, and means this page."""

    ANYTHING = 0  # may be said of a film, a lost child, a video on the page
    NAMED = 1  # names a page, an article, an address
    ADDRESSED = 2  # says to the reader what became of what he asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An error phrase on a page. `agreed`: title and heading do not differ."""

    words: str
    where: str  # "title", "h1", "h2", "text"
    plainness: Plainness
    agreed: bool = True

    @property
    def plain(self) -> bool:
        """Whether it is the page that it speaks of."""
        return self.plainness > Plainness.ANYTHING

    @property
    def aloud(self) -> bool:
        """Whether it is announced: in title or heading."""
        return self.where in ("title", "h1")


@lru_cache(maxsize=16)  # every other rule asks
def error_said(page: PageFacts) -> Said | None:
    """The error phrase that a page's title, headings or, on a short page, its text holds; the plainest first."""
    return _announced(page) or _beneath(page)


def plainness_of(words: str) -> Plainness:
    """How plain an error phrase is, as folded."""
    if BARE.fullmatch(words) or not (PAGE.search(words) or ASKED.search(words)):
        return Plainness.ANYTHING
    if YOU.search(words) and PAGE.search(words):
        return Plainness.ADDRESSED
    meant = ASKED.search(words) or THIS.search(words)
    return Plainness.ADDRESSED if meant and _SAID.in_sentence(words) else Plainness.NAMED


def _announced(page: PageFacts) -> Said | None:
    spoken = list(_in_titles(page))
    if not spoken:
        return None
    best = max(spoken, key=lambda each: each.plainness)
    agreed = len(spoken) >= sum(1 for text in _told(page) if text)
    return Said(words=best.words, where=best.where, plainness=best.plainness, agreed=agreed)


def _told(page: PageFacts) -> tuple[str, ...]:
    """Title and heading. A heading that is a part of the title is the paper's name."""
    heading = page.headings[0] if page.headings else ""
    return (page.title,) if fold(heading) in fold(page.title) else (page.title, heading)


def _in_titles(page: PageFacts) -> Iterator[Said]:
    for where, text in (("title", page.title), *(("h1", heading) for heading in page.headings[:1])):
        if words := ERRORS.in_title(text):
            yield Said(words=words, where=where, plainness=plainness_of(words))
        elif any(is_bare_code(part) for part in _PARTS.split(text[:500])):
            yield Said(words=text[:100], where=where, plainness=Plainness.ANYTHING)


def _beneath(page: PageFacts) -> Said | None:
    for heading in (*page.headings[1:5], *page.subheadings[:5]):
        if words := ERRORS.in_title(heading):
            return Said(words=words, where="h2", plainness=plainness_of(words))
    if page.main_words > SHORT:
        return None
    found = [Said(words=each, where="text", plainness=plainness_of(each)) for each in ERRORS.all_in_text(page.text)]
    return max(found, key=lambda each: each.plainness, default=None)


# --- what else is on the page ---


def headline(page: PageFacts) -> str:
    """The longest part of a page's title and heading that is no error phrase and no site's name; "" if there is none.

    What has but three words, or two in Chinese, is taken for the name of the site.
    """
    parts = (part.strip() for text in (page.title, *page.headings[:1]) for part in _PARTS.split(text[:500]))
    own = (part for part in parts if count_words(part) > _NAME and not ERRORS.in_title(part) and not is_bare_code(part))
    return max(own, key=len, default="")


def substance(page: PageFacts) -> int:
    """Words of a page's blocks, from a short sentence on, that are no error's talk, no advice and no small print."""
    titles = {fold(text) for text in (page.title, *page.headings, *page.subheadings)}
    return sum(
        count
        for line in page.text.split("\n")
        if (count := count_words(line)) >= SENTENCE and fold(line) not in titles and not _says_nothing(line)
    )


def _says_nothing(line: str) -> bool:
    folded = fold(line)
    return any((ERRORS.in_text(line), _advises(folded), SMALL_PRINT.search(folded), CHALLENGE.in_text(line)))


def _advises(folded: str) -> bool:
    """Whether a text tells its reader where to look: in two such words, or in one said to him."""
    advice = {found[0] for found in ADVICE.finditer(folded)}
    return len(advice) > 1 or (bool(advice) and (TURN.search(folded) or YOU.search(folded)) is not None)


def is_advised(page: PageFacts) -> bool:
    """Whether a page talks on as errors do: about what the reader asked for, or about where to look now.

    What stands in its title or heading is no talk.
    """
    titles = {fold(text) for text in (page.title, *page.headings[:1])}
    for line in page.text.split("\n"):
        if fold(line) in titles:
            continue
        if any(plainness_of(each) is Plainness.ADDRESSED for each in ERRORS.all_in_text(line)):
            return True
        if any(len({word[0] for word in ADVICE.finditer(each)}) > 1 for each in sentences(fold(line))):
            return True
    return False


def story(page: PageFacts, *, least: int = _PARAGRAPH, but: Phrases | None = None) -> int:
    """Words of a page's paragraphs of `least` words that are neither an error's explanation nor a challenge's, nor hold
    one of the phrases `but`. Beyond ENOUGH they are counted without a look at what they say.
    """
    if page.prose == 0:
        return 0
    words = 0
    for line in page.text.split("\n"):
        count = count_words(line)
        if count < least:
            continue
        if words >= ENOUGH or count >= _TALK or not (_is_talk(line) or (but is not None and but.in_text(line))):
            words += count
    return words


def _is_talk(line: str) -> bool:
    folded = fold(line)
    helping = {found[0] for found in HELP.finditer(folded)}
    return len(helping) > 1 or any(
        (ERRORS.in_text(line), CHALLENGE.in_text(line), DISCLAIMER.search(folded) is not None)
    )
