"""Error phrases of all languages, and how much of a page is something else than such talk (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.verdict.answer import PageFacts
from crawler.verdict.error_words import BARE, EUROPEAN_SAID, EUROPEAN_WHOLE, HELP
from crawler.verdict.error_words_far import FAR_SAID, FAR_WHOLE
from crawler.verdict.guard_words import CHALLENGE
from crawler.verdict.parking_words import DISCLAIMER
from crawler.verdict.phrases import Phrases, count_words, fold, is_bare_code

ERRORS = Phrases(whole=(*EUROPEAN_WHOLE, *FAR_WHOLE), said=(*EUROPEAN_SAID, *FAR_SAID))

SHORT = 150  # words of a page that is read for phrases
_PARAGRAPH = 25
_TALK = 70  # words: no server talks longer in one breath
ENOUGH = 250  # words of a story: more than any rule asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An error phrase on a page. `plain`: nothing else could be meant; `agreed`: title and heading do not differ."""

    words: str
    where: str  # "title", "h1", "h2", "text"
    plain: bool
    agreed: bool = True


def error_said(page: PageFacts) -> Said | None:
    """The error phrase that a page's title, headings or, on a short page, its text holds; the plainest first."""
    return _announced(page) or _beneath(page)


def _announced(page: PageFacts) -> Said | None:
    spoken = [Said(words=words, where=where, plain=plain) for where, words, plain in _in_titles(page)]
    if not spoken:
        return None
    best = max(spoken, key=lambda each: each.plain)
    agreed = len(spoken) >= sum(1 for text in _told(page) if text)
    return Said(words=best.words, where=best.where, plain=best.plain, agreed=agreed)


def _told(page: PageFacts) -> tuple[str, ...]:
    """Title and heading. A heading that is a part of the title is the paper's name."""
    heading = page.headings[0] if page.headings else ""
    return (page.title,) if fold(heading) in fold(page.title) else (page.title, heading)


def _in_titles(page: PageFacts) -> list[tuple[str, str, bool]]:
    found: list[tuple[str, str, bool]] = []
    for where, text in (("title", page.title), *(("h1", heading) for heading in page.headings[:1])):
        if words := ERRORS.in_title(text):
            found.append((where, words, BARE.fullmatch(words) is None))
        elif any(is_bare_code(part) for part in re.split(r"\s[|–—-]\s|\|", text[:500])):
            found.append((where, text[:100], False))
    return found


def _beneath(page: PageFacts) -> Said | None:
    for heading in (*page.headings[1:5], *page.subheadings[:5]):
        if words := ERRORS.in_title(heading):
            return Said(words=words, where="h2", plain=False)
    if page.main_words <= SHORT and (words := ERRORS.in_text(page.text)):
        return Said(words=words, where="text", plain=BARE.fullmatch(words) is None)
    return None


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
